"""What the headers of a PET series say of its values: the facts that SUV rests on, none of them believed or mended."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from hevesy.errors import DeliveryError, RuleError
from hevesy.files.dicom.enhanced import moment_of
from hevesy.files.dicom.reading import (
    clock,
    code,
    day,
    finite,
    in_zone,
    joined,
    moment,
    number,
    offset_of,
    read_header,
    refusing,
    text,
)
from hevesy.files.dicom.series import Series
from hevesy.imaging.pet import TAGS, PetHeader, Start

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

ELEMENTS = {
    "carbon": "C", "nitrogen": "N", "oxygen": "O", "fluorine": "F", "scandium": "Sc", "copper": "Cu", "gallium": "Ga",
    "bromine": "Br", "rubidium": "Rb", "yttrium": "Y", "zirconium": "Zr", "technetium": "Tc", "iodine": "I",
    "indium": "In", "lutetium": "Lu", "terbium": "Tb", "germanium": "Ge", "manganese": "Mn", "cobalt": "Co",
    "titanium": "Ti", "iron": "Fe", "arsenic": "As", "thallium": "Tl", "sodium": "Na", "xenon": "Xe",
}  # fmt: skip
"""Names of elements in codes of nuclides."""
CORRECTIONS = {
    "AttenuationCorrected": "ATTN", "ScatterCorrected": "SCAT", "RandomsCorrected": "RAN", "DeadTimeCorrected": "DTIM",
    "SensitivityCalibrated": "NORM", "DecayCorrected": "DECY",
}  # fmt: skip
"""What a file of frames says of each correction, as a classic series lists it."""
VENDORS = (("GEMS_PETD_01", 0x0009, 0x0D, "(0009,100D)"), ("SIEMENS MED PT", 0x0071, 0x22, "(0071,1022)"))
"""Where GE and Siemens keep the time that decay was corrected to: creator, group, element, tag."""


def pet_header(series: Series) -> PetHeader:
    """The facts of a PET series, of its first file and of every slice.

    Refused is a series that is no PET, and one whose files tell two doses, bodies or times of injection.
    """
    if series.modality != "PT":
        raise DeliveryError(f"the series is {series.modality or 'of no told modality'} (0008,0060), not PT")
    path = series.slices[0].path
    with refusing(path.name):
        first = _facts(read_header(path), series)
    last = series.slices[-1].path
    if last != path:
        with refusing(last.name):
            other = _facts(read_header(last), series)
        if other != first:
            raise DeliveryError(f"{path.name} and {last.name} tell different doses, times, units or bodies")
    return first


def _facts(found: Dataset, series: Series) -> PetHeader:
    many = "PerFrameFunctionalGroupsSequence" in found
    unit, _, kind = series.unit.partition(":")
    item = _label(found)
    offset = offset_of(found)
    nuclide, half_life_s, positrons = _nuclide(item)
    decay, reference = _decay(found, many)
    return PetHeader(
        units=unit,
        suv_type=kind or code(found, "SUVType"),
        decay_correction=decay,
        corrected=_corrected(found, many),
        series_at=None if many else joined(day(found.get("SeriesDate")), clock(found.get("SeriesTime"))),
        vendor_reference=reference,
        frames=tuple(one.frame for one in series.slices),
        dynamic=_dynamic(found, series),
        manufacturer=text(found, "Manufacturer"),
        philips_suv=_private_number(found, 0x70531000),
        philips_activity=_private_number(found, 0x70531009),
        weight_kg=number(found, "PatientWeight"),
        height_m=number(found, "PatientSize"),
        sex=code(found, "PatientSex").upper(),
        activity=None if item is None else number(item, "RadionuclideTotalDose"),
        start=Start() if item is None else _start(item, offset),
        half_life_s=None if item is None else number(item, "RadionuclideHalfLife"),
        nuclide=nuclide,
        nuclide_half_life_s=half_life_s,
        nuclide_positrons=positrons,
        positron_fraction=None if item is None else number(item, "RadionuclidePositronFraction"),
        notes=series.notes + _slices_told(found, series) + _zone_told(item, offset),
    )


def _label(found: Dataset) -> Dataset | None:
    """What is said of the radiopharmaceutical; refused where two were given."""
    items: list[Dataset] = list(found.get("RadiopharmaceuticalInformationSequence") or ())
    if len(items) > 1:
        raise DeliveryError(f"the series tells {len(items)} radiopharmaceuticals (0054,0016): which one is not known")
    return items[0] if items else None


def _slices_told(found: Dataset, series: Series) -> tuple[str, ...]:
    """A word where the series tells another number of slices than there are."""
    told = number(found, "NumberOfSlices")
    if told is None or told == len(series.slices):
        return ()
    return (f"the series tells {told:g} slices (0054,0081), and {len(series.slices)} are there",)


def _dynamic(found: Dataset, series: Series) -> bool:
    kinds = [str(one) for one in found.get("SeriesType") or ()]
    return "DYNAMIC" in kinds or (bool(series.time_slot) and not {"STATIC", "WHOLE BODY"} & set(kinds))


def _zone_told(item: Dataset | None, offset: timedelta | None) -> tuple[str, ...]:
    """A word where the injection tells an offset from UTC and the scan none, unless its clock is told apart too."""
    whole = None if item is None else moment(item.get("RadiopharmaceuticalStartDateTime"))
    if item is None or whole is None or whole[2] is None or offset is not None:
        return ()
    if whole[1] is not None and whole[1] == clock(item.get("RadiopharmaceuticalStartTime")):
        return ()
    return (
        f"{TAGS['start']} tells an offset from UTC and the scan (0008,0201) none: its clock was taken as the scanner's",
    )


def _start(item: Dataset, offset: timedelta | None) -> Start:
    """Day and clock of the injection: of the date-time, its clock completed by the time where it has none."""
    alone = clock(item.get("RadiopharmaceuticalStartTime"))
    whole = moment(item.get("RadiopharmaceuticalStartDateTime"))
    if whole is None:
        return Start(clock=alone, tag=TAGS["start_clock"])
    on, at, zone = whole
    if at is None:
        return Start(day=on, clock=alone, tag=f"{TAGS['start']} {TAGS['start_clock']}")
    begun = in_zone(datetime.combine(on, at), zone, offset)
    apart_s = 0.0 if alone is None else abs((datetime.combine(begun.date(), alone) - begun).total_seconds())
    return Start(day=begun.date(), clock=begun.time(), disagreeing=alone if 60 < apart_s < 86340 else None)


def _decay(found: Dataset, many: bool) -> tuple[str, tuple[datetime, str] | None]:
    """To what decay was corrected, and the vendor's own time of it where it is kept."""
    if many:
        match text(found, "DecayCorrected"):
            case "YES":
                at = moment_of(found, "DecayCorrectionDateTime", found)
                return "START", None if at is None else (at, "(0018,9701)")
            case "NO":
                return "NONE", None
            case _:
                return "", None
    for creator, group, element, tag in VENDORS:
        told = moment(_private(found, creator, group, element))
        if told is not None and told[1] is not None:
            at = in_zone(datetime.combine(told[0], told[1]), told[2], offset_of(found))
            return code(found, "DecayCorrection"), (at, tag)
    return code(found, "DecayCorrection"), None


