"""What a contract says, as one frozen value: collected from rows, written as canonical JSON, read back, hashed.

What was offered or agreed is always read from `Contract.terms` by `thaw`, never again from the rows.
"""

import hashlib
import json
import types
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, time
from decimal import Decimal
from functools import cache
from typing import Any, Final, TypeVar, Union, get_args, get_origin, get_type_hints

from engagements.models import Contract, ContractParty, Engagement, GoalLevels, Told, VatClass
from engagements.vat import STANDARD_RATE

Facts = TypeVar("Facts", "PracticeFacts", "ClientFacts")

#: The shape of the JSON. A later shape gets a later number and is read beside this one.
SCHEMA: Final = 1
#: Per cent. Frozen with the terms, so that a later rate leaves them alone.
VAT_RATES: Final[Mapping[str, Decimal]] = {VatClass.STANDARD: STANDARD_RATE}
#: Written only where they say something, so that what was frozen before they came is written as it was then.
OPTIONAL: Final = frozenset({"valid_from", "levels"})
#: Columns that are no terms: who holds the link can enter the room, and the client is given the contract.
NOT_TERMS: Final = frozenset({"link"})


@dataclass(frozen=True)
class PracticeFacts:
    """The practice as it stood when the terms were collected."""

    name: str
    business_id: str
    vat_standing: str
    street: str
    postcode: str
    city: str
    email: str
    phone: str


@dataclass(frozen=True)
class ClientFacts:
    """The client organisation as it stood when the terms were collected."""

    name: str
    business_id: str
    sector: str
    public_body: bool
    street: str
    postcode: str
    city: str
    invoicing_address: str
    einvoice_address: str
    einvoice_operator: str
    invoicing_reference: str
    stated_aims: str


@dataclass(frozen=True)
class Party:
    """Somebody with a part. `name` is empty for the supervisees together and for one whom the client may not know."""

    kind: str
    name: str
    title: str
    orders: bool
    sets_goals: bool
    signs: bool
    reads_reports: bool


@dataclass(frozen=True)
class AgreedGoal:
    theme: str
    text: str
    aim: str
    #: The words of the levels +2, +1, 0, −1, −2, where they were described.
    levels: tuple[str, ...] | None = None


@dataclass(frozen=True)
class ReportingLine:
    what: str
    to: str
    when: str
    approval: str
    silence_days: int | None


@dataclass(frozen=True)
class ContractTerms:
    """Everything a contract says. Money in euros, rates and fees in per cent, two decimals each."""

    schema: int
    language: str
    version: int
    # who
    title: str
    reference: str
    form: str
    focus: str
    process: str
    starts_on: date | None
    ends_on: date | None
    practice: PracticeFacts
    client: ClientFacts | None
    supervisors: tuple[str, ...]
    parties: tuple[Party, ...]
    supervisees: int
    supervisee_names: tuple[str, ...]
    names_hidden: bool
    goals: tuple[AgreedGoal, ...]
    reporting: tuple[ReportingLine, ...]
    # the columns of Terms
    framework_reference: str
    order_reference: str
    required_experience: str
    minutes: int | None
    sessions_agreed: int | None
    rhythm: str
    rhythm_every: int | None
    weekday: int | None
    time: time | None
    mode: str
    place: str
    trial_sessions: int
    trial_free: bool
    price: Decimal | None
    price_per: str
    vat_class: str
    vat_rate: Decimal | None
    vat_reason: str
    travel: str
    kilometre_rate: Decimal | None
    travel_time_price: Decimal | None
    payment_days: int | None
    price_review: str
    cancel_notice_hours: int | None
    cancel_fee_percent: int | None
    no_show_fee_percent: int | None
    who_cancels: str
    illness: str
    quorum: int | None
    own_cancellation: str
    toto_use: bool
    confidentiality_more: str
    evaluation_baseline: bool
    evaluation_interim: str
    evaluation_final: bool
    notes_months: int | None
    memo_months: int | None
    remote_tools: str
    notice_days: int | None
    disagreement: str
    handover: str
    signing: str
    more_terms: str
    # an amendment's first day, when it is not the day of the agreement
    valid_from: date | None = None


# --- collecting -----------------------------------------------------------------------------------------------------


