"""Data quality, dose-limiting toxicity and the label: what is wrong, missing or not known is counted and named."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from hevesy.conduct.label import label_of
from hevesy.conduct.quality import MissingCount, Quality, Topic, UnknownTerms
from hevesy.conduct.reported import Disagreement
from hevesy.conduct.toxicity import Toxicity
from hevesy.follow.adverse_events import zero_events
from hevesy.nuclides.library import nuclide
from hevesy.readout.sections.dlt import dlt
from hevesy.readout.sections.label import label
from hevesy.readout.sections.quality import quality
from hevesy.study.believable import Questioned
from hevesy.study.protocol import AdverseEventRule, DLTRule
from tests.readout.small import numbers, outcome, table, words

CLEAN = Quality(disagreements=(), questioned=(), missing=None, missing_rows=(), terms=None, findings=())


def test_a_clean_record_says_so_and_shows_no_table() -> None:
    section = quality(CLEAN)
    assert {key: number.because for key, number in numbers(section).items()} == {
        "disagreements": ("all agree",),
        "questioned": ("none",),
    }
    assert len(section.blocks) == 2


def test_a_disagreement_shows_both_values_and_its_rows() -> None:
    fault = Disagreement(
        subject="S1", what="study day", reported="8", derived="9", because="day 1 counts", rows=(3, 4, 7)
    )
    section = quality(replace(CLEAN, disagreements=(fault,)))
    assert table(section, "disagreements") == [["S1", "study day", "8", "9", "day 1 counts", "3-4, 7"]]
    assert numbers(section)["disagreements"].because == ("S1, study day: reported 8, derived 9",)


def test_a_questioned_value_is_shown_as_delivered() -> None:
    asked = Questioned(
        subject="S1", row=9, quantity="platelets", value="15000 10^9/L", on=date(2020, 1, 8), because="outside 0..3000"
    )
    section = quality(replace(CLEAN, questioned=(asked,)))
    assert table(section, "questioned") == [["S1", "platelets", "15000 10^9/L", "2020-01-08", "outside 0..3000", "9"]]


def test_counts_that_are_required_and_missing_are_named_and_none_required_is_no_zero() -> None:
    assert "missing-counts" not in numbers(quality(CLEAN))
    assert numbers(quality(replace(CLEAN, missing=())))["missing-counts"].because == ("none",)
    one = MissingCount(subject="S1", test="platelets", day=29)
    section = quality(replace(CLEAN, missing=(one,), missing_rows=(1,)))
    assert numbers(section)["missing-counts"].because == ("S1: platelets on day 29",)
    assert table(section, "missing-counts") == [["S1", "platelets", "29"]]


def test_terms_that_ctcae_does_not_have_are_told_with_what_may_be_meant() -> None:
    section = quality(replace(CLEAN, terms=UnknownTerms(version="5.0", terms=("Anaemia",), rows=(5,))))
    number = numbers(section)["unknown-terms"]
    assert (number.value, number.rows) == (1, (5,))
    assert "Anemia" in number.because[0]
    every = quality(replace(CLEAN, terms=UnknownTerms(version="5.0", terms=(), rows=())))
    assert numbers(every)["unknown-terms"].because == ("every term is one of it",)


def test_findings_stand_by_topic_and_each_in_full() -> None:
    topic = Topic(name="no unit", messages=(("S1: platelets", (4, 5)), ("S2: platelets", (6,))))
    section = quality(replace(CLEAN, findings=(topic,)))
    assert table(section, "findings") == [["no unit", "2", "S1: platelets"]]
    assert table(section, "findings-all") == [["no unit", "S1: platelets", "4-5"], ["no unit", "S2: platelets", "6"]]
    assert numbers(section)["finding-no-unit"].rows == (4, 5, 6)


RULES = DLTRule(
    window_d=28,
    rules=(AdverseEventRule(name="grade 3 or worse", minimum_grade=3, non_haematological_only=False),),
    haematological_terms=(),
)
CLEAR = tuple(outcome(number, "no DLT") for number in range(1, 9))
TOXICITY = Toxicity(
    cut=date(2020, 6, 1), rules=RULES, outcomes=CLEAR, evaluable=CLEAR, with_dlt=0, none_seen=zero_events(8)
)


def test_none_of_eight_is_compatible_with_a_rate_of_31_percent() -> None:
    """1 - 0.05^(1/8) = 31.2 %, and 36.9 % two-sided."""
    section = dlt(TOXICITY)
    assert "Dose-limiting toxicity in 0 of 8 DLT-evaluable subjects over all levels" in words(section)
    found = numbers(section)
    assert (found["dlt-upper"].text, found["dlt-upper-two-sided"].text) == ("31.2 %", "36.9 %")
    assert table(section, "dlt")[0] == ["S1", "1", "no DLT", "28 of 28", "because no DLT"]


def test_one_of_eight_has_no_bound_of_none() -> None:
    told = words(dlt(replace(TOXICITY, with_dlt=1, none_seen=None)))
    assert "Dose-limiting toxicity in 1 of 8 DLT-evaluable subjects." in told
    assert "compatible" not in told


def test_nobody_evaluable_is_no_zero() -> None:
    waiting = (outcome(1, "pending", elapsed_d=None),)
    section = dlt(replace(TOXICITY, outcomes=waiting, evaluable=(), none_seen=None))
    assert "dlt-count" not in numbers(section)
    assert table(section, "dlt")[0][3] == "not treated"


@pytest.mark.parametrize(
    ("least", "most", "told"),
    [
        (None, None, "sets no least and no greatest share"),
        (75.0, None, "under 75 % of the prescription. No greatest share is set."),
        (None, 125.0, "over 125 % of the prescription. No least share is set."),
        (75.0, 125.0, "under 75 % or over 125 % of the prescription."),
    ],
)
def test_which_activity_leaves_nobody_evaluable_is_said(least: float | None, most: float | None, told: str) -> None:
    rules = replace(RULES, minimum_activity_percent=least, maximum_activity_percent=most, illustrative=True)
    section = dlt(replace(TOXICITY, rules=rules))
    assert told in words(section)
    assert "the rules used here are illustrative" in words(section)


def test_a_label_accounts_for_its_energy_and_small_spheres_absorb_less() -> None:
    """Energy is conserved; a dose factor falls with the mass, the energy absorbed rises with it."""
    section = label(label_of("Lu-177"))
    found = numbers(section)
    assert found["label-released"].value == pytest.approx(1, abs=0.01)
    factors = [found[f"label-sphere-{place}"].value for place in range(5)]
    absorbed = [float(row[2].split()[0]) for row in table(section, "spheres")]
    assert all(isinstance(factor, float) for factor in factors)
    assert sorted(factors, reverse=True) == factors  # type: ignore[type-var]
    assert sorted(absorbed) == absorbed
    assert absorbed[-1] < found["label-electrons"].value + found["label-photons"].value  # type: ignore[operator]
    assert nuclide("Lu-177").name in section.title


def test_a_label_names_the_descendants_it_leaves_out() -> None:
    assert "Not in these numbers: its descendants" in words(label(label_of("Ac-225")))
    assert "descendants" not in words(label(label_of("Lu-177")))
