"""What is said by e-mail of reports: who is asked, reminded, told; that a report has left, or was withdrawn.

Everything follows from the rows. The worker knows who is asked and who has answered, never what a report says; whether
silence counts it is told by the clause. No mail names anybody or carries a word of a report.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Value
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from engagements.models import Participation
from formats.clock import HELSINKI, moment_at
from notifications import samples
from notifications.kinds import Audience, Draft, Kind, Letter, recipient_of
from notifications.models import Message
from notifications.occasions import Stamp, stamp
from reports.models import Answer, Asked, Recipient, Report, ReportState, Verdict

ASKED: Final = "report_asked"
REMINDER: Final = "report_reminder"
RECORDED: Final = "report_recorded"
OBJECTED: Final = "report_objected"
COMPLETE: Final = "report_complete"
RELEASED: Final = "report_released"
WITHDRAWN: Final = "report_withdrawn"
STOPPED: Final = "report_stopped"
OUT: Final = "report_out"

#: The one reminder comes so long before the last day, in the morning.
BEFORE: Final = timedelta(days=2)
MORNING: Final = time(9)
#: For how long something is news.
NEWS: Final = timedelta(days=14)
REACHED: Final = ~Q(participation__person__email="") | Q(participation__person__user__isnull=False)


def said(kind: str, occasion: Any) -> Exists:
    told = Message.objects.filter(kind=kind, obj=OuterRef("pk"), occasion=occasion)
    return Exists(told.exclude(state=Message.State.DROPPED))


def local_day(now: datetime) -> date:
    return now.astimezone(HELSINKI).date()


# --- what is due ----------------------------------------------------------------------------------------------------


def waiting() -> QuerySet[Asked]:
    """Who is asked about the wording that counts, can be reached and has not answered."""
    answered = Answer.objects.filter(revision=OuterRef("revision"), participation=OuterRef("participation"))
    standing = Asked.objects.filter(REACHED, report__state=ReportState.ASKED, revision__number=F("report__revision"))
    return standing.exclude(Exists(answered))


def to_ask(now: datetime) -> Iterator[Draft]:
    for pk, person in waiting().exclude(said(ASKED, Value(""))).values_list("pk", "participation__person"):
        yield Draft(ASKED, pk, "", now, person=person)


def to_remind(now: datetime) -> Iterator[Draft]:
    """Who has not answered, shortly before the end; never on the day on which they were asked."""
    day = local_day(now)
    if now.astimezone(HELSINKI).time() < MORNING:
        return
    due = waiting().filter(answer_by__lte=day + BEFORE, answer_by__gte=day, asked_on__lt=day)
    for pk, person in due.exclude(said(REMINDER, Value(""))).values_list("pk", "participation__person"):
        yield Draft(REMINDER, pk, "", now, person=person)


def answers_lately(now: datetime, **about: Any) -> QuerySet[Answer]:
    open_ones = [ReportState.ASKED, ReportState.HANDED]
    return Answer.objects.filter(at__gt=now - NEWS, report__state__in=open_ones, **about)


def recorded(now: datetime) -> Iterator[Draft]:
    """Whose approval a supervisor wrote down is told so, and may object."""
    rows = answers_lately(now, recorded_by__isnull=False).filter(REACHED).exclude(said(RECORDED, Value("")))
    for pk, person in rows.values_list("pk", "participation__person"):
        yield Draft(RECORDED, pk, "", now, person=person)


def objected(now: datetime) -> Iterator[Draft]:
    rows = answers_lately(now, verdict=Verdict.OBJECTS).exclude(said(OBJECTED, Value("")))
    for pk, lead in rows.values_list("pk", "report__engagement__lead"):
        yield Draft(OBJECTED, pk, "", now, user=lead)


def complete(now: datetime) -> Iterator[Draft]:
    """Whoever leads is told, once for each asking, that nobody is waited for any more and nobody objects."""
    asked = Report.objects.filter(state=ReportState.ASKED).exclude(said(COMPLETE, Stamp(OuterRef("asked_at"))))
    for pk, lead, asked_at in asked.values_list("pk", "engagement__lead", "asked_at"):
        if asked_at and not stops(pk, now):
            yield Draft(COMPLETE, pk, stamp(asked_at), now, user=lead)


def stopped(now: datetime) -> Iterator[Draft]:
    """Whoever leads is told, once for each time, that a report did not leave though it was handed over."""
    rows = Report.objects.filter(stopped_at__gt=now - NEWS).exclude(said(STOPPED, Stamp(OuterRef("stopped_at"))))
    for pk, lead, at in rows.values_list("pk", "engagement__lead", "stopped_at"):
        if at:
            yield Draft(STOPPED, pk, stamp(at), now, user=lead)


def told_to_supervisees(now: datetime) -> Iterator[Draft]:
    """Those whom a report is about are told, when it is out, that they can read it too."""
    reached = ~Q(person__email="") | Q(person__user__isnull=False)
    told = Message.objects.filter(kind=OUT, obj=OuterRef("engagement__reports"), person=OuterRef("person"))
    rows = Participation.objects.current().filter(
        reached, engagement__reports__state=ReportState.RELEASED, engagement__reports__released_at__gt=now - NEWS
    )
    rows = rows.exclude(Exists(told.exclude(state=Message.State.DROPPED)))
    for report, person in rows.values_list("engagement__reports", "person"):
        yield Draft(OUT, report, "", now, person=person)


def out(now: datetime) -> Iterator[Draft]:
    """Who receives a report is told that it is there, and that it was withdrawn."""
    released = Q(report__state=ReportState.RELEASED, report__released_at__gt=now - NEWS)
    withdrawn = Q(report__state=ReportState.WITHDRAWN, report__withdrawn_at__gt=now - NEWS)
    for kind, which in ((RELEASED, released), (WITHDRAWN, withdrawn)):
        told = Message.objects.filter(kind=kind, obj=OuterRef("report"), person=OuterRef("person"))
        rows = Recipient.objects.filter(which).exclude(Exists(told.exclude(state=Message.State.DROPPED)))
        for report, person in rows.values_list("report", "person"):
            yield Draft(kind, report, "", now, person=person)


def stops(report: UUID, now: datetime) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT code FROM sec.report_stops(%s, %s)", [report, now])
        return [row[0] for row in cursor.fetchall()]


def silence_of(report: UUID, now: datetime) -> int | None:
    """Return after how many days silence counts for a report by its clause; None: it never does."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT sec.report_silence(%s, %s)", [report, now])
        row = cursor.fetchone()
    return row[0] if row else None


