"""Interval designs against the tables and results of BOIN, Keyboard and escalation, and exact enumeration."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import groupby

import pytest
from scipy.stats import binom

from hevesy.errors import RuleError
from hevesy.plan.escalation.catalogue import design_named
from hevesy.plan.escalation.design import parse_history
from hevesy.plan.escalation.exact import operating_characteristics
from hevesy.plan.escalation.interval import IntervalDesign, select_mtd
from hevesy.plan.escalation.interval_rules import BOIN, MTPI, IntervalRule, Keyboard
from hevesy.plan.escalation.paths import paths
from hevesy.plan.escalation.table import table_rule
from hevesy.plan.escalation.three_plus_three import three_plus_three
from hevesy.study.protocol import Escalation
from tests.conftest import reference
from tests.plan.escalation.test_three_plus_three import SCENARIOS


def rows_of(name: str) -> Iterator[dict[str, str]]:
    with reference(f"escalation/{name}").open() as file:
        yield from csv.DictReader(file)


def boundaries(rule: IntervalRule, n: int) -> tuple[int | None, int | None, int | None]:
    """Escalate up to, de-escalate from, eliminate from."""
    answers = [rule.at(n, dlt) for dlt in range(n + 1)]
    up = max((dlt for dlt in range(n + 1) if answers[dlt] == "E"), default=None)
    down = min((dlt for dlt in range(n + 1) if answers[dlt] in "DX"), default=None)
    out = min((dlt for dlt in range(n + 1) if answers[dlt] == "X"), default=None)
    return up, down, out


def test_boin_lambdas() -> None:
    for row in rows_of("boin_lambda.csv"):
        rule = BOIN(target=float(row["target"]))
        assert rule.lambda_e == pytest.approx(float(row["lambda_e"]), abs=1e-12)
        assert rule.lambda_d == pytest.approx(float(row["lambda_d"]), abs=1e-12)


@pytest.mark.parametrize(
    ("name", "rule", "count"), [("boin_boundary_table.csv", BOIN, 120), ("keyboard_boundary_table.csv", Keyboard, 90)]
)
def test_boundary_tables_are_identical(name: str, rule: type[BOIN] | type[Keyboard], count: int) -> None:
    compared = 0
    for row in rows_of(name):
        wanted = tuple(
            None if row[key] == "NA" else int(row[key])
            for key in ("escalate_if_le", "deescalate_if_ge", "eliminate_if_ge")
        )
        assert boundaries(rule(target=float(row["target"])), int(row["n"])) == wanted, row
        compared += 1
    assert compared == count


def test_mtpi_and_mtpi2_decisions_are_identical() -> None:
    compared = 0
    for row in rows_of("escalation_tpi_mtpi_mtpi2_decisions.csv"):
        if row["design"] == "TPI":
            continue
        answer = MTPI(target=float(row["target"]), equal_keys=row["design"] == "mTPI2").at(
            int(row["n"]), int(row["tox"])
        )
        assert {"X": "D"}.get(answer, answer) == row["decision"], row
        assert (answer != "X") == (row["dose2_admissible"] == "TRUE"), row
        compared += 1
    assert compared == 260


def test_mtd_selections_are_identical() -> None:
    compared = 0
    for row in rows_of("boin_select_mtd.csv"):
        counts = list(zip(map(int, row["n"].split()), map(int, row["tox"].split()), strict=True))
        target = float(row["target"])
        assert (select_mtd(counts, target) or 99) == int(row["mtd"]), row
        assert (select_mtd(counts, target, at_most=BOIN(target=target).lambda_d) or 99) == int(row["mtd_bound"]), row
        compared += 1
    assert compared == 200


def test_exact_operating_characteristics_of_boin() -> None:
    keys = ("scenario", "target", "ncohort", "cohortsize")
    for (scenario, target, cohorts, size), group in groupby(
        rows_of("exact_boin_oc.csv"), key=lambda row: tuple(row[key] for key in keys)
    ):
        p = SCENARIOS[scenario]
        design = IntervalDesign(
            rule=BOIN(target=float(target)), levels=len(p), cohort_size=int(size), n_max=int(cohorts) * int(size)
        )
        found = operating_characteristics(design, p)
        for row in group:
            level = int(row["dose"])
            assert found.selected[level] == pytest.approx(float(row["prob_select"]), abs=1e-9)
            if level:
                assert found.mean_n[level - 1] == pytest.approx(float(row["mean_n"]), abs=1e-9)
                assert found.mean_dlt[level - 1] == pytest.approx(float(row["mean_dlt"]), abs=1e-9)


def test_exact_operating_characteristics_of_three_plus_three() -> None:
    for row in rows_of("threeplus3_exact_bcrm.csv"):
        p = SCENARIOS[row["scenario"]]
        variant = "no-de-escalation" if row["esc_only"] == "TRUE" else "de-escalation"
        found = operating_characteristics(three_plus_three(variant, len(p)), p)
        level = int(row["dose"])
        assert found.selected[level] == pytest.approx(float(row["prob_mtd"]), abs=1e-12)
        assert found.expected_n == pytest.approx(float(row["E_n"]), abs=1e-10)
        if level:
            assert found.mean_n[level - 1] == pytest.approx(float(row["mean_n"]), abs=1e-12)
            assert found.mean_dlt[level - 1] == pytest.approx(float(row["mean_dlt"]), abs=1e-12)


@pytest.mark.parametrize(
    ("file", "plan"),
    [
        ("escalation_dosepaths_three3", Escalation(design="three-plus-three", variant="de-escalation", cohort_size=3)),
        ("escalation_dosepaths_boin25", Escalation(design="boin", cohort_size=3, target=0.25, n_max=30)),
    ],
)
def test_dose_paths_are_those_of_the_escalation_package(file: str, plan: Escalation) -> None:
    nodes = {row[".node"]: row for row in rows_of(f"{file}.csv")}
    design = design_named(plan, 6).complete()
    for row in nodes.values():
        letters: list[str] = []
        node = row
        while node[".parent"] != "NA":
            letters.insert(0, node["outcomes"])
            node = nodes[node[".parent"]]
        if not letters:
            continue
        found = [path for path in paths(design, len(letters)) if list(path.outcomes) == letters]
        assert len(found) == 1, row
        next_dose = None if row["next_dose"] == "NA" else int(row["next_dose"])
        if found[0].level is not None or next_dose is None:
            assert found[0].level == next_dose, row
        else:
            assert found[0].mtd == next_dose, "the package goes on recommending the MTD once the trial is over"


def test_pending_subjects_make_an_interval_design_wait() -> None:
    design = design_named(Escalation(design="boin", cohort_size=3, target=0.25, n_max=30), 4)
    assert design.decide(parse_history("1NNN 2NNP")).action == "wait"
    assert design.decide(parse_history("1NNN 2NNX")).open_places == 1, "who is not evaluable is replaced"
    assert design.decide(parse_history("1NNN 2NNX 3NNN")).level == 4, "unless the cohort was closed without"
    with pytest.raises(RuleError, match="step 2"):
        design.decide(parse_history("1NNN 3NNN"))


@pytest.mark.parametrize("name", ["boin", "crm"])
@pytest.mark.parametrize(
    ("history", "action", "places"),
    [
        ("1N", "stay", 2),
        ("1NNX", "stay", 1),
        ("1N 1N", "stay", 1),
        ("1P", "wait", 2),
        ("1N 1PN", "wait", 0),
        ("1PPP 1NNN", "wait", 0),
        ("1NNU 1NNN", "wait", 0),
        ("1NNN 2NNP 2NNN", "wait", 0),
        ("1NX 1NN 2N", "stay", 2),
        ("1NNNN", "escalate", 3),
    ],
)
def test_decisions_are_of_whole_cohorts_and_nothing_unsettled_is_forgotten(
    name: str, history: str, action: str, places: int
) -> None:
    skeleton = (0.05, 0.12, 0.25, 0.4) if name == "crm" else ()
    design = design_named(Escalation(design=name, cohort_size=3, target=0.25, n_max=30, skeleton=skeleton), 4)
    decision = design.decide(parse_history(history))
    assert (decision.action, decision.open_places) == (action, places), decision.because


def test_a_cohort_that_can_only_go_down_is_not_filled_up() -> None:
    design = IntervalDesign(rule=BOIN(target=0.25), levels=4, cohort_size=4)
    stopped = design.decide(parse_history("1TTT"))
    assert (stopped.action, stopped.mtd) == ("stop", None)
    down = design.decide(parse_history("1NNNN 2TTT"))
    assert (down.action, down.level) == ("de-escalate", 1)
    waiting = design.decide(parse_history("1NNNN 2TTTP"))
    assert (waiting.action, waiting.open_places) == ("wait", 0)
    assert "the next level is 1" in waiting.because[-1]
    assert design.decide(parse_history("1NNNN 2T")).action == "stay", "three more may have none"


def test_counts_above_255_at_a_level_are_counted() -> None:
    """One level, 900 subjects at a rate below the target: the DLTs are binomial but for the trials that stop early."""
    design = IntervalDesign(rule=BOIN(target=0.3), levels=1, cohort_size=3, n_max=900)
    found = operating_characteristics(design, (0.2,))
    assert sum(count * chance for count, chance in enumerate(found.dlt_distribution)) == pytest.approx(
        found.mean_dlt[0]
    )
    assert found.risk_of(180) == pytest.approx(float(binom.sf(179, 900, 0.2)), abs=0.03), (
        "a few trials in a hundred stop early"
    )


def test_a_table_needs_rows_only_where_it_is_asked() -> None:
    rows = [{"n": "4", "dlts": str(dlt), "decision": told} for dlt, told in enumerate("ESDXX")]
    design = IntervalDesign(rule=table_rule(rows, 0.3), levels=3, cohort_size=4, n_max=12)
    assert design.decide(parse_history("1NNNN 2NNNN")).level == 3
    with pytest.raises(ValueError, match="no decision for 1 DLTs among 8"):
        design.decide(parse_history("1NNNN 2NNNT 2NNNN"))


def test_a_level_closed_by_its_rule_is_never_the_mtd() -> None:
    """A table that closes a level at 3 of 6, which elimination at 0.95 would not."""
    answers = {
        (n, dlt): "X" if dlt > 0.35 * n else "E" if dlt < 0.1 * n else "S" for n in range(1, 10) for dlt in range(n + 1)
    }
    rule = table_rule([{"n": str(n), "dlts": str(dlt), "decision": told} for (n, dlt), told in answers.items()], 0.3)
    design = IntervalDesign(rule=rule, levels=3, n_max=9)
    decision = design.decide(parse_history("1NNN 2NNT 2NTT"))
    assert (decision.action, decision.mtd) == ("stop", 1)


def test_no_level_is_closed_without_a_dlt_and_no_interval_leaves_0_to_1() -> None:
    assert BOIN(target=0.01).at(3, 0) != "X"
    assert BOIN(target=0.01).at(60, 0) == "E"
    for rule in (Keyboard, MTPI):
        with pytest.raises(ValueError, match="the interval around the target lies between 0 and 1"):
            rule(target=0.04)


@pytest.mark.parametrize("bad", [{"target": 0.0}, {"target": 1.2}, {"target": 0.25, "low": 1.2}, {"target": 0.8}])
def test_a_rule_that_cannot_be_is_refused(bad: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="target"):
        BOIN(**bad)  # type: ignore[arg-type]
