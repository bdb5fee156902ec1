"""One's own data and what one asks about it; and, for who answers, the requests that were made."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Practice, User
from accounts.paging import keyset
from audit import trail
from engagements.models import Engagement
from engagements.views.scope import Request, sent
from formats.clock import HELSINKI
from privacy.models import DataRequest, Kind
from privacy.own import files
from privacy.own.actions import blocker_to_extending, can_be_erased, stream_of
from privacy.own.collect import collect, subject_of
from privacy.own.forms import AnswerForm, AskForm, ExtendForm
from privacy.own.reading import words
from privacy.own.withheld import withheld
from sessions.reads import write_down

READ = "data_request.read"


# --- the person -----------------------------------------------------------------------------------------------------


def data(request: Request) -> HttpResponse:
    """Everything that is held on the asker, room by room."""
    context = {
        "sections": collect(request.user),
        "withheld": withheld(),
        "kinds": Kind.choices,
        "requests": DataRequest.objects.of(request.user),
    }
    return render(request, "own/data.html", context)


def as_json(request: Request) -> HttpResponse:
    now = timezone.now()
    content = files.as_json(request.user, collect(request.user), now)
    return downloaded(request.user, content.encode(), "json", "application/json; charset=utf-8", now)


def as_pdf(request: Request) -> HttpResponse:
    now = timezone.now()
    return downloaded(
        request.user, files.as_pdf(request.user, collect(request.user), now), "pdf", "application/pdf", now
    )


def downloaded(user: User, content: bytes, ending: str, media_type: str, now: datetime) -> HttpResponse:
    """Return the file, and write down that its owner has taken it along."""
    trail.record("accounts", "own_data.downloaded", actor=user, obj=user, data={"as": ending})
    name = f"{files.NAME}-{now.astimezone(HELSINKI):%Y-%m-%d}.{ending}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type=media_type, headers=headers)


def ask(request: Request) -> HttpResponse:
    """Ask to correct, erase, restrict; object; or ask about a supervisor's own notes."""
    subject = subject_of(request.user)
    form = AskForm(sent(request), subject=subject, now=timezone.now(), kind=request.GET.get("kind", ""))
    if form.done():
        messages.success(request, _("Your request is on its way. You are answered within a month."))
        return redirect("own:request", form.made.pk)
    return render(request, "own/ask.html", {"form": form, "subject": subject})


def own_request(request: Request, pk: UUID) -> HttpResponse:
    """How a request of one's own stands, and its answer."""
    asked = get_object_or_404(DataRequest.objects.of(request.user).select_related("practice"), pk=pk)
    return render(request, "own/request.html", {"asked": asked, **opened(asked)})


def opened(asked: DataRequest) -> dict[str, str]:
    return {column: words(asked, column) for column in ("text", "extension", "grounds")}


# --- who answers ----------------------------------------------------------------------------------------------------


def received(request: Request) -> HttpResponse:
    """What the asker has to answer, and what they have answered."""
    if not (Practice.objects.of(request.user).exists() or Engagement.objects.led_by(request.user).exists()):
        raise Http404
    handled: Any = DataRequest.objects.handled_by(request.user).select_related("person", "engagement", "practice")
    page = keyset(handled, request.GET.dict(), "-received_at", "-id")
    context = {"page": page, "rows": page.rows, "today": timezone.localdate()}
    return render(request, "own/received.html", context)


def handled(request: Request, pk: UUID) -> DataRequest:
    """Return a request that the asker answers; that they have opened it is written down."""
    requests = DataRequest.objects.handled_by(request.user)
    if request.method == "POST":
        requests = requests.select_for_update(no_key=True, of=("self",))
    found = get_object_or_404(requests, pk=pk)
    write_down(request.user, stream_of(found), READ, [found])
    return found


def handle(request: Request, pk: UUID) -> HttpResponse:
    """Read a request and answer it."""
    asked, now = handled(request, pk), timezone.now()
    form = AnswerForm(sent(request) if asked.is_open else None, asked=asked, user=request.user, now=now)
    if form.done():
        messages.success(request, _("It is answered. The person hears of it by e-mail, and reads the answer here."))
        return redirect("own:handle", pk)
    context = {
        "asked": asked,
        "form": form if asked.is_open else None,
        "today": timezone.localdate(),
        "extendable": not blocker_to_extending(asked, now),
        "erasable": can_be_erased(asked),
        **opened(asked),
    }
    return render(request, "own/handle.html", context)


def extend(request: Request, pk: UUID) -> HttpResponse:
    """Take two months more, with grounds."""
    asked, now = handled(request, pk), timezone.now()
    form = ExtendForm(sent(request), asked=asked, user=request.user, now=now)
    if form.done():
        messages.success(request, _("The person is told that it takes longer, and why."))
        return redirect("own:handle", pk)
    blocker = blocker_to_extending(asked, now)
    return render(request, "own/extend.html", {"asked": asked, "form": form, "blocker": blocker})
