"""hevesy treat: a nuclide's data, and the prescription chain of one administration."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hevesy.cli import arguments
from hevesy.cli.app import JsonFlag, show

if TYPE_CHECKING:
    from hevesy.study.dose import Dose

app = typer.Typer(help="Treat by a prescribed and measured activity.", no_args_is_help=True, rich_markup_mode=None)


@app.command("nuclide")
def nuclide_(
    name: Annotated[str, typer.Argument(metavar="NAME", help="As in I-131.")],
    icrp107: Annotated[
        Path | None,
        typer.Option(
            "--icrp107", metavar="DIR", help="Emissions of ICRP 107 from your own files instead; tells the effect."
        ),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Half-life, decays, emissions and energies per decay of a nuclide, with uncertainties and sources."""
    from hevesy.cli.nuclide_page import document_of, page
    from hevesy.nuclides.library import emissions, nuclide

    about = nuclide(name)
    found, beside = emissions(about.name), None
    if icrp107 is not None:
        from hevesy.files.icrp107 import read_icrp107

        found, beside = read_icrp107(icrp107, about.name), found
    document = document_of(about, found, beside)
    show(document, as_json, lambda: page(about, found, document))


def _dose(level: str, organ: str | None, biological: str | None) -> Dose:
    """A dose level as typed: an activity, or Gy to an organ."""
    from hevesy.errors import RuleError
    from hevesy.study.dose import Dose, LinearQuadratic, parse_activity
    from hevesy.units import parse_quantity

    if not level.strip().endswith("Gy"):
        if organ is not None or biological is not None:
            raise typer.BadParameter("an organ and a BED belong to a level in Gy", param_hint="--level")
        try:
            return parse_activity(level)
        except (RuleError, ValueError) as error:
            raise typer.BadParameter(str(error), param_hint="--level") from error
    try:
        amount = parse_quantity(level, "dose")
        if organ is None:
            raise typer.BadParameter("a dose level in Gy names the organ that limits it", param_hint="--organ")
        if biological is None:
            return Dose(amount=amount, basis="absorbed dose", organ=organ)
        parts = biological.split(",")
        if len(parts) != 3:
            raise typer.BadParameter(
                "alpha over beta and the two half-lives are needed, as in 2.5Gy,2.8h,64h", param_hint="--bed"
            )
        ratio, repair, effective = (
            parse_quantity(parts[0], "dose"),
            parse_quantity(parts[1], "time"),
            parse_quantity(parts[2], "time"),
        )
        effect = LinearQuadratic(alpha_beta_Gy=ratio, repair_half_life_h=repair, effective_half_life_h=effective)
        return Dose(amount=amount, basis="BED", organ=organ, effect=effect)
    except (RuleError, ValueError) as error:
        raise typer.BadParameter(str(error), param_hint="--level, --bed") from error


@app.command("prescribe")
def prescribe_(
    level: Annotated[str, typer.Option("--level", help="As in 18.75mCi/m2, 5MBq/kg, 7.4GBq, or 2Gy to an organ.")],
    isotope: Annotated[str, typer.Option("--nuclide", help="As in I-131.")],
    height: Annotated[str | None, typer.Option("--height", help="As in 173cm.")] = None,
    weight: Annotated[str | None, typer.Option("--weight", help="As in 79kg.")] = None,
    organ: Annotated[str | None, typer.Option("--organ", help="Of a level in Gy: the organ that limits it.")] = None,
    organ_dose: Annotated[
        str | None, typer.Option("--organ-dose", help="The subject's dose to it per activity, as in 0.9Gy/GBq.")
    ] = None,
    biological: Annotated[
        str | None,
        typer.Option("--bed", metavar="AB,REPAIR,EFFECTIVE", help="The level is a BED; as in 2.5Gy,2.8h,64h."),
    ] = None,
    calibrated: Annotated[
        str | None, typer.Option("--calibrated", metavar="A@TIME", help="Assay of the syringe and its time.")
    ] = None,
    infusion: Annotated[str | None, typer.Option("--infusion", metavar="TIME", help="Start of the infusion.")] = None,
    residual: Annotated[
        str | None, typer.Option("--residual", metavar="A@TIME", help="What was left, and when it was measured.")
    ] = None,
    volume: Annotated[
        float | None, typer.Option("--volume-mL", help="Volume of a calibrated stock: gives the volume to draw.")
    ] = None,
    formula: Annotated[
        str, typer.Option("--body-surface-area", help="Mosteller, DuBois, Haycock, Gehan-George.")
    ] = "Mosteller",
    fractions: Annotated[int, typer.Option("--fractions", min=1)] = 1,
    interval: Annotated[str | None, typer.Option("--interval", help="Time between fractions, as in 7d.")] = None,
    tolerance: Annotated[float, typer.Option("--tolerance", help="Permitted deviation in percent.")] = 10.0,
    time_zone: Annotated[
        str | None, typer.Option("--time-zone", help="For times without an offset, as in America/Chicago.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Prescription from a level per surface area, per mass, fixed or to an organ; draw; activity, deviation."""
    from hevesy.nuclides.library import nuclide
    from hevesy.study.protocol import Regimen
    from hevesy.treat.prescription import BSA_SOURCES, Assay, Person, administered, draw, prescribe

    if formula not in BSA_SOURCES:
        raise typer.BadParameter(f"{formula!r} is none of {', '.join(BSA_SOURCES)}", param_hint="--body-surface-area")
    if (fractions > 1) != (interval is not None):
        raise typer.BadParameter("give --interval exactly when there are several fractions", param_hint="--interval")
    gap_d = round(arguments.quantity(interval, "time", "--interval") / 24) if interval else None
    plan = prescribe(
        _dose(level, organ, biological),
        Person(
            height_cm=arguments.quantity(height, "length", "--height") if height else None,
            weight_kg=arguments.quantity(weight, "body_mass", "--weight") if weight else None,
            organ_dose_Gy_per_GBq=arguments.quantity(organ_dose, "dose_per_activity", "--organ-dose")
            if organ_dose
            else None,
        ),
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
            raise typer.BadParameter(
                "an assay is corrected to the start of the infusion; give it", param_hint="--infusion"
            )
        activity, at = arguments.measured(calibrated, "--calibrated", time_zone)
        assay, start = Assay(activity_MBq=activity, at=at), arguments.moment(infusion, "--infusion", time_zone)
        left = None
        if residual is not None:
            remaining, measured_at = arguments.measured(residual, "--residual", time_zone)
            left = Assay(activity_MBq=remaining, at=measured_at)
        if volume is not None:
            drawn = draw(plan, assay, volume, start, decaying)
            document |= {"draw_volume_mL": drawn.volume_mL, "draw_at_calibration_MBq": drawn.at_calibration_MBq}
            because.append(
                f"draw {drawn.volume_mL:.3f} mL of the stock, {drawn.at_calibration_MBq:.1f} MBq at its calibration"
            )
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
