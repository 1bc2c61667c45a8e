"""Standardised uptake of a series or a region of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, get_args

from hevesy.answers.answer import Answer, Json
from hevesy.answers.asked import Flag, ImageFile, Read, Real, TableFile, Text, instance
from hevesy.answers.find.asked_image import AskedBody, Contours, Edge, Files, read_edge
from hevesy.blocks.number import shown
from hevesy.blocks.prose import said
from hevesy.blocks.section import Block
from hevesy.blocks.table import of_numbers, table
from hevesy.errors import QuestionError
from hevesy.files.tables import DeliveredTable
from hevesy.find.body import Kind

if TYPE_CHECKING:
    from hevesy.conduct.images import SuvImage
    from hevesy.find.uptake import Uptake
    from hevesy.imaging.region import Mask, Region

COMMAND = "find suv"
FACES = ("csv",)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedRegion:
    """The region that is measured, and what it is set against."""

    mask: Annotated[Path | None, ImageFile("Regions: NIfTI, or DICOM contours or segmentation.", "FILE")] = None
    region: Annotated[str | None, Text("Its name or number in the file, where that holds several.", "NAME")] = None
    contours: Contours = "centre"
    edge: Annotated[
        Edge | None,
        Read(
            "Within the region: 41%, 41% above background, 2.5, or steepest; grown from its maximum.",
            reader=read_edge,
            of_value=instance(Edge),
        ),
    ] = None
    confined: Annotated[bool, Flag("All voxels of the region that reach the edge, and no others.")] = False
    background: Annotated[str | None, Text("The region of the file that is background.", "NAME")] = None
    mirror_mm: Annotated[float | None, Real("Background: the region mirrored in this sagittal plane, x in mm.")] = None
    recovery: Annotated[
        DeliveredTable | None, TableFile("Spheres of a phantom: volume_mL or diameter_mm, and recovery.")
    ] = None

    def __post_init__(self) -> None:
        needing = {
            "region": self.region,
            "edge": self.edge,
            "background": self.background,
            "mirror_mm": self.mirror_mm,
            "recovery": self.recovery,
        }
        for name, value in needing.items():
            if value is not None and self.mask is None:
                raise QuestionError(f"⟦{name}⟧ belongs to a region: give its file, ⟦mask⟧", name, "mask")
        if self.background is not None and self.mirror_mm is not None:
            raise QuestionError("a background is a region or a mirrored one, not both", "background", "mirror_mm")
        if self.edge is None and self.confined:
            raise QuestionError("⟦confined⟧ is said of an ⟦edge⟧", "confined", "edge")
        wants = self.edge is not None and self.edge.above_background
        if (wants or self.recovery is not None) and self.background is None and self.mirror_mm is None:
            raise QuestionError("an edge above the background, and a recovery, need the ⟦background⟧", "background")


def suv(
    series: Files,
    *,
    kind: Annotated[Kind, Text("By body weight, lean mass, surface or ideal weight.", choices=get_args(Kind))] = "bw",
    measure: AskedRegion,
    body: AskedBody,
) -> Answer:
    """Standardised uptake value (SUV) of a PET series, or of a region of it, with every correction and its tag.

    Returns SUV (g/mL; of a surface cm2/mL): least, median, mean, largest, peak (1 mL sphere, wherever in the region it
    is largest, and about the maximum), volume (mL), mean times volume, lesion to background; corrections and warnings.
    Refused are series whose header leaves the value open: no date of injection for a long-lived label (0018,1078), a
    date more than ten half-lives away, missing weight, height, sex, dose, attenuation correction; several series.
    Source: DICOM PS3.3 C.8.9; QIBA SUV pseudo-code 2013; PERCIST (J Nucl Med 2009;50 Suppl 1:122S).

    Example: print(hevesy.suv("pet/24h", mask="pet/regions.nii", region="1", edge="41%"))
    """
    from hevesy.conduct.images import suv_image

    image = suv_image(series, kind, body.given())
    measured = _measured(image, measure)
    found = measured.uptake
    document: dict[str, Json] = {
        "kind": kind,
        "unit": image.volume.unit,
        "region": measured.region.name,
        "rule": measured.region.rule,
        "voxels": found.voxels,
        "volume_mL": found.volume_mL,
        "suv_min": found.least,
        "suv_median": found.median,
        "suv_mean": found.mean,
        "suv_max": found.largest,
        "suv_peak": found.peak,
        "suv_peak_about_maximum": found.peak_at_maximum,
        "suv_sd": found.standard_deviation,
        "suv_mean_times_volume": found.total,
        **measured.against,
        "elapsed_h": image.conversion.elapsed_h,
        "corrections": [
            {"what": one.what, "tag": one.tag, "factor": one.factor} for one in image.conversion.corrections
        ],
        "warnings": [*image.warnings, *measured.warnings],
        "because": [f"region: {measured.region.rule}", *measured.because],
    }
    return Answer(document=document, blocks=tuple(_blocks(image, measured)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Measured:
    """A region's uptake, what it was set against, and what has to be said of both."""

    region: Region
    uptake: Uptake
    against: dict[str, Json]
    shown: tuple[Region, ...] = ()
    """What a picture draws; empty: the whole image was measured."""
    because: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def _measured(image: SuvImage, asked: AskedRegion) -> _Measured:
    import numpy as np

    from hevesy.conduct.images import region_of
    from hevesy.find.delineation import mirrored
    from hevesy.find.uptake import measured
    from hevesy.imaging.region import Region

    grid = image.volume.grid
    against: dict[str, Json] = dict.fromkeys(AGAINST)
    if asked.mask is None:
        whole = Region(name="the whole image", grid=grid, mask=np.ones(grid.shape, dtype=bool), rule="all voxels")
        return _Measured(region=whole, uptake=measured(image.volume, whole), against=against)
    drawn = region_of(asked.mask, grid, asked.region, asked.contours)
    background = None
    if asked.mirror_mm is not None:
        background = mirrored(drawn, asked.mirror_mm)
    elif asked.background is not None:
        background = region_of(asked.mask, grid, asked.background, asked.contours)
        if background.name == drawn.name:
            raise QuestionError("a region is not its own ⟦background⟧", "background")
    behind = None if background is None else measured(image.volume, background)
    region = drawn if asked.edge is None else _edged(image, drawn, asked, behind)
    found = measured(image.volume, region)
    warnings: tuple[str, ...] = (
        ("the sphere of the peak leaves the image: what lies inside was averaged",) if found.cut_peak else ()
    )
    outside = int(np.count_nonzero(region.mask & ~drawn.mask))
    grew = (f"of the {found.voxels} voxels {outside} lie outside the region that was drawn",) if outside else ()
    if outside and _touches_the_end(region.mask):
        warnings += ("the edge grew to the end of the image: the threshold encloses no lesion",)
    if found.largest > image.volume.values[drawn.mask].max():
        warnings += (
            "the edge grew out of the region into something hotter: the largest value is not the region's; confine the "
            "edge to the region, or draw closer",
        )
    if behind is None or background is None:
        return _Measured(region=region, uptake=found, against=against, shown=(region,), because=grew, warnings=warnings)
    if (background.mask & region.mask).any():
        warnings += ("the background and the region share voxels",)
    against |= _set_against(found, behind, asked)
    because = (
        *grew,
        f"background: {background.rule}, {behind.voxels} voxels, mean {behind.mean:.4g}",
    )
    shown_too = (region, background)
    return _Measured(region=region, uptake=found, against=against, shown=shown_too, because=because, warnings=warnings)


