"""How it went: held with attendance, nobody came, and taking that back."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import translation

from audit import asking
from audit.models import Entry
from engagements.models import Event, Form, Participation
from sessions import actions
from sessions.models import Attendance, Session, SessionState

HELSINKI = ZoneInfo("Europe/Helsinki")
WEDNESDAY = datetime(2026, 11, 25, 9, 0, tzinfo=HELSINKI)
AFTER = WEDNESDAY + timedelta(hours=2)


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def session(cast: Any) -> Session:
    asking.become(cast.lead)
    return Session.objects.get(pk=cast.session.pk)


def everybody(cast: Any) -> dict[Any, str]:
    return {one.pk: "" for one in cast.engagement.participations.all()}


def test_attendance_is_written_for_everybody_of_that_day(cast: Any, session: Session) -> None:
    present = everybody(cast)
    absent = present.popitem()[0]
    held = actions.mark_held(session, present=present, by=cast.lead, now=AFTER)
    assert (held.state, held.marked_at) == (SessionState.HELD, AFTER)
    rows = {row.participation_id: (row.presence, row.how) for row in held.attendances.all()}
    assert rows == dict.fromkeys(present, ("present", "in_person")) | {absent: ("absent", "")}
    assert Event.objects.filter(kind=Event.Kind.HELD).count() == 1
    assert Entry.objects.filter(event="session.held", obj=session.pk).exists()


def test_how_somebody_was_there_follows_from_the_mode_or_is_said(cast: Any, session: Session) -> None:
    Session.objects.filter(pk=session.pk).update(mode="mixed")
    first, second, *_rest = everybody(cast)
    actions.mark_held(session, present={first: "remote", second: "in_person"}, by=cast.lead, now=AFTER)
    assert Attendance.objects.get(participation=first).how == "remote"
    assert Attendance.objects.get(participation=second).how == "in_person"


def test_who_had_left_or_not_yet_joined_that_day_is_not_on_the_list(cast: Any, session: Session) -> None:
    gone, coming, here = cast.engagement.participations.all()
    Participation.objects.filter(pk=gone.pk).update(left_on=WEDNESDAY.date())
    Participation.objects.filter(pk=coming.pk).update(joined_on=WEDNESDAY.date() + timedelta(days=1))
    assert list(actions.participants_of(session)) == [here]
    with pytest.raises(ValidationError, match="was not a supervisee that day"):
        actions.mark_held(session, present={gone.pk: ""}, by=cast.lead, now=AFTER)


def test_a_session_is_not_held_before_it_starts(cast: Any, session: Session) -> None:
    verbs: list[Callable[[datetime], Session]] = [
        lambda now: actions.mark_held(session, present=everybody(cast), by=cast.lead, now=now),
        lambda now: actions.mark_no_show(session, by=cast.lead, now=now),
    ]
    for verb in verbs:
        with pytest.raises(ValidationError, match="has not started yet"):
            verb(WEDNESDAY - timedelta(minutes=1))


def test_a_session_without_anybody_was_not_held(cast: Any, session: Session) -> None:
    with pytest.raises(ValidationError, match="Nobody is marked as present"):
        actions.mark_held(session, present={}, by=cast.lead, now=AFTER)
    actions.mark_no_show(session, by=cast.lead, now=AFTER)
    assert set(session.attendances.values_list("presence", flat=True)) == {"absent"}


def test_a_community_without_a_list_of_names_is_held_all_the_same(cast: Any, session: Session) -> None:
    Participation.objects.filter(engagement=cast.engagement).delete()
    held = actions.mark_held(session, present={}, by=cast.lead, now=AFTER)
    assert (held.state, held.attendances.count()) == (SessionState.HELD, 0)


def test_a_session_is_marked_once(cast: Any, session: Session) -> None:
    actions.mark_held(session, present=everybody(cast), by=cast.lead, now=AFTER)
    with pytest.raises(ValidationError, match="not open any more: held"):
        actions.mark_held(session, present=everybody(cast), by=cast.lead, now=AFTER)


def test_a_marking_is_taken_back_within_a_day_and_the_chain_remembers(cast: Any, session: Session) -> None:
    held = actions.mark_held(session, present=everybody(cast), by=cast.lead, now=AFTER)
    again = actions.unmark(held, by=cast.lead, now=AFTER + timedelta(hours=23))
    assert (again.state, again.marked_at, again.attendances.count()) == (SessionState.PLANNED, None, 0)
    assert not Event.objects.filter(kind=Event.Kind.HELD).exists()
    chain = Entry.objects.filter(stream=str(cast.engagement.pk), obj=session.pk).order_by("number")
    assert [entry.event for entry in chain] == ["session.held", "session.unmarked"]


def test_after_a_day_a_marking_stays(cast: Any, session: Session) -> None:
    held = actions.mark_held(session, present=everybody(cast), by=cast.lead, now=AFTER)
    with pytest.raises(ValidationError, match="can be taken back for one day"):
        actions.unmark(held, by=cast.lead, now=AFTER + timedelta(days=1, minutes=1))


@pytest.mark.parametrize("state", ["planned", "cancelled"])
def test_what_was_not_marked_cannot_be_taken_back(cast: Any, session: Session, state: str) -> None:
    Session.objects.filter(pk=session.pk).update(state=state)
    with pytest.raises(ValidationError, match="has not been marked"):
        actions.unmark(session, by=cast.lead, now=AFTER)


# --- pages ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def after(cast: Any, session: Session, client: Client, time_machine: Any) -> Client:
    """The lead's browser, after the session."""
    time_machine.move_to(AFTER, tick=False)
    client.force_login(cast.lead)
    return client


