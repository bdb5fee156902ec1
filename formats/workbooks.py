"""Workbooks (.xlsx) in which a text is a text: never a formula, never cut, never too long for a cell."""

import io
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

import openpyxl
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

Value = str | int | float | Decimal | date | datetime | bool | None

#: What a cell holds at most, and what no spreadsheet shows.
LONGEST_CELL: Final = 32_000
_UNSEEN: Final = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff\ud800-\udfff]")
_TITLE: Final = re.compile(r"[\[\]:*?/\\']")
_HELSINKI: Final = ZoneInfo("Europe/Helsinki")


def write_workbook(sheets: Mapping[str, Iterable[Sequence[Value]]]) -> bytes:
    """Return a workbook with a sheet for each title; the first row of each are its headings."""
    book = openpyxl.Workbook(write_only=True)
    for title, rows in sheets.items():
        sheet: WriteOnlyWorksheet = book.create_sheet(_TITLE.sub(" ", title)[:31])
        for number, row in enumerate(rows):
            sheet.append([_cell(sheet, value, bold=number == 0) for value in row])
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _cell(sheet: WriteOnlyWorksheet, value: Value, *, bold: bool) -> Cell:
    if isinstance(value, datetime):
        value = value.astimezone(_HELSINKI).replace(tzinfo=None)
    cell = WriteOnlyCell(sheet)
    if isinstance(value, str):
        cell.value = _UNSEEN.sub(" ", value)[:LONGEST_CELL]
        cell.data_type = "s"
        cell.quotePrefix = value.startswith(("=", "+", "-", "@", "\t", "\r"))
        cell.alignment = Alignment(wrap_text=len(value) > 60, vertical="top")
    else:
        cell.value = value
    if bold:
        cell.font = Font(bold=True)
    return cell
