"""Queries built once: the same rows as those built anew, and nothing frozen into them unnoticed."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from accounts.models import User
from audit import asking
from audit.built_once import BuiltOnce, Changing
from engagements.models import Engagement

Cast = Any
FIRST: dict[str, Any] = {"user": User(pk=UUID(int=1)), "now": datetime(2001, 1, 1, tzinfo=UTC)}
SECOND: dict[str, Any] = {"user": User(pk=UUID(int=2)), "now": datetime(2002, 2, 2, tzinfo=UTC)}


def led_since(user: User, now: datetime) -> Any:
    return Engagement.objects.led_by(user).filter(created_at__lte=now, example=False).values_list("pk", "title")


def test_it_gives_each_asker_the_rows_that_the_query_gives(cast: Cast) -> None:
    query, now = BuiltOnce(led_since, FIRST, SECOND), datetime.now(UTC)
    for user in (cast.lead, cast.stranger, cast.lead):
        asking.become(user)
        assert sorted(query.rows(user=user.pk, now=now)) == sorted(led_since(user, now))
    asking.become(cast.lead)
    assert query.rows(user=cast.lead.pk, now=now)
    assert query.rows(user=cast.lead.pk, now=now - timedelta(days=9000)) == []


def test_what_was_made_of_a_parameter_is_refused(cast: Cast) -> None:
    def week_old(user: User, now: datetime) -> Any:
        return led_since(user, now - timedelta(days=7))

    with pytest.raises(Changing):
        BuiltOnce(week_old, FIRST, SECOND).rows(user=cast.lead.pk, now=datetime.now(UTC))


def test_a_query_that_is_another_for_another_asker_is_refused(cast: Cast) -> None:
    def some(user: User, now: datetime) -> Any:
        every = Engagement.objects.all() if user.pk == FIRST["user"].pk else Engagement.objects.without_examples()
        return every.filter(created_at__lte=now).values_list("pk")

    with pytest.raises(Changing):
        BuiltOnce(some, FIRST, SECOND).rows(user=cast.lead.pk, now=datetime.now(UTC))


def test_ids_of_a_subquery_are_the_same_as_those_of_a_join(cast: Cast) -> None:
    asking.become(cast.lead)
    led = Engagement.objects.led_by(cast.lead).values("pk")
    assert set(Engagement.objects.filter(pk__any_of=led)) == set(Engagement.objects.filter(pk__in=led))
    assert not Engagement.objects.filter(pk__any_of=Engagement.objects.none().values("pk")).exists()
