"""A practice in which everything exists once, the foreign one beside it, and how both are watched."""

import os
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection, transaction
from django.test import Client

from accounts.models import Person
from audit import asking
from engagements.models import Engagement
from tests.conftest import make_session
from tests.test_access import objects

Cast = Any
#: In every name of the foreign practice stands a word that nobody else would write.
CANARY: Final = "Zqxkanaria"
DEEP: Final = os.environ.get("TYONOHJAUS_DEEP") == "1"
#: What a page answers that has changed something.
CHANGES: Final = {204, 302, 303}
#: Whoever has pages of their own.
MEMBERS: Final = ("lead", "co_supervisor", "practice_admin", "supervisee", "contact", "administrator")


def fill(cast: Cast) -> dict[str, dict[str, Any]]:
    """Furnish both practices in the running transaction; return what stands in the addresses of ours."""
    about = objects(cast)
    asking.become(cast.stranger)
    Engagement.objects.filter(pk=cast.foreign_engagement.pk).update(title=f"{CANARY} prosessi")
    for person in Person.objects.filter(practice=cast.foreign_engagement.practice):
        Person.objects.filter(pk=person.pk).update(given_name=CANARY)
    make_session(cast.foreign_engagement, cast.foreign_session.starts_at.replace(hour=17), place=f"{CANARY} katu")
    asking.become(None)
    return about


def tables() -> list[str]:
    """Return every table under policies whose rows the application may read; but evidence and practices,
    which are everybody's to read."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relforcerowsecurity AND relkind = 'r' AND relname NOT LIKE 'audit%%'"
            " AND relname <> 'accounts_practice'"
            " AND has_table_privilege(oid, 'SELECT') ORDER BY relname"
        )
        return [name for (name,) in cursor.fetchall()]


@dataclass(frozen=True)
class Watched:
    """The rows that somebody of another practice may read, as they stand."""

    rows: dict[str, str]


def watched(by: Any) -> Watched:
    """Return a sum over what `by` may read in each table; who was asking is forgotten."""
    parts = [
        f"SELECT '{name}', count(*) || ':' || coalesce(sum(hashtextextended(row::text, 0)), 0) FROM \"{name}\" row"  # noqa: S608
        for name in tables()
    ]
    with transaction.atomic(), connection.cursor() as cursor:
        asking.become(by)
        asking.come_by_link(None)  # by which a page may have asked
        cursor.execute(" UNION ALL ".join(parts))
        found = Watched(dict(cursor.fetchall()))
        transaction.set_rollback(True)
    return found


@dataclass(frozen=True)
class Answer:
    status: int
    location: str
    body: str
    foreign_changed: list[str]
    headers: Any


def ask(
    client: Client, method: str, url: str, data: Any = None, *, foreign: tuple[Any, Watched] | None = None, **extra: Any
) -> Answer:
    """Send a request and take back what it changed; what it changed of `foreign` rows is told."""
    client.raise_request_exception = False
    with transaction.atomic():
        if method in ("GET", "POST"):
            answer = getattr(client, method.lower())(url, data or {}, **extra)
        else:
            answer = client.generic(method, url, data or "", **extra)
        changed = []
        if foreign and answer.status_code in (CHANGES if not DEEP else {*CHANGES, 200}):
            after = watched(foreign[0])
            changed = [name for name, was in foreign[1].rows.items() if after.rows[name] != was]
        transaction.set_rollback(True)
    kind = answer.headers.get("Content-Type", "")
    body = answer.content.decode() if kind.startswith("text/") or "json" in kind else ""
    return Answer(answer.status_code, answer.headers.get("Location", ""), body, changed, answer.headers)
