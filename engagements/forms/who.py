"""Kuka: what the process is, who orders, who comes, and who decides on what."""

from datetime import datetime
from typing import Any, Final, cast

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from accounts.models import ClientOrganisation, Contact, Language, Person, Practice, User
from engagements import actions
from engagements.actions import PartyLine, contact_of
from engagements.blockers import current_contract, governing_contract
from engagements.forms.rows import Row, Rows, make_rows, rows_of
from engagements.forms.verbs import VerbForm
from engagements.models import ContractParty, Engagement, Focus, Form, Process
from engagements.models.terms import Signing
from formats.fields import BusinessIdField, PeopleField, ReadField
from formats.people import NamedPerson, person_key, read_person

MOST_SUGGESTED = 200
EXISTING, NEW, PRIVATE = "existing", "new", "private"
#: What a party may do; asked as one question with several answers.
DOES: Final[list[tuple[str, Promise]]] = [
    ("orders", _("orders")),
    ("sets_goals", _("sets goals")),
    ("signs", _("signs")),
    ("reads_reports", _("reads reports")),
]
#: The forms with how many supervisees each has at the start.
FORMS: Final[list[tuple[str, Promise]]] = [
    (Form.INDIVIDUAL, _("individual (1)")),
    (Form.PAIR, _("pair (2)")),
    (Form.GROUP, _("group (3–12)")),
    (Form.COMMUNITY, _("work community")),
]
#: Questions that only one answer to `client_kind` asks.
ASKED_OF: Final = {
    "client": EXISTING,
    "client_name": NEW,
    "client_business_id": NEW,
    "payer": PRIVATE,
    "payer_does": PRIVATE,
}
FRAME: Final = ["form", "focus", "process", "language", "reference"]


class PersonField(ReadField):
    """One person on one line: `Tiina Tamm <tiina@otso.fi>`; the value is a NamedPerson."""

    attrs = {"maxlength": "400", "spellcheck": "false"}
    hint = _("For example Tiina Tamm <tiina@example.fi>")

    def read(self, text: object) -> NamedPerson:
        return read_person(text)

    def write(self, value: NamedPerson | Person) -> str:
        name = f"{value.given_name} {value.family_name}".strip()
        return f"{name} <{value.email}>" if value.email else name


class PartyRow(Row):
    """A contact of the client or a line manager, and what they do."""

    key = "person"
    person = PersonField(
        label=_("Name and e-mail"), required=False, widget=forms.TextInput(attrs={"list": "known-contacts"})
    )
    kind = forms.ChoiceField(
        label=_("Part"),
        choices=[
            (ContractParty.Kind.CONTACT, _("contact of the client")),
            (ContractParty.Kind.LINE_MANAGER, _("line manager")),
        ],
        required=False,
        initial=ContractParty.Kind.CONTACT,
        widget=forms.Select(attrs={"data-width": "m"}),
    )
    does = forms.MultipleChoiceField(
        label=_("What they do"),
        choices=DOES,
        required=False,
        initial=["orders", "signs", "reads_reports"],
        widget=forms.CheckboxSelectMultiple(attrs={"data-inline": ""}),
    )


class PartyRows(Rows):
    def clean(self) -> None:
        seen: set[tuple[str, ...]] = set()
        for form in self.forms:
            one = form.cleaned_data.get("person")
            if one is None:
                continue
            if person_key(one) in seen:
                form.add_error("person", _("This person is on another row already."))
            seen.add(person_key(one))


PARTY_ROWS = rows_of(PartyRow, kind=PartyRows)


