"""The demonstration study end to end: the figures its release states, from delivered files to the readout."""

from __future__ import annotations

import csv
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from hevesy.render.numbers import read_numbers
from tests.conftest import EXAMPLE, ROOT, Folder, write_readout

EXPECTED = ROOT / "tests" / "expected" / "clr131"


def table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def numbers(folder: Folder, **options: Any) -> dict[str, Any]:
    written = write_readout(folder.path, **options)
    return {number["id"]: number for number in read_numbers(json.loads((written / "readout.json").read_text()))}


@pytest.fixture
def told(demo: Folder) -> dict[str, Any]:
    return numbers(demo)


def test_cohorts_and_ages(told: dict[str, Any]) -> None:
    assert (told["n-treated-1"]["value"], told["n-treated-2"]["value"]) == (4, 4)
    assert told["age-mean-1"]["value"] == 68
    assert told["age-mean-2"]["value"] == 69
    assert "55 to 76" in told["age-mean-1"]["text"]
    assert "55 to 85" in told["age-mean-2"]["text"]


def test_adverse_events(told: dict[str, Any]) -> None:
    assert (told["ae-events-1"]["value"], told["ae-events-2"]["value"]) == (19, 17)
    assert (told["ae-per-subject-1"]["value"], told["ae-per-subject-2"]["value"]) == (4.75, 4.25)
    assert (told["ae-median-grade-1"]["value"], told["ae-median-grade-2"]["value"]) == (2, 2)


def test_response(told: dict[str, Any]) -> None:
    best = {row["subject"]: row["best_response"] for row in table(EXPECTED / "best_response.csv")}
    derived = {key.removeprefix("best-"): number["value"] for key, number in told.items() if key.startswith("best-")}
    assert derived == best
    assert sorted(derived.values()) == ["MR"] * 3 + ["SD"] * 5
    assert told["cbr-evaluable-all"]["value"] == 0.375


def test_progression_days(told: dict[str, Any]) -> None:
    for row in table(EXPECTED / "adtte.csv"):
        number = told[f"{row['param'].lower()}-{row['subject']}"]
        assert number["value"] == int(row["days"]), row
        assert number["text"].endswith("+") == (row["event"] == "0"), row


def test_survival(told: dict[str, Any]) -> None:
    assert told["pfs-median-1"]["value"] == 85
    assert told["pfs-median-2"]["value"] == 120
    assert told["pfs-mean-1"]["value"] == 88.5
    assert "lower bound" not in told["pfs-mean-1"]["text"]
    assert told["pfs-mean-2"]["value"] == 127
    assert "lower bound: one subject ongoing" in told["pfs-mean-2"]["text"]
    for arm, months in (("1", "11.9 months"), ("2", "4.9 months")):
        assert told[f"os-median-{arm}"]["value"] is None
        assert told[f"os-median-{arm}"]["text"] == "not reached"
        assert told[f"os-follow-up-{arm}"]["text"].startswith(months)
    assert told["n-deaths-all"]["value"] == 0


def test_survival_of_cohort_2_at_day_113_is_one_half(demo: Folder) -> None:
    from hevesy.conduct.analysis import analyse
    from hevesy.follow.survival import summarise
    from hevesy.stats.survival import survival_at

    analysis = analyse(demo.study(), date(2016, 12, 1))
    second = [
        item.times.progression_free for item in analysis.subjects if item.arm is not None and item.arm.code == "2"
    ]
    assert survival_at(summarise([time for time in second if time is not None]).curve, 113).survival == 0.5


def test_zero_events_carry_both_bounds(told: dict[str, Any]) -> None:
    for name in ("dlt", "interest-neuropathy", "interest-deep-vein-thrombosis", "interest-gastrointestinal-disorder"):
        assert told[f"{name}-upper"]["text"] == "31.2 %"
        assert told[f"{name}-upper-two-sided"]["text"] == "36.9 %"
    assert told["dlt-count"]["text"] == "0 of 8"


@pytest.mark.parametrize(
    ("cut", "action", "text"),
    [
        (date(2016, 6, 1), "wait", "wait at level 2 (18.75 mCi/m2), 3 places open"),
        (date(2016, 11, 3), "wait", "wait at level 2 (18.75 mCi/m2), 0 places open"),
        (date(2016, 11, 4), "escalate", "escalate to level 3 (25 mCi/m2)"),
    ],
)
def test_the_dose_decision_by_date(demo: Folder, cut: date, action: str, text: str) -> None:
    decision = numbers(demo, as_of=cut)["decision"]
    assert (decision["value"], decision["text"]) == (action, text)


