"""Reports as the tests need them: a contract whose clause names things, a report on its way, and the worker."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db import transaction

from accounts.models import User
from audit import asking
from audit.connecting import as_role
from audit.roles import Role
from engagements.models import Contract, Participation, Told
from reports.actions import approving, releasing, writing
from reports.models import Report, Verdict
from reports.paper import rendered
from reports.reading import current, current_body
from reports.text import Section
from tests.conftest import NOW, make_next_version

Cast = Any
#: A line of a clause: what, when, whether everybody approves, and after how many days silence counts.
Line = tuple[str, str, str, int | None]
#: What most tests agree on: facts without approval, all else with everybody's.
CLAUSE: Final[Sequence[Line]] = [
    (Told.DATES, "request", "none", None),
    (Told.MINUTES, "request", "none", None),
    (Told.COUNTS, "request", "none", None),
    (Told.GOALS, "request", "everyone", None),
    (Told.THEMES, "request", "everyone", None),
    (Told.AGGREGATES, "request", "everyone", None),
    (Told.TEXT, "request", "everyone", None),
]
#: When reports are written: a month after the contract.
LATER: Final = NOW + timedelta(days=30)
FIRST: Final = NOW.date()
LAST: Final = LATER.date()
#: Where the usual approval ends.
ANSWER_BY: Final = LAST + timedelta(days=10)


def clause(cast: Cast, lines: Sequence[Line] = CLAUSE) -> Contract:
    """Agree on `lines` for the process of the cast, to those who read reports; as its lead."""
    asking.become(cast.lead)
    told = [
        {"what": what, "when": when, "approval": approval, "silence_days": silence}
        for what, when, approval, silence in lines
    ]
    return make_next_version(cast.engagement, told=told)


def begin(
    cast: Cast,
    *sections: str,
    kind: str = "interim",
    text: str = "Olemme puhuneet työnjaosta.",
    since: date = FIRST,
    until: date = LAST,
    now: datetime = LATER,
) -> Report:
    """A report that the lead began, with `text` where a text is told."""
    asking.become(cast.lead)
    report = writing.begin(
        cast.engagement, kind=kind, since=since, until=until, sections=sections or (Told.DATES, Told.TEXT),
        language="fi", by=cast.lead, now=now,
    )  # fmt: skip
    return rewrite(cast, report, text, now=now) if Told.TEXT in sections or not sections else report


def rewrite(cast: Cast, report: Report, text: str, *, now: datetime = LATER) -> Report:
    asking.become(cast.lead)
    report.refresh_from_db()
    body = current_body(report)
    section = body.section(Told.TEXT)
    assert section
    writing.write(
        report, body.having(Section(Told.TEXT, section.rows, text)), upon=report.revision, by=cast.lead, now=now
    )
    return report


def ask(cast: Cast, report: Report, *, answer_by: date = ANSWER_BY, now: datetime = LATER) -> Report:
    asking.become(cast.lead)
    approving.ask(report, answer_by=answer_by, by=cast.lead, now=now)
    return report


def people(cast: Cast) -> list[Participation]:
    asking.become(cast.lead)
    return list(cast.engagement.participations.current().select_related("person__user").order_by("person__sort_key"))


def approve(cast: Cast, report: Report, *, now: datetime = LATER) -> Report:
    """Everybody approves: who has an account by themselves, the others in a session."""
    for one in people(cast):
        report.refresh_from_db()
        asking.become(cast.lead)
        seen = current(report).hash
        if one.person.user:
            asking.become(one.person.user)
            approving.give(report, one, Verdict.APPROVES, seen=seen, by=one.person.user, now=now)
        else:
            approving.record_in_session(report, one, seen=seen, by=cast.lead, now=now)
    asking.become(cast.lead)
    report.refresh_from_db()
    return report


def shown(report: Report, *, now: datetime = LATER) -> str:
    """The hash of the file that the page of handing over shows."""
    revision = current(report)
    rendered(report, revision, now=now)
    revision.refresh_from_db()
    return revision.pdf_sha256


def hand_over(cast: Cast, report: Report, *, now: datetime = LATER) -> Report:
    asking.become(cast.lead)
    releasing.hand_over(report, seen=shown(report, now=now), by=cast.lead, now=now)
    return report


def leave(now: datetime = LATER + releasing.UNDO) -> None:
    """The worker's turn; in a database of the test's own, outside a transaction."""
    with as_role(Role.WORKER):
        releasing.move(now)


def released(cast: Cast, *sections: str, **values: Any) -> Report:
    """A report that has left, in a database of the test's own whose process has the clause."""
    with transaction.atomic():
        report = begin(cast, *sections, **values)
        ask(cast, report)
        approve(cast, report)
        hand_over(cast, report)
    leave()
    with transaction.atomic():
        asking.become(cast.lead)
        report.refresh_from_db()
    return report


def as_(user: User | None) -> None:
    """Let `user` ask for the rest of the transaction."""
    asking.become(user)


def released_report(engagement: str, by: str, rows: str) -> str:
    """SQL for reports that are out, one for each of `rows`: only the worker lets one leave."""
    return f"""
        INSERT INTO reports_report (id, engagement_id, kind, since, until, language, state, revision, created_by_id,
          created_at, handed_at, leaves_at, released_at, withdrawn_why)
          SELECT gen_random_uuid(), {engagement}, 'interim', '2026-10-01', '2026-10-31', 'fi', 'released', 1, {by},
            now(), now(), now(), now(), '' FROM {rows};
    """  # noqa: S608  (ours)
