"""What a client is told of what is charged: by the clause of the contract, of its days, and nothing else."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import Contact
from audit import asking
from billing.reading import Told, all_open
from tests.billing_story import AFTERWARDS, NOVEMBER, another, held, invoice, priced

Cast = Any


def told(cast: Cast, now: Any = AFTERWARDS) -> tuple[list[Any], list[Any]]:
    """What the contact is told that is open, and of what was invoiced."""
    asking.become(cast.contact)
    source = Told(now)
    return all_open(source, now), list(source.every_line())


def test_a_contract_that_says_nothing_of_costs_tells_nothing_of_them(cast: Cast) -> None:
    priced(cast)
    held(cast)
    assert told(cast) == ([], [])
    invoice(cast)
    assert told(cast) == ([], [])
    asking.become(cast.contact)
    assert list(Told(AFTERWARDS).bases()) == []


def test_monthly_is_told_when_the_month_is_over(cast: Cast) -> None:
    priced(cast, told="monthly")
    held(cast)
    assert told(cast, AFTERWARDS - timedelta(days=2)) == ([], [])
    (statement,), _lines = told(cast)
    assert (statement.key.month, statement.net) == (NOVEMBER, Decimal("190.00"))
    assert (statement.party.practice, statement.party.lead) == ("Kaari", "Liisa Lahti")


def test_what_was_invoiced_is_told_as_it_was(cast: Cast) -> None:
    priced(cast, told="monthly")
    held(cast)
    basis = invoice(cast)
    still_open, lines = told(cast)
    assert still_open == []
    assert [(line.basis_id, line.net) for line in lines] == [(basis.pk, Decimal("190.00"))]


def test_of_one_invoice_only_the_days_that_are_told(cast: Cast) -> None:
    priced(cast, told="monthly")
    held(cast)
    held(cast, another(cast, 6))
    invoice(cast, AFTERWARDS)
    invoice(cast, AFTERWARDS + timedelta(hours=5), month=AFTERWARDS.date().replace(day=1))
    _open, lines = told(cast, AFTERWARDS + timedelta(hours=6))
    assert [line.day.month for line in lines] == [11]


@pytest.mark.parametrize("who", ["supervisee", "stranger", "stranger_supervisee"])
def test_it_is_told_to_the_readers_of_the_contract_alone(cast: Cast, who: str) -> None:
    priced(cast, told="monthly")
    held(cast)
    invoice(cast)
    asking.become(getattr(cast, who))
    assert list(Told(AFTERWARDS).every_line()) == []
    assert all_open(Told(AFTERWARDS), AFTERWARDS) == []


def test_a_contact_who_has_left_is_told_nothing_more(cast: Cast) -> None:
    priced(cast, told="monthly")
    held(cast)
    asking.become(cast.lead)
    Contact.objects.filter(pk=cast.client_contact.pk).update(left_on=NOVEMBER)
    assert told(cast) == ([], [])
