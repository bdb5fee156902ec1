"""A session is closed on one page: everything at once, or nothing and all that was typed still there."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from audit import asking
from engagements.models import Event
from sessions.closing import agenda, close, words
from sessions.closing.actions import save_memo
from sessions.models import Fee, Memo, Session, SessionState, SessionWord, Word
from sessions.notes import actions as notes
from sessions.notes.written import unseal
from tests.conftest import NOW, make_person, make_session
from vault import opening
from vault.texts import NoVault

Cast = Any
HELSINKI = ZoneInfo("Europe/Helsinki")
WEDNESDAY = datetime(2026, 11, 25, 9, 0, tzinfo=HELSINKI)
AFTER = WEDNESDAY + timedelta(hours=2)


@pytest.fixture
def session(cast: Cast) -> Session:
    asking.become(cast.lead)
    return Session.objects.get(pk=cast.session.pk)


@pytest.fixture
def lead(cast: Cast, client: Client, session: Session, time_machine: Any) -> Client:
    """The lead's browser, after the session."""
    time_machine.move_to(AFTER, tick=False)
    client.force_login(cast.lead)
    return client


def page_of(session: Session) -> str:
    return reverse("sessions:close", args=[session.pk])


def everything(cast: Cast, **more: Any) -> dict[str, Any]:
    present = {f"present-{one.pk}": "on" for one in cast.engagement.participations.all()}
    return {**present, "memo": "", "rev": "0", **more}


def in_a_week(**more: str) -> dict[str, str]:
    return {
        "book": "on", "day": "2.12.2026", "clock": "9.00", "minutes": "90", "mode": "in_person",
        "place": "Otsontie 2", **more,
    }  # fmt: skip


def test_all_present_and_save_is_enough(cast: Cast, session: Session, lead: Client) -> None:
    """From *Tänään*: one press opens the page, one saves it, and the day's list is back."""
    today = lead.get(reverse("today")).text
    assert f"{page_of(session)}?next=/today/" in today
    form = lead.get(page_of(session), {"next": "/today/"}).context["form"]
    sent = {row["present"].html_name: "on" for row in form.rows() if row["present"].value()}
    sent |= {row["how"].html_name: row["how"].value() for row in form.rows()}
    answer = lead.post(page_of(session), sent | {"next": "/today/"})
    assert answer.headers["Location"] == "/today/"
    session.refresh_from_db()
    assert session.state == SessionState.HELD
    assert set(session.attendances.values_list("presence", "how")) == {("present", "in_person")}
    assert Fee.objects.get(session=session).charged == 100
    assert not Memo.objects.exists()


def test_somebody_can_have_been_there_remotely_in_a_session_in_a_room(
    cast: Cast, session: Session, lead: Client
) -> None:
    first, *_others = cast.engagement.participations.all()
    lead.post(page_of(session), everything(cast, **{f"how-{first.pk}": "remote"}))
    assert session.attendances.get(participation=first).how == "remote"
    assert session.attendances.filter(how="in_person").count() == 2


def test_everything_is_said_at_once(cast: Cast, session: Session, lead: Client) -> None:
    asking.become(cast.lead)
    point = agenda.add(session, "Työnjako", by=cast.lead, now=WEDNESDAY - timedelta(days=1))
    sent = everything(
        cast, methods=["drawing"], new_methods="figures, Drawing", new_themes="workload", memo="Puhuimme **ajasta**.",
        carry=[str(point.pk)], **in_a_week(),
    )  # fmt: skip
    answer = lead.post(page_of(session), sent, follow=True)
    assert "<strong>ajasta</strong>" in answer.text
    assert "drawing, figures" in answer.text
    coming = cast.engagement.sessions.get(state="planned")
    assert coming.starts_at == WEDNESDAY + timedelta(days=7)
    assert [one.pk for one in coming.agenda.all()] == [point.pk]
    assert b"ajasta" not in bytes(Memo.objects.get().sealed)
    kinds = set(cast.engagement.events.values_list("kind", flat=True))
    assert {Event.Kind.HELD, Event.Kind.MEMO, Event.Kind.BOOKED} <= kinds


