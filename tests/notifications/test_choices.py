"""What somebody has chosen counts: what is declined does not come, what can wait is gathered, the night is theirs."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from audit import asking
from formats.clock import HELSINKI
from notifications import outbox, preferring
from notifications.choices import Layer, choices_of, settle
from notifications.dispatch import Dispatcher
from notifications.kinds import Draft, Letter, kinds, recipient_of
from notifications.models import Message, Preference
from notifications.outbox import queue_all
from notifications.quiet import Quiet
from sessions.models import Session
from sessions.unlocking import messages as vault_messages

Worker = Callable[[], AbstractContextManager[None]]
Rhythm = Preference.Rhythm
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SANNA, ASA, LIISA = "sanna@otso.example", "asa@otso.example", "liisa@kaari.example"


@pytest.fixture
def post(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    mail.outbox = []


def send(as_worker: Worker, now: datetime) -> list[str]:
    mail.outbox.clear()
    with as_worker():
        outbox.plan(now)
        Dispatcher(clock=lambda: now).run()
    return sorted(each.to[0] for each in mail.outbox)


def own_page(client: Client, user: Any, **form: Any) -> Any:
    client.force_login(user)
    given = {"wanted": [], "hours": "", "rhythm": "single", "quiet_from": "20", "quiet_until": "8"}
    return client.post(reverse("notifications:own"), given | form)


# --- layers -----------------------------------------------------------------------------------------------------------


def test_ones_own_choice_comes_before_that_of_the_practice() -> None:
    own = Layer(["task_due"], "daily", 21, 6)
    practice = Layer(["session_reminder"], "weekly", 18, 9)
    nothing = Layer(None, None, None, None)
    assert settle([own, practice]).declined == {"task_due"}
    assert settle([nothing, practice]).declined == {"session_reminder"}
    assert settle([own, practice]).quiet == Quiet(21, 6)
    assert settle([nothing, practice]).quiet == Quiet(18, 9)
    assert (settle([nothing, nothing]).rhythm, settle([nothing, nothing]).quiet) == (Rhythm.SINGLE, Quiet(20, 8))


def test_what_is_declined_by_a_mail_stays_declined_beside_an_account() -> None:
    account, person, practice = (
        Layer([], "daily", None, None),
        Layer(["task_due"], "", None, None),
        Layer(None, *[None] * 3),
    )
    assert settle([account, person, practice]).declined == {"task_due"}


# --- reminders --------------------------------------------------------------------------------------------------------


@pytest.fixture
def starts_at(settled: Any) -> datetime:
    with asking.acting_as(settled.lead):
        session = Session.objects.get(pk=settled.session.pk)
        Session.objects.filter(pk=session.pk).update(created_at=session.starts_at - 30 * DAY)
    with asking.acting_as(settled.stranger):
        Session.objects.filter(pk=settled.foreign_session.pk).update(state="cancelled")
    return session.starts_at.astimezone(HELSINKI)


def test_one_is_reminded_as_long_before_as_one_has_chosen(
    settled: Any, as_worker: Worker, client: Client, post: None, starts_at: datetime
) -> None:
    own_page(client, settled.supervisee, wanted=["session_reminder"], hours="72")
    assert send(as_worker, starts_at - 72 * HOUR) == [SANNA]
    assert send(as_worker, starts_at - 24 * HOUR) == [ASA]


def test_ones_own_night_moves_the_reminder(
    settled: Any, as_worker: Worker, client: Client, post: None, starts_at: datetime
) -> None:
    begins = starts_at.replace(hour=18)
    with asking.acting_as(settled.lead):
        Session.objects.filter(pk=settled.session.pk).update(starts_at=begins, ends_at=begins + HOUR)
    own_page(client, settled.supervisee, wanted=["session_reminder"], quiet_from="17", quiet_until="8")
    evening = begins - DAY
    assert send(as_worker, evening.replace(hour=16, minute=54)) == []
    assert send(as_worker, evening.replace(hour=16, minute=55)) == [SANNA]
    assert send(as_worker, evening) == [ASA]


def test_the_night_of_the_practice_counts_for_who_has_chosen_none(
    settled: Any, as_worker: Worker, post: None, starts_at: datetime
) -> None:
    with asking.acting_as(settled.lead):
        Preference.objects.filter(practice=settled.practice).update(quiet_from=18, quiet_until=10)
        begins = starts_at.replace(hour=9)
        Session.objects.filter(pk=settled.session.pk).update(starts_at=begins, ends_at=begins + HOUR)
    assert send(as_worker, begins - DAY) == []
    assert send(as_worker, (begins - 2 * DAY).replace(hour=17, minute=55)) == []  # that moment has passed
    assert send(as_worker, (begins - DAY).replace(hour=10)) == [ASA, SANNA]


def test_what_was_declined_after_it_was_queued_is_dropped(
    settled: Any, as_worker: Worker, client: Client, post: None, starts_at: datetime
) -> None:
    due = starts_at - 24 * HOUR
    with as_worker():
        outbox.plan(due)
    own_page(client, settled.supervisee, wanted=["task_due"])
    assert send(as_worker, due) == [ASA]
    with as_worker():
        assert outbox.plan(due + HOUR) == 0


# --- the page in one's account ----------------------------------------------------------------------------------------


def test_a_supervisee_chooses_among_what_comes_to_supervisees(cast: Any, client: Client) -> None:
    client.force_login(cast.supervisee)
    page = client.get(reverse("notifications:own")).content.decode()
    assert 'value="session_reminder"' in page
    assert 'value="week_ahead"' not in page
    assert 'name="rhythm"' not in page


def test_what_is_saved_is_shown_again_and_is_ones_own(cast: Any, client: Client) -> None:
    response = own_page(client, cast.lead, wanted=["week_ahead"], rhythm="weekly", quiet_from="22", quiet_until="6")
    assert response.status_code == 302
    with asking.acting_as(cast.lead):
        row = Preference.objects.get(user=cast.lead)
        assert "week_ahead" not in row.declined
        assert "interim_due" in row.declined
        assert (row.rhythm, row.quiet_from, row.quiet_until) == ("weekly", 22, 6)
    with asking.acting_as(cast.co_supervisor):
        assert not Preference.objects.filter(user__isnull=False).exists()


@pytest.mark.parametrize(
    "wrong", [{"hours": "5000"}, {"quiet_from": "3"}, {"rhythm": "never"}, {"wanted": ["session_moved"]}]
)
def test_a_choice_that_there_is_not_is_refused_in_words(cast: Any, client: Client, wrong: dict[str, Any]) -> None:
    response = own_page(client, cast.lead, **wrong)
    assert response.status_code == 200
    assert response.context["form"].errors
    with asking.acting_as(cast.lead):
        assert not Preference.objects.filter(user=cast.lead).exists()


def test_what_one_wants_again_is_not_declined_any_more_by_an_old_mail(
    settled: Any, client: Client, as_worker: Worker
) -> None:
    sanna = settled.people[0]
    held = preferring.held_by(sanna.pk)
    assert held is not None
    preferring.decline_everything(sanna.pk, held)
    own_page(client, settled.supervisee, wanted=["session_reminder"])
    with as_worker():
        declined = choices_of({sanna.pk})[sanna.pk].declined
    assert "session_reminder" not in declined
    assert "task_due" in declined


def test_nobody_writes_the_choices_of_another(cast: Any) -> None:
    with asking.acting_as(cast.supervisee):
        for whose in ({"user": cast.lead}, {"person": cast.people[1]}, {"practice": cast.practice}):
            with pytest.raises(Exception, match="row-level security"), transaction.atomic():
                Preference.objects.create(**whose)


def test_the_database_keeps_choices_within_bounds(cast: Any) -> None:
    for wrong in ({"hours": 0}, {"hours": 169}, {"quiet_from": 20}, {"quiet_from": 12, "quiet_until": 8}):
        with asking.acting_as(cast.lead), pytest.raises(IntegrityError), transaction.atomic():
            Preference.objects.create(user=cast.lead, **wrong)


# --- of a practice ----------------------------------------------------------------------------------------------------


def test_an_administrator_of_the_practice_says_what_counts_by_default(cast: Any, client: Client) -> None:
    client.force_login(cast.practice_admin)
    address = reverse("notifications:defaults", args=[cast.practice.pk])
    response = client.post(address, {"wanted": ["task_due"], "rhythm": "daily", "quiet_from": "18", "quiet_until": "9"})
    assert response.status_code == 302
    client.force_login(cast.supervisee)
    page = client.get(reverse("notifications:own")).context["form"]
    assert page.initial["wanted"] == ["task_due"]
    assert (page.initial["quiet_from"], page.initial["quiet_until"]) == (18, 9)


@pytest.mark.parametrize("who", ["co_supervisor", "supervisee", "stranger", "contact"])
def test_nobody_else_does(cast: Any, client: Client, who: str) -> None:
    client.force_login(getattr(cast, who))
    assert client.get(reverse("notifications:defaults", args=[cast.practice.pk])).status_code == 404


# --- gathered ---------------------------------------------------------------------------------------------------------

MONDAY = datetime(2027, 1, 11, 12, 0, tzinfo=HELSINKI)


def objects_wanted(monkeypatch: pytest.MonkeyPatch) -> set[Any]:
    """Let two kinds that can wait say always the same, for the objects in the returned set."""
    wanted: set[Any] = set()
    known = dict(kinds())

    def letters(messages: Any, now: datetime) -> dict[Any, Letter]:
        return {each.pk: Letter(to, {}) for each in messages if each.obj in wanted and (to := recipient_of(each))}

    for name in ("report_complete", "evaluation_closed"):
        known[name] = replace(known[name], letters=letters)
    for module in ("notifications.dispatch", "notifications.digest", "notifications.outbox"):
        monkeypatch.setattr(f"{module}.kinds", lambda: known)
    return wanted


def happen(as_worker: Worker, user: Any, wanted: set[Any], now: datetime, *names: str) -> list[Any]:
    objs = [uuid4() for _ in names]
    wanted.update(objs)
    with as_worker():
        queue_all([Draft(name, obj, "", now, user=user.pk) for name, obj in zip(names, objs, strict=True)], now=now)
    return objs


def test_what_can_wait_is_told_together_the_next_morning_and_once(
    settled: Any, as_worker: Worker, client: Client, post: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = objects_wanted(monkeypatch)
    own_page(client, settled.lead, rhythm="daily", wanted=["evaluation_closed"])
    happen(as_worker, settled.lead, wanted, MONDAY, "report_complete", "evaluation_closed", "evaluation_closed")
    assert send(as_worker, MONDAY) == []
    assert send(as_worker, (MONDAY + DAY).replace(hour=7, minute=59)) == []
    assert send(as_worker, (MONDAY + DAY).replace(hour=8)) == [LIISA]
    text = str(mail.outbox[0].body)
    assert "A report can be handed over: 1" in text
    assert "An evaluation has ended: 2" in text
    assert send(as_worker, (MONDAY + DAY).replace(hour=8, minute=1)) == []
    with as_worker():
        states = set(Message.objects.filter(user=settled.lead).values_list("state", flat=True))
    assert states == {Message.State.SENT}


def test_a_digest_by_the_week_comes_on_monday(
    settled: Any, as_worker: Worker, client: Client, post: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = objects_wanted(monkeypatch)
    own_page(client, settled.lead, rhythm="weekly")
    happen(as_worker, settled.lead, wanted, MONDAY, "report_complete")
    assert [send(as_worker, MONDAY + n * DAY) for n in range(7)] == [[]] * 7
    assert send(as_worker, MONDAY + 7 * DAY) == [LIISA]


def test_what_is_not_wanted_any_more_is_not_spoken_of(
    settled: Any, as_worker: Worker, client: Client, post: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = objects_wanted(monkeypatch)
    own_page(client, settled.lead, rhythm="daily")
    happen(as_worker, settled.lead, wanted, MONDAY, "report_complete")
    assert send(as_worker, MONDAY) == []
    wanted.clear()
    assert send(as_worker, MONDAY + DAY) == [], mail.outbox[0].body
    with as_worker():
        assert not Message.objects.filter(user=settled.lead).exclude(state=Message.State.DROPPED).exists()


def test_whoever_wants_each_by_itself_again_still_hears_what_was_gathered(
    settled: Any, as_worker: Worker, client: Client, post: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = objects_wanted(monkeypatch)
    own_page(client, settled.lead, rhythm="weekly")
    happen(as_worker, settled.lead, wanted, MONDAY, "report_complete")
    assert send(as_worker, MONDAY) == []
    own_page(client, settled.lead, rhythm="single")
    assert send(as_worker, MONDAY + DAY) == [LIISA]
    happen(as_worker, settled.lead, wanted, MONDAY + DAY, "report_complete")
    assert send(as_worker, MONDAY + DAY) == [LIISA]


# --- how they look ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_every_kind_can_be_looked_at_by_whoever_is_signed_in(cast: Any, client: Client, language: str) -> None:
    client.force_login(cast.supervisee)
    listed = client.get(reverse("notifications:kinds")).content.decode()
    for name in kinds():
        address = reverse("notifications:kind", args=[name])
        assert address in listed or name in vault_messages.WHAT  # five that differ in a word are listed once
        page = client.get(address, {"language": language})
        assert page.context["preview"].subject == "Työnohjaus"
        html = client.get(reverse("notifications:kind_html", args=[name]), {"language": language})
        assert f'<html lang="{language}">' in html.content.decode()
        assert "script" not in html.headers["Content-Security-Policy"]


def test_a_kind_that_there_is_not_is_not_found(cast: Any, client: Client) -> None:
    client.force_login(cast.lead)
    assert client.get(reverse("notifications:kind", args=["nothing"])).status_code == 404
    assert client.get(reverse("notifications:kind_html", args=["nothing"])).status_code == 404


def test_a_sample_carries_no_link_that_opens_anything(cast: Any, client: Client) -> None:
    client.force_login(cast.lead)
    for name in kinds():
        text = client.get(reverse("notifications:kind", args=[name])).context["preview"].text
        assert "/reminders/" not in text
