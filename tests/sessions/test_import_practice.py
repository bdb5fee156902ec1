"""A practice kept in a spreadsheet comes in whole: every row in, or named with the reason."""

import io
import json
import zipfile
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.core.management import CommandError, call_command
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import ClientOrganisation, Membership, Person, Practice, User, VatStanding
from audit.asking import acting_as, become
from audit.models import Entry
from engagements.models import Contract, CoSupervisor, Engagement, Event, Participation, VatClass
from engagements.terms import thaw
from sessions.importing.checks import plan_of
from sessions.importing.findings import Finding, Weight
from sessions.importing.known import Known
from sessions.importing.loading import Outcome, import_book
from sessions.importing.report import report
from sessions.importing.sheets import BrokenFile, open_book, read_book
from sessions.models import Attendance, Session

NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
SAMPLES = Path(__file__).parent / "samples"
WORKBOOK = SAMPLES / "practice.xlsx"
PEOPLE = SAMPLES / "practice-people.csv"
TRUTH: dict[str, Any] = json.loads((SAMPLES / "practice-truth.json").read_text())

PROCESS_HEADINGS = ["Tunnus", "Tilaaja", "Y-tunnus", "Muoto", "Alkaa", "Kertoja", "Kesto", "Tapa", "Hinta", "Tila"]
PEOPLE_HEADINGS = ["Tunnus", "Nimi", "Sähköposti", "Huom"]
SESSION_HEADINGS = ["Tunnus", "Päivä", "Klo", "Min", "Tila"]


@pytest.fixture
def supervisor(db: None) -> User:
    """A supervisor in a practice of her own, who asks for the rest of the test."""
    user = User.objects.create_user("riitta@kaari.example", full_name="Riitta Rauta")
    become(user)
    practice = Practice.objects.create(
        name="Rauta", business_id="9900013-0", street="Kaarikatu 2", postcode="00100", city="Helsinki"
    )
    for kind in Membership.Kind:
        Membership.objects.create(practice=practice, user=user, kind=kind)
    return user


