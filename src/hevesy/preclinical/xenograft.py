"""Xenograft studies.

Growth delay, T/C, log cell kill and time to a multiple of the first volume, and many models in one table.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from hevesy.errors import RuleError
from hevesy.stats.growth import GroupRate, MixedGrowth, growth_rate, mixed_growth
from hevesy.stats.proportion import Interval, clopper_pearson
from hevesy.stats.survival import LogRank, Quantile, kaplan_meier, log_rank, quantile

CELLS_PER_DOUBLING = math.log2(10)
"""3.32 doublings make a decade."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Animal:
    """An animal with its group and measured tumour volumes (mm3) by day of the study, treatment on day 0."""

    id: str
    group: str
    day: tuple[float, ...]
    volume_mm3: tuple[float, ...]

    def __post_init__(self) -> None:
        """Refuse courses that cannot be."""
        if len(self.day) != len(self.volume_mm3) or not self.day:
            raise RuleError(
                f"{self.id}: days and volumes are lists of one length above 0, got {len(self.day)} and "
                f"{len(self.volume_mm3)}"
            )
        if any(later <= earlier for earlier, later in itertools.pairwise(self.day)):
            raise RuleError(f"{self.id}: days rise, got {list(self.day)}")
        for day, volume in zip(self.day, self.volume_mm3, strict=True):
            if not 0 <= volume < math.inf:
                raise RuleError(f"{self.id}: a volume is 0 mm3 or more, got {volume} on day {day:g}")
        if self.volume_mm3[0] <= 0:
            raise RuleError(f"{self.id}: the first volume is the baseline and above 0, got {self.volume_mm3[0]}")


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeToVolume:
    """Days until the tumour had so many times its first volume, or that it had not by the last day."""

    animal: str
    time_d: float
    observed: bool
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Treatment:
    """A treated group against the control; None where it cannot be computed, with the reason in `because`."""

    group: str
    animals: int
    tc_percent: float | None
    tc_day: float | None
    median_time: Quantile
    growth_delay_d: float | None
    log_cell_kill: float | None
    log_rank: LogRank | None
    complete_regressions: int
    because: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class XenograftStudy:
    """One model: the control and each treatment against it."""

    model: str
    control: str
    multiple: float
    control_doubling_d: float | None
    treatments: tuple[Treatment, ...]
    growth: MixedGrowth | None
    because: tuple[str, ...]
    """Why the mixed model could not be fitted, where it could not."""

    def rate_of(self, group: str) -> GroupRate | None:
        """Growth of a group by the mixed model, where there is one."""
        groups = self.growth.groups if self.growth is not None else ()
        return next((one for one in groups if one.group == group), None)


def ellipsoid_mm3(length_mm: float, width_mm: float) -> float:
    """Volume from two calipers' diameters, half of length times width squared.

    >>> ellipsoid_mm3(10, 6)
    180.0

    Source: M. M. Tomayko and C. P. Reynolds, Cancer Chemother Pharmacol 1989;24:148.
    """
    if not (0 <= width_mm <= length_mm < math.inf):
        raise RuleError(f"the width is 0 or more and at most the length, got {length_mm} and {width_mm} mm")
    return 0.5 * length_mm * width_mm**2


def time_to_volume(animal: Animal, multiple: float) -> TimeToVolume:
    """When a tumour first had so many times its first volume, by straight lines on the logarithmic scale."""
    if multiple <= 1:
        raise RuleError(f"a multiple of the first volume is above 1, got {multiple:g}")
    wanted = multiple * animal.volume_mm3[0]
    for place in range(1, len(animal.day)):
        before, after = animal.volume_mm3[place - 1], animal.volume_mm3[place]
        if after >= wanted:
            first, last = animal.day[place - 1], animal.day[place]
            share = math.log(wanted / before) / math.log(after / before) if before > 0 else 1.0
            return TimeToVolume(
                animal=animal.id,
                time_d=first + share * (last - first),
                observed=True,
                because=f"{wanted:g} mm3 between day {first:g} and {last:g}",
            )
    return TimeToVolume(
        animal=animal.id,
        time_d=animal.day[-1],
        observed=False,
        because=f"below {wanted:g} mm3 to the last day, {animal.day[-1]:g}",
    )


def study(model: str, animals: Sequence[Animal], control: str, multiple: float = 4.0) -> XenograftStudy:
    """Compare every group with the control: T/C on the last day all of both are measured, delay, cell kill, log-rank.

    Growth delay: difference of the median times to the multiple (Kaplan-Meier); log10 cell kill: the delay over 3.32
    doubling times of the control. Mean volumes are not compared after animals have left: that favours whoever kills
    fast.

    Source: F. M. Schabel et al., Pharmacol Ther 1977;1:411; J. A. Houghton et al., Pediatr Blood Cancer 2007;49:928.
    """
    groups = _by_group(model, animals, control)
    doubling_d = _doubling_d(groups[control])
    times = {name: [time_to_volume(one, multiple) for one in own] for name, own in groups.items()}
    growth, why = _growth(groups, control)
    return XenograftStudy(
        model=model,
        control=control,
        multiple=multiple,
        control_doubling_d=doubling_d,
        treatments=tuple(
            _against(groups[control], own, (times[control], times[name]), multiple, doubling_d)
            for name, own in groups.items()
            if name != control
        ),
        growth=growth,
        because=why,
    )


