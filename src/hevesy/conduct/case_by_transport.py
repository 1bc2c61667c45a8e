"""Organ doses of a case as followed in the patient's own images: what treat voxel-dose answered."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from hevesy.conduct.case_activity import CALIBRATION, NUCLIDE, Powers, Told, joined, labels
from hevesy.conduct.case_by_table import Place
from hevesy.conduct.case_organs import OrgansFound
from hevesy.errors import DeliveryError
from hevesy.nuclides.library import nuclide
from hevesy.study.case import REST, Case
from hevesy.treat.dose_uncertainty import Input, Part, Term
from hevesy.treat.organ_dose import SourceActivity, dose_of
from hevesy.treat.possible import decays_possible

DECAYS_PER_MBq_h = 3.6e9
PARTS: tuple[tuple[str, Part], ...] = (("statistics", "statistics"), ("model", "S"), ("nuclide", "nuclide"))
"""Of an uncertainty, as answered and as told here."""


def organs_by_transport(case: Case, place: Place, before: Told) -> OrgansFound:
    """Doses to the regions of the images; `before` is what was told until here."""
    assert case.voxel_dose is not None
    answered = read_voxel_doses(place(case.voxel_dose))
    treated, _ = labels(case)
    if nuclide(str(answered["nuclide"])).name != treated.name:
        raise DeliveryError(f"{case.voxel_dose} is of {answered['nuclide']}, and doses are asked for of {treated.name}")
    how = f"doses as followed in the patient's own images by {answered['method']}: {case.voxel_dose}"
    warnings = tuple(str(one) for one in answered.get("warnings", ()))
    by = case.administered_MBq / case.given[0].activity_MBq if case.integrals_of == "first administration" else 1.0
    if "decays" in answered:
        tia_MBq_h = by * answered["decays"] / DECAYS_PER_MBq_h
        every = SourceActivity(name="all voxels", source=REST, target=None, tia_MBq_h=tia_MBq_h)
        warnings += decays_possible([every], case.administered_MBq, treated.half_life_h)
    told = replace(before, inputs=tuple(one for one in before.inputs if one.name != NUCLIDE))
    told += Told(because=(how,), warnings=warnings)
    terms = []
    for one in answered["regions"]:
        term, of_region = _term(case, one, by, told)
        terms.append(term)
        told += of_region
    told += Told(untold=("fit and volume of the images' activity",))
    inputs = joined(case, told)
    doses = [dose_of(term.source, [term], inputs) for term in terms]
    return OrgansFound(
        organs=told.honest(sorted(doses, key=lambda one: -one.dose_Gy)),
        inputs=inputs,
        told=told,
    )


def _term(case: Case, one: dict[str, Any], by: float, before: Told) -> tuple[Term, Told]:
    """The dose of a region, and the inputs of it that are not there yet: statistics are its own.

    `by`: what takes a dose of the first administration to all of them.
    """
    name = str(one["region"])
    powers: Powers = ((CALIBRATION, 1.0),) if case.calibration is not None else ()
    inputs: tuple[Input, ...] = ()
    blind: frozenset[str] = frozenset()
    for key, part in PARTS:
        percent = one["uncertainty_parts_percent"][key]
        if percent is None:
            blind |= {name}
            continue
        input = Input(name=f"{name if key == 'statistics' else 'all'}: {key}", part=part, relative=percent / 100)
        powers = (*powers, (input.name, 1.0))
        if not before.has(input.name):
            inputs = (*inputs, input)
    term = Term(source=name, dose_Gy=by * float(one["mean_Gy"]), exponents=powers)
    return term, Told(inputs=inputs, without_error=blind)


def read_voxel_doses(path: Path) -> dict[str, Any]:
    """What treat voxel-dose answered, as data."""
    try:
        found: Any = json.loads(path.read_text(encoding="utf-8"))
        for one in found["regions"]:
            float(one["mean_Gy"]), one["region"], one["uncertainty_parts_percent"]["model"]
        found["nuclide"], found["method"], float(found.get("decays", 0.0))
    except OSError as error:
        raise DeliveryError(f"{path.name}: {error.strerror or error}") from None
    except (ValueError, KeyError, TypeError) as error:
        raise DeliveryError(f"{path.name} is no answer of ⟦treat voxel-dose⟧ as data: {error!r}") from None
    return dict(found)
