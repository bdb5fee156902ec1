"""The agenda before a session: brought by supervisors and supervisees, seen by them alone."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from audit import asking
from sessions.closing import agenda
from sessions.closing.actions import save_memo
from sessions.models import AgendaItem, Session
from tests.conftest import NOW, make_session

Cast = Any


@pytest.fixture(autouse=True)
def before(time_machine: Any) -> None:
    time_machine.move_to(NOW, tick=False)


def detail(session: Session) -> str:
    return reverse("sessions:detail", args=[session.pk])


def test_a_supervisee_brings_something_from_their_own_page_and_all_in_the_process_see_it(
    cast: Cast, client: Client
) -> None:
    client.force_login(cast.supervisee)
    page = reverse("sessions:agenda", args=[cast.session.pk])
    assert page in client.get(reverse("portal")).text
    answer = client.post(page, {"point": "Työnjako  iltaisin", "next": reverse("portal")})
    assert answer.headers["Location"] == reverse("portal")
    for name in ("lead", "co_supervisor", "supervisee"):
        client.force_login(cast.members[name])
        assert "Työnjako iltaisin" in client.get(detail(cast.session)).text
    for name in ("contact", "practice_admin", "administrator", "stranger"):
        asking.become(cast.members[name])
        assert not AgendaItem.objects.exists(), name
    asking.become(cast.lead)
    assert "Työnjako".encode() not in bytes(AgendaItem.objects.get().sealed)


def test_ones_own_is_removed_and_others_stay(cast: Cast, client: Client) -> None:
    asking.become(cast.supervisee)
    own = agenda.add(cast.session, "Oma", by=cast.supervisee, now=NOW)
    asking.become(cast.lead)
    other = agenda.add(cast.session, "Ohjaajan", by=cast.lead, now=NOW)
    client.force_login(cast.supervisee)
    item = "sessions:agenda_item"
    assert client.post(reverse(item, args=[cast.session.pk, other.pk]), {"do": "remove"}).status_code == 404
    assert client.post(reverse(item, args=[cast.session.pk, other.pk]), {"do": "done"}).status_code == 404
    client.post(reverse(item, args=[cast.session.pk, own.pk]), {"do": "remove"})
    client.force_login(cast.lead)
    client.post(reverse(item, args=[cast.session.pk, other.pk]), {"do": "done"})
    asking.become(cast.lead)
    assert list(AgendaItem.objects.values_list("pk", "done")) == [(other.pk, True)]


def test_a_point_has_bounds_and_keeps_what_was_typed(cast: Cast, client: Client) -> None:
    client.force_login(cast.lead)
    page = reverse("sessions:agenda", args=[cast.session.pk])
    assert "Write what you would like to talk about." in client.post(page, {"point": " "}).text
    answer = client.post(page, {"point": "a" * 501})
    assert "The text has at most 500 characters." in answer.text
    assert "a" * 501 in answer.text
    asking.become(cast.lead)
    for number in range(agenda.MOST_POINTS):
        agenda.add(cast.session, str(number), by=cast.lead, now=NOW)
    with pytest.raises(ValidationError, match="full"):
        agenda.add(cast.session, "yksi liikaa", by=cast.lead, now=NOW)


def test_nothing_is_put_on_the_agenda_of_a_session_that_is_over(cast: Cast, client: Client) -> None:
    asking.become(cast.lead)
    held = make_session(cast.engagement, NOW - timedelta(days=1), state="held")
    client.force_login(cast.supervisee)
    answer = client.post(reverse("sessions:agenda", args=[held.pk]), {"point": "Myöhässä"})
    assert answer.status_code == 200
    asking.become(cast.lead)
    assert not AgendaItem.objects.exists()


def test_open_points_go_on_to_the_next_session_and_never_to_another_process(cast: Cast) -> None:
    asking.become(cast.lead)
    point = agenda.add(cast.session, "Kesken", by=cast.lead, now=NOW)
    with pytest.raises(ValidationError, match="No next session"):
        agenda.carry(cast.session, [point.pk], by=cast.lead, now=NOW)
    following = make_session(cast.engagement, cast.session.starts_at + timedelta(days=7))
    assert agenda.carry(cast.session, [point.pk], by=cast.lead, now=NOW) == 1
    assert AgendaItem.objects.get().session_id == following.pk
    with pytest.raises(DatabaseError), transaction.atomic():
        AgendaItem.objects.update(session=cast.foreign_session)


def test_the_last_memo_and_the_goals_stand_beside_it(cast: Cast, client: Client) -> None:
    asking.become(cast.lead)
    held = make_session(cast.engagement, NOW - timedelta(days=1), state="held")
    save_memo(
        Session.objects.select_related("engagement").get(pk=held.pk), "Viime kerran asia", 0, by=cast.lead, now=NOW
    )
    cast.engagement.goals.create(theme="dialogue", text="Puhumme ajoissa")
    client.force_login(cast.supervisee)
    text = client.get(detail(cast.session)).text
    assert "Viime kerran asia" in text
    assert "Puhumme ajoissa" in text


@pytest.mark.parametrize("points", [1, 30])
def test_the_page_costs_the_same_for_one_point_and_for_thirty(
    cast: Cast, client: Client, django_assert_max_num_queries: Any, points: int
) -> None:
    asking.become(cast.lead)
    for number in range(points):
        agenda.add(cast.session, str(number), by=cast.lead, now=NOW)
    client.force_login(cast.lead)
    with django_assert_max_num_queries(34):
        assert client.get(detail(cast.session)).status_code == 200
