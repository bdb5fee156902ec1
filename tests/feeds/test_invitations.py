"""Sessions as invitations: each version once, to those who chose them; read by libraries that did not write it."""

from collections.abc import Callable
from datetime import timedelta
from email import message_from_bytes
from typing import Any

import pytest
import vobject
from django.core import mail
from django.db import transaction
from django.test import Client
from django.urls import reverse
from ical.calendar_stream import IcsCalendarStream

from accounts.models import User
from audit import asking
from audit.connecting import as_role
from audit.roles import Role
from notifications import outbox
from notifications.dispatch import Dispatcher
from notifications.models import Message
from sessions import actions
from sessions.feeds.actions import by_mail, make
from sessions.models import CalendarMail, Feed, Session
from tests.conftest import NOW, make_session

Cast = Any
Enter = Callable[[User], Client]
MINUTE = timedelta(minutes=1)
LIISA, SANNA = "liisa@kaari.example", "sanna@otso.example"


class Post:
    """The worker, and the calendar parts of what it sends."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast

    def choose(self, *users: User) -> None:
        for user in users:
            with transaction.atomic():
                asking.become(user)
                by_mail(user, wanted=True, now=NOW)

    def work(self, now: Any) -> list[tuple[str, str, Any]]:
        """Plan and send at `now`; return (address, method, event) of each invitation, by address."""
        mail.outbox.clear()
        with as_role(Role.WORKER):
            outbox.plan(now)
            Dispatcher(clock=lambda: now).run()
        return sorted(
            ((sent.to[0], *calendar_in(sent.message().as_bytes())) for sent in mail.outbox if has_calendar(sent)),
            key=lambda each: each[0],
        )

    def session(self) -> Session:
        return Session.objects.select_related("engagement").get(pk=self.cast.session.pk)

    def move(self, days: int, now: Any) -> None:
        with transaction.atomic():
            asking.become(self.cast.lead)
            session = self.session()
            actions.move(
                session, starts_at=session.starts_at + timedelta(days=days), minutes=90, mode="in_person",
                place="Otsontie 2", by=self.cast.lead, now=now,
            )  # fmt: skip

    def cancel(self, now: Any) -> None:
        with transaction.atomic():
            asking.become(self.cast.lead)
            actions.cancel(self.session(), by=self.cast.lead, now=now)


def has_calendar(sent: Any) -> bool:
    return any(part.get_content_type() == "text/calendar" for part in sent.message().walk())


def calendar_in(raw: bytes) -> tuple[str, Any]:
    """Return the method in the header of the calendar part, and the event that it holds."""
    message = message_from_bytes(raw)
    assert message.get_content_type() == "multipart/alternative"
    parts: Any = message.get_payload()
    last = parts[-1]
    assert last.get_content_type() == "text/calendar"
    text = last.get_payload(decode=True).decode()
    calendar = vobject.readOne(text)
    (other,) = IcsCalendarStream.calendar_from_ics(text).events
    assert calendar.method.value == last.get_param("method")
    assert str(other.uid) == calendar.vevent.uid.value
    assert other.dtstart == calendar.vevent.dtstart.value
    return str(last.get_param("method")), calendar.vevent


@pytest.fixture
def post(settled: Cast, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Post:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.DEFAULT_FROM_EMAIL = "Työnohjaus <viestit@palvelu.example>"
    # When a session changed, the database notes by its own clock, which is not that of the story.
    monkeypatch.setattr(Session, "last_changed", property(lambda each: NOW - timedelta(days=1)))
    mail.outbox = []
    return Post(settled)


def test_it_comes_once_to_those_who_chose_it_and_to_each_alone(post: Post) -> None:
    post.choose(post.cast.lead, post.cast.supervisee)
    (to_lead, to_sanna) = post.work(NOW)
    assert [each[0] for each in (to_lead, to_sanna)] == [LIISA, SANNA]
    for address, method, event in (to_lead, to_sanna):
        assert method == "REQUEST"
        assert event.uid.value == f"{post.cast.session.pk}@tyonohjaus"
        assert event.summary.value == "Työnohjaus"
        assert [each.value for each in event.attendee_list] == [f"mailto:{address}"]
        assert event.organizer.value == "mailto:viestit@palvelu.example"
        assert event.attendee.params["RSVP"] == ["FALSE"]
    assert post.work(NOW + MINUTE) == []


def test_who_did_not_choose_them_gets_none(post: Post) -> None:
    assert post.work(NOW) == []
    post.choose(post.cast.stranger_supervisee)
    assert [each[0] for each in post.work(NOW)] == ["sami@muu.example"]


def test_a_move_comes_as_the_next_version_of_the_same(post: Post) -> None:
    post.choose(post.cast.supervisee)
    ((_to, _method, first),) = post.work(NOW)
    post.move(1, NOW + MINUTE)
    post.move(2, NOW + 2 * MINUTE)
    ((_to, method, second),) = post.work(NOW + 10 * MINUTE)
    assert method == "REQUEST"
    assert second.uid.value == first.uid.value
    assert int(second.sequence.value) > int(first.sequence.value)
    assert second.dtstart.value == first.dtstart.value + timedelta(days=3)
    assert post.work(NOW + 20 * MINUTE) == []


def test_a_cancellation_takes_it_out_once(post: Post) -> None:
    post.choose(post.cast.supervisee)
    post.work(NOW)
    post.cancel(NOW + MINUTE)
    ((to, method, event),) = post.work(NOW + 10 * MINUTE)
    assert (to, method, event.status.value) == (SANNA, "CANCEL", "CANCELLED")
    assert event.uid.value == f"{post.cast.session.pk}@tyonohjaus"
    assert post.work(NOW + 20 * MINUTE) == []


def test_what_was_never_sent_is_not_taken_back(post: Post) -> None:
    post.choose(post.cast.supervisee)
    post.cancel(NOW)
    assert post.work(NOW + 10 * MINUTE) == []


def test_one_who_leaves_is_taken_out_and_the_others_hear_nothing(post: Post) -> None:
    post.choose(post.cast.lead, post.cast.supervisee)
    post.work(NOW)
    with transaction.atomic():
        asking.become(post.cast.lead)
        post.cast.engagement.participations.filter(person__user=post.cast.supervisee).update(left_on=NOW.date())
    assert [(to, method) for to, method, _event in post.work(NOW + 10 * MINUTE)] == [(SANNA, "CANCEL")]


def test_what_is_far_away_comes_when_it_is_near(post: Post) -> None:
    post.choose(post.cast.supervisee)
    with transaction.atomic():
        asking.become(post.cast.lead)
        far = make_session(post.cast.engagement, NOW + timedelta(weeks=10))
    post.work(NOW)
    assert post.work(NOW + timedelta(weeks=1)) == []
    ((_to, _method, event),) = post.work(NOW + timedelta(weeks=2, hours=1))
    assert event.uid.value == f"{far.pk}@tyonohjaus"


def test_what_was_sent_and_moved_far_away_moves_in_the_calendar_too(post: Post) -> None:
    post.choose(post.cast.lead)
    assert [each[:2] for each in post.work(NOW + 4 * MINUTE)] == [(LIISA, "REQUEST")]
    post.move(100, NOW + 5 * MINUTE)
    (moved,) = post.work(NOW + timedelta(hours=1))
    assert moved[:2] == (LIISA, "REQUEST")
    with transaction.atomic():
        asking.become(post.cast.lead)
        assert moved[2].dtstart.value == post.session().starts_at


def test_an_invitation_on_its_way_makes_no_news_of_what_was_booked_just_now(post: Post) -> None:
    post.choose(post.cast.lead)
    with transaction.atomic():
        asking.become(post.cast.lead)
        Session.objects.filter(pk=post.cast.session.pk).update(created_at=NOW)
    with as_role(Role.WORKER):
        outbox.plan(NOW + MINUTE)
    post.move(1, NOW + 2 * MINUTE)
    with as_role(Role.WORKER):
        assert not Message.objects.filter(kind="session_moved").exists()


def test_an_address_or_invitations_and_not_both(cast: Cast, enter: Enter) -> None:
    asking.become(cast.supervisee)
    make(cast.supervisee, "neutral", now=NOW)
    browser = enter(cast.supervisee)
    page = browser.post(reverse("feeds:by_mail"), {"wanted": "1"}, follow=True).text
    assert "Invitations come" in page
    asking.become(cast.supervisee)
    assert (Feed.objects.count(), CalendarMail.objects.count()) == (0, 1)
    browser.post(reverse("feeds:own"), {"shows": "neutral"})
    asking.become(cast.supervisee)
    assert (Feed.objects.count(), CalendarMail.objects.count()) == (1, 0)
    browser.post(reverse("feeds:by_mail"), {"wanted": "1"})
    browser.post(reverse("feeds:by_mail"))
    asking.become(cast.supervisee)
    assert (Feed.objects.count(), CalendarMail.objects.count()) == (0, 0)
