"""Results: what page and paper show of a closed round, to whom, and what they withhold."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import User
from audit import asking
from audit.models import Entry
from engagements.actions import describe_levels
from engagements.models import LEVELS, Engagement, Form, Goal, GoalLevels
from evaluations.models import Mode, Outcome, Round
from evaluations.questions import DONT_KNOW, Answers, Kind, Option, Question
from evaluations.results.found import Comparison, RoundResults
from evaluations.results.reading import WITHHELD, WITHHELD_ROUND, comparison, results_of
from tests.conftest import NOW
from tests.evaluation_story import (
    QUESTIONS,
    answered,
    give,
    link_for,
    make_people,
    make_round,
    make_version,
    settle,
)

Cast = Any
Enter = Callable[[User], Client]
CHOICE = Question(
    "place", Kind.CHOICE, {"en": "Where do we meet?"},
    options=[Option("here", {"en": "Here"}), Option("there", {"en": "There"}), Option("screen", {"en": "On screens"})],
)  # fmt: skip
SPREAD = [1, 2, 2, 4, 4, 5]


@pytest.fixture
def six(settled: Cast) -> Cast:
    """The cast with six supervisees."""
    with transaction.atomic():
        make_people(settled.engagement, settled.lead, 3)
    return settled


def results(round_: Round, by: User) -> RoundResults:
    with transaction.atomic():
        asking.become(by)
        return results_of(round_, by, NOW)


def over(engagement: Engagement, by: User) -> Comparison:
    with transaction.atomic():
        asking.become(by)
        return comparison(engagement, by, NOW)


def figure(found: RoundResults, key: str) -> Any:
    return next(each for each in found.questions if each.key == key)


def given(key: str, values: list[Any]) -> list[dict[str, Any]]:
    return [{} if value is None else {key: value} for value in values]


def test_supervisors_and_supervisees_read_the_same_results(six: Cast, client: Client) -> None:
    made = answered(six.engagement, six.lead, given("climate", SPREAD))
    shown = figure(results(made, six.lead), "climate").shown
    assert (shown.n, shown.median, shown.low, shown.high) == (6, 3, 2, 4)
    for member in (six.lead, six.co_supervisor, six.supervisee):
        assert results(made, member).questions == results(made, six.lead).questions
        client.force_login(member)
        page = client.get(reverse("results:round", args=[made.pk]))
        assert page.status_code == 200
        assert "We speak about hard things in time." in page.content.decode()


def test_nobody_else_finds_them(six: Cast, client: Client) -> None:
    made = answered(six.engagement, six.lead, given("climate", SPREAD))
    addresses = [reverse(f"results:{name}", args=[made.pk]) for name in ("round", "pdf", "agree")]
    addresses.append(reverse("results:over_rounds", args=[six.engagement.pk]))
    for name in ("contact", "practice_admin", "administrator", "stranger", "stranger_supervisee"):
        client.force_login(six.members[name])
        assert {client.get(address).status_code for address in addresses} <= {404, 302}, name
        assert "hard things" not in "".join(client.get(address).content.decode() for address in addresses)


@pytest.mark.parametrize("outcome", [Outcome.FEW, Outcome.NEAR, Outcome.REFUSED, Outcome.NOBODY])
def test_a_round_that_is_not_shown_says_one_sentence_without_a_number(six: Cast, client: Client, outcome: str) -> None:
    made = answered(six.engagement, six.lead, given("climate", [3, 4]), outcome=outcome)
    found = results(made, six.supervisee)
    assert (found.withheld, found.questions) == (True, [])
    client.force_login(six.lead)
    page = client.get(reverse("results:round", args=[made.pk])).content.decode()
    assert str(WITHHELD_ROUND) in page
    main = page[page.index("<main") : page.index("</main>")]
    assert "answers." not in main
    assert ">2<" not in main


def test_of_a_round_too_near_to_another_the_texts_are_read_without_figures(six: Cast) -> None:
    answers: list[Answers] = [{"climate": 4, "own": f"Ajatus {number}"} for number in range(5)]
    found = results(answered(six.engagement, six.lead, answers, outcome=Outcome.NEAR), six.lead)
    assert found.withheld
    assert found.questions == []
    assert {*found.texts[0].texts} == {f"Ajatus {number}" for number in range(5)}


@pytest.mark.parametrize("values", [[4] * 6, [4, 4, 4, 4, 4, 5], [1, 2, 3, 4, None, None], [DONT_KNOW] * 6, []])
def test_a_question_whose_answers_could_be_told_is_withheld_in_one_sentence(
    six: Cast, client: Client, values: list[Any]
) -> None:
    made = answered(six.engagement, six.lead, given("climate", values))
    assert figure(results(made, six.lead), "climate").withheld
    client.force_login(six.supervisee)
    page = client.get(reverse("results:round", args=[made.pk])).content.decode()
    assert str(WITHHELD) in page


def test_a_step_of_one_is_told_only_with_its_neighbour(six: Cast) -> None:
    rows = figure(results(answered(six.engagement, six.lead, given("climate", SPREAD)), six.lead), "climate").rows
    assert all(row.count >= 2 for row in rows)
    assert sum(row.count for row in rows) == 6


def test_what_one_person_wrote_and_chose_never_stands_together(six: Cast) -> None:
    """Each question's texts have an order of their own, which follows from the words alone."""
    questions = [*QUESTIONS, Question("more", Kind.TEXT, {"en": "What else?"})]
    with transaction.atomic():
        asking.become(six.lead)
        version = make_version(six.engagement, six.lead, questions)
    answers: list[Answers] = [
        {"climate": value, "own": f"Ensin {number}", "more": f"Sitten {number}"} for number, value in enumerate(SPREAD)
    ]
    made = answered(six.engagement, six.lead, answers, version=version)
    first, second = results(made, six.lead).texts
    again = results(made, six.supervisee).texts
    assert (first.texts, second.texts) == (again[0].texts, again[1].texts), "the same for everybody, at every look"
    orders = [[text.split()[1] for text in each.texts] for each in (first, second)]
    assert sorted(orders[0]) == sorted(orders[1])
    assert orders[0] != orders[1]


