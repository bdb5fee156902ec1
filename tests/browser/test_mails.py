"""What each mail looks like where it is read, on a phone and in a window: nothing hangs over its edge."""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, Page

from tests.notifications.test_emails import CONTEXTS, html_of, write

#: Every mail that is looked at here, by name: the one place that says which, and with what in it.
MAILS: Final[dict[str, Callable[[str], str]]] = {
    name: lambda language, name=name: html_of(write(name, language))  # type: ignore[misc]
    for name in CONTEXTS
}
#: A phone, and the column that most programs give a mail.
WIDTHS: Final = (360, 600)
#: What reaches further to the right than the window, of each element that is seen.
WIDER: Final = """
() => {
  const most = document.documentElement.clientWidth;
  const all = [...document.body.querySelectorAll("*")];
  const out = all.filter((each) => each.getBoundingClientRect().right > most + 0.5);
  const wide = document.documentElement.scrollWidth > most;
  return [...out.map((each) => `${each.tagName} ${each.textContent.trim().slice(0, 40)}`), ...(wide ? ["page"] : [])];
}
"""


def look(page: Page, language: str) -> list[str]:
    """Return what hangs over, of every mail at each width; keep pictures in the folder of TYONOHJAUS_PICTURES."""
    folder = os.environ.get("TYONOHJAUS_PICTURES")
    wrong = []
    for name, made in MAILS.items():
        page.set_content(made(language))
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 640})
            wrong += [f"{name}, {width}: {each}" for each in page.evaluate(WIDER)]
            if folder:
                Path(folder).mkdir(parents=True, exist_ok=True)
                file = f"mail-{re.sub('[^a-z]+', '-', name)}-{language}-{width}.png"
                page.screenshot(path=Path(folder) / file, full_page=True)
    return wrong


@pytest.mark.browser
@pytest.mark.parametrize(
    "language", ["fi", pytest.param("sv", marks=pytest.mark.deep), pytest.param("en", marks=pytest.mark.deep)]
)
def test_no_mail_is_wider_than_its_window(db: None, chromium: Browser, language: str) -> None:
    page = chromium.new_page(reduced_motion="reduce")
    try:
        assert look(page, language) == []
    finally:
        page.close()
