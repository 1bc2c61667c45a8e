"""What a model makes of a history: its parameters, the DLT rates by level, the level it would recommend."""

from __future__ import annotations

from dataclasses import dataclass, replace

from hevesy.errors import CannotAnswerError
from hevesy.plan.escalation import blrm
from hevesy.plan.escalation.crm import Model
from hevesy.plan.escalation.design import DescribedDesign, History
from hevesy.plan.escalation.tite import TITECRM
from hevesy.study.protocol.escalation import Escalation


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """Parameters and DLT rates by level, by the names they are told under, with 95 % intervals; level None: no dose."""

    parameters: dict[str, float]
    p_dlt: tuple[dict[str, float], ...]
    recommended: int | None
    because: tuple[str, ...]


def posterior(plan: Escalation, design: DescribedDesign, history: History, model: Model = "empiric") -> Fitted:
    """The posterior of crm, titecrm (by a model of one parameter) or blrm; CannotAnswerError where it cannot be had."""
    if max((cohort.level for cohort in history), default=1) > design.levels:
        raise CannotAnswerError(f"the history has a level above the {design.levels} of the design")
    if any(cohort.pending or cohort.undetermined for cohort in history) and not design.needs_calendar:
        raise CannotAnswerError(
            f"{plan.design} uses complete outcomes only; pending subjects need titecrm, undetermined ones an answer"
        )
    match design:
        case blrm.BLRM():
            return _of_two_parameters(design, history)
        case TITECRM():
            return _of_one_parameter(replace(design, model=model), history)
    # of complete outcomes every weight is one, whatever the window
    complete = TITECRM(prior=plan.skeleton, target=plan.target or 0.0, window_d=1, model=model)
    return _of_one_parameter(complete, history)


def _of_two_parameters(design: blrm.BLRM, history: History) -> Fitted:
    levels = range(1, design.levels + 1)
    n = [sum(cohort.evaluable for cohort in history if cohort.level == level) for level in levels]
    dlt = [sum(cohort.with_dlt for cohort in history if cohort.level == level) for level in levels]
    found = blrm.fit(design.prior, design.doses, n, dlt, limits=design.target_interval)
    decision = design.decide(history)
    names = ("mean", "lower", "upper", "p_under", "p_target", "p_overdose")
    rows = zip(found.mean, found.lower, found.upper, found.intervals, strict=True)
    return Fitted(
        parameters={
            "log_alpha": found.log_alpha[0],
            "log_alpha_sd": found.log_alpha[1],
            "log_beta": found.log_beta[0],
            "log_beta_sd": found.log_beta[1],
        },
        p_dlt=tuple(
            dict(zip(names, (mean, lower, upper, *inside), strict=True)) for mean, lower, upper, inside in rows
        ),
        recommended=decision.level or decision.mtd,
        because=(design.stated(),),
    )


def _of_one_parameter(design: TITECRM, history: History) -> Fitted:
    found = design.fit(history)
    return Fitted(
        parameters={"beta": found.beta, "variance": found.variance},
        p_dlt=tuple(
            {"mean": rate, "lower": lower, "upper": upper}
            for rate, (lower, upper) in zip(found.p_dlt, found.intervals, strict=True)
        ),
        recommended=found.recommended,
        because=(
            f"recommended: the level nearest the target {design.target:g}, before the restrictions on going up",
            f"{design.model} model, normal prior of variance {design.variance:g}; rates at the posterior mean, "
            "95 % intervals from the posterior",
        ),
    )