class WhoForm(VerbForm):
    """The first page: for a new process, for a draft (`engagement`), or for a copy of an earlier process (`source`)."""

    form = forms.ChoiceField(
        label=_("Form"), choices=FORMS, initial=Form.INDIVIDUAL, widget=forms.RadioSelect(attrs={"data-inline": ""})
    )
    focus = forms.ChoiceField(label=_("Focus"), choices=Focus, initial=Focus.GENERAL)
    process = forms.ChoiceField(label=_("Duration"), choices=Process, initial=Process.LONG)
    language = forms.ChoiceField(
        label=_("Language of the process"), choices=Language, help_text=_("The contract is written in it.")
    )
    title = forms.CharField(
        label=_("Name of the process"),
        max_length=120,
        required=False,
        help_text=_("Empty: the name of the client. Keep the names of supervisees out of it."),
    )
    reference = forms.CharField(
        label=_("Own reference"), max_length=40, required=False, widget=forms.TextInput(attrs={"data-width": "s"})
    )

    client_kind = forms.ChoiceField(
        label=_("Who orders and pays?"),
        choices=[
            (EXISTING, _("a client you have")),
            (NEW, _("a new client")),
            (PRIVATE, _("a private person")),
        ],
        widget=forms.RadioSelect(attrs={"data-inline": ""}),
        error_messages={"required": _("Say who orders and pays.")},
    )
    client = forms.ModelChoiceField(
        label=_("Client organisation"), queryset=ClientOrganisation.objects.none(), required=False, empty_label="–"
    )
    client_name = forms.CharField(label=_("Name of the organisation"), max_length=160, required=False)
    client_business_id = BusinessIdField(
        label=_("Business ID"), required=False, widget=forms.TextInput(attrs={"data-width": "s"})
    )
    payer = PersonField(
        label=_("Private payer"),
        required=False,
        help_text=_("Name and e-mail. Empty: the supervisee orders and pays."),
    )
    payer_does = forms.MultipleChoiceField(
        label=_("What the payer does besides ordering"),
        choices=DOES[1:],
        required=False,
        initial=["signs"],
        widget=forms.CheckboxSelectMultiple(attrs={"data-inline": ""}),
    )

    people = PeopleField(label=_("Supervisees, one a line"), required=False)
    supervisees_do = forms.MultipleChoiceField(
        label=_("What the supervisees do"),
        choices=[("sets_goals", _("set goals")), ("reads_reports", _("read reports"))],
        required=False,
        initial=["sets_goals", "reads_reports"],
        widget=forms.CheckboxSelectMultiple(attrs={"data-inline": ""}),
    )
    co_supervisors = forms.ModelMultipleChoiceField(
        label=_("Co-supervisors"),
        queryset=User.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("They lead this process with you and see what you see in it, except your private notes."),
    )

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        practice: Practice,
        by: User,
        now: datetime,
        engagement: Engagement | None = None,
        source: Engagement | None = None,
        more: str = "",
    ) -> None:
        self.practice, self.by, self.now = practice, by, now
        self.engagement, self.source = engagement, source
        shown = engagement or source
        initial = initial_of(shown) if shown else {"language": by.language}
        super().__init__(data, initial={**initial, "reference": ""} if source else initial)
        organisations = practice.organisations.without_examples().filter(archived_at=None)
        cast("forms.ModelChoiceField[Any]", self.fields["client"]).queryset = organisations
        if not organisations.exists():
            kinds = cast(forms.ChoiceField, self.fields["client_kind"])
            kinds.choices = [(NEW, _("a client organisation")), (PRIVATE, _("a private person"))]
            del self.fields["client"]
        self.initial.setdefault("client_kind", EXISTING if "client" in self.fields else NEW)
        colleagues = colleagues_of(practice, engagement.lead if engagement else by)
        if colleagues.exists():
            cast("forms.ModelChoiceField[Any]", self.fields["co_supervisors"]).queryset = colleagues
            others = self.initial.get("co_supervisors", [])
            self.initial["co_supervisors"] = [user for user in others if user != by.pk]
        else:
            del self.fields["co_supervisors"]
        self.parties = make_rows(PARTY_ROWS, "parties", data, party_rows(shown) if shown else [], more=more)
        self._known: dict[str, list[Person | None]] = {}
        self._made: dict[tuple[str, ...], Person] = {}

    @property
    def row_sets(self) -> list[Rows]:
        return [self.parties]

    @property
    def suggestions(self) -> list[str]:
        """Contacts of the practice's clients, as a row reads them."""
        real = self.practice.organisations.without_examples()
        contacts = Contact.objects.current().filter(organisation__in=real).select_related("person")
        write = PersonField().write
        return [write(contact.person) for contact in contacts.order_by("person__sort_key")[:MOST_SUGGESTED]]

    # --- is it right?

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        kind = values.get("client_kind")
        for name, of in ASKED_OF.items():
            if kind != of and name in self.errors:  # a question of another answer: nobody is asking
                del self.errors[name]
        if kind == EXISTING and not values.get("client"):
            self._refuse("client", _("Choose the organisation."))
        if kind == NEW:
            self._check_new_organisation()
        if kind == PRIVATE and not values.get("payer") and len(values.get("people", [])) != 1:
            self._refuse("payer", _("Name the payer: only a single supervisee can be left out here."))
        if reference := values.get("reference"):
            others = Engagement.objects.filter(lead=self.by, reference=reference)
            if self.engagement is not None:
                others = self.engagement.lead.led_engagements.filter(reference=reference).exclude(pk=self.engagement.pk)
            if others.exists():
                self._refuse("reference", _("You already have a process with this reference."))
        if "people" in values:
            self._recognise("people", values["people"])
        if kind != PRIVATE:
            self._check_parties()
        elif payer := values.get("payer"):
            self._recognise("payer", [payer])
        return values

    def _refuse(self, field: str, sentence: Promise) -> None:
        if field not in self.errors:
            self.add_error(field, ValidationError(str(sentence)))

    def _check_new_organisation(self) -> None:
        name, business_id = self.cleaned_data.get("client_name"), self.cleaned_data.get("client_business_id")
        if not name:
            self._refuse("client_name", _("Write the name of the organisation."))
            return
        if business_id and self.practice.organisations.filter(business_id=business_id).exists():
            self._refuse("client_business_id", _("Your practice already has an organisation with this business ID."))
        elif self.practice.organisations.without_examples().filter(name__iexact=name, archived_at=None).exists():
            self._refuse("client_name", _("You have this organisation already: choose it from the list."))

    def _check_parties(self) -> None:
        if not self.parties.is_valid():
            self.add_error(None, _("Correct the rows of the contacts and line managers."))
            return
        rows = self.parties.forms
        for row in rows:
            if row.is_filled:
                try:
                    known = self._persons([row.cleaned_data["person"]])
                except ValidationError as error:
                    row.add_error("person", error)
                    self.add_error(None, _("Correct the rows of the contacts and line managers."))
                else:
                    self._known.setdefault("parties", []).extend(known)

    def _recognise(self, field: str, named: list[NamedPerson]) -> None:
        try:
            self._known[field] = self._persons(named)
        except ValidationError as error:
            self.add_error(field, error)

    def _persons(self, named: list[NamedPerson]) -> list[Person | None]:
        client = self.cleaned_data.get("client") if self.cleaned_data.get("client_kind") == EXISTING else None
        return actions.known_persons(self.practice, named, client=client, engagement=self.engagement or self.source)

    # --- do it

    def act(self) -> None:
        values = self.cleaned_data
        client = self._client()
        title = values["title"] or self._default_title(client)
        frame = {name: values[name] for name in FRAME}
        if self.engagement is None and self.source is None:
            self.engagement = actions.open_engagement(
                self.by, self.practice, by=self.by, now=self.now, title=title, client=client,
                template=actions.fitting_template(self.practice, values["form"]), **frame,
            )  # fmt: skip
        elif self.engagement is None and self.source is not None:
            self.engagement = actions.copy_engagement(self.source, by=self.by, now=self.now)
            self.engagement.step = 4
        engagement = cast(Engagement, self.engagement)
        for name, value in {**frame, "title": title, "client": client}.items():
            setattr(engagement, name, value)
        engagement.step = max(engagement.step, 2)
        engagement.save(update_fields=[*FRAME, "title", "client", "step"])
        people = zip(values["people"], self._known["people"], strict=True)
        supervisees = [(self._person(one, known), one.line_manager) for one, known in people]
        actions.set_people(engagement, supervisees, now=self.now)
        actions.set_parties(current_contract(engagement), self._lines(engagement, client), by=self.by)
        if "co_supervisors" in self.fields:
            actions.set_co_supervisors(engagement, values["co_supervisors"], by=self.by, now=self.now)

    def _client(self) -> ClientOrganisation | None:
        values = self.cleaned_data
        if values["client_kind"] == EXISTING:
            return cast(ClientOrganisation, values["client"])
        if values["client_kind"] == NEW:
            return ClientOrganisation.objects.create(
                practice=self.practice, name=values["client_name"], business_id=values["client_business_id"]
            )
        return None

    def _default_title(self, client: ClientOrganisation | None) -> str:
        if client is not None:
            return client.name[:120]
        with override(self.cleaned_data["language"]):
            form = str(Form(self.cleaned_data["form"]).label)
        return form[:1].upper() + form[1:]

    def _person(self, one: NamedPerson, known: Person | None) -> Person:
        """Return the person, the same one wherever they stand on the page."""
        key = person_key(one)
        if key not in self._made:
            language = self.cleaned_data["language"]
            self._made[key] = actions.person_of(self.practice, one, known, language=language)
        return self._made[key]

    def _lines(self, engagement: Engagement, client: ClientOrganisation | None) -> list[PartyLine]:
        values = self.cleaned_data
        lines = []
        if client is None:
            lines.append(self._payer_line(engagement))
        else:
            rows = self.parties.filled()
            for row, known in zip(rows, self._known.get("parties", []), strict=True):
                person = self._person(row["person"], known)
                kind = row["kind"] or ContractParty.Kind.CONTACT
                contact = contact_of(client, person) if kind == ContractParty.Kind.CONTACT else None
                lines.append(party(kind, row["does"], person, contact))
        signs = current_contract(engagement).signing != Signing.NOBODY
        does = [*values["supervisees_do"], *(["signs"] if signs else [])]
        lines.append(party(ContractParty.Kind.SUPERVISEE, does))
        return lines

    def _payer_line(self, engagement: Engagement) -> PartyLine:
        values = self.cleaned_data
        if values["payer"]:
            person = self._person(values["payer"], self._known["payer"][0])
        else:
            person = engagement.participations.current().get().person
        return party(ContractParty.Kind.PAYER, ["orders", *values["payer_does"]], person)


