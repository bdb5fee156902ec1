"""Contracts made up for the tests: a short one between two people, and one with every clause filled."""

from dataclasses import replace
from datetime import date, time
from decimal import Decimal

import pytest

from engagements.terms import AgreedGoal, ClientFacts, ContractTerms, Party, PracticeFacts, ReportingLine

PRACTICE = PracticeFacts(
    "Työnohjaus Kaari Oy", "9900011-4", "registered", "Kaarikatu 1", "00100", "Helsinki", "liisa@kaari.example", ""
)
CLIENT = ClientFacts(
    "Päijänteen hyvinvointialue", "9900001-8", "child", True, "Keskuskatu 12", "15110", "Lahti",
    "Ostolaskut\nPL 120", "003799000018", "BAWCFI22", "KP 4410", "Lapsen etu ensin\nAika on arvokasta",
)  # fmt: skip


@pytest.fixture
def short_terms() -> ContractTerms:
    """Individual supervision that a private person orders and pays; no client organisation."""
    return ContractTerms(
        schema=1, language="en", version=1, title="Sanna Salo", reference="", form="individual", focus="general",
        process="long", starts_on=date(2027, 1, 13), ends_on=None, practice=PRACTICE, client=None,
        supervisors=("Liisa Lahti",),
        parties=(
            Party("supervisor", "Liisa Lahti", "", False, False, True, False),
            Party("payer", "Sanna Salo", "", True, True, True, False),
        ),
        supervisees=1, supervisee_names=("Sanna Salo",), names_hidden=False, goals=(), reporting=(),
        framework_reference="", order_reference="", required_experience="", minutes=60, sessions_agreed=10,
        rhythm="weeks", rhythm_every=3, weekday=4, time=time(13, 30), mode="in_person", place="Kaarikatu 1",
        trial_sessions=0, trial_free=False, price=Decimal("110.00"), price_per="session", vat_class="standard",
        vat_rate=Decimal("25.50"), vat_reason="", travel="none", kilometre_rate=None, travel_time_price=None,
        payment_days=14, price_review="", cancel_notice_hours=48, cancel_fee_percent=50, no_show_fee_percent=100,
        who_cancels="any", illness="free", quorum=None, own_cancellation="moved", toto_use=True,
        confidentiality_more="", evaluation_baseline=False, evaluation_interim="none", evaluation_final=True,
        notes_months=6, memo_months=12, remote_tools="", notice_days=30, disagreement="", handover="",
        signing="everyone", more_terms="",
    )  # fmt: skip


@pytest.fixture
def full_terms(short_terms: ContractTerms) -> ContractTerms:
    """A group of nine for a public body, with something in every clause; the client does not know the names."""
    return replace(
        short_terms, version=3, title="Avopalvelut A", reference="TO-04", form="group", focus="situational",
        ends_on=date(2028, 5, 31), client=CLIENT, supervisors=("Liisa Lahti", "Kalle Kivi"),
        parties=(
            Party("supervisor", "Liisa Lahti", "", False, False, True, False),
            Party("contact", "Tiina Tamm", "palvelupäällikkö", True, False, True, True),
            Party("line_manager", "Jari Salonen", "", False, True, True, True),
            Party("supervisee", "", "", False, True, True, False),
        ),
        supervisees=9, supervisee_names=(), names_hidden=True,
        goals=(
            AgreedGoal("dialogue", "Otamme vaikeat asiat puheeksi.", "Aika on arvokasta"),
            AgreedGoal("wellbeing", "Tunnistamme kuormituksen.", ""),
        ),
        reporting=(
            ReportingLine("dates", "readers", "monthly", "none", None),
            ReportingLine("themes", "line_manager", "half_yearly", "everyone", 14),
            ReportingLine("text", "readers", "end", "everyone", None),
        ),
        framework_reference="HEL 2026-004512", order_reference="4500123987", required_experience="Lastensuojelu",
        minutes=135, sessions_agreed=16, rhythm_every=4, weekday=3, time=time(8, 30), mode="mixed",
        place="Keskuskatu 12", trial_sessions=2, price=Decimal("100.00"), price_per="training_hour",
        travel="kilometres", kilometre_rate=Decimal("0.55"), travel_time_price=Decimal("45.00"), payment_days=30,
        price_review="Indeksin mukaan.", cancel_notice_hours=168, quorum=4, own_cancellation="stand_in",
        confidentiality_more="Turvakieltoja ei mainita.", evaluation_baseline=True, evaluation_interim="half_yearly",
        remote_tools="Teams", disagreement="Työsuojelupäällikkö", handover="Kalle Kivi", signing="representative",
        more_terms="Kesällä ei kokoonnuta.\nTilaaja varaa tilan.",
    )  # fmt: skip
