"""The phase 2 demonstration: the generator gives the shipped files, and the readout the counts that plain reading of them gives."""

from __future__ import annotations

import csv
import itertools
import json
import subprocess
import sys
from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from hevesy.blocks.section import numbers_in
from hevesy.conduct.analysis import analyse
from hevesy.conduct.indications import outcomes
from hevesy.conduct.recorded_study import read_record, study_of
from hevesy.plan.basket import judged
from hevesy.render.numbers import read_numbers
from hevesy.study.facts.response import ReportedResponse
from hevesy.study.facts.treatment import Administration, Exposure
from hevesy.study.protocol import Confirming, ResponsePlan
from tests.conftest import ROOT
from tests.readout.laid_out import doses_of

CLOVER = ROOT / "src" / "hevesy" / "examples" / "clover"
ARMS = ("MM", "CLL", "LPL", "MZL", "MCL", "DLBCL")
RESPONSES = {"VGPR", "PR", "CMR", "PMR"}


def rows(name: str) -> list[dict[str, str]]:
    with (CLOVER / "sources" / name).open() as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("clover") / "study"


@pytest.fixture(scope="module")
def told(folder: Path) -> dict[str, Any]:
    program = [sys.executable, "-c", "from hevesy.cli import main; main()"]
    done = subprocess.run(
        [*program, "demo", str(folder), "--study", "clover", "--json"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    page = Path(json.loads(done.stdout)["readout"])
    assert "Response by indication" in page.read_text()
    return {number["id"]: number for number in read_numbers(json.loads((page.parent / "readout.json").read_text()))}


def responders(evaluator: str) -> dict[str, int]:
    """Confirmed responders by indication, counted plainly: two visits in a row with a response; lymphoma by PET needs one."""
    visits: dict[str, list[str]] = defaultdict(list)
    for row in rows("rs.csv"):
        if row["evaluator"] == evaluator:
            visits[row["subject"]].append(row["response"])
    found = dict.fromkeys(ARMS, 0)
    for subject, called in visits.items():
        arm = subject.split("-")[0]
        hits = [word in RESPONSES for word in called]
        confirmed = any(one and other for one, other in itertools.pairwise(hits))
        found[arm] += confirmed if arm in ("MM", "LPL") else any(hits)
    return found


@pytest.mark.parametrize(("evaluator", "key"), [("central review", "indication"), ("investigator", "indication-other")])
def test_responders_are_those_of_a_plain_count(told: dict[str, Any], evaluator: str, key: str) -> None:
    sizes = {arm: sum(row["indication"] == arm for row in rows("dm.csv")) for arm in ARMS}
    for arm, count in responders(evaluator).items():
        assert told[f"{key}-{arm}"]["value"] == pytest.approx(count / sizes[arm])
        assert told[f"{key}-{arm}"]["text"].startswith(f"{count}/{sizes[arm]} = ")


def test_responders_derived_from_findings_are_those_that_central_review_called(told: dict[str, Any]) -> None:
    """The findings were made to fit the calls; a node or a scan that is missing changes no best response here."""
    sizes = {arm: sum(row["indication"] == arm for row in rows("dm.csv")) for arm in ARMS}
    for arm, count in responders("central review").items():
        assert told[f"indication-derived-{arm}"]["text"].startswith(f"{count}/{sizes[arm]} = ")
    missing = [row for row in rows("tumour.csv") if not row["deauville"]]
    assert missing
    silent = next(number for key, number in told.items() if key == "best-CLL-05")
    assert "PET: no PET score; CT: SAD" in silent["because"][0]
    assert told["mrr-treated-LPL"]["value"] == pytest.approx(5 / 6)
    assert told["orr-minor-treated-LPL"]["value"] == pytest.approx(1.0)


def test_responders_have_a_time_to_response_and_a_duration(told: dict[str, Any]) -> None:
    """Of responders only; the first day of the response counts as day 1 of its duration."""
    responded = {
        key.removeprefix("dor-") for key in told if key.startswith("dor-") and key.count("-") == 2 and key[-1].isdigit()
    }
    assert len(responded) == sum(responders("central review").values())
    for subject in responded:
        pfs, ttr, dor = (told[f"{key}-{subject}"]["value"] for key in ("pfs", "ttr", "dor"))
        assert pfs == ttr + dor - 1


def test_late_effects_and_counts_that_rest_on_platelets_are_shown(told: dict[str, Any]) -> None:
    assert told["late-myelodysplastic-syndrome-or-acute-leukaemia-events"]["text"] == "1 of 42"
    day_1 = {row["subject"]: date.fromisoformat(row["first_infusion"]) for row in rows("dm.csv")}
    last: dict[str, date] = {}
    for name in ("followup", "rs", "tumour", "igm", "mprotein", "lb", "support"):
        for row in rows(f"{name}.csv"):
            last[row["subject"]] = max(last.get(row["subject"], date.min), date.fromisoformat(row["date"]))
    with_it = next(row for row in rows("ae.csv") if row["preferred_term"] == "Myelodysplastic syndrome")
    days = {subject: (last[subject] - on).days + 1 for subject, on in day_1.items()} | {
        with_it["subject"]: int(with_it["onset_day"])
    }
    assert told["late-myelodysplastic-syndrome-or-acute-leukaemia-years"]["value"] == pytest.approx(
        sum(days.values()) / 365.25
    )
    given = {(row["subject"], date.fromisoformat(row["date"])) for row in rows("support.csv")}
    counts = [
        row
        for row in rows("lb.csv")
        if row["test"] == "platelets" and date.fromisoformat(row["date"]) > day_1[row["subject"]]
    ]
    own: dict[str, list[float]] = defaultdict(list)
    for row in counts:
        on = date.fromisoformat(row["date"])
        if not any(subject == row["subject"] and 0 <= (on - day).days <= 7 for subject, day in given):
            own[row["subject"]].append(float(row["value"]))
    assert told["own-nadir-platelets-all"]["value"] == pytest.approx(median(min(values) for values in own.values()))
    assert told["own-nadir-platelets-all"]["value"] > told["nadir-platelets-all"]["value"]


def test_borrowing_is_that_of_the_plan_room(told: dict[str, Any]) -> None:
    counts = responders("central review")
    sizes = tuple(sum(row["indication"] == arm for row in rows("dm.csv")) for arm in ARMS)
    posterior = judged("exnex", tuple(counts[arm] for arm in ARMS), sizes, 0.2)
    for place, arm in enumerate(ARMS):
        assert told[f"indication-borrowed-{arm}"]["value"] == pytest.approx(posterior.mean[place])
        assert told[f"indication-above-{arm}"]["value"] == pytest.approx(posterior.post_prob[place])


def test_the_threshold_of_total_activity_shows_what_it_mixes(told: dict[str, Any]) -> None:
    """Assayed less residual, decay to the start of the infusion being 0.1 %: both groups together are everybody, and the large get more."""
    total: dict[str, float] = defaultdict(float)
    for row in rows("ex.csv"):
        total[row["subject"]] += float(row["assay_mCi"]) - float(row["residual_mCi"])
    above = {subject for subject, activity in total.items() if activity * 0.9988 >= 60}
    assert told["activity-response-at-or-above"]["population"].endswith(f"(n={len(above)})")
    assert told["activity-response-below"]["population"].endswith(f"(n={len(total) - len(above)})")
    assert told["activity-area-at-or-above"]["value"] > told["activity-area-below"]["value"] + 0.1


def test_prescriptions_follow_the_level_that_the_enrolment_names(told: dict[str, Any]) -> None:
    """Arms are indications, not levels: every subject's deviation is small all the same."""
    found = [number["value"] for key, number in told.items() if key.startswith("deviation-")]
    assert len(found) == len(rows("ex.csv"))
    assert max(map(abs, found)) < 5


def test_the_generator_makes_the_shipped_files(tmp_path: Path) -> None:
    script = (
        (ROOT / "tools" / "make_clover.py")
        .read_text()
        .replace(
            'EXAMPLE = Path(__file__).parent.parent / "src" / "hevesy" / "examples" / "clover"',
            f"EXAMPLE = Path({str(tmp_path)!r})",
        )
    )
    (tmp_path / "sources").mkdir()
    (tmp_path / "make.py").write_text(script)
    subprocess.run([sys.executable, str(tmp_path / "make.py")], check=True)
    for path in (CLOVER / "sources").glob("*.csv"):
        assert (tmp_path / "sources" / path.name).read_bytes() == path.read_bytes()
    assert (tmp_path / "origin.toml").read_text() == (CLOVER / "origin.toml").read_text()


def test_every_serious_event_has_its_narrative(told: dict[str, Any]) -> None:
    serious = [row for row in rows("ae.csv") if row["serious"] == "1"]
    found = {
        key: number
        for key, number in told.items()
        if key.startswith("serious-") and number["label"].startswith("Serious event of ")
    }
    assert len(found) == len(serious) > 0
    ages = {row["subject"]: row["age"] for row in rows("dm.csv")}
    for row in serious:
        words = next(
            number["because"][0]
            for number in found.values()
            if row["subject"] in number["label"] and row["preferred_term"] in number["label"]
        )
        for part in (
            f"{'an' if ages[row['subject']].startswith('8') else 'a'} {ages[row['subject']]}-year-old",
            f"serious {row['preferred_term']}, grade {row['grade']}",
            f"On day {row['onset_day']} ",
            f"called it {row['related']}",
        ):
            assert part in words


def test_every_delivered_term_is_one_of_ctcae(told: dict[str, Any]) -> None:
    assert told["unknown-terms"]["value"] == 0
    assert told["unknown-terms"]["because"] == ["every term is one of it"]


@pytest.mark.parametrize(("confirming", "responded"), [("as-good", False), ("any-later", True)])
def test_the_protocols_confirmation_holds_for_indications_too(
    told: dict[str, Any], folder: Path, confirming: Confirming, responded: bool
) -> None:
    """PR, SD, PR by central review of one subject with Waldenstroem's: both the section by indication and the response say the same."""
    assert told
    study, cut, who = study_of(read_record(folder)), date(2021, 12, 31), "LPL-01"
    before = next(item for item in study.subjects if item.id == who)
    start = before.day_1
    assert start is not None
    calls = tuple(
        ReportedResponse(
            subject=who,
            row=90_000 + n,
            on=start + timedelta(days=28 * (n + 1)),
            response=word,
            evaluator="central review",
        )
        for n, word in enumerate(("PR", "SD", "PR"))
    )
    kept = tuple(event for event in before.events if not isinstance(event, ReportedResponse))
    subjects = tuple(replace(item, events=(*kept, *calls)) if item.id == who else item for item in study.subjects)
    plan = replace(study.protocol, response=ResponsePlan(criteria=None, confirming=confirming))
    found = next(
        one for one in outcomes(analyse(replace(study, subjects=subjects, protocol=plan), cut)) if one.arm.code == "LPL"
    )
    assert next(one.responded for one in found.judged if one.item.subject.id == who) is responded


def test_one_dose_beside_two_as_plain_counting_gives_it(told: dict[str, Any]) -> None:
    """By planned doses: who was treated, nadirs of platelets, transfused, responders; the files counted without Hevesy's code."""
    planned = {row["subject"]: row for row in rows("dm.csv")}
    supported = {row["subject"] for row in rows("support.csv")}
    for number in ("1", "2"):
        own = [subject for subject, row in planned.items() if row["doses"] == number]
        lowest = [
            min(
                float(row["value"])
                for row in rows("lb.csv")
                if row["subject"] == subject and row["test"] == "platelets" and row["date"] > day
            )
            for subject in own
            for day in (planned[subject]["first_infusion"],)
        ]
        assert told[f"treated-planned-{number}"]["value"] == len(own) == 21
        assert told[f"nadir-platelets-planned-{number}"]["value"] == pytest.approx(median(lowest))
        assert told[f"supported-planned-{number}"]["value"] == pytest.approx(len(supported & set(own)) / 21)
        assert told[f"completed-planned-{number}"]["text"].startswith("21/21 = 100.0 %")
    both = [told[f"responders-called-planned-{doses}"]["value"] * 21 for doses in ("1", "2")]
    assert sum(both) == pytest.approx(sum(responders("central review").values()))


def test_who_received_one_of_two_doses_stays_with_two_planned(told: dict[str, Any], folder: Path) -> None:
    """Without the second infusion of MM-02: planned 2, received 1, not complete; before it is due nobody knows."""
    study = study_of(read_record(folder))
    (subject,) = [one for one in study.subjects if one.id == "MM-02"]
    first, second = subject.of(Administration)
    shortened = replace(subject, events=tuple(event for event in subject.events if event is not second))
    without = replace(study, subjects=tuple(shortened if one is subject else one for one in study.subjects))
    whole = doses_of(analyse(without, date(2020, 10, 26)))
    assert whole is not None
    found = {number.id: number for number in numbers_in(whole.blocks)}
    assert [found[f"treated-{name}"].value for name in ("planned-1", "planned-2", "received-1", "received-2")] == [
        21,
        21,
        22,
        20,
    ]
    assert found["completed-planned-2"].text.startswith("20/21 =")
    assert found["completed-received-1"].text.startswith("21/22 =")
    due = first.start.date() + timedelta(days=14)
    assert (
        f"MM-02: dose 2 of 2 was due on {due} and is not recorded by 2020-10-26" in found["completed-planned-2"].because
    )
    for cut, complete in ((due - timedelta(days=1), None), (due, False)):
        (early,) = [item for item in analyse(without, cut).subjects if item.subject.id == "MM-02"]
        assert (early.given.completion.planned, early.given.completion.received, early.given.completion.complete) == (
            2,
            1,
            complete,
        )


def test_infusions_beyond_the_regimen_or_none_at_all_complete_nothing(folder: Path) -> None:
    """Three of two: one may be another's correction. Treated with a drug by mass alone: no infusion is recorded, which is not 0 received."""
    study = study_of(read_record(folder))
    (subject,) = [one for one in study.subjects if one.id == "MM-02"]
    first, second = subject.of(Administration)
    again = replace(second, row=9001, start=second.start + timedelta(days=1), end=None)
    others = tuple(event for event in subject.events if event not in (first, second))
    exposed = Exposure(subject="MM-02", row=9002, on=first.on, dose_mg=40)
    for events, received, because in (
        ((*subject.events, again), 3, "3 infusions recorded, the regimen has 2"),
        ((*others, exposed), None, "no infusion recorded"),
    ):
        changed = replace(
            study, subjects=tuple(replace(one, events=events) if one is subject else one for one in study.subjects)
        )
        analysis = analyse(changed, date(2020, 10, 26))
        (found,) = [item.given.completion for item in analysis.treated if item.subject.id == "MM-02"]
        assert (found.planned, found.received, found.complete) == (2, received, None)
        assert found.because.startswith(because)
        page = doses_of(analysis)
        assert page is not None
        numbers = {number.id: number.value for number in numbers_in(page.blocks)}
        assert numbers["treated-received-3" if received else "treated-received-not-known"] == 1
        assert "treated-received-0" not in numbers
