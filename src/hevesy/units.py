"""One unit inside for every quantity, and the factors to enter and leave by.

Inside, an activity is in MBq, a dose in Gy, a dose per activity in Gy/GBq, a length in cm, a mass of a person in kg, a
cell count in 10^9/L, haemoglobin in g/dL, serum M-protein in g/dL, free light chains in mg/L, an administered mass in
mg, a mass of tissue in g, a time in h, a time-integrated activity in MBq h, an S value in mGy/(MBq s). Enter by
multiplying (`12.5 * mCi`), leave by dividing (`activity_MBq / mCi`).

>>> 12.5 * mCi
462.5
>>> parse_quantity("18.75mCi/m2", "activity_per_area")
693.75
>>> parse_quantity("81kg", "body_mass")
81.0
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from hevesy.errors import RuleError

MBq = 1.0
Bq, kBq, GBq, TBq = 1e-6, 1e-3, 1e3, 1e6
uCi, mCi, Ci = 0.037, 37.0, 37000.0

HAEMOGLOBIN_G_PER_MMOL = 16.114
"""Mass of one mmol of haemoglobin monomer (IFCC convention); CTCAE's own pairs (10.0 g/dL = 6.2 mmol/L) use it."""

_ACTIVITY = {"Bq": Bq, "kBq": kBq, "MBq": MBq, "GBq": GBq, "TBq": TBq, "uCi": uCi, "mCi": mCi, "Ci": Ci}

