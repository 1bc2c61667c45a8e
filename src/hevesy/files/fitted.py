"""Fits of kinetics, as the JSON of a fit tells them."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import NamedTuple

from hevesy.errors import CannotAnswerError
from hevesy.nuclides.library import nuclide as nuclide_of


class FittedCurve(NamedTuple):
    """A region's sum of exponentials, of the nuclide asked of: coefficients and biological rates (per h)."""

    region: str
    coefficients: tuple[float, ...]
    biological_per_h: tuple[float, ...]
    physical_per_h: float
    warnings: tuple[str, ...] = ()


def read_fitted(path: Path, nuclide: str) -> tuple[FittedCurve, ...]:
    """The curves of a file, each of a region of its own.

    Refused: what is no fit, a fit without a curve (one point, earlier half-lives), of another nuclide or for another
    than was measured: scans of the one have not the decay of the other.
    """
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CannotAnswerError(f"{path.name}: cannot be read: {error.strerror or error}") from error
    except (ValueError, RecursionError):
        raise CannotAnswerError(f"{path.name} is no JSON as ⟦treat fit⟧ writes it") from None
    if not isinstance(told, dict) or not isinstance(told.get("regions"), list) or not told["regions"]:
        raise CannotAnswerError(f"{path.name} is no fit as ⟦treat fit⟧ writes it: it has no regions")
    name = nuclide_of(nuclide).name
    for key in ("nuclide", "measured"):
        if told.get(key) != name:
            raise CannotAnswerError(
                f"{path.name}: {key} is {told.get(key)}, and the scans and their dose are of {name}: fit the curve of "
                f"{name} for itself"
            )
    found = tuple(_curve(path, one, told.get("physical_per_h")) for one in told["regions"])
    names = [one.region for one in found]
    if len(set(names)) < len(names):
        raise CannotAnswerError(f"{path.name}: a region stands twice among {', '.join(names)}")
    return found


def _curve(path: Path, told: object, physical_per_h: object) -> FittedCurve:
    region = told.get("region") if isinstance(told, dict) else None
    if not isinstance(told, dict) or not isinstance(region, str):
        raise CannotAnswerError(f"{path.name}: a region without its name")
    if told.get("coefficients") is None:
        raise CannotAnswerError(f"{path.name}: {region} has no curve ({told.get('model')}), only an integral")
    shares, rates = (_numbers(path, region, key, told.get(key)) for key in ("coefficients", "biological_per_h"))
    (physical,) = _numbers(path, region, "physical_per_h", [physical_per_h])
    warned = told.get("warnings")
    warnings = tuple(map(str, warned)) if isinstance(warned, list) else ()
    return FittedCurve(region, shares, rates, physical, warnings)


def _numbers(path: Path, region: str, key: str, told: object) -> tuple[float, ...]:
    if not isinstance(told, list) or not all(
        isinstance(one, int | float) and not isinstance(one, bool) and math.isfinite(one) for one in told
    ):
        raise CannotAnswerError(f"{path.name}: {key} of {region} are no numbers")
    return tuple(map(float, told))
