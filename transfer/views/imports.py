"""A spreadsheet on its way in: the file, its columns, every row, and what became of it."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from accounts.models import Practice
from documents.uploads import shown_name
from engagements.views.scope import Request, sent, sent_files
from sessions.importing.sheets import BrokenFile, Kind
from transfer.forms import ColumnsForm, UploadForm
from transfer.importing import actions
from transfer.importing.looking import FATES, LEFT_OUT, NAMES, Fate, Look, left_out
from transfer.models import ImportBatch

#: Rows on a page, and imports in the list.
ROWS: Final = 100
BATCHES: Final = 50


def imports(request: Request) -> HttpResponse:
    """What was brought in, and another file."""
    if not Practice.objects.of(request.user).exists():
        raise Http404
    form = UploadForm(sent(request), sent_files(request), user=request.user)
    if form.is_valid() and (batch := begun(form, request)):
        return redirect("transfer:columns", batch.pk)
    batches = ImportBatch.objects.brought_by(request.user).select_related("practice")[:BATCHES]
    administered = Practice.objects.administered_by(request.user).order_by("name")
    context = {
        "form": form,
        "batches": batches,
        "administered": administered,
        "supervises": Practice.objects.supervised_by(request.user).exists(),
    }
    return render(request, "transfer/imports.html", context)


def begun(form: UploadForm, request: Request) -> ImportBatch | None:
    try:
        return actions.begin(
            form.content, shown_name(form.cleaned_data["file"].name or ""), kind=form.cleaned_data["kind"],
            practice=form.cleaned_data["practice"], by=request.user, now=timezone.now(),
        )  # fmt: skip
    except (BrokenFile, ValidationError) as error:
        form.add_error("file", error if isinstance(error, ValidationError) else str(error))
        return None


def columns(request: Request, pk: UUID) -> HttpResponse:
    batch = own(request, pk)
    try:
        tables = actions.tables(actions.content_of(batch, timezone.now()), batch.name)
    except actions.Gone:
        return gone(request, batch)
    form = ColumnsForm(sent(request), batch=batch, tables=tables)
    if form.save():
        return redirect("transfer:batch", pk)
    return render(request, "transfer/columns.html", {"batch": batch, "form": form})


def batch(request: Request, pk: UUID) -> HttpResponse:
    """Every row and what becomes of it; once imported, what came in and whether it can be taken back."""
    found = own(request, pk)
    if found.state != ImportBatch.State.READ:
        return done(request, found)
    now = timezone.now()
    try:
        looked = actions.look_through(found, now)
    except actions.Gone:
        return gone(request, found)
    except BrokenFile as error:
        messages.warning(request, str(error))
        return redirect("transfer:columns", pk)
    if request.method == "POST":
        return taken_in(request, found, now)
    return render(request, "transfer/batch.html", {"batch": found, **shown(request, looked)})


def taken_in(request: Request, found: ImportBatch, now: Any) -> HttpResponse:
    try:
        looked = actions.take_in(found, seen=request.POST.get("seen", ""), now=now)
    except actions.Changed:
        messages.warning(request, _("Something has changed since. Look at the rows again: nothing has come in."))
    except actions.Gone:
        return gone(request, found)
    else:
        said = ngettext("%(number)d row came in.", "%(number)d rows came in.", looked.new)
        messages.success(request, said % {"number": looked.new})
    return redirect("transfer:batch", found.pk)


@dataclass(frozen=True)
class Tally:
    """How many rows of a kind there are and what becomes of them, as a row of a table."""

    name: str
    read: int
    new: int
    known: int
    errors: int
    depends: int
    duplicates: int


def tallies(counts: dict[str, dict[str, int]]) -> list[Tally]:
    return [Tally(str(NAMES[kind]), **counts[kind]) for kind in Kind if kind in counts]


def shown(request: Request, looked: Look) -> dict[str, Any]:
    """The rows of one fate, a page at a time: those that are left out first, for they can be corrected."""
    wanted = request.GET.get("show", "")
    usual = "left" if looked.left_out else Fate.NEW
    choice = wanted if wanted in {*map(str, Fate), "left"} else usual
    fates = LEFT_OUT if choice == "left" else {Fate(choice)}
    rows = [(sheet, line) for sheet in looked.sheets for line in sheet.of(fates)]
    page = Paginator(rows, ROWS).get_page(request.GET.get("page"))
    parts: list[dict[str, Any]] = []
    for sheet, line in page:
        if not parts or parts[-1]["sheet"] is not sheet:
            parts.append({"sheet": sheet, "lines": []})
        parts[-1]["lines"].append(line)
    return {
        "look": looked,
        "tallies": tallies(looked.counts),
        "page": page,
        "parts": parts,
        "choice": choice,
        "choices": choices(looked, str(choice)),
        "said": [words for sheet in looked.sheets for words in sheet.said],
    }


def choices(looked: Look, chosen: str) -> list[dict[str, Any]]:
    """The fates that any row has, with how many have it."""
    numbers = {fate: sum(len(sheet.of({fate})) for sheet in looked.sheets) for fate in Fate}
    left = sum(numbers.pop(fate) for fate in LEFT_OUT)
    found = [
        ("left", _("Left out"), left),
        *((str(fate), str(FATES[fate]), number) for fate, number in numbers.items()),
    ]
    return [
        {"label": f"{label} ({number})", "url": f"?show={key}", "current": key == chosen}
        for key, label, number in found
        if number
    ]


def done(request: Request, found: ImportBatch) -> HttpResponse:
    now = timezone.now()
    imported = found.state == ImportBatch.State.IMPORTED
    context = {
        "batch": found,
        "tallies": tallies(found.counts),
        "stops": actions.stops(found, now) if imported else [],
        "imported": imported,
    }
    return render(request, "transfer/done.html", context)


def errors(request: Request, pk: UUID) -> HttpResponse:
    """The rows that do not come in as a workbook, each with the reasons."""
    found = own(request, pk)
    try:
        body = left_out(actions.look_through(found, timezone.now()))
    except (actions.Gone, BrokenFile):
        raise Http404 from None
    answer = HttpResponse(body, content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
    answer["Content-Disposition"] = 'attachment; filename="rows.xlsx"'
    return answer


@require_POST
def undo(request: Request, pk: UUID) -> HttpResponse:
    found = own(request, pk)
    try:
        actions.undo(found, now=timezone.now())
    except ValidationError as error:
        messages.warning(request, " ".join(error.messages))
    else:
        messages.success(request, _("What came in is gone again."))
    return redirect("transfer:batch", pk)


@require_POST
def leave(request: Request, pk: UUID) -> HttpResponse:
    if actions.leave(own(request, pk), now=timezone.now()):
        messages.success(request, _("The file is let go. Nothing has come in."))
    return redirect("transfer:imports")


def own(request: Request, pk: UUID) -> ImportBatch:
    return get_object_or_404(ImportBatch.objects.brought_by(request.user).select_related("practice", "by"), pk=pk)


def gone(request: Request, found: ImportBatch) -> HttpResponse:
    """A file is kept for a day. What was imported or left has a page that says so."""
    if found.state != ImportBatch.State.READ:
        return redirect("transfer:batch", found.pk)
    actions.leave(found, now=timezone.now())
    messages.warning(request, _("The file was kept for a day and is gone. Choose it again."))
    return redirect("transfer:imports")
