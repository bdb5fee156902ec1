"""Coming home: each role to its own page, and on it what that role is shown and no more."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Membership
from audit import asking
from engagements import actions
from engagements.models import Contract, ContractParty, Engagement, Goal, Participation, SignatureRequest, State
from sessions.models import Attendance, Session
from tests.conftest import make_engagement, make_person, make_user

Enter = Callable[[Any], Client]
AgreeAnew = Callable[..., Contract]
Tell = Callable[..., None]
HELSINKI = ZoneInfo("Europe/Helsinki")
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=HELSINKI)


@pytest.fixture(autouse=True)
def now(time_machine: Any) -> None:
    time_machine.move_to(NOW, tick=False)


# --- the way home ---------------------------------------------------------------------------------------------------


def test_a_visitor_is_told_what_this_is_and_how_to_come_in(db: None, client: Client) -> None:
    page = client.get(reverse("home"))
    assert page.status_code == 200
    for door in ("account_login", "account_request_login_code", "account_signup"):
        assert reverse(door) in page.text


@pytest.mark.parametrize(
    ("member", "home"),
    [
        ("lead", "today"),
        ("co_supervisor", "today"),
        ("practice_admin", "practice_home"),
        ("supervisee", "portal"),
        ("contact", "client_home"),
        ("administrator", "admin:index"),
    ],
)
def test_each_role_comes_home(cast: Any, enter: Enter, member: str, home: str) -> None:
    answer = enter(cast.members[member]).get(reverse("home"))
    assert (answer.status_code, answer.headers["Location"]) == (302, reverse(home))


def test_somebody_to_whom_nothing_belongs_is_told_so_and_offered_a_practice(db: None, enter: Enter) -> None:
    from accounts.models import User

    newcomer = User.objects.create_user("uusi@muualla.example", "correct horse battery", language="en")
    page = enter(newcomer).get(reverse("home"))
    assert page.status_code == 200
    assert "nothing here belongs to you yet" in page.text
    assert reverse("accounts:practice_new") in page.text


def test_one_of_several_roles_is_chosen_and_remembered(cast: Any, enter: Enter) -> None:
    browser = enter(cast.lead)
    answer = browser.post(reverse("switch_role"), {"role": "practice_admin"})
    assert answer.headers["Location"] == reverse("practice_home")
    assert browser.get(reverse("home")).headers["Location"] == reverse("practice_home")


def test_a_role_that_is_not_ones_own_is_not_chosen(cast: Any, enter: Enter) -> None:
    browser = enter(cast.lead)
    assert browser.post(reverse("switch_role"), {"role": "supervisee"}).status_code == 404
    assert browser.post(reverse("switch_role")).status_code == 404
    assert browser.get(reverse("switch_role")).status_code == 405
    assert browser.get(reverse("home")).headers["Location"] == reverse("today")


def test_a_role_that_has_ended_is_no_home_any_more(cast: Any, enter: Enter) -> None:
    browser = enter(cast.supervisee)
    asking.become(cast.lead)
    Participation.objects.filter(person=cast.people[0]).update(left_on=NOW.date())
    assert browser.get(reverse("portal")).status_code == 404
    assert browser.get(reverse("home")).status_code == 200


# --- the supervisor -------------------------------------------------------------------------------------------------


def session_of(engagement: Engagement, starts_at: datetime, **fields: Any) -> Session:
    fields.setdefault("ends_at", starts_at + timedelta(minutes=60))
    return Session.objects.create(engagement=engagement, starts_at=starts_at, **fields)


def test_today_says_in_one_sentence_how_many_sessions_there_are(cast: Any, enter: Enter) -> None:
    browser = enter(cast.lead)
    assert browser.get(reverse("today")).context["heading"] == "No sessions today"
    asking.become(cast.lead)
    for hour in (1, 3, 5):
        session_of(cast.engagement, NOW + timedelta(hours=hour))
    session_of(cast.engagement, NOW + timedelta(hours=7), state="cancelled")
    page = browser.get(reverse("today"))
    assert page.context["heading"] == "Three sessions today"
    assert page.context["lead"] == "The next begins at 10:00."
    assert "23 Nov 2026 · week 48" in page.text
    assert len(page.context["rows"]) == 4


def test_the_next_session_comes_with_its_link_or_its_place(cast: Any, enter: Enter) -> None:
    browser = enter(cast.lead)
    assert "Otsontie 2" in browser.get(reverse("today")).text
    asking.become(cast.lead)
    session_of(cast.engagement, NOW + timedelta(minutes=10), mode="remote", link="https://kokous.example/otso")
    page = browser.get(reverse("today"))
    assert 'href="https://kokous.example/otso"' in page.text
    assert page.context["week"] == [cast.session]


def test_a_row_is_marked_once_it_has_started_and_opened_before(cast: Any, enter: Enter) -> None:
    asking.become(cast.lead)
    started = session_of(cast.engagement, NOW - timedelta(minutes=10))
    later = session_of(cast.engagement, NOW + timedelta(hours=2))
    page = enter(cast.lead).get(reverse("today"))
    assert reverse("sessions:held", args=[started.pk]) in page.text
    assert reverse("sessions:held", args=[later.pk]) not in page.text
    assert page.context["lead"] == "You are meeting now, until 9:50."


def test_what_waits_is_listed_with_the_page_where_it_is_done(cast: Any, enter: Enter, agree_anew: AgreeAnew) -> None:
    asking.become(cast.lead)
    yesterday = session_of(cast.engagement, NOW - timedelta(days=1))
    draft = Engagement.objects.create(practice=cast.practice, lead=cast.lead, title="Kesken")
    Contract.objects.create(engagement=draft)
    offered = Engagement.objects.create(practice=cast.practice, lead=cast.lead, title="Tarjottu", state="offered")
    Contract.objects.create(engagement=offered, state="offered", terms={}, terms_hash="0" * 64, offered_at=NOW)
    agree_anew(cast.engagement, sessions_agreed=1)
    session_of(cast.engagement, NOW - timedelta(days=8), state="held")
    tasks = {task.label: task.url for task in enter(cast.lead).get(reverse("today")).context["tasks"]}
    assert tasks == {
        "Mark how it went: Otso": reverse("sessions:close", args=[yesterday.pk]),
        "The contract waits for a yes: Tarjottu": reverse("engagements:signing", args=[offered.pk]),
        "Agree to go on, or close: Otso": reverse("engagements:detail", args=[cast.engagement.pk]),
        "Finish the draft: Kesken": reverse("engagements:detail", args=[draft.pk]),
    }


def test_trial_sessions_do_not_use_up_what_was_agreed(cast: Any, enter: Enter, agree_anew: AgreeAnew) -> None:
    asking.become(cast.lead)
    agree_anew(cast.engagement, sessions_agreed=1)
    session_of(cast.engagement, NOW - timedelta(days=8), state="held", trial=True)
    assert enter(cast.lead).get(reverse("today")).context["tasks"] == []


def test_who_begins_is_shown_one_thing_to_do(cast: Any, enter: Enter) -> None:
    Membership.objects.none()
    asking.become(cast.co_supervisor)
    cast.engagement.co_supervisors.all().delete()
    page = enter(cast.co_supervisor).get(reverse("today"))
    assert page.context["new_here"]
    assert reverse("engagements:open") in page.text


def test_nothing_of_anybody_elses_day_is_shown(cast: Any, enter: Enter) -> None:
    asking.become(cast.stranger)
    session_of(cast.foreign_engagement, NOW + timedelta(hours=1))
    page = enter(cast.lead).get(reverse("today")).text
    assert "Vieras" not in page


# --- the supervisee -------------------------------------------------------------------------------------------------


def test_a_supervisee_finds_the_next_session_own_goals_and_the_contract(cast: Any, enter: Enter) -> None:
    asking.become(cast.lead)
    mine, theirs, _other = cast.engagement.participations.order_by("person__sort_key")
    assert mine.person == cast.people[0]
    Goal.objects.create(engagement=cast.engagement, theme="meaning", text="Yhteinen suunta")
    Goal.objects.create(engagement=cast.engagement, theme="identity", text="Rajaan työtäni", owner=mine)
    Goal.objects.create(engagement=cast.engagement, theme="identity", text="Toisen oma tavoite", owner=theirs)
    page = enter(cast.supervisee).get(reverse("portal"))
    assert page.context["next"] == cast.session
    assert "Otsontie 2" in page.text
    assert "Yhteinen suunta" in page.text
    assert "Rajaan työtäni" in page.text
    assert "Toisen oma tavoite" not in page.text
    assert reverse("engagements:contract", args=[cast.engagement.pk]) in page.text


def test_a_supervisee_reads_in_words_what_the_client_is_told(cast: Any, enter: Enter, agree_anew: AgreeAnew) -> None:
    asking.become(cast.lead)
    dates = {"what": "dates", "approval": "none", "when": "end"}
    themes = {"what": "themes", "approval": "everyone", "when": "midpoint", "silence_days": 14}
    agree_anew(cast.engagement, told=[dates, themes])
    page = enter(cast.supervisee).get(reverse("portal")).text
    assert "Dates of the sessions held" in page
    assert "Themes the group has approved" in page
    assert "Only after every supervisee has approved it as it stands." in page
    assert "Silence counts as a yes after 14 days." in page


def test_where_nobody_outside_orders_nobody_outside_is_told(cast: Any, enter: Enter) -> None:
    page = enter(cast.stranger_supervisee).get(reverse("portal")).text
    assert "nobody outside is told anything" in page
    assert "Päiväkoti Otso" not in page


@pytest.mark.parametrize(("who", "home"), [("supervisee", "portal"), ("contact", "client_home"), ("lead", "today")])
def test_what_somebody_is_to_sign_is_a_task(cast: Any, enter: Enter, who: str, home: str) -> None:
    asking.become(cast.lead)
    draft = make_engagement(
        cast.practice, cast.lead, cast.organisation, cast.people, cast.client_contact, title="Uusi", state=State.DRAFT
    )
    ContractParty.objects.create(contract=draft.contracts.get(), kind="supervisee", signs=True)
    actions.offer(draft, by=cast.lead, now=NOW)
    request = SignatureRequest.objects.of(cast.members[who]).get()
    tasks = enter(cast.members[who]).get(reverse(home)).context["tasks"]
    assert ("Read and sign: Uusi", reverse("sign:read", args=[request.pk])) in [
        (task.label, task.url) for task in tasks
    ]


# --- the client -----------------------------------------------------------------------------------------------------


@pytest.fixture
def held(cast: Any) -> None:
    """Three sessions held, in September, October and November, with three, two and one present."""
    asking.become(cast.lead)
    Engagement.objects.filter(pk=cast.engagement.pk).update(starts_on=datetime(2026, 9, 1, tzinfo=HELSINKI).date())
    supervisees = list(cast.engagement.participations.all())
    for month, present in ((9, 3), (10, 2), (11, 1)):
        session = session_of(cast.engagement, datetime(2026, month, 10, 9, 0, tzinfo=HELSINKI), state="held")
        for number, one in enumerate(supervisees):
            presence = "present" if number < present else "absent"
            Attendance.objects.create(session=session, participation=one, presence=presence)


@pytest.fixture
def tell(cast: Any, agree_anew: AgreeAnew) -> Tell:
    """Return a function that agrees on a clause of exactly `lines`: what → when, without anybody's approval."""

    def agree_on(*, to: str = "readers", approval: str = "none", contact_reads: bool = True, **lines: str) -> None:
        asking.become(cast.lead)
        agree_anew(
            cast.engagement,
            told=[{"what": what, "when": when, "to": to, "approval": approval} for what, when in lines.items()],
            parties=lambda draft: draft.parties.filter(kind="contact").update(reads_reports=contact_reads),
        )

    return agree_on


