"""A spreadsheet on its way in: kept sealed while it is looked through, taken in once, taken back while it can be."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext_lazy as _

from accounts.actions import stream
from accounts.models import Practice, User
from audit import trail
from sessions.importing.loading import Made, load
from sessions.importing.sheets import Kind, Layout, Table, guessed, read_book, tables_of
from transfer.importing.clients import load_clients
from transfer.importing.looking import KINDS, Look, look
from transfer.models import ImportBatch, ImportFile

#: Sheets that are looked through; a workbook of more is no list of a practice.
MOST_SHEETS: Final = 20


class Changed(Exception):
    """What would come in is not what was shown: somebody changed something meanwhile."""


class Gone(Exception):
    """The file is not kept any more: it was imported, left, or a day has passed."""


def tables(content: bytes, name: str) -> list[tuple[str, Table]]:
    """Return the sheets of a file as they are. Raises BrokenFile, or ValidationError for too many sheets."""
    found = tables_of(content, title=title_of(name))
    if len(found) > MOST_SHEETS:
        raise ValidationError(_("The workbook has more than 20 sheets. Keep those that are to be imported."))
    return found


def title_of(name: str) -> str:
    return name.rpartition(".")[0] or name


@transaction.atomic
def begin(content: bytes, name: str, *, kind: str, practice: Practice, by: User, now: datetime) -> ImportBatch:
    """Keep a file, sealed, and guess how it is read. Raises BrokenFile or ValidationError when it cannot be."""
    layouts = [guessed(title, table, KINDS[ImportBatch.Kind(kind)]) for title, table in tables(content, name)]
    batch = ImportBatch.objects.create(
        practice=practice, by=by, kind=kind, name=name[:120], layouts=[written(each) for each in layouts],
        created_at=now,
    )  # fmt: skip
    ImportFile.of(batch, content, now).save(force_insert=True)
    return batch


def content_of(batch: ImportBatch, now: datetime) -> bytes:
    """Return the bytes of a batch that is looked through. Raises Gone."""
    kept = ImportFile.objects.filter(batch=batch, until__gt=now).select_related("batch").first()
    if kept is None or batch.state != ImportBatch.State.READ:
        raise Gone
    return kept.opened()


def written(layout: Layout) -> dict[str, Any]:
    columns = {str(place): name for place, name in layout.columns.items()}
    return {"title": layout.title, "kind": layout.kind, "heading_row": layout.heading_row, "columns": columns}


def layouts_of(batch: ImportBatch) -> list[Layout]:
    return [
        Layout(
            each["title"],
            Kind(each["kind"]) if each["kind"] else None,
            each["heading_row"],
            {int(place): name for place, name in each["columns"].items()},
        )
        for each in batch.layouts
    ]


def keep_layouts(batch: ImportBatch, layouts: Sequence[Layout]) -> None:
    batch.layouts = [written(each) for each in layouts]
    batch.save(update_fields=["layouts"])


def look_through(batch: ImportBatch, now: datetime) -> Look:
    """Say of every row what would become of it now. Raises Gone or BrokenFile."""
    content = content_of(batch, now)
    kinds = KINDS[ImportBatch.Kind(batch.kind)]
    book = read_book(content, title=title_of(batch.name), kinds=kinds, layouts=layouts_of(batch))
    return look(book, batch.kind, batch.practice, batch.by)


@transaction.atomic
def take_in(batch: ImportBatch, *, seen: str, now: datetime) -> Look:
    """Take the rows in that are not in error, once, and let the file go. `seen`: the mark of what was shown.

    Raises Changed when that is not what would come in now, also when somebody books the same time this moment;
    Gone when the file is not kept any more. Nothing is written then.
    """
    found = look_through(batch, now)
    if found.seen != seen:
        raise Changed
    try:
        with transaction.atomic():
            made = load_all(found, batch, now)
    except IntegrityError:
        raise Changed from None
    fields: dict[str, Any] = {"imported_at": now, "counts": found.counts, "made": ids(made)}
    if not batch.move_to(ImportBatch.State.IMPORTED, **fields):
        raise Gone
    ImportFile.objects.filter(batch=batch).delete()
    told: Mapping[str, trail.Value] = {"kind": batch.kind, "new": found.new, "left_out": found.left_out}
    trail.record(stream(batch.practice_id), "import.taken_in", actor=batch.by, obj=batch, data=told)
    return found


def load_all(found: Look, batch: ImportBatch, now: datetime) -> Made:
    if found.clients:
        plan, known = found.clients
        return load_clients(plan.new, known, batch.practice, by=batch.by, now=now)
    if found.work is None:
        raise Changed
    work, at_work = found.work
    return load(work, at_work, supervisor=batch.by, practice=batch.practice, now=now)


def ids(made: Made) -> dict[str, list[str]]:
    return {name: [str(pk) for pk in pks] for name, pks in asdict(made).items()}


@transaction.atomic
def leave(batch: ImportBatch, *, now: datetime) -> bool:
    """Go on no further; the file is let go. False when it was imported or left already."""
    ImportFile.objects.filter(batch=batch).delete()
    return batch.state == ImportBatch.State.READ and batch.move_to(ImportBatch.State.LEFT)


def forget_due(now: datetime) -> None:
    """Let files go that nobody went on with for a day; the worker does, without being able to read one."""
    ImportFile.objects.filter(until__lte=now).delete()


# --- taken back -----------------------------------------------------------------------------------------------------

#: What has been built on what came in, in the words of its page.
WORDS: Final = {
    "events": _("Something has happened in a process that came in: its timeline says what."),
    "signatures": _("A contract that came in has been sent for signing."),
    "versions": _("A contract that came in has a later version."),
    "scans": _("A scanned agreement has been added."),
    "colleagues": _("A colleague leads a process that came in."),
    "sessions": _("Sessions have been booked, moved or marked."),
    "attendance": _("It has been marked who was present."),
    "notes": _("Private notes have been written."),
    "memos": _("A memo or an agenda has been written."),
    "tasks": _("Tasks have been given."),
    "goals": _("Goals have been set."),
    "rounds": _("An evaluation has been planned or answered."),
    "reports": _("A report has been begun."),
    "invoices": _("Something has been invoiced or travelled."),
    "messages": _("Somebody has been sent a message about it."),
    "people": _("A person who came in has signed in, speaks for a client, or is in another process."),
    "clients": _("A client that came in has another process."),
}


def stops(batch: ImportBatch, now: datetime) -> list[str]:
    """Return in sentences what stands in the way of taking an import back; the page and the action ask the same."""
    until = batch.may_be_undone_until
    if until is None or batch.state != ImportBatch.State.IMPORTED:
        return [str(_("It is not imported."))]
    if now > until:
        return [str(_("Seven days have passed since."))]
    with connection.cursor() as cursor:
        cursor.execute("SELECT what FROM sec.import_stops(%s)", [batch.pk])
        found = {what for (what,) in cursor.fetchall()}
    return [str(words) for code, words in WORDS.items() if code in found]


@transaction.atomic
def undo(batch: ImportBatch, *, now: datetime) -> None:
    """Take back what an import made. Raises ValidationError with everything that stands in the way."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT sec.undo_import(%s, %s)", [batch.pk, now])
        (said,) = cursor.fetchone()
    if said:
        raise ValidationError(
            stops(batch, now) or [_("Something has been built on what came in, so that it cannot go any more.")]
        )
    trail.record(stream(batch.practice_id), "import.undone", actor=batch.by, obj=batch, data={"new": batch.new})
    batch.refresh_from_db()
