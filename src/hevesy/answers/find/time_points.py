"""Which dose and time after the injection separate best."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from hevesy.answers.answer import Answer, Json, picked
from hevesy.answers.asked import ColumnName, Quantities, Real, TableFile, Text, Whole
from hevesy.blocks.number import Cell, shown
from hevesy.blocks.prose import said, shortened
from hevesy.blocks.section import Block
from hevesy.blocks.table import Table, of_numbers
from hevesy.blocks.table import table as table_of
from hevesy.errors import CannotAnswerError, QuestionError, RuleError
from hevesy.files.tables import DeliveredTable

if TYPE_CHECKING:
    from hevesy.files.dose_and_time import DoseAndTime
    from hevesy.find.time_points import Comparison, Difference, TimePoints
    from hevesy.stats.mixed import FTest

COMMAND = "find time-points"
FACES = ("csv", "svg")


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedColumns:
    """Which column holds what, where its name does not say it."""

    measure: Annotated[str | None, ColumnName("What is compared, as tbr or image_quality (default: TBR).", "COL")] = (
        None
    )
    subject: Annotated[str | None, ColumnName("Of the subject (default: by its name).", "COL")] = None
    dose: Annotated[str | None, ColumnName("Of the planned dose (default: by its name).", "COL")] = None
    time: Annotated[str | None, ColumnName("Of the time after the injection (default: by its name).", "COL")] = None
    time_unit: Annotated[
        Literal["h", "min", "d"] | None, Text("Of times without one: h, min or d.", choices=("h", "min", "d"))
    ] = None
    times_h: Annotated[
        Sequence[float],
        Quantities("Nominal times, where those of the table are as they were: 6h,24h,48h.", dimension="time", unit="h"),
    ] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedComparison:
    """How doses and times are compared."""

    scale: Annotated[
        Literal["ratio", "score"] | None,
        Text("ratio: as logarithms; score: as it stands (default: by the measure's name).", choices=("ratio", "score")),
    ] = None
    wanted: Annotated[Literal["highest", "lowest"], Text("Which mean is best.", choices=("highest", "lowest"))] = (
        "highest"
    )
    covariance: Annotated[
        Literal["subject", "unstructured"],
        Text(
            "subject: a start of its own for each; unstructured: any between times.",
            choices=("subject", "unstructured"),
        ),
    ] = "subject"
    df: Annotated[
        Literal["satterthwaite", "kenward-roger"],
        Text("Degrees of freedom: satterthwaite or kenward-roger.", choices=("satterthwaite", "kenward-roger")),
    ] = "satterthwaite"
    margin: Annotated[float, Real("Hardly worse than the best: by so large a share of its mean.")] = 0.1
    sure: Annotated[float, Real("An earlier time is preferred where it is hardly worse so probably.")] = 0.9
    level: Annotated[float, Real("Of the intervals.")] = 0.95
    draws: Annotated[int, Whole("From the posterior of the means.", least=100, most=10_000_000)] = 100_000
    seed: Annotated[int, Whole("Of the draws.", least=0)] = 1


def time_points(
    table: Annotated[DeliveredTable, TableFile()], *, columns: AskedColumns, comparison: AskedComparison
) -> Answer:
    """Which dose and time separate best: means by a mixed model, and how likely each is the best.

    One row a scan: subject (patient), dose (arm_mCi, activity), time after the injection (hours_pi, hour, time_h) and
    one measure or more: a ratio (tbr, cnr) or a score (image_quality). Each subject is at one dose. Empty, NA and "not
    readable" are missing.

    Returns of each dose and time its scans, mean with limits (of a ratio the geometric mean), the probability that it
    is the best, and that it is not worse than the best by more than the margin; the choice, and an earlier time or
    smaller dose that is hardly worse; tests of time, dose and interaction; ratios or differences to the choice and
    within each dose; what is missing.
    Refused are two rows of a subject at one dose and time, a subject at two doses, a ratio that is not above 0, times
    or doses as given (without nominal ones), one quantity in two units, and scans too few for an error.
    Source: Laird and Ware, Biometrics 1982;38:963; Kenward and Roger, Biometrics 1997;53:983; probability of being the
    best: Berger and Deely, J Am Stat Assoc 1988;83:364.

    Example: print(hevesy.time_points("dose_time.csv", measure="tbr"))
    """
    from hevesy.files.dose_and_time import Named, scans_in
    from hevesy.find.time_points import Scan
    from hevesy.find.time_points import time_points as compared

    named = {name: getattr(columns, name) for name in ("subject", "dose", "time", "measure", "time_unit")}
    read = scans_in(table, Named(**named), columns.times_h)
    by = _comparison(read, comparison)
    try:
        scans = [
            Scan(subject=one.subject, dose=one.dose, time_h=one.time_h, value=one.value, place=f"line {one.line}")
            for one in read.scans
        ]
        found = compared(scans, by)
    except RuleError as error:
        raise CannotAnswerError(f"{table.name}, {read.measure}: {error}") from None
    because = [_scale_told(read.measure, by), *found.because, *read.told]
    return Answer(document=_document(found, read, by, because), blocks=tuple(_blocks(found, read, by, because)))


def _comparison(read: DoseAndTime, asked: AskedComparison) -> Comparison:
    from hevesy.files.dose_and_time import scale_of
    from hevesy.find.time_points import Comparison

    names = ("wanted", "covariance", "df", "level", "margin", "sure", "draws", "seed")
    scale = asked.scale or scale_of(read.measure)
    if scale is None:
        raise QuestionError(f"{read.measure} does not say whether it is a ratio or a score: give ⟦scale⟧", "scale")
    return Comparison(scale=scale, dose_unit=read.dose_unit, **{name: getattr(asked, name) for name in names})


def _scale_told(measure: str, by: Comparison) -> str:
    if by.scale == "ratio":
        return f"{measure} is compared on the logarithmic scale: means are geometric, differences are ratios"
    return f"{measure} is compared on its own scale"


def _document(found: TimePoints, read: DoseAndTime, by: Comparison, because: Sequence[str]) -> dict[str, Json]:
    of_cell = ("dose", "scans", "mean", "lower", "upper", "estimate", "standard_error", "df")
    chances = ("p_best", "p_best_error", "p_best_of_dose", "p_within", "p_within_error")
    cells = [picked(one, *of_cell, *chances, time="time_h") for one in found.cells]
    nothing: dict[str, Json] = dict.fromkeys((*of_cell, *chances))
    cells += [nothing | {"dose": dose, "time": time, "scans": 0} for dose, time in found.empty]
    brief = ("dose", "mean", "lower", "upper", *chances)
    return {
        "cells": cells,
        "choice": picked(found.choice, *brief, time="time_h"),
        "earlier": picked(found.earlier, *brief, time="time_h") if found.earlier else None,
        "measure": read.measure,
        "dose_unit": read.dose_unit or None,
        "time_unit": "h",
        **picked(by, "scale", "wanted", "margin", "sure", "level", "draws", "seed"),
        "effects": [
            {
                "name": one.name,
                "satterthwaite": _f_document(one.satterthwaite),
                "kenward_roger": _f_document(one.kenward_roger),
            }
            for one in found.effects
        ],
        "to_the_choice": [_difference(one) for one in found.to_the_choice],
        "within_dose": [_difference(one) for one in found.within_dose],
        **picked(found, "subjects", sd_between="between", sd_residual="residual"),
        "scans": found.scans,
        "log_likelihood": found.fit.log_likelihood,
        "missing": list(found.missing),
        "doubts": list(read.doubts),
        "because": list(because),
    }


def _f_document(test: FTest) -> dict[str, Json]:
    return picked(test, "numerator_df", "denominator_df", "f", "p_value")


def _difference(one: Difference) -> dict[str, Json]:
    return {
        "dose": one.one[0],
        "time": one.one[1],
        "against": {"dose": one.other[0], "time": one.other[1]},
        **picked(one, "value", "lower", "upper", "p_tukey", "means"),
        **picked(one.found, "estimate", "standard_error", "df", "t", "p_value"),
    }


def _blocks(found: TimePoints, read: DoseAndTime, by: Comparison, because: Sequence[str]) -> list[Block]:
    from hevesy.readout.figures.separation import separation_figure

    blocks: list[Block] = [said(_choice_told(found, read, by), tone="answer"), said(_earlier_told(found, by))]
    blocks += [said(line, tone="caution") for line in _cautions(found, read)]
    blocks += [_means(found, read, by), separation_figure(found, read.measure, read.dose_unit, by.level)]
    if found.effects:
        blocks.append(_effects(found))
    caption = "Every other dose and time against the choice"
    blocks.append(_differences("to-the-choice", caption, found.to_the_choice, by))
    if found.within_dose:
        blocks.append(_differences("within-dose", "Times against one another at each dose", found.within_dose, by))
    return [*blocks, *map(said, because)]


def _choice_told(found: TimePoints, read: DoseAndTime, by: Comparison) -> str:
    best = found.choice
    mean = "geometric mean" if by.scale == "ratio" else "mean"
    return (
        f"{read.measure} separates best with {by.told(best.dose, best.time_h)}: {mean} {best.mean:.3g} "
        f"({best.lower:.3g} to {best.upper:.3g}), the {by.wanted} with a probability of {best.p_best:.3f} "
        f"(Monte Carlo error {best.p_best_error:.1g}), from {found.scans} scans of {found.subjects} subjects."
    )


def _earlier_told(found: TimePoints, by: Comparison) -> str:
    within = f"within {by.margin:.0%} of the best with a probability of at least {by.sure:g}"
    if found.earlier is None:
        return f"No earlier time or smaller dose is {within}."
    one, hours = found.earlier, found.choice.time_h - found.earlier.time_h
    saved = f"{hours:g} h less of waiting" if hours else "the same time"
    if one.dose != found.choice.dose:
        saved += " and a smaller dose"
    return (
        f"{by.told(one.dose, one.time_h)} is {within} ({one.p_within:.3f}), for {saved} at the same one scan a patient."
    )


def _cautions(found: TimePoints, read: DoseAndTime) -> list[str]:
    told = []
    if found.choice.p_best < 0.8:
        told.append(
            f"Which is best is not settled: the choice is it with a probability of {found.choice.p_best:.2f} only."
        )
    if found.missing:
        told.append(f"missing: {'; '.join(shortened(found.missing, 12))}")
    if read.others:
        told.append(f"other measures of the table, each asked for by itself: {', '.join(read.others)}")
    return [*told, *shortened(read.doubts, 12)]


def _means(found: TimePoints, read: DoseAndTime, by: Comparison) -> Table:
    limits, mean = f"{by.level:.0%} limits", "geometric mean" if by.scale == "ratio" else "mean"
    heads = (
        of_numbers("dose", read.dose_unit or None), of_numbers("time", "h"), of_numbers("scans"), of_numbers(mean),
        of_numbers("lower", under=limits), of_numbers("upper", under=limits), of_numbers("df"),
        of_numbers("P(best)"), of_numbers("error", under="Monte Carlo"),
        of_numbers("P(best of its dose)"), of_numbers(f"P(within {by.margin:.0%} of the best)"),
    )  # fmt: skip
    rows: list[tuple[Cell, ...]] = [
        (shown(one.dose), shown(one.time_h), shown(one.scans), shown(one.mean, ".4g"), shown(one.lower, ".4g"),
         shown(one.upper, ".4g"), shown(one.df, ".1f"), shown(one.p_best, ".4f"), shown(one.p_best_error, ".1g"),
         shown(one.p_best_of_dose, ".4f"), shown(one.p_within, ".4f"))
        for one in found.cells
    ]  # fmt: skip
    notes = [f"No value at {', '.join(by.told(*cell) for cell in found.empty)}."] if found.empty else []
    return table_of("means", f"{read.measure} by dose and time", heads, rows, *notes)


def _effects(found: TimePoints) -> Table:
    heads = [of_numbers("df")]
    for method in ("Satterthwaite", "Kenward and Roger"):
        heads += [of_numbers(title, under=method) for title in ("df of the error", "F", "p")]
    rows: list[tuple[Cell, ...]] = [
        (one.name, shown(one.satterthwaite.numerator_df), *(
            cell for test in (one.satterthwaite, one.kenward_roger)
            for cell in (shown(test.denominator_df, ".1f"), shown(test.f, ".4g"), shown(test.p_value, ".3g"))))
        for one in found.effects
    ]  # fmt: skip
    return table_of("effects", "Tests of type III: every dose and time has equal weight", ("effect", *heads), rows)


def _differences(id: str, caption: str, differences: Sequence[Difference], by: Comparison) -> Table:
    limits, what = f"{by.level:.0%} limits", "ratio" if by.scale == "ratio" else "difference"
    heads = (
        "dose and time", "against", of_numbers(what), of_numbers("lower", under=limits),
        of_numbers("upper", under=limits), of_numbers("t"), of_numbers("df"), of_numbers("p"), of_numbers("p, Tukey"),
    )  # fmt: skip
    rows: list[tuple[Cell, ...]] = [
        (by.told(*one.one), by.told(*one.other), shown(one.value, ".4g"), shown(one.lower, ".4g"),
         shown(one.upper, ".4g"), shown(one.found.t, ".3f"), shown(one.found.df, ".1f"),
         shown(one.found.p_value, ".3g"), shown(one.p_tukey, ".3g"))
        for one in differences
    ]  # fmt: skip
    of_all = " and ".join(str(one) for one in sorted({one.means for one in differences}))
    return table_of(
        id, caption, heads, rows, f"Limits and p are of one {what}; p by Tukey of all pairs of {of_all} means."
    )
