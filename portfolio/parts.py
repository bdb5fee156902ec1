"""The sorts of rows of a portfolio: for each its model, its form, and the words of its pages."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portfolio import forms
from portfolio.models import Experience, Guideline, LogEntry, Spoken, Standing, Training


@dataclass(frozen=True)
class Sort:
    """`key` stands in addresses; `page` is where one comes back to."""

    key: str
    model: Any
    form: Any
    new: Promise
    change: Promise
    remove: Promise
    page: str = "portfolio:overview"


SORTS: Final[Mapping[str, Sort]] = {
    sort.key: sort
    for sort in (
        Sort(
            "training", Training, forms.TrainingForm,
            _("Add training"), _("Change the training"), _("Remove the training"),
        ),
        Sort(
            "standing", Standing, forms.StandingForm,
            _("Add a membership"), _("Change the membership"), _("Remove the membership"),
        ),
        Sort(
            "sector", Experience, forms.ExperienceForm,
            _("Add a sector"), _("Change the sector"), _("Remove the sector"),
        ),
        Sort(
            "language", Spoken, forms.SpokenForm,
            _("Add a language"), _("Change the language"), _("Remove the language"),
        ),
        Sort(
            "guideline", Guideline, forms.GuidelineForm,
            _("Add guidelines"), _("Change the guidelines"), _("Remove the guidelines"), "portfolio:ethics",
        ),
        Sort(
            "log", LogEntry, forms.LogForm,
            _("Write into the log"), _("Change the entry"), _("Remove the entry"), "portfolio:log",
        ),
    )
}  # fmt: skip
