"""Rounds open on their date and close once; what of them is shown follows from who answered."""

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from audit import asking
from audit.connecting import as_role
from audit.models import Entry
from audit.roles import Role
from engagements.models import Engagement, Event, Form, State
from evaluations import answers, links
from evaluations.models import Invitation, Mode, Outcome, Questionnaire, Round, RoundState, Version
from evaluations.questions import Kind, Question
from evaluations.rounds import actions, closing
from tests.conftest import NOW
from tests.evaluation_story import give, make_people, make_round, make_version

Cast = Any
Worker = Callable[[], AbstractContextManager[None]]
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
TODAY = NOW.date()
#: The day after the last one, a minute after midnight.
OVER = NOW.replace(hour=0, minute=1) + DAY


class Story:
    """A process with as many supervisees as a test needs, its rounds, who answers them, and the worker."""

    def __init__(self, cast: Cast) -> None:
        self.cast, self.engagement = cast, cast.engagement

    def people(self, count: int) -> None:
        """Let there be `count` supervisees in all."""
        with transaction.atomic():
            make_people(self.engagement, self.cast.lead, count - 3)

    def open(self, **values: Any) -> Round:
        with transaction.atomic():
            return make_round(self.engagement, self.cast.lead, **values)

    def invited(self, made: Round) -> list[Invitation]:
        with transaction.atomic():
            asking.become(self.cast.lead)
            return list(made.invitations.select_related("participation").order_by("person__email", "pk"))

    def answer(self, made: Round, who: Sequence[int], *, consents: bool | None = None) -> None:
        """Let those of the invited answer whose places are `who`."""
        invited = self.invited(made)
        with as_role(Role.WORKER):
            tokens = [links.mint(invited[place].pk) for place in who]
        for token in tokens:
            assert give(token, {"climate": 3}, consents=consents)

    def mark(self, made: Round, place: int) -> str:
        """Let one be marked as having answered, with the answer still on its way; return their link."""
        invitation = self.invited(made)[place]
        with as_role(Role.WORKER):
            token = links.mint(invitation.pk)
        with transaction.atomic():
            standing = links.standing_of(token)
            assert standing
            asking.come_by_link(standing.link)
            assert answers.mark_used()
        return token

    def leave(self, made: Round, place: int) -> None:
        part = self.invited(made)[place].participation
        assert part
        with self.lead():
            type(part).objects.filter(pk=part.pk).update(left_on=TODAY)

    def lead(self) -> AbstractContextManager[None]:
        return asking.acting_as(self.cast.lead)

    def move(self, now: Any) -> None:
        with as_role(Role.WORKER):
            closing.move(now)

    def stands(self, made: Round) -> tuple[str, str, str]:
        with self.lead():
            return Round.objects.values_list("state", "closed_how", "outcome").get(pk=made.pk)


@pytest.fixture
def story(settled: Cast) -> Story:
    return Story(settled)


# --- opening --------------------------------------------------------------------------------------------------------


def plan(story: Story, **values: Any) -> Round:
    with story.lead():
        kind = values.get("kind", "interim")
        fields: dict[str, Any] = {"kind": kind, "questionnaire": kind, "mode": "anonymous", "opens_on": TODAY + DAY}
        fields |= {"closes_on": TODAY + 15 * DAY, "by": story.cast.lead, "now": NOW}
        return actions.plan(story.engagement, **fields | values)


def asked(story: Story, made: Round) -> int:
    with story.lead():
        return made.invitations.count()


def test_a_round_opens_on_its_date_and_two_workers_open_it_once(story: Story) -> None:
    made = plan(story)
    story.move(NOW)
    assert story.stands(made)[0] == RoundState.PLANNED
    story.move(NOW + DAY)
    story.move(NOW + DAY + MINUTE)
    assert (story.stands(made)[0], asked(story, made)) == (RoundState.OPEN, 3)
    with story.lead():
        assert Event.objects.filter(kind="round_opened").count() == 1
        assert Entry.objects.get(event="round.opened").actor is None


