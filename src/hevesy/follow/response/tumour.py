"""Response of measured tumours at visits.

RECIST 1.1 by sums of diameters, RANO 2010 and 2.0 by sums of products, with the reason.

What was not assessed is not taken as absent: a visit whose answer hangs on it is not evaluable, unless what was seen is
progression.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, Protocol

from hevesy.errors import RuleError
from hevesy.study.dates import When, latest
from hevesy.study.facts.response import Course, NonTarget

_EXACT = 1e-9
MOST_TARGETS, NODE_mm = 5, 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TumourVisit:
    """Findings at one visit; None: not assessed. `target` is the sum over target lesions: mm (RECIST) or mm2 (RANO)."""

    row: int
    on: date
    target: float | None = None
    seen: float | None = None
    """Where not every target was measured: the sum over those that were, which the whole cannot fall short of."""
    targets_gone: bool | None = None
    """Every target has disappeared, nodes below 10 mm; where None, a sum of 0 says so."""
    non_target: NonTarget | None = None
    """None: there are none."""
    new_lesion: bool | None = None
    flair: Course | None = None
    """Non-enhancing T2/FLAIR lesions against baseline (RANO 2010)."""
    steroids: Course | None = None
    """Dose against baseline: worse is more."""
    off_steroids: bool | None = None
    clinical: Course | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TumourResponse:
    """The overall response of a visit: change of the sum from baseline and from the smallest one before, in percent."""

    on: date
    row: int
    response: str
    because: str
    change_percent: float | None
    from_nadir_percent: float | None


def recist(visits: Sequence[TumourVisit]) -> tuple[TumourResponse, ...]:
    """Overall response of each visit after the first, which is the baseline.

    Source: Eisenhauer et al., RECIST 1.1, Eur J Cancer 2009;45:228, sections 4.3 and table 1.
    """
    baseline = _baseline(visits)
    sums = [baseline.target or 0.0]
    responses = []
    gone_before = False
    for visit in visits[1:]:
        if not baseline.target and visit.target:
            raise RuleError(f"a sum of targets of {visit.target:g} mm has no baseline (row {visit.row})")
        if visit.targets_gone and visit.target is not None and visit.target >= MOST_TARGETS * NODE_mm:
            raise RuleError(
                f"targets gone with a sum of {visit.target:g} mm: {MOST_TARGETS} nodes below {NODE_mm:g} mm have less "
                f"(row {visit.row})"
            )
        target, because = _recist_target(visit, sums)
        if gone_before and (target in ("PR", "SD") or (target == "NE" and visit.targets_gone is False)):
            target, because = "PD", [*because, "targets had been gone and are there again"]
        gone_before = gone_before or target == "CR"
        if not baseline.target:
            target, because = None, []
        other = visit.non_target
        if target == "PD" or other == "PD" or visit.new_lesion:
            response = "PD"
            because += ["non-target lesions progressed"] if other == "PD" else []
            because += ["a new lesion"] if visit.new_lesion else []
        elif target is None and other is None:
            response = "NE"
            because.append("no lesion to follow")
        elif visit.new_lesion is None:
            response = "NE"
            because.append("whether there is a new lesion was not assessed")
        elif target is None:
            response = str(other)
        elif target == "NE":
            response = "NE"
        elif target == "CR":
            response = "CR" if other in (None, "CR") else "PR"
            because += [] if response == "CR" else [f"non-target lesions {other}"]
        else:
            response = target
        responses.append(_visit(visit, response, because, sums))
    return tuple(responses)


def _recist_target(visit: TumourVisit, sums: list[float]) -> tuple[str | None, list[str]]:
    start, nadir = sums[0], min(sums)
    total = visit.seen if visit.target is None else visit.target
    if total is not None and total - nadir >= 5 - _EXACT and total - nadir >= 0.2 * nadir * (1 - _EXACT):
        what = (
            "sum of diameters"
            if visit.target is not None
            else "not all targets measured; sum of diameters of the others"
        )
        return "PD", [f"{what} {total:g} mm, {total - nadir:+g} mm from the smallest, {nadir:g} mm"]
    if visit.target is None:
        return "NE", ["target lesions not all measured"]
    change = f"sum of diameters {visit.target:g} mm, baseline {start:g} mm"
    gone = visit.target == 0 if visit.targets_gone is None else visit.targets_gone
    if gone:
        return "CR", ["every target lesion gone"]
    return ("PR" if visit.target <= 0.7 * start * (1 + _EXACT) else "SD"), [change]


def rano(
    visits: Sequence[TumourVisit], version: Literal["2010", "2.0"] = "2.0", enhancing: bool = True
) -> tuple[TumourResponse, ...]:
    """Overall response of glioma at each visit after the first, sums of products in mm2.

    Of RANO 2.0 the first is the MRI after radiotherapy.

    2.0 leaves out T2/FLAIR where the tumour enhances, and has minor response (25 to 50 %) where it does not. Complete
    and partial response, and progression in the first 12 weeks after radiotherapy, await a second look four weeks later
    or more: the caller's.

    Sources: Wen et al., J Clin Oncol 2010;28:1963; Wen et al., RANO 2.0, J Clin Oncol 2023;41:5187.
    """
    if version not in ("2010", "2.0"):
        raise RuleError(f"RANO is of 2010 or 2.0, got {version!r}")
    baseline = _baseline(visits)
    sums = [baseline.target or 0.0]
    responses = []
    for visit in visits[1:]:
        if progressed := _rano_progression(visit, baseline, sums, version):
            response, because = "PD", progressed
        elif missing := _not_assessed(visit, baseline, version):
            response, because = "NE", [f"not assessed: {', '.join(missing)}"]
        else:
            response, because = _rano_size(visit, sums[0], minor=version == "2.0" and not enhancing)
        responses.append(_visit(visit, response, because, sums))
    return tuple(responses)


def _rano_progression(visit: TumourVisit, baseline: TumourVisit, sums: Sequence[float], version: str) -> list[str]:
    """What was seen of progression, each enough by itself; empty: none."""
    nadir = min(sums)
    total = visit.seen if visit.target is None else visit.target
    signs = []
    if total is not None and baseline.target is not None:
        grown = total >= 1.25 * nadir * (1 - _EXACT) if nadir > 0 else total > 0
        measured = " of those measured" if visit.target is None else ""
        signs.append((grown, f"sum of products {total} mm2{measured} after {nadir:g} mm2"))
    flair = version == "2010" and visit.flair == "worse" and visit.steroids != "worse"
    signs += [
        (bool(visit.new_lesion), "a new lesion"),
        (visit.non_target == "PD", "non-target lesions progressed"),
        (visit.clinical == "worse", "clinical deterioration"),
        (flair, "T2/FLAIR increased"),
    ]
    return [words for seen, words in signs if seen]


def _not_assessed(visit: TumourVisit, baseline: TumourVisit, version: str) -> list[str]:
    """What the response without progression hangs on and was not assessed."""
    needed: list[tuple[str, object]] = [
        ("target lesions", visit.target),
        ("target lesions at baseline", baseline.target if visit.target is not None else 0.0),
        ("new lesions", visit.new_lesion),
        ("clinical status", visit.clinical),
        ("steroids", visit.steroids),
    ]
    if version == "2010":
        needed.append(("T2/FLAIR", visit.flair))
    return [name for name, value in needed if value is None]


def _rano_size(visit: TumourVisit, start: float, minor: bool) -> tuple[str, list[str]]:
    """The response by the sum of products against baseline; more steroids than there make it stable disease."""
    assert visit.target is not None
    sums = [f"sum of products {visit.target:g} mm2, baseline {start:g} mm2"]
    if visit.steroids == "worse":
        return "SD", [*sums, "more steroids than at baseline"]
    share = visit.target / start if start else 1.0
    if visit.target == 0 and start > 0 and visit.non_target in (None, "CR") and visit.off_steroids:
        return "CR", sums
    if share <= 0.5 + _EXACT:
        return "PR", [*sums, *(["still on steroids"] if visit.target == 0 and not visit.off_steroids else [])]
    return ("MR" if minor and share <= 0.75 + _EXACT else "SD"), sums


EARLY_D = 84
"""Twelve weeks: what grows so soon after radiotherapy may be its effect."""


def too_early_to_tell(
    on: date, baseline_on: date, radiotherapy_end: When | None, outside_field: bool | None
) -> str | None:
    """Why progression seen at a visit cannot be told from an effect of radiotherapy, or None.

    Within twelve weeks of the end of radiotherapy only what lies outside its field is progression. Where the day is not
    known, radiotherapy had ended by the baseline, which is the MRI after it.

    Source: Wen et al., J Clin Oncol 2010;28:1963 and 2023;41:5187.
    """
    if outside_field:
        return None
    since = baseline_on if radiotherapy_end is None else latest(radiotherapy_end)
    if (on - since).days > EARLY_D:
        return None
    known = (
        "the day radiotherapy ended is not known"
        if radiotherapy_end is None
        else f"radiotherapy ended {radiotherapy_end}"
    )
    where = (
        "the change lies in its field"
        if outside_field is False
        else "whether the change lies outside its field was not told"
    )
    return f"within twelve weeks of radiotherapy ({known}; {where}): undetermined"


class Dated(Protocol):
    """A visit with its day and row."""

    @property
    def on(self) -> date:
        """Its day."""

    @property
    def row(self) -> int:
        """Its row."""


def in_order(visits: Sequence[Dated]) -> None:
    """Refuse visits that do not follow one another by day."""
    for earlier, later in itertools.pairwise(visits):
        if later.on <= earlier.on:
            raise RuleError(f"visits follow one another by day, got {later.on} after {earlier.on} (row {later.row})")


def _baseline(visits: Sequence[TumourVisit]) -> TumourVisit:
    if not visits:
        raise RuleError("there is no baseline visit")
    in_order(visits)
    for visit in visits:
        if visit.target is not None and not 0 <= visit.target < float("inf"):
            raise RuleError(f"a sum over lesions is 0 or more, got {visit.target} (row {visit.row})")
    return visits[0]


def _visit(visit: TumourVisit, response: str, because: list[str], sums: list[float]) -> TumourResponse:
    start, nadir = sums[0], min(sums)
    value = visit.target
    if value is not None:
        sums.append(value)
    return TumourResponse(
        on=visit.on,
        row=visit.row,
        response=response,
        because="; ".join(because) or "non-target lesions only",
        change_percent=None if value is None or not start else 100 * (value - start) / start,
        from_nadir_percent=None if value is None or not nadir else 100 * (value - nadir) / nadir,
    )