def test_every_haematological_adverse_event_is_derived_from_the_counts(demo: Folder) -> None:
    from hevesy.conduct.analysis import analyse

    pairs = [pair for item in analyse(demo.study(), date(2016, 12, 1)).subjects for pair in item.counts.against_report]
    reported = [
        row
        for row in table(EXAMPLE / "sources" / "ae.csv")
        if "count" in row["preferred_term"] or row["preferred_term"] == "Anaemia"
    ]

    assert len(pairs) == len(reported) == 22
    assert all(pair.reported is not None and pair.derived is not None and not pair.differences for pair in pairs)


def test_those_not_evaluable_are_told_apart(demo_with_not_evaluable: Folder) -> None:
    told = numbers(demo_with_not_evaluable)
    assert told["dcr-enrolled-all"]["text"].startswith("8/10 = 80.0 %")
    assert told["dcr-evaluable-all"]["text"].startswith("8/8 = 100.0 %")
    assert told["n-enrolled-all"]["value"] == 10
    assert told["ae-n-all"]["value"] == 8
    assert told["decision"]["text"] == "escalate to level 3 (25 mCi/m2)"
    page = (next((demo_with_not_evaluable.path / "readouts").iterdir()) / "index.html").read_text()
    for subject in ("1-N1", "2-N1"):
        assert (
            f"{subject}: not treated: treatment reported without administration record; no safety data received" in page
        )


def test_a_rule_of_28_days_leaves_two_undetermined(demo: Folder) -> None:
    protocol = demo.path / "protocol.toml"
    text = protocol.read_text()
    protocol.write_text(text.replace("within_d = 42", "within_d = 28").replace("within 42 days", "within 28 days"))
    assert demo.deliver(EXAMPLE / "sources" / "dm.csv", reason="what if the rule were 28 days").written
    told = numbers(demo)
    assert {key for key, number in told.items() if number["value"] == "undetermined"} == {"dlt-2-02", "dlt-2-04"}
    assert told["decision"]["value"] == "wait"
    assert any("21 to 35 days" in sentence for sentence in told["dlt-2-02"]["because"])
    assert any("more frequent counts" in sentence for sentence in told["decision"]["because"])


def test_the_regimen_of_two_fractions(tmp_path: Path) -> None:
    """2 x 15.625 mCi/m2 a week apart is 31.25 mCi/m2 in total (the split dose of the later cohorts)."""
    from hevesy.files.protocol import read_protocol

    text = (
        (EXAMPLE / "protocol.toml")
        .read_text()
        .replace('activity = "31.25 mCi/m2"', 'activity = "15.625 mCi/m2"\nfractions = 2\ninterval = "7 d"')
    )
    level = read_protocol(text).dose_levels[3]
    assert level.total.amount == pytest.approx(31.25 * 37)
    assert (level.regimen.fractions, level.regimen.interval_d) == (2, 7)


def test_what_would_follow_is_shown(demo: Folder) -> None:
    told = numbers(demo)
    assert [told[f"ahead-{dlt}"]["text"] for dlt in range(5)] == [
        "escalate to level 4 (31.25 mCi/m2)",
        "stay at level 3 (25 mCi/m2), 4 more",
        *["stop; the MTD is level 2 (18.75 mCi/m2)"] * 3,
    ]
    waiting = numbers(demo, as_of=date(2016, 11, 3))
    assert [waiting[f"ahead-{dlt}"]["value"] for dlt in range(2)] == ["escalate", "stay"]


def test_the_table_of_terms_holds_every_adverse_event(demo: Folder) -> None:
    """Subjects per term and cohort counted again from ae.csv, at the worst grade."""
    worst: dict[tuple[str, str], dict[str, int]] = {}
    for row in table(EXAMPLE / "sources" / "ae.csv"):
        of_term = worst.setdefault((row["cohort"], row["preferred_term"]), {})
        of_term[row["subject"]] = max(of_term.get(row["subject"], 0), int(row["max_grade"]))
    written = write_readout(demo.path)
    columns = {"1": "Cohort 1, 12.5 mCi/m2", "2": "Cohort 2, 18.75 mCi/m2"}
    shown = {
        row["Organ class and term"].strip(): row for row in table(written / "tables" / "adverse-events-by-term.csv")
    }
    for (cohort, term), grades in worst.items():
        cell = shown[term][columns[cohort]]
        assert cell.startswith(f"{len(grades)} ("), (term, cell)
        for grade in set(grades.values()):
            assert f"grade {grade}: {list(grades.values()).count(grade)}" in cell, (term, cell)
    assert sum(1 for term in shown if any(term == name for _, name in worst)) == len({name for _, name in worst})


def test_the_summary_answers_the_questions_of_a_dose_meeting(demo: Folder) -> None:
    page = (write_readout(demo.path) / "index.html").read_text()
    summary = page.split('id="summary"')[1].split("</section>")[0]
    words = " ".join(summary.replace("<", " <").split())
    for answer in (
        "Cohort 2, 18.75 mCi/m2",
        "33.71 mCi",
        "died",
        "serious",
        "illustrative rules",
        "31.2 %",
        "corrections and withdrawals",
    ):
        assert answer in words, answer
