"""How far integrals of curves drawn about a fitted one and fitted again lie apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import RuleError
from hevesy.treat.fit import LEVEL, SEED, Fitted

Drawn = Literal["residuals", "law"]
FEWEST, MOST = 100, 100_000
"""Of so few draws a limit of 95 % is told by two or three; more tell nothing that so many do not."""
FEW = 5
"""Residuals beyond the parameters, below which their spread is known to a third at best."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bootstrap:
    """Integrals (h) of curves drawn: their mean, standard deviation and the limits that hold 95 % of them."""

    drawn_by: Drawn
    draws: int
    tia_mean_h: float
    tia_standard_error_h: float
    tia_lower_h: float
    tia_upper_h: float
    warning: str | None


def bootstrap(fitted: Fitted, draws: int, drawn_by: Drawn, seed: int = SEED) -> Bootstrap:
    """Points drawn about the fitted curve and fitted again, by the same model.

    By "residuals": those of the fit, about their mean, made larger by what the parameters took (n over the degrees of
    freedom), drawn with replacement and times the uncertainty of their point: no law is assumed. By "law": normal ones,
    as wide as the uncertainties say, or the scatter where their scale is unknown.

    Refused: fewer draws than 100, more than 100,000; as many parameters as points, since no residual is left.
    Source: B. Efron and R. Tibshirani, An Introduction to the Bootstrap (1993), section 9.4; intervals 13.3.
    """
    if not FEWEST <= draws <= MOST:
        raise RuleError(f"draws of a bootstrap lie in {FEWEST}..{MOST}, got {draws}", field="bootstrap")
    if not fitted.degrees:
        raise RuleError(
            f"{fitted.region}: {fitted.model} has as many parameters as there are points ({len(fitted.residuals)}), so "
            "that no residual is left to draw",
            field="bootstrap",
        )
    found: NDArray[np.float64] = (fitted.residual_draws_h if drawn_by == "residuals" else fitted.draws_h)(draws, seed)
    lower, upper = np.quantile(found, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Bootstrap(
        drawn_by=drawn_by,
        draws=draws,
        tia_mean_h=float(found.mean()),
        tia_standard_error_h=float(found.std(ddof=1)),
        tia_lower_h=float(lower),
        tia_upper_h=float(upper),
        warning=_few(fitted) if drawn_by == "residuals" and fitted.degrees < FEW else None,
    )


def _few(fitted: Fitted) -> str:
    points = len(fitted.residuals)
    return (
        f"bootstrap by residuals: {fitted.degrees} of {points} are free ({fitted.model} takes "
        f"{points - fitted.degrees}), too few to tell how far points scatter"
    )
