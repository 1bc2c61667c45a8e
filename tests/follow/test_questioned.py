"""What is questioned, at the edges of the rule: the factor of 20, the 21 days, both neighbours, what explains a rise, what is confirmed."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from hevesy.files.protocol import read_protocol
from hevesy.follow.questioned import Doubts, doubtful_counts, questioned_proteins, without_questioned_proteins
from hevesy.study.dates import PartialDate, When
from hevesy.study.facts.enrolment import Enrolment
from hevesy.study.facts.fact import Fact
from hevesy.study.facts.laboratory import Lab
from hevesy.study.facts.response import Assessment, IgMAssessment
from hevesy.study.facts.treatment import SupportiveCare
from hevesy.study.subject import Subject
from tests.conftest import EXAMPLE

PROTOCOL = read_protocol((EXAMPLE / "protocol.toml").read_text())
DAY_1 = date(2016, 1, 1)


def on(day: int) -> date:
    return DAY_1 + timedelta(days=day - 1)


def count(day: int | When | None, value: float | None, row: int, test: str = "platelets", unit: str = "10^9/L") -> Lab:
    return Lab(subject="S", row=row, on=on(day) if isinstance(day, int) else day, test=test, value=value, unit=unit)


def subject(*events: Fact, confirmed: frozenset[int] = frozenset()) -> Subject:
    return Subject(id="S", enrolment=Enrolment(subject="S", row=1), events=events, confirmed=confirmed)


def doubts(*events: Fact, confirmed: frozenset[int] = frozenset()) -> Doubts:
    return doubtful_counts(subject(*events, confirmed=confirmed), PROTOCOL)


def rows_asked(*counts: tuple[int, float], test: str = "platelets") -> list[int]:
    """Places (from 1) of the counts that are questioned."""
    return sorted(
        doubts(*(count(day, value, row, test) for row, (day, value) in enumerate(counts, start=1))).questioned
    )


@pytest.mark.parametrize(
    ("counts", "asked"),
    [
        ([(1, 10), (8, 200), (15, 10)], [2]),
        ([(1, 10), (8, 199.9), (15, 10)], []),
        ([(1, 10.1), (8, 200), (15, 10)], []),
        ([(1, 10), (8, 200), (15, 10.1)], []),
        ([(1, 0), (8, 2), (15, 0)], [2]),
        ([(1, 0), (8, 1.99), (15, 0)], []),
        ([(1, 0), (8, 2), (15, 0.11)], []),
        ([(1, 10), (8, 200)], [2]),
        ([(1, 10), (8, 199.9)], []),
        ([(1, 200), (8, 10)], []),
        ([(1, 200), (8, 1), (15, 200)], [3]),
        ([(1, 300)], []),
    ],
    ids=[
        "20",
        "less",
        "before",
        "after",
        "zero",
        "zero-less",
        "zero-after",
        "last",
        "last-less",
        "fall",
        "last-after-a-nadir",
        "alone",
    ],
)
def test_twenty_times_both_neighbours_is_questioned(counts: list[tuple[int, float]], asked: list[int]) -> None:
    assert rows_asked(*counts) == asked


@pytest.mark.parametrize(
    ("counts", "asked"),
    [
        ([(1, 10), (22, 250), (29, 10)], [2]),
        ([(1, 10), (23, 250), (29, 10)], []),
        ([(1, 10), (8, 250), (29, 199)], []),
        ([(1, 10), (8, 250), (30, 100)], [2]),
        ([(1, 10), (8, 250), (29, 10)], [2]),
        ([(1, 10), (8, 250), (9, 100)], []),
    ],
    ids=["before-21", "before-22", "after-21", "after-22-is-the-last", "after-21-low", "next-day"],
)
def test_a_neighbour_lies_within_21_days(counts: list[tuple[int, float]], asked: list[int]) -> None:
    assert rows_asked(*counts) == asked


@pytest.mark.parametrize(
    ("counts", "asked"),
    [
        ([(1, 100), (8, 10), (15, 250), (22, 250), (29, 10)], [3, 4]),
        ([(1, 100), (8, 10), (15, 250), (22, 250), (29, 12.5)], [3, 4]),
        ([(1, 100), (8, 10), (15, 250), (22, 250), (29, 13)], []),
        ([(1, 100), (8, 10), (15, 200), (22, 250), (29, 11)], []),
        ([(1, 100), (8, 10), (15, 250), (22, 200), (29, 11)], []),
        ([(1, 100), (8, 10), (15, 250), (22, 199), (29, 9)], []),
        ([(1, 100), (8, 10), (15, 250), (36, 250), (40, 10)], [3, 4]),
        ([(1, 100), (8, 10), (15, 250), (22, 250), (37, 250), (44, 10)], []),
        ([(1, 100), (8, 10), (15, 250), (37, 250), (44, 10)], [3]),
        ([(1, 100), (8, 10), (15, 250), (22, 250), (43, 10)], [3, 4]),
        ([(1, 100), (8, 10), (15, 250), (22, 250), (44, 10)], []),
        ([(1, 100), (8, 10), (15, 250), (22, 250)], []),
        ([(1, 100), (8, 10), (15, 250), (15, 260)], [3, 4]),
    ],
    ids=[
        "two",
        "20-after",
        "less-after",
        "least-first",
        "least-last",
        "ended-by-a-middling-one",
        "21-days-long",
        "22-days-long",
        "22-apart-two-runs",
        "after-21",
        "after-22-stayed",
        "stayed",
        "twice-on-the-last-day",
    ],
)
def test_several_high_counts_in_a_row_are_one_and_held_against_their_least(
    counts: list[tuple[int, float]], asked: list[int]
) -> None:
    """Where they stay up they are a recovery to what was there before (100)."""
    assert rows_asked(*counts) == asked


@pytest.mark.parametrize(
    ("earlier", "asked"),
    [((12.5, 10), [3, 4]), ((12.6, 10), []), ((9, 10), [3, 4]), ((10, 12.5), [3, 4])],
    ids=["20-of-all-before", "less-than-20-of-one-before", "20", "the-one-before-is-the-highest"],
)
def test_counts_that_stay_up_are_held_against_the_highest_before(
    earlier: tuple[float, float], asked: list[int]
) -> None:
    assert rows_asked((1, earlier[0]), (8, earlier[1]), (15, 250), (22, 260)) == asked
    assert rows_asked((1, earlier[0]), (8, earlier[1]), (15, 260), (22, 250)) == asked


def test_a_sentence_names_the_counts_beside_it_and_the_whole_run_has_one() -> None:
    """0.1, 2, 40, 0.1: the 40 is also twenty times the 2, and is told with the run it belongs to."""
    found = doubts(
        *(
            count(day, value, row, "neutrophils")
            for row, (day, value) in enumerate([(1, 0.1), (8, 2), (15, 40), (22, 0.1)])
        )
    )
    assert sorted(found.questioned) == [1, 2]
    for one in found.questioned.values():
        assert (
            "20 times or more above the count beside it (0.1 on 2016-01-01 and 0.1 on 2016-01-22), with nothing given"
            in one.because
        )
    assert (found.questioned[2].subject, found.questioned[2].quantity, found.questioned[2].on) == (
        "S",
        "neutrophils",
        on(15),
    )
    assert str(found.questioned[2]).startswith("neutrophils 40 10^9/L on 2016-01-15 (row 2): ")
    last = doubts(count(1, 10, 1), count(8, 250, 2)).questioned[2]
    assert "(10 on 2016-01-01), with nothing given" in last.because


def test_counts_are_read_in_order_of_day_whatever_their_rows() -> None:
    assert sorted(doubts(count(15, 10, 1), count(8, 250, 2), count(1, 10, 3)).questioned) == [2]
    assert sorted(doubts(count(8, 250, 1), count(8, 10, 2)).questioned) == [1]


def test_counts_of_one_test_are_held_against_their_own_only() -> None:
    found = doubts(count(1, 0.5, 1, "neutrophils"), count(8, 250, 2), count(15, 0.5, 3, "neutrophils"))
    assert found.questioned == {}


@pytest.mark.parametrize(
    ("value", "unit", "asked"),
    [
        (3_000_000, "/uL", False),
        (3_000_001, "/uL", True),
        (3000, "10^9/L", False),
        (3001, "10^9/L", True),
    ],
)
def test_bounds_hold_in_the_internal_unit(value: float, unit: str, asked: bool) -> None:
    found = doubts(count(1, value, 1, unit=unit)).questioned
    assert (1 in found) is asked
    if asked:
        assert found[1].because.startswith("outside 0..3000 10^9/L; questioned: ")
        assert found[1].value == f"{value:g} {unit}"


def test_what_lies_outside_the_bounds_is_nobodys_neighbour() -> None:
    """10, 5000, 250, 10: the 5000 by its bounds; the 250 stands between the two of 10."""
    found = doubts(count(1, 10, 1), count(8, 5000, 2), count(15, 250, 3), count(22, 10, 4)).questioned
    assert sorted(found) == [2, 3]
    assert found[2].because.startswith("outside")
    assert "(10 on 2016-01-01 and 10 on 2016-01-22)" in found[3].because


@pytest.mark.parametrize("when", [None, PartialDate(year=2016, month=1)])
def test_a_count_without_its_day_has_bounds_and_no_neighbours(when: When | None) -> None:
    assert sorted(doubts(count(1, 10, 1), count(when, 250, 2), count(15, 10, 3)).questioned) == []
    assert sorted(doubts(count(1, 10, 1), count(when, 5000, 2), count(15, 10, 3)).questioned) == [2]


def test_what_has_no_value_or_no_bounds_is_not_asked_about() -> None:
    others = (count(8, None, 2), count(8, 9e9, 3, "creatinine", "mg/dL"))
    assert doubts(count(1, 10, 1), *others, count(15, 10, 4)) == Doubts({}, {})


def test_what_somebody_confirmed_is_believed_and_only_that_row() -> None:
    rows = (
        count(1, 10, 1),
        count(8, 250, 2),
        count(15, 10, 3),
        count(22, 5000, 4),
        count(29, 10, 5),
        count(36, 260, 6),
        count(43, 10, 7),
    )
    assert sorted(doubts(*rows).questioned) == [2, 4, 6]
    assert sorted(doubts(*rows, confirmed=frozenset({2})).questioned) == [4, 6]
    assert sorted(doubts(*rows, confirmed=frozenset({4, 6})).questioned) == [2]


JANUARY, FEBRUARY = PartialDate(year=2016, month=1), PartialDate(year=2016, month=2)


@pytest.mark.parametrize(
    ("product", "when", "explained"),
    [
        ("Platelets", on(20), False),
        ("Platelets", on(21), True),
        ("Platelets", on(25), True),
        ("Platelets", on(30), True),
        ("Platelets", on(31), False),
        ("Platelets", PartialDate(year=2015, month=12), False),
        ("Platelets", JANUARY, True),
        ("Platelets", PartialDate(year=2016), True),
        ("Platelets", FEBRUARY, False),
        ("Platelets", None, False),
        ("Red cells", on(25), False),
        ("Filgrastim", on(25), False),
        ("Paracetamol", on(25), False),
    ],
)
def test_a_rise_is_explained_by_what_lifts_it_and_can_have_been_given_between(
    product: str, when: When | None, explained: bool
) -> None:
    """Counts on 21 January (low) and 30 January (high): both days are between."""
    given = SupportiveCare(subject="S", row=9, on=when, product=product)
    found = doubts(count(21, 10, 1), count(30, 250, 2), count(37, 10, 3), given)
    assert (2 in found.explained, 2 in found.questioned) == (explained, not explained)
    assert found.explained == ({2: given} if explained else {})


@pytest.mark.parametrize(("when", "explained"), [(on(31), False), (on(32), True), (on(33), True)])
def test_a_month_begins_on_its_first_day(when: date, explained: bool) -> None:
    """Given in February, which begins on day 32; the low count is of the day before the high one."""
    given = SupportiveCare(subject="S", row=9, on=FEBRUARY, product="Platelets")
    before = when - timedelta(days=1)
    found = doubts(count(before, 10, 1), count(when, 250, 2), given)
    assert (2 in found.explained) is explained
    late = doubts(
        count(on(61), 10, 1), count(on(62), 250, 2), SupportiveCare(subject="S", row=9, on=JANUARY, product="Platelets")
    )
    assert 2 in late.questioned


def test_another_product_before_the_right_one_does_not_hide_it() -> None:
    wrong = [
        SupportiveCare(subject="S", row=10 + n, on=day, product=name)
        for n, (day, name) in enumerate([(None, "Platelets"), (on(5), "Iron")])
    ]
    right = SupportiveCare(subject="S", row=20, on=on(5), product="Platelet transfusion")
    assert doubts(count(1, 10, 1), count(8, 250, 2), *wrong, right).explained == {2: right}


def test_a_product_explains_every_count_of_the_run() -> None:
    given = SupportiveCare(subject="S", row=9, on=on(5), product="Platelets")
    found = doubts(count(1, 10, 1), count(8, 250, 2), count(11, 240, 3), count(18, 10, 4), given)
    assert found == Doubts({}, {2: given, 3: given})


@pytest.mark.parametrize(
    ("event", "field", "told"),
    [
        (
            Assessment(subject="S", row=2, on=on(8), serum_m_protein_g_per_dL=20.1),
            "serum_m_protein_g_per_dL",
            "serum M-protein 20.1 g/dL",
        ),
        (Assessment(subject="S", row=2, on=on(8), serum_m_protein_g_per_dL=20.0), None, ""),
        (Assessment(subject="S", row=2, on=on(8), serum_m_protein_g_per_dL=0.0), None, ""),
        (
            Assessment(subject="S", row=2, on=on(8), urine_m_protein_mg_per_24h=50_001.0),
            "urine_m_protein_mg_per_24h",
            "urine M-protein 50001",
        ),
        (
            Assessment(subject="S", row=2, on=on(8), involved_flc_mg_per_L=200_001.0),
            "involved_flc_mg_per_L",
            "involved free light chain 200001",
        ),
        (Assessment(subject="S", row=2, on=on(8), uninvolved_flc_mg_per_L=2e5), None, ""),
        (IgMAssessment(subject="S", row=2, on=on(8), igm_g_per_dL=20.1), "igm_g_per_dL", "serum IgM 20.1 g/dL"),
        (IgMAssessment(subject="S", row=2, on=on(8), igm_g_per_dL=20.0), None, ""),
    ],
)
def test_a_protein_beyond_its_bounds_was_not_measured(
    event: Assessment | IgMAssessment, field: str | None, told: str
) -> None:
    other = Assessment(subject="S", row=3, on=on(15), serum_m_protein_g_per_dL=2.0, uninvolved_flc_mg_per_L=9.0)
    who = subject(event, other)
    found = questioned_proteins(who, PROTOCOL)
    assert [name for name, _ in found] == ([field] if field else [])
    assert all(str(one).startswith(told) and (one.row, one.on, one.subject) == (2, on(8), "S") for _, one in found)
    believed = without_questioned_proteins(who, PROTOCOL)
    kept = believed.events[0]
    assert believed.events[1] == other
    if field is None:
        assert believed == who
    else:
        assert getattr(kept, field) is None
    confirmed = subject(event, other, confirmed=frozenset({2}))
    assert questioned_proteins(confirmed, PROTOCOL) == ()
    assert without_questioned_proteins(confirmed, PROTOCOL) == confirmed


def test_only_what_is_beyond_its_bounds_is_taken_away() -> None:
    visit = Assessment(
        subject="S",
        row=2,
        on=None,
        serum_m_protein_g_per_dL=38.0,
        involved_flc_mg_per_L=3e5,
        uninvolved_flc_mg_per_L=9.0,
    )
    kept = without_questioned_proteins(subject(visit), PROTOCOL).of(Assessment)[0]
    assert (kept.serum_m_protein_g_per_dL, kept.involved_flc_mg_per_L, kept.uninvolved_flc_mg_per_L) == (
        None,
        None,
        9.0,
    )
