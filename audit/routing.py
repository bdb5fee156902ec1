"""Which database role answers: the admin site asks as `admin`, everything else as the process's own role."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

_in_admin: ContextVar[bool] = ContextVar("in_admin", default=False)

#: Sessions, factors and content types are read as the process: the admin role has no grant on them.
ON_DEFAULT = {"sessions", "mfa", "account", "usersessions", "contenttypes", "socialaccount"}


@contextmanager
def as_admin() -> Iterator[None]:
    """Send the block's queries through the connection of the `admin` role."""
    token = _in_admin.set(True)
    try:
        yield
    finally:
        _in_admin.reset(token)


class AdminRouter:
    """Route by who asks, not by model: there is one database with several roles."""

    def db_for_read(self, model: Any, **hints: Any) -> str | None:
        return "admin" if _in_admin.get() and model._meta.app_label not in ON_DEFAULT else None

    db_for_write = db_for_read

    def allow_relation(self, one: Any, other: Any, **hints: Any) -> bool:
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return db == "default"
