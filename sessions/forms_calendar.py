"""What the calendar asks: for a day, for a time to judge, for working time."""

from collections.abc import Mapping
from datetime import date, time
from typing import Any, Final, NamedTuple

from django import forms
from django.core.exceptions import ValidationError
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from engagements.models.terms import Mode
from formats import Unreadable
from formats.clock import moment_at
from formats.days import write_weekday
from formats.fields import ClockField, DayField, MinutesField
from sessions.actions import end_of
from sessions.calendar import FIRST_DAY, LAST_DAY
from sessions.forms import WhenForm
from sessions.marks import Mark, marks_of
from sessions.models.working_time import DAY_MINUTES, MOST_TRAVEL
from sessions.working_time import Span, Working, set_working_time, working_of

PARTS: Final = (1, 2)
EDGES: Final = ("from", "to")


class JumpForm(forms.Form):
    """The day that somebody wants to see."""

    day = DayField(label=_("Go to a day"), first=FIRST_DAY, last=LAST_DAY, required=False, help_text="")

    def __init__(self, data: Any = None, *, today: date) -> None:
        super().__init__(data, initial={"day": today})
        self.today = today

    def chosen(self) -> date:
        """Return the day that was asked for, or today."""
        return (self.is_valid() and self.cleaned_data["day"]) or self.today


class AskedTimeForm(forms.Form):
    """The time of an empty place in the calendar, carried on to where a session is booked."""

    day = DayField(first=FIRST_DAY, last=LAST_DAY, required=False)
    clock = ClockField(required=False)


def asked_time(query: Mapping[str, Any]) -> dict[str, date | time]:
    """Return `day` and `clock` of a query string, as far as they can be read."""
    form = AskedTimeForm(query)
    form.is_valid()
    return {name: value for name, value in form.cleaned_data.items() if value is not None}


def query_of_time(asked: Mapping[str, date | time]) -> str:
    """Return the query string that carries `asked` on: `?day=2027-01-13&clock=09:00`, or nothing."""
    return f"?{urlencode({name: value.isoformat() for name, value in asked.items()})}" if asked else ""


class SpanForm(forms.Form):
    """A time, how and where: what a form of booking or moving holds while it is being written."""

    day = DayField(first=FIRST_DAY, last=LAST_DAY)
    clock = ClockField()
    minutes = MinutesField(most=600)
    mode = forms.ChoiceField(choices=Mode.choices)
    place = forms.CharField(max_length=160, required=False)
    moving = forms.UUIDField(required=False)
    engagement = forms.UUIDField(required=False)

    def marks(self, user: User) -> list[Mark]:
        """Return what is to be known of the time, nothing before it is whole."""
        if not self.is_valid():
            return []
        asked = self.cleaned_data
        try:
            starts_at = moment_at(asked["day"], asked["clock"])
        except Unreadable:
            return []
        times = [(starts_at, end_of(starts_at, asked["minutes"]))]
        moving = [asked["moving"]] if asked["moving"] else []
        how = {"mode": asked["mode"], "place": asked["place"], "engagement": asked["engagement"]}
        return marks_of(times, supervisor=user, ignoring=moving, **how)[0]


def marks_beside(form: WhenForm, user: User) -> list[Mark]:
    """Return the marks of a form of booking or moving as it stands: first with what is suggested, then as typed."""
    values = {name: form[name].value() for name in ("day", "clock", "minutes", "mode", "place")}
    return SpanForm(values | {"moving": form.session.pk, "engagement": form.session.engagement_id}).marks(user)


class TravelField(MinutesField):
    """Minutes on the way; nothing and 0 are the same."""

    def read(self, text: object) -> int:
        return 0 if str(text).strip() == "0" else super().read(text)


class Row(NamedTuple):
    """The fields of one weekday: from and to, twice."""

    name: str
    spans: list[tuple[forms.BoundField, forms.BoundField]]


class WorkingTimeForm(forms.Form):
    """From and to, twice for each weekday, any of them empty; and the way between two places."""

    travel = TravelField(
        label=_("Time to travel"), most=MOST_TRAVEL, required=False,
        help_text=_("At most 240 minutes. Wanted before and after a session in a room when the next is elsewhere."),
    )  # fmt: skip

    def __init__(self, data: Any = None, *, user: User) -> None:
        self.user = user
        super().__init__(data)
        working = working_of(user)
        self.fields["travel"].widget.attrs["data-width"] = "s"
        self.initial = {"travel": working.travel or None}
        self.spans: dict[int, list[Span]] = {}
        for weekday in range(7):
            spans = [*working.spans.get(weekday, ()), (None, None), (None, None)]
            for part in PARTS:
                for edge, name, minutes in zip(EDGES, names_of(weekday, part), spans[part - 1], strict=True):
                    self.fields[name] = ClockField(label=label_of(edge, weekday, part), required=False, help_text="")
                    self.initial[name] = clock_of(minutes)

    def rows(self) -> list[Row]:
        def span(weekday: int, part: int) -> tuple[forms.BoundField, forms.BoundField]:
            begins, ends = names_of(weekday, part)
            return self[begins], self[ends]

        return [Row(write_weekday(day), [span(day, part) for part in PARTS]) for day in range(7)]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for weekday in range(7):
            for part in PARTS:
                self.add_span(weekday, *names_of(weekday, part))
        return cleaned

    def add_span(self, weekday: int, begins_name: str, ends_name: str) -> None:
        """Take one span, or say beside its fields why it does not do."""
        begins, ends = self.cleaned_data.get(begins_name), self.cleaned_data.get(ends_name)
        if begins_name in self.errors or ends_name in self.errors or begins is ends is None:
            return
        if begins is None:
            self.add_error(begins_name, ValidationError(_("Say also when it begins."), code="half"))
        elif ends is None:
            self.add_error(ends_name, ValidationError(_("Say also when it ends."), code="half"))
        elif (last := minutes_at(ends) or DAY_MINUTES) <= (first := minutes_at(begins)):
            self.add_error(ends_name, ValidationError(_("The end is not after the start."), code="order"))
        elif any(first < other[1] and other[0] < last for other in self.spans.get(weekday, [])):
            self.add_error(begins_name, ValidationError(_("This overlaps the other time of that day."), code="overlap"))
        else:
            self.spans.setdefault(weekday, []).append((first, last))

    def save(self) -> None:
        set_working_time(self.user, Working(self.spans, self.cleaned_data["travel"] or 0))


def names_of(weekday: int, part: int) -> tuple[str, str]:
    """Return the names of the two fields of a span."""
    return f"from-{weekday}-{part}", f"to-{weekday}-{part}"


def label_of(edge: str, weekday: int, part: int) -> str:
    """Return what a screen reader says of one of the many fields."""
    names = {
        ("from", 1): _("%(weekday)s, from"),
        ("to", 1): _("%(weekday)s, to"),
        ("from", 2): _("%(weekday)s, and again from"),
        ("to", 2): _("%(weekday)s, and again to"),
    }
    return str(names[edge, part]) % {"weekday": write_weekday(weekday)}


def clock_of(minutes: int | None) -> time | None:
    """Return the time on the wall; the end of the day is written 0.00."""
    return None if minutes is None else time(*divmod(minutes % DAY_MINUTES, 60))


def minutes_at(clock: time) -> int:
    return clock.hour * 60 + clock.minute
