"""Answers on their way in, and out again: sealed, put in by one who came by a link, and read where that is allowed.

What is chosen is sealed under the practice's key, what is written under the engagement's. Both are bound to their round
and not to a row, since rows of a round are written anew whenever an answer comes.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from django.db import connection

from evaluations.models import Mode, Response, Round
from evaluations.questions import Answers, Kind, Question
from vault.blobs import Unopenable
from vault.content import Content

TABLE: Final = Response._meta.db_table


@dataclass(frozen=True)
class Asked:
    """What a visitor who came by a link is asked, by whom, in which confidence."""

    link: UUID
    invitation: UUID
    round: UUID
    version: UUID
    engagement: UUID
    practice: UUID
    mode: Mode
    participation: UUID | None
    person: UUID | None
    user: UUID | None
    title: str
    practice_name: str
    lead_name: str


def asked() -> Asked | None:
    """Return what the visitor is asked who came by link (`audit.asking.come_by_link`); None when it is over."""
    with connection.cursor() as cursor:
        cursor.execute(
            'SELECT link, invitation, round, version, engagement, practice, mode, participation, person, "user", title,'
            " practice_name, lead_name FROM sec.answering()"
        )
        row = cursor.fetchone()
    return Asked(*(*row[:6], Mode(row[6]), *row[7:])) if row else None


def mark_used() -> bool:
    """Mark the visitor's invitation as answered; False when it was, by another link. The first of two transactions."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT sec.mark_used()")
        row = cursor.fetchone()
    return bool(row and row[0])


class Taken(StrEnum):
    """What became of answers that were sent: they are in now, others were in before by the same link, or too late."""

    IN = "in"
    BEFORE = "before"
    LATE = "late"


def put_in(
    asked: Asked,
    key: bytes,
    questions: Sequence[Question],
    answers: Answers,
    *,
    consents: bool | None = None,
    now: datetime,
) -> Taken:
    """Put the visitor's answers in, under the `key` of their link; the second of two transactions.

    Put in twice under one key they stand there once, as they came first. Too late when the invitation is not marked as
    answered by this link, or when the round has closed. `consents` counts where answers are by name or shared: who says
    no leaves no answers, whatever was given.
    """
    content = Content([asked.practice, asked.engagement])
    written = {question.key for question in questions if question.kind == Kind.TEXT}
    figures = json.dumps({key: value for key, value in answers.items() if key not in written})
    texts = json.dumps({key: value for key, value in answers.items() if key in written}, ensure_ascii=False)
    code = None
    if asked.mode == Mode.CODED and asked.participation:
        code = content.pseudonym(asked.engagement, asked.participation, now=now)
    sealed_figures = content.seal_text(asked.practice, figures, TABLE, asked.round, "figures", now=now)
    sealed_texts = content.seal_text(asked.engagement, texts, TABLE, asked.round, "texts", now=now)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sec.put_response(%s, %s, %s, %s, %s)", [key, sealed_figures, sealed_texts, code, consents]
        )
        row = cursor.fetchone()
    return Taken(row[0]) if row else Taken.LATE


@dataclass(frozen=True)
class Given:
    """The answers of one respondent to a closed round. Who it is stands here only by name, by consent."""

    figures: Answers
    texts: Mapping[str, str]
    code: bytes | None
    participation: UUID | None
    person: UUID | None
    user: UUID | None


def answers_to(rounds: Iterable[Round]) -> dict[UUID, list[Given]]:
    """Return what may be read of closed rounds, by round, in no order: two queries, however many rounds.

    `engagement` is selected with each. What the asker may not see, and what its round's outcome withholds, is not in
    it; nor what cannot be opened any more, because its key was destroyed on the contract's date.
    """
    by_id = {each.pk: each for each in rounds}
    found: dict[UUID, list[Given]] = {pk: [] for pk in by_id}
    if not by_id:
        return found
    owners = {owner for each in by_id.values() for owner in (each.engagement.practice_id, each.engagement_id)}
    content = Content(owners)
    with connection.cursor() as cursor:
        cursor.execute(
            'SELECT round, figures, texts, code, participation, person, "user" FROM sec.responses_of(%s::uuid[])',
            [list(by_id)],
        )
        rows = cursor.fetchall()
    for pk, figures, texts, code, participation, person, user in rows:
        engagement = by_id[pk].engagement
        found[pk].append(
            Given(
                opened(content, engagement.practice_id, bytes(figures), pk, "figures"),
                opened(content, engagement.pk, bytes(texts), pk, "texts"),
                bytes(code) if code else None,
                participation,
                person,
                user,
            )
        )
    return found


def opened(content: Content, owner: UUID, sealed: bytes, round_: UUID, column: str) -> dict[str, Any]:
    try:
        text = content.unseal_text(owner, sealed, TABLE, round_, column)
    except Unopenable:
        return {}
    values: dict[str, Any] = json.loads(text) if text else {}
    return values
