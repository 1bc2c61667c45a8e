"""A patient's case as it is told for organ doses: what was given, measured and weighed, and which tables it is put to.

Everything that decides a dose is told here or refused: nothing of it is guessed. Shares are of the administered
activity; relative uncertainties are standard ones (k = 1).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import Annotated, Literal

from hevesy.errors import FieldError, RuleError
from hevesy.radiation.words import Daughters, Masses, Phantom
from hevesy.study.declared import Dimension, Key, Name, Within, keep
from hevesy.study.limits import Limit

Method = Literal["transport", "s-table", "icrp133"]
Purpose = Literal["therapy", "diagnostic"]
Layout = Literal["olinda", "mirdcalc"]
Model = Literal["mono", "uptake-mono", "bi", "tri"]
IntegralsOf = Literal["first administration", "all administrations"]
BodyCurve = Literal["whole body", "remainder"]
REST = "rest"
"""The remainder of the body: everything that is no other source."""
INTEGRALS_OF = (
    "must be given, 'first administration' or 'all administrations': where there are several, what every integral that "
    "is told (tia or residence_time of a region, a tumour or the marrow's blood) or dose was worked out for"
)
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
        for before, after in pairwise(self.elapsed_h):
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
class CaseAdministration:
    """An activity that was given, and when after the first one."""

    activity_MBq: Annotated[float, Dimension("activity")]
    at_h: Annotated[float, Key("at")]

    def __post_init__(self) -> None:
        keep(self)
        if not 0 <= self.at_h < math.inf:
            raise FieldError("at_h", f"is a time after the first administration, 0 or more, got {self.at_h:g} h")


@dataclass(frozen=True, slots=True, kw_only=True)
class Excreted:
    """What had left the body by a time: a share of the administered, corrected for decay to the administration."""

    at_h: Annotated[float, Dimension("time")]
    share: float
    uncertainty: Annotated[float | None, Key("uncertainty"), Dimension("share")] = None
    """Relative, of the share."""

    def __post_init__(self) -> None:
        keep(self)
        _relative(self.uncertainty, "uncertainty")
        if not 0 <= self.share <= 1:
            raise FieldError("share", f"of the administered lies in 0..100 %, got {100 * self.share:g} %")


@dataclass(frozen=True, slots=True, kw_only=True)
class Remainder:
    """The remainder of the body, made of the points of the regions: the injected less regions less excreted.

    Without `excreted` nothing counts as excreted, and the remainder is an upper bound.
    """

    excreted: tuple[Excreted, ...] = ()
    model: Model | None = None
    """Of its curve, where it is named."""

    def __post_init__(self) -> None:
        for before, after in pairwise(self.excreted):
            if not before.at_h < after.at_h:
                raise FieldError("excreted", f"times rise, got {after.at_h:g} h after {before.at_h:g} h")
            if after.share < before.share:
                raise FieldError(
                    "excreted",
                    f"what has left never falls, got {100 * after.share:g} % at {after.at_h:g} h after "
                    f"{100 * before.share:g} %: is it corrected for decay?",
                )
        told = [one.uncertainty is not None for one in self.excreted]
        if any(told) and not all(told):
            raise FieldError("excreted", "each share has its uncertainty, or none of them")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bladder:
    """The urinary bladder: filled from what leaves the body, emptied wholly at intervals."""

    source: Annotated[str, Name(60)]
    """What its content is called among the sources of the table."""
    urinary_share: Annotated[float, Key("urinary_share"), Dimension("share")]
    """Of what leaves the body."""
    urinary_share_uncertainty: Annotated[float | None, Key("urinary_share_uncertainty"), Dimension("share")] = None
    voided_every_h: Annotated[float, Key("voided_every")]
    """Infinite: never voided."""
    body: BodyCurve
    """What the bladder fills from: the whole body, as injected less excreted, or the remainder alone."""

    def __post_init__(self) -> None:
        keep(self)
        _relative(self.urinary_share_uncertainty, "urinary_share_uncertainty")
        if not 0 < self.urinary_share <= 1:
            raise FieldError("urinary_share", f"lies above 0 and up to 100 %, got {100 * self.urinary_share:g} %")
        if not self.voided_every_h > 0:
            raise FieldError("voided_every_h", f"lies above 0 h, got {self.voided_every_h:g} h")


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
    half_life_uncertainty: Annotated[float | None, Key("half_life_uncertainty"), Dimension("share")] = None
    external: tuple[CaseBeam, ...] = ()
    limit: Limit | None = None

    def __post_init__(self) -> None:
        keep(self)
        _relative(self.half_life_uncertainty, "half_life_uncertainty")
        if self.half_life_h is None and self.half_life_uncertainty is not None:
            raise FieldError("half_life_uncertainty", "is of a half_life that is told; that of a curve follows from it")


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
    """Tissue weights by target of the table, typed or in a file, their work, and whether the thyroid was blocked."""

    source: Annotated[str, Name(300)]
    thyroid_blocked: bool
    weights: tuple[tuple[str, float], ...] = ()
    weights_file: Annotated[str | None, Name(300)] = None
    """A file of the columns target and weight."""

    def __post_init__(self) -> None:
        keep(self)
        if bool(self.weights) == (self.weights_file is not None):
            raise FieldError(
                "weights",
                "tissue weights by target of the table are needed, as in Liver = 0.04, or weights_file: one of the two",
            )
        if self.weights:
            refuse_weights(self.weights)


def refuse_weights(weights: tuple[tuple[str, float], ...]) -> None:
    """Refuse tissue weights that are not those of one body: together 1, none below 0."""
    whole = sum(weight for _, weight in weights)
    if not weights:
        raise FieldError("weights", "are needed, one of them or more")
    if not abs(whole - 1) <= 1e-3:
        both = ": were those of both sexes told, as ovaries and testes?" if whole > 1 else ""
        raise FieldError("weights", f"of all tissues together are 1, got {whole:g}{both}")
    if min(weight for _, weight in weights) < 0:
        raise FieldError("weights", "are 0 or more")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What a patient was given and what is known of where it went."""

    subject: Annotated[str, Name(60)]
    nuclide: Annotated[str, Name(20)]
    administered_MBq: Annotated[float, Dimension("activity")]
    """In all."""
    method: Method
    administrations: Annotated[tuple[CaseAdministration, ...], Key("administration")] = ()
    """Where it was given in several; integrals that are told are of all of them."""
    integrals_of: IntegralsOf | None = None
    """What integrals were told for, where there are several administrations."""
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
    remainder: Remainder | None = None
    bladder: Bladder | None = None
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
        if REST in (one.name for one in self.tumours):
            raise RuleError(f"a tumour is called {REST!r}, which is the remainder of the body")
        if len(set(names)) != len(names):
            twice = next(one for one in names if names.count(one) > 1)
            raise RuleError(f"two regions are called {twice!r}")
        _refuse_administrations(self)
        _refuse_remainder(self)
        _refuse_bladder(self)
        if self.effective_dose is not None:
            _refuse_effective_dose(self)

    @property
    def given(self) -> tuple[CaseAdministration, ...]:
        """What was given: in one administration or in several."""
        return self.administrations or (CaseAdministration(activity_MBq=self.administered_MBq, at_h=0.0),)

    @property
    def measured_after_MBq(self) -> float:
        """What had been given when points were measured: for the measurement, or in the first administration."""
        return self.imaged_administered_MBq or self.given[0].activity_MBq