def workbook(**sheets: Sequence[Sequence[object]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets.items():
        worksheet = book.create_sheet(title)
        for row in rows:
            worksheet.append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def take(content: bytes | Path, supervisor: User, *, skip_errors: bool = False, dry_run: bool = False) -> Outcome:
    book = open_book(content) if isinstance(content, Path) else read_book(content, title="lista")
    practice = Practice.objects.supervised_by(supervisor).get()
    return import_book(
        book, supervisor=supervisor, practice=practice, now=NOW, skip_errors=skip_errors, dry_run=dry_run
    )


def a_process(code: str = "A-1", **cells: object) -> list[object]:
    usual: dict[str, object] = {
        "Tunnus": code, "Tilaaja": "Koulu", "Muoto": "ryhmä", "Alkaa": "1.9.2026", "Kertoja": 8, "Kesto": "90 min",
        "Tapa": "etä", "Hinta": "190 € / krt + alv 25,5 %",
    }  # fmt: skip
    return [(usual | cells).get(heading) for heading in PROCESS_HEADINGS]


def places(findings: list[Finding], weight: Weight) -> set[tuple[str, int]]:
    return {(each.sheet, each.row) for each in findings if each.weight is weight}


def codes(findings: list[Finding], weight: Weight = Weight.ERROR) -> list[str]:
    return [each.code for each in findings if each.weight is weight]


def counts() -> tuple[int, int, int]:
    return Engagement.objects.count(), Participation.objects.count(), Session.objects.count()


# --- the sample -----------------------------------------------------------------------------------------------------

WHY = {
    "business id: check digit": ("check_digit", None),
    "no such date": ("no_such_day", None),
    "no such time": ("no_such_time", None),
    "unknown process TO-99": ("unknown_process", None),
    "overlaps row 5": ("overlap", 5),
}


def test_the_sample_says_exactly_what_its_truth_says(supervisor: User) -> None:
    findings = take(WORKBOOK, supervisor).plan.findings

    errors = {(each.sheet, each.row, each.code, each.other) for each in findings if each.weight is Weight.ERROR}
    assert errors == {(row["sheet"], row["row"], *WHY[row["why"]]) for row in TRUTH["row_errors"]}
    assert places(findings, Weight.WARNING) == {(row["sheet"], row["row"]) for row in TRUTH["row_warnings"]}
    assert codes(findings, Weight.WARNING) == ["no_email"]
    assert {(each.sheet, each.row, each.other) for each in findings if each.weight is Weight.DUPLICATE} == {
        (row["sheet"], row["row"], row["same_as"]) for row in TRUTH["duplicates"]
    }
    depends = {(row["sheet"], row["row"]) for row in TRUTH["depend_on_bad_process"]}
    assert places(findings, Weight.DEPENDS) == depends
    assert {each.other for each in findings if each.weight is Weight.DEPENDS} == {3}
    assert not places(findings, Weight.NOTICE)


def test_a_file_with_errors_imports_nothing(supervisor: User) -> None:
    outcome = take(WORKBOOK, supervisor)

    assert not outcome.written
    assert counts() == (0, 0, 0)
    assert [tally.read for tally in outcome.plan.tallies.values()] == list(TRUTH["rows"].values())


def test_without_the_rows_in_error_the_sample_comes_in_with_the_counts_of_its_truth(supervisor: User) -> None:
    outcome = take(WORKBOOK, supervisor, skip_errors=True)

    expected = TRUTH["expected_after_import_with_skip_errors"]
    assert outcome.written
    assert counts() == (expected["Prosessit"], expected["Ohjattavat"], expected["Tapaamiset"])
    assert [tally.new for tally in outcome.plan.tallies.values()] == list(expected.values())


def test_a_second_run_adds_nothing(supervisor: User) -> None:
    take(WORKBOOK, supervisor, skip_errors=True)
    before = counts(), Person.objects.count(), ClientOrganisation.objects.count(), Event.objects.count()

    outcome = take(WORKBOOK, supervisor, skip_errors=True)

    assert (counts(), Person.objects.count(), ClientOrganisation.objects.count(), Event.objects.count()) == before
    assert [tally.new for tally in outcome.plan.tallies.values()] == [0, 0, 0]
    assert [tally.known for tally in outcome.plan.tallies.values()] == [12, 53, 75]
    overlap = next(each for each in outcome.plan.findings if each.code == "overlap")
    assert (overlap.row, overlap.other) == (85, 5)


def test_a_second_run_leaves_alone_what_was_moved_and_marked_since(supervisor: User) -> None:
    take(WORKBOOK, supervisor, skip_errors=True)
    moved = Session.objects.filter(engagement__reference="TO-01", state="planned").latest("starts_at")
    Session.objects.filter(pk=moved.pk).update(
        starts_at=moved.starts_at + timedelta(days=1), ends_at=moved.ends_at + timedelta(days=1)
    )
    Session.objects.filter(engagement__reference="TO-04", state="planned").update(state="cancelled")
    before = counts()

    take(WORKBOOK, supervisor, skip_errors=True)

    assert counts() == before
    assert Session.objects.get(pk=moved.pk).starts_at == moved.starts_at + timedelta(days=1)


def test_a_corrected_file_brings_in_what_was_left_out(supervisor: User) -> None:
    take(WORKBOOK, supervisor, skip_errors=True)
    book = openpyxl.load_workbook(WORKBOOK)
    book["Prosessit"]["C3"] = "9900002-6"
    book["Tapaamiset"]["B21"] = "29.10.2026"
    book["Tapaamiset"]["C24"] = "12.00"
    book["Tapaamiset"].delete_rows(84, 2)
    content = io.BytesIO()
    book.save(content)

    outcome = take(content.getvalue(), supervisor)

    assert outcome.written
    assert [tally.new for tally in outcome.plan.tallies.values()] == [1, 5, 7]
    assert counts() == (13, 58, 82)


def test_a_dry_run_says_the_same_and_writes_nothing(supervisor: User) -> None:
    dry = take(WORKBOOK, supervisor, skip_errors=True, dry_run=True)
    assert counts() == (0, 0, 0)
    assert not Person.objects.exists()

    wet = take(WORKBOOK, supervisor, skip_errors=True)

    assert not dry.written
    assert report(dry) == report(wet)


def test_the_old_list_of_people_adds_nobody_after_the_workbook(supervisor: User) -> None:
    take(WORKBOOK, supervisor, skip_errors=True)

    outcome = take(PEOPLE, supervisor, skip_errors=True)

    assert counts() == (12, 53, 75)
    assert {each.row for each in outcome.plan.findings if each.weight is Weight.ERROR} == {3, 4, 5, 6, 7}
    assert set(codes(outcome.plan.findings)) == {"unknown_process"}


def test_the_old_list_of_people_fills_processes_that_have_none(supervisor: User) -> None:
    book = openpyxl.load_workbook(WORKBOOK)
    del book["Ohjattavat"], book["Tapaamiset"]
    content = io.BytesIO()
    book.save(content)
    take(content.getvalue(), supervisor, skip_errors=True)

    take(PEOPLE, supervisor, skip_errors=True)

    assert counts() == (12, 53, 0)
    assert Person.objects.filter(family_name="Väänänen", given_name="Kalervo").exists()


# --- what the rows become -------------------------------------------------------------------------------------------


def test_a_process_becomes_an_engagement_with_the_terms_of_its_row(supervisor: User) -> None:
    take(WORKBOOK, supervisor, skip_errors=True)

    engagement = Engagement.objects.get(reference="TO-12")
    contract = engagement.contracts.get()
    assert (engagement.form, engagement.focus, engagement.process) == ("pair", "leadership", "long")
    assert engagement.starts_on == date(2026, 10, 19)
    assert engagement.client is not None
    assert (engagement.client.name, engagement.client.business_id) == ("Metsälän seurakunta", "9900009-3")
    assert (contract.minutes, contract.sessions_agreed, contract.mode) == (75, 8, "hybrid")
    assert (contract.rhythm, contract.rhythm_every, contract.weekday, contract.time) == ("months", 1, 1, time(14))
    assert (contract.price, contract.price_per, contract.vat_class) == (Decimal("110.00"), "session", "standard")
    assert contract.cancel_notice_hours == 24


@pytest.mark.parametrize(
    ("reference", "engagement_state", "contract_state", "how"),
    [
        ("TO-04", "active", "agreed", "paper"),
        ("TO-03", "offered", "offered", ""),
        ("TO-01", "active", "agreed", "oral"),
    ],
)
def test_what_the_list_says_of_the_contract_decides_how_far_it_is(
    supervisor: User, reference: str, engagement_state: str, contract_state: str, how: str
) -> None:
    take(WORKBOOK, supervisor, skip_errors=True)

    engagement = Engagement.objects.get(reference=reference)
    contract = engagement.contracts.get()
    assert (engagement.state, contract.state, contract.agreed_how) == (engagement_state, contract_state, how)
    assert thaw(contract.terms).reference == reference


@pytest.mark.parametrize(
    ("standing", "state"),
    [
        (None, "draft"),
        ("luonnos", "draft"),
        ("tauolla", "paused"),
        ("päättynyt", "closed"),
        ("avtalet undertecknat", "active"),
    ],
)
def test_a_process_without_held_sessions_stands_as_the_list_says(
    supervisor: User, standing: str | None, state: str
) -> None:
    take(workbook(Prosessit=[PROCESS_HEADINGS, a_process(Tila=standing)]), supervisor)

    assert Engagement.objects.get().state == state


def test_one_organisation_comes_in_once_by_its_business_id(supervisor: User) -> None:
    take(WORKBOOK, supervisor, skip_errors=True)

    assert ClientOrganisation.objects.filter(business_id="9900003-4").count() == 1
    assert Engagement.objects.filter(client__business_id="9900003-4").count() == 2


def test_line_managers_are_marked_and_family_names_come_first_in_the_list(supervisor: User) -> None:
    take(WORKBOOK, supervisor, skip_errors=True)

    aalto = Participation.objects.get(engagement__reference="TO-03", person__family_name="Aalto")
    assert (aalto.person.given_name, aalto.person.email, aalto.line_manager) == ("Liisa", "", True)
    assert Participation.objects.filter(line_manager=True).count() == 16


def test_sessions_keep_their_wall_clock_and_their_state(supervisor: User) -> None:
    take(WORKBOOK, supervisor, skip_errors=True)

    first, last = (
        Session.objects.filter(engagement__reference="TO-04").order_by(order).values_list("starts_at", "state")[0]
        for order in ("starts_at", "-starts_at")
    )
    assert first == (datetime(2026, 8, 21, 10, 30, tzinfo=UTC), "held")
    assert last == (datetime(2027, 6, 25, 10, 30, tzinfo=UTC), "planned")
    winter = Session.objects.get(engagement__reference="TO-04", starts_at__month=1, starts_at__year=2027)
    assert winter.starts_at == datetime(2027, 1, 8, 11, 30, tzinfo=UTC)
    assert set(Session.objects.values_list("state", flat=True)) == {"planned", "held", "cancelled", "cancelled_late"}


def test_who_was_present_is_not_made_up(supervisor: User) -> None:
    take(WORKBOOK, supervisor, skip_errors=True)

    assert not Attendance.objects.exists()


def test_an_import_leaves_an_event_and_an_audit_entry_for_each_process(supervisor: User) -> None:
    take(WORKBOOK, supervisor, skip_errors=True)

    assert Event.objects.filter(kind=Event.Kind.IMPORTED).count() == 12
    entries = Entry.objects.filter(event="engagement.imported", actor=supervisor.pk)
    assert sum(entry.data["people"] for entry in entries) == 53
    assert sum(entry.data["sessions"] for entry in entries) == 75


def test_what_came_in_is_the_supervisors_alone(supervisor: User, cast: Any) -> None:
    become(supervisor)
    take(WORKBOOK, supervisor, skip_errors=True)

    with acting_as(cast.stranger):
        assert not Engagement.objects.filter(reference="TO-01").exists()
        assert not Person.objects.filter(family_name="Väänänen").exists()


# --- other files of the same kind -----------------------------------------------------------------------------------


def test_cells_may_be_dates_times_and_numbers(supervisor: User) -> None:
    naive = datetime.fromisoformat("2026-12-03T00:00")
    content = workbook(
        Prosessit=[
            PROCESS_HEADINGS,
            ["1", "Koulu", 99000018, "pari", naive, 8.0, time(1, 30), "lähi", 190, "sopimus allekirjoitettu"],
        ],
        Tapaamiset=[
            SESSION_HEADINGS,
            [1, naive, time(9), 90, "sovittu"],
            [1.0, date(2026, 12, 10), 13.3, "1,5 h", None],
        ],
    )

    outcome = take(content, supervisor)

    assert outcome.written
    contract = Contract.objects.get()
    assert (contract.minutes, contract.price, contract.sessions_agreed) == (90, Decimal("190.00"), 8)
    assert list(Session.objects.order_by("starts_at").values_list("starts_at", flat=True)) == [
        datetime(2026, 12, 3, 7, 0, tzinfo=UTC),
        datetime(2026, 12, 10, 11, 30, tzinfo=UTC),
    ]


def test_a_heading_above_the_table_and_captions_inside_it_are_skipped(supervisor: User) -> None:
    content = workbook(
        Syksy=[
            ["Työnohjaukset syksyllä 2026"],
            [],
            [" tunnus ", None, "PÄIVÄ", "Kello", "Oma merkintä"],
            ["Joulukuu"],
            ["A-1", "x", "3.12.2026", "9", "ei meille"],
            [],
            ["A-1", None, "10.12.2026", "klo 9.00"],
        ],
        Prosessit=[PROCESS_HEADINGS, a_process()],
        Muuta=[["jotain", "aivan muuta"], [1, 2]],
    )

    outcome = take(content, supervisor)

    assert outcome.written
    assert Session.objects.count() == 2
    assert [(each.row, each.code) for each in outcome.plan.findings] == [(4, "caption")]
    assert list(outcome.unknown) == ["Muuta"]


def test_a_private_person_needs_no_organisation(supervisor: User) -> None:
    take(workbook(Prosessit=[PROCESS_HEADINGS, a_process(Tilaaja=None, Muoto="yksilö")]), supervisor)

    assert Engagement.objects.get().client is None


def test_a_price_with_another_vat_or_with_vat_inside_is_said(supervisor: User) -> None:
    content = workbook(
        Prosessit=[
            PROCESS_HEADINGS,
            a_process("A-1", Hinta="125,50 € / h sis. alv 25,5 %"),
            a_process("A-2", Hinta="100 € / 45 min + alv 24 %"),
        ]
    )

    findings = take(content, supervisor).plan.findings

    assert [(each.row, each.code) for each in findings] == [(2, "vat_included"), (3, "vat_rate")]
    prices = dict(Contract.objects.values_list("engagement__reference", "price"))
    assert prices == {"A-1": Decimal("100.00"), "A-2": Decimal("100.00")}
    assert set(Contract.objects.values_list("price_per", flat=True)) == {"hour", "training_hour"}


def test_a_practice_below_the_limit_has_no_vat(supervisor: User) -> None:
    Practice.objects.filter(memberships__user=supervisor).update(vat_standing=VatStanding.SMALL)

    take(workbook(Prosessit=[PROCESS_HEADINGS, a_process(Hinta="100 € / krt")]), supervisor)

    assert Contract.objects.get().vat_class == "small"


def test_a_list_of_people_may_have_columns_for_each_name_and_be_in_utf_8(supervisor: User) -> None:
    take(workbook(Prosessit=[PROCESS_HEADINGS, a_process()]), supervisor)
    text = 'Etunimi,Sukunimi,Tunnus,E-mail\nÅsa,Öberg,A-1,ASA@x.fi\n\nVille,"Mäki, ",A-1,-\n'

    outcome = take(text.encode("utf-8-sig"), supervisor, skip_errors=True)

    assert codes(outcome.plan.findings) == ["name_character"]
    assert [(each.given_name, each.family_name, each.email) for each in Person.objects.all()] == [
        ("Åsa", "Öberg", "asa@x.fi")
    ]


def test_a_list_of_sessions_may_come_alone_with_tabs(supervisor: User) -> None:
    take(workbook(Prosessit=[PROCESS_HEADINGS, a_process()]), supervisor)

    take("Pvm\tKlo\tTunnus\n3.12.2026\t9.00\ta-1\n".encode("utf-16"), supervisor)

    session = Session.objects.get()
    assert (session.minutes, session.mode, session.state) == (90, "remote", "planned")


def test_the_same_address_cannot_be_two_persons(supervisor: User) -> None:
    people: list[Sequence[object]] = [
        PEOPLE_HEADINGS,
        ["A-1", "Aalto Liisa", "toimisto@x.fi", None],
        ["A-1", "Liisa Aalto", "toimisto@x.fi", None],
        ["A-2", "Rinne Hilkka", "toimisto@x.fi", None],
        ["A-2", "Aalto Liisa", "toimisto@x.fi", None],
    ]
    content = workbook(Prosessit=[PROCESS_HEADINGS, a_process("A-1"), a_process("A-2")], Ohjattavat=people)

    findings = take(content, supervisor, skip_errors=True).plan.findings

    assert [(each.row, each.code, each.other) for each in findings] == [(3, "twice", 2), (4, "address_taken", 2)]
    assert Person.objects.count() == 1
    assert Participation.objects.count() == 2


def test_namesakes_without_an_address_are_kept_apart_by_process(supervisor: User) -> None:
    people: list[Sequence[object]] = [PEOPLE_HEADINGS, ["A-1", "Aalto Liisa", "-"], ["A-2", "Aalto Liisa", None]]
    content = workbook(Prosessit=[PROCESS_HEADINGS, a_process("A-1"), a_process("A-2")], Ohjattavat=people)

    take(content, supervisor)
    take(content, supervisor)

    assert Person.objects.count() == 2


def test_notes_in_the_list_are_left_out_and_that_is_said(supervisor: User) -> None:
    content = workbook(
        Prosessit=[PROCESS_HEADINGS, a_process()],
        Ohjattavat=[PEOPLE_HEADINGS, ["A-1", "Aalto Liisa", "l@x.fi", "sairauslomalla"]],
        Tapaamiset=[[*SESSION_HEADINGS, "Muistiinpano"], ["A-1", "3.12.2026", "9", 90, "sovittu", "vaikea päivä"]],
    )

    outcome = take(content, supervisor)

    assert codes(outcome.plan.findings, Weight.NOTICE) == ["note", "note"]
    assert "vaikea" not in report(outcome)


# --- overlaps -------------------------------------------------------------------------------------------------------


def sessions_of(*rows: Sequence[object]) -> bytes:
    return workbook(
        Prosessit=[PROCESS_HEADINGS, a_process("A-1"), a_process("A-2")], Tapaamiset=[SESSION_HEADINGS, *rows]
    )


def test_an_overlap_names_the_row_that_was_first(supervisor: User) -> None:
    content = sessions_of(
        ["A-1", "3.12.2026", "9.00", 90, "sovittu"],
        ["A-2", "3.12.2026", "10.29", 90, "sovittu"],
        ["A-2", "3.12.2026", "10.30", 90, "sovittu"],
        ["A-1", "3.12.2026", "8.00", 240, "pidetty"],
    )

    findings = take(content, supervisor).plan.findings

    assert [(each.row, each.other) for each in findings] == [(3, 2), (5, 2)]


def test_cancelled_sessions_do_not_overlap(supervisor: User) -> None:
    content = sessions_of(
        ["A-1", "3.12.2026", "9.00", 90, "peruttu"],
        ["A-2", "3.12.2026", "9.00", 90, "sovittu"],
        ["A-1", "3.12.2026", "9.30", 90, "peruttu myöhään"],
    )

    outcome = take(content, supervisor)
    take(content, supervisor)

    assert outcome.written
    assert Session.objects.count() == 3


def test_a_session_cancelled_and_booked_anew_at_the_same_time_comes_in_as_two(supervisor: User) -> None:
    content = sessions_of(["A-1", "3.12.2026", "9.00", 90, "peruttu"], ["A-1", "3.12.2026", "9.00", 90, "sovittu"])

    take(content, supervisor)
    take(content, supervisor)

    assert Session.objects.count() == 2


def test_an_overlap_with_a_session_already_booked_names_it(supervisor: User) -> None:
    take(sessions_of(["A-1", "3.12.2026", "9.00", 90, "sovittu"]), supervisor)

    with translation.override("fi"):
        outcome = take(sessions_of(["A-2", "3.12.2026", "10.00", 90, "sovittu"]), supervisor)

    assert codes(outcome.plan.findings) == ["overlap"]
    assert "to 3.12.2026 klo 9.00" in outcome.plan.findings[0].why
    assert "A-1" in outcome.plan.findings[0].why


def test_an_overlap_with_anothers_session_of_a_shared_process_is_found(supervisor: User, cast: Any) -> None:
    become(supervisor)
    practice = Practice.objects.supervised_by(supervisor).get()
    take(sessions_of(["A-1", "3.12.2026", "9.00", 90, "sovittu"]), supervisor)
    Membership.objects.create(practice=practice, user=cast.lead, kind=Membership.Kind.SUPERVISOR)
    CoSupervisor.objects.create(engagement=Engagement.objects.get(reference="A-1"), user=cast.lead)
    with acting_as(cast.lead):
        Session.objects.create(
            engagement=cast.engagement,
            starts_at=datetime(2026, 12, 10, 7, 0, tzinfo=UTC),
            ends_at=datetime(2026, 12, 10, 8, 30, tzinfo=UTC),
        )

    outcome = take(sessions_of(["A-1", "10.12.2026", "9.00", 90, "sovittu"]), supervisor)

    assert codes(outcome.plan.findings) == ["overlap"]


# --- errors ---------------------------------------------------------------------------------------------------------


def test_every_wrong_cell_of_a_row_is_named_by_its_column(supervisor: User) -> None:
    row = a_process(
        "A-1", Muoto="jotain", Alkaa="31.2.2026", Kertoja="monta", Kesto="5 min", Tapa="x", Hinta="-5 €", Tila="?"
    )

    findings = take(workbook(Prosessit=[PROCESS_HEADINGS, row]), supervisor).plan.findings

    assert [each.why.partition(":")[0] for each in findings] == [
        "Muoto",
        "Alkaa",
        "Kertoja",
        "Kesto",
        "Tapa",
        "Hinta",
        "Tila",
    ]
    assert {each.row for each in findings} == {2}


def test_a_row_without_what_it_needs_is_an_error(supervisor: User) -> None:
    content = workbook(
        Prosessit=[PROCESS_HEADINGS, a_process("A-1"), a_process("A-2", Tilaaja=None, **{"Y-tunnus": "9900001-8"})],
        Ohjattavat=[PEOPLE_HEADINGS, [None, "Aalto Liisa", "l@x.fi", None], ["A-1", "Madonna", "m@x.fi", None]],
        Tapaamiset=[SESSION_HEADINGS, ["A-1", None, "9", 90, "sovittu"], ["A-1", "28.3.2027", "3.30", 90, "sovittu"]],
    )

    findings = take(content, supervisor).plan.findings

    assert codes(findings) == ["missing", "missing", "two_names", "missing", "no_such_time"]


def test_one_code_for_two_processes_is_an_error_and_for_one_twice_a_duplicate(supervisor: User) -> None:
    content = workbook(Prosessit=[PROCESS_HEADINGS, a_process("A-1"), a_process("a - 1", Kertoja=9), a_process("A-1")])

    findings = take(content, supervisor, skip_errors=True).plan.findings

    assert [(each.row, each.weight, each.other) for each in findings] == [
        (3, Weight.ERROR, 2),
        (4, Weight.DUPLICATE, 2),
    ]
    assert Engagement.objects.count() == 1


def test_a_sheet_without_a_needed_column_says_which(supervisor: User) -> None:
    content = workbook(
        Prosessit=[PROCESS_HEADINGS, a_process()],
        Tapaamiset=[["Tunnus", "Päivä", "Tila"], ["A-1", "3.12.2026", "sovittu"]],
    )

    findings = take(content, supervisor).plan.findings

    assert [(each.sheet, each.row, each.code) for each in findings] == [("Tapaamiset", 1, "no_column")]
    assert "Klo" in findings[0].why


def a_bomb() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"\0" * (101 * 1024 * 1024))
    return content.getvalue()


def with_entities() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("xl/workbook.xml", b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>')
    return content.getvalue()


def an_empty_archive() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("hello.txt", "hello")
    return content.getvalue()


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: b"x" * (10 * 1024 * 1024 + 1), "10"),
        (a_bomb, "100"),
        (with_entities, "Excel"),
        (an_empty_archive, "Excel"),
        (lambda: WORKBOOK.read_bytes()[:5000], "Excel"),
        (lambda: b"\xd0\xcf\x11\xe0" + b"\0" * 600, ".xlsx"),
        (lambda: b"", "Tunnus"),
        (lambda: b"Nimi;Puhelin\nA;1\n", "Tunnus"),
        (lambda: b"Tunnus;Nimi\nA\0;b\n", "."),
        (lambda: b"\x89PNG\r\n\x1a\n\x81\x8d", "."),
        (lambda: b'Tunnus;Nimi\n"A;b\n', ".csv"),
        (lambda: ("Tunnus;Nimi\n" + "A-1;Aalto Liisa\n" * 20_001).encode(), "20"),
    ],
)
def test_a_broken_file_is_refused_in_a_sentence(make: Callable[[], bytes], said: str) -> None:
    with pytest.raises(BrokenFile) as refused:
        read_book(make())
    assert said in str(refused.value)


