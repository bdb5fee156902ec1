"""Telling the totals of a year."""

from datetime import datetime
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from accounts.models import ClientOrganisation, User
from engagements.forms.verbs import VerbForm
from evaluations.effects.totals import LONGEST_NOTE, tell, years
from evaluations.models import YearTotals
from formats.fields import DecimalField, MoneyField, Prose

FIGURES = ("employees", "covers", "absence_days", "satisfaction", "satisfaction_words", "cost", "note")


class TotalsForm(VerbForm):
    """The totals of one year; `standing` is what is corrected. It says itself which version its writer has seen."""

    year = forms.TypedChoiceField(label=_("Year"), coerce=int, widget=forms.Select(attrs={"data-width": "xs"}))
    covers = forms.CharField(
        label=_("Unit"), max_length=120, required=False,
        help_text=_("Empty: the whole organisation. Else the unit by its name; never a person."),
    )  # fmt: skip
    employees = DecimalField(
        label=_("Employees"), most=1_000_000, places=0,
        help_text=_("In the organisation or the unit, on average over the year. Ten at least."),
    )  # fmt: skip
    absence_days = DecimalField(
        label=_("Days of absence"), most=10_000_000, places=1, required=False,
        help_text=_("Of all employees together, for whatever reason you count."),
    )  # fmt: skip
    satisfaction = DecimalField(
        label=_("Customer satisfaction, 1–5"), least=1, most=5, required=False,
        help_text=_("The mean of your own measurement, for example 4,2."),
    )  # fmt: skip
    satisfaction_words = forms.CharField(
        label=_("Customer satisfaction, measured otherwise"), max_length=200, required=False,
        help_text=_("What was measured, and its result, for example NPS 42."),
    )  # fmt: skip
    cost = MoneyField(
        label=_("Costs in euros"), required=False,
        help_text=_("Those that you follow, for example of absences. Say below which they are."),
    )  # fmt: skip
    note = Prose(
        label=_("Remark"), required=False, widget=forms.Textarea(attrs={"rows": "3"}),
        help_text=_("What the figures cover. Nothing about single persons."),
    )  # fmt: skip
    seen = forms.IntegerField(min_value=0, max_value=30_000, widget=forms.HiddenInput)

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        organisation: ClientOrganisation,
        user: User,
        now: datetime,
        standing: YearTotals | None = None,
    ) -> None:
        self.organisation, self.user, self.now, self.standing = organisation, user, now, standing
        # A year that is over is what can be told most often.
        initial: dict[str, Any] = {"seen": standing.version if standing else 0, "year": years(now)[1]}
        if standing:
            initial |= {name: getattr(standing, name) for name in FIGURES}
        super().__init__(data, initial=initial)
        field: Any = self.fields["year"]
        field.choices = [(year, str(year)) for year in years(now)]
        if standing:
            del self.fields["year"]
        for name in ("employees", "absence_days", "satisfaction", "cost"):
            self.fields[name].widget.attrs["data-width"] = "s"
        self.fields["note"].widget.attrs["data-longest"] = str(LONGEST_NOTE)

    def act(self) -> YearTotals:
        values = dict(self.cleaned_data)
        year, seen = self.standing.year if self.standing else values.pop("year"), values.pop("seen")
        return tell(self.organisation, year, values, seen=seen, by=self.user, now=self.now)

    def refuse(self, error: Any) -> None:
        self.add_error(None, error)
