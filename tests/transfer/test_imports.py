"""A spreadsheet comes in by the browser: its columns said, every row looked at, taken in once, and taken back."""

import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import ClientOrganisation, Contact, Membership, Person, Practice, User
from audit.asking import acting_as, become
from audit.connecting import as_role
from audit.models import Entry
from audit.roles import Role
from engagements.models import Contract, Engagement, Event, Participation
from sessions.importing.sheets import BrokenFile, Kind, read_book, tables_of
from sessions.models import Booking, Session
from tests.conftest import make_user
from transfer.importing import actions
from transfer.importing.looking import KINDS
from transfer.models import ImportBatch, ImportFile

Cast = Any
Enter = Callable[[Any], Client]
NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
SAMPLES = Path(__file__).parent.parent / "sessions" / "samples"
WORKBOOK = (SAMPLES / "practice.xlsx").read_bytes()
TRUTH: dict[str, Any] = json.loads((SAMPLES / "practice-truth.json").read_text())
LIST = "Koodi;Muoto;Tilaaja\nA-1;ryhmä;Koulu\nA-2;kolmiodraama;Koulu\n"


@pytest.fixture(autouse=True)
def now(time_machine: Any) -> None:
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def supervisor(db: None) -> User:
    user = make_user("riitta@kaari.example", "Riitta Rauta", factor=True)
    become(user)
    practice = Practice.objects.create(
        name="Rauta", business_id="9900013-0", street="Kaarikatu 2", postcode="00100", city="Helsinki"
    )
    Membership.objects.create(practice=practice, user=user, kind=Membership.Kind.SUPERVISOR)
    return user


def send(browser: Client, content: bytes | str, name: str = "lista.csv", kind: str = "work") -> HttpResponse:
    body = content.encode() if isinstance(content, str) else content
    file = SimpleUploadedFile(name, body)
    return browser.post(reverse("transfer:imports"), {"kind": kind, "file": file})  # type: ignore[return-value]


def brought(browser: Client, content: bytes | str, name: str = "lista.csv", kind: str = "work") -> str:
    """Send a file and return the address of its rows."""
    answer = send(browser, content, name, kind)
    assert answer.status_code == 302, answer.content.decode()
    return answer["Location"].removesuffix("columns/")


def take(browser: Client, url: str) -> HttpResponse:
    page = browser.get(url)
    seen = page.context["look"].seen
    return browser.post(url, {"seen": seen}, follow=True)  # type: ignore[return-value]


def imported(browser: Client, content: bytes | str, name: str = "lista.csv", kind: str = "work") -> ImportBatch:
    url = brought(browser, content, name, kind)
    answer = take(browser, url)
    assert b"came in" in answer.content
    return ImportBatch.objects.get(pk=url.strip("/").rpartition("/")[2])


def counts() -> tuple[int, int, int]:
    return Engagement.objects.count(), Participation.objects.count(), Session.objects.count()


# --- the sample -----------------------------------------------------------------------------------------------------


def test_the_sample_comes_in_as_its_truth_says(supervisor: User, enter: Enter) -> None:
    browser = enter(supervisor)
    url = brought(browser, WORKBOOK, "practice.xlsx")
    page = browser.get(url)
    lines = [line for sheet in page.context["look"].sheets for line in sheet.lines]
    expected = TRUTH["expected_after_import_with_skip_errors"]

    assert {(line.sheet, line.number) for line in lines if line.fate == "error"} == {
        (row["sheet"], row["row"]) for row in TRUTH["row_errors"]
    }
    assert {(line.sheet, line.number) for line in lines if line.fate == "depends"} == {
        (row["sheet"], row["row"]) for row in TRUTH["depend_on_bad_process"]
    }
    assert {(line.sheet, line.number) for line in lines if line.fate == "duplicate"} == {
        (row["sheet"], row["row"]) for row in TRUTH["duplicates"]
    }
    assert sum(line.fate == "new" for line in lines) == sum(expected.values())
    become(supervisor)
    assert counts() == (0, 0, 0)

    take(browser, url)
    become(supervisor)
    assert counts() == (expected["Prosessit"], expected["Ohjattavat"], expected["Tapaamiset"])
    batch = ImportBatch.objects.get()
    assert batch.new == sum(expected.values())
    assert not ImportFile.objects.exists()
    entry = Entry.objects.get(event="import.taken_in")
    assert entry.data == {"kind": "work", "new": batch.new, "left_out": batch.left_out}


