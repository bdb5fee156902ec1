"""The contract as a page and as a PDF, for its supervisors, supervisees, parties and practice."""

from typing import Final
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render

from audit import trail
from engagements.models import Contract, Engagement, SignatureRequest
from engagements.models.contract import ContractQuerySet
from engagements.views.scope import Request
from engagements.wording import text_of

TAGS: Final[dict[str, str]] = {
    Contract.State.DRAFT: "plain",
    Contract.State.OFFERED: "now",
    Contract.State.AGREED: "ok",
}


def contract(request: Request, pk: UUID) -> HttpResponse:
    """The version in force; while none is, the newest that the reader may see."""
    found = versions(request, pk).select_related("engagement__lead")
    shown = found.filter(state=Contract.State.AGREED).first() or found.first()
    if shown is None:
        raise Http404
    return page(request, shown)


def contract_version(request: Request, pk: UUID, version: int) -> HttpResponse:
    return page(request, get_object_or_404(versions(request, pk).select_related("engagement__lead"), version=version))


def contract_pdf(request: Request, pk: UUID, version: int) -> HttpResponse:
    """The same text on paper. Its file name tells nobody who it is about."""
    from documents.pdf import render as render_pdf  # WeasyPrint takes a second to import: only those who print wait

    shown = get_object_or_404(versions(request, pk).select_related("engagement__lead"), version=version)
    text = text_of(shown)
    write_down(request, shown, "pdf")
    pdf = render_pdf(
        "pdf/contract.html", {"text": text}, text.language, draft=text.draft, example=shown.engagement.example
    )
    name = f"tyonohjaussopimus-v{shown.version}.pdf"
    return HttpResponse(
        pdf, content_type="application/pdf", headers={"Content-Disposition": f'inline; filename="{name}"'}
    )


def page(request: Request, shown: Contract) -> HttpResponse:
    others = list(versions(request, shown.engagement_id).defer("terms"))
    text = text_of(shown)
    led = Contract.objects.led_by(request.user).filter(pk=shown.pk).exists()
    write_down(request, shown, "page")
    requests = list(shown.requests.standing().select_related("signature"))
    own = {each.pk for each in SignatureRequest.objects.of(request.user).open().filter(contract=shown)}
    context = {
        "signatures": requests,
        "to_sign": next((each for each in requests if each.pk in own), None),
        "layout": "engagements/base.html" if led else "base.html",
        "engagement": shown.engagement,
        "contract": shown,
        "text": text,
        "clauses": text.clauses,
        "tampered": not text.draft and text.digest != shown.terms_hash,
        "kind": TAGS[shown.state],
        "versions": others,
        "newer": next((each for each in others if each.version > shown.version), None),
        "led": led,
        "in_it": Engagement.objects.visible_to(request.user).filter(pk=shown.engagement_id).exists(),
        "section": "contract",
    }
    return render(request, "engagements/contract.html", context)


def versions(request: Request, pk: UUID) -> ContractQuerySet:
    """Return the versions of an engagement's contract that the asker may read, the newest first."""
    return Contract.objects.visible_to(request.user).filter(engagement=pk).order_by("-version")


def write_down(request: Request, shown: Contract, shape: str) -> None:
    """Every reading by another than the lead stands in the audit chain (promise 12)."""
    if request.user != shown.engagement.lead:
        trail.record(
            shown.engagement_id,
            "contract.viewed",
            actor=request.user,
            obj=shown,
            data={"version": shown.version, "as": shape},
        )
