"""Tumours of a case: spheres filled evenly, each with the dose of its own activity."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from hevesy.conduct.case_activity import NOTHING, Told, all_told, joined, labels, volume_of
from hevesy.errors import CannotAnswerError, RuleError
from hevesy.nuclides.chain import emissions_with_chain
from hevesy.nuclides.emission import Emissions
from hevesy.radiation.point_kernel import point_kernel
from hevesy.radiation.sphere_dose import LARGEST_g, SMALLEST_g, sphere_dose
from hevesy.study.case import Case, CaseTumour
from hevesy.treat.dose_uncertainty import Input, Inputs, Term
from hevesy.treat.organ_dose import Gy_PER_MBq_h, OrganDose, SourceActivity, dose_of
from hevesy.treat.possible import decays_possible

STEP = 1e-3
"""Of a mass, up and down: how the dose factor goes with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sphere:
    """A tumour: its dose and what it is made of."""

    name: str
    dose: OrganDose
    tia_MBq_h: float
    mass_g: float
    s_mGy_per_MBq_s: float
    recovery: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SpheresFound:
    """Doses to tumours, what they are uncertain by, and all that was told until then."""

    spheres: tuple[Sphere, ...] = ()
    inputs: Inputs | None = field(default=None, repr=False)
    told: Told


def spheres(case: Case, sources: Sequence[SourceActivity], before: Told) -> SpheresFound:
    """Tumours by their sources, in the order of the case; `before` is what was told until here."""
    if not case.tumours:
        return SpheresFound(told=before)
    treated, _ = labels(case)
    try:
        emitted = emissions_with_chain(treated.name, case.chain)
    except RuleError as error:
        raise CannotAnswerError(f"chain: {error.rule}") from None
    told = before + Told(warnings=decays_possible(sources, case.administered_MBq, treated.half_life_h))
    made = [_sphere(one, found, emitted, told) for one, found in zip(case.tumours, sources, strict=True)]
    told += all_told([of_sphere for _, _, of_sphere in made])
    inputs = joined(case, told)
    found = []
    for source, (term, s_mGy_per_MBq_s, _), one in zip(sources, made, case.tumours, strict=True):
        assert one.weighed.mass_g is not None
        (dose,) = told.honest([dose_of(one.name, [term], inputs, [one.name])])
        found.append(
            Sphere(
                name=one.name,
                dose=dose,
                tia_MBq_h=source.tia_MBq_h,
                mass_g=one.weighed.mass_g,
                s_mGy_per_MBq_s=s_mGy_per_MBq_s,
                recovery=None if source.recovered is None else source.recovered.value,
            )
        )
    how = "tumours: spheres filled evenly, dose of their own activity alone, by Hevesy's point kernels"
    because = (how, *(str(one) for one in emitted.because))
    return SpheresFound(spheres=tuple(found), inputs=inputs, told=told + Told(because=because))


def _sphere(one: CaseTumour, source: SourceActivity, emitted: Emissions, before: Told) -> tuple[Term, float, Told]:
    """The dose of a tumour, its S value, and the inputs that are its own."""
    mass_g = one.weighed.mass_g
    assert mass_g is not None
    if not SMALLEST_g <= mass_g * (1 - STEP) < mass_g * (1 + STEP) <= LARGEST_g:
        raise CannotAnswerError(f"{one.name}: spheres weigh {SMALLEST_g:g} to {LARGEST_g:g} g, got {mass_g:g} g")
    kernel = point_kernel(emitted, one.matter)
    sphere = sphere_dose(kernel, mass_g)
    more, less = (sphere_dose(kernel, mass_g * (1 + step)).s_mGy_per_MBq_s for step in (STEP, -STEP))
    power = math.log(more / less) / math.log((1 + STEP) / (1 - STEP))
    parts = sphere.uncertainty
    physics = Input(name=f"{one.name}: transport", part="S", relative=math.hypot(parts.statistics, parts.transport))
    spectra = Input(name=f"{one.name}: emissions", part="nuclide", relative=parts.nuclide)
    volume = volume_of(one.name)
    of_mass = ((volume, power),) if before.has(volume) else ()
    term = Term(
        source=one.name,
        dose_Gy=source.tia_MBq_h * sphere.s_mGy_per_MBq_s * Gy_PER_MBq_h,
        exponents=(*source.exponents, (physics.name, 1.0), (spectra.name, 1.0), *of_mass),
        recovered=source.recovered,
    )
    return term, sphere.s_mGy_per_MBq_s, NOTHING + Told(inputs=(physics, spectra))
