"""The sub-groups of a work community, and for whom of it a session is."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from engagements.actions.sub_groups import blocker_to_dividing, end_sub_group
from engagements.models import Engagement, SubGroup
from engagements.views.scope import Request as LedRequest
from engagements.views.scope import led, sent
from sessions.community.actions import is_community
from sessions.community.forms import CompanyForm, SubGroupForm
from sessions.models import SessionState
from sessions.views import Request, closed_reason, led_session


def sub_groups(request: LedRequest, pk: UUID) -> HttpResponse:
    """The parts of a work community, each with who is in it, and a new one."""
    engagement = led(request, pk)
    if why := blocker_to_dividing(engagement):
        messages.warning(request, why)
        return redirect("engagements:people", pk)
    form = SubGroupForm(sent(request), engagement=engagement, by=request.user, now=timezone.now())
    if form.done():
        messages.success(request, _("The sub-group is made."))
        return redirect("community:sub_groups", pk)
    context = {"engagement": engagement, "form": form, "rows": rows_of(engagement), "section": "people"}
    return render(request, "community/sub_groups.html", context)


def rows_of(engagement: Engagement) -> list[dict[str, object]]:
    """Return the current sub-groups, each with the names of its members. Two queries."""
    groups = engagement.sub_groups.current().prefetch_related("members__participation__person")
    return [
        {
            "group": group,
            "names": sorted(
                (
                    one.participation.person
                    for one in group.members.all()
                    if one.until is None and one.participation.left_on is None
                ),
                key=lambda person: person.sort_key,
            ),
        }
        for group in groups
    ]


def sub_group(request: Request, pk: UUID) -> HttpResponse:
    row = led_sub_group(request, pk)
    form = SubGroupForm(sent(request), engagement=row.engagement, row=row, by=request.user, now=timezone.now())
    if form.done():
        messages.success(request, _("The sub-group is as you wrote it."))
        return redirect("community:sub_groups", row.engagement_id)
    context = {"engagement": row.engagement, "form": form, "row": row, "section": "people"}
    return render(request, "community/sub_group.html", context)


@require_POST
def sub_group_end(request: Request, pk: UUID) -> HttpResponse:
    row = led_sub_group(request, pk)
    try:
        end_sub_group(row, by=request.user, now=timezone.now())
    except ValidationError as error:
        messages.warning(request, " ".join(error.messages))
    else:
        messages.success(request, _("The sub-group has ended. Sessions that were for it stay as they are."))
    return redirect("community:sub_groups", row.engagement_id)


def led_sub_group(request: Request, pk: UUID) -> SubGroup:
    own = SubGroup.objects.current().filter(engagement__in=Engagement.objects.led_by(request.user).values("pk"))
    return get_object_or_404(own.select_related("engagement__practice", "engagement__client"), pk=pk)


def company(request: Request, pk: UUID) -> HttpResponse:
    """For whom a session is, and whether the line manager comes."""
    session = led_session(request, pk)
    if session.state != SessionState.PLANNED or not is_community(session.engagement):
        planned = session.state == SessionState.PLANNED
        messages.warning(request, _("Only a work community has sub-groups.") if planned else closed_reason(session))
        return redirect("sessions:detail", pk)
    form = CompanyForm(sent(request), session=session, by=request.user, now=timezone.now())
    if form.done():
        messages.success(request, _("It is said for whom the session is."))
        return redirect("sessions:detail", pk)
    return render(
        request, "community/company.html", {"session": session, "engagement": session.engagement, "form": form}
    )
