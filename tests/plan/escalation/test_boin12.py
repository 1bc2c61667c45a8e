"""BOIN12 against the desirability table of the escalation package, and its rules."""

from __future__ import annotations

import csv

import pytest

from hevesy.plan.escalation.boin12 import BOIN12, Desirability
from hevesy.plan.escalation.design import HistoryError
from tests.conftest import reference


def test_the_desirability_table_is_identical() -> None:
    ranks = Desirability().ranks()
    with reference("escalation/escalation_boin12_rds.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(ranks)
    for row in rows:
        found = ranks[int(row["Patients"]), int(row["Toxicity"]), int(row["Efficacy"])]
        assert found == (None if row["RDS_x"] == "NA" else float(row["RDS_x"])), row


def test_the_rules_of_the_design() -> None:
    design = BOIN12(levels=3, worth=Desirability())
    untried = (0, 0, 0)
    assert design.decide([(3, 3, 0), untried, untried], 1).action == "stop"
    assert design.decide([(3, 0, 1), (3, 2, 1), untried], 2).level == 1, "toxic: down"
    assert design.decide([(3, 0, 0), untried, untried], 1).level == 2, "nothing seen: the next level offers more"
    assert design.decide([(3, 0, 3), untried, untried], 1).level == 1, "all respond: nothing to gain above"
    assert design.decide([(12, 0, 2), (12, 2, 8), (12, 4, 8)], 2).mtd == 2
    with pytest.raises(HistoryError, match="level 1"):
        design.decide([(3, 4, 0), untried, untried], 1)
    with pytest.raises(ValueError, match="add up to 100"):
        Desirability(neither=30)
