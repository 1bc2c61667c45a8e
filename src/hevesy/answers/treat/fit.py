"""Kinetics: curves fitted to measured activity, and what they integrate to."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, Annotated, Literal, get_args

from hevesy.answers.answer import Answer
from hevesy.answers.asked import Flag, Quantities, Quantity, TableFile, Text, Whole
from hevesy.answers.treat.point_kernels import NuclideName
from hevesy.answers.treat.told_fit import (
    Told,
    bootstrap_table,
    document,
    integrals_table,
    lines,
    models_table,
    of_fit,
    of_one_point,
    of_prior,
)
from hevesy.blocks.prose import said
from hevesy.blocks.section import Block
from hevesy.errors import CannotAnswerError, QuestionError, RuleError
from hevesy.files.tables import DeliveredTable

if TYPE_CHECKING:
    from hevesy.files.time_activity import DeliveredCurves
    from hevesy.nuclides.nuclide import Nuclide
    from hevesy.treat.fit import Fitted, Sigma
    from hevesy.treat.phases import Model

COMMAND = "treat fit"
FACES = ("csv", "svg")
Asked = Literal["mono", "uptake-mono", "bi", "tri", "hanscheid"]
DRAWN = 6
"""Regions with a figure of their own; the table has them all."""
NAMED = 6
"""Regions in the first sentence."""


def fit(
    curve: Annotated[
        DeliveredTable,
        TableFile("elapsed_h, activity_fraction, uncertainty (k = 1), region; or what find curve wrote."),
    ],
    *,
    nuclide: NuclideName,
    for_: Annotated[
        str | None, Text("Treated with another label of the same molecule, as in I-131.", "NUCLIDE")
    ] = None,
    model: Annotated[
        Asked | None, Text("Instead of the choice by AICc; hanscheid for one point.", choices=get_args(Asked))
    ] = None,
    uncertainties: Annotated[
        Literal["known", "unknown"] | None,
        Text("unknown: they say how points compare, the scatter gives the scale.", choices=("known", "unknown")),
    ] = None,
    decay_corrected_to_h: Annotated[
        float | None,
        Quantity("Shares are corrected for decay to this time after the injection.", dimension="time", unit="h"),
    ] = None,
    earlier_half_lives_h: Annotated[
        Sequence[float],
        Quantities("Effective, of earlier patients, for few points: 60h,72h,55h.", dimension="time", unit="h"),
    ] = (),
    bootstrap: Annotated[
        int | None, Whole("So many curves drawn by residuals with replacement, and by law.", least=100, most=100_000)
    ] = None,
    above_one: Annotated[bool, Flag("Shares above 1 are meant.")] = False,
) -> Answer:
    """Sums of exponentials fitted to the activity in regions, and the time-integrated activity with its uncertainty.

    Models are mono, uptake-mono, bi and tri; each is tried from two points beyond its parameters (2, 3, 4, 6), AICc
    chooses, and none has a rate below the decay of its nuclide. With `for` the biology stays and the decay is another.

    Returns by region the model, effective half-lives, time-integrated activity over the administered (h) with
    standard error and 95 % limits by profile likelihood, the share after the last point by fit and the integral with
    a tail by decay alone, AICc and weights, coefficients, covariance and points; on top where there is one region. With
    `bootstrap` also mean, standard error and limits (percentiles) of curves drawn about the fitted one by both laws.
    Refused are times that do not rise, columns without a unit, shares below 0 or above 1, shares partly corrected for
    decay or with another nuclide, one point where two are needed, a bootstrap where no residual is left.
    Source: C. Hurvich and C. Tsai, Biometrika 76 (1989) 297; D. Venzon and S. Moolgavkar, Appl. Stat. 37 (1988) 87; H.
    Hänscheid et al., J. Nucl. Med. 59 (2018) 75.

    Example: print(hevesy.fit("liver_curve.csv", nuclide="I-124", for_="I-131"))
    """
    from hevesy.files.time_activity import curves_in
    from hevesy.nuclides.library import nuclide as nuclide_of

    measured, label = nuclide_of(nuclide), nuclide_of(for_ or nuclide)
    delivered = curves_in(curve, measured.name, corrected_to_h=decay_corrected_to_h, above_one=above_one)
    try:
        _refuse_together(model, earlier_half_lives_h, bootstrap)
        if earlier_half_lives_h:
            return _by_prior(delivered, measured, label, earlier_half_lives_h)
        if model == "hanscheid":
            return _by_one_point(delivered, measured, label)
        return _by_fit(delivered, measured, label, model, uncertainties, bootstrap)
    except RuleError as error:
        raise QuestionError(error.rule, error.field or "curve") from None


def _refuse_together(model: Asked | None, half_lives_h: Sequence[float], draws: int | None) -> None:
    if draws is not None and (half_lives_h or model == "hanscheid"):
        raise QuestionError("a bootstrap is of curves fitted to points; here none is", "bootstrap")
    if half_lives_h and model not in (None, "mono"):
        raise QuestionError("half-lives of earlier patients are of mono-exponential kinetics", "model")


def _by_fit(
    delivered: DeliveredCurves,
    measured: Nuclide,
    label: Nuclide,
    model: Model | None,
    told: Sigma | None,
    draws: int | None,
) -> Answer:
    from hevesy.treat.bootstrap import bootstrap
    from hevesy.treat.fit import fit_curve

    if told == "known" and not delivered.uncertain:
        raise CannotAnswerError("uncertainties are not known: the table has no column uncertainty")
    sigma: Sigma = told or ("known" if delivered.uncertain else "unknown")
    fitted = [
        fit_curve(
            curve,
            physical_half_life_h=measured.half_life_h,
            for_half_life_h=label.half_life_h,
            model=model,
            sigma=sigma,
        )
        for curve in delivered.curves
    ]
    because = [*delivered.because]
    if not delivered.uncertain:
        because.append("no uncertainties were told: all points have one relative uncertainty, which the scatter gives")
    if draws is not None:
        because.append(
            f"bootstrap: {draws} curves about the fitted one, by its residuals with replacement and by the law of the "
            "uncertainties, fitted again by the same model; limits are percentiles"
        )
    drawn = [[] if draws is None else [bootstrap(one, draws, by) for by in ("residuals", "law")] for one in fitted]
    regions = [of_fit(*one, because) for one in zip(fitted, delivered.curves, drawn, strict=True)]
    return _answer(regions, delivered, measured, label, fitted)


def _by_one_point(delivered: DeliveredCurves, measured: Nuclide, label: Nuclide) -> Answer:
    from hevesy.treat.single_time_point import hanscheid

    _refuse_unsure(delivered)
    regions = []
    for curve in delivered.curves:
        if len(curve.elapsed_h) != 1:
            raise RuleError(f"{curve.region} has {len(curve.elapsed_h)} points; hanscheid is for one", field="model")
        treated = curve.of(label.name, label.half_life_h, measured.half_life_h)
        (time,), (share,), (error,) = treated.elapsed_h, treated.activity_fractions, treated.standard_uncertainties
        regions.append(of_one_point(hanscheid(share, error, time, label.half_life_h), curve, delivered.because))
    return _answer(regions, delivered, measured, label)


def _by_prior(delivered: DeliveredCurves, measured: Nuclide, label: Nuclide, half_lives_h: Sequence[float]) -> Answer:
    from hevesy.treat.half_life_prior import learnt, with_prior

    _refuse_unsure(delivered)
    prior = learnt(half_lives_h, measured.half_life_h)
    regions = [
        of_prior(with_prior(curve, prior, label.half_life_h), curve, delivered.because) for curve in delivered.curves
    ]
    return _answer(regions, delivered, measured, label)


def _refuse_unsure(delivered: DeliveredCurves) -> None:
    if not delivered.uncertain:
        raise CannotAnswerError("so few points need their uncertainties: the table has no column uncertainty")


def _answer(
    regions: Sequence[Told],
    delivered: DeliveredCurves,
    measured: Nuclide,
    label: Nuclide,
    fitted: Sequence[Fitted] = (),
) -> Answer:
    from hevesy.answers.treat.fit_figure import fit_figure

    found = document(regions, measured.name, label.name, label.half_life_h, delivered.warnings)
    of = label.name if label == measured else f"{label.name}, from measurements of {measured.name}"
    short = ", ".join(_in_short(one) for one in regions[:NAMED])
    more = f" and {len(regions) - NAMED} more regions" * (len(regions) > NAMED)
    blocks: list[Block] = [said(f"time-integrated activity of {of}: {short}{more}", tone="answer")]
    blocks += [said(line, tone="caution") for line in lines(found, "warnings")]
    blocks += [integrals_table(regions, label.name), *bootstrap_table(regions), *models_table(regions)]
    for curve, one, told in list(zip_longest(delivered.curves, fitted, regions))[:DRAWN]:
        blocks.append(fit_figure(curve, str(told["model"]), one, delivered.uncertain))
    return Answer(document=found, blocks=(*blocks, *map(said, lines(found, "because"))))


def _in_short(told: Told) -> str:
    error = told["tia_standard_error_h"]
    known = f" +- {error:.2g}" if isinstance(error, float) else " (uncertainty not known)"
    return f"{told['region']} {told['tia_h']:.4g}{known} h ({told['model']})"
