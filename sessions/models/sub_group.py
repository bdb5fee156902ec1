import uuid

from django.db import models

from engagements.models import SubGroup
from sessions.models.session import Session


class SessionSubGroup(models.Model):
    """A session is for a sub-group of its work community; without such a row it is for all."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    session = models.ForeignKey(Session, models.CASCADE, related_name="for_sub_groups")
    sub_group = models.ForeignKey(SubGroup, models.CASCADE, related_name="meets_in")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["session", "sub_group"], name="session_sub_group_once")]

    def __str__(self) -> str:
        return f"{self.session_id} for {self.sub_group_id}"
