"""The study beside published arms: like for like, with those who could not be judged named, and by another program's Fisher test."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from scipy.stats import fisher_exact

from hevesy.check.published_arms import published_arms
from hevesy.conduct.analysis import Analysis, analyse
from hevesy.conduct.published import beside_published
from hevesy.study.facts.response import Assessment
from hevesy.study.subject import Study
from tests.readout.laid_out import published_of

CUT = date(2016, 12, 1)


@pytest.fixture(scope="module")
def analysis(demo_study: Study) -> Analysis:
    return analyse(demo_study, CUT)


def _decimals(printed: str) -> int:
    return len(printed.partition(".")[2])


def test_ours_are_the_judged_and_each_p_is_fishers(analysis: Analysis) -> None:
    best = [item.response.best for item in analysis.treated if item.response is not None and item.response.evaluable]
    found = {one.definition: one for one in beside_published(analysis)}
    responders = {"ORR": sum(word in ("sCR", "CR", "VGPR", "PR") for word in best)}
    responders["CBR"] = responders["ORR"] + best.count("MR")
    tested = 0
    for definition, count in responders.items():
        one = found[definition]
        assert (one.ours.responders, one.ours.n) == (count, len(best))
        for place in one.comparisons:
            if place.p_exact is None:
                continue
            arm = place.arm
            assert arm.n is not None
            printed = arm.percent_of(definition)
            fits = [
                k
                for k in range(arm.n + 1)
                if abs(Decimal(100 * k) / arm.n - Decimal(printed)) <= Decimal(5).scaleb(-1 - _decimals(printed))
            ]
            p = [fisher_exact([[count, len(best) - count], [k, arm.n - k]]).pvalue for k in fits]
            assert place.p_exact == pytest.approx(max(p), rel=1e-9)
            assert (f"p is {min(p):.2g} to {max(p):.2g}" in place.because) == (len(fits) > 1)
            tested += 1
    assert tested > 0
    assert {place.arm.trial for one in found.values() for place in one.comparisons} == {
        arm.trial for arm in published_arms()
    }


def test_another_definition_has_no_p(analysis: Analysis) -> None:
    for one in beside_published(analysis):
        for place in one.comparisons:
            if not place.arm.percent_of(one.definition):
                assert (place.p_exact, place.p_against_point, place.p_higher) == (None, None, None)


def test_who_could_not_be_judged_is_named_and_in_neither_number(demo_study: Study, analysis: Analysis) -> None:
    judged = next(item.subject.id for item in analysis.treated if item.response is not None and item.response.evaluable)
    subjects = tuple(
        replace(item, events=tuple(event for event in item.events if not isinstance(event, Assessment)))
        if item.id == judged
        else item
        for item in demo_study.subjects
    )
    before = beside_published(analysis)[0]
    fewer = analyse(replace(demo_study, subjects=subjects), CUT)
    after = beside_published(fewer)[0]
    assert (after.ours.n, after.not_judged) == (before.ours.n - 1, before.not_judged + 1)
    section = published_of(fewer)
    assert section is not None
    words = " ".join(part for block in section.blocks for part in getattr(block, "parts", ()) if isinstance(part, str))
    assert f"{after.not_judged} more were treated and could not be judged" in words
