"""What the database answers to a person about themselves, in the rows of functions of schema `sec`."""

from collections.abc import Iterable, Mapping
from typing import Any, Final
from uuid import UUID

from django.db import connection
from psycopg import sql

from vault.content import Content
from vault.models import ContentKey

#: So many of the newest readings are told.
MOST_READS: Final = 1000


def rows_of(function: str, *values: Any) -> list[dict[str, Any]]:
    """Return what `sec.<function>` answers, each row by the names of its columns. One query."""
    holes = sql.SQL(", ").join([sql.Placeholder()] * len(values))
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("SELECT * FROM sec.{}({})").format(sql.Identifier(function), holes), values)
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


class OwnContent(Content):
    """The keys of what is one's own, also of processes that one has left."""

    def __init__(self) -> None:
        super().__init__(())
        self.keys = {key.pk: key for key in own_keys()}


def own_keys() -> Iterable[ContentKey]:
    return ContentKey.objects.raw("SELECT * FROM sec.own_keys()")


def opened(content: Content, row: Mapping[str, Any]) -> str | None:
    """Return the words of a row of `sec.own_texts` or `sec.own_more`; None when they cannot be opened any more."""
    found: str | None = content.read_text(UUID(str(row["owner"])), row["sealed"], row["place"], row["id"], row["col"])
    return found
