"""S values from ICRP Publications 133 and 107 against MIRDcalc's and FlexID's, and against closed forms."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.integrate import quad
from scipy.interpolate import PchipInterpolator

from hevesy.errors import RuleError
from hevesy.files.icrp107 import Betas, read_icrp107
from hevesy.files.icrp133 import read_icrp133
from hevesy.nuclides.emission import PHOTONS, BetaSpectrum, Emission, Emissions, Kind
from hevesy.nuclides.library import emissions
from hevesy.provenance import Source
from hevesy.radiation.absorbed_fractions import AbsorbedFractions, SpecificAbsorbedFractions
from hevesy.radiation.s_values import SMatrix, s_matrix
from hevesy.radiation.words import Phantom
from tests.conftest import reference

Floats = NDArray[np.float64]

SOURCES = {
    "Adipose tissue": "Adipose",
    "Adrenals": "Adrenals",
    "Alveolar-interstitial (sub lungs)": "ALV",
    "Bone - cortical surface (sub volume)": "C-bone-S",
    "Bone - cortical volume": "C-bone-V",
    "Bone - trabecular surfaces (sub volumes)": "T-bone-S",
    "Bone - trabecular volumes": "T-bone-V",
    "Bone marrow - red (active)": "R-marrow",
    "Bone marrow - yellow (inactive)": "Y-marrow",
    "Brain": "Brain",
    "Breast tissue": "Breast",
    "Bronchial bound region (sub lungs)": "Bronchi-b",
    "Bronchial sequestered region (sub lungs)": "Bronchi-q",
    "Bronchial surface (sub lungs)": "Bronchi",
    "Bronchiolar bound region (sub lungs)": "Brchiole-b",
    "Bronchiolar sequestered region (sub lungs)": "Brchiole-q",
    "Bronchiolar surface (sub lungs)": "Brchiole",
    "Cartilage": "Cartilage",
    "Colon content - left": "LC-cont",
    "Colon content - rectosigmoid": "RS-cont",
    "Colon content - right": "RC-cont",
    "Colon mucosa - left (sub wall)": "LC-mucosa",
    "Colon mucosa - rectosigmoid (sub wall)": "RS-mucosa",
    "Colon mucosa - right (sub wall)": "RC-mucosa",
    "Colon wall - left": "LC-wall",
    "Colon wall - rectosigmoid": "RS-wall",
    "Colon wall - right": "RC-wall",
    "Esophagus - fast (sub wall)": "Oesophag-f",
    "Esophagus - slow (sub wall)": "Oesophag-s",
    "Esophagus wall": "Oesophag-w",
    "ET1 airway surface (sub wall)": "ET1-sur",
    "ET1 airway wall": "ET1-wall",
    "ET2 airway bound region (sub wall)": "ET2-bnd",
    "ET2 airway sequestered region (sub wall)": "ET2-seq",
    "ET2 airway surface (sub wall)": "ET2-sur",
    "ET2 airway wall": "ET2-wall",
    "Eye lens": "Eye-lens",
    "Gallbladder content": "GB-cont",
    "Gallbladder wall": "GB-wall",
    "Heart wall": "Ht-wall",
    "Kidneys": "Kidneys",
    "Liver": "Liver",
    "Lymph nodes - extrathoracic": "LN-ET",
    "Lymph nodes - systemic": "LN-Sys",
    "Lymph nodes - thoracic": "LN-Th",
    "Blood (classic ICRP)": "Blood",
    "Muscle": "Muscle",
    "Oral cavity (gas)": "O-cavity",
    "Oral mucosa": "O-mucosa",
    "Ovaries": "Ovaries",
    "Pancreas": "Pancreas",
    "Pituitary gland": "P-gland",
    "Prostate": "Prostate",
    "Respiratory tract air (gas)": "RT-air",
    "Salivary glands": "S-glands",
    "Skin": "Skin",
    "Small intestine content": "SI-cont",
    "Small intestine mucosa (sub wall)": "SI-mucosa",
    "Small intestine villi (sub wall)": "SI-villi",
    "Small intestine wall": "SI-wall",
    "Spleen": "Spleen",
    "Stomach content": "St-cont",
    "Stomach mucosa (sub wall)": "St-mucosa",
    "Stomach wall": "St-wall",
    "Teeth surface (sub volume)": "Teeth-S",
    "Teeth volume": "Teeth-V",
    "Testes": "Testes",
    "Thymus": "Thymus",
    "Thyroid": "Thyroid",
    "Tongue": "Tongue",
    "Tonsils": "Tonsils",
    "Ureters": "Ureters",
    "Urinary bladder content": "UB-cont",
    "Urinary bladder wall": "UB-wall",
    "Uterus": "Uterus",
}
"""MIRDcalc's names of sources, and those of ICRP Publication 133."""

