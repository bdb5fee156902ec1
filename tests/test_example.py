"""The example process: it looks like a real one, says that it is none, touches nobody, and goes without a trace."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from django.conf import settings
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import ClientOrganisation, Contact, Membership, Person
from audit import asking
from audit.models import Entry
from audit.roles import Role
from engagements.models import Contract, ContractParty, CoSupervisor, Engagement, Goal, Participation, State
from formats.holidays import holiday_on
from notifications.models import Message
from sessions.actions import book, cancel, move
from sessions.board.actions import put_up
from sessions.closing import agenda, words
from sessions.closing.actions import save_memo
from sessions.importing.known import known_of
from sessions.models import Attendance, Booking, Session, SessionState, Word
from sessions.notes import actions as notes
from sessions.notes.written import Written
from sessions.progress.actions import note_progress
from sessions.tasks import actions as tasks
from tests.conftest import make_engagement, make_person, make_session
from tyonohjaus.example import example_of, make_example, remove_example
from vault import opening
from vault.models import ContentKey, TextKey

Cast = Any
Enter = Callable[[Any], Client]
HELSINKI = ZoneInfo("Europe/Helsinki")
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=HELSINKI)
TAG = 'class="tag example"'


@pytest.fixture(autouse=True)
def now(time_machine: Any) -> None:
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def example(cast: Cast) -> Engagement:
    asking.become(cast.lead)
    return make_example(cast.practice, by=cast.lead, now=NOW)


@contextmanager
def refused(error: type[DatabaseError] = IntegrityError) -> Iterator[None]:
    """The database refuses what happens inside, and the test goes on."""
    with pytest.raises(error, match=r"an example keeps to itself|stays where it was"), transaction.atomic():
        yield


# --- what it is -----------------------------------------------------------------------------------------------------


def test_one_click_makes_an_example_with_something_of_everything(cast: Cast, enter: Enter) -> None:
    answer = enter(cast.lead).post(reverse("example_make"))
    asking.become(cast.lead)
    example = Engagement.objects.get(example=True)
    assert answer.headers["Location"] == reverse("engagements:detail", args=[example.pk])
    assert (example.lead, example.practice, example.state) == (cast.lead, cast.practice, State.ACTIVE)
    assert example.contracts.get().state == Contract.State.AGREED
    assert example.contracts.get().reporting.count() == 7
    assert example.goals.count() == 2
    people = [one.person for one in example.participations.all()]
    assert len(people) == 3
    assert {(person.email, person.user) for person in people} == {("", None)}
    assert Counter(example.sessions.values_list("state", flat=True)) == {"held": 4, "cancelled": 1, "planned": 4}
    assert Attendance.objects.filter(session__engagement=example, presence="present").count() == 11


def test_there_is_one_example_at_a_time(example: Engagement, cast: Cast, enter: Enter) -> None:
    answer = enter(cast.lead).post(reverse("example_make"))
    assert answer.headers["Location"] == reverse("engagements:detail", args=[example.pk])
    asking.become(cast.lead)
    assert Engagement.objects.filter(example=True).count() == 1
    with pytest.raises(IntegrityError, match="engagement_example_once_a_lead"), transaction.atomic():
        Engagement.objects.create(practice=cast.practice, lead=cast.lead, title="Toinen", example=True)


@pytest.mark.parametrize(("language", "title"), [
    ("fi", "Esimerkkilän päiväkoti, henkilöstö"), ("sv", "Exempelby daghem, personalen"),
    ("en", "Exampleton nursery, staff"),
])  # fmt: skip
def test_it_is_written_in_the_language_of_its_supervisor(cast: Cast, language: str, title: str) -> None:
    cast.lead.language = language
    asking.become(cast.lead)
    example = make_example(cast.practice, by=cast.lead, now=NOW)
    assert (example.title, example.language) == (title, language)
    assert set(Person.objects.filter(example_of=cast.lead).values_list("language", flat=True)) == {language}


@pytest.mark.parametrize("days", range(0, 370, 23))
def test_it_meets_on_working_days_and_never_today_nor_over_a_real_session(cast: Cast, days: int) -> None:
    today = NOW + timedelta(days=days)
    asking.become(cast.lead)
    Session.objects.update(state=SessionState.CANCELLED)
    for away in range(-40, 30, 2):
        morning = (today + timedelta(days=away)).replace(hour=8, minute=30)
        make_session(cast.engagement, morning, ends_at=morning + timedelta(hours=9 if away % 3 else 5))
    example = make_example(cast.practice, by=cast.lead, now=today)
    meetings = list(example.sessions.order_by("starts_at"))
    assert len({one.starts_at for one in meetings}) == 9
    for one in meetings:
        day = one.starts_at.astimezone(HELSINKI).date()
        assert day.weekday() < 5
        assert not holiday_on(day)
        assert day != today.date()
        assert not Booking.objects.filter(user=cast.lead, during__overlap=(one.starts_at, one.ends_at)).exists()


# --- it touches nobody ----------------------------------------------------------------------------------------------


def test_a_real_session_is_booked_and_moved_over_those_of_an_example(cast: Cast, example: Engagement) -> None:
    first, second = example.sessions.filter(state="planned", starts_at__gt=NOW).order_by("starts_at")[:2]
    assert not Booking.objects.filter(session__engagement=example).exists()
    real = book(
        cast.engagement, starts_at=first.starts_at, minutes=90, mode="in_person", place="A", by=cast.lead, now=NOW
    )
    move(real, starts_at=second.starts_at, minutes=90, mode="in_person", place="A", by=cast.lead, now=NOW)
    moved = move(first, starts_at=second.starts_at, minutes=90, mode="in_person", place="A", by=cast.lead, now=NOW)
    assert set(Booking.objects.filter(during__overlap=(moved.starts_at, moved.ends_at)).values_list("session")) == {
        (real.pk,)
    }


def test_nobody_in_an_example_can_ever_be_mailed(cast: Cast, example: Engagement) -> None:
    """No address, no account, by any path; and what is changed in it puts nothing into the outbox."""
    person = example.participations.all()[0].person
    with pytest.raises(IntegrityError, match="person_example_has_no_address"), transaction.atomic():
        Person.objects.filter(pk=person.pk).update(email="joku@muu.example")
    with pytest.raises(IntegrityError, match="person_example_has_no_address"), transaction.atomic():
        Person.objects.create(practice=cast.practice, family_name="A", email="a@muu.example", example_of=cast.lead)
    with refused():
        Person.objects.filter(pk=person.pk).update(example_of=None, email="joku@muu.example")
    first, second = example.sessions.filter(state="planned", starts_at__gt=NOW).order_by("starts_at")[:2]
    move(first, starts_at=first.starts_at + timedelta(hours=1), minutes=90, mode="remote", by=cast.lead, now=NOW)
    cancel(second, by=cast.lead, now=NOW)
    assert not Message.objects.exists()


def test_no_real_person_client_or_supervisor_comes_into_an_example(cast: Cast, example: Engagement) -> None:
    contract = example.contracts.get()
    made_up = ClientOrganisation.objects.get(example_of=cast.lead)
    with refused():
        Participation.objects.create(engagement=example, person=cast.people[2])
    with refused():
        CoSupervisor.objects.create(engagement=example, user=cast.co_supervisor)
    with refused():
        Contact.objects.create(organisation=made_up, person=cast.people[2])
    with refused():
        Engagement.objects.filter(pk=example.pk).update(client=cast.organisation)
    draft = Contract.objects.create(engagement=example, version=2)
    with refused():
        ContractParty.objects.create(contract=draft, kind="line_manager", person=cast.people[2])
    with refused():
        ContractParty.objects.create(contract=draft, kind="supervisor", user=cast.co_supervisor)
    assert contract.parties.count() == 3


def test_nothing_made_up_comes_into_a_real_process(cast: Cast, example: Engagement) -> None:
    person, client = example.participations.all()[0].person, example.client
    with refused():
        Participation.objects.create(engagement=cast.engagement, person=person)
    with refused():
        Engagement.objects.filter(pk=cast.engagement.pk).update(client=client)
    with refused():
        Contact.objects.create(organisation=cast.organisation, person=person)
    with refused():
        Engagement.objects.create(practice=cast.practice, lead=cast.lead, title="Kopio", copied_from=example)
    draft = Contract.objects.create(engagement=cast.engagement, version=2)
    with refused():
        ContractParty.objects.create(contract=draft, kind="payer", person=person)


def test_nothing_real_becomes_an_example_nor_an_example_real(cast: Cast, example: Engagement) -> None:
    with refused():
        Engagement.objects.filter(pk=cast.engagement.pk).update(example=True)
    with refused():
        Engagement.objects.filter(pk=example.pk).update(example=False)
    with refused():
        Engagement.objects.filter(pk=example.pk).update(lead=cast.co_supervisor)
    with refused():
        Person.objects.filter(pk=cast.people[2].pk).update(example_of=cast.lead)
    with refused():
        ClientOrganisation.objects.filter(pk=cast.organisation.pk).update(example_of=cast.lead)


def test_only_its_supervisor_sees_it(cast: Cast, example: Engagement, enter: Enter) -> None:
    for name in ("co_supervisor", "practice_admin", "supervisee", "contact", "stranger"):
        asking.become(cast.members[name])
        assert not Engagement.objects.filter(example=True).exists(), name
        assert not Contract.objects.filter(engagement=example.pk).exists(), name
        assert not Session.objects.filter(engagement=example.pk).exists(), name
        assert not Person.objects.exclude(example_of=None).exists(), name
        assert not ClientOrganisation.objects.exclude(example_of=None).exists(), name
        browser = enter(cast.members[name])
        for page in ("engagements:detail", "engagements:contract", "sessions:list"):
            assert browser.get(reverse(page, args=[example.pk])).status_code == 404, (name, page)


def test_it_counts_nowhere(cast: Cast, example: Engagement, enter: Enter) -> None:
    browser = enter(cast.lead)
    overview = browser.get(reverse("practice_home"))
    assert [row.title for row in overview.context["page"].rows] == ["Otso"]
    assert overview.context["lead"] == "1 process is under way."
    assert overview.context["organisations"] == 1
    form = browser.get(reverse("engagements:open")).context["form"]
    assert list(form.fields["client"].queryset) == [cast.organisation]
    assert not [line for line in form.suggestions if "Example" in line]
    asking.become(cast.lead)
    known = known_of(cast.lead, cast.practice)
    assert known.organisations == [cast.organisation]
    assert {booked.engagement for booked in known.booked} == {cast.engagement.pk}


def test_a_client_of_the_same_name_can_still_be_entered(cast: Cast, example: Engagement, enter: Enter) -> None:
    assert example.client
    answer = enter(cast.lead).post(
        reverse("engagements:open"),
        {"form": "individual", "focus": "general", "process": "long", "language": "en", "client_kind": "new",
         "client_name": example.client.name, "people": "Aino Example", "parties-TOTAL_FORMS": "0",
         "parties-INITIAL_FORMS": "0"},
    )  # fmt: skip
    assert answer.status_code == 302, answer.context["form"].errors
    asking.become(cast.lead)
    made = Engagement.objects.get(state=State.DRAFT)
    assert made.client
    assert made.client.example_of is None
    assert made.participations.get().person.example_of is None


def test_made_up_sessions_do_not_count_in_the_day(cast: Cast, example: Engagement, enter: Enter) -> None:
    asking.become(cast.lead)
    Session.objects.filter(engagement=cast.engagement).update(state=SessionState.CANCELLED)
    made_up = example.sessions.filter(state="planned", starts_at__gt=NOW).order_by("starts_at")[0]
    browser = enter(cast.lead)
    page = browser.get(reverse("today"))
    assert (page.context["next"], page.context["lead"]) == (made_up, "Nothing is booked ahead.")
    asking.become(cast.lead)
    real = make_session(cast.engagement, made_up.starts_at + timedelta(days=1))
    move(made_up, starts_at=NOW + timedelta(hours=2), minutes=60, mode="remote", by=cast.lead, now=NOW)
    page = browser.get(reverse("today"))
    assert (page.context["next"], page.context["heading"]) == (real, "No sessions today")
    assert [row.pk for row in page.context["rows"]] == [made_up.pk]
    asking.become(cast.lead)
    for hours in range(3, 12):
        make_session(example, NOW + timedelta(hours=hours), ends_at=NOW + timedelta(hours=hours, minutes=30))
    assert browser.get(reverse("today")).context["next"] == real


def test_made_up_tasks_come_after_real_ones_and_say_so(cast: Cast, example: Engagement, enter: Enter) -> None:
    asking.become(cast.lead)
    make_session(cast.engagement, NOW - timedelta(days=1, hours=3))
    page = enter(cast.lead).get(reverse("today"))
    assert [(task.label, task.example) for task in page.context["tasks"]] == [
        ("Mark how it went: Otso", False),
        (f"Mark how it went: {example.title}", True),
    ]


def test_nobody_joins_it_and_nothing_is_copied_from_it(cast: Cast, example: Engagement, enter: Enter) -> None:
    browser = enter(cast.lead)
    people = reverse("engagements:people", args=[example.pk])
    assert 'name="people"' not in browser.get(people).text
    answer = browser.post(people, {"people": "Uusi Ihminen", "on": "23.11.2026"})
    assert "Nobody joins an example: its people are made up." in str(answer.context["form"].errors)
    for page in ("engagements:copy", "engagements:co_supervisors"):
        address = reverse(page, args=[example.pk])
        assert browser.get(address).status_code == 404
        assert address not in browser.get(reverse("engagements:detail", args=[example.pk])).text
        assert address not in browser.get(people).text
    assert example.client
    shown = browser.get(reverse("accounts:organisation", args=[example.client.pk])).text
    contact = example.client.contacts.get()
    for name, key in (("organisation_edit", example.client.pk), ("contact_new", example.client.pk),
                      ("contact_edit", contact.pk), ("contact_left", contact.pk)):  # fmt: skip
        address = reverse(f"accounts:{name}", args=[key])
        assert address not in shown
        assert browser.get(address).status_code == 404


# --- it says so everywhere ------------------------------------------------------------------------------------------


def test_it_is_marked_on_every_page_on_which_it_shows(cast: Cast, example: Engagement, enter: Enter) -> None:
    """Follow every link from the supervisor's home: where a name of the example stands, its mark stands too."""
    browser = enter(cast.lead)
    names = [example.title, "Exampleton", "Aino Example"]
    waiting, seen, shown = [reverse("today")], set(), set()
    while waiting:
        path = waiting.pop()
        if path in seen or path == "/" or "/pdf/" in path or path.startswith(("/account/", "/static/")):
            continue
        seen.add(path)
        answer = browser.get(path)
        assert answer.status_code == 200, path
        if any(name in answer.text for name in names):
            assert TAG in answer.text, path
            shown.add(answer.resolver_match.view_name)
        waiting += [found for found in re.findall(r'href="(/[^"#?]*)', answer.text) if found not in seen]
    assert shown >= {
        "today", "engagements:list", "engagements:detail", "engagements:people", "engagements:goals",
        "engagements:goal", "engagements:contract", "engagements:leave", "engagements:pause", "engagements:close",
        "sessions:list",
        "sessions:detail", "sessions:close", "sessions:move", "sessions:place", "sessions:cancel", "sessions:book",
        "sessions:book_any", "accounts:organisations", "accounts:organisation",
    }  # fmt: skip


