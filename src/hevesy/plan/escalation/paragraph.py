"""How doses are escalated, in the words of a protocol."""

from __future__ import annotations

from hevesy.plan.escalation.blrm import BLRM
from hevesy.plan.escalation.boin12 import BOIN12
from hevesy.plan.escalation.catalogue import AnyDesign
from hevesy.plan.escalation.crm import CRM
from hevesy.plan.escalation.interval import IntervalDesign
from hevesy.plan.escalation.interval_rules import BOIN, MTPI, IntervalRule, IThreePlusThree, Keyboard
from hevesy.plan.escalation.rolling_six import RollingSix
from hevesy.plan.escalation.rules import Ruled
from hevesy.plan.escalation.three_plus_three import ThreePlusThree
from hevesy.plan.escalation.tite import TITEBOIN, TITECRM


def _rule_name(rule: IntervalRule) -> str:
    match rule:
        case Keyboard():
            return "the keyboard design (Yan, Mandrekar and Yuan, Clin Cancer Res 2017;23:3994)"
        case MTPI(equal_keys=True):
            return "mTPI-2 (Guo et al., Contemp Clin Trials 2017;58:23)"
        case MTPI():
            return "mTPI (Ji et al., Clin Trials 2010;7:653)"
        case IThreePlusThree():
            return "i3+3 (Liu, Wang and Ji, J Biopharm Stat 2020;30:294)"
        case _:
            return "the table brought along"


def in_short(design: AnyDesign | BOIN12) -> str:
    """The design in a line: its name and the numbers it depends on.

    >>> from hevesy.plan.escalation.catalogue import design_named
    >>> from hevesy.study.protocol import Escalation
    >>> in_short(design_named(Escalation(design="boin", cohort_size=3, target=0.25, n_max=30), 4))
    'BOIN, target 0.25, up at a rate of at most 0.197, down from 0.298; 4 levels, cohorts of 3, at most 30 subjects'
    """
    if isinstance(design, Ruled):
        return in_short(design.design) + "".join(f"; {rule.says}" for rule in design.rules)  # type: ignore[arg-type]
    if isinstance(design, RollingSix):
        return f"rolling six; {design.levels} levels"
    if isinstance(design, ThreePlusThree):
        return f"{design.variant} 3+3 family; {design.levels} levels, {design.first} and {design.more} more a level"
    sizes = f"{design.levels} levels, cohorts of {design.cohort_size}, at most {design.n_max} subjects"
    match design:
        case IntervalDesign(rule=rule) | TITEBOIN(rule=rule):
            name = type(rule).__name__ if not isinstance(rule, MTPI) else "mTPI-2" if rule.equal_keys else "mTPI"
            told = {"TableRule": "table brought along", "IThreePlusThree": "i3+3"}.get(name, name)
            if isinstance(rule, BOIN):
                told = f"{'TITE-' if isinstance(design, TITEBOIN) else ''}BOIN"
                limits = f", up at a rate of at most {rule.lambda_e:.3f}, down from {rule.lambda_d:.3f}"
            else:
                limits = ""
            return f"{told}, target {rule.target:g}{limits}; {sizes}"
        case BLRM():
            return f"BLRM, {design.stated()}; {sizes}"
        case BOIN12(worth=worth):
            return f"BOIN12, DLT limit {worth.toxicity_limit:g}, response limit {worth.efficacy_limit:g}; {sizes}"
        case TITECRM():
            return f"TITE-CRM, target {design.target:g}, {_weights(design)}, skeleton {_rates(design.prior)}; {sizes}"
        case CRM():
            return f"CRM, target {design.target:g}, {design.model} model, skeleton {_rates(design.prior)}; {sizes}"


def _held_back(design: TITECRM | TITEBOIN) -> str:
    """What restrains accrual, in words."""
    held = design.restraint
    told = f" Nobody is enrolled while {held.max_pending} are pending." if held.max_pending else ""
    if held.follow_up_n:
        told += (
            f" No level is opened before {held.follow_up_n} at the present one are settled or followed for "
            f"{held.follow_up_d:g} days."
        )
    return told


def _rates(prior: tuple[float, ...]) -> str:
    return ", ".join(f"{rate:g}" for rate in prior)


def _weights(design: TITECRM) -> str:
    kind = design.weighting
    if isinstance(kind, str):
        return {"linear": "weights days elapsed / window", "adaptive": "adaptive weights"}[kind]
    return "weights by the time to toxicity around a nadir"


