"""Steps of one press: each does its verb, and says what it said no with."""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Concatenate
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from engagements.models import Participation
from engagements.views.scope import Request
from reports.actions import approving, releasing, writing
from reports.models import Report
from reports.reading import current
from reports.writing.views import led_report

Step = Callable[Concatenate[Request, Report, datetime, ...], HttpResponse | None]


def step(verb: Step) -> Callable[..., HttpResponse]:
    """Give a step its report and the moment; afterwards the report's page stands there again, with what was refused."""

    @require_POST
    @wraps(verb)
    def done(request: Request, pk: UUID, **about: object) -> HttpResponse:
        found = led_report(request, pk)
        try:
            with transaction.atomic():
                answer = verb(request, found, timezone.now(), **about)
        except ValidationError as error:
            messages.warning(request, " ".join(error.messages))
            answer = None
        return answer or redirect("reports:report", pk)

    return done


@step
def share(request: Request, found: Report, now: datetime) -> None:
    writing.share(found, by=request.user, now=now)
    messages.success(request, _("The supervisees see the draft now."))


@step
def discard(request: Request, found: Report, now: datetime) -> HttpResponse:
    writing.discard(found, by=request.user, now=now)
    messages.success(request, _("The report is thrown away."))
    return redirect("reports:list", found.engagement_id)


@step
def take_back(request: Request, found: Report, now: datetime) -> None:
    releasing.take_back(found, by=request.user, now=now)
    messages.success(request, _("It is taken back: nothing was sent."))


@step
def correct(request: Request, found: Report, now: datetime) -> HttpResponse:
    made = writing.correct(found, by=request.user, now=now)
    messages.success(request, _("This report refers to the one that it corrects."))
    return redirect("reports:report", made.pk)


@step
def record(request: Request, found: Report, now: datetime, participation: UUID) -> None:
    people = Participation.objects.filter(engagement=found.engagement_id).select_related("person")
    who = get_object_or_404(people, pk=participation)
    seen = request.POST.get("seen", current(found).hash)
    approving.record_in_session(found, who, seen=seen, by=request.user, now=now)
    messages.success(request, _("It is written down, and told to %(who)s.") % {"who": who.person.name})
