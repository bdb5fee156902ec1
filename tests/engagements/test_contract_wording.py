"""The contract in words: each clause says what its terms say, in three languages."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from engagements.models.terms import Travel, Unit
from engagements.terms import ContractTerms, ReportingLine
from engagements.wording import Clause, Standing, clauses, text_from

LANGUAGES = ["fi", "sv", "en"]
KEYS = [
    "parties", "purpose", "order", "goals", "frame", "price", "cancellation", "confidentiality", "evaluation",
    "reporting", "data", "ending", "disagreement", "handover", "more", "signatures",
]  # fmt: skip


def flat(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for each in value:
            yield from flat(each)


def said(found: tuple[Clause, ...], key: str | None = None) -> str:
    """Return the whole text, or one clause's, with ordinary spaces."""
    texts = (
        text
        for clause in found
        if key in (None, clause.key)
        for block in clause.blocks
        for text in flat(tuple(vars(block).values()))
    )
    return "\n".join(texts).replace("\u00a0", " ")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_clause_is_there_in_order(full_terms: ContractTerms, language: str) -> None:
    found = clauses(replace(full_terms, language=language))
    assert [clause.key for clause in found] == KEYS
    assert [clause.number for clause in found] == list(range(1, 17))


def test_a_clause_with_nothing_to_say_is_left_out(short_terms: ContractTerms) -> None:
    assert [clause.key for clause in clauses(short_terms)] == [key for key in KEYS if key != "order"]


@pytest.mark.parametrize("language", ["fi", "sv"])
@pytest.mark.parametrize("size", ["short_terms", "full_terms"])
def test_no_sentence_of_ours_is_left_in_english(request: pytest.FixtureRequest, size: str, language: str) -> None:
    terms: ContractTerms = request.getfixturevalue(size)
    theirs = set(flat(tuple(vars(terms.practice).values())))
    english = set(said(clauses(terms)).splitlines())
    own = set(said(clauses(replace(terms, language=language))).splitlines())
    same = {line for line in english & own if line.count(" ") > 3} - theirs
    assert same == set()


@pytest.mark.parametrize(
    ("language", "price", "day"),
    [
        ("fi", "110,00 € + alv 25,5 % = 138,05 €", "13.1.2027"),
        ("sv", "110,00 € + moms 25,5 % = 138,05 €", "13.1.2027"),
        ("en", "€110.00 + VAT 25.5% = €138.05", "13 Jan 2027"),
    ],
)
def test_money_and_days_are_written_as_the_language_writes_them(
    short_terms: ContractTerms, language: str, price: str, day: str
) -> None:
    found = clauses(replace(short_terms, language=language))
    assert price in said(found, "price")
    assert day in said(found, "frame")


# --- price ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("per", "minutes", "expected"),
    [
        (Unit.HOUR, 90, "A session of 90 minutes: €150.00 + VAT 25.5% = €188.25"),
        (Unit.TRAINING_HOUR, 90, "A session of 90 minutes: €200.00 + VAT 25.5% = €251.00"),
        (Unit.HOUR, 50, "A session of 50 minutes: €83.33 + VAT 25.5% = €104.58"),
    ],
)
def test_a_price_per_unit_is_counted_out_for_a_session(
    short_terms: ContractTerms, per: str, minutes: int, expected: str
) -> None:
    assert expected in said(clauses(replace(short_terms, price=Decimal(100), price_per=per, minutes=minutes)), "price")


def test_free_trial_sessions_are_not_in_the_total(short_terms: ContractTerms) -> None:
    text = said(clauses(replace(short_terms, trial_sessions=2, trial_free=True)))
    assert "8 sessions that are charged: €880.00 + VAT 25.5% = €1,104.40" in text
    assert "The trial sessions are free of charge." in text


def test_a_price_for_the_whole_process_is_said_once(short_terms: ContractTerms) -> None:
    text = said(clauses(replace(short_terms, price_per=Unit.WHOLE)), "price")
    assert "for the whole process" in text
    assert "charged:" not in text


def test_without_vat_one_sum_is_said_with_its_ground(short_terms: ContractTerms) -> None:
    terms = replace(short_terms, vat_class="exempt", vat_rate=None, vat_reason="Yhden potilaan psykoterapian ohjaus")
    text = said(clauses(terms), "price")
    assert "€110.00 per session" in text
    assert "Yhden potilaan psykoterapian ohjaus" in text


def test_a_later_vat_rate_leaves_a_frozen_contract_alone(short_terms: ContractTerms) -> None:
    assert "VAT 24%" in said(clauses(replace(short_terms, vat_rate=Decimal(24))), "price")