def paragraph(design: AnyDesign | BOIN12) -> str:
    """The paragraph of a protocol for a design, with its numbers.

    >>> from hevesy.plan.escalation.three_plus_three import three_plus_three
    >>> print(paragraph(three_plus_three("modified", 4))[:72])
    Doses are escalated over 4 levels in cohorts of 4 evaluable subjects. Of
    """
    if isinstance(design, Ruled):
        return paragraph(design.design) + "".join(f" In addition: {rule.says}." for rule in design.rules)  # type: ignore[arg-type]
    opening = f"Doses are escalated over {design.levels} levels"
    if isinstance(design, ThreePlusThree):
        both = design.first + design.more
        end = (
            f"the level below is then filled to {both}, and it is the MTD if it has {both} with at most "
            f"{design.up_at_most_of_all} DLT"
            if design.de_escalation
            else "escalation then stops and the MTD is the level below"
        )
        return (
            f"{opening} in cohorts of {design.first} evaluable subjects. Of the first {design.first} at a level, "
            f"with {'no' if design.up_at_most == 0 else f'at most {design.up_at_most}'} DLT the next level is opened; "
            f"with up to {design.add_at_most} DLT {design.more} more are treated at the same level, "
            f"and with at most {design.up_at_most_of_all} DLT of {both} the next level is opened. More are too many: "
            f"{end}. Subjects who are not evaluable are replaced. (Storer, Biometrics 1989;45:925; Lin and Shih, "
            "Biostatistics 2001;2:203.)"
        )
    if isinstance(design, RollingSix):
        return (
            f"{opening} by the rolling six design: up to 6 subjects are enrolled at a level without waiting; the next "
            "level is opened when 3, 4 or 5 subjects have all completed the window without DLT, or 5 of 6 with at "
            "most 1 DLT; with 2 DLTs the level below is filled to 6. (Skolnik et al., J Clin Oncol 2008;26:190.)"
        )
    in_all = f"{opening} in cohorts of {design.cohort_size}, at most {design.n_max} subjects in all"
    if isinstance(design, BOIN12):
        worth = design.worth
        return (
            f"{in_all}, weighing toxicity against response (BOIN12). A DLT rate of at most {worth.toxicity_limit:g} "
            f"is tolerated and a response rate of at least {worth.efficacy_limit:g} is hoped for; "
            f"of 100 points a response without DLT is worth 100, neither {worth.neither:g}, both {worth.both:g}, "
            "a DLT alone 0. After each cohort the levels that the DLT rate at the present one permits (the one "
            "below; also the present one; also the one above) are compared, and that with the highest probability of "
            f"more worth than the benchmark is given. Levels with P(DLT rate > {worth.toxicity_limit:g}) above "
            f"{worth.toxicity_cut:g} or P(response rate < {worth.efficacy_limit:g}) above {worth.efficacy_cut:g} are "
            "not given; if none is left the trial stops. The optimal biological dose is the admissible level up to "
            "the MTD of the highest mean worth. (Lin et al., JCO Precis Oncol 2020;4:1393.)"
        )
    if isinstance(design, IntervalDesign | TITEBOIN):
        rule, tail = design.rule, ""
        if isinstance(design, TITEBOIN):
            tail = (
                f" Subjects still within the window of {design.window_d:g} days count by the share of it that has "
                "elapsed; accrual is suspended while more than half of those at the level are pending. (Yuan et al., "
                "Clin Cancer Res 2018;24:4921.)" + _held_back(design)
            )
        how = (
            f"goes up where the observed DLT rate at the present level is at most {rule.lambda_e:.3f}, down where it "
            f"is at least {rule.lambda_d:.3f}, and stays otherwise (Liu and Yuan, J R Stat Soc C 2015;64:507)"
            if isinstance(rule, BOIN)
            else f"follows the decision table of {_rule_name(rule)} (`hevesy plan table`)"
        )
        closes = (
            f"A level with at least {rule.eliminate_from_n} subject{'s' if rule.eliminate_from_n > 1 else ''} and a "
            f"DLT whose DLT rate exceeds the target with a probability above {rule.eliminate_above:g} (uniform prior) "
            "is closed with all above it"
            if isinstance(rule, BOIN | Keyboard | MTPI | IThreePlusThree)
            else "A level the table marks X is closed with all above it"
        )
        return (
            f"{in_all}. The target DLT rate is {rule.target:g}. The design {how}. At level 1 going down means "
            f"staying, at the highest going up means staying. {closes}; if that is level 1 the trial stops and no "
            "level is the MTD. When all subjects are treated the MTD is the level, of those not closed, "
            f"whose isotonic DLT rate is nearest the target.{tail}"
        )
    if isinstance(design, BLRM):
        low, high = design.target_interval
        return (
            f"{in_all}, by a Bayesian logistic regression of the DLT rate on dose with two parameters; "
            f"{design.stated()}. Of the doses whose probability of a DLT rate above {high:g} is below "
            f"{design.overdose_bound:g}, the one with the highest probability of a rate of {low:g} to {high:g} is "
            "given; if there is none the trial stops and no dose is the MTD. When all subjects are treated that dose "
            "is the MTD. (Neuenschwander, Branson and Gsponer, Stat Med 2008;27:2420.)"
        )
    name = (
        "time-to-event continual reassessment method"
        if isinstance(design, TITECRM)
        else "continual reassessment method"
    )
    assert isinstance(design, CRM | TITECRM)
    return (
        f"{in_all}, by the {name} ({design.model} model, normal prior of variance {design.variance:g}, "
        f"skeleton {', '.join(f'{rate:g}' for rate in design.prior)}). The next cohort is given the level whose DLT "
        f"rate at the posterior mean is nearest the target of {design.target:g}; no level is skipped going up, "
        f"and none is opened right after a cohort with a DLT. The first cohort is given level {design.start}. "
        "When all subjects are treated the MTD is the level nearest the target. The method itself has no rule that "
        "stops the trial for toxicity. (O'Quigley, Pepe and Fisher, Biometrics 1990;46:33.)"
        + (
            f" Subjects still within the window of {design.window_d:g} days count by weight ({_weights(design)}). "
            f"(Cheung and Chappell, Biometrics 2000;56:1177.){_held_back(design)}"
            if isinstance(design, TITECRM)
            else ""
        )
    )
