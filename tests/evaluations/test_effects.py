"""Effects over many processes: who is counted with whom, and what is told of it to whom."""

import csv
import io
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import DatabaseError, connection, connections, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Membership
from audit import asking
from audit.connecting import as_role
from audit.roles import Role
from engagements.models import CoSupervisor, Engagement
from evaluations.effects.crowds import enter
from evaluations.models import Crowd, Entered, Mode, Outcome, Response, Version
from evaluations.questions import Kind, Question
from tests.conftest import NOW, make_person
from tests.effects_story import Pair, entered, process, versions, whole
from tests.evaluation_story import answered, make_people, make_version

Cast = Any
Enter = Callable[[Any], Client]
FEW = (Outcome.FEW, Outcome.FEW)


@pytest.fixture
def asked(settled: Cast) -> dict[str, Version]:
    with transaction.atomic():
        return versions(settled.practice, settled.lead)


def crowds() -> list[Crowd]:
    with as_role(Role.WORKER):
        return list(Crowd.objects.order_by("full_at", "pk"))


def several(cast: Cast, asked: dict[str, Version], number: int, **values: Any) -> None:
    for one in range(number):
        lead = values.get("lead", cast.lead)
        made = process(cast.practice, lead, asked, whole(one), **{k: v for k, v in values.items() if k != "lead"})
        assert entered(made, values.get("now", NOW))


def page(enter: Enter, user: Any, **query: str) -> str:
    return enter(user).get(reverse("effects:own"), query).content.decode()


def practice_page(enter: Enter, user: Any, cast: Cast, **query: str) -> str:
    return enter(user).get(reverse("effects:practice", args=[cast.practice.pk]), query).content.decode()


# --- crowds ---------------------------------------------------------------------------------------------------------


def test_a_process_whose_rounds_are_both_shown_is_a_crowd_of_its_own(settled: Cast, asked: dict[str, Version]) -> None:
    last = process(settled.practice, settled.lead, asked, whole())
    assert entered(last)
    assert entered(last)  # again: nothing happens
    (crowd,) = crowds()
    assert (crowd.kind, crowd.people, crowd.threshold, crowd.same_people) == ("own", 6, 5, True)
    assert crowd.full_at == NOW


def test_a_process_that_was_lived_through_enters_when_its_final_round_has_closed(settled: Cast) -> None:
    with transaction.atomic():
        make_people(settled.engagement, settled.lead, 3)
        asking.become(settled.lead)
        kinds = {kind: make_version(settled.engagement, settled.lead, kind=kind) for kind in ("baseline", "final")}
    given = [{"climate": 1 + number % 4} for number in range(6)]
    first = answered(settled.engagement, settled.lead, given, kind="baseline", version=kinds["baseline"])
    assert not entered(first)
    assert entered(answered(settled.engagement, settled.lead, given, kind="final", version=kinds["final"]))
    assert [crowd.kind for crowd in crowds()] == ["own"]


def test_small_processes_wait_until_enough_people_are_together(settled: Cast, asked: dict[str, Version]) -> None:
    for number in range(2):
        assert entered(process(settled.practice, settled.lead, asked, whole(number, 3), outcomes=FEW))
        assert [bool(crowd.full_at) for crowd in crowds()] == [number == 1]
    (crowd,) = crowds()
    assert (crowd.kind, crowd.people) == ("pooled", 6)
    assert entered(process(settled.practice, settled.lead, asked, whole(3, 3), outcomes=FEW))
    assert [bool(each.full_at) for each in crowds()] == [True, False]  # the full one takes nobody more


def test_only_the_same_practice_lead_and_form_are_put_together(settled: Cast, asked: dict[str, Version]) -> None:
    for lead, form in ((settled.lead, "group"), (settled.co_supervisor, "group"), (settled.lead, "pair")):
        assert entered(process(settled.practice, lead, asked, whole(0, 3), form=form, outcomes=FEW))
    assert [crowd.full_at for crowd in crowds()] == [None] * 3


def test_a_practice_that_wants_more_people_waits_longer(settled: Cast, asked: dict[str, Version]) -> None:
    with transaction.atomic():
        asking.become(settled.lead)
        settled.practice.smallest_group = 8
        settled.practice.save(update_fields=["smallest_group"])
    for number in range(3):
        assert entered(process(settled.practice, settled.lead, asked, whole(number, 3), outcomes=FEW))
        assert [bool(crowd.full_at) for crowd in crowds()] == [number == 2]
    assert crowds()[0].threshold == 8