def test_the_rows_left_out_come_as_a_workbook_with_the_reasons_and_no_formula(supervisor: User, enter: Enter) -> None:
    content = "Tunnus;Nimi;Muoto\nA-1;=HYPERLINK(1);kolmiodraama\n"
    browser = enter(supervisor)
    url = brought(browser, content)
    book = openpyxl.load_workbook(io.BytesIO(browser.get(f"{url}rows.xlsx").content))
    rows = list(book.worksheets[0].iter_rows())
    assert [cell.value for cell in rows[0]] == ["Tunnus", "Nimi", "Muoto", "Row", "Why"]
    assert rows[1][1].value == "=HYPERLINK(1)"
    assert rows[1][1].data_type == "s"
    assert rows[1][1].quotePrefix
    assert str(rows[1][4].value).startswith("Muoto:")


def test_a_corrected_workbook_of_what_was_left_out_brings_the_rest_in(supervisor: User, enter: Enter) -> None:
    browser = enter(supervisor)
    url = brought(browser, LIST)
    body = browser.get(f"{url}rows.xlsx").content
    take(browser, url)
    book = openpyxl.load_workbook(io.BytesIO(body))
    sheet = book.worksheets[0]
    for cell in sheet[2]:
        if cell.value == "kolmiodraama":
            cell.value = "pari"
    corrected = io.BytesIO()
    book.save(corrected)
    imported(browser, corrected.getvalue(), "rows.xlsx")
    become(supervisor)
    assert set(Engagement.objects.values_list("reference", "form")) == {("A-1", "group"), ("A-2", "pair")}


# --- columns --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("headings", ["Tunnus;Päivä;Klo;Tila", "Kod;Datum;Tid;Status", "Code;Date;Time;State"])
def test_headings_are_known_in_three_languages(supervisor: User, enter: Enter, headings: str) -> None:
    browser = enter(supervisor)
    url = brought(browser, f"{headings}\nA-1;3.12.2026;9.00;\n")
    batch = ImportBatch.objects.get(pk=url.strip("/").rpartition("/")[2])
    assert batch.layouts[0]["kind"] == "sessions"
    assert batch.layouts[0]["columns"] == {"0": "code", "1": "day", "2": "clock", "3": "state"}


def test_a_wrong_guess_is_corrected_and_unknown_headings_are_named(supervisor: User, enter: Enter) -> None:
    browser = enter(supervisor)
    url = brought(browser, "Juttu;Laatu;Nimi\nA-1;ryhmä;Aamu\n")
    page = browser.get(f"{url}columns/")
    assert not page.context["form"].sheets[0].rows()
    answer = browser.post(f"{url}columns/", {"s0-kind": "processes", "s0-heading_row": "1"})
    assert answer.status_code == 200
    fields = {"s0-kind": "processes", "s0-heading_row": "1", "s0-c0": "code", "s0-c1": "form", "s0-c2": "title"}
    assert browser.post(f"{url}columns/", fields).status_code == 302
    take(browser, url)
    become(supervisor)
    assert list(Engagement.objects.values_list("reference", "form", "title")) == [("A-1", "group", "Aamu")]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"s0-c0": "code", "s0-c1": "code"}, "Two columns are read as Tunnus"),
        ({"s0-c0": "code"}, "No column is read as Muoto"),
        ({"s0-c0": "code", "s0-c1": "nonsense"}, "Select a valid choice"),
        ({"s0-heading_row": "99"}, "no heading on this row"),
        ({"s0-kind": ""}, "Choose for at least one sheet"),
    ],
)
def test_columns_that_cannot_be_read_are_refused_in_words(
    supervisor: User, enter: Enter, fields: dict[str, str], said: str
) -> None:
    browser = enter(supervisor)
    url = brought(browser, LIST)
    sent = {"s0-kind": "processes", "s0-heading_row": "1", "s0-c0": "code", "s0-c1": "form", **fields}
    if "s0-c1" not in fields and fields.get("s0-c0"):
        del sent["s0-c1"]
    answer = browser.post(f"{url}columns/", sent)
    if answer.status_code == 302 or (
        b"99" in answer.content and said == "no heading on this row"
    ):  # another row of headings is guessed anew, and refused when it is sent again
        answer = browser.post(f"{url}columns/", sent)
    assert said in answer.content.decode()


