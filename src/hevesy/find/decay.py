"""When: the injection, the time that values are of, and how much of the activity was left then."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import CannotAnswerError
from hevesy.imaging.pet import TAGS, PetHeader

SHORT_LIVED_H = 6.1
"""A label whose half-life is no longer is imaged on the day of its injection: Tc-99m 6.01 h, F-18 1.83 h."""
MOST_HALF_LIVES = 10.0
"""Nothing is imaged later: of what was injected a thousandth is left."""
APART = 0.01
"""Two ways to the same value that differ by more are told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """One step from a stored value to an SUV: what it does, the tag it rests on, the factor to multiply by."""

    what: str
    tag: str
    factor: float | None = None


@dataclass(slots=True)
class Told:
    """What is said on the way."""

    corrections: list[Correction] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    elapsed_h: float | None = None

    def step(self, what: str, tag: str, factor: float | None = None) -> None:
        """A correction."""
        self.corrections.append(Correction(what=what, tag=tag, factor=factor))

    def warn(self, sentence: str) -> None:
        """Something odd."""
        self.warnings.append(sentence)


def reference_time(header: PetHeader, half_life_s: float, told: Told) -> datetime:
    """The time that decay was corrected to, where it was corrected to the start."""
    acquired = [frame.acquired_at for frame in header.frames if frame.acquired_at is not None]
    first = min(acquired, default=None)
    if header.vendor_reference is not None:
        at, tag = header.vendor_reference
        if first is None or at <= first + timedelta(minutes=1):
            told.step("values are of the vendor's own reference time", tag)
            if header.series_at is not None:
                _compare(at, header.series_at, half_life_s, f"{tag} and {TAGS['series']}", told)
            if first is not None and not header.dynamic:
                _compare(at, first, half_life_s, f"{tag} and {TAGS['acquired']}", told)
            return at
        told.warn(f"the vendor's reference time {tag} lies after the acquisition and was not used")
    if header.series_at is not None and (first is None or header.series_at <= first):
        told.step("values are of the start of the series", TAGS["series"])
        if first is None:
            told.warn(f"no time of acquisition {TAGS['acquired']} bears out the time of the series")
        elif (implied := _back(header, half_life_s)) is not None:
            _compare(header.series_at, implied, half_life_s, f"{TAGS['series']} and {TAGS['reference']}", told)
        elif not header.dynamic:
            _compare(header.series_at, first, half_life_s, f"{TAGS['series']} and {TAGS['acquired']}", told)
        return header.series_at
    implied = _back(header, half_life_s)
    if implied is None:
        raise CannotAnswerError(
            f"the time of the series {TAGS['series']} is later than the acquisition or missing, and the frame's "
            f"reference time {TAGS['reference']}, its length {TAGS['duration']} or the acquisition {TAGS['acquired']} "
            "that would tell the start is missing"
        )
    told.step("values are of the start that the frames' reference time points back to", TAGS["reference"])
    is_what = "missing" if header.series_at is None else "later than the acquisition's"
    told.warn(f"the time of the series {TAGS['series']} is {is_what}; the start was worked out from the frames")
    return implied


def _back(header: PetHeader, half_life_s: float) -> datetime | None:
    """The reference that slices point back to: their start, less how long after it their counts are centred.

    Refused where slices point to times that differ by more than a hundredth of the activity.
    """
    ge = header.manufacturer.upper().startswith("GE")
    found = []
    for frame in header.frames:
        if frame.acquired_at is None or frame.reference_s is None or frame.reference_s < 0:
            return None
        if ge:
            centred_s = 0.0
        elif frame.duration_s is None or frame.duration_s <= 0:
            return None
        else:
            centred_s = mean_time_s(frame.duration_s, half_life_s)
        # What decay is corrected to never begins after a frame: a reference of 0 is of the frame's start, not its mean.
        found.append(frame.acquired_at + timedelta(seconds=min(centred_s - frame.reference_s, 0.0)))
    if not found:
        return None
    spread_s = (max(found) - min(found)).total_seconds()
    if spread_s / half_life_s > math.log2(1 + APART):
        raise CannotAnswerError(
            f"the slices' reference times {TAGS['reference']} point back to starts {spread_s:,.0f} s apart"
        )
    return min(found)


def mean_time_s(duration_s: float, half_life_s: float) -> float:
    """When during a frame the activity equals its mean over the frame, in s after the start.

    >>> round(mean_time_s(1200, 360806.4), 3)
    599.885
    """
    decay = math.log(2) / half_life_s
    return math.log(decay * duration_s / -math.expm1(-decay * duration_s)) / decay


def _compare(used: datetime, other: datetime, half_life_s: float, tags: str, told: Told) -> None:
    apart_s = (other - used).total_seconds()
    change = 2 ** min(apart_s / half_life_s, 100.0) - 1
    if abs(change) > APART:
        told.warn(f"{tags} tell times {apart_s / 60:,.1f} min apart: SUV would differ by {100 * change:+.1f} %")


