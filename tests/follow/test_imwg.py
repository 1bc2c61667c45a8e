"""Myeloma response against a reference written from the paper, and laws."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hevesy.follow.response import imwg, imwg_rules
from hevesy.study.facts.response import Assessment
from hevesy.study.subject import Study
from tests.references import imwg_2016

DAY_1 = date(2016, 1, 1)

serum = st.one_of(st.none(), st.integers(0, 900).map(lambda n: float(Decimal(n) / 100)))
chains = st.one_of(
    st.none(),
    st.tuples(
        st.integers(0, 9000).map(lambda n: float(Decimal(n) / 10)),
        st.integers(1, 200).map(lambda n: float(Decimal(n) / 10)),
    ),
)
near = st.sampled_from([0.75, 0.7499, 0.5, 0.1, 0.9, 1.0, 1.25, 1.2499, 1.26, 1.5, 2.0])


@st.composite
def courses(draw: st.DrawFn) -> list[dict[str, float | int | None]]:
    """Serial visits, many of them at a boundary of the criteria."""
    start = draw(st.integers(100, 800)) / 100
    light_chain_only = draw(st.booleans())
    visits: list[dict[str, float | int | None]] = []
    for number in range(draw(st.integers(1, 9))):
        factor = 1.0 if number == 0 else draw(near)
        value = float((Decimal(str(start)) * Decimal(str(factor))).quantize(Decimal("0.0001")))
        if light_chain_only:
            visits.append(
                {
                    "day": 1 + 14 * number,
                    "serum_m_g_dL": 0.3,
                    "involved_flc_mg_L": value * 100 + 8.0,
                    "uninvolved_flc_mg_L": 8.0,
                }
            )
            visits[-1]["involved_flc_mg_L"] = float(Decimal(str(value)) * 100 + 8)
        else:
            visits.append(
                {"day": 1 + 14 * number, "serum_m_g_dL": value, "involved_flc_mg_L": None, "uninvolved_flc_mg_L": None}
            )
        if number and draw(st.integers(0, 7)) == 0:
            visits[-1] |= {"serum_m_g_dL": None, "involved_flc_mg_L": None}
    return visits


def ours(visits: list[dict[str, float | int | None]]) -> tuple[str | None, str, int | None, int | None]:
    facts = [
        Assessment(
            subject="S",
            row=number,
            on=DAY_1 + timedelta(days=int(visit["day"] or 0) - 1),
            serum_m_protein_g_per_dL=visit["serum_m_g_dL"],
            involved_flc_mg_per_L=visit["involved_flc_mg_L"],
            uninvolved_flc_mg_per_L=visit["uninvolved_flc_mg_L"],
        )
        for number, visit in enumerate(visits)
    ]
    measures = imwg_rules.measures_at_baseline(facts[0])
    if not measures:
        return None, "NE", None, None
    found = imwg.classify("S", facts[0], facts[1:])

    def day(on: date | None) -> int | None:
        return None if on is None else (on - DAY_1).days + 1

    name = "serum M-protein" if measures == (imwg_rules.SERUM_M_PROTEIN,) else "serum FLC"
    return name, found.best, day(found.progression_on), day(found.unconfirmed_progression_on)


@given(courses())
def test_response_equals_a_reference_written_from_the_paper(visits: list[dict[str, float | int | None]]) -> None:
    expected = imwg_2016.classify(visits)
    assert ours(visits) == (
        expected["measurable"],
        expected["best"],
        expected["progression_day"],
        expected["unconfirmed_progression_day"],
    )


@given(courses(), st.integers(1, 8))
def test_a_lower_value_never_worsens_the_category_of_its_visit(
    visits: list[dict[str, float | int | None]], place: int
) -> None:
    place = min(place, len(visits) - 1)
    value = visits[place]["serum_m_g_dL"]
    if place == 0 or value is None or visits[0]["involved_flc_mg_L"] is not None:
        return
    facts = [
        Assessment(subject="S", row=n, on=DAY_1 + timedelta(days=14 * n), serum_m_protein_g_per_dL=v["serum_m_g_dL"])
        for n, v in enumerate(visits)
    ]
    lower = [*facts]
    lower[place] = Assessment(subject="S", row=place, on=facts[place].on, serum_m_protein_g_per_dL=float(value) * 0.7)
    if not imwg_rules.measures_at_baseline(facts[0]):
        return
    rank: list[str] = ["PD", *imwg_rules.ORDER]
    before = {visit.row: visit.category for visit in imwg.classify("S", facts[0], facts[1:]).visits}
    after = {visit.row: visit.category for visit in imwg.classify("S", lower[0], lower[1:]).visits}
    assert rank.index(after[place]) >= rank.index(before[place])


def test_minor_response_is_not_defined_for_light_chains() -> None:
    visits: list[dict[str, float | int | None]] = [
        {"day": 1 + 14 * n, "serum_m_g_dL": 0.3, "involved_flc_mg_L": 420.0 * f, "uninvolved_flc_mg_L": 8.0}
        for n, f in enumerate([1, 0.6, 0.6, 0.6])
    ]
    assert ours(visits) == ("serum FLC", "SD", None, None)


def test_light_chains_are_measurable_from_10_mg_per_dL_not_per_L() -> None:
    """A published table prints mg/L; the criterion is 10 mg/dL, that is 100 mg/L."""
    low = Assessment(subject="S", row=1, on=DAY_1, involved_flc_mg_per_L=99.9, uninvolved_flc_mg_per_L=5)
    assert imwg_rules.measures_at_baseline(low) == ()
    high = Assessment(subject="S", row=1, on=DAY_1, involved_flc_mg_per_L=100.0, uninvolved_flc_mg_per_L=5)
    assert imwg_rules.measures_at_baseline(high) == (imwg_rules.FLC_DIFFERENCE,)


def test_a_response_that_is_not_confirmed_says_so() -> None:
    facts = [
        Assessment(subject="S", row=n, on=DAY_1 + timedelta(days=14 * n), serum_m_protein_g_per_dL=v)
        for n, v in enumerate([4.0, 1.9, 3.5, 3.6])
    ]
    found = imwg.classify("S", facts[0], facts[1:])
    assert found.best == "SD"
    assert "PR on 2016-01-15 not confirmed" in found.because


def test_a_complete_responder_can_relapse() -> None:
    facts = [
        Assessment(subject="S", row=n, on=DAY_1 + timedelta(days=14 * n), serum_m_protein_g_per_dL=v)
        for n, v in enumerate([2.0, 0.0, 0.0, 0.7, 1.0])
    ]
    found = imwg.classify("S", facts[0], facts[1:])
    assert (found.best, found.progression_on) == ("VGPR", facts[3].on)


def test_the_baseline_is_the_last_value_of_each_protein(demo_study: Study) -> None:
    """A row on day 1 without serum M-protein does not hide the value of a week before."""
    subject = demo_study.subjects[0]
    first_day = subject.day_1
    assert first_day is not None
    proteins = [
        Assessment(subject=subject.id, row=9001, on=first_day - timedelta(days=7), serum_m_protein_g_per_dL=3.0),
        Assessment(
            subject=subject.id, row=9002, on=first_day, involved_flc_mg_per_L=300.0, uninvolved_flc_mg_per_L=8.0
        ),
        Assessment(subject=subject.id, row=9003, on=first_day + timedelta(days=14), serum_m_protein_g_per_dL=1.2),
        Assessment(subject=subject.id, row=9004, on=first_day + timedelta(days=28), serum_m_protein_g_per_dL=1.1),
    ]
    others = tuple(event for event in subject.events if not isinstance(event, Assessment))
    found = imwg.assess(replace(subject, events=(*others, *proteins)))
    assert (found.best, found.followed) == ("PR", ("serum M-protein",))


def test_a_sole_rise_says_that_it_awaits_confirmation() -> None:
    facts = [
        Assessment(subject="S", row=n, on=DAY_1 + timedelta(days=14 * n), serum_m_protein_g_per_dL=v)
        for n, v in enumerate([2.0, 3.0])
    ]
    found = imwg.classify("S", facts[0], facts[1:])
    assert (found.best, found.unconfirmed_progression_on) == ("NE", facts[1].on)
    assert "awaits confirmation" in found.because


@pytest.mark.parametrize(
    ("serum", "best", "response_visit", "confirmed_visit"),
    [
        ([4.0, 3.9, 1.9, 1.8, 1.7], "PR", 2, 3),
        ([4.0, 1.9, 1.8], "PR", 1, 2),
        ([4.0, 1.9, 2.1, 2.2], "MR", None, 2),
        ([4.0, 2.5, 2.4, 1.9, 2.2], "MR", None, 2),
        ([4.0, 2.5, 1.9, 0.3, 0.3], "VGPR", 2, 4),
    ],
)
def test_a_response_begins_at_the_first_of_two_responding_visits(
    serum: list[float], best: str, response_visit: int | None, confirmed_visit: int
) -> None:
    """The day of response is that of the first of two visits in a row with PR or better; the reason names the visit that confirmed."""
    facts = [
        Assessment(subject="S", row=n, on=DAY_1 + timedelta(days=14 * n), serum_m_protein_g_per_dL=value)
        for n, value in enumerate(serum)
    ]
    found = imwg.classify("S", facts[0], facts[1:])
    assert (found.best, found.response_on) == (best, None if response_visit is None else facts[response_visit].on)
    assert f"confirmed on {facts[confirmed_visit].on}" in found.because
    changes = [100 * (value - serum[0]) / serum[0] for value in serum[1:]]
    assert [visit.change_percent for visit in found.visits] == pytest.approx(changes)