TARGETS = {
    "Adipose tissue": "Adipose",
    "Adrenals": "Adrenals",
    "Bone - endosteal cells": "Endost-BS",
    "Bone marrow - red (active)": "R-marrow",
    "Brain": "Brain",
    "Breast tissue": "Breast",
    "Bronchial basal cells": "Bronch-bas",
    "Bronchial secretory cells": "Bronch-sec",
    "Bronchiolar secretory cells": "Bchiol-sec",
    "Colon - left": "LC-stem",
    "Colon - rectosigmoid": "RS-stem",
    "Colon - right": "RC-stem",
    "Esophagus": "Oesophagus",
    "ET1 airway basal cells": "ET1-bas",
    "ET2 airway basal cells": "ET2-bas",
    "Eye lens": "Eye-lens",
    "Gallbladder wall": "GB-wall",
    "Heart wall": "Ht-wall",
    "Kidneys": "Kidneys",
    "Liver": "Liver",
    "Lungs (AI)": "AI",
    "Lymph nodes - extrathoracic": "LN-ET",
    "Lymph nodes - systemic": "LN-Sys",
    "Lymph nodes - thoracic": "LN-Th",
    "Muscle": "Muscle",
    "Oral mucosa": "O-mucosa",
    "Ovaries": "Ovaries",
    "Pancreas": "Pancreas",
    "Pituitary gland": "P-gland",
    "Prostate": "Prostate",
    "Salivary glands": "S-glands",
    "Skin": "Skin",
    "Small intestine": "SI-stem",
    "Spleen": "Spleen",
    "Stomach": "St-stem",
    "Testes": "Testes",
    "Thymus": "Thymus",
    "Thyroid": "Thyroid",
    "Tongue": "Tongue",
    "Tonsils": "Tonsils",
    "Ureters": "Ureters",
    "Urinary bladder wall": "UB-wall",
    "Uterus": "Uterus",
}
"""MIRDcalc's names of targets, and those of ICRP Publication 133."""
TELLING = 980
"""Pairs that are compared at the least, in each phantom."""


@cache
def phantom(name: Phantom) -> SpecificAbsorbedFractions:
    """Absorbed fractions, read once."""
    return read_icrp133(reference("icrp"), name)


def iodine(betas: Betas) -> Emissions:
    """What I-131 emits after ICRP Publication 107."""
    return read_icrp107(reference("icrp"), "I-131", betas)


def published(name: Phantom, part: str) -> dict[tuple[str, str], float]:
    """MIRDcalc's S values of I-131 by target and source in the names of Publication 133, without those that are 0."""
    content = json.loads(reference(f"svalues/{name.lower()}_i131svalue_{part}.json").read_text())
    assert content["Unit"] == "mGy/(MBq s)"
    rows = content["Svalues"]
    pairs = {(TARGETS[t], SOURCES[s]): float(rows[s][t]) for s in SOURCES for t in TARGETS}
    return {pair: value for pair, value in pairs.items() if value > 0}


def apart(matrix: SMatrix, told: dict[tuple[str, str], float]) -> Floats:
    """By how much of the published value each pair differs."""
    return np.array([matrix.of(*pair) / value - 1 for pair, value in told.items()])


