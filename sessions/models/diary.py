import uuid
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User


class DiaryQuerySet(models.QuerySet["DiaryEntry"]):
    def written_by(self, user: User) -> Self:
        return self.filter(author=user)


class DiaryEntry(models.Model):
    """What a supervisee writes for their own eyes alone, sealed with a key that is theirs.

    It is nobody's but its author's, with or without a process, and stays theirs when they have left it: the process is
    known by its id alone.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    author = models.ForeignKey(User, models.CASCADE, related_name="+")
    engagement = models.UUIDField(null=True, editable=False)
    text = models.BinaryField()
    rev = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    objects = DiaryQuerySet.as_manager()

    class Meta:
        verbose_name = _("diary entry")
        verbose_name_plural = _("diary entries")
        constraints = [models.CheckConstraint(condition=Q(rev__gte=1), name="diary_rev")]
        indexes = [models.Index(fields=["author", "-created_at", "-id"], name="diary_of_author")]

    def __str__(self) -> str:
        return f"{self.author_id} {self.created_at:%Y-%m-%d}"
