import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone


class VaultKey(models.Model):
    """A person's key pair (X25519): the public half in clear, the private half under each of its wraps.

    `mark` is made with our pepper, so that nobody who can write in the database slips in a public key of their own.
    `ready_at`: when its owner first showed that they have the recovery sheet; nothing is sealed to a key before that.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.UUIDField()
    public = models.BinaryField()
    mark = models.BinaryField()
    pepper = models.PositiveSmallIntegerField()
    created_at = models.DateTimeField(default=timezone.now)
    ready_at = models.DateTimeField(null=True)
    retired_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "key of a vault"
        constraints = [
            models.UniqueConstraint(fields=["owner"], condition=Q(retired_at=None), name="vault_key_one_in_use"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Wrap(models.Model):
    """The private half of a key, under something that only its owner has."""

    class Method(models.TextChoices):
        PASSPHRASE = "passphrase", "passphrase"
        RECOVERY = "recovery", "recovery code"
        #: Of a sheet that was made, but not yet shown to be in its owner's hands. It opens nothing.
        UNPROVEN = "unproven", "recovery code, unproven"

    id = models.BigAutoField(primary_key=True)
    key = models.ForeignKey(VaultKey, models.CASCADE, related_name="wraps")
    method = models.CharField(max_length=10, choices=Method)
    salt = models.BinaryField(default=b"")
    stretching = models.JSONField(default=dict)
    pepper = models.PositiveSmallIntegerField(null=True)
    sealed = models.BinaryField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "method"], name="vault_wrap_once_a_method")]

    def __str__(self) -> str:
        return f"{self.key_id} {self.method}"


class Opening(models.Model):
    """An open vault: the private half under a key that only the browser's cookie holds.

    `id` is derived from the cookie too; the cookie itself is kept nowhere.
    """

    id = models.BinaryField(primary_key=True)
    key = models.ForeignKey(VaultKey, models.CASCADE, related_name="openings")
    owner = models.UUIDField(db_index=True)
    sealed = models.BinaryField()
    opened_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    device = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return f"{self.owner} {self.opened_at:%Y-%m-%d %H:%M}"


class Tries(models.Model):
    """How often somebody tried to open their vault lately and could not."""

    owner = models.UUIDField(primary_key=True)
    count = models.PositiveSmallIntegerField(default=0)
    since = models.DateTimeField()

    class Meta:
        verbose_name_plural = "tries"

    def __str__(self) -> str:
        return f"{self.owner} {self.count}"


class TextKey(models.Model):
    """The key of one saved text. `retired_at`: somebody knew it who may not read any more; its author seals it anew.

    `about` is the same for everything that was ever saved at one place (`vault.texts.about`).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    engagement = models.UUIDField(db_index=True)
    author = models.UUIDField(db_index=True)
    about = models.UUIDField(db_index=True)
    created_at = models.DateTimeField(default=timezone.now)
    retired_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.pk)


class TextKeyWrap(models.Model):
    """The key of a text, sealed (HPKE, RFC 9180) to the public key of one who may read it."""

    id = models.BigAutoField(primary_key=True)
    text_key = models.ForeignKey(TextKey, models.CASCADE, related_name="wraps")
    reader = models.UUIDField(db_index=True)
    reader_key = models.ForeignKey(VaultKey, models.PROTECT, related_name="+")
    by = models.UUIDField()
    sealed = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["text_key", "reader"], name="text_key_wrap_once_a_reader")]

    def __str__(self) -> str:
        return f"{self.text_key_id} for {self.reader}"


class ContentKey(models.Model):
    """The key with which an engagement's (or one person's) content is sealed, wrapped by `CONTENT_KEY` of a number."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.UUIDField()
    number = models.PositiveSmallIntegerField()
    sealed = models.BinaryField()
    created_at = models.DateTimeField(default=timezone.now)
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner"], condition=Q(retired_at=None), name="content_key_one_in_use"),
        ]

    def __str__(self) -> str:
        return f"{self.owner} {self.pk}"


class Erasure(models.Model):
    """That keys were destroyed for good, or a person erased; it waits until the worker has written it into the ledger.

    The ledger is a file outside the database: whoever restores a copy that still holds the keys replays it.
    """

    class What(models.TextChoices):
        TEXT = "text", "a text, by its author"
        TEXTS = "texts", "every text of an engagement, on the contract's date"
        CONTENT = "content", "the content of an engagement, on the contract's date"
        PERSON = "person", "a person, whom a practice has erased"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    what = models.CharField(max_length=7, choices=What)
    #: A place (`TextKey.about`), an engagement, or a person.
    obj = models.UUIDField()
    at = models.DateTimeField()
    keys = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        return f"{self.what} {self.obj}"
