"""An invitation is mailed with a link that opens once; sent again, only the newest opens."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail

from accounts import actions
from accounts.models import Invitation, Membership
from audit import asking
from formats.clock import HELSINKI
from notifications import outbox
from notifications.dispatch import Dispatcher
from notifications.models import Message

Worker = Callable[[], AbstractContextManager[None]]
DAY = datetime(2026, 11, 23, 12, 0, tzinfo=HELSINKI)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def invitation(settled: Any, settings: Any) -> Invitation:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    mail.outbox = []
    with asking.acting_as(settled.practice_admin):
        return actions.invite(
            settled.practice, email="uusi@muu.example", kind=Membership.Kind.SUPERVISOR, language="en",
            by=settled.practice_admin, now=DAY,
        )  # fmt: skip


def work(as_worker: Worker, now: datetime) -> list[str]:
    """Plan and send; return the tokens of the links in what was sent."""
    mail.outbox.clear()
    with as_worker():
        outbox.plan(now)
        Dispatcher(clock=lambda: now).run()
    return [re.findall(r"/invitation/([^/\s]+)/", str(message.body))[0] for message in mail.outbox]


def test_an_invitation_is_mailed_once_to_its_address(invitation: Invitation, as_worker: Worker) -> None:
    assert len(work(as_worker, DAY)) == 1
    assert mail.outbox[0].to == ["uusi@muu.example"]
    assert work(as_worker, DAY + MINUTE) == []


def test_its_link_opens_and_rests_in_no_table(invitation: Invitation, as_worker: Worker) -> None:
    (token,) = work(as_worker, DAY)
    offer = actions.offer(token)
    assert offer
    assert offer.address == "uusi@muu.example"
    assert token not in str(list(Message.objects.values()))
    with as_worker():
        assert token not in str(list(Invitation.objects.values()))


def test_sent_again_only_the_new_link_opens(invitation: Invitation, settled: Any, as_worker: Worker) -> None:
    (old,) = work(as_worker, DAY)
    with asking.acting_as(settled.practice_admin):
        actions.invite_again(invitation, by=settled.practice_admin, now=DAY + timedelta(hours=1))
    (new,) = work(as_worker, DAY + timedelta(hours=1))
    assert actions.offer(new)
    assert not actions.offer(old)


def test_one_revoked_before_it_left_is_not_sent(invitation: Invitation, settled: Any, as_worker: Worker) -> None:
    with as_worker():
        assert outbox.plan(DAY) == 1
    with asking.acting_as(settled.practice_admin):
        actions.revoke(invitation, by=settled.practice_admin, now=DAY)
    assert work(as_worker, DAY) == []


def test_nobody_is_invited_at_night(invitation: Invitation, as_worker: Worker) -> None:
    assert work(as_worker, DAY.replace(hour=21)) == []
    assert len(work(as_worker, DAY.replace(hour=8) + timedelta(days=1))) == 1
