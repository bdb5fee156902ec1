"""The forms of a series: its rule, its dates, and the changes of several of its sessions, a row for each."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import cached_property
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from engagements.forms.how import whole
from engagements.forms.rows import Row, Rows, rows_of
from engagements.models import Contract, Engagement
from engagements.models.contract import Rhythm, Weekday
from engagements.progress import Progress
from formats import Unreadable
from formats.clock import HELSINKI, moment_at, write_clock, write_minutes, write_moment
from formats.days import write_day, write_day_short, write_week, write_weekday
from formats.fields import ClockField, DayField, MinutesField
from sessions import actions
from sessions.forms import CancelForm, PlaceForm, next_time
from sessions.marks import Mark, marks_of
from sessions.models import Session
from sessions.series.actions import (
    Cancellation,
    Move,
    RowsRefused,
    Seen,
    Span,
    book_series,
    cancel_several,
    move_several,
    refusals,
    relocate_several,
)
from sessions.series.rule import MOST, Rule

ROWS: Final = "rows"


class RuleForm(forms.Form):
    """Every how many weeks or months, on which weekday, when and how many times; the contract's answers are preset."""

    use_required_attribute = False

    every = whole(_("Every how many"), 1, 26, required=True)
    unit = forms.ChoiceField(
        label=_("Weeks or months"), choices=[(Rhythm.WEEKS, _("weeks")), (Rhythm.MONTHS, _("months"))]
    )
    weekday = forms.TypedChoiceField(label=_("Weekday"), coerce=int, choices=[("", "–"), *Weekday.choices])
    clock = ClockField(label=_("Starts at"))
    minutes = MinutesField(label=_("Length"), most=600, help_text=_("For example 90 or 1,5 h"))
    count = whole(_("How many sessions"), 1, MOST, required=True)
    starting = DayField(
        label=_("Starting from"), help_text=_("The first one is on this day or on the weekday that follows it.")
    )

    def __init__(
        self, data: Any = None, *, engagement: Engagement, terms: Contract | None, progress: Progress, now: datetime
    ) -> None:
        today = now.astimezone(HELSINKI).date()
        super().__init__(data, initial=preset(engagement, terms, progress, now) if terms else {})
        self.initial.setdefault("starting", max(today + timedelta(days=1), engagement.starts_on or today))
        for name in ("clock", "minutes", "starting", "weekday", "unit"):
            self.fields[name].widget.attrs["data-width"] = "s"

    def clean_minutes(self) -> int:
        minutes: int = self.cleaned_data["minutes"]
        if minutes < 10:
            raise ValidationError(_("A session lasts from 10 to 600 minutes."))
        return minutes

    def rule(self) -> Rule:
        return Rule(**self.cleaned_data)


def preset(engagement: Engagement, terms: Contract, progress: Progress, now: datetime) -> dict[str, Any]:
    """Return what the contract and the sessions so far say of the rhythm; what is left of the agreed number."""
    next_one = next_time(engagement, terms, now=now)
    day: date | None = next_one.get("day")
    rhythmical = terms.rhythm in (Rhythm.WEEKS, Rhythm.MONTHS)
    answers = {
        "every": terms.rhythm_every if rhythmical else None,
        "unit": terms.rhythm if rhythmical else Rhythm.WEEKS,
        "weekday": terms.weekday or (day.isoweekday() if day else None),
        "clock": next_one["clock"],
        "minutes": terms.minutes,
        "count": min(progress.left, MOST) if progress.left else None,
        "starting": day,
    }
    return {name: answer for name, answer in answers.items() if answer is not None}


# --- rows -----------------------------------------------------------------------------------------------------------


