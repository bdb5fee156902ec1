"""A person is erased: what goes, what the law keeps and until when, and the line that a restore replays."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import Person, User
from audit import trail
from vault.erasures import Destroyed


@dataclass(frozen=True)
class Part:
    """So much of one kind that goes, or that stays: on which ground, and until when (None: not known yet)."""

    key: str
    amount: int
    until: date | None

    @property
    def label(self) -> Promise | str:
        return (GOES | STAYS)[self.key]

    @property
    def ground(self) -> Promise | str:
        return GROUNDS.get(self.key, "")


@dataclass(frozen=True)
class Erasure:
    """What erasing somebody takes away, and what stays of them."""

    goes: list[Part]
    stays: list[Part]


GOES = {
    "name": _("Name and e-mail address"),
    "account": _("The account, with its log-ins and settings: it is used nowhere else"),
    "contacts": _("Title and telephone as a contact"),
    "answers": _("Answers to tasks, with their files"),
    "texts": _("Own points of agendas, additions to memos and words on boards"),
    "evaluations": _("Answers to evaluations that carry the name"),
    "goals": _("Own goals and how they went"),
    "messages": _("Messages that were sent"),
}
STAYS = {
    "contract": _("Agreed contracts and their signatures"),
    "attendance": _("Which sessions were attended, without a name"),
    "books": _("Bases of invoices"),
    "requests": _("Requests about data and their answers, sealed, without a name"),
    "audit": pgettext_lazy("what stays", "The record of what was done and read: numbers, without a name"),
}
GROUNDS = {
    "contract": _(
        "Claims can be made on the ground of a contract until they are time-barred (728/2003; GDPR 17(3)(e))."
    ),
    "attendance": _("It shows that the contract was kept (728/2003; GDPR 17(3)(e))."),
    "books": _("Bookkeeping material is kept for six years from the end of the year (1336/1997, 2:10; GDPR 17(3)(b))."),
    "requests": _("They show that what was asked was answered (GDPR 5(2))."),
    "audit": _("The controller must be able to show what was done (GDPR 5(2))."),
}


def preview(person: Person) -> Erasure:
    """Return what would go and stay; nothing of somebody whom the asker may not erase."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT part, amount, until, stays FROM sec.erasure_of(%s)", [person.pk])
        rows = [(Part(key, amount, until), stays) for key, amount, until, stays in cursor.fetchall()]
    return Erasure([part for part, stays in rows if not stays], [part for part, stays in rows if stays])


def may_erase(person: Person) -> bool:
    """Whether the asker may: an administrator of the person's practice, or who leads every process that they are in."""
    return _ask("SELECT sec.may_erase(%s)", person.pk)


def may_hold(person: Person) -> bool:
    """Whether the asker may hold what concerns them: whoever may know them may keep it from going."""
    return _ask("SELECT sec.may_hold_person(%s)", person.pk)


def is_held(person: Person) -> bool:
    """Whether a legal hold keeps the person, or a process that they are in."""
    return _ask("SELECT sec.person_held(%s)", person.pk)


@transaction.atomic
def erase(person: Person, *, by: User, now: datetime) -> Erasure:
    """Erase `person` as far as the law lets it, and return what went and what stays until when.

    The database asks once more whether `by` may. An account that nothing else needs goes too. The worker writes the
    ledger from what is left for it in the same transaction. Raises ValidationError: not theirs to erase, or held.
    """
    if is_held(person):
        raise ValidationError(gettext("A legal hold keeps what concerns this person. Lift it first."))
    found = preview(person)
    practice = person.practice_id
    if not found.goes or not _ask("SELECT sec.erase_person(%s)", person.pk):
        raise ValidationError(gettext("This person is not yours to erase."))
    trail.record(practice, "person.erased", actor=by, obj=person)
    return found


def erase_again(rows: Iterable[Destroyed]) -> int:
    """Erase again whom the ledger says was erased, after a restore; as owner. Return how many were there."""
    return sum(_ask("SELECT sec.erase_now(%s)", row.obj) for row in rows)


def _ask(query: str, *values: UUID | str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        row = cursor.fetchone()
    return bool(row and row[0])
