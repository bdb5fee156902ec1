"""Who is asking: the identity that row-level security sees.

It lives in the transaction (`set_config(…, is_local => true)`), never in the connection, so that a pooled connection
cannot carry one person's identity into another's request.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol
from uuid import UUID

from django.db import connection, transaction


class HasKey(Protocol):
    @property
    def pk(self) -> UUID: ...


def become(who: HasKey | None) -> None:
    """Make `who` the person asking for the rest of the running transaction; None asks as nobody.

    Raises RuntimeError outside a transaction, where the setting would be gone at once.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("Who is asking is set inside a transaction.")
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.uid', %s, true)", [str(who.pk) if who and who.pk else ""])


def come_by_link(request: UUID | None) -> None:
    """Let a visitor ask for the rest of the running transaction as who was sent the link of `request`, and no more.

    What a link opens, the policies of its one purpose say. Raises RuntimeError outside a transaction.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("Who is asking is set inside a transaction.")
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.link', %s, true)", [str(request) if request else ""])


def come_with_draft(draft: UUID) -> None:
    """Let a visitor who comes by link also ask, for the rest of the running transaction, for the draft of their device.

    Raises RuntimeError outside a transaction.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("Who is asking is set inside a transaction.")
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.draft', %s, true)", [str(draft)])


def current() -> str:
    """Return the id of the person asking, or an empty string."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(current_setting('app.uid', true), '')")
        row = cursor.fetchone()
    return str(row[0]) if row else ""


@contextmanager
def acting_as(who: HasKey | None) -> Iterator[None]:
    """Run a block in one transaction in which `who` asks; afterwards the former asker asks again."""
    with transaction.atomic():
        before = current()
        become(who)
        try:
            yield
        finally:
            if not connection.needs_rollback:
                with connection.cursor() as cursor:
                    cursor.execute("SELECT set_config('app.uid', %s, true)", [before])
