"""The memo: whose it is when, written by several without loss, read and written down, sealed where it lies."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from audit import asking
from audit.models import Entry
from audit.roles import Role
from engagements.models import Event
from sessions import actions
from sessions.closing.actions import MOST_VERSIONS, add_to_memo, change_addition, save_memo
from sessions.closing.memo import memo_of, memo_text
from sessions.models import AgendaItem, Memo, MemoAddition, MemoVersion, Session
from sessions.saving import Conflict
from tests.conftest import make_session
from vault.content import Content

Cast = Any
HELSINKI = ZoneInfo("Europe/Helsinki")
NOW = datetime(2026, 11, 25, 12, 0, tzinfo=HELSINKI)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def at_noon(time_machine: Any) -> None:
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def held(cast: Cast) -> Session:
    asking.become(cast.lead)
    made = make_session(cast.engagement, NOW - DAY, state="held", marked_at=NOW)
    return Session.objects.select_related("engagement").get(pk=made.pk)


def text_of(session: Session) -> str | None:
    memo = memo_of(session)
    return memo_text(Content([session.engagement_id]), session, memo) if memo else ""


def page(session: Session, name: str = "detail") -> str:
    return reverse(f"sessions:{name}", args=[session.pk])


# --- whose it is ----------------------------------------------------------------------------------------------------


def test_all_in_the_process_read_it_and_nobody_else(cast: Cast, held: Session, client: Client) -> None:
    save_memo(held, "Sovimme kokeilusta", 0, by=cast.lead, now=NOW)
    for name in ("lead", "co_supervisor", "supervisee"):
        client.force_login(cast.members[name])
        assert "Sovimme kokeilusta" in client.get(page(held)).text, name
    for name in ("contact", "practice_admin", "administrator", "stranger", "stranger_supervisee"):
        client.force_login(cast.members[name])
        assert client.get(page(held)).status_code == 404
        asking.become(cast.members[name])
        assert [model.objects.count() for model in (Memo, MemoVersion, MemoAddition)] == [0, 0, 0], name


def test_before_the_session_is_held_it_is_a_draft_of_the_supervisors(cast: Cast, client: Client) -> None:
    asking.become(cast.lead)
    session = Session.objects.select_related("engagement").get(pk=cast.session.pk)
    Session.objects.filter(pk=session.pk).update(starts_at=NOW - HOUR, ends_at=NOW)
    save_memo(session, "Luonnos", 0, by=cast.lead, now=NOW)
    client.force_login(cast.supervisee)
    assert "Luonnos" not in client.get(page(session)).text
    asking.become(cast.supervisee)
    assert not Memo.objects.exists()
    asking.become(cast.lead)
    assert not Event.objects.filter(kind=Event.Kind.MEMO).exists()
    present = {one.pk: "" for one in cast.engagement.participations.all()}
    marked = actions.mark_held(session, present=present, by=cast.lead, now=NOW)
    assert Event.objects.filter(kind=Event.Kind.MEMO).count() == 1
    assert "Luonnos" in client.get(page(session)).text
    asking.become(cast.lead)
    actions.unmark(marked, by=cast.lead, now=NOW)
    assert "Luonnos" not in client.get(page(session)).text
    asking.become(cast.lead)
    assert not Event.objects.filter(kind=Event.Kind.MEMO).exists()


def test_who_has_left_reads_it_no_more(cast: Cast, held: Session, client: Client) -> None:
    save_memo(held, "Sovimme kokeilusta", 0, by=cast.lead, now=NOW)
    cast.engagement.participations.filter(person=cast.people[0]).update(left_on=NOW.date() + DAY)
    asking.become(cast.supervisee)
    assert not Memo.objects.exists()


def test_a_supervisee_does_not_write_in_it_past_the_pages_either(cast: Cast, held: Session) -> None:
    save_memo(held, "Sovimme kokeilusta", 0, by=cast.lead, now=NOW)
    asking.become(cast.supervisee)
    assert Memo.objects.update(rev=7) == 0
    assert Memo.objects.all().delete()[0] == 0
    with pytest.raises(DatabaseError), transaction.atomic():
        Memo.objects.create(session=cast.session, sealed=b"x", updated_by=cast.supervisee)


@pytest.mark.parametrize("role", [Role.WORKER, Role.ADMIN])
@pytest.mark.parametrize("model", [Memo, MemoVersion, MemoAddition, AgendaItem])
def test_neither_the_worker_nor_the_admin_site_may_look(db: None, role: Role, model: Any) -> None:
    from django.conf import settings
    from django.db import connection

    with connection.cursor() as cursor:
        name = settings.DATABASE_ROLE_NAMES[role]
        cursor.execute("SELECT has_any_column_privilege(%s, %s, 'SELECT')", [name, model._meta.db_table])
        assert cursor.fetchone() == (False,)


def test_what_lies_in_the_database_says_nothing(cast: Cast, held: Session) -> None:
    save_memo(held, "Sovimme kokeilusta", 0, by=cast.lead, now=NOW)
    memo = Memo.objects.get()
    assert b"kokeilu" not in bytes(memo.sealed)
    save_memo(held, "Sovimme muusta", 1, by=cast.lead, now=NOW)
    assert len(Memo.objects.get().sealed) == len(memo.sealed)  # nor does its length


def test_a_text_that_cannot_be_opened_is_said_to_be_so(cast: Cast, held: Session, client: Client) -> None:
    save_memo(held, "Sovimme kokeilusta", 0, by=cast.lead, now=NOW)
    Memo.objects.update(sealed=b"\x01\x05" + bytes(60))
    client.force_login(cast.lead)
    for name in ("detail", "memo", "close"):
        answer = client.get(page(held, name))
        assert answer.status_code == 200
        assert "cannot be opened" in answer.text, name


# --- written by several ---------------------------------------------------------------------------------------------


def test_two_tabs_never_overwrite_each_other(cast: Cast, held: Session, client: Client) -> None:
    client.force_login(cast.lead)
    client.post(page(held, "memo"), {"memo": "Ensimmäinen", "rev": "0"})
    answer = client.post(page(held, "memo"), {"memo": "Toinen", "rev": "0"})
    assert "Ensimmäinen" in answer.text
    assert "Toinen" in answer.text
    asking.become(cast.lead)
    assert text_of(held) == "Ensimmäinen"
    rev = answer.context["form"]["rev"].value()
    client.post(page(held, "memo"), {"memo": "Ensimmäinen ja toinen", "rev": str(rev)})
    asking.become(cast.lead)
    assert text_of(held) == "Ensimmäinen ja toinen"


def test_autosave_answers_with_the_number_of_the_text(cast: Cast, held: Session, client: Client) -> None:
    client.force_login(cast.lead)
    keep = page(held, "memo_keep")
    assert client.post(keep, {"memo": "", "rev": "0"}).json()["rev"] == 0
    assert client.post(keep, {"memo": "Yksi", "rev": "0"}).json()["rev"] == 1
    assert (
        client.post(keep, {"memo": "Yksi", "rev": "0"}).json()["rev"] == 1
    )  # the answer got lost, so it is sent again
    assert client.post(keep, {"memo": "Kaksi", "rev": "1"}).json()["rev"] == 2
    answer = client.post(keep, {"memo": "Vanhasta", "rev": "1"})
    assert (answer.status_code, answer.json()["rev"], answer.json()["text"]) == (409, 2, "Kaksi")
    assert answer.json()["whose"].startswith(f"{cast.lead.name} saved this in between")
    assert client.post(keep, {"memo": "a" * 20_001, "rev": "2"}).status_code == 422
    assert client.post(keep, {"memo": "a" * 50_000, "rev": "2"}).status_code == 422
    assert client.post(keep, {"memo": "a", "rev": "-1"}).status_code == 422
    asking.become(cast.lead)
    assert text_of(held) == "Kaksi"
    assert Entry.objects.filter(event="memo.written").count() == 1  # one for the whole stretch of writing


def test_who_gets_anothers_text_beside_their_own_has_read_it(cast: Cast, held: Session, client: Client) -> None:
    asking.become(cast.co_supervisor)
    save_memo(held, "Kalle", 0, by=cast.co_supervisor, now=NOW)
    for who in (cast.co_supervisor, cast.lead):
        client.force_login(who)
        answer = client.post(page(held, "memo_keep"), {"memo": "Vanhasta", "rev": "0"})
        assert (answer.status_code, answer.json()["text"]) == (409, "Kalle")
    asking.become(cast.lead)
    assert [entry.actor for entry in Entry.objects.filter(event="memo.read")] == [cast.lead.pk]


def test_how_it_stood_is_kept_when_somebody_else_writes_or_half_an_hour_later(
    cast: Cast, held: Session, client: Client
) -> None:
    save_memo(held, "Liisa", 0, by=cast.lead, now=NOW)
    save_memo(held, "Liisa lisää", 1, by=cast.lead, now=NOW + MINUTE)
    assert not MemoVersion.objects.exists()
    asking.become(cast.co_supervisor)
    save_memo(held, "Kalle", 2, by=cast.co_supervisor, now=NOW + 2 * MINUTE)
    save_memo(held, "Kalle myöhemmin", 3, by=cast.co_supervisor, now=NOW + 40 * MINUTE)
    client.force_login(cast.lead)
    told = client.get(page(held, "memo_versions")).text
    assert "Liisa lisää" in told
    assert "Kalle myöhemmin" not in told
    asking.become(cast.co_supervisor)
    for number in range(MOST_VERSIONS + 3):
        save_memo(held, f"{number}", 4 + number, by=cast.co_supervisor, now=NOW + (number + 2) * HOUR)
    assert MemoVersion.objects.count() == MOST_VERSIONS


def test_a_session_that_was_not_held_has_no_memo(cast: Cast, held: Session) -> None:
    held.state = "no_show"
    with pytest.raises(ValidationError, match="was not held"):
        save_memo(held, "Teksti", 0, by=cast.lead, now=NOW)


def test_a_conflict_tells_the_text_that_stands(cast: Cast, held: Session) -> None:
    save_memo(held, "Yksi", 0, by=cast.lead, now=NOW)
    with pytest.raises(Conflict) as refused:
        save_memo(held, "Kaksi", 0, by=cast.lead, now=NOW)
    assert (refused.value.text, refused.value.row.rev) == ("Yksi", 1)


# --- what supervisees add -------------------------------------------------------------------------------------------


def test_a_supervisee_adds_changes_within_a_day_and_removes(
    cast: Cast, held: Session, client: Client, time_machine: Any
) -> None:
    client.force_login(cast.supervisee)
    client.post(page(held, "additions"), {"text": "Minusta <b>tärkeintä</b> oli *tauko*"})
    text = client.get(page(held)).text
    assert "<em>tauko</em>" in text
    assert "<b>" not in text
    asking.become(cast.supervisee)
    addition = MemoAddition.objects.get()
    one = reverse("sessions:addition", args=[held.pk, addition.pk])
    client.post(one, {"text": "Muutettu"})
    assert "Muutettu" in client.get(page(held)).text
    time_machine.move_to(NOW + DAY + MINUTE, tick=False)
    client.force_login(cast.supervisee)
    assert "can be changed for one day" in client.post(one, {"text": "Myöhään"}).text
    client.post(reverse("sessions:addition_remove", args=[held.pk, addition.pk]))
    assert "Muutettu" not in client.get(page(held)).text


def test_what_somebody_added_is_nobody_elses_to_change(cast: Cast, held: Session, client: Client) -> None:
    asking.become(cast.supervisee)
    addition = add_to_memo(held, "Minun", by=cast.supervisee, now=NOW)
    client.force_login(cast.lead)
    assert client.post(reverse("sessions:addition_remove", args=[held.pk, addition.pk])).status_code == 404
    asking.become(cast.lead)
    assert MemoAddition.objects.update(changed_at=NOW) == 0
    assert MemoAddition.objects.all().delete()[0] == 0


def test_an_addition_has_bounds_and_keeps_what_was_typed(cast: Cast, held: Session, client: Client) -> None:
    client.force_login(cast.supervisee)
    assert "Write something first." in client.post(page(held, "additions"), {"text": "  "}).text
    answer = client.post(page(held, "additions"), {"text": "a" * 5001})
    assert "The text has at most 5000 characters." in answer.text
    assert "a" * 5001 in answer.text
    asking.become(cast.supervisee)
    with pytest.raises(ValidationError, match="once the session is held"):
        add_to_memo(cast.session, "Liian aikaisin", by=cast.supervisee, now=NOW)
    with pytest.raises(ValidationError, match="Write something"):
        change_addition(add_to_memo(held, "a", by=cast.supervisee, now=NOW), "", by=cast.supervisee, now=NOW)


# --- read and written down ------------------------------------------------------------------------------------------


def test_a_reading_by_another_is_written_down_once_an_hour(
    cast: Cast, held: Session, client: Client, django_assert_max_num_queries: Any
) -> None:
    memo = save_memo(held, "Sovimme kokeilusta", 0, by=cast.lead, now=NOW)
    assert memo is not None
    for name in ("lead", "supervisee", "supervisee", "co_supervisor"):
        client.force_login(cast.members[name])
        with django_assert_max_num_queries(48):
            client.get(page(held))
    asking.become(cast.lead)
    reads = Entry.objects.filter(event="memo.read", obj=memo.pk, stream=str(held.engagement_id))
    assert reads.count() == 2
    assert set(reads.values_list("actor", flat=True)) == {cast.supervisee.pk, cast.co_supervisor.pk}
    assert {str(entry.data) for entry in reads} == {"{}"}
