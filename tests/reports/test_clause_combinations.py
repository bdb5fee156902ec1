"""Whatever a client's page shows asks the clause: every fact, at every time, with and without approval, alone and in
company; and a clause that names nothing shows nothing but that the process is there.
"""

import itertools
import re
from datetime import timedelta
from typing import Any, Final

import pytest
import time_machine
from django.db import transaction
from django.test import Client
from django.urls import reverse

from audit import asking
from engagements.models import Told
from sessions.models import Attendance, Fee
from tests.conftest import NOW, make_session
from tests.report_story import LATER, Line, clause

Cast = Any
#: What stands on the client's pages when a fact is told: by the words that no other fact brings.
MARKS: Final = {
    Told.DATES: re.compile(r"\d+ sessions? held|/8 sessions|of 8 sessions held"),
    Told.MINUTES: re.compile(r"\d h( \d+ min)?( held in all)?"),
    Told.COUNTS: re.compile(r"attendance"),
    Told.COSTS: re.compile(r"charged in full|€"),
    Told.NAMES: re.compile(r"Salo|Öberg|Wikman"),
}
FACTS: Final = list(MARKS)
#: Which facts each page tells of.
TELLS: Final = {
    "home": {Told.DATES, Told.MINUTES, Told.COUNTS, Told.COSTS},
    "process": {Told.DATES, Told.MINUTES, Told.COUNTS, Told.NAMES},
    "year": {Told.DATES, Told.MINUTES, Told.COUNTS},
    "billing": {Told.COSTS},
}
WHEN: Final = ["request", "monthly", "half_yearly", "midpoint", "end"]
#: A month after the beginning, of a process without a last day, these have come.
COME: Final = {"request", "monthly"}


@pytest.fixture
def held(cast: Cast) -> Cast:
    """The cast with two sessions held, one in each month, charged in full, with everybody there."""
    asking.become(cast.lead)
    for after in (timedelta(days=1), timedelta(days=10)):
        session = make_session(cast.engagement, NOW + after, state="held")
        Fee.objects.create(session=session, percent=100, since=NOW)
        for one in cast.engagement.participations.all():
            Attendance.objects.create(session=session, participation=one, presence="present")
    return cast


@pytest.fixture(autouse=True)
def a_month_later() -> Any:
    with time_machine.travel(LATER, tick=False):
        yield


def pages(cast: Cast) -> dict[str, str]:
    """What the client's contact reads on each page that tells of the process."""
    browser = Client(headers={"accept-language": "en"})
    browser.force_login(cast.contact)
    addresses = {
        "home": reverse("client_home"),
        "process": reverse("engagements:detail", args=[cast.engagement.pk]),
        "year": reverse("received:year", args=[cast.organisation.pk, LATER.year]),
        "billing": reverse("billing:told"),
    }
    return {name: words(browser.get(address)) for name, address in addresses.items()}


def words(answer: Any) -> str:
    """The words of the main part, without what the page says of the clause itself and of what is never shown."""
    assert answer.status_code == 200
    main = answer.content.decode().partition("<main")[2].partition("</main>")[0]
    main = re.sub(r"<aside.*?</aside>", " ", main, flags=re.DOTALL)
    main = main.partition("What we do not show")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", main).split())


def seen(cast: Cast, lines: list[Line]) -> dict[str, set[Told]]:
    """Which facts each page shows under a clause of `lines`; what was changed for it is undone."""
    with transaction.atomic():
        clause(cast, lines)
        shown = {
            name: {what for what, mark in MARKS.items() if mark.search(text)} for name, text in pages(cast).items()
        }
        transaction.set_rollback(True)
    return shown


@pytest.mark.parametrize("what", FACTS)
def test_a_fact_is_told_when_its_line_says_so_and_no_other_is(held: Cast, what: str) -> None:
    for when, approval in itertools.product(WHEN, ["none", "everyone"]):
        told = {what} if when in COME and approval == "none" else set()
        shown = seen(held, [(what, when, approval, None)])
        assert shown == {page: told & tells for page, tells in TELLS.items()}, (when, approval)


def test_facts_in_company_tell_no_more_than_each_by_itself(held: Cast) -> None:
    for size in range(len(FACTS) + 1):
        for chosen in itertools.combinations(FACTS, size):
            shown = seen(held, [(what, "request", "none", None) for what in chosen])
            assert shown == {page: set(chosen) & tells for page, tells in TELLS.items()}


def test_what_needs_approval_never_flows_by_the_clause_alone(held: Cast) -> None:
    needing = [Told.GOALS, Told.THEMES, Told.AGGREGATES, Told.TEXT]
    shown = seen(held, [(what, "request", "everyone", None) for what in needing])
    assert shown == {page: set() for page in TELLS}


def test_a_contract_that_says_nothing_shows_that_the_process_is_there_and_no_more(held: Cast) -> None:
    with transaction.atomic():
        clause(held, [])
        found = pages(held)
        transaction.set_rollback(True)
    for name in ("home", "process"):
        assert "The contract does not tell of its course now." in found[name]
    assert "The contract tells nothing of its course." in found["year"]
    assert "The contracts tell nothing of what is charged now." in found["billing"]
    assert not any(mark.search(text) for text in found.values() for mark in MARKS.values())