def shown(cast: Any, enter: Enter) -> Any:
    (row,) = enter(cast.contact).get(reverse("client_home")).context["rows"]
    assert row["engagement"] == cast.engagement
    return row["told"]


def test_a_client_is_told_nothing_that_the_clause_does_not_name(
    cast: Any, held: None, enter: Enter, tell: Tell
) -> None:
    tell()
    assert shown(cast, enter) is None
    page = enter(cast.contact).get(reverse("client_home")).text
    assert "Otso" in page
    assert "of 8 sessions held" not in page
    assert "What we do not show, and why" in page


@pytest.mark.parametrize(
    ("when", "held_so_far"), [("request", 3), ("monthly", 2), ("end", None), ("half_yearly", None), ("midpoint", None)]
)
def test_dates_are_told_when_the_clause_says(
    cast: Any, held: None, enter: Enter, tell: Tell, when: str, held_so_far: int | None
) -> None:
    tell(dates=when)
    told = shown(cast, enter)
    assert (len(told.dates) if told else None) == held_so_far


def test_what_is_told_at_the_end_is_told_when_the_process_has_closed(
    cast: Any, held: None, enter: Enter, tell: Tell
) -> None:
    tell(dates="end")
    Engagement.objects.filter(pk=cast.engagement.pk).update(state="closed", closed_at=NOW, ending="completed")
    assert len(shown(cast, enter).dates) == 3


