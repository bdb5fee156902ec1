"""Approval of the exact text: who is asked, what they answer, and how it stands.

Written rules for people who come and go meanwhile: whoever joins is asked too, with as much time as the others had;
whoever leaves may still object until their time is over, and is not waited for after that; an objection stands until
its giver takes it back or the text is changed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError, connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from audit import trail
from engagements.models import Event, Participation
from formats.clock import HELSINKI
from formats.fields import check_length
from reports import allowed
from reports.models import Answer, Asked, Report, ReportState, Verdict
from reports.reading import current
from vault.content import Content

TABLE: Final = Answer._meta.db_table
MOST_REASON: Final = 2_000
#: How much time people are given, at least and at most, in days.
SHORTEST: Final = 2
LONGEST: Final = 60
USUAL: Final = 10

#: The sentence for each rule by which the database refuses an answer.
REFUSED: Final[Mapping[str, str]] = {
    "answer_is_to_this_text": "text",
    "answer_in_time": "time",
    "answer_is_asked_for": "asked",
    "answer_is_their_own": "own",
}


@dataclass(frozen=True)
class Standing:
    """How one supervisee stands to the wording that counts.

    how: approves, objects, waiting, unasked; silent: their time is over and silence counts; left: as that, of one who
    is in the process no more. `recorded`: a supervisor wrote it down in a session.
    """

    participation: UUID
    how: str
    answer_by: date | None
    at: datetime | None
    recorded: bool

    @property
    def settled(self) -> bool:
        return self.how in ("approves", "silent", "left")


def standings(report: Report, now: datetime) -> list[Standing]:
    """Return how everybody stands whose approval it takes: a supervisor sees all, a supervisee their own. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT participation, how, answer_by, answered_at, recorded_by FROM sec.approvals_of(%s, %s)",
            [report.pk, now],
        )
        return [Standing(who, how, day, at, by is not None) for who, how, day, at, by in cursor.fetchall()]


