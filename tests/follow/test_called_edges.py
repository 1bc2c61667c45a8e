"""Responses as called, at the limits of their rules: one visit or two, what confirms, what counts, and what is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from hevesy.follow.response.called import (
    BestResponse,
    MyelomaOutcome,
    best_response,
    by_series,
    in_order_of_day,
    myeloma_outcome,
    same_visit,
    says_something,
)
from hevesy.follow.response.reported import called_of, reading_of, reported_response, unknown_words
from hevesy.study.called import Called
from hevesy.study.dates import PartialDate, When
from hevesy.study.facts.enrolment import Enrolment
from hevesy.study.facts.response import ReportedResponse
from hevesy.study.facts.treatment import Administration, SubsequentTherapy
from hevesy.study.protocol.criteria import CRITERIA
from hevesy.study.subject import Subject

START = date(2020, 1, 1)
RECIST, IMWG, LUGANO = CRITERIA["recist-1.1"], CRITERIA["imwg"], CRITERIA["lugano-2014"]
FEBRUARY = PartialDate(year=2020, month=2)


def on(day: int) -> date:
    return START + timedelta(days=day)


def one(row: int, when: When | None, word: str, **more: object) -> Called:
    return Called(subject="S", row=row, visit=f"V{row}", visit_number=row, on=when, response=word, **more)  # type: ignore[arg-type]


def course(words: str, days: Sequence[int] | None = None) -> list[Called]:
    """Visits on days 42, 84, 126, ... or on the days given; "-" says nothing."""
    said = ["" if word == "-" else word for word in words.split()]
    when = days or [42 * place for place in range(1, len(said) + 1)]
    return [one(row, on(day), word) for row, (day, word) in enumerate(zip(when, said, strict=True), 1)]


# --- one visit or two


@pytest.mark.parametrize(
    ("first", "first_on", "second", "second_on", "same"),
    [
        ("W6", on(0), "W6", on(27), True),
        ("W6", on(27), "W6", on(0), True),
        ("W6", on(0), "W6", on(28), False),
        ("W6", on(28), "W6", on(0), False),
        ("W6", on(0), "W7", on(1), False),
        ("W6", on(0), "W7", on(0), True),
        ("", on(0), "", on(0), True),
        ("", on(0), "", on(1), False),
        ("W6", None, "W6", on(0), True),
        ("W6", on(0), "W6", None, True),
        ("W6", None, "W7", None, False),
        ("W6", on(40), "W6", FEBRUARY, True),
        ("W6", on(40), "W7", FEBRUARY, False),
        ("", None, "", None, False),
        ("", FEBRUARY, "", FEBRUARY, False),
    ],
)
def test_one_visit_is_one_day_or_one_name_less_than_28_days_apart(
    first: str, first_on: When | None, second: str, second_on: When | None, same: bool
) -> None:
    assert same_visit(first, first_on, second, second_on) is same


@pytest.mark.parametrize(
    ("word", "answer"),
    [("PR", True), ("GOOD", True), (" pd ", True), ("NE", False), (" not done ", False), ("", False), ("  ", False)],
)
def test_an_answer_is_a_word_known_or_not_but_none_that_says_nothing(word: str, answer: bool) -> None:
    assert says_something(word) is answer


def test_of_two_answers_at_one_visit_its_name_is_told_and_of_two_on_one_day_the_day() -> None:
    first = one(1, on(42), "PR")
    with pytest.raises(ValueError, match=r"S has two responses of one reader at V1 \(rows 1 and 2\)"):
        by_series([first, replace(first, row=2, on=on(44))])
    with pytest.raises(ValueError, match=r"S has two responses of one reader at 2020-02-12 \(rows 1 and 2\)"):
        by_series([first, one(2, on(42), "PR")])


def test_a_month_stands_at_its_first_day_and_what_says_nothing_without_a_day_last() -> None:
    """10 January, February, 10 February; then the two silent ones by number, then by row."""
    month, silent = one(3, FEBRUARY, "SD"), one(1, None, "NE")
    own = [replace(silent, row=9), one(4, date(2020, 2, 10), "PD"), silent, month, one(5, date(2020, 1, 10), "PR")]
    assert [(other.response, other.row) for other in in_order_of_day(own)] == [
        ("PR", 5),
        ("SD", 3),
        ("PD", 4),
        ("NE", 1),
        ("NE", 9),
    ]


def test_without_any_day_visits_are_in_order_of_their_number_and_then_of_row() -> None:
    own = [
        replace(one(row, None, word), visit_number=number)
        for row, word, number in ((3, "PD", 2), (2, "SD", 2), (9, "PR", 1))
    ]
    assert [other.response for other in in_order_of_day(own)] == ["PR", "SD", "PD"]


# --- best response of a series


def best(words: str, days: Sequence[int] | None = None) -> BestResponse:
    return best_response(course(words, days), RECIST, confirmed_after_d=28)


def test_the_best_response_is_that_of_its_first_visit_with_every_evaluable_row_up_to_progression() -> None:
    found = best("- SD PR PR PD CR")
    assert (found.best, found.on, found.evaluable, found.rows) == ("PR", on(126), 4, (2, 3, 4, 5))
    assert found.because == "PR at V3, up to progression"
    assert best("SD PR PR").because == "PR at V2"
    assert best("PR PR -").because == "PR at V1", "what says nothing is not the end by progression"


def test_a_response_without_need_of_confirmation_counts_once_but_not_after_progression() -> None:
    assert best_response(course("SD PMR PMD CMR"), LUGANO).best == "PMR"
    assert best_response(course("PMD CMR"), LUGANO).best == "PMD"


def test_without_an_evaluable_visit_there_is_no_best_response_and_no_day() -> None:
    found = best("- NE")
    assert (found.best, found.on, found.evaluable, found.rows) == ("NE", None, 0, (1, 2))
    assert found.because == "no visit with an evaluable response"


def test_the_word_is_kept_as_written_and_a_response_borne_out_less_well_has_the_first_word_of_its_standing() -> None:
    assert best("NON-CR/NON-PD").best == "NON-CR/NON-PD"
    assert best("PR NON-CR/NON-PD").best == "SD"
    assert best("CR PR").best == "PR"


@pytest.mark.parametrize(
    ("words", "days", "expected"),
    [
        ("PR PR", (42, 70), "PR"),
        ("PR PR", (42, 69), "SD"),
        ("PR PR PR", (42, 50, 70), "PR"),
        ("PR - PR", (42, 60, 70), "PR"),
        ("CR PR CR", (42, 60, 84), "PR"),
    ],
)
def test_28_days_are_enough_and_an_equal_answer_between_does_no_harm(
    words: str, days: tuple[int, ...], expected: str
) -> None:
    assert best(words, days).best == expected


def test_what_was_better_and_not_borne_out_is_told_and_nothing_else() -> None:
    assert best("PR SD SD").because == "PR at V1; PR at V1 not confirmed 28 days later or more"
    assert best("PR SD PR PR").because == "PR at V3", "the best is a confirmed PR: the first one was no better"
    assert best("CR PR PR").because == "CR at V1; CR at V1 not confirmed 28 days later or more"
    early = best_response(course("SD SD", (41, 84)), RECIST, stable_from=START, stable_after_d=42)
    assert (early.on, early.because) == (on(84), "SD at V2")


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (FEBRUARY, date(2020, 3, 28), "PR"),
        (FEBRUARY, date(2020, 3, 27), "SD"),
        (date(2020, 1, 4), FEBRUARY, "PR"),
        (date(2020, 1, 5), FEBRUARY, "SD"),
    ],
)
def test_two_visits_of_which_one_is_known_to_the_month_lie_surely_28_days_apart(
    first: When, second: When, expected: str
) -> None:
    """From 29 February to 28 March are 28 days, from 4 January to 1 February too."""
    assert best_response([one(1, first, "PR"), one(2, second, "PR")], RECIST, confirmed_after_d=28).best == expected


@pytest.mark.parametrize(("first", "second"), [(None, None), (START, None), (None, on(100))])
def test_a_visit_without_its_day_bears_nothing_out(first: date | None, second: date | None) -> None:
    assert best_response([one(1, first, "PR"), one(2, second, "PR")], RECIST, confirmed_after_d=28).best == "SD"


@pytest.mark.parametrize(
    ("when", "expected"),
    [(on(42), "SD"), (on(41), "NE"), (None, "NE"), (PartialDate(year=2020, month=3), "SD"), (FEBRUARY, "NE")],
)
def test_stable_disease_counts_from_day_42_if_it_surely_was_then(when: When | None, expected: str) -> None:
    """42 days after 1 January is 12 February."""
    assert best_response([one(1, when, "SD")], RECIST, stable_from=START, stable_after_d=42).best == expected


def test_the_time_of_stable_disease_is_asked_of_stable_disease_only() -> None:
    for word in ("PR", "PD"):
        assert best_response([one(1, on(10), word)], RECIST, stable_from=START, stable_after_d=42).best == word
    unconfirmed = best_response(
        course("PR SD", (10, 20)), RECIST, confirmed_after_d=28, stable_from=START, stable_after_d=42
    )
    assert (unconfirmed.best, unconfirmed.on) == ("NE", None)
    assert unconfirmed.because.startswith(
        "PR at V1 is earlier than 2020-02-12, from when it counts; SD at V2 is earlier"
    )


# --- myeloma


def outcome(words: str, **more: object) -> MyelomaOutcome:
    return myeloma_outcome([replace(visit, **more) for visit in course(words)], START)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("words", "confirmed"),
    [
        ("sCR sCR", "sCR sCR"),
        ("sCR CR", "CR CR"),
        ("CR sCR", "CR CR"),
        ("PR MR", "MR MR"),
        ("PR SD", "SD SD"),
        ("PR PD", "SD NE"),
        ("PR", "SD"),
        ("MR MR", "MR MR"),
        ("SD PR PR", "SD PR PR"),
        ("SD", "SD"),
        ("SD PD", "SD NE"),
        ("PR - PR", "PR PR PR"),
        ("- PR PR", "NE PR PR"),
        ("PR PR SD", "PR PR PR"),
        ("PD", "NE"),
        ("PD SD", "NE SD"),
        ("PD PD", "PD PD"),
        ("PD - PD", "PD NE PD"),
        ("PR PD PR", "SD NE SD"),
        ("PR PR PD PD", "PR PR PD PD"),
    ],
)
def test_a_myeloma_response_is_the_worse_of_two_in_a_row_and_progression_needs_two(words: str, confirmed: str) -> None:
    """Kept once confirmed; no next evaluable visit, or progression at it: stable disease."""
    assert [visit.response for visit in outcome(words).visits] == confirmed.split()


def test_progression_is_confirmed_by_imaging_or_by_death_from_it_and_by_nothing_unsaid() -> None:
    assert outcome("PD").visits[0].because == "progression not confirmed"
    assert outcome("PD").progression_on is None
    imaged, died = outcome("PD", progression_by_imaging=True), outcome("PD", died_of_progression=True)
    assert (imaged.visits[0].because, imaged.best, imaged.progression_on) == (
        "progression confirmed by imaging",
        "PD",
        on(42),
    )
    assert (died.visits[0].because, died.best, died.progression_on) == (
        "progression confirmed by death from it",
        "PD",
        on(42),
    )


def test_what_confirmed_each_visit_is_told() -> None:
    told = [visit.because for visit in outcome("- PR CR - PR PD - PD").visits]
    assert told == [
        "not evaluable",
        "PR, then CR at V3",
        "CR, then PR at V5; PR is confirmed",
        "not evaluable; PR was confirmed before",
        "PR, then PD at V6",
        "progression confirmed by the next visit",
        "not evaluable; PR was confirmed before",
        "progression confirmed by the visit before",
    ]
    assert [visit.because for visit in outcome("SD PR").visits] == [
        "SD, then PR at V2",
        "PR, with no later evaluable visit; SD stands",
    ]
    assert outcome("SD").visits[0].because == "SD, with no later evaluable visit"


@pytest.mark.parametrize(
    ("words", "response", "vgpr", "complete", "benefit"),
    [
        ("sCR sCR", True, True, True, True),
        ("CR CR", True, True, True, True),
        ("VGPR VGPR", True, True, False, True),
        ("PR PR", True, False, False, True),
        ("MR MR", False, False, False, True),
        ("SD SD", False, False, False, True),
        ("PD PD", False, False, False, False),
        ("PD SD", False, False, False, True),
        ("NE", False, False, False, False),
    ],
)
def test_each_kind_of_response_begins_at_its_own_level(
    words: str, response: bool, vgpr: bool, complete: bool, benefit: bool
) -> None:
    """Response: PR or better; VGPR or better; CR or better; benefit: PR or better, or MR or SD 42 days after the start."""
    found = outcome(words)
    shown = [when is not None for when in (found.response_on, found.vgpr_on, found.complete_on, found.benefit_on)]
    assert shown == [response, vgpr, complete, benefit]


@pytest.mark.parametrize(
    ("words", "days", "benefit"),
    [
        ("SD", (42,), 42),
        ("SD", (41,), None),
        ("MR MR", (41, 60), 60),
        ("MR MR", (42, 60), 42),
        ("PR PR", (10, 20), 10),
        ("PD PD", (42, 60), None),
        ("PD PD SD SD", (42, 60, 80, 90), None),
    ],
)
def test_benefit_is_a_response_at_once_or_minor_response_or_stable_disease_42_days_after_the_start(
    words: str, days: tuple[int, ...], benefit: int | None
) -> None:
    assert myeloma_outcome(course(words, days), START).benefit_on == (None if benefit is None else on(benefit))


def test_without_a_start_only_a_response_is_benefit() -> None:
    assert myeloma_outcome(course("SD SD")).benefit_on is None
    assert myeloma_outcome(course("SD PR PR")).benefit_on == on(84)


def test_nothing_counts_after_the_first_confirmed_progression() -> None:
    found = outcome("SD PD PD sCR sCR")
    assert [visit.counts for visit in found.visits] == [True, True, False, False, False]
    assert (found.best, found.best_on, found.response_on, found.progression_on) == ("SD", on(42), None, on(84))
    unconfirmed = outcome("SD PD PR PR")
    assert [visit.counts for visit in unconfirmed.visits] == [True] * 4
    assert (unconfirmed.best, unconfirmed.progression_on) == ("PR", None)


def test_a_visit_on_the_day_new_therapy_began_counts_and_the_day_after_does_not() -> None:
    for begun, counts, best_word in (
        (on(84), [True, True], "PR"),
        (on(83), [True, False], "SD"),
        (on(41), [False, False], None),
    ):
        found = outcome("PR PR", new_therapy_on=begun)
        assert ([visit.counts for visit in found.visits], found.best) == (counts, best_word)
    assert outcome("PR PR", new_therapy_on=on(41)).best_on is None


def test_what_confirms_is_looked_for_before_new_therapy_for_a_response_and_at_any_time_for_progression() -> None:
    late = outcome("PR PR", new_therapy_on=on(83))
    assert late.visits[0].because == "PR, with no later evaluable visit; SD stands"
    progressed = outcome("PD PD", new_therapy_on=on(83))
    assert (progressed.best, progressed.progression_on) == ("PD", on(42))


@pytest.mark.parametrize(
    ("begun", "counts"), [(date(2020, 2, 29), True), (date(2020, 2, 28), False), (date(2020, 2, 1), False)]
)
def test_a_visit_known_to_the_month_counts_if_new_therapy_surely_began_later(begun: date, counts: bool) -> None:
    """A response in a month in which other treatment may have begun already is none to this one."""
    (visit,) = myeloma_outcome([one(1, FEBRUARY, "PR", new_therapy_on=begun)], START).visits
    assert visit.counts is counts


def test_a_visit_without_a_day_is_not_known_to_lie_after_new_therapy() -> None:
    assert [visit.counts for visit in myeloma_outcome([one(1, None, "PR", new_therapy_on=START)], START).visits] == [
        True
    ]


# --- one reading of a study's subject


def event(row: int, when: When | None, word: str, **more: object) -> ReportedResponse:
    return ReportedResponse(subject="S", row=row, on=when, response=word, **more)  # type: ignore[arg-type]


def who(*events: ReportedResponse | SubsequentTherapy) -> Subject:
    """A subject whose day 1 is 1 January 2020."""
    given = Administration(subject="S", row=71, start=datetime(2020, 1, 1, 9))
    return Subject(id="S", enrolment=Enrolment(subject="S", row=70), events=(given, *events))


def calls(words: str) -> list[ReportedResponse]:
    """On days 42, 84, 126, ...; rows 1, 2, 3, ..."""
    return [event(row, on(42 * row), "" if word == "-" else word) for row, word in enumerate(words.split(), 1)]


def therapy(when: When | None, row: int = 90) -> SubsequentTherapy:
    return SubsequentTherapy(subject="S", row=row, on=when, treatment="another drug")


def test_two_answers_are_told_with_the_visit_or_the_day_and_their_rows() -> None:
    first, second = event(1, on(42), "PR", visit="C1"), event(2, on(44), "SD", visit="C1")
    with pytest.raises(ValueError, match=r"two answers of one reader at C1 \(rows 1 and 2\)"):
        reading_of([first, second], None)
    with pytest.raises(ValueError, match=r"two answers of INV at 2020-02-12 \(rows 3 and 4\)"):
        reading_of([event(3, on(42), "PR", evaluator="INV"), event(4, on(42), "SD", evaluator="INV")], None)
    assert reading_of([first, replace(second, visit="C2")], None) == (first, replace(second, visit="C2"))
    unnamed = replace(second, visit=None)
    assert reading_of([first, unnamed], None) == (first, unnamed)
    assert reading_of([replace(first, visit=None), unnamed], None) == (replace(first, visit=None), unnamed)
    assert len(reading_of([first, replace(second, response="NE")], None)) == 2, "what says nothing is no second answer"


def test_a_method_with_no_name_is_one_method_among_two() -> None:
    own = [event(1, on(42), "PMR", visit="C1", method="PET-CT"), event(2, on(42), "SD", visit="C1")]
    with pytest.raises(ValueError, match="answers by no named method and by PET-CT at one visit"):
        reading_of(own, None)
    assert reading_of(own, None, "PET-CT") == (own[0],)
    same = [replace(one, method="CT") for one in own]
    with pytest.raises(ValueError, match="two answers of one reader at C1"):
        reading_of(same, None, "PET-CT")


def test_a_call_without_a_visit_is_named_by_its_day_and_without_a_day_by_its_row() -> None:
    given = [event(1, on(42), "PR", visit="C1", method="CT"), event(2, on(84), "PR"), event(3, None, "NE")]
    found = called_of(given, RECIST)
    assert [(one.visit, one.method) for one in found] == [("C1", "CT"), ("2020-03-25", ""), ("row 3", "")]


def test_words_that_the_criteria_do_not_have_are_told_with_their_rows() -> None:
    subject = who(
        event(1, on(42), "PR"), event(2, on(84), "GOOD"), event(3, on(85), ""), event(4, on(86), "x", criteria="IMWG")
    )
    assert unknown_words(subject, RECIST) == ((2, "GOOD"),)


def test_a_call_on_day_1_is_no_response_and_one_on_the_day_after_is() -> None:
    assert reported_response(who(event(1, on(0), "PD")), "recist-1.1").progression_on is None
    assert reported_response(who(event(1, on(1), "PD")), "recist-1.1").progression_on == on(1)


def test_a_call_that_is_not_known_to_the_day_is_not_used_and_its_row_is_told() -> None:
    found = reported_response(who(*calls("PR PR"), event(9, PartialDate(year=2020, month=6), "PD")), "recist-1.1")
    assert (found.best, found.progression_on, found.undated) == ("PR", None, (9,))
    alone = reported_response(who(event(9, FEBRUARY, "PR")), "recist-1.1")
    assert (alone.best, alone.because) == ("NE", "no response called with its day")


@pytest.mark.parametrize(
    ("begun", "first"),
    [
        ((on(100), on(90)), on(90)),
        ((None, on(100)), on(100)),
        ((FEBRUARY, on(100)), date(2020, 2, 1)),
        ((on(100), None, PartialDate(year=2021)), on(100)),
        ((), None),
    ],
)
def test_other_treatment_began_on_the_earliest_day_that_is_known(
    begun: tuple[When | None, ...], first: date | None
) -> None:
    others = [therapy(when, row) for row, when in enumerate(begun, 90)]
    assert reported_response(who(*calls("PR"), *others), "recist-1.1").other_therapy_on == first


@pytest.mark.parametrize(("after", "best_word"), [(42, "SD"), (43, "NE"), (0, "SD")])
def test_stable_disease_as_called_counts_from_so_many_days_after_day_1(after: int, best_word: str) -> None:
    assert reported_response(who(*calls("SD")), "recist-1.1", stable_after_d=after).best == best_word


def test_stable_disease_of_a_subject_without_a_day_1_is_not_held_to_a_time() -> None:
    subject = replace(who(), events=tuple(calls("SD")))
    assert reported_response(subject, "recist-1.1", stable_after_d=42).best == "SD"


@pytest.mark.parametrize("criteria", ["recist-1.1", "imwg-2016"])
def test_visits_without_progression_end_before_it_and_the_last_of_them_is_told(criteria: str) -> None:
    found = reported_response(who(*calls("SD PR - PR PD PD")), criteria)
    assert (found.best, found.response_on, found.progression_on) == ("PR", on(84), on(210))
    assert ([visit.row for visit in found.without_progression], found.last_rows) == ([1, 2, 4], (4,))
    assert [visit.row for visit in found.visits] == [1, 2, 4, 5, 6]
    assert [(visit.row, visit.category) for visit in found.not_evaluable] == [(3, "NE")]


def test_visits_up_to_progression_that_nobody_confirmed_are_those_that_show_none() -> None:
    found = reported_response(who(*calls("SD PD SD SD PD")), "imwg-2016")
    assert (found.best, found.progression_on) == ("SD", None)
    assert ([visit.row for visit in found.without_progression], found.last_rows) == ([1, 3, 4], (4,))
    after = reported_response(who(*calls("SD PD PD SD SD")), "imwg-2016")
    assert ([visit.row for visit in after.without_progression], after.last_rows) == ([1], (1,))


def test_where_no_visit_is_without_progression_the_enrolment_stands_for_the_last() -> None:
    subject = who(*calls("PD PD"))
    found = reported_response(subject, "imwg-2016")
    assert (found.best, found.progression_on, found.last_rows) == ("PD", on(42), (subject.enrolment.row,))
    before = reported_response(who(*calls("PR PR"), therapy(on(10))), "imwg-2016")
    assert (before.best, before.response_on) == ("NE", None), (
        "what came after other treatment is no response to this one"
    )


@pytest.mark.parametrize("criteria", ["recist-1.1", "imwg-2016"])
def test_progression_as_called_is_seen_after_other_treatment_too(criteria: str) -> None:
    """Decision 0005: no response after other treatment began; progression is still seen, and the censoring rule has its say."""
    found = reported_response(who(*calls("PR PR PD PD CR CR"), therapy(on(100))), criteria)
    assert (found.best, found.response_on, found.progression_on) == ("PR", on(42), on(126))
    assert [visit.row for visit in found.without_progression] == [1, 2]
