"""The terms: collected from rows, frozen, read back, hashed."""

import json
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import date, time
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import ClientOrganisation
from audit import asking
from engagements.models import (
    Contract,
    ContractParty,
    Engagement,
    Focus,
    Form,
    Goal,
    Participation,
    Process,
    ReportingClause,
    Theme,
    Told,
    VatClass,
)
from engagements.models.contract import Approval, ToldWhen
from engagements.models.terms import (
    Cancels,
    Illness,
    Interim,
    Mode,
    OwnCancellation,
    Rhythm,
    Signing,
    Terms,
    Travel,
    Unit,
)
from engagements.terms import (
    NOT_TERMS,
    AgreedGoal,
    ClientFacts,
    ContractTerms,
    Party,
    PracticeFacts,
    ReportingLine,
    canonical,
    collect,
    digest,
    freeze,
    terms_of,
    thaw,
)
from engagements.wording import Standing, clauses, text_from, text_of

Cast = Any
AgreeAnew = Callable[..., Contract]

# PostgreSQL keeps no NUL, and UTF-8 no halves of a surrogate pair; forms refuse both.
words = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40)
money = st.decimals(0, 9999, places=2)
small = st.integers(0, 500)
CHOICES: dict[str, list[str]] = {
    "language": ["fi", "sv", "en"],
    "form": Form.values,
    "focus": Focus.values,
    "process": Process.values,
    "rhythm": Rhythm.values,
    "mode": Mode.values,
    "price_per": Unit.values,
    "vat_class": VatClass.values,
    "travel": Travel.values,
    "who_cancels": Cancels.values,
    "illness": Illness.values,
    "own_cancellation": OwnCancellation.values,
    "evaluation_interim": Interim.values,
    "signing": Signing.values,
}
parties = st.builds(Party, kind=st.sampled_from(ContractParty.Kind.values), name=words, title=words)
lines = st.builds(
    ReportingLine,
    what=st.sampled_from(Told.values),
    to=st.sampled_from(ReportingClause.To.values),
    when=st.sampled_from(ToldWhen.values),
    approval=st.sampled_from(Approval.values),
    silence_days=st.none() | st.integers(7, 60),
)
BY_TYPE: dict[Any, st.SearchStrategy[Any]] = {
    str: words,
    int: small,
    bool: st.booleans(),
    int | None: st.none() | small,
    Decimal | None: st.none() | money,
    date | None: st.none() | st.dates(date(2020, 1, 1), date(2099, 12, 31)),
    time | None: st.none() | st.times().map(lambda clock: clock.replace(second=0, microsecond=0)),
}
SPECIAL: dict[str, st.SearchStrategy[Any]] = {
    "schema": st.just(1),
    "weekday": st.none() | st.integers(1, 7),
    "supervisors": st.lists(words, min_size=1, max_size=3).map(tuple),
    "supervisee_names": st.lists(words, max_size=4).map(tuple),
    "practice": st.builds(PracticeFacts, **{field.name: words for field in fields(PracticeFacts)}),
    "client": st.none()
    | st.builds(
        ClientFacts,
        **{field.name: st.booleans() if field.name == "public_body" else words for field in fields(ClientFacts)},
    ),
    "parties": st.lists(parties, max_size=4).map(tuple),
    "goals": st.lists(
        st.builds(AgreedGoal, theme=st.sampled_from(Theme.values), text=words, aim=words), max_size=3
    ).map(tuple),
    "reporting": st.lists(lines, max_size=3).map(tuple),
}


def some(field: Any) -> st.SearchStrategy[Any]:
    if field.name in CHOICES:
        return st.sampled_from(CHOICES[field.name])
    return SPECIAL[field.name] if field.name in SPECIAL else BY_TYPE[field.type]


any_terms = st.builds(ContractTerms, **{field.name: some(field) for field in fields(ContractTerms)})


@given(any_terms)
def test_what_is_frozen_is_read_back_unchanged(terms: ContractTerms) -> None:
    kept = json.loads(json.dumps(freeze(terms)))
    assert thaw(kept) == terms
    assert digest(thaw(kept)) == digest(terms)


@given(any_terms, st.sampled_from(fields(ContractTerms)), st.data())
def test_any_changed_term_changes_the_hash(terms: ContractTerms, field: Any, data: st.DataObject) -> None:
    other = replace(terms, **{field.name: data.draw(some(field))})
    assert (digest(other) == digest(terms)) == (other == terms)


@settings(deadline=None)
@given(any_terms, st.sampled_from(Contract.State.values))
def test_any_terms_can_be_said_in_words(terms: ContractTerms, state: str) -> None:
    text = text_from(terms, Standing(state, date(2027, 1, 1), "paper"))
    assert [clause.number for clause in text.clauses] == list(range(1, len(text.clauses) + 1))
    assert all(clause.blocks and clause.heading for clause in text.clauses)


def test_every_column_of_the_terms_stands_in_the_contract_but_the_link() -> None:
    assert set(Terms.term_names()) - NOT_TERMS <= {field.name for field in fields(ContractTerms)}
    assert {"link"} == NOT_TERMS


def test_the_canonical_form_has_sorted_keys_no_spaces_and_no_floats(full_terms: ContractTerms) -> None:
    text = canonical(full_terms)
    plain = json.loads(text, parse_float=lambda number: pytest.fail(f"a float: {number}"))
    assert text == json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    assert plain["price"] == "100.00"
    assert plain["time"] == "08:30:00"
    assert plain["ends_on"] == "2028-05-31"