def test_the_worker_asks_the_clients_contacts_and_the_supervisor_themselves(story: Story) -> None:
    orderer = plan(story, kind="orderer", mode="named")
    own = plan(story, kind="self", mode="own")
    story.move(NOW + DAY)
    with story.lead():
        assert [one.person_id for one in orderer.invitations.all()] == [story.cast.client_contact.person_id]
        assert [one.user_id for one in own.invitations.all()] == [story.cast.lead.pk]


def test_with_nobody_left_it_is_called_off_and_says_why(story: Story) -> None:
    made = plan(story)
    with story.lead():
        story.engagement.participations.update(left_on=TODAY)
    story.move(NOW + DAY)
    assert story.stands(made)[0] == RoundState.CALLED_OFF
    with story.lead():
        assert Event.objects.get(kind="round_off").data["why"] == "nobody"


@pytest.mark.parametrize(("state", "then"), [
    (State.OFFERED, RoundState.PLANNED), (State.PAUSED, RoundState.OPEN), (State.CLOSED, RoundState.CALLED_OFF),
])  # fmt: skip
def test_what_becomes_of_a_planned_round_when_its_process_is_not_active(story: Story, state: str, then: str) -> None:
    made = plan(story)
    ending = {"ending": "completed", "closed_at": NOW} if state == State.CLOSED else {}
    with story.lead():
        Engagement.objects.filter(pk=story.engagement.pk).update(state=state, **ending)
    story.move(NOW + DAY)
    assert story.stands(made)[0] == then


def test_a_round_whose_last_day_has_passed_waits_for_another(story: Story) -> None:
    made = plan(story)
    story.move(NOW + 20 * DAY)
    assert story.stands(made)[0] == RoundState.PLANNED


# --- when it closes -------------------------------------------------------------------------------------------------


def test_it_closes_after_its_last_day_and_not_on_it(story: Story) -> None:
    made = story.open()
    story.answer(made, [0])
    story.move(OVER - 2 * MINUTE)
    assert story.stands(made)[0] == RoundState.OPEN
    story.move(OVER)
    assert story.stands(made) == (RoundState.CLOSED, "date", Outcome.FEW)
    story.move(OVER)
    with story.lead():
        assert Event.objects.get(kind="round_closed").data == {"round": str(made.pk), "occasion": "interim"}
        assert Entry.objects.get(event="round.closed").actor is None


def test_it_closes_when_everybody_who_is_still_there_has_answered(story: Story) -> None:
    story.people(6)
    made = story.open()
    story.answer(made, range(5))
    story.move(NOW)
    assert story.stands(made)[0] == RoundState.OPEN
    story.leave(made, 5)
    story.move(NOW)
    assert story.stands(made) == (RoundState.CLOSED, "all", Outcome.SHOWN)


def test_it_closes_when_it_is_asked_for(story: Story) -> None:
    made = story.open()
    with story.lead():
        actions.ask_to_close(made, by=story.cast.lead, now=NOW)
    story.move(NOW)
    assert story.stands(made) == (RoundState.CLOSED, "hand", Outcome.NOBODY)


def test_an_answer_on_its_way_is_waited_for_but_not_longer_than_an_hour(story: Story) -> None:
    made, other = story.open(), story.open()
    token = story.mark(made, 0)
    story.mark(other, 0)
    story.move(OVER)
    assert story.stands(made)[0] == story.stands(other)[0] == RoundState.OPEN
    assert give(token, {"climate": 3})
    story.move(OVER + MINUTE)
    assert story.stands(made) == (RoundState.CLOSED, "date", Outcome.FEW)
    story.move(OVER + 58 * MINUTE)
    assert story.stands(other)[0] == RoundState.OPEN
    story.move(OVER + 59 * MINUTE)
    assert story.stands(other) == (RoundState.CLOSED, "date", Outcome.NOBODY)


