"""What the database refuses, whoever asks: a signature that is not asked for, and any change of what was signed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction

from audit import asking
from engagements import actions
from engagements.models import Contract, Engagement, Proposal, Signature, SignatureRequest
from engagements.signing import answers, requests
from engagements.signing.answers import Evidence
from engagements.signing.requests import Plan
from tests.conftest import NOW
from tests.signing_story import make_draft
from tyonohjaus.example import make_example

Cast = Any
LINK = Evidence("link", "I agree.", "en")


@pytest.fixture
def offered(cast: Cast) -> Contract:
    """An offer that the supervisor signs first, then the contact, then the supervisees; the lead asks."""
    asking.become(cast.lead)
    return offer(make_draft(cast, names=True), cast)


def offer(draft: Engagement, cast: Cast, *, in_turn: bool = True) -> Contract:
    order = {"supervisor": 1, "contact": 2, "supervisee": 3}
    signers = requests.signers_of(draft.contracts.get())
    plans = [Plan(signer, order[signer.part] if in_turn else 1) for signer in signers]
    return actions.offer(draft, plans=plans, by=cast.lead, now=NOW)


def asked(contract: Contract, part: str = "supervisor") -> SignatureRequest:
    rows = SignatureRequest.objects.filter(contract=contract, part=part).select_related("contract")
    return rows.order_by("name")[0]


def sign(row: SignatureRequest) -> None:
    answers.sign(row, name=row.name, evidence=LINK, by=None, now=NOW)


def sign_all(contract: Contract) -> None:
    while row := SignatureRequest.objects.open().filter(contract=contract).select_related("contract").first():
        sign(row)


def insert(row: SignatureRequest, **changed: Any) -> None:
    """Write a signature past every action of ours."""
    values: dict[str, Any] = {
        "id": uuid4(), "request_id": row.pk, "contract_id": row.contract_id, "version": 1,
        "terms_hash": row.terms_hash, "wording_hash": "", "name": row.name, "consent": "", "language": "en",
        "method": "link", "at": NOW, "signed_on": NOW.date(), "address": "", "user_agent": "",
    }  # fmt: skip
    values |= changed
    names, places = ", ".join(values), ", ".join(["%s"] * len(values))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO engagements_signature ({names}) VALUES ({places})", list(values.values()))  # noqa: S608


# --- a signature that is not asked for --------------------------------------------------------------------------------


def test_a_signature_in_its_turn_is_taken(offered: Contract) -> None:
    insert(asked(offered))
    assert asked(offered).state == "signed"
    assert asked(offered, "contact").asked_at == NOW


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("signature_is_asked_for", "turn"),
        ("signature_is_of_the_text", "hash"),
        ("signature_is_of_the_text", "version"),
        ("signature_is_asked_for", "contract"),
        ("signature_is_asked_for", "nobody"),
        ("signature_is_asked_for", "twice"),
        ("signature_is_asked_for", "declined"),
        ("signature_is_asked_for", "void"),
        ("signature_is_asked_for", "agreed"),
    ],
)
def test_a_signature_is_refused(offered: Contract, cast: Cast, name: str, wrong: str) -> None:
    row = asked(offered)
    changed: dict[str, Any] = {}
    if wrong == "turn":
        row = asked(offered, "supervisee")
    elif wrong == "hash":
        changed = {"terms_hash": "f" * 64}
    elif wrong == "version":
        changed = {"version": 2}
    elif wrong == "contract":
        changed = {"contract_id": cast.engagement.contracts.get().pk}
    elif wrong == "nobody":
        changed = {"request_id": uuid4()}
    elif wrong == "twice":
        sign(row)
    elif wrong == "declined":
        answers.decline(row, reason="Ei", by=cast.lead, now=NOW)
    elif wrong == "void":
        actions.withdraw_offer(offered.engagement, by=cast.lead, now=NOW)
    elif wrong == "agreed":
        actions.agree(offered.engagement, how="paper", agreed_on=NOW.date(), by=cast.lead, now=NOW)
    with pytest.raises(DatabaseError, match=name):
        insert(row, **changed)


def test_a_turn_that_was_asked_by_force_still_waits_for_those_before(offered: Contract) -> None:
    row = asked(offered, "supervisee")
    SignatureRequest.objects.filter(pk=row.pk).update(asked_at=NOW)
    with pytest.raises(DatabaseError, match="signature_in_turn"):
        insert(row)
    with pytest.raises(DatabaseError, match="a signature request stays"), transaction.atomic():
        SignatureRequest.objects.filter(pk=row.pk).update(turn=1)


def test_after_a_withdrawal_and_another_offer_only_the_new_text_is_signed(offered: Contract, cast: Cast) -> None:
    old = asked(offered)
    actions.withdraw_offer(offered.engagement, by=cast.lead, now=NOW)
    Contract.objects.filter(pk=offered.pk).update(price="250.00")
    again = offer(Engagement.objects.get(pk=offered.engagement_id), cast)
    new = [row for row in SignatureRequest.objects.filter(contract=again, part="supervisor") if row.state == "waiting"]
    for text in (old.terms_hash, again.terms_hash):
        with pytest.raises(DatabaseError, match="signature_is_asked_for"):
            insert(old, terms_hash=text)
    with pytest.raises(DatabaseError, match="signature_is_of_the_text"):
        insert(new[0], terms_hash=old.terms_hash)
    insert(new[0])


def test_nobody_is_asked_to_sign_an_example(cast: Cast) -> None:
    asking.become(cast.lead)
    make_example(cast.practice, by=cast.lead, now=NOW)
    contract = Contract.objects.get(engagement__example=True)
    (signer, *_others) = requests.signers_of(contract)
    with pytest.raises(DatabaseError, match="nobody signs an example"), transaction.atomic():
        requests.ask(contract, [Plan(signer)], now=NOW)


def test_paper_says_who_recorded_it_and_nothing_else_does(offered: Contract, cast: Cast) -> None:
    row = asked(offered)
    for changed in ({"method": "paper"}, {"recorded_by_id": cast.lead.pk}):
        with pytest.raises(DatabaseError, match="signature_on_paper_says_who_recorded"):
            insert(row, **changed)
    for changed in ({"method": "strong"}, {"proof": "{}"}):
        with pytest.raises(DatabaseError, match="signature_strong_has_its_proof"):
            insert(row, **changed)


def test_no_state_says_signed_without_a_signature(offered: Contract) -> None:
    with pytest.raises(DatabaseError, match="a signature request stays"), transaction.atomic():
        SignatureRequest.objects.filter(pk=asked(offered).pk).update(state="signed", settled_at=NOW)


# --- what is offered, and what was signed -----------------------------------------------------------------------------

OF_OFFERS = [
    "UPDATE engagements_contract SET price = 1 WHERE id = %s",
    "UPDATE engagements_contract SET signing = 'nobody' WHERE id = %s",
    "UPDATE engagements_contract SET price = 1, state = 'agreed', agreed_on = now(), agreed_how = 'oral' WHERE id = %s",
    "UPDATE engagements_contract SET terms = '{}' WHERE id = %s",
    "UPDATE engagements_contract SET terms_hash = repeat('1', 64) WHERE id = %s",
    "UPDATE engagements_contract SET wording = '[]' WHERE id = %s",
    "UPDATE engagements_contract SET version = 7 WHERE id = %s",
    "UPDATE engagements_contract SET state = 'draft' WHERE id = %s",
    "UPDATE engagements_contract SET terms = '{}', state = 'agreed', agreed_on = now(), agreed_how = 'x' WHERE id = %s",
    "DELETE FROM engagements_contractparty WHERE contract_id = %s",
    "UPDATE engagements_contractparty SET reads_reports = true WHERE contract_id = %s",
    "UPDATE engagements_reportingclause SET what = 'minutes' WHERE contract_id = %s AND what = 'dates'",
    "DELETE FROM engagements_reportingclause WHERE contract_id = %s",
    "DELETE FROM engagements_signaturerequest WHERE contract_id = %s",
    "UPDATE engagements_signaturerequest SET terms_hash = repeat('1', 64) WHERE contract_id = %s",
    "UPDATE engagements_signaturerequest SET name = 'X Y' WHERE contract_id = %s",
    "UPDATE engagements_signaturerequest SET turn = 1 WHERE turn > 1 AND contract_id = %s",
    "UPDATE engagements_signaturerequest SET person_id = NULL, user_id = sec.uid() WHERE contract_id = %s",
]
OF_SIGNATURES = [
    "UPDATE engagements_signature SET name = 'X Y' WHERE contract_id = %s",
    "UPDATE engagements_signature SET terms_hash = repeat('1', 64) WHERE contract_id = %s",
    "UPDATE engagements_signature SET at = now() WHERE contract_id = %s",
    "UPDATE engagements_signature SET consent = '' WHERE contract_id = %s",
    "DELETE FROM engagements_signature WHERE contract_id = %s",
]
OF_AGREED = [
    *OF_SIGNATURES,
    "UPDATE engagements_contract SET wording = '[]' WHERE id = %s",
    "UPDATE engagements_contract SET terms = '{}' WHERE id = %s",
    "UPDATE engagements_contract SET agreed_how = 'oral' WHERE id = %s",
    "UPDATE engagements_contract SET state = 'offered' WHERE id = %s",
    "UPDATE engagements_contract SET state = 'draft' WHERE id = %s",
    "UPDATE engagements_signaturerequest SET state = 'void' WHERE contract_id = %s",
    "UPDATE engagements_signaturerequest SET state = 'waiting', settled_at = NULL WHERE contract_id = %s",
    "UPDATE engagements_signaturerequest SET reason = 'x' WHERE contract_id = %s",
    "UPDATE engagements_signaturerequest SET deadline = now() WHERE contract_id = %s",
    "DELETE FROM engagements_signaturerequest WHERE contract_id = %s",
    "DELETE FROM engagements_contract WHERE id = %s",
]
TABLES = ["engagements_signature", "engagements_signaturerequest", "engagements_contract"]


def refused_to_app(change: str, contract: UUID) -> bool:
    """Whether the application is refused, or may not even see a row that it could change."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change, [contract] if "%s" in change else None)
            return cursor.rowcount == 0 and "DELETE FROM engagements_contract WHERE" in change
    except DatabaseError:
        return True


