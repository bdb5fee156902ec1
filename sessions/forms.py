from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from dateutil.relativedelta import relativedelta
from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from engagements.models import Contract, Engagement, Participation
from engagements.models.terms import Mode, Rhythm
from formats import Unreadable
from formats.clock import HELSINKI, moment_at
from formats.fields import ClockField, DayField, MinutesField
from sessions import actions, coming, own
from sessions.community import actions as community
from sessions.community.forms import AmongMixin
from sessions.models import Attendance, Session, SessionState
from sessions.models.session import TAKING_TIME

#: Under which field a sentence of the actions is shown.
FIELD_OF = {"starts_at": "clock"}


class ActionForm(forms.Form):
    """A form whose `done` runs a verb; what the verb refuses is shown as errors of the form."""

    def run(self, verb: Callable[[], Session]) -> Session | None:
        """Return what `verb` returns, or None after adding the reasons why it refused."""
        try:
            return verb()
        except ValidationError as error:
            for field, errors in by_field(error).items():
                name = FIELD_OF.get(field, field)
                self.add_error(name if name in self.fields else None, errors)
            return None


def by_field(error: ValidationError) -> Mapping[str, list[ValidationError]]:
    return error.error_dict if hasattr(error, "error_dict") else {NON_FIELD_ERRORS: error.error_list}


class PlaceForm(ActionForm):
    """How and where a session is met."""

    mode = forms.ChoiceField(label=_("How we meet"), choices=Mode.choices, widget=forms.RadioSelect)
    place = forms.CharField(
        label=_("Place"), max_length=160, help_text=_("An address, and where to go once there."),
        error_messages={"required": _("Say where you meet.")},
    )  # fmt: skip
    link = forms.URLField(
        label=_("Link to the remote meeting"), max_length=400, required=False, assume_scheme="https",
        help_text=_("Seen by the supervisees, never by the client."),
    )  # fmt: skip

    def __init__(self, data: Any = None, *, session: Session, user: User, now: datetime) -> None:
        self.session, self.user, self.now = session, user, now
        super().__init__(data, initial={"mode": session.mode, "place": session.place, "link": session.link})
        mode = session.mode if data is None else data.get("mode")
        self.fields["place"].required = mode in (Mode.IN_PERSON, Mode.MIXED)

    def clean_link(self) -> str:
        link: str = self.cleaned_data["link"]
        if link and not link.startswith(("https://", "http://")):
            raise ValidationError(_("Write a link that begins with https://."), code="scheme")
        return link

    def where(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in ("mode", "place", "link")}

    def done(self) -> Session | None:
        return self.run(lambda: actions.change_place(self.session, **self.where(), by=self.user, now=self.now))


class WhenForm(PlaceForm):
    """When a session is met, and where, by the clock of Helsinki; of an hour that comes twice, the first is meant."""

    day = DayField(label=_("Day"))
    clock = ClockField(label=_("Starts at"))
    minutes = MinutesField(label=_("Length"), most=600, help_text=_("For example 90 or 1,5 h"))

    field_order = ["day", "clock", "minutes", "mode", "place", "link", "trial"]

    def __init__(self, data: Any = None, *, session: Session, user: User, now: datetime) -> None:
        super().__init__(data, session=session, user=user, now=now)
        for name in ("day", "clock", "minutes"):
            self.fields[name].widget.attrs["data-width"] = "s"
        self.clashes: list[actions.Clash] = []
        if session.ends_at:
            local = session.starts_at.astimezone(HELSINKI)
            self.initial.update({"day": local.date(), "clock": local.time(), "minutes": session.minutes})

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("day") and cleaned.get("clock"):
            try:
                cleaned["starts_at"] = moment_at(cleaned["day"], cleaned["clock"])
            except Unreadable as error:
                self.add_error("clock", ValidationError(str(error), code=error.code))
        return cleaned

    def when(self) -> dict[str, Any]:
        return {"starts_at": self.cleaned_data["starts_at"], "minutes": self.cleaned_data["minutes"]}

    def run(self, verb: Callable[[], Session]) -> Session | None:
        def keep_clashes() -> Session:
            try:
                return verb()
            except actions.Taken as taken:
                self.clashes = taken.clashes
                raise

        return super().run(keep_clashes)


