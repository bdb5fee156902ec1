"""What the mails say, and what they must not say (promise 8)."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from html import unescape
from typing import Any
from uuid import uuid4

import pytest
from django.core.mail import EmailMultiAlternatives
from django.utils.html import strip_tags

from formats.clock import HELSINKI
from notifications.kinds import Audience, Letter, Recipient, kinds
from notifications.letters import compose
from notifications.models import Message

STARTS = datetime(2027, 1, 13, 9, 0, tzinfo=HELSINKI)
TIMES = {"starts_at": STARTS, "ends_at": STARTS + timedelta(minutes=90)}
#: The samples that the product shows, and what else a kind may have to say.
CONTEXTS: dict[str, Mapping[str, Any]] = {
    **{name: {"link": "http://testserver/x/", **kind.sample} for name, kind in kinds().items()},
    "session_moved, not its time": {**TIMES, "known": None},
    "task_due, by a session": {"link": "http://testserver/tasks/x/", "due_on": None, **TIMES},
    "evaluation_asked, of oneself": {
        "link": "http://testserver/evaluations/x/answer/",
        "closes_on": STARTS.date(),
        "own": True,
    },
    "evaluation_nudge, on the last day": {
        "link": "http://testserver/answer/x/",
        "closes_on": STARTS.date(),
        "last_day": True,
    },
    **{
        f"report_{kind}, {how}": {
            "link": "http://testserver/reports/x/read/",
            "answer_by": STARTS.date(),
            "silence": silence,
        }
        for kind in ("asked", "reminder")
        for how, silence in (("silence counts", 14), ("silence never counts", None))
    },
    "signature_asked, no last day": {"link": "http://testserver/sign/link/x/", "deadline": None},
    "signature_reminder, no last day": {"link": "http://testserver/sign/link/x/", "deadline": None},
    "week_ahead, without sessions": {"sessions": [], "more": 0, "waiting": {"reports": 3}},
    "week_ahead, of many": {"sessions": [TIMES] * 3, "more": 2, "waiting": {}},
}
Compose = Callable[[str, str], EmailMultiAlternatives]
every_mail = pytest.mark.parametrize("name", list(CONTEXTS))
every_language = pytest.mark.parametrize("language", ["fi", "sv", "en"])


def write(name: str, language: str) -> EmailMultiAlternatives:
    kind = kinds()[name.partition(",")[0]]
    message = Message(kind=kind.name, obj=uuid4(), message_id="<1@testserver>")
    person = None if kind.to == Audience.SUPERVISORS else uuid4()
    return compose(kind, message, Letter(Recipient("asa@otso.example", language, person), CONTEXTS[name]))


def html_of(email: EmailMultiAlternatives) -> str:
    return str(email.alternatives[0][0])


def words(text: str) -> list[str]:
    return re.sub(r"https?://\S+|:(?=\s|$)", " ", unescape(text)).split()


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
    assert len([link for link in links if "/messages/" not in link]) == 1
    assert all(link in str(email.body) for link in links)


@every_mail
def test_nothing_is_fetched_from_anywhere_when_it_is_read(name: str) -> None:
    page = html_of(write(name, "en"))
    assert not re.search(r"(?i)<(img|script|link|iframe|object|video)|url\(|@import|@font-face", page)


def test_whoever_may_choose_is_led_to_their_choice() -> None:
    for name in CONTEXTS:
        kind = kinds()[name.partition(",")[0]]
        chosen = kind.to == Audience.SUPERVISORS and (kind.can_be_declined or kind.can_wait)
        assert ("http://testserver/messages/\n" in str(write(name, "en").body)) == chosen


def test_only_reminders_can_be_declined_from_the_mail_itself() -> None:
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
