"""Handing a report over: what stands against it, a while in which it can be taken back, the seal, and withdrawal."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import Error, IntegrityError, connection, transaction
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from audit import trail
from documents.actions import seal_and_keep
from documents.models import SealedFile
from engagements.models import Engagement, Event, Participation, Told
from reports.models import Handover, Report, ReportState, Withdrawal
from reports.reading import current

log = logging.getLogger(__name__)

#: How long handing over can be taken back, before anything is sent or seen.
UNDO: Final = timedelta(minutes=10)

#: Why a report cannot leave, by the code of the database; %(what)s is a section or a person.
WHY: Final[Mapping[str, Promise]] = {
    "empty": gettext_lazy("The report has no section."),
    "clause": gettext_lazy("The clause of the contract does not name this for such a report: %(what)s."),
    "early": gettext_lazy("By the contract this is not told yet of all the days of the report: %(what)s."),
    "before": gettext_lazy("The contract tells this only of a later time than that of the report: %(what)s."),
    "readers": gettext_lazy("The contract names nobody who may be told all of this."),
    "few": gettext_lazy("There are fewer than five supervisees: figures of evaluations are told in words alone."),
    "unasked": gettext_lazy("%(what)s has not been asked for approval."),
    "waiting": gettext_lazy("%(what)s has not answered."),
    "objects": gettext_lazy("%(what)s objects."),
}

OF_PERSONS: Final = ("unasked", "waiting", "objects")


@dataclass(frozen=True)
class Stop:
    """One reason why a report cannot leave: its code, what it is about, and its sentence."""

    code: str
    about: str
    sentence: str

    @property
    def of_person(self) -> bool:
        """Whether it is somebody's approval that is missing."""
        return self.code in OF_PERSONS


def stops(report: Report, *, now: datetime) -> list[Stop]:
    """Return what stands against handing the report over; an empty list when it can be. Two queries."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT code, about FROM sec.why_not_released(%s, %s)", [report.pk, now])
        found: list[tuple[str, str]] = cursor.fetchall()
    people = [about for code, about in found if code in OF_PERSONS]
    names = {
        str(one.pk): one.person.name for one in Participation.objects.filter(pk__in=people).select_related("person")
    }
    return [Stop(code, about, sentence(code, about, names)) for code, about in found]


def sentence(code: str, about: str, names: Mapping[str, str]) -> str:
    what = names.get(about) or (str(Told(about).label) if about in Told.values else _("Somebody"))
    return str(WHY[code]) % {"what": what}


def recipients(report: Report, *, now: datetime) -> list[str]:
    """Return the names of those who will receive the report, or have received it. One query."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT sec.receivers(%s, %s)", [report.pk, now])
        return [row[0] for row in cursor.fetchall()]


@transaction.atomic
def hand_over(report: Report, *, seen: str, by: User, now: datetime) -> None:
    """Hand over the wording whose file has the hash `seen`: it leaves after UNDO, unless it is taken back.

    Raises ValidationError with everything that stands against it, and when it is not the file that was shown.
    """
    from reports.paper import rendered  # WeasyPrint takes a second to import

    held = Report.objects.select_for_update(no_key=True).get(pk=report.pk)
    if not held.open:
        raise ValidationError(_("The report is on its way already."))
    if found := stops(held, now=now):
        raise ValidationError([each.sentence for each in found])
    revision = current(held)
    pdf = rendered(held, revision, now=now)
    if revision.pdf_sha256 != seen:
        raise ValidationError(_("The report has changed since you opened it. Look at the file again."))
    Handover.objects.filter(report=held).delete()
    Handover.objects.create(report=held, pdf=pdf)
    values: dict[str, Any] = {"state": ReportState.HANDED, "handed_at": now, "handed_by": by, "leaves_at": now + UNDO}
    values["stopped_at"] = None
    if held.shared_at is None:  # the supervisees see what the client sees, also where nobody was asked
        values |= {"shared_at": now, "shared_from": held.revision}
    try:
        with transaction.atomic():
            Report.objects.filter(pk=held.pk).update(**values)
    except IntegrityError:
        raise ValidationError(_("Something came up meanwhile. Look at the report again.")) from None
    report.refresh_from_db()
    trail.record(report.engagement_id, "report.handed", actor=by, obj=report, data={"number": report.revision})


