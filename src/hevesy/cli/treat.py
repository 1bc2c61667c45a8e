"""hevesy treat: a nuclide's data, and the prescription chain of one administration."""

from __future__ import annotations

from typing import Annotated

import typer

from hevesy.cli import arguments
from hevesy.cli.app import JsonFlag, show

app = typer.Typer(help="Treat by a prescribed and measured activity.", no_args_is_help=True, rich_markup_mode=None)


@app.command("nuclide")
def nuclide_(name: Annotated[str, typer.Argument(metavar="NAME", help="As in I-131.")], as_json: JsonFlag = False) -> None:
    """Half-life of a nuclide with its uncertainty and source."""
    from hevesy.nuclides.library import nuclide

    found = nuclide(name)
    document = {
        "nuclide": found.name,
        "half_life_h": found.half_life_h,
        "half_life_standard_uncertainty_h": found.half_life_standard_uncertainty_h,
        "mean_energy_keV": None,
        "emissions": None,
        "because": ["emissions are not in this version"],
        "source": str(found.source),
        "source_sha256": found.source.sha256,
    }
    show(
        document,
        as_json,
        lambda: (
            f"{found.name}: half-life {found.half_life_h:.6g} h ({found.half_life_h / 24:.6g} d), standard uncertainty "
            f"{found.half_life_standard_uncertainty_h:.2g} h\n{found.source}"
        ),
    )


@app.command("prescribe")
def prescribe_(
    level: Annotated[str, typer.Option("--level", help="As in 18.75mCi/m2.")],
    height: Annotated[str, typer.Option("--height", help="As in 173cm.")],
    weight: Annotated[str, typer.Option("--weight", help="As in 79kg.")],
    isotope: Annotated[str, typer.Option("--nuclide", help="As in I-131.")],
    calibrated: Annotated[str | None, typer.Option("--calibrated", metavar="A@TIME", help="Assay of the syringe and its time.")] = None,
    infusion: Annotated[str | None, typer.Option("--infusion", metavar="TIME", help="Start of the infusion.")] = None,
    residual: Annotated[str | None, typer.Option("--residual", metavar="A@TIME", help="What was left, and when it was measured.")] = None,
    volume: Annotated[float | None, typer.Option("--volume-mL", help="Volume of a calibrated stock: gives the volume to draw.")] = None,
    formula: Annotated[str, typer.Option("--body-surface-area", help="Mosteller, DuBois, Haycock, Gehan-George.")] = "Mosteller",
    fractions: Annotated[int, typer.Option("--fractions", min=1)] = 1,
    interval: Annotated[str | None, typer.Option("--interval", help="Time between fractions, as in 7d.")] = None,
    tolerance: Annotated[float, typer.Option("--tolerance", help="Permitted deviation in percent.")] = 10.0,
    time_zone: Annotated[str | None, typer.Option("--time-zone", help="For times without an offset, as in America/Chicago.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Prescription from dose level and body surface area; draw; administered activity and deviation."""
    from hevesy.nuclides.library import nuclide
    from hevesy.study.protocol import Regimen
    from hevesy.treat.prescription import BSA_SOURCES, Assay, administered, draw, prescribe

    if formula not in BSA_SOURCES:
        raise typer.BadParameter(f"{formula!r} is none of {', '.join(BSA_SOURCES)}", param_hint="--body-surface-area")
    if (fractions > 1) != (interval is not None):
        raise typer.BadParameter("give --interval exactly when there are several fractions", param_hint="--interval")
    gap_d = round(arguments.quantity(interval, "time", "--interval") / 24) if interval else None
    plan = prescribe(
        arguments.quantity(level, "activity_per_area", "--level"),
        arguments.quantity(height, "length", "--height"),
        arguments.quantity(weight, "body_mass", "--weight"),
        formula,
        Regimen(fractions=fractions, interval_d=gap_d),
    )
    decaying = nuclide(isotope)
    because = list(plan.because)
    document: dict[str, object] = {
        "bsa_m2": plan.bsa_m2,
        "body_surface_area_formula": formula,
        "prescribed_MBq": plan.prescribed_MBq,
        "prescribed_total_MBq": plan.total_MBq,
        "administered_MBq": None,
        "deviation_percent": None,
        "within_tolerance": None,
        "draw_volume_mL": None,
        "draw_at_calibration_MBq": None,
        "half_life_source": str(decaying.source),
    }
    if calibrated is not None:
        if infusion is None:
            raise typer.BadParameter("an assay is corrected to the start of the infusion; give it", param_hint="--infusion")
        activity, at = arguments.measured(calibrated, "--calibrated", time_zone)
        assay, start = Assay(activity_MBq=activity, at=at), arguments.moment(infusion, "--infusion", time_zone)
        left = None
        if residual is not None:
            remaining, measured_at = arguments.measured(residual, "--residual", time_zone)
            left = Assay(activity_MBq=remaining, at=measured_at)
        if volume is not None:
            drawn = draw(plan, assay, volume, start, decaying)
            document |= {"draw_volume_mL": drawn.volume_mL, "draw_at_calibration_MBq": drawn.at_calibration_MBq}
            because.append(f"draw {drawn.volume_mL:.3f} mL of the stock, {drawn.at_calibration_MBq:.1f} MBq at its calibration")
        else:
            given = administered(assay, left, start, decaying, plan, tolerance)
            document |= {
                "administered_MBq": given.administered_MBq,
                "administered_MBq_per_m2": given.per_m2_MBq,
                "deviation_percent": given.deviation_percent,
                "within_tolerance": given.within_tolerance,
            }
            because += given.because
    document["because"] = because
    show(document, as_json, lambda: "\n".join(because))