def test_no_real_process_is_marked(cast: Cast, enter: Enter) -> None:
    browser = enter(cast.lead)
    for name in ("engagements:detail", "engagements:contract", "engagements:people", "sessions:list"):
        assert TAG not in browser.get(reverse(name, args=[cast.engagement.pk])).text
    for name in ("today", "engagements:list", "accounts:organisations", "sessions:book_any"):
        assert TAG not in browser.get(reverse(name)).text


def test_its_contract_says_on_paper_that_it_is_an_example(
    cast: Cast, example: Engagement, enter: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    marks = []

    def render(template: str, context: Any, language: str, *, draft: bool, example: bool) -> bytes:
        marks.append((draft, example))
        return b"%PDF"

    monkeypatch.setattr("documents.pdf.render", render)
    browser = enter(cast.lead)
    for engagement in (example, cast.engagement):
        browser.get(reverse("engagements:contract_pdf", args=[engagement.pk, 1]))
    assert marks == [(False, True), (False, False)]


# --- it goes --------------------------------------------------------------------------------------------------------


def rows_of_every_table(address: str) -> dict[str, int]:
    with psycopg.connect(address) as superuser:
        tables = [row[0] for row in superuser.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
        counts = {}
        for table in tables:
            found = superuser.execute(psycopg.sql.SQL("SELECT count(*) FROM {}").format(psycopg.sql.Identifier(table)))
            counts[table] = int((found.fetchone() or [0])[0])
    return counts


#: What is evidence, or belongs to no process.
STAYING = {"audit_entry", "audit_head", "django_session", "usersessions_usersession"}
#: What is written in it from the beginning, and the key that seals it.
WRITTEN = {"supervision_agendaitem", "supervision_memo", "supervision_task", "vault_contentkey"}


def test_it_goes_wholly_in_one_click(settled: Cast, superuser_address: str, client: Client) -> None:
    before = rows_of_every_table(superuser_address)
    client.force_login(settled.lead)
    client.post(reverse("example_make"))
    with transaction.atomic():
        asking.become(settled.lead)
        example = Engagement.objects.get(example=True)
        Goal.objects.create(engagement=example, theme="meaning", text="Oma", owner=example.participations.all()[0])
    made = rows_of_every_table(superuser_address)
    grown = {table for table in made if made[table] > before[table]} - STAYING
    assert grown >= WRITTEN
    assert grown - WRITTEN == {
        "accounts_person", "accounts_clientorganisation", "accounts_contact", "engagements_engagement",
        "engagements_participation", "engagements_contract", "engagements_contractparty",
        "engagements_reportingclause", "engagements_goal", "engagements_event", "supervision_session",
        "supervision_attendance", "supervision_series", "supervision_fee",
    }  # fmt: skip

    answer = client.post(reverse("example_remove"), follow=True)

    assert "The example is gone" in answer.text
    after = rows_of_every_table(superuser_address)
    assert {table: (before[table], after[table]) for table in after if after[table] != before[table]}.keys() <= STAYING
    with asking.acting_as(settled.lead):
        kept = Entry.objects.filter(stream=str(example.pk)).values_list("event", flat=True)
        assert {"engagement.opened", "contract.agreed", "engagement.example_removed"} <= set(kept)


def test_everything_that_hangs_on_a_process_is_named_where_an_example_goes(db: None) -> None:
    """A new table with a foreign key to a process, or to what hangs on one, has to be named there."""
    with connection.cursor() as cursor:
        cursor.execute("""
            WITH RECURSIVE hanging AS (
              SELECT 'engagements_engagement'::regclass::oid AS relation
              UNION SELECT c.conrelid FROM pg_constraint c JOIN hanging h ON c.confrelid = h.relation
               WHERE c.contype = 'f')
            SELECT relation::regclass::text FROM hanging
        """)
        tables = {row[0] for row in cursor.fetchall()}
        cursor.execute("SELECT prosrc FROM pg_proc WHERE oid = 'sec.remove_example(uuid)'::regprocedure")
        (body,) = cursor.fetchone()
    # An example has none of these: the database refuses them.
    never = {"engagements_cosupervisor", "supervision_booking", "engagements_signaturerequest",
             "engagements_signinglink", "engagements_signature", "engagements_proposal",
             "evaluations_entered", "reports_report", "reports_revision", "reports_asked", "reports_answer",
             "reports_handover", "reports_recipient", "reports_acknowledgement", "reports_remark",
             "reports_readupto", "billing_line", "billing_trip",
             "supervision_offer", "supervision_offeredtime", "supervision_timeanswer",
             "supervision_cannotcome",
             "engagements_subgroup", "engagements_subgroupmember", "supervision_sessionsubgroup",
             "supervision_themeproposal", "supervision_themesupport", "privacy_dutyreport",
             "privacy_datarequest", "privacy_hold", "supervision_phasebyhand"}  # fmt: skip
    assert tables - never <= set(re.findall(r"DELETE FROM (\w+)", body))


def test_it_goes_with_everything_that_was_tried_in_it(cast: Cast, example: Engagement) -> None:
    held = example.sessions.filter(state=SessionState.HELD)[0]
    planned = example.sessions.filter(state=SessionState.PLANNED)[0]
    somebody = example.participations.all()[0]
    opening.create(cast.lead.pk, "kettu lampi siilo varis honka", now=NOW)
    note = notes.write(example, held, "Kokeilen", by=cast.lead, now=NOW)
    notes.save(note, Written("", "Kokeilen taas"), rev=1, by=cast.lead, now=NOW)
    for rev in range(1, 3):
        save_memo(held, f"Muistio {rev}", rev, by=cast.lead, now=NOW + timedelta(hours=rev))
    agenda.add(planned, "Aihe", by=cast.lead, now=NOW)
    words.pick(held, {Word.Kind.METHOD: ["Kortit"]}, by=cast.lead)
    put_up(example, "Opimme", by=cast.lead, now=NOW)
    note_progress(example.goals.all()[0], remark="Alussa", session=held, by=cast.lead, now=NOW)
    tasks.give(
        example, text="Lue", to=[somebody], due_on=None, until_next=True, visibility="supervisors", session=held,
        by=cast.lead, now=NOW,
    )  # fmt: skip
    assert remove_example(example, by=cast.lead)
    assert not Engagement.objects.filter(example=True).exists()
    assert not TextKey.objects.exists()
    assert not ContentKey.objects.exists()


def test_removing_it_twice_says_nothing_and_it_can_be_made_again(cast: Cast, example: Engagement, enter: Enter) -> None:
    browser = enter(cast.lead)
    for _time in range(2):
        assert browser.post(reverse("example_remove")).headers["Location"] == reverse("today")
    asking.become(cast.lead)
    assert example_of(cast.lead) is None
    browser.post(reverse("example_make"))
    asking.become(cast.lead)
    assert example_of(cast.lead) not in (None, example)


def test_who_supervises_no_more_can_still_remove_theirs(cast: Cast, example: Engagement, enter: Enter) -> None:
    asking.become(cast.lead)
    Membership.objects.filter(user=cast.lead).update(until=NOW)
    browser = enter(cast.lead)
    assert "Remove the example" in browser.get(reverse("engagements:detail", args=[example.pk])).text
    assert browser.post(reverse("example_remove")).headers["Location"] == reverse("home")
    assert browser.post(reverse("example_remove")).status_code == 404
    asking.become(cast.lead)
    assert example_of(cast.lead) is None


@pytest.mark.parametrize("name", ["co_supervisor", "practice_admin", "supervisee", "contact", "stranger"])
def test_nobody_else_can_remove_it(cast: Cast, example: Engagement, enter: Enter, name: str) -> None:
    enter(cast.members[name]).post(reverse("example_remove"))
    asking.become(cast.members[name])
    with connection.cursor() as cursor:
        cursor.execute("SELECT sec.remove_example(%s)", [example.pk])
        assert cursor.fetchone() == (False,)
    asking.become(cast.lead)
    assert example_of(cast.lead) == example


def test_a_real_process_cannot_be_removed_like_an_example(cast: Cast) -> None:
    asking.become(cast.lead)
    assert not remove_example(cast.engagement, by=cast.lead)
    with connection.cursor() as cursor:
        cursor.execute("SELECT sec.remove_example(%s)", [cast.engagement.pk])
        assert cursor.fetchone() == (False,)
    assert Engagement.objects.filter(pk=cast.engagement.pk).exists()
    assert Contract.objects.filter(engagement=cast.engagement).exists()


@pytest.mark.parametrize("role", [None, Role.OWNER, Role.SEC, Role.APP])
@pytest.mark.parametrize("verb", ["DELETE FROM engagements_contract", "UPDATE engagements_contract SET price = 1"])
def test_a_real_agreed_contract_still_goes_for_nobody_and_an_examples_is_changed_by_nobody(
    settled: Cast, superuser_address: str, role: Role | None, verb: str
) -> None:
    with transaction.atomic():
        asking.become(settled.lead)
        example = make_example(settled.practice, by=settled.lead, now=NOW)
    real = settled.engagement
    with psycopg.connect(superuser_address) as superuser:
        superuser.execute("SELECT set_config('app.uid', %s, true)", [str(settled.lead.pk)])
        if role:
            name = psycopg.sql.Identifier(settings.DATABASE_ROLE_NAMES[role])
            superuser.execute(psycopg.sql.SQL("SET LOCAL ROLE {}").format(name))
        for engagement in (real, example):
            through_the_door = role is Role.SEC and engagement == example and verb.startswith("DELETE")
            try:
                with superuser.transaction(force_rollback=True):
                    changed = superuser.execute(verb + " WHERE engagement_id = %s", [engagement.pk]).rowcount
            except psycopg.errors.RestrictViolation:
                changed = 0
            assert changed == int(through_the_door)


# --- what it costs --------------------------------------------------------------------------------------------------


def test_today_costs_the_same_queries_with_an_example_as_with_thirty_processes_more(cast: Cast, enter: Enter) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            browser.get(reverse("today"))
        return len(captured)

    browser = enter(cast.lead)
    browser.get(reverse("today"))
    browser.post(reverse("example_make"))
    few = queries()
    asking.become(cast.lead)
    for number in range(30):
        make_engagement(cast.practice, cast.lead, cast.organisation, [], title=f"Prosessi {number}")
        make_session(cast.engagement, NOW - timedelta(days=number + 1))
    assert queries() == few


def test_a_supervisor_of_another_practice_has_an_example_of_their_own(cast: Cast, example: Engagement) -> None:
    asking.become(cast.stranger)
    practice = Membership.objects.filter(user=cast.stranger)[0].practice
    theirs = make_example(practice, by=cast.stranger, now=NOW)
    assert (theirs.practice, theirs.lead) == (practice, cast.stranger)
    assert remove_example(theirs, by=cast.stranger)
    asking.become(cast.lead)
    assert example_of(cast.lead) == example
    assert Person.objects.filter(example_of=cast.lead).count() == 4
    assert make_person(cast.practice, "Aino", "Example").example_of is None
    assert SessionState.PLANNED in example.sessions.values_list("state", flat=True)
