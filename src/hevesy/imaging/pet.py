"""What a PET series says of its values: facts of its headers, as they say them, and where each stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time

TAGS = {
    "units": "(0054,1001)",
    "suv_type": "(0054,1006)",
    "slope": "(0028,1053)",
    "decay": "(0054,1102)",
    "corrected": "(0028,0051)",
    "start": "(0018,1078)",
    "start_clock": "(0018,1072)",
    "activity": "(0018,1074)",
    "half_life": "(0018,1075)",
    "positrons": "(0018,1076)",
    "nuclide": "(0054,0300)",
    "weight": "(0010,1030)",
    "height": "(0010,1020)",
    "sex": "(0010,0040)",
    "series": "(0008,0031)",
    "acquired": "(0008,0032)",
    "reference": "(0054,1300)",
    "duration": "(0018,1242)",
    "philips_suv": "(7053,1000)",
    "philips_activity": "(7053,1009)",
}
"""Where what is asked of a header stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """When the injection began, as far as a header says: a day and a clock, and where each stands."""

    day: date | None = None
    clock: time | None = None
    tag: str = TAGS["start"]
    disagreeing: time | None = None
    """The clock of (0018,1072), where it is another than that of (0018,1078)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """When one slice was measured: its start, the point of its counts after the series' reference, its length."""

    acquired_at: datetime | None = None
    reference_s: float | None = None
    duration_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PetHeader:
    """What a series says of its values, as it says it: `None` or empty where it does not. All times are of one zone."""

    units: str = ""
    suv_type: str = ""
    decay_correction: str = ""
    corrected: tuple[str, ...] | None = None
    series_at: datetime | None = None
    vendor_reference: tuple[datetime, str] | None = None
    """The time that GE or Siemens corrected decay to, and its tag."""
    frames: tuple[Frame, ...] = ()
    """One for each slice."""
    dynamic: bool = False
    manufacturer: str = ""
    philips_suv: float | None = None
    philips_activity: float | None = None
    weight_kg: float | None = None
    height_m: float | None = None
    sex: str = ""
    activity: float | None = None
    """As written: in Bq, or in MBq."""
    start: Start = field(default_factory=Start)
    half_life_s: float | None = None
    nuclide: str | None = None
    """As the library of nuclides calls it; None: the header names none that is known."""
    nuclide_half_life_s: float | None = None
    """Of that nuclide, by the library."""
    nuclide_positrons: float | None = None
    positron_fraction: float | None = None
    notes: tuple[str, ...] = ()
    """What the reader of the file found odd."""
