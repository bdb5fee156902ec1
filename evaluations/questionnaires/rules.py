"""What a questionnaire can hold, whoever writes it."""

from collections.abc import Mapping, Sequence
from typing import Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext

from accounts.models import Language
from engagements.models import Theme
from evaluations.questions import Indicator, Kind, Option, Question
from formats.fields import check_length

MOST_QUESTIONS: Final = 30
LONGEST_QUESTION, LONGEST_OPTION, LONGEST_SOURCE = 300, 120, 200
FEWEST_OPTIONS, MOST_OPTIONS = 2, 8
#: The kinds whose answers lie on a scale for which a reliability may have been published.
MEASURED: Final = (Kind.AGREE, Kind.SCALE)


def check(questions: Sequence[Question]) -> None:
    """Raise ValidationError when `questions` are no questionnaire."""
    if len(questions) > MOST_QUESTIONS:
        raise ValidationError(gettext("A questionnaire has at most 30 questions. Leave some out first."))
    if len({question.key for question in questions}) < len(questions):
        raise ValidationError(gettext("A question stands in it twice."))
    if sum(question.kind == Kind.GOALS for question in questions) > 1:
        raise ValidationError(gettext("The shared goals are asked about once."))
    for question in questions:
        check_question(question)


def check_question(question: Question) -> None:
    """Raise ValidationError when `question` cannot be asked as it is."""
    known = question.kind in Kind.values and question.theme in ("", *Theme)
    if not known or question.indicator not in ("", *Indicator):
        raise ValidationError(gettext("There is no such kind of question."))
    check_text(question.text, LONGEST_QUESTION)
    if question.kind == Kind.CHOICE:
        check_options(question.options, languages=set(question.text))
    elif question.options:
        raise ValidationError(gettext("Only a choice has options."))
    if question.reliability is not None:
        if question.kind not in MEASURED:
            raise ValidationError(gettext("A reliability is given for agreement and for a scale alone."))
        if not 0 < question.reliability < 1 or not question.source:
            raise ValidationError(gettext("A reliability lies between 0 and 1, and has a source."))
    check_length(question.source, LONGEST_SOURCE)


def check_options(options: Sequence[Option], *, languages: set[str]) -> None:
    if not FEWEST_OPTIONS <= len(options) <= MOST_OPTIONS:
        raise ValidationError(gettext("Give from two to eight options."))
    if len({option.key for option in options}) < len(options):
        raise ValidationError(gettext("An option stands there twice."))
    for option in options:
        check_text(option.text, LONGEST_OPTION)
        if set(option.text) != languages:
            raise ValidationError(gettext("Give each option in the languages of the question."))
    for language in languages:
        if len({option.text[language] for option in options}) < len(options):
            raise ValidationError(gettext("An option stands there twice."))


def check_text(text: Mapping[str, str], longest: int) -> None:
    if not text or not all(text.values()) or not set(text) <= set(Language.values):
        raise ValidationError(gettext("Write the question in one language at least."))
    for words in text.values():
        check_length(words, longest)