def missing(pairs: list[Pair], *, before: int = 0, after: int = 0) -> list[Pair]:
    """The last ones did not answer after, the first ones not before."""
    size = len(pairs)
    return [
        (None if number < before else pair[0], None if number >= size - after else pair[1])
        for number, pair in enumerate(pairs)
    ]


def test_who_was_missing_once_holds_up_nobody_but_those_like_them(settled: Cast, asked: dict[str, Version]) -> None:
    def add(pairs: list[Pair]) -> None:
        assert entered(process(settled.practice, settled.lead, asked, pairs, outcomes=FEW))

    add(missing(whole(0, 4), after=1))
    add(whole(0, 3))
    add(whole(1, 3))
    assert {crowd.same_people: bool(crowd.full_at) for crowd in crowds()} == {True: True, False: False}
    add(missing(whole(1, 4), after=2))  # eight people, but three of them stand apart
    assert {crowd.same_people: bool(crowd.full_at) for crowd in crowds()} == {True: True, False: False}
    add(missing(whole(2, 4), after=2))
    assert all(crowd.full_at for crowd in crowds())


def test_who_is_in_two_small_processes_is_counted_in_two_crowds(settled: Cast, asked: dict[str, Version]) -> None:
    with transaction.atomic():
        asking.become(settled.lead)
        person = make_person(settled.practice, "Olli", "Orava")
    for number in range(2):
        entered(process(settled.practice, settled.lead, asked, whole(number, 3), outcomes=FEW, people=[person]))
    assert len(crowds()) == 2


@pytest.mark.parametrize(
    ("outcomes", "mode", "more"),
    [
        ((Outcome.SHOWN, Outcome.FEW), Mode.ANONYMOUS, {}),
        ((Outcome.SHOWN, Outcome.NEAR), Mode.ANONYMOUS, {}),
        ((Outcome.NEAR, Outcome.NEAR), Mode.CODED, {}),
        ((Outcome.REFUSED, Outcome.REFUSED), Mode.SHARED, {}),
        ((Outcome.FEW, Outcome.FEW), Mode.SHARED, {}),
    ],
)
def test_anything_else_never_enters(
    settled: Cast, asked: dict[str, Version], outcomes: tuple[str, str], mode: str, more: Any
) -> None:
    assert not entered(process(settled.practice, settled.lead, asked, whole(), outcomes=outcomes, mode=mode))
    assert crowds() == []


def test_a_round_in_which_an_answer_got_lost_on_its_way_is_not_counted(
    settled: Cast, asked: dict[str, Version]
) -> None:
    made = process(settled.practice, settled.lead, asked, whole(0, 4), outcomes=FEW)
    with as_role(Role.OWNER):
        lost = Response.objects.filter(round=made).first()
        assert lost
        lost.delete()
    assert not entered(made)


def test_an_example_never_enters(settled: Cast, asked: dict[str, Version]) -> None:
    with as_role(Role.WORKER):
        assert not enter(settled.session.pk, NOW)  # no round at all
    made = process(settled.practice, settled.lead, asked, [], example=True)
    assert not entered(made)


def test_individual_processes_by_name_are_put_together_until_they_are_a_crowd(
    settled: Cast, asked: dict[str, Version]
) -> None:
    for number in range(5):
        assert entered(
            process(settled.practice, settled.lead, asked, whole(number, 1), form="individual", mode=Mode.NAMED)
        )
        assert [bool(crowd.full_at) for crowd in crowds()] == [number == 4]
    assert crowds()[0].kind == "named"


def test_two_workers_at_once_let_a_process_in_once(settled: Cast, asked: dict[str, Version]) -> None:
    made = process(settled.practice, settled.lead, asked, whole())
    both = Barrier(2)

    def work() -> bool:
        both.wait()
        try:
            return enter(made.pk, NOW)
        finally:
            connections.close_all()

    with as_role(Role.WORKER), ThreadPoolExecutor(2) as pool:
        assert [each.result() for each in (pool.submit(work), pool.submit(work))] == [True, True]
        assert Entered.objects.count() == Crowd.objects.count() == 1


def test_a_full_crowd_takes_nobody_more_and_never_changes(settled: Cast, asked: dict[str, Version]) -> None:
    first, second = (process(settled.practice, settled.lead, asked, whole(number)) for number in range(2))
    entered(first)
    with as_role(Role.WORKER):
        crowd = Crowd.objects.get()
        with pytest.raises(DatabaseError, match="not full"), transaction.atomic():
            Entered.objects.create(engagement=second.engagement, crowd=crowd, before=first, after=second)
        with pytest.raises(DatabaseError, match="stays as it is"), transaction.atomic():
            Crowd.objects.update(full_at=NOW + timedelta(days=1))


