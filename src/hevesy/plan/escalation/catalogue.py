"""Designs by the names of `study.protocol.escalation`: from a plan to a design over its levels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TypeVar

from hevesy.errors import RuleError
from hevesy.plan.escalation.blrm import BLRM, LogisticPrior
from hevesy.plan.escalation.boin12 import BOIN12, Desirability
from hevesy.plan.escalation.crm import CRM
from hevesy.plan.escalation.design import DescribedDesign
from hevesy.plan.escalation.interval import IntervalDesign
from hevesy.plan.escalation.interval_rules import BOIN, MTPI, IntervalRule, IThreePlusThree, Keyboard
from hevesy.plan.escalation.onset import NadirOnset
from hevesy.plan.escalation.rolling_six import RollingSix
from hevesy.plan.escalation.rules import RecommendingDesign, Rule, Ruled
from hevesy.plan.escalation.table import table_rule
from hevesy.plan.escalation.three_plus_three import a_plus_b, three_plus_three
from hevesy.plan.escalation.tite import TITEBOIN, TITECRM, Restraint, Weighting
from hevesy.study.protocol.designs import DESIGNS
from hevesy.study.protocol.escalation import Escalation, window_of

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Over what a design is built: its levels, their doses (in one unit), the DLT window, what holds it back."""

    levels: int
    doses: tuple[float, ...]
    window_d: float | None
    restraint: Restraint


def _sure(value: T | None) -> T:
    """A field whose presence the rules of `Escalation` have seen to."""
    assert value is not None
    return value


def _interval(plan: Escalation, over: Setting, rule: IntervalRule) -> IntervalDesign:
    return IntervalDesign(rule=rule, levels=over.levels, cohort_size=plan.cohort_size, n_max=_sure(plan.n_max))


def _skeleton(plan: Escalation, levels: int) -> tuple[float, ...]:
    if len(plan.skeleton) != levels:
        raise RuleError(f"{plan.design} needs a skeleton of {levels} rates, one a level; got {len(plan.skeleton)}")
    return plan.skeleton


def _crm(plan: Escalation, over: Setting) -> CRM:
    skeleton, target = _skeleton(plan, over.levels), _sure(plan.target)
    return CRM(prior=skeleton, target=target, cohort_size=plan.cohort_size, n_max=_sure(plan.n_max))


def _blrm(plan: Escalation, over: Setting) -> BLRM:
    model = _sure(plan.logistic)
    if len(over.doses) != over.levels:
        raise RuleError(f"blrm needs the doses of the {over.levels} levels, got {len(over.doses)}")
    prior = LogisticPrior(
        mean=model.mean, sd=model.sd, correlation=model.correlation, reference_dose=model.reference_dose
    )
    return BLRM(
        doses=over.doses,
        prior=prior,
        target_interval=model.target_interval,
        overdose_bound=model.overdose_bound,
        cohort_size=plan.cohort_size,
        n_max=_sure(plan.n_max),
    )


def _titecrm(plan: Escalation, over: Setting) -> TITECRM:
    return TITECRM(
        prior=_skeleton(plan, over.levels),
        target=_sure(plan.target),
        window_d=_sure(over.window_d),
        cohort_size=plan.cohort_size,
        n_max=_sure(plan.n_max),
        weighting=weighting_named(plan.weights),
        restraint=over.restraint,
    )


def _titeboin(plan: Escalation, over: Setting) -> TITEBOIN:
    return TITEBOIN(
        rule=BOIN(target=_sure(plan.target)),
        levels=over.levels,
        window_d=_sure(over.window_d),
        cohort_size=plan.cohort_size,
        n_max=_sure(plan.n_max),
        restraint=over.restraint,
    )


def boin12(plan: Escalation, levels: int) -> BOIN12:
    """BOIN12 over a number of levels."""
    worth, n_max = desirability(plan), _sure(plan.n_max)
    return BOIN12(levels=levels, worth=worth, cohort_size=plan.cohort_size, n_max=n_max)


def desirability(plan: Escalation) -> Desirability:
    """What BOIN12 tolerates and hopes for: the limits of the paper unless the plan says others."""
    usual = Desirability()
    return Desirability(
        toxicity_limit=plan.target if plan.target is not None else usual.toxicity_limit,
        efficacy_limit=plan.response_limit if plan.response_limit is not None else usual.efficacy_limit,
    )


