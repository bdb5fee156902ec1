import uuid
from typing import Self

from django.db import models
from django.db.models import Exists, OuterRef
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from accounts.models import Practice, User
from sessions.models.session import Session


class WordQuerySet(models.QuerySet["Word"]):
    def of_practices_of(self, user: User) -> Self:
        """Words of the practices in which `user` supervises."""
        return self.filter(practice__in=Practice.objects.supervised_by(user))

    def listed(self) -> Self:
        """Words that are offered: those that nobody has put away."""
        return self.filter(archived_at=None)

    def used(self) -> Self:
        """Annotate `in_use`: whether a session that the person asking may see has it."""
        return self.annotate(in_use=Exists(SessionWord.objects.filter(word=OuterRef("pk"))))


class Word(models.Model):
    """A method or a theme in the practice's own list, to be picked for a session."""

    class Kind(models.TextChoices):
        METHOD = "method", _("method")
        THEME = "theme", _("theme")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    practice = models.ForeignKey(Practice, models.CASCADE, related_name="words")
    kind = models.CharField(max_length=8, choices=Kind)
    text = models.CharField(max_length=60)
    archived_at = models.DateTimeField(null=True)

    objects = WordQuerySet.as_manager()

    class Meta:
        ordering = ["text", "id"]
        constraints = [
            models.UniqueConstraint("practice", "kind", Lower("text"), name="word_once_in_a_list"),
            models.CheckConstraint(condition=~models.Q(text=""), name="word_says_something"),
        ]

    def __str__(self) -> str:
        return self.text


class SessionWord(models.Model):
    """A word that was picked for a session."""

    id = models.BigAutoField(primary_key=True)
    session = models.ForeignKey(Session, models.CASCADE, related_name="picked")
    word = models.ForeignKey(Word, models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["session", "word"], name="session_word_once")]

    def __str__(self) -> str:
        return f"{self.session_id} {self.word_id}"
