"""People's names and addresses: lists pasted one a line, and the order that names stand in."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.utils.translation import gettext_lazy as _

from formats.unreadable import Unreadable, clean, folded

MOST_LINES = 200
MOST_CHARACTERS = 20_000
LONGEST_NAME = 60
LONGEST_EMAIL = 254

NO_EMAIL = {
    "", "-", "--", "?", "ei", "ei ole", "ei sahkopostia", "ei sahkopostiosoitetta", "ei osoitetta", "ei s-postia",
    "ei sposti", "ei spostia", "ei emailia", "ei tiedossa", "puuttuu", "ingen", "ingen e-post", "ingen epost",
    "ingen adress", "saknas", "none", "no", "no email", "no e-mail", "no address", "n/a",
}  # fmt: skip
LINE_MANAGER = {"esihenkilo", "esimies", "lahiesihenkilo", "lahiesimies", "chef", "narmaste chef", "forman",
                "line manager", "manager"}  # fmt: skip
_HEADINGS = {
    "nimi", "sukunimi", "etunimi", "etunimet", "sahkoposti", "sahkopostiosoite", "s-posti", "osoite", "huom",
    "namn", "efternamn", "fornamn", "e-post", "epost", "anm", "name", "first name", "given name", "last name",
    "family name", "surname", "e-mail", "email", "note", "tunnus", "ohjattava",
}  # fmt: skip
_PARTICLES = {"von", "af", "de", "der", "van", "la", "le", "da", "di", "du", "del", "den", "zu", "ten", "bin", "al"}
_EMAIL = EmailValidator()


@dataclass(frozen=True)
class NamedPerson:
    """One person as pasted: names, the address in small letters or "" when there is none, and who leads the others."""

    given_name: str
    family_name: str
    email: str = ""
    line_manager: bool = False


@dataclass(frozen=True)
class PastedPerson(NamedPerson):
    """A NamedPerson and the number of the line, from 1."""

    line: int = 0


@dataclass(frozen=True)
class BadLine:
    """A line that could not be read: its number from 1, its text, and why in a sentence."""

    line: int
    text: str
    why: str


@dataclass
class PastedPeople:
    """What a paste held: people in its order, and the lines that could not be read."""

    people: list[PastedPerson] = field(default_factory=list)
    bad: list[BadLine] = field(default_factory=list)


def read_email(value: object) -> str:
    """Return an address in small letters, or "" for `-`, `ei sähköpostia` and the like; raises Unreadable."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return ""
    text = clean(value, longest=LONGEST_EMAIL).strip("<> ")
    if folded(text).rstrip(".") in NO_EMAIL:
        return ""
    try:
        _EMAIL(text)
    except ValidationError:
        raise Unreadable(_("“%(text)s” is not an e-mail address."), code="email", text=text[:80]) from None
    return text.lower()


def read_name(value: object, *, family_first: bool, email: str = "") -> tuple[str, str]:
    """Return (given, family) of a name on one line.

    `Virtanen, Anna` is family first. Otherwise `family_first` says which order is meant, unless the address
    (`anna.virtanen@…`, `avirtanen@…`) tells better. Raises Unreadable when there are not two names, or no letters.
    """
    text = clean(value, longest=2 * LONGEST_NAME)
    if "," in text:
        family, _comma, given = (part.strip() for part in text.partition(","))
        if not given or not family:
            raise Unreadable(_("Write both a first name and a last name."), code="two_names")
        return checked_name(given), checked_name(family)
    words = text.split(" ")
    if len(words) < 2:
        raise Unreadable(_("Write both a first name and a last name."), code="two_names")
    given_first = _family_last(words)
    backwards = _family_first(words)
    told = family_told_first(text, email)
    given, family = backwards if (family_first if told is None else told) else given_first
    return checked_name(given), checked_name(family)


def _family_last(words: list[str]) -> tuple[str, str]:
    start = len(words) - 1
    while start > 1 and words[start - 1].lower() in _PARTICLES:
        start -= 1
    return " ".join(words[:start]), " ".join(words[start:])


