"""Sections of an analysis, each from the results it shows."""

from __future__ import annotations

from hevesy.blocks.section import Section
from hevesy.conduct.analysis import Analysis
from hevesy.conduct.efficacy import responses
from hevesy.conduct.followed import followed
from hevesy.conduct.published import beside_published
from hevesy.conduct.times import survivals
from hevesy.conduct.treated import treated
from hevesy.readout.sections import doses, efficacy, published, safety, summary, survival
from hevesy.readout.sections.decision import answers
from hevesy.readout.sections.numbers import number


def safety_of(analysis: Analysis) -> Section:
    found, laboratory = followed(analysis), "laboratory" in analysis.study.delivered_kinds
    return safety.safety(found.safety, found.blood_counts, found.supportive_care, laboratory)


def response_of(analysis: Analysis) -> Section:
    found = responses(analysis)
    assert found is not None
    return efficacy.response(found)


def doses_of(analysis: Analysis) -> Section:
    found = treated(analysis).by_doses
    assert found is not None
    return doses.doses(found)


def published_of(analysis: Analysis) -> Section:
    section = published.published(beside_published(analysis))
    assert section is not None
    return section


def times_of(analysis: Analysis) -> list[Section]:
    return [survival.survival(found) for found in survivals(analysis)]


def summary_of(analysis: Analysis) -> Section:
    corrections = number("corrections", 0, label="Corrections", definition="none", population="the whole record")
    return summary.summary(
        treated(analysis), followed(analysis), answers(analysis), corrections, analysis.study.protocol
    )
