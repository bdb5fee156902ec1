import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from sessions.models.session import Session


class Memo(models.Model):
    """What all in the process keep of one session, sealed with the content key of the engagement.

    `rev` rises with each saved text: who saves says which one they had before them. `begun_at` is when the present
    stretch of writing began, see `sessions.closing.memo`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    session = models.OneToOneField(Session, models.CASCADE, related_name="memo")
    rev = models.PositiveIntegerField(default=1)
    sealed = models.BinaryField()
    begun_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)
    updated_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(rev__gte=1), name="memo_rev_from_one")]

    def __str__(self) -> str:
        return f"{self.session_id} {self.rev}"


class MemoVersion(models.Model):
    """How a memo stood before somebody else, or the same one later, wrote in it. Sealed as the memo was."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    memo = models.ForeignKey(Memo, models.CASCADE, related_name="versions")
    rev = models.PositiveIntegerField()
    sealed = models.BinaryField()
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-rev"]
        constraints = [models.UniqueConstraint(fields=["memo", "rev"], name="memo_version_once")]

    def __str__(self) -> str:
        return f"{self.memo_id} {self.rev}"


class MemoAddition(models.Model):
    """What a supervisee adds to the memo of a session, below the text that the supervisors write."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    session = models.ForeignKey(Session, models.CASCADE, related_name="additions")
    author = models.ForeignKey(User, models.PROTECT, related_name="+")
    sealed = models.BinaryField()
    at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.session_id} {self.at:%Y-%m-%d %H:%M}"