STOPPED_EARLY: dict[str, Callable[[Escalation, Setting], RecommendingDesign]] = {
    "i3+3": lambda plan, over: _interval(plan, over, IThreePlusThree(target=_sure(plan.target))),
    "boin": lambda plan, over: _interval(plan, over, BOIN(target=_sure(plan.target))),
    "keyboard": lambda plan, over: _interval(plan, over, Keyboard(target=_sure(plan.target))),
    "mtpi": lambda plan, over: _interval(plan, over, MTPI(target=_sure(plan.target))),
    "mtpi2": lambda plan, over: _interval(plan, over, MTPI(target=_sure(plan.target), equal_keys=True)),
    "crm": _crm,
    "blrm": _blrm,
    "table": lambda plan, over: _interval(plan, over, table_rule(_sure(plan.table), _sure(plan.target))),
}
"""Designs that can name an MTD at any time, so that rules may stop them early."""
Builder = Callable[[Escalation, Setting], DescribedDesign]
PLAYED_OUT: dict[str, Builder] = {
    "three-plus-three": lambda plan, over: three_plus_three(_sure(plan.variant), over.levels, plan.cohort_size),
    "a-plus-b": lambda plan, over: a_plus_b(over.levels, *_sure(plan.a_plus_b)),
    "rolling-six": lambda plan, over: RollingSix(levels=over.levels),
    "titecrm": _titecrm,
    "titeboin": _titeboin,
    "boin12": lambda plan, over: boin12(plan, over.levels),
}
"""Designs that come to their own end."""


def weighting_named(name: str) -> Weighting:
    """Weights of pending subjects: `linear`, `adaptive`, or `nadir:DAY`; `Escalation` has seen that it is one."""
    if name == "linear":
        return "linear"
    return "adaptive" if name == "adaptive" else NadirOnset(nadir_d=float(name.partition(":")[2]))


def design_named(
    plan: Escalation,
    levels: int,
    doses: Sequence[float] = (),
    window_d: float | None = None,
    start: int = 1,
    *,
    rules: tuple[Rule, ...] = (),
    restraint: Restraint | None = None,
) -> DescribedDesign:
    """The design a plan names, over a number of levels, begun at `start`, with rules that may answer in its place.

    `doses` of the levels (in the unit of the reference dose) are needed by `blrm`, the window in days by `titecrm` and
    `titeboin`; only these may be held back by a `restraint`. Raises RuleError.

    >>> design_named(Escalation(design="boin", cohort_size=3, target=0.25, n_max=30), 4).in_short
    'BOIN, target 0.25, up at a rate of at most 0.197, down from 0.298; 4 levels, cohorts of 3, at most 30 subjects'
    """
    _check_company(plan, rules, restraint)
    window_d = window_of(plan.design, window_d if plan.words.counts_pending else None)
    over = Setting(levels=levels, doses=tuple(doses), window_d=window_d, restraint=restraint or Restraint())
    if plan.design in STOPPED_EARLY:
        design = STOPPED_EARLY[plan.design](plan, over).starting_at(start)
        return Ruled(design=design, rules=rules) if rules else design
    found = _builder(plan.design)(plan, over).starting_at(start)
    if rules:
        raise RuleError(
            f"{type(found).__name__} cannot name an MTD before its end, so rules that stop it early do not fit it"
        )
    return found


def _builder(design: str) -> Builder:
    """What builds a design: of one that these maps do not name, `build` in the file called like that of its words."""
    if design in PLAYED_OUT:
        return PLAYED_OUT[design]
    build: Builder = import_module(f"hevesy.plan.escalation.{DESIGNS.file_of(design)}").build
    return build


def _check_company(plan: Escalation, rules: tuple[Rule, ...], restraint: Restraint | None) -> None:
    """Whether the rules and the restraint fit the design and each other."""
    if plan.design == "boin12" and (rules or restraint is not None):
        raise RuleError("boin12 has its own rules of safety; others do not fit it", field="design", value=plan.design)
    if rules and restraint is not None:
        raise RuleError(
            "rules that stop early do not fit designs with pending subjects", field="design", value=plan.design
        )
    if restraint is not None and not plan.words.counts_pending:
        raise RuleError(
            "only titecrm and titeboin have pending subjects to hold them back", field="restraint", value=restraint
        )