def test_rare_options_of_a_choice_are_told_together(six: Cast) -> None:
    with transaction.atomic():
        asking.become(six.lead)
        version = make_version(six.engagement, six.lead, [CHOICE])
    made = answered(
        six.engagement, six.lead, given("place", ["here", "here", "here", "there", "there", "screen"]), version=version
    )
    options = figure(results(made, six.lead), "place").options
    assert [(option.words, option.count) for option in options] == [
        ("Here", 3), ("Another one: There, On screens", 3),
    ]  # fmt: skip


# --- goals ----------------------------------------------------------------------------------------------------------


def make_goal(engagement: Engagement, lead: User, text: str = "We speak in time", **fields: Any) -> Goal:
    goal = Goal.objects.create(engagement=engagement, theme="dialogue", text=text, **fields)
    describe(goal, lead, "first", NOW - timedelta(days=30))
    return goal


def describe(goal: Goal, lead: User, word: str, at: Any) -> None:
    texts = {level: f"{word} {level}" for level in LEVELS}
    describe_levels(
        goal, texts, agreed_how=GoalLevels.How.SESSION, agreed_on=at.date(), agreed_by="The group", by=lead, now=at,
        **({"reason": "Clearer"} if word != "first" else {}),
    )  # fmt: skip


def test_goals_are_shown_by_the_levels_in_force_when_the_round_opened_before_the_figure(
    six: Cast, client: Client
) -> None:
    with transaction.atomic():
        asking.become(six.lead)
        goal = make_goal(six.engagement, six.lead)
        levels = goal.levels.get()
        version = make_version(six.engagement, six.lead, [Question("goals", Kind.GOALS, {})])
    key = f"goal:{goal.pk}:{levels.pk}"
    made = answered(six.engagement, six.lead, given(key, [-1, -1, 1, 1, 1, 2]), version=version)
    with transaction.atomic():
        asking.become(six.lead)
        describe(goal, six.lead, "later", NOW + timedelta(days=1))
    found = results(made, six.supervisee)
    shown = figure(found, key)
    assert [(row.label, row.count) for row in shown.rows][-1] == ("−2 … −1", 2)
    assert shown.rows[0].words == "first 2; first 1; first 0"
    assert shown.shown.median == 1
    assert str(found.attained) == "60.00", "one goal one level above what was expected"
    client.force_login(six.lead)
    page = client.get(reverse("results:round", args=[made.pk])).content.decode()
    assert page.index("first 1") < page.index("T = 60.00")
    assert "later" not in page


def test_without_every_goal_told_there_is_no_figure_for_them(six: Cast) -> None:
    with transaction.atomic():
        asking.become(six.lead)
        goals = [make_goal(six.engagement, six.lead, f"Goal {number}", position=number) for number in (0, 1)]
        keys = [f"goal:{goal.pk}:{goal.levels.get().pk}" for goal in goals]
        version = make_version(six.engagement, six.lead, [Question("goals", Kind.GOALS, {})])
    answers = [{keys[0]: value, keys[1]: 0} for value in (-1, -1, 0, 0, 1, 1)]
    found = results(answered(six.engagement, six.lead, answers, version=version), six.lead)
    assert [each.withheld for each in found.goals] == [False, True]
    assert found.attained is None


