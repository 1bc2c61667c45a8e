"""Individual times behind a published Kaplan-Meier curve."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hevesy.errors import RuleError

Floats = NDArray[np.float64]
MOST_ROUNDS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconstructed:
    """Times and whether the event was seen, one entry per subject.

    Largest distance of their curve from the digitised points.
    """

    time: Floats
    observed: NDArray[np.bool_]
    largest_difference: float
    because: tuple[str, ...]


def reconstruct(
    time: ArrayLike, survival: ArrayLike, risk_time: ArrayLike, at_risk: ArrayLike, events: int | None = None
) -> Reconstructed:
    """Times that give a digitised curve and the printed numbers at risk; `events`: the total, where it is printed.

    `time` and `survival` are points read from the curve (survival falls from 1); `risk_time` begins with 0. Censoring
    is taken as even within each interval between numbers at risk.

    Source: P. Guyot et al., BMC Med Res Methodol 2012;12:9.
    """
    t, s = np.asarray(time, dtype=np.float64), np.asarray(survival, dtype=np.float64)
    edges, numbers = np.asarray(risk_time, dtype=np.float64), np.asarray(at_risk, dtype=np.int64)
    _check(t, s, edges, numbers)
    if events is not None and events > numbers[0]:
        raise RuleError(f"{events} events among {numbers[0]} subjects")
    if t[0] > 0:
        t, s = np.concatenate(([0.0], t)), np.concatenate(([1.0], s))
    deaths = np.zeros(len(t), np.int64)
    told = (
        [f"the curve ends at {t[-1]:g}; of what came after only numbers at risk are known"] if edges[-1] > t[-1] else []
    )
    between: list[float] = []
    n, curve = int(numbers[0]), 1.0
    for place in range(len(edges)):
        last = place + 1 == len(edges)
        inside = np.flatnonzero((t >= edges[place]) & ((t < edges[place + 1]) if not last else True))
        if not len(inside):
            # no step: whoever is no longer at risk was lost, evenly
            gone = 0 if last else max(n - int(numbers[place + 1]), 0)
            between += [edges[place] + (edges[place + 1] - edges[place]) * (one + 0.5) / gone for one in range(gone)]
            n -= gone
            continue
        wanted = None if last else int(numbers[place + 1])
        left = max(int(events) - int(deaths.sum()), 0) if events is not None and last else None
        ends = edges[place], None if last else edges[place + 1]
        lost = _first_guess(n, s, inside, wanted)
        deaths[inside], gone_at, curve, at_end = _as_printed(t, s, inside, n, curve, ends, lost, wanted, left)
        n = at_end
        between += gone_at
        if wanted is not None and at_end != wanted:
            told.append(f"{at_end} at risk at {edges[place + 1]:g}, printed {wanted}")
            n = at_end
    times = np.concatenate([np.repeat(t, deaths), np.array(between), np.full(n, max(t[-1], edges[-1]))])
    seen = np.concatenate([np.ones(int(deaths.sum()), bool), np.zeros(len(between) + n, bool)])
    order = np.lexsort((~seen, times))
    times, seen = times[order], seen[order]
    from hevesy.stats.survival import kaplan_meier

    ours = kaplan_meier(times, seen)
    at = np.searchsorted(ours.time, t, side="right") - 1
    difference = float(np.abs(np.where(at >= 0, ours.survival[np.maximum(at, 0)], 1.0) - s).max())
    if events is not None and int(seen.sum()) != events:
        told.append(f"{int(seen.sum())} events, printed {events}")
    return Reconstructed(time=times, observed=seen, largest_difference=difference, because=tuple(told))


def _as_printed(
    t: Floats,
    s: Floats,
    inside: NDArray[np.int64],
    n: int,
    curve: float,
    between: tuple[float, float | None],
    lost: int,
    wanted: int | None,
    deaths: int | None,
) -> tuple[NDArray[np.int64], list[float], float, int]:
    """An interval in which so many are lost that its end has the number at risk (or the deaths) that is printed.

    As `_interval`; the nearest to it, where no number lost gives it.
    """
    tried: set[int] = set()
    for _ in range(MOST_ROUNDS):
        interval = _interval(t, s, inside, n, curve, lost, *between)
        if wanted is not None:
            change = interval[3] - wanted
        elif deaths is not None:
            change = int(interval[0].sum()) - deaths
        else:
            break
        if change == 0 or lost in tried:
            break
        tried.add(lost)
        lost = max(0, lost + change)
    return interval


def _first_guess(n: int, s: Floats, inside: NDArray[np.int64], wanted: int | None) -> int:
    if wanted is None:
        return 0
    after = int(inside[-1]) + 1
    share = s[min(after, len(s) - 1)] / s[inside[0]] if s[inside[0]] > 0 else 0.0
    return max(0, round(n * share - wanted))


def _interval(
    t: Floats, s: Floats, inside: NDArray[np.int64], n: int, curve: float, lost: int, start: float, end: float | None
) -> tuple[NDArray[np.int64], list[float], float, int]:
    """Deaths at each point of an interval and times of those lost evenly in it, the curve after it and who is left."""
    stop = t[inside[-1]] if end is None else end
    at = start + (stop - start) * (np.arange(lost) + 0.5) / max(lost, 1)
    own = np.searchsorted(t[inside], at, side="right") - 1
    died = np.zeros(len(inside), np.int64)
    # whoever is lost before the first step of the interval is taken to leave at it
    at, own = np.maximum(at, t[inside[0]]), np.maximum(own, 0)
    gone: list[float] = []
    for place, point in enumerate(inside):
        if n > 0 and curve > 0:
            died[place] = min(max(round(n * (1 - s[point] / curve)), 0), n)
            curve *= 1 - died[place] / n
        n -= int(died[place])
        lost_here = at[own == place].tolist()[:n]
        gone += lost_here
        n -= len(lost_here)
    return died, gone, curve, n


def _check(t: Floats, s: Floats, edges: Floats, numbers: NDArray[np.int64]) -> None:
    if t.ndim != 1 or t.shape != s.shape or len(t) < 2:
        raise RuleError(
            f"a curve has two points or more, times and survival of one length, got {t.shape} and {s.shape}"
        )
    if not (np.isfinite(t).all() and (np.diff(t) >= 0).all() and t[0] >= 0):
        raise RuleError("times of a curve rise from 0 or later")
    for place in np.flatnonzero(~((s >= 0) & (s <= 1)) | (np.diff(s, prepend=1.0) > 1e-9))[:1]:
        raise RuleError(f"survival falls from 1 to 0, got {s[place]:g} at {t[place]:g}")
    if edges.shape != numbers.shape or not len(edges) or edges[0] != 0 or (np.diff(edges) <= 0).any():
        raise RuleError("numbers at risk stand at rising times from 0")
    if (np.diff(numbers) > 0).any() or numbers[-1] < 0:
        raise RuleError(f"numbers at risk do not rise, got {numbers.tolist()}")
