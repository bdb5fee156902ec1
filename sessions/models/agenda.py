import uuid

from django.db import models
from django.utils import timezone

from accounts.models import User
from sessions.models.session import Session


class AgendaItem(models.Model):
    """A point that somebody wants to bring to a session. One that stays open can go on to the next session."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    session = models.ForeignKey(Session, models.CASCADE, related_name="agenda")
    author = models.ForeignKey(User, models.PROTECT, related_name="+")
    sealed = models.BinaryField()
    created_at = models.DateTimeField(default=timezone.now)
    done = models.BooleanField(default=False)

    class Meta:
        ordering = ["created_at", "id"]

    def __str__(self) -> str:
        return f"{self.session_id} {self.created_at:%Y-%m-%d %H:%M}"
