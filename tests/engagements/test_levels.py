"""Levels of a goal: in words before it is scored, the same from the offer on, changed only by an agreed new version."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import User
from audit import asking
from engagements.actions import describe_levels
from engagements.models import Contract, Engagement, Goal, GoalLevels, State
from engagements.terms import canonical, collect, freeze, terms_of, thaw
from engagements.wording import words_of
from tests.conftest import NOW, Cast, make_engagement

Enter = Callable[[User], Client]
TEXTS = {2: "Kaikki puhuvat", 1: "Useimmat puhuvat", 0: "Puolet puhuu", -1: "Muutama puhuu", -2: "Kukaan ei puhu"}
COLUMNS = {"much_more": "A", "more": "B", "expected": "C", "less": "D", "much_less": "E"}
AGREED: dict[str, Any] = {"agreed_how": "session", "agreed_on": NOW.date(), "agreed_by": "Koko ryhmä"}


@pytest.fixture
def lead(cast: Cast, enter: Enter) -> Client:
    asking.become(cast.lead)
    return enter(cast.lead)


@pytest.fixture
def draft(cast: Cast, lead: Client) -> Engagement:
    return make_engagement(cast.practice, cast.lead, cast.organisation, cast.people, state=State.DRAFT, title="Uusi")


def goal_of(engagement: Engagement, **fields: Any) -> Goal:
    return Goal.objects.create(engagement=engagement, theme="dialogue", text="Puhumme suoraan", **fields)


def url(goal: Goal) -> str:
    return reverse("engagements:levels", args=[goal.engagement_id, goal.pk])


def test_in_a_draft_the_levels_are_written_over(lead: Client, draft: Engagement) -> None:
    goal = goal_of(draft)
    assert lead.post(url(goal), COLUMNS).status_code == 302
    lead.post(url(goal), COLUMNS | {"expected": "Uusi"})
    levels = goal.levels.get()
    assert (levels.version, levels.expected, levels.agreed_how) == (1, "Uusi", "contract")


def test_all_five_are_described_and_what_was_typed_stays(lead: Client, draft: Engagement) -> None:
    goal = goal_of(draft)
    answer = lead.post(url(goal), COLUMNS | {"less": ""})
    assert "less" in answer.context["form"].errors
    assert 'name="more"' in answer.content.decode()
    assert "B</textarea>" in answer.content.decode()
    assert not goal.levels.exists()


def test_a_level_is_at_most_three_hundred_characters(lead: Client, draft: Engagement) -> None:
    assert "more" in lead.post(url(goal_of(draft)), COLUMNS | {"more": "x" * 301}).context["form"].errors


def test_after_the_start_somebody_agrees_and_a_change_says_why(lead: Client, cast: Cast) -> None:
    goal = goal_of(cast.engagement)
    answer = lead.post(url(goal), COLUMNS)
    assert {"agreed_on", "agreed_by"} <= set(answer.context["form"].errors)
    agreed = {"agreed_on": "1.12.2025", "agreed_how": "session", "agreed_by": "Koko ryhmä"}
    assert lead.post(url(goal), COLUMNS | agreed).status_code == 302
    assert "reason" in lead.post(url(goal), COLUMNS | agreed).context["form"].errors
    lead.post(url(goal), COLUMNS | agreed | {"expected": "Uusi", "reason": "Tiimi kasvoi"})
    assert [(one.version, one.expected, one.reason) for one in goal.levels.all()] == [
        (1, "C", ""),
        (2, "Uusi", "Tiimi kasvoi"),
    ]
    page = lead.get(reverse("progress:goal", args=[goal.pk])).content.decode()
    assert "Tiimi kasvoi" in page
    assert "Earlier levels" in page


@pytest.mark.parametrize("state", [State.OFFERED, State.CLOSED])
def test_on_offer_and_after_the_end_no_level_changes(cast: Cast, lead: Client, state: str) -> None:
    engagement = make_engagement(cast.practice, cast.lead, cast.organisation, cast.people, state=State.OFFERED)
    goal = goal_of(engagement)
    if state == State.CLOSED:
        engagement.move_to(State.CLOSED, ending="completed", closed_at=NOW)
    with pytest.raises(ValidationError):
        describe_levels(goal, TEXTS, by=cast.lead, now=NOW, **AGREED)
    with pytest.raises(DatabaseError), transaction.atomic():
        GoalLevels.objects.create(goal=goal, described_at=NOW, described_by=cast.lead, **COLUMNS, **AGREED)


@pytest.mark.parametrize(
    "change", [{"expected": "Helpompi"}, {"agreed_by": "Joku muu"}, {"version": 7}], ids=["words", "who", "version"]
)
def test_the_database_keeps_levels_that_were_agreed(cast: Cast, lead: Client, change: dict[str, Any]) -> None:
    goal = goal_of(cast.engagement)
    describe_levels(goal, TEXTS, by=cast.lead, now=NOW, **AGREED)
    with pytest.raises(DatabaseError), transaction.atomic():
        goal.levels.update(**change)


def test_what_is_described_in_the_draft_stays_once_it_is_offered(cast: Cast, draft: Engagement) -> None:
    goal = goal_of(draft)
    describe_levels(goal, TEXTS, by=cast.lead, now=NOW)
    draft.move_to(State.OFFERED)
    with pytest.raises(DatabaseError), transaction.atomic():
        goal.levels.update(expected="Helpompi")


def test_the_contract_carries_the_levels_of_shared_goals_and_of_no_others(cast: Cast, draft: Engagement) -> None:
    shared, own = goal_of(draft), goal_of(draft, owner=draft.participations.first())
    contract = draft.contracts.get()
    before = canonical(collect(contract))
    assert "levels" not in before
    describe_levels(own, TEXTS, by=cast.lead, now=NOW)
    assert canonical(collect(contract)) == before
    describe_levels(shared, TEXTS, by=cast.lead, now=NOW)
    terms = collect(contract)
    assert [goal.levels for goal in terms.goals] == [tuple(TEXTS.values())]
    assert thaw(freeze(terms)) == terms
    text = str(words_of(terms))
    assert "+2: Kaikki puhuvat" in text
    assert "−2: Kukaan ei puhu" in text


def test_a_contract_frozen_without_levels_keeps_its_hash_when_they_are_described_later(
    cast: Cast, lead: Client
) -> None:
    contract = Contract.objects.get(engagement=cast.engagement)
    before = contract.terms_hash, contract.terms
    describe_levels(goal_of(cast.engagement), TEXTS, by=cast.lead, now=NOW, **AGREED)
    contract.refresh_from_db()
    assert (contract.terms_hash, contract.terms) == before
    assert all(goal.levels is None for goal in terms_of(contract).goals)


def test_saving_the_wizard_again_keeps_the_levels_of_a_goal_whose_words_stay(lead: Client, draft: Engagement) -> None:
    goal = goal_of(draft)
    describe_levels(goal, TEXTS, by=draft.lead, now=NOW)
    page = lead.get(reverse("engagements:how", args=[draft.pk])).context["form"]
    data = {
        **{name: value if value is not None else "" for name, value in page.initial.items()},
        "goals-TOTAL_FORMS": "2", "goals-INITIAL_FORMS": "0", "goals-0-text": "Puhumme suoraan",
        "goals-0-theme": "wellbeing", "goals-1-text": "Toinen", "goals-1-theme": "meaning",
        "reporting-TOTAL_FORMS": "0", "reporting-INITIAL_FORMS": "0", "minutes": "90", "mode": "in_person",
        "rhythm": "agreed",
    }  # fmt: skip
    answer = lead.post(reverse("engagements:how", args=[draft.pk]), {k: str(v) for k, v in data.items()})
    assert answer.status_code == 302, answer.context["form"].errors
    assert [(one.text, one.theme) for one in draft.goals.all()] == [
        ("Puhumme suoraan", "wellbeing"), ("Toinen", "meaning"),
    ]  # fmt: skip
    assert goal.levels.get().expected == "Puolet puhuu"


def test_levels_of_a_private_goal_are_seen_by_its_owner_and_the_supervisors_alone(cast: Cast, lead: Client) -> None:
    sanna = cast.engagement.participations.get(person=cast.people[0])
    other = cast.engagement.participations.get(person=cast.people[1])
    own, foreign, shared = (
        goal_of(cast.engagement, owner=sanna),
        goal_of(cast.engagement, owner=other),
        goal_of(cast.engagement),
    )
    for goal in (own, foreign, shared):
        describe_levels(goal, TEXTS, by=cast.lead, now=NOW, **AGREED)
    seen = {}
    for name, user in cast.members.items():
        asking.become(user)
        seen[name] = set(GoalLevels.objects.values_list("goal", flat=True))
        assert set(GoalLevels.objects.visible_to(user).values_list("goal", flat=True)) == seen[name], name
    every = {own.pk, foreign.pk, shared.pk}
    nothing: set[Any] = set()
    assert seen == {
        "lead": every, "co_supervisor": every, "supervisee": {own.pk, shared.pk}, "contact": {shared.pk},
        "practice_admin": nothing, "administrator": nothing, "stranger": nothing, "stranger_supervisee": nothing,
    }  # fmt: skip
