"""What there is to say about the rows of a file."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from formats import Unreadable


class Weight(StrEnum):
    """How a finding weighs: an error stops its row, one row in error those that depend on it."""

    ERROR = "error"
    DEPENDS = "depends"
    DUPLICATE = "duplicate"
    WARNING = "warning"
    NOTICE = "notice"


@dataclass(frozen=True)
class Finding:
    """One thing said about one row. `code` names it for programs; `other` is the row that it speaks of.

    `column` is our name of the cell that it speaks of, where it is one.
    """

    weight: Weight
    sheet: str
    row: int
    why: str
    code: str = ""
    other: int | None = None
    column: str = ""


class Placed(Protocol):
    """Anything that stands on a row of a sheet."""

    @property
    def sheet(self) -> str: ...
    @property
    def number(self) -> int: ...


def found(weight: Weight, at: Placed, why: Unreadable, *, other: int | None = None, column: str = "") -> Finding:
    """Return what `why` says about the row `at`, in the active language."""
    return Finding(weight, at.sheet, at.number, str(why), why.code, other, column)
