"""Designs with pending subjects against dfcrm and TITEgBOIN, and against their own rules."""

from __future__ import annotations

import csv

import pytest

from hevesy.errors import RuleError
from hevesy.plan.escalation.design import notation, parse_history
from hevesy.plan.escalation.interval_rules import BOIN
from hevesy.plan.escalation.onset import WeibullOnset
from hevesy.plan.escalation.rolling_six import RollingSix
from hevesy.plan.escalation.tite import TITEBOIN, TITECRM, Restraint, weights
from hevesy.study.outcomes import CohortOutcome
from tests.conftest import reference

PRIOR = (0.05, 0.12, 0.25, 0.4, 0.55)


def test_fits_with_their_weights_are_those_of_dfcrm() -> None:
    compared = 0
    with reference("escalation/dfcrm_titecrm_fits.csv").open() as file:
        for row in csv.DictReader(file):
            subjects = list(
                zip(*([float(part) for part in row[key].split()] for key in ("level", "tox", "followup")), strict=True)
            )
            history = tuple(
                CohortOutcome(
                    level=int(level),
                    evaluable=int(tox or days >= 85),
                    with_dlt=int(tox),
                    pending=int(not tox and days < 85),
                    pending_d=(days,) if not tox and days < 85 else (),
                    dlt_after_d=(days,) if tox else (),
                )
                for level, tox, days in subjects
            )
            design = TITECRM(
                prior=tuple(map(float, row["skeleton"].split())),
                target=float(row["target"]),
                window_d=85,
                weighting="adaptive" if row["scheme"] == "adaptive" else "linear",
            )
            found = design.fit(history)
            assert found.beta == pytest.approx(float(row["beta"]), abs=1e-6), row["case"]
            assert found.variance == pytest.approx(float(row["post_var"]), abs=1e-6)
            assert found.recommended == int(row["mtd"])
            compared += 1
    assert compared == 146


def test_a_dlt_on_the_last_day_has_a_fit() -> None:
    """Where dfcrm divides nought by nought."""
    design = TITECRM(prior=PRIOR, target=0.25, window_d=85, weighting="adaptive")
    found = design.fit(parse_history("1NNN 2NT85P40P85"))
    assert -2 < found.beta < 2
    assert weights("adaptive", [0, 40, 85], 85, [85]) == pytest.approx((0, 40 / 85 / 2, 1))


def test_next_doses_are_those_of_titegboin() -> None:
    compared = 0
    with reference("escalation/titegboin_next_dose.csv").open() as file:
        for row in csv.DictReader(file):
            n, pending, dlt = ([int(part) for part in row[key].split()] for key in ("n", "npend", "y"))
            elapsed, level = [float(part) for part in row["ft"].split()], int(row["d"])
            assert float(row["maxpen"]) == 0.5
            design = TITEBOIN(
                rule=BOIN(target=float(row["target"])),
                levels=len(n),
                window_d=float(row["maxt"]),
                cohort_size=1,
                n_max=999,
            )
            history = [
                CohortOutcome(
                    level=place,
                    evaluable=n[place - 1] - pending[place - 1],
                    with_dlt=dlt[place - 1],
                    pending=pending[place - 1],
                    pending_d=(elapsed[place - 1] / pending[place - 1],) * pending[place - 1]
                    if pending[place - 1]
                    else (),
                )
                for place in [*(place for place in range(1, len(n) + 1) if n[place - 1] and place != level), level]
            ]
            found = design.decide(tuple(history))
            assert (found.action == "stop") == (row["earlystop"] == "1"), row
            assert (found.action == "wait") == (row["suspend"] == "1"), row
            if found.level is not None:
                assert found.level == int(row["next_d"]), row
            closed = [design.rule.at(m, y) == "X" if m else False for m, y in zip(n, dlt, strict=True)]
            assert [any(closed[: place + 1]) for place in range(level)] == [
                part == "1" for part in row["elim"].split()
            ][:level], row
            compared += 1
    assert compared == 150


