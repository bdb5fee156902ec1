"""Which questionnaires a practice can ask, and making, naming and putting aside its own ones."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from accounts.models import Practice, User
from evaluations.bank import SHIPPED, Shipped, questions_of
from evaluations.models import Questionnaire, Version
from evaluations.questionnaires.editing import held, is_asked, lock, newest_of
from evaluations.questions import Question

#: Questionnaires of its own that a practice has in use.
MOST_IN_USE: Final = 60


@dataclass(frozen=True)
class Choice:
    """A questionnaire that can be asked: one of ours, or one of the practice's own."""

    value: str
    label: str
    shipped: bool


def choices_for(practice: Practice, kind: str) -> list[Choice]:
    """Return what `practice` can ask on the occasion `kind`: ours first, then its own ones that have a question."""
    ours = [Choice(each.key, each.name, shipped=True) for each in SHIPPED.values() if each.kind == kind]
    own = list(practice.questionnaires.in_use().filter(kind=kind, shipped="").order_by("name"))
    versions = newest_versions(own)
    return ours + [Choice(str(each.pk), each.name, shipped=False) for each in own if versions[each.pk].questions]


@transaction.atomic
def version_for(practice: Practice, value: str, *, by: User, now: datetime) -> Version:
    """Return the version that is asked when `value`, one of the choices, is chosen.

    Of ours it is the practice's own copy of today's wording, made when there is none yet. Raises ValidationError for
    what is no choice.
    """
    if value in SHIPPED:
        return todays_version(practice, SHIPPED[value], by=by, now=now)
    newest = newest_of(own_questionnaire(practice, value))
    if not newest.questions:
        raise ValidationError(no_such_choice())
    return newest


def todays_version(practice: Practice, ours: Shipped, *, by: User, now: datetime) -> Version:
    """Return the version of a questionnaire of ours in today's wording; two who ask at once get the same."""
    copy, _made = practice.questionnaires.get_or_create(
        shipped=ours.key, defaults={"kind": ours.kind, "name": ours.name, "created_at": now}
    )
    lock(copy)
    wording = [question.as_json() for question in questions_of(ours)]
    last = copy.versions.order_by("number").last()
    if last and last.questions == wording:
        return last
    number = last.number + 1 if last else 1
    return copy.versions.create(number=number, questions=wording, created_by=by, created_at=now)


def own_questionnaire(practice: Practice, value: str) -> Questionnaire:
    """Return the practice's own questionnaire in use whose id is `value`. Raises ValidationError."""
    try:
        return practice.questionnaires.in_use().get(pk=UUID(value), shipped="")
    except (ValueError, Questionnaire.DoesNotExist):
        raise ValidationError(no_such_choice()) from None


def no_such_choice() -> str:
    return gettext("There is no such questionnaire any more. Choose another.")


def newest_versions(questionnaires: Iterable[Questionnaire]) -> dict[UUID, Version]:
    """Return the newest version of each, by questionnaire."""
    versions = Version.objects.filter(questionnaire__in=list(questionnaires))
    newest = versions.order_by("questionnaire", "-number").distinct("questionnaire")
    return {version.questionnaire_id: version for version in newest}


@transaction.atomic
def make(practice: Practice, *, name: str, kind: str, start: str = "", by: User, now: datetime) -> Questionnaire:
    """Make a questionnaire of the practice's own, which begins with the questions of the choice `start`, or with none.

    Raises ValidationError when the name is taken, when there are too many, or for a `start` that is no choice.
    """
    if practice.questionnaires.in_use().filter(shipped="").count() >= MOST_IN_USE:
        raise ValidationError(gettext("There are 60 questionnaires of your own in use. Put some aside first."))
    questions = questions_to_begin_with(practice, start)
    made = Questionnaire(practice=practice, name=name, kind=kind, created_at=now)
    save(made)
    made.versions.create(questions=[question.as_json() for question in questions], created_by=by, created_at=now)
    return made


def questions_to_begin_with(practice: Practice, start: str) -> list[Question]:
    if not start:
        return []
    if start in SHIPPED:
        return questions_of(SHIPPED[start])
    return newest_of(own_questionnaire(practice, start)).asked


@transaction.atomic
def describe(questionnaire: Questionnaire, *, name: str, kind: str, rev: str) -> None:
    """Change the name and the occasion of a questionnaire.

    The occasion stays once it was asked: who answered then was told what it was. Raises ValidationError, and Meanwhile
    when somebody else was first.
    """
    newest = held(questionnaire, rev)
    if kind != questionnaire.kind and is_asked(newest):
        raise ValidationError(
            {"kind": gettext("It has been asked, so its occasion stays. For another occasion, make your own from it.")}
        )
    questionnaire.name, questionnaire.kind = name, kind
    save(questionnaire, "name", "kind")


@transaction.atomic
def archive(questionnaire: Questionnaire, *, now: datetime) -> None:
    """Put a questionnaire aside: it is offered no more. What was asked with it stays."""
    Questionnaire.objects.filter(pk=questionnaire.pk, archived_at=None).update(archived_at=now)


@transaction.atomic
def bring_back(questionnaire: Questionnaire) -> None:
    """Take a questionnaire back into use. Raises ValidationError when its name is taken meanwhile."""
    questionnaire.archived_at = None
    save(questionnaire, "archived_at")


def save(questionnaire: Questionnaire, *fields: str) -> None:
    """Write the row, or its `fields`. Raises ValidationError in the words of what the database would refuse."""
    questionnaire.full_clean()
    try:
        with transaction.atomic():
            questionnaire.save(update_fields=fields or None)
    except IntegrityError:  # somebody took the name at the same moment
        questionnaire.validate_constraints()
        raise
