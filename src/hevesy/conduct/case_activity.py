"""A case's activities over all time, and every input that a dose is uncertain by, each once."""

from __future__ import annotations

import math

from hevesy.nuclides.emission import Emissions
from hevesy.nuclides.library import emissions, nuclide
from hevesy.study.case import REST, Case, CaseRegion, CaseTumour, Integrated, Weighed
from hevesy.study.time_activity import TimeActivityCurve
from hevesy.treat.dose_uncertainty import (
    SEED,
    Input,
    Inputs,
    Recovered,
    counts_by_volume,
    volume_uncertainty,
)
from hevesy.treat.fit import Fitted, fit_curve
from hevesy.treat.organ_dose import SourceActivity

TABLE, NUCLIDE, CALIBRATION = "S table", "nuclide", "calibration"
HALF, POWER = "recovery: half volume", "recovery: power"


class Told:
    """What a case tells so far: inputs of its uncertainty, why, and what it leaves untold."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.nuclide = nuclide(case.nuclide)
        self.imaged = nuclide(case.imaged or case.nuclide)
        self.emitted: Emissions = emissions(self.nuclide.name)
        self.because: list[str] = []
        self.warnings: list[str] = []
        self.untold: list[str] = []
        self.inputs: list[Input] = []
        self.without_error: set[str] = set()
        self.fitted: list[Fitted] = []
        self._common()

    def has(self, name: str) -> bool:
        """Whether an input is there."""
        return any(one.name == name for one in self.inputs)

    def joined(self) -> Inputs:
        """All inputs with their correlations."""
        correlation = self.case.recovery.correlation if self.case.recovery is not None else 0.0
        return Inputs(self.inputs, {(HALF, POWER): correlation} if correlation else {}, seed=SEED)

    def _common(self) -> None:
        case = self.case
        self.because.append(
            f"activities over all time that are told are of {self.nuclide.name}, for {case.administered_MBq:g} MBq; "
            f"points are of {self.imaged.name}, after {case.imaged_administered_MBq or case.administered_MBq:g} MBq, "
            "their uncertainties in percent those of each point"
        )
        if case.calibration is not None:
            self.inputs.append(Input(name=CALIBRATION, part="calibration", relative=case.calibration.uncertainty))
            self.because.append(
                f"calibration of {case.calibration.on.isoformat()}: "
                f"{100 * case.calibration.uncertainty:.3g} %, one factor "
                "for all regions"
            )
        elif case.regions or case.tumours or case.method == "transport":
            self.untold.append("calibration")
        if case.recovery is not None:
            self.inputs.append(Input(name=HALF, part="recovery", relative=case.recovery.half_uncertainty))
            self.inputs.append(Input(name=POWER, part="recovery", relative=case.recovery.power_uncertainty))
            self.because.append(
                f"recovery measured on {case.recovery.on.isoformat()}, "
                + ("applied before" if case.recovery.applied else "applied here")
                + "; a mL of tissue weighs a g"
            )
        if case.tumours and case.recovery is None:
            self.untold.append("recovery")
        if case.imaged is not None and case.imaged != case.nuclide:
            self.because.append(
                f"{self.imaged.name} was measured: points are taken to {self.nuclide.name} by its decay; an integral "
                f"that is told is taken for {self.nuclide.name}'s"
            )
        spread = _nuclide_spread(self.emitted)
        self.inputs.append(Input(name=NUCLIDE, part="nuclide", relative=spread))

    def source(self, one: CaseRegion | CaseTumour) -> SourceActivity:
        """Activity of a region over all time, with the inputs it hangs on."""
        tia_MBq_h, powers = self.integrated(one.name, one.activity)
        if self.case.calibration is not None:
            powers.append((CALIBRATION, 1.0))
        recovered, mass = None, one.weighed.mass_g
        volume = self._volume(one.name, one.weighed)
        curve = self.case.recovery
        if curve is not None and mass is not None:
            if volume is None:
                volume = f"{one.name}: volume"
                self.inputs.append(Input(name=volume, part="volume", relative=0.0))
            recovered = Recovered(
                half_mL=curve.half_volume_mL,
                power=curve.power,
                volume_mL=mass,
                volume=volume,
                half=HALF,
                power_name=POWER,
            )
            if not curve.applied:
                tia_MBq_h /= recovered.value
        if volume is not None and mass is not None and one.weighed.resolution_cm is not None:
            measured = recovered.value if recovered is not None else None
            powers.append((volume, counts_by_volume(mass, one.weighed.resolution_cm, measured)))
        source, target = one.name, None
        if isinstance(one, CaseRegion):
            source = REST if one.name == REST else one.source or one.name
            target = one.target
        return SourceActivity(
            name=one.name,
            source=source,
            target=target,
            tia_MBq_h=tia_MBq_h,
            exponents=tuple(powers),
            recovered=recovered,
        )

    def _volume(self, name: str, weighed: Weighed) -> str | None:
        """The input that is a region's volume, where its uncertainty is told; else it is said that it is not."""
        if weighed.mass_g is None:
            return None
        if weighed.voxel_cm is not None and weighed.resolution_cm is not None:
            relative = volume_uncertainty(weighed.mass_g, weighed.voxel_cm, weighed.resolution_cm)
            self.because.append(
                f"{name}: volume to {100 * relative:.3g} %, by voxel and resolution of its outline, as of a sphere"
            )
        elif weighed.mass_uncertainty is not None:
            relative = weighed.mass_uncertainty
        else:
            self.untold.append(f"mass of {name}")
            return None
        self.inputs.append(Input(name=f"{name}: volume", part="volume", relative=relative))
        return f"{name}: volume"

    def integrated(self, name: str, told: Integrated) -> tuple[float, list[tuple[str, float]]]:
        """Decays in a region (MBq h) for what was administered, and the input of how well they are known."""
        input = f"{name}: activity"
        if told.points is None:
            assert told.tia_MBq_h is not None
            if told.relative_uncertainty is None:
                self.without_error.add(name)
                self.untold.append(f"activity of {name}")
                return told.tia_MBq_h, []
            self.inputs.append(Input(name=input, part="activity", relative=told.relative_uncertainty))
            return told.tia_MBq_h, [(input, 1.0)]
        fitted = self._fit(name, told)
        self.fitted.append(fitted)
        tia_MBq_h = fitted.tia_h * self.case.administered_MBq
        if fitted.tia_standard_error_h is None:
            self.without_error.add(name)
            self.untold.append(f"activity of {name}")
            return tia_MBq_h, []
        draws = None if fitted.drawn_h is None else fitted.drawn_h / fitted.tia_h
        relative = fitted.tia_standard_error_h / fitted.tia_h
        self.inputs.append(Input(name=input, part="activity", relative=relative, draws=draws))
        return tia_MBq_h, [(input, 1.0)]

    def _fit(self, name: str, told: Integrated) -> Fitted:
        points = told.points
        assert points is not None
        given = self.case.imaged_administered_MBq or self.case.administered_MBq
        curve = TimeActivityCurve(
            region=name,
            nuclide=self.imaged.name,
            elapsed_h=points.elapsed_h,
            activity_fractions=tuple(one / given for one in points.activity_MBq),
            standard_uncertainties=tuple(one / given for one in points.standard_uncertainty_MBq),
        )
        fitted = fit_curve(
            curve,
            physical_half_life_h=self.imaged.half_life_h,
            for_half_life_h=self.nuclide.half_life_h,
            model=told.model,
        )
        self.warnings += [f"{name}: {one}" for one in fitted.warnings]
        return fitted


def _nuclide_spread(emitted: Emissions) -> float:
    """Relative: the spread of evaluations, each kind by its energy per decay."""
    spread = emitted.spread
    parts = (
        spread.electron * emitted.electron_keV,
        spread.photon * emitted.photon_keV,
        spread.alpha * emitted.alpha_keV,
    )
    return math.hypot(*parts) / emitted.energy_keV