@transaction.atomic
def take_back(report: Report, *, by: User, now: datetime) -> None:
    """Take back a report that has not left: nothing was sent, nobody has seen it. Raises ValidationError too late."""
    state = ReportState.WRITING if report.asked_at is None else ReportState.ASKED
    back = Report.objects.filter(pk=report.pk, state=ReportState.HANDED)
    if not back.update(state=state, handed_at=None, handed_by=None, leaves_at=None):
        raise ValidationError(_("The report has left already."))
    report.refresh_from_db()
    trail.record(report.engagement_id, "report.taken_back", actor=by, obj=report)


@transaction.atomic
def withdraw(report: Report, why: str, *, by: User, now: datetime) -> None:
    """Withdraw a report that is out: a dated notice takes its place on the client's pages. Raises ValidationError."""
    if why not in Withdrawal.values:
        raise ValidationError({"why": _("Choose why.")})
    out = Report.objects.filter(pk=report.pk, state=ReportState.RELEASED)
    if not out.update(state=ReportState.WITHDRAWN, withdrawn_at=now, withdrawn_by=by, withdrawn_why=why):
        raise ValidationError(_("Only a report that was handed over can be withdrawn, and once."))
    report.refresh_from_db()
    Event.tell(report.engagement, Event.Kind.REPORT_WITHDRAWN, by=by, now=now, what=report.kind, report=str(report.pk))
    trail.record(report.engagement_id, "report.withdrawn", actor=by, obj=report, data={"why": why})


# --- the worker -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Leaving:
    """A report whose time has come, with its file; None where that is missing or another."""

    report: UUID
    engagement: UUID
    practice: UUID
    name: str
    language: str
    kind: str
    hash: str
    pdf: bytes | None


def move(now: datetime) -> None:
    """Ask who has joined, and let leave what is due. One report that fails holds up no other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT sec.ask_joiners(%s)", [now])
    for one in leaving(now):
        try:
            leave(one, now)
        except (Error, ValueError):
            log.exception("The report %s could not leave.", one.report)


def leaving(now: datetime) -> Sequence[Leaving]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM sec.reports_leaving(%s)", [now])
        return [Leaving(*row) for row in cursor.fetchall()]


def leave(one: Leaving, now: datetime) -> bool:
    """Seal the file and let the report go, in one step, unless something has come up. Return whether it left."""
    if stopped(one, now) or one.pdf is None:
        return False
    with transaction.atomic():
        with translation.override(one.language):
            seal_and_keep(
                one.pdf, kind=SealedFile.Kind.REPORT, obj=one.report, practice=one.practice, stream=one.engagement,
                terms_hash=one.hash, name=one.name, reason=str(SealedFile.Kind.REPORT.label), at=now,
            )  # fmt: skip
        left = asked("SELECT sec.release_report(%s, %s)", one, now)
        if not left:
            transaction.set_rollback(True)
            return False
        tell(one, Event.Kind.REPORT_OUT, now)
        trail.record(one.engagement, "report.released", actor=None, obj=Report(pk=one.report))
    return True


@transaction.atomic
def stopped(one: Leaving, now: datetime) -> bool:
    if not asked("SELECT sec.stop_report(%s, %s)", one, now):
        return False
    tell(one, Event.Kind.REPORT_STOPPED, now)
    trail.record(one.engagement, "report.stopped", actor=None, obj=Report(pk=one.report))
    return True


def tell(one: Leaving, kind: str, now: datetime) -> None:
    Event.tell(Engagement(pk=one.engagement), kind, by=None, now=now, what=one.kind, report=str(one.report))


def asked(question: str, one: Leaving, now: datetime) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(question, [one.report, now])
        return bool(cursor.fetchone()[0])
