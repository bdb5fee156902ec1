"""The supervisors' pages of reports: all of a process, one in each of its states, and handing it over."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import lists
from accounts.paging import keyset
from engagements.clause import lines as told_lines
from engagements.models import Contract, Engagement, Participation
from engagements.models.contract import TODAY
from engagements.views.scope import Request, led, sent
from formats.clock import HELSINKI
from reports import allowed
from reports.actions import approving, releasing
from reports.actions.remarks import Said, opened_all
from reports.actions.writing import blocker_to_beginning
from reports.models import Kind, Remark, Report, ReportState, Verdict
from reports.panel import due, stand_of, with_numbers
from reports.reading import current, current_body, mark_read, since_last_read, viewings
from reports.text import Section
from reports.warnings import warnings_of
from reports.writing.forms import AskForm, BeginForm, ReplyForm, SectionsForm, WriteForm


def frame(engagement: Engagement) -> dict[str, Any]:
    return {"base": "engagements/base.html", "section": "reports", "engagement": engagement}


def led_report(request: Request, pk: UUID) -> Report:
    """Return a report that the asker writes; to everybody else it does not exist."""
    found = Report.objects.led_by(request.user).select_related("engagement__practice", "engagement__client", "corrects")
    return get_object_or_404(found.select_related("engagement__lead"), pk=pk)


def governing(engagement: Engagement) -> Contract | None:
    return engagement.contracts.standing(TODAY).order_by("state", "-version").prefetch_related("reporting").first()


# --- all of a process -----------------------------------------------------------------------------------------------


def of_engagement(request: Request, pk: UUID) -> HttpResponse:
    """Every report of the process, what the clause lets be told, and where a new one begins."""
    engagement, now = led(request, pk), timezone.now()
    contract = governing(engagement)
    every = with_numbers(Report.objects.filter(engagement=engagement), now)
    page = keyset(every, lists.asked(request), "-created_at", "-id", per_page=20)
    kinds, fallen_due = allowed.kinds(engagement, now=now), due(engagement, now)
    context = {
        "reports": [(each, stand_of(each)) for each in page.rows],
        "page": page,
        "told": told_lines(contract) if contract else [],
        "kinds": [
            (kind, Kind(kind).label, any(one.named for one in found.values()), fallen_due.get(kind))
            for kind, found in kinds.items()
        ],
        "blocker": blocker_to_beginning(engagement),
    }
    return render(request, "reports/list.html", frame(engagement) | context)


def begin(request: Request, pk: UUID, kind: str) -> HttpResponse:
    """Begin a report of one kind: of which days, with which of the sections that the clause names."""
    engagement, now = led(request, pk), timezone.now()
    if kind not in Kind.values:
        raise Http404
    found = allowed.sections(engagement, kind, now=now)
    form = BeginForm(
        sent(request), engagement=engagement, kind=kind, found=found, since=begins(engagement, now),
        user=request.user, now=now,
    )  # fmt: skip
    if form.done():
        messages.success(request, _("The report is begun, with the facts that the contract lets be told."))
        return redirect("reports:report", form.made.pk)
    nothing = not any(one.named for one in found.values())
    context = {"form": form, "kind": Kind(kind), "nothing": nothing, "blocker": blocker_to_beginning(engagement)}
    return render(request, "reports/begin.html", frame(engagement) | context)


def begins(engagement: Engagement, now: datetime) -> date:
    """Return the day after the last report that is out, or the first day of the process."""
    last = Report.objects.filter(engagement=engagement, state=ReportState.RELEASED).order_by("until").last()
    today = now.astimezone(HELSINKI).date()
    return min(today, last.until + timedelta(days=1)) if last else engagement.starts_on or today


# --- one report -----------------------------------------------------------------------------------------------------


def report(request: Request, pk: UUID) -> HttpResponse:
    """One report: its text to be written while it may be, what was said to it, and how approvals stand."""
    found, now = led_report(request, pk), timezone.now()
    body = current_body(found)
    form = WriteForm(sent(request), report=found, body=body, user=request.user, now=now) if found.open else None
    if form and not form.previews and form.done():
        return saved(request, form)
    changed = since_last_read(found, request.user, body)
    mark_read(found, request.user, now)
    names = allowed.lines(found.engagement_id, found.kind, now=now)
    stops = releasing.stops(found, now=now) if not found.out else []
    said = opened_all(found)
    context = {
        "report": found,
        "revision": current(found),
        "sections": [section_of(section, form, said) for section in body.sections],
        "form": form,
        "changed": changed,
        "loose": [one for one in said if one.what not in body.names],
        "warnings": warnings_of(found.engagement, body, request.user) if found.open else [],
        "needs_approval": allowed.needs_approval(names, body.names),
        "silence": allowed.silence_of(names, body.names),
        "standings": standings(found, now),
        "stops": stops,
        "other_stops": [stop for stop in stops if not stop.of_person],
        "recipients": releasing.recipients(found, now=now),
        **came_of(found),
    }
    return render(request, "reports/report.html", frame(found.engagement) | context)


def saved(request: Request, form: WriteForm) -> HttpResponse:
    """Say what was kept, and go on to the page that the pressed button leads to."""
    verb, about = form.step
    mark_read(form.report, request.user, form.now)
    if verb in ("sections", "ask"):
        return redirect(f"reports:{verb}", form.report.pk)
    if verb == "answer" and (one := said_by_id(form.report, about)):
        return redirect("reports:remark", form.report.pk, one.pk)
    words = {"fill": _("The facts are taken anew."), "take": _("The wording is taken.")}
    messages.success(request, words.get(verb, _("It is saved.")))
    return redirect("reports:report", form.report.pk)


def said_by_id(found: Report, pk: str) -> Remark | None:
    try:
        return found.remarks.filter(pk=UUID(pk)).first()
    except ValueError:
        return None


def section_of(section: Section, form: WriteForm | None, said: Sequence[Said]) -> dict[str, Any]:
    """Return a section with its field, what was said to it, and its text set as the reader will see it."""
    field = form[section.what] if form and section.what in form.fields else None
    typed = str(field.value() or "") if field else section.text
    theirs = form and form.theirs and typed.strip() != section.text.strip()
    return {
        "section": section,
        "field": field,
        "theirs": section.text if theirs else None,
        "preview": typed if form and form.previews and field else None,
        "said": [one for one in said if one.what == section.what],
    }


def came_of(found: Report) -> dict[str, Any]:
    """Return what the client has done with a report that is out: acknowledged it, and opened it, the latest first."""
    if not found.out:
        return {}
    return {"acknowledged": list(found.acknowledgements.all()), "viewings": viewings(found)}


def standings(found: Report, now: datetime) -> list[dict[str, Any]]:
    """Return how everybody stands to the wording, by name, with the reason of an objection."""
    rows = approving.standings(found, now)
    people = Participation.objects.filter(pk__in=[row.participation for row in rows]).select_related("person")
    named = {one.pk: one for one in people}
    answers = list(found.answers.filter(revision__number=found.revision, verdict=Verdict.OBJECTS))
    reasons = approving.reasons(found, answers)
    said = {one.participation_id: reasons.get(one.pk, "") for one in answers}
    told = [
        {"standing": row, "who": named[row.participation], "reason": said.get(row.participation, "")}
        for row in rows
        if row.participation in named
    ]
    return sorted(told, key=lambda each: each["who"].person.sort_key)


def sections(request: Request, pk: UUID) -> HttpResponse:
    """Choose the sections anew, among those that the clause names."""
    found, now = led_report(request, pk), timezone.now()
    if not found.open:
        return redirect("reports:report", pk)
    named = allowed.sections(found.engagement, found.kind, now=now)
    form = SectionsForm(
        sent(request), report=found, body=current_body(found), found=named, user=request.user, now=now
    )  # fmt: skip
    if form.done():
        mark_read(found, request.user, now)
        messages.success(request, _("The sections are chosen."))
        return redirect("reports:report", pk)
    context = {"report": found, "form": form}
    return render(request, "reports/sections.html", frame(found.engagement) | context)


def ask(request: Request, pk: UUID) -> HttpResponse:
    """Ask for approval of the wording that counts, or give more time."""
    found, now = led_report(request, pk), timezone.now()
    if not found.open:
        return redirect("reports:report", pk)
    silence = approving.silence(found, now)
    days = max(approving.USUAL, silence or 0)
    usual = found.answer_by or now.astimezone(HELSINKI).date() + timedelta(days=days)
    form = AskForm(sent(request), report=found, usual=usual, user=request.user, now=now)
    if form.done():
        messages.success(request, _("Everybody is asked, and told so by e-mail."))
        return redirect("reports:report", pk)
    context = {"report": found, "form": form, "silence": silence, "body": current_body(found)}
    return render(request, "reports/ask.html", frame(found.engagement) | context)


def remark(request: Request, pk: UUID, remark: UUID) -> HttpResponse:
    """Answer what a supervisee said to a paragraph."""
    found, now = led_report(request, pk), timezone.now()
    one = get_object_or_404(Remark.objects.select_related("report", "by"), pk=remark, report=found)
    form = ReplyForm(sent(request), remark=one, user=request.user, now=now)
    if form.done():
        messages.success(request, _("It is answered."))
        return redirect("reports:report", pk)
    context = {"report": found, "form": form, "said": next(each for each in opened_all(found) if each.pk == one.pk)}
    return render(request, "reports/remark.html", frame(found.engagement) | context)
