"""Rows that many tests begin with: made once as people make them, then written again with one question."""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db import connection, transaction

T = TypeVar("T")


@dataclass(frozen=True)
class Recording(Generic[T]):
    """What was made, and the statements that wrote its rows: triggers, policies and constraints see them each time."""

    made: T
    statements: str

    def again(self) -> T:
        """Write the rows in the running transaction and return a copy of what was made, with the same keys."""
        with connection.cursor() as cursor:
            cursor.execute(self.statements)
        return copy.deepcopy(self.made)


def record(make: Callable[[], T]) -> Recording[T]:
    """Run `make` in a transaction that is taken back, and keep what it returns and what it writes.

    The keys of what it returns must be given by us: a key that the database gives is another one the next time.
    """
    statements: list[str] = []

    def listen(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        # A SELECT from a table only reads; one that calls a function may write, or say who is asking.
        if not (sql.startswith("SELECT") and " FROM " in sql):
            assert not many
            statements.append(context["cursor"].mogrify(sql, params))
        return execute(sql, params, many, context)

    with transaction.atomic(), connection.execute_wrapper(listen):
        made = make()
        transaction.set_rollback(True)
    return Recording(made, ";\n".join(statements))