def _touches_the_end(mask: Mask) -> bool:
    return any(bool(mask.take((0, -1), axis=axis).any()) for axis in range(3))


def _edged(image: SuvImage, drawn: Region, asked: AskedRegion, behind: Uptake | None) -> Region:
    from hevesy.find import delineation

    edge, volume, level = asked.edge or Edge(), image.volume, behind.mean if behind is not None else 0.0
    if edge.value is not None:
        threshold = delineation.Threshold(value=edge.value, because="as given")
    elif edge.share is None:
        threshold = delineation.steepest_edge(volume, drawn, level)
    elif edge.above_background:
        threshold = delineation.above_background(volume, drawn, edge.share, level)
    else:
        threshold = delineation.share_of_maximum(volume, drawn, edge.share)
    return (delineation.confined if asked.confined else delineation.grown)(volume, drawn, threshold)


def _set_against(found: Uptake, behind: Uptake, asked: AskedRegion) -> dict[str, Json]:
    """A lesion against its background; what would divide by nothing stays open."""
    recovered = None
    if asked.recovery is not None:
        from hevesy.conduct.images import recovery_curve_of
        from hevesy.find.recovery import recovered as corrected

        coefficient = recovery_curve_of(asked.recovery).at(found.volume_mL)
        recovered = corrected(found.mean, behind.mean, coefficient)
    noise = behind.standard_deviation
    return {
        "background_mean": behind.mean,
        "lesion_to_background": found.largest / behind.mean if behind.mean > 0 else None,
        "contrast_to_noise": (found.mean - behind.mean) / noise if noise else None,
        "suv_mean_recovered": recovered,
    }


