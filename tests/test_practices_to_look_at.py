"""The practices that `bin/manage demo` makes obey the rules of real ones."""

from collections import Counter
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import psycopg
import pytest
from django.db import IntegrityError, transaction

from accounts.models import User
from audit import asking
from engagements.models import Contract, Engagement, Focus, SubGroup
from engagements.terms import digest, thaw
from evaluations import links
from evaluations.models import AgreedChange, Invitation, Round
from evaluations.results.reading import comparison
from portfolio.hours import hours_of, own_toto
from portfolio.models import Kind, Standing
from sessions.models import Attendance, Booking, Session, SessionState
from tyonohjaus import demonstration, demonstration_evaluations, large_practice, nation

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=ZoneInfo("Europe/Helsinki"))


@pytest.mark.parametrize("days", [0, 1, 2, 3, 4, 5, 6, 125], ids=lambda days: f"{days} days on")
def test_the_small_one_is_made_on_any_day(db: None, days: int) -> None:
    """Its sessions lie around the day on which it is made: they never overlap, also over summer time."""
    demonstration.make(NOW + timedelta(days=days))
    liisa = User.objects.get(email=demonstration.SUPERVISOR)
    asking.become(liisa)
    assert Engagement.objects.filter(lead=liisa).count() == len(demonstration.PLANS) + 1  # and what began in a hurry
    assert Engagement.objects.get(urgent=True).sessions.count() == 3
    assert SubGroup.objects.filter(engagement__form="community").count() == 2
    assert Engagement.objects.attended_by(liisa).get().focus == Focus.TOTO
    assert demonstration.is_there()


def test_the_small_one_has_evaluations_with_results_and_one_to_answer(own_database: str) -> None:
    practice = demonstration_evaluations.make(NOW)
    liisa = User.objects.get(email=demonstration.SUPERVISOR)
    with transaction.atomic():
        asking.become(liisa)
        rounds = Round.objects.filter(engagement__practice=practice)
        assert Counter(rounds.values_list("state", "outcome")) == {("closed", "shown"): 5, ("open", ""): 1}
        found = comparison(rounds.get(state="open").engagement, liisa, NOW)
        assert [len(series.points) for series in found.parts[0].series]
        assert any(point.shown for series in found.parts[0].series for point in series.points)
        assert (
            AgreedChange.objects.filter(outcome="done").count() == AgreedChange.objects.filter(outcome="").count() == 1
        )
    with transaction.atomic():
        asking.become(liisa)
        hours = hours_of(liisa, own_toto())
        assert {bar.kind for bar in hours.totals} == set(Kind)
        assert Standing.objects.get(until=None).carries_title(NOW.date())
    sanna = User.objects.get(email=demonstration.SUPERVISEE)
    with transaction.atomic():
        asking.become(sanna)
        [mine] = Invitation.objects.of(sanna).filter(round__state="open")
        assert links.mint_here(mine.pk)


def test_the_large_one_has_contracts_that_can_be_read(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(large_practice, "SUPERVISORS", 2)
    monkeypatch.setattr(large_practice, "ENGAGEMENTS", 1)
    made = large_practice.make(NOW)
    assert made == {"supervisors": 2, "engagements": 11, "supervisees": 33, "sessions": 88}
    founder = User.objects.get(email="suuri@demo.example")
    asking.become(founder)
    assert Session.objects.count() == 80
    contract = Contract.objects.first()
    assert contract is not None
    assert digest(thaw(contract.terms or {})) == contract.terms_hash


def test_the_nation_obeys_every_rule_of_the_database(own_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Seven supervisors of it, in practices of four, two and one: what the triggers would have made is there."""
    monkeypatch.setattr(nation, "SUPERVISORS", 7)
    monkeypatch.setattr(nation, "SIZES", ((4, 1), (2, 2)))
    made = nation.make(NOW)
    assert {name: made[name] for name in ("users", "engagements", "sessions")} == {
        "users": 7, "engagements": 7 * 15, "sessions": 7 * 335,
    }  # fmt: skip
    with pytest.raises(IntegrityError):
        nation.make(NOW)
    assert nation.is_there()
    one = User.objects.get(email="ohjaaja1@kansa.example")
    with asking.acting_as(one):
        assert Session.objects.count() == 335
        taking_time = Session.objects.exclude(state=SessionState.CANCELLED)
        assert Booking.objects.count() == taking_time.count()
        clocks = {(each.engagement_id, each.starts_at.astimezone(NOW.tzinfo).time()) for each in Session.objects.all()}
        assert len(clocks) == Engagement.objects.count() == 15, "each process meets at one time on the wall"
        assert Attendance.objects.filter(session__state=SessionState.HELD).count() == made["attendances"] / 7
        contract = Contract.objects.first()
        assert contract is not None
        assert digest(thaw(contract.terms or {})) == contract.terms_hash
    with psycopg.connect(nation.owner_address()) as owner:
        resting = owner.execute("SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'D'").fetchone()
        assert resting == (0,)
