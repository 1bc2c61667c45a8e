"""A plan that was recorded before its rule: the record verifies, who asks is told the place, and an import mends it."""

from __future__ import annotations

from pathlib import Path

import pytest

from hevesy.conduct.delivery import import_files
from hevesy.conduct.recorded_study import examine, read_record, study_of
from hevesy.errors import DeliveryError
from hevesy.record import Draft, Record, plan_draft
from tests.conftest import EXAMPLE, MAPPINGS


def test_a_recorded_plan_that_is_refused_now_is_told_and_mended(tmp_path: Path) -> None:
    plan = (EXAMPLE / "protocol.toml").read_text()
    before = f'{plan}\n[[treatment.concomitant]]\nagent = "drug"\ndose = "40 mg"\nevery = "1 h"\ndoses = 3\n'
    drafts = [
        Draft(action="begin", key="study", content="{}"),
        plan_draft("protocol", before),
        plan_draft("sources", (MAPPINGS / "clr131.toml").read_text()),
    ]
    study = tmp_path / "study"
    Record(study).begin(drafts, "tester")
    assert examine(study).verification.faults == ()
    with pytest.raises(DeliveryError, match=r"concomitant.*every"):
        study_of(read_record(study))
    (study / "protocol.toml").write_text(plan)
    report = import_files(
        study, sorted((EXAMPLE / "sources").glob("*.csv")), who="tester", reason="every 1 h, not days"
    )
    assert (report.refused, report.written) == ((), True)
    assert len(study_of(read_record(study)).subjects) > 0
