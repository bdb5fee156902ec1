"""What we have to ask: a bank of questions over the eight themes and the eleven indicators, and questionnaires of them.

All of it is in our own words; no licensed instrument stands here. A question asks about the work as it is now, so that
it serves before and after alike. Its key stays for as long as it means the same: an answer from years ago is paired by
it. Who changes what a question means gives it a new key. What is asked on a scale begins with “how much”, so that its
ends, “not at all” and “very much”, fit all of them. Absence, costs and customers are asked about as one sees them in
the work; nobody is ever asked about their own sick leaves or health.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from django.utils import translation
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from accounts.models import Language
from engagements.models import Theme
from evaluations.models import QuestionnaireKind
from evaluations.questions import Indicator, Kind, Question

#: How the keys of our questions begin.
OURS: Final = "bank."


@dataclass(frozen=True)
class Item:
    """One question of ours. `words` are looked up in each language when it is asked for."""

    key: str
    words: Promise
    kind: Kind = Kind.AGREE
    theme: Theme | None = None
    indicator: Indicator | None = None

    @cached_property
    def question(self) -> Question:
        """The question, with its words in all languages."""
        text = {}
        for language in Language.values:
            with translation.override(language):
                text[language] = str(self.words)
        return Question(self.key, self.kind, text, self.theme or "", self.indicator or "")


def about(theme: Theme, *items: tuple[Promise, Kind, Indicator | None]) -> list[Item]:
    return [
        Item(f"{OURS}{theme.value}.{number}", words, kind, theme, indicator)
        for number, (words, kind, indicator) in enumerate(items, start=1)
    ]


def on(subject: str, *items: tuple[Promise, Kind, Indicator | None]) -> list[Item]:
    return [
        Item(f"{OURS}{subject}.{number}", words, kind, None, indicator)
        for number, (words, kind, indicator) in enumerate(items, start=1)
    ]


AGREE, SCALE, TEXT = Kind.AGREE, Kind.SCALE, Kind.TEXT

#: The questions by theme. They are numbered: a new one comes last, and one that goes leaves its number empty.
THEMES: Final[dict[Theme, list[Item]]] = {
    Theme.LEARNING: about(
        Theme.LEARNING,
        (_("I regularly stop to think about how I do my work."), AGREE, None),
        (_("In my work community we learn from one another."), AGREE, None),
        (_("When something goes wrong, we look for what we can learn and not for who is to blame."), AGREE, None),
        (_("I try out new ways of doing things in my work."), AGREE, None),
    ),
    Theme.WELLBEING: about(
        Theme.WELLBEING,
        (_("How much strength do you have for your work at present?"), SCALE, Indicator.COPING),
        (_("I have time to recover from my work before the next working day."), AGREE, Indicator.COPING),
        (_("I notice in time when my work becomes too much, and know what to do then."), AGREE, Indicator.COPING),
        (
            _("When somebody is away, the work is arranged so that it does not become too much for the others."),
            AGREE,
            Indicator.ABSENCE,
        ),
        (
            _("In our work, what wears people out is dealt with before anybody stays away because of it."),
            AGREE,
            Indicator.ABSENCE,
        ),
    ),
    Theme.FLUENCY: about(
        Theme.FLUENCY,
        (_("It is clear to me who does what, and who decides about what."), AGREE, None),
        (_("My work runs smoothly from day to day."), AGREE, Indicator.QUALITY),
        (_("I get done what matters most in my work."), AGREE, Indicator.RESULTS),
        (_("We spend our working time on what is of most use."), AGREE, Indicator.COSTS),
        (_("In our work things are seldom done for nothing, or several times over."), AGREE, Indicator.COSTS),
    ),
    Theme.QUALITY: about(
        Theme.QUALITY,
        (_("I can do my work as well as I want to."), AGREE, Indicator.QUALITY),
        (_("The people we work for get what they need from us."), AGREE, Indicator.CUSTOMERS),
        (_("We hear from the people we work for how our work serves them."), AGREE, Indicator.CUSTOMERS),
        (_("How much of what you aim at do you achieve in your work?"), SCALE, Indicator.RESULTS),
    ),
    Theme.MEANING: about(
        Theme.MEANING,
        (_("My work feels worth doing."), AGREE, None),
        (_("I see what good my work does."), AGREE, None),
        (_("How much joy does your work give you?"), SCALE, None),
        (_("I have enough time for what my work is there for."), AGREE, Indicator.BASIC_TASK),
    ),
    Theme.DIALOGUE: about(
        Theme.DIALOGUE,
        (_("In my work community even difficult things can be talked about."), AGREE, Indicator.CLIMATE),
        (_("In my work community people are listened to until they have finished."), AGREE, None),
        (_("How much do people trust one another in your work community?"), SCALE, Indicator.CLIMATE),
        (_("When we disagree, we get further by talking."), AGREE, None),
    ),
    Theme.IDENTITY: about(
        Theme.IDENTITY,
        (_("I know what I am good at in my work."), AGREE, Indicator.IDENTITY),
        (_("I can give reasons for the way I work."), AGREE, Indicator.IDENTITY),
        (_("I can influence how I do my work."), AGREE, Indicator.EMPOWERMENT),
        (_("I trust myself to manage difficult situations in my work too."), AGREE, Indicator.EMPOWERMENT),
        (_("I know where the limits of my role and my responsibility are."), AGREE, Indicator.IDENTITY),
    ),
    Theme.STRATEGY: about(
        Theme.STRATEGY,
        (_("I know what we are aiming at together."), AGREE, None),
        (_("In my work community we agree on what our basic task is."), AGREE, Indicator.BASIC_TASK),
        (_("Our work is led so that I know what is expected of me."), AGREE, Indicator.LEADERSHIP),
        (_("I get support from my line manager when I need it."), AGREE, Indicator.LEADERSHIP),
        (_("Our shared goals show in the daily work."), AGREE, None),
    ),
}
#: The questions that are about supervision itself, by what they are for.
TOGETHER: Final = on(
    "together",
    (_("In supervision we work on what we agreed on together."), AGREE, None),
    (_("In supervision I can also bring up what is unfinished or awkward."), AGREE, None),
    (_("I know what of our talks the client is told, and what not."), AGREE, None),
    (_("The place, time and rhythm of the sessions suit our work."), AGREE, None),
)
SESSION: Final = on(
    "session",
    (_("How much did you dare to say of what you really think?"), SCALE, None),
    (_("How much did the session make things clearer to you?"), SCALE, None),
    (_("How much can you use from the session in your work?"), SCALE, None),
    (_("How much strength did the session give you for your work?"), SCALE, None),
)
OWN_WORDS: Final = on(
    "words",
    (_("What do you hope that supervision will give to you and to your work?"), TEXT, None),
    (_("What should we keep in the supervision, and what should we change?"), TEXT, None),
    (_("What has supervision given to you and to your work?"), TEXT, None),
)
ORDERER: Final = on(
    "orderer",
    (_("The goals of the supervision were agreed on together, clearly enough."), AGREE, None),
    (_("I have been told what we agreed that I am told, and in time."), AGREE, None),
    (_("The practical arrangements have worked."), AGREE, None),
    (_("I see signs in the daily work that the supervision is of use."), AGREE, Indicator.RESULTS),
    (_("How much good does the work do at present to those it is done for?"), SCALE, Indicator.CUSTOMERS),
    (_("The work goes on also when somebody is away."), AGREE, Indicator.ABSENCE),
    (_("The supervision is worth the working time and the money that are spent on it."), AGREE, Indicator.COSTS),
    (_("What do you hope for from the supervision from now on?"), TEXT, None),
)
SELF: Final = on(
    "self",
    (_("I have kept to the ethical guidelines of our profession in this process."), AGREE, None),
    (_("I have taken the questions that this process raises in me to my own supervision (ToTo)."), AGREE, None),
    (_("I have kept to the contract, also in what I tell the client and what I do not."), AGREE, None),
    (_("I have stayed close enough to understand, and far enough away to see the whole."), AGREE, None),
    (_("The basic task of the supervisees has stayed at the centre of our work."), AGREE, None),
    (_("I have made room for the supervisees’ own thinking, and not offered ready answers."), AGREE, None),
    (_("I have dared to bring up what is difficult too."), AGREE, None),
    (_("My skills are enough for what this process asks of me."), AGREE, None),
    (_("How much strength have you had for leading this process?"), SCALE, None),
    (_("What will you take to your own supervision, and what will you do differently?"), TEXT, None),
)
#: Stands for the shared goals of the process: one question for each goal that has levels.
GOALS: Final = Item(f"{OURS}goals", _("How far has this goal been reached?"), Kind.GOALS)

#: The groups that are about something else than a theme of the work.
SUBJECTS: Final[Sequence[tuple[str, Promise, list[Item]]]] = (
    ("together", _("Co-operation in supervision"), TOGETHER),
    ("session", _("One session"), SESSION),
    ("words", _("In own words"), OWN_WORDS),
    ("orderer", _("The client’s view"), ORDERER),
    ("self", _("The supervisor’s own work"), SELF),
)
BANK: Final[dict[str, Item]] = {
    item.key: item
    for items in (*THEMES.values(), *(found for _subject, _label, found in SUBJECTS), [GOALS])
    for item in items
}

#: What before and after ask alike: one question for each theme.
_BEFORE_AND_AFTER: Final = tuple(
    f"{OURS}{name}"
    for name in ("wellbeing.1", "learning.1", "fluency.3", "quality.1", "meaning.4", "dialogue.1", "identity.4",
                 "strategy.3")
)  # fmt: skip
_TOGETHER: Final = ("bank.together.1", "bank.together.2")


@dataclass(frozen=True)
class Shipped:
    """A questionnaire of ours. Its key is the occasion: there is one for each."""

    kind: QuestionnaireKind
    questions: Sequence[str]

    @property
    def key(self) -> str:
        return self.kind.value

    @property
    def name(self) -> str:
        return capfirst(str(self.kind.label))


SHIPPED: Final[dict[str, Shipped]] = {
    kind.value: Shipped(kind, questions)
    for kind, questions in {
        QuestionnaireKind.BASELINE: (*_BEFORE_AND_AFTER, "bank.words.1"),
        QuestionnaireKind.INTERIM: (*_BEFORE_AND_AFTER, GOALS.key, *_TOGETHER, "bank.words.2"),
        QuestionnaireKind.FINAL: (*_BEFORE_AND_AFTER, GOALS.key, *_TOGETHER, "bank.words.3"),
        QuestionnaireKind.SESSION: tuple(item.key for item in SESSION),
        QuestionnaireKind.ORDERER: tuple(item.key for item in ORDERER),
        QuestionnaireKind.SELF: tuple(item.key for item in SELF),
    }.items()
}


def questions_of(shipped: Shipped) -> list[Question]:
    """Return what a questionnaire of ours asks, as it is worded today in all languages."""
    return [BANK[key].question for key in shipped.questions]
