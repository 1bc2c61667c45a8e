"""From a dose level to what the patient receives, and how far it was from what was prescribed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, get_args

from hevesy.answers.answer import Answer, Json, picked
from hevesy.answers.asked import Measured, Moment, Quantity, Read, Real, Text, Whole, instance, zoned
from hevesy.blocks.prose import said
from hevesy.errors import QuestionError, RuleError
from hevesy.study.dose import Basis, Dose, LinearQuadratic, parse_activity
from hevesy.study.protocol.treatment import SurfaceFormula
from hevesy.units import parse_quantity

if TYPE_CHECKING:
    from hevesy.nuclides.nuclide import Nuclide
    from hevesy.study.protocol import Regimen
    from hevesy.treat.prescription import Assay, Prescription

COMMAND = "treat prescribe"
Part = tuple[dict[str, Json], tuple[str, ...]]
"""What is answered of a part: as data, and its sentences."""


def _level(words: str) -> Dose | float:
    """A level of activity, or Gy to an organ that another field names."""
    return parse_quantity(words, "dose") if words.strip().endswith("Gy") else parse_activity(words)


def _level_told(given: object) -> Dose | float:
    return given if isinstance(given, Dose) else Real().read(given)


def _effect(words: str) -> LinearQuadratic:
    parts = words.split(",")
    if len(parts) != 3:
        raise RuleError("alpha over beta and the two half-lives are needed, as in 2.5Gy,2.8h,64h")
    return LinearQuadratic(
        alpha_beta_Gy=parse_quantity(parts[0], "dose"),
        repair_half_life_h=parse_quantity(parts[1], "time"),
        effective_half_life_h=parse_quantity(parts[2], "time"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedOrgan:
    """Of a level in Gy: the organ that limits it, what an activity gives that organ, and whether the level is a BED."""

    organ: Annotated[str | None, Text("Of a level in Gy: the organ that limits it.")] = None
    organ_dose_Gy_per_GBq: Annotated[
        float | None,
        Quantity(
            "The subject's dose to it per activity, as in 0.9Gy/GBq.", dimension="dose_per_activity", unit="Gy/GBq"
        ),
    ] = None
    bed: Annotated[
        LinearQuadratic | None,
        Read(
            "The level is a BED; as in 2.5Gy,2.8h,64h.",
            "AB,REPAIR,EFFECTIVE",
            reader=_effect,
            of_value=instance(LinearQuadratic),
        ),
    ] = None

    def dose(self, level: Dose | float) -> Dose:
        """The level with what else is asked of it."""
        if isinstance(level, Dose):
            if self.organ is not None or self.bed is not None:
                raise QuestionError("an organ and a BED belong to a level in Gy", "level")
            return level
        if self.organ is None:
            raise QuestionError("a dose level in Gy names the organ that limits it", "organ")
        basis: Basis = "absorbed dose" if self.bed is None else "BED"
        try:
            return Dose(amount=level, basis=basis, organ=self.organ, effect=self.bed)
        except RuleError as error:
            raise QuestionError(str(error), "level") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedSyringe:
    """What was measured of the syringe, or of a stock that is drawn from, and the start of the infusion."""

    calibrated: Annotated[tuple[float, datetime] | None, Measured("Assay of the syringe and its time.")] = None
    infusion: Annotated[datetime | None, Moment("Start of the infusion.", local=True)] = None
    residual: Annotated[tuple[float, datetime] | None, Measured("What was left, and when it was measured.")] = None
    volume_mL: Annotated[float | None, Real("Volume of a calibrated stock: gives the volume to draw.")] = None
    tolerance: Annotated[float, Real("Permitted deviation in percent.")] = 10.0
    time_zone: Annotated[str | None, Text("For times without an offset, as in America/Chicago.")] = None

    def __post_init__(self) -> None:
        if self.volume_mL is not None and self.volume_mL <= 0:
            raise QuestionError(f"a stock has a volume, got {self.volume_mL:g} mL", "volume_mL")

    def answer(self, plan: Prescription, nuclide: Nuclide) -> Part:
        """What was administered, or of a stock with its volume what to draw; nothing where there is no assay."""
        from hevesy.treat.prescription import administered, draw

        if self.calibrated is None:
            return {}, ()
        if self.infusion is None:
            raise QuestionError("an assay is corrected to the start of the infusion; give it", "infusion")
        assay, start = self._assay(self.calibrated, "calibrated"), zoned(self.infusion, self.time_zone, "infusion")
        left = self._assay(self.residual, "residual") if self.residual is not None else None
        if self.volume_mL is None:
            given = administered(assay, left, start, nuclide, plan, self.tolerance)
            activity = picked(given, "administered_MBq", "deviation_percent", "within_tolerance")
            return {**activity, "administered_MBq_per_m2": given.per_m2_MBq}, given.because
        drawn = draw(plan, assay, self.volume_mL, start, nuclide)
        told = f"draw {drawn.volume_mL:.3f} mL of the stock, {drawn.at_calibration_MBq:.1f} MBq at its calibration"
        return picked(drawn, draw_volume_mL="volume_mL", draw_at_calibration_MBq="at_calibration_MBq"), (told,)

    def _assay(self, measured: tuple[float, datetime], field: str) -> Assay:
        from hevesy.treat.prescription import Assay

        return Assay(activity_MBq=measured[0], at=zoned(measured[1], self.time_zone, field))


def prescription(
    *,
    level: Annotated[
        Dose | float,
        Read("As in 18.75mCi/m2, 5MBq/kg, 7.4GBq, or 2Gy to an organ.", reader=_level, of_value=_level_told),
    ],
    nuclide: Annotated[str, Text("As in I-131.")],
    height_cm: Annotated[float | None, Quantity("As in 173cm.", dimension="length", unit="cm")] = None,
    weight_kg: Annotated[float | None, Quantity("As in 79kg.", dimension="body_mass", unit="kg")] = None,
    limit: AskedOrgan,
    syringe: AskedSyringe,
    body_surface_area: Annotated[
        SurfaceFormula, Text("Mosteller, DuBois, Haycock, Gehan-George.", choices=get_args(SurfaceFormula))
    ] = "Mosteller",
    fractions: Annotated[int, Whole(least=1)] = 1,
    interval_d: Annotated[
        float | None, Quantity("Time between fractions, as in 7d.", dimension="time", unit="d")
    ] = None,
) -> Answer:
    """Prescription from a level per surface area, per mass, fixed or to an organ; draw; activity, deviation.

    Returns body surface area (m2), the activity prescribed for a fraction and in all (MBq); with an assay what was
    administered (MBq) and its deviation (percent), or with the volume of a stock what to draw (mL, MBq).
    Refused are a level without what it is worked out from, an assay without the start of the infusion, more left than
    was drawn, a stock that holds too little. A level that is a number alone is in Gy.
    Source: body surface area by Mosteller, N Engl J Med 1987;317:1098, or as named; decay to the start of infusion.

    >>> import hevesy
    >>> print(hevesy.prescription(level="5MBq/kg", weight="68kg", nuclide="I-131"))
    5 MBq/kg x 68 kg = 340 MBq
    """
    from hevesy.nuclides.library import nuclide as nuclide_of
    from hevesy.treat.prescription import Person, prescribe

    regimen = _regimen(fractions, interval_d)
    person = Person(height_cm=height_cm, weight_kg=weight_kg, organ_dose_Gy_per_GBq=limit.organ_dose_Gy_per_GBq)
    plan = prescribe(limit.dose(level), person, body_surface_area, regimen)
    decaying = nuclide_of(nuclide)
    measured, told = syringe.answer(plan, decaying)
    because = [*plan.because, *told]
    document: dict[str, Json] = {
        **picked(plan, "bsa_m2", "prescribed_MBq", prescribed_total_MBq="total_MBq"),
        "body_surface_area_formula": body_surface_area,
        **dict.fromkeys(("administered_MBq", "deviation_percent", "within_tolerance")),
        **dict.fromkeys(("draw_volume_mL", "draw_at_calibration_MBq")),
        "half_life_source": str(decaying.source),
        **measured,
        "because": because,
    }
    return Answer(document=document, blocks=tuple(map(said, because)))


def _regimen(fractions: int, interval_d: float | None) -> Regimen:
    from hevesy.study.protocol import Regimen

    if (fractions > 1) != (interval_d is not None):
        raise QuestionError("give ⟦interval⟧ exactly when there are several fractions", "interval")
    if interval_d is not None and (interval_d != round(interval_d) or interval_d < 1):
        raise QuestionError(f"whole days lie between fractions, got {interval_d:g}", "interval")
    return Regimen(fractions=fractions, interval_d=None if interval_d is None else round(interval_d))