def collect(contract: Contract) -> ContractTerms:
    """Return the terms of `contract` as its rows are now. For what is offered or agreed use `terms_of`.

    A supervisee's name is in them only where there is no client organisation or the reporting clause tells it names.
    """
    engagement = Engagement.objects.select_related("practice", "client", "lead").get(pk=contract.engagement_id)
    reporting = sorted(contract.reporting.all(), key=lambda line: (Told.values.index(line.what), line.to))
    hidden = hides_names(contract)
    people = [
        each.person
        for each in engagement.participations.current().select_related("person").order_by("person__sort_key", "id")
    ]
    parts = [word.casefold() for person in people for word in (person.given_name, person.family_name) if len(word) > 2]
    # A process named after its supervisee would tell the name all the same.
    tells_a_name = hidden and any(part in engagement.title.casefold() for part in parts)
    values = {name: _settled(value) for name, value in contract.terms_as_values().items() if name not in NOT_TERMS}
    return ContractTerms(
        schema=SCHEMA,
        language=str(engagement.language),
        version=contract.version,
        title="" if tells_a_name else engagement.title,
        reference=engagement.reference,
        form=str(contract.new_form or engagement.form),
        focus=str(contract.new_focus or engagement.focus),
        process=str(contract.new_process or engagement.process),
        starts_on=engagement.starts_on,
        ends_on=engagement.ends_on,
        practice=_facts(PracticeFacts, engagement.practice),
        client=_facts(ClientFacts, engagement.client) if engagement.client else None,
        supervisors=_supervisors(engagement),
        parties=tuple(_party(party, hidden) for party in _parties(contract)),
        supervisees=len(people),
        supervisee_names=() if hidden else tuple(person.name for person in people),
        names_hidden=hidden,
        goals=_goals(engagement),
        reporting=tuple(
            ReportingLine(str(line.what), str(line.to), str(line.when), str(line.approval), line.silence_days)
            for line in reporting
        ),
        vat_rate=VAT_RATES.get(contract.vat_class),
        valid_from=contract.valid_from,
        **values,
    )


def hides_names(contract: Contract) -> bool:
    """Return whether the names of the supervisees stay out of `contract`: its client is not told them."""
    told = contract.reporting.all()
    return contract.engagement.client_id is not None and all(line.what != Told.NAMES for line in told)


def terms_of(contract: Contract) -> ContractTerms:
    """Return what `contract` says: of a draft its rows as they are now, otherwise the terms as they were frozen."""
    if contract.state == Contract.State.DRAFT:
        return collect(contract)
    return thaw(contract.terms)


def _settled(value: Any) -> Any:
    """Return a column's value so that equal terms are written alike: choices as text, money with two decimals."""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, Decimal):
        return value.quantize(Decimal("0.01"))
    return value


def _facts(kind: type[Facts], row: Any) -> Facts:
    return kind(**{field.name: _settled(getattr(row, field.name)) for field in fields(kind)})


def _supervisors(engagement: Engagement) -> tuple[str, ...]:
    others = engagement.co_supervisors.current().select_related("user").order_by("since", "id")
    return (engagement.lead.name, *(each.user.name for each in others))


def _goals(engagement: Engagement) -> tuple[AgreedGoal, ...]:
    described = GoalLevels.objects.filter(goal__engagement=engagement, goal__owner=None).newest()
    levels = {each.goal_id: tuple(each.texts.values()) for each in described}
    shared = engagement.goals.shared()
    return tuple(AgreedGoal(str(goal.theme), goal.text, goal.aim, levels.get(goal.pk)) for goal in shared)


def _parties(contract: Contract) -> list[ContractParty]:
    return list(contract.parties.select_related("user", "person", "contact"))


def _party(party: ContractParty, hidden: bool) -> Party:
    somebody = party.user or party.person
    unnamed = hidden and party.kind == ContractParty.Kind.SUPERVISEE
    return Party(
        kind=str(party.kind),
        name="" if unnamed or somebody is None else somebody.name,
        title=party.contact.title if party.contact else "",
        orders=party.orders,
        sets_goals=party.sets_goals,
        signs=party.signs,
        reads_reports=party.reads_reports,
    )


# --- writing, reading, hashing --------------------------------------------------------------------------------------


def freeze(terms: ContractTerms) -> dict[str, Any]:
    """Return the terms as JSON values: decimals as text, days and times in ISO form. `thaw` reads it back unchanged."""
    plain: dict[str, Any] = _plain(terms)
    return plain


def canonical(terms: ContractTerms) -> str:
    """Return the one way in which these terms are written as JSON: sorted keys, no spaces, no floats."""
    return json.dumps(freeze(terms), sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def digest(terms: ContractTerms) -> str:
    """Return the SHA-256 of the canonical JSON, 64 hexadecimal digits."""
    return hashlib.sha256(canonical(terms).encode()).hexdigest()


def thaw(frozen: Mapping[str, Any] | None) -> ContractTerms:
    """Return the terms that `freeze` wrote. Raises ValueError when it is of another shape."""
    if not frozen or frozen.get("schema") != SCHEMA:
        raise ValueError("These are not terms of a shape known here.")
    try:
        terms: ContractTerms = _read(ContractTerms, frozen)
    except (KeyError, TypeError, ArithmeticError) as error:
        raise ValueError(f"These are not whole terms: {error!r}") from error
    return terms


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        plain = {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
        return {name: each for name, each in plain.items() if each is not None or name not in OPTIONAL}
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    if isinstance(value, date | time):
        return value.isoformat()
    return value


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


def _made(kind: Any, value: Mapping[str, Any]) -> Any:
    hints = _hints(kind).items()
    return kind(**{name: _read(hint, value[name]) for name, hint in hints if name in value or name not in OPTIONAL})


def _read(kind: Any, value: Any) -> Any:
    if get_origin(kind) in (Union, types.UnionType):
        return None if value is None else _read(get_args(kind)[0], value)
    if get_origin(kind) is tuple:
        return tuple(_read(get_args(kind)[0], each) for each in value)
    if is_dataclass(kind):
        return _made(kind, value)
    if kind is Decimal:
        return Decimal(value)
    if kind in (date, time):
        return kind.fromisoformat(value)
    return value
