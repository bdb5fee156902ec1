"""CSV files that a spreadsheet of the north opens: UTF-8 with its mark, semicolons, decimal commas, no formulas."""

import csv
import io
from collections.abc import Iterable, Sequence
from decimal import Decimal

Value = str | int | float | Decimal | None


def write_csv(rows: Iterable[Sequence[Value]], *, note: str = "") -> bytes:
    """Return the file of `rows`; `note` stands alone on its first line, after a #."""
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    if note:
        writer.writerow([f"# {note}"])
    writer.writerows([written(value) for value in row] for row in rows)
    return out.getvalue().encode()


def written(value: Value) -> str:
    """Return a value as a spreadsheet takes it: numbers with a decimal comma, and of a text never a formula."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:g}".replace(".", ",")
    if isinstance(value, int | Decimal):
        return str(value).replace(".", ",")
    text = " ".join(value.split())
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text
