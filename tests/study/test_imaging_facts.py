"""Scans, readings, specimens and references by follow-up: what cannot be is refused, and what a cut hides of each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from hevesy.errors import RuleError
from hevesy.files.sources import read_sources
from hevesy.study.cut import as_of
from hevesy.study.delivered import fact_of
from hevesy.study.facts.imaging import FollowUpReference, Reading, Scan, Specimen
from hevesy.study.subject import Study, Subject

AT = datetime(2014, 3, 6, 9, 30, tzinfo=UTC)


def scan(**more: Any) -> Scan:
    return Scan(**{"subject": "G01", "row": 1, "start": AT, "modality": "PET", **more})


def reading(**more: Any) -> Reading:
    return Reading(**{"subject": "G01", "row": 2, "modality": "PET", "answer": "positive", **more})


def specimen(**more: Any) -> Specimen:
    return Specimen(**{"subject": "G01", "row": 3, "on": date(2014, 3, 10), **more})


@pytest.mark.parametrize(
    ("made", "field", "sentence"),
    [
        (lambda: scan(image_quality=0), "image_quality", "a score of image quality is 1 to 5"),
        (lambda: scan(image_quality=6), "image_quality", "a score of image quality is 1 to 5"),
        (lambda: scan(suv_max_lesion=1600.0), "suv_max_lesion", "an SUV must lie in 0..1000 g/mL"),
        (lambda: scan(planned_h=172_800.0), "planned_h", "a planned time must lie in 0..1000 h"),
        (
            lambda: scan(modality="MRI", planned_h=48.0),
            "planned_h",
            "MRI sees no label: it has no SUV and no time after an injection",
        ),
        (
            lambda: scan(modality="CT", suv_max_lesion=3.1),
            "suv_max_lesion",
            "CT sees no label: it has no SUV and no time after an injection",
        ),
        (
            lambda: reading(on=date(2014, 3, 5), scanned=date(2014, 3, 6)),
            "on",
            "a scan is read no sooner than it is made (2014-03-06)",
        ),
        (
            lambda: reading(answer="not readable", score=4.0),
            "score",
            "what is not readable has no score",
        ),
        (
            lambda: specimen(diagnosed=date(2014, 3, 9)),
            "diagnosed",
            "a specimen is diagnosed no sooner than it is taken (2014-03-10)",
        ),
        (
            lambda: specimen(diagnosis="mixed", viable_tumour_percent=100.0),
            "viable_tumour_percent",
            "mixed is both tumour and treatment effect, which 100 % of viable tumour is not",
        ),
        (
            lambda: specimen(diagnosis="recurrence", viable_tumour_percent=0.0),
            "viable_tumour_percent",
            "recurrence is tumour, which 0 % of viable tumour is not",
        ),
        (
            lambda: specimen(diagnosis="radiation necrosis", viable_tumour_percent=100.0),
            "viable_tumour_percent",
            "radiation necrosis is treatment effect, which 100 % of viable tumour is not",
        ),
        (
            lambda: specimen(diagnosis="non-diagnostic", viable_tumour_percent=5.0),
            "viable_tumour_percent",
            "a share of viable tumour is told with a diagnosis",
        ),
        (
            lambda: specimen(diagnosis="mixed", viable_tumour_percent=120.0),
            "viable_tumour_percent",
            "a share must lie in 0..100 %",
        ),
        (
            lambda: FollowUpReference(
                subject="G01", row=4, on=date(2014, 6, 1), followed_since=date(2014, 7, 1), verdict="recurrence"
            ),
            "on",
            "a follow-up is judged no sooner than it begins (2014-07-01)",
        ),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_what_cannot_be_is_refused_whoever_builds_it(made: Callable[[], object], field: str, sentence: str) -> None:
    with pytest.raises(RuleError) as refused:
        made()
    assert [(one.field, str(one)) for one in refused.value.together] == [(field, sentence)]


@pytest.mark.parametrize(
    ("diagnosis", "share"),
    [("mixed", 30.0), ("mixed", None), ("recurrence", 100.0), ("radiation necrosis", 0.0), ("pseudoprogression", 5.0)],
)
def test_shares_that_fit_are_taken(diagnosis: str, share: float | None) -> None:
    assert specimen(diagnosis=diagnosis, viable_tumour_percent=share).viable_tumour_percent == share


def seen(study: Study, cut: date, *facts: Any) -> Subject:
    """A subject with these facts, and one that makes the record go on to 2014-12-31, as they were at a cut."""
    first = study.subjects[0]
    enrolment = replace(first.enrolment, on=date(2014, 3, 1), consent=None, first_treatment=None)
    later = Scan(subject="G01", row=99, start=datetime(2014, 12, 31, tzinfo=UTC), modality="MRI")
    subject = replace(first, enrolment=enrolment, events=(*facts, later))
    (found,) = as_of(replace(study, subjects=(subject,)), cut).subjects
    return found


def test_a_reading_is_there_from_the_day_it_was_read(demo_study: Study) -> None:
    read_later = reading(scanned=date(2014, 3, 6), on=date(2014, 4, 1))
    day_not_told = reading(scanned=date(2014, 3, 6))
    for cut, found in (
        (date(2014, 3, 5), ()),
        (date(2014, 3, 6), (day_not_told,)),
        (date(2014, 3, 31), (day_not_told,)),
    ):
        assert seen(demo_study, cut, read_later, day_not_told).of(Reading) == found
    assert len(seen(demo_study, date(2014, 4, 1), read_later, day_not_told).of(Reading)) == 2


def test_a_specimen_whose_diagnosis_is_made_after_the_cut_has_none_yet(demo_study: Study) -> None:
    taken = specimen(
        diagnosed=date(2014, 3, 14), diagnosis="mixed", viable_tumour_percent=40.0, reviewer="pathologist 1"
    )
    (found,) = seen(demo_study, date(2014, 3, 13), taken).of(Specimen)
    assert (found.on, found.diagnosed, found.diagnosis) == (date(2014, 3, 10), None, None)
    assert (found.viable_tumour_percent, found.reviewer) == (None, None)
    assert seen(demo_study, date(2014, 3, 14), taken).of(Specimen) == (taken,)
    assert seen(demo_study, date(2014, 3, 9), taken).of(Specimen) == ()
    again = specimen(row=4, diagnosed=date(2014, 4, 1), diagnosis="recurrence", second_review=True)
    assert seen(demo_study, date(2014, 3, 31), taken, again).of(Specimen) == (taken,), "nobody knows of a second review"
    assert seen(demo_study, date(2014, 4, 1), taken, again).of(Specimen) == (taken, again)


MAPPED = """
time_zone = "America/Chicago"
[[source]]
name = "readings"
file = "readings.csv"
kind = "reading"
delivery = "full"
key = ["subject", "modality", "reader"]
[source.fields]
subject = "subject"
modality = "modality"
planned = { column = "hours", unit = "h" }
reader = "reader"
read = "read_on"
scanned = "scanned_on"
answer = { column = "answer", codes = { 1 = "positive", 0 = "negative", 9 = "not readable" } }
"""


def test_a_delivered_reading_is_read_by_the_codes_of_its_mapping() -> None:
    (mapping,) = read_sources(MAPPED)
    row = {"subject": "G01", "modality": "pet", "hours": "48", "reader": "R1", "scanned_on": "2014-03-06"}
    for code, answer in (("1", "positive"), ("0", "negative"), ("9", "not readable")):
        found = fact_of({**row, "answer": code}, 7, mapping, None)
        assert found == reading(
            row=7, planned_h=48.0, reader="R1", scanned=date(2014, 3, 6), answer=answer, modality="PET"
        )
    faults = fact_of({**row, "answer": "2"}, 7, mapping, None)
    assert [(one.column, one.rule) for one in faults] == [  # type: ignore[union-attr]
        ("answer", "answer is one of positive, negative, not readable, got '2'")
    ]
    faults = fact_of({**row, "answer": ""}, 7, mapping, None)
    assert [one.rule for one in faults] == ["answer must not be empty"]  # type: ignore[union-attr]
