"""What one visitor is asked, page by page: the questions of the version, and each goal in place of the goals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from engagements.models import LEVELS
from evaluations.answers import Asked
from evaluations.models import Version
from evaluations.questions import DONT_KNOW, LONGEST_TEXT_ANSWER, Answer, Kind, Question, in_language

#: The steps of agreement in words.
AGREEMENT: Final[Mapping[int, Promise]] = {
    1: _("1 – strongly disagree"),
    2: _("2 – rather disagree"),
    3: _("3 – neither agree nor disagree"),
    4: _("4 – rather agree"),
    5: _("5 – strongly agree"),
}
#: How long a question takes, in seconds: to choose, and to write.
CHOOSING, WRITING = 15, 60


@dataclass(frozen=True)
class Page:
    """One question on its page. Of a goal also what it says, and its levels in words, the highest first."""

    question: Question
    goal: str = ""
    levels: Mapping[int, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return self.question.key

    @property
    def is_text(self) -> bool:
        return self.question.kind == Kind.TEXT

    @property
    def is_scale(self) -> bool:
        return self.question.kind == Kind.SCALE

    @property
    def words(self) -> str:
        return self.goal or self.question.words

    @property
    def choices(self) -> list[tuple[str, str]]:
        """What there is to choose from, as (value, words); nothing for a text."""
        question = self.question
        if self.levels:
            return [(str(step), words) for step, words in self.levels.items()]
        if question.kind == Kind.AGREE:
            return agreement()
        if question.kind == Kind.CHOICE:
            return [(option.key, in_language(option.text)) for option in question.options]
        return [(str(step), str(step)) for step in question.steps]

    def answer_of(self, value: str) -> Answer:
        """Return what a chosen or written value means as an answer."""
        return int(value) if self.question.steps and value != DONT_KNOW else value

    def fits(self, answer: Any) -> bool:
        """Whether `answer` is one that this question can have."""
        if self.is_text:
            return isinstance(answer, str) and 0 < len(answer) <= LONGEST_TEXT_ANSWER
        return any(self.answer_of(value) == answer for value, _words in self.choices) and not isinstance(answer, bool)

    def in_words(self, answer: Answer | None) -> str:
        """Return an answer as the one who gave it chose or wrote it."""
        if answer is None or self.is_text:
            return str(answer or "")
        words = dict(self.choices)[str(answer)]
        if self.question.kind == Kind.SCALE:
            return gettext("%(step)s on a scale from 0 to 10") % {"step": words}
        return words


def agreement() -> list[tuple[str, str]]:
    """Return what there is to choose from where somebody agrees or not, as (value, words)."""
    steps = [(str(step), str(words)) for step, words in AGREEMENT.items()]
    return [*steps, (DONT_KNOW, gettext("I cannot say"))]


def pages_for(asked: Asked) -> list[Page]:
    """Return the pages of the visitor who is asked: two queries, one without goals."""
    questions = Version.objects.get(pk=asked.version).asked
    goals = goals_asked() if any(question.kind == Kind.GOALS for question in questions) else []
    pages: list[Page] = []
    for question in questions:
        if question.kind != Kind.GOALS:
            pages.append(Page(question))
            continue
        for goal, text, levels, words in goals:
            one = Question(f"goal:{goal}:{levels}", Kind.GOALS, question.text)
            pages.append(Page(one, text, dict(zip(LEVELS, words, strict=True))))
    return pages


def goals_asked() -> list[tuple[Any, str, Any, Sequence[str]]]:
    """Return the goals that the visitor is asked about: id, text, which levels, and those in words, highest first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT goal, text, levels, much_more, more, expected, less, much_less FROM sec.goals_asked()")
        return [(row[0], row[1], row[2], row[3:]) for row in cursor.fetchall()]


def minutes_for(pages: Sequence[Page]) -> int:
    """Return about how many minutes the pages take: at least one."""
    seconds = sum(WRITING if page.is_text else CHOOSING for page in pages)
    return max(1, round(seconds / 60))