def test_a_file_that_is_not_there_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(BrokenFile):
        open_book(tmp_path / "nowhere.xlsx")


@settings(max_examples=60)
@given(st.binary(max_size=300) | st.binary(max_size=300).map(lambda end: WORKBOOK.read_bytes()[:9000] + end))
def test_no_file_fails_otherwise_than_by_saying_so(content: bytes) -> None:
    try:
        book = read_book(content)
    except BrokenFile as refused:
        said = str(refused)
    else:
        said = book.sheets[0].kind
    assert said


# --- files made up by the machine -----------------------------------------------------------------------------------

EMPTY = Known(
    vat_class=VatClass.STANDARD,
    vat_rate=Decimal("25.50"),
    processes={},
    organisations=[],
    persons={},
    booked=[],
    led_with_others=set(),
)
DAYS = st.dates(date(2026, 1, 1), date(2028, 12, 31))


@st.composite
def written_days(draw: st.DrawFn) -> tuple[date, object]:
    day = draw(DAYS)
    forms: list[object] = [
        f"{day.day}.{day.month}.{day.year}", f"{day:%d.%m.%Y}", f"{day:%d.%m.%y}", day.isoformat(), day,
        datetime.combine(day, time()), f"{('ma', 'ti', 'ke', 'to', 'pe', 'la', 'su')[day.weekday()]} {day:%d.%m.%Y}",
    ]  # fmt: skip
    return day, draw(st.sampled_from(forms))


