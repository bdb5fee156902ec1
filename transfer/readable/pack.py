"""What `collect` found as one ZIP of open formats: JSON for programs, a workbook for people, the files as they are."""

import base64
import json
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from tempfile import TemporaryFile
from typing import IO, Any, Final
from uuid import UUID

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from audit import trail
from documents.models import Attachment, SealedFile
from engagements.models import Contract, Engagement, SignatureRequest
from formats.days import write_day
from formats.workbooks import Value, write_workbook
from reports.models import Report, ReportState
from sessions.models import Note
from sessions.notes import export as notes_export
from transfer.readable.collect import Process, processes_of
from vault.keys import Opened

#: Bytes of files that leave in one archive.
MOST: Final = 200 * 1024 * 1024
#: The version of what the JSON holds; docs/export.md says what that is.
VERSION: Final = 1


class Pack:
    """A ZIP being written; its files carry the moment at which they were made."""

    def __init__(self, file: IO[bytes], now: datetime) -> None:
        self.zip = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED)
        self.at = timezone.localtime(now).timetuple()[:6]

    def add(self, name: str, content: bytes | str) -> None:
        self.zip.writestr(zipfile.ZipInfo(name, self.at), content, zipfile.ZIP_DEFLATED)


def make(user: User, vault: Opened | None, now: datetime) -> IO[bytes]:
    """Return the archive of everything that `user` leads, as an open file, in their language.

    Private notes are in it opened when the vault is open, and else as they rest, sealed. Raises ValidationError when
    its files are too large for one archive.
    """
    processes = processes_of(user)
    refuse_too_much(processes)
    file = TemporaryFile()  # noqa: SIM115  (whoever sends it closes it)
    packing = Pack(file, now)
    try:
        fill(packing, processes, user, vault, now)
        packing.zip.close()
    except BaseException:
        packing.zip.close()
        file.close()
        raise
    for process in processes:
        trail.record(process.pk, "process.exported", actor=user, data={"notes": vault is not None})
    file.seek(0)
    return file


def fill(packing: Pack, processes: Sequence[Process], user: User, vault: Opened | None, now: datetime) -> None:
    folders = folders_of(processes)
    packing.add("README.txt", readme(vault is not None, now))
    whole = {
        "format": "tyonohjaus-processes",
        "version": VERSION,
        "made_at": now.isoformat(),
        "processes": [{"folder": folders[each.pk], **each.data()} for each in processes],
    }
    packing.add("processes.json", json.dumps(whole, ensure_ascii=False, indent=1))
    packing.add("processes.xlsx", write_workbook(sheets_of(processes)))
    for folder, name, content in files_of(processes, folders):
        packing.add(f"{folder}/{name}", content)
    add_notes(packing, user, vault)


def folders_of(processes: Iterable[Process]) -> dict[UUID, str]:
    """Return a folder for each process: a number and its name without what a file system refuses."""
    return {each.pk: f"{number:03}-{safe(each.name)}" for number, each in enumerate(processes, start=1)}


def safe(name: str) -> str:
    plain = unicodedata.normalize("NFC", name)
    kept = "".join(letter if letter.isalnum() else "-" for letter in plain)
    return "-".join(part for part in kept.split("-") if part)[:60] or "-"


def refuse_too_much(processes: Sequence[Process]) -> None:
    pks = [each.pk for each in processes]
    sizes = [*sealed_files(pks).values_list("size", flat=True), *scans(pks).values_list("size", flat=True)]
    if sum(sizes) > MOST:
        raise ValidationError(_("The files of your processes are larger than 200 MB together. Ask your administrator."))


# --- files ----------------------------------------------------------------------------------------------------------


def owners(pks: Sequence[UUID]) -> dict[UUID, UUID]:
    """Return the process of everything of which a file is sealed: contracts, joining sheets, reports that are out."""
    contracts = Contract.objects.filter(engagement__in=pks).values_list("pk", "engagement")
    sheets = SignatureRequest.objects.filter(contract__engagement__in=pks).values_list("pk", "contract__engagement")
    reports = Report.objects.filter(engagement__in=pks, state=ReportState.RELEASED).values_list("pk", "engagement")
    return dict([*contracts, *sheets, *reports])


def sealed_files(pks: Sequence[UUID]) -> Any:
    return SealedFile.objects.without_content().filter(obj__in=list(owners(pks)))


def scans(pks: Sequence[UUID]) -> Any:
    contracts = Contract.objects.filter(engagement__in=pks).values_list("pk", flat=True)
    return Attachment.objects.standing().of(Attachment.Kind.CONTRACT, contracts)


def files_of(processes: Sequence[Process], folders: dict[UUID, str]) -> Iterator[tuple[str, str, bytes]]:
    """Every file, one at a time: what was sealed as it was sealed, and scanned agreements as they were brought."""
    pks = [each.pk for each in processes]
    of = owners(pks)
    for kept in sealed_files(pks).order_by("sealed_at", "pk"):
        yield folders[of[kept.obj]], f"{kept.kind}-{str(kept.obj)[:8]}.pdf", bytes(kept.content)
    for scan in scans(pks).select_related("content"):
        name = f"{safe(scan.name.rpartition('.')[0] or scan.name)}-{scan.number}.{scan.extension}"
        yield folders[of[scan.obj]], name, scan.content.opened()


# --- notes ----------------------------------------------------------------------------------------------------------