# --- before and after -----------------------------------------------------------------------------------------------


def test_medians_are_compared_with_the_round_before(six: Cast) -> None:
    answered(six.engagement, six.lead, given("climate", [1, 1, 2, 2, 3, 3]))
    later = answered(six.engagement, six.lead, given("climate", [3, 3, 4, 4, 5, 5]))
    compared = figure(results(later, six.lead), "climate").compared
    assert (compared.median, compared.moved, compared.paired) == (2, 2, False)
    assert compared.change is None


def test_a_final_round_is_compared_with_the_first_one_and_under_a_code_person_by_person(six: Cast) -> None:
    fields: dict[str, Any] = {"mode": Mode.CODED}
    answered(six.engagement, six.lead, given("climate", [1, 1, 1, 5, 5, 5]), kind="baseline", **fields)
    answered(six.engagement, six.lead, given("climate", [2, 2, 3, 3, 4, 4]), kind="interim", **fields)
    last = answered(six.engagement, six.lead, given("climate", [3, 3, 4, 4, 3, 3]), kind="final", **fields)
    compared = figure(results(last, six.supervisee), "climate").compared
    assert compared.about.kind == "Baseline evaluation"
    assert (compared.change.n, compared.change.median) == (6, 0.5)
    assert compared.directions == [(-1, -1, 3), (0, 1, 3)], "nobody stayed, which is told of nobody alone"


def test_reliable_change_is_told_only_of_a_scale_whose_reliability_is_known(six: Cast) -> None:
    known = Question("energy", Kind.SCALE, {"en": "Energy?"}, reliability=0.9, source="Somebody 2001")
    unknown = Question("sense", Kind.SCALE, {"en": "Sense?"})
    with transaction.atomic():
        asking.become(six.lead)
        version = make_version(six.engagement, six.lead, [known, unknown])
    before, after = [0, 0, 0, 10, 10, 10], [5, 5, 6, 6, 5, 5]
    for values in (before, after):
        answers = [{"energy": value, "sense": value} for value in values]
        made = answered(six.engagement, six.lead, answers, mode=Mode.CODED, version=version)
    found = results(made, six.lead)
    energy, sense = figure(found, "energy").compared, figure(found, "sense").compared
    assert (energy.reliable, energy.directions) == (True, [(-1, -1, 2), (0, 1, 4)])
    assert (sense.reliable, sense.directions) == (False, [(-1, -1, 3), (0, 1, 3)])


def test_the_results_of_a_round_stay_as_they_were_when_later_ones_come(six: Cast) -> None:
    first = answered(six.engagement, six.lead, given("climate", SPREAD))
    before = results(first, six.lead)
    answered(six.engagement, six.lead, given("climate", [5, 5, 4, 4, 3, 3]))
    assert results(first, six.lead) == before


def test_what_would_follow_from_two_rounds_together_is_withheld(settled: Cast) -> None:
    """Ten answer, then five of them: the other five are told by the difference, and must not be unanimous."""
    with transaction.atomic():
        make_people(settled.engagement, settled.lead, 7)
    firsts: list[int | None] = [1, 2, 3, 4, 5, 3, 3, 3, 3, 3]
    answered(settled.engagement, settled.lead, given("climate", firsts))
    later = answered(settled.engagement, settled.lead, given("climate", [1, 2, 3, 4, 5]))
    assert figure(results(later, settled.lead), "climate").withheld


# --- shared and by name ---------------------------------------------------------------------------------------------


def test_a_shared_round_is_shown_as_it_is_and_names_nobody(settled: Cast, client: Client) -> None:
    answers = [{"climate": value, "own": f"Sana {value}"} for value in (4, 4, 5)]
    made = answered(settled.engagement, settled.lead, answers, mode=Mode.SHARED)
    found = results(made, settled.supervisee)
    assert [(row.label, row.count) for row in figure(found, "climate").rows] == [
        ("1", 0), ("2", 0), ("3", 0), ("4", 2), ("5", 1),
    ]  # fmt: skip
    assert len(found.texts[0].texts) == 3
    client.force_login(settled.supervisee)
    page = client.get(reverse("results:round", args=[made.pk])).content.decode()
    assert "Öberg" not in page
    assert "Wikman" not in page


