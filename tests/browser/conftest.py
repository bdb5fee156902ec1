"""Real Chromium against a real server; no page opened here may have a script error, a CSP breach or a 500."""

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import pytest
from axe_playwright_python.base import AXE_SCRIPT, AxeResults
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from playwright.sync_api import Browser, Page, sync_playwright

from accounts.models import User

#: The same engine without the windows, menus and extensions around it, which nobody sees here but which cost time.
CHROMIUM: Final = os.environ.get("CHROMIUM", "/usr/bin/chromium-headless-shell")
FLAGS: Final = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
#: The ways a page is looked at. `narrow` is the least width that WCAG 2.2 asks for (1.4.10).
DEVICES: Final[dict[str, dict[str, Any]]] = {
    "laptop": {"viewport": {"width": 1280, "height": 800}},
    "phone": {"viewport": {"width": 390, "height": 844}, "has_touch": True, "device_scale_factor": 2},
    "narrow": {"viewport": {"width": 320, "height": 640}, "has_touch": True},
    "dark": {"viewport": {"width": 1280, "height": 800}, "color_scheme": "dark"},
}
RULES: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
#: What Chromium also calls errors: a page that is missing on purpose, a picture not asked for, an animation cut short;
#: and htmx, a question that is given up because its page is left (one that fails is `htmx:sendError`); and a net that a
#: test has cut on purpose.
HARMLESS: Final = (
    "status of 4", "favicon", "Transition was", "htmx:sendAbort", "htmx:afterRequest",
    "net::ERR_INTERNET_DISCONNECTED", "net::ERR_CONNECTION_RESET",
)  # fmt: skip
#: What axe asks where a page is looked at on every device. Dark is the same page in other colours; what a phone shows
#: is judged at its narrowest, and there only whether it fits.
ASKED: Final[dict[str, Any]] = {
    "laptop": RULES, "narrow": RULES, "dark": {"type": "rule", "values": ["color-contrast"]}, "phone": None,
}  # fmt: skip
#: What each device is also looked at as, without asking for the page again: only width and colours differ, and neither
#: style nor script asks for a finger.
ALIKE: Final = {"laptop": ("laptop", "dark"), "phone": ("phone", "narrow")}
LOCALES: Final = {"fi": "fi-FI", "sv": "sv-FI", "en": "en-GB"}

NewPage = Callable[..., Page]
Enter = Callable[[Page, User], None]
Look = Callable[..., None]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def new_page(chromium: Browser, server: str) -> Iterator[NewPage]:
    """Return a function that opens a fresh visitor's page: `new_page("phone", language="sv")`; paths are relative.

    It speaks English unless told otherwise. At the end of the test anything that went wrong in the browser fails it,
    but for errors that the test itself brings about: `expecting` has a part of each.
    """
    wrong: list[str] = []
    expected: list[str] = []
    contexts = []

    def open_page(
        device: str = "laptop",
        *,
        language: str = "en",
        base: str = server,
        scripts: bool = True,
        expecting: Sequence[str] = (),
    ) -> Page:
        expected.extend(expecting)
        look = DEVICES[device]
        # A page is judged as it stands, not half-way through fading in.
        context = chromium.new_context(
            base_url=base, locale=LOCALES[language], reduced_motion="reduce", java_script_enabled=scripts, **look
        )
        contexts.append(context)
        context.add_cookies([{"name": settings.LANGUAGE_COOKIE_NAME, "value": language, "url": base}])
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("response", lambda given: wrong.append(f"{given.status} {given.url}") if given.status >= 500 else None)
        return page

    yield open_page
    told = [each for each in wrong if not any(part in each for part in (*HARMLESS, *expected))]
    for context in contexts:
        context.close()
    assert not told, told


@pytest.fixture
def page(new_page: NewPage) -> Page:
    """A visitor's page on a laptop, in English."""
    return new_page()


@pytest.fixture
def enter() -> Enter:
    """Return a function that makes a page's browser that of a signed-in user; the next page opened is theirs."""

    def as_(page: Page, user: User) -> None:
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.create()
        # A `__Host-` cookie is given over https; Chromium sends it to a loopback address, which it holds for secure.
        page.context.add_cookies(
            [
                {
                    "name": settings.SESSION_COOKIE_NAME,
                    "value": str(session.session_key),
                    "url": "https://127.0.0.1/",
                    "secure": True,
                    "httpOnly": True,
                    "sameSite": "Lax",
                }
            ]
        )

    return as_


@pytest.fixture
def assert_accessible() -> Look:
    """Return a function that fails on an axe violation, on sideways scrolling and, with a name, keeps a picture.

    Pictures land in the folder that TYONOHJAUS_PICTURES names.
    """

    def look(page: Page, name: str = "", asked: Any = RULES) -> None:
        page.wait_for_load_state()  # a page whose styles are still on their way is not what anybody sees
        folder = os.environ.get("TYONOHJAUS_PICTURES")
        if folder and name:
            Path(folder).mkdir(parents=True, exist_ok=True)
            page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
        if asked:
            if not page.evaluate("'axe' in window"):
                page.evaluate(AXE_SCRIPT)
            # To be told of each element that passes takes longer than to find what does not.
            options = {"runOnly": asked, "resultTypes": ["violations"]}
            found = AxeResults(page.evaluate("options => axe.run(options)", options))
            assert found.violations_count == 0, f"{page.url} ({name})\n{found.generate_report()}"
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{page.url} ({name}) scrolls sideways by {wide} px"

    return look


@pytest.fixture
def assert_whole(assert_accessible: Look) -> Look:
    """Return a function that looks at an open page on each device, or on those that are like the one it was opened on.

    `assert_whole(page, "today")` looks on all; `assert_whole(page, "today", "phone")` on a phone and at its narrowest.
    What is done next is done on the last of them: on a phone, where there is the least room.
    """

    def look(page: Page, name: str, opened_on: str = "") -> None:
        devices = ALIKE[opened_on] if opened_on else tuple(DEVICES)
        for device in devices:
            page.set_viewport_size(DEVICES[device]["viewport"])
            page.emulate_media(color_scheme=DEVICES[device].get("color_scheme", "light"))
            assert_accessible(page, f"{name}-{device}", ASKED[device])

    return look
