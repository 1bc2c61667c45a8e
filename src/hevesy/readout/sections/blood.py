"""A label in a subject's blood: samples, what was fitted to them, and its integral."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from hevesy.blocks.number import Cell, Part
from hevesy.blocks.prose import said
from hevesy.blocks.section import Block
from hevesy.blocks.table import of_numbers, table
from hevesy.readout.sections.numbers import number
from hevesy.readout.wording import interval, percent, three_figures

if TYPE_CHECKING:
    from hevesy.conduct.blood_curve import BloodCurve, FittedBlood
    from hevesy.conduct.dosed import Dosed, DosedSubject


def in_blood(key: str, found: Dosed, one: DosedSubject) -> Iterator[Block]:
    """The label in blood, and what was fitted to it."""
    for region in one.regions:
        if region.by_blood is None:
            continue
        for place, of in enumerate(
            {id(each): each for each in (region.by_blood.before, region.by_blood.after)}.values()
        ):
            if of.measured is not None:
                yield _samples(f"{key}-blood{place or ''}", one, of, of.measured)
                if of.fitted is not None:
                    yield said(*_in_blood(f"{key}-blood{place or ''}", found, one, of, of.measured))


def _samples(key: str, one: DosedSubject, of: FittedBlood, curve: BloodCurve) -> Block:
    residuals = of.fitted.residuals if of.fitted is not None else ()
    rows: list[tuple[Cell, ...]] = []
    for place, point in enumerate(curve.points):
        relative = point.standard_uncertainty_per_mL / point.share_per_mL if point.share_per_mL else 0.0
        value = number(
            f"{key}-{place + 1}",
            1e3 * point.MBq_per_mL,
            f"{three_figures(1e3 * point.MBq_per_mL)} ({percent(relative)})",
            label=f"{curve.curve.nuclide} in whole blood, kBq/mL",
            definition=f"{point.elapsed_h:.4g} h after the injection, decay included",
            population=one.id,
            because=curve.because,
            rows=(point.row,),
            of=one.id,
        )
        rows.append((f"{point.elapsed_h:.4g}", value, f"{residuals[place]:.2g}" if residuals else ""))
    return table(
        key,
        f"{one.id}: {curve.curve.nuclide} in whole blood after the injection, decay included",
        (
            of_numbers("After", "h"),
            of_numbers("Concentration", "kBq/mL"),
            of_numbers("Residual, standard uncertainties"),
        ),
        rows,
        "; ".join(curve.because) + ".",
    )


def _in_blood(key: str, found: Dosed, one: DosedSubject, of: FittedBlood, curve: BloodCurve) -> tuple[Part, ...]:
    fit = of.fitted
    assert fit is not None
    halves = ", ".join(f"{half:.3g}" for half in sorted(set(fit.function.half_lives_h), reverse=True))
    limits = interval(*(None if each is None else 1e3 * each for each in (fit.tia_lower_h, fit.tia_upper_h)))
    integral = number(
        f"{key}-tia",
        1e3 * fit.tia_h,
        f"{three_figures(1e3 * fit.tia_h)} h/L ({limits})",
        label=f"Time-integrated concentration of {found.treated_with} in blood",
        definition="MBq h in a litre of whole blood for a MBq administered; 95 % by profile likelihood",
        population=one.id,
        because=(*curve.because, *fit.because, *fit.warnings),
        rows=curve.rows,
        of=one.id,
    )
    tail = f"{percent(fit.tail_share, 0)} after the last sample"
    fitted = f"by {curve.curve.nuclide} ({fit.model}, effective half-lives {halves} h)"
    return (f"Time-integrated concentration of {found.treated_with} in blood, {fitted}: ", integral, f", {tail}.")