# --- bad files ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"\xd0\xcf\x11\xe0rest", "a.xls", "old or locked Excel file"),
        (b"PK\x03\x04broken", "a.xlsx", "broken or not a spreadsheet"),
        (b"a\0b", "a.csv", "not text"),
        (b'Tunnus;Muoto\n"A-1;pari\n', "a.csv", "quotation marks"),
        (b"", "a.csv", "This file is empty"),
    ],
)
def test_a_bad_file_is_refused_with_a_sentence(
    supervisor: User, enter: Enter, content: bytes, name: str, said: str
) -> None:
    answer = send(enter(supervisor), content, name)
    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert not ImportBatch.objects.exists()


def test_a_file_that_is_too_large_is_refused(supervisor: User, enter: Enter, settings: Any) -> None:
    settings.UPLOAD_MAX_BYTES = 1000
    answer = send(enter(supervisor), "x" * 2000)
    assert "larger than 10 MB" in answer.content.decode()


def test_too_many_sheets_are_refused(supervisor: User, enter: Enter) -> None:
    book = openpyxl.Workbook()
    for _number in range(21):
        book.create_sheet()
    content = io.BytesIO()
    book.save(content)
    assert "more than 20 sheets" in send(enter(supervisor), content.getvalue(), "a.xlsx").content.decode()


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(
        st.binary(max_size=400),
        st.text(max_size=400).map(str.encode),
        st.binary(max_size=200).map(b"PK\x03\x04".__add__),
    )
)
def test_no_bytes_are_more_than_the_reader_can_say_no_to(content: bytes) -> None:
    for kinds in KINDS.values():
        try:
            tables_of(content, title="lista")
            read_book(content, title="lista", kinds=kinds)
        except BrokenFile:
            continue  # said in a sentence


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.lists(st.text(alphabet=st.characters(blacklist_categories=["Cs"]), max_size=12), min_size=4, max_size=4),
        max_size=6,
    )
)
def test_no_rows_are_more_than_can_be_looked_through(supervisor: User, rows: list[list[str]]) -> None:
    become(supervisor)
    practice = Practice.objects.supervised_by(supervisor).get()
    for kind, headings in (("work", "Tunnus;Päivä;Klo;Min"), ("clients", "Tilaaja;Y-tunnus;Yhteyshenkilö;Sähköposti")):
        lines = [headings, *(";".join(cell.replace(";", ",").replace('"', "") for cell in row) for row in rows)]
        try:
            with transaction.atomic():
                batch = actions.begin(
                    "\n".join(lines).encode(), "a.csv", kind=kind, practice=practice, by=supervisor, now=NOW
                )
                found = actions.look_through(batch, NOW)
                actions.take_in(batch, seen=found.seen, now=NOW)
                transaction.set_rollback(True)
        except BrokenFile:
            continue  # said in a sentence


# --- once, as it was shown, and only for a day ----------------------------------------------------------------------


