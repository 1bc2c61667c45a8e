"""Myeloma response at the limits of its rules: the baseline, other treatment, growth of plasmacytomas, and what is told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import pytest

from hevesy.follow.response import imwg
from hevesy.follow.response.outcome import Response
from hevesy.study.facts.enrolment import Enrolment
from hevesy.study.facts.response import Assessment
from hevesy.study.facts.treatment import Administration
from hevesy.study.subject import Subject

DAY_1 = date(2020, 1, 1)


def on(day: int) -> date:
    return DAY_1 + timedelta(days=day)


def at(row: int, day: int, serum: float | None = None, **more: object) -> Assessment:
    return Assessment(subject="S", row=row, on=on(day), serum_m_protein_g_per_dL=serum, **more)  # type: ignore[arg-type]


def who(*assessments: Assessment) -> Subject:
    """A subject whose day 1 is 1 January 2020; rows 70 and 71 are no assessments."""
    given = Administration(subject="S", row=71, start=datetime(2020, 1, 1, 9))
    return Subject(id="S", enrolment=Enrolment(subject="S", row=70), events=(given, *assessments))


def course(*serum: float | None, therapy: int | None = None, plasma: Sequence[float] = ()) -> Response:
    """Serum M-protein on days 0, 30, 60, ..., the baseline first; rows 0, 1, 2, ..."""
    sizes = [*plasma, *[None] * len(serum)]
    facts = [at(row, 30 * row, value, plasmacytoma_cm2=sizes[row]) for row, value in enumerate(serum)]
    return imwg.classify("S", facts[0], facts[1:], other_therapy_on=None if therapy is None else on(therapy))


# --- the baseline


def test_what_was_measured_on_day_1_is_the_baseline_and_no_visit() -> None:
    found = imwg.assess(who(at(1, -7, 8.0), at(2, 0, 4.0), at(3, 1, 2.0), at(4, 30, 2.0)))
    assert [(visit.row, visit.change_percent, visit.category) for visit in found.visits] == [
        (3, -50.0, "PR"),
        (4, -50.0, "PR"),
    ]
    assert (found.best, found.rows) == ("PR", (2, 3, 4))


def test_without_an_infusion_or_a_baseline_there_is_no_response() -> None:
    never = Subject(id="S", enrolment=Enrolment(subject="S", row=70), events=(at(1, -7, 4.0), at(2, 30, 2.0)))
    assert (imwg.assess(never).best, imwg.assess(never).because) == ("NE", "no administration recorded")
    late = imwg.assess(who(at(1, 1, 4.0), at(2, 30, 2.0)))
    assert (late.best, late.because, late.rows) == ("NE", "no assessment before treatment", (70,))


def test_the_baseline_is_named_by_the_row_of_the_protein_that_is_followed() -> None:
    found = imwg.assess(who(at(1, -14, 4.0), at(2, -7, 3.0), at(3, 0, involved_flc_mg_per_L=300.0), at(4, 30, 3.0)))
    assert (found.followed, found.rows) == (("serum M-protein",), (2, 4))
    none = imwg.assess(who(at(1, -14, 0.5), at(2, 0, 0.4), at(3, 30, 0.4)))
    assert (none.best, none.because, none.rows) == ("NE", "disease not measurable in serum at baseline", (2,))


def test_a_baseline_that_no_single_row_holds_is_named_by_the_last_row() -> None:
    """Involved chain on day -14, its partner on day -7, and a marrow on day 1."""
    before = (
        at(1, -14, involved_flc_mg_per_L=500.0),
        at(2, -7, uninvolved_flc_mg_per_L=10.0),
        at(3, 0, marrow_plasma_cells_percent=40.0),
    )
    found = imwg.assess(who(*before, at(4, 30, involved_flc_mg_per_L=255.0, uninvolved_flc_mg_per_L=10.0)))
    assert (found.visits[0].change_percent, found.rows) == (-50.0, (3, 4))


# --- other treatment


@pytest.mark.parametrize(("therapy", "best"), [(60, "PR"), (59, "SD"), (30, "SD"), (29, "NE")])
def test_a_visit_on_the_day_other_treatment_began_counts_and_one_on_the_day_after_does_not(
    therapy: int, best: str
) -> None:
    found = course(4.0, 2.0, 2.0, therapy=therapy)
    assert found.best == best
    assert ("do not count" in found.because) == (therapy < 60)
    assert (found.response_on == on(30)) == (best == "PR")


@pytest.mark.parametrize(("therapy", "best"), [(30, "PD"), (45, "PD"), (29, "NE")])
def test_progression_after_other_treatment_began_is_seen_and_is_no_best_response(therapy: int, best: str) -> None:
    """Decision 0005: what came after other treatment is no response to this one; progression is still seen."""
    found = course(4.0, 5.0, 5.0, therapy=therapy)
    assert (found.best, found.progression_on) == (best, on(30))
    told = {
        "PD": "progression at the first assessment, confirmed at the next",
        "NE": "no evaluable assessment after treatment; visits after other treatment began on 2020-01-30 do not count",
    }
    assert found.because == told[best]


def test_a_rise_at_the_last_visit_after_other_treatment_still_awaits_confirmation() -> None:
    found = course(4.0, 2.0, 2.0, 3.0, therapy=70)
    assert (found.best, found.unconfirmed_progression_on) == ("PR", on(90))
    alone = course(4.0, 5.0, therapy=29)
    assert (alone.best, alone.unconfirmed_progression_on) == ("NE", on(30))
    assert "awaits confirmation" not in alone.because, "it came too late to be a response"


# --- rows and visits behind progression


def test_behind_progression_stand_its_visit_and_the_one_that_confirmed_it() -> None:
    assert course(4.0, 5.0, 5.0, 5.0).rows == (0, 1, 2)
    found = course(4.0, 2.0, 2.0, 3.0, 3.0, 3.0)
    assert found.rows == (0, 1, 2, 3, 4)
    assert ([visit.row for visit in found.without_progression], found.last_rows) == ([1, 2], (2,))


def test_a_rise_that_awaits_confirmation_is_no_visit_without_progression() -> None:
    found = course(4.0, 2.0, 2.0, 3.0)
    assert ([visit.row for visit in found.without_progression], found.last_rows) == ([1, 2], (2,))
    assert course(4.0, 5.0).last_rows == (0,), "no visit without progression: the baseline"


# --- plasmacytomas


@pytest.mark.parametrize(
    ("sizes", "grew"),
    [
        ((4.0, 6.0), True),
        ((4.0, 5.9), False),
        ((0.6, 0.9), True),
        ((0.6, 0.89), False),
        ((0.0, 0.3), True),
        ((0.0, 0.0), False),
        ((4.0, 0.0), False),
        ((4.0, 2.0, 3.0), True),
        ((4.0, 2.0, 2.9), False),
        ((4.0, 0.0, 0.3), True),
        ((1.0, 1.4), False),
        ((1.0, 1.5), True),
    ],
)
def test_plasmacytomas_progress_by_half_of_the_smallest_or_where_there_was_none(
    sizes: tuple[float, ...], grew: bool
) -> None:
    found = course(*[4.0] * len(sizes), plasma=sizes)
    assert (found.progression_on == on(30 * (len(sizes) - 1))) is grew
    assert (found.progression_on is not None) is grew


@pytest.mark.parametrize(
    ("sizes", "best"),
    [
        ((None, 4.0, 4.0), "VGPR"),
        ((None, 0.5, 0.5), "VGPR"),
        ((None, 4.0, 0.0), "VGPR"),
        ((None, 0.0, 0.0), "CR"),
        ((None, None, None), "CR"),
    ],
)
def test_complete_response_asks_any_plasmacytoma_that_was_seen_to_be_gone(
    sizes: tuple[float | None, ...], best: str
) -> None:
    """Kumar 2016, table 4: disappearance of any soft tissue plasmacytomas; one first measured after the baseline is one too."""
    complete = {
        "serum_immunofixation": "negative",
        "urine_immunofixation": "negative",
        "marrow_plasma_cells_percent": 3.0,
    }
    facts = [at(0, 0, 4.0), *(at(row, 30 * row, 0.0, plasmacytoma_cm2=sizes[row], **complete) for row in (1, 2))]
    found = imwg.classify("S", facts[0], facts[1:])
    assert found.best == best
    assert ("cm2 remain" in found.visits[0].because) == bool(sizes[1])


# --- what is told


def test_the_best_change_is_the_lowest_value_and_its_day() -> None:
    assert course(4.0, 3.9, 3.4, 3.6).because == "best change -15.0 % on 2020-03-01"
    assert course(4.0, 4.4, 4.2).because == "best change +5.0 % on 2020-03-01"


def test_a_minor_response_seen_once_is_told_and_stable_disease_is_not() -> None:
    assert (
        course(4.0, 3.0, 3.9).because
        == "best change -25.0 % on 2020-01-31; MR on 2020-01-31 not confirmed by the next assessment"
    )
    assert "not confirmed" not in course(4.0, 3.9).because


def test_a_confirmed_response_is_told_with_both_visits() -> None:
    told = "serum M-protein 2 g/dL, -50.0% from baseline 4 on 2020-01-31, confirmed on 2020-03-01 (-55.0 %)"
    assert course(4.0, 2.0, 1.8).because == told


def test_a_rise_is_told_as_a_share_and_absolutely_from_its_reference() -> None:
    """From 0.8, borne out once, to 1.4 g/dL is +75 % and +0.6; from nothing there is no share."""
    (*_, last) = course(4.0, 0.8, 0.8, 1.4, 1.4).visits
    assert last.because.endswith("; +75.0% and +0.6 g/dL from the lowest confirmed value 0.8")
    (*_, last) = course(4.0, 0.0, 0.0, 0.6, 0.6).visits
    assert last.because.endswith("baseline 4; +0.6 g/dL from the lowest confirmed value 0")


def test_a_baseline_of_1_has_its_change_as_any_other() -> None:
    """1.0 to 0.75 g/dL is -25 %."""
    assert [visit.change_percent for visit in course(1.0, 0.75, 0.75).visits] == [-25.0, -25.0]


# --- rows of one day


def test_rows_of_one_day_are_one_visit_and_do_not_bear_each_other_out() -> None:
    """A fall to a half that is seen once, told twice, is not confirmed; serum in one row and unchanged urine in the other is one visit."""
    twice = imwg.assess(who(at(1, -7, 4.0), at(2, 30, 2.0), at(3, 30, 2.0)))
    once = imwg.assess(who(at(1, -7, 4.0), at(2, 30, 2.0)))
    assert ([visit.row for visit in twice.visits], twice.best) == ([2], once.best)
    urine = {"urine_m_protein_mg_per_24h": 400.0}
    apart = who(
        at(1, -7, 4.0), at(2, -7, **urine), at(3, 30, 2.0), at(4, 30, **urine), at(5, 60, 2.0), at(6, 60, **urine)
    )
    assert [(visit.row, visit.category) for visit in imwg.assess(apart).visits] == [(3, "SD"), (5, "SD")]


def test_what_two_rows_of_one_day_tell_differently_is_not_known() -> None:
    found = imwg.assess(who(at(1, -7, 4.0), at(2, 30, 2.0), at(3, 30, 3.9), at(4, 60, 2.0)))
    assert [visit.row for visit in found.visits] == [4]
    assert "serum_m_protein_g_per_dL on 2020-01-31 is 2.0 and 3.9 in rows 2 and 3: none is taken" in found.because
