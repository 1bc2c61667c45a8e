"""Dose over the volume of a subject's regions, as it was delivered: histograms, what is read off them, sums in BED."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from hevesy.blocks.number import Cell, Number
from hevesy.blocks.prose import listed, said
from hevesy.blocks.section import Block
from hevesy.blocks.table import of_numbers, table
from hevesy.names import slug, token, told_apart
from hevesy.readout.figures.dose_volumes import histograms_figure
from hevesy.readout.sections.numbers import number
from hevesy.readout.wording import percent, three_figures

if TYPE_CHECKING:
    from hevesy.conduct.dose_volumes import RegionVolumeDose, SubjectVolumes, SummedVolume

SHARES = (95, 50, 2)
NOT_HELD = ""


def over_volume(one: SubjectVolumes) -> Iterator[Block]:
    """The blocks of a subject: histograms by radionuclide and of external beam, their table, sums, what to know."""
    key = f"dosimetry-{token(one.id)}-dvh"
    for by in dict.fromkeys(curve.by for curve in one.curves):
        of = [curve for curve in one.curves if curve.by == by]
        figure = histograms_figure(f"{key}-{slug(by)}", one.id, by, of)
        if figure is not None:
            yield figure
    if one.curves:
        yield _table(key, one)
    if one.sums:
        yield _sums(key, one)
    told = [f"{curve.region}: {note}" for curve in one.curves for note in curve.notes] + list(one.notes)
    if told:
        yield said("What to know of the dose over volume:", tone="caution")
        yield listed(*dict.fromkeys(told))
    how = [because for summed in one.sums for because in summed.because]
    if how:
        yield listed(*dict.fromkeys(how))


def _table(key: str, one: SubjectVolumes) -> Block:
    limits = any(curve.at_limits for curve in one.curves)
    sources = dict.fromkeys(curve.points[0].program for curve in one.curves)
    rows = []
    for place, curve in enumerate(one.curves, start=1):
        volume = "not told" if curve.curve.volume_mL is None else f"{curve.curve.volume_mL:.4g}"
        cells: list[Cell] = [curve.region, _by(curve), volume]
        cells.append(_read(key, one, curve, place, "mean", curve.curve.mean_Gy, "mean over the volume"))
        for share in SHARES:
            means = f"the largest dose that {share} % of the volume receive"
            cells.append(_read(key, one, curve, place, f"D{share}", curve.curve.at_least_Gy(share), means))
        if limits:
            cells.append(_at_limit(key, one, curve, place))
        cells.append(_beside(curve))
        rows.append(tuple(cells))
    return table(
        key,
        f"{one.id}: dose over volume",
        (
            "Region",
            "By",
            of_numbers("Volume", "mL"),
            of_numbers("Mean", "Gy"),
            *(of_numbers(f"D{share}", "Gy") for share in SHARES),
            *((of_numbers("Of the volume at the limit"),) if limits else ()),
            of_numbers("Mean by curves of activity", "Gy"),
        ),
        rows,
        "D95: the largest dose that 95 % of the volume receive or exceed; curves are straight between their points.",
        f"As delivered, worked out by {'; '.join(sources)}.",
    )


def _id(one: SubjectVolumes, region: str) -> str:
    """What a region is called in ids: two names may give one slug."""
    return told_apart({curve.region: slug(curve.region) for curve in one.curves})[region]


def _by(curve: RegionVolumeDose) -> str:
    if not curve.external:
        return curve.by
    return curve.by if curve.fractions is None else f"{curve.by}, {curve.fractions} fractions"


def _read(
    key: str, one: SubjectVolumes, curve: RegionVolumeDose, place: int, name: str, value_Gy: float, means: str
) -> Number:
    return number(
        f"{key}-{_id(one, curve.region)}-{slug(curve.by)}-{name.lower()}{_again(one, place)}",
        value_Gy,
        three_figures(value_Gy),
        label=f"{name} of {curve.region} by {curve.by}",
        definition=f"{means}, of the dose-volume curve as delivered ({curve.points[0].program})",
        population=one.id,
        rows=curve.rows,
        of=one.id,
    )


def _again(one: SubjectVolumes, place: int) -> str:
    """What tells curves of one region and one source of dose apart: two programs."""
    own = one.curves[place - 1]
    same = [curve for curve in one.curves[: place - 1] if (curve.region, curve.by) == (own.region, own.by)]
    return f"-{len(same) + 1}" if same else ""


def _at_limit(key: str, one: SubjectVolumes, curve: RegionVolumeDose, place: int) -> Cell:
    if not curve.at_limits or curve.external:
        return NOT_HELD
    held = curve.at_limits[0]
    return number(
        f"{key}-{_id(one, curve.region)}-{slug(curve.by)}-at-limit{_again(one, place)}",
        held.percent / 100,
        f"{percent(held.percent / 100)} at {held.limit.amount_Gy:g} Gy",
        label=f"Share of {curve.region} that receives its limit or more",
        definition=f"limit {held.limit.amount_Gy:g} Gy: {held.limit.source}",
        population=one.id,
        rows=curve.rows,
        of=one.id,
    )


def _beside(curve: RegionVolumeDose) -> str:
    beside_Gy = curve.mean_beside_Gy
    if beside_Gy is None:
        return NOT_HELD
    apart = curve.curve.mean_Gy / beside_Gy - 1
    return f"{three_figures(beside_Gy)} ({curve.against}; the curve's is {100 * apart:+.0f} %)"


def _sums(key: str, one: SubjectVolumes) -> Block:
    return table(
        f"{key}-sums",
        f"{one.id}: radionuclide and external beam together over the volume",
        (
            "Region",
            "Of",
            of_numbers("Mean BED", "Gy"),
            of_numbers("Mean EQD2", "Gy"),
            of_numbers("D95, EQD2", "Gy"),
            of_numbers("D2, EQD2", "Gy"),
            of_numbers("Left under the limit, BED", "Gy"),
        ),
        [_sum(key, one, summed, place) for place, summed in enumerate(one.sums)],
        "D95 and D2 of the sum: from the least to the most that any correspondence of places gives.",
    )


def _sum(key: str, one: SubjectVolumes, summed: SummedVolume, place: int) -> Sequence[Cell]:
    name = f"{key}-{_id(one, summed.region)}-sum{f'-{place + 1}' if place else ''}"

    def value(what: str, of: float, text: str, label: str, definition: str) -> Number:
        return number(
            f"{name}-{what}", of, text, label=f"{label} of {summed.region}", definition=definition,
            population=one.id, because=summed.because, rows=summed.rows, of=one.id,
        )  # fmt: skip

    cells: list[Cell] = [summed.region, f"{_by(summed.own)} and {_by(summed.external)}"]
    bed, eqd2 = summed.both.mean_bed_Gy, summed.mean_eqd2_Gy
    over = "over the volume, of both together"
    cells.append(value("bed", bed, three_figures(bed), "Mean BED", f"mean of the biologically effective dose {over}"))
    cells.append(value("eqd2", eqd2, three_figures(eqd2), "Mean EQD2", f"mean in fractions of 2 Gy {over}"))
    for share in (95, 2):
        least, most = summed.eqd2_within_Gy(share)
        text = f"{three_figures(least)} to {three_figures(most)}"
        means = f"bounds of what {share} % of the volume receive in fractions of 2 Gy; the value is the most"
        cells.append(value(f"d{share}", most, text, f"D{share}", means))
    if summed.left is None or summed.limit is None:
        return (*cells, "no limit of BED or EQD2")
    means = f"limit {summed.limit.amount_Gy:g} Gy {summed.limit.of} ({summed.limit.source}) less the mean BED {over}"
    return (*cells, value("left", summed.left.bed_Gy, _left(summed), "What is left", means))


def _left(summed: SummedVolume) -> str:
    left = summed.left
    assert left is not None
    if left.bed_Gy < 0:
        return f"exceeded by {three_figures(-left.bed_Gy)}"
    return f"{three_figures(left.bed_Gy)}: {left.fractions} x {left.fraction_Gy:g} Gy"
