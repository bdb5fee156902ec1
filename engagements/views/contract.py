"""The contract as a page and as a PDF, for its supervisors, supervisees, parties and practice."""

from typing import Final
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext

from audit import trail
from documents.models import SealedFile
from engagements import paper
from engagements.blockers import blockers_to_adding_scans, blockers_to_amending
from engagements.models import Contract, Engagement, Signature, SignatureRequest
from engagements.models.contract import TODAY, ContractQuerySet
from engagements.scans import visible_scans
from engagements.views.scope import Request, led
from engagements.wording import text_of
from engagements.wording.changes import changes_in, unchanged
from formats.days import write_day

TAGS: Final[dict[str, str]] = {
    Contract.State.DRAFT: "plain",
    Contract.State.OFFERED: "now",
    Contract.State.AGREED: "ok",
}


def contract(request: Request, pk: UUID) -> HttpResponse:
    """The version in force; while none is, the newest that the reader may see."""
    found = versions(request, pk).select_related("engagement__lead")
    shown = found.in_force(TODAY).first() or found.first()
    if shown is None:
        raise Http404
    return page(request, shown)


def contract_version(request: Request, pk: UUID, version: int) -> HttpResponse:
    return page(request, get_object_or_404(versions(request, pk).select_related("engagement__lead"), version=version))


def contract_pdf(request: Request, pk: UUID, version: int) -> HttpResponse:
    """The same text on paper. Its file name tells nobody who it is about."""
    shown = get_object_or_404(versions(request, pk).select_related("engagement__lead"), version=version)
    if shown.agreed_how == Contract.How.SIGNED:
        return contract_file(request, shown)
    text = text_of(shown, superseded=versions(request, pk).superseded(TODAY).filter(pk=shown.pk).exists())
    write_down(request, shown, "pdf")
    return paper.contract_on_paper(shown, text, example=shown.engagement.example)


def contract_file(request: Request, shown: Contract) -> HttpResponse:
    """What was signed is one sealed file, made once: it is never set in print again."""
    kept = SealedFile.objects.of(SealedFile.Kind.CONTRACT, shown.pk).first()
    if kept is None:
        messages.info(request, gettext("The file is being sealed. It is ready in a moment."))
        return redirect("engagements:contract_version", shown.engagement_id, shown.version)
    write_down(request, shown, "file")
    return paper.sealed(kept, shown)


def joining_file(request: Request, pk: UUID, signing: UUID) -> HttpResponse:
    """A supervisee's joining sheet, for the supervisors: sealed when it is signed, to be signed on paper before."""
    sheets = SignatureRequest.objects.standing().filter(what=SignatureRequest.What.JOINING)
    sheets = sheets.filter(contract__engagement=led(request, pk)).select_related("contract__engagement")
    sheet = get_object_or_404(sheets, pk=signing)
    kept = SealedFile.objects.of(SealedFile.Kind.JOINING, sheet.pk).first()
    write_down(request, sheet.contract, "joining sheet")
    if kept is not None:
        return paper.sealed(kept, sheet.contract)
    if sheet.state == SignatureRequest.State.WAITING:
        return paper.sheet_on_paper(sheet)
    messages.info(request, gettext("The file is being sealed. It is ready in a moment."))
    return redirect("engagements:signing", pk)


def page(request: Request, shown: Contract) -> HttpResponse:
    others = list(versions(request, shown.engagement_id).defer("terms", "wording"))
    in_force = versions(request, shown.engagement_id).in_force(TODAY).values_list("version", flat=True).first()
    text = text_of(shown, superseded=shown.version < (in_force or 0))
    label, kind = stands(shown, in_force)
    changes = changes_in(shown)
    newer = next((each for each in others if each.version > shown.version), None)
    led = Contract.objects.led_by(request.user).filter(pk=shown.pk).exists()
    write_down(request, shown, "page")
    requests = list(shown.requests.standing().select_related("signature"))
    own = {each.pk for each in SignatureRequest.objects.of(request.user).open().filter(contract=shown)}
    by_signatures = shown.agreed_how == Contract.How.SIGNED
    files = SealedFile.objects.of(SealedFile.Kind.CONTRACT, shown.pk).without_content()
    on_paper = any(each.state == "signed" and each.signature.method == Signature.Method.PAPER for each in requests)
    context = {
        "signatures": requests,
        "file": files.first() if by_signatures else None,
        "to_sign": next((each for each in requests if each.pk in own), None),
        "layout": "engagements/base.html" if led else "base.html",
        "engagement": shown.engagement,
        "contract": shown,
        "text": text,
        "clauses": text.clauses,
        "tampered": not text.draft and text.digest != shown.terms_hash,
        "state": label,
        "kind": kind,
        "changes": changes,
        "unchanged": unchanged(changes),
        "versions": [(each, stands(each, in_force)[0]) for each in others],
        "newer": newer,
        "newer_state": stands(newer, in_force)[0] if newer else "",
        "can_amend": led and not blockers_to_amending(shown.engagement, timezone.now()),
        "led": led,
        "in_it": Engagement.objects.visible_to(request.user).filter(pk=shown.engagement_id).exists(),
        "scans": list(visible_scans(request.user).filter(obj=shown.pk)),
        "takes_scans": led and (on_paper or not by_signatures) and not blockers_to_adding_scans(shown),
        "section": "contract",
    }
    return render(request, "engagements/contract.html", context)


def stands(contract: Contract, in_force: int | None) -> tuple[str, str]:
    """Return what has become of a version, in words, and the kind of its tag; `in_force` is the version that is."""
    if contract.state == Contract.State.AGREED and contract.version < (in_force or 0):
        return gettext("superseded"), "plain"
    if contract.state == Contract.State.AGREED and contract.version > (in_force or 0) and contract.begins:
        return gettext("agreed, in force from %(day)s") % {"day": write_day(contract.begins)}, "now"
    return str(contract.get_state_display()), TAGS[contract.state]


def versions(request: Request, pk: UUID) -> ContractQuerySet:
    """Return the versions of an engagement's contract that the asker may read, the newest first."""
    return Contract.objects.visible_to(request.user).filter(engagement=pk).order_by("-version")


def write_down(request: Request, shown: Contract, shape: str) -> None:
    """Every reading by another than the lead stands in the audit chain (promise 12)."""
    if request.user.pk != shown.engagement.lead_id:
        trail.record(
            shown.engagement_id,
            "contract.viewed",
            actor=request.user,
            obj=shown,
            data={"version": shown.version, "as": shape},
        )