UNITS: dict[str, dict[str, float]] = {
    "activity": _ACTIVITY,
    "activity_per_area": {f"{unit}/m2": factor for unit, factor in _ACTIVITY.items()},
    "activity_per_mass": {f"{unit}/kg": factor for unit, factor in _ACTIVITY.items()},
    "activity_concentration": {"MBq/mL": 1.0, "kBq/mL": 1e-3, "Bq/mL": 1e-6, "MBq/L": 1e-3, "kBq/L": 1e-6,
                               "uCi/mL": 0.037, "nCi/mL": 3.7e-5},
    "dose_per_decay": {"mGy/MBq/s": 1.0, "Gy/Bq/s": 1e9, "mGy/MBq/h": 1 / 3600, "Gy/MBq/s": 1e3,
                       "mGy/(MBq s)": 1.0, "Gy/(Bq s)": 1e9, "mGy/(MBq h)": 1 / 3600, "Gy/(MBq s)": 1e3},
    "dose_per_activity": {"Gy/GBq": 1.0, "mGy/MBq": 1.0, "mGy/GBq": 1e-3, "Gy/MBq": 1e3, "cGy/mCi": 10 / 37,
                          "rad/mCi": 10 / 37},
    "volume": {"mL": 1.0, "cm3": 1.0, "ccm": 1.0, "L": 1e3, "mm3": 1e-3},
    "length": {"cm": 1.0, "mm": 0.1, "m": 100.0, "in": 2.54, "um": 1e-4, "nm": 1e-7},
    "tissue_mass": {"g": 1.0, "kg": 1e3, "mg": 1e-3, "ug": 1e-6, "ng": 1e-9, "pg": 1e-12},
    "body_mass": {"kg": 1.0, "g": 1e-3, "lb": 0.45359237},
    "drug_mass": {"mg": 1.0, "g": 1e3, "ug": 1e-3},
    "time": {"h": 1.0, "min": 1 / 60, "s": 1 / 3600, "d": 24.0, "day": 24.0, "w": 168.0, "week": 168.0, "weeks": 168.0},
    "age": {"a": 1.0, "year": 1.0, "years": 1.0, "y": 1.0},
    "area": {"m2": 1.0},
    "dose": {"Gy": 1.0, "mGy": 1e-3, "cGy": 1e-2},
    "cell_count": {
        "10^9/L": 1.0, "10*9/L": 1.0, "G/L": 1.0, "GI/L": 1.0, "10^3/uL": 1.0, "10*3/uL": 1.0, "10^3/mm3": 1.0,
        "K/uL": 1.0, "THOU/uL": 1.0, "/nL": 1.0, "10^6/L": 1e-3, "/uL": 1e-3, "/mm3": 1e-3, "cells/uL": 1e-3,
    },
    "haemoglobin": {"g/dL": 1.0, "g/L": 0.1, "mmol/L": HAEMOGLOBIN_G_PER_MMOL / 10},
    "mass_concentration": {
        "g/L": 1.0, "g/dL": 10.0, "mg/dL": 1e-2, "mg/L": 1e-3, "ug/mL": 1e-3, "mg/mL": 1.0, "ug/dL": 1e-5, "ug/L": 1e-6,
        "ng/mL": 1e-6,
    },
    "molar_concentration": {"mmol/L": 1.0, "mol/L": 1e3, "umol/L": 1e-3, "nmol/L": 1e-6},
    "equivalents": {"mEq/L": 1.0},
    "clearance": {"mL/min": 1.0, "L/min": 1e3, "mL/s": 60.0},
    "m_protein": {"g/dL": 1.0, "g/L": 0.1, "mg/dL": 1e-3},
    "urine_m_protein": {"mg/24h": 1.0, "mg/d": 1.0, "mg/day": 1.0, "g/24h": 1e3, "g/d": 1e3, "g/day": 1e3},
    "immunoglobulin": {"g/dL": 1.0, "g/L": 0.1, "mg/dL": 1e-3},
    "lesion_diameter": {"mm": 1.0, "cm": 10.0},
    "lesion_area": {"cm2": 1.0, "mm2": 0.01},
    "free_light_chain": {"mg/L": 1.0, "mg/dL": 10.0, "g/L": 1e3},
    "blood_pressure": {"mmHg": 1.0, "mm Hg": 1.0, "kPa": 7.50062},
    "heart_rate": {"beats/min": 1.0, "BEATS/MIN": 1.0, "bpm": 1.0, "/min": 1.0, "1/min": 1.0},
    "temperature": {"C": 1.0, "degC": 1.0, "F": 5 / 9, "degF": 5 / 9},
    "activity_over_time": {"MBq h": 1.0, "GBq h": 1e3, "kBq h": 1e-3, "MBq s": 1 / 3600, "GBq s": 1 / 3.6,
                           "Bq s": 1e-6 / 3600, "MBq d": 24.0, "GBq d": 24e3},
    "concentration_over_time": {"MBq h/mL": 1.0, "kBq h/mL": 1e-3, "MBq h/g": 1.0, "kBq h/g": 1e-3,
                                "MBq s/mL": 1 / 3600},
    "s_value": {"mGy/(MBq s)": 1.0, "mSv/(MBq s)": 1.0, "mGy/(MBq h)": 1 / 3600, "mSv/(MBq h)": 1 / 3600,
                "Gy/(MBq s)": 1e3, "Gy/(MBq h)": 1 / 3.6, "Gy/(GBq s)": 1.0, "Gy/(GBq h)": 1 / 3600,
                "Gy/(Bq s)": 1e9, "mGy/(Bq s)": 1e6, "mGy/MBq/s": 1.0, "rad/(uCi h)": 10 / 0.037 / 3600},
    "share": {"1": 1.0, "%": 0.01},
    "interval": {"ms": 1.0, "msec": 1.0, "s": 1e3, "sec": 1e3},
}  # fmt: skip
"""Factor to the internal unit, by dimension and unit as written."""
ZERO: dict[str, dict[str, float]] = {"temperature": {"F": -160 / 9, "degF": -160 / 9}}
"""Where the zero of a unit lies in the internal one; 0 of all others."""

INTERNAL_UNIT = {
    dimension: next(unit for unit, factor in units.items() if factor == 1.0) for dimension, units in UNITS.items()
}

_SPELLINGS = str.maketrans(
    {"\u00b5": "u", "\u03bc": "u", "\u00b2": "2", "\u00b3": "3", "\u2079": "^9", "\u00d7": "x", "\u00b0": ""}
)


def half_unit(text: str) -> float:
    """Half a unit of the last digit of a figure as written: what rounding may have taken or added.

    >>> half_unit("21.88"), half_unit("795"), half_unit("8.1e2")
    (0.005, 0.5, 5.0)
    """
    return 0.5 * 10.0 ** _last_place(text)


def decimals(text: str) -> int:
    """Digits after the point of a figure as written.

    >>> decimals("21.88"), decimals("795")
    (2, 0)
    """
    return max(0, -_last_place(text))


def _last_place(text: str) -> int:
    place = Decimal(text).as_tuple().exponent
    if not isinstance(place, int):
        raise RuleError(f"{text!r} is not a figure")
    return place


