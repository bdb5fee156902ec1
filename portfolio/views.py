"""The pages of a portfolio. Each shows the asker's own; for whoever supervises nobody and keeps none there is none."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import Language, Practice, User
from engagements.views.scans import SHUT
from engagements.views.scope import Request, sent, sent_files
from formats.clock import HELSINKI
from portfolio import actions, ethics
from portfolio.forms import ReminderForm, SummaryForm
from portfolio.hours import HALF_YEAR, Met, amount_words, entries_csv, hours_of, own_toto, sums_csv
from portfolio.models import Commitment, Experience, Guideline, KeptFile, Kind, LogEntry, Standing, Training
from portfolio.models.qualification import RECOMMENDED_POINTS, spoken_by
from portfolio.parts import SORTS, Sort
from vault.blobs import Unopenable
from vault.content import Content

#: As many lines of one year stand on a page; the file has them all.
MOST_LINES: Final = 400


def only_for_supervisors(user: User) -> None:
    """Raise Http404 for who supervises in no practice and has kept nothing here: what is there stays its owner's."""
    if Practice.objects.supervised_by(user).exists():
        return
    if not any(model.objects.owned_by(user).exists() for model in (Training, LogEntry, Standing, Commitment)):
        raise Http404


def today_of(now: datetime) -> date:
    return now.astimezone(HELSINKI).date()


# --- what somebody brings -------------------------------------------------------------------------------------------


def overview(request: Request) -> HttpResponse:
    """Training, standing, sectors, languages, and what is asked of its owner now."""
    only_for_supervisors(request.user)
    user, today = request.user, today_of(timezone.now())
    trainings = list(Training.objects.owned_by(user).select_related("file"))
    standings = list(Standing.objects.owned_by(user))
    sectors, languages = list(Experience.objects.owned_by(user)), spoken_by(user)
    supervising = [each.points or 0 for each in trainings if each.kind == Training.Kind.SUPERVISOR]
    context = {
        "trainings": trainings,
        "points": sum(supervising),
        "has_points": any(supervising),
        "recommended": RECOMMENDED_POINTS,
        "standings": standings,
        "titled": any(each.carries_title(today) for each in standings),
        "sectors": sectors,
        "languages": languages,
        "asking": [each for each in versions_of(user) if each.asks],
        "toto": own_supervision(user, own_toto(), today),
        "empty": not (trainings or standings or sectors or languages),
        "here": "overview",
    }
    return render(request, "portfolio/overview.html", context)


def row_of(request: Request, sort: Sort, pk: UUID) -> Any:
    only_for_supervisors(request.user)
    return get_object_or_404(sort.model.objects.owned_by(request.user), pk=pk)


def sort_of(key: str) -> Sort:
    if key not in SORTS:
        raise Http404
    return SORTS[key]


def add(request: Request, sort: str) -> HttpResponse:
    only_for_supervisors(request.user)
    found = sort_of(sort)
    return edit(request, found, found.model(owner=request.user), None)


def change(request: Request, sort: str, pk: UUID) -> HttpResponse:
    found = sort_of(sort)
    row = row_of(request, found, pk)
    return edit(request, found, row, row)


def edit(request: Request, sort: Sort, row: Any, standing: Any) -> HttpResponse:
    """A row of one's own: `standing` is it as it is kept, None while it is new."""
    form = sort.form(sent(request), sent_files(request), row=row, by=request.user, now=timezone.now())
    if form.done():
        messages.success(request, _("Saved."))
        return redirect(sort.page)
    context = {"sort": sort, "form": form, "row": standing, "file": None}
    if standing is not None and sort.model in (Training, LogEntry):
        file = KeptFile.objects.owned_by(request.user).filter(**{of(sort): standing}).first()
        context |= {"file": file, "file_name": actions.name_of(file, Content([request.user.pk])) if file else ""}
    return render(request, "portfolio/row.html", context)


def of(sort: Sort) -> str:
    return "training" if sort.model is Training else "entry"


def remove(request: Request, sort: str, pk: UUID) -> HttpResponse:
    """Remove a row for good, with its file, once it was asked for."""
    found = sort_of(sort)
    row = row_of(request, found, pk)
    if request.method == "POST":
        row.delete()
        messages.success(request, _("Removed."))
        return redirect(found.page)
    return render(request, "portfolio/remove.html", {"sort": found, "row": row})


def file(request: Request, pk: UUID) -> HttpResponse:
    """A file of one's own, to be kept and not shown."""
    only_for_supervisors(request.user)
    kept = get_object_or_404(KeptFile.objects.owned_by(request.user).select_related("content"), pk=pk)
    try:
        content = actions.bytes_of(kept)
    except Unopenable:
        messages.warning(request, _("The file cannot be opened."))
        return redirect("portfolio:overview")
    headers = {
        "Content-Disposition": f'attachment; filename="todistus.{kept.extension}"',
        "Content-Security-Policy": SHUT,
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }
    return HttpResponse(content, content_type=kept.media_type, headers=headers)


@require_POST
def file_remove(request: Request, pk: UUID) -> HttpResponse:
    only_for_supervisors(request.user)
    kept = get_object_or_404(KeptFile.objects.owned_by(request.user), pk=pk)
    place = ("training", kept.training_id) if kept.training_id else ("log", kept.entry_id)
    kept.delete()
    messages.success(request, _("The file is gone."))
    return redirect("portfolio:change", *place)


# --- ethics ---------------------------------------------------------------------------------------------------------