@pytest.mark.parametrize("name", ["AM", "AF"])
@pytest.mark.parametrize("part", ["beta", "gamma"])
def test_read_as_mirdcalc_reads_s_values_are_mirdcalcs(name: Phantom, part: str) -> None:
    emitted = iodine("straight lines")
    photons = tuple(line for line in emitted.lines if line.kind in PHOTONS)
    kept = (
        replace(emitted, lines=photons, spectra=())
        if part == "gamma"
        else replace(emitted, lines=tuple(line for line in emitted.lines if line not in photons))
    )
    differs = np.abs(apart(s_matrix(phantom(name), kept), published(name, part)))
    assert len(differs) >= 2 * TELLING
    assert np.median(differs) <= 3e-5
    assert np.quantile(differs, 0.95) <= 1e-4
    assert differs.max() <= 1e-3


@pytest.mark.parametrize("name", ["AM", "AF"])
def test_read_by_a_smooth_curve_betas_bring_less_by_four_in_a_thousand(name: Phantom) -> None:
    """The table of betas ends in steps of 50 keV: by straight lines between them the mean energy is 0.41 % too high."""
    smooth, straight = iodine("monotone cubic"), iodine("straight lines")
    tabulated = sum(branch.mean_keV * branch.yield_per_decay for branch in smooth.branches)
    assert straight.beta_keV / tabulated - 1 == pytest.approx(0.0041, abs=5e-5)
    assert abs(smooth.beta_keV / tabulated - 1) < 2e-4
    own = {pair: value for pair, value in published(name, "beta").items() if pair[0] == pair[1]}
    betas = replace(smooth, lines=tuple(line for line in smooth.lines if line.kind not in PHOTONS))
    assert np.median(apart(s_matrix(phantom(name), betas), own)) == pytest.approx(-0.0041 * 0.95, abs=4e-4)


def made_up(values: tuple[float, ...], energies_keV: tuple[float, ...]) -> AbsorbedFractions:
    """A table of one target and one source."""
    return AbsorbedFractions(energies_keV=np.array(energies_keV), per_kg=np.array(values).reshape(-1, 1, 1))


def test_lines_and_spectra_are_the_integral_of_a_monotone_cubic() -> None:
    """Against scipy's interpolator under an adaptive integral, for a spectrum with steep ends."""
    energies, values = (0.0, 10.0, 50.0, 100.0, 300.0, 800.0, 4000.0), (9.0, 8.9, 4.0, 4.1, 1.0, 0.2, 0.0)
    spectrum = BetaSpectrum(
        sign=-1, energy_keV=np.array([0.0, 3.0, 75.0, 260.0, 606.0]), per_keV=np.array([4e-3, 3.9e-3, 2e-3, 1e-3, 0.0])
    )
    cubic = PchipInterpolator(energies, values)
    edges = sorted({*energies[:-1], *map(float, spectrum.energy_keV)})
    told = sum(
        quad(lambda e: e * np.interp(e, spectrum.energy_keV, spectrum.per_keV) * cubic(e), low, high, epsabs=1e-13)[0]
        for low, high in pairwise(edges)
        if high <= spectrum.energy_keV[-1]
    )
    told += 0.3 * 364.489 * float(cubic(364.489)) + 2.0 * 4000.0 * 0.0
    found = made_up(values, energies).absorbed_keV_per_kg([(364.489, 0.3), (4000.0, 2.0)], [spectrum])
    assert found.item() == pytest.approx(told, rel=1e-11)


def test_an_energy_beyond_the_table_is_refused() -> None:
    with pytest.raises(RuleError, match="reaches 900 keV, the absorbed fractions end at 800 keV"):
        made_up((1.0, 0.5), (0.0, 800.0)).absorbed_keV_per_kg([(900.0, 1.0)])


def alone(*lines: Emission) -> Emissions:
    """A nuclide of some lines."""
    return Emissions(
        nuclide="X-1", lines=lines, branches=(), spectra=(), because=(), sources=(Source(work="test", locator="test"),)
    )