def _family_first(words: list[str]) -> tuple[str, str]:
    end = 1
    while end < len(words) - 1 and words[end - 1].lower() in _PARTICLES:
        end += 1
    return " ".join(words[end:]), " ".join(words[:end])


def family_told_first(name: str, email: str) -> bool | None:
    """Return whether the address (`anna.virtanen@…`, `avirtanen@…`) says that the name begins with the family name.

    None when it supports neither order or both.
    """
    words = name.split(" ")
    if len(words) < 2 or not email:
        return None
    local = folded(email.partition("@")[0].replace("_", "."))
    parts = [_letters(part) for part in local.split("." if "." in local else "-")]
    backwards, forwards = (_supports(parts, *order) for order in (_family_first(words), _family_last(words)))
    return None if backwards == forwards else backwards


def _supports(parts: list[str], given: str, family: str) -> bool:
    first_given, given, family = _letters(given.split(" ")[0]), _letters(given), _letters(family)
    if not given or not family:
        return False
    if len(parts) == 1:
        return parts[0] in {given + family, first_given + family, given[0] + family}
    return parts[0] in {given, first_given, given[0]} and "".join(parts[1:]) == family


def prevailing_order(names_and_emails: Iterable[tuple[str, str]], *, family_first: bool) -> bool:
    """Return whether the names of a list begin with the family name: what most addresses tell, else `family_first`."""
    told = [family_told_first(name, email) for name, email in names_and_emails]
    votes = told.count(True) - told.count(False)
    return votes > 0 if votes else family_first


def _letters(text: str) -> str:
    return re.sub(r"[^a-z]", "", folded(text).replace("ø", "o").replace("æ", "ae").replace("ß", "ss"))


def checked_name(value: object) -> str:
    """Return one name, at most 60 characters of letters, spaces, hyphens, apostrophes and dots; raises Unreadable."""
    text = clean(value, longest=LONGEST_NAME)
    for character in text:
        if character not in " -'’.´`·" and not unicodedata.category(character).startswith(("L", "M")):
            raise Unreadable(
                _("A name cannot hold the character “%(character)s”."), code="name_character", character=character
            )
    if not any(character.isalpha() for character in text):
        raise Unreadable(_("Write both a first name and a last name."), code="two_names")
    return text


def read_person(line: object, *, bare_family_first: bool = False, columns_family_first: bool = True) -> NamedPerson:
    """Return the NamedPerson of one line.

    `Nimi <osoite>` is given name first; `Sukunimi Etunimi; osoite`, tabs and `Sukunimi, Etunimi` are family first,
    also in columns of their own. The address may be missing. A last column may say `esihenkilö`. The two flags turn
    the order of lines without any mark, and of names in one column.
    """
    if not isinstance(line, str):
        raise Unreadable(_("This kind of value cannot be read here."), code="kind")
    if "\t" in line or ";" in line:
        return _in_columns(_cells(line), family_first=columns_family_first)
    text = clean(line, longest=2 * LONGEST_NAME + LONGEST_EMAIL)
    if match := re.fullmatch(r"(?P<name>[^<>]*)<(?P<email>[^<>]*)>[ ,;]*", text):
        return _person(match["name"].strip(' "'), match["email"], family_first=False)
    words = text.split(" ")
    addresses = [word for word in words if "@" in word]
    if len(addresses) > 1:
        raise Unreadable(_("There are two addresses on the line."), code="two_addresses")
    name = " ".join(word for word in words if "@" not in word).rstrip(", -")
    return _person(name, addresses[0].strip("(),") if addresses else "", family_first=bare_family_first)


def _cells(line: str) -> list[str]:
    return [" ".join(cell.split()) for cell in re.split(r"[\t;]", line)]


