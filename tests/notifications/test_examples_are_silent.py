"""No message is ever planned, queued or sent for an example: the worker does not even see one."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

from django.core import mail
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Person
from audit import asking
from engagements.models import Engagement
from notifications import outbox
from notifications.dispatch import Dispatcher
from notifications.kinds import Draft
from notifications.models import Message
from notifications.occasions import stamp
from sessions.messages import CANCELLED, MOVED, REMINDER
from sessions.models import Session, SessionState
from tyonohjaus.example import make_example

Worker = Callable[[], AbstractContextManager[None]]


def test_a_worker_plans_and_sends_nothing_for_an_example(settled: Any, as_worker: Worker) -> None:
    now = timezone.now()
    with transaction.atomic():
        asking.become(settled.lead)
        Session.objects.update(state=SessionState.CANCELLED)
        example = make_example(settled.practice, by=settled.lead, now=now)
        soon = now + timedelta(hours=3)
        session = example.sessions.filter(starts_at__gt=now).order_by("starts_at")[0]
        example.sessions.filter(pk=session.pk).update(starts_at=soon, ends_at=soon + timedelta(hours=1))
        person = example.participations.all()[0].person
    with as_worker():
        assert not Engagement.objects.filter(pk=example.pk).exists()
        assert not Person.objects.filter(pk=person.pk).exists()
        outbox.plan(now)
        assert not Message.objects.filter(obj=session.pk).exists()
        # Even one that had come into the outbox by mistake has nobody to go to.
        drafts = [
            Draft(kind, session.pk, occasion, now, person=person.pk)
            for kind, occasion in (
                (REMINDER, stamp(soon)),
                (MOVED, f"1 {stamp(now)} {stamp(soon)}"),
                (CANCELLED, f"1 {stamp(soon)}"),
            )
        ]
        outbox.queue_all(drafts, now=now)
        Dispatcher(clock=lambda: now).run()
        with connection.cursor() as cursor:
            cursor.execute("SELECT state, count(*) FROM notifications_message WHERE obj = %s GROUP BY 1", [session.pk])
            assert cursor.fetchall() == [("dropped", 3)]
    assert mail.outbox == []
