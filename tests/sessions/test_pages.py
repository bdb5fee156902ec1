"""The pages of sessions: whole, paged by key, asking the same of the database for one row as for many."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit import asking
from engagements.models import Engagement
from sessions.models import Attendance, Session

HELSINKI = ZoneInfo("Europe/Helsinki")
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=HELSINKI)
MOST = 12
#: What every page asks for its frame: session and user, factor, who is asking (set and read), savepoints, roles.
FRAME = ("django_session", "accounts_user", "mfa_authenticator", "set_config", "SAVEPOINT", "usersessions")


def sessions_in(engagement: Engagement, count: int, *, first: datetime, **fields: Any) -> list[Session]:
    """Sessions of 45 minutes on days after one another."""
    times = [first + timedelta(days=number) for number in range(count)]
    return [
        Session.objects.create(engagement=engagement, starts_at=at, ends_at=at + timedelta(minutes=45), **fields)
        for at in times
    ]


def asked(client: Client, url: str) -> list[str]:
    """Return the queries of a page beyond the frame."""
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert client.get(url).status_code == 200
    return [each["sql"] for each in queries if not any(part in each["sql"] for part in FRAME)]


@pytest.fixture
def at_work(cast: Any, client: Client, time_machine: Any) -> Client:
    time_machine.move_to(NOW, tick=False)
    client.force_login(cast.lead)
    return client


def test_the_list_begins_with_what_is_to_come_and_goes_on_by_key_without_a_gap(cast: Any, at_work: Client) -> None:
    asking.become(cast.lead)
    made = sessions_in(cast.engagement, 65, first=NOW - timedelta(days=70), state="held")
    url = reverse("sessions:list", args=[cast.engagement.pk])
    page = at_work.get(url)
    assert page.context["to_come"] == [cast.session]
    seen = list(page.context["past"])
    while more := page.context["page"].next:
        page = at_work.get(url + more)
        assert page.context["to_come"] == []
        seen += page.context["past"]
    assert seen == made[::-1]
    back = at_work.get(url + page.context["page"].previous)
    assert back.context["past"] == made[::-1][30:60]


def test_all_that_is_to_come_can_be_reached(cast: Any, at_work: Client) -> None:
    asking.become(cast.lead)
    made = sessions_in(cast.engagement, 64, first=NOW + timedelta(days=5))
    url = reverse("sessions:list", args=[cast.engagement.pk])
    page = at_work.get(url)
    seen = list(page.context["to_come"])
    more = page.context["later"]
    while more:
        page = at_work.get(url + more)
        seen += page.context["to_come"]
        more = page.context["page"].next
    assert seen == [cast.session, *made]


def test_a_place_in_the_list_that_nobody_wrote_is_its_beginning(cast: Any, at_work: Client) -> None:
    url = reverse("sessions:list", args=[cast.engagement.pk])
    for nonsense in ("x", "~", str(cast.engagement.pk), "\x00"):
        assert at_work.get(url, {"after": nonsense}).context["to_come"] == [cast.session]


def test_sessions_are_numbered_without_those_that_were_cancelled(cast: Any, at_work: Client) -> None:
    asking.become(cast.lead)
    sessions_in(cast.engagement, 2, first=NOW - timedelta(days=9), state="held")
    sessions_in(cast.engagement, 1, first=NOW - timedelta(days=5), state="cancelled")
    assert at_work.get(reverse("sessions:list", args=[cast.engagement.pk])).context["to_come"][0].number == 3


@pytest.mark.parametrize("page", ["today", "sessions:list", "sessions:book_any"])
def test_a_page_asks_the_same_for_one_row_as_for_thirty(cast: Any, at_work: Client, page: str) -> None:
    asking.become(cast.lead)
    url = reverse(page, args=[cast.engagement.pk] if page == "sessions:list" else [])
    sessions_in(cast.engagement, 1, first=NOW - timedelta(days=1))
    sessions_in(cast.engagement, 1, first=NOW + timedelta(hours=1))
    at_work.get(url)
    few = asked(at_work, url)
    asking.become(cast.lead)
    for number in range(30):
        other = Engagement.objects.create(practice=cast.practice, lead=cast.lead, title=f"Muu {number}", state="active")
        at = NOW - timedelta(hours=8) + timedelta(minutes=8 * number)
        Session.objects.create(engagement=other, starts_at=at, ends_at=at + timedelta(minutes=8), state="held")
    sessions_in(cast.engagement, 30, first=NOW + timedelta(days=3))
    sessions_in(cast.engagement, 30, first=NOW - timedelta(days=40))
    many = asked(at_work, url)
    assert len(many) == len(few), "\n".join(many)
    assert len(many) <= MOST, "\n".join(each[:40] + " … " + each[each.find("FROM") :][:110] for each in many)


def test_a_session_page_asks_the_same_for_one_supervisee_as_for_thirty(cast: Any, at_work: Client) -> None:
    from accounts.models import Person
    from engagements.models import Participation

    asking.become(cast.lead)
    Session.objects.filter(pk=cast.session.pk).update(state="held", marked_at=NOW)
    first = cast.engagement.participations.all()[0]
    Attendance.objects.create(session=cast.session, participation=first, presence="present")
    url = reverse("sessions:detail", args=[cast.session.pk])
    at_work.get(url)
    few = asked(at_work, url)
    asking.become(cast.lead)
    for number in range(30):
        person = Person.objects.create(practice=cast.practice, family_name=f"Ohjattava {number}")
        one = Participation.objects.create(engagement=cast.engagement, person=person)
        Attendance.objects.create(session=cast.session, participation=one, presence="absent")
    many = asked(at_work, url)
    assert (len(many), len(many) <= MOST) == (len(few), True)


def test_a_stranger_finds_no_session_and_no_list(cast: Any, at_work: Client) -> None:
    for name in ("detail", "move", "place", "cancel", "held"):
        assert at_work.get(reverse(f"sessions:{name}", args=[cast.foreign_session.pk])).status_code == 404, name
    for name in ("no_show", "undo"):
        assert at_work.post(reverse(f"sessions:{name}", args=[cast.foreign_session.pk])).status_code == 404, name
    for name in ("list", "book"):
        assert at_work.get(reverse(f"sessions:{name}", args=[cast.foreign_engagement.pk])).status_code == 404, name


@pytest.mark.parametrize("member", ["contact", "practice_admin", "administrator", "stranger", "stranger_supervisee"])
def test_who_is_not_in_a_process_sees_none_of_its_sessions(
    cast: Any, enter: Callable[[Any], Client], member: str
) -> None:
    browser = enter(cast.members[member])
    assert browser.get(reverse("sessions:detail", args=[cast.session.pk])).status_code == 404
    assert browser.get(reverse("sessions:list", args=[cast.engagement.pk])).status_code == 404


def test_a_supervisee_reads_but_changes_nothing(cast: Any, enter: Callable[[Any], Client]) -> None:
    browser = enter(cast.supervisee)
    page = browser.get(reverse("sessions:detail", args=[cast.session.pk]))
    assert page.status_code == 200
    for name in ("move", "place", "cancel", "held"):
        url = reverse(f"sessions:{name}", args=[cast.session.pk])
        assert url not in page.text
        assert (browser.get(url).status_code, browser.post(url).status_code) == (404, 404)
    assert browser.get(reverse("sessions:book", args=[cast.engagement.pk])).status_code == 404


@pytest.mark.parametrize("who", ["lead", "supervisee"])
def test_the_link_to_a_remote_meeting_is_one_button_from_a_quarter_of_an_hour_before_until_the_end(
    cast: Any, client: Client, time_machine: Any, who: str
) -> None:
    asking.become(cast.lead)
    Session.objects.filter(pk=cast.session.pk).update(mode="remote", link="https://kokous.example/otso")
    pages = [reverse("sessions:detail", args=[cast.session.pk]), reverse("today" if who == "lead" else "portal")]
    opens, ends = cast.session.starts_at - timedelta(minutes=15), cast.session.ends_at
    minute = timedelta(minutes=1)
    for at, open_ in ((opens - minute, False), (opens, True), (ends - minute, True), (ends + minute, False)):
        time_machine.move_to(at, tick=False)
        client.logout()
        client.force_login(cast.members[who])
        for page in pages:
            assert ("Join the meeting" in client.get(page).text) == open_, (at, page)


def test_before_it_opens_the_link_is_known_to_the_supervisors_alone(
    cast: Any, client: Client, time_machine: Any
) -> None:
    asking.become(cast.lead)
    Session.objects.filter(pk=cast.session.pk).update(mode="remote", link="https://kokous.example/otso")
    time_machine.move_to(cast.session.starts_at - timedelta(hours=1), tick=False)
    page = reverse("sessions:detail", args=[cast.session.pk])
    client.force_login(cast.supervisee)
    assert "kokous.example" not in client.get(page).text
    client.force_login(cast.lead)
    assert "kokous.example" in client.get(page).text
