"""What a readout contains: its sections by name in the order of the page, each made from the results that it shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property, partial
from typing import TypeVar

from hevesy.blocks.number import Number
from hevesy.blocks.prose import said
from hevesy.blocks.section import Section
from hevesy.conduct.analysis import Analysis, analyse
from hevesy.conduct.changes import changes as changes_between
from hevesy.conduct.decisions import decisions_taken
from hevesy.conduct.dose_volumes import SubjectVolumes, dose_volumes
from hevesy.conduct.dosed import Dosed, dosed
from hevesy.conduct.expectations import on_paper
from hevesy.conduct.followed import Followed, followed
from hevesy.conduct.imaged import Imaged, imaged
from hevesy.conduct.label import label
from hevesy.conduct.recorded_study import study_of
from hevesy.conduct.times import ENDPOINTS
from hevesy.conduct.treated import Treated, treated
from hevesy.errors import CannotAnswerError
from hevesy.readout.sections import (
    accuracy,
    administered,
    centres,
    changes,
    decision,
    design,
    dlt,
    dose_times,
    doses,
    dosimetry,
    efficacy,
    eligibility,
    exposure,
    flow,
    imaged_centres,
    imaging_summary,
    indications,
    late,
    patients,
    population,
    profiles,
    published,
    quality,
    readings,
    safety,
    scans,
    summary,
    survival,
    truth,
    vital_signs,
)
from hevesy.readout.sections import label as label_section
from hevesy.record import Recorded
from hevesy.study.protocol import TrialProtocol
from hevesy.study.subject import Study
from hevesy.version import __version__

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Material:
    """A record at a cut, as sections take it: each result is worked out when a section first asks for it, and once.

    `earlier` is the cut that this one is compared with, if there is one.
    """

    recorded: Recorded = field(repr=False)
    known_at: str | None
    earlier: date | None
    study: Study = field(repr=False)
    analysis: Analysis = field(repr=False)

    @property
    def protocol(self) -> TrialProtocol:
        """The recorded plan."""
        return self.study.protocol

    @cached_property
    def given(self) -> Treated:
        """What was given."""
        return treated(self.analysis)

    @cached_property
    def found(self) -> Followed:
        """What became of the subjects."""
        return followed(self.analysis)

    @cached_property
    def images(self) -> Imaged | None:
        """What an imaging trial found."""
        return imaged(self.analysis)

    @cached_property
    def doses(self) -> Dosed | None:
        """Doses of regions."""
        return dosed(self.analysis)

    @cached_property
    def volumes(self) -> tuple[SubjectVolumes, ...]:
        """Dose over the volume of regions."""
        return dose_volumes(self.doses) if self.doses is not None else ()

    @cached_property
    def decided(self) -> tuple[Number, ...]:
        """The dose decision of each stratum."""
        return decision.answers(self.analysis)


def material(
    recorded: Recorded, cut: date | None = None, known_at: str | None = None, since: date | None = None
) -> Material:
    """A record at a cut (default: the day of its last fact), to be compared with an earlier cut.

    The earlier cut is `since`, else the last of the protocol's readout_cuts before the cut. Refused are a record
    without subjects or dated facts, and a cut before anybody was enrolled or not after the earlier one.
    """
    study = study_of(recorded)
    if not study.subjects:
        raise CannotAnswerError("the record holds no subject yet: import the study's files first")
    cut = cut or study.last_fact_on()
    if cut is None:
        raise CannotAnswerError("no fact in the record has a date: name the cut with ⟦as_of⟧")
    analysis = analyse(study, cut)
    if not analysis.subjects:
        raise CannotAnswerError(f"no subject had been enrolled by {cut}")
    if since is not None and since >= cut:
        raise CannotAnswerError(f"an earlier cut lies before {cut}, got {since}")
    planned = max((one for one in study.protocol.readout_cuts if one < cut), default=None)
    return Material(recorded=recorded, known_at=known_at, earlier=since or planned, study=study, analysis=analysis)


def _shown(lay_out: Callable[[T], Section | None], result: T | None) -> Section | None:
    """The section of a result; what was not asked for or not delivered has none."""
    return lay_out(result) if result is not None else None


Made = Callable[[Material], Section | None]


def _treating(make: Made, instead: Callable[[Imaged], Section | None] | None = None) -> Made:
    """A section that speaks of treatment: where the label is only imaged, another stands there or none."""

    def made(of: Material) -> Section | None:
        if not of.protocol.diagnostic:
            return make(of)
        return _shown(instead, of.images) if instead is not None else None

    return made


def _imaging(lay_out: Callable[[Imaged], Section | None]) -> Made:
    return lambda of: _shown(lay_out, of.images)


def _changes(of: Material) -> Section:
    if of.earlier is None:
        return changes.changes(None, ())
    before = analyse(of.study, of.earlier, of.analysis)
    decisions = zip(decision.answers(before), of.decided, strict=True)
    return changes.changes(changes_between(before, of.analysis), tuple(decisions))


def _summary(of: Material) -> Section:
    if of.protocol.diagnostic and of.images is not None:
        corrections = quality.corrections(of.recorded)
        return imaging_summary.summary(of.images, of.found, of.given.activities, corrections)
    return summary.summary(of.given, of.found, of.decided, quality.corrections(of.recorded), of.protocol)


def _exposure(of: Material) -> Section:
    if of.protocol.diagnostic:
        return administered.administered(of.given.activities)
    return exposure.exposure(of.given)


def _safety(of: Material) -> Section | None:
    if of.protocol.diagnostic and not {"adverse_event", "laboratory"} & of.analysis.study.delivered_kinds:
        return None
    laboratory = "laboratory" in of.analysis.study.delivered_kinds
    made = safety.safety(of.found.safety, of.found.blood_counts, of.found.supportive_care, laboratory)
    return _of_the_injected(made) if of.protocol.diagnostic else made


def _vital_signs(of: Material) -> Section | None:
    made = _shown(vital_signs.vital_signs, of.found.vital_signs)
    return _of_the_injected(made) if made is not None and of.protocol.diagnostic else made


def _of_the_injected(section: Section) -> Section:
    """A section on all who were given something, where that was the label that is imaged."""
    whom = said(
        "Treated is in this section who was injected with the label that is imaged; nobody was treated with it."
    )
    return replace(section, blocks=(whom, *section.blocks))


def _indications(of: Material) -> Section | None:
    found = of.found.indications
    return indications.indications(found, of.protocol.activity_unit) if found is not None else None


def _survival(key: str, of: Material) -> Section | None:
    return next((survival.survival(found) for found in of.found.survivals if found.endpoint.key == key), None)


def _provenance(of: Material) -> Section:
    cut, isotope = of.analysis.cut, of.analysis.nuclide
    return quality.provenance(of.protocol, isotope, cut, of.recorded, __version__, of.known_at)


SECTIONS: Mapping[str, Made] = {
    "summary": _summary,
    "disposition": _treating(lambda of: population.disposition(of.found.populations), flow.flow),
    "changes": _changes,
    "baseline": lambda of: population.baseline(of.found.baseline),
    "eligibility": lambda of: eligibility.eligibility(of.found.eligibility),
    "exposure": _exposure,
    "accuracy": _imaging(accuracy.accuracy),
    "truth": _imaging(truth.truth),
    "readings": _imaging(readings.readings),
    "dose-times": lambda of: _shown(dose_times.dose_times, of.images.dose_times if of.images is not None else None),
    "scans": _imaging(scans.scans),
    "dosimetry": lambda of: _shown(partial(dosimetry.dosimetry, over_volumes=of.volumes), of.doses),
    "safety": _safety,
    "vital-signs": _vital_signs,
    "late-effects": _treating(lambda of: late.late_effects(of.found.late_effects)),
    "dlt": lambda of: _shown(dlt.dlt, of.found.toxicity),
    "decision": lambda of: decision.dose_decision(of.analysis, decisions_taken(of.recorded, of.analysis.study)),
    "design": lambda of: design.design_on_paper(on_paper(of.protocol), of.analysis.study),
    "label": _treating(lambda of: _shown(label_section.label, label(of.analysis))),
    "response": lambda of: _shown(efficacy.response, of.found.responses),
    "indications": _indications,
    "doses": _treating(lambda of: _shown(doses.doses, of.given.by_doses)),
    **{endpoint.key: _treating(partial(_survival, endpoint.key)) for endpoint in ENDPOINTS},
    "published": _treating(lambda of: published.published(of.found.published)),
    "centres": _treating(lambda of: _shown(centres.centres, of.found.centres), imaged_centres.centres),
    "profiles": _treating(
        lambda of: profiles.profiles(of.analysis.assigned, of.protocol.activity_unit), patients.patients
    ),
    "quality": lambda of: quality.quality(of.found.quality),
    "provenance": _provenance,
}
"""Each section by its name, which is its id; None: not asked for, or nothing was delivered that it could show."""


def sections(of: Material) -> tuple[Section, ...]:
    """Every section there is, in the order of the page."""
    made = (make(of) for make in SECTIONS.values())
    return tuple(section for section in made if section is not None)
