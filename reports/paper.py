"""A report as a file: rendered once for each wording that is asked about, and kept sealed until it is handed over."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpResponse
from django.utils import translation

from documents.pdf import render
from reports.models import Report, Revision
from reports.reading import CannotBeOpened
from reports.text import TABLE, Body, body_of
from vault.content import Content

SHEET = "print-report.css"
NAME = "raportti"


@dataclass(frozen=True)
class ReportPaper:
    """What stands in the file: of the process only what its client knows of it anyway."""

    practice: str
    lead: str
    client: str
    title: str
    kind: str
    report: Report
    body: Body
    hash: str
    public_body: bool

    @property
    def long_hash(self) -> str:
        """The hash in groups that can be compared by eye."""
        return " ".join(self.hash[at : at + 8] for at in range(0, len(self.hash), 8))


def collect(report: Report, revision: Revision, body: Body) -> ReportPaper:
    engagement = report.engagement
    client = engagement.client
    return ReportPaper(
        practice=engagement.practice.name,
        lead=engagement.lead.full_name,
        client=client.name if client else "",
        title=engagement.title,
        kind=str(report.get_kind_display()),
        report=report,
        body=body,
        hash=revision.hash,
        public_body=bool(client and client.public_body),
    )


def rendered(report: Report, revision: Revision, *, now: datetime) -> bytes:
    """Return the file of a wording, made the first time and kept: never rendered again. Raises CannotBeOpened."""
    owner = report.engagement_id
    content = Content([owner])
    if revision.pdf_sha256 and revision.pdf:
        return content.unseal_file(owner, bytes(revision.pdf), TABLE, revision.pk)
    body = body_of(revision, content)
    if body is None:
        raise CannotBeOpened
    with translation.override(report.language):
        paper = collect(report, revision, body)
        pdf = render("pdf/report.html", {"paper": paper}, report.language, draft=False, sheet=SHEET)
    sealed = content.seal_file(owner, pdf, TABLE, revision.pk, now=now)
    kept = Revision.objects.filter(pk=revision.pk, pdf=None).update(
        pdf=sealed, pdf_sha256=hashlib.sha256(pdf).hexdigest()
    )
    revision.refresh_from_db()
    if not kept:  # somebody else was first
        return content.unseal_file(owner, bytes(revision.pdf or b""), TABLE, revision.pk)
    return pdf


def draft(report: Report, revision: Revision) -> bytes:
    """Return a wording that nobody was asked about as a file with the word across it; it is not kept."""
    body = body_of(revision, Content([report.engagement_id]))
    if body is None:
        raise CannotBeOpened
    with translation.override(report.language):
        paper = collect(report, revision, body)
        return render("pdf/report.html", {"paper": paper}, report.language, draft=True, sheet=SHEET)


def as_file(report: Report, pdf: bytes) -> HttpResponse:
    """Return the bytes for a browser. The file's name tells nobody who it is about."""
    headers = {"Content-Disposition": f'inline; filename="{NAME}-{report.until:%Y-%m-%d}.pdf"'}
    return HttpResponse(pdf, content_type="application/pdf", headers=headers)
