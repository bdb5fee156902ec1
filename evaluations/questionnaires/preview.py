"""Questions as those see them who are asked, and as a supervisor sees them in a list."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.text import capfirst
from django.utils.translation import get_language, gettext

from accounts.models import Language
from engagements.models import Theme
from evaluations.answering.sheet import agreement
from evaluations.bank import SUBJECTS
from evaluations.questionnaires.editing import is_ours
from evaluations.questions import Indicator, Kind, Question, in_language


@dataclass(frozen=True)
class Line:
    """One question in one language."""

    question: Question
    language: str = ""

    @property
    def key(self) -> str:
        return self.question.key

    @property
    def words(self) -> str:
        return in_language(self.question.text, self.language)

    @property
    def spoken(self) -> str:
        """The language that its words are really in."""
        return next((each for each, text in self.question.text.items() if text == self.words), "")

    @property
    def kind(self) -> str:
        return capfirst(str(Kind(self.question.kind).label))

    @property
    def theme(self) -> str:
        return capfirst(str(Theme(self.question.theme).label)) if self.question.theme else ""

    @property
    def indicator(self) -> str:
        return capfirst(str(Indicator(self.question.indicator).label)) if self.question.indicator else ""

    @property
    def languages(self) -> str:
        """In which languages it is there, when not in all of them."""
        there = [label for code, label in Language.choices if self.question.text.get(code)]
        return "" if len(there) == len(Language) else ", ".join(there)

    @property
    def is_ours(self) -> bool:
        return is_ours(self.question)

    @property
    def is_text(self) -> bool:
        return self.question.kind == Kind.TEXT

    @property
    def is_scale(self) -> bool:
        return self.question.kind == Kind.SCALE

    @property
    def is_goals(self) -> bool:
        return self.question.kind == Kind.GOALS

    @property
    def choices(self) -> list[tuple[str, str]]:
        """What there is to choose from, as (value, words); nothing for a text and for the goals."""
        if self.question.kind == Kind.AGREE:
            return agreement()
        if self.question.kind == Kind.CHOICE:
            return [(option.key, in_language(option.text, self.language)) for option in self.question.options]
        return [(str(step), str(step)) for step in self.question.steps] if self.is_scale else []


def lines(questions: Sequence[Question], language: str = "") -> list[Line]:
    return [Line(question, language or get_language() or "") for question in questions]


@dataclass(frozen=True)
class Group:
    """Questions to pick from that belong together."""

    label: str
    lines: Sequence[Line]


def groups(known: Sequence[Question], occasion: str, *, theme: str = "", indicator: str = "") -> list[Group]:
    """Return `known`, those about `theme` and `indicator` alone, in groups: what is meant for `occasion`, what is one's
    own, then by theme, then the others."""
    wanted = [
        line
        for line in lines(known)
        if (not theme or line.question.theme == theme) and (not indicator or line.question.indicator == indicator)
    ]
    of_theme = [
        Group(capfirst(str(each.label)), [line for line in wanted if line.is_ours and line.question.theme == each])
        for each in Theme
    ]
    of_subject = {}
    for subject, label, items in SUBJECTS:
        keys = {item.key for item in items}
        of_subject[subject] = Group(str(label), [line for line in wanted if line.key in keys])
    meant = [of_subject.pop(occasion)] if occasion in of_subject else []
    own = Group(gettext("Your own questions"), [line for line in wanted if not line.is_ours])
    return [group for group in (*meant, own, *of_theme, *of_subject.values()) if group.lines]
