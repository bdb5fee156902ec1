"""What supervisees say to the draft, and what becomes of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID, uuid4

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from audit import trail
from formats.fields import check_length
from reports.actions.writing import write
from reports.models import Remark, Report
from reports.reading import current_body
from reports.text import Section
from vault.content import Content

TABLE: Final = Remark._meta.db_table
MOST: Final = 5_000
MOST_REMARKS: Final = 200


@transaction.atomic
def remark(report: Report, what: str, quote: str, text: str, *, kind: str, by: User, now: datetime) -> Remark:
    """Say something to the paragraph `quote` of the section `what`, or suggest `text` in its place.

    Raises ValidationError when nothing is said or too much, when the paragraph stands there no more, and when the
    report is no longer written.
    """
    if not report.open:
        raise ValidationError(_("The report is on its way to the client: nothing is changed in it any more."))
    text = text.replace("\r\n", "\n").strip()
    if not text:
        raise ValidationError({"text": _("Write what you think.")})
    check_length(text, MOST, "text")
    section = current_body(report).section(what)
    if section is None or quote not in ["", *section.paragraphs]:
        raise ValidationError(_("This paragraph was changed meanwhile. Look at it again: what you wrote stands here."))
    if report.remarks.count() >= MOST_REMARKS:
        raise ValidationError(_("There are two hundred remarks already. Speak of it together."))
    made = Remark(pk=uuid4(), report=report, what=what, kind=kind, by=by, at=now)
    owner, content = report.engagement_id, Content([report.engagement_id])
    made.quote = content.seal_text(owner, quote, TABLE, made.pk, "quote", now=now) if quote else b""
    made.text = content.seal_text(owner, text, TABLE, made.pk, now=now)
    made.save(force_insert=True)
    trail.record(owner, "report.remarked", actor=by, obj=report, data={"kind": kind})
    return made


@transaction.atomic
def take(one: Remark, *, by: User, now: datetime) -> None:
    """Put the suggested wording in the place of the paragraph it is about: another wording of the report.

    Raises ValidationError for a comment, when it is settled already, when the paragraph has changed, and as `write`.
    """
    if one.kind != Remark.Kind.SUGGESTION:
        raise ValidationError(_("This is a comment, not another wording: answer it."))
    quote, text = opened(one)
    body = current_body(one.report)
    section = body.section(one.what)
    paragraphs = section.paragraphs if section else []
    if section is None or (quote and quote not in paragraphs):
        raise ValidationError(_("The paragraph has changed since: take the wording over by hand, and answer."))
    if quote:
        paragraphs[paragraphs.index(quote)] = text
    else:
        paragraphs.append(text)
    settle(one, Remark.Outcome.TAKEN, "", by=by, now=now)
    changed = body.having(Section(one.what, section.rows, "\n\n".join(paragraphs)))
    write(one.report, changed, upon=one.report.revision, by=by, now=now)


@transaction.atomic
def answer(one: Remark, reply: str, *, by: User, now: datetime) -> None:
    """Answer a remark, which settles it. Raises ValidationError without an answer, and when it is settled already."""
    reply = reply.replace("\r\n", "\n").strip()
    if not reply:
        raise ValidationError({"reply": _("Write an answer.")})
    check_length(reply, MOST, "reply")
    settle(one, Remark.Outcome.ANSWERED, reply, by=by, now=now)


def settle(one: Remark, outcome: str, reply: str, *, by: User, now: datetime) -> None:
    owner = one.report.engagement_id
    sealed = Content([owner]).seal_text(owner, reply, TABLE, one.pk, "reply", now=now) if reply else b""
    settled = Remark.objects.filter(pk=one.pk, outcome="").update(
        outcome=outcome, reply=sealed, settled_by=by, settled_at=now
    )
    if not settled:
        raise ValidationError(_("Somebody else was first: this is settled already."))
    trail.record(owner, "report.remark_settled", actor=by, obj=one.report, data={"outcome": outcome})


@dataclass(frozen=True)
class Said:
    """A remark as it is read. A text that cannot be opened is empty."""

    pk: UUID
    what: str
    kind: str
    quote: str
    text: str
    who: str
    by: UUID
    at: datetime
    outcome: str
    reply: str


def opened_all(report: Report) -> list[Said]:
    """Return everything that was said to a report, the earliest first. Two queries."""
    owner = report.engagement_id
    content = Content([owner])

    def read(one: Remark, column: str, sealed: bytes | memoryview) -> str:
        return content.read_text(owner, sealed, TABLE, one.pk, column) or ""

    return [
        Said(
            one.pk, one.what, one.kind, read(one, "quote", one.quote), read(one, "text", one.text), one.by.name,
            one.by_id, one.at, one.outcome, read(one, "reply", one.reply),
        )
        for one in report.remarks.select_related("by")
    ]  # fmt: skip


def opened(one: Remark) -> tuple[str, str]:
    """Return the paragraph a remark is about, and what it says; empty texts where they cannot be opened."""
    owner = one.report.engagement_id
    content = Content([owner])
    quote = content.read_text(owner, one.quote, TABLE, one.pk, "quote") or ""
    return quote, content.read_text(owner, one.text, TABLE, one.pk) or ""
