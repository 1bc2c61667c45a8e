"""What was measured of the lesion at each activity and planned time: means by cell, and which separates best."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import mean, stdev

from hevesy.conduct.groups import Group, Spread, spread_of
from hevesy.errors import HevesyError
from hevesy.find.scans import TimedScan
from hevesy.find.time_points import Cell as Separating
from hevesy.find.time_points import Comparison, Scan, TimePoints, time_points
from hevesy.stats.best import Scale
from hevesy.study.protocol import ImagingPlan, TrialProtocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """Something that is measured on a scan."""

    key: str
    title: str
    definition: str
    of: Callable[[TimedScan], float | None]
    scale: Scale
    """How means are compared: a ratio by its logarithm."""


QUANTITIES = (
    Quantity(
        key="tbr",
        title="Lesion to background",
        definition="ratio of the lesion's SUVmax to the background's SUVmean, as delivered",
        of=lambda one: one.scan.lesion_to_background,
        scale="ratio",
    ),
    Quantity(
        key="cnr",
        title="Contrast to noise",
        definition="contrast to noise of the lesion, as delivered",
        of=lambda one: one.scan.contrast_to_noise,
        scale="score",
    ),
    Quantity(
        key="quality",
        title="Image quality",
        definition="score of the image, 1 (worst) to 5, as delivered",
        of=lambda one: one.scan.image_quality,
        scale="score",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A quantity at an activity and a planned time: one value a subject, the mean over its lesions."""

    group: Group
    dose: float | None
    """The activity of its arm, in the unit of the study; None: the arm has no level."""
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
    compared: TimePoints | None
    """The cells by a mixed model, each with the probability that it is the best; None: it cannot be told."""
    because: str
    """Why it cannot be told."""
    margin: float = Comparison().margin
    """A mean that is worse than the best by no more than this share of it is hardly worse."""

    def compared_at(self, cell: Cell) -> Separating | None:
        """A cell in the comparison."""
        if self.compared is None or cell.dose is None:
            return None
        same = (one for one in self.compared.cells if (one.dose, one.time_h) == (cell.dose, cell.planned_h))
        return next(same, None)


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
    groups: Sequence[Group], scans: Mapping[str, Sequence[TimedScan]], protocol: TrialProtocol, plan: ImagingPlan
) -> DoseTimes | None:
    """The cells of every quantity; None where none was delivered.

    Of several scans of a lesion at one time the nearest to it on which a quantity was measured counts.
    """
    planned = tuple(point.planned_h for point in plan.time_points)
    index = {who: [one for one in own if one.scan.modality == plan.modality] for who, own in scans.items()}
    chosen, repeated = _nearest_each(index, planned)
    doses = {group.id: _dose(group, protocol) for group in groups}
    grids = []
    for quantity in QUANTITIES:
        cells = [_cell(group, doses[group.id], hours, quantity, chosen) for group in groups for hours in planned]
        if any(cell.spread is not None for cell in cells):
            compared, because = _compared(quantity, cells, protocol)
            grids.append(Grid(quantity=quantity, cells=tuple(cells), compared=compared, because=because))
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


Chosen = Mapping[tuple[str, float], Sequence[Sequence[TimedScan]]]
"""By subject and time the scans of each lesion, the nearest to that time first."""


def _nearest_each(
    scans: Mapping[str, Sequence[TimedScan]], planned: Sequence[float]
) -> tuple[Chosen, list[tuple[str, TimedScan]]]:
    chosen: dict[tuple[str, float], list[list[TimedScan]]] = {}
    repeated: list[tuple[str, TimedScan]] = []
    for who, own in scans.items():
        for hours in planned:
            by_lesion: dict[str | None, list[TimedScan]] = {}
            for one in own:
                if one.planned_h == hours:
                    by_lesion.setdefault(one.scan.lesion, []).append(one)
            for each in by_lesion.values():
                ordered = sorted(each, key=lambda one: (_away(one), one.scan.row))
                chosen.setdefault((who, hours), []).append(ordered)
                measured = (_measured(ordered, quantity) for quantity in QUANTITIES)
                counting = [one for one in measured if one is not None] or ordered[:1]
                repeated += [(who, one) for one in each if not any(one is other for other in counting)]
    return chosen, repeated


def _measured(scans: Sequence[TimedScan], quantity: Quantity) -> TimedScan | None:
    """The first scan on which a quantity was measured."""
    return next((one for one in scans if quantity.of(one) is not None), None)


def _away(one: TimedScan) -> float:
    return abs(one.actual_h - one.planned_h) if one.actual_h is not None and one.planned_h is not None else 1e9


def _dose(group: Group, protocol: TrialProtocol) -> float | None:
    """The activity of a group's arm, of all its fractions, in the unit of the study."""
    arm = group.members[0].arm if group.members else None
    if arm is None or arm.dose_level is None:
        return None
    return protocol.dose_level(arm.dose_level).total.amount / protocol.activity_unit.factor


def _compared(quantity: Quantity, cells: Sequence[Cell], protocol: TrialProtocol) -> tuple[TimePoints | None, str]:
    """The cells by a mixed model; without one, why."""
    if any(cell.dose is None for cell in cells) or len({(cell.dose, cell.planned_h) for cell in cells}) < len(cells):
        return None, "the arms are not told apart by a dose level each"
    scans = [
        Scan(subject=who, dose=cell.dose, time_h=cell.planned_h, value=value)
        for cell in cells
        if cell.dose is not None
        for who, value in cell.values
    ]
    try:
        return time_points(scans, Comparison(scale=quantity.scale, dose_unit=protocol.activity_unit.name)), ""
    except HevesyError as error:
        return None, str(error)


def _cell(group: Group, dose: float | None, planned_h: float, quantity: Quantity, chosen: Chosen) -> Cell:
    values, rows = [], []
    for item in group.members:
        of_lesions = [_measured(each, quantity) for each in chosen.get((item.subject.id, planned_h), ())]
        told = [(one, quantity.of(one)) for one in of_lesions if one is not None]
        known = [(one, value) for one, value in told if value is not None]
        if known:
            values.append((item.subject.id, mean(value for _, value in known)))
            rows += [row for one, _ in known for row in one.rows]
    figures = [value for _, value in values]
    return Cell(
        group=group,
        dose=dose,
        planned_h=planned_h,
        values=tuple(values),
        spread=spread_of(figures),
        sd=stdev(figures) if len(figures) > 1 else None,
        rows=tuple(rows),
    )
