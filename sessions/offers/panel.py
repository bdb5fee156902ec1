"""What other pages show of times that are offered: *Tänään*, the supervisee's home."""

from datetime import date, datetime
from typing import Any

from django.db.models import Exists, F, OuterRef, Q

from accounts.models import User
from formats.clock import HELSINKI
from sessions.models import Offer, TimeAnswer


def to_answer(user: User, now: datetime, *, most: int) -> Any:
    """Return offers of which a time is left and to which `user` has not answered: the nearest last day first."""
    given = TimeAnswer.objects.filter(time__offer=OuterRef("pk"), participation__person__user=user)
    asking = Offer.objects.asking(user).open().filter(answer_by__gte=now.astimezone(HELSINKI).date())
    found = asking.exclude(Exists(given)).with_left(now).filter(left__gt=0).select_related("engagement")
    return found.order_by("answer_by", "pk")[:most]


def to_choose(user: User, now: datetime, today: date, *, most: int) -> Any:
    """Return offers that wait for whoever leads: everybody has answered, its day has passed, or no time is left."""
    late = Q(answer_by__lt=today)
    complete = Q(kind=Offer.Kind.POLL, asked__gt=0, answered=F("asked"))
    led = Offer.objects.led_by(user).open().counting_answers().with_left(now).select_related("engagement")
    return led.filter(late | complete | Q(left=0)).order_by("answer_by", "pk")[:most]
