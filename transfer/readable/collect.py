"""The processes that somebody leads, with everything of them that they may read, as plain data.

All is asked as the person asking and begins from the processes they lead: what their pages do not show is not here
either. What evaluations were answered is nobody's to take away, nor is what one supervisee writes for themselves alone.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db.models import Model, QuerySet

from accounts.models import User
from billing.models import Line
from engagements.models import Contract, ContractParty, Engagement, Event, Goal, Participation, ReportingClause
from evaluations.models import AgreedChange, Round
from evaluations.results.changes import TABLE as CHANGES
from reports.models import Report
from reports.models.report import Revision
from reports.text import body_of
from sessions.board.actions import TABLE as BOARD
from sessions.closing.agenda import TABLE as AGENDA
from sessions.closing.memo import ADDITION, MEMO
from sessions.models import (
    AgendaItem,
    Attendance,
    BoardEntry,
    Memo,
    MemoAddition,
    Progress,
    Session,
    SessionWord,
    Task,
    TaskAnswer,
)
from sessions.models.task import TABLE as TASKS
from sessions.models.task_answer import ANSWERS
from sessions.progress.actions import TABLE as PROGRESS
from vault.content import Content

Row = dict[str, Any]
#: What no reader needs: keys of ours, what is computed, and hashes of links.
HIDDEN: Final = {"sort_key", "sequence", "token_hash", "example", "step", "copied_from"}


@dataclass(frozen=True)
class Process:
    """One process as it leaves: its own row, and everything that belongs to it by what it is."""

    pk: UUID
    name: str
    about: Row
    parts: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))

    def data(self) -> Row:
        return {**self.about, **self.parts}


def plain(value: Any) -> Any:
    """Return a value as JSON has it: moments with their offset, amounts as text so that none is rounded."""
    if isinstance(value, UUID | Decimal):
        return str(value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return value


def row_of(row: Model, **more: Any) -> Row:
    """Return the columns of a row that are no bytes, and `more`."""
    found: Row = {}
    for column in row._meta.concrete_fields:
        if column.name not in HIDDEN and column.get_internal_type() != "BinaryField":
            found[column.attname] = plain(getattr(row, column.attname))
    return found | more


def processes_of(user: User) -> list[Process]:
    """Return every process that `user` leads, the example left out. About thirty queries, whatever their number."""
    led = Engagement.objects.led_by(user).without_examples().select_related("client", "lead").order_by("sort_key", "pk")
    found = {
        each.pk: Process(
            each.pk, each.title, row_of(each, client=each.client.name if each.client else "", lead=each.lead.full_name)
        )
        for each in led
    }
    add = Adding(found, Content(found))
    agreed(add)
    met(add)
    worked(add)
    looked_back(add)
    return list(found.values())


@dataclass(frozen=True)
class Adding:
    """The processes that are filled, and the content keys that open what is theirs."""

    processes: Mapping[UUID, Process]
    content: Content

    def of(self, rows: "QuerySet[Any]", path: str = "engagement") -> "QuerySet[Any]":
        return rows.filter(**{f"{path}__in": list(self.processes)})

    def put(self, what: str, engagement: UUID, row: Row) -> None:
        self.processes[engagement].parts[what].append(row)

    def text(self, engagement: UUID, sealed: bytes, table: str, row: UUID, column: str = "text") -> str | None:
        """Return an opened text; None, which JSON says as null, when it does not open any more."""
        return self.content.read_text(engagement, sealed, table, row, column)


def agreed(add: Adding) -> None:
    """Who is in it, what was agreed, what for."""
    for each in add.of(Participation.objects.select_related("person")):
        person = each.person
        said = {"given_name": person.given_name, "family_name": person.family_name, "email": person.email}
        add.put("participants", each.engagement_id, row_of(each, **said))
    for contract in add.of(Contract.objects.order_by("version")):
        add.put("contracts", contract.engagement_id, row_of(contract))
    path = "contract__engagement"
    for party in add.of(ContractParty.objects.select_related("contract", "person", "user"), path):
        who = party.person.name if party.person else party.user.full_name if party.user else ""
        add.put("contract_parties", party.contract.engagement_id, row_of(party, name=who))
    for clause in add.of(ReportingClause.objects.select_related("contract"), path):
        if clause.contract:
            add.put("reporting_clauses", clause.contract.engagement_id, row_of(clause))
    for goal in add.of(Goal.objects.all()):
        add.put("goals", goal.engagement_id, row_of(goal))
    for event in add.of(Event.objects.order_by("at", "pk")):
        add.put("timeline", event.engagement_id, row_of(event))


def met(add: Adding) -> None:
    """When they met, who was there, what was said together."""
    sessions: dict[UUID, UUID] = {}
    for each in add.of(Session.objects.order_by("starts_at")):
        sessions[each.pk] = each.engagement_id
        add.put("sessions", each.engagement_id, row_of(each))
    path = "session__engagement"
    for one in add.of(Attendance.objects.all(), path):
        add.put("attendance", sessions[one.session_id], row_of(one))
    for memo in add.of(Memo.objects.all(), path):
        owner = sessions[memo.session_id]
        add.put("memos", owner, row_of(memo, text=add.text(owner, memo.sealed, MEMO, memo.pk)))
    for added in add.of(MemoAddition.objects.all(), path):
        owner = sessions[added.session_id]
        add.put("memo_additions", owner, row_of(added, text=add.text(owner, added.sealed, ADDITION, added.pk)))
    for point in add.of(AgendaItem.objects.all(), path):
        owner = sessions[point.session_id]
        add.put("agenda", owner, row_of(point, text=add.text(owner, point.sealed, AGENDA, point.pk)))
    for word in add.of(SessionWord.objects.select_related("word"), path):
        said = {"word": word.word.text, "kind": word.word.kind}
        add.put("methods_and_themes", sessions[word.session_id], row_of(word, **said))


def worked(add: Adding) -> None:
    """What was done between the sessions."""
    tasks: dict[UUID, UUID] = {}
    for task in add.of(Task.objects.order_by("created_at")):
        tasks[task.pk] = task.engagement_id
        text = add.text(task.engagement_id, task.text, TASKS, task.pk)
        add.put("tasks", task.engagement_id, row_of(task, text=text))
    given = TaskAnswer.objects.exclude(answered_at=None)
    for answer in add.of(given, "task__engagement"):
        owner = tasks[answer.task_id]
        add.put("task_answers", owner, row_of(answer, text=add.text(owner, answer.text, ANSWERS, answer.pk)))
    for step in add.of(Progress.objects.all()):
        remark = add.text(step.engagement_id, step.remark, PROGRESS, step.pk, "remark")
        add.put("progress", step.engagement_id, row_of(step, remark=remark))
    for entry in add.of(BoardEntry.objects.filter(removed_at=None)):
        add.put(
            "board", entry.engagement_id, row_of(entry, text=add.text(entry.engagement_id, entry.text, BOARD, entry.pk))
        )


def looked_back(add: Adding) -> None:
    """How it was evaluated, what was reported, what was invoiced. What people answered stays where it is."""
    for each in add.of(Round.objects.order_by("opens_on", "pk")):
        add.put("evaluation_rounds", each.engagement_id, row_of(each))
    for change in add.of(AgreedChange.objects.all()):
        text = add.text(change.engagement_id, change.text, CHANGES, change.pk)
        add.put("agreed_changes", change.engagement_id, row_of(change, text=text))
    reports: dict[UUID, Report] = {each.pk: each for each in add.of(Report.objects.order_by("created_at"))}
    revisions = latest(Revision.objects.filter(report__in=list(reports)).select_related("report"))
    for report in reports.values():
        revision = revisions.get(report.pk)
        body = body_of(revision, add.content) if revision else None
        sections = [{"what": one.what, "facts": one.rows, "text": one.text} for one in body.sections] if body else []
        add.put("reports", report.engagement_id, row_of(report, sections=sections))
    for line in add.of(Line.objects.order_by("at", "position")):
        add.put("invoiced", line.engagement_id, row_of(line))


def latest(revisions: Iterable[Revision]) -> dict[UUID, Revision]:
    found: dict[UUID, Revision] = {}
    for each in revisions:
        if each.report_id not in found or found[each.report_id].number < each.number:
            found[each.report_id] = each
    return found