def test_days_are_needed_and_read() -> None:
    history = parse_history("1NNN 2NT37P40P12.5")
    assert history[1].pending_d == (40, 12.5)
    assert history[1].dlt_after_d == (37,)
    assert notation(history) == "1NNN 2NT37P40P12.5"
    design = TITECRM(prior=PRIOR, target=0.25, window_d=85)
    with pytest.raises(RuleError, match="as in 2NNP40"):
        design.decide(parse_history("1NNN 2NNP"))
    with pytest.raises(RuleError, match="adaptive weights need the day"):
        TITECRM(prior=PRIOR, target=0.25, window_d=85, weighting="adaptive").decide(parse_history("1NNN 2NT"))
    with pytest.raises(RuleError, match="days follow T, B or P"):
        parse_history("1N40")
    with pytest.raises(ValueError, match="after the window of 85 days"):
        design.decide(parse_history("1NNP99"))


def test_a_pending_subject_counts_the_more_the_longer_and_a_dlt_stops_going_up() -> None:
    design = TITECRM(prior=PRIOR, target=0.25, window_d=85)
    rates = [design.fit(parse_history(f"1NNN 2NNP{day}")).p_dlt[2] for day in (0, 20, 60, 85)]
    assert rates == sorted(rates, reverse=True)
    assert design.fit(parse_history("1NNN 2NNP85")).beta == pytest.approx(
        design.fit(parse_history("1NNN 2NNN")).beta, abs=1e-12
    )
    assert design.decide(parse_history("1NNN 2T3")).level == 2
    late = TITECRM(prior=PRIOR, target=0.25, window_d=85, weighting=WeibullOnset(shape=3.5, peak_d=42))
    early = [one.fit(parse_history("1NNN 2NNP20P20")).p_dlt[2] for one in (design, late)]
    assert early[1] > early[0], "twenty days say less where DLTs come in the sixth week"


def test_restraints_answer_in_place_of_the_design() -> None:
    free = TITECRM(prior=PRIOR, target=0.25, window_d=85)
    assert free.decide(parse_history("1NP30")).action == "escalate"
    held = TITECRM(prior=PRIOR, target=0.25, window_d=85, restraint=Restraint(follow_up_n=2, follow_up_d=42))
    assert held.decide(parse_history("1NP30")).action == "stay"
    assert held.decide(parse_history("1NP42")).action == "escalate"
    waits = TITECRM(prior=PRIOR, target=0.25, window_d=85, restraint=Restraint(max_pending=2))
    assert waits.decide(parse_history("1NP30 2P20")).action == "wait"


@pytest.mark.parametrize(
    ("history", "action", "level", "places", "mtd"),
    [
        ("1NNP", "stay", 1, 3, None),
        ("1NNN", "escalate", 2, 6, None),
        ("1NNNP", "stay", 1, 2, None),
        ("1NNNN", "escalate", 2, 6, None),
        ("1NNNNPP", "wait", 1, 0, None),
        ("1NNNNNP", "escalate", 2, 6, None),
        ("1NNNNNT", "escalate", 2, 6, None),
        ("1NNNNTP", "wait", 1, 0, None),
        ("1TT", "stop", None, 0, None),
        ("1NNN 2TTP", "de-escalate", 1, 3, None),
        ("1NNN 2TTP 1NNN", "stop", None, 0, 1),
        ("1NNNNNT 2NTT", "stop", None, 0, 1),
        ("1NNNNNP 2NTT", "wait", 1, 0, None),
        ("1NNNNNN 2NNN 3TT", "de-escalate", 2, 3, None),
        ("1NNNNNN 2NNN 3TT 2TTN", "stop", None, 0, 1),
        ("1NNN 2NNN 3TT 2TTN", "de-escalate", 1, 3, None),
        ("1NNN 2NNN 3NNN", "stop", None, 0, 3),
    ],
)
def test_rolling_six_by_its_table(history: str, action: str, level: int | None, places: int, mtd: int | None) -> None:
    found = RollingSix(levels=3).decide(parse_history(history))
    assert (found.action, found.level, found.open_places, found.mtd) == (action, level, places, mtd)


def test_rolling_six_refuses_what_cannot_have_happened() -> None:
    with pytest.raises(RuleError, match="at most 6"):
        RollingSix(levels=3).decide(parse_history("1NNNNNNN"))
    with pytest.raises(RuleError, match="step 2"):
        RollingSix(levels=3).decide(parse_history("1NNN 3N"))
    for early in ("1NN 2N", "1NNNNTT 2N", "1NNN 2NN 3N"):
        with pytest.raises(RuleError, match="at least three without"):
            RollingSix(levels=3).decide(parse_history(early))
