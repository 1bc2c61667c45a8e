"""Units: one inside, entered by multiplying; what is not a unit of the quantity is refused with those that are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hevesy.errors import RuleError
from hevesy.units import INTERNAL_UNIT, UNITS, factor_of, mCi, parse_quantity


def test_a_millicurie_is_37_megabecquerel() -> None:
    assert 1 * mCi == 37.0
    assert factor_of("mCi", "activity") == 37.0


@pytest.mark.parametrize(
    ("text", "dimension", "value"),
    [("18.75mCi/m2", "activity_per_area", 693.75), ("370MBq", "activity", 370), ("30min", "time", 0.5), ("81 kg", "body_mass", 81), ("1.73m", "length", 173),
     ("5 \u00b5Ci", "activity", 0.185), ("150 x10^9/L", "cell_count", 150), ("13 g/dl", "haemoglobin", 13)],
)  # fmt: skip
def test_quantities_as_people_type_them(text: str, dimension: str, value: float) -> None:
    assert parse_quantity(text, dimension) == pytest.approx(value)


@pytest.mark.parametrize(
    ("text", "dimension", "words"),
    [
        ("18.75", "activity_per_area", "is missing"),
        ("18.75mCi", "activity_per_area", "not a unit of activity per area"),
        ("3MCi", "activity", "'MCi' is not a unit"),
        ("200 g/L", "cell_count", "'g/L' is not a unit of cell count"),
        ("much", "activity", "not a number"),
        ("1e999mCi", "activity", "not a finite"),
        ("nan mCi", "activity", "not a number"),
    ],
)
def test_what_is_no_quantity_is_refused(text: str, dimension: str, words: str) -> None:
    with pytest.raises(RuleError, match=words):
        parse_quantity(text, dimension)


@given(
    st.sampled_from([(dimension, unit) for dimension, units in UNITS.items() for unit in units]), st.floats(1e-6, 1e6)
)
def test_into_a_unit_and_back(pair: tuple[str, str], value: float) -> None:
    dimension, unit = pair
    factor = factor_of(unit, dimension)
    assert value * factor / factor == pytest.approx(value, rel=1e-12)
    assert factor_of(INTERNAL_UNIT[dimension], dimension) == 1.0
