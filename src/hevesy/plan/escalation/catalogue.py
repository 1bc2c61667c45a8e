"""Designs by the names of the command line and of protocol.toml."""

from __future__ import annotations

from hevesy.plan.escalation.crm import CRM
from hevesy.plan.escalation.interval import IntervalDesign
from hevesy.plan.escalation.interval_rules import BOIN, MTPI, IntervalRule, IThreePlusThree, Keyboard
from hevesy.plan.escalation.three_plus_three import ThreePlusThree, three_plus_three
from hevesy.study.protocol import DESIGN_VARIANTS, Escalation

DESIGNS = tuple(DESIGN_VARIANTS)


def rule_named(name: str, target: float) -> IntervalRule:
    """The rule of an interval design: `boin`, `keyboard`, `mtpi`, `mtpi2`."""
    match name:
        case "boin":
            return BOIN(target=target)
        case "keyboard":
            return Keyboard(target=target)
        case "mtpi":
            return MTPI(target=target)
        case "mtpi2":
            return MTPI(target=target, equal_keys=True)
        case "i3+3":
            return IThreePlusThree(target=target)
        case _:
            raise ValueError(f"{name!r} is no interval design; those are boin, keyboard, mtpi, mtpi2, i3+3")


def design_named(plan: Escalation, levels: int) -> ThreePlusThree | IntervalDesign | CRM:
    """The design a protocol or a command line names, over a number of levels.

    >>> design_named(Escalation(design="boin", variant=None, cohort_size=3, target=0.25, n_max=30), 6).cohort_size
    3
    """
    if plan.design not in DESIGNS:
        raise ValueError(f"design {plan.design!r} is not known yet; known are {', '.join(DESIGNS)}")
    if plan.design == "three-plus-three":
        return three_plus_three(plan.variant or "no-de-escalation", levels, plan.cohort_size)
    if plan.target is None or plan.n_max is None:
        raise ValueError(f"{plan.design} needs a target DLT rate and a full number of subjects")
    if plan.design == "crm":
        if len(plan.skeleton) != levels:
            raise ValueError(f"crm needs a skeleton of {levels} rates, one a level; got {len(plan.skeleton)}")
        return CRM(prior=plan.skeleton, target=plan.target, cohort_size=plan.cohort_size, n_max=plan.n_max)
    return IntervalDesign(rule=rule_named(plan.design, plan.target), levels=levels, cohort_size=plan.cohort_size, n_max=plan.n_max)