def test_equal_sums_are_written_alike(short_terms: ContractTerms) -> None:
    assert digest(replace(short_terms, price=Decimal(110))) == digest(short_terms)


@pytest.mark.parametrize("broken", [None, {}, {"schema": 2}, {"schema": 1}])
def test_what_are_no_terms_is_refused(broken: dict[str, Any] | None) -> None:
    with pytest.raises(ValueError, match="not"):
        thaw(broken)


@pytest.mark.parametrize("change", [lambda kept: kept.pop("price"), lambda kept: kept.update(price="a lot")])
def test_half_of_the_terms_is_refused(short_terms: ContractTerms, change: Callable[[dict[str, Any]], Any]) -> None:
    kept = freeze(short_terms)
    change(kept)
    with pytest.raises(ValueError, match="not whole terms"):
        thaw(kept)


# --- collected from rows --------------------------------------------------------------------------------------------


@pytest.fixture
def contract(cast: Cast) -> Contract:
    """The cast's contract, with its lead asking."""
    asking.become(cast.lead)
    return Contract.objects.get(engagement=cast.engagement)


def test_a_client_that_may_not_know_the_names_finds_none_in_the_contract(
    cast: Cast, contract: Contract, agree_anew: AgreeAnew
) -> None:
    party = {"kind": ContractParty.Kind.SUPERVISEE, "person": cast.people[0], "signs": True, "sets_goals": True}
    signed = agree_anew(cast.engagement, parties=lambda draft: ContractParty.objects.create(contract=draft, **party))
    terms = terms_of(signed)
    assert terms == collect(signed)
    assert [party.kind for party in terms.parties].count("supervisee") == 1
    whole = canonical(terms) + repr(clauses(terms))
    assert terms.supervisees == 3
    assert not [person.name for person in cast.people if person.family_name in whole or person.given_name in whole]
    assert "joining sheet" in whole


def test_the_names_stand_there_when_the_clause_tells_them(
    cast: Cast, contract: Contract, agree_anew: AgreeAnew
) -> None:
    told = agree_anew(cast.engagement, told=[{"what": Told.NAMES, "approval": Approval.NONE}])
    terms = terms_of(told)
    assert terms == collect(told)
    assert terms.supervisee_names == ("Sanna Salo", "Ville Wikman", "Åsa Öberg")
    assert "joining sheet" not in repr(clauses(terms))


def test_the_names_stand_there_when_there_is_no_client_organisation(cast: Cast, contract: Contract) -> None:
    Engagement.objects.filter(pk=cast.engagement.pk).update(client=None)
    assert "Sanna Salo" in repr(clauses(collect(contract)))


def test_a_process_named_after_its_supervisee_is_not_named_to_the_client(cast: Cast, contract: Contract) -> None:
    Engagement.objects.filter(pk=cast.engagement.pk).update(title="Sannan työnohjaus, Otso")
    assert collect(contract).title == ""
    Engagement.objects.filter(pk=cast.engagement.pk).update(title="Otson ryhmä")
    assert collect(contract).title == "Otson ryhmä"


def test_a_private_goal_is_in_no_contract(cast: Cast, contract: Contract) -> None:
    owner = Participation.objects.get(person=cast.people[0])
    Goal.objects.create(engagement=cast.engagement, theme=Theme.MEANING, text="Oma salaisuus", owner=owner)
    Goal.objects.create(engagement=cast.engagement, theme=Theme.MEANING, text="Yhteinen")
    assert [goal.text for goal in collect(contract).goals] == ["Yhteinen"]


def test_who_has_left_is_not_counted(cast: Cast, contract: Contract) -> None:
    Participation.objects.filter(person=cast.people[0]).update(left_on=date(2026, 12, 1))
    assert collect(contract).supervisees == 2


def test_an_agreed_contract_is_read_from_what_was_frozen_and_not_from_its_rows(
    settled: Cast, superuser_address: str
) -> None:
    with asking.acting_as(settled.lead):
        contract = Contract.objects.get(engagement=settled.engagement)
        before = text_of(contract)
    with psycopg.connect(superuser_address, autocommit=True) as superuser:
        superuser.execute("SET session_replication_role = replica")
        superuser.execute("UPDATE engagements_contract SET price = 999, minutes = 45 WHERE id = %s", [contract.pk])
        superuser.execute("UPDATE engagements_reportingclause SET what = 'names' WHERE contract_id = %s", [contract.pk])
    with asking.acting_as(settled.lead):
        ClientOrganisation.objects.filter(pk=settled.organisation.pk).update(name="Aivan toinen")
        contract.refresh_from_db()
        assert text_of(contract) == before
        assert before.digest == contract.terms_hash
        now, agreed = collect(contract), terms_of(contract)
    assert (now.price, now.minutes, now.names_hidden) == (Decimal("999.00"), 45, False)
    assert (agreed.price, agreed.minutes, agreed.names_hidden) == (Decimal("190.00"), 90, True)


def test_the_database_keeps_what_was_frozen_letter_by_letter(contract: Contract) -> None:
    assert digest(thaw(contract.terms)) == contract.terms_hash


def test_the_link_to_the_remote_room_is_in_no_contract(cast: Cast, contract: Contract, agree_anew: AgreeAnew) -> None:
    remote = agree_anew(cast.engagement, link="https://meet.example/otso-secret")
    assert "otso-secret" in remote.link
    assert "otso-secret" not in canonical(collect(remote)) + json.dumps(remote.terms)
