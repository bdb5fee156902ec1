"""The recovery sheet on paper: made from a code in hand, given to the browser, and kept nowhere."""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpResponse

from accounts.models import User
from vault import derive

NAME = "palautussivu"


@dataclass(frozen=True)
class Sheet:
    """What stands on the paper: whose it is, and the code in groups of four."""

    owner: str
    email: str
    groups: tuple[str, ...]
    at: datetime


def collect(user: User, code: str, now: datetime) -> Sheet:
    return Sheet(user.full_name, user.email, tuple(derive.code_groups(code)), now)


def as_pdf(user: User, code: str, now: datetime) -> HttpResponse:
    """Return the sheet as a PDF, in the language of its owner."""
    from documents.pdf import render  # WeasyPrint takes a second to import: only those who print wait

    pdf = render("pdf/recovery_sheet.html", {"sheet": collect(user, code, now)}, user.language, draft=False)
    headers = {"Content-Disposition": f'attachment; filename="{NAME}.pdf"', "Cache-Control": "no-store"}
    return HttpResponse(pdf, content_type="application/pdf", headers=headers)
