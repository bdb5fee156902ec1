"""The whole site, crawled by an administrator, with a word planted in every field of content: it is found nowhere.

It is looked for in every shape in which text hides (`tests/traces.py`). A control finds it where it is shown.
"""

import re
from collections.abc import Callable, Iterator
from html import unescape
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.db import models
from django.test import Client
from django.urls import reverse

from tests.traces import betrays

Cast = Any
Tamper = Callable[[str], None]

HOME: Final = f"/{settings.ADMIN_PATH}/"
WORD: Final = "Kaneli7Sumu"
#: Planted where it is shown, so that the crawl is seen to find.
SEEN: Final = "Vaahtera3Tuuli"
#: Rooms in whose tables the word is planted, in every text that is not chosen from a list.
ROOMS: Final = ("engagements", "supervision", "documents", "vault", "accounts", "notifications")
#: What an administrator is to see, and what is no text of anybody's.
SHOWN: Final = {
    "accounts_user": {"email", "full_name", "password", "language"},
    "accounts_practice": {"name", "business_id", "street", "postcode", "city", "email", "phone"},
    "accounts_clientorganisation": {"name", "business_id"},
    "accounts_invitation": {"email", "language"},
    "accounts_person": {"language"},
    "engagements_contracttemplate": {"name"},
    "notifications_message": {"kind", "message_id", "smtp_reply", "last_error", "occasion"},
    "engagements_event": {"kind"},
    "engagements_engagement": {"statutory"},
}


def planted_columns() -> Iterator[tuple[str, str, str]]:
    """Give table, column and the SQL of what is planted there."""
    for model in apps.get_models():
        if model._meta.app_label not in ROOMS or not model._meta.managed:
            continue
        for field in model._meta.local_fields:
            table, column = model._meta.db_table, str(field.column)
            if field.choices or isinstance(field, models.GeneratedField) or column in SHOWN.get(table, ()):
                continue
            if isinstance(field, models.JSONField):
                yield table, column, f"""'{{"text": "{WORD}"}}'"""
            elif isinstance(field, models.BinaryField):
                yield table, column, f"'{WORD}'::bytea"
            elif isinstance(field, models.CharField | models.TextField):
                # Some are unique: each row has a number of its own, and both must fit.
                yield table, column, f"left('{WORD}' || ctid::text, {field.max_length or 100})"


def plant(tamper: Tamper) -> int:
    """Plant the word in every such column that has room for it; return in how many."""
    columns = [each for each in planted_columns() if "left(" not in each[2] or int(each[2].split(", ")[-1][:-1]) >= 11]
    for table, column, value in columns:
        tamper(f'UPDATE "{table}" SET "{column}" = {value}')  # noqa: S608  (names of our own tables)
    return len(columns)


def links(body: str, url: str) -> Iterator[str]:
    """Give the addresses of this site that a page leads to; of lists, those with one condition or one column."""
    for href in re.findall(r'(?:href|src|action)="([^"]+)"', body):
        parts = urlsplit(urljoin(url, unescape(href)))
        query = [(name, value) for name, value in parse_qsl(parts.query) if not name.startswith("_")]
        plain = not query or (len(query) == 1 and (query[0][0] != "o" or query[0][1].isdigit()))
        if parts.path.startswith(HOME) and plain and "/logout/" not in parts.path:
            yield f"{parts.path}?{urlencode(query)}" if query else parts.path


def crawl(desk: Client) -> dict[str, bytes]:
    """Open everything that can be reached from the head page, and what scripts ask for; return every answer."""
    ask = ["user", "practice"]
    waiting = [HOME, f"{HOME}jsi18n/"] + [
        f"{HOME}autocomplete/?app_label=accounts&model_name=membership&field_name={field}&term=" for field in ask
    ]
    answers: dict[str, bytes] = {}
    while waiting:
        url = waiting.pop()
        if url in answers:
            continue
        answer = desk.get(url)
        assert answer.status_code in (200, 302), (url, answer.status_code)
        headers = "\n".join(f"{name}: {value}" for name, value in answer.headers.items())
        answers[url] = answer.content + headers.encode() + str(answer.cookies).encode()
        if answer.headers.get("Content-Type", "").startswith("text/html"):
            waiting += links(answer.content.decode(), url)
    return answers


def test_the_word_is_found_nowhere_and_one_that_is_shown_everywhere(
    desk: Client, furnished: Cast, tamper: Tamper
) -> None:
    assert plant(tamper) > 50
    tamper(f"UPDATE accounts_practice SET name = '{SEEN} ' || business_id")  # noqa: S608  (a word of ours)

    answers = crawl(desk)

    assert [url for url, answer in answers.items() if betrays(answer, WORD)] == []
    found = [url for url, answer in answers.items() if betrays(answer, SEEN)]
    for part in ("/accounts/practice/", "/accounts/membership/", "/supervision/sessionframe/", "autocomplete"):
        assert [url for url in found if part in url], part
    # The crawl was one: lists with filters and columns, pages of objects, histories.
    assert len([url for url in answers if re.fullmatch(rf"{HOME}[a-z]+/[a-z]+/", url)]) == len(admin.site._registry)
    for kind in (r"/change/$", r"/history/$", r"\?state__exact=", r"\?o=", r"/accounts/$", r"autocomplete"):
        assert [url for url in answers if re.search(kind, url)], kind
    assert len(answers) > 150


def test_the_word_is_in_the_tables_meanwhile(desk: Client, furnished: Cast, tamper: Tamper) -> None:
    plant(tamper)
    for table, column in (("engagements_engagement", "title"), ("supervision_session", "place"),
                          ("supervision_session", "link"), ("engagements_goal", "text"),
                          ("engagements_contract", "terms"), ("engagements_event", "data"),
                          ("accounts_person", "family_name"), ("notifications_message", "key")):  # fmt: skip
        tamper(
            f'DO $$ BEGIN ASSERT (SELECT bool_and("{column}"::text LIKE \'%{WORD}%\') FROM "{table}"),'  # noqa: S608  (ours)
            f" '{table}.{column}'; ASSERT (SELECT count(*) FROM \"{table}\") > 0; END $$"
        )


def test_searching_for_the_word_finds_no_row(desk: Client, furnished: Cast, tamper: Tamper) -> None:
    """Nor does it tell, by a row found, that it is somewhere."""
    plant(tamper)
    for model in admin.site._registry:
        url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        assert desk.get(url, {"q": WORD}).context["cl"].result_count == 0, url
        assert desk.get(url).context["cl"].result_count > 0, url


@pytest.mark.parametrize(
    "lookup",
    [
        "engagements/engagementframe/?practice__engagements__title__contains=K",
        "engagements/engagementframe/?lead__password__startswith=a",
        "engagements/engagementframe/?sessions__engagement__practice__name=x",
        "engagements/contracttemplate/?more_terms__contains=K",
        "supervision/sessionframe/?engagement__lead__email=x",
        "accounts/clientorganisation/?stated_aims__contains=K",
        "accounts/practice/?iban__startswith=FI",
        "accounts/user/?password__startswith=md5",
        "accounts/user/?persons__family_name=x",
        "accounts/membership/?user__password__startswith=md5",
        "accounts/invitation/?token_hash__startswith=a",
        "notifications/message/?person__family_name=x",
        "notifications/message/?key__contains=x",
    ],
)
def test_an_address_asks_no_column_that_is_not_shown(desk: Client, furnished: Cast, lookup: str) -> None:
    assert desk.get(f"{HOME}{lookup}").status_code == 400
