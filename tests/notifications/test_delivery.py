"""What could not be delivered is seen by the practice it belongs to, and sent again from there; by no other."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django.core import mail
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from audit import asking
from audit.connecting import as_role
from audit.roles import Role
from notifications import outbox
from notifications.delivery import counts, log, send_again, troubled
from notifications.dispatch import Dispatcher
from notifications.models import Message

Cast = Any
Enter = Callable[[User], Client]


def message(cast: Cast, **values: Any) -> Message:
    """A message to a supervisee of our practice, by default one that was given up."""
    asking.become(cast.lead)
    now = timezone.now()
    obj = cast.session.pk
    outbox.queue("session_reminder", obj=obj, next_at=now, now=now, person=cast.people[0], occasion=str(len(values)))
    made = Message.objects.filter(obj=obj, occasion=str(len(values)))
    made.update(**({"state": Message.State.DEAD, "attempts": 12} | values))
    return made.get()


def seen_by(cast: Cast, who: str) -> list[Any]:
    asking.become(cast.members[who])
    return [each.id for each in troubled(timezone.now())]


def test_given_up_comes_first_then_what_is_delayed_then_what_was_perhaps_said_twice(cast: Cast) -> None:
    twice = message(cast, state=Message.State.SENT, attempts=2, maybe_sent=1)
    delayed = message(cast, state=Message.State.PENDING, attempts=3)
    dead = message(cast)
    found = seen_by(cast, "practice_admin")
    assert found[0] == dead.pk
    assert set(found) == {dead.pk, delayed.pk, twice.pk}
    assert counts(timezone.now()) == {"sent": 1, "pending": 1, "dead": 1}


def test_what_went_as_it_should_is_no_news(cast: Cast) -> None:
    message(cast, state=Message.State.SENT, attempts=1)
    message(cast, state=Message.State.PENDING, attempts=0, maybe_sent=0)
    assert seen_by(cast, "practice_admin") == []


@pytest.mark.parametrize("who", ["stranger", "co_supervisor", "supervisee", "contact", "administrator"])
def test_nobody_else_sees_or_sends_it(cast: Cast, who: str) -> None:
    dead = message(cast)
    assert seen_by(cast, who) == []
    assert not send_again(dead.pk, by=cast.members[who])
    dead.refresh_from_db()
    assert dead.state == Message.State.DEAD


def test_only_what_was_given_up_is_sent_again(cast: Cast) -> None:
    waiting = message(cast, state=Message.State.PENDING, attempts=3)
    asking.become(cast.practice_admin)
    assert not send_again(waiting.pk, by=cast.practice_admin)


def test_sent_again_it_leaves_once(settled: Cast, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    mail.outbox = []
    with transaction.atomic():
        asking.become(settled.lead)
        now = settled.session.starts_at - timedelta(hours=24)
    with as_role(Role.WORKER):
        outbox.plan(now)
    with transaction.atomic():
        asking.become(settled.lead)
        mine = Message.objects.filter(person=settled.people[0])
        Message.objects.exclude(pk__in=mine.values("pk")).delete()
        mine.update(state=Message.State.DEAD, attempts=12)
        asking.become(settled.practice_admin)
        assert send_again(mine.get().pk, by=settled.practice_admin)
        mine.update(next_at=now)  # the clock of the database is not that of the story
    for _ in range(2):
        with as_role(Role.WORKER):
            Dispatcher(clock=lambda: now).run()
    assert [each.to for each in mail.outbox] == [["sanna@otso.example"]]


def test_the_page_names_whom_and_no_address(cast: Cast, enter: Enter) -> None:
    dead = message(cast)
    browser = enter(cast.practice_admin)
    page = browser.get(reverse("practice_messages")).text
    assert "Reminder of a session: Sanna Salo" in page
    assert "sanna@otso.example" not in page
    again = browser.post(reverse("practice_message_again", args=[dead.pk]), follow=True)
    assert "It leaves in a moment" in again.text
    dead.refresh_from_db()
    assert (dead.state, dead.attempts) == (Message.State.PENDING, 0)
    assert browser.post(reverse("practice_message_again", args=[dead.pk])).status_code == 404


def test_the_log_says_of_each_message_where_it_stands_and_no_address(cast: Cast, enter: Enter) -> None:
    sent = {"state": Message.State.SENT, "sent_at": timezone.now(), "maybe_sent": 1}
    message(cast, **sent)
    message(cast, state=Message.State.DROPPED)
    message(cast)
    browser = enter(cast.practice_admin)
    page = browser.get(reverse("practice_message_log")).text
    assert page.count("Reminder of a session: Sanna Salo") == 3
    for words in ("handed over", "in doubt", "not needed any more", "given up"):
        assert words in page
    assert "sanna@otso.example" not in page


def test_the_log_goes_on_where_it_ended(cast: Cast, enter: Enter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("notifications.delivery.PAGE", 2)
    monkeypatch.setattr("tyonohjaus.practice.PAGE", 2)
    asking.become(cast.lead)
    now = timezone.now()
    for number in range(5):
        outbox.queue("task_due", obj=uuid4(), next_at=now, now=now, person=cast.people[0], occasion=str(number))
    browser = enter(cast.practice_admin)
    seen, where = [], "?"
    while where:
        context = browser.get(reverse("practice_message_log") + where).context
        seen += [row.id for row in context["rows"]]
        last = context["last"]
        where = f"?{urlencode({'at': last.created_at.isoformat(), 'after': last.id})}" if last else ""
    assert len(seen) == len(set(seen)) == 5


@pytest.mark.parametrize("nonsense", ["?at=x&after=y", "?at=2026-11-27&after=", "?after=1", "?at=" + "9" * 80])
def test_a_place_that_is_none_is_the_beginning(cast: Cast, enter: Enter, nonsense: str) -> None:
    message(cast)
    assert len(enter(cast.practice_admin).get(reverse("practice_message_log") + nonsense).context["rows"]) == 1


@pytest.mark.parametrize("who", ["co_supervisor", "supervisee", "contact"])
def test_nobody_else_sees_the_log(cast: Cast, enter: Enter, who: str) -> None:
    message(cast)
    assert enter(cast.members[who]).get(reverse("practice_message_log")).status_code == 404
    asking.become(cast.members[who])
    assert log(timezone.now()) == []
