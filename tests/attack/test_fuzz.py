"""Whatever is sent to any page by whoever may open it: never an error of the server, never a foreign row changed.

The forms are read from the pages themselves, so that a new form is attacked without a word here.
"""

import itertools
import os
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import NoReverseMatch, reverse

from tests.attack import world
from tests.attack.pages import FormOf, read
from tests.attack.world import Answer, ask, watched
from tests.test_access import ACCESS

Cast = Any
#: The way out: a browser that has taken it is a visitor's.
LEAVING: Final = "/account/logout/"
DEEP: Final = os.environ.get("TYONOHJAUS_DEEP") == "1"
ROOT: Final = Path(__file__).resolve().parents[2]
#: What no form was made for.
NASTY: Final = [
    "", " ", "\x00", "a\x00b", "\ud7ff\uffff", "\u202e\u200b\U0001f9ff", "x" * 70_000, "-1", "0",
    "99999999999999999999",
    "1e400", "NaN", "Infinity", "1,5", "٣", "9999-99-99", "0000-01-01", "9999-12-31", "0001-01-01", "2027-03-28",
    "31.12.9999", "1.1.1", "29.2.2027", "03:30", "24:00", "99:99", "2027-03-28T03:30", "{}", "[]", "[[[[", "null",
    "<script>alert(1)</script>", "{{ 7*7 }}", "%s%n", "' OR 1=1 --", "../../etc/passwd", "//evil.example/",
    "javascript:alert(1)", "00000000-0000-0000-0000-000000000000", "not-a-uuid", "=1+1", "a@b", "a@b.fi\r\nBcc: c@d.fi",
    "a\r\n b\u2028c",
]  # fmt: skip
FILES: Final = [
    ("a.pdf", b""), ("a.pdf", b"%PDF-1.7"), ("a.pdf", b"%PDF-1.7\n1 0 obj<</Length 99999999>>stream\n" + b"\xff" * 400),
    ("a.png", b"\x89PNG\r\n\x1a\n" + b"\x00" * 40), ("a.jpg", b"\xff\xd8\xff\xe0" + b"\x00" * 40),
    ("a.webp", b"RIFF\xff\xff\xff\xffWEBPVP8 "), ("a.gif", b"GIF89a\xff\xff\xff\xff"),
    ("a.ics", b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:99999999T999999Z\r\nRRULE:FREQ=SECONDLY\r\nEND:VEVENT\r\n"),
    ("a.ics", b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART;TZID=Nowhere/Land:00010101T000000\r\nDTEND:x\r\n"
              b"END:VEVENT\r\nEND:VCALENDAR\r\n"),
    ("a.ics", b"\x00\xff\xfe" * 50), ("a.csv", b""), ("a.csv", b"\x00\x01;\xff\n" * 20), ("a.csv", b'"' * 500),
    ("a.csv", "Tunnus;Muoto\nTO\x00;pari\n".encode("utf-16")), ("a.csv", b"a;" * 20_000), ("a.csv", b"\n" * 5000),
    ("a.xlsx", b"PK\x03\x04" + b"\x00" * 60), ("a.xlsx", b"PK\x05\x06" + b"\x00" * 18), ("a.svg", b"<svg onload='x'/>"),
    ("a.zip", b"PK\x03\x04" * 20), ("\x00.pdf", b"%PDF-1.7"), ("a" * 300 + ".pdf", b"%PDF-1.7"),
]  # fmt: skip


#: Pages of allauth that show forms to whoever has signed in.
THEIRS: Final = (
    "account_email", "account_change_password", "account_reauthenticate", "mfa_index", "mfa_activate_totp",
    "mfa_deactivate_totp", "mfa_generate_recovery_codes", "mfa_add_webauthn", "usersessions_list",
)  # fmt: skip
#: Who attacks: the others have pages of these.
MEMBERS: Final = [
    pytest.param(name, marks=() if name in ("lead", "supervisee", "contact") else pytest.mark.deep)
    for name in world.MEMBERS
]


@dataclass(frozen=True)
class Target:
    """A form that `member` is shown on the page `name`."""

    member: str
    name: str
    url: str
    form: FormOf


def names_that_views_read() -> list[str]:
    """Return the names of query parameters that stand in our code."""
    found = set()
    for path in ROOT.glob("*/**/*.py"):
        if path.relative_to(ROOT).parts[0] not in ("tests", "bin", "var"):
            found |= set(re.findall(r'GET(?:\.get\(|\.getlist\(|\[)"(\w+)"', path.read_text()))
    return sorted(found | {"q", "page", "sort", "month", "week", "day", "after", "state", "client", "year"})


def places(cast: Cast, about: dict[str, dict[str, Any]], member: str) -> Iterator[tuple[str, str]]:
    """Yield the pages that `member` may open, and allauth's own."""
    for name, (kind, allowed) in ACCESS.items():
        if member in allowed:
            yield name, reverse(name, kwargs=about[kind])
    for name in THEIRS:
        yield name, reverse(name)


def targets(client: Client, found: list[tuple[str, str]], member: str) -> Iterator[Target]:
    """Yield each form that the pages show, once."""
    seen = set()
    for name, url in found:
        answer = ask(client, "GET", url)
        if answer.status != 200:
            continue
        for form in read(answer.body).forms:
            action = form.action or url
            key = (urlsplit(action).path, form.method, tuple(sorted(form.fields)))
            if key not in seen and urlsplit(action).netloc == "" and form.fields and action != LEAVING:
                seen.add(key)
                yield Target(member, name, action, form)


def attacks(target: Target, nasty: list[str], rng: random.Random) -> Iterator[dict[str, list[Any]]]:
    """Yield what is sent, at random or all of it: one field at a time, all at once, one missing, one repeated."""
    fields = {name: each for name, each in target.form.fields.items() if name != "csrfmiddlewaretoken"}
    usual = {name: values for name, values in target.form.sent().items() if name in fields}
    files = [name for name, each in fields.items() if each.kind == "file"]
    yield {}
    for name, (title, content) in itertools.product(files, FILES if DEEP else rng.sample(FILES, 4)):
        yield {**usual, name: [SimpleUploadedFile(title, content)]}
    free = [name for name, each in fields.items() if each.kind not in ("file", "hidden")]
    pairs = list(itertools.product((name for name in fields if name not in files), nasty))
    if not DEEP:
        pairs = rng.sample(pairs, min(len(pairs), 2))
    for name, value in pairs:
        yield {**usual, name: [value]}
    for value in nasty if DEEP else rng.sample(nasty, 1):
        yield usual | {name: [value] for name in free}
    for name in fields if DEEP else rng.sample(list(fields), min(1, len(fields))):
        yield {each: values for each, values in usual.items() if each != name}
        if name not in files:
            yield {**usual, name: [*usual[name], *rng.sample(nasty, 2)]}


def harm(answer: Answer) -> str:
    """Return what is wrong with an answer, or nothing."""
    if answer.status >= 500:
        return str(answer.status)
    if answer.foreign_changed:
        return f"changed {answer.foreign_changed}"
    if world.CANARY in answer.body:
        return "foreign name"
    if urlsplit(answer.location).netloc not in ("", "testserver"):
        return f"leads to {answer.location}"
    return ""


def told(values: dict[str, list[Any]]) -> dict[str, list[str]]:
    return {name: [str(each)[:40] for each in sent] for name, sent in values.items()}


@pytest.mark.parametrize("member", MEMBERS)
def test_no_form_breaks_and_none_reaches_another_practice(
    cast: Cast, client: Client, member: str, record_property: Any
) -> None:
    about = world.fill(cast)
    client.force_login(cast.members[member])
    nasty = [*NASTY, str(cast.foreign_engagement.pk), str(cast.foreign_session.pk), str(cast.stranger.pk)]
    foreign = (cast.stranger, watched(cast.stranger))
    rng = random.Random(f"työnohjaus {member}")
    wrong, sent = [], 0
    found = list(targets(client, list(places(cast, about, member)), member))
    for target in found if DEEP else rng.sample(found, min(len(found), 50)):
        for values in attacks(target, nasty, rng):
            answer = ask(client, target.form.method.upper(), target.url, values, foreign=foreign)
            sent += 1
            if reason := harm(answer):
                wrong.append((reason, target.name, target.url, told(values)))
    record_property("forms", len(found))
    record_property("requests", sent)
    print(f"{member}: {len(found)} forms, {sent} requests")
    assert not wrong, "\n".join(map(str, wrong))
    assert len(found) > 2


@pytest.mark.parametrize("member", MEMBERS)
def test_no_address_breaks_whatever_is_asked_in_it(cast: Cast, client: Client, member: str) -> None:
    about = world.fill(cast)
    client.force_login(cast.members[member])
    nasty = [*NASTY, str(cast.foreign_engagement.pk), str(cast.foreign_session.pk)]
    nasty = [each for each in nasty if len(each) < 1000] + ["x" * 3000]
    names, rng, wrong, asked = names_that_views_read(), random.Random(member), [], 0
    for name, url in places(cast, about, member):
        for value in nasty if DEEP else rng.sample(nasty, 1):
            answer = ask(client, "GET", url, dict.fromkeys(names, value))
            asked += 1
            if reason := harm(answer):
                wrong.append((reason, name, value[:40]))
    print(f"{member}: {asked} addresses")
    assert not wrong, "\n".join(map(str, wrong))


def spoiled(about: dict[str, dict[str, Any]], foreign: list[str]) -> Iterator[tuple[str, str]]:
    """Yield addresses of every page in which one part is something else."""
    for name, (kind, _allowed) in ACCESS.items():
        for part, value in itertools.product(about[kind], [*NASTY, *foreign]):
            try:
                yield name, reverse(name, kwargs={**about[kind], part: value or "-"})
            except NoReverseMatch:
                continue


@pytest.mark.parametrize("member", ["lead", "supervisee", "contact"])
def test_an_address_made_up_is_not_found_rather_than_broken(cast: Cast, client: Client, member: str) -> None:
    about = world.fill(cast)
    client.force_login(cast.members[member])
    foreign = [str(cast.foreign_engagement.pk), str(cast.foreign_session.pk)]
    every = [each for each in spoiled(about, foreign) if len(each[1]) < 4000]
    if not DEEP:
        every = random.Random(member).sample(every, 150)
    wrong = [(reason, name, url) for name, url in every if (reason := harm(ask(client, "GET", url)))]
    assert not wrong, "\n".join(map(str, wrong))
