"""The scanned paper of an agreement: adding, downloading, withdrawing."""

from typing import Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext, ngettext

from audit import trail
from documents.models import Attachment
from engagements.forms.scans import AddScansForm, WithdrawScanForm
from engagements.models import Contract
from engagements.scans import visible_scans
from engagements.views.scope import Request, led, sent, sent_files

#: Should a browser show it all the same, it runs nothing and reaches nothing.
SHUT: Final = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"


def add(request: Request, pk: UUID, version: int) -> HttpResponse:
    contract = agreed(request, pk, version)
    form = AddScansForm(sent(request), sent_files(request), contract=contract, by=request.user, now=timezone.now())
    if form.done():
        said = ngettext(
            "The scan is with the contract.", "The scans are with the contract.", len(form.cleaned_data["scans"])
        )
        messages.success(request, said)
        return redirect("engagements:contract_version", pk, version)
    context = {"engagement": contract.engagement, "contract": contract, "form": form, "section": "contract"}
    return render(request, "engagements/scan_add.html", context)


def download(request: Request, pk: UUID, version: int, number: int) -> HttpResponse:
    """The file, to be kept and not shown: its name tells nobody who it is about."""
    contract = get_object_or_404(Contract.objects.visible_to(request.user).filter(engagement=pk), version=version)
    scans = visible_scans(request.user).standing().select_related("content")
    scan = get_object_or_404(scans, obj=contract.pk, number=number)
    write_down(request, contract, scan)
    return HttpResponse(
        scan.content.opened(),
        content_type=scan.media_type,
        headers={
            "Content-Disposition": f'attachment; filename="sopimus-v{version}-{number}.{scan.extension}"',
            "Content-Security-Policy": SHUT,
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
        },
    )


def withdraw(request: Request, pk: UUID, version: int, number: int) -> HttpResponse:
    contract = agreed(request, pk, version)
    scan = get_object_or_404(visible_scans(request.user).standing(), obj=contract.pk, number=number)
    form = WithdrawScanForm(sent(request), scan=scan, contract=contract, by=request.user, now=timezone.now())
    if form.done():
        messages.success(request, gettext("The scan is withdrawn, and its content is destroyed."))
        return redirect("engagements:contract_version", pk, version)
    context = {
        "engagement": contract.engagement,
        "contract": contract,
        "scan": scan,
        "form": form,
        "section": "contract",
    }
    return render(request, "engagements/scan_withdraw.html", context)


def agreed(request: Request, pk: UUID, version: int) -> Contract:
    """Return a version that was agreed, of an engagement that the asker leads."""
    versions = Contract.objects.agreed().filter(engagement=led(request, pk))
    return get_object_or_404(versions.select_related("engagement"), version=version)


def write_down(request: Request, contract: Contract, scan: Attachment) -> None:
    """Every reading by another than the one who added it stands in the audit chain (promise 12)."""
    if request.user.pk != scan.added_by_id:
        trail.record(
            contract.engagement_id,
            "contract.scan_viewed",
            actor=request.user,
            obj=scan,
            data={"version": contract.version, "number": scan.number},
        )
