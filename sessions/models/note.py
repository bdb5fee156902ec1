import uuid
from datetime import datetime
from typing import Final, Self

from django.db import models
from django.db.models import Func, IntegerField, Q
from django.db.models.functions import Length
from django.db.models.lookups import LessThanOrEqual, Range
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Practice, User
from engagements.models import Engagement
from sessions.models.session import Session
from vault.models import TextKeyWrap

#: Bytes of a sealed text: its head, nonce and tag at least, and what 60,000 letters of four bytes come to at most.
SEALED_BYTES: Final = (46, 300_000)
MOST_PROMPTS: Final = 4000


def is_sealed() -> Range:
    """Say that a row's `sealed` is as long as a sealed text is: the database reads in it which key opens it."""
    return Range(Func("sealed", function="octet_length", output_field=IntegerField()), SEALED_BYTES)


class NoteQuerySet(models.QuerySet["Note"]):
    def of(self, user: User) -> Self:
        """Notes that `user` wrote."""
        return self.filter(author=user)

    def changed_by(self, user: User) -> Self:
        """Notes that `user` wrote and may go on writing: who leads a process no more reads theirs and destroys them."""
        return self.of(user).filter(engagement__any_of=Engagement.objects.led_by(user).values("pk"))

    def readable_by(self, user: User) -> Self:
        """Notes that `user` wrote, and those that others share with them."""
        shared = TextKeyWrap.objects.filter(reader=user.pk).values("text_key")
        return self.filter(Q(author=user) | Q(text_key__in=shared))

    def as_it_was(self, note: "Note") -> Self:
        """The row of `note`, if nobody has written it since it was read."""
        return self.filter(pk=note.pk, rev=note.rev, text_key=note.text_key)


class Note(models.Model):
    """What a supervisor writes for themselves (muistiinpano): sealed, opened by its author's open vault alone.

    Title and text are one sealed piece; nothing of them stands in a column. Who reads it beside the author is told by
    the wraps of its key. `rev` counts the texts; `writer` and `turn` name the page that wrote the last one, and which
    of its savings it was, so that a page whose answer was lost is not taken for a stranger.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    engagement = models.ForeignKey(Engagement, models.CASCADE, related_name="notes")
    session = models.ForeignKey(Session, models.SET_NULL, null=True, related_name="notes")
    author = models.ForeignKey(User, models.PROTECT, related_name="notes")
    rev = models.PositiveIntegerField(default=1)
    sealed = models.BinaryField()
    text_key = models.GeneratedField(
        expression=Func("sealed", template="(encode(substring(%(expressions)s from 3 for 16), 'hex')::uuid)"),
        output_field=models.UUIDField(),
        db_persist=True,
    )
    writer = models.UUIDField(null=True)
    turn = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)
    #: When the present sitting at it began, of which one entry stands in the evidence.
    begun_at = models.DateTimeField(default=timezone.now)
    #: Whether the text that stands is to be kept when the next one is written.
    milestone = models.BooleanField(default=False)
    #: From then on it changes only by amending.
    locks_at = models.DateTimeField(null=True)

    objects = NoteQuerySet.as_manager()

    class Meta:
        verbose_name = _("note")
        verbose_name_plural = _("notes")
        constraints = [
            models.CheckConstraint(condition=is_sealed(), name="note_is_sealed"),
        ]
        indexes = [
            models.Index(fields=["author", "-created_at", "-id"], name="note_of_author"),
            models.Index(fields=["text_key"], name="note_by_key"),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def process(self) -> Engagement | None:
        """Its engagement; None for who leads it no more, from whom the database hides it."""
        try:
            return self.engagement
        except Engagement.DoesNotExist:
            return None

    def is_locked(self, now: datetime) -> bool:
        return self.locks_at is not None and self.locks_at <= now


class NoteVersion(models.Model):
    """An earlier text of a note, sealed as it was. What stood when the note was locked, and after, stays with it."""

    class Why(models.TextChoices):
        MILESTONE = "milestone", _("an earlier text")
        LOCKED = "locked", _("the text that was locked")
        AMENDED = "amended", _("an amended text")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    note = models.ForeignKey(Note, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    sealed = models.BinaryField()
    at = models.DateTimeField()
    why = models.CharField(max_length=9, choices=Why, default=Why.MILESTONE)

    class Meta:
        verbose_name = _("version of a note")
        verbose_name_plural = _("versions of notes")
        constraints = [
            models.UniqueConstraint(fields=["note", "number"], name="note_version_once_a_number"),
            models.CheckConstraint(condition=is_sealed(), name="note_version_is_sealed"),
        ]

    def __str__(self) -> str:
        return f"{self.note_id} {self.number}"


class NoteTemplateQuerySet(models.QuerySet["NoteTemplate"]):
    def usable_by(self, user: User) -> Self:
        """Own ones, and those of everybody in the practices where `user` supervises."""
        practices = Practice.objects.supervised_by(user).values("pk")
        return self.filter(Q(author=None) | Q(author=user), practice__in=practices)


class NoteTemplate(models.Model):
    """Prompts to begin a note from: words about the work, none about people, and so not sealed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    practice = models.ForeignKey(Practice, models.CASCADE, related_name="note_templates")
    #: Whose it is; none: everybody's in the practice.
    author = models.ForeignKey(User, models.CASCADE, null=True, related_name="+")
    title = models.CharField(_("Name of the template"), max_length=80)
    text = models.TextField(_("Prompts"), max_length=MOST_PROMPTS)
    archived_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = NoteTemplateQuerySet.as_manager()

    class Meta:
        verbose_name = _("template of notes")
        verbose_name_plural = _("templates of notes")
        constraints = [
            models.CheckConstraint(
                condition=LessThanOrEqual(Length("text"), MOST_PROMPTS), name="note_template_text_in_bounds"
            ),
        ]

    def __str__(self) -> str:
        return self.title