@st.composite
def written_clocks(draw: st.DrawFn) -> tuple[time, object]:
    clock = time(draw(st.integers(6, 20)), draw(st.sampled_from([0, 15, 30, 45])))
    forms: list[object] = [
        f"{clock.hour}.{clock.minute:02}", f"{clock:%H:%M}", f"klo {clock.hour}.{clock.minute:02}", clock,
        float(f"{clock.hour}.{clock.minute:02}"),
    ]  # fmt: skip
    return clock, draw(st.sampled_from(forms))


@st.composite
def shuffled_tables(draw: st.DrawFn, headings: list[str], rows: Sequence[Sequence[object]]) -> list[list[object]]:
    """The same table with its columns in another order, columns of others between, and empty lines."""
    order = draw(st.permutations(range(len(headings))))
    extra = draw(st.lists(st.sampled_from(["Väri", "Oma", "Laskutettu"]), unique=True, max_size=3))
    styles: list[Callable[[str], str]] = [str, str.upper, str.lower, "  {} ".format]
    style = draw(st.sampled_from(styles))
    table: list[list[object]] = [[*(style(headings[at]) for at in order), *extra]]
    for row in rows:
        table += [[]] * draw(st.integers(0, 2))
        table.append([*(row[at] for at in order), *("x" for _each in extra)])
    return table


