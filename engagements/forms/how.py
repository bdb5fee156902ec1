"""Miten: what for, how long, how often, where, and what the client is told."""

from collections.abc import Iterable
from typing import Any, Final, cast

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from engagements.actions import apply_template
from engagements.forms.rows import Row, Rows, make_rows, rows_of
from engagements.forms.verbs import VerbForm
from engagements.models import (
    Approval,
    Contract,
    ContractTemplate,
    Engagement,
    Goal,
    LibraryGoal,
    ReportingClause,
    Theme,
    Told,
)
from engagements.models.contract import FACTS, ToldWhen
from engagements.models.terms import Interim, Mode, Rhythm, Weekday
from formats.fields import ClockField, DayField, MinutesField

TERMS: Final = [
    "minutes", "sessions_agreed", "rhythm", "rhythm_every", "weekday", "time", "mode", "place", "link", "remote_tools",
    "trial_sessions", "trial_free", "required_experience", "evaluation_baseline", "evaluation_interim",
    "evaluation_final",
]  # fmt: skip
SHORT, MIDDLE = {"data-width": "xs", "inputmode": "numeric"}, {"data-width": "m"}


def whole(label: Any, least: int, most: int, **kwargs: Any) -> forms.IntegerField:
    """A field for a whole number, not required unless said so, in a short input."""
    kwargs.setdefault("required", False)
    return forms.IntegerField(
        label=label, min_value=least, max_value=most, widget=forms.TextInput(attrs=SHORT), **kwargs
    )


# --- goals ----------------------------------------------------------------------------------------------------------