@pytest.mark.parametrize("travel", Travel.values)
def test_each_kind_of_travel_is_said(full_terms: ContractTerms, travel: str) -> None:
    text = said(clauses(replace(full_terms, travel=travel, travel_time_price=None)), "price")
    told = {
        "none": "No travel costs",
        "included": "included in the price",
        "kilometres": "€0.55 per kilometre",
        "receipts": "by receipts",
    }
    assert [kind for kind, words in told.items() if words in text] == [travel]


# --- what the client is told ----------------------------------------------------------------------------------------


def test_without_a_line_the_client_is_told_only_that_the_process_exists(full_terms: ContractTerms) -> None:
    text = said(clauses(replace(full_terms, reporting=())), "reporting")
    assert "told nothing of the supervision but that the process exists" in text


def test_each_line_of_the_clause_is_a_row(full_terms: ContractTerms) -> None:
    (clause,) = (clause for clause in clauses(full_terms) if clause.key == "reporting")
    (table,) = (block for block in clause.blocks if block.kind == "table")
    assert list(vars(table)["rows"]) == [
        ("Dates of the sessions held", "The parties who read reports", "Monthly", "No approval needed", "–"),
        ("Themes the group has approved", "The line manager", "Every six months", "Every supervisee approves",
         "Counts after 14 days"),
        ("The supervisor's written assessment", "The parties who read reports", "At the end",
         "Every supervisee approves", "Does not count"),
    ]  # fmt: skip


def test_nothing_else_is_told_and_no_text_without_approval(full_terms: ContractTerms) -> None:
    text = said(clauses(full_terms), "reporting")
    assert "told this and nothing else" in text
    assert "Without approval no text reaches the client." in text


def test_silence_counts_only_where_a_line_says_so(full_terms: ContractTerms) -> None:
    silent = ReportingLine("text", "readers", "end", "everyone", None)
    assert "Silence counts as approval only where the table says" in said(clauses(full_terms), "reporting")
    text = said(clauses(replace(full_terms, reporting=(silent,))), "reporting")
    assert "Silence never counts as approval." in text
    assert "counts after" not in text.lower()


# --- other clauses --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_statutory_limits_of_secrecy_stand_in_every_contract(short_terms: ContractTerms, language: str) -> None:
    text = said(clauses(replace(short_terms, language=language)))
    for law in ("417/2007", "39/1889", "1336/1997", "728/2003", "2016/679"):
        assert law in text


@pytest.mark.parametrize(("quorum", "expected"), [(4, "at least 4 supervisees"), (1, "at least 1 supervisee can")])
def test_the_quorum_is_said(full_terms: ContractTerms, quorum: int, expected: str) -> None:
    assert expected in said(clauses(replace(full_terms, quorum=quorum)), "cancellation")


def test_a_contract_with_one_supervisee_speaks_of_one(short_terms: ContractTerms) -> None:
    together = replace(short_terms.parties[1], kind="supervisee", name="")
    parties = (*short_terms.parties, together)
    text = said(clauses(replace(short_terms, parties=parties, mode="remote", signing="nobody", toto_use=False)))
    assert "the supervisee" in text
    assert "the supervisees" not in text


def test_who_signs_on_paper_has_a_line_and_only_one(short_terms: ContractTerms) -> None:
    (clause,) = (clause for clause in clauses(short_terms) if clause.key == "signatures")
    assert vars(clause.blocks[-1])["places"] == (("Liisa Lahti", "Supervisor"), ("Sanna Salo", "Private payer"))


def test_an_oral_agreement_has_no_lines_to_sign(short_terms: ContractTerms) -> None:
    standing = Standing("agreed", date(2026, 11, 23), "oral")
    text = text_from(short_terms, standing)
    assert text.standing == "Agreed orally on 23 Nov 2026"
    assert not [block for clause in text.clauses for block in clause.blocks if block.kind == "signatures"]


def test_two_supervisees_of_the_same_name_both_sign(short_terms: ContractTerms) -> None:
    terms = replace(short_terms, form="pair", supervisees=2, supervisee_names=("Anna Aho", "Anna Aho"))
    (clause,) = (clause for clause in clauses(terms) if clause.key == "signatures")
    assert vars(clause.blocks[-1])["places"].count(("Anna Aho", "Supervisee")) == 2


def test_the_name_of_the_document_names_no_supervisee(short_terms: ContractTerms) -> None:
    assert text_from(short_terms, Standing()).name == "Supervision contract, Individual supervision, version 1"
