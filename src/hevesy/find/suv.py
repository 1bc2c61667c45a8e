"""Standardised uptake values: from what the header of a PET series says to the factor on its voxels.

Every correction is listed with the tag it was read from. What the header does not say, or says in two ways, is refused
or warned of: a missing date leaves the SUV of I-124 15 % low after a day and 28 % after two, and looks like any other.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import CannotAnswerError
from hevesy.find.body import FRACTION, Body, Kind, named
from hevesy.find.decay import (
    MOST_HALF_LIVES,
    Correction,
    Told,
    believable,
    elapsed_s_of,
    injected_at,
    reference_time,
    uncorrected,
)
from hevesy.imaging.pet import TAGS, PetHeader

IN_MBQ_BELOW = 1e5
"""No patient is given so few becquerels: such a dose is written in MBq."""
LEAST_BQ = 1e6
"""What is less, and not so little, may be kBq: 185 MBq are 185,000 of them."""
SHAPES: dict[str, Kind | Literal["lbm-morgan"]] = {
    "": "bw",
    "BW": "bw",
    "LBM": "lbm-morgan",
    "LBMJANMA": "lbm",
    "LBMJAMES128": "lbm-james128",
    "LBMJAMES148": "lbm-james148",
    "IBW": "ibw",
    "BSA": "bsa",
}
"""What (0054,1006) may say, and which kind it is."""


UNIT = {"bsa": "cm2/mL", FRACTION: "1/mL"}
"""Of what is not g/mL."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Conversion:
    """Factors by slice, shape (slices,), from the values of the series to SUV, and how they came to be."""

    factors: NDArray[np.float64]
    kind: Kind | Literal["fraction"]
    unit: str
    corrections: tuple[Correction, ...]
    warnings: tuple[str, ...]
    elapsed_h: float | None
    """From injection to the time the values are of; None: not needed."""


def conversion(header: PetHeader, kind: Kind | Literal["fraction"] = "bw") -> Conversion:
    """Factors from a series' values to SUV of a kind.

    Refused is what would make the value wrong in silence: no date for a long-lived label, a date more than ten
    half-lives away, an injection after the scan, a missing weight, height, sex, dose or half-life where the kind needs
    it, units and SUV types that contradict one another, images without attenuation correction.

    Source: DICOM PS3.3 C.8.9.1; Quantitative Imaging Biomarkers Alliance, SUV vendor-neutral pseudo-code (2013);
    standardised SUV computation of the Image Biomarker Standardisation Initiative (reference objects, 2025).
    """
    told = Told(warnings=list(header.notes))
    source, to_source = _as_activity_or_suv(header, told)
    body = Body(header)
    wanted = body.numerator(kind)
    if source == "Bq/mL":
        factors = to_source * _of_activity(header, told) * wanted
        if kind != FRACTION:
            told.step(f"times {named(kind)}: {wanted:,.6g} {'cm2' if kind == 'bsa' else 'g'}", body.tags(kind), wanted)
    elif source == kind:
        factors = np.full(len(header.frames) or 1, to_source)
    else:
        had = body.numerator(source)
        factors = np.full(len(header.frames) or 1, to_source * wanted / had)
        told.step(f"from {named(source)} to {named(kind)}", body.tags(source, kind), wanted / had)
    for sentence in body.warnings:
        told.warn(sentence)
    if not (np.isfinite(factors).all() and (factors > 0).all()):
        raise CannotAnswerError("the factor to SUV is not a positive number: dose, times or body are not believable")
    return Conversion(
        factors=factors,
        kind=kind,
        unit=UNIT.get(kind, "g/mL"),
        corrections=tuple(told.corrections),
        warnings=tuple(told.warnings),
        elapsed_h=told.elapsed_h,
    )


def _as_activity_or_suv(header: PetHeader, told: Told) -> tuple[str, float]:
    """What the values are once multiplied by a factor: Bq/mL, or SUV of a kind."""
    match header.units:
        case "BQML":
            told.step(
                "values, each slice by its own slope and intercept, are Bq/mL", f"{TAGS['units']} {TAGS['slope']}"
            )
            return "Bq/mL", 1.0
        case "GML" | "CM2ML":
            source = _suv_type(header)
            told.step(
                f"values, each slice by its own slope, are SUV, {named(source)}",
                f"{TAGS['units']} {TAGS['suv_type']} {TAGS['slope']}",
            )
            _made_by_the_scanner(header, told)
            return source, 1.0
        case "CNTS":
            return _counts(header, told)
        case "":
            raise CannotAnswerError(f"the series does not say what its values are ({TAGS['units']} is missing)")
        case other:
            raise CannotAnswerError(
                f"values in {other} {TAGS['units']} cannot be made SUV: BQML, CNTS, GML and CM2ML can"
            )


