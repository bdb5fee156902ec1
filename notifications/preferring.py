"""Choosing what one wants to hear of, and when: in one's account, for a practice, or by the link in a mail."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q

from accounts.models import Membership, Practice, User
from audit import trail
from notifications.kinds import Audience, Kind, kinds
from notifications.models import Preference


def declinable(*audiences: Audience) -> list[Kind]:
    """Return the kinds that can be declined by those audiences."""
    return [kind for kind in kinds().values() if kind.can_be_declined and kind.to in audiences]


def to_persons() -> list[Kind]:
    """Return the kinds that a supervisee or contact can decline."""
    return declinable(Audience.SUPERVISEES, Audience.CLIENTS, Audience.CONCERNED)


def every_declinable() -> list[Kind]:
    return declinable(*Audience)


def works_here(user: User) -> bool:
    """Whether `user` works in a practice, so that supervisors' messages may come to them. One query."""
    return Membership.objects.current().filter(user=user).exists()


# --- in one's account -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Own:
    """What a user has chosen, and the defaults that count where they have not. `works`: in a practice."""

    works: bool
    held: Preference
    declined: frozenset[str]
    default: Preference | None
    #: Hours before a session by default; None where no practice says so.
    usual: int | None


def own(user: User) -> Own:
    """Return what counts for `user`. Five queries at most."""
    rows = list(Preference.objects.filter(Q(user=user) | Q(person__user=user)))
    held = next((row for row in rows if row.user_id), None)
    practice = practice_of(user)
    default = Preference.objects.filter(practice=practice).first() if practice else None
    chosen = [name for row in rows for name in row.declined] if rows else list(default.declined) if default else []
    usual = practice.reminder_hours if practice else None
    return Own(works_here(user), held or Preference(user=user), frozenset(chosen), default, usual)


def practice_of(user: User) -> Practice | None:
    """Return the practice whose defaults count for `user`: where they work longest, or of which they are one."""
    mine = Membership.objects.current().filter(user=user).select_related("practice").order_by("since", "pk").first()
    if mine is not None:
        return mine.practice
    return Practice.objects.filter(persons__user=user).order_by("name", "pk").first()


@transaction.atomic
def choose(user: User, *, wanted: Collection[str], declined: Collection[str], now: datetime, **fields: Any) -> None:
    """Write down what `user` wants. What they want again they may have declined by a mail before, as a person."""
    values = {**fields, "declined": sorted(declined), "changed_at": now}
    Preference.objects.update_or_create(user=user, defaults=values)
    for row in Preference.objects.filter(person__user=user):
        row.declined = [name for name in row.declined if name not in wanted]
        row.save(update_fields=["declined"])


# --- of a practice ----------------------------------------------------------------------------------------------------


@transaction.atomic
def choose_for(practice: Practice, *, declined: Collection[str], by: User, now: datetime, **fields: Any) -> None:
    """Write down what counts for those of `practice` who have chosen nothing."""
    values = {**fields, "declined": sorted(declined), "changed_at": now}
    Preference.objects.update_or_create(practice=practice, defaults=values)
    trail.record("accounts", "messages_chosen", actor=by, obj=practice)


# --- by the link in a mail --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Held:
    """What a person has chosen; `usual`: how many hours before a session their practice reminds."""

    declined: frozenset[str]
    hours: int | None
    usual: int


def held_by(person: UUID) -> Held | None:
    """Return what counts for a person, or None when there is no such person any more."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT declined, hours, usual FROM sec.reminders_of(%s)", [person])
        row = cursor.fetchone()
    return Held(frozenset(row[0]), row[1], row[2]) if row else None


def choose_reminders(person: UUID, declined: Collection[str], hours: int | None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT sec.choose_reminders(%s, %s, %s)", [person, sorted(declined), hours])


def decline_everything(person: UUID, held: Held) -> Held:
    """Decline every kind that a person can, keep the rest of what they have chosen, and return what counts then."""
    declined = held.declined | {kind.name for kind in to_persons()}
    choose_reminders(person, declined, held.hours)
    return replace(held, declined=declined)


def grouped(found: Collection[Kind]) -> Mapping[Audience, list[Kind]]:
    """Return kinds by whom they go to, in the order of audiences; one of those that say the same by the same rule."""
    distinct = list({(str(kind.label), str(kind.rule)): kind for kind in reversed(list(found))}.values())[::-1]
    return {audience: those for audience in Audience if (those := [kind for kind in distinct if kind.to == audience])}
