"""From a patient's case to doses of organs, tumours and marrow: curves fitted, tables read, uncertainties joined."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from hevesy.conduct.case_activity import UNTOLD_SHARE, Told, all_told, common, joined, labels, source
from hevesy.conduct.case_by_table import Place, organs_by_table, rest_untold
from hevesy.conduct.case_by_transport import organs_by_transport
from hevesy.conduct.case_effects import AgainstLimit, Known, against_limits, effect, effective_mSv
from hevesy.conduct.case_marrow import MarrowDose
from hevesy.conduct.case_organs import OrgansFound
from hevesy.conduct.case_tumours import Sphere, SpheresFound, spheres
from hevesy.errors import CannotAnswerError
from hevesy.study.case import REST, Case, Method
from hevesy.treat.dose_uncertainty import Inputs
from hevesy.treat.effect import EffectOfOrgan
from hevesy.treat.fit import Fitted
from hevesy.treat.organ_dose import OrganDose, SourceActivity


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientDoses:
    """All that is told of a case."""

    case: Case
    nuclide: str
    method: Method
    phantom: str | None
    alpha_weight: float
    organs: tuple[OrganDose, ...]
    tumours: tuple[Sphere, ...] = ()
    marrow: tuple[MarrowDose, ...] = ()
    limits: tuple[AgainstLimit, ...] = ()
    effects: tuple[EffectOfOrgan, ...] = ()
    effective_dose_mSv: float | None = None
    fitted: tuple[Fitted, ...] = ()
    sources: tuple[SourceActivity, ...] = ()
    because: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    untold: tuple[str, ...] = ()
    inputs: Inputs = field(repr=False)


def patient_doses(case: Case, place: Place) -> PatientDoses:
    """Doses of a case; `place` tells where a file that it names lies."""
    tumours = [source(case, one) for one in case.tumours]
    begun = common(case) + all_told([told for _, told in tumours])
    found = _organs(case, place, begun)
    of_spheres = spheres(case, [one for one, _ in tumours], found.told)
    made = of_spheres.spheres
    told = of_spheres.told
    told += _how_well_known(told, found.organs, made)
    effective, of_effective = effective_mSv(case, found.organs, place)
    every = [*found.organs, *(one.dose for one in made)]
    _refuse_alike(found.organs, made)
    measured = {*(one.name for one in case.regions), *(one.name for one in case.tumours)}
    known = Known(
        doses={one.name: one for one in every},
        inputs=_inputs(found, of_spheres),
        sources=found.sources,
        fitted=[one for one in told.fitted if one.region in measured],
        missing=_lower_bounds(case, found),
        above=_upper_bounds(case, found.organs),
    )
    effects = [effect(case, one, known) for one in case.effects]
    told += of_effective + all_told([of_effect for _, of_effect in effects]) + _by_draws(every)
    return PatientDoses(
        case=case,
        nuclide=labels(case)[0].name,
        method=case.method,
        phantom=found.phantom,
        alpha_weight=found.alpha_weight,
        organs=found.organs,
        tumours=made,
        marrow=found.marrow,
        limits=against_limits(case.limits, known),
        effects=tuple(one for one, _ in effects),
        effective_dose_mSv=effective,
        fitted=told.fitted,
        sources=found.sources,
        because=told.because,
        warnings=told.warnings,
        untold=tuple(dict.fromkeys(told.untold)),
        inputs=joined(case, told),
    )


def _organs(case: Case, place: Place, begun: Told) -> OrgansFound:
    if case.method == "transport":
        return organs_by_transport(case, place, begun)
    if case.regions or case.marrow is not None:
        return organs_by_table(case, place, begun)
    return OrgansFound(told=begun)


def _refuse_alike(organs: Sequence[OrganDose], made: Sequence[Sphere]) -> None:
    """A tumour that is called as an organ with a dose: a limit or an effect would be of either."""
    organ_names = {one.name for one in organs}
    if twice := [one.name for one in made if one.name in organ_names]:
        raise CannotAnswerError(
            f"tumour: {twice[0]!r} has a dose as an organ too, and a limit or an effect would be of either: call the "
            "tumour otherwise"
        )


def _inputs(found: OrgansFound, of_spheres: SpheresFound) -> dict[str, Inputs]:
    """What each dose is uncertain by."""
    organs = {} if found.inputs is None else {one.name: found.inputs for one in found.organs}
    if of_spheres.inputs is None:
        return organs
    return organs | {one.name: of_spheres.inputs for one in of_spheres.spheres}


def _how_well_known(told: Told, organs: Sequence[OrganDose], made: Sequence[Sphere]) -> Told:
    """What is in no standard error, and how standard errors were found."""
    because = []
    if told.untold:
        because.append(f"not told and not in the standard errors: {', '.join(dict.fromkeys(told.untold))}")
    if any(one.known is not None for one in organs) or made:
        because.append(
            "standard errors by propagation with covariance (Gear 2018) and by 20,000 draws; where the two differ by "
            "more than 3 %, by draws"
        )
    return Told(because=tuple(because))


def _by_draws(doses: Sequence[OrganDose]) -> Told:
    """Doses whose standard errors are by draws, as propagation does not hold."""
    differ = [one.name for one in doses if one.known is not None and not one.known.believed]
    if not differ:
        return Told()
    return Told(warnings=(f"standard errors by draws, as propagation differs: {', '.join(differ)}",))


def _lower_bounds(case: Case, found: OrgansFound) -> tuple[str, ...]:
    """Organs whose dose is that of marrow by blood where the disease lies in the marrow; all where no rest is told."""
    if rest_untold(case):
        return tuple(one.name for one in found.organs)
    last = found.marrow[-1:]  # that by images, where there is one
    return tuple(one.dose.name for one in last if one.activity.lower_bound)


def _upper_bounds(case: Case, organs: Sequence[OrganDose]) -> tuple[str, ...]:
    """Organs to whose dose a remainder that nothing was taken off as excreted brings more than little."""
    if case.remainder is None or case.remainder.excreted:
        return ()
    return tuple(
        one.name
        for one in organs
        if sum(term.dose_Gy for term in one.terms if term.source == REST) > UNTOLD_SHARE * one.dose_Gy
    )
