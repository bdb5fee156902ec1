"""How it ends, what happens when something goes wrong, and who signs."""

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from engagements.models import Contract, ContractParty, Form, Process
from engagements.models.terms import Signing
from engagements.terms import ContractTerms
from engagements.wording.blocks import Block, Signatures, Standing, Text, capital, many, named, paragraphs, stopped
from formats.days import write_day

Kind = ContractParty.Kind


def ending(terms: ContractTerms) -> Iterator[Block]:
    if terms.process == Process.SINGLE:
        yield Text(_("The contract ends when the session has been held and paid."))
    elif terms.ends_on:
        yield Text(
            _(
                "The contract ends when the agreed sessions have been held, at the latest on %(day)s, unless it "
                "is continued by a new version."
            )
            % {"day": write_day(terms.ends_on)}
        )
    else:
        yield Text(
            _("The contract ends when the agreed sessions have been held, unless it is continued by a new version.")
        )
    if terms.notice_days:
        yield Text(
            ngettext(
                "Each party may end it earlier by giving notice in writing %(count)d day before.",
                "Each party may end it earlier by giving notice in writing %(count)d days before.",
                terms.notice_days,
            )
            % {"count": terms.notice_days}
        )
    else:
        yield Text(_("Each party may end it earlier by giving notice in writing, with effect at once."))
    yield Text(
        _(
            "If another party has substantially broken the contract, it may be ended at once. When it ends "
            "early, a closing session is offered; what has been held is paid, and the terms of cancellation "
            "apply to dates already agreed. Confidentiality and data protection go on after the end."
        )
    )
    if terms.form != Form.INDIVIDUAL:
        yield Text(_("A single supervisee may stop by telling the supervisor; the contract goes on for the others."))


def disagreement(terms: ContractTerms) -> Iterator[Block]:
    yield Text(
        _(
            "Whoever is dissatisfied says so first in the supervision or to the supervisor, and it is talked "
            "over without delay. Either side may ask for a meeting about the co-operation, in which what was "
            "spoken of in confidence stays aside."
        )
    )
    if terms.disagreement.strip():
        yield Text(
            _("If this does not help, the parties turn to a third party whom both trust: %(whom)s")
            % {"whom": stopped(terms.disagreement)}
        )
    else:
        yield Text(_("If this does not help, the parties choose together a third party whom both trust."))
    yield Text(
        _(
            "There is no complaints body for private supervisors. Questions of professional ethics can be put "
            "to the ethical advisory board of the supervisors' association STOry."
        )
    )
    if terms.client is None:
        yield Text(
            _(
                "Finnish law applies. A dispute that is not settled goes to a district court; a consumer may use "
                "the court of their own domicile and may first turn to the Consumer Disputes Board."
            )
        )
    else:
        yield Text(
            _(
                "Finnish law applies. A dispute that is not settled goes to the district court of the "
                "respondent's domicile."
            )
        )


def handover(terms: ContractTerms) -> Iterator[Block]:
    if terms.handover.strip():
        yield Text(
            ngettext(
                "If the supervisor falls ill for long or cannot go on for another reason, the parties are told "
                "without delay. With the supervisee's consent the work is taken over by: %(who)s",
                "If the supervisor falls ill for long or cannot go on for another reason, the parties are told "
                "without delay. With the supervisees' consent the work is taken over by: %(who)s",
                many(terms),
            )
            % {"who": stopped(terms.handover)}
        )
    else:
        yield Text(
            _(
                "If the supervisor falls ill for long or cannot go on for another reason, the parties are told "
                "without delay and agree on how to go on. The service provider helps to find a new supervisor."
            )
        )
    yield Text(
        ngettext(
            "The supervisor's own notes are not handed over to anybody. Whoever takes over gets this "
            "contract, the dates, and of the shared memos what the supervisee agrees to.",
            "The supervisor's own notes are not handed over to anybody. Whoever takes over gets this "
            "contract, the dates, and of the shared memos what the supervisees agree to.",
            many(terms),
        )
    )


def more(terms: ContractTerms) -> Iterator[Block]:
    for text in paragraphs(terms.more_terms):
        yield Text(text)
    if terms.valid_from:
        yield Text(
            _("This version is in force from %(day)s and supersedes the earlier one from then on.")
            % {"day": write_day(terms.valid_from)}
        )
    elif terms.version > 1:
        yield Text(_("This version is in force from the day it is agreed and supersedes the earlier one from then on."))
    yield Text(
        _(
            "This contract is agreed as version %(version)d. It is changed by agreeing on a new version, "
            "which supersedes the earlier one; both are kept. What is agreed elsewhere does not change what "
            "this contract says of confidentiality and reporting."
        )
        % {"version": terms.version}
    )


def standing_words(standing: Standing) -> str:
    if standing.state == Contract.State.DRAFT:
        return _("Draft: nothing has been agreed yet")
    if standing.state == Contract.State.OFFERED or standing.agreed_on is None:
        return _("Offered, not yet agreed")
    values = {"day": write_day(standing.agreed_on), "how": str(Contract.How(standing.agreed_how).label)}
    if standing.superseded:
        return _("Agreed %(how)s on %(day)s; a later version has superseded this one") % values
    return _("Agreed %(how)s on %(day)s") % values


def signatures(terms: ContractTerms, standing: Standing) -> Iterator[Block]:
    several = terms.supervisees != 1
    match Signing(terms.signing):
        case Signing.EVERYONE if terms.names_hidden:
            yield Text(
                _("Each supervisee signs a joining sheet of their own.")
                if several
                else _("The supervisee signs a joining sheet.")
            )
        case Signing.EVERYONE:
            yield Text(
                _("Each supervisee signs this contract.") if several else _("The supervisee signs this contract.")
            )
        case Signing.REPRESENTATIVE:
            yield Text(_("A representative whom the supervisees have chosen signs on behalf of them."))
        case Signing.NOBODY:
            yield Text(
                ngettext(
                    "The supervisee does not sign. The supervisor goes through this contract with them in the first "
                    "session.",
                    "The supervisees do not sign. The supervisor goes through this contract with them in the first "
                    "session.",
                    many(terms),
                )
            )
    if standing.agreed_on and standing.state == Contract.State.AGREED:
        yield Text(standing_words(standing) + ".")
        if standing.agreed_how != Contract.How.PAPER:
            return
    places = _places(terms)
    if places:
        yield Signatures(places)


def _places(terms: ContractTerms) -> tuple[tuple[str, str], ...]:
    """Return who has a line to sign on. Hidden supervisees have none here: they sign sheets of their own."""
    signers = [party for party in terms.parties if party.signs and party.name and party.kind != Kind.SUPERVISEE]
    places = [(named(party), capital(str(Kind(party.kind).label))) for party in signers]
    if not any(party.kind == Kind.SUPERVISOR for party in signers):
        places.insert(0, (terms.supervisors[0], capital(str(Kind.SUPERVISOR.label))))
    if terms.signing == Signing.REPRESENTATIVE:
        places.append(("", pgettext("signature", "On behalf of the supervisees")))
    elif terms.signing == Signing.EVERYONE:
        places += _places_of_supervisees(terms, places)
    return tuple(places)


def _places_of_supervisees(terms: ContractTerms, places: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the places of supervisees who stand in the terms and have not one already, as somebody who pays has."""
    already = {name for name, _part in places}
    supervisee = capital(str(Kind.SUPERVISEE.label))
    return [(name, supervisee) for name in terms.supervisee_names if name not in already]
