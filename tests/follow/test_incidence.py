"""Adverse-event tables of the CDISC pilot study against those made in R, and how often first events occur."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import date

import polars as pl
import pytest

from hevesy.follow.adverse_events import by_term
from hevesy.follow.incidence import (
    AtRisk,
    Occurrence,
    at_risk_of,
    first_events,
    incidence_table,
    occurrences,
    shift_table,
)
from hevesy.study.dates import parse_when
from hevesy.study.facts.safety import AdverseEvent
from hevesy.study.subject import Study
from tests.conftest import reference


def pilot() -> tuple[list[Occurrence], list[AtRisk]]:
    """Two subjects have no last day of treatment: their time goes to their last day in the study, as in the reference."""
    adsl = (
        pl.read_csv(reference("cdisc_pilot/adsl.csv"), infer_schema_length=0).filter(pl.col("SAFFL") == "Y").to_dicts()
    )
    at_risk = []
    for row in adsl:
        days = float(row["TRTDURD"]) if row["TRTDURD"] else None
        if days is None:
            days = (date.fromisoformat(row["EOSDT"]) - date.fromisoformat(row["TRTSDT"])).days + 1.0
        at_risk.append(AtRisk(subject=row["USUBJID"], group=row["TRT01A"], days=days))
    events = []
    for row in pl.read_parquet(reference("cdisc_pilot/adae.parquet")).filter(pl.col("TRTEMFL") == "Y").to_dicts():
        day = (
            None
            if row["ASTDT"] is None
            else (date.fromisoformat(row["ASTDT"]) - date.fromisoformat(row["TRTSDT"])).days + 1
        )
        events.append(Occurrence(subject=row["USUBJID"], organ_class=row["AESOC"], term=row["AEDECOD"], onset_day=day))
    return events, at_risk


def test_the_tables_of_the_pilot_study() -> None:
    """417 rows by organ class and term: counts equal, exact limits and rates to 1e-9."""
    events, at_risk = pilot()
    ours = {(row.organ_class or "", row.term or "", row.group): row for row in incidence_table(events, at_risk)}
    with reference("safety/teae_soc_pt.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 417
    for row in rows:
        found = ours[row["AESOC"], row["AEDECOD"], row["TRT01A"]]
        assert (found.subjects, found.at_risk, found.events) == (int(row["n"]), int(row["N"]), int(row["events"])), row
        limits = (100 * found.share.lower, 100 * found.share.upper)
        assert limits == pytest.approx((float(row["cp_lo"]), float(row["cp_hi"])), rel=1e-9, abs=1e-9)
        assert found.per_100_years is not None
        rates = (found.per_100_years.rate, found.per_100_years.lower, found.per_100_years.upper)
        assert rates == pytest.approx(
            (float(row["events_per_100py"]), float(row["rate_lo"]), float(row["rate_hi"])), rel=1e-9
        )
    assert len(ours) == len(rows)


def test_first_events_over_the_time_until_they_came() -> None:
    """Pruritus in the pilot study: events, patient-years and limits of three arms."""
    events, at_risk = pilot()
    with reference("safety/eair_pruritus.csv").open() as file:
        rows = {row["TRT01A"]: row for row in csv.DictReader(file)}
    for found in first_events(events, at_risk, "Pruritus"):
        row, one = rows[found.group], found.per_100_years
        assert one is not None
        assert (one.events, found.without_day, found.without_days) == (int(row["events"]), 0, 0)
        assert 100 * one.at_risk == pytest.approx(float(row["py"]), rel=1e-9)
        assert (one.rate, one.lower, one.upper) == pytest.approx(
            (float(row["per100py"]), float(row["lo"]), float(row["hi"])), rel=1e-9
        )


def test_related_events_are_counted_apart_and_shifts_by_pair() -> None:
    at_risk = [AtRisk(subject="1", group="A", days=100), AtRisk(subject="2", group="A", days=50)]
    events = [
        Occurrence(subject="1", organ_class="Blood", term="Anaemia", grade=3, related=True),
        Occurrence(subject="1", organ_class="Blood", term="Anaemia", grade=1, related=False),
        Occurrence(subject="2", organ_class="Blood", term="Anaemia", grade=2, related=None),
    ]
    whole, related = incidence_table(events, at_risk)[0], incidence_table(events, at_risk, related_only=True)[0]
    assert (whole.subjects, whole.events, whole.worst_grade) == (2, 3, 3)
    assert (related.subjects, related.events) == (1, 1)
    assert shift_table([(0, 4), (None, 2), (0, 4)]) == {(None, 2): 1, (0, 4): 2}


def test_an_unknown_time_at_risk_adds_a_subject_and_no_time() -> None:
    at_risk = [AtRisk(subject="1", group="A", days=365.25), AtRisk(subject="2", group="A", days=None)]
    events = [Occurrence(subject="1", organ_class="Skin", term="Rash", onset_day=None)]
    row = incidence_table(events, at_risk)[0]
    assert (row.subjects, row.at_risk) == (1, 2)
    assert row.per_100_years is not None
    assert row.per_100_years.rate == pytest.approx(100.0)
    found = first_events(events, at_risk, "Rash")[0]
    assert (found.without_day, found.without_days) == (1, 1)
    assert found.per_100_years is not None
    assert found.per_100_years.rate == pytest.approx(100.0)


def test_a_group_without_any_known_time_has_no_rate() -> None:
    row = incidence_table(
        [Occurrence(subject="1", organ_class="Skin", term="Rash")], [AtRisk(subject="1", group="A", days=None)]
    )[0]
    assert (row.subjects, row.at_risk, row.per_100_years) == (1, 1, None)


def test_a_partial_date_is_no_day(demo_study: Study) -> None:
    subject = demo_study.subjects[0]
    event = replace(subject.of(AdverseEvent)[0], on=parse_when("2016-03"), worst_on=None, resolved=None)
    found = occurrences(
        [replace(subject, events=tuple(event if one is subject.of(AdverseEvent)[0] else one for one in subject.events))]
    )
    assert None in [one.onset_day for one in found]


def test_who_is_not_at_risk_is_named() -> None:
    with pytest.raises(ValueError, match="9 has 'Rash' but is not among those at risk"):
        incidence_table(
            [Occurrence(subject="9", organ_class="Skin", term="Rash")], [AtRisk(subject="1", group="A", days=10)]
        )
    with pytest.raises(ValueError, match="positive time, got 0 days"):
        incidence_table([], [AtRisk(subject="1", group="A", days=0)])
    with pytest.raises(ValueError, match="1 stands twice"):
        incidence_table([], [AtRisk(subject="1", group="A", days=3), AtRisk(subject="1", group="B", days=3)])


def test_the_table_of_terms_in_the_readout_counts_the_same_subjects(demo_study: Study) -> None:
    """Two ways of counting one thing: terms at their worst grade, and terms with exact limits (equal to R's)."""
    subjects = [subject for subject in demo_study.subjects if subject.treated]
    at_risk = at_risk_of(subjects, "all")
    exact = {
        (row.organ_class, row.term): (row.subjects, row.worst_grade)
        for row in incidence_table(occurrences(subjects), at_risk)
        if row.organ_class
    }
    shown = {
        (row.organ_class, row.term): (
            row.subjects,
            max((grade for grade in row.by_grade if grade is not None), default=None),
        )
        for row in by_term(subjects)
    }
    assert shown == exact
    assert len(exact) > 8
