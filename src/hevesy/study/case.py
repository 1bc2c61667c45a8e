"""A patient's case as it is told for organ doses: what was given, measured and weighed, and which tables it is put to.

Everything that decides a dose is told here or refused: nothing of it is guessed. Shares are of the administered
activity; relative uncertainties are standard ones (k = 1).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Literal

from hevesy.errors import FieldError, RuleError
from hevesy.radiation.words import Daughters, Masses, Phantom
from hevesy.study.declared import Dimension, Key, Name, Within, keep
from hevesy.study.limits import Limit

Method = Literal["transport", "s-table", "icrp133"]
Purpose = Literal["therapy", "diagnostic"]
Layout = Literal["olinda", "mirdcalc"]
Model = Literal["mono", "uptake-mono", "bi", "tri"]
REST = "rest"
"""The remainder of the body: everything that is no other source."""
LARGEST_RELATIVE = 2.0
"""A relative standard uncertainty beyond which nothing is known of a quantity that is positive."""


def _relative(value: float | None, name: str) -> None:
    if value is not None and not 0 <= value <= LARGEST_RELATIVE:
        raise FieldError(name, f"lies in 0..{100 * LARGEST_RELATIVE:g} %, got {100 * value:g} %", value)


@dataclass(frozen=True, slots=True, kw_only=True)
class STable:
    """An S table of the user's and what its figures mean."""

    layout: Layout
    files: tuple[Annotated[str, Name(300)], ...]
    unit: str
    masses: Masses
    alpha_weight: float
    daughters: Daughters
    nuclide: str
    phantom: Annotated[str | None, Name(60)] = None
    uncertainty: Annotated[float | None, Key("uncertainty"), Dimension("share")] = None
    """Relative, of every value: what a phantom is off a patient by, beyond mass."""
    mass_g: tuple[tuple[str, float], ...] = ()
    """Masses that the values were divided by."""
    total_body: Annotated[str | None, Name(60)] = None
    """What the source that is the whole body is called."""

    def __post_init__(self) -> None:
        keep(self)
        _relative(self.uncertainty, "uncertainty")
        if not self.files:
            raise FieldError("files", "must name one file or more")
        if not 0 < self.alpha_weight <= 20:
            raise FieldError("alpha_weight", f"lies above 0 and up to 20, got {self.alpha_weight:g}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Icrp133:
    """Files of ICRP Publication 133 that the user has, and the phantom and masses chosen of them."""

    folder: Annotated[str, Name(300)]
    phantom: Phantom
    masses: Masses
    icrp107: Annotated[str | None, Name(300)] = None
    """Folder of the emissions of Publication 107; without it they are Hevesy's own."""
    accept_sha256: tuple[str, ...] = ()
    uncertainty: Annotated[float | None, Key("uncertainty"), Dimension("share")] = None
    """Relative, of every value: what a phantom is off a patient by, beyond mass."""

    def __post_init__(self) -> None:
        keep(self)
        _relative(self.uncertainty, "uncertainty")


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredPoints:
    """Activity in a region by time after the administration, decay included; MBq, uncertainties k = 1."""

    elapsed_h: tuple[float, ...]
    activity_MBq: tuple[float, ...]
    standard_uncertainty_MBq: tuple[float, ...]

    def __post_init__(self) -> None:
        counts = {len(self.elapsed_h), len(self.activity_MBq), len(self.standard_uncertainty_MBq)}
        if len(counts) != 1 or not self.elapsed_h:
            raise RuleError("each point has a time, an activity and an uncertainty, one point or more")
        for before, after in zip(self.elapsed_h, self.elapsed_h[1:], strict=False):
            if not before < after:
                raise FieldError("at", f"times rise, got {after:g} h after {before:g} h")
        if not all(0 <= one < math.inf for one in (*self.elapsed_h, *self.activity_MBq)):
            raise RuleError("times and activities are 0 or more")
        if not all(0 < one < math.inf for one in self.standard_uncertainty_MBq):
            raise FieldError("uncertainty", "of a point lies above 0")


@dataclass(frozen=True, slots=True, kw_only=True)
class Integrated:
    """Time-integrated activity as told: of points to be fitted, or in itself. One of the two."""

    points: MeasuredPoints | None = None
    tia_MBq_h: float | None = None
    relative_uncertainty: float | None = None
    """Of `tia_MBq_h`; None: not told."""
    model: Model | None = None

    def __post_init__(self) -> None:
        if (self.points is None) == (self.tia_MBq_h is None):
            raise RuleError(
                "either points (at, activity, uncertainty) or a time-integrated activity (tia, or residence_time) is "
                "needed, not both and not neither"
            )
        if self.tia_MBq_h is not None and not 0 <= self.tia_MBq_h < math.inf:
            raise FieldError("tia", f"is 0 or more, got {self.tia_MBq_h:g} MBq h")
        _relative(self.relative_uncertainty, "uncertainty")
        if self.points is not None and self.relative_uncertainty is not None:
            raise FieldError("tia_uncertainty", "is of a tia that is told; that of points follows from the fit")
        if self.points is None and self.model is not None:
            raise FieldError("model", "is of points that are fitted; there are none")


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """How much a region weighs in the patient, and how its outline was drawn, which is how well that is known."""

    mass_g: Annotated[float | None, Key("mass"), Dimension("tissue_mass")] = None
    masses: Masses | None = None
    """Whether the mass has the blood in it."""
    mass_uncertainty: Annotated[float | None, Key("mass_uncertainty"), Dimension("share")] = None
    voxel_cm: Annotated[float | None, Dimension("length")] = None
    resolution_cm: Annotated[float | None, Dimension("length")] = None
    """Full width at half maximum of the image that the outline was drawn on."""

    def __post_init__(self) -> None:
        keep(self)
        _relative(self.mass_uncertainty, "mass_uncertainty")
        drawn = (self.voxel_cm is not None, self.resolution_cm is not None)
        if any(drawn) and not all(drawn):
            raise RuleError("an outline has both, the voxel and the resolution of the image it was drawn on")
        if self.mass_g is None and (any(drawn) or self.mass_uncertainty is not None):
            raise FieldError("mass_g", "must be given for its uncertainty to be told")
        if any(drawn) and self.mass_uncertainty is not None:
            raise FieldError("mass_uncertainty", "follows from voxel and resolution; give one of the two")


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRegion:
    """A source region: its activity over all time and its mass. Its names in the table may be others than its own."""

    name: Annotated[str, Name(60)]
    activity: Integrated
    weighed: Weighed = field(default_factory=Weighed)
    source: Annotated[str | None, Name(60)] = None
    target: Annotated[str | None, Name(60)] = None

    def __post_init__(self) -> None:
        keep(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseTumour:
    """A tumour taken as a sphere filled evenly."""

    name: Annotated[str, Name(60)]
    activity: Integrated
    weighed: Weighed
    matter: Literal["water", "bone"] = "water"

    def __post_init__(self) -> None:
        keep(self)
        if self.weighed.mass_g is None:
            raise FieldError("mass_g", "must be given: a sphere's dose is all a matter of it")


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """The factor that made activities of counts, once for all regions, with its day."""

    on: date
    uncertainty: Annotated[float, Key("uncertainty"), Dimension("share")]

    def __post_init__(self) -> None:
        _relative(self.uncertainty, "uncertainty")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryCurve:
    """Recovery by volume, 1 / (1 + (half / volume)^power), as fitted to a phantom; the day it was measured.

    `half_volume_mL` is recovered by half. Uncertainties are standard ones, relative; `correlation` is between them.
    """

    on: date
    half_volume_mL: float
    power: float
    half_uncertainty: Annotated[float, Key("half_uncertainty"), Dimension("share")]
    power_uncertainty: Annotated[float, Key("power_uncertainty"), Dimension("share")]
    correlation: float = 0.0
    applied: bool
    """Whether the activities told were already divided by it."""

    def __post_init__(self) -> None:
        if not (self.half_volume_mL > 0 and 0 < self.power <= 10):
            raise RuleError(
                f"a recovery curve has a volume above 0 and a power in 0..10, got {self.half_volume_mL:g} mL and "
                f"{self.power:g}"
            )
        if not -1 <= self.correlation <= 1:
            raise FieldError("correlation", f"lies in -1..1, got {self.correlation:g}")

    def at(self, volume_mL: float) -> float:
        """Recovery of a volume.

        >>> round(RecoveryCurve(on=date(2016, 1, 4), half_volume_mL=2.0, power=1.0, half_uncertainty=0.1,
        ...     power_uncertainty=0.1, applied=True).at(6.0), 4)
        0.75
        """
        return float(1 / (1 + (self.half_volume_mL / volume_mL) ** self.power))


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseBeam:
    """An external beam to the organ: its dose there, its fractions, and the time between them where it is short."""

    dose_Gy: Annotated[float, Dimension("dose")]
    fractions: Annotated[int, Within(1, 100)]
    interval_h: Annotated[float | None, Dimension("time")] = None

    def __post_init__(self) -> None:
        keep(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseEffect:
    """The effect asked for of an organ or tumour: how it responds, its half-life where no curve tells it, its beams."""

    organ: Annotated[str, Name(60)]
    alpha_beta_Gy: Annotated[float, Dimension("dose")]
    repair_half_life_h: Annotated[float, Dimension("time")]
    source: Annotated[str, Name(300)]
    half_life_h: Annotated[float | None, Dimension("time")] = None
    external: tuple[CaseBeam, ...] = ()
    limit: Limit | None = None

    def __post_init__(self) -> None:
        keep(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class BloodMarrow:
    """What marrow receives by the activity of blood: concentration over all time and what leads from it to marrow."""

    tia_MBq_h_per_mL: Annotated[float, Key("tia"), Dimension("concentration_over_time")]
    tia_uncertainty: Annotated[float | None, Key("tia_uncertainty"), Dimension("share")] = None
    haematocrit: float | None = None
    ratio: float | None = None
    """Red-marrow-to-blood ratio of concentrations, where it is told and not taken from the haematocrit."""
    ratio_source: Annotated[str | None, Name(300)] = None
    ratio_uncertainty: Annotated[float | None, Key("ratio_uncertainty"), Dimension("share")] = None

    def __post_init__(self) -> None:
        keep(self)
        for name in ("tia_uncertainty", "ratio_uncertainty"):
            _relative(getattr(self, name), name)
        if (self.haematocrit is None) == (self.ratio is None):
            raise FieldError("haematocrit", "is needed, or the ratio of marrow to blood instead of it: one of the two")
        if self.haematocrit is not None and not 0.1 <= self.haematocrit <= 0.7:
            raise FieldError("haematocrit", f"lies in 0.1..0.7, as in 0.42, got {self.haematocrit:g}")
        if self.ratio is not None and not 0 < self.ratio <= 5:
            raise FieldError("ratio", f"of marrow to blood lies above 0 and up to 5, got {self.ratio:g}")
        if self.ratio is not None and self.ratio_source is None:
            raise FieldError("ratio_source", "must be given: a ratio that is told has a source")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImagedMarrow:
    """Marrow by what is in a part of the spine: its activity over the share of all red marrow that lies in it."""

    part: Annotated[str, Name(60)]
    activity: Integrated
    share: Annotated[float, Key("share"), Dimension("share")]
    share_source: Annotated[str, Name(300)]
    share_uncertainty: Annotated[float | None, Key("share_uncertainty"), Dimension("share")] = None

    def __post_init__(self) -> None:
        keep(self)
        _relative(self.share_uncertainty, "share_uncertainty")
        if not 0 < self.share <= 1:
            raise FieldError("share", f"of the marrow lies above 0 and up to 100 %, got {100 * self.share:g} %")


@dataclass(frozen=True, slots=True, kw_only=True)
class Marrow:
    """Red marrow: its names in the table, its mass, whether the disease lies in it, and the ways to its activity."""

    source: Annotated[str, Name(60)]
    target: Annotated[str | None, Name(60)] = None
    mass_g: Annotated[float, Key("mass"), Dimension("tissue_mass")]
    mass_uncertainty: Annotated[float | None, Key("mass_uncertainty"), Dimension("share")] = None
    masses: Masses
    disease_in_marrow: bool
    blood: BloodMarrow | None = None
    images: ImagedMarrow | None = None

    def __post_init__(self) -> None:
        keep(self)
        _relative(self.mass_uncertainty, "mass_uncertainty")
        if self.blood is None and self.images is None:
            raise RuleError("marrow is told by blood or by images, or by both; neither is there")


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectiveDose:
    """Tissue weights by target of the table, their work, and whether the thyroid was blocked."""

    source: Annotated[str, Name(300)]
    thyroid_blocked: bool
    weights: tuple[tuple[str, float], ...] = ()

    def __post_init__(self) -> None:
        keep(self)
        whole = sum(weight for _, weight in self.weights)
        if not abs(whole - 1) <= 1e-3:
            both = ": were those of both sexes told, as ovaries and testes?" if whole > 1 else ""
            raise FieldError("weights", f"of all tissues together are 1, got {whole:g}{both}")
        if min(weight for _, weight in self.weights) < 0:
            raise FieldError("weights", "are 0 or more")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What a patient was given and what is known of where it went."""

    subject: Annotated[str, Name(60)]
    nuclide: Annotated[str, Name(20)]
    administered_MBq: Annotated[float, Dimension("activity")]
    method: Method
    purpose: Purpose | None = None
    imaged: Annotated[str | None, Name(20)] = None
    """The label that was measured, where it is another."""
    imaged_administered_MBq: Annotated[float | None, Dimension("activity")] = None
    """What was given of it for the measurement, where the dose is of another administration."""
    chain: Literal["stays", "leaves", "equilibrium"] | None = None
    """Of spheres: what becomes of the nuclide's daughters."""
    voxel_dose: Annotated[str | None, Name(300)] = None
    """The file of doses by transport in the patient's own images."""
    table: STable | None = None
    icrp133: Icrp133 | None = None
    regions: tuple[CaseRegion, ...] = ()
    tumours: tuple[CaseTumour, ...] = ()
    calibration: Calibration | None = None
    recovery: RecoveryCurve | None = None
    marrow: Marrow | None = None
    limits: tuple[Limit, ...] = ()
    effects: Annotated[tuple[CaseEffect, ...], Key("effect")] = ()
    effective_dose: EffectiveDose | None = None

    def __post_init__(self) -> None:
        keep(self)
        if not (self.regions or self.tumours or self.marrow or self.method == "transport"):
            raise RuleError("a case has a region, a tumour or marrow, one or more")
        if self.method == "s-table" and self.table is None and (self.regions or self.marrow):
            raise FieldError("table", "must be given: method s-table needs [table]")
        if self.method == "icrp133" and self.icrp133 is None:
            raise FieldError("icrp133", "must be given: method icrp133 needs [icrp133]")
        if (self.method == "transport") != (self.voxel_dose is not None):
            raise FieldError("voxel_dose", "must be given where the method is transport, and only there")
        if self.imaged is not None and self.imaged_administered_MBq is None and _measured(self):
            raise FieldError(
                "imaged_administered_MBq",
                f"must be given: points are of {self.imaged}, and what was given of it is not what the dose is of",
            )
        names = [one.name for one in self.regions] + [one.name for one in self.tumours]
        if len(set(names)) != len(names):
            twice = next(one for one in names if names.count(one) > 1)
            raise RuleError(f"two regions are called {twice!r}")
        if self.effective_dose is not None:
            _refuse_effective_dose(self)


def _measured(case: Case) -> bool:
    told = [one.activity for one in case.regions] + [one.activity for one in case.tumours]
    if case.marrow is not None and case.marrow.images is not None:
        told.append(case.marrow.images.activity)
    return any(one.points is not None for one in told)


def _refuse_effective_dose(case: Case) -> None:
    """Effective dose is of a reference person's risk from little dose, not of a patient's from a therapy."""
    if case.purpose != "diagnostic":
        told = "not told" if case.purpose is None else case.purpose
        raise FieldError(
            "effective_dose",
            f"is for diagnostic activities alone (purpose is {told}): it weighs the stochastic risk of a reference "
            "person, and says nothing of a therapy's organs",
        )