def test_after_half_a_year_the_first_half_year_is_told(
    cast: Any, held: None, enter: Enter, tell: Tell, time_machine: Any
) -> None:
    tell(minutes="half_yearly")
    time_machine.move_to(datetime(2027, 3, 1, 9, 0, tzinfo=HELSINKI), tick=False)
    assert (shown(cast, enter).minutes, shown(cast, enter).dates) == (180, None)


def test_the_midpoint_is_the_middle_of_the_agreed_period(cast: Any, held: None, enter: Enter, tell: Tell) -> None:
    tell(dates="midpoint")
    Engagement.objects.filter(pk=cast.engagement.pk).update(ends_on=datetime(2026, 11, 30, tzinfo=HELSINKI).date())
    assert len(shown(cast, enter).dates) == 2


def test_one_fact_does_not_tell_another(cast: Any, held: None, enter: Enter, tell: Tell) -> None:
    tell(counts="request")
    told = shown(cast, enter)
    assert (told.present, told.dates, told.minutes) == (6, None, None)
    page = enter(cast.contact).get(reverse("client_home")).text
    assert "6 attendances in all." in page
    assert "10 Sep 2026" not in page


def test_a_fact_that_needs_approval_is_not_told_by_itself(cast: Any, held: None, enter: Enter, tell: Tell) -> None:
    tell(dates="request", approval="everyone")
    assert shown(cast, enter) is None