@cache
def factor_of(unit: str | None, dimension: str) -> float:
    """Factor that takes a value in `unit` to the internal unit of `dimension` (see `UNITS`).

    >>> factor_of("g/L", "haemoglobin")
    0.1
    """
    return UNITS[dimension][spelt(unit, dimension)]


def kept(value: float, unit: str | None, dimension: str) -> float:
    """A value in the internal unit of its dimension.

    >>> kept(98.6, "\u00b0F", "temperature"), kept(1.5, "GBq", "activity")
    (37.0, 1500.0)
    """
    inside = value * factor_of(unit, dimension)
    return round(inside + ZERO[dimension].get(spelt(unit, dimension), 0.0), 9) if dimension in ZERO else inside


@cache
def spelt(unit: str | None, dimension: str) -> str:
    """A unit of a dimension as it is spelt in `UNITS`.

    >>> spelt("MBq/m\u00b2", "activity_per_area")
    'MBq/m2'
    """
    known = UNITS[dimension]
    name = dimension.replace("_", " ")
    if unit is None or not unit.strip():
        raise RuleError(f"a unit of {name} is missing; give one of {', '.join(known)}")
    written = unit.strip().translate(_SPELLINGS)
    written = re.sub(r"^x\s*10", "10", written, flags=re.IGNORECASE).replace("10e9", "10^9").replace("10E9", "10^9")
    # Of the letter case only that of the litre may vary: mCi and MCi, g/L and G/L are different units.
    written = re.sub(r"/([dmun]?)l$", r"/\1L", written)
    if dimension == "age":
        written = written.casefold()
    if written in known:
        return written
    raise RuleError(f"{unit!r} is not a unit of {name}; known are {', '.join(known)}")


def parse_quantity(text: str, dimension: str) -> float:
    """Read a number with its unit, as typed at the command line, into the internal unit.

    >>> parse_quantity("30min", "time")
    0.5
    """
    number, unit = _number_and_unit(text, dimension)
    return kept(number, unit, dimension)


def unit_written(text: str, dimension: str) -> str:
    """The unit of a quantity as typed, as it is spelt in `UNITS`.

    >>> unit_written("7.4GBq", "activity")
    'GBq'
    """
    return spelt(_number_and_unit(text, dimension)[1], dimension)


def _number_and_unit(text: str, dimension: str) -> tuple[float, str]:
    match = re.fullmatch(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(\D.*)?", text)
    if match is None:
        raise RuleError(f"{text!r} is not a number with a unit of {dimension.replace('_', ' ')}")
    number, unit = float(match.group(1)), match.group(2)
    if not math.isfinite(number):
        raise RuleError(f"{text!r} is not a finite quantity")
    return number, unit


@dataclass(frozen=True, slots=True)
class ActivityUnit:
    """A unit that activities are shown in, to about one MBq; beside curies stands the same in MBq.

    >>> ActivityUnit("mCi").text(809.375), ActivityUnit("GBq").text(7400), ActivityUnit().text(0.35)
    ('21.88 mCi (809 MBq)', '7.400 GBq', '0.35 MBq')
    """

    name: str = "MBq"

    @property
    def factor(self) -> float:
        """MBq in one of it."""
        return factor_of(self.name, "activity")

    @property
    def _in_curies(self) -> bool:
        return self.name.endswith("Ci")

    @property
    def heading(self) -> str:
        """What stands over a column of `figure`."""
        return f"{self.name} (MBq)" if self._in_curies else self.name

    def number(self, activity_MBq: float) -> str:
        """The figure alone, without its unit."""
        return _rounded(activity_MBq / self.factor, max(0, math.ceil(math.log10(self.factor))))

    def figure(self, activity_MBq: float) -> str:
        """The figure under `heading`."""
        return self.number(activity_MBq) + (f" ({_rounded(activity_MBq, 0)})" if self._in_curies else "")

    def plain(self, activity_MBq: float) -> str:
        """The figure and its unit, nothing beside it."""
        return f"{self.number(activity_MBq)} {self.name}"

    def text(self, activity_MBq: float) -> str:
        """The figure and its unit, and in MBq."""
        return self.plain(activity_MBq) + (f" ({_rounded(activity_MBq, 0)} MBq)" if self._in_curies else "")


def _rounded(value: float, decimals: int) -> str:
    """So many decimals, or as many as show two digits of a small value: what is not nothing is not shown as 0."""
    if value != 0:
        decimals = max(decimals, 1 - math.floor(math.log10(abs(value))))
    return f"{value:.{decimals}f}"
