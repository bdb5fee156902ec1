"""Opening, agreeing and booking in one: what comes in a hurry is running at once, by the same verbs as everything."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext

from accounts.models import ClientOrganisation, Person, Practice, User
from engagements import actions as engagements
from engagements import shipped
from engagements.actions import PartyLine, contact_of
from engagements.blockers import current_contract
from engagements.models import Contract, ContractParty, Engagement, Focus, Form, Process
from formats.clock import HELSINKI, write_moment
from sessions import actions, debrief
from sessions.closing import agenda
from sessions.models import Session

#: A tight series has so many sessions at most, and so many days between two of them.
MOST_SESSIONS: Final = 5
MOST_DAYS_BETWEEN: Final = 14


@dataclass(frozen=True)
class Urgent:
    """What is known in a hurry. `times` are the sessions in their order; `people` may be nobody yet.

    single: one meeting and no series. Without `client` the `orderer` pays, or the only one of `people`.
    """

    times: Sequence[datetime]
    minutes: int
    price: Decimal
    mode: str
    place: str = ""
    link: str = ""
    single: bool = False
    language: str = "fi"
    agreed_on: date | None = None
    client: ClientOrganisation | None = None
    orderer: Person | None = None
    people: Sequence[tuple[Person, bool]] = field(default_factory=tuple)


@transaction.atomic
def begin(practice: Practice, urgent: Urgent, *, by: User, now: datetime) -> Engagement:
    """Return a process that is under way: its light contract agreed orally, its sessions booked, its agenda begun.

    Raises ValidationError with what speaks against it; of a time that is taken by `clock` for the first session and by
    `gap` for the others. Then nothing of it is there.
    """
    engagement = engagements.open_engagement(
        by, practice, by=by, now=now, title=title_of(urgent), form=form_of(len(urgent.people)), client=urgent.client,
        focus=Focus.GENERAL if urgent.single else Focus.CRISIS,
        process=Process.SINGLE if urgent.single else Process.SHORT,
        language=urgent.language, urgent=True,
    )  # fmt: skip
    engagements.set_people(engagement, urgent.people, now=now)
    write_terms(current_contract(engagement), urgent, by=by)
    engagements.agree(
        engagement, how=Contract.How.ORAL, agreed_on=urgent.agreed_on or now.astimezone(HELSINKI).date(), by=by, now=now
    )
    sessions = [book(engagement, urgent, number, by=by, now=now) for number in range(len(urgent.times))]
    for place, point in enumerate(debrief.points_in(urgent.language)):
        agenda.add(sessions[0], point, by=by, now=now + timedelta(milliseconds=place))  # they stand in their order
    engagement.refresh_from_db()
    return engagement


def title_of(urgent: Urgent) -> str:
    """Return the name of the process in its own language, without anybody's name."""
    with translation.override(urgent.language):
        kind = gettext("Single session") if urgent.single else gettext("Crisis supervision")
    return f"{urgent.client.name[:90]}, {kind[:1].lower()}{kind[1:]}" if urgent.client else kind


def form_of(number: int) -> str:
    """Return the form that so many supervisees make; a group when nobody is named yet."""
    known = {0: Form.GROUP, 1: Form.INDIVIDUAL, 2: Form.PAIR}
    return known.get(number) or (Form.GROUP if number <= 12 else Form.COMMUNITY)


def write_terms(contract: Contract, urgent: Urgent, *, by: User) -> None:
    """Fill the draft: the light terms, what was said now, and the parties. Whom nobody reads for, nothing is told."""
    shipped.fill_light(contract, shipped.SINGLE if urgent.single else shipped.CRISIS, urgent.language)
    contract.minutes, contract.price, contract.sessions_agreed = urgent.minutes, urgent.price, len(urgent.times)
    contract.mode, contract.place, contract.link = urgent.mode, urgent.place, urgent.link
    contract.save(update_fields=["minutes", "price", "sessions_agreed", "mode", "place", "link"])
    orders = orderer_of(urgent)
    together = PartyLine(ContractParty.Kind.SUPERVISEE, sets_goals=True)
    engagements.set_parties(contract, [*([orders] if orders else []), together], by=by)
    if orders is None or not orders.reads_reports:
        contract.reporting.all().delete()


def orderer_of(urgent: Urgent) -> PartyLine | None:
    if urgent.client is None:
        payer = urgent.orderer or urgent.people[0][0]
        return PartyLine(ContractParty.Kind.PAYER, person=payer, orders=True, reads_reports=urgent.orderer is not None)
    if urgent.orderer is None:
        return None
    contact = contact_of(urgent.client, urgent.orderer)
    kind = ContractParty.Kind.CONTACT
    return PartyLine(kind, person=urgent.orderer, contact=contact, orders=True, reads_reports=True)


def book(engagement: Engagement, urgent: Urgent, number: int, *, by: User, now: datetime) -> Session:
    starts_at = urgent.times[number]

    def verb() -> Session:
        return actions.book(
            engagement, starts_at=starts_at, minutes=urgent.minutes, mode=urgent.mode, place=urgent.place,
            link=urgent.link, by=by, now=now,
        )  # fmt: skip

    return by_number(verb, number, starts_at)


def by_number(verb: Callable[[], Session], number: int, starts_at: datetime) -> Session:
    """Run `verb` for a session of the list; what speaks against its time is said of it by its number."""
    try:
        return verb()
    except ValidationError as error:
        if not hasattr(error, "error_dict") or "starts_at" not in error.error_dict:
            raise
        why = error.message_dict["starts_at"]
    if number:
        head = gettext("Session %(number)d, %(when)s:") % {"number": number + 1, "when": write_moment(starts_at)}
        raise ValidationError({"gap": [f"{head} {each}" for each in why]})
    raise ValidationError({"clock": why})


def days_of(first: date, number: int, gap: int) -> list[date]:
    """Return the days of a tight series of `number` sessions, `gap` days from one to the next."""
    return [first + timedelta(days=gap * each) for each in range(number)]
