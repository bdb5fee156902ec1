"""Changing what a questionnaire asks. What was asked stays as it was: then a change makes a new version.

Whoever changes something says upon which state they saw it (`rev`). When it is another by now, nothing is written and
they are told.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import uuid4

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext

from accounts.models import User
from evaluations.bank import GOALS, OURS
from evaluations.models import Questionnaire, Version
from evaluations.questionnaires import rules
from evaluations.questions import Question


class Meanwhile(ValidationError):
    """Somebody has changed the questionnaire since it was looked at."""

    def __init__(self) -> None:
        super().__init__(gettext("The questionnaire was changed meanwhile. Look at it as it is now, and save again."))


@dataclass(frozen=True)
class Written:
    """The version that stands now, and whether it is a new one because the one before had been asked."""

    version: Version
    anew: bool


def newest_of(questionnaire: Questionnaire) -> Version:
    """Return the newest version; every questionnaire has one."""
    return questionnaire.versions.latest("number")


def rev_of(questionnaire: Questionnaire, newest: Version) -> str:
    """Return what tells one state of a questionnaire from another."""
    state = [questionnaire.name, questionnaire.kind, newest.number, newest.questions]
    return hashlib.sha256(json.dumps(state, sort_keys=True).encode()).hexdigest()[:16]


def lock(questionnaire: Questionnaire) -> Questionnaire:
    """Hold a questionnaire against all who change it, and return it as it is now."""
    return Questionnaire.objects.select_for_update(no_key=True, of=("self",)).get(pk=questionnaire.pk)


def held(questionnaire: Questionnaire, rev: str) -> Version:
    """Hold a questionnaire and return its newest version. Raises Meanwhile when it is not as it was seen any more."""
    now_is = lock(questionnaire)
    newest = newest_of(now_is)
    if rev_of(now_is, newest) != rev:
        raise Meanwhile
    return newest


def is_asked(version: Version) -> bool:
    """Whether a round was opened with `version`. The asker may not see that round: it is the database that says no."""
    try:
        with transaction.atomic():
            Version.objects.filter(pk=version.pk).update(number=F("number"))
    except IntegrityError:
        return True
    return False


@transaction.atomic
def change(
    questionnaire: Questionnaire,
    rev: str,
    to: Callable[[list[Question]], list[Question]],
    *,
    by: User,
    now: datetime,
) -> Written:
    """Write what `to` makes of the questions, into a new version when the newest has been asked.

    Raises Meanwhile, and ValidationError when that is no questionnaire. What changes nothing writes nothing.
    """
    newest = held(questionnaire, rev)
    after = to(newest.asked)
    rules.check(after)
    questions = [question.as_json() for question in after]
    if questions == newest.questions:
        return Written(newest, anew=False)
    try:
        with transaction.atomic():
            Version.objects.filter(pk=newest.pk).update(questions=questions)
    except IntegrityError:  # it was asked: the database keeps it as it was
        number = newest.number + 1
        made = questionnaire.versions.create(number=number, questions=questions, created_by=by, created_at=now)
        return Written(made, anew=True)
    newest.questions = questions
    return Written(newest, anew=False)


def move(questionnaire: Questionnaire, key: str, steps: int, *, rev: str, by: User, now: datetime) -> Written:
    """Move a question `steps` places down, or up where that is negative; not beyond the first or the last."""

    def moved(questions: list[Question]) -> list[Question]:
        at = place_of(key, questions)
        question = questions.pop(at)
        questions.insert(max(0, at + steps), question)
        return questions

    return change(questionnaire, rev, moved, by=by, now=now)


def remove(questionnaire: Questionnaire, key: str, *, rev: str, by: User, now: datetime) -> Written:
    """Take a question out. Raises ValidationError for the last one."""

    def without(questions: list[Question]) -> list[Question]:
        questions.pop(place_of(key, questions))
        if not questions:
            raise ValidationError(gettext("The last question stays: a questionnaire asks something."))
        return questions

    return change(questionnaire, rev, without, by=by, now=now)


def add(questionnaire: Questionnaire, more: Sequence[Question], *, rev: str, by: User, now: datetime) -> Written:
    """Add questions at the end; those that stand in it already stay where they are."""

    def with_more(questions: list[Question]) -> list[Question]:
        known = {question.key for question in questions}
        return [*questions, *(question for question in more if question.key not in known)]

    return change(questionnaire, rev, with_more, by=by, now=now)


def add_goals(questionnaire: Questionnaire, *, rev: str, by: User, now: datetime) -> Written:
    """Ask about the shared goals too, at the end."""
    return add(questionnaire, [GOALS.question], rev=rev, by=by, now=now)


def put(
    questionnaire: Questionnaire, question: Question, *, instead_of: str = "", rev: str, by: User, now: datetime
) -> Written:
    """Write a question of one's own: in the place of the one whose key is `instead_of`, else at the end.

    It keeps that key only when all that stood there still stands as it did. Otherwise it is another question, and its
    answers are not compared with those to the one before. Raises as `change` does.
    """

    def written(questions: list[Question]) -> list[Question]:
        found = [each for each in questions if each.key == instead_of]
        before = found[0] if found else None
        key = before.key if before and says_as_before(question, before) else f"own.{uuid4().hex[:12]}"
        new = replace(question, key=key)
        return [new if each is before else each for each in questions] if before else [*questions, new]

    return change(questionnaire, rev, written, by=by, now=now)


def says_as_before(question: Question, before: Question) -> bool:
    """Whether who answers `question` is asked what `before` asked: a text in one more language makes no difference."""
    return (
        question.kind == before.kind
        and dict(before.text).items() <= dict(question.text).items()
        and [option.key for option in question.options] == [option.key for option in before.options]
        and all(
            dict(was.text).items() <= dict(now_is.text).items()
            for now_is, was in zip(question.options, before.options, strict=True)
        )
    )


def place_of(key: str, questions: Sequence[Question]) -> int:
    """Return at which place the question with `key` stands. Raises Meanwhile when there is none."""
    for place, question in enumerate(questions):
        if question.key == key:
            return place
    raise Meanwhile


def is_ours(question: Question) -> bool:
    return question.key.startswith(OURS)
