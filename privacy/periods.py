"""How long what is kept, in words, for the papers and for whoever asks about their own data.

Sections of one's own data name their sort of data by its key here. What the papers list is the policy of every model
field (`privacy.policy.periods`), where that is there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

POLICY: Final = "privacy.policy"


@dataclass(frozen=True)
class Period:
    """Of which data, for how long, and why so long."""

    what: Promise
    kept: Promise
    ground: Promise


_PERIODS: Final[Mapping[str, Period]] = {
    "people": Period(
        _("Names, addresses, language and roles"),
        _("as long as the person takes part in a process or speaks for a client, and until the contract can no longer"
          " be disputed"),
        _("carrying out the contract"),
    ),
    "contracts": Period(
        _("Contracts, signatures and their evidence"),
        _("until claims from the contract have become time-barred"),
        _("Act on Statute of Limitations of Debts 728/2003"),
    ),
    "sessions": Period(
        _("Sessions and attendance"),
        _("as long as the contract of the process"),
        _("carrying out the contract, and evidence that it was carried out"),
    ),
    "memos": Period(
        _("Shared memos, tasks, answers, board and agenda"),
        _("so many months after the end of the process as its contract says (usually 12); then their key is destroyed"),
        _("the data clause of the contract"),
    ),
    "notes": Period(
        _("A supervisor’s private notes"),
        _("so many months after the end of the process as its contract says (usually 6); then their key is destroyed"),
        _("the data clause of the contract"),
    ),
    "evaluations": Period(
        _("Answers to evaluations"),
        _("as long as the shared memos of the process; figures that point at nobody stay"),
        _("the data clause of the contract"),
    ),
    "reports": Period(
        _("Reports that were handed over, and their approvals"),
        _("as long as the contract of the process"),
        _("evidence of what the client was told, and that it was approved"),
    ),
    "billing": Period(
        _("Billing basis, without the names of supervisees"),
        _("six years from the end of the calendar year in which the accounting period ended"),
        _("Accounting Act 1336/1997, chapter 2, section 10"),
    ),
    "messages": Period(
        _("That a message was sent: to whom, when, of which kind"),
        _("as long as the person is known here; what it said is kept nowhere"),
        _("so that nothing is said twice, and to be able to say what was told"),
    ),
    "access": Period(
        _("Log-ins, devices and the log of who has opened what"),
        _("log-ins until they end; the log for good, with ids alone, which name nobody once a person is erased"),
        _("security and accountability (GDPR 5(2), 32)"),
    ),
    "requests": Period(
        _("Requests about data, and their answers"),
        _("two years from the answer"),
        _("accountability (GDPR 5(2))"),
    ),
    "incidents": Period(
        _("Log of personal data breaches"),
        _("for good: it names what happened, not to whom"),
        _("documentation of breaches (GDPR 33(5))"),
    ),
}  # fmt: skip


def periods() -> Mapping[str, Period]:
    """Return the periods of retention by sort of data."""
    return _PERIODS


def listed() -> list[Period]:
    """Return what the papers list: the policy of every model field, and without one the sorts of data above."""
    if find_spec(POLICY) is None:
        return list(_PERIODS.values())
    return [Period(kind.what, kind.goes, kind.law or kind.basis.label) for kind in import_module(POLICY).periods()]
