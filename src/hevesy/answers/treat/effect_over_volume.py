"""What is said of a region's histograms beside its effect: BED over the volume, and what a limit leaves by it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal, get_args

from hevesy.answers.answer import Json, picked
from hevesy.answers.asked import TableFile, Text, Whole
from hevesy.blocks.number import Cell, shown
from hevesy.blocks.prose import said
from hevesy.blocks.section import Block
from hevesy.blocks.sheet import Sheet, nice_ticks
from hevesy.blocks.table import Column, of_numbers, table
from hevesy.errors import CannotAnswerError, QuestionError, RuleError
from hevesy.files.tables import DeliveredTable

if TYPE_CHECKING:
    from hevesy.blocks.figure import Figure
    from hevesy.files.dose_volumes import DeliveredHistogram
    from hevesy.study.dose_volume_curve import DoseVolumeCurve
    from hevesy.study.limits import Limit
    from hevesy.treat.dose_rate import Course
    from hevesy.treat.dose_volume import DoseVolume
    from hevesy.treat.effect import ExternalBeam, Tissue
    from hevesy.treat.effect_volume import EffectOfHistograms, LeftOverVolume

LimitOn = Literal["mean", "D2"]
SHARES = (95, 50, 2)
"""Of the volume, in percent: D95, D50, D2."""
OTHER_MEAN, ANOTHER_DOSE = 0.10, 2.0
"""By which the mean of a histogram may differ from the dose of the parts: more is told; by that factor refused."""
MOST_COUNTED = 150
"""Fractions of a beam, as `treat.effect_volume.MOST_FRACTIONS`."""
UNKNOWN_mL = 1.0
"""Where no volume is told: shares alone count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedVolume:
    """Histograms of the region: of the radionuclide, of an external beam, or both."""

    histogram: Annotated[
        DeliveredTable | None, TableFile("Of the radionuclide: dvh.csv, or dose_Gy and volume_percent (or volume_mL).")
    ] = None
    external_histogram: Annotated[
        DeliveredTable | None, TableFile("Of an external beam, all fractions together; columns alike.")
    ] = None
    external_fractions: Annotated[
        int | None, Whole("Of the beam with the histogram, where no column says it.", least=1, most=150)
    ] = None
    region: Annotated[str | None, Text("Of the histograms, where a file holds several.")] = None
    external_region: Annotated[str | None, Text("Its name in the external histogram, where it is another.")] = None
    limit_on: Annotated[
        LimitOn | None, Text("What of the volume is held against the limit; the mean.", choices=get_args(LimitOn))
    ] = None

    def read(self, course: Course, interval_h: float | None, limit: Limit | None) -> Histograms | None:
        """The histograms as they were given; None: there is none."""
        if self.histogram is None and self.external_histogram is None:
            for name in ("external_fractions", "region", "external_region", "limit_on"):
                if getattr(self, name) is not None:
                    raise QuestionError("is of histograms, and none is given", name)
            return None
        if self.limit_on is not None and limit is None:
            raise QuestionError("says what a limit is held against, and there is none", "limit_on")
        own = self._own(course)
        other = self._external()
        if other is None and (self.external_fractions is not None or self.external_region is not None):
            name = "external_region" if self.external_fractions is None else "external_fractions"
            raise QuestionError("is of an external histogram, and none is given", name)
        if own is not None and other is not None and own.subject != other.subject and own.subject and other.subject:
            raise CannotAnswerError(
                f"the histograms are of two subjects, {own.subject} and {other.subject}: nothing is added up"
            )
        beam = None if other is None else self._beam(other, interval_h)
        return Histograms(own=own, other=other, beam=beam, on=self.limit_on or "mean", told=self.limit_on is not None)

    def _own(self, course: Course) -> DeliveredHistogram | None:
        from hevesy.files.dose_volumes import histogram_in

        if self.histogram is None:
            return None
        own = histogram_in(self.histogram, self.region, "radionuclide")
        mean_Gy = own.curve.mean_Gy
        if not course.dose_Gy / ANOTHER_DOSE <= mean_Gy <= course.dose_Gy * ANOTHER_DOSE:
            raise QuestionError(
                f"the mean of the histogram is {mean_Gy:.4g} Gy, and the parts give {course.dose_Gy:.4g} Gy in all: "
                "both are the dose of this region of all administrations",
                "histogram",
            )
        return own

    def _external(self) -> DeliveredHistogram | None:
        from hevesy.files.dose_volumes import histogram_in

        if self.external_histogram is None:
            return None
        other = histogram_in(self.external_histogram, self.external_region or self.region, "external beam")
        if not other.curve.mean_Gy > 0:
            raise CannotAnswerError(f"{self.external_histogram.name}: an external beam without a dose")
        return other

    def _beam(self, other: DeliveredHistogram, interval_h: float | None) -> ExternalBeam:
        from hevesy.treat.effect import ExternalBeam

        if other.fractions is not None and self.external_fractions not in (None, other.fractions):
            raise QuestionError(
                f"the external histogram is of {other.fractions} fractions by its column", "external_fractions"
            )
        fractions = other.fractions or self.external_fractions
        if fractions is None:
            raise QuestionError("must be given: in how many the external histogram is", "external_fractions")
        return ExternalBeam(dose_Gy=other.curve.mean_Gy, fractions=fractions, interval_h=interval_h)


