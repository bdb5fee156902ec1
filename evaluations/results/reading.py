"""The results of a round, and of all rounds of a process beside each other: collected once, for page and paper alike.

Supervisors and supervisees see the same; a supervisor's evaluation of themselves is their own. What is said of many has
gone through `family`, and so through `evaluations.suppression`; what is by name, by consent, stands under its name.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from typing import Final
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from engagements.attainment import t_score
from engagements.models import Engagement
from engagements.models.levels import signed
from evaluations.answers import Given
from evaluations.models import Mode, Outcome, QuestionnaireKind, Round
from evaluations.questions import DONT_KNOW, Answer, Kind, in_language
from evaluations.results import charts, family
from evaluations.results.collecting import Asked, Collected, closed_rounds, collect, step
from evaluations.results.family import TABLED
from evaluations.results.found import (
    Attained,
    Author,
    Compared,
    Comparison,
    OptionCount,
    Part,
    Point,
    QuestionResult,
    RoundResults,
    Said,
    Series,
    Words,
)
from evaluations.suppression import Shown

#: Said in place of whatever is withheld, whatever the reason, and without a number.
WITHHELD: Final = gettext_lazy("Withheld, so that nobody’s answer can be told.")
WITHHELD_ROUND: Final = gettext_lazy("The answers of this round are withheld, so that nobody’s answer can be told.")


def results_of(round_: Round, user: User, now: datetime) -> RoundResults:
    """Return the results of a closed round, as `user` may see them. What others said in it by name is written down as
    read.

    Raises ValueError for a round that is not closed, or that `user` may not see.
    """
    every = closed_rounds(user, round_.engagement_id)
    place = next((number for number, each in enumerate(every) if each.pk == round_.pk), None)
    if place is None:
        raise ValueError("Only a closed round has results.")
    shown = every[place]
    collected = collect([each for each in every[: place + 1] if are_beside(each, shown)], user)
    collected.read([shown])
    of_many = shown.mode in TABLED
    questions: list[QuestionResult] = []
    if of_many and shown.outcome == Outcome.SHOWN:
        questions = [result(collected, shown, each) for each in collected.asked(shown) if is_counted(each)]
    engagement = shown.engagement
    return RoundResults(
        about=collected.about(shown),
        engagement=engagement.pk,
        title=engagement.title,
        practice=engagement.practice.name,
        lead=engagement.lead.name,
        mode=shown.mode,
        threshold=shown.threshold,
        withheld=shown.outcome != Outcome.SHOWN,
        questions=questions,
        texts=written(collected, shown) if of_many else [],
        authors=[] if of_many else [author(collected, shown, given) for given in collected.given[shown.pk]],
        attained=attained(
            (each.shown.median if each.shown else None, each.goal.weight) for each in questions if each.goal
        ),
        collected=now,
    )


def are_beside(one: Round, other: Round) -> bool:
    """Whether the same people answer two rounds in a way that lets their answers stand beside each other."""
    if QuestionnaireKind.ORDERER in (one.kind, other.kind):
        return one.kind == other.kind
    return one.mode == other.mode or {one.mode, other.mode} <= set(TABLED)


def is_counted(asked: Asked) -> bool:
    return asked.question.kind != Kind.TEXT


def attained(goals: Iterable[tuple[float | None, int]]) -> Decimal | None:
    """Return T of (level, weight) pairs, one a goal; None when there is none, or when the level of one is not told."""
    scores = list(goals)
    told = [(level, weight) for level, weight in scores if level is not None]
    return t_score(told) if len(told) == len(scores) else None


# --- answers of many ------------------------------------------------------------------------------------------------


def result(collected: Collected, round_: Round, asked: Asked) -> QuestionResult:
    question = asked.question
    if question.kind == Kind.CHOICE:
        options, answered = counted_options(collected, round_, asked)
        return QuestionResult(
            question.key, question.kind, asked.words, asked.theme, options=options, answered=answered
        )  # fmt: skip
    shown = collected.published(asked)[round_.pk]
    return QuestionResult(
        question.key, question.kind, asked.words, asked.theme, question.steps, shown, goal=asked.goal,
        answered=shown.n if shown else 0, compared=compared(collected, round_, asked, shown) if shown else None,
    )  # fmt: skip


def counted_options(collected: Collected, round_: Round, asked: Asked) -> tuple[list[OptionCount], int]:
    words = {option.key: in_language(option.text) for option in asked.question.options}
    answered = [(each, collected.options(each, asked.question)) for each in collected.asking(asked)]
    found = family.options_of(answered, collected.crowds, list(words))[round_.pk]
    if found is None:
        return [], 0
    apart, together = found
    counts = [(words[option], count) for option, count in apart.items()]
    if others := [words[option] for option in words if option not in apart]:
        counts.append((_("Another one: %(options)s") % {"options": ", ".join(others)}, together))
    most = max((count for _words, count in counts), default=0)
    whole = sum(count for _words, count in counts)
    if not most:
        return [], 0
    return [OptionCount(text, count, f"{100 * count / most:.1f}") for text, count in counts], whole


def compared(collected: Collected, round_: Round, asked: Asked, shown: Shown) -> Compared | None:
    """Return how the question stood before: a final round beside the first, any other beside the one before it."""
    told = collected.published(asked)
    before = [each for each in collected.asking(asked) if each.pk != round_.pk and told[each.pk]]
    if not before:
        return None
    other = before[0] if round_.kind == QuestionnaireKind.FINAL else before[-1]
    then = told[other.pk]
    if then is None:
        return None
    paired = other.mode == round_.mode == Mode.CODED
    reliability = asked.question.reliability
    change = None
    if paired:
        pairs, alone = collected.pairs(other, round_, asked.question)
        change = family.changed(pairs, other, round_, alone=alone, reliability=reliability)
    moved = shown.median - then.median
    return Compared(
        collected.about(other), asked.question.steps, then.median, moved, paired, change, reliability is not None
    )


def written(collected: Collected, round_: Round) -> list[Words]:
    """Return what was written, question by question: nothing tells which texts are by one person."""
    found = []
    for asked in collected.asked(round_):
        key = asked.question.key
        texts = [given.texts[key] for given in collected.given[round_.pk] if given.texts.get(key, "").strip()]
        if asked.question.kind == Kind.TEXT and texts:
            found.append(Words(key, asked.words, shuffled(round_.pk, key, texts)))
    return found


def shuffled(round_: UUID, key: str, texts: Sequence[str]) -> list[str]:
    """Return texts in an order that follows from their words alone, and is another for each question."""
    return sorted(texts, key=lambda text: sha256(f"{round_} {key} {text}".encode()).digest())


# --- answers by name ------------------------------------------------------------------------------------------------


def author(collected: Collected, round_: Round, given: Given) -> Author:
    """Return what one person answered, beside what they had answered in the latest round before."""
    before = next(
        (
            (each, one)
            for each in reversed(collected.rounds)
            if each.pk != round_.pk
            for one in collected.given[each.pk]
            if is_same(one, given)
        ),
        None,
    )
    earlier = before[1] if before else None
    asked = [each for each in collected.asked(round_) if goes_to(each, given)]
    return Author(
        name_of(collected, round_, given),
        [said(each, given, earlier) for each in asked],
        collected.about(before[0]) if before else None,
        attained_by(collected, round_, given),
    )


def attained_by(collected: Collected, round_: Round, given: Given) -> Decimal | None:
    """Return T of the goals that one person was asked about."""
    return attained(
        (step(given.figures.get(asked.question.key), asked.question), asked.goal.weight)
        for asked in collected.asked(round_)
        if asked.goal and goes_to(asked, given)
    )


def is_same(one: Given, other: Given) -> bool:
    return (one.participation, one.person, one.user) == (other.participation, other.person, other.user)


def goes_to(asked: Asked, given: Given) -> bool:
    """Whether a question was asked of who has `given` answers: another one's own goal is not."""
    return asked.goal is None or asked.goal.owner in (None, given.participation)