class GoalRow(Row):
    key = "text"
    text = forms.CharField(label=_("Goal"), max_length=300, required=False)
    theme = forms.ChoiceField(label=_("Theme"), choices=Theme, required=False, initial=Theme.LEARNING)
    aim = forms.ChoiceField(label=_("Aim of the organisation it serves"), required=False)

    def __init__(self, *args: Any, aims: Iterable[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = cast(forms.ChoiceField, self.fields["aim"])
        kept = str(self.initial.get("aim") or "")
        known = [*aims, *([kept] if kept and kept not in aims else [])]
        field.choices = [("", "–"), *((aim, aim) for aim in known)]
        if not known:
            del self.fields["aim"]

    def clean(self) -> dict[str, Any]:
        if self.is_filled and not self.cleaned_data.get("theme"):
            self.add_error("theme", _("Choose the theme."))
        return self.cleaned_data


GOAL_ROWS = rows_of(GoalRow)


def aims_of(engagement: Engagement) -> list[str]:
    """Return the aims that the client organisation has stated, one a line, without list marks."""
    stated = engagement.client.stated_aims if engagement.client else ""
    lines = (line.strip().lstrip("-–•* ").strip() for line in stated.splitlines())
    return [line[:300] for line in lines if line]


# --- what the client is told ----------------------------------------------------------------------------------------


class ReportingRow(Row):
    key = "what"
    what = forms.ChoiceField(label=_("What"), choices=[("", "–"), *Told.choices], required=False)
    to = forms.ChoiceField(label=_("To whom"), choices=ReportingClause.To, required=False)
    when = forms.ChoiceField(label=_("When"), choices=ToldWhen, initial=ToldWhen.END, required=False)
    approval = forms.ChoiceField(
        label=_("After whose approval"), choices=Approval, initial=Approval.EVERYONE, required=False
    )
    silence_days = whole(_("Silence is a yes after, days"), 7, 60)

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        if not self.is_filled:
            return values
        for name in ("to", "when", "approval"):
            values[name] = values.get(name) or self.fields[name].initial or ReportingClause.To.READERS
        if values["what"] not in FACTS and values["approval"] != Approval.EVERYONE:
            sentence = _("Themes, summaries and text reach the client only after every supervisee has approved.")
            self.add_error("approval", sentence)
        if values.get("silence_days") and values["approval"] == Approval.NONE:
            self.add_error("silence_days", _("Silence can count only where approval is asked for."))
        return values


class ReportingRows(Rows):
    def clean(self) -> None:
        seen: set[tuple[str, str]] = set()
        for form in self.forms:
            if form.is_filled:
                line = (form.cleaned_data["what"], form.cleaned_data["to"])
                if line in seen:
                    form.add_error("what", _("This is told to the same reader on another row already."))
                seen.add(line)


REPORTING_ROWS = rows_of(ReportingRow, kind=ReportingRows)


# --- the page -------------------------------------------------------------------------------------------------------


class HowForm(VerbForm):
    """The second page of a draft."""

    minutes = MinutesField(label=_("Length of a session"), most=600, required=False)
    sessions_agreed = whole(_("Number of sessions"), 1, 500)
    rhythm = forms.ChoiceField(label=_("Rhythm"), choices=Rhythm)
    rhythm_every = whole(_("Every how many"), 1, 26)
    weekday = forms.TypedChoiceField(
        label=_("Weekday"), choices=[("", "–"), *Weekday.choices], coerce=int, empty_value=None, required=False
    )
    time = ClockField(label=_("Time"), required=False)
    starts_on = DayField(label=_("Starts on"), required=False)
    ends_on = DayField(label=_("Ends on"), required=False)
    mode = forms.ChoiceField(label=_("How we meet"), choices=Mode, widget=forms.RadioSelect(attrs={"data-inline": ""}))
    place = forms.CharField(label=_("Place"), max_length=160, required=False)
    link = forms.URLField(label=_("Link to the remote meeting"), max_length=400, required=False, assume_scheme="https")
    remote_tools = forms.CharField(label=_("Tools for remote work"), max_length=160, required=False)
    trial_sessions = whole(_("Trial sessions"), 0, 10)
    trial_free = forms.BooleanField(label=_("Trial sessions are free of charge"), required=False)
    required_experience = forms.CharField(
        label=_("Experience of the sector that is asked for"), max_length=300, required=False
    )
    evaluation_baseline = forms.BooleanField(label=_("Baseline evaluation"), required=False)
    evaluation_interim = forms.ChoiceField(label=_("Interim evaluation"), choices=Interim)
    evaluation_final = forms.BooleanField(label=_("Final evaluation"), required=False)
    picks = forms.ModelMultipleChoiceField(
        label=_("Goals from your library"),
        queryset=LibraryGoal.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(
        self, data: QueryDict | None = None, *, engagement: Engagement, contract: Contract, more: str = ""
    ) -> None:
        """An amendment leaves the frame of its process alone: its days, and its goals, which have their own page."""
        self.engagement, self.contract = engagement, contract
        initial = {name: getattr(contract, name) for name in TERMS}
        super().__init__(data, initial={**initial, "starts_on": engagement.starts_on, "ends_on": engagement.ends_on})
        self.aims = aims_of(engagement)
        shared = list(engagement.goals.shared())
        self.goals = make_rows(GOAL_ROWS, "goals", data, [as_row(goal) for goal in shared], more=more, aims=self.aims)
        lines = [as_row(line) for line in contract.reporting.all()]
        self.reporting = make_rows(REPORTING_ROWS, "reporting", data, lines, more=more)
        library = engagement.practice.library_goals.filter(language=engagement.language)
        picks = cast("forms.ModelMultipleChoiceField[LibraryGoal]", self.fields["picks"])
        picks.queryset = library.exclude(text__in=[goal.text for goal in shared])
        if not picks.queryset.exists():
            del self.fields["picks"]
        if contract.amends:
            for name in ("starts_on", "ends_on", "picks"):
                self.fields.pop(name, None)

    @property
    def row_sets(self) -> list[Rows]:
        return [self.reporting] if self.contract.amends else [self.goals, self.reporting]

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        if values.get("minutes") is not None and values["minutes"] < 10:
            self.add_error("minutes", _("A session lasts from 10 to 600 minutes."))
        if values.get("rhythm") in (Rhythm.WEEKS, Rhythm.MONTHS) and "rhythm_every" in values:
            if values["rhythm_every"] is None:
                self.add_error("rhythm_every", _("Say every how many weeks or months you meet."))
        elif "rhythm_every" in values:
            values["rhythm_every"] = None
        starts_on, ends_on = values.get("starts_on"), values.get("ends_on")
        if starts_on and ends_on and ends_on < starts_on:
            self.add_error("ends_on", _("The process cannot end before it starts."))
        sentences = {
            self.goals.prefix: _("Correct the rows of the goals."),
            self.reporting.prefix: _("Correct the rows of what the client is told."),
        }
        for rows in self.row_sets:
            if not rows.is_valid():
                self.add_error(None, ValidationError(sentences[rows.prefix]))
        return values

    def act(self) -> None:
        values = self.cleaned_data
        for name in TERMS:
            setattr(self.contract, name, values[name])
        self.contract.trial_sessions = values["trial_sessions"] or 0
        self.contract.save(update_fields=TERMS)
        self.contract.reporting.all().delete()
        ReportingClause.objects.bulk_create(
            ReportingClause(contract=self.contract, **row) for row in self.reporting.filled()
        )
        if not self.contract.amends:
            self._write_frame()

    def _write_frame(self) -> None:
        values = self.cleaned_data
        self.engagement.starts_on, self.engagement.ends_on = values["starts_on"], values["ends_on"]
        self.engagement.step = max(self.engagement.step, 3)
        self.engagement.save(update_fields=["starts_on", "ends_on", "step"])
        rows = [(row["theme"], row["text"], row.get("aim", "")) for row in self.goals.filled()]
        rows += [(goal.theme, goal.text, "") for goal in self.cleaned_data.get("picks", [])]
        before = {goal.text: goal for goal in self.engagement.goals.shared()}
        kept = []  # a goal whose words are the same is the same one, and keeps its levels
        for position, (theme, text, aim) in enumerate(rows):
            goal = before.pop(text, None) or Goal(engagement=self.engagement, text=text)
            goal.theme, goal.aim, goal.position = theme, aim, position
            goal.save()
            kept.append(goal.pk)
        self.engagement.goals.shared().exclude(pk__in=kept).delete()


def as_row(row: Goal | ReportingClause) -> dict[str, Any]:
    names = GoalRow.base_fields if isinstance(row, Goal) else ReportingRow.base_fields
    return {name: getattr(row, name) for name in names}


class TemplateForm(VerbForm):
    """Fill a draft's terms and reporting lines from one of the practice's templates."""

    template = forms.ModelChoiceField(
        label=_("Contract template"), queryset=ContractTemplate.objects.none(), empty_label=None
    )

    def __init__(self, data: QueryDict | None = None, *, engagement: Engagement, contract: Contract) -> None:
        super().__init__(data)
        self.contract = contract
        templates = engagement.practice.contract_templates.filter(archived_at=None).order_by("name")
        cast("forms.ModelChoiceField[ContractTemplate]", self.fields["template"]).queryset = templates
        self.exist = templates.exists()

    def act(self) -> None:
        apply_template(self.contract, self.cleaned_data["template"])
