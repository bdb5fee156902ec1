"""The practices that `bin/manage demo` makes obey the rules of real ones."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from accounts.models import User
from audit import asking
from engagements.models import Contract, Engagement, Focus
from engagements.terms import digest, thaw
from sessions.models import Session
from tyonohjaus import demonstration, large_practice

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=ZoneInfo("Europe/Helsinki"))


@pytest.mark.parametrize("days", [0, 1, 2, 3, 4, 5, 6, 125], ids=lambda days: f"{days} days on")
def test_the_small_one_is_made_on_any_day(db: None, days: int) -> None:
    """Its sessions lie around the day on which it is made: they never overlap, also over summer time."""
    demonstration.make(NOW + timedelta(days=days))
    liisa = User.objects.get(email=demonstration.SUPERVISOR)
    asking.become(liisa)
    assert Engagement.objects.filter(lead=liisa).count() == len(demonstration.PLANS)
    assert Engagement.objects.attended_by(liisa).get().focus == Focus.TOTO
    assert demonstration.is_there()


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