def name_of(collected: Collected, round_: Round, given: Given) -> str:
    if given.person is None:
        return collected.user.name
    if person := collected.persons.get(given.person):
        return person.name
    return _("The client’s contact") if round_.kind == QuestionnaireKind.ORDERER else _("A supervisee")


def said(asked: Asked, given: Given, earlier: Given | None) -> Said:
    question = asked.question
    now, then = answer_of(asked, given), answer_of(asked, earlier) if earlier else None
    value, was = step(now, question), step(then, question)
    return Said(
        question.key, question.kind, asked.words, asked.theme, in_words(asked, now), value,
        in_words(asked, then) if then is not None else "",
        charts.moved(value - was) if value is not None and was is not None else "", asked.goal,
    )  # fmt: skip


def answer_of(asked: Asked, given: Given) -> Answer | None:
    key = asked.question.key
    return given.texts.get(key) if asked.question.kind == Kind.TEXT else given.figures.get(key)


def in_words(asked: Asked, answer: Answer | None) -> str:
    """Return an answer as it is read: a step by its number, a level with its words, an option by its own."""
    if answer is None:
        return _("not answered")
    if answer == DONT_KNOW:
        return _("cannot say")
    if asked.goal and isinstance(answer, int):
        return f"{signed(answer)}: {asked.goal.words_of(answer)}"
    if asked.question.kind == Kind.CHOICE:
        return next((in_language(each.text) for each in asked.question.options if each.key == answer), str(answer))
    return str(answer)


