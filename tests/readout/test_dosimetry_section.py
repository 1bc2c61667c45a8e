"""The page of doses says of every figure by which way it is, and whether it is a lower or an upper bound."""

from __future__ import annotations

from dataclasses import replace

from hevesy.blocks.section import numbers_in
from hevesy.readout.sections.dosimetry import dosimetry
from hevesy.render.text import as_text
from hevesy.study.facts.dosimetry import RegionMass
from hevesy.study.limits import Limit
from hevesy.study.protocol import DosimetryPlan, DosimetryRegion
from tests.conduct.test_dosed import PLAN, S_LIVER, Facts, found
from tests.conduct.test_dosed_ways import BY_BLOOD, BY_LEFT, BY_TABLE, S_MARROW, MARROW_g, both, sampled, weighed


def page(facts: Facts, plan: DosimetryPlan) -> str:
    section = dosimetry(found(facts, plan))
    assert section is not None
    return as_text([section])


def row(text: str, *starts: str) -> str:
    """The line that begins with a name and holds a word."""
    name, *words = starts
    return next(one for one in text.splitlines() if one.startswith(name) and all(word in one for word in words))


def test_a_dose_by_the_plans_table_says_so_and_what_scaled_it() -> None:
    told = page(weighed(both()), BY_TABLE)
    assert "the plan's table, scaled to its mass" in row(told, "liver", "1500 (4 %)")
    assert "liver weighs 1500 g, Liver in the table 1800 g" in told
    assert "MIRD Pamphlet 11" in told
    assert "has the form and the neighbours of that in the table (made up)" in told


def test_a_lower_bound_is_at_least_on_every_line_and_keeps_no_limit() -> None:
    limit = Limit(region="marrow", amount_Gy=1e3, source="someone")
    plan = replace(BY_BLOOD, disease_in_marrow=True, limits=(limit,))
    facts = sampled(Facts().injected().treated()).s("marrow", "marrow", S_MARROW).curve("liver")
    told = page(facts.add(RegionMass, region="marrow", mass_g=MARROW_g), plan)
    lines = [one for one in told.splitlines() if one.startswith("marrow, by blood")]
    assert lines[0].count("at least") == 2
    assert "at least" in lines[1]
    assert "not told: the dose is a lower bound, a part of it is missing" in lines[1]
    assert "marrow: no activity of I-124 was measured in it" in told
    assert "At least: a part of what gives to the region is not in the dose" in told
    assert "limits: 0 kept, 0 exceeded, 1 not told" in told


def test_an_upper_bound_is_at_most_and_says_what_left_it() -> None:
    limit = Limit(region="liver", amount_Gy=1e-3, source="someone")
    facts = Facts().injected().curve().treated().s("liver", "liver", S_LIVER).s("liver", "rest", 1e-6)
    told = page(facts, replace(BY_LEFT, limits=(limit,)))
    assert "what regions leave" in row(told, "rest", "(")
    assert "at most" in row(told, "liver", "own anatomy")
    assert "not told: a part of the dose is an upper bound" in told
    assert "not measured: what the regions leave of the injected, with nothing excreted: an upper bound" in told


def test_blood_that_has_no_dose_says_why_where_nothing_else_was_fitted() -> None:
    told = page(sampled(Facts().injected().measured(24.0, "liver"), (4.0,)), BY_BLOOD)
    assert "marrow, by blood: 1 point, and mono has 2 parameters" in told


def test_a_study_without_blood_has_no_word_of_it() -> None:
    facts = Facts().injected().curve().treated().s("liver", "liver", S_LIVER)
    assert "blood" not in page(facts, PLAN)


def test_each_number_has_an_id_of_its_own() -> None:
    """Points of 0.6 and 1.4 h, and two regions whose names differ by a hyphen: 3 x 2 points, an id each."""
    regions = tuple(DosimetryRegion(name=name) for name in ("left kidney", "left-kidney"))
    facts = Facts().injected().treated()
    for name in ("left kidney", "left-kidney"):
        for hours in (0.6, 1.4, 48.0):
            facts.measured(hours, name)
        facts.s(name, name, S_LIVER * (1 + (name == "left-kidney")))
    section = dosimetry(found(facts, replace(PLAN, regions=regions)))
    assert section is not None
    numbers = numbers_in([section])
    assert sum("-at-" in one.id for one in numbers) == 6
    assert {one.id.endswith(("at-0-6h", "at-1-4h", "at-48h")) for one in numbers if "-at-" in one.id} == {True}


def test_a_curve_without_an_s_value_is_no_dose_foreseen() -> None:
    assert "0 of 1 subjects with a dose foreseen" in page(Facts().injected().curve().treated(), PLAN)


def test_a_subject_of_whom_blood_alone_was_sampled_is_dosed_by_it() -> None:
    """Its marrow has no activity by images and one by blood; before, the subject stood nowhere."""
    facts = sampled(Facts().injected().treated()).s("marrow", "marrow", S_MARROW)
    told = page(facts.add(RegionMass, region="marrow", mass_g=MARROW_g), BY_BLOOD)
    assert "1 of 1 subjects with a dose foreseen" in told
    assert "own anatomy" in row(told, "marrow, by blood")
