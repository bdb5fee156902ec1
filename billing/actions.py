"""Verbs of billing: note the travel of a session, mark a statement as invoiced."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext, gettext_lazy

from accounts.models import User
from audit import trail
from billing.models import Line, Trip
from billing.pricing import Priced
from billing.reading import Inside, Key, Statement, month_of, statement
from engagements.models.terms import Travel
from formats.clock import HELSINKI
from sessions.fees import terms_of_session
from sessions.models import Session, SessionState

CHANGED = gettext_lazy("Something has changed since you opened the page. Look at it again: this is how it stands now.")


# --- travel ---------------------------------------------------------------------------------------------------------


def charged_of_travel(session: Session) -> Mapping[str, bool]:
    """Return which parts of a trip to `session` are charged by the contract in force on its day."""
    contract = terms_of_session(session)
    priced = Priced.of(contract.terms) if contract and contract.terms else None
    return {
        "kilometres": priced is not None and priced.travel == Travel.KILOMETRES,
        "minutes": priced is not None and bool(priced.travel_time_price),
        "receipts": priced is not None and priced.travel == Travel.RECEIPTS,
    }


def blocker_to_travel(session: Session) -> str:
    """Return why no travel can be noted for `session`, in a sentence; empty when it can."""
    if session.engagement.example:
        return gettext("This is an example: nothing is charged for it.")
    if session.state == SessionState.CANCELLED:
        return gettext("The session was cancelled in time.")
    if not any(charged_of_travel(session).values()):
        return gettext("By the contract no travel is charged.")
    return ""


@transaction.atomic
def note_travel(
    session: Session, *, kilometres: int = 0, minutes: int = 0, receipts: Decimal = Decimal(0), by: User, now: datetime
) -> Trip | None:
    """Keep the travel of `session`, in place of what was noted before; nothing of it takes the note away.

    Raises ValidationError where no travel can be noted, and for a part that the contract does not charge.
    """
    if why := blocker_to_travel(session):
        raise ValidationError(why)
    values = {"kilometres": kilometres, "minutes": minutes, "receipts": receipts}
    charged = charged_of_travel(session)
    if refused := [name for name, value in values.items() if value and not charged[name]]:
        raise ValidationError({name: gettext("By the contract this is not charged.") for name in refused})
    trip = Trip.objects.select_for_update().filter(session=session).first()
    if trip is None and not any(values.values()):
        return None
    # What was noted and is taken back is kept as nothing: an invoice that had it is corrected.
    trip = trip or Trip(session=session)
    for name, value in (values | {"changed_at": now, "changed_by": by}).items():
        setattr(trip, name, value)
    trip.full_clean(exclude=["session", "changed_by"])
    trip.save()
    trail.record(session.engagement_id, "session.travel", actor=by, obj=session)
    return trip


# --- invoicing ------------------------------------------------------------------------------------------------------


def blocker_to_invoicing(found: Statement, user: User, *, administers: bool, now: datetime) -> str:
    """Return why `found` cannot be marked as invoiced by `user`, in a sentence; empty when it can."""
    if found.basis is not None:
        return gettext("It is marked as invoiced already.")
    if found.key.lead != user.pk and not administers:
        return gettext("The supervisor who leads these processes marks it, or the practice administrator.")
    if found.key.month > month_of(now):
        return gettext("The invoice of the month that is running is made: this goes into the next, when that begins.")
    return ""


@transaction.atomic
def mark_invoiced(key: Key, *, seen: str, invoice_number: str, by: User, now: datetime) -> UUID:
    """Mark a statement as invoiced as it stands, and return the id of the basis that is kept of it.

    `seen` names the lines that the asker looked at. Raises ValidationError when there is nothing to invoice, when
    something changed since, and when somebody else was first.
    """
    found = statement(Inside(by), key, now)
    if found is None:
        raise ValidationError(gettext("There is nothing to invoice any more."))
    if found.seen != seen:
        raise ValidationError(CHANGED)
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT sec.mark_invoiced(%s, %s, %s, %s, %s::jsonb, %s, %s::jsonb, %s)",
                [
                    key.practice, key.lead, key.payer, key.month, json.dumps(asdict(found.party)), invoice_number,
                    json.dumps([plain(line) for line in found.lines]), now,
                ],
            )  # fmt: skip
            (basis,) = cursor.fetchone()
    except IntegrityError as error:
        raise ValidationError(CHANGED) from error
    for part in found.parts:
        trail.record(part.engagement.pk, "billing.invoiced", actor=by, data={"basis": str(basis)})
    return basis  # type: ignore[no-any-return]


def plain(line: Line) -> dict[str, Any]:
    """Return a line as JSON that PostgreSQL reads back as a row; its id, basis and place are given there."""
    values = {field.attname: getattr(line, field.attname) for field in Line._meta.concrete_fields}
    return {
        name: value.astimezone(HELSINKI).isoformat()
        if isinstance(value, datetime)
        else str(value)
        if isinstance(value, UUID | Decimal)
        else value
        for name, value in values.items()
        if name not in ("id", "basis_id", "position")
    }
