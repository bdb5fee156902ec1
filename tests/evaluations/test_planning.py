"""Rounds are planned, changed, opened and called off by those who lead, and refused with a sentence."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from audit import asking
from audit.models import Entry
from engagements.models import Engagement, Event, Form, State
from evaluations import answers, links
from evaluations.models import Invitation, Mode, Round, RoundState
from evaluations.rounds import actions, usual
from evaluations.rounds.actions import MOST_STANDING
from tests.conftest import NOW, make_session
from tests.evaluation_story import make_people

Cast = Any
DAY = timedelta(days=1)
TODAY = NOW.date()


def plan(cast: Cast, **values: Any) -> Round:
    asking.become(cast.lead)
    fields: dict[str, Any] = {"kind": "interim", "questionnaire": values.get("kind", "interim"), "mode": "anonymous"}
    fields |= {"opens_on": TODAY + DAY, "closes_on": TODAY + 15 * DAY, "by": cast.lead, "now": NOW}
    return actions.plan(cast.engagement, **fields | values)


def again(round_: Round) -> Round:
    return Round.objects.select_related("engagement__practice").get(pk=round_.pk)


def opened(cast: Cast, **values: Any) -> Round:
    made = plan(cast, **values)
    actions.open_round(made, by=cast.lead, now=NOW)
    return again(made)


@pytest.fixture(autouse=True)
def now(time_machine: Any) -> None:
    time_machine.move_to(NOW, tick=False)


# --- planning -------------------------------------------------------------------------------------------------------


def test_a_planned_round_is_known_to_those_who_lead_alone(cast: Cast) -> None:
    made = plan(cast)
    assert (made.state, made.version.questionnaire.kind) == (RoundState.PLANNED, "interim")
    assert not Event.objects.filter(kind__startswith="round_").exists()
    entry = Entry.objects.get(event="round.planned")
    assert (entry.actor, entry.obj, entry.data) == (cast.lead.pk, made.pk, {"kind": "interim", "mode": "anonymous"})
    for who, sees in ((cast.co_supervisor, True), (cast.supervisee, False), (cast.contact, False)):
        asking.become(who)
        assert Round.objects.visible_to(who).exists() == sees


@pytest.mark.parametrize(("values", "said"), [
    ({"questionnaire": "nothing"}, "Choose a questionnaire."),
    ({"questionnaire": "baseline"}, "Choose a questionnaire."),
    ({"mode": "named"}, "does not suit"),
    ({"mode": "own"}, "does not suit"),
    ({"kind": "self"}, "does not suit"),
    ({"kind": "orderer", "mode": "shared"}, "does not suit"),
    ({"kind": "session"}, "from its page"),
    ({"opens_on": TODAY - DAY}, "has passed"),
    ({"opens_on": None, "closes_on": TODAY - DAY}, "The last day has passed."),
    ({"closes_on": TODAY}, "cannot be before the round opens"),
    ({"closes_on": TODAY + 94 * DAY}, "three months at most"),
    ({"opens_on": TODAY + 1500 * DAY, "closes_on": TODAY + 1510 * DAY}, "three years ahead"),
])  # fmt: skip
def test_what_makes_no_round_is_refused_with_a_sentence(cast: Cast, values: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        plan(cast, **values)
    assert not Round.objects.exists()


@pytest.mark.parametrize(("state", "planned", "opened_"), [
    (State.DRAFT, False, False), (State.OFFERED, True, False), (State.ACTIVE, True, True), (State.PAUSED, True, True),
    (State.CLOSED, False, False),
])  # fmt: skip
def test_in_which_states_of_a_process_a_round_is_planned_and_opened(
    cast: Cast, state: str, planned: bool, opened_: bool
) -> None:
    made = plan(cast)
    ending = {"ending": "completed", "closed_at": NOW} if state == State.CLOSED else {}
    Engagement.objects.filter(pk=cast.engagement.pk).update(state=state, **ending)
    cast.engagement.refresh_from_db()
    assert (not actions.blocker_to_planning(cast.engagement)) == planned
    if planned:
        assert plan(cast)
    try:
        assert actions.open_round(again(made), by=cast.lead, now=NOW) == opened_
    except ValidationError:
        assert not opened_


def test_there_are_not_more_than_thirty_at_a_time(cast: Cast) -> None:
    first = plan(cast)
    for _number in range(MOST_STANDING - 1):
        Round.objects.create(
            engagement=cast.engagement, version=first.version, kind="interim", mode="anonymous",
            closes_on=TODAY, created_by=cast.lead, created_at=NOW,
        )  # fmt: skip
    with pytest.raises(ValidationError, match="30 evaluations"):
        plan(cast)


@pytest.mark.parametrize(("form", "kind", "people", "mode"), [
    (Form.INDIVIDUAL, "baseline", 1, Mode.NAMED), (Form.PAIR, "final", 2, Mode.SHARED),
    (Form.GROUP, "interim", 4, Mode.SHARED), (Form.GROUP, "interim", 5, Mode.ANONYMOUS),
    (Form.COMMUNITY, "session", 0, Mode.ANONYMOUS), (Form.COMMUNITY, "session", 30, Mode.ANONYMOUS),
    (Form.GROUP, "orderer", 6, Mode.NAMED), (Form.PAIR, "self", 2, Mode.OWN),
])  # fmt: skip
def test_the_confidence_that_is_offered_first_suits_the_group(
    cast: Cast, form: str, kind: str, people: int, mode: str
) -> None:
    cast.engagement.form = form
    assert usual.default_mode(cast.engagement, kind, people) == mode


def test_where_a_practice_shows_more_carefully_a_group_of_six_shares(cast: Cast) -> None:
    cast.engagement.practice.smallest_group = 8
    assert usual.default_mode(cast.engagement, "interim", 6) == Mode.SHARED
    assert usual.default_mode(cast.engagement, "interim", 8) == Mode.ANONYMOUS


def test_all_that_the_contract_names_is_planned_at_once_and_once(agreed: Cast) -> None:
    made = actions.plan_all(agreed.engagement, by=agreed.lead, now=NOW)
    assert [(each.point, each.kind, each.mode, each.opens_on) for each in made] == [
        ("baseline", "baseline", "shared", TODAY + DAY), ("interim-1", "interim", "shared", date(2027, 5, 23)),
    ]  # fmt: skip
    assert actions.plan_all(agreed.engagement, by=agreed.lead, now=NOW) == []
    with pytest.raises(ValidationError, match="planned already"):
        plan(agreed, kind="baseline", point="baseline")
    actions.call_off(made[0], by=agreed.lead, now=NOW)
    assert [each.point for each in actions.plan_all(agreed.engagement, by=agreed.lead, now=NOW)] == ["baseline"]


def test_the_final_evaluation_ends_on_the_last_day(agreed: Cast) -> None:
    ends = TODAY + 60 * DAY
    Engagement.objects.filter(pk=agreed.engagement.pk).update(ends_on=ends)
    agreed.engagement.refresh_from_db()
    made = actions.plan_all(agreed.engagement, by=agreed.lead, now=NOW)
    assert [(each.point, each.opens_on, each.closes_on) for each in made[1:]] == [("final", ends - 14 * DAY, ends)]


def test_what_is_only_offered_is_planned_when_it_is_asked_for(cast: Cast) -> None:
    asking.become(cast.lead)
    assert actions.plan_all(cast.engagement, by=cast.lead, now=NOW) == []
    made = actions.plan_all(cast.engagement, only=["interim-1"], by=cast.lead, now=NOW)
    assert [each.point for each in made] == ["interim-1"]


# --- changing -------------------------------------------------------------------------------------------------------


def test_of_a_planned_round_everything_changes(cast: Cast) -> None:
    made = plan(cast)
    actions.change(
        made, opens_on=None, closes_on=TODAY + 5 * DAY, mode="coded", questionnaire="interim", by=cast.lead, now=NOW
    )
    changed = again(made)
    assert (changed.opens_on, changed.closes_on, changed.mode) == (None, TODAY + 5 * DAY, "coded")


def test_the_last_day_of_an_open_round_is_only_put_later(cast: Cast) -> None:
    made = opened(cast)
    with pytest.raises(ValidationError, match="can only be later"):
        actions.change(made, closes_on=made.closes_on - DAY, mode=made.mode, by=cast.lead, now=NOW)
    actions.change(made, closes_on=made.closes_on + DAY, mode="coded", by=cast.lead, now=NOW)
    assert (again(made).closes_on, again(made).mode) == (TODAY + 16 * DAY, "coded")


def test_once_somebody_has_answered_the_confidence_stays_and_no_number_is_told(cast: Cast) -> None:
    made = opened(cast)
    mark(cast, made.invitations.get(person=cast.people[0]))
    asking.become(cast.lead)
    with pytest.raises(ValidationError) as refused:
        actions.change(made, closes_on=made.closes_on, mode="coded", by=cast.lead, now=NOW)
    assert refused.value.message_dict == {"mode": ["Somebody has answered, counting on this confidence: it stays."]}
    actions.change(made, closes_on=made.closes_on + DAY, mode="anonymous", by=cast.lead, now=NOW)


def mark(cast: Cast, invitation: Invitation) -> None:
    """As the supervisee, by a link of their own: marked as having answered, and nothing more."""
    asking.become(cast.supervisee)
    token = links.mint_here(invitation.pk)
    assert token
    standing = links.standing_of(token)
    assert standing
    asking.come_by_link(standing.link)
    assert answers.mark_used()
    asking.come_by_link(None)


# --- opening --------------------------------------------------------------------------------------------------------


def test_everybody_is_asked_who_is_there_when_it_opens(cast: Cast) -> None:
    made = plan(cast)
    make_people(cast.engagement, cast.lead, 2)
    cast.engagement.participations.filter(person=cast.people[2]).update(left_on=TODAY)
    assert actions.open_round(made, by=cast.lead, now=NOW)
    asked = list(made.invitations.select_related("person"))
    assert len(asked) == 4
    assert all(one.participation_id and one.sent_for == NOW for one in asked)
    assert again(made).opens_on == TODAY
    assert (Event.objects.get(kind="round_opened").audience, Event.objects.get(kind="round_opened").data) == (
        "participants", {"round": str(made.pk), "occasion": "interim"},
    )  # fmt: skip
    with pytest.raises(ValidationError, match="moved on"):
        actions.open_round(made, by=cast.lead, now=NOW)
    assert made.invitations.count() == 4


def test_who_has_no_address_is_asked_without_a_mail(cast: Cast) -> None:
    made = opened(cast)
    ville = made.invitations.get(person=cast.people[2])
    assert ville.sent_for is None
    with pytest.raises(ValidationError, match="no address"):
        actions.invite_again(ville, by=cast.lead, now=NOW)


def test_from_how_many_on_results_are_shown_is_frozen_when_it_opens(cast: Cast) -> None:
    made = plan(cast)
    asking.become(cast.lead)
    type(cast.practice).objects.filter(pk=cast.practice.pk).update(smallest_group=7)
    actions.open_round(again(made), by=cast.lead, now=NOW)
    assert again(made).threshold == 7
    assert "from 7 answers" in usual.warning(again(made), 3)


def test_the_clients_contacts_in_the_contract_are_asked_for_their_view(cast: Cast) -> None:
    made = opened(cast, kind="orderer", mode="named")
    (asked,) = made.invitations.all()
    assert (asked.person, asked.participation) == (cast.client_contact.person, None)
    cast.client_contact.left_on = TODAY
    cast.client_contact.save()
    with pytest.raises(ValidationError, match="nobody to ask"):
        plan(cast, kind="orderer", mode="named")


def test_a_supervisor_asks_themselves_and_nobody_else_knows(cast: Cast) -> None:
    made = opened(cast, kind="self", mode="own")
    assert [asked.user for asked in made.invitations.select_related("user")] == [cast.lead]
    assert not Event.objects.filter(kind__startswith="round_").exists()
    asking.become(cast.co_supervisor)
    assert not Round.objects.filter(pk=made.pk).exists()
    assert not Entry.objects.filter(event__startswith="round.").exists()


def test_with_nobody_there_nothing_is_opened_by_hand(cast: Cast) -> None:
    made = plan(cast)
    cast.engagement.participations.update(left_on=TODAY)
    with pytest.raises(ValidationError, match="nobody to ask"):
        actions.open_round(made, by=cast.lead, now=NOW)
    assert again(made).state == RoundState.PLANNED


def test_what_is_past_its_last_day_is_not_opened(cast: Cast) -> None:
    made = plan(cast)
    with pytest.raises(ValidationError, match="Give a later one first"):
        actions.open_round(made, by=cast.lead, now=NOW + 20 * DAY)


def test_feedback_on_a_session_is_asked_with_one_click_and_once(cast: Cast) -> None:
    asking.become(cast.lead)
    with pytest.raises(ValidationError, match="was held"):
        actions.ask_for_feedback(cast.session, by=cast.lead, now=NOW)
    held = make_session(cast.engagement, NOW - DAY, state="held")
    made = actions.ask_for_feedback(held, by=cast.lead, now=NOW)
    assert (made.session, made.kind, made.closes_on) == (held, "session", TODAY + 7 * DAY)
    assert made.invitations.count() == 3
    with pytest.raises(ValidationError, match="planned already"):
        actions.ask_for_feedback(held, by=cast.lead, now=NOW)


def test_a_link_is_sent_again_but_not_at_once(cast: Cast) -> None:
    made = opened(cast)
    asked = made.invitations.get(person=cast.people[0])
    with pytest.raises(ValidationError, match="just now"):
        actions.invite_again(asked, by=cast.lead, now=NOW + timedelta(minutes=4))
    later: datetime = NOW + timedelta(minutes=5)
    actions.invite_again(asked, by=cast.lead, now=later)
    assert made.invitations.get(pk=asked.pk).sent_for == later
    asked.round.state = RoundState.CLOSED
    with pytest.raises(ValidationError, match="has ended"):
        actions.invite_again(asked, by=cast.lead, now=later)


# --- the end --------------------------------------------------------------------------------------------------------


def test_the_end_is_asked_for_once(cast: Cast) -> None:
    planned, made = plan(cast), opened(cast)
    with pytest.raises(ValidationError, match="moved on"):
        actions.ask_to_close(planned, by=cast.lead, now=NOW)
    actions.ask_to_close(made, by=cast.lead, now=NOW)
    assert again(made).closing_asked_at == NOW
    with pytest.raises(ValidationError, match="moved on"):
        actions.ask_to_close(made, by=cast.lead, now=NOW + DAY)


def test_calling_off_is_told_to_those_who_knew(cast: Cast) -> None:
    planned, made = plan(cast), opened(cast)
    for each in (planned, made):
        actions.call_off(each, by=cast.lead, now=NOW)
        assert again(each).state == RoundState.CALLED_OFF
        with pytest.raises(ValidationError, match="moved on"):
            actions.call_off(each, by=cast.lead, now=NOW)
    told = Event.objects.filter(kind="round_off").values_list("data__round", "audience")
    assert dict(told) == {str(planned.pk): "supervisors", str(made.pk): "participants"}