def add_notes(packing: Pack, user: User, vault: Opened | None) -> None:
    """Own private notes: as text when the vault is open; else sealed, with how they are opened."""
    notes = Note.objects.of(user).prefetch_related("engagement", "session").order_by("created_at", "pk")
    if vault is None:
        rows = [sealed_note(note) for note in notes[: notes_export.MOST_NOTES]]
        packing.add("notes/sealed.json", json.dumps(rows, indent=1))
        packing.add("notes/README.txt", f"{locked()}\n")
        return
    leaves = notes_export.collect(notes, vault)
    notes_export.bounded(leaves, notes_export.MOST)
    for number, leaf in enumerate(leaves, start=1):
        day = timezone.localtime(leaf.session_at or leaf.written_at)
        packing.add(f"notes/{number:04}-{day:%Y-%m-%d}.md", notes_export.as_markdown(leaf))
    packing.add("notes/notes.json", notes_export.as_json(leaves))


def locked() -> str:
    return _(
        "Your private notes are here as they rest: sealed, so that nobody reads them. Open your notes in the program "
        "and make this archive again, and they are in it as text."
    )


def sealed_note(note: Note) -> dict[str, Any]:
    return {
        "id": str(note.pk),
        "engagement_id": str(note.engagement_id),
        "session_id": str(note.session_id) if note.session_id else None,
        "created_at": note.created_at.isoformat(),
        "text_key": str(note.text_key),
        "sealed": base64.b64encode(bytes(note.sealed)).decode(),
    }


# --- the workbook ---------------------------------------------------------------------------------------------------


def sheets_of(processes: Sequence[Process]) -> dict[str, list[list[Value]]]:
    """Return what people look for in a spreadsheet, by the title of its sheet; the first row are the headings."""
    name = _("Process")
    found: dict[str, list[list[Value]]] = {
        _("Processes"): [
            [name, _("Own reference"), _("Client"), _("Form"), _("State"), _("Starts on"), _("Ends on")],
        ],
        _("Supervisees"): [[name, _("Family name"), _("Given name"), _("E-mail"), _("Joined"), _("Left on")]],
        _("Sessions"): [
            [name, _("Day"), _("Begins"), _("Ends"), _("State"), _("Mode"), _("Place"), _("Present"), _("Memo")],
        ],
        _("Goals"): [[name, _("Theme"), _("Goal")]],
        _("Tasks"): [[name, _("Task"), _("Due on"), _("Answers")]],
        _("Invoiced"): [[name, _("Day"), _("Quantity"), _("Price"), _("Net"), _("VAT, %")]],
    }
    titles = list(found)
    for process in processes:
        for title, rows in zip(titles, rows_of(process), strict=True):
            found[title] += rows
    return found


def rows_of(process: Process) -> Iterator[list[list[Value]]]:
    about, parts, name = process.about, process.parts, process.name
    form, state = said(Engagement, "form", about), said(Engagement, "state", about)
    yield [[name, about["reference"], about["client"], form, state, day(about["starts_on"]), day(about["ends_on"])]]
    yield [
        [name, one["family_name"], one["given_name"], one["email"], day(one["joined_on"]), day(one["left_on"])]
        for one in parts.get("participants", [])
    ]
    present: dict[str, int] = {}
    for one in parts.get("attendance", []):
        present[one["session_id"]] = present.get(one["session_id"], 0) + (one["presence"] == "present")
    memos = {one["session_id"]: one["text"] for one in parts.get("memos", [])}
    yield [
        [name, *begins(one["starts_at"]), begins(one["ends_at"])[1], one["state"], one["mode"], one["place"],
         present.get(one["id"]), memos.get(one["id"])]
        for one in parts.get("sessions", [])
    ]  # fmt: skip
    yield [[name, one["theme"], one["text"]] for one in parts.get("goals", [])]
    answers: dict[str, int] = {}
    for one in parts.get("task_answers", []):
        answers[one["task_id"]] = answers.get(one["task_id"], 0) + 1
    yield [[name, one["text"], day(one["due_on"]), answers.get(one["id"], 0)] for one in parts.get("tasks", [])]
    yield [
        [name, begins(one["at"])[0], *(float(one[each]) for each in ("quantity", "price", "net", "vat_rate"))]
        for one in parts.get("invoiced", [])
    ]


def said(model: type[Any], column: str, row: dict[str, Any]) -> str:
    return str(dict(model._meta.get_field(column).flatchoices).get(row[column], row[column]))


def day(text: str | None) -> str:
    return write_day(datetime.fromisoformat(text).date()) if text else ""


def begins(text: str) -> tuple[str, str]:
    """Return day and time of a moment by the clock in Helsinki, also in the night in which it is turned."""
    at = timezone.localtime(datetime.fromisoformat(text))
    return write_day(at.date()), f"{at:%H.%M}"


def readme(opened: bool, now: datetime) -> str:
    today = {"day": write_day(timezone.localtime(now).date())}
    parts = [
        _("Everything of the processes that you lead, as of %(day)s, in open formats.") % today,
        "processes.xlsx: " + _("a workbook to look at."),
        "processes.json: " + _("the same and everything else as data, for another program."),
        _("Moments are ISO 8601 with their offset; amounts are text, so that none is rounded."),
        _("A folder for each process: what was sealed, as PDF, and scanned agreements."),
        f"notes/: {_of_notes(opened)}",
        _("Not in it: what people answered in evaluations, and what supervisees write for themselves alone."),
        _(
            "The file is plain: whoever gets it reads what was said in confidence. Keep it encrypted, and destroy it "
            "when you need it no more."
        ),
        _("The format is documented in docs/export.md."),
    ]
    return "\n\n".join(parts) + "\n"


def _of_notes(opened: bool) -> str:
    if opened:
        return _("your private notes, as text.")
    return _("your private notes, sealed: nobody reads them from here.")