def test_another_lead_changes_no_crowd(settled: Cast, asked: dict[str, Version], enter: Enter) -> None:
    several(settled, asked, 3)
    before = page(enter, settled.lead)
    assert "We speak about hard things" in before
    with as_role(Role.OWNER):
        Engagement.objects.filter(pk__in=Entered.objects.values("engagement")).update(lead=settled.co_supervisor)
    assert "We speak about hard things" in page(enter, settled.lead)
    assert "No figures yet" in page(enter, settled.co_supervisor)


@pytest.mark.parametrize("table", ["crowd", "entered"])
def test_no_page_reads_who_stands_in_which_crowd(cast: Cast, table: str) -> None:
    asking.become(cast.lead)
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM evaluations_{table}")  # noqa: S608


# --- what is told ---------------------------------------------------------------------------------------------------


def row(shown: str, label: str) -> list[str]:
    """What stands in that row of the question about hard things."""
    cells = (
        shown.split("We speak about hard things in time.", 1)[1]
        .split(f'<th scope="row">{label}</th>', 1)[1]
        .split("</tr>", 1)[0]
    )
    return re.findall(r">([^<]+)</td>", cells)


def test_from_three_processes_on_before_and_after_stand_side_by_side(
    settled: Cast, asked: dict[str, Version], enter: Enter
) -> None:
    several(settled, asked, 2)
    assert "No figures yet" in page(enter, settled.lead)
    several(settled, asked, 1)
    shown = page(enter, settled.lead)
    assert "We speak about hard things in time." in shown
    assert "3 processes" in shown
    assert row(shown, "Before") == ["18", "3", "2–4"]
    assert row(shown, "After") == ["18", "4", "3–5"]
    assert "The median differs by +1." in shown
    assert "an association, not a cause" in shown
    assert "Climate at work" in page(enter, settled.lead, by="indicator")


def test_a_waiting_crowd_shows_nothing_and_its_number_is_told_nowhere(
    settled: Cast, asked: dict[str, Version], enter: Enter
) -> None:
    several(settled, asked, 3)
    before = page(enter, settled.lead)
    entered(process(settled.practice, settled.lead, asked, whole(0, 4), outcomes=FEW))
    assert csrf_free(page(enter, settled.lead)) == csrf_free(before)


def csrf_free(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if "csrf" not in line)


def test_a_crowd_in_which_all_answered_alike_is_not_counted(
    settled: Cast, asked: dict[str, Version], enter: Enter
) -> None:
    several(settled, asked, 3)
    alike: list[Pair] = [({"climate": 1}, {"climate": 5})] * 6
    assert entered(process(settled.practice, settled.lead, asked, alike))
    assert row(page(enter, settled.lead), "Before")[0] == "18"


def test_how_people_changed_is_told_of_those_under_a_code(
    settled: Cast, asked: dict[str, Version], enter: Enter
) -> None:
    pairs: list[Pair] = [({"climate": 2 + one % 3}, {"climate": 3 + one % 2}) for one in range(6)]
    for _one in range(3):
        assert entered(process(settled.practice, settled.lead, asked, pairs, mode=Mode.CODED))
    shown = page(enter, settled.lead)
    assert "Of 18 people who answered both times under a code: 9 went up, 6 stayed, 3 went down. " in shown


def test_colleagues_are_shown_the_practice_only_when_nobody_can_reckon_what_another_did(
    settled: Cast, asked: dict[str, Version], enter: Enter
) -> None:
    several(settled, asked, 3)
    assert "We speak" in practice_page(enter, settled.co_supervisor, settled)
    several(settled, asked, 2, lead=settled.co_supervisor)  # the lead would be left with two processes of another's
    for reader in (settled.lead, settled.co_supervisor):
        assert "No figures yet" in practice_page(enter, reader, settled)
    several(settled, asked, 1, lead=settled.co_supervisor)
    for reader in (settled.lead, settled.co_supervisor):
        assert "6 processes" in practice_page(enter, reader, settled)


def test_who_knows_some_answers_by_name_is_not_told_the_others(
    settled: Cast, asked: dict[str, Version], enter: Enter
) -> None:
    for number in range(6):
        made = process(settled.practice, settled.lead, asked, whole(number, 1), form="individual", mode=Mode.NAMED)
        assert entered(made)
        if number < 4:
            with as_role(Role.OWNER):
                CoSupervisor.objects.create(engagement=made.engagement, user=settled.co_supervisor, until=NOW)
    assert "We speak" in page(enter, settled.lead)
    assert "No figures yet" in practice_page(enter, settled.co_supervisor, settled)