# --- over rounds ----------------------------------------------------------------------------------------------------


def comparison(engagement: Engagement, user: User, now: datetime) -> Comparison:
    """Return how every question that more than one round asked has stood over the closed rounds of `engagement`."""
    collected = collect(closed_rounds(user, engagement.pk), user)
    collected.read(collected.rounds)
    parts = [of_many(collected), *by_name(collected)]
    return Comparison(engagement.pk, engagement.title, [part for part in parts if part.series], now)


def of_many(collected: Collected) -> Part:
    rounds = [each for each in collected.rounds if each.mode in TABLED]
    series = []
    for asked, asking in repeated(collected, rounds):
        told = collected.published(asked)
        points = [Point(collected.about(each), told.get(each.pk)) for each in asking]
        series.append(series_of(asked, points))
    figures = [
        Attained(
            collected.about(each),
            attained(
                (shown.median if (shown := collected.published(asked).get(each.pk)) else None, asked.goal.weight)
                for asked in collected.asked(each)
                if asked.goal
            ),
        )
        for each in rounds
        if any(asked.goal for asked in collected.asked(each))
    ]
    return Part(_("The group"), "participants", "", True, series, figures)


def by_name(collected: Collected) -> list[Part]:
    """Return a part for everybody who has answered by name more than once."""
    rounds = [each for each in collected.rounds if each.mode not in TABLED]
    answers = [(each, given) for each in rounds for given in collected.given[each.pk]]
    found, seen = [], set()
    for round_, given in answers:
        of_client = round_.kind == QuestionnaireKind.ORDERER
        who = (of_client, given.participation, given.person, given.user)
        if who in seen:
            continue
        seen.add(who)
        own = [(each, one) for each, one in answers if is_same(one, given) and are_beside(each, round_)]
        by_round = {each.pk: one for each, one in own}
        series = []
        for asked, asking in repeated(collected, [each for each, _one in own]):
            points = [
                Point(collected.about(each), value=step(answer_of(asked, by_round[each.pk]), asked.question))
                for each in asking
            ]
            if goes_to(asked, given):
                series.append(series_of(asked, points))
        about = collected.about(round_)
        figures = [
            Attained(collected.about(each), attained_by(collected, each, one))
            for each, one in own
            if any(asked.goal for asked in collected.asked(each))
        ]
        found.append(Part(name_of(collected, round_, given), about.who, about.who_label, False, series, figures))
    return found


def repeated(collected: Collected, rounds: Sequence[Round]) -> list[tuple[Asked, list[Round]]]:
    """Return the ordered questions that several of `rounds` asked, with those that did; as the latest worded them."""
    found: dict[tuple[str, str], tuple[Asked, list[Round]]] = {}
    for each in rounds:
        for asked in collected.asked(each):
            if asked.question.steps:
                _before, asking = found.get(asked.identity, (asked, []))
                found[asked.identity] = (asked, [*asking, each])
    return [(asked, asking) for asked, asking in found.values() if len(asking) > 1]


def series_of(asked: Asked, points: Sequence[Point]) -> Series:
    question = asked.question
    return Series(question.key, question.kind, asked.words, asked.theme, question.steps, points, asked.goal)
