"""The whole application as each role walks through it by links: nothing breaks, leads nowhere, or is foreign.

The browser's walk (tests/browser/test_every_page.py) looks at each kind of page; this one follows more of them, in
every language, and reads what a program can read: ids, labels, and words that nobody has translated.
"""

import os
from collections import Counter, deque
from pathlib import Path
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

import polib
import pytest
from django.test import Client
from django.urls import Resolver404, resolve
from django.utils import translation

from tests.attack import world
from tests.attack.pages import Page, read
from tests.attack.world import ask

Cast = Any
DEEP: Final = os.environ.get("TYONOHJAUS_DEEP") == "1"
ROOT: Final = Path(__file__).resolve().parents[2]
#: How many addresses of one kind of page are opened.
EACH: Final = 12 if DEEP else 1
#: Links that end the visit.
LEAVING: Final = {"account_logout"}
ROLES: Final = ("lead", "co_supervisor", "practice_admin", "supervisee", "contact")


def source_words(language: str) -> set[str]:
    """Return sentences of the source language of which `language` says otherwise: none may stand on its pages."""
    catalogue = polib.pofile(str(ROOT / "locale" / language / "LC_MESSAGES" / "django.po"))
    said = {each.msgstr for each in catalogue} | {text for each in catalogue for text in each.msgstr_plural.values()}
    return {
        each.msgid
        for each in catalogue
        if each.msgstr and each.msgid not in said and " " in each.msgid and "%" not in each.msgid
    }


def faults(page: Page, english: set[str]) -> list[str]:
    """Return what is wrong with a page as it is read."""
    found = [f"id {name} stands {times} times" for name, times in Counter(page.ids).items() if times > 1]
    found += [f"a label is for {name}, which is not there" for name in page.labels if name not in page.ids]
    found += [f"not translated: {text}" for text in page.texts if text in english]
    return found


@pytest.mark.parametrize("language", [
    "fi", pytest.param("sv", marks=pytest.mark.deep), pytest.param("en", marks=pytest.mark.deep)
])  # fmt: skip
@pytest.mark.parametrize("role", ROLES)
def test_a_walk_by_links_meets_nothing_broken_dead_foreign_or_untranslated(
    cast: Cast, client: Client, role: str, language: str
) -> None:
    with translation.override(language):  # in which a practice gets its first words
        world.fill(cast)
    user = cast.members[role]
    type(user).objects.filter(pk=user.pk).update(language=language)
    client.force_login(user)
    english = source_words(language) if language != "en" else set()
    waiting, known, opened, wrong = deque(["/"]), {"/": ""}, Counter[str](), []
    while waiting:
        url = waiting.popleft()
        try:
            name = resolve(urlsplit(url).path).view_name
        except Resolver404:
            wrong.append((url, f"leads nowhere, linked from {known[url]}"))
            continue
        if name in LEAVING or opened[name] >= EACH:
            continue
        opened[name] += 1
        answer = ask(client, "GET", url)
        if answer.status in (301, 302):
            links = [answer.location]
        elif answer.status == 200:
            page = read(answer.body)
            wrong += [(url, fault) for fault in faults(page, english)]
            links = page.links + [form.action for form in page.forms if form.method == "get" and form.action]
        else:
            links = []
            wrong.append((url, f"{answer.status}, linked from {known[url]}"))
        if world.CANARY in answer.body:
            wrong.append((url, "foreign"))
        for link in links:
            whole = urlsplit(urljoin(url, link))
            if whole.scheme in ("", "http") and whole.netloc in ("", "testserver"):
                there = whole._replace(scheme="", netloc="", fragment="").geturl()
                if there not in known:
                    known[there] = url
                    waiting.append(there)
    print(f"{role} {language}: {opened.total()} pages of {len(opened)} kinds")
    assert not wrong, "\n".join(map(str, wrong))
    assert len(opened) > 3


def test_the_walk_would_see_what_is_wrong() -> None:
    page = read('<p id="a">My notes</p><p id="a"></p><label for="b">x</label><a href="/x/">y</a>')
    assert faults(page, {"My notes"}) == [
        "id a stands 2 times", "a label is for b, which is not there", "not translated: My notes",
    ]  # fmt: skip
    assert page.links == ["/x/"]
