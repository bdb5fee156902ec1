"""Every page a role can reach by links: no error, no dead link, no axe violation, no sideways scrolling.

The crawl follows links from the role's home, those too that a device hides. Each kind of page (URL name and role) is
opened once and looked at on each device.
"""

from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlsplit

import pytest
from django.urls import Resolver404, resolve
from playwright.sync_api import Page

Cast = Any

#: Pages that end the visit or give a file; the first have tests of their own, the second are fetched, not shown.
LEAVING: Final = {"account_logout"}
FILES: Final = {
    "tasks:file",
    "transfer:errors",
    "diary:download",
    "billing:open_csv",
    "billing:open_pdf",
    "billing:invoiced_csv",
    "billing:invoiced_pdf",
    "effects:csv",
    "effects:practice_csv",
    "engagements:contract_pdf",
    "engagements:contract_version_pdf",
    "notes:pdf",
    "notifications:kind_html",
    "results:pdf",
    "certificates:pdf",
    "portfolio:file",
    "portfolio:hours_csv",
    "portfolio:log_csv",
    "portfolio:summary_pdf",
    "own:json",
    "own:pdf",
    "papers:pdf",
    "papers:notice_pdf",
    "incidents:pdf",
    "reports:file",
    "draft:file",
    "received:file",
    "received:year_file",
    "provision:told_file",
    "provision:own_file",
    "mfa_download_recovery_codes",
}
ROLES: Final = ["lead", "practice_admin", "supervisee", "contact"]


def name_of(path: str) -> str:
    """Return the URL name behind `path`; a link that leads nowhere fails here."""
    try:
        return resolve(path).view_name
    except Resolver404:
        pytest.fail(f"a link leads nowhere: {path}")


def links(page: Page) -> list[str]:
    """Return the paths on this site that the page links to."""
    found = page.eval_on_selector_all("a[href]", "all => all.map(a => a.href)")
    here = urlsplit(page.url).netloc
    return [urlsplit(each).path for each in found if urlsplit(each).netloc == here]


@pytest.mark.browser
@pytest.mark.parametrize("role", ROLES)
def test_every_page_within_reach_is_whole(
    settled: Cast,
    new_page: Callable[..., Page],
    enter: Callable[..., None],
    assert_whole: Callable[..., None],
    role: str,
) -> None:
    page = new_page(language="en")
    enter(page, settled.members[role])
    waiting, seen = ["/"], set()
    while waiting:
        path = waiting.pop(0)
        name = name_of(path)
        if name in seen or name in LEAVING:
            continue
        seen.add(name)
        if name in FILES:
            assert page.request.get(path).status == 200
            continue
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 200, (path, answer.status)
        assert_whole(page, f"{role}-{name.replace(':', '-')}")
        waiting += links(page)
    assert len(seen) > 3, seen
