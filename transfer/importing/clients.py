"""Client organisations and those who speak for them, from a list: read, checked, taken in by the rooms' own verbs."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts import actions
from accounts.forms.practice import POSTCODE
from accounts.models import ClientOrganisation, Contact, Person, Practice, User
from formats import Unreadable
from formats.identifiers import read_business_id
from formats.people import checked_name, read_email, read_name
from formats.unreadable import folded
from sessions.importing.checks import Tally
from sessions.importing.findings import Finding, Weight, found
from sessions.importing.loading import Made
from sessions.importing.rows import RowReader, text_of, whole_of
from sessions.importing.sheets import Book, BrokenFile, Sheet

#: Each is taken in by verbs of its own, while one waits.
MOST_CLIENTS: Final = 2_000


@dataclass(frozen=True)
class ClientRow:
    """A row of Tilaajat: the organisation, and somebody who speaks for it unless `family_name` is empty."""

    sheet: str
    number: int
    name: str
    business_id: str
    street: str
    postcode: str
    city: str
    given_name: str
    family_name: str
    title: str
    email: str
    phone: str

    @property
    def key(self) -> str:
        return self.business_id or folded(self.name)

    @property
    def person(self) -> str:
        """What tells who it is: the address, or the name where there is none."""
        return self.email or folded(f"{self.given_name} {self.family_name}")


@dataclass
class Clients:
    """What an import of clients would make, and everything there is to say."""

    new: list[ClientRow] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)


@dataclass(frozen=True)
class Here:
    """What the practice has already: organisations by key, contacts by organisation, and persons by address."""

    organisations: dict[str, ClientOrganisation]
    contacts: set[tuple[str, str]]
    persons: dict[str, Person]


def here(practice: Practice) -> Here:
    """Return what is here; asks as the person asking."""
    organisations: dict[str, ClientOrganisation] = {}
    for each in ClientOrganisation.objects.without_examples().filter(practice=practice):
        organisations[folded(each.name)] = each
        if each.business_id:
            organisations[each.business_id] = each
    contacts: set[tuple[str, str]] = set()
    for contact in Contact.objects.filter(organisation__in=organisations.values()).select_related("person"):
        person = contact.person
        contacts |= {
            (str(contact.organisation_id), person.email.lower()),
            (str(contact.organisation_id), folded(f"{person.given_name} {person.family_name}")),
        }
    persons = {one.email.lower(): one for one in Person.objects.filter(practice=practice).exclude(email="")}
    return Here(organisations, contacts, persons)


def plan_clients(book: Book, known: Here) -> Clients:
    """Return what importing `book` would make beside what is here. Raises BrokenFile when there are too many rows."""
    plan = Clients()
    for sheet in book.sheets:
        plan.tally.read += len(sheet.rows)
        if sheet.missing:
            why = _("The sheet has no column %(columns)s.")
            lacking = Unreadable(why, code="no_column", columns=", ".join(sheet.missing))
            plan.findings.append(Finding(Weight.ERROR, sheet.title, sheet.heading_row, str(lacking), lacking.code))
            plan.tally.errors += len(sheet.rows)
        else:
            take_sheet(sheet, known, plan)
    if plan.tally.read > MOST_CLIENTS:
        raise BrokenFile(_("The file has more than 2,000 rows of clients. Import it in parts."))
    return plan


def take_sheet(sheet: Sheet, known: Here, plan: Clients) -> None:
    first: dict[tuple[str, str], int] = {}
    names: dict[str, ClientRow] = {}
    addresses: dict[str, ClientRow] = {}
    for source in sheet.rows:
        cells = RowReader(sheet, source)
        row = read_row(cells)
        if row is not None and not cells.errors:
            says_another(row, names, addresses, known, cells)
        if row is None or cells.errors:
            plan.tally.errors += 1
            plan.findings += cells.errors
            continue
        names.setdefault(row.key, row)
        addresses.setdefault(row.email, row)
        before = first.setdefault((row.key, row.person), row.number)
        if before != row.number:
            why = Unreadable(_("The same as on row %(row)d: taken once."), code="twice", row=before)
            plan.findings.append(found(Weight.DUPLICATE, row, why, other=before))
            plan.tally.duplicates += 1
        elif is_known(row, known):
            plan.tally.known += 1
        else:
            plan.new.append(row)
            plan.tally.new += 1


def read_row(cells: RowReader) -> ClientRow | None:
    name = cells.needed("client", text_of(160))
    business_id = cells.optional("business_id", lambda value: read_business_id(whole_of(value))) or ""
    email = cells.optional("email", read_email) or ""
    given, family = contact_of(cells, email)
    if not family:
        for column in ("email", "title", "phone"):
            if cells.has(column):
                cells.wrong(column, Unreadable(_("nobody is named on this row to whom it belongs."), code="nobody"))
    row = (
        cells.sheet, cells.number, name or "", business_id, cells.optional("street", text_of(120)) or "",
        cells.optional("postcode", read_postcode) or "", cells.optional("city", text_of(60)) or "", given, family,
        cells.optional("title", text_of(80)) or "", email, cells.optional("phone", text_of(40)) or "",
    )  # fmt: skip
    return ClientRow(*row) if name else None


def contact_of(cells: RowReader, email: str) -> tuple[str, str]:
    """Return given and family name of who speaks for the organisation; two empty ones for nobody."""
    if cells.has("family_name"):
        return cells.optional("given_name", checked_name) or "", cells.needed("family_name", checked_name) or ""
    if cells.has("contact"):
        return cells.needed("contact", lambda value: read_name(value, family_first=False, email=email)) or ("", "?")
    return "", ""


def read_postcode(value: object) -> str:
    """Return a postcode; a spreadsheet has made 00100 into the number 100."""
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 100_000:
        value = f"{int(value):05}"
    text = text_of(10)(value)
    try:
        POSTCODE(text)
    except ValidationError as refused:
        raise Unreadable(refused.messages[0], code="postcode") from None
    return text


def says_another(
    row: ClientRow, names: dict[str, ClientRow], addresses: dict[str, ClientRow], known: Here, cells: RowReader
) -> None:
    """Keep what is wrong with a row beside the others and beside what is here: nobody may get another's mail."""
    first = names.get(row.key)
    if first is not None and folded(first.name) != folded(row.name):
        taken = Unreadable(_("is that of another organisation on row %(row)d."), code="twice", row=first.number)
        cells.wrong("business_id", taken)
    mine = folded(f"{row.given_name} {row.family_name}")
    other = addresses.get(row.email) if row.email else None
    if other is not None and folded(f"{other.given_name} {other.family_name}") != mine:
        whose = Unreadable(_("is that of another person on row %(row)d."), code="address_taken", row=other.number)
        cells.wrong("email", whose)
    person = known.persons.get(row.email) if row.email else None
    if person is not None and person.name.casefold() != f"{row.given_name} {row.family_name}".strip().casefold():
        cells.wrong("email", Unreadable(_("is already that of %(name)s."), code="address_taken", name=person.name))


