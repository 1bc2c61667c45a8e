"""Which evaluation of a nuclide is taken, and why: ENDF/B-VIII.1 unless JEFF-4.0 and JENDL-5 say otherwise.

The rule (docs/decisions/0011-decay-data.md). All evaluations are computed alike: their own lines of the nucleus, betas
and atoms by Hevesy. ENDF/B-VIII.1 stands unless

- evaluations differ by more than 10 % in what a decay gives to electrons, photons or alphas, where that is over 1 % of
  the energy it emits, or
- its released share lies outside 0.99..1.01, or
- its alpha lines miss their branching by more than 2 %, where that is over 1 % of its decays, or
- a fault of it is named in FAULTS; it is then out of the comparison.

Then the evaluation whose released share is nearest 1 is taken, if that lies within 0.99..1.01. Of those within 0.2 % of
the nearest it is the one whose strongest gamma agrees best with the latest evaluation of DDEP or ENSDF (CITED); the
nearest, where they agree equally. An evaluation with other daughters (an isomer counted apart) is listed, not compared,
and one with a fault likewise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from decay_rows import Rows
from hevesy.nuclides.comparison import ACCOUNTED
from hevesy.nuclides.evaluated import LARGEST_SCALING, emissions_of, released_share

STANDARD = "ENDF/B-VIII.1"
DIFFERENT, COUNTS, AS_WELL = 0.10, 0.01, 0.002
PARTS = ("electron", "photon", "alpha")
FAULTS = {
    "Ac-225": (
        "the 99.8 keV transition has a conversion coefficient of 23 +- 23 in ENDF/B-VIII.1 (22 keV of electrons a "
        "decay), 0.107 (E1) in JEFF-4.0 and JENDL-5"
    ),
}
CITED: dict[str, tuple[float, float, str]] = {
    "Ac-225": (99.89, 0.0108, "X. Huang and B. Wang, IAEA evaluation of August 2009, as carried by JEFF-4.0"),
    "Gd-149": (149.735, 0.482, "B. Singh, Nucl. Data Sheets 102 (2004) 1, as carried by JENDL-5"),
    "Pb-203": (279.195, 0.8094, "V. Chiste and M.-M. Be, DDEP evaluation of September 2006, as carried by JEFF-4.0"),
    "Tb-152": (344.2785, 0.635, "M. J. Martin, Nucl. Data Sheets 114 (2013) 1497, as carried by JENDL-5"),
    "Th-227": (235.96, 0.126, "E. Browne, DDEP evaluation of May 2002, as carried by JEFF-4.0"),
}
"""Energy in keV and number per decay of a gamma, and who evaluated it last, as the files' own comments say.

They were not looked up apart from the files.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """What an evaluation gives a decay (keV, alphas with recoils), its share of Q, and what its alphas add up to."""

    evaluation: str
    rows: Rows
    electron_keV: float
    photon_keV: float
    alpha_keV: float
    released_share: float
    alphas: float
    """Alpha lines over alpha branching; 1 where that is under a percent."""

    @property
    def daughters(self) -> frozenset[str]:
        """Where more than a percent of its decays lead."""
        return frozenset(str(row["daughter"]) for row in self.rows.modes if float(str(row["branching"])) > COUNTS)

    @property
    def away(self) -> float:
        """Of the released share from 1."""
        return abs(self.released_share - 1)

    def gamma(self, energy_keV: float) -> float:
        """Number per decay of the gamma nearest an energy."""
        gammas = [row for row in self.rows.radiations if row["kind"] == "gamma"]
        near = min(gammas, key=lambda row: abs(float(str(row["energy_keV"])) - energy_keV))
        return float(str(near["intensity"]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The evaluation that was taken and why, and those that were not compared."""

    taken: Candidate
    reason: str
    apart: tuple[Candidate, ...]


def candidate(rows: Rows) -> Candidate:
    """An evaluation's nuclide, computed."""
    evaluated = rows.evaluated()
    emitted = emissions_of(evaluated)
    alphas = sum(float(row["intensity"]) for row in evaluated.rows if row["kind"] == "alpha")
    branching = sum(mode.branching for mode in evaluated.about.modes if mode.mode == "alpha")
    return Candidate(
        evaluation=str(rows.decay["evaluation"]),
        rows=rows,
        electron_keV=emitted.electron_keV,
        photon_keV=emitted.photon_keV,
        alpha_keV=emitted.alpha_keV,
        released_share=released_share(evaluated, emitted),
        alphas=alphas / branching if branching > COUNTS else 1.0,
    )


def choose(nuclide: str, candidates: Sequence[Candidate]) -> Choice:
    """Which evaluation is taken, by the rule."""
    standard = next(one for one in candidates if one.evaluation == STANDARD)
    apart = tuple(
        one for one in candidates if one.daughters != standard.daughters or (one is standard and nuclide in FAULTS)
    )
    compared = [one for one in candidates if one not in apart]
    against = objections(nuclide, standard, compared)
    if not against:
        told = "no part over 1 % of the energy differs between evaluations by more than 10 %"
        return Choice(taken=standard, reason=told, apart=apart)
    ranked = sorted(compared, key=lambda one: one.away)
    near = [one for one in ranked if one.away <= ranked[0].away + AS_WELL]
    taken, how = ranked[0], "its released share is nearest 1"
    if ranked[0].away > ACCOUNTED:
        taken, how = standard, "no evaluation accounts for the energy to 1 %"
    elif len(near) > 1 and nuclide in CITED:
        energy, cited, work = CITED[nuclide]
        taken = min(near, key=lambda one: abs(one.gamma(energy) - cited))
        names = " and ".join(one.evaluation for one in near)
        numbers = " and ".join(f"{one.gamma(energy):.4g}" for one in near)
        how = (
            f"the released shares of {names} are within 0.2 %; they give the {energy:g} keV gamma {numbers} times a "
            f"decay, {work}, {cited:g}"
        )
    elif len(near) > 1 and standard in near:
        taken, how = standard, "its released share is within 0.2 % of the nearest, and no newer evaluation is cited"
    shares = ", ".join(f"{one.evaluation} {one.released_share:.4f}" for one in ranked)
    return Choice(taken=taken, reason=f"{'; '.join(against)}; {how}; released shares: {shares}", apart=apart)


def objections(nuclide: str, standard: Candidate, compared: Sequence[Candidate]) -> list[str]:
    """What speaks against taking ENDF/B-VIII.1 unseen."""
    found = [FAULTS[nuclide]] if nuclide in FAULTS else []
    whole = standard.electron_keV + standard.photon_keV + standard.alpha_keV
    for part in PARTS:
        values = [float(getattr(one, f"{part}_keV")) for one in compared]
        if max(values) > COUNTS * whole and max(values) > (1 + DIFFERENT) * min(values):
            found.append(f"{part}s differ: {', '.join(f'{value:.4g}' for value in values)} keV a decay")
    if standard.away > ACCOUNTED:
        found.append(f"{STANDARD} releases {100 * standard.released_share:.4g} % of Q")
    if abs(standard.alphas - 1) > LARGEST_SCALING:
        found.append(f"the alpha lines of {STANDARD} add up to {standard.alphas:.4f} of their branching")
    return found
