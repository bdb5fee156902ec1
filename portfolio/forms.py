"""What is asked of the rows of a portfolio. What a verb refuses stands beside the field that it is about."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, ClassVar, Final, Generic, TypeVar, cast

from django import forms
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Language, Sector, User
from documents.forms import UploadsField
from engagements.forms.verbs import FieldsForm
from formats.clock import HELSINKI
from formats.fields import DayField, DecimalField, MinutesField, Prose, ReadField
from formats.numbers import read_whole
from portfolio import actions
from portfolio.models import Experience, Guideline, Kind, LogEntry, Part, Spoken, Standing, Training, Unit
from portfolio.models.choice import MOST, Choice
from portfolio.models.log import MOST_MINUTES
from portfolio.models.owned import FIRST_YEAR, LAST_YEAR, LINE
from portfolio.models.qualification import MOST_POINTS
from vault.content import Content

Files = MultiValueDict[str, Any]
Row = TypeVar("Row", bound=actions.Row)

EARLIEST: Final = date(FIRST_YEAR, 1, 1)
SHORT: Final = {"data-width": "s"}
#: How far ahead a membership may be said to end.
AHEAD: Final = timedelta(days=3 * 366)


class YearField(ReadField):
    attrs: ClassVar[dict[str, str]] = {"inputmode": "numeric", "maxlength": "10", **SHORT}

    def read(self, text: object) -> int:
        return read_whole(text, least=FIRST_YEAR, most=LAST_YEAR)


class RowForm(FieldsForm, Generic[Row]):
    """A row of one's own, new or to be changed."""

    #: Fields whose days may not lie ahead.
    past: ClassVar[Sequence[str]] = ()

    def __init__(
        self, data: QueryDict | None = None, files: Files | None = None, *, row: Row, by: User, now: datetime
    ) -> None:
        self.row, self.by, self.now = row, by, now
        super().__init__(data, files, initial={} if row._state.adding else self.as_it_is())
        self.today = now.astimezone(HELSINKI).date()
        for name, field in self.fields.items():
            if isinstance(field, DayField):
                field.first, field.last = EARLIEST, self.today if name in self.past else self.today + AHEAD

    def as_it_is(self) -> dict[str, Any]:
        """What the row says now."""
        return {name: getattr(self.row, name) for name in self.base_fields if hasattr(self.row, name)}

    def values(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name in self.base_fields}

    def act(self) -> None:
        actions.keep(self.row, self.values(), by=self.by)


class WithFile(RowForm[Any]):
    """A row with which one file may be kept."""

    attached = UploadsField(
        label=_("Certificate"),
        most=1,
        required=False,
        help_text=_(
            "PDF, or a picture; at most 10 MB. A new file takes the place of the one before. Only you open it."
        ),
    )

    def values(self) -> dict[str, Any]:
        return {name: value for name, value in super().values().items() if name != "attached"}

    def act(self) -> None:
        super().act()
        actions.attach(self.row, self.cleaned_data["attached"], by=self.by, now=self.now)

    def done(self) -> bool:
        """A browser does not send a file a second time by itself: what else went wrong, the file goes missing."""
        done = super().done()
        if not done and self.is_bound and self.files and "attached" not in self.errors:
            self.add_error("attached", gettext("Choose the file again: it was not kept."))
        return done


class TrainingForm(WithFile):
    kind = forms.ChoiceField(
        label=_("What it was"),
        choices=Training.Kind.choices,
        widget=forms.RadioSelect,
        initial=Training.Kind.SUPERVISOR,
    )
    programme = forms.CharField(label=_("Programme or degree"), max_length=LINE)
    provider = forms.CharField(label=_("Provider"), max_length=LINE)
    points = DecimalField(
        label=_("Study points"), required=False, least=1, most=MOST_POINTS, places=1,
        widget=forms.TextInput(attrs=SHORT), help_text=_("STOry recommends 60 for the training of a supervisor."),
    )  # fmt: skip
    finished = YearField(label=_("Year finished"), required=False, help_text=_("Empty while it goes on."))
    verified_by = forms.CharField(
        label=_("Certificate seen by"), max_length=LINE, required=False,
        help_text=_("Who has looked at the certificate: a practice, a client, an association."),
    )  # fmt: skip
    verified_on = DayField(label=_("Seen on"), required=False, widget=forms.TextInput(attrs=SHORT))

    field_order = ("kind", "programme", "provider", "points", "finished", "verified_by", "verified_on", "attached")
    past = ("verified_on",)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("verified_on") and not values.get("verified_by") and "verified_by" not in self.errors:
            self.add_error("verified_by", gettext("Say who has seen it, or leave the day empty."))
        return values


class StandingForm(RowForm[Standing]):
    kind = forms.ChoiceField(
        label=_("Kind of membership"), choices=Standing.Kind.choices, widget=forms.RadioSelect,
        help_text=_("Only full and senior members may use the title Työnohjaaja STOry."),
    )  # fmt: skip
    since = DayField(label=_("Since"), widget=forms.TextInput(attrs=SHORT))
    until = DayField(
        label=_("Until"), required=False, widget=forms.TextInput(attrs=SHORT), help_text=_("Empty while it goes on.")
    )

    past = ("since",)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        since, until = values.get("since"), values.get("until")
        if since and until and until < since:
            self.add_error("until", gettext("A membership cannot end before it begins."))
        return values


