"""S values from ICRP Publications 133 and 107 against MIRDcalc's and FlexID's, and against closed forms."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from hevesy.files.icrp107 import Betas, read_icrp107
from hevesy.files.icrp133 import read_icrp133
from hevesy.nuclides.emission import PHOTONS, Emissions
from hevesy.radiation.absorbed_fractions import SpecificAbsorbedFractions
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
