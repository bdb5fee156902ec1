"""Rounds of evaluation as the tests need them: opened, answered by links, and closed as the worker closes them."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from django.db import connection, transaction

from accounts.models import Person, User
from audit import asking
from audit.connecting import as_role
from audit.roles import Role
from engagements.models import Engagement, Participation
from evaluations import answers, links
from evaluations.models import Invitation, Mode, Outcome, Questionnaire, Round, RoundState, Version
from evaluations.questions import Answers, Kind, Question
from tests.conftest import NOW

QUESTIONS = [
    Question("climate", Kind.AGREE, {"en": "We speak about hard things in time.", "fi": "Puhumme ajoissa."},
             theme="dialogue", indicator="climate"),
    Question("energy", Kind.SCALE, {"en": "How much energy do you have for your work?"}, theme="wellbeing"),
    Question("own", Kind.TEXT, {"en": "What would you change?"}),
]  # fmt: skip


def make_version(
    engagement: Engagement, by: User, questions: Sequence[Question] = QUESTIONS, kind: str = "interim"
) -> Version:
    """A questionnaire of the practice, with one version."""
    mine = Questionnaire.objects.create(practice=engagement.practice, kind=kind, name=f"Own {uuid4().hex[:6]}")
    return Version.objects.create(
        questionnaire=mine, questions=[question.as_json() for question in questions], created_by=by
    )


def make_people(engagement: Engagement, by: User, count: int) -> list[Participation]:
    """`count` more supervisees, with addresses."""
    asking.become(by)
    made = []
    for number in range(count):
        person = Person.objects.create(
            practice=engagement.practice, given_name="Osma", family_name=f"Osallistuja {number}", language="en",
            email=f"osma{number}.{uuid4().hex[:6]}@otso.example",
        )  # fmt: skip
        made.append(Participation.objects.create(engagement=engagement, person=person, joined_on=NOW.date()))
    return made


def make_round(
    engagement: Engagement, by: User, *, version: Version | None = None, mode: str = Mode.ANONYMOUS,
    kind: str = "interim", **fields: Any,
) -> Round:  # fmt: skip
    """An open round to which every supervisee is invited."""
    asking.become(by)
    version = version or make_version(engagement, by, kind=kind)
    values = {"opens_on": NOW.date(), "closes_on": NOW.date(), "opened_at": NOW, "state": RoundState.OPEN} | fields
    made = Round.objects.create(
        engagement=engagement, version=version, kind=kind, mode=mode, created_by=by, created_at=NOW, **values
    )
    if made.state == RoundState.OPEN and mode != Mode.OWN:
        Invitation.objects.bulk_create(
            Invitation(round=made, participation=one, person=one.person, sent_for=NOW)
            for one in engagement.participations.current().select_related("person")
        )
    return made


def link_for(invitation: Invitation) -> str:
    """A link as the worker mints it for a mail; in a database of this test's own."""
    with as_role(Role.WORKER):
        return links.mint(invitation.pk)


def give(token: str, given: Answers, *, consents: bool | None = None) -> bool:
    """Answer as the holder of a link does: mark, then put in, in two transactions."""
    standing = links.standing_of(token)
    assert standing
    for step in (1, 2):
        with transaction.atomic():
            asking.become(None)
            asking.come_by_link(standing.link)
            asked = answers.asked()
            if asked is None:
                return False
            if step == 1:
                if not answers.mark_used():
                    return False
                continue
            questions = Version.objects.get(pk=asked.version).asked
            key = links.answer_key(token)
            return answers.put_in(asked, key, questions, given, consents=consents, now=NOW) != answers.Taken.LATE
    return False


def settle(round_: Round, outcome: str = Outcome.SHOWN, how: str = Round.Closed.DATE) -> None:
    """Close the round as the worker does, with an outcome that is given."""
    with as_role(Role.WORKER), connection.cursor() as cursor:
        cursor.execute("SELECT sec.settle_round(%s, %s, %s)", [round_.pk, how, outcome])


def answered(
    engagement: Engagement, lead: User, given: Sequence[Answers], *, outcome: str = Outcome.SHOWN, **fields: Any
) -> Round:
    """A closed round that the first supervisees have answered with `given`, in a database of this test's own."""
    with transaction.atomic():
        made = make_round(engagement, lead, **fields)
        invited = list(made.invitations.order_by("participation__person__email"))
    assert len(invited) >= len(given)
    with as_role(Role.WORKER):
        tokens = [links.mint(invitation.pk) for invitation in invited[: len(given)]]
    consents = True if made.mode == Mode.SHARED else None
    for token, each in zip(tokens, given, strict=True):
        assert give(token, each, consents=consents)
    settle(made, outcome)
    return made