def test_alphas_are_weighted_and_recoil_counts_as_an_alpha_of_2_MeV() -> None:
    told = phantom("AM")
    kinds: tuple[tuple[Kind, float], ...] = (("alpha", 6000.0), ("recoil", 100.0))
    alpha, recoil = (
        Emission(kind=kind, energy_keV=energy, yield_per_decay=1.0, yield_standard_uncertainty=None)
        for kind, energy in kinds
    )
    liver, whole = (told.targets.index("Liver"), told.sources.index("Liver")), told.of["alpha"]
    per_kg = {energy: float(whole.per_kg[place][liver]) for place, energy in enumerate(whole.energies_keV)}
    expected = 1e9 * 1.602176634e-16 * (6000 * per_kg[6000.0] + 100 * per_kg[2000.0])
    assert s_matrix(told, alone(alpha, recoil)).of("Liver", "Liver") == pytest.approx(expected, rel=1e-12)
    weighted = s_matrix(told, alone(alpha, recoil), alpha_weight=5.0)
    assert weighted.of("Liver", "Liver") == pytest.approx(5 * expected, rel=1e-12)
    assert dict(weighted.self_electron_share)["Liver"] == 1.0


@pytest.mark.parametrize(("organ", "ratio"), [("Liver", 1.31), ("Kidneys", 1.36), ("Spleen", 1.52)])
def test_without_their_blood_organs_give_themselves_more(organ: str, ratio: float) -> None:
    """The ratios of masses with blood (ICRP 133) to those of parenchyma (ICRP 89): 1.31, 1.36, 1.52."""
    electrons = replace(iodine("monotone cubic"), lines=())
    with_blood, parenchyma = (
        s_matrix(phantom("AM"), electrons, masses=masses).of(organ, organ) for masses in ("with blood", "parenchyma")
    )
    assert parenchyma / with_blood == pytest.approx(ratio, abs=0.005)


def test_parenchyma_of_the_liver_is_near_olindas() -> None:
    """OLINDA's own phantom has the liver of ICRP 89; its factor of I-131 is nearer to that of parenchyma."""
    rows = [line.split(",") for line in reference("svalues/olinda/ICRP89_DF_I-131-male.csv").read_text().splitlines()]
    column = [head.strip() for head in rows[0]].index("Liver")
    theirs = float(next(row for row in rows if row[0].strip() == "Liver")[column])
    with_blood, parenchyma = (
        s_matrix(phantom("AM"), iodine("monotone cubic"), masses=masses).of("Liver", "Liver")
        for masses in ("with blood", "parenchyma")
    )
    assert with_blood / theirs < 0.85
    assert parenchyma / theirs == pytest.approx(1, abs=0.06)


@pytest.mark.parametrize("name", ["AM", "AF"])
def test_hevesys_own_data_give_the_s_values_of_icrp_107_within_evaluations(name: Phantom) -> None:
    """Two evaluations of I-131: betas within 0.2 %, photons within 2 % in the middle of all pairs."""
    ours, theirs = (
        s_matrix(phantom(name), emitted).s_mGy_per_MBq_s for emitted in (emissions("I-131"), iodine("monotone cubic"))
    )
    differs = ours[theirs > 0] / theirs[theirs > 0] - 1
    assert abs(np.median(differs)) < 0.01
    assert np.quantile(np.abs(differs), 0.95) < 0.03


def test_other_tissue_is_spread_by_mass() -> None:
    found = s_matrix(phantom("AF"), iodine("monotone cubic"))
    named = [one for one in found.tissues if one not in ("Liver", "Muscle")]
    liver, muscle = (np.array([found.of(target, one) for target in found.targets]) for one in ("Liver", "Muscle"))
    assert found.of_other_tissue(named) == pytest.approx((1.4 * liver + 17.5 * muscle) / 18.9, rel=1e-12)
    with pytest.raises(RuleError, match="does not say what other tissue is"):
        found.of_other_tissue(found.tissues)
