"""Whose goals somebody sees here: as a supervisor or a supervisee. The client reads of goals in the contract."""

from typing import Final

from django.db.models import F, Q, QuerySet

from accounts.models import User
from engagements.models import Engagement, Goal

SHARED_FIRST: Final = (F("owner").asc(nulls_first=True), "theme", "position", "pk")


def seen_goals(user: User) -> QuerySet[Goal]:
    led, attended = Engagement.objects.led_by(user), Engagement.objects.attended_by(user)
    met = Q(engagement__in=led.values("pk")) | Q(engagement__in=attended.values("pk"))
    return Goal.objects.visible_to(user).filter(met).select_related("engagement", "owner__person")


def leads(user: User, engagement: Engagement) -> bool:
    return Engagement.objects.led_by(user).filter(pk=engagement.pk).exists()
