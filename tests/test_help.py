"""Help: one page for everybody, and from every page the way to its own part."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse

from tyonohjaus.help import PARTS

Cast = Any
Enter = Callable[[Any], Client]


pytestmark = pytest.mark.django_db


def known_areas(patterns: Any = None, space: str = "") -> set[str]:
    """Every namespace, and every name of a page with its namespace."""
    found = set()
    for each in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(each, URLResolver):
            inner = each.namespace or space
            found |= {inner} | known_areas(each.url_patterns, inner)
        else:
            found.add(f"{space}:{each.name}" if space else str(each.name))
    return found


@pytest.mark.parametrize(("language", "words"), [("fi", "Omat muistiinpanosi"), ("sv", "Dina egna anteckningar")])
def test_a_visitor_reads_it_in_their_language(client: Client, language: str, words: str) -> None:
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    page = client.get(reverse("help")).text
    assert words in page
    assert "Beginning" not in page


def test_every_topic_has_its_place_on_the_page_and_answers(client: Client) -> None:
    page = client.get(reverse("help")).text
    keys = [topic.key for part in PARTS for topic in part.topics]
    assert len(set(keys)) == len(keys)
    for key in keys:
        assert f'id="{key}"' in page
        assert f'href="#{key}"' in page
    assert all(topic.answers for part in PARTS for topic in part.topics)


def test_every_page_that_a_topic_names_is_there() -> None:
    named = {area for part in PARTS for topic in part.topics for area in topic.areas}
    assert named <= known_areas(), named - known_areas()


@pytest.mark.parametrize(
    ("page", "key"),
    [
        ("today", "beginning"),
        ("engagements:list", "contract"),
        ("own:data", "own-data"),
        ("portfolio:overview", "profession"),
    ],
)
def test_a_page_leads_to_what_helps_there(cast: Cast, enter: Enter, page: str, key: str) -> None:
    assert f'href="{reverse("help")}#{key}"' in enter(cast.lead).get(reverse(page)).text


def test_a_page_that_nothing_fits_leads_to_the_beginning_of_the_help(client: Client) -> None:
    assert re.search(rf'href="{reverse("help")}"', client.get(reverse("documents:check")).text)
