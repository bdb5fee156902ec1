"""Pages by keyset: a page begins after a row, never at a count, so that page 400 costs what page 1 does.

The mark of a page is the id of the row at its edge: no name stands in an address.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import F, Model, QuerySet, Value
from django.db.models.fields.tuple_lookups import TupleGreaterThan, TupleLessThan

PER_PAGE: Final = 30
Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True)
class Page(Generic[Row]):
    """The rows of one page, and the query strings of its neighbours (empty when there are none)."""

    rows: Sequence[Row]
    previous: str
    next: str


def keyset(rows: QuerySet[Row], asked: Mapping[str, str], *by: str, per_page: int = PER_PAGE) -> Page[Row]:
    """Return the page of `rows` that `asked` (a query string's `after` or `before`) names, in the order of `by`.

    `by` names columns or annotations that together tell every row apart; all rise, or with "-" before each all fall.
    A mark that is no row of these, or no longer, counts as the first page.
    """
    falling = by[0].startswith("-")
    names = [name.removeprefix("-") for name in by]
    edge = edge_of(rows, asked.get("before") or asked.get("after") or "", names)
    back = "before" in asked and edge is not None
    rising = falling == back
    ordered = rows.order_by(*[name if rising else f"-{name}" for name in names])
    if edge is not None:
        beyond = TupleGreaterThan if rising else TupleLessThan
        ordered = ordered.filter(beyond(tuple(F(name) for name in names), tuple(Value(each) for each in edge)))
    found = list(ordered[: per_page + 1])
    more, shown = len(found) > per_page, found[:per_page]
    if back:
        shown.reverse()
    first, last = (more, True) if back else (edge is not None, more)
    keep = {name: value for name, value in asked.items() if name not in ("after", "before") and value}
    return Page(
        shown,
        "?" + urlencode(keep | {"before": shown[0].pk}) if shown and first else "",
        "?" + urlencode(keep | {"after": shown[-1].pk}) if shown and last else "",
    )


def edge_of(rows: QuerySet[Row], mark: str, names: Sequence[str]) -> tuple[Any, ...] | None:
    """Return the values of `names` in the row whose id is `mark`, or None."""
    try:
        found: list[Any] = list(rows.order_by().filter(pk=UUID(mark)).values_list(*names)[:1])
    except ValueError:
        return None
    return found[0] if found else None
