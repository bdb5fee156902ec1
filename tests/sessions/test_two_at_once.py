"""Two real connections at once: what one transaction decides, the other is told in words."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import connections
from django.utils import translation

from audit import asking
from engagements.models import Engagement
from sessions import actions
from sessions.models import Session
from sessions.series.actions import Move, RowsRefused, book_series, move_several
from sessions.series.rule import Rule

HELSINKI = ZoneInfo("Europe/Helsinki")
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=HELSINKI)
THURSDAY = datetime(2026, 11, 26, 13, 0, tzinfo=HELSINKI)


def together(*verbs: Callable[[], Any]) -> list[Any]:
    """Run each of `verbs` in a thread and on a connection of its own, all beginning together; return what each gave."""
    ready = threading.Barrier(len(verbs), timeout=20)
    results: list[Any] = [None] * len(verbs)

    def run(place: int, verb: Callable[[], Any]) -> None:
        try:
            ready.wait()
            with translation.override("en"):
                results[place] = verb()
        except Exception as error:
            results[place] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(verbs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


def booking(engagement: Engagement, by: Any) -> Callable[[], Session]:
    def verb() -> Session:
        with asking.acting_as(by):
            return actions.book(engagement, starts_at=THURSDAY, minutes=90, mode="remote", by=by, now=NOW)

    return verb


def another_engagement(cast: Any, lead: Any, title: str) -> Engagement:
    from engagements.models import Contract, CoSupervisor

    with asking.acting_as(lead):
        engagement = Engagement.objects.create(practice=cast.practice, lead=lead, title=title, state="active")
        Contract.objects.create(
            engagement=engagement, minutes=90, state="agreed", terms={}, terms_hash="0" * 64, agreed_on=NOW.date(),
            agreed_how="oral",
        )  # fmt: skip
        other = cast.co_supervisor if lead == cast.lead else cast.lead
        CoSupervisor.objects.create(engagement=engagement, user=other)
    return engagement


def test_of_two_bookings_of_one_time_at_once_one_is_refused_in_words(settled: Any) -> None:
    processes = [another_engagement(settled, settled.lead, f"Toinen {number}") for number in range(3)]
    results = together(*(booking(each, settled.lead) for each in [settled.engagement, *processes]))
    booked = [result for result in results if isinstance(result, Session)]
    refused = [result for result in results if isinstance(result, actions.Taken)]
    assert (len(booked), len(refused)) == (1, 3), results
    for refusal in refused:
        (sentence,) = refusal.messages
        assert sentence.startswith("You already have a session then: ")
        assert sentence.endswith("Thu 26 Nov 2026 13:00–14:30.")


def test_two_supervisors_who_book_one_another_at_once_do_not_both_succeed(settled: Any) -> None:
    mine = another_engagement(settled, settled.lead, "Minun")
    theirs = another_engagement(settled, settled.co_supervisor, "Sinun")
    results = together(booking(mine, settled.lead), booking(theirs, settled.co_supervisor))
    assert sorted(type(result).__name__ for result in results) == ["Session", "Taken"], results
    with asking.acting_as(settled.lead):
        assert Session.objects.led_by(settled.lead).filter(starts_at=THURSDAY).count() == 1


def test_of_two_who_mark_one_session_at_once_the_second_is_told(settled: Any) -> None:
    def marking() -> Session:
        with asking.acting_as(settled.lead):
            return actions.mark_no_show(settled.session, by=settled.lead, now=settled.session.ends_at)

    results = together(marking, marking)
    assert sorted(type(result).__name__ for result in results) == ["Session", "ValidationError"], results
    (error,) = [result for result in results if isinstance(result, ValidationError)]
    assert error.messages == ["The session is not open any more: nobody came."]


def booking_series(engagement: Engagement, by: Any) -> Callable[[], list[Session]]:
    rule = Rule(1, "weeks", 4, THURSDAY.time(), 90, 8, THURSDAY.date())

    def verb() -> list[Session]:
        with asking.acting_as(by):
            times = [THURSDAY + timedelta(weeks=week) for week in range(8)]
            return book_series(engagement, rule, times, mode="remote", by=by, now=NOW)

    return verb


def test_of_two_series_at_once_one_is_booked_whole_and_the_other_refused_by_row(settled: Any) -> None:
    other = another_engagement(settled, settled.lead, "Toinen")
    results = together(booking_series(settled.engagement, settled.lead), booking_series(other, settled.lead))
    assert sorted(type(result).__name__ for result in results) == ["RowsRefused", "list"], results
    (refusal,) = [result for result in results if isinstance(result, RowsRefused)]
    assert sorted(refusal.rows) == list(range(8))
    (sentence,) = refusal.rows[0]
    assert sentence.startswith("You already have a session then: ")
    with asking.acting_as(settled.lead):
        assert Session.objects.filter(series__isnull=False).count() == 8


def test_of_a_series_and_a_single_session_at_once_one_is_refused(settled: Any) -> None:
    other = another_engagement(settled, settled.lead, "Toinen")
    results = together(booking_series(settled.engagement, settled.lead), booking(other, settled.lead))
    kinds = sorted(type(result).__name__ for result in results)
    assert kinds in (["Session", "RowsRefused"][::-1], ["Taken", "list"]), results


def test_of_two_who_move_one_series_at_once_the_second_is_told(settled: Any) -> None:
    booked = booking_series(settled.engagement, settled.lead)()

    def moving(by: Any, days: int) -> Callable[[], list[Session]]:
        def verb() -> list[Session]:
            with asking.acting_as(by):
                moves = [Move(one.pk, 0, one.starts_at + timedelta(days=days), 90) for one in booked]
                return move_several(moves, by=by, now=NOW)

        return verb

    results = together(moving(settled.lead, 1), moving(settled.co_supervisor, 2))
    assert sorted(type(result).__name__ for result in results) == ["RowsRefused", "list"], results
    (refusal,) = [result for result in results if isinstance(result, RowsRefused)]
    assert refusal.rows[0][0].startswith("This session has been changed meanwhile: it is now ")
    with asking.acting_as(settled.lead):
        weekdays = {one.starts_at.isoweekday() for one in Session.objects.filter(series__isnull=False)}
    assert len(weekdays) == 1
