import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import ClientOrganisation, User
from audit import asking
from engagements.models import CoSupervisor, Engagement, Form, State
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
    filters = browser.get(LIST + "?all").context["states"]
    assert [(item["url"].partition("=")[2], item["count"]) for item in filters] == [
        ("open", 2), ("draft", 1), ("active", 1), ("closed", 1)
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
    second = browser.get(LIST + first.context["page"].next)
    third = browser.get(LIST + second.context["page"].next)

    seen = titles(first) + titles(second) + titles(third)
    assert [len(titles(page)) for page in (first, second, third)] == [25, 25, 10]
    assert seen == ["Otso", *(f"Ryhmä {one:02}" for one in range(59))]
    assert (first.context["page"].previous, third.context["page"].next) == ("", "")
    assert titles(browser.get(LIST + third.context["page"].previous)) == titles(second)
    back = browser.get(LIST + second.context["page"].previous)
    assert (titles(back), back.context["page"].previous) == (titles(first), "")


def test_processes_of_one_name_are_not_lost_between_pages(cast: Cast, enter: Enter) -> None:
    asking.become(cast.lead)
    made = {make_engagement(cast.practice, cast.lead, None, [], title="Sama").pk for _number in range(40)}
    browser = enter(cast.lead)
    first = browser.get(LIST)
    urls = [row.url for page in (first, browser.get(LIST + first.context["page"].next)) for row in page.context["rows"]]

    assert len(urls) == len(set(urls)) == len(made) + 1


def test_no_name_stands_in_the_address_of_a_page(cast: Cast, enter: Enter) -> None:
    many(cast, 30)

    assert "Ryhm" not in enter(cast.lead).get(LIST).context["page"].next


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


# --- filters --------------------------------------------------------------------------------------------------------


def look_for(browser: Client, words: str, **filters: str) -> Any:
    """Send the form above the list; return the page it leads to."""
    return browser.post(LIST, {"q": words, **filters}, follow=True)


@pytest.fixture
def several(cast: Cast) -> None:
    """Beside Otso, a group for Päiväkoti Otso: a single payer's process and one for a client with an odd name."""
    asking.become(cast.lead)
    other = ClientOrganisation.objects.create(practice=cast.practice, name="Örön Kehrä")
    make_engagement(cast.practice, cast.lead, None, [], title="André")
    make_engagement(cast.practice, cast.lead, other, [], title="Äänekoski")
    Engagement.objects.filter(title="André").update(reference="TO-17", form=Form.INDIVIDUAL)
    closed = make_engagement(cast.practice, cast.lead, other, [], title="Vanha kehrä")
    closed.move_to(State.CLOSED, ending="completed", closed_at=NOW)


def test_processes_are_narrowed_by_client_form_and_state_together(cast: Cast, enter: Enter, several: None) -> None:
    browser = enter(cast.lead)
    other = str(Engagement.objects.get(title="Äänekoski").client_id)

    assert titles(browser.get(f"{LIST}?client={other}")) == ["Äänekoski"]
    assert titles(browser.get(f"{LIST}?client={other}&state=closed")) == ["Vanha kehrä"]
    assert titles(browser.get(f"{LIST}?client=private")) == ["André"]
    assert titles(browser.get(f"{LIST}?form=individual")) == ["André"]
    assert titles(browser.get(f"{LIST}?form=individual&client={other}")) == []
    counts = browser.get(f"{LIST}?client={other}").context["states"]
    assert [(item["count"]) for item in counts] == [1, 1, 1]


@pytest.mark.parametrize("filters", ["client=x", "client=", "form=x", "state=x", "client=%00", "find=x", "q=Otso"])
def test_a_filter_that_nobody_offered_narrows_nothing(cast: Cast, enter: Enter, filters: str) -> None:
    assert titles(enter(cast.lead).get(f"{LIST}?{filters}")) == ["Otso"]


def test_a_foreign_client_is_no_filter(cast: Cast, enter: Enter) -> None:
    asking.become(cast.stranger)
    theirs = ClientOrganisation.objects.create(practice=cast.foreign_engagement.practice, name="Vieras tilaaja")
    page = enter(cast.lead).get(f"{LIST}?client={theirs.pk}")

    assert titles(page) == ["Otso"]
    assert "Vieras tilaaja" not in page.text


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("ANDRE", ["André"]), ("äänek", ["Äänekoski"]), ("aanek", []), ("to-17", ["André"]), ("päiväkoti", ["Otso"]),
        ("kehrä örön", ["Äänekoski"]), ("örön otso", []), ("100%", []), ("_", []), ("x" * 500, []), ("\0", None),
    ],
)  # fmt: skip
def test_words_are_looked_for_in_name_reference_and_client(
    cast: Cast, enter: Enter, several: None, words: str, found: list[str] | None
) -> None:
    assert titles(look_for(enter(cast.lead), words)) == (found if found is not None else ["André", "Otso", "Äänekoski"])


