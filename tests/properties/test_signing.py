"""Whatever is done with a contract that is to be signed: what stands signed is, to the letter, what its signers read.

The machine offers, edits, signs, declines, asks again, proposes, withdraws and agrees otherwise, in any order; it keeps
what each signer's page showed at the moment of signing, and compares it with what the database holds and the PDF says.
"""

import json
import os
import re
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from pypdf import PdfReader

from audit import asking
from documents.pdf import render
from engagements import actions, terms
from engagements.models import Contract, ContractParty, Engagement, Proposal, Signature, SignatureRequest, State
from engagements.signing import answers, requests
from engagements.signing.answers import Evidence
from engagements.signing.requests import Plan
from engagements.wording import frozen, joining, text_of
from engagements.wording.blocks import ContractText
from tests.conftest import NOW
from tests.signing_story import MINUTE, make_draft

DEEP: Final = os.environ.get("TYONOHJAUS_DEEP") == "1"
#: What a supervisor may change in a draft, so that its text becomes another.
EDITS: Final[tuple[tuple[str, Any], ...]] = (
    ("price", "200.00"), ("price", "95.50"), ("minutes", 60), ("minutes", 120), ("sessions_agreed", 12),
    ("more_terms", "Kesällä ei kokoonnuta."), ("more_terms", ""), ("cancel_notice_hours", 24), ("notice_days", 60),
)  # fmt: skip


@dataclass(frozen=True)
class Shown:
    """What stood on a signer's page: the whole text, its hash, and of a joining sheet its words."""

    text: ContractText
    hash: str
    sheet: str


def shown_to(row: SignatureRequest, contract: Contract) -> Shown:
    return Shown(text_of(contract), row.terms_hash, json.dumps(row.sheet, sort_keys=True))


def words(text: ContractText) -> list[str]:
    """Every piece of text in the clauses that are agreed on, as it is written down."""
    found: list[str] = []

    def walk(value: Any) -> None:
        if isinstance(value, str):
            found.append(value)
        elif isinstance(value, list | tuple):
            for each in value:
                walk(each)
        elif isinstance(value, dict):
            for key, each in value.items():
                if key not in ("kind", "key"):
                    walk(each)

    walk(frozen.freeze(text.clauses[:-1]))
    return [piece for piece in found if piece.strip()]


def squeezed(text: str) -> str:
    """Without spaces and hyphens, which a line end may add or take."""
    return re.sub(r"[\s\u00ad\u2010-]+", "", text)


