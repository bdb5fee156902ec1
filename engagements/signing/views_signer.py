"""What a signer sees: the door of the link, the text, the code, and what they may answer instead.

Looking changes nothing, so that a mail scanner which follows links signs nothing and uses nothing up.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.proof import Proof, begin, proof_for, signing_providers, take_proof
from documents.models import SealedFile, SealedFileQuerySet
from engagements import paper
from engagements.models import Contract, SignatureRequest
from engagements.signing import answers, links, visit
from engagements.signing.forms import CodeForm, DeclineForm, ProposeForm, SignForm
from engagements.signing.messages import queue_code, queue_link
from engagements.signing.visit import NotHere
from engagements.views.scope import sent
from engagements.wording import joining, text_of
from engagements.wording.changes import changes_in, unchanged

View = Callable[Concatenate[HttpRequest, ...], HttpResponse]
SignerView = Callable[Concatenate[HttpRequest, SignatureRequest, ...], HttpResponse]


def for_signer(view: SignerView) -> View:
    """Give a view the signature request that its address names, if it is to who asks. Once it is answered, only `read`
    shows what became of it."""

    @login_not_required
    @wraps(view)
    def scoped(request: HttpRequest, pk: UUID, **more: str) -> HttpResponse:
        try:
            signing = visit.request_of(request, pk, timezone.now())
        except NotHere as elsewhere:
            return elsewhere.answer
        if not signing.is_open and view.__name__ not in ("read", "pdf", "sheet", "file"):
            return redirect("sign:read", pk)
        return view(request, signing, **more)

    return scoped


# --- the door -------------------------------------------------------------------------------------------------------


@login_not_required
def link(request: HttpRequest, token: str) -> HttpResponse:
    """What the link in the mail opens: GET shows a button, POST uses the link up and goes on to a clean address."""
    now = timezone.now()
    standing = links.standing_of(token, now)
    language = language_for(request, standing.language if standing else "")
    with translation.override(language):
        if request.method == "POST" and standing and (pk := links.use(token, now)):
            visit.remember(request, pk, now)
            response = redirect("sign:read", pk)
            response.set_cookie(
                settings.LANGUAGE_COOKIE_NAME,
                language,
                secure=settings.LANGUAGE_COOKIE_SECURE,
                httponly=True,
                samesite="Lax",
            )
            return response
        if standing and visit.visited(request, now) == standing.request and standing.stands == "used":
            return redirect("sign:read", standing.request)
        stands = standing.stands if standing else "unknown"
        context = {"stands": stands, "token": token}
        return render(request, "signing/link.html", context, status=200 if stands == "open" else 404)


@login_not_required
@require_POST
def new_link(request: HttpRequest, token: str) -> HttpResponse:
    """Send a new link in place of one that was used or is too old, to the address that it was sent to."""
    now = timezone.now()
    standing = links.standing_of(token, now)
    if renewed := links.renew(token, now):
        queue_link(*renewed, now=now)
    with translation.override(language_for(request, standing.language if standing else "")):
        return render(request, "signing/link_sent.html", {"sent": renewed is not None})


def language_for(request: HttpRequest, language: str) -> str:
    """Return the language of the page: what the visitor has chosen, else the one that their mail was in."""
    chosen = settings.LANGUAGE_COOKIE_NAME in request.COOKIES or request.user.is_authenticated or not language
    return translation.get_language() or settings.LANGUAGE_CODE if chosen else language


# --- reading and signing --------------------------------------------------------------------------------------------


@for_signer
def read(request: HttpRequest, signing: SignatureRequest) -> HttpResponse:
    """The text, and below it the form; sent, it leads to the code, or signs for who has proven themselves twice."""
    if not signing.is_open:
        return render(request, "signing/answered.html", answered(request, signing))
    form = SignForm(sent(request), signing=signing)
    if form.is_valid():
        if visit.proves_twice(request, signing):
            return sign(request, signing, name=form.cleaned_data["name"])
        try:
            send_code(request, signing, name=form.cleaned_data["name"])
        except ValidationError as error:
            if error.code != "soon" or not written(request, signing):
                form.add_error(None, error)
        if not form.errors:
            return redirect("sign:confirm", signing.pk)
    return read_page(request, signing, form)


def read_page(request: HttpRequest, signing: SignatureRequest, form: SignForm) -> HttpResponse:
    if request.method == "GET":
        answers.record_view(signing, "signer", by=visit.user_of(request, signing))
    changes = changes_in(signing.contract) if signing.contract.state == Contract.State.OFFERED else []
    context = {
        **page(request, signing),
        "form": form,
        "changes": changes,
        "unchanged": unchanged(changes),
        "proposals": signing.proposals.all(),
        "consent": visit.consent_to(signing),
        "providers": signing_providers(),
    }
    return render(request, "signing/read.html", context)


@for_signer
def confirm(request: HttpRequest, signing: SignatureRequest) -> HttpResponse:
    """The code and *Sign*."""
    now = timezone.now()
    name = written(request, signing)
    if not name:
        return redirect("sign:read", signing.pk)
    form = CodeForm(sent(request), signing=signing, now=now)
    if form.is_valid():
        return sign(request, signing, name=name)
    context = {**page(request, signing), "form": form, "name": name, "consent": visit.consent_to(signing)}
    return render(request, "signing/confirm.html", context)


@for_signer
def code(request: HttpRequest, signing: SignatureRequest) -> HttpResponse:
    """Send another code."""
    name = written(request, signing)
    if request.method == "POST" and name:
        try:
            send_code(request, signing, name=name)
            messages.success(request, _("A new code is on its way. The earlier one is of no use any more."))
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
    return redirect("sign:confirm" if name else "sign:read", signing.pk)


def sign(request: HttpRequest, signing: SignatureRequest, *, name: str, proof: Proof | None = None) -> HttpResponse:
    """Sign and show that it is done; a refusal stands on the page, which is then read anew."""
    evidence = visit.evidence_of(request, signing, proof)
    try:
        answers.sign(signing, name=name, evidence=evidence, by=visit.user_of(request, signing), now=timezone.now())
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        forget(request, signing)
    return redirect("sign:read", signing.pk)


def send_code(request: HttpRequest, signing: SignatureRequest, *, name: str) -> None:
    now = timezone.now()
    links.ask_code(signing, now)
    queue_code(signing, now=now)
    keep_written(request, signing, name)


def keep_written(request: HttpRequest, signing: SignatureRequest, name: str) -> None:
    names = request.session.get("signing_names", {})
    request.session["signing_names"] = {**names, signing.pk.hex: name}


def written(request: HttpRequest, signing: SignatureRequest) -> str:
    """Return the name that was written on the page before, or an empty text."""
    name: str = request.session.get("signing_names", {}).get(signing.pk.hex, "")
    return name


def forget(request: HttpRequest, signing: SignatureRequest) -> None:
    names = request.session.get("signing_names", {})
    request.session["signing_names"] = {key: name for key, name in names.items() if key != signing.pk.hex}


# --- by strong identification ---------------------------------------------------------------------------------------


@for_signer
def strong(request: HttpRequest, signing: SignatureRequest, provider: str) -> HttpResponse:
    """From the form below the text to an identification service, which leads back to `proven`."""
    form = SignForm(sent(request), signing=signing)
    if not form.is_valid():
        return read_page(request, signing, form)
    keep_written(request, signing, form.cleaned_data["name"])
    return begin(request, provider, reverse("sign:proven", args=[signing.pk]), signing.pk)


@for_signer
def proven(request: HttpRequest, signing: SignatureRequest) -> HttpResponse:
    """Who the service says somebody is, and *Sign*: in place of the code."""
    proof, name = proof_for(request, signing.pk), written(request, signing)
    if proof is None or not name:
        messages.error(request, _("The identification is too old or was not completed. Begin again."))
        return redirect("sign:read", signing.pk)
    fits = answers.is_called(signing, proof.name)
    if request.method == "POST" and fits and take_proof(request, signing.pk):
        return sign(request, signing, name=name, proof=proof)
    context = {**page(request, signing), "proof": proof, "name": name, "fits": fits}
    return render(request, "signing/proven.html", {**context, "consent": visit.consent_to(signing)})


# --- instead of signing ---------------------------------------------------------------------------------------------


@for_signer
def decline(request: HttpRequest, signing: SignatureRequest) -> HttpResponse:
    form = DeclineForm(sent(request), signing=signing, by=visit.user_of(request, signing), now=timezone.now())
    if form.done():
        return redirect("sign:read", signing.pk)
    return render(request, "signing/decline.html", {**page(request, signing), "form": form})


@for_signer
def propose(request: HttpRequest, signing: SignatureRequest) -> HttpResponse:
    text = text_of(signing.contract)
    form = ProposeForm(
        sent(request), signing=signing, text=text, by=visit.user_of(request, signing), now=timezone.now()
    )  # fmt: skip
    if form.done():
        messages.success(request, _("Your proposal is with the supervisor. You are told when it is answered."))
        return redirect("sign:read", signing.pk)
    return render(request, "signing/propose.html", {**page(request, signing), "form": form})


@for_signer
def pdf(request: HttpRequest, signing: SignatureRequest) -> HttpResponse:
    """The contract that is to be signed, on paper. Once it is agreed there is its sealed file, and no other."""
    asked = signing.state == SignatureRequest.State.WAITING
    if not asked and not (
        signing.state == SignatureRequest.State.SIGNED and signing.contract.state == Contract.State.OFFERED
    ):
        return redirect("sign:read", signing.pk)
    answers.record_view(signing, "pdf", by=visit.user_of(request, signing))
    return paper.contract_on_paper(signing.contract, text_of(signing.contract))


@for_signer
def sheet(request: HttpRequest, signing: SignatureRequest) -> HttpResponse:
    """The joining sheet that is to be signed, on paper."""
    if not signing.sheet or signing.state != SignatureRequest.State.WAITING:
        return redirect("sign:read", signing.pk)
    answers.record_view(signing, "sheet", by=visit.user_of(request, signing))
    return paper.sheet_on_paper(signing)


@for_signer
def file(request: HttpRequest, signing: SignatureRequest) -> HttpResponse:
    """The sealed file of what somebody signed: the very bytes that were sealed."""
    kept = file_of(signing).first()
    if kept is None:
        return redirect("sign:read", signing.pk)
    answers.record_view(signing, "file", by=visit.user_of(request, signing))
    return paper.sealed(kept, signing.contract)


def file_of(signing: SignatureRequest) -> SealedFileQuerySet:
    joining_sheet = signing.what == SignatureRequest.What.JOINING
    kind = SealedFile.Kind.JOINING if joining_sheet else SealedFile.Kind.CONTRACT
    return SealedFile.objects.of(kind, signing.pk if joining_sheet else signing.contract_id)


# --- what the pages show --------------------------------------------------------------------------------------------


def page(request: HttpRequest, signing: SignatureRequest) -> dict[str, Any]:
    text = text_of(signing.contract)
    return {
        "signing": signing,
        "contract": signing.contract,
        "text": text,
        "clauses": text.clauses[:-1],
        "sheet": joining.thaw(signing.sheet) if signing.sheet else None,
        "proves_twice": visit.proves_twice(request, signing),
    }


def answered(request: HttpRequest, signing: SignatureRequest) -> dict[str, Any]:
    """What became of a request that cannot be answered (any more), for the one it was to."""
    contract: Contract | None = Contract.objects.filter(pk=signing.contract_id).first()
    signature = getattr(signing, "signature", None)
    return {
        "signing": signing,
        "signature": signature,
        "contract": contract,
        "agreed": contract is not None and contract.state == Contract.State.AGREED,
        "text": text_of(contract) if contract and contract.state != Contract.State.DRAFT else None,
        "file": file_of(signing).without_content().first() if signature else None,
        "signed_in": request.user.is_authenticated,
    }
