"""What a questionnaire asks: its questions as data, in up to three languages, and what counts as an answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.db import models
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import Language

#: What one question is answered with: a step of its scale, `DONT_KNOW`, an option's key, or a text.
Answer = int | str
#: The answers of one person, by question; what is not in it was left unanswered.
Answers = Mapping[str, Answer]

DONT_KNOW: Final = "dk"
LONGEST_TEXT_ANSWER: Final = 4000


class Kind(models.TextChoices):
    AGREE = "agree", _("agreement, 1–5")
    SCALE = "scale", _("scale, 0–10")
    CHOICE = "choice", _("choice of one")
    TEXT = "text", _("own words")
    GOALS = "goals", _("how far the shared goals were reached")


#: The steps of each ordered scale, the lowest first. A goal is answered with the level that was reached (GAS).
STEPS: Final[Mapping[str, range]] = {Kind.AGREE: range(1, 6), Kind.SCALE: range(11), Kind.GOALS: range(-2, 3)}


class Indicator(models.TextChoices):
    """The eleven connections that research on supervision has found; association, not cause."""

    QUALITY = "quality", _("quality and efficiency of the work")
    RESULTS = "results", _("results of the work")
    CUSTOMERS = "customers", _("customer satisfaction")
    IDENTITY = "identity", _("professional identity")
    COPING = "coping", _("coping at work")
    EMPOWERMENT = "empowerment", _("sense of empowerment")
    CLIMATE = "climate", _("climate at work")
    ABSENCE = "absence", _("absences")
    LEADERSHIP = "leadership", pgettext_lazy("indicator", "leadership")
    BASIC_TASK = "basic_task", _("basic task")
    COSTS = "costs", _("costs")


@dataclass(frozen=True)
class Option:
    key: str
    text: Mapping[str, str]


@dataclass(frozen=True)
class Question:
    """One question. The same `key` in two questionnaires is the same question: before and after are paired by it.

    `text` and the texts of options are by language, at least one. `reliability` (0 < r < 1) is given only where it has
    been published for the scale, with its `source`.
    """

    key: str
    kind: str
    text: Mapping[str, str]
    theme: str = ""
    indicator: str = ""
    options: Sequence[Option] = field(default=())
    reliability: float | None = None
    source: str = ""

    @property
    def words(self) -> str:
        return in_language(self.text)

    @property
    def steps(self) -> range:
        """The steps of its scale; none for a choice or a text."""
        return STEPS.get(self.kind, range(0))

    def as_json(self) -> dict[str, Any]:
        found: dict[str, Any] = {"key": self.key, "kind": str(self.kind), "text": dict(self.text)}
        if self.theme:
            found["theme"] = str(self.theme)
        if self.indicator:
            found["indicator"] = str(self.indicator)
        if self.options:
            found["options"] = [{"key": option.key, "text": dict(option.text)} for option in self.options]
        if self.reliability is not None:
            found |= {"reliability": self.reliability, "source": self.source}
        return found

    @classmethod
    def of_json(cls, found: Mapping[str, Any]) -> "Question":
        options = [Option(each["key"], each["text"]) for each in found.get("options", ())]
        return cls(
            found["key"], found["kind"], found["text"], found.get("theme", ""), found.get("indicator", ""), options,
            found.get("reliability"), found.get("source", ""),
        )  # fmt: skip


def in_language(text: Mapping[str, str], language: str = "") -> str:
    """Return `text` in `language` (default: the active one), else in the first that there is: Finnish first."""
    wanted = (language or get_language() or "")[:2]
    order = [wanted, *(each for each in Language.values if each != wanted)]
    return next((text[each] for each in order if text.get(each)), "")