@contextmanager
def owner(superuser_address: str) -> Iterator[Callable[[str, UUID], bool]]:
    """Give a function that says whether a change is refused to the owner of the tables; it takes back what is not."""
    with psycopg.connect(superuser_address, autocommit=True) as connected:
        connected.execute(f"SET ROLE {settings.DATABASE_ROLE_NAMES.prefix}_owner")

        def refused(change: str, contract: UUID) -> bool:
            try:
                with connected.transaction(force_rollback=True):
                    connected.execute(change.replace("sec.uid()", "person_id"), [contract] if "%s" in change else None)
            except (psycopg.errors.RestrictViolation, psycopg.errors.IntegrityError):
                return True
            return False

        yield refused


def test_to_the_application_what_is_offered_stands(offered: Contract) -> None:
    assert [change for change in OF_OFFERS if not refused_to_app(change, offered.pk)] == []


def test_to_the_application_what_was_signed_stands(offered: Contract, cast: Cast) -> None:
    sign_all(offered)
    offered.refresh_from_db()
    assert (offered.state, offered.agreed_how) == ("agreed", "signed")
    assert [change for change in OF_AGREED if not refused_to_app(change, offered.pk)] == []
    assert [name for name in TABLES if not refused_to_app(f"TRUNCATE {name} CASCADE", offered.pk)] == []


