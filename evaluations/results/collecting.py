"""Reading the closed rounds of one process: who may see what is asked of the database, once for all of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Person, User
from engagements.models import GoalLevels, Theme
from engagements.models.levels import signed
from evaluations.answers import Given, answers_to
from evaluations.models import Mode, Outcome, QuestionnaireKind, Round
from evaluations.questions import DONT_KNOW, Answer, Kind, Question
from evaluations.results import family
from evaluations.results.family import TABLED, Crowds
from evaluations.results.found import About, GoalAsked, Level
from evaluations.suppression import Pair, Shown
from formats.clock import HELSINKI
from sessions.reads import write_down

#: Who reads answers that are by name: a mark of `elements/visibility.html`, and words where its own do not fit.
READERS: Final[Mapping[str, tuple[str, Promise | str]]] = {
    Mode.NAMED: ("supervisors", _("Supervisors and the supervisee in question")),
    Mode.OWN: ("author", ""),
}


@dataclass(frozen=True)
class Asked:
    """A question as a round asked it; one of each goal in the place of the placeholder for them."""

    question: Question
    goal: GoalAsked | None = None

    @property
    def identity(self) -> tuple[str, str]:
        """What makes two questions the same."""
        return self.question.key, self.question.kind

    @property
    def words(self) -> str:
        return self.goal.text if self.goal else self.question.words

    @property
    def theme(self) -> str:
        return str(Theme(self.question.theme).label) if self.question.theme in Theme.values else ""


@dataclass(frozen=True)
class Collected:
    """Closed rounds of one process in the order in which they closed, and all that was read of them."""

    user: User
    rounds: Sequence[Round]
    given: Mapping[UUID, Sequence[Given]]
    crowds: Crowds
    levels: Sequence[GoalLevels]
    persons: Mapping[UUID, Person]
    _asked: dict[UUID, list[Asked]] = field(default_factory=dict)
    _published: dict[tuple[str, str], dict[UUID, Shown | None]] = field(default_factory=dict)

    def about(self, round_: Round) -> About:
        closed = round_.closed_at.astimezone(HELSINKI).date() if round_.closed_at else round_.closes_on
        of_client = round_.kind == QuestionnaireKind.ORDERER
        who, label = ("participants", "") if of_client else READERS.get(round_.mode, ("participants", ""))
        kind = str(round_.get_kind_display())
        return About(round_.pk, kind[:1].upper() + kind[1:], min(closed, round_.closes_on), who, str(label))

    def asked(self, round_: Round) -> list[Asked]:
        if round_.pk not in self._asked:
            found: list[Asked] = []
            for question in round_.version.asked:
                found += self.goals(round_, question) if question.kind == Kind.GOALS else [Asked(question)]
            self._asked[round_.pk] = found
        return self._asked[round_.pk]

    def goals(self, round_: Round, placeholder: Question) -> list[Asked]:
        """Return the goals that a round asked about: shared ones, and by name also those of who has answered."""
        in_force = {
            each.goal_id: each for each in self.levels if round_.opened_at and each.described_at <= round_.opened_at
        }  # they come in the order of their versions: the last one stands
        owners = {given.participation for given in self.given[round_.pk]} if round_.mode == Mode.NAMED else set()
        found = []
        for each in in_force.values():
            if each.goal.owner_id is None or each.goal.owner_id in owners:
                key = f"goal:{each.goal_id}:{each.pk}"
                question = Question(key, Kind.GOALS, {}, each.goal.theme, placeholder.indicator)
                levels = [Level(level, signed(level), text) for level, text in each.texts.items()]
                found.append(Asked(question, GoalAsked(each.goal.text, each.goal.weight, each.goal.owner_id, levels)))
        return found

    def answers(self, round_: Round, key: str) -> list[Answer | None]:
        """Return what each respondent answered to a question; None: left out, or cannot say."""
        answers = [given.figures.get(key) for given in self.given[round_.pk]]
        return [None if answer == DONT_KNOW else answer for answer in answers]

    def steps(self, round_: Round, question: Question) -> list[int | None]:
        return [step(answer, question) for answer in self.answers(round_, question.key)]

    def options(self, round_: Round, question: Question) -> list[str | None]:
        keys = {option.key for option in question.options}
        return [str(answer) if answer in keys else None for answer in self.answers(round_, question.key)]

    def asking(self, asked: Asked) -> list[Round]:
        """Return the rounds that are shown as tables and asked this question."""
        return [
            each
            for each in self.rounds
            if each.mode in TABLED
            and each.outcome == Outcome.SHOWN
            and any(asked.identity == other.identity for other in self.asked(each))
        ]

    def published(self, asked: Asked) -> Mapping[UUID, Shown | None]:
        """Return what may be shown of an ordered question, by the rounds that are shown and asked it."""
        if asked.identity not in self._published:
            answered = [(each, self.steps(each, asked.question)) for each in self.asking(asked)]
            self._published[asked.identity] = family.published(answered, self.crowds, asked.question.steps)
        return self._published[asked.identity]

    def pairs(self, before: Round, after: Round, question: Question) -> tuple[list[Pair], int]:
        """Return what people who answered both rounds chose in each, paired by their codes; and how many answered one
        of them alone.
        """
        first, second = (
            {given.code: step(given.figures.get(question.key), question) for given in self.given[each.pk] if given.code}
            for each in (before, after)
        )
        return [(first[code], second[code]) for code in first if code in second], len(first.keys() ^ second.keys())

    def is_own(self, given: Given) -> bool:
        if given.person is None:
            return given.user == self.user.pk
        person = self.persons.get(given.person)
        return person is not None and person.user_id == self.user.pk

    def read(self, rounds: Iterable[Round]) -> None:
        """Write down that the one who asks reads what others have answered by name (promise 12)."""
        foreign = [each for each in rounds if any(not self.is_own(given) for given in self.by_name(each))]
        if foreign:
            write_down(self.user, foreign[0].engagement_id, "evaluation.read", foreign)

    def by_name(self, round_: Round) -> Sequence[Given]:
        return [] if round_.mode in TABLED else self.given[round_.pk]


def step(answer: Answer | None, question: Question) -> int | None:
    """Return an answer that is a step of the question's scale; None for any other."""
    return answer if isinstance(answer, int) and answer in question.steps else None


def closed_rounds(user: User, engagement: UUID) -> list[Round]:
    """Return the closed rounds of a process that `user` may see, in the order in which they closed; one query."""
    found = Round.objects.visible_to(user).closed().filter(engagement=engagement).order_by("closed_at", "pk")
    return list(found.select_related("version", "engagement__practice", "engagement__lead"))


def collect(rounds: Sequence[Round], user: User) -> Collected:
    """Read what there is to know of `rounds` of `closed_rounds`: as many queries for one as for twenty."""
    given = answers_to(rounds)
    levels: list[GoalLevels] = []
    if any(question.get("kind") == Kind.GOALS for each in rounds for question in each.version.questions):
        described = GoalLevels.objects.filter(goal__engagement=rounds[0].engagement_id)
        levels = list(described.select_related("goal").order_by("goal__position", "goal", "version"))
    named = {one.person for found in given.values() for one in found if one.person}
    persons = Person.objects.in_bulk(named) if named else {}
    return Collected(user, rounds, given, family.crowds_of(rounds), levels, persons)