def _by_group(model: str, animals: Sequence[Animal], control: str) -> dict[str, list[Animal]]:
    """Animals by group, in the order in which groups are first told; what makes no study is refused."""
    groups: dict[str, list[Animal]] = {}
    for one in animals:
        groups.setdefault(one.group, []).append(one)
    if control not in groups:
        raise RuleError(f"{model}: no animal is in the control group {control!r}; groups are {', '.join(groups)}")
    if len({one.id for one in animals}) != len(animals):
        raise RuleError(f"{model}: two animals have one name")
    start = min(one.day[0] for one in animals)
    late = ", ".join(f"{one.id} (day {one.day[0]:g})" for one in animals if one.day[0] > start)
    if late:
        raise RuleError(f"{model}: the first volume is the baseline, of day {start:g}; first measured later: {late}")
    return groups


def _doubling_d(control: Sequence[Animal]) -> float | None:
    """Days in which the median tumour of the control doubles; None: it does not grow."""
    rates = [growth_rate(one.day, one.volume_mm3) for one in control if sum(v > 0 for v in one.volume_mm3) > 1]
    rate = median(rates) if rates else 0.0
    return math.log(2) / rate if rate > 0 else None


def _against(
    control: Sequence[Animal],
    treated: Sequence[Animal],
    times: tuple[Sequence[TimeToVolume], Sequence[TimeToVolume]],
    multiple: float,
    doubling_d: float | None,
) -> Treatment:
    """A treated group against the control; `times` of both to the multiple of the first volume, the control's first."""
    because = []
    tc_percent, tc_day = _tc(control, treated)
    if tc_percent is None:
        because.append("no day on which all animals of both groups were measured after the first")
    arms = [([one.time_d for one in own], [one.observed for one in own]) for own in times]
    of_control, of_treated = (quantile(kaplan_meier(time_d, observed)) for time_d, observed in arms)
    delay_d = None
    if of_control.estimate is None or of_treated.estimate is None:
        group = (control if of_control.estimate is None else treated)[0].group
        because.append(f"median time to {multiple:g} times the first volume not reached in {group}")
    else:
        delay_d = of_treated.estimate - of_control.estimate
    tested = None
    try:
        tested = log_rank(arms)
    except ValueError as error:
        because.append(f"no log-rank test: {error}")
    return Treatment(
        group=treated[0].group,
        animals=len(treated),
        tc_percent=tc_percent,
        tc_day=tc_day,
        median_time=of_treated,
        growth_delay_d=delay_d,
        log_cell_kill=None if delay_d is None or doubling_d is None else delay_d / (CELLS_PER_DOUBLING * doubling_d),
        log_rank=tested,
        complete_regressions=sum(one.volume_mm3[-1] == 0 for one in treated),
        because=tuple(because),
    )


def _tc(control: Sequence[Animal], treated: Sequence[Animal]) -> tuple[float | None, float | None]:
    """Median relative volume of the treated over that of the control in percent, on the last day all are measured."""
    shared = set.intersection(*(set(one.day) for one in (*control, *treated))) - {
        one.day[0] for one in (*control, *treated)
    }
    if not shared:
        return None, None
    day = max(shared)

    def relative(own: Sequence[Animal]) -> float:
        return median(one.volume_mm3[one.day.index(day)] / one.volume_mm3[0] for one in own)

    below = relative(control)
    return (100 * relative(treated) / below, day) if below > 0 else (None, None)


def _growth(groups: dict[str, list[Animal]], control: str) -> tuple[MixedGrowth | None, tuple[str, ...]]:
    """The mixed model, or why there is none."""
    ordered = [control, *(name for name in groups if name != control)]
    rows = [
        (one.id, name, day, volume)
        for name in ordered
        for one in groups[name]
        for day, volume in zip(one.day, one.volume_mm3, strict=True)
    ]
    try:
        return mixed_growth(
            [row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows], [row[3] for row in rows]
        ), ()
    except np.linalg.LinAlgError:
        return None, ("no mixed model: the measurements leave its equations without one solution",)
    except ValueError as error:
        return None, (f"no mixed model: {error}",)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelResult:
    """Whether a model took the molecule up selectively, as it was found; None: not determined."""

    model: str
    tumour_type: str
    selective: bool | None
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selectivity:
    """Models with selective uptake of those determined, by tumour type, and the exceptions by name.

    They are never left out.
    """

    selective: int
    determined: int
    not_determined: int
    interval: Interval
    by_type: tuple[tuple[str, int, int], ...]
    exceptions: tuple[ModelResult, ...]
    sentence: str


def selectivity(models: Sequence[ModelResult]) -> Selectivity:
    """Summary of many models in one table."""
    names = [one.model for one in models]
    if len(set(names)) != len(names):
        raise RuleError(f"{next(one for one in names if names.count(one) > 1)} stands twice among the models")
    known = [one for one in models if one.selective is not None]
    if not known:
        raise RuleError("no model was determined")
    exceptions = tuple(one for one in known if not one.selective)
    types = sorted({one.tumour_type for one in known})
    by_type = []
    for kind in types:
        own = [one for one in known if one.tumour_type == kind]
        by_type.append((kind, sum(bool(one.selective) for one in own), len(own)))
    sentence = f"{len(known) - len(exceptions)} of {len(known)} models"
    if exceptions:
        sentence += "; not " + ", ".join(f"{one.model} ({one.tumour_type})" for one in exceptions)
    left = len(models) - len(known)
    return Selectivity(
        selective=len(known) - len(exceptions),
        determined=len(known),
        not_determined=left,
        interval=clopper_pearson(len(known) - len(exceptions), len(known)),
        by_type=tuple(by_type),
        exceptions=exceptions,
        sentence=sentence + (f"; {left} not determined" if left else ""),
    )
