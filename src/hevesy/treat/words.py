"""The words of the treatment, for signatures: nothing is imported with them."""

from __future__ import annotations

from typing import Literal

SurfaceFormula = Literal["Mosteller", "DuBois", "Haycock", "Gehan-George"]
"""By whose formula a body surface area is made."""
