"""Booking a session: under which contract, in whose time, and by which clock."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import translation

from audit import asking
from audit.models import Entry
from engagements.models import Contract, CoSupervisor, Engagement, Event, State
from sessions import actions
from sessions.models import Booking, Session, SessionState
from tests.conftest import conclude, make_engagement

HELSINKI = ZoneInfo("Europe/Helsinki")
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=HELSINKI)
THURSDAY = datetime(2026, 11, 26, 13, 0, tzinfo=HELSINKI)


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


def book(engagement: Engagement, by: Any, starts_at: datetime = THURSDAY, **more: Any) -> Session:
    values: dict[str, Any] = {"minutes": 90, "mode": "in_person", "place": "Otsontie 2"} | more
    return actions.book(engagement, starts_at=starts_at, **values, by=by, now=NOW)


def refusal(error: pytest.ExceptionInfo[ValidationError]) -> str:
    return " ".join(error.value.messages)


def another_engagement(cast: Any, **fields: Any) -> Engagement:
    """A second process of the practice, whose contract is agreed."""
    values = {"practice": cast.practice, "lead": cast.lead, "title": "Toinen", "state": State.ACTIVE} | fields
    engagement = Engagement.objects.create(**values)
    Contract.objects.create(
        engagement=engagement, minutes=60, state="agreed", terms={}, terms_hash="0" * 64, agreed_on=NOW.date(),
        agreed_how="paper",
    )  # fmt: skip
    return engagement


def test_a_booking_takes_the_time_of_every_supervisor_and_leaves_a_trace(cast: Any) -> None:
    asking.become(cast.lead)
    session = book(cast.engagement, cast.lead)
    assert session.ends_at - session.starts_at == timedelta(minutes=90)
    assert session.state == SessionState.PLANNED
    assert set(session.bookings.values_list("user", flat=True)) == {cast.lead.pk, cast.co_supervisor.pk}
    event = Event.objects.get(kind=Event.Kind.BOOKED, data__session=str(session.pk))
    assert event.audience == "participants"
    assert event.actor == cast.lead
    assert Entry.objects.filter(stream=str(cast.engagement.pk), event="session.booked", obj=session.pk).exists()


def test_a_co_supervisor_books_too(cast: Any) -> None:
    asking.become(cast.co_supervisor)
    assert book(cast.engagement, cast.co_supervisor).state == SessionState.PLANNED


def test_a_double_booking_of_oneself_is_refused_with_the_name_and_time_of_the_other_session(cast: Any) -> None:
    asking.become(cast.lead)
    first = book(cast.engagement, cast.lead)
    other = another_engagement(cast)
    with pytest.raises(actions.Taken) as refused:
        book(other, cast.lead, THURSDAY + timedelta(minutes=60))
    assert refused.value.message_dict == {
        "starts_at": ["You already have a session then: Otso, Thu 26 Nov 2026 13:00–14:30."]
    }
    assert [clash.session for clash in refused.value.clashes] == [first]
    assert not other.sessions.exists()


def test_sessions_may_follow_one_another_without_a_break(cast: Any) -> None:
    asking.become(cast.lead)
    book(cast.engagement, cast.lead)
    assert book(another_engagement(cast), cast.lead, THURSDAY + timedelta(minutes=90)).pk


def test_a_cancelled_session_gives_its_time_back(cast: Any) -> None:
    asking.become(cast.lead)
    actions.cancel(book(cast.engagement, cast.lead), by=cast.lead, now=NOW)
    assert book(another_engagement(cast), cast.lead).pk


def test_a_co_supervisors_other_work_is_told_by_name_and_time_only(cast: Any) -> None:
    asking.become(cast.co_supervisor)
    own = another_engagement(cast, lead=cast.co_supervisor, title="Salainen asiakas")
    book(own, cast.co_supervisor)
    asking.become(cast.lead)
    with pytest.raises(actions.Taken) as refused:
        book(cast.engagement, cast.lead)
    assert refusal(refused) == "Kalle Kivi is taken Thu 26 Nov 2026 13:00–14:30."
    assert [clash.session for clash in refused.value.clashes] == [None]


def test_somebody_who_joins_as_co_supervisor_cannot_be_booked_twice_either(cast: Any) -> None:
    asking.become(cast.co_supervisor)
    own = another_engagement(cast, lead=cast.co_supervisor)
    book(own, cast.co_supervisor)
    asking.become(cast.lead)
    theirs = another_engagement(cast)
    CoSupervisor.objects.create(engagement=theirs, user=cast.co_supervisor)
    with pytest.raises(actions.Taken):
        book(theirs, cast.lead)


def test_nobody_learns_when_strangers_are_busy(cast: Any) -> None:
    asking.become(cast.lead)
    foreign = cast.foreign_session
    assert actions.clashes(cast.foreign_engagement, foreign.starts_at, foreign.ends_at, by=cast.lead) == []
    asking.become(cast.stranger)
    assert len(actions.clashes(cast.foreign_engagement, foreign.starts_at, foreign.ends_at, by=cast.stranger)) == 1


@pytest.mark.parametrize(
    ("state", "why"),
    [
        (State.DRAFT, "The process is a draft. Offer its contract, or record that it is agreed, before you book."),
        (State.OFFERED, "The contract is not agreed yet. Record the agreement before you book."),
        (State.PAUSED, "The process is paused. Continue it before you book."),
        (State.CLOSED, "The process is closed."),
    ],
)
def test_a_process_that_is_not_under_way_says_why_nothing_is_booked(cast: Any, state: str, why: str) -> None:
    asking.become(cast.lead)
    closed = {"closed_at": NOW, "ending": "early"} if state == State.CLOSED else {}
    Engagement.objects.filter(pk=cast.engagement.pk).update(state=state, **closed)
    with pytest.raises(ValidationError) as refused:
        book(cast.engagement, cast.lead)
    assert refusal(refused) == why
    assert actions.blockers_to_booking(Engagement.objects.get(pk=cast.engagement.pk)) == [why]


def test_while_a_contract_is_on_offer_its_trial_sessions_are_booked_and_no_more(cast: Any) -> None:
    asking.become(cast.lead)
    offered = make_engagement(cast.practice, cast.lead, cast.organisation, cast.people, state=State.DRAFT)
    offered.contracts.update(trial_sessions=1)
    conclude(offered.contracts.get(), agreed=False)
    offered.move_to(State.OFFERED)
    with pytest.raises(ValidationError, match="Until then only trial sessions can be booked"):
        book(offered, cast.lead)
    assert book(offered, cast.lead, trial=True).trial
    with pytest.raises(ValidationError, match="All the trial sessions that the contract names are booked"):
        book(offered, cast.lead, THURSDAY + timedelta(days=7), trial=True)


@pytest.mark.parametrize(
    ("starts_at", "minutes", "why"),
    [
        (NOW + timedelta(days=800), 90, "Sessions are booked at most two years ahead."),
        (NOW - timedelta(days=1900), 90, "Sessions are recorded at most five years back."),
        (THURSDAY, 5, "A session lasts from 10 to 600 minutes."),
        (THURSDAY, 601, "A session lasts from 10 to 600 minutes."),
    ],
)
def test_times_out_of_all_measure_are_refused(cast: Any, starts_at: datetime, minutes: int, why: str) -> None:
    asking.become(cast.lead)
    with pytest.raises(ValidationError) as refused:
        book(cast.engagement, cast.lead, starts_at, minutes=minutes)
    assert refusal(refused) == why


def test_a_session_over_the_change_of_clocks_lasts_as_long_as_any_other(cast: Any) -> None:
    asking.become(cast.lead)
    session = book(cast.engagement, cast.lead, datetime(2027, 3, 28, 2, 30, tzinfo=HELSINKI), minutes=60)
    assert session.ends_at.astimezone(UTC) - session.starts_at.astimezone(UTC) == timedelta(minutes=60)
    assert session.ends_at.astimezone(HELSINKI).hour == 4  # three o'clock is skipped


# --- the page -------------------------------------------------------------------------------------------------------

VALUES = {"day": "26.11.2026", "clock": "13", "minutes": "90", "mode": "in_person", "place": "Otsontie 2", "link": ""}


@pytest.fixture
def at_work(cast: Any, client: Client, time_machine: Any) -> Client:
    time_machine.move_to(NOW, tick=False)
    client.force_login(cast.lead)
    return client


def test_the_form_reads_what_people_write_and_books(cast: Any, at_work: Client) -> None:
    answer = at_work.post(reverse("sessions:book", args=[cast.engagement.pk]), VALUES)
    session = cast.engagement.sessions.get(starts_at=THURSDAY)
    assert answer.headers["Location"] == reverse("sessions:detail", args=[session.pk])
    assert session.minutes == 90


def test_the_form_offers_the_terms_of_the_contract_and_the_next_time_of_its_rhythm(
    cast: Any, at_work: Client, agree_anew: Callable[..., Contract]
) -> None:
    asking.become(cast.lead)
    agree_anew(cast.engagement, rhythm="weeks", rhythm_every=3, mode="remote", link="https://kokous.example/otso")
    form = at_work.get(reverse("sessions:book", args=[cast.engagement.pk])).context["form"]
    assert form.initial["minutes"] == 90
    assert form.initial["mode"] == "remote"
    assert form.initial["link"] == "https://kokous.example/otso"
    assert form.initial["day"] == (cast.session.starts_at + timedelta(weeks=3)).date()


def test_the_form_says_under_the_time_that_it_is_taken_and_leads_to_the_other_session(
    cast: Any, at_work: Client
) -> None:
    local = cast.session.starts_at.astimezone(HELSINKI)
    taken = VALUES | {"day": f"{local:%d.%m.%Y}", "clock": f"{local:%H.%M}"}
    answer = at_work.post(reverse("sessions:book", args=[cast.engagement.pk]), taken)
    assert answer.context["form"].errors["clock"] == [
        "You already have a session then: Otso, Wed 25 Nov 2026 9:00–10:30."
    ]
    assert reverse("sessions:detail", args=[cast.session.pk]) in answer.text


def test_an_hour_that_the_clocks_skip_is_refused_in_words(cast: Any, at_work: Client) -> None:
    answer = at_work.post(
        reverse("sessions:book", args=[cast.engagement.pk]), VALUES | {"day": "28.3.2027", "clock": "3.30"}
    )
    assert answer.context["form"].errors["clock"] == ["There is no time 3.30 on 28 Mar 2027: the clocks go forward."]


def test_of_an_hour_that_comes_twice_the_first_is_booked(cast: Any, at_work: Client) -> None:
    at_work.post(reverse("sessions:book", args=[cast.engagement.pk]), VALUES | {"day": "31.10.2027", "clock": "3.30"})
    booked = cast.engagement.sessions.latest("starts_at")
    assert booked.starts_at == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)


def test_a_place_is_asked_for_where_people_meet_in_a_room(cast: Any, at_work: Client) -> None:
    page = reverse("sessions:book", args=[cast.engagement.pk])
    assert at_work.post(page, VALUES | {"place": ""}).context["form"].errors["place"] == ["Say where you meet."]
    assert at_work.post(page, VALUES | {"place": "", "mode": "remote"}).status_code == 302


@pytest.mark.parametrize("link", ["javascript:alert(1)", "ftp://kokous.example/", "kokous"])
def test_a_link_leads_to_the_web_or_is_refused(cast: Any, at_work: Client, link: str) -> None:
    answer = at_work.post(
        reverse("sessions:book", args=[cast.engagement.pk]), VALUES | {"mode": "remote", "link": link}
    )
    assert "link" in answer.context["form"].errors


def test_a_time_that_is_past_is_recorded_and_waits_to_be_marked(cast: Any, at_work: Client) -> None:
    answer = at_work.post(reverse("sessions:book", args=[cast.engagement.pk]), VALUES | {"day": "20.11.2026"})
    session = cast.engagement.sessions.earliest("starts_at")
    assert answer.headers["Location"] == reverse("sessions:close", args=[session.pk])
    assert session.state == SessionState.PLANNED


def test_only_processes_in_which_something_can_be_booked_are_offered(cast: Any, at_work: Client) -> None:
    asking.become(cast.lead)
    another_engagement(cast, title="Suljettu", state=State.CLOSED, closed_at=NOW, ending="completed")
    page = at_work.get(reverse("sessions:book_any")).text
    assert "Otso" in page
    assert "Suljettu" not in page
    assert "Vieras" not in page
    assert "Otso" not in at_work.post(reverse("sessions:book_any"), {"q": "Karhu"}, follow=True).text


def test_a_booking_row_is_kept_by_the_database_alone(cast: Any) -> None:
    from django.db import DatabaseError, transaction

    asking.become(cast.lead)
    with pytest.raises(DatabaseError), transaction.atomic():
        Booking.objects.filter(session=cast.session).delete()