def test_the_end_that_was_asked_for_waits_an_hour_too(story: Story) -> None:
    made = story.open(closes_on=TODAY + 9 * DAY)
    story.mark(made, 0)
    with story.lead():
        actions.ask_to_close(made, by=story.cast.lead, now=NOW)
    story.move(NOW + 59 * MINUTE)
    assert story.stands(made)[0] == RoundState.OPEN
    story.move(NOW + 60 * MINUTE)
    assert story.stands(made)[:2] == (RoundState.CLOSED, "hand")


def test_when_all_have_answered_and_one_answer_is_missing_it_waits_for_the_last_day(story: Story) -> None:
    made = story.open()
    story.answer(made, [0, 1])
    story.mark(made, 2)
    story.move(NOW + 3 * 60 * MINUTE)
    assert story.stands(made)[0] == RoundState.OPEN


def test_an_open_round_with_nobody_left_and_no_answer_is_called_off(story: Story) -> None:
    made = story.open()
    for place in range(3):
        story.leave(made, place)
    story.move(NOW)
    assert story.stands(made)[0] == RoundState.CALLED_OFF


def test_an_open_round_goes_on_when_its_process_is_closed(story: Story) -> None:
    made = story.open()
    with story.lead():
        values = {"state": State.CLOSED, "ending": "completed", "closed_at": NOW}
        Engagement.objects.filter(pk=story.engagement.pk).update(**values)
    story.move(NOW)
    story.answer(made, [0])
    assert story.stands(made)[0] == RoundState.OPEN
    story.move(OVER)
    assert story.stands(made) == (RoundState.CLOSED, "date", Outcome.FEW)


def test_what_is_called_off_leaves_no_answer(story: Story, superuser_address: str) -> None:
    made = story.open()
    story.answer(made, [0, 1])
    assert kept(superuser_address) == 2
    with story.lead():
        actions.call_off(made, by=story.cast.lead, now=NOW)
    assert kept(superuser_address) == 0
    story.move(OVER)
    assert story.stands(made)[0] == RoundState.CALLED_OFF


def kept(address: str) -> int:
    import psycopg

    with psycopg.connect(address) as superuser:
        row = superuser.execute("SELECT count(*) FROM evaluations_response").fetchone()
    assert row
    return int(row[0])


# --- what is shown --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", [Mode.ANONYMOUS, Mode.CODED])
@pytest.mark.parametrize(("count", "outcome"), [(0, Outcome.NOBODY), (4, Outcome.FEW), (5, Outcome.SHOWN)])
def test_results_show_from_five_answers_on(story: Story, mode: str, count: int, outcome: str) -> None:
    story.people(6)
    made = story.open(mode=mode)
    story.answer(made, range(count))
    story.move(OVER)
    assert story.stands(made)[2] == outcome


def test_a_practice_that_shows_more_carefully_has_its_way(story: Story) -> None:
    story.people(7)
    made = story.open(threshold=6)
    story.answer(made, range(5))
    story.move(OVER)
    assert story.stands(made)[2] == Outcome.FEW


@pytest.mark.parametrize(("second", "outcome"), [
    (range(5), Outcome.SHOWN), (range(6), Outcome.NEAR), ([0, 1, 2, 3, 5], Outcome.NEAR), (range(10), Outcome.SHOWN),
    (range(5, 10), Outcome.SHOWN), (range(4), Outcome.FEW),
])  # fmt: skip
def test_beside_an_earlier_round_no_few_may_stand_apart(story: Story, second: Sequence[int], outcome: str) -> None:
    story.people(10)
    with transaction.atomic():
        asking.become(story.cast.lead)
        version = make_version(story.engagement, story.cast.lead)
    for who, expected in ((range(5), Outcome.SHOWN), (second, outcome)):
        made = story.open(version=version)
        story.answer(made, who)
        story.move(OVER)
        assert story.stands(made)[2] == expected


