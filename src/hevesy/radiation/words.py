"""The words of dose in matter, for signatures: nothing is imported with them."""

from __future__ import annotations

from typing import Literal

Compartment = Literal["nucleus", "cytoplasm", "surface", "cell"]
"""Where in a cell activity is, or dose."""
Pattern = Literal["uniform", "shell", "necrotic core"]
"""Where in a spheroid activity is."""
Matter = Literal["water", "bone"]
"""What kernels are computed in."""
