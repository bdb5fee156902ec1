"""The joining sheet in words: a supervisee of their own accepts the terms of a contract in which they have no name.

One sheet for each, in the language of the terms and made from them. It is seen by the supervisee and the supervisors.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from engagements.models import ContractParty
from engagements.terms import ContractTerms, digest
from engagements.wording import frozen, subtitle
from engagements.wording.blocks import Block, Clause, Facts, Signatures, Text, capital, lines_of
from formats.days import write_day


@dataclass(frozen=True)
class JoiningSheet:
    """A sheet ready to be printed. `digest` is the hash of the accepted terms, `joiner` who accepts them."""

    language: str
    version: int
    title: str
    subtitle: str
    author: str
    digest: str
    joiner: str
    clauses: tuple[Clause, ...]

    @property
    def signing(self) -> tuple[Clause, ...]:
        """The place to sign, for a sheet that is signed on paper."""
        with translation.override(self.language):
            places = Signatures(((self.joiner, capital(str(ContractParty.Kind.SUPERVISEE.label))),))
            return (Clause(len(self.clauses) + 1, "signatures", _("Signatures"), (places,)),)

    @property
    def short_digest(self) -> str:
        """The first 16 digits in fours: enough to compare by eye."""
        return " ".join(self.digest[start : start + 4] for start in range(0, 16, 4))

    @property
    def long_digest(self) -> str:
        return " ".join(self.digest[start : start + 8] for start in range(0, 64, 8))

    @property
    def name(self) -> str:
        """Title of the document: what it is, for whom, of which version. The supervisee's name does not stand in it."""
        with translation.override(self.language):
            return _("%(title)s, %(subtitle)s, version %(version)d") % {
                "title": self.title,
                "subtitle": self.subtitle,
                "version": self.version,
            }


def joining_sheet(
    terms: ContractTerms, *, joiner: str, joined_on: date | None = None, on_behalf: bool = False
) -> JoiningSheet:
    """Return the sheet by which `joiner` accepts `terms` as a supervisee, in the terms' language.

    `joined_on`: for who was in it from the start, None. `on_behalf`: they accept for all the supervisees.
    """
    with translation.override(terms.language):
        supervisee = capital(str(ContractParty.Kind.SUPERVISEE.label))
        written = (
            ("joining", _("Who joins what"), tuple(_who(terms, joiner, joined_on, supervisee))),
            ("accepting", _("What the supervisee accepts"), tuple(_accepted(terms, on_behalf))),
            ("told", _("Who is told"), tuple(_told(terms))),
        )
        return JoiningSheet(
            language=terms.language,
            version=terms.version,
            title=pgettext("document", "Joining sheet"),
            subtitle=subtitle(terms),
            author=terms.practice.name,
            digest=digest(terms),
            joiner=joiner,
            clauses=tuple(Clause(number, *each) for number, each in enumerate(written, 1)),
        )


def freeze(sheet: JoiningSheet) -> dict[str, Any]:
    """Return the sheet as JSON values, word for word; `thaw` reads it back unchanged."""
    plain = {field.name: getattr(sheet, field.name) for field in fields(sheet)}
    return plain | {"clauses": frozen.freeze(sheet.clauses)}


def thaw(written: Mapping[str, Any]) -> JoiningSheet:
    """Return the sheet that `freeze` wrote. Raises TypeError or ValueError when it is of another shape."""
    return JoiningSheet(**{**written, "clauses": frozen.thaw(written["clauses"])})


def _who(terms: ContractTerms, joiner: str, joined_on: date | None, supervisee: str) -> Iterator[Block]:
    rows = [
        (supervisee, (joiner,)),
        (pgettext("joining sheet", "Joins on"), lines_of(write_day(joined_on) if joined_on else "")),
        (_("Supervisors") if len(terms.supervisors) > 1 else _("Supervisor"), terms.supervisors),
        (_("Service provider"), (terms.practice.name,)),
    ]
    if terms.client:
        rows.append((_("Client organisation"), (terms.client.name,)))
    if terms.title or terms.reference:
        rows.append((_("Process"), lines_of(terms.title, terms.reference)))
    yield Facts(tuple(row for row in rows if row[1]))


def _accepted(terms: ContractTerms, on_behalf: bool) -> Iterator[Block]:
    if on_behalf:
        yield Text(_("The supervisees have chosen this supervisee to accept the terms on behalf of them all."))
    yield Text(
        _(
            "The supervisee has read version %(version)d of the supervision contract and accepts its terms. They are "
            "the terms whose hash stands below."
        )
        % {"version": terms.version}
    )
    yield Text(
        _(
            "So the supervisee takes part in the supervision as the contract says, and keeps to its clause on "
            "confidentiality, also after the supervision has ended."
        )
    )


def _told(terms: ContractTerms) -> Iterator[Block]:
    if terms.client and terms.names_hidden:
        yield Text(
            _(
                "The client organisation is not told who the supervisee is: neither the name nor this sheet. It is "
                "told what the clause on reporting names, and nothing else."
            )
        )
    elif terms.client:
        yield Text(
            _(
                "The client organisation knows who takes part. Of the supervision it is told what the clause on "
                "reporting names, and nothing else."
            )
        )
    yield Text(_("This sheet is seen by the supervisee and the supervisor alone, and kept as long as the contract is."))
