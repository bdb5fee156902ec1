"""One page for what cannot wait: whom, when, where and for how much."""

from datetime import date, datetime, timedelta
from typing import Any, Final, cast

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import ClientOrganisation, Language, Person, Practice, User
from engagements import actions as engagements
from engagements import shipped
from engagements.forms.how import whole
from engagements.forms.price import EUROS
from engagements.forms.verbs import FieldsForm
from engagements.forms.who import MOST_SUGGESTED, PersonField
from engagements.models import Contract, Engagement
from engagements.models.terms import Mode, Unit
from formats import Unreadable
from formats.clock import HELSINKI, moment_at
from formats.fields import ClockField, DayField, MinutesField, MoneyField, PeopleField
from formats.people import NamedPerson, person_key
from sessions.urgent.actions import MOST_DAYS_BETWEEN, MOST_SESSIONS, Urgent, begin, days_of

SERIES, SINGLE = "series", "single"
TODAY, TOMORROW, OTHER = "today", "tomorrow", "other"
INLINE: Final = {"data-inline": ""}
SHORT: Final = {"data-width": "s"}


class UrgentForm(FieldsForm):
    """What was typed stays when something speaks against it, above all a time that is taken."""

    kind = forms.ChoiceField(
        label=_("What is needed"),
        choices=[(SERIES, _("crisis: a tight series")), (SINGLE, _("one meeting"))],
        initial=SERIES,
        widget=forms.RadioSelect(attrs=INLINE),
    )
    client = forms.CharField(
        label=_("Client organisation"),
        max_length=160,
        required=False,
        widget=forms.TextInput(attrs={"list": "known-clients", "autocomplete": "off"}),
        help_text=_("One you have, or a new name. Empty: a private person orders and pays."),
    )
    people = PeopleField(label=_("Who comes, one a line"), required=False, widget=forms.Textarea(attrs={"rows": "3"}))
    unnamed = forms.BooleanField(label=_("The group is not named yet"), required=False)

    when = forms.ChoiceField(
        label=_("The first session"),
        choices=[(TODAY, _("today")), (TOMORROW, _("tomorrow")), (OTHER, _("another day"))],
        initial=TODAY,
        widget=forms.RadioSelect(attrs=INLINE),
    )
    day = DayField(label=_("Day"), required=False, widget=forms.TextInput(attrs=SHORT))
    clock = ClockField(
        label=_("Starts at"), widget=forms.TextInput(attrs=SHORT), error_messages={"required": _("Say at what time.")}
    )
    minutes = MinutesField(label=_("Length"), most=600, widget=forms.TextInput(attrs=SHORT))
    mode = forms.ChoiceField(label=_("How we meet"), choices=Mode, widget=forms.RadioSelect(attrs=INLINE))
    place = forms.CharField(label=_("Place"), max_length=160, required=False)
    link = forms.URLField(
        label=_("Link to the remote meeting"), max_length=400, required=False, assume_scheme="https",
        help_text=_("Seen by the supervisees, never by the client."),
    )  # fmt: skip
    number = whole(_("Number of sessions"), 1, MOST_SESSIONS, initial=3)
    gap = whole(_("Days from one to the next"), 1, MOST_DAYS_BETWEEN, initial=3)

    price = MoneyField(
        label=_("Price of a session without VAT"), widget=forms.TextInput(attrs=EUROS),
        help_text=_("0 when it is free of charge"), error_messages={"required": _("Give the price, or 0.")},
    )  # fmt: skip
    orderer = PersonField(
        label=_("Who ordered it"), required=False, help_text=_("Name and e-mail. May be left for later.")
    )
    agreed_on = DayField(label=_("Agreed orally on"), widget=forms.TextInput(attrs=SHORT))
    language = forms.ChoiceField(label=_("Language of the process"), choices=Language)

    def __init__(self, data: QueryDict | None = None, *, practice: Practice, by: User, now: datetime) -> None:
        self.practice, self.by, self.now = practice, by, now
        self.today = now.astimezone(HELSINKI).date()
        self.engagement: Engagement | None = None
        self._known: dict[str, list[Person | None]] = {}
        self._made: dict[tuple[str, ...], Person] = {}
        super().__init__(data, initial=usual(practice, by) | {"agreed_on": self.today})
        cast(DayField, self.fields["agreed_on"]).last = self.today

    @property
    def clients(self) -> list[str]:
        """The names of the practice's clients, for the field to suggest."""
        named = self.organisations().order_by("sort_key", "pk")
        return list(named.values_list("name", flat=True)[:MOST_SUGGESTED])

    def organisations(self) -> Any:
        return self.practice.organisations.without_examples().filter(archived_at=None)

    # --- is it right?

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        values["known_client"] = self.organisations().filter(name__iexact=values.get("client") or "").first()
        self.check_length()
        self.check_people()
        self.check_orderer()
        self.check_times()
        return values

    def say(self, field: str, sentence: Promise | str) -> None:
        if field not in self.errors:
            self.add_error(field, ValidationError(str(sentence)))

    def check_length(self) -> None:
        minutes = self.cleaned_data.get("minutes")
        if "minutes" in self.cleaned_data and minutes is None:
            self.say("minutes", _("Say how long a session is."))
        elif minutes is not None and minutes < 10:
            self.say("minutes", _("A session lasts from 10 to 600 minutes."))

    def check_people(self) -> None:
        values = self.cleaned_data
        people = values.get("people", [])
        if "people" in values and not people and not values.get("unnamed"):
            self.say("people", _("Name who comes, or say that the group is not named yet."))
        if people:
            self.recognise("people", people)

    def check_orderer(self) -> None:
        values = self.cleaned_data
        orderer = values.get("orderer")
        if orderer:
            self.recognise("orderer", [orderer])
        elif not values.get("client") and "client" in values and len(values.get("people", [])) != 1:
            self.say("client", _("Write the organisation, or who ordered it if a private person did."))

    def recognise(self, field: str, named: list[NamedPerson]) -> None:
        try:
            client = self.cleaned_data["known_client"]
            self._known[field] = engagements.known_persons(self.practice, named, client=client)
        except ValidationError as error:
            self.add_error(field, error)

    def check_times(self) -> None:
        """Read the days and times of all sessions; by the clock on the wall, also where it is turned between them."""
        values = self.cleaned_data
        single = values.get("kind") == SINGLE
        for name in ("number", "gap"):
            if single:
                self.errors.pop(name, None)
            elif name in values and values[name] is None:
                self.say(name, _("Say how many sessions there are, and how many days lie between them."))
        first, clock = self.first_day(), values.get("clock")
        number, gap = (1, 1) if single else (values.get("number"), values.get("gap"))
        if first and clock and number and gap:
            try:
                values["times"] = [moment_at(day, clock) for day in days_of(first, number, gap)]
            except Unreadable as error:
                self.say("clock", str(error))

    def first_day(self) -> date | None:
        values = self.cleaned_data
        known = {TODAY: self.today, TOMORROW: self.today + timedelta(days=1)}
        if (when := values.get("when")) in known:
            self.errors.pop("day", None)
            return known[when]
        if "day" in values and values["day"] is None:
            self.say("day", _("Say on which day."))
        return values.get("day")

    # --- do it

    def act(self) -> None:
        values = self.cleaned_data
        client = values["known_client"]
        if client is None and values["client"]:
            client = ClientOrganisation.objects.create(practice=self.practice, name=values["client"])
        people = zip(values["people"], self._known.get("people", []), strict=True)
        orderer = values["orderer"]
        kept = {name: values[name] for name in ("times", "minutes", "price", "mode", "place", "link", "language")}
        urgent = Urgent(
            single=values["kind"] == SINGLE,
            agreed_on=values["agreed_on"],
            client=client,
            people=tuple((self.person(one, known), one.line_manager) for one, known in people),
            orderer=self.person(orderer, self._known["orderer"][0]) if orderer else None,
            **kept,
        )
        self.engagement = begin(self.practice, urgent, by=self.by, now=self.now)

    def person(self, one: NamedPerson, known: Person | None) -> Person:
        """Return the person, the same one wherever they stand on the page."""
        key = person_key(one)
        if key not in self._made:
            self._made[key] = engagements.person_of(self.practice, one, known, language=self.cleaned_data["language"])
        return self._made[key]


def usual(practice: Practice, by: User) -> dict[str, Any]:
    """Return what to begin from: the practice's own light template, else the price that was asked for last."""
    own = shipped.light_template(practice, shipped.CRISIS, by.language)
    led = Contract.objects.filter(engagement__lead=by, engagement__practice=practice, engagement__example=False)
    last = led.filter(price__isnull=False, price_per=Unit.SESSION).order_by("-created_at")
    price = own.price if own else None
    return {
        "language": by.language,
        "mode": own.mode if own else Mode.IN_PERSON,
        "minutes": own.minutes if own and own.minutes else 90,
        "number": own.sessions_agreed if own and (own.sessions_agreed or 9) <= MOST_SESSIONS else 3,
        "price": price if price is not None else last.values_list("price", flat=True).first(),
    }
