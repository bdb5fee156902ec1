"""From the administrator's form through the worker and the mail to the newcomer's first page."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core import mail
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone

from accounts import actions
from accounts.models import Invitation, Membership, User
from audit import asking
from formats.clock import HELSINKI
from notifications import outbox
from notifications.dispatch import Dispatcher
from notifications.models import Message

Cast = Any
Worker = Callable[[], AbstractContextManager[None]]
NEWCOMER = "uusi@uusi.example"


def invited(cast: Cast) -> Invitation:
    with asking.acting_as(cast.lead):
        return actions.invite(
            cast.practice, email=NEWCOMER, kind="supervisor", language="en", by=cast.lead, now=timezone.now()
        )


def mailed(as_worker: Worker, sink: Any) -> list[str]:
    """Let a worker plan and send at ten in the morning; return the links that stand in what was taken."""
    moment = timezone.now().astimezone(HELSINKI).replace(hour=10) + timedelta(days=1)
    with as_worker():
        outbox.plan(moment)
        Dispatcher(clock=lambda: moment).run()
    texts = [message.get_body(("plain",)).get_content() for message in sink.taken if message["To"] == NEWCOMER]
    return [re.findall(rf"{settings.SITE_URL}(/invitation/\S+/)", text)[0] for text in texts]


def test_a_newcomer_comes_from_the_mail_to_a_second_step(settled: Cast, as_worker: Worker, by_smtp: Any) -> None:
    invited(settled)
    (link,) = mailed(as_worker, by_smtp)
    client = Client()
    page = client.get(link).content.decode()
    assert f'href="{reverse("account_signup")}?next={link}"' in page

    form = {"email": NEWCOMER, "full_name": "Ulla Uusi", "password1": "kolme hyvää sanaa"}
    with_locmem(client, f"{reverse('account_signup')}?next={link}", form)
    code = re.findall(r"^\s*([A-Z0-9]{3,4}-?[A-Z0-9]{3,4})\s*$", str(mail.outbox[-1].body), re.MULTILINE)[0]
    response = client.post(reverse("account_email_verification_sent"), {"code": code})
    assert response.headers["Location"] == link

    client.post(link)

    user = User.objects.get(email=NEWCOMER)
    with asking.acting_as(user):
        assert Membership.objects.current().filter(user=user, practice=settled.practice, kind="supervisor").exists()
    assert client.get("/practice/").headers["Location"] == reverse("mfa_index")


def with_locmem(client: Client, address: str, form: dict[str, str]) -> None:
    """Post with account mail kept in memory, while the worker's mail goes to the mail server."""
    with override_settings(EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend"):
        client.post(address, form)


def test_an_invitation_is_mailed_once_and_again_only_when_asked(settled: Cast, as_worker: Worker, by_smtp: Any) -> None:
    invitation = invited(settled)
    first = mailed(as_worker, by_smtp)
    assert mailed(as_worker, by_smtp) == first
    assert len(first) == 1

    with asking.acting_as(settled.lead):
        actions.invite_again(invitation, by=settled.lead, now=timezone.now() + timedelta(minutes=1))
    both = mailed(as_worker, by_smtp)

    assert len(both) == 2
    assert Client().get(both[0]).status_code == 404
    assert Client().get(both[1]).status_code == 200


def test_an_invitation_taken_back_before_it_left_is_not_mailed(settled: Cast, as_worker: Worker, by_smtp: Any) -> None:
    invitation = invited(settled)
    with asking.acting_as(settled.lead):
        actions.revoke(invitation, by=settled.lead, now=timezone.now())

    assert mailed(as_worker, by_smtp) == []


def test_the_mailed_link_rests_nowhere(settled: Cast, as_worker: Worker, by_smtp: Any) -> None:
    invited(settled)
    (link,) = mailed(as_worker, by_smtp)
    token = link.split("/")[2]

    with asking.acting_as(settled.lead):
        rows = [str(row) for row in Invitation.objects.values_list()]
    rows += [str(row) for row in Message.objects.values_list()]
    assert len(token) >= 43
    assert not any(token in row for row in rows)