class ExperienceForm(RowForm[Experience]):
    sector = forms.ChoiceField(label=_("Sector"), choices=Sector.choices)
    what = forms.CharField(
        label=_("What you did"), max_length=LINE, required=False, help_text=_("For example: head of a day-care centre")
    )
    first = YearField(label=_("First year"))
    last = YearField(label=_("Last year"), required=False, help_text=_("Empty while it goes on."))

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("first") and values.get("last") and values["last"] < values["first"]:
            self.add_error("last", gettext("The last year cannot be before the first."))
        if values.get("first") and values["first"] > self.today.year:
            self.add_error("first", gettext("This year has not begun yet."))
        if values.get("sector") == Sector.OTHER and not values.get("what") and "what" not in self.errors:
            self.add_error("what", gettext("Say which sector it was."))
        return values


class SpokenForm(RowForm[Spoken]):
    language = forms.ChoiceField(label=_("Language of supervision"), choices=Spoken.Which.choices)
    name = forms.CharField(
        label=_("Which other language"), max_length=40, required=False, help_text=_("Only if it is not in the list.")
    )
    level = forms.ChoiceField(label=_("How well"), choices=Spoken.Level.choices, widget=forms.RadioSelect)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("language") == Spoken.Which.OTHER:
            if not values.get("name") and "name" not in self.errors:
                self.add_error("name", gettext("Say which language it is."))
        elif values.get("name"):
            self.add_error("name", gettext("Choose “another language” in the list, or leave this empty."))
        return values


class GuidelineForm(RowForm[Guideline]):
    title = forms.CharField(label=_("Name of the guidelines"), max_length=LINE)
    dated = DayField(label=_("Date of this version"), widget=forms.TextInput(attrs=SHORT))
    link = forms.URLField(
        label=_("Where they can be read"), max_length=300, required=False, assume_scheme="https",
        help_text=_("For example https://…"),
    )  # fmt: skip

    past = ("dated",)


class LogForm(WithFile):
    kind = forms.ChoiceField(label=_("What it was"), choices=Kind.choices, widget=forms.RadioSelect)
    branch = forms.ChoiceField(
        label=_("Branch"), required=False, choices=[("", "–"), *LogEntry.Branch.choices],
        help_text=_("Of continuing education only."),
    )  # fmt: skip
    day = DayField(label=_("Day"), widget=forms.TextInput(attrs=SHORT))
    minutes = MinutesField(
        label=_("Length"), most=MOST_MINUTES, widget=forms.TextInput(attrs=SHORT),
        help_text=_("In minutes, or for example 1,5 h or 6 x 45 min"),
    )  # fmt: skip
    unit = forms.TypedChoiceField(
        label=_("Counted in"), choices=Unit.choices, coerce=int, widget=forms.RadioSelect, initial=int(Unit.HOUR)
    )
    title = forms.CharField(
        label=_("Title"), max_length=LINE, help_text=_("A subject or a method; no case and nobody you supervise.")
    )
    whom = forms.CharField(label=_("With whom, or who arranged it"), max_length=LINE, required=False)
    note = Prose(
        label=_("Note"), required=False, max_length=actions.LONGEST_NOTE,
        widget=forms.Textarea(attrs={"rows": "4", "data-who": "author"}),
        help_text=_("What you take with you. Encrypted; do not write about cases or people all the same."),
    )  # fmt: skip

    #: A note that cannot be opened is not written over with nothing.
    unopenable = False

    field_order = ("kind", "branch", "day", "minutes", "unit", "title", "whom", "note", "attached")
    past = ("day",)

    def as_it_is(self) -> dict[str, Any]:
        entry: LogEntry = self.row
        note = actions.note_of(entry, Content([entry.owner_id]))
        self.unopenable = note is None
        return {**super().as_it_is(), "note": note or ""}

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("branch") and values.get("kind") not in (None, Kind.EDUCATION):
            self.add_error("branch", gettext("A branch is chosen of continuing education only."))
        return values

    def act(self) -> None:
        values = self.values()
        note = values.pop("note")
        if self.unopenable and not note:
            note = None
        actions.keep_entry(self.row, values, note, by=self.by, now=self.now)
        actions.attach(self.row, self.cleaned_data["attached"], by=self.by, now=self.now)


class ReminderForm(FieldsForm):
    """How often own supervision is enough, or that nobody is to ask."""

    toto_least = forms.TypedChoiceField(
        label=_("Remind me when I have had less own supervision (ToTo) than"), coerce=int,
        help_text=_("Counted over half a year, from processes kept here and your log. What is planned counts too."),
    )  # fmt: skip

    def __init__(self, data: QueryDict | None = None, *, choice: Choice, by: User) -> None:
        self.by = by
        super().__init__(data, initial={"toto_least": choice.toto_least})
        numbers = cast(forms.TypedChoiceField, self.fields["toto_least"])
        numbers.choices = [(0, _("Never remind me")), *((number, number_words(number)) for number in NUMBERS)]
        if choice.toto_least not in (0, *NUMBERS):
            numbers.choices = [*numbers.choices, (choice.toto_least, number_words(choice.toto_least))]

    def act(self) -> None:
        actions.choose(self.by, toto_least=self.cleaned_data["toto_least"])


NUMBERS: Final = (1, 2, 3, 4, 6, 12, MOST)


def number_words(number: int) -> str:
    words = ngettext("%(number)d session in half a year", "%(number)d sessions in half a year", number)
    return words % {"number": number}


class SummaryForm(FieldsForm):
    """What stands in the professional summary, and its language."""

    parts = forms.MultipleChoiceField(
        label=_("What is in it"), choices=Part.choices, widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one.")},
    )  # fmt: skip
    language = forms.ChoiceField(label=_("Language"), choices=Language.choices, widget=forms.RadioSelect)

    def __init__(self, data: QueryDict | None = None, *, choice: Choice, by: User) -> None:
        self.by = by
        super().__init__(data, initial={"parts": choice.parts, "language": by.language})

    def act(self) -> None:
        actions.choose(self.by, parts=[part for part in Part.values if part in self.cleaned_data["parts"]])
