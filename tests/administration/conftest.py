"""An administrator at work, and rows in every table that has something to hide or to list."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from allauth.account.internal.flows.login import record_authentication
from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.http import HttpRequest
from django.test import Client
from django.utils import timezone

from accounts.models import Invitation, Membership, User
from audit import asking
from engagements.models import ContractTemplate, Event, Goal, LibraryGoal
from notifications import outbox
from notifications.models import Message
from sessions.models import Attendance
from tests.report_story import released_report

Cast = Any
Fill = Callable[[int], None]


def prove(session: SessionBase, user: User) -> None:
    """Leave in `session` what a log-in with a second step leaves there."""
    request = HttpRequest()
    request.session, request.user = session, user
    record_authentication(request, user, method="mfa")
    session.save()


@pytest.fixture
def desk(client: Client, settled: Cast) -> Client:
    """The browser of an administrator who has just signed in."""
    client.force_login(settled.administrator)
    prove(client.session, settled.administrator)
    return client


@pytest.fixture
def tamper(superuser_address: str) -> Callable[[str], None]:
    """Return a function that runs SQL as a superuser, with every trigger of ours asleep."""

    def run(statements: str) -> None:
        with psycopg.connect(superuser_address, autocommit=True) as cluster:
            cluster.execute("SET session_replication_role = replica")
            cluster.execute(statements)

    return run


@pytest.fixture
def furnished(settled: Cast, tamper: Callable[[str], None]) -> Cast:
    """The cast, with a row of each kind that the practice can have today."""
    now = timezone.now()
    with transaction.atomic():
        asking.become(settled.lead)
        engagement, practice = settled.engagement, settled.practice
        person = settled.people[0]
        Goal.objects.create(engagement=engagement, theme="meaning", text="Yhdessä", aim="Rauha")
        LibraryGoal.objects.create(practice=practice, theme="meaning", text="Yhdessä")
        ContractTemplate.objects.create(practice=practice, name="Ryhmien pohja", form="group", more_terms="Kahvia")
        Invitation.objects.create(
            practice=practice, email="uusi@kaari.example", kind=Membership.Kind.SUPERVISOR, invited_by=settled.lead,
            expires_at=now + timedelta(days=1),
        )  # fmt: skip
        Event.tell(engagement, Event.Kind.BOOKED, by=settled.lead, now=now)
        Attendance.objects.create(
            session=settled.session, participation=engagement.participations.get(person=person), presence="present"
        )
        outbox.queue(
            "session_reminder", obj=settled.session.pk, next_at=now + timedelta(days=1), now=now, person=person
        )
    tamper(released_report(f"'{settled.engagement.pk}'", f"'{settled.lead.pk}'", "generate_series(1, 1) n"))
    return settled


@pytest.fixture
def given_up(furnished: Cast) -> Message:
    """A message that twelve tries have not brought to anybody."""
    with transaction.atomic():
        Message.objects.update(state=Message.State.DEAD, attempts=12, last_error="451", next_at=timezone.now())
        return Message.objects.get()
