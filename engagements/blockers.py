"""Why a step cannot be taken, in words. Page, form and action ask the same functions; an empty list: it can be."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from engagements.models import (
    SUPERVISEES,
    Contract,
    ContractParty,
    Engagement,
    Focus,
    Form,
    Process,
    Signature,
    State,
)
from engagements.models.contract import TODAY, ReportingClause
from engagements.scans import MOST, scans_of
from formats.clock import write_moment

_EXACTLY: dict[str, Promise] = {
    Form.INDIVIDUAL: _("Individual supervision has one supervisee."),
    Form.PAIR: _("Pair supervision has two supervisees."),
    Form.GROUP: _("Group supervision has 3 to 12 supervisees."),
}
#: When a contract can be changed.
UNDER_WAY: Final = (State.ACTIVE, State.PAUSED)
_GONE: dict[str, Promise] = {
    State.DRAFT: _("The process is a draft."),
    State.OFFERED: _("The contract has been offered already."),
    State.ACTIVE: _("The process is under way already."),
    State.PAUSED: _("The process is paused."),
    State.CLOSED: _("The process is closed."),
}


@dataclass(frozen=True)
class Blocker:
    """One reason, and the page that mends it: a step of the wizard (`who`, `how`, `price`) or "" for none."""

    why: str
    step: str = ""

    def __str__(self) -> str:
        return self.why


def refuse(blockers: Iterable[Blocker]) -> None:
    """Raise ValidationError with every blocker, when there is one."""
    reasons = [blocker.why for blocker in blockers]
    if reasons:
        raise ValidationError(reasons)


def current_contract(engagement: Engagement) -> Contract:
    """Return the version that is being written or offered, or the one agreed last: the newest."""
    return engagement.contracts.latest("version")


def governing_contract(engagement: Engagement) -> Contract:
    """Return the version that the process goes by today: the one in force; before there is one, the first."""
    return engagement.contracts.governing(TODAY)[:1].get()


def number_warning(engagement: Engagement, number: int | None = None) -> str:
    """Return a sentence when the number of supervisees does not suit the form, else an empty text.

    `number` is given by who has counted them already.
    """
    fewest, most = SUPERVISEES[engagement.form]
    number = engagement.participations.current().count() if number is None else number
    if fewest <= number and (most is None or number <= most):
        return ""
    return gettext("%(rule)s Named now: %(number)d.") % {"rule": _EXACTLY[engagement.form], "number": number}


def blockers_to_offering(engagement: Engagement, now: datetime) -> list[Blocker]:
    contract = current_contract(engagement)
    if settled := _settled(engagement, contract, State.DRAFT):
        return settled
    parties = list(contract.parties.all())
    found = _missing(engagement, contract, parties)
    if not any(party.orders for party in parties):
        found.append(Blocker(gettext("Nobody orders: say who of the client does."), "who"))
    others = [party for party in parties if party.kind != ContractParty.Kind.SUPERVISOR]
    if not any(party.signs for party in others):
        text = gettext("Nobody but you signs: choose somebody, or record that it was agreed orally.")
        found.append(Blocker(text, "who"))
    return found


def blockers_to_activating(engagement: Engagement, now: datetime) -> list[Blocker]:
    contract = current_contract(engagement)
    if settled := _settled(engagement, contract, State.DRAFT, State.OFFERED):
        return settled
    if contract.state == Contract.State.OFFERED:  # its terms are frozen, so nothing in them can be missing
        return _numbers(engagement, contract)
    return _missing(engagement, contract, list(contract.parties.all()))


def blockers_to_pausing(engagement: Engagement, now: datetime) -> list[Blocker]:
    return [] if engagement.state == State.ACTIVE else [_not_from(engagement)]


def blockers_to_resuming(engagement: Engagement, now: datetime) -> list[Blocker]:
    return [] if engagement.state == State.PAUSED else [_not_from(engagement)]


def blockers_to_withdrawing(engagement: Engagement, now: datetime) -> list[Blocker]:
    return _settled(engagement, current_contract(engagement), State.OFFERED)


def blockers_to_amending(engagement: Engagement, now: datetime) -> list[Blocker]:
    if engagement.example:
        return [Blocker(gettext("An example stays as it is."))]
    if engagement.state not in UNDER_WAY:
        return [_not_from(engagement)]
    newest = current_contract(engagement)
    if newest.state == Contract.State.DRAFT:
        return [Blocker(gettext("A change of the contract is being written already."))]
    if newest.state == Contract.State.OFFERED:
        return [Blocker(gettext("A change of the contract has been offered already."))]
    return []


def may_grow(engagement: Engagement) -> bool:
    """Return whether `engagement` is of the light kind that can go on as an ordinary process."""
    light = engagement.urgent or engagement.focus == Focus.CRISIS or engagement.process == Process.SINGLE
    return light and engagement.state in UNDER_WAY and not engagement.example


def blockers_to_growing(engagement: Engagement, now: datetime) -> list[Blocker]:
    if engagement.state in UNDER_WAY and not engagement.example and not may_grow(engagement):
        return [Blocker(gettext("This is an ordinary process already. Change its contract instead."))]
    return blockers_to_amending(engagement, now)


def blockers_to_dropping(engagement: Engagement, now: datetime) -> list[Blocker]:
    contract = current_contract(engagement)
    if not contract.amends or contract.state == Contract.State.AGREED:
        return [Blocker(gettext("No change of the contract is being written."))]
    if contract.state == Contract.State.OFFERED:
        return [Blocker(gettext("The change has been offered: withdraw the offer first."))]
    if contract.signatures.exists():
        text = gettext("Somebody signed an earlier text of it. That stays on record, and the draft with it.")
        return [Blocker(text)]
    return []


def blockers_to_closing(engagement: Engagement, now: datetime) -> list[Blocker]:
    if engagement.state in (State.DRAFT, State.CLOSED):
        return [_not_from(engagement)]
    planned = engagement.sessions.filter(state="planned").order_by("starts_at")
    coming = planned.filter(ends_at__gt=now)
    found = []
    if number := coming.count():
        text = ngettext(
            "%(number)d session is still planned, on %(first)s: cancel it first.",
            "%(number)d sessions are still planned, the first on %(first)s: cancel them first.",
            number,
        )
        found.append(Blocker(text % {"number": number, "first": write_moment(coming[0].starts_at)}, "sessions"))
    if number := planned.filter(ends_at__lte=now).count():
        text = ngettext(
            "%(number)d session is over but not marked: say whether it was held.",
            "%(number)d sessions are over but not marked: say whether they were held.",
            number,
        )
        found.append(Blocker(text % {"number": number}, "sessions"))
    return found


def blockers_to_discarding(engagement: Engagement, by: User) -> list[Blocker]:
    if engagement.state != State.DRAFT:
        return [Blocker(gettext("Only a draft can be thrown away. This process can be closed instead."))]
    if engagement.lead_id != by.pk:
        return [Blocker(gettext("Only the one who opened the draft can throw it away."))]
    if engagement.sessions.exists():
        return [Blocker(gettext("There are sessions in this draft: it cannot be thrown away."), "sessions")]
    if Signature.objects.filter(contract__engagement=engagement).exists():
        text = gettext("Somebody signed an earlier text of it. That stays on record, and the draft with it.")
        return [Blocker(text)]
    return []


def _settled(engagement: Engagement, contract: Contract, *steps: str) -> list[Blocker]:
    """Why a version in another state than `steps` cannot be taken further.

    The first version begins its process and shares the names of its states; an amendment goes along with one.
    """
    if not contract.amends:
        return [] if engagement.state in steps else [_not_from(engagement)]
    if engagement.state not in UNDER_WAY:
        return [_not_from(engagement)]
    if contract.state in steps:
        return []
    if contract.state == Contract.State.OFFERED:
        return [Blocker(gettext("The change of the contract has been offered already."))]
    if contract.state == Contract.State.DRAFT:
        return [Blocker(gettext("The change of the contract is a draft."))]
    return [Blocker(gettext("No change of the contract is being written."))]


def _not_from(engagement: Engagement) -> Blocker:
    return Blocker(str(_GONE[engagement.state]))


def _numbers(engagement: Engagement, contract: Contract) -> list[Blocker]:
    """The form asks for a number of supervisees at the start; after it people come and go.

    In a hurry a group may begin before anybody knows who comes.
    """
    if contract.amends or (engagement.urgent and not engagement.participations.current().exists()):
        return []
    warning = number_warning(engagement)
    return [Blocker(warning, "who")] if warning else []


def _missing(engagement: Engagement, contract: Contract, parties: list[ContractParty]) -> list[Blocker]:
    """What every agreement needs: people, somebody who ordered, the length of a session, a price or none asked."""
    found = _numbers(engagement, contract)
    if engagement.client_id is None and not any(party.orders for party in parties):
        found.append(Blocker(gettext("Say who orders: an organisation or a private person."), "who"))
    if contract.minutes is None:
        found.append(Blocker(gettext("Say how long a session is."), "how"))
    if contract.price is None:
        found.append(Blocker(gettext("Give the price, or say that it is free of charge."), "price"))
    return found + _unreachable(contract, parties)


def _unreachable(contract: Contract, parties: list[ContractParty]) -> list[Blocker]:
    """Lines of the reporting clause that have nobody to tell."""
    kinds = {party.kind for party in parties}
    readers = any(party.reads_reports for party in parties if party.kind != ContractParty.Kind.SUPERVISEE)
    present = {
        ReportingClause.To.READERS: readers,
        ReportingClause.To.CONTACT: ContractParty.Kind.CONTACT in kinds,
        ReportingClause.To.LINE_MANAGER: ContractParty.Kind.LINE_MANAGER in kinds,
    }
    missing = {clause.to for clause in contract.reporting.all() if not present[ReportingClause.To(clause.to)]}
    reasons = {
        ReportingClause.To.READERS: gettext("Something is told to those who read reports, but nobody reads them."),
        ReportingClause.To.CONTACT: gettext("Something is told to the client's contact, but there is none."),
        ReportingClause.To.LINE_MANAGER: gettext("Something is told to the line manager, but there is none."),
    }
    return [Blocker(reason, "who") for to, reason in reasons.items() if to in missing]


def blockers_to_adding_scans(contract: Contract, number: int = 1) -> list[Blocker]:
    """Return why `number` more scans cannot be kept with this version."""
    if contract.state != Contract.State.AGREED:
        return [Blocker(gettext("A scan is kept with an agreement that is recorded. This one is not agreed yet."))]
    there = scans_of(contract).standing().count()
    if there + number > MOST:
        text = gettext("At most %(most)d scans are kept with a contract. There now: %(there)d.")
        return [Blocker(text % {"most": MOST, "there": there})]
    return []