def _suv_type(header: PetHeader) -> str:
    """The kind of SUV that the values are."""
    written = header.suv_type or ("BSA" if header.units == "CM2ML" else "")
    source = SHAPES.get(written)
    if source is None:
        known = ", ".join(name for name in SHAPES if name)
        raise CannotAnswerError(f"SUV type {written!r} {TAGS['suv_type']} is none of {known}")
    if (source == "bsa") != (header.units == "CM2ML"):
        raise CannotAnswerError(f"units {header.units} {TAGS['units']} and SUV type {written} contradict one another")
    return source


def _counts(header: PetHeader, told: Told) -> tuple[str, float]:
    """Counts of Philips, by one of its two factors."""
    suv, activity = header.philips_suv, header.philips_activity
    if "philips" not in header.manufacturer.casefold():
        raise CannotAnswerError(
            f"values are counts {TAGS['units']} and the series is not Philips': no factor makes them activity"
        )
    if suv:
        if header.suv_type not in ("", "BW"):
            raise CannotAnswerError(
                f"Philips' factor {TAGS['philips_suv']} gives SUV by weight, the series says {header.suv_type} "
                f"{TAGS['suv_type']}"
            )
        told.step("counts to SUV by weight, Philips' own factor", TAGS["philips_suv"], suv)
        _made_by_the_scanner(header, told)
        if activity:
            told.warn(
                f"Philips' factor to activity {TAGS['philips_activity']} is there too and was not used; the one to SUV "
                "holds whatever weight and dose the scanner knew"
            )
        return "bw", suv
    if activity:
        told.step("counts to Bq/mL, Philips' own factor", TAGS["philips_activity"], activity)
        return "Bq/mL", activity
    raise CannotAnswerError(
        f"values are counts and Philips' factors {TAGS['philips_suv']} and {TAGS['philips_activity']} are missing or 0"
    )


def _made_by_the_scanner(header: PetHeader, told: Told) -> None:
    """What makes an SUV wrong whoever worked it out: no attenuation correction, another decay or branching."""
    if header.corrected is not None:
        _attenuated(header.corrected)
    if header.half_life_s is not None:
        _half_life_s(header, told)
    if header.decay_correction == "NONE":
        told.warn(
            f"values are SUV and decay correction is NONE {TAGS['decay']}: whether the SUV holds decay is not known"
        )
    _unused_dates(header, told)


def _attenuated(done: tuple[str, ...]) -> None:
    if "ATTN" not in done:
        raise CannotAnswerError(f"the image is not corrected for attenuation ({TAGS['corrected']} lacks ATTN)")


def _unused_dates(header: PetHeader, told: Told) -> None:
    """Values that are SUV already rest on the scanner's own times; an impossible one in the header is told."""
    scan, start = header.series_at, header.start
    if scan is None or start.day is None or start.clock is None or not header.half_life_s:
        return
    elapsed_s = (scan - datetime.combine(start.day, start.clock)).total_seconds()
    if elapsed_s < 0 or elapsed_s > MOST_HALF_LIVES * header.half_life_s:
        where = "after" if elapsed_s < 0 else f"more than {MOST_HALF_LIVES:g} half-lives before"
        told.warn(f"the injection {start.tag} is dated {where} the scan; the values are SUV already and do not need it")


def _of_activity(header: PetHeader, told: Told) -> NDArray[np.float64]:
    """1 over the activity at the time that the values are of, by slice, in 1/Bq."""
    _quantitative(header, told)
    dose_Bq = _dose_Bq(header, told)
    half_life_s = _half_life_s(header, told)
    slices = len(header.frames) or 1
    match header.decay_correction:
        case "ADMIN":
            if header.start.day is not None and header.start.clock is not None and header.series_at is not None:
                believable(header.series_at, injected_at(header, header.series_at, half_life_s, told), half_life_s)
            told.step("decay already corrected to the injection", TAGS["decay"], 1.0)
            left = np.ones(slices)
        case "START":
            reference = reference_time(header, half_life_s, told)
            elapsed_s = elapsed_s_of(header, reference, half_life_s, told)
            left = np.full(slices, 2.0 ** (-elapsed_s / half_life_s))
            told.elapsed_h = elapsed_s / 3600
            told.step(
                f"decay over {elapsed_s / 3600:.4g} h from the injection to the time the values are of",
                f"{TAGS['decay']} {header.start.tag}",
                1 / float(left[0]),
            )
        case "NONE":
            left = uncorrected(header, half_life_s, told)
        case other:
            raise CannotAnswerError(
                f"decay correction {TAGS['decay']} is {other!r}: START, ADMIN or NONE must be told"
                if other
                else f"the series does not say what decay was corrected to ({TAGS['decay']} is missing)"
            )
    told.step(f"over the activity given, {dose_Bq / 1e6:.5g} MBq", TAGS["activity"], 1 / dose_Bq)
    return 1 / (dose_Bq * left)


