"""Pages by keyset: a page begins after a row, never at a count, so that page 400 costs what page 1 does."""

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar
from urllib.parse import urlencode

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

    `by` names columns that together tell every row apart. A mark that nobody made counts as the first page.
    """
    back = "before" in asked
    mark = _read(asked.get("before" if back else "after", ""), len(by))
    ordered = rows.order_by(*[f"-{name}" if back else name for name in by])
    if mark:
        beyond = TupleLessThan if back else TupleGreaterThan
        ordered = ordered.filter(beyond(tuple(F(name) for name in by), tuple(Value(each) for each in mark)))
    found = list(ordered[: per_page + 1])
    more, shown = len(found) > per_page, found[:per_page]
    if back:
        shown.reverse()
    keep = {name: value for name, value in asked.items() if name not in ("after", "before") and value}
    first, last = (mark is not None or back) if not back else more, more if not back else True
    return Page(
        shown,
        "?" + urlencode(keep | {"before": _write(shown[0], by)}) if shown and first else "",
        "?" + urlencode(keep | {"after": _write(shown[-1], by)}) if shown and last else "",
    )


def _write(row: Model, by: Sequence[str]) -> str:
    values = [str(getattr(row, name)) for name in by]
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode()


def _read(mark: str, length: int) -> list[Any] | None:
    try:
        values = json.loads(base64.urlsafe_b64decode(mark.encode()))
    except (ValueError, binascii.Error):
        return None
    fits = isinstance(values, list) and len(values) == length and all(isinstance(each, str) for each in values)
    return values if fits else None
