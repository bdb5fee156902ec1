"""A supervisor takes their processes along: all they may read, in open formats, and nothing that is another's."""

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit import asking
from audit.models import Entry
from documents.seal import verify
from engagements.models import Engagement
from tests.conftest import make_engagement
from tests.transfer.conftest import PASSPHRASE
from transfer.readable import pack
from vault import opening

Cast = Any
Enter = Callable[[Any], Client]


def taken(cast: Cast, who: str = "lead", *, opened: bool = False) -> zipfile.ZipFile:
    user = cast.members[who]
    with transaction.atomic():
        asking.become(user)
        vault = opening.unlock(user.pk, PASSPHRASE, now=timezone.now()) if opened else None
        with pack.make(user, vault, timezone.now()) as file:
            return zipfile.ZipFile(io.BytesIO(file.read()))


def test_everything_a_supervisor_reads_is_in_it_in_open_formats(settled: Cast, full: Any) -> None:
    packed = taken(settled)
    whole = json.loads(packed.read("processes.json"))
    assert (whole["format"], whole["version"]) == ("tyonohjaus-processes", 1)
    by_title = {each["title"]: each for each in whole["processes"]}
    [otso] = [each for each in whole["processes"] if each["id"] == str(settled.engagement.pk)]
    assert {one["family_name"] for one in otso["participants"]} == {"Salo", "Öberg", "Wikman"}
    assert [one["text"] for one in otso["memo_additions"]] == ["Näin minäkin sen näin."]
    assert [one["text"] for one in otso["tasks"]] == ["Kokeile"]
    assert [one["text"] for one in otso["task_answers"]] == ["Kokeilin"]
    assert [one["text"] for one in otso["agenda"]] == ["Työnjako"]
    assert [one["remark"] for one in otso["progress"]] == ["Alussa"]
    assert [one["text"] for one in otso["board"]] == ["Kuuntelemme"]
    assert any(section["text"] for report in otso["reports"] for section in report["sections"])
    assert len(otso["invoiced"]) == 1
    files = [name for name in packed.namelist() if name.startswith(by_title["Aamu"]["folder"])]
    assert len(files) == 4
    assert all(verify(packed.read(name)).bottom_line for name in files)
    scans = [name for name in packed.namelist() if name.startswith(otso["folder"])]
    assert [packed.read(name) for name in scans] == [b"%PDF-1.7"]
    book = openpyxl.load_workbook(io.BytesIO(packed.read("processes.xlsx")))
    assert {"Processes", "Supervisees", "Sessions", "Goals", "Tasks", "Invoiced"} == set(book.sheetnames)
    with transaction.atomic():
        asking.become(settled.lead)
        assert Entry.objects.filter(event="process.exported", actor=settled.lead.pk, stream=otso["id"]).exists()


def test_what_is_not_theirs_to_take_is_not_in_it(settled: Cast, full: Any) -> None:
    packed = taken(settled)
    said = b"".join(packed.read(name) for name in packed.namelist() if not name.endswith((".pdf", ".xlsx"))).decode()
    assert "Mietin" not in said  # a diary
    assert "Salaisempaa" not in said  # a note, while the vault is locked
    assert "Vieras" not in said  # another practice
    assert "evaluations_response" not in said


def test_private_notes_are_in_it_as_text_only_while_the_vault_is_open(settled: Cast, full: Any) -> None:
    locked, unlocked = taken(settled), taken(settled, opened=True)
    assert "sealed" in json.loads(locked.read("notes/sealed.json"))[0]
    assert any("Salaisempaa" in unlocked.read(name).decode() for name in unlocked.namelist() if name.endswith(".md"))
    theirs = taken(settled, "co_supervisor")
    assert json.loads(theirs.read("notes/sealed.json")) == []


def test_a_title_that_looks_like_a_formula_is_a_text(cast: Cast) -> None:
    asking.become(cast.lead)
    make_engagement(cast.practice, cast.lead, None, [], title="=1+1")
    with pack.make(cast.lead, None, timezone.now()) as file:
        packed = zipfile.ZipFile(io.BytesIO(file.read()))
    book = openpyxl.load_workbook(io.BytesIO(packed.read("processes.xlsx")))
    cell = next(row[0] for row in book["Processes"].iter_rows() if row[0].value == "=1+1")
    assert (cell.data_type, cell.quotePrefix) == ("s", True)
    assert all(".." not in name and not name.startswith("/") for name in packed.namelist())


def test_the_page_gives_the_file_and_says_whether_notes_are_open(cast: Cast, enter: Enter) -> None:
    browser = enter(cast.lead)
    assert b"Your notes are locked" in browser.get(reverse("transfer:export")).content
    answer = browser.post(reverse("transfer:export"))
    assert answer["Content-Type"] == "application/zip"
    assert answer["Content-Disposition"].startswith("attachment")
    packed = zipfile.ZipFile(io.BytesIO(b"".join(answer)))
    assert {"README.txt", "processes.json", "processes.xlsx"} <= set(packed.namelist())
    assert b"Otso" not in packed.read("README.txt")


@pytest.mark.parametrize("number", [1, 12])
def test_many_processes_ask_no_more(cast: Cast, number: int, django_assert_max_num_queries: Any) -> None:
    asking.become(cast.lead)
    for _each in range(number):
        make_engagement(cast.practice, cast.lead, cast.organisation, cast.people)
    led = Engagement.objects.led_by(cast.lead).count()
    with django_assert_max_num_queries(45 + led), pack.make(cast.lead, None, timezone.now()):
        pass


# --- moving away ----------------------------------------------------------------------------------------------------


def test_an_administrator_names_a_receiver_and_gets_the_file_only_when_it_is_accepted(
    cast: Cast, enter: Enter, receiver: Any
) -> None:
    browser = enter(cast.practice_admin)
    page = reverse("transfer:moving", args=[cast.practice.pk])
    file = reverse("transfer:archive", args=[cast.practice.pk])
    assert b"This is no transfer key" in browser.post(page, {"key": "hello"}).content
    broken = str(receiver)[:-3] + "AAA"
    assert b"not copied whole" in browser.post(page, {"key": broken}).content
    assert browser.post(file).status_code == 404
    browser.post(page, {"key": str(receiver).lower()})
    shown = browser.get(page).content.decode()
    assert " ".join(receiver.words) in shown
    assert "bin/manage transfer_key --accept" in shown
    answer = browser.post(file, follow=True)
    assert b"Nobody has accepted" in answer.content
    browser.post(reverse("transfer:stay", args=[cast.practice.pk]))
    assert browser.post(file).status_code == 404
