"""Which shells electrons are captured from."""

from __future__ import annotations

from collections.abc import Mapping

from hevesy.errors import RuleError
from hevesy.provenance import Source, shipped_table

EXCHANGE = 3.3
"""Exchange, overlap and exchange potential: each shell further out gains 1 + 3.3 / Z over the one before."""


def capture_fractions(
    nuclide: str, transition_keV: float, binding_keV: Mapping[str, float]
) -> tuple[dict[str, float], Source]:
    """Share of captures by shell, for a nuclear transition of an energy (keV) to an atom of binding energies (keV).

    Allowed capture: density at the nucleus times the square of the neutrino's energy (W. Bambynek et al., Rev. Mod.
    Phys. 49 (1977) 77). The factor 1 + 3.3 / Z for what the densities lack was fixed on one nuclide, I-125, where
    evaluations give 0.801, 0.156 and 0.035 for K, L and M (M.-M. Be et al., Table of Radionuclides, BIPM Monographie-5,
    vol. 6); it is no prediction there.
    """
    rows, source = shipped_table("nuclides", "capture_densities")
    densities = next((row for row in rows if row["nuclide"] == nuclide), None)
    if densities is None:
        raise RuleError(f"no capture densities for {nuclide}")
    z = int(densities["z"])
    weights = {}
    for shell in (name for name in densities if name not in ("nuclide", "z")):
        bound = binding_keV.get(shell)
        if bound is None or bound >= transition_keV:
            continue
        further = "KLMNO".index(shell[0])
        weights[shell] = float(densities[shell]) * (1 + EXCHANGE / z) ** further * (transition_keV - bound) ** 2
    total = sum(weights.values())
    if total == 0:
        raise RuleError(f"a transition of {transition_keV:g} keV captures from no shell of {nuclide}")
    return {shell: weight / total for shell, weight in weights.items() if weight > 0}, source
