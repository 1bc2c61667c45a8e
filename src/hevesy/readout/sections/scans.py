"""When was imaged: each scan's actual time after the injection against the planned one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hevesy.blocks.number import Number, Part
from hevesy.blocks.prose import listed, said, shortened
from hevesy.blocks.section import Block, Section
from hevesy.blocks.table import Table, of_numbers, table
from hevesy.conduct.groups import spread_of
from hevesy.names import slug, token
from hevesy.readout.sections.numbers import number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hevesy.conduct.imaged import Imaged, TimePointSeen
    from hevesy.find.scans import TimedScan


def scans(found: Imaged) -> Section:
    """Scans by planned time, those outside the tolerance and those missing by name, and every scan."""
    blocks: list[Block] = []
    if found.time_points:
        blocks.append(_by_time(found))
        outside = [one for point in found.time_points for one in point.outside]
        if outside:
            blocks.append(said("Outside the tolerance of their time, named and used:", tone="caution"))
            blocks.append(listed(*shortened(outside, told=lambda one: f"{one[0]}: {one[1].because}")))
        missing = [f"{who}: no scan at {point.planned_h:g} h" for point in found.time_points for who in point.missing]
        if missing:
            blocks += [
                said("Scans that were due by the cut and are not recorded:", tone="caution"),
                listed(*shortened(missing)),
            ]
    if found.of_no_time:
        blocks.append(said("Scans of no planned time:", tone="caution"))
        told = shortened(
            found.of_no_time, told=lambda one: f"{one[0]}, {one[1].scan.on}: {one[1].because or 'nothing is planned'}"
        )
        blocks.append(listed(*told))
    blocks.append(said(*_of_comparator(found)))
    blocks.append(_every(found))
    return Section(id="scans", title="Scans", blocks=tuple(blocks))


def _by_time(found: Imaged) -> Table:
    injected = [one for one in found.subjects if one.injections]
    return table(
        "scans",
        f"{found.plan.modality} scans by planned time after the injection",
        (
            of_numbers("Planned", "h"),
            of_numbers("Tolerance", "h"),
            *map(of_numbers, ("Subjects scanned", "Due and missing")),
            "Actual time, h: mean (least to most)",
            of_numbers("Outside the tolerance"),
        ),
        (_time_point(found, one, len(injected)) for one in found.time_points),
        population=f"injected (n={len(injected)})",
    )


def _time_point(found: Imaged, one: TimePointSeen, n: int) -> tuple[Part, ...]:
    id, known = (
        f"{one.planned_h:g}".replace(".", "-"),
        [scan.actual_h for _, scan in one.scans if scan.actual_h is not None],
    )
    spread = spread_of(known)

    def told(
        key: str, value: float, text: str | None, definition: str, these: Sequence[tuple[str, TimedScan]]
    ) -> Number:
        return number(
            f"scans-{key}-{id}-h",
            value,
            text,
            label=f"{found.plan.modality} at {one.planned_h:g} h: {key.replace('-', ' ')}",
            definition=definition,
            population=f"injected (n={n})",
            because=shortened(these, told=lambda each: f"{each[0]}: {each[1].because or each[1].scan.on}")
            or ("nobody",),
            rows=(row for _, scan in these for row in scan.rows),
        )

    missing = number(
        f"scans-missing-{id}-h",
        len(one.missing),
        label=f"{found.plan.modality} at {one.planned_h:g} h: due and missing",
        definition="injected subjects whose scan was due by the cut and is not recorded",
        population=f"injected (n={n})",
        because=shortened(one.missing) or ("nobody",),
        rows=(given.row for each in found.subjects if each.id in one.missing for given in each.injections),
    )
    actual: Part = "not known"
    if spread is not None:
        text = f"{spread.mean:.2f} ({spread.least:.2f} to {spread.most:.2f})"
        actual = told(
            "actual",
            spread.mean,
            text,
            "start of the scan less start of the injection: mean, least and most",
            one.scans,
        )
    scanned = len({who for who, _ in one.scans})
    return (
        f"{one.planned_h:g}",
        f"{one.tolerance_h:g}",
        told("scanned", scanned, None, "subjects with a scan planned for this time", one.scans),
        missing,
        actual,
        told("outside", len(one.outside), None, "scans whose actual time lies outside the tolerance", one.outside),
    )


def _of_comparator(found: Imaged) -> list[Part]:
    comparator = found.plan.comparator
    if comparator is None:
        return ["The protocol compares with no other modality."]
    own = [(one.id, scan) for one in found.subjects for scan in one.scans if scan.scan.modality == comparator]
    count = number(
        f"scans-{slug(comparator)}",
        len({who for who, _ in own}),
        label=f"Subjects scanned by {comparator}",
        definition=f"subjects with a scan by {comparator} on record",
        population=f"enrolled (n={len(found.subjects)})",
        because=shortened(own, told=lambda each: f"{each[0]}: {each[1].scan.on}") or ("nobody",),
        rows=(scan.scan.row for _, scan in own),
    )
    return [f"Subjects scanned by {comparator}: ", count, f" of {len(found.subjects)} enrolled."]


def _every(found: Imaged) -> Table:
    """Every scan of the index modality with what was measured on it."""
    own = [(one.id, scan) for one in found.subjects for scan in one.scans if scan.scan.modality == found.plan.modality]
    return table(
        "scans-by-subject",
        f"Every {found.plan.modality} scan",
        (
            "Subject",
            "Lesion",
            of_numbers("Planned", "h"),
            of_numbers("Actual", "h"),
            *map(of_numbers, ("SUVmax lesion", "SUVmean background", "Ratio as delivered", "Image quality")),
        ),
        (_scan(who, scan) for who, scan in own),
        looked_up=True,
    )


def _scan(who: str, one: TimedScan) -> tuple[Part, ...]:
    scan = one.scan
    actual: Part = f"not known: {one.because}" if one.because else "not known"
    if one.actual_h is not None:
        actual = number(
            f"scan-time-{token(who)}-{scan.row}",
            one.actual_h,
            f"{one.actual_h:.2f}",
            label=f"Actual time after the injection, {who}",
            definition="start of the scan less start of the last injection before it",
            population=f"subject {who}",
            because=(one.because,) if one.because else (),
            rows=one.rows,
            of=who,
        )
    return (
        who,
        scan.lesion or "",
        f"{one.planned_h:g}" if one.planned_h is not None else "none",
        actual,
        *(
            f"{value:g}" if value is not None else ""
            for value in (scan.suv_max_lesion, scan.suv_mean_background, scan.lesion_to_background, scan.image_quality)
        ),
    )