@st.composite
def practices(draw: st.DrawFn) -> tuple[bytes, list[tuple[str, date, time]]]:
    """A workbook without errors, and when its sessions are: one a day, so that none overlap."""
    keys = draw(st.lists(st.integers(1, 99), unique=True, min_size=1, max_size=4))
    words: dict[str, list[object]] = {
        "Muoto": ["ryhmä", "Yksilötyönohjaus", "PARI", "yhteisö", "grupp", "community"],
        "Alkaa": ["1.9.2026", "2026-09-01", None, date(2026, 9, 1)],
        "Kesto": ["90 min", 90, "1,5 h", "2 x 45 min", None],
        "Tapa": ["etä", "Lähi", "hybridi", None, "distans"],
        "Hinta": ["110,00 € / krt + alv 25,5 %", "95 €/h", 120, None, "1 200,50 €"],
        "Tila": [None, "sopimus allekirjoitettu", "odottaa tilaajaa"],
    }
    processes = [
        a_process(f"P-{key}", **{name: draw(st.sampled_from(values)) for name, values in words.items()}) for key in keys
    ]
    days = draw(st.lists(written_days(), unique_by=lambda each: each[0], max_size=8))
    sessions: list[list[object]] = []
    expected: list[tuple[str, date, time]] = []
    for day, written in days:
        clock, spoken = draw(written_clocks())
        key = draw(st.sampled_from(keys))
        state = draw(st.sampled_from(["sovittu", "pidetty", "peruttu", "Peruttu myöhään", None]))
        sessions.append([f"P-{key}", written, spoken, draw(st.sampled_from(["60", 90, "1,5 h", None])), state])
        expected.append((f"P-{key}", day, clock))
    content = workbook(
        Prosessit=draw(shuffled_tables(PROCESS_HEADINGS, processes)),
        Tapaamiset=draw(shuffled_tables(SESSION_HEADINGS, sessions)),
    )
    return content, expected


