from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from audit import asking
from engagements.models import CoSupervisor, State
from sessions.models import Session
from tests.conftest import NOW, Cast, make_engagement, make_session

Enter = Callable[[User], Client]
LIST = reverse("engagements:list")


@pytest.fixture(autouse=True)
def now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def titles(response: Any) -> list[str]:
    return [row.title for row in response.context["rows"]]


def many(cast: Cast, number: int, **fields: Any) -> None:
    asking.become(cast.lead)
    for one in range(number):
        make_engagement(cast.practice, cast.lead, cast.organisation, cast.people[:1], title=f"Ryhmä {one:02}", **fields)


def test_a_row_says_the_client_the_form_what_is_used_and_what_comes_next(cast: Cast, enter: Enter) -> None:
    asking.become(cast.lead)
    for days in (-30, -20, -10):
        Session.objects.filter(pk=make_session(cast.engagement, NOW + timedelta(days=days)).pk).update(state="held")
    Session.objects.filter(pk=make_session(cast.engagement, NOW + timedelta(days=1)).pk).update(state="cancelled")
    (row,) = enter(cast.lead).get(LIST).context["rows"]

    assert (row.title, row.about) == ("Otso", "Päiväkoti Otso · group supervision")
    assert (row.used, row.state) == ("3/8 sessions", "active")
    assert "25" in row.next
    assert "9" in row.next


def test_everybody_sees_only_what_they_lead(cast: Cast, enter: Enter) -> None:
    assert titles(enter(cast.lead).get(LIST)) == ["Otso"]
    assert titles(enter(cast.co_supervisor).get(LIST)) == ["Otso"]
    assert titles(enter(cast.stranger).get(LIST)) == ["Vieras"]


@pytest.mark.parametrize("who", ["supervisee", "contact", "practice_admin", "administrator"])
def test_one_who_supervises_nobody_has_no_list(cast: Cast, enter: Enter, who: str) -> None:
    assert enter(cast.members[who]).get(LIST).status_code == 404


def test_a_co_supervisor_whose_part_has_ended_sees_it_no_more(cast: Cast, enter: Enter) -> None:
    asking.become(cast.lead)
    CoSupervisor.objects.update(until=NOW)

    assert titles(enter(cast.co_supervisor).get(LIST)) == []


def test_the_list_is_open_processes_until_another_state_is_chosen(cast: Cast, enter: Enter) -> None:
    asking.become(cast.lead)
    make_engagement(cast.practice, cast.lead, None, [], title="Luonnos", state=State.DRAFT)
    closed = make_engagement(cast.practice, cast.lead, None, [], title="Vanha")
    closed.move_to(State.CLOSED, ending="completed", closed_at=NOW)
    browser = enter(cast.lead)

    assert titles(browser.get(LIST)) == ["Luonnos", "Otso"]
    assert titles(browser.get(LIST + "?state=closed")) == ["Vanha"]
    assert titles(browser.get(LIST + "?state=draft")) == ["Luonnos"]
    assert titles(browser.get(LIST + "?state=nonsense")) == ["Luonnos", "Otso"]
    filters = browser.get(LIST).context["filters"]
    assert [(item["url"].partition("=")[2], item["count"]) for item in filters] == [
        ("", 2), ("draft", 1), ("active", 1), ("closed", 1)
    ]  # fmt: skip


def test_the_order_is_the_finnish_alphabet(cast: Cast, enter: Enter) -> None:
    asking.become(cast.lead)
    for title in ("Öljy", "zeta", "Åbo", "Älli", "aalto"):
        make_engagement(cast.practice, cast.lead, None, [], title=title)

    assert titles(enter(cast.lead).get(LIST)) == ["aalto", "Otso", "zeta", "Åbo", "Älli", "Öljy"]


def test_pages_go_forth_and_back_by_key_and_lose_nobody(cast: Cast, enter: Enter) -> None:
    many(cast, 59)
    browser = enter(cast.lead)
    first = browser.get(LIST)
    second = browser.get(first.context["next"])
    third = browser.get(second.context["next"])

    seen = titles(first) + titles(second) + titles(third)
    assert [len(titles(page)) for page in (first, second, third)] == [25, 25, 10]
    assert seen == ["Otso", *(f"Ryhmä {one:02}" for one in range(59))]
    assert (first.context["previous"], third.context["next"]) == ("", "")
    assert titles(browser.get(third.context["previous"])) == titles(second)
    back = browser.get(second.context["previous"])
    assert (titles(back), back.context["previous"]) == (titles(first), "")


def test_processes_of_one_name_are_not_lost_between_pages(cast: Cast, enter: Enter) -> None:
    asking.become(cast.lead)
    made = {make_engagement(cast.practice, cast.lead, None, [], title="Sama").pk for _number in range(40)}
    browser = enter(cast.lead)
    first = browser.get(LIST)
    urls = [row.url for page in (first, browser.get(first.context["next"])) for row in page.context["rows"]]

    assert len(urls) == len(set(urls)) == len(made) + 1


def test_no_name_stands_in_the_address_of_a_page(cast: Cast, enter: Enter) -> None:
    many(cast, 30)

    assert "Ryhm" not in enter(cast.lead).get(LIST).context["next"]


@pytest.mark.parametrize("edge", ["after", "before"])
@pytest.mark.parametrize("value", ["x", "00000000-0000-4000-8000-000000000000", ""])
def test_an_edge_that_is_not_there_gives_the_first_page(cast: Cast, enter: Enter, edge: str, value: str) -> None:
    assert titles(enter(cast.lead).get(f"{LIST}?{edge}={value}")) == ["Otso"]


def test_the_list_costs_the_same_queries_at_one_row_and_at_thirty(cast: Cast, enter: Enter) -> None:
    browser = enter(cast.lead)
    browser.get(LIST)
    with CaptureQueriesContext(connection) as one:
        browser.get(LIST)
    many(cast, 30)
    with CaptureQueriesContext(connection) as thirty:
        browser.get(LIST)

    assert len(one) == len(thirty)
    assert len(one) <= 15


def test_a_supervisor_without_processes_is_led_to_the_first(cast: Cast, enter: Enter) -> None:
    asking.become(cast.lead)
    CoSupervisor.objects.all().delete()
    page = enter(cast.co_supervisor).get(LIST).content.decode()

    assert reverse("engagements:open") in page
    assert "No processes yet" in page