class MoveForm(WhenForm):
    def done(self) -> Session | None:
        values = {**self.when(), **self.where()}
        return self.run(lambda: actions.move(self.session, **values, by=self.user, now=self.now))


class BookForm(WhenForm):
    """A new session. Length, place and the next time of the rhythm come from the contract, ready to be changed."""

    trial = forms.BooleanField(label=_("Trial session"), required=False)

    def __init__(self, data: Any = None, *, engagement: Engagement, user: User, now: datetime) -> None:
        terms = actions.terms_of(engagement)
        draft = Session(engagement=engagement, starts_at=now)
        if terms is not None:
            draft.mode, draft.place, draft.link = terms.mode, terms.place, terms.link
        super().__init__(data, session=draft, user=user, now=now)
        self.engagement = engagement
        if terms is not None:
            self.initial.update({"minutes": terms.minutes, **next_time(engagement, terms, now=now)})
        left = actions.trials_left(engagement)
        if not left:
            del self.fields["trial"]
        else:
            self.initial["trial"] = bool(actions.blockers_to_booking(engagement))

    def proposed_span(self) -> tuple[datetime, datetime] | None:
        """Return from when to when the proposed session is, None where the rhythm does not say."""
        day, clock, minutes = (self.initial.get(name) for name in ("day", "clock", "minutes"))
        if not (isinstance(day, date) and isinstance(clock, time) and minutes):
            return None
        try:
            starts_at = moment_at(day, clock)
        except Unreadable:
            return None
        return starts_at, actions.end_of(starts_at, minutes)

    def done(self) -> Session | None:
        values = {**self.when(), **self.where(), "trial": self.cleaned_data.get("trial", False)}
        return self.run(lambda: actions.book(self.engagement, **values, by=self.user, now=self.now))


def next_time(engagement: Engagement, terms: Contract, *, now: datetime) -> dict[str, Any]:
    """Return day and clock at which the contract's rhythm meets next, as far as it and the last session say."""
    last = engagement.sessions.filter(state__in=TAKING_TIME).order_by("-starts_at").first()
    suggested: dict[str, Any] = {"clock": terms.time}
    if last is None:
        return suggested
    local = last.starts_at.astimezone(HELSINKI)
    suggested["clock"] = terms.time or local.time()
    if not terms.rhythm_every:
        return suggested
    every = {
        Rhythm.WEEKS: relativedelta(weeks=terms.rhythm_every),
        Rhythm.MONTHS: relativedelta(months=terms.rhythm_every),
    }
    step = every.get(Rhythm(terms.rhythm))
    today = now.astimezone(HELSINKI).date()
    day: date = local.date()
    if step is None or today - day > timedelta(days=366):
        return suggested
    day += step
    while day < today:
        day += step
    return suggested | {"day": day}


class CancelForm(ActionForm):
    """Who cancels, whether it counts as late, and why. The contract's answer is preset."""

    class Who:
        OTHERS = "others"
        SUPERVISOR = "supervisor"

    who = forms.ChoiceField(
        label=_("Who cancels"),
        choices=[(Who.OTHERS, _("The supervisees or the client")), (Who.SUPERVISOR, _("The supervisor"))],
        initial=Who.OTHERS,
        widget=forms.RadioSelect,
    )
    late = forms.BooleanField(label=_("Counts as cancelled late"), required=False)
    reason = forms.CharField(
        label=_("Reason"), max_length=300, required=False,
        widget=forms.TextInput(attrs={"data-who": "participants"}),
        help_text=_("Short and without anything about anybody’s health."),
    )  # fmt: skip

    def __init__(self, data: Any = None, *, session: Session, user: User, now: datetime) -> None:
        self.session, self.user, self.now = session, user, now
        self.consequence = actions.cancelling(session, now=now)
        super().__init__(data, initial={"late": self.consequence.late})
        if not self.consequence.late:
            del self.fields["late"]

    def done(self) -> Session | None:
        others = self.cleaned_data["who"] == self.Who.OTHERS
        late = others and self.cleaned_data.get("late", False)
        reason = self.cleaned_data["reason"]
        return self.run(lambda: actions.cancel(self.session, reason=reason, late=late, by=self.user, now=self.now))


