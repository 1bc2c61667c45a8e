"""The demonstration study as analysis datasets, against what it should hold."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

from hevesy.conduct.adam import datasets
from hevesy.conduct.analysis import analyse
from hevesy.files.dataset_json import Dataset, read_dataset_json, write_dataset_json
from hevesy.stats.survival import kaplan_meier, quantile
from hevesy.study.facts.laboratory import Lab
from hevesy.study.facts.safety import AdverseEvent
from hevesy.study.subject import Study


def made(study: Study) -> dict[str, Dataset]:
    return {one.name: one for one in datasets(analyse(study, date(2016, 12, 1)), datetime(2024, 1, 1, tzinfo=UTC))}


def column(dataset: Dataset, name: str) -> list[object]:
    place = [one.name for one in dataset.columns].index(name)
    return [row[place] for row in dataset.rows]


def test_the_demonstration_has_its_five_datasets(demo_study: Study, tmp_path: Path) -> None:
    found = made(demo_study)
    assert list(found) == ["ADSL", "ADAE", "ADLB", "ADRS", "ADTTE"]
    assert column(found["ADSL"], "SAFFL").count("Y") == 8
    assert len(found["ADAE"].rows) == sum(len(subject.of(AdverseEvent)) for subject in demo_study.subjects)
    assert len(found["ADLB"].rows) == sum(len(subject.of(Lab)) for subject in demo_study.subjects)
    assert set(column(found["ADTTE"], "PARAMCD")) == {"PFS", "OS"}
    for one in found.values():
        path = tmp_path / f"{one.name}.json"
        path.write_text(write_dataset_json(one), encoding="utf-8")
        assert read_dataset_json(path) == one


def test_survival_from_the_datasets_is_that_of_the_study(demo_study: Study) -> None:
    """AVAL and CNSR alone give the medians of the analysis."""
    analysis, found = analyse(demo_study, date(2016, 12, 1)), made(demo_study)["ADTTE"]
    for code, own in (
        ("PFS", [item.times.progression_free for item in analysis.subjects]),
        ("OS", [item.times.overall for item in analysis.subjects]),
    ):
        rows = [
            (int(str(days)), 1 - int(str(censored)))
            for param, days, censored in zip(
                column(found, "PARAMCD"), column(found, "AVAL"), column(found, "CNSR"), strict=True
            )
            if param == code
        ]
        times = [one for one in own if one is not None]
        direct = kaplan_meier([one.time_d for one in times], [one.observed for one in times])
        assert quantile(kaplan_meier([row[0] for row in rows], [row[1] for row in rows])) == quantile(direct)


def test_laboratory_values_have_one_unit_by_parameter_and_the_delivered_one_beside(demo_study: Study) -> None:
    found = made(demo_study)["ADLB"]
    units = set(zip(column(found, "PARAMCD"), column(found, "PARAM"), column(found, "AVALU"), strict=True))
    assert sorted(str(code) for code, _, _ in units) == ["HGB", "LYMPH", "NEUT", "PLAT"]
    assert column(found, "AVALDLV") == [lab.value for subject in demo_study.subjects for lab in subject.of(Lab)]


def test_flags_follow_the_dlt_status(demo_study: Study) -> None:
    found = made(demo_study)["ADSL"]
    for evaluable, with_dlt, reason in zip(
        column(found, "DLTEVLFL"), column(found, "DLTFL"), column(found, "DLTRSN"), strict=True
    ):
        status = str(reason).split(":")[0]
        assert (evaluable, with_dlt) == {"DLT": ("Y", "Y"), "no DLT": ("Y", "N"), "not evaluable": ("N", None)}.get(
            status, (None, None)
        )