def _in_columns(cells: list[str], *, family_first: bool) -> NamedPerson:
    while cells and not cells[-1]:
        cells.pop()
    line_manager = bool(cells) and folded(cells[-1]) in LINE_MANAGER
    if line_manager:
        cells.pop()
        while cells and not cells[-1]:
            cells.pop()
    email = ""
    if cells and (len(cells) > 1 or "@" in cells[0]) and ("@" in cells[-1] or folded(cells[-1]) in NO_EMAIL):
        email = cells.pop()
        while cells and not cells[-1]:
            cells.pop()
    if len(cells) == 2:
        if "@" in cells[0] or "@" in cells[1]:
            raise Unreadable(_("There are more columns than a name and an address."), code="columns")
        return NamedPerson(checked_name(cells[1]), checked_name(cells[0]), read_email(email), line_manager)
    if len(cells) > 2:
        raise Unreadable(_("There are more columns than a name and an address."), code="columns")
    return _person(cells[0] if cells else "", email, family_first=family_first, line_manager=line_manager)


def _person(name: str, email: str, *, family_first: bool, line_manager: bool = False) -> NamedPerson:
    address = read_email(email)
    if not name.strip(" -"):
        raise Unreadable(_("The name is missing."), code="no_name")
    given, family = read_name(name, family_first=family_first, email=address)
    return NamedPerson(given, family, address, line_manager)


def read_people(text: object) -> PastedPeople:
    """Return the people of a text pasted one a line, and every bad line by its number; empty lines are skipped.

    Lines without any mark follow the order of those in columns, and these the order that most addresses tell. A first
    line of column headings is skipped. The same person twice is a bad line that names the first.
    Raises Unreadable when the whole is not text, or over 200 lines or 20 000 characters.
    """
    if not isinstance(text, str):
        raise Unreadable(_("This kind of value cannot be read here."), code="kind")
    if len(text) > MOST_CHARACTERS:
        raise Unreadable(_("The list is too long: at most 20,000 characters."), code="too_long")
    lines = re.split(r"\r\n|\r|\n", text)
    if sum(1 for line in lines if line.strip()) > MOST_LINES:
        raise Unreadable(_("The list is too long: at most 200 lines."), code="too_many_lines")
    pasted = PastedPeople()
    seen: dict[tuple[str, ...], int] = {}
    columns = [_cells(line) for line in lines if re.search(r"[\t;]", line)]
    columns_first = prevailing_order(((cells[0], cells[1]) for cells in columns), family_first=True)
    bare_first = bool(columns) and columns_first and "<" not in text
    first = True
    for number, line in enumerate(lines, start=1):
        if not line.strip(" \t;,\u00a0"):
            continue
        heading, first = first and _is_heading(line), False
        if heading:
            continue
        try:
            person = read_person(line, bare_family_first=bare_first, columns_family_first=columns_first)
            key = person_key(person)
            if key in seen:
                raise Unreadable(_("This is the same person as on line %(line)d."), code="twice", line=seen[key])
        except Unreadable as error:
            pasted.bad.append(BadLine(number, line.strip()[:120], str(error)))
            continue
        seen[key] = number
        pasted.people.append(
            PastedPerson(person.given_name, person.family_name, person.email, person.line_manager, number)
        )
    return pasted


def _is_heading(line: str) -> bool:
    cells = [folded(cell).strip(" :.") for cell in re.split(r"[\t;,]", line)]
    return all(cell in _HEADINGS for cell in cells if cell) and any(cells)


def person_key(person: NamedPerson) -> tuple[str, ...]:
    """Return what makes two entries the same person: the address, or without one the name."""
    if person.email:
        return ("email", person.email)
    return ("name", person.family_name.casefold(), person.given_name.casefold())


def write_people(people: Iterable[NamedPerson]) -> str:
    """Write people one a line as `read_people` reads them back: `Sukunimi; Etunimi; osoite`, lead persons marked."""
    lines = []
    for person in people:
        cells = [person.family_name, person.given_name, person.email or "-"]
        lines.append("; ".join([*cells, "esihenkilö"] if person.line_manager else cells))
    return "\n".join(lines)
