"""The words of nuclides, for signatures: nothing is imported with them."""

from __future__ import annotations

from typing import Literal

Chain = Literal["stays", "leaves", "equilibrium"]
"""What becomes of the daughters of a nuclide.

`stays`: they decay where the parent did, all of them, per decay of the parent. `leaves`: they decay elsewhere, the
nuclide counts alone. `equilibrium`: their activities go with the parent's as they do once both have come to
equilibrium, per decay of the parent.
"""
