"""What bounds a number of dosimetry in a record, whichever kind it stands in: finite, above 0, a nuclide known."""

from __future__ import annotations

import math
from functools import cache

from hevesy.errors import RuleError
from hevesy.study.facts.fact import outside

UNCERTAINTY_UP_TO_PERCENT = 100


@cache
def nuclide_named(written: str) -> str:
    """The library's name of a nuclide, however it is written."""
    from hevesy.nuclides.library import nuclide

    return nuclide(written).name


def named_as_the_library(value: str | None, field: str) -> RuleError | None:
    """A nuclide that the library has, under the name that it has there."""
    if value is None:
        return None
    try:
        name = nuclide_named(value)
    except RuleError as error:
        return RuleError(error.rule, field=field, value=value)
    if name == value:
        return None
    return RuleError(f"a nuclide is written as the library does, {name}", field=field, value=value)


def bounded(value: float | None, highest: float, name: str, field: str, unit: str) -> RuleError | None:
    """A value that is finite, 0 or more, and not beyond all that there is."""
    if value is not None and not math.isfinite(value):
        return RuleError(f"{name} is a finite number", field=field, value=f"{value:g}")
    return outside(value, (0, highest), name, field, unit)


def none_of_it(value: float | None, name: str, field: str) -> RuleError | None:
    """A value of which there cannot be nothing."""
    return RuleError(f"{name} lies above 0", field=field, value="0") if value == 0 else None


def uncertainty(percent: float | None) -> RuleError | None:
    """A standard uncertainty in percent of its value: none is 0."""
    what, field = "a standard uncertainty", "uncertainty_percent"
    return bounded(percent, UNCERTAINTY_UP_TO_PERCENT, what, field, "%") or none_of_it(percent, what, field)
