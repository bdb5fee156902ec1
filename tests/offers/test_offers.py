"""Times that are offered: one of them becomes a session, once, and nobody sees what the others have answered."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import User
from audit import asking
from engagements.models import Engagement
from sessions.models import Offer, OfferedTime, Session, TimeAnswer
from sessions.offers import actions
from sessions.offers.reading import left_of, table_of
from sessions.offers.suggest import Part, suggestions
from tests.conftest import NOW, make_engagement
from tyonohjaus.example import make_example

Cast = Any
Enter = Callable[[User], Client]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def now(time_machine: Any) -> None:
    time_machine.move_to(NOW, tick=False)


def at(days: int, hours: int = 0) -> datetime:
    return NOW + days * DAY + hours * HOUR


def offered(cast: Cast, *, kind: str = "first", engagement: Engagement | None = None, times: Any = None) -> Offer:
    asking.become(cast.lead)
    return actions.offer(
        engagement or cast.engagement, times=times or [at(4), at(5), at(6)], minutes=60, kind=kind, mode="remote",
        place="", link="https://meet.example/x", answer_by=at(3).date(), by=cast.lead, now=NOW,
    )  # fmt: skip


def alone(cast: Cast) -> Engagement:
    asking.become(cast.lead)
    return make_engagement(cast.practice, cast.lead, None, cast.people[:1], title="Yksilö")


def page(offer: Offer) -> str:
    return reverse("offers:offer", args=[offer.pk])


def booked(cast: Cast, offer: Offer) -> list[datetime]:
    asking.become(cast.lead)
    found = Session.objects.filter(engagement=offer.engagement_id, created_at=NOW, starts_at__gt=at(3))
    return list(found.values_list("starts_at", flat=True))


def pk_of(offer: Offer, place: int) -> str:
    return str(list(offer.times.values_list("pk", flat=True))[place])


# --- offering ---------------------------------------------------------------------------------------------------------


def form_of(times: list[tuple[str, str]], **fields: str) -> dict[str, str]:
    rows = {
        f"rows-{n}-{name}": value
        for n, row in enumerate(times)
        for name, value in zip(("day", "clock"), row, strict=True)
    }
    count = {"rows-TOTAL_FORMS": str(len(times)), "rows-INITIAL_FORMS": "0"}
    usual = {
        "kind": "poll",
        "minutes": "90",
        "answer_by": "27.11.2026",
        "mode": "remote",
        "place": "",
        "link": "",
        "offer": "1",
    }
    return rows | count | usual | fields


def test_the_page_proposes_times_in_which_nothing_is(cast: Cast, enter: Enter) -> None:
    browser = enter(cast.lead)
    response = browser.get(reverse("offers:new", args=[cast.engagement.pk]))
    rows = response.context["given"].kept
    assert 2 <= len(rows) <= 6
    assert all(not row.marks and not row.errors for row in rows)


def test_times_that_were_edited_are_offered(cast: Cast, enter: Enter) -> None:
    response = enter(cast.lead).post(
        reverse("offers:new", args=[cast.engagement.pk]), form_of([("1.12.2026", "9"), ("2.12.2026", "13.30")])
    )
    asking.become(cast.lead)
    offer = Offer.objects.get()
    assert response.headers["Location"] == page(offer)
    assert [f"{each.starts_at.astimezone(NOW.tzinfo):%d.%m. %H.%M}" for each in offer.times.all()] == [
        "01.12. 09.00", "02.12. 13.30",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("times", "fields", "said"),
    [
        ([("1.12.2026", "9")], {}, "Offer from two to twelve times."),
        ([("1.12.2026", "9"), ("1.12.2026", "9.30")], {}, "Overlaps another session of this list"),
        ([("1.11.2026", "9"), ("1.12.2026", "9")], {}, "This time is past"),
        ([("1.12.2026", "9"), ("2.12.2026", "9")], {"answer_by": "1.1.2027"}, "on or before the last time"),
        ([("1.12.2026", "9"), ("2.12.2026", "9")], {"answer_by": "1.11.2026"}, "This day is past."),
        ([("1.12.2026", "9"), ("2.12.2026", "9")], {"minutes": "5"}, "from 10 to 600 minutes"),
        ([("1.12.2026", "25"), ("2.12.2026", "9")], {}, ""),
    ],
)
def test_what_cannot_be_offered_is_refused_in_words_and_kept(
    cast: Cast, enter: Enter, times: Any, fields: dict[str, str], said: str
) -> None:
    response = enter(cast.lead).post(reverse("offers:new", args=[cast.engagement.pk]), form_of(times, **fields))
    assert response.status_code == 200
    assert said in response.text
    assert times[-1][1] in response.text
    asking.become(cast.lead)
    assert not Offer.objects.exists()


def test_a_time_at_which_one_is_booked_cannot_be_offered(cast: Cast, enter: Enter) -> None:
    asking.become(cast.lead)
    Session.objects.create(engagement=cast.engagement, starts_at=at(4), ends_at=at(4) + HOUR)
    with pytest.raises(ValidationError, match=r"already have a session|is taken"):
        offered(cast)


def test_suggestions_keep_to_the_part_of_the_day_and_to_what_is_free(cast: Cast) -> None:
    asking.become(cast.lead)
    how = {"minutes": 60, "mode": "remote", "place": "", "weeks": 2, "by": cast.lead, "now": NOW}
    mornings = suggestions(cast.engagement, starting=at(1).date(), part=Part.MORNING, **how)
    assert mornings
    assert all(each.astimezone(NOW.tzinfo).hour < 12 for each in mornings)
    Session.objects.create(engagement=cast.engagement, starts_at=mornings[0], ends_at=mornings[0] + HOUR)
    assert mornings[0] not in suggestions(cast.engagement, starting=at(1).date(), part=Part.MORNING, **how)
    holidays = suggestions(cast.engagement, starting=datetime(2026, 12, 24).date(), part=Part.ANY, **how)  # noqa: DTZ001
    assert {each.astimezone(NOW.tzinfo).day for each in holidays}.isdisjoint({25, 26})


# --- picking ----------------------------------------------------------------------------------------------------------


def test_the_first_to_pick_has_the_session_booked_at_once(cast: Cast, enter: Enter) -> None:
    offer = offered(cast, engagement=alone(cast))
    browser = enter(cast.supervisee)
    assert page(offer) in browser.get(reverse("portal")).text
    response = browser.post(page(offer), {"time": pk_of(offer, 1)})
    assert response.headers["Location"].startswith("/sessions/")
    assert booked(cast, offer) == [at(5)]
    offer.refresh_from_db()
    assert (offer.settled_by, offer.session and offer.session.link) == (cast.supervisee, "https://meet.example/x")
    assert page(offer) not in browser.get(reverse("portal")).text


def test_of_one_offer_one_time_is_picked(cast: Cast, enter: Enter) -> None:
    offer = offered(cast, engagement=alone(cast))
    browser = enter(cast.supervisee)
    browser.post(page(offer), {"time": pk_of(offer, 0)})
    response = browser.post(page(offer), {"time": pk_of(offer, 1)})
    assert "A time is agreed" in response.text
    assert booked(cast, offer) == [at(4)]


def test_a_time_that_another_process_took_is_gone_and_said_so(cast: Cast, enter: Enter) -> None:
    offer = offered(cast, engagement=alone(cast))
    time = pk_of(offer, 0)
    browser = enter(cast.supervisee)
    asking.become(cast.lead)
    Session.objects.create(engagement=cast.engagement, starts_at=at(4), ends_at=at(4) + HOUR)
    response = browser.post(page(offer), {"time": time})
    assert "That time was taken just now. Choose another one." in response.text
    assert "gone" in response.text
    assert booked(cast, offer) == []


def test_when_no_time_is_left_it_is_said_to_both(cast: Cast, enter: Enter) -> None:
    offer = offered(cast, engagement=alone(cast))
    asking.become(cast.lead)
    for days in (4, 5, 6):
        Session.objects.create(engagement=cast.engagement, starts_at=at(days), ends_at=at(days) + HOUR)
    assert "None of the times is left" in enter(cast.supervisee).get(page(offer)).text
    assert "None of the times offered is left" in enter(cast.lead).get(reverse("today")).text


@pytest.mark.parametrize("how", ["withdrawn", "late", "past"])
def test_what_is_over_cannot_be_picked(cast: Cast, enter: Enter, how: str, time_machine: Any) -> None:
    offer = offered(cast, engagement=alone(cast), times=[at(3, 1), at(5)])
    time = offer.times.all()[0]
    now = {"withdrawn": NOW, "late": at(4), "past": at(3, 2)}[how]
    if how == "withdrawn":
        actions.withdraw(offer, by=cast.lead, now=NOW)
    time_machine.move_to(now, tick=False)
    asking.become(cast.supervisee)
    with pytest.raises(ValidationError):
        actions.pick(
            OfferedTime.objects.select_related("offer__engagement").get(pk=time.pk), by=cast.supervisee, now=now
        )
    assert booked(cast, offer) == []


# --- a poll -----------------------------------------------------------------------------------------------------------


def answer(offer: Offer, *fits: str) -> dict[str, str]:
    return {f"time-{pk}": said for pk, said in zip(offer.times.values_list("pk", flat=True), fits, strict=True)}


def test_each_says_of_each_time_whether_it_fits_and_the_supervisor_books_one(cast: Cast, enter: Enter) -> None:
    offer = offered(cast, kind="poll")
    browser = enter(cast.supervisee)
    browser.post(page(offer), answer(offer, "yes", "no", "maybe"))
    browser.post(page(offer), answer(offer, "no", "yes", "maybe"))
    supervisor = enter(cast.lead)
    table = supervisor.get(page(offer)).context["table"]
    assert [(each.yes, each.maybe, each.no) for each in table.columns] == [(0, 0, 1), (1, 0, 0), (0, 1, 0)]
    second = table.columns[1].time
    assert table.best == {second.pk}
    response = supervisor.post(reverse("offers:choose", args=[offer.pk, second.pk]))
    assert response.headers["Location"].startswith("/sessions/")
    assert booked(cast, offer) == [at(5)]


def test_a_supervisee_sees_nobody_elses_answer_and_no_name(cast: Cast, enter: Enter) -> None:
    offer = offered(cast, kind="poll")
    others = cast.engagement.participations.get(person=cast.people[1])
    actions.answer(
        offer, {time.pk: "no" for time in offer.times.all()}, of=others, by=cast.lead, recorded=True, now=NOW
    )
    text = enter(cast.supervisee).get(page(offer)).text
    assert "Öberg" not in text
    asking.become(cast.supervisee)
    assert not TimeAnswer.objects.exists()


def test_an_answer_that_is_not_whole_is_refused_in_words(cast: Cast, enter: Enter) -> None:
    offer = offered(cast, kind="poll")
    given = answer(offer, "yes", "no", "maybe")
    given.pop(next(iter(given)))
    response = enter(cast.supervisee).post(page(offer), given)
    assert "Say whether this time fits." in response.text
    asking.become(cast.lead)
    assert not TimeAnswer.objects.exists()


def test_the_supervisor_writes_down_what_somebody_without_an_address_says(cast: Cast, enter: Enter) -> None:
    offer = offered(cast, kind="poll")
    ville = cast.engagement.participations.get(person=cast.people[2])
    browser = enter(cast.lead)
    browser.post(reverse("offers:record", args=[offer.pk, ville.pk]), answer(offer, "maybe", "maybe", "no"))
    line = next(each for each in table_of_now(cast, offer).lines if each.participation == ville)
    assert (line.answers, line.recorded) == (["maybe", "maybe", "no"], True)


def test_what_was_written_down_gives_way_to_what_one_says_oneself(cast: Cast, enter: Enter) -> None:
    offer = offered(cast, kind="poll")
    sanna = cast.engagement.participations.get(person=cast.people[0])
    given = {time.pk: "no" for time in offer.times.all()}
    actions.answer(offer, given, of=sanna, by=cast.lead, recorded=True, now=NOW)
    response = enter(cast.supervisee).post(page(offer), answer(offer, "yes", "yes", "maybe"))
    assert response.status_code == 302
    line = next(each for each in table_of_now(cast, offer).lines if each.participation == sanna)
    assert (line.answers, line.own) == (["yes", "yes", "maybe"], True)


def test_what_one_has_said_oneself_is_not_written_over(cast: Cast, enter: Enter) -> None:
    offer = offered(cast, kind="poll")
    enter(cast.supervisee).post(page(offer), answer(offer, "yes", "no", "maybe"))
    sanna = cast.engagement.participations.get(person=cast.people[0])
    where = reverse("offers:record", args=[offer.pk, sanna.pk])
    browser = enter(cast.lead)
    assert where not in browser.get(page(offer)).text
    assert "They have answered themselves" in browser.post(where, answer(offer, "no", "no", "no")).text
    asking.become(cast.lead)
    assert refused("UPDATE supervision_timeanswer SET answer = 'no', recorded_by_id = %s", cast.lead.pk)
    assert table_of_now(cast, offer).columns[0].yes == 1


def test_nobody_writes_down_in_anothers_name(cast: Cast) -> None:
    offer = offered(cast, kind="poll")
    time, ville = offer.times.all()[0].pk, cast.engagement.participations.get(person=cast.people[2]).pk
    by = (
        "INSERT INTO supervision_timeanswer (id, time_id, participation_id, answer, at, recorded_by_id)"
        " VALUES (gen_random_uuid(), %s, %s, 'yes', now(), %s)"
    )
    asking.become(cast.lead)
    assert refused(by, time, ville, cast.co_supervisor.pk)
    assert refused(by, time, ville, None)
    assert not refused(by, time, ville, cast.lead.pk)


def test_no_answer_is_taken_after_the_last_day(cast: Cast) -> None:
    offer = offered(cast, kind="poll")
    mine = cast.engagement.participations.get(person=cast.people[0]).pk
    late = INSERT.replace("2026-11-23", "2026-11-27")
    asking.become(cast.supervisee)
    assert refused(late, offer.times.all()[0].pk, mine)


def test_twelve_times_are_offered_at_most(cast: Cast) -> None:
    offer = offered(cast, times=[at(4, hour) for hour in range(0, 24, 2)])
    with pytest.raises(DatabaseError), transaction.atomic():
        OfferedTime.objects.create(offer=offer, starts_at=at(9), ends_at=at(9) + HOUR)


def test_nothing_is_offered_in_an_example(cast: Cast) -> None:
    asking.become(cast.lead)
    example = make_example(cast.practice, by=cast.lead, now=NOW)
    with pytest.raises(ValidationError, match="example"):
        offered(cast, engagement=example)
    with pytest.raises(DatabaseError), transaction.atomic():
        Offer.objects.create(engagement=example, kind="poll", mode="remote", made_by=cast.lead, answer_by=at(3).date())


def table_of_now(cast: Cast, offer: Offer) -> Any:
    asking.become(cast.lead)
    return table_of(Offer.objects.get(pk=offer.pk), NOW)


def test_a_poll_that_everybody_has_answered_waits_on_today(cast: Cast, enter: Enter) -> None:
    offer = offered(cast, kind="poll")
    times = {time.pk: "yes" for time in offer.times.all()}
    everybody = list(cast.engagement.participations.all())
    for one in everybody[:-1]:
        actions.answer(offer, times, of=one, by=cast.lead, recorded=True, now=NOW)
    assert page(offer) not in enter(cast.lead).get(reverse("today")).text
    asking.become(cast.lead)
    actions.answer(offer, times, of=everybody[-1], by=cast.lead, recorded=True, now=NOW)
    assert page(offer) in enter(cast.lead).get(reverse("today")).text


def test_an_offer_that_was_withdrawn_is_over_for_everybody(cast: Cast, enter: Enter) -> None:
    offer = offered(cast, kind="poll")
    browser = enter(cast.lead)
    browser.post(reverse("offers:withdraw", args=[offer.pk]))
    assert "This offer is over" in enter(cast.supervisee).get(page(offer)).text
    asking.become(cast.lead)
    with pytest.raises(ValidationError, match="over"):
        actions.choose(offer, offer.times.all()[0], by=cast.lead, now=NOW)
    assert left_of(Offer.objects.get(pk=offer.pk), NOW) == set()


# --- what the database holds ------------------------------------------------------------------------------------------


def refused(sql: str, *values: Any) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql, values)
            return bool(cursor.rowcount == 0)
    except DatabaseError:
        return True


INSERT = (
    "INSERT INTO supervision_timeanswer (id, time_id, participation_id, answer, at)"
    " VALUES (gen_random_uuid(), %s, %s, 'yes', '2026-11-23T07:00:00Z')"
)


def test_one_answers_for_oneself_and_only_while_it_counts(cast: Cast) -> None:
    offer = offered(cast, kind="poll")
    time = offer.times.all()[0].pk
    mine = cast.engagement.participations.get(person=cast.people[0]).pk
    others = cast.engagement.participations.get(person=cast.people[1]).pk
    asking.become(cast.supervisee)
    assert refused(INSERT, time, others)
    assert not refused(INSERT, time, mine)
    asking.become(cast.stranger_supervisee)
    assert refused(INSERT, time, mine)
    asking.become(cast.lead)
    actions.withdraw(offer, by=cast.lead, now=NOW)
    asking.become(cast.supervisee)
    assert refused("UPDATE supervision_timeanswer SET answer = 'no' WHERE time_id = %s", time)


def test_an_answer_is_of_somebody_in_the_same_process(cast: Cast) -> None:
    offer = offered(cast, kind="poll")
    other = alone(cast).participations.all()[0].pk
    assert refused(INSERT, offer.times.all()[0].pk, other)


def test_what_is_over_stays_over(cast: Cast) -> None:
    offer = offered(cast)
    actions.withdraw(offer, by=cast.lead, now=NOW)
    assert refused("UPDATE supervision_offer SET withdrawn_at = NULL WHERE id = %s", offer.pk)
    assert refused("UPDATE supervision_offer SET settled_at = now() WHERE id = %s", offer.pk)
    assert (
        refused("DELETE FROM supervision_offer WHERE id = %s", offer.pk) or Offer.objects.filter(pk=offer.pk).exists()
    )


def test_a_supervisee_neither_offers_nor_withdraws(cast: Cast) -> None:
    offer = offered(cast)
    asking.become(cast.supervisee)
    assert Offer.objects.filter(pk=offer.pk).exists()
    assert refused("UPDATE supervision_offer SET withdrawn_at = now() WHERE id = %s", offer.pk)
    with pytest.raises(DatabaseError), transaction.atomic():
        OfferedTime.objects.create(offer=offer, starts_at=at(9), ends_at=at(9) + HOUR)


def test_a_stranger_sees_nothing_of_it_and_picks_nothing(cast: Cast) -> None:
    offer = offered(cast)
    time = offer.times.all()[0].pk
    for who in (cast.stranger, cast.stranger_supervisee, cast.contact):
        asking.become(who)
        assert not Offer.objects.exists()
        assert not OfferedTime.objects.exists()
        with connection.cursor() as cursor:
            cursor.execute("SELECT sec.pick_time(%s, '', %s)", [time, NOW])
            assert cursor.fetchone() == (None,)
            cursor.execute("SELECT count(*) FROM sec.free_times(%s, %s)", [offer.pk, NOW])
            assert cursor.fetchone() == (0,)
