"""Designs by the names of the command line and of protocol.toml."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from difflib import get_close_matches

from hevesy.errors import RuleError
from hevesy.plan.escalation.blrm import BLRM, LogisticPrior
from hevesy.plan.escalation.boin12 import BOIN12
from hevesy.plan.escalation.crm import CRM
from hevesy.plan.escalation.interval import IntervalDesign
from hevesy.plan.escalation.interval_rules import BOIN, MTPI, IntervalRule, IThreePlusThree, Keyboard
from hevesy.plan.escalation.onset import NadirOnset
from hevesy.plan.escalation.rolling_six import RollingSix
from hevesy.plan.escalation.rules import Rule, Ruled
from hevesy.plan.escalation.three_plus_three import ThreePlusThree, a_plus_b, three_plus_three
from hevesy.plan.escalation.tite import TITEBOIN, TITECRM, Weighting
from hevesy.study.protocol import DESIGN_NEEDS, Escalation

DESIGNS = tuple(DESIGN_NEEDS)
ONLY_TYPED = ("boin12", "table")
"""Designs of the command line that a protocol cannot name."""
CohortDesign = ThreePlusThree | IntervalDesign | CRM | BLRM | Ruled
"""Designs of complete outcomes: they have exact operating characteristics."""
AnyDesign = CohortDesign | RollingSix | TITECRM | TITEBOIN


def rule_named(name: str, target: float) -> IntervalRule:
    """The rule of an interval design: `boin`, `keyboard`, `mtpi`, `mtpi2`, `i3+3`."""
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
            raise RuleError(f"{name!r} is no interval design; those are boin, keyboard, mtpi, mtpi2, i3+3")


def unknown_design(name: str) -> str:
    """A sentence about a design that is not there, with the nearest names."""
    known, plain = (*DESIGNS, *ONLY_TYPED), name.casefold().replace("-", "").replace(" ", "")
    same = [one for one in known if one.replace("-", "") == plain]
    near = (
        ["three-plus-three"]
        if plain in ("3+3", "33")
        else same or get_close_matches(name.casefold(), known, n=3, cutoff=0.4)
    )
    return f"design {name!r} is not known; " + (
        f"did you mean {', '.join(near)}?" if near else f"known are {', '.join(known)}"
    )


def weighting_named(name: str) -> Weighting:
    """Weights of pending subjects: `linear`, `adaptive`, or `nadir:DAY`."""
    if name == "linear":
        return "linear"
    if name == "adaptive":
        return "adaptive"
    kind, _, day = name.partition(":")
    if kind == "nadir" and day.replace(".", "", 1).isdigit():
        return NadirOnset(nadir_d=float(day))
    raise RuleError(f"weights are linear, adaptive, or nadir:DAY as in nadir:42, got {name!r}")


def of_complete_outcomes(design: AnyDesign | BOIN12) -> CohortDesign:
    """The design, if it waits for complete outcomes.

    Others have no exact operating characteristics, paths or tables.
    """
    if isinstance(design, BOIN12):
        raise RuleError(
            "BOIN12 weighs responses as well: it has no exact results; simulate it (--trials and --efficacy)"
        )
    if isinstance(design, RollingSix | TITECRM | TITEBOIN):
        raise RuleError(
            f"{type(design).__name__} goes on while subjects are pending: it has no exact results; "
            "simulate it (--trials)"
        )
    return design


def with_rules(design: AnyDesign, rules: tuple[Rule, ...]) -> Ruled:
    """The design with rules that may answer in its place."""
    if not isinstance(design, IntervalDesign | CRM | BLRM | Ruled):
        raise RuleError(
            f"{type(design).__name__} cannot name an MTD before its end, so rules that stop it early do not fit it"
        )
    return Ruled(design=design, rules=rules)


_NEEDED = {
    "target": "a target DLT rate",
    "n_max": "a full number of subjects",
    "skeleton": "a skeleton, the prior DLT rates by level",
    "logistic": "a prior and a reference dose",
    "a_plus_b": "its five numbers A,B,C,D,E",
}


def starting_at(design: AnyDesign, level: int) -> AnyDesign:
    """The design, begun at a level of its own.

    >>> starting_at(RollingSix(levels=4), 2).decide(()).level
    2
    """
    match design:
        case Ruled():
            assert isinstance(design.design, IntervalDesign | CRM | BLRM)
            inner = starting_at(design.design, level)
            assert isinstance(inner, IntervalDesign | CRM | BLRM)
            return replace(design, design=inner)
        case ThreePlusThree() | IntervalDesign() | RollingSix():
            return replace(design, first_level=level)
        case CRM() | BLRM() | TITECRM() | TITEBOIN():
            return replace(design, start=level)


def design_named(
    plan: Escalation, levels: int, doses: Sequence[float] = (), window_d: float | None = None, start: int = 1
) -> AnyDesign:
    """The design a protocol or a command line names, over a number of levels, begun at `start`.

    `doses` of the levels are needed by `blrm`, the window by `titecrm` and `titeboin`.

    >>> design_named(Escalation(design="boin", cohort_size=3, target=0.25, n_max=30), 6).levels
    6
    """
    if start != 1:
        return starting_at(design_named(plan, levels, doses, window_d), start)
    if plan.design not in DESIGN_NEEDS:
        raise RuleError(unknown_design(plan.design))
    target, n_max, size = plan.target, plan.n_max, plan.cohort_size
    for need in DESIGN_NEEDS[plan.design]:
        if not getattr(plan, need) and need != "variant":
            raise RuleError(f"{plan.design} needs {_NEEDED[need]}")
    if "skeleton" in DESIGN_NEEDS[plan.design] and len(plan.skeleton) != levels:
        raise RuleError(f"{plan.design} needs a skeleton of {levels} rates, one a level; got {len(plan.skeleton)}")
    if plan.design.startswith("tite") and window_d is None:
        raise RuleError(f"{plan.design} needs the window in which DLTs are counted")
    match plan.design:
        case "three-plus-three":
            return three_plus_three(plan.variant or "no-de-escalation", levels, size)
        case "a-plus-b":
            assert plan.a_plus_b is not None
            return a_plus_b(levels, *plan.a_plus_b)
        case "rolling-six":
            return RollingSix(levels=levels)
    assert n_max is not None
    if plan.design == "blrm":
        assert plan.logistic is not None
        model = plan.logistic
        if len(doses) != levels:
            raise RuleError(f"blrm needs the doses of the {levels} levels, got {len(doses)}")
        prior = LogisticPrior(
            mean=model.mean, sd=model.sd, correlation=model.correlation, reference_dose=model.reference_dose
        )
        return BLRM(
            doses=tuple(doses),
            prior=prior,
            target_interval=model.target_interval,
            overdose_bound=model.overdose_bound,
            cohort_size=size,
            n_max=n_max,
        )
    assert target is not None
    match plan.design:
        case "crm":
            return CRM(prior=plan.skeleton, target=target, cohort_size=size, n_max=n_max)
        case "titecrm":
            assert window_d is not None
            weighting = weighting_named(plan.weights)
            return TITECRM(
                prior=plan.skeleton,
                target=target,
                window_d=window_d,
                cohort_size=size,
                n_max=n_max,
                weighting=weighting,
            )
        case "titeboin":
            assert window_d is not None
            return TITEBOIN(rule=BOIN(target=target), levels=levels, window_d=window_d, cohort_size=size, n_max=n_max)
    return IntervalDesign(rule=rule_named(plan.design, target), levels=levels, cohort_size=size, n_max=n_max)