@settings(max_examples=50, deadline=None)
@given(practices())
def test_other_files_of_the_same_kind_are_understood(practice: tuple[bytes, list[tuple[str, date, time]]]) -> None:
    content, expected = practice

    plan = plan_of(read_book(content), EMPTY)

    assert not plan.has_errors, plan.findings
    assert [(each.row.code, each.row.starts_at.date(), each.row.starts_at.time()) for each in plan.sessions] == expected


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(practices())
def test_whatever_came_in_does_not_come_in_twice(
    supervisor: User, practice: tuple[bytes, list[tuple[str, date, time]]]
) -> None:
    content, _expected = practice
    take(content, supervisor, skip_errors=True)
    before = counts()

    outcome = take(content, supervisor, skip_errors=True)

    assert counts() == before
    assert [tally.new for tally in outcome.plan.tallies.values()] == [0, 0, 0]


# --- the command ----------------------------------------------------------------------------------------------------


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("import_practice", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_refuses_a_file_with_errors_and_says_each(
    supervisor: User, capsys: pytest.CaptureFixture[str]
) -> None:
    out = io.StringIO()

    with pytest.raises(CommandError):
        call_command("import_practice", str(WORKBOOK), "--supervisor", supervisor.email, stdout=out)

    lines = out.getvalue().splitlines()
    assert sum(line.startswith(("Prosessit", "Ohjattavat", "Tapaamiset")) for line in lines) >= 17
    assert "31.2.2026" in out.getvalue()
    assert counts() == (0, 0, 0)


def test_the_command_imports_and_a_dry_run_does_not(supervisor: User) -> None:
    arguments = [str(WORKBOOK), "--supervisor", supervisor.email.upper(), "--skip-errors"]

    dry = run(*arguments, "--dry-run")
    assert counts() == (0, 0, 0)
    wet = run(*arguments)

    assert counts() == (12, 53, 75)
    assert dry.splitlines()[:-1] == wet.splitlines()[:-1]
    assert dry != wet


@pytest.mark.parametrize(
    "arguments",
    [
        [str(WORKBOOK), "--supervisor", "nobody@x.fi"],
        ["/nowhere.xlsx", "--supervisor", "riitta@kaari.example"],
        [str(WORKBOOK), "--supervisor", "riitta@kaari.example", "--practice", "9900012-2"],
        [str(WORKBOOK), "--supervisor", "riitta@kaari.example", "--practice", "x"],
    ],
)
def test_the_command_says_in_words_what_it_lacks(supervisor: User, arguments: list[str]) -> None:
    with pytest.raises(CommandError):
        run(*arguments)


def test_a_supervisor_in_two_practices_must_say_which(supervisor: User) -> None:
    other = Practice.objects.create(
        name="Toinen", business_id="9900014-9", street="Katu 1", postcode="00100", city="Helsinki"
    )
    Membership.objects.create(practice=other, user=supervisor, kind=Membership.Kind.SUPERVISOR)

    with pytest.raises(CommandError):
        run(str(WORKBOOK), "--supervisor", supervisor.email, "--skip-errors")
    run(str(WORKBOOK), "--supervisor", supervisor.email, "--skip-errors", "--practice", "9900014-9")

    assert set(Engagement.objects.values_list("practice", flat=True)) == {other.pk}