def test_only_the_reader_whom_the_line_names_is_told(cast: Any, held: None, enter: Enter, tell: Tell) -> None:
    tell(dates="request", contact_reads=False)
    assert shown(cast, enter) is None
    tell(dates="request", contact_reads=False, to="contact")
    assert len(shown(cast, enter).dates) == 3
    tell(dates="request", contact_reads=False, to="line_manager")
    assert shown(cast, enter) is None


def test_no_supervisee_is_named_to_a_client(cast: Any, held: None, enter: Enter, tell: Tell) -> None:
    tell(dates="request", minutes="request", counts="request")
    page = enter(cast.contact).get(reverse("client_home")).text
    assert "3 of 8 sessions held" in page
    for person in cast.people:
        assert person.family_name not in page


def test_a_contact_who_has_left_sees_nothing(cast: Any, held: None, enter: Enter, tell: Tell) -> None:
    tell(dates="request")
    cast.client_contact.left_on = NOW.date()
    cast.client_contact.save()
    assert enter(cast.contact).get(reverse("client_home")).status_code == 404


def test_a_line_manager_without_being_a_contact_comes_in_too(cast: Any, enter: Enter, agree_anew: AgreeAnew) -> None:
    asking.become(cast.lead)
    manager = make_user("maija@otso.example", "Maija Mäki")
    person = make_person(cast.practice, "Maija", "Mäki", manager)
    assert enter(manager).get(reverse("client_home")).status_code == 404
    asking.become(cast.lead)
    agree_anew(
        cast.engagement,
        parties=lambda draft: ContractParty.objects.create(contract=draft, kind="line_manager", person=person),
    )
    browser = enter(manager)
    assert browser.get(reverse("home")).headers["Location"] == reverse("client_home")
    assert len(browser.get(reverse("client_home")).context["rows"]) == 1