def is_known(row: ClientRow, known: Here) -> bool:
    organisation = organisation_of(row, known)
    if organisation is None:
        return False
    return not row.family_name or (str(organisation.pk), row.person) in known.contacts


def organisation_of(row: ClientRow, known: Here) -> ClientOrganisation | None:
    if row.business_id:
        return known.organisations.get(row.business_id)
    return known.organisations.get(folded(row.name))


def load_clients(rows: Iterable[ClientRow], known: Here, practice: Practice, *, by: User, now: datetime) -> Made:
    """Take the rows in by the verbs with which they are written by hand; return what was made."""
    made = Made()
    organisations = dict(known.organisations)
    for row in rows:
        organisation = organisations.get(row.business_id) if row.business_id else organisations.get(folded(row.name))
        if organisation is None:
            organisation = actions.keep_organisation(
                ClientOrganisation(
                    practice=practice, name=row.name, business_id=row.business_id, street=row.street,
                    postcode=row.postcode, city=row.city,
                ),
                by=by,
            )  # fmt: skip
            organisations[row.key] = organisations[folded(row.name)] = organisation
            made.organisations.append(organisation.pk)
        if row.family_name:
            add_contact(row, organisation, made, by=by)
    return made


def add_contact(row: ClientRow, organisation: ClientOrganisation, made: Made, *, by: User) -> None:
    person = actions.holder(organisation.practice, row.email)
    contact = actions.add_contact(
        organisation, given_name=row.given_name, family_name=row.family_name, email=row.email, phone=row.phone,
        title=row.title, language=by.language, by=by,
    )  # fmt: skip
    made.contacts.append(contact.pk)
    if person is None:
        made.persons.append(contact.person_id)