class TimeRow(Row):
    """A day and a clock, which may be left out. What is known of the time stands beside it after `Times.judge`."""

    key = "day"
    day = DayField(label=_("Day"), required=False)
    clock = ClockField(label=_("Starts at"), required=False)
    skip = forms.BooleanField(label=_("Leave out"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.marks: list[Mark] = []
        self.session: Session | None = None
        for name in ("day", "clock"):
            self.fields[name].help_text = ""
            self.fields[name].widget.attrs["aria-describedby"] = self.said_id

    @property
    def said_id(self) -> str:
        return f"id_{self.prefix}-said"

    def full_clean(self) -> None:
        """Of a row that is left out, nothing can be wrong."""
        super().full_clean()
        if self.is_bound and self.cleaned_data.get("skip"):
            self.errors.clear()

    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        day, clock = cleaned.get("day"), cleaned.get("clock")
        if day and clock:
            try:
                cleaned["starts_at"] = moment_at(day, clock)
            except Unreadable as error:
                self.add_error("clock", ValidationError(str(error), code=error.code))
        elif (day or clock) and not self.errors:
            self.add_error("clock" if day else "day", _("Write a time.") if day else _("Write a day."))
        return cleaned

    @property
    def counts(self) -> bool:
        """Whether a session is to be at the row's time: it is read, and neither blank nor left out."""
        return not self.cleaned_data.get("skip") and "starts_at" in self.cleaned_data

    @property
    def heading(self) -> str:
        """The time as it is understood: `ke 13.1.2027 klo 9.00`, or the day alone."""
        cleaned = getattr(self, "cleaned_data", {})  # the blank row that stands ready has none
        if "starts_at" in cleaned:
            return write_moment(cleaned["starts_at"])
        return write_day_short(cleaned["day"]) if cleaned.get("day") else ""

    @property
    def weekday(self) -> str:
        """Weekday and week of the day as it is understood: `ke, vk 2`."""
        day = getattr(self, "cleaned_data", {}).get("day")
        return f"{write_weekday(day.weekday(), short=True)}, {write_week(day)}" if day else ""

    @property
    def sentences(self) -> list[str]:
        return [str(sentence) for errors in self.errors.values() for sentence in errors]


class SessionRow(Row):
    """One planned session as it was seen. `session` is set by `Several`."""

    key = "pk"
    pk = forms.UUIDField(widget=forms.HiddenInput)
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    skip = forms.BooleanField(label=_("Leave as it is"), required=False)
    session: Session

    @property
    def sentences(self) -> list[str]:
        return [str(sentence) for errors in self.errors.values() for sentence in errors]

    @property
    def seen(self) -> dict[str, Any]:
        return {"session": self.session.pk, "version": self.cleaned_data["version"]}


class MoveRow(TimeRow):
    key = "pk"
    pk = forms.UUIDField(widget=forms.HiddenInput)
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    skip = forms.BooleanField(label=_("Leave as it is"), required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not cleaned.get("day") and not cleaned.get("clock") and not self.errors:
            self.add_error("day", _("Write a day and a time, or leave the session as it is."))
        return cleaned


class CancelRow(SessionRow):
    late = forms.BooleanField(label=_("Counts as cancelled late"), required=False)

    consequence: actions.Cancelling


def sent_rows(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return `rows` as a page would send them, so that what is first shown is read as what is sent."""
    data = {f"{ROWS}-{place}-{name}": value for place, row in enumerate(rows) for name, value in row.items()}
    return data | {f"{ROWS}-TOTAL_FORMS": str(len(rows)), f"{ROWS}-INITIAL_FORMS": "0"}


def with_one_more(data: Any) -> Any:
    """Return what was sent, with a blank row more."""
    more = data.copy()
    number = data.get(f"{ROWS}-TOTAL_FORMS", "")
    more[f"{ROWS}-TOTAL_FORMS"] = str(min(int(number) + 1, MOST)) if number.isdigit() and len(number) < 4 else "1"
    return more


TimeRows = rows_of(TimeRow, most=MOST)
MoveRows = rows_of(MoveRow, most=MOST)
SessionRows = rows_of(SessionRow, most=MOST)
CancelRows = rows_of(CancelRow, most=MOST)


class Times:
    """Rows of times, and what is known of each: its marks, and as errors what forbids it."""

    rows: Any
    engagement: Engagement
    user: User
    now: datetime

    @cached_property
    def kept(self) -> list[Any]:
        return [row for row in self.rows if row.counts]

    def judge(self, minutes: Callable[[Any], int], *, mode: str, place: str) -> None:
        """Put beside each time what is known of it, and as an error what forbids it. A constant number of queries."""
        self.rows.is_valid()
        spans: list[Span] = [
            (row.cleaned_data["starts_at"], actions.end_of(row.cleaned_data["starts_at"], minutes(row)))
            for row in self.kept
        ]
        leaving = [row.session.pk for row in self.kept if row.session]
        against = refusals(self.engagement, spans, by=self.user, now=self.now, ignoring=leaving)
        marks = marks_of(spans, supervisor=self.user, mode=mode, place=place, ignoring=leaving)
        for row, (starts_at, _ends_at), sentences, known in zip(self.kept, spans, against, marks, strict=True):
            past = [Mark("past", gettext("This time is past"))] if starts_at <= self.now else []
            row.marks = [*past, *known]
            if sentences:
                row.add_error("clock", sentences)

    def refused(self, error: ValidationError) -> list[str]:
        """Put the sentences of a refusal beside their rows; return those that belong to none."""
        if not isinstance(error, RowsRefused):
            return list(error.messages)
        for place, sentences in error.rows.items():
            self.kept[place].add_error("clock", list(sentences))
        return []

    @property
    def errors(self) -> list[tuple[str, str, str]]:
        """Every error of a row: the id of its field, the time it stands at, the sentence."""
        return [
            (row[name].id_for_label, row.heading or gettext("Row %(number)d") % {"number": number}, str(sentence))
            for number, row in enumerate(self.rows, 1)
            for name, sentences in row.errors.items()
            for sentence in sentences
        ]

    @property
    def wrong(self) -> int:
        return sum(1 for row in self.rows if row.errors)

    @property
    def summary(self) -> str:
        """How many times there are, and what is to be known of them."""
        number, wrong = len(self.kept), self.wrong
        marked = sum(1 for row in self.kept if row.marks)
        parts = [ngettext("%(number)d date", "%(number)d dates", number) % {"number": number}]
        if wrong:
            parts.append(gettext("not possible: %(number)d") % {"number": wrong})
        if marked:
            parts.append(gettext("to notice: %(number)d") % {"number": marked})
        return ", ".join(parts)


class Dates(Times):
    """The dates of a series to be booked, as the rule gives them and as they were edited, and where they are held."""

    def __init__(
        self, data: Any, *, engagement: Engagement, rule: Rule, terms: Contract | None, user: User, now: datetime
    ) -> None:
        self.engagement, self.rule, self.user, self.now = engagement, rule, user, now
        draft = Session(engagement=engagement, starts_at=now)
        if terms is not None:
            draft.mode, draft.place, draft.link = terms.mode, terms.place, terms.link
        self.where = PlaceForm(data, session=draft, user=user, now=now)
        clock = write_clock(rule.clock, bare=True)
        by_rule = sent_rows([{"day": write_day(day), "clock": clock} for day in rule.days()])
        self.rows = TimeRows(by_rule if data is None else data, prefix=ROWS)
        self.others: list[str] = []
        # What is not said properly yet is taken to be as the contract has it.
        met = self.where.cleaned_data if self.where.is_bound and not self.where.errors else {}
        mode, place = met.get("mode", draft.mode), met.get("place", draft.place)
        self.judge(lambda _row: rule.minutes, mode=mode, place=place)

    def done(self) -> list[Session] | None:
        """Book them when everything is in order; else say what is not."""
        if not self.where.is_valid() or not self.rows.is_valid():
            self.others = list(self.rows.non_form_errors())
            return None
        times = [row.cleaned_data["starts_at"] for row in self.kept]
        try:
            return book_series(self.engagement, self.rule, times, **self.where.where(), by=self.user, now=self.now)
        except ValidationError as error:
            self.others = self.refused(error)
            return None


# --- changes of several ---------------------------------------------------------------------------------------------


class ShiftForm(forms.Form):
    """By how much several sessions move: said for one of them, the others move along."""

    use_required_attribute = False

    day = DayField(label=_("Day"))
    clock = ClockField(label=_("Starts at"))
    minutes = MinutesField(label=_("Length"), most=600, help_text=_("For example 90 or 1,5 h"))

    def __init__(self, data: Any = None, *, session: Session) -> None:
        self.session = session
        local = session.starts_at.astimezone(HELSINKI)
        self.was = {"day": local.date(), "clock": local.time(), "minutes": session.minutes}
        super().__init__(data, initial=self.was)
        for field in self.fields.values():
            field.widget.attrs["data-width"] = "s"

    def clean_minutes(self) -> int:
        minutes: int = self.cleaned_data["minutes"]
        if minutes < 10:
            raise ValidationError(_("A session lasts from 10 to 600 minutes."))
        return minutes

    @property
    def days(self) -> int:
        """By how many days of the calendar they move."""
        return int((self.cleaned_data["day"] - self.was["day"]).days)

    @property
    def new_clock(self) -> bool:
        return bool(self.cleaned_data["clock"] != self.was["clock"])

    def row_of(self, session: Session) -> dict[str, Any]:
        """Return where `session` goes: as many days on, by the new clock, or by its own when that stays."""
        local = session.starts_at.astimezone(HELSINKI)
        clock = self.cleaned_data["clock"] if self.new_clock else local.time()
        day = local.date() + timedelta(days=self.days)
        return {
            "pk": str(session.pk),
            "version": str(session.sequence),
            "day": write_day(day),
            "clock": write_clock(clock, bare=True),
        }

    def minutes_of(self, session: Session) -> int:
        minutes: int = self.cleaned_data["minutes"]
        return minutes if minutes != self.was["minutes"] else session.minutes

    @property
    def in_words(self) -> list[str]:
        """What happens to all of them, in sentences."""
        words = []
        if self.days:
            later, earlier = (
                ngettext("Each moves %(days)d day later.", "Each moves %(days)d days later.", self.days),
                ngettext("Each moves %(days)d day earlier.", "Each moves %(days)d days earlier.", -self.days),
            )
            words.append((later if self.days > 0 else earlier) % {"days": abs(self.days)})
        if self.new_clock:
            words.append(
                gettext("Each begins at %(clock)s.") % {"clock": write_clock(self.cleaned_data["clock"], bare=True)}
            )
        elif self.days:
            words.append(gettext("Each keeps its own time of day, also across daylight saving."))
        if self.cleaned_data["minutes"] != self.was["minutes"]:
            words.append(gettext("Each lasts %(minutes)s.") % {"minutes": write_minutes(self.cleaned_data["minutes"])})
        return words


class Several:
    """Rows of planned sessions of one series, as they were seen."""

    rows: Any
    others: list[str]

    def attach(self, sessions: Sequence[Session]) -> None:
        """Give each row its session; whatever is on the list and not among `sessions` any more is said."""
        known = {session.pk: session for session in sessions}
        self.rows.is_valid()
        rows = [row for row in self.rows if row.cleaned_data.get("pk") in known]
        keys = [row.cleaned_data["pk"] for row in rows]
        self.others = list(self.rows.non_form_errors())
        if len(rows) < len(self.rows.forms) or len(set(keys)) < len(keys):
            self.others.append(gettext("A session of this list has changed meanwhile. Look at the list again."))
        for row, key in zip(rows, keys, strict=True):
            row.session = known[key]
        self.rows.forms[:] = rows


class Moves(Times, Several):
    """Several sessions with the time to which each moves: reckoned from `shift`, or as it was edited."""

    def __init__(self, data: Any, *, shift: ShiftForm, sessions: Sequence[Session], user: User, now: datetime) -> None:
        self.shift, self.user, self.now = shift, user, now
        self.engagement = shift.session.engagement
        reckoned = sent_rows([shift.row_of(session) for session in sessions])
        self.rows = MoveRows(reckoned if data is None else data, prefix=ROWS)
        self.attach(sessions)
        first = shift.session
        self.judge(lambda row: shift.minutes_of(row.session), mode=first.mode, place=first.place)

    def done(self) -> list[Session] | None:
        if self.others or not self.rows.is_valid():
            return None
        moves = [
            Move(
                row.session.pk, row.cleaned_data["version"], row.cleaned_data["starts_at"],
                self.shift.minutes_of(row.session),
            )
            for row in self.kept
        ]  # fmt: skip
        try:
            return move_several(moves, by=self.user, now=self.now)
        except ValidationError as error:
            self.others = self.refused(error)
            return None


class Picked(Several):
    """Several sessions, each of which may be left as it is, and a form that says what becomes of the others."""

    form: Any

    def __init__(self, data: Any, sessions: Sequence[Session], rows: type[Rows] = SessionRows) -> None:
        shown = sent_rows([self.row_of(session) for session in sessions])
        self.rows = rows(shown if data is None else data, prefix=ROWS)
        self.attach(sessions)

    def row_of(self, session: Session) -> dict[str, Any]:
        return {"pk": str(session.pk), "version": str(session.sequence)}

    @cached_property
    def kept(self) -> list[Any]:
        return [row for row in self.rows if not row.cleaned_data.get("skip")]

    def verb(self) -> list[Session]:
        raise NotImplementedError

    def done(self) -> list[Session] | None:
        if not self.form.is_valid() or self.others or not self.rows.is_valid():
            return None
        try:
            return self.verb()
        except RowsRefused as error:
            for place, sentences in error.rows.items():
                self.kept[place].add_error(None, list(sentences))
        except ValidationError as error:
            self.others = list(error.messages)
        return None


class Places(Picked):
    def __init__(self, data: Any, *, session: Session, sessions: Sequence[Session], user: User, now: datetime) -> None:
        self.user, self.now = user, now
        self.form = PlaceForm(data, session=session, user=user, now=now)
        super().__init__(data, sessions)

    def verb(self) -> list[Session]:
        seen = [Seen(**row.seen) for row in self.kept]
        return relocate_several(seen, **self.form.where(), by=self.user, now=self.now)


class SeveralCancelForm(forms.Form):
    """Who cancels and why; whether it is late is asked for each session."""

    use_required_attribute = False
    who = CancelForm.base_fields["who"]
    reason = CancelForm.base_fields["reason"]


class Cancellations(Picked):
    """Several sessions to be cancelled, each with what the contract says of it now."""

    def __init__(self, data: Any, *, sessions: Sequence[Session], user: User, now: datetime) -> None:
        self.user, self.now = user, now
        self.form = SeveralCancelForm(data)
        self.consequences = self.by_contract(sessions, now)
        super().__init__(data, sessions, CancelRows)
        for row in self.rows:
            row.consequence = self.consequences[row.session.pk]
            if not row.consequence.late:
                del row.fields["late"]

    def by_contract(self, sessions: Sequence[Session], now: datetime) -> dict[UUID, actions.Cancelling]:
        terms = actions.terms_of(sessions[0].engagement) if sessions else None
        return {session.pk: actions.cancelling_by(terms, session, now=now) for session in sessions}

    def row_of(self, session: Session) -> dict[str, Any]:
        late = self.consequences[session.pk].late
        return super().row_of(session) | ({"late": "on"} if late else {})

    @property
    def any_late(self) -> bool:
        return any(row.consequence.late for row in self.rows)

    def verb(self) -> list[Session]:
        others = self.form.cleaned_data["who"] == CancelForm.Who.OTHERS
        cancelled = [
            Cancellation(**row.seen, late=others and row.consequence.late and row.cleaned_data.get("late", False))
            for row in self.kept
        ]
        return cancel_several(cancelled, reason=self.form.cleaned_data["reason"], by=self.user, now=self.now)
