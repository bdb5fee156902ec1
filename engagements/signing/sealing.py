"""What has been signed by all becomes one file: rendered once, sealed, kept, and never made again.

The worker does it, which alone has the key. It is told whole what to seal and reads no contract otherwise; that the
terms have the hash that everybody signed is asked once more before they are set in print.
"""

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.urls import reverse
from django.utils import translation

from documents.actions import seal_and_keep
from documents.models import SealedFile
from documents.pdf import Attachment, render
from documents.signature_page import How, SignaturePage, SignerLine
from engagements import terms
from engagements.models import Contract, ContractParty, Signature, SignatureRequest
from engagements.signing.visit import consent_to
from engagements.wording import joining, text_of
from engagements.wording.blocks import capital

log = logging.getLogger(__name__)

#: How many files one run makes: a batch takes a few seconds.
BATCH: Final = 20
#: What stands on the page of signatures of how somebody proved who they are.
HOW: Final[Mapping[str, How]] = {
    Signature.Method.LINK: How.LINK,
    Signature.Method.ACCOUNT: How.ACCOUNT,
    Signature.Method.FACTOR: How.LOGIN,
    Signature.Method.STRONG: How.STRONG,
    Signature.Method.PAPER: How.PAPER,
}
ATTACHED: Final = "terms.json"


@dataclass(frozen=True)
class Due:
    """One file to be made: of which kind and what it is the file of, with everything that stands in it."""

    kind: str
    obj: UUID
    practice: UUID
    stream: UUID
    what: Mapping[str, Any]


def due() -> list[Due]:
    with connection.cursor() as cursor:
        # As text: Django lets its own fields read what is JSON.
        cursor.execute("SELECT kind, obj, practice, stream, what::text FROM sec.to_seal(%s)", [BATCH])
        rows = cursor.fetchall()
    return [Due(kind, obj, practice, stream, json.loads(what)) for kind, obj, practice, stream, what in rows]


def seal_due(*, now: datetime) -> int:
    """Seal what is due and return how many files were made. One that cannot be made holds up no other."""
    made = 0
    for one in due():
        try:
            seal_one(one, now=now)
            made += 1
        except ValueError as error:
            log.error("The file of %s %s is not sealed: %s.", one.kind, one.obj, type(error).__name__)
    return made


def seal_one(one: Due, *, now: datetime) -> SealedFile:
    """Render and seal one file. Raises ValueError when its terms are not the ones that were signed."""
    agreed = terms.thaw(one.what["terms"])
    if terms.digest(agreed) != one.what["terms_hash"]:
        raise ValueError("These terms are not the ones that were signed.")
    with translation.override(agreed.language):
        pdf = sheet_of(one, agreed) if one.kind == SealedFile.Kind.JOINING else contract_of(one, agreed, now)
        return seal_and_keep(
            pdf,
            kind=one.kind,
            obj=one.obj,
            practice=one.practice,
            stream=one.stream,
            terms_hash=one.what["terms_hash"],
            name=agreed.practice.name,
            reason=str(SealedFile.Kind(one.kind).label),
            at=now,
        )


def contract_of(one: Due, agreed: terms.ContractTerms, now: datetime) -> bytes:
    """Return the contract with its page of signatures, the terms inside as an attached file."""
    contract = contract_row(one)
    attached = Attachment(ATTACHED, terms.canonical(agreed).encode(), "application/json", ATTACHED, "Data", now)
    context = {"text": text_of(contract), "signatures": signatures_of(one, contract, attached=ATTACHED)}
    return render("pdf/contract.html", context, agreed.language, draft=False, attachments=[attached])


def sheet_of(one: Due, agreed: terms.ContractTerms) -> bytes:
    context = {"sheet": joining.thaw(one.what["sheet"]), "signatures": signatures_of(one, contract_row(one))}
    return render("pdf/joining.html", context, agreed.language, draft=False)


def contract_row(one: Due) -> Contract:
    """Return the contract as it was told: a row in hand, not one of the database."""
    what = one.what
    return Contract(
        pk=one.obj,
        version=what["version"],
        state=what["state"],
        terms=what["terms"],
        terms_hash=what["terms_hash"],
        wording=what["wording"],
        agreed_on=date.fromisoformat(what["agreed_on"]),
        agreed_how=what["agreed_how"],
    )


def signatures_of(one: Due, contract: Contract, *, attached: str = "") -> SignaturePage:
    asked = SignatureRequest(contract=contract, what=one.kind)
    return SignaturePage(
        signers=tuple(lines(one.what["signatures"])),
        terms_hash=contract.terms_hash,
        consent=consent_to(asked),
        check_url=settings.SITE_URL + reverse("documents:check"),
        attachment=attached,
    )


def lines(signatures: Sequence[Mapping[str, Any]]) -> list[SignerLine]:
    return [
        SignerLine(
            name=each["name"],
            part=capital(str(ContractParty.Kind(each["part"]).label)),
            how=HOW[each["method"]],
            when=date.fromisoformat(each["signed_on"])
            if each["method"] == Signature.Method.PAPER
            else datetime.fromisoformat(each["at"]),
            by=each["by"] or each["issuer"],
        )
        for each in signatures
    ]