def versions_of(user: User) -> list[ethics.Version]:
    """Two queries."""
    return ethics.versions(list(Commitment.objects.owned_by(user)), list(Guideline.objects.owned_by(user)))


def ethical(request: Request) -> HttpResponse:
    """The versions of guidelines, and to which of them somebody has committed themselves, when."""
    only_for_supervisors(request.user)
    return render(request, "portfolio/ethics.html", {"versions": versions_of(request.user), "here": "ethics"})


@require_POST
def commit(request: Request, version: str) -> HttpResponse:
    only_for_supervisors(request.user)
    found = next((each for each in versions_of(request.user) if each.version == version), None)
    if found is None:
        raise Http404
    actions.commit_to(found, by=request.user, now=timezone.now())
    messages.success(request, _("Your commitment is written down with today’s date."))
    return redirect("portfolio:ethics")


# --- the log --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """An entry of the log, or a session drawn from a process."""

    day: date
    title: str
    kind: str
    whom: str
    amount: str
    entry: LogEntry | None = None
    met: Met | None = None


@dataclass(frozen=True)
class OwnSupervision:
    """How many sessions of own supervision somebody has had in the last half year, and how many they want."""

    had: int
    least: int

    @property
    def thin(self) -> bool:
        return self.had < self.least


def own_supervision(user: User, met: list[Met], today: date) -> OwnSupervision:
    """Two queries."""
    since = today - timedelta(days=HALF_YEAR)
    logged = LogEntry.objects.owned_by(user).filter(kind=Kind.TOTO, day__gt=since).count()
    return OwnSupervision(logged + sum(each.day > since for each in met), actions.choice_of(user).toto_least)


def log(request: Request) -> HttpResponse:
    """One year of the log, with the sessions of own supervision between its entries."""
    only_for_supervisors(request.user)
    user, today, met = request.user, today_of(timezone.now()), own_toto()
    logged = LogEntry.objects.owned_by(user).defer("note")
    years = {day.year for day in logged.dates("day", "year")} | {each.day.year for each in met}
    year = year_asked(request, years or {today.year})
    found = lines(logged.filter(day__year=year).select_related("file")[: MOST_LINES + 1], met, year)
    context = {
        "years": [{"number": each, "current": each == year} for each in sorted(years, reverse=True)],
        "lines": found[:MOST_LINES],
        "more": len(found) > MOST_LINES,
        "toto": own_supervision(user, met, today),
        "here": "log",
    }
    return render(request, "portfolio/log.html", context)


def year_asked(request: Request, years: set[int]) -> int:
    """Return the year in the address, if there is something of it; else the latest."""
    asked = request.GET.get("year", "")
    if asked.isdecimal() and len(asked) == 4 and int(asked) in years:
        return int(asked)
    return max(years)


def lines(entries: Any, met: list[Met], year: int) -> list[Line]:
    found = [
        Line(
            each.day, each.title, each.get_kind_display(), each.whom, amount_words(each.minutes, each.unit), entry=each
        )
        for each in entries
    ] + [
        Line(each.day, _("Session"), str(Kind.TOTO.label), each.supervisor, amount_words(each.minutes, 60), met=each)
        for each in met
        if each.day.year == year
    ]  # fmt: skip
    return sorted(found, key=lambda line: line.day, reverse=True)


def hours(request: Request) -> HttpResponse:
    """What was done, by kind and year, in its units."""
    only_for_supervisors(request.user)
    context = {"hours": hours_of(request.user, own_toto()), "here": "hours"}
    return render(request, "portfolio/hours.html", context)


def hours_csv(request: Request) -> HttpResponse:
    only_for_supervisors(request.user)
    return as_csv(sums_csv(hours_of(request.user, own_toto())), _("hours"))


def log_csv(request: Request) -> HttpResponse:
    only_for_supervisors(request.user)
    return as_csv(entries_csv(request.user, own_toto()), _("log"))


def as_csv(content: bytes, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return HttpResponse(content, content_type="text/csv; charset=utf-8", headers=headers)


def reminder(request: Request) -> HttpResponse:
    """From when on somebody wants to be told that their own supervision has become rare."""
    only_for_supervisors(request.user)
    form = ReminderForm(sent(request), choice=actions.choice_of(request.user), by=request.user)
    if form.done():
        messages.success(request, _("Saved."))
        return redirect("portfolio:log")
    return render(request, "portfolio/reminder.html", {"form": form})


# --- the summary ----------------------------------------------------------------------------------------------------


def summary(request: Request) -> HttpResponse:
    """What stands in the professional summary; chosen once, and kept."""
    only_for_supervisors(request.user)
    form = SummaryForm(sent(request), choice=actions.choice_of(request.user), by=request.user)
    if form.done():
        return redirect("portfolio:summary_pdf", form.cleaned_data["language"])
    return render(request, "portfolio/summary.html", {"form": form, "here": "summary"})


def summary_pdf(request: Request, language: str) -> HttpResponse:
    from portfolio.paper import collect, rendered  # WeasyPrint takes a second to import

    only_for_supervisors(request.user)
    if language not in Language.values:
        raise Http404
    found = collect(request.user, actions.choice_of(request.user), today_of(timezone.now()))
    headers = {"Content-Disposition": f'inline; filename="{FILE_NAMES[language]}.pdf"'}
    return HttpResponse(rendered(found, language), content_type="application/pdf", headers=headers)


FILE_NAMES: Final = {"fi": "ammatillinen-yhteenveto", "sv": "yrkessammandrag", "en": "professional-summary"}
