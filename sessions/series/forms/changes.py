"""Moving, placing and cancelling several sessions of a series, a row for each."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import cached_property
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from engagements.forms.rows import Rows
from formats.clock import HELSINKI, write_clock, write_minutes
from formats.days import write_day
from formats.fields import ClockField, DayField, MinutesField
from sessions import actions
from sessions.forms import CancelForm, PlaceForm
from sessions.models import Session
from sessions.series.actions import (
    Cancellation,
    Move,
    RowsRefused,
    Seen,
    cancel_several,
    move_several,
    relocate_several,
)
from sessions.series.forms.rows import (
    ROWS,
    CancelRows,
    MoveRows,
    SessionRows,
    Times,
    sent_rows,
)


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
