"""The CDISC pilot study's XPT files as a study, unedited, with a short protocol that names its arms."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from hevesy.conduct.delivery import init_study
from hevesy.study.facts.safety import AdverseEvent
from hevesy.study.facts.treatment import Exposure
from tests.conftest import MAPPINGS, Folder, reference, write_readout

PROTOCOL = """
[study]
id = "CDISCPILOT01"
title = "CDISC pilot study"
unassigned_arms = ["Scrnfail"]
[[arm]]
code = "Pbo"
name = "Placebo"
[[arm]]
code = "Xan_Lo"
name = "Xanomeline low dose"
[[arm]]
code = "Xan_Hi"
name = "Xanomeline high dose"
"""


@pytest.fixture
def pilot(tmp_path: Path) -> Folder:
    (tmp_path / "protocol.toml").write_text(PROTOCOL)
    init_study(tmp_path / "pilot", tmp_path / "protocol.toml", MAPPINGS / "sdtm.toml", "tester")
    return Folder(tmp_path / "pilot")


def test_the_pilot_study_imports_whole(pilot: Folder) -> None:
    report = pilot.deliver(*(reference(f"cdisc_pilot/{name}.xpt") for name in ("dm", "ae", "ex")))
    assert report.written, [str(refusal) for refusal in report.refused[:5]]
    study = pilot.study()
    assert len(study.subjects) == 306
    assert sum(len(subject.of(AdverseEvent)) for subject in study.subjects) == 1191
    topics = Counter(finding.topic for finding in study.findings)
    assert (topics["partial onset date"], topics["consent date absent"], topics["end of exposure missing"]) == (
        26,
        306,
        6,
    )
    assert sum(study.protocol.arm(subject.enrolment.arm_code or "") is None for subject in study.subjects) == 52
    assert {exposure.dose_mg for subject in study.subjects for exposure in subject.of(Exposure)} == {0.0, 54.0, 81.0}
    assert all(event.grade is None for subject in study.subjects for event in subject.of(AdverseEvent)), (
        "a severity word is no grade"
    )
    page = (write_readout(pilot.path) / "index.html").read_text()
    assert "no CTCAE grade; a severity word is not turned into one" in page


def test_csv_and_xpt_of_the_pilot_say_the_same(pilot: Folder, tmp_path: Path) -> None:
    assert pilot.deliver(reference("cdisc_pilot/dm.xpt")).written
    as_csv = tmp_path / "dm.csv"
    as_csv.write_bytes(reference("cdisc_pilot/sdtm_dm.csv").read_bytes())
    report = pilot.deliver(as_csv)
    # The two exports differ in nothing but that the csv leaves empty what the xpt pads.
    assert (len(report.added), len(report.changed)) == (0, 0)
    assert report.unchanged == 306 + 3


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9, 0.999])
def test_a_truncated_xpt_is_refused(pilot: Folder, kept: float) -> None:
    whole = reference("cdisc_pilot/dm.xpt").read_bytes()
    cut = pilot.path / "dm.xpt"
    cut.write_bytes(whole[: int(len(whole) * kept)])
    report = pilot.deliver(cut)
    assert not report.written
    assert "dm.xpt: truncated" in str(report.refused[0])


def test_every_cut_of_an_xpt_inside_an_observation_is_found(tmp_path: Path) -> None:
    """An XPT says nowhere how many observations it has: a cut at a whole one that is also a whole record cannot be seen."""
    from hevesy.errors import DeliveryError
    from hevesy.files.tables import read_table

    whole = reference("cdisc_pilot/ae.xpt").read_bytes()
    cut, read = tmp_path / "ae.xpt", []
    for length in range(80, len(whole) - 80, 79 * 80 + 40):
        cut.write_bytes(whole[:length])
        try:
            read.append((length, len(read_table(cut).rows)))
        except DeliveryError as error:
            assert "ae.xpt" in str(error)  # noqa: PT017
    data_begins, observation = 5680, 470  # bytes, from the header of this file
    assert [length for length, _ in read if (length - data_begins) % observation] == []
    assert len(read) <= 1


def test_parquet_is_read_like_the_csv_of_the_same_rows(tmp_path: Path) -> None:
    import polars

    from hevesy.files.tables import read_table

    frame = polars.read_csv(reference("cdisc_pilot/sdtm_ae.csv"), infer_schema=False)
    frame.write_parquet(tmp_path / "ae.parquet")
    parquet = read_table(tmp_path / "ae.parquet")
    csv = read_table(reference("cdisc_pilot/sdtm_ae.csv"))
    assert [row.values for row in parquet.rows] == [row.values for row in csv.rows]