@pytest.fixture
def alone(settled: Cast) -> Cast:
    """The cast in an individual process of the supervisee's."""
    with transaction.atomic():
        asking.become(settled.lead)
        settled.engagement.participations.exclude(person=settled.people[0]).delete()
        Engagement.objects.filter(pk=settled.engagement.pk).update(form=Form.INDIVIDUAL)
    return settled


def test_answers_by_name_stand_beside_earlier_ones_and_their_reading_is_written_down(
    alone: Cast, client: Client
) -> None:
    answered(alone.engagement, alone.lead, [{"climate": 2, "own": "Ennen"}], mode=Mode.NAMED)
    made = answered(alone.engagement, alone.lead, [{"climate": 4, "own": "Nyt"}], mode=Mode.NAMED)
    found = results(made, alone.lead)
    assert found.questions == []
    author = found.authors[0]
    assert author.name == "Sanna Salo"
    climate = author.answers[0]
    assert (climate.said, climate.before, climate.moved) == ("4", "2", "+2")
    assert results(made, alone.supervisee).authors == found.authors
    for member in (alone.lead, alone.supervisee, alone.lead):
        client.force_login(member)
        assert "Nyt" in client.get(reverse("results:round", args=[made.pk])).content.decode()
    with transaction.atomic():
        asking.become(alone.lead)
        read = list(Entry.objects.filter(event="evaluation.read").values_list("actor", "obj"))
    assert read == [(alone.lead.pk, made.pk)], "once an hour, and never one's own"
    client.force_login(alone.supervisee)
    page = client.get(reverse("reads:reads", args=[alone.engagement.pk])).content.decode()
    assert "Your answers to the evaluation" in page


def test_an_evaluation_of_oneself_is_seen_by_its_author_alone(settled: Cast, client: Client) -> None:
    with transaction.atomic():
        made = make_round(settled.engagement, settled.lead, mode=Mode.OWN, kind="self")
        asked = made.invitations.create(user=settled.lead, sent_for=NOW)
    assert give(link_for(asked), {"climate": 5, "own": "Itsestäni"})
    settle(made)
    assert results(made, settled.lead).authors[0].answers[0].said == "5"
    for member in (settled.co_supervisor, settled.supervisee, settled.contact):
        client.force_login(member)
        assert client.get(reverse("results:round", args=[made.pk])).status_code == 404


# --- over rounds ----------------------------------------------------------------------------------------------------


def test_a_question_is_followed_over_rounds_and_a_withheld_one_is_a_gap(six: Cast, client: Client) -> None:
    for values, outcome in ((SPREAD, Outcome.SHOWN), ([4, 4], Outcome.FEW), ([5, 5, 4, 4, 3, 3], Outcome.SHOWN)):
        answered(six.engagement, six.lead, given("climate", list(values)), outcome=outcome)
    part = over(six.engagement, six.supervisee).parts[0]
    climate = next(each for each in part.series if each.key == "climate")
    assert [middle for _point, middle, _half in climate.rows] == ["3", "", "4"]
    assert climate.chart
    assert len(climate.chart.paths) == 2
    client.force_login(six.supervisee)
    page = client.get(reverse("results:over_rounds", args=[six.engagement.pk])).content.decode()
    assert str(WITHHELD) in page


def test_before_there_is_anything_to_compare_the_page_says_so(cast: Cast, enter: Enter) -> None:
    page = enter(cast.supervisee).get(reverse("results:over_rounds", args=[cast.engagement.pk]))
    assert "No question has been asked in two closed rounds yet." in page.content.decode()


def test_an_open_round_says_when_its_results_come(cast: Cast, enter: Enter) -> None:
    made = make_round(cast.engagement, cast.lead)
    browser = enter(cast.supervisee)
    page = browser.get(reverse("results:round", args=[made.pk]))
    assert "The results are not there yet" in page.content.decode()
    assert browser.get(reverse("results:pdf", args=[made.pk])).status_code == 302


def test_pages_ask_as_often_for_many_rounds_as_for_one(six: Cast, client: Client) -> None:
    client.force_login(six.lead)
    counts: dict[str, list[int]] = {}
    for number in range(1, 8):
        made = answered(six.engagement, six.lead, given("climate", SPREAD))
        if number in (2, 7):
            for name, pk in (("round", made.pk), ("over_rounds", six.engagement.pk)):
                client.get(reverse(f"results:{name}", args=[pk]))
                with_queries = queries(client, reverse(f"results:{name}", args=[pk]))
                counts.setdefault(name, []).append(with_queries)
    for found in counts.values():
        assert found[0] == found[1]
        assert found[0] <= 12 + 12


def queries(client: Client, address: str) -> int:
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)
