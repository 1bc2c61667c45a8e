"""The cameras that activities were measured with: calibrations and recovery, as recorded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from hevesy.blocks.number import Cell
from hevesy.blocks.section import Block
from hevesy.blocks.table import of_numbers, table
from hevesy.names import slug
from hevesy.readout.sections.numbers import number

if TYPE_CHECKING:
    from hevesy.conduct.cameras import Cameras
    from hevesy.study.facts.camera import CameraCalibration, RecoverySphere

ALL = "all cameras of the study"


def of_cameras(found: Cameras) -> Iterator[Block]:
    """A table of calibrations, and one of spheres; nothing where none is recorded."""
    if found.calibrations:
        yield table(
            "dosimetry-calibrations",
            "Calibrations of cameras",
            (
                "Camera",
                "Day",
                "Nuclide",
                of_numbers("Factor"),
                "Factor is",
                of_numbers("Standard uncertainty", "%"),
                "Source",
            ),
            [_calibration(one) for one in found.calibrations],
            "What is not known of a calibration is shared by all that was measured under it.",
        )
    if found.spheres:
        yield table(
            "dosimetry-recovery",
            "Recovery of a phantom's spheres",
            (
                "Camera",
                "Day",
                "Nuclide",
                of_numbers("Diameter", "mm"),
                of_numbers("Recovery"),
                of_numbers("Standard uncertainty", "%"),
                "Source",
            ),
            [_sphere(one) for one in sorted(found.spheres, key=lambda one: (one.camera, str(one.on), one.diameter_mm))],
        )


def _calibration(one: CameraCalibration) -> tuple[Cell, ...]:
    factor = number(
        f"dosimetry-calibration-{slug(one.camera)}-{one.row}",
        one.factor,
        f"{one.factor:g}",
        label=f"Calibration factor of {one.camera}",
        definition="counts a second of a MBq"
        if one.factor_is == "counts/s/MBq"
        else "what it tells over what there is",
        population=ALL,
        because=("activities were delivered as made with it" if one.applied else "activities are divided by it here",),
        rows=(one.row,),
    )
    told = f"{one.uncertainty_percent:g}"
    return (one.camera, str(one.on), one.nuclide or "any", factor, one.factor_is, told, one.source)


def _sphere(one: RecoverySphere) -> tuple[Cell, ...]:
    recovery = number(
        f"dosimetry-recovery-{slug(one.camera)}-{one.row}",
        one.recovery,
        f"{one.recovery:g}",
        label=f"Recovery of a sphere of {one.diameter_mm:g} mm on {one.camera}",
        definition="activity concentration told over what there is, above the background",
        population=ALL,
        rows=(one.row,),
    )
    told = f"{one.uncertainty_percent:g}"
    return (one.camera, str(one.on), one.nuclide or "any", f"{one.diameter_mm:g}", recovery, told, one.source)
