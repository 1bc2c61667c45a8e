"""Responses: shares, denominators and figures of a handful of subjects, worked out on paper."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from hevesy.conduct.efficacy import (
    ENROLLED,
    EVALUABLE,
    NOBODY_JUDGED,
    Best,
    ByCriteria,
    Lane,
    OnStudy,
    RateInGroup,
    RateOf,
    Responses,
    headline,
)
from hevesy.conduct.groups import OfOne, share_of
from hevesy.readout.figures.response import MOST, change_figure, swimmer_figure, waterfall_figure
from hevesy.readout.sections.efficacy import response
from hevesy.study.protocol.criteria import CRITERIA
from tests.readout.small import group, numbers, person, table, words
from tests.readout.small import response as answer

RECIST = CRITERIA["recist-1.1"]
ALL = group(*(person(number) for number in range(1, 9)))
FIVE_OF_EIGHT = share_of(
    OfOne(subject=f"S{place}", holds=place <= 5, told="PR" if place <= 5 else "SD", rows=(place,))
    for place in range(1, 9)
)


def rate(of: RateInGroup, denominator: object = EVALUABLE) -> RateOf:
    return RateOf(rate=RECIST.rates[0], of=denominator, by_group=(of,))  # type: ignore[arg-type]


def judged(*rates: RateOf, **more: object) -> ByCriteria:
    given: dict[str, object] = {
        "criteria": RECIST, "groups": (ALL,), "rates": rates, "lanes": (), "not_looked_for": (), "not_judged": (), "undated": (),
    }  # fmt: skip
    return ByCriteria(**{**given, **more})  # type: ignore[arg-type]


def found(*sets: ByCriteria, **more: object) -> Responses:
    given: dict[str, object] = {"sets": sets, "best": (), "on_study": (), "nobody_because": ()}
    return Responses(**{**given, **more})  # type: ignore[arg-type]


def test_five_of_eight_is_63_percent_with_limits_of_24_and_91() -> None:
    """Clopper and Pearson, Biometrika 1934;26:404: 5 of 8 has 24.5 % to 91.5 %."""
    section = response(found(judged(rate(RateInGroup(group=ALL, share=FIVE_OF_EIGHT)))))
    assert table(section, "rates") == [
        ["Overall response rate (partial response or better)", "response-evaluable", "5/8 = 62.5 % (24.5 % to 91.5 %)"]
    ]
    number = numbers(section)["orr-evaluable-all"]
    assert (number.value, number.rows) == (0.625, tuple(range(1, 9)))
    assert number.because[4:6] == ("S5: PR", "S6: SD")
    assert number.population == "response-evaluable, All (n=8)"


def test_what_cannot_be_estimated_says_why_and_is_no_number() -> None:
    section = response(
        found(
            judged(
                rate(RateInGroup(group=ALL, share=None), ENROLLED),
                rate(RateInGroup(group=ALL, share=None, because=NOBODY_JUDGED)),
            )
        )
    )
    assert [row[2] for row in table(section, "rates")] == ["nobody", "not estimable: nobody could be judged"]
    assert numbers(section) == {}


def test_each_set_of_criteria_has_its_own_table_where_there_are_two() -> None:
    one = judged(rate(RateInGroup(group=ALL, share=FIVE_OF_EIGHT)))
    other = replace(one, criteria=CRITERIA["lugano-2014"], rates=())
    section = response(found(one, other))
    assert len(table(section, "rates-recist-1-1")) == 1
    assert table(section, "rates-lugano-2014") == []


def test_the_rate_that_sums_up_is_benefit_before_response_and_only_where_it_is_one() -> None:
    myeloma = CRITERIA["imwg-2016"]
    cells = {
        one.key: RateOf(rate=one, of=EVALUABLE, by_group=(RateInGroup(group=ALL, share=FIVE_OF_EIGHT),))
        for one in myeloma.rates
    }
    both = replace(judged(), criteria=myeloma, rates=tuple(cells.values()))
    chosen = headline(found(both), ALL)
    assert chosen is not None
    assert chosen.rate.rate.key == "cbr"
    none = replace(both, rates=(replace(cells["cbr"], by_group=(RateInGroup(group=ALL, share=None),)), cells["orr"]))
    chosen = headline(found(none), ALL)
    assert chosen is not None
    assert chosen.rate.rate.key == "orr"
    assert headline(found(both), replace(ALL, id="2")) is None


def test_best_responses_say_progression_as_their_criteria_confirm_it() -> None:
    def shown(criteria: str, seen: date | None, unconfirmed: date | None = None) -> str:
        answered = replace(answer(1, "PD", criteria), progression_on=seen, unconfirmed_progression_on=unconfirmed)
        one = Best(subject="S1", arm="cohort 1", response=answered, called=("PR (local)",), others=())
        return table(response(found(judged(), best=(one,))), "best-response")[0][5]

    on = date(2020, 3, 1)
    assert shown("imwg-2016", on) == "2020-03-01 (confirmed)"
    assert shown("recist-1.1", on) == "2020-03-01"
    assert shown("imwg-2016", None, on) == "2020-03-01, awaiting confirmation"
    assert shown("imwg-2016", None) == "none by the cut"


def test_what_others_called_or_would_derive_stands_beside_the_best() -> None:
    one = Best(
        subject="S1", arm="", response=answer(1, "PR"), called=("SD (local)",), others=(("central", answer(1, "PD")),)
    )
    row = table(response(found(judged(), best=(one,))), "best-response")[0]
    assert row[3] == "PR"
    assert row[6] == "SD (local), PD (derived, central)"


def test_criteria_that_look_for_something_say_what_nobody_delivered() -> None:
    silent = answer(2, "NE").visits or answer(1, "PR", changes=(5.0,)).visits
    told = words(response(found(judged(not_judged=(("S2", silent[0]),)))))
    assert "Visits that could not be judged: S2 on 2020-01-31 (+5 %)." in told
    assert "Every visit could be judged." in words(response(found(judged())))
    myeloma = judged(criteria=CRITERIA["imwg-2016"], not_looked_for=("Urine M-protein was not delivered.",))
    assert "Urine M-protein was not delivered." in words(response(found(myeloma)))


def test_nobody_judged_is_said_with_the_reasons() -> None:
    told = words(response(found(judged(), nobody_because=(("no baseline", 2), ("no visit", 1)))))
    assert "Nobody could be judged: no baseline (2); no visit (1)." in told


def test_assessments_without_a_day_are_counted_with_their_rows() -> None:
    section = response(found(judged(undated=(("S1", (7, 8)), ("S2", (9,))))))
    number = numbers(section)["undated-assessments"]
    assert (number.value, number.because, number.rows) == (3, ("S1: 2", "S2: 1"), (7, 8, 9))


LANES = (
    Lane(subject="S1", best="PR", best_change_percent=-40.0, changes=((1, 0.0), (31, -40.0))),
    Lane(subject="S2", best="PD", best_change_percent=25.0, changes=((1, 0.0), (31, 25.0))),
    Lane(subject="S3", best="NE", best_change_percent=None, changes=()),
)


def test_a_waterfall_goes_from_the_greatest_rise_to_the_deepest_fall() -> None:
    figure = waterfall_figure((("cohort 1", LANES),), RECIST)
    assert figure is not None
    assert [(one.name, one.points) for one in figure.scene.data] == [("S2", ((0.5, 25.0),)), ("S1", ((1.5, -40.0),))]
    assert figure.description == "S2: +25.0 %, PD; S1: -40.0 %, PR"


def test_changes_are_drawn_of_those_who_have_visits_and_the_first_forty() -> None:
    figure = change_figure((("cohort 1", LANES),), RECIST)
    assert figure is not None
    assert [one.name for one in figure.scene.data] == ["S1", "S2"]
    assert "first" not in figure.caption
    many = change_figure((("cohort 1", LANES[:1] * (MOST + 1)),), RECIST)
    assert many is not None
    assert len(many.scene.data) == MOST
    assert f"The first {MOST} subjects are drawn" in many.caption
    assert change_figure((("cohort 1", LANES[2:]),), RECIST) is None
    assert waterfall_figure((("cohort 1", LANES[2:]),), RECIST) is None


def test_a_swimmer_has_a_lane_for_everybody_with_what_came_when() -> None:
    one = OnStudy(
        subject="S1",
        alive_d=200,
        died=True,
        because="death record",
        progression_free_d=90,
        progressed=True,
        best="PR",
        improved_on=date(2020, 1, 31),
        improved_day=31,
    )
    other = replace(
        one, subject="S2", died=False, progressed=False, alive_d=100, improved_day=None, progression_free_d=None
    )
    figure = swimmer_figure((("cohort 1", (one, other)),))
    assert figure is not None
    assert figure.description == "S1: 200 days on study, PFS 90 days; S2: 100 days on study"
    assert [one.points for one in figure.scene.data] == [
        ((0.0, 0.5), (90.0, 0.5), (200.0, 0.5)),
        ((0.0, 1.5), (100.0, 1.5)),
    ]
    assert swimmer_figure((("cohort 1", ()),)) is None