def test_what_is_looked_for_stands_in_no_address(cast: Cast, enter: Enter, several: None) -> None:
    browser = enter(cast.lead)
    page = look_for(browser, "Äänekoski", client="private")

    ((address, _status),) = page.redirect_chain
    assert "nekoski" not in unquote(address)
    links = re.findall(r'(?:href|action|hx-post)="([^"]*)"', page.text)
    assert not [link for link in links if "nekoski" in unquote(link)]


def test_what_is_chosen_is_shown_and_taken_away_one_by_one(cast: Cast, enter: Enter, several: None) -> None:
    browser = enter(cast.lead)
    page = look_for(browser, "andre", client="private", state="active")
    assert [one["label"] for one in page.context["chosen"]] == ["“andre”", "private payer"]

    without = browser.get(LIST + page.context["chosen"][0]["url"])
    assert [one["label"] for one in without.context["chosen"]] == ["private payer"]
    nothing = browser.get(LIST + without.context["chosen"][0]["url"])
    assert (nothing.context["chosen"], titles(nothing)) == ([], ["André", "Otso", "Äänekoski"])


def test_the_list_is_found_as_it_was_left_until_everything_is_shown(cast: Cast, enter: Enter, several: None) -> None:
    browser = enter(cast.lead)
    look_for(browser, "andre", client="private")
    browser.get(reverse("engagements:detail", args=[cast.engagement.pk]))

    assert titles(browser.get(LIST, follow=True)) == ["André"]
    assert titles(browser.get(LIST + "?all")) == ["André", "Otso", "Äänekoski"]
    assert titles(browser.get(LIST)) == ["André", "Otso", "Äänekoski"]


def test_filters_survive_paging(cast: Cast, enter: Enter) -> None:
    many(cast, 30)
    browser = enter(cast.lead)
    first = look_for(browser, "ryhmä", form="group")
    second = browser.get(LIST + first.context["page"].next)

    assert len(titles(first)) == 25
    assert titles(second) == [f"Ryhmä {one:02}" for one in range(25, 30)]
    assert [one["label"] for one in second.context["chosen"]] == ["“ryhmä”", "Group supervision"]
    assert titles(browser.get(LIST, follow=True)) == titles(second)


def test_a_mark_of_anothers_search_means_nothing(cast: Cast, enter: Enter) -> None:
    address = look_for(enter(cast.lead), "zzz").redirect_chain[0][0]

    assert titles(enter(cast.lead).get(address)) == []
    assert titles(enter(cast.co_supervisor).get(address)) == ["Otso"]


def test_a_session_keeps_only_the_latest_searches(cast: Cast, enter: Enter) -> None:
    browser = enter(cast.lead)
    first = look_for(browser, "zzz 0").redirect_chain[0][0]
    for number in range(1, 40):
        look_for(browser, f"zzz {number}")

    assert len(browser.session["sought"]) == 20
    assert titles(browser.get(first)) == ["Otso"]


def test_a_short_list_asks_for_no_filters(cast: Cast, enter: Enter) -> None:
    browser = enter(cast.lead)
    assert 'name="client"' not in browser.get(LIST).text
    many(cast, 10)
    assert 'name="client"' in browser.get(LIST).text
