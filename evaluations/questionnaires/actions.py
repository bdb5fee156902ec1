"""What a practice can ask on an occasion."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from accounts.models import Practice, User
from evaluations.models import Questionnaire, QuestionnaireKind, Version
from evaluations.questions import Kind, Question

QUESTION: Final = Question("energy", Kind.SCALE, {"en": "How much energy do you have?", "fi": "Paljonko voimia on?"})


@dataclass(frozen=True)
class Choice:
    value: str
    label: str
    shipped: bool


def choices_for(practice: Practice, kind: str) -> list[Choice]:
    return [Choice(kind, str(QuestionnaireKind(kind).label), shipped=True)]


def version_for(practice: Practice, value: str, *, by: User, now: datetime) -> Version:
    ours, _made = Questionnaire.objects.get_or_create(
        practice=practice, shipped=value, defaults={"kind": value, "name": str(QuestionnaireKind(value).label)}
    )
    return ours.versions.first() or ours.versions.create(questions=[QUESTION.as_json()], created_by=by, created_at=now)
