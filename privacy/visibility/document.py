"""The table as docs/visibility.md: written by `manage.py visibility`, and the same as what stands there by a test."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from django.conf import settings
from django.utils import translation

from privacy.visibility.rows import NOTES, ROLES, SECTIONS

PLACE: Final = Path(settings.BASE_DIR) / "docs" / "visibility.md"
HEAD: Final = """\
# Who sees what

The table of `product.md`, and where each line is kept. Stricter than a page is always the database: a policy
(`*/migrations/0002_row_level_security*.py`) repeats what the querysets say.

Written by `bin/manage visibility` from `privacy/visibility/rows.py`, from which the page `/visibility/` and the tests
of access are drawn too: change it there.
"""


def document() -> str:
    with translation.override("en"):
        return "\n".join([HEAD, *lines()]) + "\n"


def lines() -> Iterator[str]:
    for section in SECTIONS:
        yield f"## {section.title}\n"
        yield "| | " + " | ".join(str(label) for _key, label in ROLES) + " | kept in |"
        yield "|---" * (len(ROLES) + 2) + "|"
        for row in section.rows:
            answers = " | ".join(str(answer.text) for answer in row.answers)
            yield f"| {row.what} | {answers} | {row.kept_in} |"
        yield ""
    yield "## Besides\n"
    yield from (f"- {note}" for note in NOTES)
