"""The intervals that the questions tell first hold the truth as often as they say, at 12, 25 and 36 subjects.

The page docs/validation/diagnostic.md has all of them, from 4,000 draws each; here a twentieth of them is drawn, all of
them where bars are run at full size.
"""

from __future__ import annotations

import math

import pytest

from tests.stats.covering import Coverage, coverages
from tests.tiers import cases

DRAWS = 4000


@pytest.fixture(scope="module")
def every() -> list[Coverage]:
    return coverages(cases(DRAWS))


def test_every_interval_that_is_told_first_covers(every: list[Coverage]) -> None:
    """At least 94 %, less three standard errors of the draws; what can be added up, without them."""
    chosen = [one for one in every if one.chosen]
    assert {one.n for one in chosen} == {12, 25, 36}
    short = []
    for one in chosen:
        error = math.sqrt(0.05 * 0.95 / one.draws) if one.draws else 0.0
        if one.covered < 0.94 - 3 * error:
            short.append(one)
    assert short == []


def test_an_interval_that_is_told_first_is_always_told_and_has_a_length(every: list[Coverage]) -> None:
    assert all(one.untold == 0 for one in every if one.chosen)
    assert all(0 < one.length < 1 for one in every)


def test_clopper_and_pearson_never_cover_less_than_they_say(every: list[Coverage]) -> None:
    assert all(one.covered >= 0.95 for one in every if one.method == "Clopper-Pearson")


def test_the_usual_ones_fall_short_where_few_are(every: list[Coverage]) -> None:
    """Why they are not told first: a share of 95 % of the lesions of 12 patients, and areas near 1."""
    wald = [one for one in every if one.method == "Wald, t" and one.kind == "share of lesions" and one.n == 12]
    assert min(one.covered for one in wald) < 0.8
    delong = [one for one in every if one.method == "DeLong" and one.kind == "area under the curve, patients"]
    assert min(one.covered for one in delong) < 0.9