def elapsed_s_of(header: PetHeader, at: datetime, half_life_s: float, told: Told) -> float:
    """Seconds from the injection to a time."""
    start = injected_at(header, at, half_life_s, told)
    elapsed_s = believable(at, start, half_life_s, dynamic=header.dynamic)
    if elapsed_s < 0:
        told.warn(
            f"the injection {header.start.tag} lies {-elapsed_s / 60:.3g} min after the start of a dynamic series"
        )
    return elapsed_s


def injected_at(header: PetHeader, scan: datetime, half_life_s: float, told: Told) -> datetime:
    """The day and clock of the injection; without a day, that of the scan for a short-lived label only."""
    start = header.start
    if start.clock is None:
        raise CannotAnswerError(
            f"the time of injection is missing: neither {TAGS['start']} nor {TAGS['start_clock']} tells it"
        )
    if start.disagreeing is not None:
        told.warn(
            f"{TAGS['start']} and {TAGS['start_clock']} tell two times of injection; that of {TAGS['start']} was taken"
        )
    if start.day is not None:
        return datetime.combine(start.day, start.clock)
    if half_life_s > SHORT_LIVED_H * 3600:
        raise CannotAnswerError(
            f"the injection has a time {TAGS['start_clock']} and no date: {TAGS['start']} is missing, and with a "
            f"half-life of {half_life_s / 3600:.4g} h (more than {SHORT_LIVED_H} h) the day may be any"
        )
    guessed = datetime.combine(scan.date(), start.clock)
    before = guessed > scan
    told.warn(
        f"the injection has no date ({TAGS['start']} is missing); a label of {half_life_s / 3600:.3g} h was taken as "
        f"given {'the day before the scan' if before else 'on the day of the scan'}"
    )
    return guessed - timedelta(days=1) if before else guessed


def believable(scan: datetime, start: datetime, half_life_s: float, *, dynamic: bool = False) -> float:
    """Seconds from injection to scan, refused where there can be no such."""
    elapsed_s = (scan - start).total_seconds()
    if elapsed_s > MOST_HALF_LIVES * half_life_s or elapsed_s < -MOST_HALF_LIVES * half_life_s:
        raise CannotAnswerError(
            f"injection {TAGS['start']} and scan lie {elapsed_s / half_life_s:,.1f} half-lives apart "
            f"({elapsed_s / 3600:,.1f} h): a date is wrong"
        )
    if elapsed_s < 0 and not (dynamic and elapsed_s > -3600):
        raise CannotAnswerError(
            f"the injection {TAGS['start']} lies {-elapsed_s / 60:,.0f} min after the time the image is of: a time, a "
            "date or a time zone is wrong"
        )
    return elapsed_s


def uncorrected(header: PetHeader, half_life_s: float, told: Told) -> NDArray[np.float64]:
    """The share left at the mean time of each slice, where the image is not corrected for decay."""
    elapsed: list[float] = []
    for number, frame in enumerate(header.frames, start=1):
        if frame.acquired_at is None or frame.duration_s is None or frame.duration_s <= 0:
            raise CannotAnswerError(
                f"slice {number} does not tell its start {TAGS['acquired']} or its length {TAGS['duration']}, which "
                "an image that is not corrected for decay needs"
            )
        at = frame.acquired_at + timedelta(seconds=mean_time_s(frame.duration_s, half_life_s))
        elapsed.append(elapsed_s_of(header, at, half_life_s, Told() if elapsed else told))
    if not elapsed:
        raise CannotAnswerError("the series has no slices")
    told.elapsed_h = elapsed[0] / 3600
    left = 2.0 ** (-np.array(elapsed) / half_life_s)
    told.step(
        f"decay from the injection to each slice's own time ({elapsed[0] / 3600:.4g} h for the first)",
        f"{TAGS['decay']} {header.start.tag} {TAGS['acquired']} {TAGS['duration']}",
        1 / float(left[0]),
    )
    return np.asarray(left, dtype=np.float64)


def measured_after_h(header: PetHeader, half_life_s: float, told: Told) -> NDArray[np.float64]:
    """Hours from the injection to the middle of each slice's measurement, shape (slices,).

    Whatever time decay was corrected to, this is when the body was as the image shows it. Refused where the header does
    not tell the injection, or a slice when it was measured.
    """
    hours: list[float] = []
    for number, frame in enumerate(header.frames, start=1):
        if frame.acquired_at is None:
            raise CannotAnswerError(f"slice {number} does not tell when it was measured {TAGS['acquired']}")
        middle = frame.acquired_at + timedelta(seconds=(frame.duration_s or 0.0) / 2)
        hours.append(elapsed_s_of(header, middle, half_life_s, Told() if hours else told) / 3600)
    if not hours:
        raise CannotAnswerError("the series has no slices")
    return np.array(hours)
