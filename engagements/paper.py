"""Contracts and joining sheets as files: set in print while they are open, handed over sealed once they are signed.

Their names tell nobody who they are about.
"""

from django.http import HttpResponse

from documents.models import SealedFile
from engagements.models import Contract, SignatureRequest
from engagements.wording import ContractText, joining

CONTRACT = "tyonohjaussopimus"
SHEET = "liittymislomake"


def contract_on_paper(contract: Contract, text: ContractText, *, example: bool = False) -> HttpResponse:
    """Return `text` as a PDF; a draft and an example say that they are one."""
    from documents.pdf import render  # WeasyPrint takes a second to import: only those who print wait

    pdf = render("pdf/contract.html", {"text": text}, text.language, draft=text.draft, example=example)
    return _file(pdf, CONTRACT, contract.version)


def sheet_on_paper(signing: SignatureRequest) -> HttpResponse:
    """Return a joining sheet that is not signed yet, with a place to sign on."""
    from documents.pdf import render

    sheet = joining.thaw(signing.sheet or {})
    return _file(render("pdf/joining.html", {"sheet": sheet}, sheet.language, draft=False), SHEET, sheet.version)


def sealed(kept: SealedFile, contract: Contract) -> HttpResponse:
    """Return the very bytes that were sealed."""
    name = SHEET if kept.kind == SealedFile.Kind.JOINING else CONTRACT
    return _file(bytes(kept.content), name, contract.version)


def _file(pdf: bytes, name: str, version: int) -> HttpResponse:
    headers = {"Content-Disposition": f'inline; filename="{name}-v{version}.pdf"'}
    return HttpResponse(pdf, content_type="application/pdf", headers=headers)
