"""Processes that have been asked before and after, as the tests of effects need them."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.db import transaction

from accounts.models import ClientOrganisation, Person, Practice, User
from audit import asking
from audit.connecting import as_role
from audit.roles import Role
from engagements.models import Engagement, Form, Participation, State
from evaluations.answers import TABLE
from evaluations.effects.crowds import enter
from evaluations.models import (
    Invitation,
    Link,
    Mode,
    Outcome,
    Questionnaire,
    Response,
    Round,
    RoundState,
    Used,
    Version,
)
from evaluations.questions import Answers, Kind, Question
from tests.conftest import NOW
from vault.content import Content

ASKED = [
    Question("climate", Kind.AGREE, {"en": "We speak about hard things in time.", "fi": "Puhumme ajoissa vaikeista."},
             theme="dialogue", indicator="climate"),
    Question("energy", Kind.SCALE, {"en": "How much energy do you have for your work?", "fi": "Miten jaksat työssäsi?"},
             theme="wellbeing", indicator="coping"),
]  # fmt: skip

#: What one respondent chose, before and after; None: they did not answer that round.
Pair = tuple[Answers | None, Answers | None]


def versions(practice: Practice, by: User, questions: Sequence[Question] = ASKED) -> dict[str, Version]:
    """A baseline and a final questionnaire that ask the same."""
    found = {}
    with asking.acting_as(by):
        for kind in ("baseline", "final"):
            mine = Questionnaire.objects.create(practice=practice, kind=kind, name=f"Own {uuid4().hex[:6]}")
            found[kind] = Version.objects.create(
                questionnaire=mine, questions=[each.as_json() for each in questions], created_by=by
            )
    return found


def process(
    practice: Practice, lead: User, asked: dict[str, Version], pairs: Sequence[Pair], *, form: str = Form.GROUP,
    mode: str = Mode.ANONYMOUS, outcomes: tuple[str, str] = (Outcome.SHOWN, Outcome.SHOWN), threshold: int = 5,
    people: Sequence[Person] = (), client: ClientOrganisation | None = None, now: datetime = NOW, **fields: Any,
) -> Round:  # fmt: skip
    """The final round of a process that has been asked before and after, with rows as its closing leaves them.

    Written as the owner, in a database of this test's own: nobody has opened a link.
    """
    with as_role(Role.OWNER), transaction.atomic():
        values = {"state": State.ACTIVE, "starts_on": now.date(), "language": "en"} | fields
        engagement = Engagement.objects.create(
            practice=practice, lead=lead, client=client, title=f"Oksa {uuid4().hex[:4]}", form=form, **values
        )
        made = [
            people[number] if number < len(people)
            else Person(practice=practice, given_name="Osma", family_name=f"Osallistuja {number}", language="en")
            for number in range(len(pairs))
        ]  # fmt: skip
        Person.objects.bulk_create(each for each in made if each._state.adding)
        parts = [Participation(engagement=engagement, person=person, joined_on=now.date()) for person in made]
        Participation.objects.bulk_create(parts)
        content, last = Content([practice.pk, engagement.pk]), None
        for which, kind in enumerate(("baseline", "final")):
            last = Round.objects.create(
                engagement=engagement, version=asked[kind], kind=kind, mode=mode, state=RoundState.CLOSED,
                outcome=outcomes[which], threshold=threshold, opens_on=now.date(), closes_on=now.date(),
                created_by=lead, created_at=now, opened_at=now, closed_at=now + timedelta(hours=which),
                closed_how="date",
            )  # fmt: skip
            answered(last, parts, [pair[which] for pair in pairs], content, now)
        assert last
        return last


def answered(
    round_: Round, parts: Sequence[Participation], given: Sequence[Answers | None], content: Content, now: datetime
) -> None:
    engagement = round_.engagement
    invited = [Invitation(round=round_, participation=part, person=part.person) for part in parts]
    Invitation.objects.bulk_create(invited)
    links = [Link(invitation=each, token_hash=uuid4().bytes * 2) for each in invited]
    Link.objects.bulk_create(links)
    used, responses = [], []
    for link, part, answers in zip(links, parts, given, strict=True):
        if answers is None:
            continue
        used.append(Used(invitation=link.invitation, link=link))
        sealed = content.seal_text(engagement.practice_id, json.dumps(answers), TABLE, round_.pk, "figures", now=now)
        coded = round_.mode == Mode.CODED
        code = content.pseudonym(engagement.pk, part.pk, now=now) if coded else None
        responses.append(Response(round=round_, figures=sealed, texts=b"", code=code))
    Used.objects.bulk_create(used)
    Response.objects.bulk_create(responses)


def entered(round_: Round, now: datetime = NOW) -> bool:
    """Let the process of a closed round in, as the worker does."""
    with as_role(Role.WORKER):
        return enter(round_.pk, now)


def whole(number: int = 0, size: int = 6) -> list[Pair]:
    """Answers of a group, spread out: before around the middle, after a step higher."""
    return [
        (
            {"climate": 2 + (one + number) % 3, "energy": 3 + one % 4},
            {"climate": 3 + (one + number) % 3, "energy": 5 + one % 4},
        )
        for one in range(size)
    ]  # fmt: skip
