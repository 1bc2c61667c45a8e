"""Vital signs and electrocardiograms of a study: of each term the worst grade of every subject after day 1."""

from __future__ import annotations

from dataclasses import dataclass

from hevesy.conduct.analysis import Analysis
from hevesy.follow.ctcae import VERSIONS
from hevesy.follow.vital_signs import TERMS, SignGrade, grades_of_signs
from hevesy.study.dates import whole
from hevesy.study.facts.ecg import Electrocardiogram
from hevesy.study.facts.fact import Fact
from hevesy.study.facts.vital_signs import VitalSigns
from hevesy.study.subject import Subject

KINDS = ("vital_signs", "ecg")


@dataclass(frozen=True, slots=True, kw_only=True)
class WorstSign:
    """The worst grade of a term in one subject; `unknown`: measurements of it that tell no grade."""

    subject: str
    worst: SignGrade | None
    unknown: tuple[SignGrade, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TermOfSigns:
    """A term and everybody who was measured for it after day 1."""

    term: str
    each: tuple[WorstSign, ...]

    def of_grade(self, grade: int) -> tuple[WorstSign, ...]:
        """Those whose worst grade it is."""
        return tuple(one for one in self.each if one.worst is not None and one.worst.grade == grade)

    @property
    def open(self) -> tuple[WorstSign, ...]:
        """Those of whom a measurement tells no grade: a worse one than is known may be."""
        return tuple(one for one in self.each if one.unknown)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignsOfStudy:
    """Vital signs and electrocardiograms as far as they are graded; `because` says why none is."""

    version: str | None
    terms: tuple[TermOfSigns, ...]
    undated: tuple[int, ...]
    """Rows without a whole date, or of subjects without a day 1: they are not graded."""
    because: str | None = None


def signs_of(analysis: Analysis) -> SignsOfStudy | None:
    """The worst grade of each term in each treated subject; None: neither kind was delivered."""
    if not analysis.study.delivered_kinds.intersection(KINDS):
        return None
    version = analysis.study.protocol.ctcae_version
    if version not in VERSIONS:
        told = "the protocol names no CTCAE version" if version is None else f"CTCAE {version} has no criteria here"
        return SignsOfStudy(version=version, terms=(), undated=(), because=told)
    subjects = [item.subject for item in analysis.treated]
    graded = {subject.id: grades_of_signs(subject, version) for subject in subjects}
    terms = tuple(
        TermOfSigns(
            term=term,
            each=tuple(_worst(name, own) for name, all_ in graded.items() if (own := _of_term(all_, term))),
        )
        for term in TERMS
    )
    undated = tuple(
        fact.row
        for subject in subjects
        for fact in _measured(subject)
        if subject.day_1 is None or whole(fact.on) is None
    )
    return SignsOfStudy(version=version, terms=tuple(one for one in terms if one.each), undated=undated)


def _measured(subject: Subject) -> tuple[Fact, ...]:
    return (*subject.of(VitalSigns), *subject.of(Electrocardiogram))


def _of_term(grades: tuple[SignGrade, ...], term: str) -> tuple[SignGrade, ...]:
    return tuple(one for one in grades if one.term == term)


def _worst(subject: str, own: tuple[SignGrade, ...]) -> WorstSign:
    known = [one for one in own if one.grade is not None]
    return WorstSign(
        subject=subject,
        worst=max(known, key=lambda one: one.grade or 0, default=None),
        unknown=tuple(one for one in own if one.grade is None),
    )