def test_what_changed_since_it_was_shown_is_shown_again(supervisor: User, enter: Enter) -> None:
    browser = enter(supervisor)
    url = brought(browser, LIST)
    seen = browser.get(url).context["look"].seen
    imported(browser, "Koodi;Muoto\nA-1;pari\n")
    answer = browser.post(url, {"seen": seen}, follow=True)
    assert b"Something has changed since" in answer.content
    become(supervisor)
    assert Engagement.objects.count() == 1


def test_a_session_is_never_booked_twice_by_an_import(supervisor: User, enter: Enter) -> None:
    browser = enter(supervisor)
    imported(browser, "Koodi;Muoto;Kesto\nA-1;pari;90\n")
    imported(browser, "Koodi;Päivä;Klo\nA-1;3.12.2026;9.00\n")
    url = brought(browser, "Koodi;Päivä;Klo\nA-1;3.12.2026;10.00\nA-1;3.12.2026;10.30\n")
    assert [line.fate for line in browser.get(url).context["look"].sheets[0].lines] == ["error", "new"]
    take(browser, url)
    become(supervisor)
    assert Booking.objects.count() == 2


def test_wall_clock_times_are_helsinkis_also_over_the_night_of_summer_time(supervisor: User, enter: Enter) -> None:
    browser = enter(supervisor)
    imported(browser, "Koodi;Muoto\nA-1;pari\n")
    url = brought(
        browser,
        "Koodi;Päivä;Klo;Min\nA-1;27.3.2027;9.00;60\nA-1;28.3.2027;3.30;60\nA-1;28.3.2027;9.00;60\n"
        "A-1;31.10.2027;9.00;60\n",
    )
    lines = browser.get(url).context["look"].sheets[0].lines
    assert [line.fate for line in lines] == ["new", "error", "new", "new"]  # half past three is not in that night
    take(browser, url)
    become(supervisor)
    assert [
        at.astimezone(UTC).hour for at in Session.objects.order_by("starts_at").values_list("starts_at", flat=True)
    ] == [7, 6, 7]


def test_an_import_is_taken_in_once(supervisor: User, enter: Enter) -> None:
    browser = enter(supervisor)
    url = brought(browser, LIST)
    seen = browser.get(url).context["look"].seen
    for _time in range(2):
        browser.post(url, {"seen": seen})
    become(supervisor)
    assert Engagement.objects.count() == 1
    assert Event.objects.filter(kind=Event.Kind.IMPORTED).count() == 1


def test_a_file_is_kept_for_a_day_sealed_and_let_go_by_the_worker(settled: Cast, time_machine: Any) -> None:
    with acting_as(settled.lead):
        batch = actions.begin(
            LIST.encode(), "lista.csv", kind="work", practice=settled.practice, by=settled.lead, now=NOW
        )
        assert b"Koulu" not in bytes(ImportFile.objects.get().sealed)
        assert actions.content_of(batch, NOW) == LIST.encode()
    with as_role(Role.WORKER):
        actions.forget_due(timezone.now())
        assert ImportFile.objects.only("batch_id").count() == 1
        with pytest.raises(DatabaseError), transaction.atomic():
            list(ImportFile.objects.values_list("sealed"))
    time_machine.move_to(NOW + timedelta(days=1), tick=False)
    with acting_as(settled.lead), pytest.raises(actions.Gone):
        actions.content_of(batch, NOW + timedelta(days=1))
    with as_role(Role.WORKER):
        actions.forget_due(timezone.now())
        assert ImportFile.objects.only("batch_id").count() == 0


def test_a_file_that_is_gone_says_so(supervisor: User, enter: Enter, time_machine: Any) -> None:
    browser = enter(supervisor)
    url = brought(browser, LIST)
    time_machine.move_to(NOW + timedelta(hours=25), tick=False)
    answer = enter(supervisor).get(url, follow=True)
    assert b"was kept for a day" in answer.content
    assert ImportBatch.objects.get().state == "left"