def test_rounds_that_ask_nothing_alike_are_no_neighbours(story: Story) -> None:
    story.people(6)
    with transaction.atomic():
        asking.become(story.cast.lead)
        other = [Question("other", Kind.SCALE, {"en": "How was today?"})]
        version = make_version(story.engagement, story.cast.lead, other, kind="session")
    first = story.open()
    story.answer(first, range(5))
    story.move(OVER)
    made = story.open(version=version, kind="session")
    story.answer(made, [0, 1, 2, 3, 5])
    story.move(OVER)
    assert [story.stands(each)[2] for each in (first, made)] == [Outcome.SHOWN, Outcome.SHOWN]


def test_another_questionnaire_with_one_question_alike_is_a_neighbour(story: Story) -> None:
    story.people(6)
    first = story.open()
    story.answer(first, range(5))
    story.move(OVER)
    with transaction.atomic():
        asking.become(story.cast.lead)
        alike = [Question("climate", Kind.AGREE, {"en": "We speak."}), Question("x", Kind.TEXT, {"en": "What else?"})]
        version = make_version(story.engagement, story.cast.lead, alike, kind="session")
    made = story.open(version=version, kind="session")
    story.answer(made, [0, 1, 2, 3, 5])
    story.move(OVER)
    assert story.stands(made)[2] == Outcome.NEAR


def test_two_that_close_at_the_same_moment_know_of_each_other(story: Story) -> None:
    story.people(6)
    with transaction.atomic():
        asking.become(story.cast.lead)
        version = make_version(story.engagement, story.cast.lead)
    first, second = story.open(version=version), story.open(version=version)
    story.answer(first, range(5))
    story.answer(second, range(1, 6))
    at_once(lambda: closing.close(first.pk, OVER), lambda: closing.close(second.pk, OVER))
    assert sorted(story.stands(each)[2] for each in (first, second)) == [Outcome.NEAR, Outcome.SHOWN]


def test_two_workers_close_a_round_once(story: Story) -> None:
    made = story.open()
    story.answer(made, [0])
    found = at_once(*[lambda: closing.close(made.pk, OVER)] * 3)
    assert sorted(found) == [False, False, True]


def at_once(*steps: Callable[[], Any]) -> list[Any]:
    """Do `steps` as workers that run at the same time; return what each returned."""
    found: list[Any] = []
    start = threading.Barrier(len(steps))

    def run(step: Callable[[], Any]) -> None:
        start.wait()
        try:
            found.append(step())
        finally:
            connection.close()

    with as_role(Role.WORKER):
        threads = [threading.Thread(target=run, args=(step,)) for step in steps]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
    return found


def test_where_an_answer_got_lost_no_figures_are_shown(story: Story) -> None:
    story.people(6)
    made = story.open()
    story.answer(made, range(5))
    story.mark(made, 5)
    story.move(OVER + 60 * MINUTE)
    assert story.stands(made)[2] == Outcome.NEAR


def test_who_left_and_came_back_hides_in_no_second_crowd(story: Story) -> None:
    """Five who stayed away the first time, and one of the first five back under another participation."""
    story.people(5)
    with transaction.atomic():
        asking.become(story.cast.lead)
        version = make_version(story.engagement, story.cast.lead)
    first = story.open(version=version)
    story.answer(first, range(5))
    story.move(OVER)
    with story.lead():
        parts = list(story.engagement.participations.select_related("person").order_by("person__email"))
        type(parts[0]).objects.filter(engagement=story.engagement).update(left_on=TODAY)
        type(parts[0]).objects.create(engagement=story.engagement, person=parts[0].person, joined_on=TODAY + DAY)
    with transaction.atomic():
        make_people(story.engagement, story.cast.lead, 4)
    made = story.open(version=version)
    story.answer(made, range(5))
    story.move(OVER)
    assert story.stands(made)[2] == Outcome.NEAR


