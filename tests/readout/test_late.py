"""Late effects: rates, incidence and kidneys of three subjects, worked out on paper."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from hevesy.conduct.groups import spread_of
from hevesy.conduct.late import Kidneys, LateEffects, RenalFunction, Staged
from hevesy.follow.late_effects import LateEffectRisk, Watched
from hevesy.follow.renal import FiltrationRate, RenalCourse
from hevesy.readout.sections.late import late_effects
from hevesy.stats.competing import IncidenceAt
from hevesy.stats.rates import rate
from tests.readout.small import event, numbers, table, words


def watched(number: int, days: int, ill: bool = False) -> Watched:
    return Watched(
        subject=f"S{number}",
        days=days,
        event=event(number, 10 * number, "Myelodysplastic syndrome") if ill else None,
        died=False,
        because="it came" if ill else "without it",
        rows=(10 * number,),
    )


RISK = LateEffectRisk(
    name="MDS or leukaemia",
    terms=("myelodysplas",),
    watched=(watched(1, 365, ill=True), watched(2, 731), watched(3, 730)),
    per_100_years=rate(1, 1826 / 365.25 / 100),
    incidence=(IncidenceAt(cause=1, time=365.25, incidence=1 / 3, lower=0.01, upper=0.7, standard_error=0.2),),
)
NONE = LateEffects(risks=(), unjudged=(), renal=None, laboratory_delivered=False)


def test_one_event_in_five_years_is_20_per_100_with_exact_limits() -> None:
    """1,826 days are 4.9993 years: 1 event is 20.0 per 100; Garwood's limits of 1 are 0.0253 and 5.57."""
    section = late_effects(replace(NONE, risks=(RISK,)))
    assert section is not None
    (row,) = table(section, "late-effects")
    assert row == [
        "MDS or leukaemia",
        "1 of 3",
        "5.00 (longest 2.00)",
        "20.0 (0.506 to 111)",
        "1 y: 33.3 % (1.0 % to 70.0 %)",
        "myelodysplas",
    ]
    assert numbers(section)["late-mds-or-leukaemia-rate"].rows == (10, 20, 30)


def test_without_time_there_is_no_rate_and_without_an_event_no_incidence() -> None:
    section = late_effects(replace(NONE, risks=(replace(RISK, per_100_years=None, incidence=()),)))
    assert section is not None
    assert table(section, "late-effects")[0][3:5] == ["no time at risk", "no event"]


def test_neoplasms_that_nothing_counts_are_laid_before_people() -> None:
    section = late_effects(replace(NONE, unjudged=(event(2, 22, "Lipoma"),)))
    assert section is not None
    assert "Not counted above, for people to judge: 1 events of the class of neoplasms (S2: Lipoma)." in words(section)


def course(number: int, *rates: float, fallen: date | None = None, slope: float | None = None) -> RenalCourse:
    """Rates 40 days apart, the first before treatment."""
    values = [
        FiltrationRate(
            on=date.fromordinal(date(2020, 1, 1).toordinal() + 40 * place), egfr=value, row=100 * number + place
        )
        for place, value in enumerate(rates)
    ]
    return RenalCourse(
        subject=f"S{number}",
        baseline=values[0],
        later=tuple(values[1:]),
        slope_per_year=slope,
        sustained_fall_on=fallen,
        because=(),
    )


FELL, STEADY, SHORT = (
    course(1, 80.0, 45.0, 44.0, fallen=date(2020, 2, 10), slope=-30.0),
    course(2, 95.0, 90.0, 92.0, slope=-10.0),
    course(3, 60.0),
)
RENAL = RenalFunction(
    treated=4,
    each=(
        Kidneys(
            course=FELL, before=Staged(rate=FELL.later[0], stage="G2"), last=Staged(rate=FELL.later[1], stage="G3b")
        ),
        Kidneys(course=SHORT, before=None, last=None),
    ),
    able=(FELL, STEADY),
    fallen=(FELL,),
    slopes=((FELL, -30.0), (STEADY, -10.0)),
    slope=spread_of([-30.0, -10.0]),
)


def test_one_of_two_who_could_show_it_fell_and_the_median_slope_is_the_middle() -> None:
    section = late_effects(replace(NONE, renal=RENAL, laboratory_delivered=True))
    assert section is not None
    assert "Renal function: a sustained fall in 1 of 2; median slope -20.0 mL/min/1.73 m2 a year." in words(section)
    fall = numbers(section)["renal-sustained"]
    assert fall.population.endswith("(n=2 of 4)")
    assert (fall.because, fall.rows) == (("S1: from 2020-02-10",), (100, 101, 102, 200, 201, 202))


def test_each_course_has_its_line_and_what_cannot_be_said_is_not() -> None:
    section = late_effects(replace(NONE, renal=RENAL))
    assert section is not None
    fell, short = table(section, "renal")
    assert fell == ["S1", "45 (G2)", "44 (G3b), 2020-03-21", "-45 %", "-30.0", "from 2020-02-10", ""]
    assert short == ["S3", "none", "none", "", "", "not known", ""]
    assert numbers(section)["renal-change-S1"].of == "S1"


def test_nothing_delivered_has_no_section_and_no_creatinine_is_said() -> None:
    assert late_effects(NONE) is None
    section = late_effects(replace(NONE, laboratory_delivered=True))
    assert section is not None
    assert "Creatinine was not delivered" in words(section)