def _quantitative(header: PetHeader, told: Told) -> None:
    """What was corrected in the image, and what contradicts that."""
    done = header.corrected
    if done is None:
        told.warn(f"the series does not say what was corrected ({TAGS['corrected']} is missing)")
        return
    _attenuated(done)
    decayed = header.decay_correction in ("START", "ADMIN")
    if decayed and "DECY" not in done:
        raise CannotAnswerError(
            f"decay correction is {header.decay_correction} {TAGS['decay']}, and {TAGS['corrected']} lacks DECY"
        )
    if header.decay_correction == "NONE" and "DECY" in done:
        told.warn(f"decay correction is NONE {TAGS['decay']}, and {TAGS['corrected']} has DECY; NONE was believed")
    for name, what in (("SCAT", "scatter"), ("RAN", "randoms"), ("DTIM", "dead time"), ("NORM", "detector response")):
        if name not in done:
            told.warn(f"the image is not corrected for {what} ({TAGS['corrected']} lacks {name})")


def _dose_Bq(header: PetHeader, told: Told) -> float:
    written = header.activity
    if written is None:
        raise CannotAnswerError(f"the activity given is missing {TAGS['activity']}")
    if not (math.isfinite(written) and written > 0):
        raise CannotAnswerError(f"the activity given must be above 0, got {written:g} {TAGS['activity']}")
    if written < IN_MBQ_BELOW:
        told.warn(f"the activity {TAGS['activity']} is {written:g}: too few Bq to be so, taken as MBq, not as mCi")
        return written * 1e6
    if written < LEAST_BQ:
        told.warn(f"the activity {TAGS['activity']} is {written:g} Bq, less than a scan is made with: is it in kBq?")
    return written


def _half_life_s(header: PetHeader, told: Told) -> float:
    """The header's, which is the one that the scanner used; the library's where the header has none."""
    own, known = header.half_life_s, header.nuclide_half_life_s
    if own is None:
        if known is None:
            raise CannotAnswerError(f"neither half-life {TAGS['half_life']} nor a known nuclide {TAGS['nuclide']}")
        told.warn(f"the half-life {TAGS['half_life']} is missing; {known / 3600:.5g} h of {header.nuclide} was taken")
        return known
    if not (math.isfinite(own) and own > 0):
        raise CannotAnswerError(f"the half-life must be above 0, got {own:g} s {TAGS['half_life']}")
    if known is None:
        told.warn(f"{TAGS['nuclide']} names no nuclide that is known: the half-life {own / 3600:.4g} h was believed")
    if known is not None and abs(own / known - 1) > 0.1:
        raise CannotAnswerError(
            f"the half-life {TAGS['half_life']} is {own / 3600:.4g} h, that of {header.nuclide} {TAGS['nuclide']} "
            f"{known / 3600:.4g} h: the image was corrected for another decay than the label's, or the label is another"
        )
    if known is not None and abs(own / known - 1) > 0.005:
        told.warn(
            f"the half-life {own / 3600:.5g} h {TAGS['half_life']} is not {header.nuclide}'s {known / 3600:.5g} h"
        )
    _positrons(header, told)
    return own


def _positrons(header: PetHeader, told: Told) -> None:
    """What the header says of positrons and prompt gammas, which the scanner has to correct for."""
    told_fraction, known = header.positron_fraction, header.nuclide_positrons
    if told_fraction is None:
        told.warn(f"the positron fraction is not told {TAGS['positrons']}: whether it was corrected for is not known")
        return
    told.step(f"positron fraction {told_fraction:g}, corrected for by the scanner", TAGS["positrons"])
    if told_fraction <= 0 or (known is not None and abs(told_fraction / known - 1) > 0.05):
        of = f"; {header.nuclide} has {known:.4g}" if known is not None else ""
        told.warn(
            f"the positron fraction is {told_fraction:g} {TAGS['positrons']}{of}: unless it was corrected elsewhere, "
            "activity and SUV are wrong by that factor"
        )
    if header.nuclide in PROMPT_GAMMAS:
        named = [one for one in header.corrected or () if "PGC" in one or "PROMPT" in one]
        told.warn(
            f"{header.nuclide} emits gammas together with its positrons; "
            + (
                f"the series says it was corrected for them ({named[0]})"
                if named
                else f"{TAGS['corrected']} does not say whether the image was corrected for them"
            )
        )


PROMPT_GAMMAS = ("I-124", "Y-86", "Br-76", "Rb-82", "Tb-152", "Sc-44", "As-72", "Ga-66", "Mn-52", "Co-55", "Tc-94m")
"""Labels whose gammas lie in the window of a PET scanner at the moment of a positron."""
