"""Reading what full crowds have answered: from the database, opened, and put together by crowd and process."""

from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from accounts.models import Practice, User
from evaluations.answers import opened
from evaluations.effects.pool import Crowd, Given, Process
from evaluations.models import Version
from evaluations.questions import Question
from vault.content import Content

COLUMNS = (
    "crowd, owner, lead, form, year, threshold, answered_both, engagement, known, after, round, version, code, figures"
)


class Row(NamedTuple):
    crowd: UUID
    owner: UUID
    lead: UUID
    form: str
    year: int
    threshold: int
    answered_both: int | None
    engagement: UUID
    known: bool
    after: bool
    round: UUID
    version: UUID
    code: bytes | None
    figures: bytes


@dataclass
class Found:
    """Full crowds, and from how many people on all practices that they are of show results."""

    crowds: list[Crowd]
    threshold: int


def crowds_of(user: User, practice: Practice | None) -> Found:
    """Return the full crowds of `practice`, in which `user` supervises; without one those that are the user's own.

    Four queries, however many there are. What cannot be opened any more is an answer that leaves everything out.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {COLUMNS} FROM sec.effect_responses(%s)", [practice.pk if practice else None])  # noqa: S608
        rows = [Row(*each) for each in cursor.fetchall()]
    owners = {row.owner for row in rows}
    content = Content(owners)
    asked = {
        pk: {question.key: question for question in map(Question.of_json, questions)}
        for pk, questions in Version.objects.filter(pk__in={row.version for row in rows}).values_list("pk", "questions")
    }
    crowds: dict[UUID, Crowd] = {}
    processes: dict[UUID, Process] = {}
    for row in rows:
        crowd = crowds.setdefault(row.crowd, Crowd(row.lead, row.form, row.year, row.threshold, row.answered_both))
        process = processes.get(row.engagement)
        if process is None:
            process = processes[row.engagement] = Process(row.known)
            crowd.processes.append(process)
        process.asked[row.after] = asked.get(row.version, {})
        figures = opened(content, row.owner, bytes(row.figures), row.round, "figures")
        process.given[row.after].append(Given(bytes(row.code) if row.code else None, figures))
    sizes = Practice.objects.filter(pk__in=owners).values_list("smallest_group", flat=True)
    return Found(list(crowds.values()), max(sizes, default=0))
