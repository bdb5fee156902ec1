"""The joining sheet in words: a supervisee of their own accepts the terms of a contract in which they have no name.

One sheet for each, in the language of the terms and made from them. It is seen by the supervisee and the supervisors.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from engagements.models import ContractParty
from engagements.terms import ContractTerms, digest
from engagements.wording import subtitle
from engagements.wording.blocks import Block, Clause, Facts, Signatures, Text, capital, lines_of
from formats.days import write_day


@dataclass(frozen=True)
class JoiningSheet:
    """A sheet ready to be printed. `digest` is the hash of the accepted terms; `signing` is for paper alone."""

    language: str
    version: int
    title: str
    subtitle: str
    author: str
    digest: str
    clauses: tuple[Clause, ...]
    signing: tuple[Clause, ...]

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


def joining_sheet(terms: ContractTerms, *, joiner: str, joined_on: date) -> JoiningSheet:
    """Return the sheet by which `joiner` accepts `terms` as a supervisee from `joined_on`, in the terms' language."""
    with translation.override(terms.language):
        supervisee = capital(str(ContractParty.Kind.SUPERVISEE.label))
        written = (
            ("joining", _("Who joins what"), tuple(_who(terms, joiner, joined_on, supervisee))),
            ("accepting", _("What the supervisee accepts"), tuple(_accepted(terms))),
            ("told", _("Who is told"), tuple(_told(terms))),
        )
        signing = Clause(4, "signatures", _("Signatures"), (Signatures(((joiner, supervisee),)),))
        return JoiningSheet(
            language=terms.language,
            version=terms.version,
            title=pgettext("document", "Joining sheet"),
            subtitle=subtitle(terms),
            author=terms.practice.name,
            digest=digest(terms),
            clauses=tuple(Clause(number, *each) for number, each in enumerate(written, 1)),
            signing=(signing,),
        )


def _who(terms: ContractTerms, joiner: str, joined_on: date, supervisee: str) -> Iterator[Block]:
    rows = [
        (supervisee, (joiner,)),
        (pgettext("joining sheet", "Joins on"), (write_day(joined_on),)),
        (_("Supervisors") if len(terms.supervisors) > 1 else _("Supervisor"), terms.supervisors),
        (_("Service provider"), (terms.practice.name,)),
    ]
    if terms.client:
        rows.append((_("Client organisation"), (terms.client.name,)))
    if terms.title or terms.reference:
        rows.append((_("Process"), lines_of(terms.title, terms.reference)))
    yield Facts(tuple(rows))


def _accepted(terms: ContractTerms) -> Iterator[Block]:
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
