"""What questions about images share: the series, the region, what is known better than the header says."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, get_args

from hevesy.answers.asked import ImagePlaces, Moment, Quantity, Text
from hevesy.errors import RuleError

if TYPE_CHECKING:
    from hevesy.conduct.images import Given

Files = Annotated[Sequence[Path], ImagePlaces("A folder of DICOM files, or the files themselves.", "SERIES")]
ContourRule = Literal["centre", "half", "touched"]
Contours = Annotated[
    ContourRule,
    Text("Voxels of a contour: centre or half of it inside, or touched by it.", choices=get_args(ContourRule)),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedBody:
    """What is known better than the header says."""

    weight_kg: Annotated[
        float | None, Quantity("Instead of the header's, as in 72.5kg.", dimension="body_mass", unit="kg")
    ] = None
    height_cm: Annotated[
        float | None, Quantity("Instead of the header's, as in 168cm.", dimension="length", unit="cm")
    ] = None
    sex: Annotated[str | None, Text("Instead of the header's.", choices=("M", "F", "O"))] = None
    administered_MBq: Annotated[
        float | None,
        Quantity("Activity given, less what stayed behind, at the injection.", dimension="activity", unit="MBq"),
    ] = None
    injected: Annotated[
        datetime | None, Moment("When, by the clock of the scanner, as in 2025-03-03T09:00.", local=True)
    ] = None

    def given(self) -> Given:
        """For the series."""
        from hevesy.conduct.images import Given

        return Given(
            weight_kg=self.weight_kg,
            height_m=None if self.height_cm is None else self.height_cm / 100,
            sex=self.sex,
            activity_MBq=self.administered_MBq,
            injected_at=self.injected,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """Where a lesion ends: a share of its maximum, a share of the way up from its background, a value, the steepest."""

    share: float | None = None
    value: float | None = None
    above_background: bool = False


EDGES = "41%, 50%, 41% above background, 2.5, or steepest"


def read_edge(words: str) -> Edge:
    """An edge in words.

    >>> read_edge("41%").share, read_edge("2.5").value, read_edge("50% above background").above_background
    (0.41, 2.5, True)
    """
    text = " ".join(words.casefold().split())
    if text == "steepest":
        return Edge()
    found = re.fullmatch(r"(\d+(?:\.\d+)?) ?(%)?( above background)?", text)
    if found is None or (found[3] and not found[2]):
        raise RuleError(f"{words!r} is no edge as in {EDGES}")
    number = float(found[1])
    if not found[2]:
        return Edge(value=number)
    if not 0 < number < 100:
        raise RuleError(f"a share of the maximum lies between 0 and 100 %, got {number:g} %")
    return Edge(share=number / 100, above_background=bool(found[3]))