def test_what_is_not_to_come_in_is_let_go(supervisor: User, enter: Enter) -> None:
    browser = enter(supervisor)
    url = brought(browser, LIST)
    browser.post(f"{url}leave/")
    assert not ImportFile.objects.exists()
    assert b"Nothing of this file was imported" in browser.get(url).content


# --- taken back -----------------------------------------------------------------------------------------------------


def everything() -> dict[str, int]:
    models = (Engagement, Contract, Participation, Person, ClientOrganisation, Session, Booking, Event, Contact)
    return {model.__name__: model.objects.count() for model in models}


def test_an_import_is_taken_back_without_a_trace_but_in_the_audit_trail(supervisor: User, enter: Enter) -> None:
    browser = enter(supervisor)
    before = everything()
    batch = imported(browser, WORKBOOK, "practice.xlsx")
    become(supervisor)
    assert Contract.objects.filter(state="agreed").exists()
    answer = browser.post(reverse("transfer:undo", args=[batch.pk]), follow=True)
    assert b"What came in is gone again" in answer.content
    become(supervisor)
    assert everything() == before
    batch.refresh_from_db()
    assert batch.state == "undone"
    assert Entry.objects.filter(event="import.undone", obj=batch.pk).exists()
    imported(browser, WORKBOOK, "practice.xlsx")


def test_an_agreed_contract_still_goes_by_no_other_door(supervisor: User, enter: Enter) -> None:
    imported(enter(supervisor), WORKBOOK, "practice.xlsx")
    become(supervisor)
    contract = Contract.objects.filter(state="agreed")[0]
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.undone', %s, true)", [str(contract.engagement_id)])
    Contract.objects.filter(pk=contract.pk)._raw_delete("default")
    assert Contract.objects.filter(pk=contract.pk).exists()


def test_what_was_built_on_it_stands_in_the_way_and_is_named(supervisor: User, enter: Enter) -> None:
    browser = enter(supervisor)
    batch = imported(browser, WORKBOOK, "practice.xlsx")
    become(supervisor)
    session = Session.objects.filter(state="planned").latest("starts_at")
    Session.objects.filter(pk=session.pk).update(sequence=1)
    page = browser.get(reverse("transfer:batch", args=[batch.pk]))
    assert b"Sessions have been booked, moved or marked." in page.content
    browser.post(reverse("transfer:undo", args=[batch.pk]))
    become(supervisor)
    assert Engagement.objects.count() == 12


def test_after_seven_days_it_stays(supervisor: User, enter: Enter, time_machine: Any) -> None:
    batch = imported(enter(supervisor), LIST)
    time_machine.move_to(NOW + timedelta(days=7, minutes=1), tick=False)
    answer = enter(supervisor).post(reverse("transfer:undo", args=[batch.pk]), follow=True)
    assert b"Seven days have passed" in answer.content
    become(supervisor)
    assert Engagement.objects.count() == 1


def test_nobody_makes_an_import_take_back_what_it_did_not_make(cast: Cast, enter: Enter) -> None:
    batch = imported(enter(cast.lead), LIST)
    become(cast.lead)
    forged = {**(batch.made or {}), "engagements": [str(cast.engagement.pk)]}
    with pytest.raises(DatabaseError), transaction.atomic():
        ImportBatch.objects.filter(pk=batch.pk).update(made=forged)
    become(cast.co_supervisor)
    theirs = ImportBatch.objects.create(
        practice=cast.practice, by=cast.co_supervisor, kind="work", name="a", created_at=NOW - timedelta(days=30)
    )
    ImportBatch.objects.filter(pk=theirs.pk).update(state="imported", made=forged, imported_at=NOW)
    with connection.cursor() as cursor:
        cursor.execute("SELECT sec.undo_import(%s, %s)", [theirs.pk, NOW])
    become(cast.lead)
    assert Engagement.objects.filter(pk=cast.engagement.pk).exists()


# --- clients --------------------------------------------------------------------------------------------------------