def in_numbers(report: Report, now: datetime) -> tuple[int, int, int]:
    """Return how many are settled, how many object, and of how many, to everybody in the process. One query."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT settled, objects, needed FROM sec.approvals_in_numbers(%s, %s)", [report.pk, now])
        row: tuple[int, int, int] = cursor.fetchone() or (0, 0, 0)
    return row


def silence(report: Report, now: datetime) -> int | None:
    """Return after how many days silence counts for this report by the clause; None: it never does."""
    found = allowed.lines(report.engagement_id, report.kind, now=now)
    return allowed.silence_of(found, current(report).sections)


@transaction.atomic
def ask(report: Report, *, answer_by: date, by: User, now: datetime) -> None:
    """Ask every supervisee to approve the wording that counts, until the end of `answer_by`.

    Where silence counts, it takes at least as many days as the clause says. Raises ValidationError with the reason.
    """
    from reports.paper import rendered  # WeasyPrint takes a second to import

    held = Report.objects.select_for_update(no_key=True).get(pk=report.pk)
    if held.state != ReportState.WRITING:
        raise ValidationError(_("Approval of this wording has been asked for already."))
    revision = current(held)
    found = allowed.lines(held.engagement_id, held.kind, now=now)
    if not allowed.needs_approval(found, revision.sections):
        raise ValidationError(_("The clause asks for nobody’s approval of this report: it can be handed over."))
    today = now.astimezone(HELSINKI).date()
    least = max(SHORTEST, allowed.silence_of(found, revision.sections) or 0)
    if answer_by < today + timedelta(days=least):
        sentence = ngettext("Give them at least %(count)d day.", "Give them at least %(count)d days.", least)
        raise ValidationError({"answer_by": sentence % {"count": least}})
    if answer_by > today + timedelta(days=LONGEST):
        raise ValidationError({"answer_by": _("Give them two months at most.")})
    people = list(held.engagement.participations.current())
    if not people:
        raise ValidationError(_("There is nobody in the process who could approve."))
    if not revision.pdf_sha256:
        rendered(held, revision, now=now)
    values = {"state": ReportState.ASKED, "asked_at": now, "answer_by": answer_by}
    if held.shared_at is None:
        values |= {"shared_at": now, "shared_from": held.revision}
    Report.objects.filter(pk=held.pk).update(**values)
    Asked.objects.bulk_create(
        [
            Asked(report=held, revision=revision, participation=one, asked_on=today, answer_by=answer_by)
            for one in people
        ]
    )
    report.refresh_from_db()
    Event.tell(report.engagement, Event.Kind.REPORT_ASKED, by=by, now=now, what=report.kind, report=str(report.pk))
    trail.record(report.engagement_id, "report.asked", actor=by, obj=report, data={"number": report.revision})


@transaction.atomic
def extend(report: Report, *, answer_by: date, by: User, now: datetime) -> None:
    """Give everybody more time; never less. Raises ValidationError."""
    if report.state != ReportState.ASKED or report.answer_by is None:
        raise ValidationError(_("Nobody is asked at the moment."))
    if answer_by <= report.answer_by or answer_by > now.astimezone(HELSINKI).date() + timedelta(days=LONGEST):
        raise ValidationError({"answer_by": _("Choose a later day, two months from now at most.")})
    Asked.objects.filter(report=report, revision__number=report.revision, answer_by__lt=answer_by).update(
        answer_by=answer_by
    )
    Report.objects.filter(pk=report.pk).update(answer_by=answer_by)
    report.refresh_from_db()
    trail.record(report.engagement_id, "report.extended", actor=by, obj=report)


@transaction.atomic
def give(
    report: Report, participation: Participation, verdict: str, *, reason: str = "", seen: str, by: User, now: datetime
) -> Answer:
    """Keep what a supervisee says to the text whose hash they had before them, `seen`. It may be said anew; the latest
    counts. Raises ValidationError: another text, not asked, no reason for an objection.
    """
    reason = reason.replace("\r\n", "\n").strip()
    if verdict == Verdict.OBJECTS and not reason:
        raise ValidationError({"reason": _("Say what you object to, so that it can be changed.")})
    check_length(reason, MOST_REASON, "reason")
    return keep(report, participation, verdict, reason if verdict == Verdict.OBJECTS else "", seen, None, by, now)


@transaction.atomic
def record_in_session(report: Report, participation: Participation, *, seen: str, by: User, now: datetime) -> Answer:
    """Write down that a supervisee approved in a session. It is told to them, and they may still object.

    What they have answered themselves is never put aside so. Raises ValidationError.
    """
    return keep(report, participation, Verdict.APPROVES, "", seen, by, by, now)


def keep(
    report: Report, participation: Participation, verdict: str, reason: str, seen: str, recorded_by: User | None,
    by: User, now: datetime,
) -> Answer:  # fmt: skip
    made = Answer(
        pk=uuid4(), report=report, revision=current(report), participation=participation, verdict=verdict, hash=seen,
        recorded_by=recorded_by, at=now,
    )  # fmt: skip
    owner = report.engagement_id
    if reason:
        made.reason = Content([owner]).seal_text(owner, reason, TABLE, made.pk, "reason", now=now)
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except (DataError, IntegrityError) as error:  # what `seen` was sent as may be no hash at all
        raise ValidationError(why_refused(str(error))) from None
    report.refresh_from_db()
    data: dict[str, trail.Value] = {"verdict": verdict, "recorded": recorded_by is not None}
    trail.record(owner, "report.answered", actor=by, obj=report, data=data)
    return made


def why_refused(error: str) -> str:
    """Return the sentence for the rule by which the database refused an answer."""
    which = next((short for rule, short in REFUSED.items() if rule in error), "text")
    return {
        "text": _("The text has changed since you opened it. Read it again, and answer then."),
        "time": _("The report has left already, or nobody is asked about it now."),
        "asked": _("This person has not been asked about this text."),
        "own": _("They have answered themselves; nothing is recorded over that."),
    }[which]


def reasons(report: Report, answers: Sequence[Answer]) -> dict[UUID, str]:
    """Return the reason of each objection, by its answer."""
    owner = report.engagement_id
    content = Content([owner])
    return {
        each.pk: content.read_text(owner, each.reason, TABLE, each.pk, "reason") or ""
        for each in answers
        if each.reason
    }