def test_what_is_refused_is_said_and_nothing_is_done_nor_lost(cast: Cast, session: Session, lead: Client) -> None:
    """The next time is taken: the whole page comes back as it was typed, with the sentence by its field."""
    other = make_session(cast.engagement, WEDNESDAY + timedelta(days=7), state="cancelled")
    Session.objects.filter(pk=other.pk).update(state="held")  # takes the time, and is not one to come
    sent = everything(cast, new_methods="savi", memo="Tärkeä teksti", **in_a_week(clock="10.00"))
    answer = lead.post(page_of(session), sent)
    assert answer.status_code == 200
    for kept in ("You already have a session then", "Tärkeä teksti", 'value="savi"', 'value="10.00"'):
        assert kept in answer.text
    session.refresh_from_db()
    assert session.state == SessionState.PLANNED
    assert [model.objects.count() for model in (Memo, Word, Fee)] == [0, 0, 0]


def test_every_part_that_is_refused_says_why(cast: Cast, session: Session, lead: Client) -> None:
    answer = lead.post(page_of(session), {"memo": "a" * 20_001, "rev": "0", "new_themes": "b" * 61})
    assert "Nobody is marked as present." in answer.text
    assert "A word has at most 60 characters." in answer.text
    answer = lead.post(page_of(session), everything(cast, memo="a" * 20_001))
    assert "The text has at most 20000 characters." in answer.text


def test_a_memo_that_somebody_else_saved_meanwhile_is_shown_beside_ones_own(
    cast: Cast, session: Session, lead: Client
) -> None:
    lead.get(page_of(session))
    asking.become(cast.co_supervisor)
    save_memo(session, "Kallen teksti", 0, by=cast.co_supervisor, now=AFTER)
    answer = lead.post(page_of(session), everything(cast, memo="Liisan teksti"))
    assert "Kallen teksti" in answer.text
    assert "Liisan teksti" in answer.text
    rev = answer.context["form"]["rev"].value()
    lead.post(page_of(session), everything(cast, memo="Liisan teksti", rev=rev))
    session.refresh_from_db()
    assert session.state == SessionState.HELD
    assert Memo.objects.get().versions.count() == 1


def test_what_is_marked_already_is_completed_on_the_same_page(cast: Cast, session: Session, lead: Client) -> None:
    lead.post(reverse("sessions:held", args=[session.pk]), everything(cast))
    assert "Who was present" not in lead.get(page_of(session)).text
    lead.post(page_of(session), {"memo": "Jälkeenpäin", "rev": "0", "new_themes": "aika"})
    assert session.attendances.count() == 3
    assert "Jälkeenpäin" in lead.get(reverse("sessions:detail", args=[session.pk])).text


def test_nothing_is_closed_before_it_begins_nor_after_it_was_cancelled(
    cast: Cast, session: Session, lead: Client, time_machine: Any
) -> None:
    time_machine.move_to(WEDNESDAY - timedelta(minutes=1), tick=False)
    answer = lead.post(page_of(session), everything(cast), follow=True)
    assert "The session has not started yet." in answer.text
    Session.objects.filter(pk=session.pk).update(state="cancelled")
    assert "not open any more" in lead.get(page_of(session), follow=True).text


def test_the_time_that_the_rhythm_proposes_is_checked_before_it_is_asked_for(
    cast: Cast, session: Session, lead: Client, agree_anew: Callable[..., Any]
) -> None:
    agree_anew(cast.engagement, rhythm="weeks", rhythm_every=2)
    cast.engagement.sessions.exclude(pk=session.pk).delete()
    answer = lead.get(page_of(session))
    proposed = answer.context["form"].next_form
    assert proposed.proposed_span()[0] == WEDNESDAY + timedelta(weeks=2)
    assert not answer.context["clashes"]


def test_the_fee_can_be_waived_in_passing(cast: Cast, session: Session, lead: Client) -> None:
    lead.post(page_of(session), everything(cast, waive="Lyhyt kerta sairauden takia"))
    fee = Fee.objects.get(session=session)
    assert (fee.percent, fee.charged, fee.waived_by) == (100, 0, cast.lead)


# --- the private note and the tasks ---------------------------------------------------------------------------------


def test_a_private_note_and_tasks_are_kept_with_the_rest(cast: Cast, session: Session, lead: Client) -> None:
    opening.create(cast.lead.pk, "kettu lampi siilo varis honka", now=NOW)
    first = cast.engagement.participations.all()[0]
    assert "Only you" in lead.get(page_of(session)).text
    sent = {"note": "Vain minulle", "task-0": "Pidä päiväkirjaa", "task-1": "Lue", "task-1-to": str(first.pk),
            "task-1-due": "4.12.2026"}  # fmt: skip
    assert lead.post(page_of(session), everything(cast, **sent)).status_code == 302
    asking.become(cast.lead)
    note = session.notes.get()
    vault = opening.unlock(cast.lead.pk, "kettu lampi siilo varis honka", now=NOW)
    assert unseal(bytes(note.sealed), note.pk, vault).text == "Vain minulle"
    everybody, one = cast.engagement.tasks.order_by("due_on", "pk").reverse()
    assert (everybody.to_all, everybody.until_next, everybody.session) == (True, True, session)
    assert (one.recipients.get().participation, str(one.due_on)) == (first, "2026-12-04")