CLIENTS = (
    "Tilaaja;Y-tunnus;Postinumero;Paikkakunta;Yhteyshenkilö;Sähköposti;Tehtävä\n"
    "Koulu;9900002-6;00100;Helsinki;Kaisa Koski;kaisa@koulu.example;rehtori\n"
    "Koulu;9900002-6;00100;Helsinki;Kari Kuusi;;apulaisrehtori\n"
    "Päiväkoti;1234567-8;;;;;\n"
    "Toimisto;;;;;;\n"
    "Koulu;9900002-6;;;Kaisa Koski;kaisa@koulu.example;\n"
)


def test_an_administrator_brings_in_clients_and_nothing_else(cast: Cast, enter: Enter) -> None:
    browser = enter(cast.practice_admin)
    page = browser.get(reverse("transfer:imports"))
    assert [value for value, _label in page.context["form"].fields["kind"].choices] == ["clients"]
    assert b"Select a valid choice" in send(browser, LIST).content
    url = brought(browser, CLIENTS, kind="clients")
    fates = [line.fate for line in browser.get(url).context["look"].sheets[0].lines]
    assert fates == ["new", "new", "error", "new", "duplicate"]
    take(browser, url)
    become(cast.practice_admin)
    school = ClientOrganisation.objects.get(business_id="9900002-6")
    assert (school.name, school.postcode, school.city) == ("Koulu", "00100", "Helsinki")
    assert set(school.contacts.values_list("person__family_name", "title")) == {
        ("Koski", "rehtori"), ("Kuusi", "apulaisrehtori"),
    }  # fmt: skip
    assert ClientOrganisation.objects.filter(name="Toimisto").exists()
    again = brought(browser, CLIENTS, kind="clients")
    assert [line.fate for line in browser.get(again).context["look"].sheets[0].lines] == [
        "known", "known", "error", "known", "duplicate",
    ]  # fmt: skip


def test_clients_are_taken_back_too(cast: Cast, enter: Enter) -> None:
    browser = enter(cast.practice_admin)
    become(cast.practice_admin)
    before = everything()
    batch = imported(browser, CLIENTS, kind="clients")
    browser.post(reverse("transfer:undo", args=[batch.pk]))
    become(cast.practice_admin)
    assert everything() == before


def test_an_address_that_is_anothers_is_refused(cast: Cast, enter: Enter) -> None:
    content = "Tilaaja;Yhteyshenkilö;Sähköposti\nKoulu;Kaisa Koski;sanna@otso.example\n"
    browser = enter(cast.lead)
    page = browser.get(brought(browser, content, kind="clients"))
    assert b"is already that of Sanna Salo" in page.content


# --- whose it is ----------------------------------------------------------------------------------------------------


def test_nobody_else_sees_what_somebody_brings(cast: Cast, enter: Enter) -> None:
    batch_url = brought(enter(cast.lead), LIST)
    for other in (cast.co_supervisor, cast.practice_admin, cast.stranger, cast.supervisee, cast.contact):
        assert enter(other).get(batch_url).status_code == 404
        with acting_as(other):
            assert not ImportFile.objects.exists()
    with acting_as(cast.practice_admin):
        assert ImportBatch.objects.count() == 1  # who, when and how many
    with acting_as(cast.stranger):
        assert not ImportBatch.objects.exists()


def test_looking_asks_the_database_no_more_for_many_rows(supervisor: User, enter: Enter) -> None:
    browser = enter(supervisor)

    def asked(number: int) -> int:
        rows = "".join(f"B-{at};pari\n" for at in range(number))
        url = brought(browser, f"Koodi;Muoto\n{rows}")
        with CaptureQueriesContext(connection) as queries:
            browser.get(url)
        return len(queries)

    assert asked(1) == asked(60)


def test_each_kind_has_columns_and_needs_that_it_has() -> None:
    from sessions.importing.sheets import COLUMNS, NEEDED, TITLES

    for kind in Kind:
        assert TITLES[kind]
        assert all(set(group) <= set(COLUMNS[kind]) for group in NEEDED[kind])
