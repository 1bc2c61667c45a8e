"""How far a dose factor is to be trusted: statistics of the kernels, the transport in them, and the nuclide's data.

All are relative standard uncertainties. The terms of the transport are judgements; each stands here once, with what it
rests on:

- Stopping powers of electrons are known to 1 to 2 % above 100 keV, 2 to 3 % down to 10 keV and 10 % at 1 keV (NIST,
  ESTAR, section 2, after ICRU Report 37), so that it matters whether a body is large or small against the range of
  slow electrons.
- BODY_LARGE: spheres of EGSnrc and published factors of 310 g spheres are met within 2 %; the smaller ones within 3 %.
- CELL_SELF: MCNPX and MIRDcell differ by 0 to 10 % in self-doses of Lu-177, I-131 and Y-90, PENELOPE and MIRD by 6 % in
  nuclei with I-125, Sb-119, I-123, In-111 or Tc-99m.
- CELL_CROSS_NEAR, CELL_CROSS_FAR: the same two programs differ by 4 to 16 % in cross-doses. The more where a gap lies
  between, which only the far end of the tracks crosses.
- CELL_CROSS_SLOW: continuous slowing down and event-by-event transport differ by up to 50 % for electrons below 20 keV
  in bodies up to 1 um (C. Bousis et al., Nucl. Instrum. Methods B 256 (2007) 547). Ours is between the two: condensed
  histories, and nothing followed below 1 keV.
- ALPHA_CELL: alphas run straight; two codes differ by less than 3 % in cells, by their stopping powers, which are less
  well known in the last micrometres of a track.

The works: with MCNPX "Comparison of MCNPX and MIRDcell in assessing self-dose and cross-dose delivered to cell nuclei
and the development of a realistic geometric model"; with PENELOPE "Fast Monte Carlo simulation of DNA damage induction
by Auger-electron emission"; on alphas "Evaluation and comparison of PENHAN and FLUKA Monte Carlo codes for small-scale
dosimetry in targeted radionuclide therapy with alpha emitters", Phys. Med. Biol. 70 (2025) 245027.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

from hevesy.matter.electron import csda_range_g_per_cm2
from hevesy.matter.material import material
from hevesy.nuclides.emission import Spread
from hevesy.radiation.point_kernel import Left, SLOW_keV

BODY_LARGE, CELL_SELF = 0.02, 0.05
CELL_CROSS_NEAR, CELL_CROSS_FAR = 0.10, 0.15
CELL_CROSS_SLOW, SLOW_GAP_cm = 0.30, 2e-4
ALPHA_CELL = 0.05
SMALL_BY_keV, LARGE_BY_keV = 30.0, 300.0
"""Of electrons in water: bodies of a radius below the range at the first (18 um) are as cells, at the second (0.84 mm)
and above as organs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Uncertainty:
    """Relative standard uncertainties, by where they come from; as independent of one another."""

    statistics: float
    """Of the kernels' computation."""
    transport: float
    """Of the physics in them, and of the geometry they meet."""
    nuclide: float
    """Of what the decay gives, by the spread of evaluations."""

    @property
    def whole(self) -> float:
        """All together."""
        return math.hypot(self.statistics, self.transport, self.nuclide)


def of_nuclide(left: Left, spread: Spread) -> float:
    """What the spread of a nuclide's evaluations makes of the dose: each kind with its share, as independent."""
    electrons = left.beta_keV + left.electron_keV + left.bremsstrahlung_keV + left.local_keV - left.recoil_keV
    parts = (
        spread.electron * electrons,
        spread.photon * left.photon_keV,
        spread.alpha * (left.alpha_keV + left.recoil_keV),
    )
    return math.hypot(*parts) / left.total_keV if left.total_keV > 0 else 0.0


def of_body(radius_g_per_cm2: float) -> float:
    """Of the transport, for the self-dose of a body filled evenly, by its radius against the range of electrons.

    5 % where it is below the range of 30 keV, as in cells; 2 % from the range of 300 keV on; between on the logarithm.

    >>> of_body(1.0), of_body(5e-4)
    (0.02, 0.05)
    """
    small, large = _range_g_per_cm2(SMALL_BY_keV), _range_g_per_cm2(LARGE_BY_keV)
    part = math.log(radius_g_per_cm2 / small) / math.log(large / small)
    return CELL_SELF + min(max(part, 0.0), 1.0) * (BODY_LARGE - CELL_SELF)


@cache
def _range_g_per_cm2(energy_keV: float) -> float:
    return csda_range_g_per_cm2(material("water"), energy_keV)


def across(left: Left, gap_cm: float) -> float:
    """Of the transport, for the dose of a compartment from another so far away (0: they touch), by what brings it.

    Parts are added up, as they go together.
    """
    usual = CELL_CROSS_FAR if gap_cm > 0 else CELL_CROSS_NEAR
    slow = CELL_CROSS_SLOW if gap_cm < SLOW_GAP_cm else CELL_CROSS_FAR
    heavy, short = left.alpha_keV + left.recoil_keV, left.slow_keV + left.local_keV - left.recoil_keV
    parts = slow * short + ALPHA_CELL * heavy + usual * (left.total_keV - short - heavy)
    return parts / left.total_keV if left.total_keV > 0 else usual


def words_of_bodies() -> str:
    """The term of the transport for bodies, for answers."""
    small, large = (_range_g_per_cm2(energy) * 1e4 for energy in (SMALL_BY_keV, LARGE_BY_keV))
    return (
        f"of the transport {100 * BODY_LARGE:g} % for radii from {large:.3g} um (in water; the range of electrons of "
        f"{LARGE_BY_keV:g} keV), {100 * CELL_SELF:g} % below {small:.2g} um ({SMALL_BY_keV:g} keV) as in cells, "
        "between on the logarithm"
    )


def words_of_cells() -> str:
    """The terms of the transport in cells, for answers."""
    return (
        f"of the transport {100 * CELL_SELF:g} % from a compartment to itself; to another {100 * CELL_CROSS_NEAR:g} % "
        f"where they touch and {100 * CELL_CROSS_FAR:g} % across a gap, {100 * CELL_CROSS_SLOW:g} % of what electrons "
        f"of lines below {SLOW_keV:g} keV bring across less than {SLOW_GAP_cm * 1e4:g} um, {100 * ALPHA_CELL:g} % of "
        "what alphas do"
    )


def words_of_nuclide(spread: Spread) -> str:
    """The term of the nuclide, for answers."""
    kinds = {"electrons": spread.electron, "photons": spread.photon, "alphas": spread.alpha}
    named = [f"{name} {100 * value:.2g} %" for name, value in kinds.items() if value > 0]
    if not named:
        return "of the nuclide none: no spread between evaluations is known here"
    return f"of the nuclide the spread between evaluations ({', '.join(named)}), on what each leaves in the target"