def test_forms_and_years_are_told_apart_where_the_rest_is_large_enough_too(
    settled: Cast, asked: dict[str, Version], enter: Enter
) -> None:
    several(settled, asked, 3)
    several(settled, asked, 2, form="community")
    shown = page(enter, settled.lead)
    assert "5 processes" in shown
    assert "?form=" not in shown  # two communities would be left over
    assert "Withheld" in page(enter, settled.lead, form="group")
    several(settled, asked, 1, form="community", now=NOW + timedelta(days=365))
    shown = page(enter, settled.lead)
    assert "?form=group" in shown
    assert "?form=community" in shown
    assert "?year=" not in shown  # one process of next year would be left over
    assert "3 processes" in page(enter, settled.lead, form="community")
    assert "6 processes" in page(enter, settled.lead, form="nonsense", year="99999")


def test_what_the_database_gives_out(settled: Cast, asked: dict[str, Version]) -> None:
    several(settled, asked, 1)
    entered(process(settled.practice, settled.lead, asked, whole(0, 3), outcomes=FEW))

    def given(user: Any, practice: Any) -> int:
        with transaction.atomic(), connection.cursor() as cursor:
            asking.become(user)
            cursor.execute("SELECT count(*) FROM sec.effect_responses(%s)", [practice])
            row = cursor.fetchone()
            return int(row[0]) if row else 0

    practice = settled.practice.pk
    assert [given(settled.lead, None), given(settled.lead, practice), given(settled.co_supervisor, practice)] == [
        12
    ] * 3
    assert given(settled.co_supervisor, None) == 0
    for outsider in ("supervisee", "contact", "practice_admin", "administrator", "stranger"):
        assert given(settled.members[outsider], None) == given(settled.members[outsider], practice) == 0
    with as_role(Role.OWNER):
        Membership.objects.filter(user=settled.lead).update(until=NOW)
    assert given(settled.lead, None) == given(settled.lead, practice) == 0


# --- the file -------------------------------------------------------------------------------------------------------


def table(answer: Any) -> list[list[str]]:
    assert answer.content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))


def test_the_file_has_the_rows_of_the_page_and_says_how_they_came_about(settled: Cast, enter: Enter) -> None:
    with transaction.atomic():
        odd = Question("odd", Kind.AGREE, {"en": "=HYPERLINK(1)"}, theme="meaning")
        plain = Question("climate", Kind.AGREE, {"en": "Plain"}, theme="dialogue")
        asked = versions(settled.practice, settled.lead, [odd, plain])
    pairs: list[Pair] = [
        ({"odd": 1 + one % 2, "climate": 1 + one % 4}, {"odd": 2 + one % 2, "climate": 1}) for one in range(6)
    ]
    for _one in range(3):
        assert entered(process(settled.practice, settled.lead, asked, pairs))
    method, head, *rows = table(enter(settled.lead).get(reverse("effects:csv")))
    assert method[0].startswith("# ")
    assert "Association, not cause" in method[0]
    assert [row[:4] for row in rows] == [["odd", "'=HYPERLINK(1)", "meaning", ""]]  # all said 1 after: no row
    assert dict(zip(head, rows[0], strict=True)) | {"median_before": "1,5", "median_difference": "1"} == dict(
        zip(head, rows[0], strict=True)
    )
    assert len(head) == len(rows[0]) == 25


def test_the_file_of_what_is_withheld_has_no_rows(settled: Cast, asked: dict[str, Version], enter: Enter) -> None:
    several(settled, asked, 3)
    several(settled, asked, 2, form="community")
    assert len(table(enter(settled.lead).get(reverse("effects:csv"), {"form": "community"}))) == 2
    practice = reverse("effects:practice_csv", args=[settled.practice.pk])
    assert len(table(enter(settled.co_supervisor).get(practice))) == 4


# --- many -----------------------------------------------------------------------------------------------------------


def test_the_number_of_queries_does_not_grow(settled: Cast, asked: dict[str, Version], enter: Enter) -> None:
    browser = enter(settled.lead)

    def queries(address: str) -> int:
        with CaptureQueriesContext(connection) as caught:
            assert browser.get(address).status_code == 200
        return len(caught)

    addresses = [reverse("effects:own"), reverse("effects:practice", args=[settled.practice.pk])]
    browser.get(addresses[0])
    several(settled, asked, 1)
    few = [queries(address) for address in addresses]
    several(settled, asked, 29)
    assert [queries(address) for address in addresses] == few
