"""What became of a file, as tables of text in the active language."""

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from sessions.importing.findings import Weight
from sessions.importing.loading import Outcome
from sessions.importing.sheets import Kind


def report(outcome: Outcome) -> str:
    """Return the findings row by row, then how many rows of each kind came in and why others did not."""
    parts = [_findings(outcome), _tallies(outcome)]
    for title in outcome.unknown:
        parts.append(_("The sheet %(title)s was not understood and is left out.") % {"title": title})
    return "\n\n".join(part for part in parts if part)


def _findings(outcome: Outcome) -> str:
    weights = {
        Weight.ERROR: pgettext("import", "error"),
        Weight.DEPENDS: pgettext("import", "depends"),
        Weight.DUPLICATE: pgettext("import", "duplicate"),
        Weight.WARNING: pgettext("import", "warning"),
        Weight.NOTICE: pgettext("import", "notice"),
    }
    if not outcome.plan.findings:
        return ""
    return _table(
        [pgettext("import", "Sheet"), pgettext("import", "Row"), pgettext("import", "What"), pgettext("import", "Why")],
        [[each.sheet, str(each.row), weights[each.weight], each.why] for each in outcome.plan.findings],
    )


def _tallies(outcome: Outcome) -> str:
    names = {
        Kind.PROCESSES: pgettext("import", "Processes"),
        Kind.PEOPLE: pgettext("import", "Supervisees"),
        Kind.SESSIONS: pgettext("import", "Sessions"),
    }
    rows = [
        [names[kind], *map(str, (each.read, each.new, each.known, each.errors, each.depends, each.duplicates))]
        for kind, each in outcome.plan.tallies.items()
        if each.read
    ]
    headings = [
        "",
        pgettext("import", "Rows"),
        pgettext("import", "New"),
        pgettext("import", "Here already"),
        pgettext("import", "In error"),
        pgettext("import", "Depending"),
        pgettext("import", "Duplicates"),
    ]
    return _table(headings, rows)


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[at]) for row in [headings, *rows]) for at in range(len(headings))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in [headings, ["-" * width for width in widths], *rows]
    ]
    return "\n".join(lines)
