"""The words of dose in matter, for signatures: nothing is imported with them."""

from __future__ import annotations

from typing import Literal

Compartment = Literal["nucleus", "cytoplasm", "surface", "cell"]
"""Where in a cell activity is, or dose."""
Pattern = Literal["uniform", "shell", "necrotic core"]
"""Where in a spheroid activity is."""
Matter = Literal["water", "bone"]
"""What kernels are computed in."""
Carrier = Literal["photon", "electron", "alpha"]
"""What carries energy away from a decay, where absorbed fractions are told apart."""
Phantom = Literal["AM", "AF"]
"""The adult reference computational phantoms of ICRP Publication 110, male and female."""
Masses = Literal["with blood", "parenchyma"]
"""Whether the masses of organs hold the blood in them (ICRP Publication 133) or not (OLINDA, OpenDose)."""
Daughters = Literal["none matter", "nuclide alone", "with daughters"]
"""Whether the doses of a table hold those of the nuclide's daughters."""
Compatibility = Literal["mirdcalc"]
"""Whose reading of the same tables is asked for."""