AGAINST = ("background_mean", "lesion_to_background", "contrast_to_noise", "suv_mean_recovered")
WORDS = {
    "suv_min": "least", "suv_median": "median", "suv_mean": "mean", "suv_max": "largest",
    "suv_peak": "peak (1 mL sphere)", "suv_peak_about_maximum": "peak about the maximum",
}  # fmt: skip


def _blocks(image: SuvImage, measured: _Measured) -> list[Block]:
    found, unit, kind = measured.uptake, image.volume.unit, image.conversion.kind
    values = (found.least, found.median, found.mean, found.largest, found.peak, found.peak_at_maximum)
    blocks: list[Block] = [
        said(
            f"SUV ({kind}) of {measured.region.name}: largest {found.largest:.2f}, peak {found.peak:.2f}, mean "
            f"{found.mean:.2f} {unit} in {found.volume_mL:.2f} mL",
            tone="answer",
        ),
        *(said(sentence, tone="caution") for sentence in (*image.warnings, *measured.warnings)),
        table(
            "suv",
            f"Standardised uptake, {kind}",
            ("of the region", of_numbers("SUV", unit)),
            [
                *((words, shown(value, ".4f")) for words, value in zip(WORDS.values(), values, strict=True)),
                ("standard deviation of its voxels", shown(found.standard_deviation, ".4f")),
            ],
            f"{found.voxels} voxels, {found.volume_mL:.4f} mL, mean times volume {found.total:.4g} "
            f"{unit.removesuffix('/mL')}; {measured.region.rule}",
        ),
    ]
    told = {
        f"background, mean, {unit}": measured.against["background_mean"],
        "lesion to background, largest over mean": measured.against["lesion_to_background"],
        "contrast to noise": measured.against["contrast_to_noise"],
        f"mean, corrected for recovery, {unit}": measured.against["suv_mean_recovered"],
    }
    rows = [(words, shown(value, ".4g")) for words, value in told.items() if isinstance(value, float)]
    if rows:
        blocks.append(table("against", "Against the background", ("what", of_numbers("value")), rows))
    blocks += [said(sentence) for sentence in measured.because]
    blocks += _picture(image, measured)
    corrections = [(one.what, one.tag, shown(one.factor, ".6g")) for one in image.conversion.corrections]
    blocks.append(table("corrections", "From stored values to SUV", ("step", "tag", of_numbers("factor")), corrections))
    return blocks


def _picture(image: SuvImage, measured: _Measured) -> list[Block]:
    """Three planes through the largest value of the region, from 0 to it."""
    import numpy as np

    from hevesy.answers.find.pictured import pictured

    volume, region = image.volume, measured.region
    if not measured.shown or measured.uptake.largest <= 0:
        return []
    places = np.argwhere(region.mask)
    place = places[int(region.within(volume).argmax())]
    x, y, z = (float(one) for one in volume.grid.centres_mm(place))
    return [pictured(volume, measured.shown, (x, y, z), (0.0, measured.uptake.largest))]