def test_without_a_key_the_page_leads_to_it(session: Session, lead: Client) -> None:
    page = lead.get(page_of(session)).text
    assert "Make the key of your notes" in page
    assert 'name="note"' not in page


def test_a_note_that_cannot_be_kept_is_not_lost(
    cast: Cast, session: Session, lead: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    opening.create(cast.lead.pk, "kettu lampi siilo varis honka", now=NOW)

    def refuse(*_args: Any, **_named: Any) -> None:
        raise NoVault

    monkeypatch.setattr(close, "write", refuse)
    answer = lead.post(page_of(session), everything(cast, note="Vain minulle", memo="Muistio"))
    assert "Make the key of your notes first." in answer.text
    assert "Vain minulle" in answer.text
    session.refresh_from_db()
    assert session.state == SessionState.PLANNED


def test_a_task_that_is_refused_is_told_in_its_own_row(cast: Cast, session: Session, lead: Client) -> None:
    sent = {"task-2": "x" * 4001}
    answer = lead.post(page_of(session), everything(cast, **sent))
    assert answer.status_code == 200
    assert answer.context["form"].errors["task-2"]
    assert not cast.engagement.tasks.exists()


# --- methods and themes ---------------------------------------------------------------------------------------------


def test_ours_are_suggested_until_the_first_is_picked_and_then_in_the_list(
    cast: Cast, session: Session, lead: Client
) -> None:
    assert "reflecting team" in lead.get(page_of(session)).text
    words.pick(session, {Word.Kind.METHOD: ["Savi", " savi "]}, by=cast.lead)
    texts = set(cast.practice.words.values_list("text", flat=True))
    assert {"Savi", "reflecting team"} <= texts
    assert words.picked(session)[Word.Kind.METHOD] == ["Savi"]


def test_a_word_that_was_put_away_is_offered_no_more_stays_where_it_was_and_comes_back(
    cast: Cast, session: Session, lead: Client
) -> None:
    words.pick(session, {Word.Kind.THEME: ["aika"]}, by=cast.lead)
    word = cast.practice.words.get(text="aika")
    lead.post(reverse("sessions:word_away", args=[word.pk]))
    asking.become(cast.lead)
    assert words.offered(cast.practice)[Word.Kind.THEME] == []
    assert words.picked(session)[Word.Kind.THEME] == ["aika"]
    words.pick(session, {Word.Kind.THEME: ["Aika"]}, by=cast.lead)
    assert words.offered(cast.practice)[Word.Kind.THEME] == ["aika"]


def test_the_list_is_managed_on_its_page(cast: Cast, lead: Client) -> None:
    page = reverse("sessions:words")
    lead.post(page, {"kind": "theme", "text": "aika"})
    word = Word.objects.get(kind="theme")
    lead.post(reverse("sessions:word", args=[word.pk]), {"text": "ajan riittäminen"})
    assert "ajan riittäminen" in lead.get(page).text
    assert "A word has at most 60 characters." in lead.post(page, {"kind": "theme", "text": "a" * 61}).text
    lead.post(page, {"kind": "theme", "text": "toinen"})
    answer = lead.post(reverse("sessions:word", args=[word.pk]), {"text": "TOINEN"})
    assert "This word is in the list already." in answer.text


def test_words_are_seen_by_those_in_the_session_and_by_no_client_or_administrator(cast: Cast, session: Session) -> None:
    words.pick(session, {Word.Kind.THEME: ["aika"]}, by=cast.lead)
    asking.become(cast.supervisee)
    assert not SessionWord.objects.exists()  # before it is held
    asking.become(cast.lead)
    Session.objects.filter(pk=session.pk).update(state="held")
    asking.become(cast.supervisee)
    assert words.picked(session)[Word.Kind.THEME] == ["aika"]
    for name in ("contact", "practice_admin", "administrator", "stranger", "stranger_supervisee"):
        asking.become(cast.members[name])
        assert [model.objects.count() for model in (Word, SessionWord)] == [0, 0], name


def test_a_word_of_another_practice_is_refused_by_the_database(cast: Cast, session: Session) -> None:
    asking.become(cast.stranger)
    words.add(cast.foreign_engagement.practice, Word.Kind.THEME, "vieras")
    word = Word.objects.get(text="vieras")
    asking.become(cast.lead)
    with pytest.raises(DatabaseError), transaction.atomic():
        SessionWord.objects.create(session=session, word=word)


@pytest.mark.parametrize("people", [1, 30])
def test_the_page_costs_the_same_for_one_and_for_thirty(
    cast: Cast, session: Session, lead: Client, django_assert_max_num_queries: Any, people: int
) -> None:
    asking.become(cast.lead)
    for number in range(people - 1):
        person = make_person(cast.practice, "Uusi", str(number))
        cast.engagement.participations.create(person=person, joined_on=WEDNESDAY.date())
    with django_assert_max_num_queries(44):
        assert lead.get(page_of(session)).status_code == 200


# --- what is missing ------------------------------------------------------------------------------------------------


def test_what_is_not_marked_or_without_a_memo_is_listed_with_one_thing_to_do(
    cast: Cast, session: Session, lead: Client
) -> None:
    page = reverse("sessions:unmarked")
    assert page_of(session) in lead.get(page).text
    lead.post(page_of(session), everything(cast))
    assert "Nothing is missing" in lead.get(page, {"missing": "memo"}).text  # in a process that keeps none
    earlier = make_session(cast.engagement, WEDNESDAY - timedelta(days=7), state="held", marked_at=AFTER)
    asking.become(cast.lead)
    save_memo(earlier, "Muistio", 0, by=cast.lead, now=AFTER)
    assert reverse("sessions:memo", args=[session.pk]) in lead.get(page, {"missing": "memo"}).text


def test_who_has_a_key_is_shown_what_they_have_no_own_note_of(
    cast: Cast, session: Session, lead: Client, enter: Any, vault_of: Any
) -> None:
    page, write = reverse("sessions:unmarked"), reverse("notes:write", args=[session.pk])
    lead.post(page_of(session), everything(cast, note=""))
    assert "Without your note" not in lead.get(page).text  # there is no key to seal one with
    for who in (cast.lead, cast.co_supervisor):
        vault_of(who)
    asking.become(cast.co_supervisor)
    notes.write(session.engagement, session, "Kallen oma", by=cast.co_supervisor, now=AFTER)
    lead = enter(cast.lead)
    assert write in lead.get(page, {"missing": "note"}).text  # the note of another is nobody's business
    assert "Nothing is missing" in enter(cast.co_supervisor).get(page, {"missing": "note"}).text
    asking.become(cast.lead)
    notes.write(session.engagement, session, "Oma", by=cast.lead, now=AFTER)
    assert "Nothing is missing" in enter(cast.lead).get(page, {"missing": "note"}).text


@pytest.mark.parametrize("days", [1, 13, 15])
def test_today_counts_for_two_weeks_what_has_no_own_note(
    cast: Cast, enter: Any, vault_of: Any, time_machine: Any, days: int
) -> None:
    asking.become(cast.lead)
    held = make_session(cast.engagement, WEDNESDAY - timedelta(days=1), state="held", marked_at=AFTER)
    time_machine.move_to(AFTER + timedelta(days=days), tick=False)
    said = "1 session is without your note"
    assert said not in enter(cast.lead).get(reverse("today")).text
    vault_of(cast.lead)
    assert (said in enter(cast.lead).get(reverse("today")).text) == (days < 14)
    assert said not in enter(cast.co_supervisor).get(reverse("today")).text
    asking.become(cast.lead)
    notes.write(held.engagement, held, "Oma", by=cast.lead, now=AFTER)
    assert said not in enter(cast.lead).get(reverse("today")).text


@pytest.mark.parametrize("rows", [1, 30])
def test_the_list_costs_the_same_for_one_and_for_thirty(
    cast: Cast, lead: Client, django_assert_max_num_queries: Any, rows: int
) -> None:
    asking.become(cast.lead)
    for number in range(rows):
        make_session(cast.engagement, WEDNESDAY - timedelta(days=number + 1))
    with django_assert_max_num_queries(22):
        answer = lead.get(reverse("sessions:unmarked"))
    assert len(answer.context["page"].rows) == min(rows + 1, 30)
