"""Half-lives with their source, and the law of decay."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hevesy.errors import RuleError
from hevesy.nuclides.library import names, nuclide
from hevesy.nuclides.nuclide import remaining_MBq
from tests.conftest import reference
from tests.references import decay

IODINE = nuclide("I-131")
activities = st.floats(1e-6, 1e6)
hours = st.floats(-500, 5000)


def test_half_lives_are_those_of_the_evaluation() -> None:
    """Half-lives as the evaluators print them: I-131 8.0252 d, I-124 4.176 d, F-18 109.77 min, Lu-177 6.647 d."""
    assert IODINE.half_life_h / 24 == pytest.approx(8.0252, abs=5e-5)
    assert nuclide("I-124").half_life_h / 24 == pytest.approx(4.176, abs=5e-4)
    assert nuclide("F-18").half_life_h * 60 == pytest.approx(109.77, abs=5e-3)
    assert nuclide("Lu-177").half_life_h / 24 == pytest.approx(6.647, abs=5e-4)
    assert all(nuclide(name).source.sha256 for name in names())


def test_the_shipped_table_is_what_the_evaluation_says() -> None:
    """The sections beside are of ENDF/B-VIII.1; Ac-225 is taken from JEFF-4.0 (decision 0011)."""
    import hashlib

    sections = sorted(reference("decay").glob("*.endf"))
    assert len(sections) == 12
    for path in sections:
        found = nuclide(path.name.split("_")[0])
        if found.name == "Ac-225":
            assert found.source.work == "JEFF-4.0 decay sublibrary"
            continue
        assert found.source.work == "ENDF/B-VIII.1 decay sublibrary"
        assert found.source.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
        said = float(re.sub(r"(?<=\d)([+-])", r"e\1", path.read_text().splitlines()[1][:11].strip()))
        assert said / 3600 == pytest.approx(found.half_life_h, rel=1e-15)


@pytest.mark.parametrize("written", ["I-131", "I131", "131I", "i-131", "131-I"])
def test_the_usual_ways_to_write_a_nuclide(written: str) -> None:
    assert nuclide(written) == IODINE


def test_an_unknown_nuclide_is_refused_with_the_nearest() -> None:
    with pytest.raises(RuleError, match=r"I-132.*nearest are I-131"):
        nuclide("I-132")


@given(activities, st.floats(0, 2000))
def test_decay_equals_a_reference_written_differently(activity: float, elapsed_h: float) -> None:
    expected = float(decay.remaining(activity, elapsed_h, IODINE.half_life_h))
    assert remaining_MBq(activity, elapsed_h, IODINE) == pytest.approx(expected, rel=1e-12)


@given(activities, hours, hours)
def test_decay_in_two_steps_is_decay_in_one(activity: float, first_h: float, second_h: float) -> None:
    step = remaining_MBq(remaining_MBq(activity, first_h, IODINE), second_h, IODINE)
    assert step == pytest.approx(remaining_MBq(activity, first_h + second_h, IODINE), rel=1e-12)


@given(activities, st.floats(0, 5000))
def test_activity_only_falls_with_time(activity: float, elapsed_h: float) -> None:
    assert remaining_MBq(activity, elapsed_h, IODINE) <= activity
    assert remaining_MBq(activity, -elapsed_h, IODINE) >= activity


def test_a_negative_activity_is_refused() -> None:
    with pytest.raises(ValueError, match="not negative, got -1"):
        remaining_MBq(-1, 2, IODINE)
