"""The same pages at 10,000, 100,000 and 1,000,000 sessions: what a page costs may not grow with what is not on it."""

import os
import statistics
import time
from collections.abc import Iterator
from urllib.parse import urlsplit, urlunsplit

import psycopg

from benchmarks.figures import Figure
from benchmarks.people import founder, signed_in

ROLE = "app"
SIZES = (10_000, 100_000, 1_000_000)
ROUNDS = 15
COPY = "growth"
#: Cancelled sessions of all processes, back through the years; the table's own triggers rest meanwhile.
SESSIONS = """
INSERT INTO supervision_session (id, engagement_id, starts_at, ends_at, mode, place, link, trial, state, reason,
    sequence, created_at)
SELECT gen_random_uuid(), (ARRAY(SELECT id FROM engagements_engagement ORDER BY id))[1 + n %% (SELECT count(*) FROM
    engagements_engagement)], at, at + interval '1 hour', 'in_person', '', '', false, 'cancelled', '', 0, at
  FROM generate_series(%(first)s::int, %(last)s::int) n, LATERAL (SELECT now() - n * interval '5 minutes' AS at) t
"""


def figures() -> Iterator[Figure]:
    from django.db import connection, connections

    _superuser(f"DROP DATABASE IF EXISTS {COPY} WITH (FORCE)", f"CREATE DATABASE {COPY} TEMPLATE tyonohjaus")
    connections.settings["default"]["NAME"] = COPY
    try:
        took: dict[str, list[float]] = {}
        there = 0
        for size in SIZES:
            _grow(there, size)
            there = size
            for name, seconds in _ask().items():
                took.setdefault(name, []).append(seconds)
            connection.close()
        for name, (small, middle, large) in took.items():
            yield Figure(f"growth {name}: at 100,000 of 10,000", 1000 * middle, "ms", 1000 * small, 1.2)
            yield Figure(f"growth {name}: at 1,000,000 of 10,000", 1000 * large, "ms", 1000 * small, 1.2)
    finally:
        connections.close_all()
        _superuser(f"DROP DATABASE IF EXISTS {COPY} WITH (FORCE)")


def _ask() -> dict[str, float]:
    """Return the median seconds of each page for the supervisor with the most."""
    from django.conf import settings
    from django.db import transaction
    from django.test import Client
    from django.urls import reverse

    with transaction.atomic():
        user, engagement = founder()
    browser = Client(headers={"host": "localhost", "x-forwarded-for": "192.0.2.1", "x-forwarded-proto": "https"})
    browser.cookies[settings.SESSION_COOKIE_NAME] = signed_in(user)
    found = {}
    for name, path in {
        "today": reverse("today"),
        "calendar": reverse("calendar:calendar"),
        "sessions of a process": reverse("sessions:list", args=[engagement]),
        "processes": reverse("engagements:list"),
    }.items():
        times = []
        for number in range(ROUNDS + 3):
            begun = time.perf_counter()
            answer = browser.get(path, secure=True)
            if answer.status_code != 200:
                raise SystemExit(f"{path} answers {answer.status_code}")
            if number >= 3:
                times.append(time.perf_counter() - begun)
        found[name] = statistics.median(times)
    return found


def _superuser(*statements: str) -> None:
    with psycopg.connect(os.environ["DATABASE_URL_SUPERUSER"], autocommit=True) as superuser:
        for statement in statements:
            superuser.execute(statement)


def _grow(first: int, last: int) -> None:
    """Add sessions until there are `last`."""
    address = urlunsplit(urlsplit(os.environ["DATABASE_URL_SUPERUSER"])._replace(path=f"/{COPY}"))
    with psycopg.connect(address, autocommit=True) as superuser:
        superuser.execute("SET session_replication_role = replica")
        superuser.execute(SESSIONS, {"first": first + 1, "last": last})
        superuser.execute("VACUUM ANALYZE supervision_session")