def test_a_signature_on_a_text_that_was_withdrawn_stands_too(offered: Contract, cast: Cast) -> None:
    sign(asked(offered))
    actions.withdraw_offer(offered.engagement, by=cast.lead, now=NOW)
    assert [change for change in OF_SIGNATURES if not refused_to_app(change, offered.pk)] == []
    kept = Signature.objects.get(contract=offered)
    assert SignatureRequest.objects.filter(pk=kept.request_id, state="void").exists()
    with pytest.raises(DatabaseError), transaction.atomic():
        SignatureRequest.objects.filter(pk=kept.request_id).update(state="waiting", settled_at=None)


def test_to_the_owner_it_stands_as_well(settled: Cast, superuser_address: str) -> None:
    with asking.acting_as(settled.lead):
        on_offer = offer(make_draft(settled, names=True), settled)
        signed = offer(make_draft(settled, names=True), settled)
        sign_all(signed)
    with owner(superuser_address) as refused:
        assert [change for change in OF_OFFERS if not refused(change, on_offer.pk)] == []
        assert [change for change in OF_AGREED if not refused(change, signed.pk)] == []
        assert [name for name in TABLES if not refused(f"TRUNCATE {name} CASCADE", signed.pk)] == []
        # The control: what may change does, so that a refusal above is one.
        free = "UPDATE engagements_signaturerequest SET deadline = now() WHERE state = 'waiting' AND contract_id = %s"
        assert not refused(free, on_offer.pk)


# --- who sees and does what, by rows ----------------------------------------------------------------------------------


def test_only_who_is_asked_or_leads_writes_a_signature(cast: Cast, offered: Contract) -> None:
    row = asked(offered)
    for name, user in cast.members.items():
        if name == "lead":
            continue
        asking.become(user)
        with pytest.raises(DatabaseError, match="row-level security"):
            insert(row)


def test_a_visitor_by_a_link_writes_for_its_request_alone(cast: Cast) -> None:
    asking.become(cast.lead)
    at_once = offer(make_draft(cast, names=True), cast, in_turn=False)
    contact, other = asked(at_once, "contact"), asked(at_once, "supervisee")
    asking.become(None)
    with pytest.raises(DatabaseError, match="row-level security"):
        insert(contact)
    asking.come_by_link(contact.pk)
    with pytest.raises(DatabaseError, match="row-level security"):
        insert(other)
    with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
        Proposal.objects.create(request=other, text="x", at=NOW)
    assert SignatureRequest.objects.get().pk == contact.pk
    assert not Engagement.objects.exists()
    assert [one.pk for one in Contract.objects.all()] == [at_once.pk]
    insert(contact)
    asking.come_by_link(None)


def test_a_link_to_what_is_void_shows_no_contract(cast: Cast, offered: Contract) -> None:
    row = asked(offered)
    actions.withdraw_offer(offered.engagement, by=cast.lead, now=NOW)
    asking.become(None)
    asking.come_by_link(row.pk)
    assert not Contract.objects.exists()
    assert SignatureRequest.objects.get().state == "void"
    asking.come_by_link(None)
