"""The contract in words: an ordered list of clauses made from the terms, in the engagement's language.

Page and PDF show this list and nothing else, so their wording is one. Our own text; the laws are named where they bind.
"""

from collections.abc import Callable, Iterator
from typing import Final

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from engagements.models import Contract, Form
from engagements.terms import ContractTerms, digest, terms_of
from engagements.wording import frozen
from engagements.wording.blocks import Block, Clause, ContractText, Standing, capital
from engagements.wording.ending import disagreement, ending, handover, more, signatures, standing_words
from engagements.wording.frame import cancellation, evaluation, frame
from engagements.wording.people import goals, order, parties, purpose
from engagements.wording.price import price
from engagements.wording.trust import confidentiality, data, reporting

__all__ = ["Clause", "ContractText", "Standing", "clauses", "text_from", "text_of", "words_as_agreed", "words_of"]


def text_of(contract: Contract, *, superseded: bool = False) -> ContractText:
    """Return the whole text of `contract`. What was offered or agreed says what it said then, word for word.

    `superseded`: whether a later version is in force in its place, which its heading then says.
    """
    standing = Standing(contract.state, contract.agreed_on, contract.agreed_how, superseded)
    words = frozen.thaw(contract.wording) if contract.wording else None
    return text_from(terms_of(contract), standing, words)


def words_as_agreed(contract: Contract) -> tuple[Clause, ...]:
    """Return the clauses of `contract`, without the places to sign: as they were written down, else as of now."""
    return frozen.thaw(contract.wording) if contract.wording else words_of(terms_of(contract))


def text_from(terms: ContractTerms, standing: Standing, words: tuple[Clause, ...] | None = None) -> ContractText:
    """Return the text of `terms`, in `words` where they were written down, and as we would put it now otherwise."""
    with translation.override(terms.language):
        return ContractText(
            language=terms.language,
            version=terms.version,
            title=_("Supervision contract"),
            subtitle=subtitle(terms),
            standing=standing_words(standing),
            draft=standing.state == Contract.State.DRAFT,
            author=terms.practice.name,
            digest=digest(terms),
            clauses=clauses(terms, standing, words),
        )


def clauses(
    terms: ContractTerms, standing: Standing | None = None, words: tuple[Clause, ...] | None = None
) -> tuple[Clause, ...]:
    """Return the clauses in order, and last who signs, in the language of the terms."""
    words = words_of(terms) if words is None else words
    with translation.override(terms.language):
        signing = tuple(signatures(terms, standing or Standing()))
        return (*words, Clause(len(words) + 1, "signatures", _("Signatures"), signing))


def words_of(terms: ContractTerms) -> tuple[Clause, ...]:
    """Return the clauses that are agreed on, without the places to sign. One with nothing to say is left out."""
    with translation.override(terms.language):
        written = [(key, _(heading), tuple(blocks(terms))) for key, heading, blocks in CLAUSES]
        said = [each for each in written if each[2]]
        return tuple(Clause(number, *each) for number, each in enumerate(said, 1))


def subtitle(terms: ContractTerms) -> str:
    """Return the form and for whom, in the active language: `Group supervision, Päiväkoti Otso`."""
    form = capital(str(Form(terms.form).label))
    return f"{form}, {terms.client.name}" if terms.client else form


CLAUSES: Final[tuple[tuple[str, str, Callable[[ContractTerms], Iterator[Block]]], ...]] = (
    ("parties", gettext_noop("Parties and form"), parties),
    ("purpose", gettext_noop("Purpose of the supervision"), purpose),
    ("order", gettext_noop("Framework agreement and order"), order),
    ("goals", gettext_noop("Goals"), goals),
    ("frame", gettext_noop("Sessions"), frame),
    ("price", gettext_noop("Price and payment"), price),
    ("cancellation", gettext_noop("Cancelling"), cancellation),
    ("confidentiality", gettext_noop("Confidentiality"), confidentiality),
    ("evaluation", gettext_noop("Evaluation"), evaluation),
    ("reporting", gettext_noop("What the client is told"), reporting),
    ("data", gettext_noop("Data protection"), data),
    ("ending", gettext_noop("Ending the contract"), ending),
    ("disagreement", gettext_noop("Disagreement"), disagreement),
    ("handover", gettext_noop("If the supervisor cannot go on"), handover),
    ("more", gettext_noop("Other terms and changes"), more),
)
