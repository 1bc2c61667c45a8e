"""What was measured of the lesion at each activity and planned time: means by cell, and which separates best."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import mean, stdev

from hevesy.conduct.groups import Group, Spread, spread_of
from hevesy.find.scans import TimedScan
from hevesy.study.protocol import ImagingPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """Something that is measured on a scan; `digits` are those shown of its mean."""

    key: str
    title: str
    definition: str
    of: Callable[[TimedScan], float | None]
    digits: int


QUANTITIES = (
    Quantity(
        key="tbr",
        title="Lesion to background",
        definition="ratio of the lesion's SUVmax to the background's SUVmean, as delivered",
        of=lambda one: one.scan.lesion_to_background,
        digits=2,
    ),
    Quantity(
        key="cnr",
        title="Contrast to noise",
        definition="contrast to noise of the lesion, as delivered",
        of=lambda one: one.scan.contrast_to_noise,
        digits=2,
    ),
    Quantity(
        key="quality",
        title="Image quality",
        definition="score of the image, 1 (worst) to 5, as delivered",
        of=lambda one: one.scan.image_quality,
        digits=2,
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A quantity at an activity and a planned time: one value a subject, the mean over its lesions."""

    group: Group
    planned_h: float
    values: tuple[tuple[str, float], ...]
    """By subject."""
    spread: Spread | None
    """None: of nobody."""
    sd: float | None
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A quantity over all activities and times."""

    quantity: Quantity
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseTimes:
    """Every quantity that was delivered, over activities and times."""

    groups: tuple[Group, ...]
    planned_h: tuple[float, ...]
    grids: tuple[Grid, ...]
    ratio_off: tuple[tuple[str, TimedScan], ...]
    """Scans whose delivered ratio and SUVs can be compared, by subject; the largest difference first."""
    repeated: tuple[tuple[str, TimedScan], ...]
    """Scans that count in no cell: another of the same time lies nearer to it."""


def dose_times(
    groups: Sequence[Group], scans: Mapping[str, Sequence[TimedScan]], plan: ImagingPlan
) -> DoseTimes | None:
    """The cells of every quantity; None where none was delivered.

    Of several scans of a lesion at one time the one nearest to it counts.
    """
    planned = tuple(point.planned_h for point in plan.time_points)
    index = {who: [one for one in own if one.scan.modality == plan.modality] for who, own in scans.items()}
    chosen, repeated = _nearest_each(index, planned)
    grids = [
        Grid(
            quantity=quantity,
            cells=tuple(_cell(group, hours, quantity, chosen) for group in groups for hours in planned),
        )
        for quantity in QUANTITIES
    ]
    grids = [grid for grid in grids if any(cell.spread is not None for cell in grid.cells)]
    if not grids:
        return None
    off = [(who, one) for who, own in index.items() for one in own if one.ratio_off is not None]
    return DoseTimes(
        groups=tuple(groups),
        planned_h=planned,
        grids=tuple(grids),
        ratio_off=tuple(sorted(off, key=lambda one: -abs(one[1].ratio_off or 0.0))),
        repeated=tuple(repeated),
    )


Chosen = Mapping[tuple[str, float], Sequence[TimedScan]]


def _nearest_each(
    scans: Mapping[str, Sequence[TimedScan]], planned: Sequence[float]
) -> tuple[Chosen, list[tuple[str, TimedScan]]]:
    chosen: dict[tuple[str, float], list[TimedScan]] = {}
    repeated: list[tuple[str, TimedScan]] = []
    for who, own in scans.items():
        for hours in planned:
            by_lesion: dict[str | None, list[TimedScan]] = {}
            for one in own:
                if one.planned_h == hours:
                    by_lesion.setdefault(one.scan.lesion, []).append(one)
            for each in by_lesion.values():
                nearest = min(each, key=lambda one: (_away(one), one.scan.row))
                chosen.setdefault((who, hours), []).append(nearest)
                repeated += [(who, one) for one in each if one is not nearest]
    return chosen, repeated


def _away(one: TimedScan) -> float:
    return abs(one.actual_h - one.planned_h) if one.actual_h is not None and one.planned_h is not None else 1e9


def _cell(group: Group, planned_h: float, quantity: Quantity, chosen: Chosen) -> Cell:
    values, rows = [], []
    for item in group.members:
        told = [(one, quantity.of(one)) for one in chosen.get((item.subject.id, planned_h), ())]
        known = [(one, value) for one, value in told if value is not None]
        if known:
            values.append((item.subject.id, mean(value for _, value in known)))
            rows += [row for one, _ in known for row in one.rows]
    figures = [value for _, value in values]
    return Cell(
        group=group,
        planned_h=planned_h,
        values=tuple(values),
        spread=spread_of(figures),
        sd=stdev(figures) if len(figures) > 1 else None,
        rows=tuple(rows),
    )
