"""The page of a nuclide: what a physicist wants to see before using its numbers."""

from __future__ import annotations

from typing import Any

from hevesy.nuclides.emission import Emission, Emissions, Kind
from hevesy.nuclides.library import chain, released_share
from hevesy.nuclides.nuclide import Nuclide

SHOWN = 8
TITLES: tuple[tuple[Kind, str], ...] = (
    ("alpha", "alpha particles"),
    ("gamma", "gammas"),
    ("annihilation", "annihilation photons"),
    ("x_ray", "X rays"),
    ("conversion_electron", "conversion electrons"),
    ("auger_electron", "Auger and Coster-Kronig electrons"),
)


def _mean_energies(found: Emissions) -> dict[str, float]:
    return {
        "electron": found.electron_keV,
        "photon": found.photon_keV,
        "alpha": found.alpha_keV,
        "beta": found.beta_keV,
        "below_1_keV": found.below_1_keV,
        "total": found.energy_keV,
    }


def document_of(about: Nuclide, found: Emissions, beside: Emissions | None) -> dict[str, Any]:
    """The page as one JSON document; `beside` is Hevesy's own data where other data were asked for."""
    document: dict[str, Any] = {
        "nuclide": about.name,
        "half_life_h": about.half_life_h,
        "half_life_standard_uncertainty_h": about.half_life_standard_uncertainty_h,
        "decay_modes": [
            {
                "mode": mode.mode,
                "daughter": mode.daughter,
                "branching": mode.branching,
                "branching_standard_uncertainty": mode.branching_standard_uncertainty,
                "q_keV": mode.q_keV,
            }
            for mode in about.modes
        ],
        "chain": list(chain(about.name)),
        "mean_energy_keV": _mean_energies(found),
        "released_share": released_share(about.name) if beside is None else None,
        "emissions": [
            {
                "kind": line.kind,
                "energy_keV": line.energy_keV,
                "yield_per_decay": line.yield_per_decay,
                "yield_standard_uncertainty": line.yield_standard_uncertainty,
                "transition": line.transition or None,
            }
            for line in found.lines
        ]
        + [
            {
                "kind": "beta_minus" if branch.sign == -1 else "beta_plus",
                "energy_keV": branch.mean_keV,
                "endpoint_keV": branch.endpoint_keV or None,
                "yield_per_decay": branch.yield_per_decay,
                "yield_standard_uncertainty": branch.yield_standard_uncertainty,
                "transition": None,
            }
            for branch in found.branches
        ],
        "because": list(found.because),
        "source": "; ".join(str(source) for source in found.sources),
        "half_life_source": str(about.source),
        "source_sha256": about.source.sha256,
    }
    if beside is not None:
        document["with_hevesy_data"] = _mean_energies(beside)
    return document


def _part(value: float, digits: int = 4) -> str:
    return f"{100 * value:.{digits}g} %"


def _lines(title: str, lines: tuple[Emission, ...]) -> list[str]:
    if not lines:
        return []
    total = sum(line.energy_keV * line.yield_per_decay for line in lines)
    told = [
        f"{title}: {len(lines)} lines, {sum(line.yield_per_decay for line in lines):.4g} and {total:.4g} keV per decay"
    ]
    for line in lines[:SHOWN]:
        u = line.yield_standard_uncertainty
        error = f" +- {_part(u, 2)}" if u else ""
        told.append(
            f"  {line.energy_keV:10.3f} keV  {_part(line.yield_per_decay):>9}{error}  {line.transition}".rstrip()
        )
    if len(lines) > SHOWN:
        rest = lines[SHOWN:]
        told.append(
            f"  and {len(rest)} more with {sum(line.energy_keV * line.yield_per_decay for line in rest):.3g} keV per "
            "decay"
        )
    return told


def page(about: Nuclide, found: Emissions, document: dict[str, Any]) -> str:
    """The page in words and tables."""
    half_life_h, u = about.half_life_h, about.half_life_standard_uncertainty_h
    scale, unit = (24.0, "d") if half_life_h >= 48 else (1.0, "h") if half_life_h >= 1 else (1 / 3600, "s")
    error = f" +- {u / scale:.2g}" if u else ""
    told = [
        f"{about.name}: half-life {half_life_h / scale:.6g}{error} {unit} ({half_life_h:.6g} h), standard uncertainty"
    ]
    told += [
        f"  {mode.mode} to {mode.daughter}: {_part(mode.branching)} of decays, {mode.q_keV:.6g} keV set free"
        for mode in about.modes
    ]
    if len(document["chain"]) > 1:
        told.append(f"  chain: {', '.join(document['chain'])}")
    means = document["mean_energy_keV"]
    told.append(
        f"energy per decay: electrons {means['electron']:.5g} keV (betas {means['beta']:.5g}), "
        f"photons {means['photon']:.5g} keV"
        + (f", alphas with recoil {means['alpha']:.6g} keV" if means["alpha"] else "")
    )
    told.append(
        f"  of this {means['below_1_keV']:.3g} keV in lines below 1 keV; photons below 1 keV are counted with the "
        "electrons"
    )
    if document["released_share"] is not None:
        told.append(
            f"  with the neutrinos {_part(document['released_share'], 5)} of the energy set free is accounted for"
        )
    if "with_hevesy_data" in document:
        own = document["with_hevesy_data"]
        told.append(
            f"  with Hevesy's own data: electrons {own['electron']:.5g} keV, photons {own['photon']:.5g} keV"
            + (f", alphas with recoil {own['alpha']:.6g} keV" if own["alpha"] else "")
        )
    for branch in found.branches:
        name = "beta-" if branch.sign == -1 else "beta+"
        end = f", endpoint {branch.endpoint_keV:.6g} keV" if branch.endpoint_keV else ""
        shape = f", unique forbidden of order {branch.forbidden}" if branch.forbidden else ""
        told.append(f"{name}: {_part(branch.yield_per_decay)}{end}, mean {branch.mean_keV:.5g} keV{shape}")
    for kind, title in TITLES:
        told += _lines(title, found.of(kind))
    told += list(found.because)
    told += [f"half-life: {about.source}", *(f"source: {source}" for source in found.sources)]
    return "\n".join(told)
