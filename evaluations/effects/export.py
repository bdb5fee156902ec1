"""The rows of a page of effects as a CSV file for research: what the page shows, and nothing else."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from evaluations.effects.page import Page
from evaluations.suppression import FEWEST_PROCESSES, Change
from formats.csv_files import Value, write_csv
from formats.days import write_day

#: Columns in their order, each with what stands in it: the codebook.
CODEBOOK: Final = (
    ("key", gettext_lazy("the question’s key, the same in every language and at every time")),
    ("question", gettext_lazy("the question, in the language of the page")),
    ("theme", gettext_lazy("key of the theme, if it has one")),
    ("indicator", gettext_lazy("key of the indicator, if it has one")),
    ("scale_min", gettext_lazy("lowest step of the scale")),
    ("scale_max", gettext_lazy("highest step of the scale")),
    ("processes", gettext_lazy("how many processes are counted together")),
    ("n_before", gettext_lazy("answers before, without those left out and “cannot say”")),
    ("median_before", gettext_lazy("their median")),
    ("q1_before", gettext_lazy("lower end of their middle half (Tukey’s hinge)")),
    ("q3_before", gettext_lazy("upper end of their middle half (Tukey’s hinge)")),
    ("n_after", gettext_lazy("answers after, without those left out and “cannot say”")),
    ("median_after", gettext_lazy("their median")),
    ("q1_after", gettext_lazy("lower end of their middle half (Tukey’s hinge)")),
    ("q3_after", gettext_lazy("upper end of their middle half (Tukey’s hinge)")),
    ("median_difference", gettext_lazy("median after less median before")),
    ("n_paired", gettext_lazy("people paired by a code; empty where that may not be told, like the rest of the row")),
    ("paired_median", gettext_lazy("median of their changes")),
    ("paired_q1", gettext_lazy("lower end of the middle half of their changes")),
    ("paired_q3", gettext_lazy("upper end of the middle half of their changes")),
    ("paired_lower", gettext_lazy("how many went down; empty where it is told together with those who stayed")),
    ("paired_same", gettext_lazy("how many stayed, where it is told apart")),
    ("paired_higher", gettext_lazy("how many went up; empty where it is told together with those who stayed")),
    ("paired_lower_or_same", gettext_lazy("how many went down or stayed, where it is told together")),
    ("paired_same_or_higher", gettext_lazy("how many stayed or went up, where it is told together")),
)

#: The bands of changes, in the order of their columns: down (−1), nowhere (0), up (1), and two of these together.
BANDS: Final = ((-1, -1), (0, 0), (1, 1), (-1, 0), (0, 1))


def as_csv(page: Page, threshold: int, today: date) -> bytes:
    """Return the file: UTF-8 with its mark, semicolons, decimal commas; the first line, after a #, says the method."""
    table = ([column for column, _meaning in CODEBOOK], *rows(page))
    return write_csv(table, note=note(page, threshold, today))


def note(page: Page, threshold: int, today: date) -> str:
    text = _(
        "Työnohjaus, %(day)s. Sums over groups of at least %(people)d people in at least %(processes)d processes; what "
        "could point at somebody is left out. Association, not cause."
    ) % {"day": write_day(today), "people": threshold, "processes": FEWEST_PROCESSES}
    return " ".join([text, _("Chosen: %(what)s.") % {"what": page.chosen}]) if page.chosen else text


def rows(page: Page) -> Iterator[Sequence[Value]]:
    """Yield one row a question, in the order of the page."""
    for group in page.groups:
        for card in group.cards:
            one, question = card.effect, card.effect.question
            yield [
                question.key, card.words, question.theme, question.indicator, question.steps[0], question.steps[-1],
                one.processes, one.before.n, one.before.median, one.before.low, one.before.high,
                one.after.n, one.after.median, one.after.low, one.after.high, one.moved, *paired(one.changes),
            ]  # fmt: skip


def paired(found: Change | None) -> list[Value]:
    if found is None:
        return [None] * (4 + len(BANDS))
    told = {(band.first, band.last): band.count for band in found.bands}
    return [found.n, found.median, found.low, found.high, *(told.get(each) for each in BANDS)]