# --- what the letters say -------------------------------------------------------------------------------------------


def page(name: str, pk: UUID) -> str:
    return settings.SITE_URL + reverse(name, args=[pk])


def asked(messages: Sequence[Message], now: datetime) -> dict[UUID, Letter]:
    """As long as they have not answered and the text they were asked about stands."""
    rows = waiting().filter(pk__in=[message.obj for message in messages], answer_by__gte=local_day(now))
    found = {pk: (report, day) for pk, report, day in rows.values_list("pk", "report", "answer_by")}
    written = {}
    for message in messages:
        report, day = found.get(message.obj, (None, None))
        if report and day and (to := recipient_of(message)):
            context = {"answer_by": day, "link": page("draft:read", report), "silence": silence_of(report, now)}
            written[message.pk] = Letter(to, context, moment_at(day + timedelta(days=1), time()))
    return written


def of_answers(*, to_supervisor: bool) -> Callable[[Sequence[Message], datetime], Mapping[UUID, Letter]]:
    """Letters about an answer, as long as it is the latest of its giver and the report has not left."""

    def letters(messages: Sequence[Message], now: datetime) -> dict[UUID, Letter]:
        later = Answer.objects.filter(
            revision=OuterRef("revision"), participation=OuterRef("participation"), at__gt=OuterRef("at")
        )  # fmt: skip
        rows = answers_lately(now, pk__in=[message.obj for message in messages]).exclude(Exists(later))
        found = dict(rows.values_list("pk", "report"))
        name = "reports:report" if to_supervisor else "draft:read"
        return {
            message.pk: Letter(to, {"link": page(name, found[message.obj])})
            for message in messages
            if message.obj in found and (to := recipient_of(message))
        }

    return letters


def completed(messages: Sequence[Message], now: datetime) -> dict[UUID, Letter]:
    rows = Report.objects.filter(pk__in=[message.obj for message in messages], state=ReportState.ASKED)
    standing = dict(rows.values_list("pk", "asked_at"))
    return {
        message.pk: Letter(to, {"link": page("reports:report", message.obj)})
        for message in messages
        if (at := standing.get(message.obj))
        and stamp(at) == message.occasion
        and not stops(message.obj, now)
        and (to := recipient_of(message))
    }


