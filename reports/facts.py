"""What a draft begins with: the facts of its days, in words of its language. A section is filled by its name alone."""

from collections.abc import Callable, Mapping
from datetime import datetime, time, timedelta
from typing import Final

from django.db.models import Count
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from engagements.models import Goal, Told
from evaluations.models import Mode, Outcome, QuestionnaireKind, Round
from evaluations.results.reading import results_of
from formats.clock import HELSINKI, moment_at, write_hours
from formats.days import write_day
from reports.models import Report
from reports.text import Section
from sessions.models import Attendance, Session, SessionState, SessionWord, Task, Word

#: Fewer supervisees than this, and figures of evaluations are told in words alone (promise 4).
FEWEST: Final = 5
Rows = tuple[tuple[str, str], ...]


def held(report: Report) -> list[Session]:
    """Sessions held on the days of the report, the earliest first."""
    begins, ends = moment_at(report.since, time()), moment_at(report.until + timedelta(days=1), time())
    found = Session.objects.filter(engagement=report.engagement_id, state=SessionState.HELD).between(begins, ends)
    return list(found.order_by("starts_at", "pk"))


def dates(report: Report, by: User, now: datetime) -> Section:
    days = [each.starts_at.astimezone(HELSINKI).date() for each in held(report)]
    head = ngettext("%(count)d session held", "%(count)d sessions held", len(days)) % {"count": len(days)}
    return Section(Told.DATES, ((head, ""), *((write_day(day), "") for day in days)))


def minutes(report: Report, by: User, now: datetime) -> Section:
    return Section(Told.MINUTES, ((_("Held in all"), write_hours(sum(each.minutes for each in held(report)))),))


def counts(report: Report, by: User, now: datetime) -> Section:
    sessions = held(report)
    present = Attendance.objects.filter(session__in=sessions, presence=Attendance.Presence.PRESENT).count()
    present += sum(each.unnamed for each in sessions)
    return Section(Told.COUNTS, ((_("Attendances in all"), str(present)),))


def names(report: Report, by: User, now: datetime) -> Section:
    there = report.engagement.participations.current().select_related("person").order_by("person__sort_key")
    return Section(Told.NAMES, tuple((each.person.name, "") for each in there))


def goals(report: Report, by: User, now: datetime) -> Section:
    """Goals that are shared; what is one's own is told to nobody."""
    shared = Goal.objects.filter(engagement=report.engagement_id, owner=None).order_by("position", "pk")
    return Section(Told.GOALS, tuple((goal.text, "") for goal in shared))


def themes(report: Report, by: User, now: datetime) -> Section:
    """The themes that were picked for its sessions, the most frequent first: to be thought over, not as a count."""
    words = SessionWord.objects.filter(session__in=held(report), word__kind=Word.Kind.THEME)
    counted = words.values("word__text").annotate(times=Count("pk")).order_by("-times", "word__text")
    picked = counted.values_list("word__text", flat=True)
    return Section(Told.THEMES, (), "\n".join(f"- {word}" for word in picked))


def aggregates(report: Report, by: User, now: datetime) -> Section:
    """Medians that everybody in the process has seen, of rounds closed by the last day. Below five: words alone."""
    if report.engagement.participations.current().count() < FEWEST:
        return Section(Told.AGGREGATES)
    rows: list[tuple[str, str]] = []
    for one in rounds(report):
        found = results_of(one, by, now)
        told = [each for each in found.figures if each.shown]
        if told:
            rows.append((f"{found.about.kind}, {write_day(found.about.day)}", ""))
        rows += [
            (each.words, _("median %(median)s, half of the answers %(half)s, %(count)d answers")
             % {"median": each.median, "half": each.half, "count": each.shown.n})
            for each in told
            if each.shown
        ]  # fmt: skip
    return Section(Told.AGGREGATES, tuple(rows))


def rounds(report: Report) -> list[Round]:
    """Rounds of which figures may reach the client: what a group shares it shares within itself alone."""
    told = Round.objects.closed().filter(
        engagement=report.engagement_id,
        mode__in=[Mode.ANONYMOUS, Mode.CODED],
        outcome=Outcome.SHOWN,
        closed_at__lt=moment_at(report.until + timedelta(days=1), time()),
    )
    found = told.exclude(kind=QuestionnaireKind.ORDERER)
    found = found.select_related("version", "engagement__practice", "engagement__lead")
    return list(found.order_by("closed_at", "pk"))


def text(report: Report, by: User, now: datetime) -> Section:
    """That there were tasks, in general."""
    given = Task.objects.filter(
        engagement=report.engagement_id, to_all=True, created_at__gte=moment_at(report.since, time()),
        created_at__lt=moment_at(report.until + timedelta(days=1), time()),
    ).count()  # fmt: skip
    if not given:
        return Section(Told.TEXT)
    said = ngettext(
        "We worked on %(count)d task between the sessions.",
        "We worked on %(count)d tasks between the sessions.",
        given,
    )
    return Section(Told.TEXT, (), said % {"count": given})


FILLED: Final[Mapping[str, Callable[[Report, User, datetime], Section]]] = {
    Told.DATES: dates, Told.MINUTES: minutes, Told.COUNTS: counts, Told.NAMES: names, Told.GOALS: goals,
    Told.THEMES: themes, Told.AGGREGATES: aggregates, Told.TEXT: text,
}  # fmt: skip
#: Sections whose text a supervisor writes; of the others the facts are taken as they are.
WRITTEN: Final = (Told.GOALS, Told.THEMES, Told.AGGREGATES, Told.TEXT)


def filled(report: Report, what: str, by: User, now: datetime) -> Section:
    """Return the section `what` with the facts of the days of `report`, in its language, as `by` may see them."""
    with translation.override(report.language):
        return FILLED[what](report, by, now)