def _private(found: Dataset, creator: str, group: int, element: int) -> object:
    """A private element by its creator's block, or in the first block where no creator is told."""
    blocks = [
        number.tag.element
        for number in found.group_dataset(group)
        if number.tag.is_private_creator and str(number.value).strip().upper() == creator
    ]
    block = blocks[0] if blocks else 0x10
    own = None if not blocks and (group, 0x10) in found else found.get((group, (block << 8) + element))
    return None if own is None else _as_text(own.value)


def _as_text(value: object) -> str:
    return value.decode("ascii").strip("\0 ") if isinstance(value, bytes) else str(value).strip()


def _private_number(found: Dataset, tag: int) -> float | None:
    own = found.get(tag)
    return None if own is None else finite(_as_text(own.value))


def _corrected(found: Dataset, many: bool) -> tuple[str, ...] | None:
    if many:
        return tuple(short for keyword, short in CORRECTIONS.items() if text(found, keyword) == "YES")
    told = found.get("CorrectedImage")
    if told is None:
        return None
    return (told,) if isinstance(told, str) else tuple(str(one) for one in told)


def _nuclide(item: Dataset | None) -> tuple[str | None, float | None, float | None]:
    """The nuclide that a code names, its half-life in s and its positrons per decay, of the library."""
    codes = None if item is None else item.get("RadionuclideCodeSequence")
    meaning = text(codes[0], "CodeMeaning") if codes else ""
    mass_first = re.fullmatch(r"\^?(\d+)(m?)\^?\s*([A-Za-z]+)", meaning)
    element_first = re.fullmatch(r"([A-Za-z]+)[\s^-]*(\d+)(m?)\^?", meaning)
    if mass_first is not None:
        mass, state, element = mass_first.groups()
    elif element_first is not None:
        element, mass, state = element_first.groups()
    else:
        return None, None, None
    symbol = ELEMENTS.get(element.casefold(), element.capitalize())
    return known(f"{symbol}-{mass}{state}")


def known(name: str) -> tuple[str | None, float | None, float | None]:
    """A nuclide as the library calls it, its half-life in s, its positrons per decay; nothing of one it has not."""
    from hevesy.nuclides.library import emissions, nuclide

    try:
        found = nuclide(name)
    except RuleError:
        return None, None, None
    positrons = sum(branch.yield_per_decay for branch in emissions(found.name).branches if branch.sign == 1)
    return found.name, found.half_life_h * 3600, positrons or None