@dataclass(frozen=True, slots=True, kw_only=True)
class Histograms:
    """What was given: of the radionuclide (None: even), of the beam (None: there is none with a histogram)."""

    own: DeliveredHistogram | None
    other: DeliveredHistogram | None
    beam: ExternalBeam | None
    on: LimitOn
    told: bool
    """Whether it was said what the limit is held against."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OverVolume:
    """BED over the volume; `other_bed_Gy` is what beams without a histogram give everywhere."""

    given: Histograms
    both: EffectOfHistograms
    other_bed_Gy: float
    tissue: Tissue
    left: LeftOverVolume | None
    because: tuple[str, ...]

    @property
    def mean_bed_Gy(self) -> float:
        """The mean over the volume of all together."""
        return self.both.mean_bed_Gy + self.other_bed_Gy

    def eqd2_Gy(self, bed_Gy: float) -> float:
        """A BED in fractions of 2 Gy."""
        from hevesy.treat.effect import eqd2_Gy

        return eqd2_Gy(bed_Gy, self.tissue.alpha_beta_Gy)

    def shares(self) -> Iterator[tuple[int, dict[str, float]]]:
        """What shares of the volume receive in EQD2: by both correspondences, and between which it lies by any."""
        hot, cold = self.both.as_if("hottest on hottest"), self.both.as_if("hottest on coldest")
        for share in SHARES:
            least, most = self.both.within_Gy(share)
            found = {
                "hottest_on_hottest_Gy": hot.at_least_Gy(share),
                "hottest_on_coldest_Gy": cold.at_least_Gy(share),
                "lower_Gy": least,
                "upper_Gy": most,
            }
            yield share, {name: self.eqd2_Gy(bed + self.other_bed_Gy) for name, bed in found.items()}


def over_volume(
    given: Histograms, course: Course, tissue: Tissue, beams: Sequence[ExternalBeam], limit: Limit | None,
    fraction_Gy: float,
) -> OverVolume:  # fmt: skip
    """The histograms in BED, with what beams without one give everywhere, held against the limit if there is one."""
    from hevesy.treat.effect_volume import elements_of, even, histograms_together, left_over_volume

    volumes = [one.curve.volume_mL for one in (given.own, given.other) if one is not None]
    usual = next((one for one in volumes if one is not None), UNKNOWN_mL)

    def elements(curve: DoseVolumeCurve) -> DoseVolume:
        return elements_of(curve, curve.volume_mL or usual)

    own = even(course.dose_Gy, usual) if given.own is None else elements(given.own.curve)
    other = None if given.other is None else elements(given.other.curve)
    try:
        both = histograms_together(own, other, course, given.beam, tissue)
    except RuleError as error:
        raise QuestionError(str(error), "external_histogram") from error
    everywhere = sum(beam.bed_Gy(tissue) for beam in beams)
    left = None
    if limit is not None:
        try:
            left = left_over_volume(both, limit, given.on, fraction_Gy, given.beam, other, everywhere)
        except RuleError as error:
            raise QuestionError(str(error), "fraction") from error
    return OverVolume(
        given=given,
        both=both,
        other_bed_Gy=everywhere,
        tissue=tissue,
        left=left,
        because=(*_told(given, course, beams, left), *both.because),
    )


def _told(
    given: Histograms, course: Course, beams: Sequence[ExternalBeam], left: LeftOverVolume | None
) -> Iterator[str]:
    if given.own is None:
        yield f"without a histogram of the radionuclide its {course.dose_Gy:.4g} Gy are taken as even over the region"
    elif abs(given.own.curve.mean_Gy / course.dose_Gy - 1) > OTHER_MEAN:
        yield (
            f"the mean of the histogram is {given.own.curve.mean_Gy:.4g} Gy and the parts give {course.dose_Gy:.4g} "
            "Gy: over the volume the histogram counts, and of the parts their shape"
        )
    if beams:
        yield "external beams without a histogram are taken as even over the region"
    for one in (given.own, given.other):
        if one is not None:
            yield from one.because
    if given.own is not None and given.other is not None:
        unsaid = [one.curve.volume_mL is None for one in (given.own, given.other)]
        if any(unsaid):
            yield "the volume is not told by both histograms: they are taken to be of one region"
        yield (
            "where the doses lie in the region is not known: the mean does not need it; what a share of the volume "
            "receives lies between least and most by any correspondence (Makarov 1981), beyond both of those shown"
        )
    if left is not None and not given.told:
        yield "the limit is held against the mean over the volume, as nothing else was said"
    if left is not None and given.on == "D2":
        yield "the limit is held against D2, the largest dose that 2 % of the volume receive"


def documented(of: OverVolume) -> dict[str, Json]:
    """As data."""
    own, other = of.given.own, of.given.other
    left = of.left
    return {
        "mean_dose_Gy": None if own is None else own.curve.mean_Gy,
        "volume_mL": None if own is None else own.curve.volume_mL,
        "external_mean_dose_Gy": None if other is None else other.curve.mean_Gy,
        "external_volume_mL": None if other is None else other.curve.volume_mL,
        "external_fractions": None if of.given.beam is None else of.given.beam.fractions,
        "mean_bed_Gy": of.mean_bed_Gy,
        "mean_eqd2_Gy": of.eqd2_Gy(of.mean_bed_Gy),
        **{f"d{share}_eqd2": dict(found) for share, found in of.shares()},
        "limit_on": None if left is None else left.on,
        "left_at_most": None if left is None else picked(left.at_most, *LEFT),
        "beam_fractions": None
        if left is None or left.beam_fractions is None
        else {"surely": left.beam_fractions[0], "at_most": left.beam_fractions[1]},
    }


LEFT = ("bed_Gy", "eqd2_Gy", "fraction_Gy", "fractions", "dose_Gy")


def blocks(of: OverVolume, organ: str) -> Iterator[Block]:
    """Mean, what shares receive, and what is left, in EQD2."""
    mean_Gy = of.eqd2_Gy(of.mean_bed_Gy)
    yield said(f"{organ}, over the volume: mean BED {of.mean_bed_Gy:.4g} Gy, EQD2 {mean_Gy:.4g} Gy", tone="answer")
    if of.left is not None:
        yield said(_left(of.left), tone="caution" if of.left.surely.bed_Gy < 0 else "answer")
    two = of.given.own is not None and of.given.other is not None
    names = ["hottest on hottest", "hottest on coldest", "least", "most"] if two else ["EQD2"]
    rows: list[tuple[Cell, ...]] = [("mean", *(shown(mean_Gy, ".4g") for _ in names))]
    rows += [
        (f"D{share}", *(shown(value, ".4g") for value in list(found.values())[: len(names)]))
        for share, found in of.shares()
    ]
    notes = ["D95: the largest dose that 95 % of the volume receive or exceed"]
    if two:
        notes.append("least and most: by any correspondence of the places of both histograms")
    columns: list[str | Column] = ["over the volume", *(of_numbers(name, "Gy") for name in names)]
    yield table("effect-over-volume", f"EQD2 over the volume of {organ}", columns, rows, *notes)
    yield _figure(of, two)


def _left(left: LeftOverVolume) -> str:
    on = "the mean" if left.on == "mean" else left.on
    if left.surely.bed_Gy < 0:
        may = "" if left.at_most.bed_Gy < 0 else ", by the kindest correspondence of places it is not"
        words = f"the limit on {on} is exceeded by {-left.surely.bed_Gy:.4g} Gy BED{may}"
    else:
        most = left.at_most.fractions
        words = (
            f"left under the limit on {on}: {left.surely.bed_Gy:.4g} Gy BED, {left.surely.eqd2_Gy:.4g} Gy EQD2: "
            f"{left.surely.fractions} fractions of {left.surely.fraction_Gy:g} Gy ({left.surely.dose_Gy:g} Gy), even "
            f"over the region{f'; at most {most}' if most != left.surely.fractions else ''}"
        )
    if left.beam_fractions is None:
        return words
    surely, most = left.beam_fractions
    more = f", at most {most}" if most != surely else ""
    or_more = " or more" if surely == MOST_COUNTED else ""
    return f"{words}; of the beam with the histogram {surely}{or_more} fractions keep it{more}"


def _figure(of: OverVolume, two: bool) -> Figure:
    lines = {"hottest on hottest" if two else "EQD2": of.both.as_if("hottest on hottest")}
    if two:
        lines["hottest on coldest"] = of.both.as_if("hottest on coldest")
    largest = of.eqd2_Gy(max(float(one.falling_Gy[0]) for one in lines.values()) + of.other_bed_Gy)
    described = "; ".join(
        f"{name}: D95 {of.eqd2_Gy(one.at_least_Gy(95) + of.other_bed_Gy):.4g} Gy, D2 "
        f"{of.eqd2_Gy(one.at_least_Gy(2) + of.other_bed_Gy):.4g} Gy"
        for name, one in lines.items()
    )
    sheet = Sheet(760, 350, "effect-over-volume-dvh", "EQD2 over the volume", described)
    sheet.area(62, 34, 745, 270, (0.0, 1.02 * largest), (0.0, 102.0))
    sheet.axes(nice_ticks(0.0, largest), [0, 25, 50, 75, 100], "EQD2, Gy", "% of the volume that receive it")
    for number, (name, one) in enumerate(lines.items()):
        falling, step = one.falling_Gy, max(len(one.falling_Gy) // 200, 1)
        points = [
            (of.eqd2_Gy(float(bed) + of.other_bed_Gy), 100 * (place * step + 1) / len(falling))
            for place, bed in enumerate(falling[::step])
        ]
        least = of.eqd2_Gy(float(falling[-1]) + of.other_bed_Gy)
        sheet.course(name, number, [(0.0, 100.0), (least, 100.0), *reversed(points)])
    sheet.key(list(lines), 60, 332)
    return sheet.figure("The share of the region's volume that receives an EQD2 or more, of all doses together.")
