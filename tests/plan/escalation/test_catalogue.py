"""The words of the designs and the classes that they name agree."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from hevesy.errors import RuleError
from hevesy.plan.escalation.catalogue import PLAYED_OUT, STOPPED_EARLY, Setting, design_named
from hevesy.plan.escalation.rules import StopAtN
from hevesy.plan.escalation.tite import Restraint
from hevesy.study.protocol.escalation import DESIGNS, Escalation, LogisticModel, planned, window_of

MODEL = LogisticModel(mean=(-1.0, 0.0), sd=(1.5, 0.8), correlation=0.0, reference_dose=25.0)
ROWS = tuple(
    {"n": str(n), "dlts": str(dlt), "decision": "E" if not dlt else "D"} for n in range(1, 4) for dlt in range(n + 1)
)
PLANS = [
    planned(
        name,
        target=0.25,
        skeleton=(0.1, 0.25, 0.4) if words.takes("skeleton") else (),
        logistic=MODEL,
        n_max=24,
        table=ROWS,
    )
    for name, words in DESIGNS.items()
]
SETTING = Setting(levels=3, doses=(10.0, 20.0, 30.0), window_d=85, restraint=Restraint())


class Watched:
    """A plan that notes which of its fields are read."""

    def __init__(self, plan: Escalation) -> None:
        self.plan, self.read = plan, set[str]()

    def __getattr__(self, name: str) -> object:
        if name in {field.name for field in fields(Escalation)}:
            self.read.add(name)
        return getattr(self.plan, name)


def test_every_design_in_words_has_its_class_and_no_class_is_without_words() -> None:
    assert set(STOPPED_EARLY) | set(PLAYED_OUT) == set(DESIGNS)
    assert set(STOPPED_EARLY) & set(PLAYED_OUT) == set()


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.design)
def test_the_fields_a_design_declares_are_those_its_class_takes(plan: Escalation) -> None:
    watched = Watched(plan)
    {**STOPPED_EARLY, **PLAYED_OUT}[plan.design](watched, SETTING)  # type: ignore[arg-type]
    words = DESIGNS[plan.design]
    assert watched.read - {"design", "cohort_size"} == {*words.needs, *words.may_have}


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.design)
def test_what_a_design_says_of_itself_agrees_with_its_words(plan: Escalation) -> None:
    window_d = 85 if plan.words.counts_pending else None
    design = design_named(plan, 3, (10.0, 20.0, 30.0), window_d)
    assert design.needs_calendar == (plan.words.counts_pending or plan.design == "rolling-six")
    assert "3 levels" in design.in_short
    assert "3 levels" in design.paragraph
    if plan.words.in_protocols:
        assert design.starting_at(2).decide(()).level == 2


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"design": "bion"}, "design"),
        ({"variant": "modified"}, "variant"),
        ({"target": None}, "target"),
        ({"target": 1.5}, "target"),
        ({"n_max": None}, "n_max"),
        ({"skeleton": ()}, "skeleton"),
        ({"skeleton": (0.1, 0.4, 0.3)}, "skeleton[3]"),
        ({"skeleton": (0.0, 0.1, 0.3)}, "skeleton[1]"),
        ({"skeleton": (0.1, 0.3, 1.0)}, "skeleton[3]"),
        ({"weights": "nadir:"}, "weights"),
    ],
)
def test_a_plan_that_breaks_a_rule_cannot_be_made(change: dict[str, object], field: str) -> None:
    plan = planned("titecrm", target=0.25, skeleton=(0.1, 0.25, 0.4))
    with pytest.raises(RuleError) as refused:
        replace(plan, **change)  # type: ignore[arg-type]
    assert refused.value.field == field


def test_a_window_is_given_where_it_counts_and_nowhere_else() -> None:
    assert window_of("titeboin", 85) == window_of("boin", 85, calendar=True) == 85
    for design, window_d in (("titeboin", None), ("boin", 85.0), ("titecrm", 0.5)):
        with pytest.raises(RuleError) as refused:
            window_of(design, window_d)
        assert refused.value.field == "window_d"


def test_rules_and_restraints_keep_to_the_designs_they_fit() -> None:
    by_name = {plan.design: plan for plan in PLANS}
    early, held = (StopAtN(n=9),), Restraint(max_pending=2)
    with pytest.raises(RuleError, match="its own rules of safety"):
        design_named(by_name["boin12"], 3, rules=early)
    with pytest.raises(RuleError, match="RollingSix cannot name an MTD before its end"):
        design_named(by_name["rolling-six"], 3, rules=early)
    with pytest.raises(RuleError, match="only titecrm and titeboin"):
        design_named(by_name["boin"], 3, restraint=held)
    with pytest.raises(RuleError, match="do not fit designs with pending"):
        design_named(by_name["titeboin"], 3, window_d=85, rules=early, restraint=held)
    assert "stop when a level that has 9" in design_named(by_name["table"], 3, rules=early).in_short
    assert "while 2 are pending" in design_named(by_name["titeboin"], 3, window_d=85, restraint=held).paragraph
