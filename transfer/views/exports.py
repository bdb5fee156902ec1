"""Taking along what is one's own: a supervisor their processes, an administrator the whole practice, to move it."""

from typing import IO
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.actions import stream
from accounts.models import Practice
from audit import trail
from engagements.models import Engagement
from engagements.views.scope import Request, sent
from sessions.unlocking.visit import open_vault
from transfer.archive.keys import TransferKey
from transfer.archive.leaving import make_archive
from transfer.forms import ReceiverForm
from transfer.models import Receiver
from transfer.readable.pack import make


def export(request: Request) -> HttpResponseBase:
    """One's own processes as files that every program reads, made while one waits."""
    led = Engagement.objects.led_by(request.user).without_examples()
    if not (Practice.objects.supervised_by(request.user).exists() or led.exists()):
        raise Http404
    now = timezone.now()
    vault = open_vault(request, now)
    if request.method == "POST":
        try:
            file = make(request.user, vault, now)
        except ValidationError as error:
            messages.warning(request, " ".join(error.messages))
            return redirect("transfer:export")
        return attached(file, f"tyonohjaus-{timezone.localtime(now):%Y-%m-%d}.zip")
    return render(request, "transfer/export.html", {"count": led.count(), "open": vault is not None})


def moving(request: Request, pk: UUID) -> HttpResponse:
    """To which installation the practice moves, whether that is accepted, and the archive for it."""
    practice = administered(request, pk)
    receiver = Receiver.objects.filter(practice=practice).first()
    form = ReceiverForm(sent(request) if receiver is None else None)
    now = timezone.now()
    if receiver is None and form.is_valid():
        with transaction.atomic():
            named = Receiver.objects.create(
                practice=practice, key=form.cleaned_data["key"], asked_by=request.user, asked_at=now
            )
            trail.record(stream(practice), "receiver.named", actor=request.user, obj=named)
        return redirect("transfer:moving", pk)
    context = {
        "practice": practice,
        "form": form,
        "receiver": receiver,
        "words": " ".join(TransferKey.read(receiver.key).words) if receiver else "",
        "accepted": bool(receiver and receiver.until and receiver.until > now),
    }
    return render(request, "transfer/moving.html", context)


@require_POST
def archive(request: Request, pk: UUID) -> HttpResponseBase:
    """The whole practice, sealed for the installation that receives it: who carries it cannot open it."""
    practice = administered(request, pk)
    receiver = get_object_or_404(Receiver, practice=practice)
    now = timezone.now()
    try:
        file, manifest = make_archive(practice, TransferKey.read(receiver.key), by=request.user, now=now)
    except ValidationError as error:
        messages.warning(request, " ".join(error.messages))
        return redirect("transfer:moving", pk)
    return attached(file, f"tyonohjaus-{manifest.archive[:8]}.zip")


@require_POST
def stay(request: Request, pk: UUID) -> HttpResponse:
    """Not to move there after all."""
    practice = administered(request, pk)
    with transaction.atomic():
        if Receiver.objects.filter(practice=practice).delete()[0]:
            trail.record(stream(practice), "receiver.dropped", actor=request.user, obj=practice)
            messages.success(request, _("The transfer key is taken back."))
    return redirect("transfer:moving", pk)


def administered(request: Request, pk: UUID) -> Practice:
    return get_object_or_404(Practice.objects.administered_by(request.user), pk=pk)


def attached(file: IO[bytes], name: str) -> FileResponse:
    return FileResponse(file, as_attachment=True, filename=name, content_type="application/zip")
