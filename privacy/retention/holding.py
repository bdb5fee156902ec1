"""What is held back from going: set with grounds and a last day, lifted by whoever may set one."""

from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.models import Person, User
from audit import trail
from engagements.models import Engagement, State
from privacy.models import Hold

#: The longest hold; who needs longer sets another one then.
LONGEST: Final = timedelta(days=731)


@transaction.atomic
def hold(about: Engagement | Person, *, grounds: str, until: date, by: User, now: datetime) -> Hold:
    """Keep everything of a process, or of a person and their processes, until the end of a day."""
    of: dict[str, Engagement | Person] = {"engagement" if isinstance(about, Engagement) else "person": about}
    made = Hold.objects.create(practice_id=about.practice_id, grounds=grounds, until=until, set_by=by, set_at=now, **of)
    trail.record(_stream(made), "retention.held", actor=by, obj=about, data={"until": until.isoformat()})
    return made


@transaction.atomic
def lift(held: Hold, *, by: User, now: datetime) -> bool:
    """Let go again what was held; return whether it was still held."""
    lifted = Hold.objects.filter(pk=held.pk, lifted_at=None).update(lifted_at=now, lifted_by=by)
    if lifted:
        trail.record(_stream(held), "retention.lifted", actor=by, obj=held)
    return bool(lifted)


def in_force(today: date) -> QuerySet[Hold]:
    """Return the holds that the asker may see: of own processes, own ones, and of practices they administer."""
    return Hold.objects.in_force(today).select_related("engagement", "person", "set_by").order_by("until", "pk")


def may_hold(user: User) -> Q:
    """Return the condition on processes whose going `user` may stop: such as have begun, which nobody throws away."""
    led = Engagement.objects.led_by(user).values("pk")
    administered = Engagement.objects.administered_by(user).values("pk")
    begun = Q(state__in=[State.ACTIVE, State.PAUSED, State.CLOSED])
    return begun & Q(example=False) & (Q(pk__in=led) | Q(pk__in=administered))


def _stream(held: Hold) -> UUID:
    return held.engagement_id or held.practice_id