def party(kind: str, does: list[str], person: Person | None = None, contact: Contact | None = None) -> PartyLine:
    orders, sets_goals, signs, reads_reports = (name in does for name, _label in DOES)
    return PartyLine(kind, person, contact, orders, sets_goals, signs, reads_reports)


def colleagues_of(practice: Practice, lead: User) -> Any:
    """Return the other supervisors of the practice, by name."""
    members = practice.memberships.current().filter(kind="supervisor").values("user")
    return User.objects.filter(pk__in=members, is_active=True).exclude(pk=lead.pk).order_by("full_name", "email")


def initial_of(engagement: Engagement) -> dict[str, Any]:
    """Return what the page shows of an engagement that is there."""
    parties = {party.kind: party for party in governing_contract(engagement).parties.select_related("person")}
    supervisees, payer = parties.get(ContractParty.Kind.SUPERVISEE), parties.get(ContractParty.Kind.PAYER)
    participations = engagement.participations.current().select_related("person").order_by("person__sort_key")
    people = [
        NamedPerson(one.person.given_name, one.person.family_name, one.person.email, one.line_manager)
        for one in participations
    ]
    alone = payer is not None and [one.person_id for one in participations] == [payer.person_id]
    return {
        **{name: getattr(engagement, name) for name in FRAME},
        "title": engagement.title,
        "client_kind": EXISTING if engagement.client_id else PRIVATE,
        "client": engagement.client_id,
        "payer": payer.person if payer and not alone else None,
        "payer_does": done_by(payer, "orders") if payer else ["signs"],
        "people": people,
        "supervisees_do": done_by(supervisees, "orders", "signs") if supervisees else ["sets_goals", "reads_reports"],
        "co_supervisors": [row.user_id for row in engagement.co_supervisors.current()],
    }


def party_rows(engagement: Engagement) -> list[dict[str, Any]]:
    kinds = [ContractParty.Kind.CONTACT, ContractParty.Kind.LINE_MANAGER]
    parties = governing_contract(engagement).parties.filter(kind__in=kinds).select_related("person", "contact")
    return [
        {"kind": party.kind, "person": party.person, "does": done_by(party)}
        for party in parties
        if party.contact is None or party.contact.left_on is None
    ]


def done_by(party: ContractParty, *without: str) -> list[str]:
    return [name for name, _label in DOES if getattr(party, name) and name not in without]
