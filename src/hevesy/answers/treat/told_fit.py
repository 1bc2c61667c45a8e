"""Fits of kinetics as data and tables, whichever way the integral was found."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from hevesy.answers.answer import Json
from hevesy.blocks.number import Cell, Shown, shown
from hevesy.blocks.table import Column, Table, of_numbers, table

if TYPE_CHECKING:
    from hevesy.study.time_activity import TimeActivityCurve
    from hevesy.treat.bootstrap import Bootstrap
    from hevesy.treat.fit import Fitted
    from hevesy.treat.half_life_prior import WithPrior
    from hevesy.treat.single_time_point import OnePoint

Told = dict[str, Json]
CONTRACT = (
    "model", "half_lives_h", "tia_h", "tia_standard_error_h", "tia_lower_h", "tia_upper_h", "tail_share", "aicc",
    "models",
)  # fmt: skip
"""What stands on top where there is one region."""
NONE_OF_A_FIT: Told = {
    "standard_error_by": None,
    "tia_covariance_error_h": None,
    "tia_monte_carlo_h": None,
    "tail_share": None,
    "tia_physical_tail_h": None,
    "aicc": None,
    "models": [],
    "coefficients": None,
    "biological_per_h": None,
    "parameters": [],
    "covariance": None,
    "chi_square": None,
    "degrees": None,
    "bootstrap": [],
}


def of_fit(fitted: Fitted, curve: TimeActivityCurve, drawn: Sequence[Bootstrap], because: Sequence[str]) -> Told:
    """What a fit says of a region, and what curves drawn about it say."""
    function = fitted.function
    at_points = fitted.measured.at(curve.elapsed_h).tolist()
    return {
        "region": fitted.region,
        "model": fitted.model,
        "half_lives_h": list(function.half_lives_h),
        "tia_h": fitted.tia_h,
        "tia_standard_error_h": fitted.tia_standard_error_h,
        "standard_error_by": fitted.by,
        "tia_covariance_error_h": fitted.tia_covariance_error_h,
        "tia_monte_carlo_h": fitted.tia_monte_carlo_h,
        "tia_lower_h": fitted.tia_lower_h,
        "tia_upper_h": fitted.tia_upper_h,
        "tail_share": fitted.tail_share,
        "tia_physical_tail_h": fitted.tail_physical_h,
        "aicc": fitted.aicc,
        "models": [
            {"model": one.model, "aicc": one.aicc, "weight": one.weight, "tia_h": one.tia_h,
             "chi_square": one.chi_square, "probability": one.probability}
            for one in fitted.models
        ],
        "coefficients": list(function.coefficients),
        "biological_per_h": list(function.biological_per_h),
        "parameters": [
            {"name": one.name, "value": one.value, "standard_error": one.standard_error, "near_bound": one.near_bound}
            for one in fitted.parameters
        ],
        "covariance": None if fitted.covariance is None else [list(row) for row in fitted.covariance],
        "chi_square": fitted.chi_square,
        "degrees": fitted.degrees,
        "bootstrap": [
            {"drawn_by": one.drawn_by, "draws": one.draws, "tia_mean_h": one.tia_mean_h,
             "tia_standard_error_h": one.tia_standard_error_h, "tia_lower_h": one.tia_lower_h,
             "tia_upper_h": one.tia_upper_h}
            for one in drawn
        ],
        "points": _points(curve, at_points, fitted.residuals),
        "warnings": [*fitted.warnings, *(one.warning for one in drawn if one.warning)],
        "because": [*because, *fitted.because],
    }  # fmt: skip


def of_one_point(found: OnePoint, curve: TimeActivityCurve, because: Sequence[str]) -> Told:
    """What one point says of a region."""
    return {
        "region": curve.region,
        "model": "hanscheid",
        "half_lives_h": [],
        "tia_h": found.tia_h,
        "tia_standard_error_h": found.point_error_h,
        "tia_lower_h": found.tia_lower_h,
        "tia_upper_h": found.tia_upper_h,
        **NONE_OF_A_FIT,
        "standard_error_by": "the point alone",
        "window_half_lives_h": list(found.half_lives_h),
        "points": _points(curve),
        "warnings": [],
        "because": [*because, *found.because],
    }


def of_prior(found: WithPrior, curve: TimeActivityCurve, because: Sequence[str]) -> Told:
    """What few points and earlier patients say of a region; the half-life is of the label measured."""
    return {
        "region": curve.region,
        "model": "mono",
        "half_lives_h": [found.label_half_life_h],
        "tia_h": found.tia_h,
        "tia_standard_error_h": found.tia_standard_error_h,
        "tia_lower_h": found.tia_lower_h,
        "tia_upper_h": found.tia_upper_h,
        **NONE_OF_A_FIT,
        "standard_error_by": "points and earlier half-lives",
        "measured_half_life_h": found.half_life_h,
        "measured_half_life_lower_h": found.half_life_lower_h,
        "measured_half_life_upper_h": found.half_life_upper_h,
        "points": _points(curve),
        "warnings": [],
        "because": [*because, *found.because],
    }


def _points(
    curve: TimeActivityCurve, fitted: Sequence[float] | None = None, residuals: Sequence[float] | None = None
) -> list[Json]:
    rows = zip(curve.elapsed_h, curve.activity_fractions, curve.standard_uncertainties, strict=True)
    return [
        {
            "elapsed_h": time,
            "activity_fraction": share,
            "uncertainty": error,
            "fitted": None if fitted is None else fitted[place],
            "residual": None if residuals is None else residuals[place],
        }
        for place, (time, share, error) in enumerate(rows)
    ]


def document(
    regions: Sequence[Told], measured: str, label: str, label_half_life_h: float, warnings: Sequence[str] = ()
) -> Told:
    """The whole: regions, and on top what the contract names where there is one region; `warnings` are of all."""
    (first, *more) = regions
    return {
        "nuclide": label,
        "measured": measured,
        "physical_per_h": math.log(2) / label_half_life_h,
        **{key: None if more else first[key] for key in CONTRACT},
        "regions": list(regions),
        "warnings": [*warnings, *(f"{one['region']}: {line}" for one in regions for line in lines(one, "warnings"))],
        "because": lines(first, "because") if not more else sorted_once(regions),
    }


def lines(told: Told, key: str) -> list[str]:
    """The sentences of a region."""
    found = told[key]
    return [str(one) for one in found] if isinstance(found, list) else []


def sorted_once(regions: Sequence[Told]) -> list[str]:
    """Sentences of all regions, each once; with the name of its region where not all say it."""
    found: dict[str, list[str]] = {}
    for one in regions:
        for line in lines(one, "because"):
            found.setdefault(line, []).append(str(one["region"]))
    return [line if len(of) == len(regions) else f"{', '.join(of)}: {line}" for line, of in found.items()]


def integrals_table(regions: Sequence[Told], label: str) -> Table:
    """Time-integrated activity by region."""
    columns: list[str | Column] = [
        "region",
        "model",
        "effective half-lives, h",
        of_numbers("time-integrated activity", "h"),
        of_numbers("standard error", "h"),
        of_numbers("lower", "h", "95 %"),
        of_numbers("upper", "h", "95 %"),
        of_numbers("after the last point", "%"),
        of_numbers("with a tail by decay alone", "h"),
    ]
    rows: list[list[Cell]] = []
    for one in regions:
        tail = _number(one["tail_share"])
        halves = one["half_lives_h"]
        told = ", ".join(f"{half:.4g}" for half in halves) if isinstance(halves, list) else ""
        rows.append([
            str(one["region"]), str(one["model"]), told, *_cells(one, ".4g", "tia_h"),
            *_cells(one, ".2g", "tia_standard_error_h"), *_cells(one, ".4g", "tia_lower_h", "tia_upper_h"),
            shown(None if tail is None else 100 * tail, ".3g"), *_cells(one, ".4g", "tia_physical_tail_h"),
        ])  # fmt: skip
    return table(
        "integrals", f"Time-integrated activity of {label} over the administered (MBq h per MBq)", columns, rows
    )


def bootstrap_table(regions: Sequence[Told]) -> Iterator[Table]:
    """Integrals of curves drawn about the fitted ones, where there are any."""
    columns: list[str | Column] = [
        "region",
        "drawn by",
        of_numbers("draws"),
        of_numbers("mean", "h"),
        of_numbers("standard error", "h"),
        of_numbers("lower", "h", "95 %"),
        of_numbers("upper", "h", "95 %"),
    ]
    rows: list[list[Cell]] = []
    for one in regions:
        drawn = one["bootstrap"]
        for told in drawn if isinstance(drawn, list) else ():
            rows.append([
                str(one["region"]), str(told["drawn_by"]), *_cells(told, ".6g", "draws"),
                *_cells(told, ".4g", "tia_mean_h"), *_cells(told, ".2g", "tia_standard_error_h"),
                *_cells(told, ".4g", "tia_lower_h", "tia_upper_h"),
            ])  # fmt: skip
    if rows:
        yield table("bootstrap", "Time-integrated activity of curves drawn and fitted again", columns, rows)


def models_table(regions: Sequence[Told]) -> Iterator[Table]:
    """The models tried, where a choice was made."""
    columns: list[str | Column] = [
        "region",
        "model",
        of_numbers("AICc"),
        of_numbers("weight", "%"),
        of_numbers("chi-square"),
        of_numbers("time-integrated activity", "h"),
    ]
    rows: list[list[Cell]] = []
    for one in regions:
        tried = one["models"]
        for model in tried if isinstance(tried, list) and len(tried) > 1 else ():
            rows.append([
                str(one["region"]), str(model["model"]), *_cells(model, ".4g", "aicc"),
                _weight(100 * float(model["weight"])), *_cells(model, ".4g", "chi_square", "tia_h"),
            ])  # fmt: skip
    if rows:
        yield table("models", "Models tried", columns, rows)


def _weight(percent: float) -> Shown:
    return shown(percent, ".3g") if percent >= 0.01 else Shown(percent, "below 0.01")


def _cells(told: Told, form: str, *keys: str) -> list[Cell]:
    return [shown(_number(told[key]), form) for key in keys]


def _number(value: Json) -> float | None:
    return float(value) if isinstance(value, int | float) else None
