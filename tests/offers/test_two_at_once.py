"""Real connections at once, and any order of doing: an offer is one session at most, and nobody has two at once."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audit import asking
from engagements.models import Engagement
from sessions import actions as booking
from sessions.models import Offer, OfferedTime, Session
from sessions.offers import actions
from tests.conftest import make_engagement
from tests.sessions.test_two_at_once import together

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def tomorrow() -> datetime:
    return (timezone.now() + 2 * DAY).replace(minute=0, second=0, microsecond=0)


def process(cast: Any, title: str) -> Engagement:
    return make_engagement(cast.practice, cast.lead, None, cast.people[:1], title=title)


def offered(cast: Any, engagement: Engagement, times: list[datetime], kind: str = "first") -> Offer:
    with asking.acting_as(cast.lead):
        return actions.offer(
            engagement, times=times, minutes=60, kind=kind, mode="remote", place="", link="",
            answer_by=(timezone.now() + DAY).date(), by=cast.lead, now=timezone.now(),
        )  # fmt: skip


def picking(cast: Any, offer: Offer, place: int) -> Callable[[], Session]:
    def verb() -> Session:
        with asking.acting_as(cast.supervisee):
            time = OfferedTime.objects.select_related("offer__engagement").filter(offer=offer)[place]
            return actions.pick(time, by=cast.supervisee, now=timezone.now())

    return verb


def one_of(results: list[Any]) -> None:
    assert sum(isinstance(each, Session) for each in results) == 1, results
    assert sum(isinstance(each, ValidationError) for each in results) == len(results) - 1, results


def test_of_four_who_pick_at_once_in_one_offer_one_is_first(settled: Any) -> None:
    with asking.acting_as(settled.lead):
        engagement = process(settled, "Yksi")
    offer = offered(settled, engagement, [tomorrow() + n * 2 * HOUR for n in range(4)])
    one_of(together(*(picking(settled, offer, place) for place in range(4))))


def test_one_hour_that_is_offered_to_four_processes_is_picked_once(settled: Any) -> None:
    with asking.acting_as(settled.lead):
        processes = [process(settled, f"Prosessi {n}") for n in range(4)]
    offers = [offered(settled, each, [tomorrow(), tomorrow() + DAY + n * HOUR * 2]) for n, each in enumerate(processes)]
    one_of(together(*(picking(settled, each, 0) for each in offers)))


Step = tuple[str, int, int]
steps = st.lists(
    st.tuples(st.sampled_from(["pick", "choose", "book", "withdraw"]), st.integers(0, 2), st.integers(0, 3)),
    max_size=10,
)


@given(steps=steps)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_in_whatever_order_nobody_is_booked_twice_and_an_offer_becomes_one_session(
    cast: Any, steps: list[Step]
) -> None:

    with transaction.atomic():
        asking.become(cast.lead)
        now = timezone.now()
        hours = [tomorrow() + n * HOUR for n in range(4)]
        offers = []
        for number in range(3):
            engagement = process(cast, f"P{number}")
            offers.append(
                actions.offer(
                    engagement,
                    times=hours,
                    minutes=60,
                    kind="first",
                    mode="remote",
                    place="",
                    link="",
                    answer_by=(now + DAY).date(),
                    by=cast.lead,
                    now=now,
                )
            )
        for verb, which, place in steps:
            step(cast, verb, offers[which], place, now)
        asking.become(cast.lead)
        spans = list(
            Session.objects.filter(engagement__in=[each.engagement_id for each in offers])
            .order_by("starts_at").values_list("starts_at", "ends_at")
        )  # fmt: skip
        assert all(ends <= starts for (_start, ends), (starts, _end) in pairwise(spans))
        for offer in Offer.objects.filter(pk__in=[each.pk for each in offers]):
            assert offer.withdrawn_at is None or offer.session_id is None
        transaction.set_rollback(True)


def step(cast: Any, verb: str, offer: Offer, place: int, now: datetime) -> None:
    who = cast.supervisee if verb == "pick" else cast.lead
    asking.become(who)
    time = OfferedTime.objects.select_related("offer__engagement").filter(offer=offer)[place]
    try:
        if verb == "pick":
            actions.pick(time, by=who, now=now)
        elif verb == "choose":
            actions.choose(offer, time, by=who, now=now)
        elif verb == "withdraw":
            actions.withdraw(offer, by=who, now=now)
        else:
            booking.book(offer.engagement, starts_at=time.starts_at, minutes=60, mode="remote", by=who, now=now)
    except ValidationError:
        pass
