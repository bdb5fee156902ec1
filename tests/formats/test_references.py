"""Reference numbers: the published examples, and what holds of all."""

import pytest
import stdnum.iso11649
from hypothesis import given
from hypothesis import strategies as st

from formats.references import reference_of, rf_of, write_reference


def test_the_published_examples() -> None:
    assert reference_of(123456) == "1234561"
    assert rf_of("1234561") == "RF341234561"
    assert write_reference("1234561") == "12 34561"


@given(st.integers(100, 10**19 - 1))
def test_the_digits_of_a_reference_lead_to_a_ten(number: int) -> None:
    reference = reference_of(number)
    weighted = sum(int(digit) * (7, 3, 1)[place % 3] for place, digit in enumerate(reversed(reference[:-1])))
    assert (weighted + int(reference[-1])) % 10 == 0
    assert 4 <= len(reference) <= 20
    assert write_reference(reference).replace(" ", "") == reference
    assert stdnum.iso11649.is_valid(rf_of(reference))


@pytest.mark.parametrize("number", [-1234, 0, 99, 10**19])
def test_too_few_or_too_many_digits_make_none(number: int) -> None:
    with pytest.raises(ValueError, match="no reference"):
        reference_of(number)
