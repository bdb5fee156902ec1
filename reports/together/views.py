"""The supervisees' pages of reports: to read along, to suggest, and to approve or not."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from engagements.models import Participation
from engagements.views.scope import Request, sent
from reports.actions import approving, releasing
from reports.actions.approving import Standing
from reports.actions.remarks import opened_all
from reports.models import Asked, Remark, Report, ReportState
from reports.reading import current, current_body, mark_read, since_last_read
from reports.together.forms import RemarkForm, VerdictForm
from reports.writing.handing import file_of
from sessions.views import met_by


def shown(request: Request, pk: UUID) -> Report:
    """Return a report that the asker reads as a supervisee, now or because they were asked about it."""
    found = Report.objects.attended_by(request.user).select_related("engagement__practice", "engagement__client")
    return get_object_or_404(found.select_related("engagement__lead", "corrects").distinct(), pk=pk)


def of_engagement(request: Request, pk: UUID) -> HttpResponse:
    """The reports of a process that its supervisees may read."""
    engagement = get_object_or_404(met_by(request.user), pk=pk)
    reports = Report.objects.attended_by(request.user).filter(engagement=engagement).distinct()
    context = {"base": "sessions/base.html", "engagement": engagement, "reports": reports[:100]}
    return render(request, "draft/list.html", context)


def read(request: Request, pk: UUID) -> HttpResponse:
    """The text as it stands, what changed since it was read last, what was said to it, and what is asked."""
    found, now = shown(request, pk), timezone.now()
    body = current_body(found)
    changed = since_last_read(found, request.user, body)
    mark_read(found, request.user, now)
    return render(request, "draft/read.html", page(request, found, now) | {"changed": changed})


def page(request: Request, found: Report, now: datetime, form: VerdictForm | None = None) -> dict[str, Any]:
    said = opened_all(found)
    mine = standing_of(request, found, now)
    revision = current(found)
    if form is None and mine and found.state in (ReportState.ASKED, ReportState.HANDED) and mine.how != "unasked":
        who = Participation(pk=mine.participation)
        form = VerdictForm(report=found, participation=who, seen=revision.hash, user=request.user, now=now)
    settled, objects, needed = approving.in_numbers(found, now)
    paragraphs = [
        (section, [(number, text, [one for one in said if one.what == section.what and one.quote == text])
                   for number, text in enumerate(section.paragraphs, 1)])
        for section in current_body(found).sections
    ]  # fmt: skip
    standing = {text for _section, texts in paragraphs for _number, text, _said in texts}
    return {
        "report": found,
        "engagement": found.engagement,
        "revision": revision,
        "sections": paragraphs,
        "other_remarks": [one for one in said if one.quote not in standing],
        "mine": mine,
        "form": form,
        "silence": approving.silence(found, now),
        "settled": settled,
        "objects": objects,
        "needed": needed,
        "recipients": releasing.recipients(found, now=now),
        "acknowledged": list(found.acknowledgements.all()) if found.out else [],
        "user_pk": request.user.pk,
    }


def standing_of(request: Request, found: Report, now: datetime) -> Standing | None:
    """Return how the asker stands to the wording: of somebody who left and came back, what stands open counts."""
    own = set(
        Participation.objects.filter(person__user=request.user, engagement=found.engagement_id).values_list(
            "pk", flat=True
        )
    )
    mine = [row for row in approving.standings(found, now) if row.participation in own]
    mine.sort(key=lambda row: row.how not in ("waiting", "unasked"))
    return mine[0] if mine else None


def answer(request: Request, pk: UUID) -> HttpResponse:
    """Approve the text as it stands, or say what one objects to."""
    found, now = shown(request, pk), timezone.now()
    asked = Asked.objects.filter(
        report=found, revision__number=found.revision, participation__person__user=request.user
    ).select_related("participation")  # fmt: skip
    mine = standing_of(request, found, now)
    who = next((one.participation for one in asked if mine and one.participation_id == mine.participation), None)
    if request.method != "POST" or who is None:
        if request.method == "POST":
            messages.warning(request, _("Nothing is asked of you here now."))
        return redirect("draft:read", pk)
    form = VerdictForm(
        sent(request), report=found, participation=who, seen=current(found).hash, user=request.user, now=now
    )  # fmt: skip
    if form.done():
        messages.success(request, _("Thank you. You can change your answer until the report leaves."))
        return redirect("draft:read", pk)
    return render(request, "draft/read.html", page(request, found, now, form))


def remark(request: Request, pk: UUID, what: str, number: int) -> HttpResponse:
    """Comment on a paragraph, or suggest another wording of it; number 0 is the section as a whole."""
    found, now = shown(request, pk), timezone.now()
    section = current_body(found).section(what)
    if section is None or number > len(section.paragraphs):
        raise Http404
    if not found.open:
        return redirect("draft:read", pk)
    quote = section.paragraphs[number - 1] if number else ""
    form = RemarkForm(sent(request), report=found, what=what, quote=quote, user=request.user, now=now)
    if form.done():
        messages.success(request, _("Thank you. The supervisors answer it, and everybody in the process reads it."))
        return redirect("draft:read", pk)
    context = {"report": found, "engagement": found.engagement, "section": section, "quote": quote, "form": form}
    return render(request, "draft/remark.html", context)


@require_POST
def remove(request: Request, pk: UUID, remark: UUID) -> HttpResponse:
    """Take away what one has said, as long as nobody has answered it."""
    found = shown(request, pk)
    gone, _rows = Remark.objects.filter(pk=remark, report=found, by=request.user, outcome="").delete()
    if gone:
        messages.success(request, _("It is taken away."))
    return redirect("draft:read", pk)


def file(request: Request, pk: UUID) -> HttpResponse:
    return file_of(shown(request, pk), timezone.now())