def _measured(case: Case) -> list[MeasuredPoints]:
    told = [one.activity for one in case.regions] + [one.activity for one in case.tumours]
    if case.marrow is not None and case.marrow.images is not None:
        told.append(case.marrow.images.activity)
    return [one.points for one in told if one.points is not None]


def _refuse_administrations(case: Case) -> None:
    """Several administrations begin at 0, rise and add up; nothing told of the first is taken for all."""
    if not case.administrations:
        if case.integrals_of is not None:
            raise FieldError("integrals_of", "is of several administrations; there is one")
        return
    times = [one.at_h for one in case.administrations]
    if times[0] != 0 or any(not before < after for before, after in pairwise(times)):
        raise FieldError(
            "administrations", f"begin at 0 h and their times rise, got {', '.join(f'{one:g}' for one in times)} h"
        )
    whole_MBq = math.fsum(one.activity_MBq for one in case.administrations)
    if not math.isclose(whole_MBq, case.administered_MBq, rel_tol=1e-9):
        raise FieldError("administered_MBq", f"is {whole_MBq:g} MBq in all, got {case.administered_MBq:g}")
    if len(times) > 1 and case.voxel_dose is not None and case.integrals_of is None:
        raise FieldError("integrals_of", INTEGRALS_OF)
    if len(times) == 1 or case.imaged_administered_MBq is not None:
        return
    if any(one.elapsed_h[-1] > times[1] for one in _measured(case)):
        raise FieldError(
            "imaged_administered_MBq",
            f"must be given: points reach beyond the second administration ({times[1]:g} h) and are not those of the "
            "first alone",
        )


def _refuse_remainder(case: Case) -> None:
    """The remainder is made of points of every region, and of no region that is all of the rest or of the body."""
    if case.remainder is None:
        return
    if case.method == "transport":
        raise FieldError("remainder", "is a source of a table; by transport there is none")
    if not case.regions:
        raise FieldError("remainder", "is what regions leave: there is no region")
    body = case.table.total_body if case.table is not None else None
    for one in case.regions:
        if one.name == REST or (one.source or one.name) == body:
            raise FieldError("remainder", f"is made of the other regions, and region {one.name!r} is the rest itself")
        if one.activity.points is None:
            raise FieldError(
                "remainder",
                f"is made of the points of all regions: {one.name} has none, only its integral; tell its points, or "
                "the rest as a region of its own",
            )


def _refuse_bladder(case: Case) -> None:
    """The bladder fills from what leaves the body, which the remainder's excretion tells."""
    bladder = case.bladder
    if bladder is None:
        return
    if case.remainder is None or not case.remainder.excreted:
        raise FieldError(
            "bladder", "fills from what leaves the body: [remainder] with what was excreted must be given for it"
        )
    if any(bladder.source in (one.source, one.name) for one in case.regions):
        raise FieldError("bladder", f"is a source of its own, and a region is the source {bladder.source!r} too")


def _refuse_effective_dose(case: Case) -> None:
    """Effective dose is of a reference person's risk from little dose, not of a patient's from a therapy."""
    if case.purpose != "diagnostic":
        told = "not told" if case.purpose is None else case.purpose
        raise FieldError(
            "effective_dose",
            f"is for diagnostic activities alone (purpose is {told}): it weighs the stochastic risk of a reference "
            "person, and says nothing of a therapy's organs",
        )
