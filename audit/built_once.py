"""Queries that are built once a process: of the cost of a page with many small questions, most is writing them in SQL.

Only for rows of plain values. What differs from one asker to the next has to come in by a parameter: a query is built
with two sets of stand-ins, and where something else differs between the two, its first use refuses.
"""

from collections.abc import Callable, Mapping
from typing import Any

from django.db import connection


class Changing(Exception):
    """A query has in it what was made of a parameter (`now - week`): give that as a parameter of its own."""


class BuiltOnce:
    """A query whose SQL is kept. `build` makes it of keyword parameters; `first` and `second` stand in for these."""

    def __init__(self, build: Callable[..., Any], first: Mapping[str, Any], second: Mapping[str, Any]) -> None:
        self.build, self.first, self.second = build, first, second
        self.sql = ""
        #: What is asked, in its order: a parameter by its name, or a constant.
        self.places: list[tuple[str, Any]] = []

    def rows(self, **values: Any) -> list[tuple[Any, ...]]:
        """Return the rows for these parameters. One query. Raises Changing."""
        if not self.sql:
            self.write()
        given = [values[name] if name else constant for name, constant in self.places]
        with connection.cursor() as cursor:
            cursor.execute(self.sql, given)
            return list(cursor.fetchall())

    def write(self) -> None:
        sql, before = self.build(**self.first).query.sql_with_params()
        again, after = self.build(**self.second).query.sql_with_params()
        if sql != again or len(before) != len(after):
            raise Changing(str(self.build))
        self.places = [self.place(*pair) for pair in zip(before, after, strict=True)]
        self.sql = sql

    def place(self, one: Any, other: Any) -> tuple[str, Any]:
        if one == other:
            return "", one
        for name in self.first:
            if (one, other) == (key_of(self.first[name]), key_of(self.second[name])):
                return name, None
        raise Changing(f"{self.build}: {one!r}, {other!r}")


def key_of(value: Any) -> Any:
    """Return what stands in SQL for a parameter: of a row its key."""
    return getattr(value, "pk", value)