@pytest.mark.parametrize(("who", "consents", "outcome"), [
    (range(3), True, Outcome.SHOWN), (range(2), True, Outcome.REFUSED), (range(3), False, Outcome.REFUSED),
    ([], None, Outcome.NOBODY),
])  # fmt: skip
def test_shared_is_shown_when_everybody_answered_and_agreed(
    story: Story, who: Sequence[int], consents: bool | None, outcome: str
) -> None:
    made = story.open(mode=Mode.SHARED)
    story.answer(made, who, consents=consents)
    story.move(OVER)
    assert story.stands(made)[2] == outcome


def test_one_refusal_is_enough(story: Story) -> None:
    made = story.open(mode=Mode.SHARED)
    story.answer(made, [0, 1], consents=True)
    story.answer(made, [2], consents=False)
    story.move(OVER)
    assert story.stands(made)[2] == Outcome.REFUSED


def test_of_shared_answers_one_alone_is_not_shown(story: Story) -> None:
    made = story.open(mode=Mode.SHARED)
    story.leave(made, 1)
    story.leave(made, 2)
    story.answer(made, [0], consents=True)
    story.move(OVER)
    assert story.stands(made)[2] == Outcome.REFUSED


@pytest.mark.parametrize(("consents", "outcome"), [(True, Outcome.SHOWN), (False, Outcome.REFUSED)])
def test_by_name_is_shown_by_consent(story: Story, consents: bool, outcome: str) -> None:
    with story.lead():
        Engagement.objects.filter(pk=story.engagement.pk).update(form=Form.INDIVIDUAL)
    made = story.open(mode=Mode.NAMED)
    story.answer(made, [0], consents=consents)
    story.move(OVER)
    assert story.stands(made)[2] == outcome


# --- who comes while it closes --------------------------------------------------------------------------------------


def test_nobody_is_marked_while_the_round_is_being_closed(story: Story) -> None:
    """The closing has looked who answered: whoever comes now waits for its end, and comes too late."""
    story.people(6)
    made = story.open()
    story.answer(made, range(5))
    invitation = story.invited(made)[5]
    with as_role(Role.WORKER):
        token = links.mint(invitation.pk)
    looked, marked = threading.Event(), []

    def come() -> None:
        looked.wait(10)
        try:
            with transaction.atomic():
                standing = links.standing_of(token)
                assert standing
                asking.come_by_link(standing.link)
                marked.append(answers.mark_used())
        finally:
            connection.close()

    visitor = threading.Thread(target=come)
    visitor.start()
    with transaction.atomic():  # as the lead, who may hold the row as the worker does
        asking.become(story.cast.lead)
        assert Round.objects.select_for_update(no_key=True).get(pk=made.pk).state == RoundState.OPEN
        looked.set()
        visitor.join(1)
        assert visitor.is_alive()
        Round.objects.filter(pk=made.pk).update(state=RoundState.CALLED_OFF)
    visitor.join(10)
    assert marked == [False]


@pytest.mark.parametrize("table", ["version", "questionnaire", "response", "draft"])
def test_the_worker_reads_neither_questions_nor_answers(story: Story, table: str) -> None:
    with as_role(Role.WORKER), connection.cursor() as cursor, pytest.raises(Exception, match="permission denied"):
        cursor.execute(f"SELECT * FROM evaluations_{table}")  # noqa: S608


def test_the_worker_moves_hundreds_of_rounds_with_one_look(story: Story, django_assert_max_num_queries: Any) -> None:
    version: Version = story.open().version
    with story.lead():
        assert Questionnaire.objects.count() == 1
        Round.objects.bulk_create(
            Round(
                engagement=story.engagement, version=version, kind="interim", mode="anonymous", opened_at=NOW,
                state=RoundState.OPEN, closes_on=TODAY + DAY, created_by=story.cast.lead,
            )
            for _number in range(200)
        )  # fmt: skip
        Invitation.objects.bulk_create(
            Invitation(round=each, participation=one, person=one.person)
            for each in Round.objects.filter(closes_on=TODAY + DAY)
            for one in story.engagement.participations.select_related("person")
        )
    with as_role(Role.WORKER), django_assert_max_num_queries(3):
        closing.move(NOW)
