"""Myeloma response from laboratory values and findings: authored cases, a reference by another hand, and laws, in three rule sets."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hevesy.follow.response import imwg, imwg_rules
from hevesy.study.facts.response import Assessment
from tests.follow.imwg_cases import CASES, Case
from tests.references import imwg_laboratory

DAY_0 = date(2015, 1, 1)
FIELDS = {
    "serum_m_g_dL": "serum_m_protein_g_per_dL",
    "urine_m_mg_24h": "urine_m_protein_mg_per_24h",
    "involved_flc_mg_L": "involved_flc_mg_per_L",
    "uninvolved_flc_mg_L": "uninvolved_flc_mg_per_L",
    "serum_ife": "serum_immunofixation",
    "urine_ife": "urine_immunofixation",
    "marrow_percent": "marrow_plasma_cells_percent",
    "marrow_clonal": "marrow_clonal",
    "plasmacytoma_cm2": "plasmacytoma_cm2",
    "new_lesion": "new_lesion",
}


def assessments(visits: Any) -> list[Assessment]:
    return [
        Assessment(
            subject="S",
            row=place,
            on=DAY_0 + timedelta(days=visit["day"]),
            **{ours: visit.get(theirs) for theirs, ours in FIELDS.items()},
        )
        for place, visit in enumerate(visits)
    ]


def ours(visits: Any, version: str) -> dict[str, Any]:
    facts = assessments(visits)
    found = imwg.classify("S", facts[0], facts[1:], imwg_rules.rule_set(f"imwg-{version}"))
    every = sorted((*found.visits, *found.not_evaluable), key=lambda visit: visit.on)

    def day(on: date | None) -> int | None:
        return None if on is None else (on - DAY_0).days

    return {
        "visits": [visit.category for visit in every] if found.followed else ["NE"] * (len(visits) - 1),
        "best": found.best,
        "progression_day": day(found.progression_on),
        "unconfirmed_progression_day": day(found.unconfirmed_progression_on),
    }


def test_there_are_enough_authored_cases() -> None:
    """More than 150 courses, written by hand from the papers, in each of the rule sets they hold for."""
    assert len({case.name for case in CASES}) == len(CASES) >= 700
    assert min(Counter(case.version for case in CASES).values()) >= 150


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_authored_case(case: Case) -> None:
    found = ours(case.visits, case.version)
    assert (found["visits"], found["best"]) == (list(case.categories), case.best)
    assert (found["progression_day"], found["unconfirmed_progression_day"]) == (
        case.progression_day,
        case.unconfirmed_progression_day,
    )


def decimal(low: int, high: int, places: int) -> st.SearchStrategy[float]:
    return st.integers(low, high).map(lambda n: float(Decimal(n).scaleb(-places)))


finding = st.sampled_from([None, "positive", "negative"])
visit = st.fixed_dictionaries(
    {
        "serum_m_g_dL": st.one_of(st.none(), decimal(0, 70, 1), st.sampled_from([0.0, 0.5, 1.0, 2.5, 4.5, 5.0, 6.0])),
        "urine_m_mg_24h": st.one_of(
            st.none(), st.sampled_from([0.0, 50.0, 99.0, 100.0, 199.0, 200.0, 400.0, 500.0, 1000.0])
        ),
        "involved_flc_mg_L": st.one_of(
            st.none(), st.sampled_from([5.0, 20.0, 60.0, 100.0, 200.0, 300.0, 301.0, 420.0])
        ),
        "uninvolved_flc_mg_L": st.one_of(st.none(), st.sampled_from([5.0, 12.0, 20.0])),
        "serum_ife": finding,
        "urine_ife": finding,
        "marrow_percent": st.one_of(st.none(), st.sampled_from([1.0, 4.9, 5.0, 30.0])),
        "marrow_clonal": st.sampled_from([None, True, False]),
        "plasmacytoma_cm2": st.one_of(st.none(), st.sampled_from([0.0, 4.0, 5.0, 6.0, 7.5, 10.0])),
        "new_lesion": st.sampled_from([None, None, False, True]),
    }
)
courses = st.lists(visit, min_size=2, max_size=6).map(
    lambda own: [{"day": 28 * place, **one} for place, one in enumerate(own)]
)


@given(courses, st.sampled_from(["2006", "2011", "2016"]))
@settings(max_examples=400, deadline=None)
def test_any_course_is_read_as_by_the_reference(visits: Any, version: str) -> None:
    expected = imwg_laboratory.classify(visits, version)
    found = ours(visits, version)
    assert {key: expected[key] for key in found} == found


@given(courses, st.sampled_from(["2006", "2011", "2016"]), st.integers(1, 5), st.sampled_from([0.0, 0.3, 0.8, 0.99]))
@settings(max_examples=300, deadline=None)
def test_a_lower_serum_m_protein_never_worsens_its_visit(visits: Any, version: str, place: int, factor: float) -> None:
    """Of the visit changed, all else fixed: PD < SD < MR < PR < VGPR < CR < sCR."""
    place = min(place, len(visits) - 1)
    if visits[place]["serum_m_g_dL"] is None:
        return
    lower = [dict(one) for one in visits]
    lower[place]["serum_m_g_dL"] = visits[place]["serum_m_g_dL"] * factor
    before, after = (ours(one, version)["visits"][place - 1] for one in (visits, lower))
    if "NE" in (before, after):
        # another followed protein is missing: only a rise, which stands by itself, can be told, and no longer when there is none
        assert after == "NE"
        assert before in ("NE", "PD")
        return
    rank = ["PD", *imwg_rules.ORDER]
    assert rank.index(after) >= rank.index(before)


@given(courses)
@settings(max_examples=60, deadline=None)
def test_no_answer_hangs_on_the_unit(visits: Any) -> None:
    """Chains written in mg/dL and M-protein in g/L, entered by their factors, give the same answers."""
    other = [
        {
            **one,
            "serum_m_g_dL": None if one["serum_m_g_dL"] is None else one["serum_m_g_dL"] * 10 * 0.1,
            "involved_flc_mg_L": None if one["involved_flc_mg_L"] is None else one["involved_flc_mg_L"] / 10 * 10.0,
            "uninvolved_flc_mg_L": None
            if one["uninvolved_flc_mg_L"] is None
            else one["uninvolved_flc_mg_L"] / 10 * 10.0,
            "urine_m_mg_24h": None if one["urine_m_mg_24h"] is None else one["urine_m_mg_24h"] / 1000 * 1000.0,
        }
        for one in visits
    ]
    assert ours(other, "2016") == ours(visits, "2016")


def test_the_range_of_the_ratio_is_turned_round_where_lambda_is_involved() -> None:
    """Kappa over lambda is normal from 0.26 to 1.65: 10 of lambda to 30 of kappa is 3.0 and abnormal, 20 to 10 is 0.5 and normal."""
    for involved, uninvolved, best in ((10.0, 30.0, "VGPR"), (20.0, 10.0, "CR")):
        later = {"serum_ife": "negative", "urine_ife": "negative", "marrow_percent": 2.0}
        visits = [{"day": 0, "involved_flc_mg_L": 900.0, "uninvolved_flc_mg_L": 10.0}]
        visits += [
            {"day": 30 * n, "involved_flc_mg_L": involved, "uninvolved_flc_mg_L": uninvolved, **later}  # type: ignore[dict-item]
            for n in (1, 2)
        ]
        facts = [replace(one, involved_chain="lambda") for one in assessments(visits)]
        assert imwg.classify("S", facts[0], facts[1:]).best == best
    low = Assessment(
        subject="S", row=1, on=DAY_0, involved_flc_mg_per_L=120.0, uninvolved_flc_mg_per_L=60.0, involved_chain="lambda"
    )
    assert imwg_rules.measures_at_baseline(low) == ()


def test_what_is_no_number_is_not_measured() -> None:
    facts = assessments([{"day": 0, "serum_m_g_dL": 3.0}, {"day": 30, "serum_m_g_dL": float("nan")}])
    assert imwg.classify("S", facts[0], facts[1:]).best == "NE"


def test_a_version_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="myeloma criteria are imwg-2006, imwg-2011, imwg-2016, got 'imwg-2020'"):
        imwg_rules.rule_set("imwg-2020")


def test_by_light_chains_alone_shrunken_plasmacytomas_make_no_minor_response() -> None:
    """Chains normal again and plasmacytomas of 10 cm2 shrunk to 6: too little for a partial response, and a minor one is not defined."""
    blank: dict[str, Any] = dict.fromkeys(
        ("serum_m_g_dL", "urine_m_mg_24h", "serum_ife", "urine_ife", "marrow_percent", "marrow_clonal", "new_lesion")
    )
    chains = [(100.0, 5.0, 10.0), (5.0, 5.0, 6.0)]
    visits = [
        {
            "day": 28 * place,
            **blank,
            "involved_flc_mg_L": involved,
            "uninvolved_flc_mg_L": uninvolved,
            "plasmacytoma_cm2": size,
        }
        for place, (involved, uninvolved, size) in enumerate(chains)
    ]
    for version in ("2006", "2011", "2016"):
        assert ours(visits, version)["visits"] == ["SD"] == imwg_laboratory.classify(visits, version)["visits"]


@pytest.mark.parametrize(
    ("involved", "uninvolved", "category"),
    [
        (15.0, 900.0, "NE"),
        (15.0, 115.0, "NE"),
        (15.0, 114.0, "VGPR"),
        (30.0, 35.0, "VGPR"),
        (40.0, 140.0, "VGPR"),
        (500.0, 10.0, "SD"),
    ],
    ids=["turned", "by-100", "below-100", "small-and-normal", "normal-ratio", "as-before"],
)
def test_light_chains_that_turn_to_the_other_side_are_a_question(
    involved: float, uninvolved: float, category: str
) -> None:
    """500/10 and then 15/900 mg/L is no very good partial response: a clonal switch, or two columns that were swapped."""
    blank: dict[str, Any] = dict.fromkeys(
        (
            "serum_m_g_dL",
            "urine_m_mg_24h",
            "serum_ife",
            "urine_ife",
            "marrow_percent",
            "marrow_clonal",
            "plasmacytoma_cm2",
            "new_lesion",
        )
    )
    visits = [
        {"day": 28 * place, **blank, "involved_flc_mg_L": one, "uninvolved_flc_mg_L": other}
        for place, (one, other) in enumerate([(500.0, 10.0), (involved, uninvolved), (involved, uninvolved)])
    ]
    found = ours(visits, "2016")
    assert found["visits"] == [category, category]
    assert (found["best"] == "NE") == (category == "NE")
