"""Answers come in once, by two transactions, and nothing in their rows says whose they are."""

from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from audit import asking
from evaluations import answers, links
from evaluations.models import Invitation, Mode, Outcome, Round
from evaluations.questions import Answers
from tests.evaluation_story import answered, give, link_for, make_people, make_round, settle

Cast = Any


def figures(round_: Round, by: Any) -> list[Any]:
    with transaction.atomic():
        asking.become(by)
        found = answers.answers_to(Round.objects.filter(pk=round_.pk).select_related("engagement"))
        return sorted(((dict(each.figures), dict(each.texts)) for each in found[round_.pk]), key=str)


def test_answers_are_read_when_their_round_is_closed_and_shown(settled: Cast) -> None:
    with transaction.atomic():
        make_people(settled.engagement, settled.lead, 3)
    given: list[Answers] = [{"climate": number, "own": f"Ajatus {number}"} for number in range(1, 6)]
    made = answered(settled.engagement, settled.lead, given)
    read = figures(made, settled.lead)
    assert [each[0] for each in read] == [{"climate": number} for number in range(1, 6)]
    assert figures(made, settled.supervisee) == read
    for outsider in (settled.stranger, settled.contact, settled.practice_admin, settled.administrator):
        with transaction.atomic(), connection.cursor() as cursor:
            asking.become(outsider)
            cursor.execute("SELECT * FROM sec.responses_of(ARRAY[%s]::uuid[])", [made.pk])
            assert cursor.fetchall() == []


@pytest.mark.parametrize("outcome", [Outcome.FEW, Outcome.REFUSED, Outcome.NOBODY])
def test_what_is_not_shown_is_not_given_out_by_the_database(settled: Cast, outcome: str) -> None:
    made = answered(settled.engagement, settled.lead, [{"climate": 4}] * 2, outcome=outcome)
    assert figures(made, settled.lead) == []


def test_of_a_round_too_near_to_another_only_texts_are_given_out(settled: Cast) -> None:
    made = answered(settled.engagement, settled.lead, [{"climate": 4, "own": "Sana"}], outcome=Outcome.NEAR)
    assert figures(made, settled.lead) == [({}, {"own": "Sana"})]


def test_a_link_answers_once_and_another_link_of_the_same_person_comes_too_late(settled: Cast) -> None:
    with transaction.atomic():
        made = make_round(settled.engagement, settled.lead)
    one = Invitation()
    with transaction.atomic():
        asking.become(settled.lead)
        one = made.invitations.first() or one
    first, second = link_for(one), link_for(one)
    assert links.standing_of(first).stands == links.standing_of(second).stands == "open"  # type: ignore[union-attr]
    assert give(first, {"climate": 5})
    assert give(first, {"climate": 1})  # sent twice: there once, as it came first
    assert not give(second, {"climate": 1})
    assert {links.standing_of(token).stands for token in (first, second)} == {"used"}  # type: ignore[union-attr]
    settle(made)
    assert figures(made, settled.lead) == [({"climate": 5}, {})]
    assert links.standing_of(first).stands == "closed"  # type: ignore[union-attr]
    assert links.standing_of("nobody's") is None


def test_an_answer_that_got_lost_between_its_two_transactions_may_be_sent_again(settled: Cast) -> None:
    with transaction.atomic():
        made = make_round(settled.engagement, settled.lead)
        one = made.invitations.first()
    assert one
    token = link_for(one)
    standing = links.standing_of(token)
    assert standing
    with transaction.atomic():
        asking.come_by_link(standing.link)
        assert answers.mark_used()
    assert links.standing_of(token).stands == "sending"  # type: ignore[union-attr]
    assert give(token, {"climate": 2})
    assert links.standing_of(token).stands == "used"  # type: ignore[union-attr]


def test_what_a_group_shares_is_not_for_who_joins_later(settled: Cast) -> None:
    with transaction.atomic():
        asking.become(settled.lead)
        sanna = settled.engagement.participations.get(person__user=settled.supervisee)
        sanna.delete()
    made = answered(settled.engagement, settled.lead, [{"climate": 4}] * 2, mode=Mode.SHARED)
    with transaction.atomic():
        asking.become(settled.lead)
        sanna.save(force_insert=True)
    assert figures(made, settled.lead) == [({"climate": 4}, {})] * 2
    assert figures(made, settled.supervisee) == []


@pytest.mark.parametrize("table", ["link", "used", "response"])
def test_no_page_reads_who_answered_or_what(cast: Cast, table: str) -> None:
    asking.become(cast.lead)
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM evaluations_{table}")  # noqa: S608


def change(round_: Round, by: Any, **values: Any) -> None:
    with transaction.atomic():
        asking.become(by)
        Round.objects.filter(pk=round_.pk).update(**values)


def test_nobody_but_the_worker_closes_a_round(settled: Cast) -> None:
    with transaction.atomic():
        made = make_round(settled.engagement, settled.lead)
    with pytest.raises(DatabaseError, match="shuffled"):
        change(made, settled.lead, state="closed")


def test_the_confidence_stays_once_somebody_has_answered(settled: Cast) -> None:
    with transaction.atomic():
        made = make_round(settled.engagement, settled.lead)
        one = made.invitations.first()
    change(made, settled.lead, mode=Mode.CODED)
    assert one
    assert give(link_for(one), {"climate": 3})
    with pytest.raises(DatabaseError, match="count on"):
        change(made, settled.lead, mode=Mode.ANONYMOUS)