def test_everybody_is_preset_as_present_and_one_press_marks(cast: Any, session: Session, after: Client) -> None:
    page = reverse("sessions:close", args=[session.pk])
    form = after.get(page).context["form"]
    sent = {row["present"].html_name: "on" for row in form.rows() if row["present"].value()}
    assert len(sent) == 3
    after.post(page, sent)
    session.refresh_from_db()
    assert session.state == SessionState.HELD
    assert session.attendances.filter(presence="present").count() == 3


def test_a_row_opens_and_closes_in_its_place_with_htmx(cast: Any, session: Session, after: Client) -> None:
    page = reverse("sessions:held", args=[session.pk])
    opened = after.get(page, headers={"HX-Request": "true"}).text
    assert "<html" not in opened
    assert "Åsa Öberg" in opened
    sent = {f"present-{one.pk}": "on" for one in list(cast.engagement.participations.all())[:2]}
    closed = after.post(page, sent, headers={"HX-Request": "true"}).text
    assert "2 of 3 present" in closed
    assert reverse("sessions:undo", args=[session.pk]) in closed


def test_without_javascript_the_same_leads_back_to_the_day(cast: Any, session: Session, after: Client) -> None:
    sent = {"everyone": "1", "next": reverse("today")}
    answer = after.post(reverse("sessions:held", args=[session.pk]), sent)
    assert answer.headers["Location"] == reverse("today")
    answer = after.post(reverse("sessions:undo", args=[session.pk]), {"next": "https://evil.example/"})
    assert answer.headers["Location"] == reverse("sessions:detail", args=[session.pk])


def test_a_session_of_one_is_marked_by_one_press_in_the_days_list(cast: Any, session: Session, after: Client) -> None:
    cast.engagement.participations.exclude(person=cast.people[0]).delete()
    type(cast.engagement).objects.filter(pk=cast.engagement.pk).update(form=Form.INDIVIDUAL)
    assert 'name="everyone"' in after.get(reverse("today")).text
    after.post(reverse("sessions:held", args=[session.pk]), {"everyone": "1"})
    assert session.attendances.get().presence == "present"


def test_nobody_present_is_refused_on_the_page(session: Session, after: Client) -> None:
    answer = after.post(reverse("sessions:held", args=[session.pk]), {"sent": "1"}, follow=True)
    assert "If nobody came, mark the session so." in answer.text
    assert "How: Åsa Öberg" in answer.text  # the page on which it is said in full
    after.post(reverse("sessions:no_show", args=[session.pk]))
    session.refresh_from_db()
    assert session.state == SessionState.NO_SHOW


def test_a_supervisee_sees_their_own_attendance_and_nobody_elses(cast: Any, session: Session, after: Client) -> None:
    actions.mark_held(session, present=everybody(cast), by=cast.lead, now=AFTER)
    assert "Åsa Öberg" in after.get(reverse("sessions:detail", args=[session.pk])).text
    after.force_login(cast.supervisee)
    page = after.get(reverse("sessions:detail", args=[session.pk])).text
    assert "Sanna Salo" in page
    assert "Åsa Öberg" not in page
    assert "Ville Wikman" not in page
    listed = after.get(reverse("sessions:list", args=[cast.engagement.pk])).text
    assert "You were present" in listed
    assert "of 3 present" not in listed
    asking.become(cast.supervisee)
    assert Attendance.objects.count() == 1  # the database itself shows no more
