"""Answers to evaluations that were given by name. Those that were not point at nobody, and cannot be found."""

import json
from collections.abc import Iterator
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from evaluations.answers import opened
from evaluations.models import QuestionnaireKind
from evaluations.questions import DONT_KNOW, Question, in_language
from privacy.own.asked import rows_of
from privacy.own.sections import Row, Section, Subject, consent_basis, row
from privacy.policy.kinds import NAMED_ANSWER


def collect(subject: Subject) -> Iterator[Section]:
    """One query beside that of the keys."""
    yield Section(
        "evaluations",
        _("Evaluations"),
        [
            *(answers_of(each, subject) for each in rows_of("own_responses")),
            *(asked_of(each) for each in subject.more.get("asked", ())),
        ],
        purpose=_("to develop the supervision"),
        basis=consent_basis(),
        period=NAMED_ANSWER,
        seen_by=_("you and the supervisors, as you consented to when you answered"),
        note=_(
            "What you answered anonymously or under a code is not here: nothing in those answers says whose they are, "
            "so they cannot be found (GDPR 11)."
        ),
    )


def answers_of(each: dict[str, Any], subject: Subject) -> Row:
    figures = opened(subject.content, each["practice"], bytes(each["figures"]), each["round"], "figures")
    texts = opened(subject.content, each["engagement"], bytes(each["texts"]), each["round"], "texts")
    given = {**figures, **texts}
    questions = each["questions"] if isinstance(each["questions"], list) else json.loads(each["questions"])
    asked = [Question.of_json(one) for one in questions]
    told = [(one.key, one.words, in_words(one, given[one.key])) for one in asked if one.key in given]
    title = f"{each['title']}: {QuestionnaireKind(each['kind']).label}"
    return row(capfirst(title), ("closed_at", _("Closed"), each["closed_at"]), *told)


def asked_of(each: dict[str, Any]) -> Row:
    """That somebody was asked: whether they answered stands nowhere beside their name."""
    return row(
        _("You were asked in an evaluation"), ("process", _("Process"), each["process"]), ("at", _("When"), each["at"])
    )


def in_words(question: Question, answer: Any) -> str | int:
    if answer == DONT_KNOW:
        return _("I cannot say")
    chosen: int | str = answer
    return next((in_language(option.text) for option in question.options if option.key == answer), chosen)
