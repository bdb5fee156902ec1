"""The law register: what each act asks of the parties, in the version that is in force on a day.

The entries are files beside this one, one act each, with every text in all languages: what the law says changes by
decisions elsewhere, not by ours, so it is data and no code. `law.checks` refuses an entry with a hole in it.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

LANGUAGES: Final = ("fi", "sv", "en")
FOLDER: Final = Path(__file__).parent / "acts"


class Party(StrEnum):
    """Of whom an act asks something."""

    SUPERVISOR = "supervisor"
    SUPERVISEES = "supervisees"
    CLIENT = "client"


PARTIES: Final[Mapping[Party, Promise]] = {
    Party.SUPERVISOR: _("Supervisor"),
    Party.SUPERVISEES: _("Supervisees"),
    Party.CLIENT: _("Client"),
}


class Where(StrEnum):
    """Where an act matters: the places of the product that ask the register for what stands beside them."""

    CONFIDENTIALITY = "confidentiality"
    DATA = "data"
    PRICE = "price"
    SIGNING = "signing"
    CONSUMER = "consumer"
    GOALS = "goals"
    CLOSING = "closing"
    DUTY = "duty"
    REPORTING = "reporting"
    PUBLIC_BODY = "public_body"
    INVOICES = "invoices"
    EMPLOYER = "employer"
    STATUTORY = "statutory"
    ACCESSIBILITY = "accessibility"


@dataclass(frozen=True)
class Words:
    """A text in every language; as a string it is the one of the reader."""

    fi: str
    sv: str
    en: str

    def __str__(self) -> str:
        language = (get_language() or "fi")[:2]
        return str(getattr(self, language if language in LANGUAGES else "fi"))


@dataclass(frozen=True)
class Version:
    """What an act asks from one day until another (None: still). `sure` is False where it is yet to be checked."""

    since: date
    until: date | None
    sections: str
    asks: Mapping[Party, Words]
    change: Words | None
    source: str
    url: str
    checked: date
    sure: bool

    def in_force(self, day: date) -> bool:
        return self.since <= day and (self.until is None or day <= self.until)

    @property
    def rows(self) -> list[tuple[Promise, Words]]:
        """Of whom it asks what, in the order in which it is read."""
        return self.asked_of("")

    def asked_of(self, party: str) -> list[tuple[Promise, Words]]:
        """Return what it asks of `party`; of everybody, when that is empty."""
        return [(label, self.asks[each]) for each, label in PARTIES.items() if party in ("", each)]


@dataclass(frozen=True)
class Entry:
    key: str
    number: str
    name: Words
    tags: frozenset[Where]
    versions: Sequence[Version]

    def on(self, day: date) -> Version | None:
        """Return the version in force on `day`; None where none was."""
        return next((each for each in self.versions if each.in_force(day)), None)

    def others(self, day: date) -> list[Version]:
        """Return the versions that are not in force on `day`, the newest first."""
        return [each for each in reversed(self.versions) if not each.in_force(day)]


def words(raw: Mapping[str, str]) -> Words:
    return Words(**{language: raw[language] for language in LANGUAGES})


def version(raw: Mapping[str, Any]) -> Version:
    return Version(
        since=raw["since"],
        until=raw.get("until"),
        sections=raw["sections"],
        asks={party: words(raw[party]) for party in Party},
        change=words(raw["change"]) if "change" in raw else None,
        source=raw["source"]["name"],
        url=raw["source"]["url"],
        checked=raw["checked"],
        sure=raw["sure"],
    )


def entry(key: str, raw: Mapping[str, Any]) -> Entry:
    return Entry(
        key, raw["number"], words(raw["name"]), frozenset(map(Where, raw["tags"])),
        tuple(version(each) for each in raw["versions"]),
    )  # fmt: skip


def read(folder: Path) -> dict[str, dict[str, Any]]:
    """Return what stands in the files of `folder`, by their names."""
    return {path.stem: tomllib.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.toml"))}


@cache
def entries() -> Mapping[str, Entry]:
    """Return every entry by its key, read once a process."""
    return {key: entry(key, raw) for key, raw in read(FOLDER).items()}


def by_name(found: Entry) -> tuple[str, str]:
    return str(found.name).casefold(), found.key


def about(where: Where, day: date) -> list[Entry]:
    """Return the entries that matter at `where` and are in force on `day`, by name in the reader's language."""
    return sorted((each for each in entries().values() if where in each.tags and each.on(day)), key=by_name)


def found_by(text: str, party: str, day: date) -> list[tuple[Entry, Version]]:
    """Return the entries in force on `day` in which every word of `text` occurs, with their version of that day.

    It is looked for in the names of all languages, the number and sections, and in what is asked of `party` (of
    everybody, when it is empty) in the reader's language.
    """
    wanted = text.casefold().split()
    found = []
    for each in sorted(entries().values(), key=by_name):
        if current := each.on(day):
            asks = [str(said) for who, said in current.asks.items() if party in ("", who)]
            names = [each.name.fi, each.name.sv, each.name.en, each.number, current.sections]
            whole = " ".join((*names, *asks)).casefold()
            if all(word in whole for word in wanted):
                found.append((each, current))
    return found
