"""Beginning a report, writing it, and showing the draft to the supervisees."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final
from uuid import uuid4

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from audit import trail
from engagements.models import Engagement, Event, State, Told
from formats.clock import HELSINKI
from formats.fields import check_length
from reports import allowed
from reports.facts import filled
from reports.models import Kind, Report, ReportState, Revision
from reports.text import MOST, MOST_ROWS, TABLE, Body, Section, canonical, digest
from vault.content import Content

#: A report tells of so long a time at most, and so many may be unfinished at a time.
LONGEST: Final = timedelta(days=3 * 366)
MOST_UNFINISHED: Final = 10
BEGUN_IN: Final = (State.ACTIVE, State.PAUSED, State.CLOSED)


class WrittenMeanwhile(ValidationError):
    """Somebody else wrote another wording since this one was read; nothing is lost, nothing is overwritten."""

    def __init__(self) -> None:
        super().__init__(
            _("Somebody else has changed the report meanwhile. Yours stands here: compare, and save again.")
        )


def blocker_to_beginning(engagement: Engagement) -> str:
    """Return why no report can be begun in `engagement`, or an empty text."""
    if engagement.example:
        return _("The people of an example are made up: nobody could approve or receive a report.")
    if engagement.state not in BEGUN_IN:
        return _("A report is written of a process that is under way or has ended.")
    if Report.objects.filter(engagement=engagement).unfinished().count() >= MOST_UNFINISHED:
        return _("Ten reports are unfinished. Hand over or discard some first.")
    return ""


def check_days(since: date, until: date, today: date) -> None:
    """Raise ValidationError, of the field, for days that no report tells of."""
    if until < since:
        raise ValidationError({"until": _("The last day cannot be before the first.")})
    if until > today:
        raise ValidationError({"until": _("The last day is still to come.")})
    if until - since > LONGEST:
        raise ValidationError({"since": _("A report tells of three years at most.")})


def check_sections(engagement: Engagement, kind: str, names: Sequence[str], now: datetime) -> None:
    """Raise ValidationError, of `sections`, unless the clause names every one of them for a report of this kind."""
    if not names:
        raise ValidationError({"sections": _("Choose at least one section.")})
    found = allowed.sections(engagement, kind, now=now)
    errors = [
        _("%(section)s: %(why)s") % {"section": found[what].label.capitalize(), "why": found[what].why_not}
        for what in names
        if found[what].why_not
    ]
    if errors:
        raise ValidationError({"sections": errors})
    if not set.intersection(*({line.person for line in found[what].lines} for what in names)):
        raise ValidationError(
            {"sections": _("The contract names nobody who may be told all of these together. Make a report of each.")}
        )


@transaction.atomic
def begin(
    engagement: Engagement,
    *,
    kind: str,
    since: date,
    until: date,
    sections: Sequence[str],
    language: str,
    by: User,
    now: datetime,
    corrects: Report | None = None,
) -> Report:
    """Begin a report with the facts that the clause allows, and return it. Supervisors alone see it until it is shared.

    Raises ValidationError with the reason when it cannot be begun so.
    """
    Engagement.objects.select_for_update(no_key=True).get(pk=engagement.pk)
    if why := blocker_to_beginning(engagement):
        raise ValidationError(why)
    if kind not in Kind.values:
        raise ValidationError({"kind": _("Choose one.")})
    check_days(since, until, now.astimezone(HELSINKI).date())
    check_sections(engagement, kind, sections, now)
    report = Report(
        pk=uuid4(), engagement=engagement, kind=kind, since=since, until=until, language=language, corrects=corrects,
        created_by=by, created_at=now,
    )  # fmt: skip
    try:
        with transaction.atomic():
            report.save(force_insert=True)
    except IntegrityError:
        raise ValidationError(_("No report can be begun here now.")) from None
    put(report, Body.of(filled(report, what, by, now) for what in sections), by=by, now=now)
    trail.record(engagement.pk, "report.begun", actor=by, obj=report, data={"kind": kind})
    return report


def put(report: Report, body: Body, *, by: User, now: datetime) -> Revision:
    """Keep `body` as the next wording of `report`: whatever was approved before is void from then on."""
    made = Revision(
        pk=uuid4(), report=report, number=report.revision + 1, sections=body.names, figures=body.figures,
        hash=digest(report, body), by=by, at=now,
    )  # fmt: skip
    owner = report.engagement_id
    made.sealed = Content([owner]).seal_text(owner, canonical(report, body), TABLE, made.pk, now=now)
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError:
        raise WrittenMeanwhile from None
    report.refresh_from_db()
    return made


def check_body(report: Report, body: Body) -> None:
    for section in body.sections:
        check_length(section.text, MOST, section.what)
        if len(section.rows) > MOST_ROWS:
            raise ValidationError({section.what: _("There are too many rows.")})


@transaction.atomic
def write(report: Report, body: Body, *, upon: int, by: User, now: datetime) -> Revision:
    """Keep another wording, written upon wording number `upon`, and return it; the same text again changes nothing.

    Raises WrittenMeanwhile when there is a later one, and ValidationError for a text that is too long, for sections
    that the clause does not name, and for a report that is on its way or out.
    """
    held = Report.objects.select_for_update(no_key=True).get(pk=report.pk)
    if not held.open:
        raise ValidationError(_("The report is on its way to the client: its text stays. Take it back first."))
    if held.revision != upon:
        raise WrittenMeanwhile
    check_body(held, body)
    check_sections(report.engagement, held.kind, body.names, now)
    latest = held.revisions.get(number=upon)
    if latest.hash == digest(held, body):
        return latest
    voided = held.state == ReportState.ASKED
    made = put(held, body, by=by, now=now)
    trail.record(
        held.engagement_id, "report.written", actor=by, obj=held, data={"number": made.number, "voided": voided}
    )
    report.refresh_from_db()
    return made


@transaction.atomic
def fill_again(report: Report, what: str, *, by: User, now: datetime) -> Revision:
    """Take the facts of one section anew; what was written beside them stays. As `write`."""
    from reports.reading import current_body  # reading opens what is written here

    body = current_body(report)
    section = body.section(what)
    if section is None:
        raise ValidationError(_("The report has no such section."))
    fresh = filled(report, what, by, now)
    return write(
        report, body.having(Section(what, fresh.rows, section.text or fresh.text)), upon=report.revision, by=by, now=now
    )


@transaction.atomic
def choose_sections(report: Report, names: Sequence[str], *, upon: int, by: User, now: datetime) -> Revision:
    """Leave exactly the sections `names` in the report: new ones begin with their facts, the others stay as written.

    What stood in a section that goes is in the earlier wording still. As `write`.
    """
    from reports.reading import current_body  # reading opens what is written here

    check_sections(report.engagement, report.kind, names, now)
    body = current_body(report)
    chosen = Body.of(body.section(what) or filled(report, what, by, now) for what in names)
    return write(report, chosen, upon=upon, by=by, now=now)


@transaction.atomic
def correct(report: Report, *, by: User, now: datetime) -> Report:
    """Begin a report that takes the place of one that is out, with its text; it refers to the old one."""
    from reports.reading import current_body  # reading opens what is written here

    if not report.out:
        raise ValidationError(_("Only a report that was handed over is corrected; this one can be changed."))
    body = current_body(report)
    made = begin(
        report.engagement, kind=report.kind, since=report.since, until=report.until, sections=body.names,
        language=report.language, by=by, now=now, corrects=report,
    )  # fmt: skip
    write(made, body, upon=made.revision, by=by, now=now)
    return made


@transaction.atomic
def share(report: Report, *, by: User, now: datetime) -> None:
    """Show the draft to the supervisees, who may from now on comment on it and suggest wordings."""
    shared = Report.objects.filter(pk=report.pk, shared_at=None, state=ReportState.WRITING)
    if not shared.update(shared_at=now, shared_from=report.revision):
        raise ValidationError(_("The supervisees see this report already."))
    report.refresh_from_db()
    Event.tell(report.engagement, Event.Kind.REPORT_SHARED, by=by, now=now, what=report.kind, report=str(report.pk))
    trail.record(report.engagement_id, "report.shared", actor=by, obj=report)


@transaction.atomic
def discard(report: Report, *, by: User, now: datetime) -> None:
    """Throw away a report that was never handed over, with everything said about it."""
    held = Report.objects.select_for_update(no_key=True).get(pk=report.pk)
    if not held.open:
        raise ValidationError(_("A report that was handed over stays."))
    trail.record(held.engagement_id, "report.discarded", actor=by, obj=held)
    held.delete()


def sections_of(report: Report) -> list[str]:
    """Return the names of the sections of the wording that counts."""
    latest: list[str] = report.revisions.values_list("sections", flat=True).get(number=report.revision)
    return [Told(each) for each in latest]
