"""Columns that an installation seals with a key of its own: opened where they leave, sealed anew where they arrive."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final
from uuid import UUID

from accounts.sealing import seal, unseal
from privacy.models import DataRequest, IncidentVersion

Row = dict[str, Any]


def _of_request(row: Row, column: str) -> str:
    return DataRequest(pk=UUID(row["id"])).place(column)


def _of_incident(row: Row, _column: str) -> str:
    return IncidentVersion(incident_id=UUID(row["incident_id"]), number=row["number"]).place


#: By table: its columns, and the place for which a value is sealed.
COLUMNS: Final[Mapping[str, tuple[tuple[str, ...], Callable[[Row, str], str]]]] = {
    "privacy_datarequest": (("text", "extension", "grounds"), _of_request),
    "privacy_incidentversion": (("sealed",), _of_incident),
}


def opened(table: str, row: Row) -> Iterator[tuple[str, bytes]]:
    """Yield each column that holds something, and what it says. Raises InvalidTag where our key does not open it."""
    columns, place = COLUMNS[table]
    for column in columns:
        if sealed := bytes.fromhex(row[column].removeprefix("\\x")):
            yield column, unseal(sealed, place(row, column))


def sealed(table: str, row: Row, column: str, content: bytes) -> bytes:
    """Return `content` sealed with the key of this installation, for its place."""
    return seal(content, COLUMNS[table][1](row, column))


def about(archive: str, table: str, row: Row, column: str) -> tuple[str, ...]:
    """Return what a value is bound to on its way."""
    return ("column", archive, table, column, row["id"])
