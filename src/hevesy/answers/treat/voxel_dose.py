"""Dose in the voxels of a patient: images in, dose maps and what regions receive out."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, get_args

from hevesy.answers.answer import Answer, Json
from hevesy.answers.asked import (
    File,
    ImageFile,
    ImagePlaces,
    Moment,
    NewFolder,
    Quantities,
    Quantity,
    Read,
    Real,
    Several,
    Text,
    Whole,
    instance,
)
from hevesy.answers.find.asked_image import Contours
from hevesy.answers.progress import tell
from hevesy.answers.treat.point_kernels import AskedChain, Icrp107, NuclideName, emitted_by
from hevesy.blocks.number import Cell, shown
from hevesy.blocks.picture import Picture
from hevesy.blocks.prose import Paragraph, said
from hevesy.blocks.sheet import Sheet, nice_ticks
from hevesy.blocks.table import Column, Table, of_numbers, table
from hevesy.errors import RuleError
from hevesy.treat.activity_unit import MapUnit, map_unit
from hevesy.units import parse_quantity

if TYPE_CHECKING:
    from hevesy.blocks.figure import Figure
    from hevesy.conduct.voxel_dose import Images, Kinetics, PatientDose, RegionDose
    from hevesy.imaging.volume import Volume
    from hevesy.treat.voxel_engines import Run

COMMAND = "treat voxel-dose"
FACES = ("csv", "svg", "png")
Method = Literal["kernel", "transport"]
Before = Literal["decay", "rise", "level"]
ALL = ""
"""What is told of no region by name is told of all."""
SHARES = (98, 95, 50, 2)
"""Of the volume, in percent: D98, D95, D50, D2."""
DECAYS_PER_MBq_h = 3.6e9
UNTOLD = "noise"
"""In the place of what would be read off voxels that transport knows too badly."""
LINES = 8
"""Regions drawn in the figure; the table has them all."""


def _pairs(words: str, example: str) -> list[tuple[str, str]]:
    """Names and what is told of them, between commas; what stands alone is told of all."""
    found = []
    for part in words.split(","):
        name, told, value = part.rpartition("=")
        if not value.strip() or (told and not name.strip()):
            raise RuleError(f"{part!r} is not as in {example}")
        found.append((name.strip() if told else ALL, value.strip()))
    return found


def _half_lives(words: str) -> tuple[tuple[str, float], ...]:
    return tuple((name, parse_quantity(value, "time")) for name, value in _pairs(words, "liver=40h,rest=60h"))


def _names(words: str) -> tuple[tuple[str, str], ...]:
    pairs = _pairs(words, "1=liver,2=spleen")
    if any(number == ALL for number, _ in pairs):
        raise RuleError(f"{words!r} are no names of regions as in 1=liver,2=spleen")
    return tuple(pairs)


def _parameters(words: str) -> tuple[tuple[str, float], ...]:
    return tuple((name, Real().read(value)) for name, value in _pairs(words, "tumour=-10,liver=3"))


def _as_pairs(given: object) -> object:
    """Pairs from Python: a mapping, or one value for all."""
    if isinstance(given, Mapping):
        return tuple((str(name), value) for name, value in given.items())
    return ((ALL, Real().read(given)),)


def _together(told: Sequence[Sequence[tuple[str, object]]], field: str) -> dict[str, object]:
    """All pairs as one; refused where a name is told of twice."""
    found: dict[str, object] = {}
    for name, value in (pair for each in told for pair in each):
        if name in found:
            raise RuleError(f"{name or 'all'} is told of twice", field=field)
        found[name] = value
    return found


def _kinetics(given: object) -> Literal["physical"] | Path:
    """The one word, or the file of fits."""
    if given == "physical":
        return "physical"
    path = File().read(given)
    if path.suffix != ".json":
        raise RuleError(f"{path.name} is neither physical nor a fit (.json)")
    return path


def _percent(words: str) -> float:
    try:
        return float(words.removesuffix("%")) / (100 if words.endswith("%") else 1)
    except ValueError:
        raise RuleError(f"{words!r} is no percentage as in 1%") from None


Pairs = Sequence[Sequence[tuple[str, object]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedTimes:
    """When the scans were made, and what the activity does before and after."""

    times_h: Annotated[
        Sequence[float],
        Quantities("Of NIfTI scans: after the injection, in the order of the files.", dimension="time", unit="h"),
    ] = ()
    injected: Annotated[
        datetime | None, Moment("Instead of the header's, by the clock of the scanner.", local=True)
    ] = None
    half_life: Annotated[
        Pairs,
        Several(
            "Effective, by region, as in liver=40h,rest=60h; or one for all.",
            "NAME=TIME,...",
            reader=_half_lives,
            of_value=_as_pairs,
        ),
    ] = ()
    kinetics: Annotated[
        Literal["physical"] | Path | None,
        Read(
            "physical: activity stays where it is and decays; or the fitted curves of regions (JSON).",
            "physical|FIT.json",
            reader=_kinetics,
            of_value=_kinetics,
        ),
    ] = None
    before: Annotated[
        Before | None,
        Text(
            "Before the first scan: back along the half-life (one scan), in a straight line from nothing (a series), "
            "or level.",
            choices=get_args(Before),
        ),
    ] = None
    rate_at_h: Annotated[
        float | None, Quantity("A map of dose rate at this time after the injection.", dimension="time", unit="h")
    ] = None

    def kinetics_told(self) -> Kinetics:
        """For the dose."""
        from hevesy.conduct.voxel_dose import Kinetics

        half_lives = {name: Real().read(value) for name, value in _together(self.half_life, "half_life").items()}
        return Kinetics(
            half_lives_h=half_lives or None,
            physical=self.kinetics == "physical",
            fits=self.kinetics if isinstance(self.kinetics, Path) else None,
            before=self.before,
            rate_at_h=self.rate_at_h,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedMatter:
    """What is taken of a CT where it shows no tissue."""

    padding: Annotated[
        Literal["air"] | None, Text("Below -1024 HU, where the scanner saw nothing: air.", choices=("air",))
    ] = None
    metal: Annotated[Literal["clamp"] | None, Text("Above 3071 HU: taken as 3071.", choices=("clamp",))] = None
    outside: Annotated[
        Literal["air"] | None, Text("Where the CT does not cover the activity's image: air.", choices=("air",))
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedRun:
    """How transport is run."""

    wanted: Annotated[
        float,
        Read(
            "Standard error of every region's mean, as in 1% or 0.01.", "PERCENT", reader=_percent, of_value=Real().read
        ),
    ] = 0.01
    seed: Annotated[int, Whole("Of the histories.", least=0)] = 131
    workers: Annotated[int | None, Whole("Cores that work (default: all).", least=1, most=256)] = None

    def __post_init__(self) -> None:
        if not 0 < self.wanted < 1:
            raise RuleError(
                f"a standard error lies above 0 and below 100 %, got {100 * self.wanted:g} %", field="wanted"
            )

    def run(self) -> Run:
        """For the dose."""
        from hevesy.treat.voxel_engines import Run

        def progress(batches: int, worst: float) -> None:
            known = f": largest standard error {100 * worst:.2g} %, wanted {100 * self.wanted:.2g} %"
            tell(f"batch {batches}{known if math.isfinite(worst) else ''}")

        workers = self.workers or os.cpu_count() or 1
        return Run(wanted=self.wanted, seed=self.seed, workers=workers, progress=progress)


def voxel_dose(
    *,
    activity: Annotated[
        Sequence[Path],
        ImagePlaces("PET of DICOM (a folder or files), or NIfTI: a scan, a series, or a map of all time.", "FILE"),
    ],
    ct: Annotated[Sequence[Path], ImagePlaces("A folder or files of DICOM, or NIfTI in HU.", "FILE")],
    nuclide: NuclideName,
    method: Annotated[
        Method, Text("kernel: quick, as in water; transport: in the patient's tissues.", choices=get_args(Method))
    ],
    out: Annotated[Path, NewFolder("Where the maps shall lie: rtdose.dcm, dose.nii.gz, dvh.csv.", "DIR")],
    regions: Annotated[Path | None, ImageFile("Regions: NIfTI, or DICOM contours or segmentation.", "FILE")] = None,
    names: Annotated[
        Pairs,
        Several(
            "Of regions that NIfTI numbers, as in 1=liver,2=spleen.",
            "NUMBER=NAME,...",
            reader=_names,
            of_value=_as_pairs,
        ),
    ] = (),
    contours: Contours = "centre",
    activity_unit: Annotated[
        MapUnit | None,
        Read(
            "Of NIfTI: Bq/mL, kBq/voxel; of a map of all time Bq s/mL, MBq h/voxel.",
            "UNIT",
            reader=map_unit,
            of_value=instance(MapUnit),
        ),
    ] = None,
    timing: AskedTimes,
    matter: AskedMatter,
    chain: AskedChain = None,
    icrp107: Icrp107 = None,
    eud_a: Annotated[
        Pairs,
        Several(
            "Parameter of the equivalent uniform dose, as in tumour=-10,liver=3; or one for all.",
            "NAME=A,...",
            reader=_parameters,
            of_value=_as_pairs,
        ),
    ] = (),
    doses_Gy: Annotated[
        Sequence[float],
        Quantities("Shares of each region's volume that receive these, as in 10Gy,20Gy.", dimension="dose", unit="Gy"),
    ] = (),
    subject: Annotated[str, Text("Whose images they are, as dvh.csv shall say for a study's record.")] = "",
    transport: AskedRun,
) -> Answer:
    """Absorbed dose in the voxels and regions of a patient, from activity and CT of one frame of reference.

    One scan with an effective half-life by region, a series joined by straight lines with a tail, or a map of
    time-integrated activity. Registration is done elsewhere, fits of curves are not made here.

    Returns by region mean dose (Gy, energy over mass) with its uncertainty (percent, k = 1) and what that is made of,
    by transport what the statistics of one of its voxels are (rms, percent of the mean dose),
    least, largest, D98, D95, D50, D2, volumes with a dose, equivalent uniform dose, mass, volume, decays and their
    shares before the first and after the last scan; `histories`, `seconds`. Files: RTDOSE, NIfTI, dose-volume curves.
    Refused are two frames of reference, another label than the header's, values that are no activity, regions outside
    the image or without a half-life, a CT with padding, metal or a smaller field without a word, a nuclide whose
    daughters matter without `chain`, a folder that is there and a disk or memory too small: nothing is written.
    Source: W. Schneider et al., Phys. Med. Biol. 45 (2000) 459, for CT; A. Niemierko, Med. Phys. 26 (1999) 1100, for
    the equivalent uniform dose; DICOM PS3.3 C.8.8.3 for the file.

    Example: hevesy.voxel_dose(activity="pet/6h", ct="pet/ct", nuclide="I-124", method="kernel", half_life=96, out="d")
    """
    from hevesy.conduct.voxel_dose import files_of, patient_dose

    made = patient_dose(
        _images(activity, ct, regions, names, contours, activity_unit, timing, matter),
        emitted_by(nuclide, icrp107, chain),
        timing.kinetics_told(),
        method,
        run=transport.run(),
        eud_a={name: Real().read(value) for name, value in _together(eud_a, "eud_a").items()},
        out=out,
        tell=tell,
    )
    return Answer(
        document=_document(made, doses_Gy),
        blocks=(
            _in_short(made),
            *(said(sentence, tone="caution") for sentence in made.warnings),
            _table(made, doses_Gy),
            _histogram(made),
            *_pictures(made),
            *map(said, made.because),
        ),
        files=files_of(made, subject),
        folder=out,
        whole=True,
    )


def _images(
    activity: Sequence[Path],
    ct: Sequence[Path],
    regions: Path | None,
    names: Pairs,
    contours: Literal["centre", "half", "touched"],
    unit: MapUnit | None,
    timing: AskedTimes,
    matter: AskedMatter,
) -> Images:
    from hevesy.conduct.images import Given
    from hevesy.conduct.voxel_dose import Images

    return Images(
        activity=activity,
        ct=ct,
        regions=regions,
        names={name: str(value) for name, value in _together(names, "names").items()},
        contours=contours,
        unit=unit,
        times_h=timing.times_h,
        given=Given(injected_at=timing.injected),
        padding=matter.padding,
        metal=matter.metal,
        outside=matter.outside,
    )


def _document(made: PatientDose, doses_Gy: Sequence[float]) -> dict[str, Json]:
    return {
        "nuclide": made.nuclide,
        "method": made.method,
        "regions": [_of(one, doses_Gy) for one in made.of_regions],
        "decays": made.decays,
        "largest_Gy": made.largest_in_body_Gy,
        "padding_voxels": made.matter.padding,
        "metal_voxels": made.matter.metal,
        "outside_voxels": made.matter.outside,
        "histories": made.histories,
        "seconds": round(made.seconds, 3),
        "warnings": list(made.warnings),
        "because": list(made.because),
    }


def _of(one: RegionDose, doses_Gy: Sequence[float]) -> dict[str, Json]:
    parts, spread = one.uncertainty, one.spread
    return {
        "region": one.name,
        "mean_Gy": one.mean_Gy,
        "uncertainty_percent": _in_percent(parts.whole),
        "uncertainty_parts_percent": {
            "statistics": _in_percent(parts.statistics),
            "model": _in_percent(parts.model),
            "nuclide": _in_percent(parts.nuclide),
        },
        "voxel_statistics_percent": _in_percent(one.of_a_voxel),
        "doubtful_percent": _in_percent(one.doubtful),
        "own_percent": _in_percent(one.own),
        "least_Gy": None if spread is None else float(spread.falling_Gy[-1]),
        "largest_Gy": None if spread is None else float(spread.falling_Gy[0]),
        **{f"d{share}_Gy": None if spread is None else spread.at_least_Gy(share) for share in SHARES},
        "volumes_percent": [
            {"dose_Gy": dose, "percent": None if spread is None else spread.percent_with(dose)} for dose in doses_Gy
        ],
        "eud_Gy": None if one.eud_a is None or spread is None else spread.eud_Gy(one.eud_a),
        "eud_a": one.eud_a,
        "rate_mGy_per_h": one.rate_mGy_per_h,
        "mass_g": one.mass_g,
        "volume_mL": one.volume.volume_mL,
        "voxels": one.voxels,
        "decays": one.decays,
        "before_first_scan_percent": _in_percent(one.before_share),
        "after_last_scan_percent": _in_percent(one.after_share),
        "rule": one.rule,
    }


def _in_percent(share: float | None) -> float | None:
    return None if share is None else 100 * share


def _in_short(made: PatientDose) -> Paragraph:
    told = []
    for one in made.of_regions[:6]:
        whole = one.uncertainty.whole
        good_to = "uncertainty not known" if whole is None else f"+- {100 * whole:.2g} %"
        told.append(f"{one.name} {one.mean_Gy:.4g} Gy ({good_to})")
    more = f" and {len(made.of_regions) - 6} more regions" if len(made.of_regions) > 6 else ""
    return said(f"mean dose of {made.nuclide} by {made.method}: {', '.join(told)}{more}", tone="answer")


def _table(made: PatientDose, doses_Gy: Sequence[float]) -> Table:
    columns: list[str | Column] = ["region", of_numbers("mean", "Gy"), of_numbers("uncertainty", "%")]
    columns += [of_numbers("least", "Gy"), *(of_numbers(f"D{share}", "Gy") for share in SHARES)]
    by_eud = any(one.eud_a is not None for one in made.of_regions)
    columns += [of_numbers("largest", "Gy"), *[of_numbers("EUD", "Gy")] * by_eud]
    columns += [of_numbers("mass", "g"), of_numbers("volume", "mL"), of_numbers("activity over all time", "MBq h")]
    columns += [of_numbers(f"V{dose:g} Gy", "%") for dose in doses_Gy]
    by_kernel, rate = made.method == "kernel", made.rate is not None
    columns += [of_numbers("by its own activity", "%"), of_numbers("doubtful", "%")] * by_kernel
    columns += [of_numbers("statistics of a voxel", "%")] * (not by_kernel)
    columns += [of_numbers("dose rate", "mGy/h")] * rate
    scanned = any(one.before_share is not None for one in made.of_regions)
    columns += [of_numbers("before the first scan", "%"), of_numbers("after the last", "%")] * scanned
    rows: list[list[Cell]] = []
    for one in made.of_regions:
        spread = one.spread
        eud = None if one.eud_a is None or spread is None else spread.eud_Gy(one.eud_a)
        doses = (
            [None] * (len(SHARES) + 2)
            if spread is None
            else [spread.falling_Gy[-1], *map(spread.at_least_Gy, SHARES), spread.falling_Gy[0]]
        )
        row: list[Cell] = [one.name, shown(one.mean_Gy, ".4g"), _percentage(one.uncertainty.whole, ".2g", "no figure")]
        row += [shown(None if dose is None else float(dose), ".4g", UNTOLD) for dose in doses]
        row += [shown(eud, ".4g", "no parameter" if one.eud_a is None else UNTOLD)] * by_eud
        row += [shown(value, ".4g") for value in (one.mass_g, one.volume.volume_mL, one.decays / DECAYS_PER_MBq_h)]
        row += [shown(None if spread is None else spread.percent_with(dose), ".3g", UNTOLD) for dose in doses_Gy]
        row += [_percentage(share, ".3g", "") for share in (one.own, one.doubtful)] * by_kernel
        row += [_percentage(one.of_a_voxel, ".3g", "no dose")] * (not by_kernel)
        row += [shown(one.rate_mGy_per_h, ".4g", "")] * rate
        row += [_percentage(share, ".3g", "no decay") for share in (one.before_share, one.after_share)] * scanned
        rows.append(row)
    notes = [
        "mean: energy over mass; uncertainty: of the mean, k = 1; D95: the largest dose that 95 % of the volume "
        "receive; before, after: of the decays",
        *sorted({f"regions: {one.rule}" for one in made.of_regions}),
    ]
    told = sorted({f"{one.name} a = {one.eud_a:g}" for one in made.of_regions if one.eud_a is not None})
    if told:
        from hevesy.treat.dose_volume import EUD_RULE, EUD_SOURCE

        notes.append(f"EUD: {EUD_RULE} ({EUD_SOURCE}), {', '.join(told)}")
    return table("regions", f"Absorbed dose of {made.nuclide} by {made.method}", columns, rows, *notes)


def _percentage(share: float | None, form: str, without: str) -> Cell:
    return shown(_in_percent(share), form, without)


def _histogram(made: PatientDose) -> Figure:
    """Cumulative dose-volume curves, of many regions the first; where voxels are noise the mean alone, upright."""
    drawn = made.of_regions[:LINES]
    largest = max(one.mean_Gy if one.spread is None else float(one.spread.falling_Gy[0]) for one in drawn) or 1.0
    described = "; ".join(
        f"{one.name}: {'' if one.spread is None else f'D95 {one.spread.at_least_Gy(95):.4g} Gy, '}"
        f"mean {one.mean_Gy:.4g} Gy"
        for one in drawn
    )
    sheet = Sheet(760, 350, "dvh", "Dose-volume histogram", described)
    sheet.area(62, 34, 745, 270, (0.0, 1.02 * largest), (0.0, 102.0))
    sheet.axes(nice_ticks(0.0, largest), [0, 25, 50, 75, 100], "dose, Gy", "% of the volume that receive it")
    for number, one in enumerate(drawn):
        course = [(one.mean_Gy, 0.0), (one.mean_Gy, 100.0)]
        if one.spread is not None:
            doses, percent = one.spread.curve()
            course = list(zip(doses.tolist(), percent.tolist(), strict=True))
        sheet.course(one.name, number, course)
    sheet.key([one.name for one in drawn], 60, 332)
    noisy = [one.name for one in drawn if one.spread is None]
    alone = f" Upright: the mean alone, as single voxels are noise ({', '.join(noisy)})." if noisy else ""
    more = f" Of {len(made.of_regions)} regions the first {LINES}." if len(made.of_regions) > LINES else ""
    return sheet.figure(f"The share of each region's volume that receives a dose or more.{alone}{more}")


def _pictures(made: PatientDose) -> list[Picture]:
    """Three planes of the dose and of the CT through the voxel of the largest dose in the first region."""
    from dataclasses import replace

    from hevesy.answers.find.pictured import pictured
    from hevesy.imaging.slices import centre_of, highest

    place = highest(made.dose, made.regions[0])
    point_mm = centre_of(made.dose.grid, place)
    largest = max(float(one.volume.falling_Gy[0]) for one in made.of_regions) or 1.0
    shown_regions = made.regions[:LINES]

    def planes(volume: Volume, window: tuple[float, float], name: str, title: str) -> Picture:
        picture = pictured(volume, shown_regions, point_mm, window, name=name)
        return replace(
            picture,
            title=title,
            caption=f"{title}. {picture.caption}",
            description=f"{title}. {picture.description}",
        )

    return [
        planes(made.dose, (0.0, largest), "dose-planes", "Dose in three planes"),
        planes(made.matter.ct, (-200.0, 300.0), "ct-planes", "CT on the voxels of the dose"),
    ]