def of_stopped(messages: Sequence[Message], now: datetime) -> dict[UUID, Letter]:
    """As long as it has not been handed over again."""
    rows = Report.objects.filter(pk__in=[message.obj for message in messages], stopped_at__isnull=False)
    standing = dict(rows.values_list("pk", "stopped_at"))
    return {
        message.pk: Letter(to, {"link": page("reports:release", message.obj)})
        for message in messages
        if (at := standing.get(message.obj)) and stamp(at) == message.occasion and (to := recipient_of(message))
    }


def of_supervisees(messages: Sequence[Message], now: datetime) -> dict[UUID, Letter]:
    """As long as it has not been withdrawn, and to those who are in the process."""
    rows = Participation.objects.current().filter(
        engagement__reports__in=[message.obj for message in messages], engagement__reports__state=ReportState.RELEASED
    )
    found = set(rows.values_list("engagement__reports", "person"))
    return {
        message.pk: Letter(to, {"link": page("draft:read", message.obj)})
        for message in messages
        if (message.obj, message.person_id) in found and (to := recipient_of(message))
    }


def of_state(state: str) -> Callable[[Sequence[Message], datetime], Mapping[UUID, Letter]]:
    """Letters to those who receive a report, as long as it stands so and they receive it."""

    def letters(messages: Sequence[Message], now: datetime) -> dict[UUID, Letter]:
        rows = Recipient.objects.filter(report__in=[message.obj for message in messages], report__state=state)
        found = set(rows.values_list("report", "person"))
        return {
            message.pk: Letter(to, {"link": page("received:report", message.obj)})
            for message in messages
            if (message.obj, message.person_id) in found and (to := recipient_of(message))
        }

    return letters


KINDS = [
    Kind(
        ASKED,
        _("Request to approve a report"),
        "report_asked",
        asked,
        to=Audience.SUPERVISEES,
        rule=_("When a report about them is ready to be read and approved."),
        sample={"answer_by": samples.DAY, "silence": None},
    ),
    Kind(
        REMINDER,
        _("Reminder to approve a report"),
        "report_reminder",
        asked,
        to=Audience.SUPERVISEES,
        rule=_("Once, two days before the last day, to those who have not answered."),
        sample={"answer_by": samples.DAY, "silence": None},
    ),
    Kind(
        RECORDED,
        _("An approval was written down"),
        "report_recorded",
        of_answers(to_supervisor=False),
        to=Audience.SUPERVISEES,
        rule=_("When the supervisor has written down what somebody said in the session."),
        sample={},
    ),
    Kind(
        OBJECTED,
        _("Somebody does not approve a report"),
        "report_objected",
        of_answers(to_supervisor=True),
        can_wait=True,
        to=Audience.SUPERVISORS,
        rule=_("When somebody whom a report is about does not approve it."),
        sample={},
    ),
    Kind(
        COMPLETE,
        _("A report can be handed over"),
        "report_complete",
        completed,
        can_wait=True,
        to=Audience.SUPERVISORS,
        rule=_("When everybody whom a report is about has approved it."),
        sample={},
    ),
    Kind(
        RELEASED,
        _("A report was handed over"),
        "report_released",
        of_state(ReportState.RELEASED),
        to=Audience.CLIENTS,
        rule=_("When a report has been handed over, to those at the client who read reports."),
        sample={},
    ),
    Kind(
        WITHDRAWN,
        _("A report was withdrawn"),
        "report_withdrawn",
        of_state(ReportState.WITHDRAWN),
        to=Audience.CLIENTS,
        rule=_("When a report that was handed over is withdrawn."),
        sample={},
    ),
    Kind(
        STOPPED,
        _("Handing over a report was stopped"),
        "report_stopped",
        of_stopped,
        to=Audience.SUPERVISORS,
        rule=_("When something stopped a report on its way to the client."),
        sample={},
    ),
    Kind(
        OUT,
        _("A report about a process of yours was handed over"),
        "report_out",
        of_supervisees,
        to=Audience.SUPERVISEES,
        rule=_("When a report about them has been handed over to the client."),
        sample={},
    ),
]
PLANNERS = [to_ask, to_remind, recorded, objected, complete, stopped, out, told_to_supervisees]