class OwnCancelForm(forms.Form):
    """Why a supervisee cancels, if they want to say it."""

    reason = forms.CharField(
        label=_("Reason"), max_length=300, required=False,
        widget=forms.TextInput(attrs={"data-who": "participants"}),
        help_text=_("Short and without anything about anybody’s health."),
    )  # fmt: skip

    def __init__(self, data: Any = None, *, session: Session, user: User, now: datetime) -> None:
        self.session, self.user, self.now = session, user, now
        self.consequence = actions.cancelling(session, now=now)
        super().__init__(data)

    def done(self) -> bool:
        """Return whether it was sent and the session is cancelled; else the form says why not."""
        if not self.is_valid():
            return False
        try:
            own.cancel(self.session, reason=self.cleaned_data["reason"], by=self.user, now=self.now)
        except ValidationError as error:
            self.add_error(None, error)
            return False
        return True


class HeldForm(AmongMixin, ActionForm):
    """Who was present, to begin with everybody who did not say that they cannot come; and how, where the session's
    mode leaves it open.

    `everyone` in the data stands for all of them: the one button for a session of one.
    """

    def __init__(self, data: Any = None, *, session: Session, user: User, now: datetime) -> None:
        self.session, self.user, self.now = session, user, now
        self.participants = self.listed()
        self.asks_how = self.how_is_asked()
        if data is not None and "everyone" in data:
            data = data.copy()
            data.update({f"present-{one.pk}": "on" for one in self.participants})
        super().__init__(data)
        away = {told.participation_id for told in coming.missing_from(session)} if len(self.participants) > 1 else ()
        for one in self.participants:
            self.fields[f"present-{one.pk}"] = forms.BooleanField(
                label=one.person.name, required=False, initial=one.pk not in away
            )
            if self.asks_how:
                self.fields[f"how-{one.pk}"] = forms.ChoiceField(
                    label=_("How: %(name)s") % {"name": one.person.name},
                    choices=Attendance.How.choices,
                    initial=Attendance.How.REMOTE if session.mode == Mode.REMOTE else Attendance.How.IN_PERSON,
                    required=False,
                )
        if session.state == SessionState.PLANNED:
            self.ask_of_community(self.participants)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        try:
            self.check_newcomers()
        except ValidationError as error:
            self.add_error("came", error)
        return cleaned

    def listed(self) -> list[Participation]:
        return list(actions.participants_of(self.session))

    def how_is_asked(self) -> bool:
        return self.session.mode in (Mode.HYBRID, Mode.MIXED)

    def rows(self) -> list[dict[str, forms.BoundField]]:
        """Return for each participant the field of presence and, where it is asked, that of how."""
        return [
            {"present": self[f"present-{one.pk}"]} | ({"how": self[f"how-{one.pk}"]} if self.asks_how else {})
            for one in self.participants
        ]

    def present(self) -> dict[UUID, str]:
        cleaned = self.cleaned_data
        listed = {one.pk: cleaned.get(f"how-{one.pk}", "") for one in self.participants if cleaned[f"present-{one.pk}"]}
        return listed | {UUID(pk): "" for pk in cleaned.get("others", [])}

    def done(self) -> Session | None:
        return self.run(
            lambda: community.mark_held(
                self.session, present=self.present(), among=self.among(), by=self.user, now=self.now
            )
        )
