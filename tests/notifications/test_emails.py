"""What the mails say, and what they must not say (promise 8)."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from html import unescape
from typing import Any
from uuid import uuid4

import pytest
from django.core.mail import EmailMultiAlternatives
from django.utils.html import strip_tags

from formats.clock import HELSINKI
from notifications.kinds import Letter, Recipient, kinds
from notifications.letters import compose
from notifications.models import Message
from sessions.unlocking import messages as vault_messages

STARTS = datetime(2027, 1, 13, 9, 0, tzinfo=HELSINKI)
TIMES = {"starts_at": STARTS, "ends_at": STARTS + timedelta(minutes=90)}
EARLIER = STARTS - timedelta(days=1)
CONTEXTS: dict[str, dict[str, Any]] = {
    "session_reminder": TIMES,
    "session_moved": {**TIMES, "known": EARLIER},
    "session_moved, not its time": {**TIMES, "known": None},
    "session_cancelled": {**TIMES, "known": STARTS},
    "session_invited": {**TIMES, "link": "http://testserver/sessions/x/"},
    "session_uninvited": {**TIMES, "link": "http://testserver/sessions/x/"},
    "session_given_up": {"known": STARTS, "link": "http://testserver/sessions/x/"},
    "series_moved": {"sessions": [{**TIMES, "known": EARLIER}, {**TIMES, "known": None}]},
    "series_cancelled": {"sessions": [{**TIMES, "known": STARTS}, {**TIMES, "known": EARLIER}]},
    "task_due": {"link": "http://testserver/tasks/x/", "due_on": STARTS.date()},
    "task_due, by a session": {"link": "http://testserver/tasks/x/", "due_on": None, **TIMES},
    "evaluation_asked": {"link": "http://testserver/answer/x/", "closes_on": STARTS.date()},
    "evaluation_asked, of oneself": {
        "link": "http://testserver/evaluations/x/answer/",
        "closes_on": STARTS.date(),
        "own": True,
    },
    "evaluation_nudge": {"link": "http://testserver/answer/x/", "closes_on": STARTS.date()},
    "evaluation_nudge, on the last day": {
        "link": "http://testserver/answer/x/",
        "closes_on": STARTS.date(),
        "last_day": True,
    },
    "evaluation_closed": {"link": "http://testserver/evaluations/x/"},
    **{
        f"report_{kind}, {how}": {
            "link": "http://testserver/reports/x/read/",
            "answer_by": STARTS.date(),
            "silence": silence,
        }
        for kind in ("asked", "reminder")
        for how, silence in (("silence counts", 14), ("silence never counts", None))
    },
    **{
        f"report_{kind}": {"link": "http://testserver/reports/x/"}
        for kind in ("recorded", "objected", "complete", "stopped", "out", "released", "withdrawn")
    },
    "signature_asked": {"link": "http://testserver/sign/link/x/", "deadline": STARTS.date()},
    "signature_asked, no last day": {"link": "http://testserver/sign/link/x/", "deadline": None},
    "signature_link": {"link": "http://testserver/sign/link/x/", "deadline": STARTS.date()},
    "signature_reminder": {"link": "http://testserver/sign/link/x/", "deadline": STARTS.date()},
    "signature_reminder, no last day": {"link": "http://testserver/sign/link/x/", "deadline": None},
    "signature_code": {"link": "http://testserver/sign/x/confirm/", "code": "012345", "minutes": 15},
    "signature_overdue": {"link": "http://testserver/engagements/x/signing/"},
    "signature_declined": {"link": "http://testserver/engagements/x/signing/"},
    "signature_proposed": {"link": "http://testserver/engagements/x/signing/"},
    "signature_answered": {"link": "http://testserver/sign/link/x/"},
    "signature_voided": {},
    "contract_sealed": {"link": "http://testserver/sign/x/"},
    **{
        kind: {"what": what, "at": STARTS, "link": "http://testserver/notes-key/"}
        for kind, what in vault_messages.WHAT.items()
    },
    "invitation": {"link": "http://testserver/invitation/x/", "expires_at": STARTS},
}
Compose = Callable[[str, str], EmailMultiAlternatives]
every_mail = pytest.mark.parametrize("name", list(CONTEXTS))
every_language = pytest.mark.parametrize("language", ["fi", "sv", "en"])


def write(name: str, language: str) -> EmailMultiAlternatives:
    kind = kinds()[name.partition(",")[0]]
    message = Message(kind=kind.name, obj=uuid4(), message_id="<1@testserver>")
    return compose(kind, message, Letter(Recipient("asa@otso.example", language, uuid4()), CONTEXTS[name]))


def html_of(email: EmailMultiAlternatives) -> str:
    return str(email.alternatives[0][0])


def words(text: str) -> list[str]:
    return re.sub(r"https?://\S+|:(?=\s|$)", " ", unescape(text)).split()


def test_every_kind_is_looked_at_here() -> None:
    assert {name.partition(",")[0] for name in CONTEXTS} == set(kinds())


@every_mail
@every_language
def test_the_subject_says_nothing(name: str, language: str) -> None:
    assert write(name, language).subject == "Työnohjaus"


@every_mail
@every_language
def test_text_and_html_say_the_same(name: str, language: str) -> None:
    email = write(name, language)
    page = re.sub(r"(?s)<head>.*?</head>", "", html_of(email))
    assert words(str(email.body)) == words(strip_tags(page))


@every_mail
def test_each_mail_has_one_button_that_leads_to_the_product(name: str) -> None:
    email = write(name, "en")
    links = re.findall(r'href="([^"]*)"', html_of(email))
    assert all(link.startswith("http://testserver/") for link in links)
    assert len([link for link in links if "/messages/reminders/" not in link]) == 1
    assert all(link in str(email.body) for link in links)


@every_mail
def test_nothing_is_fetched_from_anywhere_when_it_is_read(name: str) -> None:
    page = html_of(write(name, "en"))
    assert not re.search(r"(?i)<(img|script|link|iframe|object|video)|url\(|@import|@font-face", page)


def test_only_reminders_can_be_declined() -> None:
    for name in CONTEXTS:
        headers = write(name, "en").extra_headers
        assert ("List-Unsubscribe" in headers) == (
            name.startswith(("session_reminder", "task_due", "evaluation_nudge"))
        )
    headers = write("session_reminder", "en").extra_headers
    assert re.fullmatch(r"<http://testserver/messages/reminders/[^/]+/>", headers["List-Unsubscribe"])
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_a_mail_goes_to_one_person_alone_and_nobody_answers_it_by_machine() -> None:
    email = write("session_reminder", "en")
    assert (email.to, email.cc, email.bcc, email.reply_to) == (["asa@otso.example"], [], [], [])
    assert email.extra_headers["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize(
    ("language", "time"),
    [
        ("fi", "ke 13.1.2027 klo 9.00–10.30"),
        ("sv", "ons 13.1.2027 kl. 9.00–10.30"),
        ("en", "Wed 13 Jan 2027 9:00–10:30"),
    ],
)
def test_the_time_stands_in_the_recipients_form_by_the_clock_in_helsinki(language: str, time: str) -> None:
    assert time in str(write("session_reminder", language).body)


def test_a_mail_says_in_which_language_it_is() -> None:
    assert '<html lang="sv">' in html_of(write("session_reminder", "sv"))
