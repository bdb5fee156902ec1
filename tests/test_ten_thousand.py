"""Every list asks the database as much at ten thousand rows as at ten."""

from collections.abc import Callable
from functools import partial

import psycopg
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from tests.conftest import Cast

#: What a page asks for its frame: session and factor, who is asking, savepoints.
FRAME = ("django_session", "mfa_authenticator", "set_config", "SAVEPOINT", "usersessions")
MOST = 12 + 2  # and the frame's own user and roles

ORGANISATIONS = """
  INSERT INTO accounts_clientorganisation (id, practice_id, name, business_id, sector, public_body, street, postcode,
    city, invoicing_address, einvoice_address, einvoice_operator, invoicing_reference, framework_reference, stated_aims)
  SELECT gen_random_uuid(), %(practice)s, 'Tilaaja ' || n, '', 'other', false, '', '', '', '', '', '', '', '', ''
    FROM generate_series(%(first)s::int, %(last)s::int) n
"""
PROCESSES = """
  INSERT INTO engagements_engagement (id, practice_id, lead_id, client_id, title, reference, form, focus, process,
    language, state, step, ending, ending_reason, created_at)
  SELECT gen_random_uuid(), %(practice)s, %(lead)s, %(client)s, 'Ryhmä ' || n, '', 'group', 'general', 'long', 'fi',
    'active', 4, '', '', now() FROM generate_series(%(first)s::int, %(last)s::int) n
"""
PERSONS = """
  WITH made AS (
    INSERT INTO accounts_person (id, practice_id, given_name, family_name, email, language)
    SELECT gen_random_uuid(), %(practice)s, 'Etu', 'Suku ' || n, '', 'fi'
      FROM generate_series(%(first)s::int, %(last)s::int) n RETURNING id)
  INSERT INTO engagements_participation (id, engagement_id, person_id, line_manager)
  SELECT gen_random_uuid(), %(engagement)s, id, false FROM made
"""
SUPERVISORS = """
  WITH made AS (
    INSERT INTO accounts_user (id, password, is_superuser, email, full_name, language, is_staff, is_active, date_joined)
    SELECT gen_random_uuid(), '!', false, 'o' || n || '@kaari.example', 'Ohjaaja ' || n, 'fi', false, true, now()
      FROM generate_series(%(first)s::int, %(last)s::int) n RETURNING id)
  INSERT INTO accounts_membership (id, practice_id, user_id, kind, since)
  SELECT gen_random_uuid(), %(practice)s, id, 'supervisor', now() FROM made
"""
SESSIONS = """
  INSERT INTO supervision_session (id, engagement_id, starts_at, ends_at, mode, place, link, trial, state, reason,
    sequence, created_at)
  SELECT gen_random_uuid(), %(engagement)s, at, at + interval '1 hour', 'in_person', '', '', false, 'cancelled', '', 0,
    at FROM generate_series(%(first)s::int, %(last)s::int) n, LATERAL (SELECT now() - n * interval '1 day' AS at) t
"""


def grow(cast: Cast, address: str, first: int, last: int) -> None:
    """Add rows `first` to `last` of everything that is listed, and let the planner know, as autovacuum does."""
    values = {
        "practice": cast.practice.pk, "lead": cast.lead.pk, "client": cast.organisation.pk,
        "engagement": cast.engagement.pk, "first": first, "last": last,
    }  # fmt: skip
    with psycopg.connect(address, autocommit=True) as superuser:
        for statement in (ORGANISATIONS, PROCESSES, PERSONS, SUPERVISORS, SESSIONS, "ANALYZE"):
            superuser.execute(statement, values if "%(" in statement else None)


def asked(browser: Client, cast: Cast) -> dict[str, int]:
    """Return how many queries each list takes beyond the frame; each must be there."""
    pages = (
        "engagements:list", "accounts:organisations", "people:list", "sessions:book_any", "practice_home",
        "practice_supervisors",
    )  # fmt: skip
    addresses = {name: f"{reverse(name)}?all" for name in pages}
    addresses["people of the practice"] = reverse("people:list") + "?whose=practice"
    addresses["sessions"] = reverse("sessions:list", args=[cast.engagement.pk])
    for name in pages:
        addresses[f"{name}, searched"] = browser.post(reverse(name), {"q": "1"})["Location"]
    lists = {name: partial(browser.get, address) for name, address in addresses.items()}
    for what in ("ryhmä", "suku", "tilaaja"):
        typed = partial(browser.post, reverse("search"), {"q": what}, headers={"HX-Request": "true"})
        lists[f"search {what}"] = typed
    found = {}
    for name, ask in lists.items():
        ask()
        with CaptureQueriesContext(connection) as queries:
            answer = ask()
        assert answer.status_code == 200, name
        found[name] = sum(not any(part in each["sql"] for part in FRAME) for each in queries)
    return found


def test_lists_ask_as_much_at_ten_thousand_rows_as_at_ten(
    settled: Cast, superuser_address: str, enter: Callable[[User], Client]
) -> None:
    browser = enter(settled.lead)
    grow(settled, superuser_address, 1, 10)
    ten = asked(browser, settled)
    grow(settled, superuser_address, 11, 10_000)
    ten_thousand = asked(browser, settled)

    assert ten == ten_thousand
    assert {name: count for name, count in ten.items() if count > MOST} == {}