class Signing(RuleBasedStateMachine):
    cast: Any
    printed: int
    signed: int

    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.shown: dict[Any, Shown] = {}
        self.agreed: dict[Any, str] = {}
        self.now = NOW

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)

    # --- beginning

    @initialize(names=st.booleans(), representative=st.booleans())
    def open_draft(self, names: bool, representative: bool) -> None:
        asking.become(self.cast.lead)
        self.engagement = make_draft(self.cast, names=names, signing="representative" if representative else "everyone")
        self.pk = self.engagement.contracts.get().pk
        self.offer([1, 1, 2, 2, 3])

    @property
    def contract(self) -> Contract:
        return Contract.objects.select_related("engagement").get(pk=self.pk)

    @property
    def state(self) -> str:
        self.engagement = Engagement.objects.get(pk=self.engagement.pk)
        return self.engagement.state

    def rows(self, **where: Any) -> list[SignatureRequest]:
        found = SignatureRequest.objects.filter(contract=self.pk, **where).select_related("contract")
        return list(found.order_by("name", "created_at"))

    def later(self) -> Any:
        self.now += 5 * MINUTE
        return self.now

    # --- the supervisor

    @precondition(lambda self: self.state == State.DRAFT)
    @rule(turns=st.lists(st.integers(1, 3), min_size=5, max_size=5))
    def offer(self, turns: list[int]) -> None:
        contract = self.contract
        chosen = None
        if contract.signing == "representative":
            chosen = self.engagement.participations.current().order_by("person__sort_key")[0]
        signers = requests.signers_of(contract, chosen)
        plans = [Plan(signer, turn) for signer, turn in zip(signers, turns, strict=False)]
        actions.offer(self.engagement, plans=plans, by=self.cast.lead, now=self.later())

    @rule(edit=st.sampled_from(EDITS))
    def edit(self, edit: tuple[str, Any]) -> None:
        """Whatever the state: to what is offered or agreed it must make no difference, or be refused."""
        name, value = edit
        changes = Contract.objects.filter(pk=self.pk).exclude(**{name: value})
        if self.state == State.DRAFT:
            changes.update(**{name: value})
        elif changes.exists():
            with pytest.raises(DatabaseError, match=r"an (agreed|offered) contract"), transaction.atomic():
                changes.update(**{name: value})

    @precondition(lambda self: self.state == State.OFFERED)
    @rule()
    def withdraw(self) -> None:
        actions.withdraw_offer(self.engagement, by=self.cast.lead, now=self.later())

    @precondition(lambda self: self.state in (State.DRAFT, State.OFFERED))
    @rule(how=st.sampled_from(["paper", "oral", "email"]), really=st.integers(0, 5))
    def agree_otherwise(self, how: str, really: int) -> None:
        if really == 0:
            on = self.later().date()
            actions.agree(self.engagement, how=how, agreed_on=on, by=self.cast.lead, now=self.now)

    @precondition(lambda self: self.rows(state="declined"))
    @rule(place=st.integers(0, 4))
    def ask_again(self, place: int) -> None:
        declined = self.rows(state="declined")
        row = declined[place % len(declined)]
        requests.ask_again(row, by=self.cast.lead, now=self.later())

    # --- the signers

    @rule(place=st.integers(0, 9), paper=st.booleans())
    def sign(self, place: int, paper: bool) -> None:
        """Anybody, whether they are asked or not. What they read is what the rows say when they open the page."""
        rows = self.rows()
        if not rows:
            return
        row = rows[place % len(rows)]
        contract, was = row.contract, row.state
        seen = shown_to(row, contract) if contract.state != Contract.State.DRAFT else None
        now = self.later()
        try:
            if paper:
                answers.record_on_paper(row, on=now.date(), by=self.cast.lead, now=now)
            else:
                answers.sign(row, name=row.name, evidence=Evidence("link", "I agree.", "en"), by=None, now=now)
        except ValidationError:
            return
        assert was == "waiting"
        assert contract.state == Contract.State.OFFERED
        assert seen is not None
        self.shown[row.pk] = seen

    @precondition(lambda self: self.rows(state="waiting", asked_at__isnull=False))
    @rule(but=st.sampled_from([0, 0, 1]))
    def everybody_signs(self, but: int) -> None:
        """All whose turn it is, and those after them; or all but one."""
        while len(self.rows(state="waiting")) > but and (waiting := self.rows(state="waiting", asked_at__isnull=False)):
            place = self.rows().index(waiting[0])
            self.sign(place, paper=False)

    @precondition(lambda self: self.rows(state="waiting", asked_at__isnull=False))
    @rule(place=st.integers(0, 4))
    def decline(self, place: int) -> None:
        waiting = self.rows(state="waiting", asked_at__isnull=False)
        answers.decline(waiting[place % len(waiting)], reason="Ei", by=None, now=self.later())

    @precondition(lambda self: self.rows(state="waiting", asked_at__isnull=False))
    @rule(place=st.integers(0, 4), clause=st.sampled_from(["", "price", "frame"]))
    def propose(self, place: int, clause: str) -> None:
        waiting = self.rows(state="waiting", asked_at__isnull=False)
        row = waiting[place % len(waiting)]
        asking.come_by_link(row.pk)
        proposal = answers.propose(row, clause=clause, text="Toisin", by=None, now=self.later())
        asking.come_by_link(None)
        answers.answer(Proposal.objects.get(pk=proposal.pk), text="Niin", by=self.cast.lead, now=self.later())

    # --- what holds

    @invariant()
    def what_was_signed_is_what_was_shown(self) -> None:
        if not hasattr(self, "pk"):
            return
        contract = self.contract
        signatures = {one.request_id: one for one in Signature.objects.filter(contract=self.pk)}
        assert set(signatures) == set(self.shown)
        for row in self.rows(state="signed"):
            seen, signature = self.shown[row.pk], signatures[row.pk]
            assert seen.hash == signature.terms_hash == row.terms_hash == contract.terms_hash == seen.text.digest
            assert signature.wording_hash == frozen.digest(frozen.freeze(seen.text.clauses[:-1]))
            assert signature.wording_hash == frozen.digest(contract.wording or [])
            assert text_of(contract).clauses[:-1] == seen.text.clauses[:-1]
            assert json.dumps(row.sheet, sort_keys=True) == seen.sheet
            if row.sheet:
                assert joining.thaw(row.sheet).digest == contract.terms_hash
        if contract.state != Contract.State.DRAFT:
            assert terms.digest(terms.thaw(contract.terms)) == contract.terms_hash
            assert terms.digest(terms.collect(contract)) == contract.terms_hash
        else:
            assert not self.rows(state="waiting")
            assert not self.rows(state="signed")
        if contract.state == Contract.State.AGREED:
            self.is_agreed(contract)

    def is_agreed(self, contract: Contract) -> None:
        standing = [row for row in self.rows() if row.state != "void"]
        assert {row.state for row in standing} <= {"signed"}
        type(self).signed += contract.agreed_how == "signed"
        if contract.agreed_how == "signed":
            assert len(standing) == len(expected(contract))
        first = self.agreed.setdefault("text", json.dumps([contract.terms, contract.wording], sort_keys=True))
        assert json.dumps([contract.terms, contract.wording], sort_keys=True) == first
        if standing and "pdf" not in self.agreed and type(self).printed < (20 if DEEP else 2):
            type(self).printed += 1
            text = text_of(contract)
            pdf = render("pdf/contract.html", {"text": text}, text.language, draft=False)
            self.agreed["pdf"] = squeezed("".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages))
            for row in standing:
                missing = [word for word in words(self.shown[row.pk].text) if squeezed(word) not in self.agreed["pdf"]]
                assert missing == []


def expected(contract: Contract) -> set[str]:
    """Who has to have signed: the lead, the contact, and the supervisees or the one who signs for them."""
    supervisees = {str(one.person_id) for one in contract.engagement.participations.current()}
    if contract.signing == "representative":
        supervisees = {"one"}
    parties = contract.parties.filter(signs=True).exclude(kind=ContractParty.Kind.SUPERVISEE)
    return supervisees | {str(party.pk) for party in parties}


@pytest.mark.django_db
def test_no_sequence_of_steps_makes_a_signed_text_other_than_what_was_shown(cast: Any) -> None:
    Signing.cast, Signing.printed, Signing.signed = cast, 0, 0
    run_state_machine_as_test(
        Signing,
        settings=settings(
            max_examples=300 if DEEP else 12,
            stateful_step_count=40 if DEEP else 20,
            derandomize=not DEEP,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    # It would prove little if nothing was ever signed by all, or nothing set in print.
    assert Signing.signed
    assert Signing.printed
