"""Lines, exposure and refractoriness from prior therapies; days counted by hand, refractory as the IMWG defines it.

S. V. Rajkumar et al., Blood 2011;117:4691: nonresponsive while on therapy (less than a minimal response, or
progression on it), or progression within 60 days of the last therapy.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hevesy.errors import RuleError
from hevesy.follow.prior_therapies import (
    Derived,
    History,
    double_refractory,
    exposed,
    history_of,
    number_of_lines,
    refractory,
    triple_class_exposed,
    triple_class_refractory,
    triple_combination,
)
from hevesy.follow.therapy_agents import agents_in
from hevesy.study.dates import PartialDate, When
from hevesy.study.facts.prior_therapy import PriorTherapy
from tests.follow.prior_subjects import subject_with, therapy
from tests.tiers import cases

PI, IMID = "proteasome inhibitor", "immunomodulatory drug"


def asked_of(*therapies: PriorTherapy, drug_class: str = PI) -> Derived:
    return refractory(history_of(subject_with(*therapies)), drug_class)


STOP = date(2015, 1, 31)
CASES = [
    # best response, reason, progressed, answer; it stopped on 31 January 2015, of which 60 days later is 1 April
    ("PD", None, None, "yes"),
    ("SD", "toxicity", None, "yes"),
    ("MR", "progression", None, "yes"),
    (None, "Disease progression", None, "yes"),
    ("VGPR", "relapse", None, "yes"),
    ("PR", "completed", date(2015, 4, 1), "yes"),
    ("PR", "completed", date(2015, 4, 2), "no"),
    ("MR", "toxicity", date(2015, 8, 1), "no"),
    ("PR", "completed", date(2015, 1, 10), "yes"),
    (None, "completed", date(2015, 4, 1), "yes"),
    (None, "completed", date(2015, 4, 2), "undetermined"),
    ("NE", "completed", date(2015, 8, 1), "undetermined"),
    ("PR", "completed", None, "undetermined"),
    ("PR", "no progression", None, "undetermined"),
    ("PR", "completed", PartialDate(year=2015, month=3), "yes"),
    ("PR", "completed", PartialDate(year=2015, month=4), "undetermined"),
    ("PR", "completed", PartialDate(year=2015, month=5), "no"),
    ("PR", "progression", date(2015, 9, 1), "undetermined"),
    ("PR", "progressive neuropathy", None, "undetermined"),
    ("PR", "refractory thrombocytopenia", None, "undetermined"),
    ("PR", "progression?", None, "undetermined"),
    ("NR", "completed", None, "undetermined"),
]


@pytest.mark.parametrize(("best", "reason", "progressed", "answer"), CASES)
def test_refractory_is_as_the_imwg_defines_it(
    best: str | None, reason: str | None, progressed: When | None, answer: str
) -> None:
    told = therapy(1, "Vd", stop=STOP, best_response=best, reason=reason, progressed=progressed)
    found = asked_of(told)
    assert found.answer == answer
    assert found.rows == (101,)
    assert found.because[0].startswith("line 1 (Vd): ")


def test_without_the_day_it_stopped_progression_after_it_is_not_placed() -> None:
    told = therapy(1, "Vd", best_response="PR", progressed=date(2015, 4, 1))
    assert asked_of(told).answer == "undetermined"
    assert asked_of(told).because == ("line 1 (Vd): the day it stopped is not told",)


def test_a_class_that_was_never_given_is_one_that_nothing_is_refractory_to() -> None:
    assert asked_of(therapy(1, "Rd", best_response="PD")).answer == "no"
    assert asked_of(therapy(1, "Rd", best_response="PD"), drug_class=IMID).answer == "yes"


def test_each_agent_of_a_line_has_days_of_its_own() -> None:
    """Bortezomib stopped half a year before the disease progressed on lenalidomide."""
    line = (
        therapy(1, "bortezomib", 11, on=date(2014, 1, 1), stop=date(2014, 6, 1), best_response="VGPR"),
        therapy(1, "lenalidomide", 12, on=date(2014, 1, 1), stop=date(2014, 12, 1), progressed=date(2014, 12, 1)),
    )
    assert asked_of(*line).answer == "no"
    assert asked_of(*line, drug_class=IMID).answer == "yes"
    assert double_refractory(history_of(subject_with(*line))).answer == "no"


def test_disease_that_stays_as_it_was_on_maintenance_of_a_response_is_not_called_refractory() -> None:
    line = (
        therapy(1, "Vd", 11, on=date(2014, 1, 1), stop=date(2014, 6, 1), best_response="VGPR"),
        therapy(1, "lenalidomide", 12, on=date(2014, 7, 1), stop=date(2014, 12, 1), best_response="SD"),
    )
    assert asked_of(*line, drug_class=IMID).answer == "undetermined"
    assert asked_of(line[1], drug_class=IMID).answer == "yes"


FOUR_LINES = (
    therapy(1, "VRd; ASCT", stop=date(2010, 5, 1), best_response="CR", reason="completed", progressed=date(2012, 1, 1)),
    therapy(2, "KRd", stop=date(2013, 6, 1), best_response="PR", reason="progression"),
    therapy(3, "DPd", stop=date(2014, 9, 1), best_response="PR", reason="toxicity", progressed=date(2014, 10, 15)),
    therapy(4, "CyBorD", stop=date(2015, 12, 1), best_response="SD", reason="progression"),
)


def test_four_prior_lines_triple_combination_refractory_to_both() -> None:
    history = history_of(subject_with(*FOUR_LINES))
    assert number_of_lines(history) == (4, ("4 prior lines told",))
    assert triple_combination(history).answer == "yes"
    both = double_refractory(history)
    assert both.answer == "yes"
    assert set(both.rows) == {102, 103, 104}
    assert triple_class_exposed(history).answer == "yes"
    assert triple_class_refractory(history).answer == "yes"
    assert exposed(history, "autologous transplant").rows == (101,)
    assert exposed(history, "BCMA-directed").answer == "no"


def test_an_agent_that_nobody_knows_is_never_a_no() -> None:
    history = history_of(subject_with(therapy(1, "Rd"), therapy(2, "XYZ-17", best_response="PR")))
    found = exposed(history, PI)
    assert (found.answer, found.because) == ("undetermined", ("line 2 (XYZ-17): not known: XYZ-17",))
    assert refractory(history, PI).answer == "undetermined"
    assert exposed(history, IMID).answer == "yes"


def test_what_an_unknown_agent_did_not_fail_is_refractory_to_none_of_its_classes() -> None:
    told = therapy(1, "XYZ-17", stop=STOP, best_response="CR", reason="completed", progressed=date(2015, 9, 1))
    assert asked_of(told).answer == "no"


def test_a_transplant_leaves_open_whether_there_was_an_alkylator() -> None:
    history = history_of(subject_with(therapy(1, "Rd"), therapy(2, "ASCT")))
    assert exposed(history, "alkylator").answer == "undetermined"
    assert exposed(history, "autologous transplant").answer == "yes"


def test_a_line_that_is_missing_among_those_numbered_is_told() -> None:
    history = history_of(subject_with(*(one for one in FOUR_LINES if one.line != 2)))
    assert history.gaps == (2,)
    assert number_of_lines(history) == (None, ("line 2 of 4 is not told",))
    assert history.lines == (3, 4)
    assert exposed(history, "BCMA-directed").answer == "undetermined"


def test_a_subject_of_whom_nothing_was_delivered_is_not_one_without_prior_therapy() -> None:
    unknown, without = history_of(subject_with()), history_of(subject_with(therapy(None, "none", 7)))
    assert number_of_lines(unknown)[0] is None
    assert number_of_lines(without)[0] == 0
    for asked in (lambda history: exposed(history, PI), triple_combination, double_refractory):
        assert asked(unknown).answer == "undetermined"
        assert asked(without).answer == "no"
        assert asked(without).rows == (7,)


def test_none_beside_a_therapy_contradicts_it() -> None:
    history = history_of(subject_with(therapy(None, "none", 7), therapy(1, "Rd")))
    assert number_of_lines(history)[0] is None
    assert exposed(history, PI).answer == "undetermined"


def test_therapies_without_a_line_are_lines_of_their_own_or_belong_to_one() -> None:
    history = history_of(subject_with(therapy(1, "VRd"), therapy(2, "Rd"), therapy(None, "radiotherapy")))
    assert history.lines == (2, 3)
    assert number_of_lines(history)[0] is None


def test_none_with_a_line_or_a_day_is_a_therapy_that_nobody_knows() -> None:
    """An export may write None for an empty cell."""
    history = history_of(subject_with(therapy(1, "Rd"), therapy(2, "None")))
    assert number_of_lines(history)[0] == 2
    assert exposed(history, PI).answer == "undetermined"


def test_a_regimen_of_an_antibody_that_nobody_had_yet_is_another_one() -> None:
    early = history_of(subject_with(therapy(1, "DVd", stop=date(2005, 3, 1))))
    assert exposed(early, "anti-CD38 antibody").answer == "undetermined"
    assert exposed(early, PI).because == ("line 1 (DVd): not known: DVd before 2008",)
    assert exposed(history_of(subject_with(therapy(1, "DVd"))), PI).answer == "yes"


def test_what_began_after_the_first_treatment_is_no_prior_therapy_for_sure() -> None:
    history = history_of(subject_with(therapy(1, "Rd"), therapy(2, "Vd", on=date(2016, 4, 1))))
    assert history.lines == (1, 2)
    assert exposed(history, PI).answer == "undetermined"


@pytest.mark.parametrize(
    ("rows", "answer"),
    [
        ((("VCd", None, None),), "yes"),
        ((("Vd", None, None),), "no"),
        ((("Vd; ASCT", None, None),), "no"),
        ((("Vd; steroids", None, None),), "no"),
        ((("bortezomib", 1, 60), ("lenalidomide", 1, 60), ("dex", 1, 60)), "yes"),
        ((("bortezomib", 1, 60), ("lenalidomide", 61, 90), ("dex", 1, 60)), "no"),
        # each two overlap with the long one, and no day has all three
        ((("dex", 1, 90), ("bortezomib", 1, 30), ("lenalidomide", 60, 90)), "no"),
        ((("bortezomib", None, None), ("lenalidomide", None, None), ("dex", None, None)), "undetermined"),
        ((("bortezomib", 1, 60), ("lenalidomide", 1, None), ("dex", 1, 60)), "undetermined"),
        ((("Vd", None, None), ("XYZ-17", None, None)), "undetermined"),
    ],
)
def test_three_drugs_at_once(rows: tuple[tuple[str, int | None, int | None], ...], answer: str) -> None:
    def day(number: int | None) -> date | None:
        return date(2014, 1, 1) + timedelta(days=number) if number is not None else None

    line = [therapy(1, name, 10 + place, on=day(a), stop=day(b)) for place, (name, a, b) in enumerate(rows)]
    assert triple_combination(history_of(subject_with(*line))).answer == answer


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ({"line": 0}, "a line of therapy lies in 1..50"),
        (
            {"line": 1, "on": date(2015, 2, 1), "stop": date(2015, 1, 31)},
            "a therapy stops no sooner than it starts (2015-02-01)",
        ),
        (
            {"line": 1, "on": date(2015, 2, 1), "progressed": PartialDate(year=2015, month=1)},
            "progression on a therapy or after it is no sooner (2015-02-01)",
        ),
    ],
)
def test_a_therapy_that_cannot_be_is_refused(told: dict[str, object], sentence: str) -> None:
    with pytest.raises(RuleError) as error:
        PriorTherapy(subject="1", row=1, **told)  # type: ignore[arg-type]
    assert str(error.value) == sentence


DAYS = st.dates(date(2010, 1, 1), date(2015, 12, 31))


@st.composite
def lines(draw: st.DrawFn) -> tuple[PriorTherapy, ...]:
    """One to four lines, a row each, everything told."""
    found = []
    for line in range(1, draw(st.integers(1, 4)) + 1):
        start = draw(DAYS)
        stop = start + timedelta(days=draw(st.integers(0, 400)))
        reason = draw(st.sampled_from(("completed", "toxicity", "progression")))
        later = draw(st.integers(0, 200))
        found.append(
            therapy(
                line,
                draw(st.sampled_from(("Vd", "Rd", "VRd", "KRd", "R-CHOP", "ASCT", "DPd"))),
                on=start,
                stop=stop,
                reason=reason,
                best_response=draw(st.sampled_from(("CR", "PR", "MR", "SD", "PD"))),
                progressed=stop if reason == "progression" else stop + timedelta(days=later),
            )
        )
    return tuple(found)


def blurred(told: When | None, how: str) -> When | None:
    if not isinstance(told, date) or how == "gone":
        return None
    return PartialDate(year=told.year, month=told.month if how == "month" else None)


def _answered(asked: Callable[[History, str], Derived], drug_class: str, history: History) -> object:
    return asked(history, drug_class).answer


QUESTIONS: dict[str, Callable[[History], object]] = {
    "lines": lambda history: number_of_lines(history)[0],
    "double": lambda history: double_refractory(history).answer,
    "triple": lambda history: triple_combination(history).answer,
    **{f"exposed to {one}": partial(_answered, exposed, one) for one in (PI, IMID, "alkylator")},
    **{f"refractory to {one}": partial(_answered, refractory, one) for one in (PI, IMID)},
}
"""What is asked of a history; undetermined and None are no answer."""


@settings(max_examples=cases(4000), deadline=None)
@given(lines(), st.data())
def test_telling_less_never_turns_an_answer_into_its_opposite(
    whole: tuple[PriorTherapy, ...], data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(whole) - 1))
    name = data.draw(st.sampled_from(("agents", "on", "stop", "progressed", "best_response", "reason")))
    told = getattr(whole[place], name)
    how = data.draw(st.sampled_from(("month", "year", "gone")))
    less: When | str | None = blurred(told, how) if isinstance(told, date) else None
    if name == "agents" and data.draw(st.booleans()):
        less = "XYZ-17"
    part = [
        replace(one, **dict[str, Any]({name: less})) if number == place else one for number, one in enumerate(whole)
    ]
    full, seen = history_of(subject_with(*whole)), history_of(subject_with(*part))
    for name, asked in QUESTIONS.items():
        assert asked(seen) in (asked(full), "undetermined", None), name


@settings(max_examples=cases(4000), deadline=None)
@given(lines(), st.data())
def test_a_row_less_never_makes_a_yes_and_a_gap_never_makes_a_no(
    whole: tuple[PriorTherapy, ...], data: st.DataObject
) -> None:
    """Also where what is told is not enough: an unknown agent, a response that nobody tells."""
    dim = data.draw(st.integers(0, len(whole) - 1))
    name = data.draw(st.sampled_from(("agents", "progressed", "best_response", "reason")))
    told = [replace(one, **dict[str, Any]({name: None})) if place == dim else one for place, one in enumerate(whole)]
    gone = data.draw(st.integers(0, len(told) - 1))
    full = history_of(subject_with(*told))
    part = history_of(subject_with(*(one for place, one in enumerate(told) if place != gone)))
    for drug_class in (PI, IMID, "alkylator"):
        for asked in (exposed, refractory):
            before, after = asked(full, drug_class).answer, asked(part, drug_class).answer
            assert after != "yes" or before == "yes"
            if gone < len(told) - 1:
                assert after != "no"


@settings(max_examples=cases(1000), deadline=None)
@given(lines())
def test_a_row_an_agent_says_what_a_row_a_line_says(whole: tuple[PriorTherapy, ...]) -> None:
    apart = [
        replace(one, row=10 * one.row + place, agents=drug.name)
        for one in whole
        for place, drug in enumerate(agents_in(one.agents).drugs)
    ]
    together, split = history_of(subject_with(*whole)), history_of(subject_with(*apart))
    for name, asked in QUESTIONS.items():
        assert asked(split) == asked(together), name


def test_a_response_told_of_another_drug_of_the_line_is_not_of_this_one() -> None:
    """Bortezomib ended a year and a half before thalidomide of the same line failed."""
    first = therapy(1, "bortezomib", 11, on=date(2014, 1, 5), stop=date(2014, 6, 30))
    later = therapy(1, "thalidomide", 12, on=date(2014, 9, 1), stop=date(2015, 12, 1), best_response="PD")
    assert asked_of(first, later).answer == "undetermined"
    assert asked_of(first, later, drug_class=IMID).answer == "yes"


@pytest.mark.parametrize("agents", ["N/A", "untreated", "Nil", None])
def test_a_row_whose_therapy_nobody_knows_is_no_line(agents: str | None) -> None:
    lines, because = number_of_lines(history_of(subject_with(therapy(None, agents, 11))))
    assert lines is None, because


def test_none_with_an_outcome_is_a_contradiction() -> None:
    told = history_of(subject_with(therapy(None, "none", 11, best_response="PD", reason="progression")))
    assert number_of_lines(told)[0] is None
    assert number_of_lines(history_of(subject_with(therapy(None, "none", 11))))[0] == 0
