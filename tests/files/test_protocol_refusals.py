"""Every refusal of protocol.toml by its exact sentence, and the same rule by whoever builds a chapter in Python.

The sentences were taken from the reader of commit 7a8cdfb, which kept the rules that the chapters keep now.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from hevesy.errors import DeliveryError, RuleError
from hevesy.files.protocol import read_protocol
from hevesy.study.dose import Dose
from hevesy.study.protocol import (
    AdverseEventRule,
    Arm,
    BelievableRange,
    ConcomitantSchedule,
    CountRule,
    CountSchedule,
    DLTRule,
    DoseLevel,
    DurationRule,
    Escalation,
    EventOfInterest,
    ImagingPlan,
    Indications,
    LateEffect,
    LogisticModel,
    ReferenceRange,
    Regimen,
    ResponsePlan,
    Stratum,
    SupportRule,
    ThyroidBlock,
    TimePoint,
    TrialProtocol,
)
from hevesy.study.protocol.eligibility import (
    AgeRule,
    BaselineCountRule,
    ExposedRule,
    PriorLinesRule,
    RefractoryRule,
    TherapyFreeRule,
)

HERE = Path(__file__).parent
EVERYTHING = (HERE / "protocol_with_everything.toml").read_text()
REFUSALS: list[dict[str, Any]] = tomllib.loads((HERE / "protocol_refusals.toml").read_text())["refusal"]
BY_NAME = {one["name"]: one for one in REFUSALS}
TABLE = re.compile(r"(?m)^(?=\[)")


def changed(refusal: dict[str, Any]) -> str:
    """The plan with everything, less tables, with more levels, and with its changes."""
    parts = TABLE.split(EVERYTHING)
    text = "".join(part for part in parts if part.split("\n")[0] not in refusal.get("without", ()))
    for number in range(4, refusal.get("levels", 3) + 1):
        text += (
            f'[[dose_level]]\nnumber = {number}\nactivity = "{number + 30} mCi/m2"\nfractions = 2\ninterval = "7 d"\n'
        )
    for old, new in refusal.get("change", ()):
        assert old in text
        text = text.replace(old, new, 1)
    return text


def test_the_plan_with_everything_is_read() -> None:
    plan = read_protocol(EVERYTHING)
    assert plan.escalation is not None
    assert [stratum.start_level for stratum in plan.escalation.strata] == [1, 2]
    assert plan.readout_cuts == (date(2016, 12, 1), date(2017, 6, 1))
    assert plan.count_schedule is not None
    assert plan.count_schedule.days == (1, 8, 15)
    assert plan.indications is not None
    assert plan.indications.null_rate == 0.15
    assert plan.indications.total_activity_threshold_MBq == 60 * 37


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda one: one["name"])
def test_a_plan_that_breaks_a_rule_is_refused_by_its_place_and_its_rule(refusal: dict[str, Any]) -> None:
    with pytest.raises(DeliveryError) as error:
        read_protocol(changed(refusal))
    assert str(error.value) == f"protocol.toml{refusal['sentence']}"


def test_every_refusal_is_one_of_its_own() -> None:
    texts = [changed(one) for one in REFUSALS]
    assert len(set(texts)) == len(BY_NAME) == len(REFUSALS)


PLAN = read_protocol(EVERYTHING)
EVENT = AdverseEventRule(name="event", minimum_grade=3)
BLRM = LogisticModel(mean=(-1.0, 0.0), sd=(1.5, 0.8), correlation=0.1, reference_dose=925.0)
LEVEL = PLAN.dose_levels[0]


def with_event(**fields: Any) -> AdverseEventRule:
    return replace(EVENT, **fields)


def count(**fields: Any) -> CountRule:
    usual = CountRule(name="count", test="platelets", grade=4, recovery_grade=2, within_d=42)
    return replace(usual, **fields)


def lasting(**fields: Any) -> DurationRule:
    return replace(DurationRule(name="lasting", test="neutrophils", grade=4, lasting_d=7), **fields)


def enough(**fields: Any) -> BaselineCountRule:
    return replace(BaselineCountRule(name="enough", test="platelets", minimum=75, within_d=14), **fields)


def plan(**fields: Any) -> TrialProtocol:
    return replace(PLAN, **fields)


def dlt(**fields: Any) -> DLTRule:
    assert PLAN.dlt is not None
    return replace(PLAN.dlt, **fields)


def escalation(**fields: Any) -> Escalation:
    assert PLAN.escalation is not None
    return replace(PLAN.escalation, **fields)


def indications(**fields: Any) -> Indications:
    assert PLAN.indications is not None
    return replace(PLAN.indications, **fields)


def arms(place: int, **fields: Any) -> tuple[Arm, ...]:
    return tuple(replace(arm, **fields) if number == place else arm for number, arm in enumerate(PLAN.arms, start=1))


def concomitant(**fields: Any) -> ConcomitantSchedule:
    return replace(PLAN.concomitant[0], **fields)


def imaging(**fields: Any) -> ImagingPlan:
    assert PLAN.imaging is not None
    return replace(PLAN.imaging, **fields)


def times(*planned: tuple[float, float]) -> tuple[TimePoint, ...]:
    return tuple(TimePoint(planned_h=planned_h, tolerance_h=within_h) for planned_h, within_h in planned)


IN_PYTHON: dict[str, Callable[[], object]] = {
    "id empty": lambda: plan(study_id=""),
    "id long": lambda: plan(study_id="a" * 61),
    "id lines": lambda: plan(study_id="a\nb"),
    "id number": lambda: plan(study_id=1),
    "title long": lambda: plan(title="a" * 301),
    "synthetic text": lambda: plan(synthetic="yes"),
    "compound number": lambda: plan(compound=131),
    "nuclide unknown": lambda: plan(nuclide="I-132m7"),
    "ctcae version unknown": lambda: plan(ctcae_version="5"),
    "ctcae version number": lambda: plan(ctcae_version=5.0),
    "ctcae version missing": lambda: plan(ctcae_version=None),
    "cuts year": lambda: plan(readout_cuts=(date(2317, 6, 1),)),
    "no levels, no arms": lambda: TrialProtocol(study_id="S", title="Nobody"),
    "level number": lambda: plan(dose_levels=tuple(replace(LEVEL, number=number) for number in (1, 3, 3))),
    "too many levels": lambda: plan(dose_levels=tuple(replace(LEVEL, number=number) for number in range(1, 52))),
    "level zero": lambda: Dose(amount=0, basis="body surface area"),
    "level negative": lambda: Dose(amount=-462.5, basis="body surface area"),
    "level of another kind": lambda: plan(
        dose_levels=(replace(LEVEL, dose=Dose(amount=100, basis="fixed activity")), *PLAN.dose_levels[1:])
    ),
    "levels that do not increase": lambda: plan(
        dose_levels=(LEVEL, replace(LEVEL, number=2), replace(LEVEL, number=3))
    ),
    "fractions none": lambda: Regimen(fractions=0),
    "fractions many": lambda: Regimen(fractions=101),
    "interval missing": lambda: DoseLevel(number=1, dose=LEVEL.dose, regimen=Regimen(fractions=2)),
    "interval for one": lambda: DoseLevel(number=1, dose=LEVEL.dose, regimen=Regimen(interval_d=7)),
    "arm twice": lambda: plan(arms=arms(2, code="1A")),
    "arm code empty": lambda: Arm(code=" ", name="Nobody"),
    "arm name long": lambda: Arm(code="X", name="a" * 201),
    "arm without its level": lambda: plan(arms=arms(2, dose_level=7)),
    "arm without stratum": lambda: plan(arms=arms(2, stratum=None)),
    "arm of an unknown stratum": lambda: plan(arms=arms(2, stratum="aline")),
    "stratum without arm": lambda: plan(escalation=escalation(strata=(Stratum(name="without"), *escalation().strata))),
    "body surface area": lambda: plan(body_surface_area_formula="Boyd"),
    "tolerance zero": lambda: plan(activity_tolerance_percent=0),
    "tolerance high": lambda: plan(activity_tolerance_percent=100.5),
    "concomitant agent": lambda: concomitant(agent=""),
    "concomitant doses": lambda: concomitant(doses=0),
    "concomitant doses many": lambda: concomitant(doses=1001),
    "concomitant arm": lambda: plan(concomitant=(concomitant(arms=("1A", "1Z")),)),
    "escalation without levels": lambda: plan(dose_levels=(), arms=(Arm(code="1A", name="Nobody"),), concomitant=()),
    "variant missing": lambda: Escalation(design="three-plus-three", cohort_size=3),
    "variant unknown": lambda: Escalation(design="three-plus-three", variant="mild", cohort_size=3),
    "cohort none": lambda: escalation(cohort_size=0),
    "cohort large": lambda: escalation(cohort_size=101),
    "target in percent": lambda: escalation(target=25.0),
    "target text": lambda: escalation(target="25 %"),
    "subjects none": lambda: escalation(n_max=0),
    "subjects many": lambda: escalation(n_max=1001),
    "skeleton that falls": lambda: escalation(skeleton=(0.1, 0.4, 0.25)),
    "skeleton of another length": lambda: plan(escalation=escalation(skeleton=(0.1, 0.25))),
    "weights": lambda: escalation(weights="nadir"),
    "weights long": lambda: escalation(weights="nadir:42000"),
    "a plus b of four": lambda: Escalation(design="a-plus-b", cohort_size=3, a_plus_b=(3, 3, 1, 1)),  # type: ignore[arg-type]
    "a plus b negative": lambda: Escalation(design="a-plus-b", cohort_size=3, a_plus_b=(3, 3, 1, 1, -1)),
    "a plus b large": lambda: Escalation(design="a-plus-b", cohort_size=3, a_plus_b=(3, 101, 1, 1, 1)),
    "prior with a negative SD": lambda: replace(BLRM, sd=(1.5, -1.0)),
    "prior with a correlation of one": lambda: replace(BLRM, correlation=1),
    "target interval": lambda: replace(BLRM, target_interval=(0.35, 0.2)),
    "overdose bound": lambda: replace(BLRM, overdose_bound=1.5),
    "strata that start too high": lambda: plan(
        escalation=escalation(strata=(Stratum(name="with"), Stratum(name="alone", start_level=4)))
    ),
    "strata that start too low": lambda: plan(
        escalation=escalation(strata=(Stratum(name="with"), Stratum(name="alone", start_level=0)))
    ),
    "strata of one name": lambda: escalation(strata=(Stratum(name="alone"), Stratum(name="alone"))),
    "strata without a name": lambda: Stratum(name=""),
    "one stratum": lambda: escalation(strata=(Stratum(name="with"),)),
    "window none": lambda: dlt(window_d=0),
    "window negative": lambda: dlt(window_d=-5),
    "window long": lambda: dlt(window_d=3651),
    "window of a fraction": lambda: dlt(window_d=85.5),
    "minimum activity": lambda: dlt(minimum_activity_percent=0),
    "minimum activity high": lambda: dlt(minimum_activity_percent=101),
    "maximum activity": lambda: dlt(maximum_activity_percent=99.5),
    "terms twice": lambda: dlt(non_haematological_terms=("anaemia",)),
    "no rules": lambda: dlt(rules=()),
    "rule name": lambda: lasting(name=""),
    "event grade": lambda: with_event(minimum_grade=6),
    "terms missing": lambda: dlt(haematological_terms=()),
    "count test": lambda: lasting(test="neutrophil"),
    "count test plateletz": lambda: count(test="plateletz"),
    "count grade": lambda: lasting(grade=9),
    "count grade 5": lambda: lasting(grade=5),
    "count grade negative": lambda: count(grade=-1),
    "haemoglobin grade 4": lambda: lasting(test="haemoglobin"),
    "recovery grade": lambda: count(recovery_grade=4),
    "recovery grade beyond": lambda: count(recovery_grade=12),
    "within": lambda: count(within_d=0),
    "within negative": lambda: count(within_d=-1),
    "within long": lambda: count(within_d=3651),
    "lasting": lambda: lasting(lasting_d=0),
    "lasting long": lambda: lasting(lasting_d=4000),
    "count days": lambda: CountSchedule(days=(8, 1, 3651)),
    "count day 0": lambda: CountSchedule(days=(0, 8)),
    "count tolerance": lambda: CountSchedule(days=(8,), tolerance_d=-1),
    "count tolerance long": lambda: CountSchedule(days=(8,), tolerance_d=3651),
    "count tests": lambda: CountSchedule(days=(8,), tests=("platelets", "monocytes")),  # type: ignore[arg-type]
    "response criteria with indications": lambda: plan(response=ResponsePlan(criteria="recist-1.1")),
    "response criteria missing": lambda: plan(indications=None),
    "response criteria unknown": lambda: ResponsePlan(criteria="nonsense"),
    "response censoring": lambda: ResponsePlan(censoring="ema"),  # type: ignore[arg-type]
    "response every": lambda: ResponsePlan(assessed_every_d=0),
    "response every long": lambda: ResponsePlan(assessed_every_d=3651),
    "response fda without every": lambda: ResponsePlan(censoring="fda"),
    "response tolerance": lambda: ResponsePlan(tolerance_d=-7),
    "response stable": lambda: ResponsePlan(stable_after_d=-1),
    "response stable long": lambda: ResponsePlan(stable_after_d=4000),
    "response confirming": lambda: ResponsePlan(confirming="ever"),  # type: ignore[arg-type]
    "response evaluator": lambda: ResponsePlan(evaluator=1),  # type: ignore[arg-type]
    "indications criteria of an arm missing": lambda: plan(
        indications=indications(criteria=indications().criteria[:2])
    ),
    "indications criteria of no arm": lambda: plan(
        indications=indications(criteria=(*indications().criteria, ("Y", "imwg")))
    ),
    "indications criteria unknown": lambda: indications(
        criteria=(("1A", "imwg-2016"), ("1B", "iwwm-6"), ("X", "imwg"))
    ),
    "indications rate zero": lambda: indications(null_rate=0),
    "indications rate all": lambda: indications(null_rate=1),
    "indications rate beyond": lambda: indications(null_rate=7),
    "indications method": lambda: indications(method="exchangeable"),
    "event of interest without terms": lambda: EventOfInterest(name="neuropathy"),
    "event of interest name": lambda: EventOfInterest(name="", terms=("Paraesthesia",)),
    "support without words": lambda: SupportRule(words=(), test="platelets", days=10),
    "support test": lambda: SupportRule(words=("platelet",), test="thrombocytes", days=10),  # type: ignore[arg-type]
    "support days": lambda: SupportRule(words=("platelet",), test="platelets", days=-1),
    "support days long": lambda: SupportRule(words=("platelet",), test="platelets", days=4000),
    "late effect without terms": lambda: LateEffect(name="MDS", terms=()),
    "eligibility name empty": lambda: AgeRule(name=" ", at_least_a=18),
    "eligibility names alike": lambda: plan(eligibility=(AgeRule(name="adult", at_least_a=18),) * 2),
    "eligibility exclusion": lambda: AgeRule(name="adult", at_least_a=18, exclusion="yes"),  # type: ignore[arg-type]
    "eligibility age negative": lambda: AgeRule(name="adult", at_least_a=-1),
    "eligibility age beyond": lambda: AgeRule(name="adult", at_most_a=121),
    "eligibility age of a fraction": lambda: AgeRule(name="adult", at_least_a=17.5),  # type: ignore[arg-type]
    "eligibility ages the wrong way": lambda: AgeRule(name="adult", at_least_a=18, at_most_a=17),
    "eligibility no ages": lambda: AgeRule(name="adult"),
    "eligibility lines negative": lambda: PriorLinesRule(name="lines", at_least=-2),
    "eligibility lines many": lambda: PriorLinesRule(name="lines", at_most=51),
    "eligibility lines the wrong way": lambda: PriorLinesRule(name="lines", at_least=2, at_most=1),
    "eligibility no lines": lambda: PriorLinesRule(name="lines"),
    "eligibility class unknown": lambda: ExposedRule(name="no CD38", classes=("CD38",)),
    "eligibility no classes": lambda: ExposedRule(name="no CD38", classes=()),
    "eligibility class twice": lambda: RefractoryRule(name="refractory", classes=("alkylator", "alkylator")),
    "eligibility of which": lambda: RefractoryRule(name="refractory", classes=("alkylator",), of_them="two"),  # type: ignore[arg-type]
    "eligibility test unknown": lambda: enough(test="plateletz"),
    "eligibility within none": lambda: enough(within_d=0),
    "eligibility within long": lambda: enough(within_d=3651),
    "eligibility support none": lambda: enough(unsupported_d=0),
    "eligibility washout none": lambda: TherapyFreeRule(name="washout", at_least_d=0),
    "eligibility washout class": lambda: TherapyFreeRule(name="washout", at_least_d=21, drug_class="mustard"),
    "eligibility before": lambda: TherapyFreeRule(name="washout", at_least_d=21, before="screening"),  # type: ignore[arg-type]
    "imaging nuclide unknown": lambda: plan(imaging=imaging(nuclide="I-132m7")),
    "imaging modality": lambda: imaging(modality="PET/CT"),
    "imaging compared with itself": lambda: imaging(comparator="PET"),
    "imaging primary time": lambda: imaging(primary_h=6.0),
    "imaging mixed": lambda: imaging(mixed="half"),
    "imaging mixed from none": lambda: imaging(mixed_from_percent=0.0),
    "imaging words alike": lambda: imaging(suspected_recurrence="new"),
    "imaging time twice": lambda: imaging(time_points=times((48, 2), (48, 1.5))),
    "imaging times the wrong way": lambda: imaging(time_points=times((72, 2), (48, 1.5))),
    "imaging times that overlap": lambda: imaging(time_points=times((24, 23), (48, 1.5))),
    "belief quantity": lambda: BelievableRange(quantity="lymphocyte", lower=0, upper=1500, unit="10^9/L"),
    "belief the wrong way": lambda: BelievableRange(quantity="activity_percent", lower=500, upper=10, unit="%"),
    "belief negative": lambda: BelievableRange(quantity="activity_percent", lower=-10, upper=500, unit="%"),
}
"""What of the refusals can be built in Python: there the sentence is the same, less the place in the file."""

OF_A_QUANTITY: list[tuple[str, Callable[[], object], str]] = [
    ("interval long", lambda: Regimen(fractions=2, interval_d=4000), "interval_d: at most 3,650 days, got 4000"),
    ("infusion zero", lambda: Regimen(infusion_h=0), "infusion_h must be positive, got 0"),
    (
        "level beyond",
        lambda: replace(LEVEL, dose=Dose(amount=3.7e301, basis="body surface area")),
        "dose is beyond every such quantity, got 3.7e+301 MBq/m2",
    ),
    (
        "thyroid block start",
        lambda: ThyroidBlock(start_before_h=-24, stop_after_d=14),
        "start_before_h must be positive, got -24",
    ),
    (
        "thyroid block too long",
        lambda: ThyroidBlock(start_before_h=24, stop_after_d=7000),
        "stop_after_d: at most 3,650 days, got 7000",
    ),
    ("concomitant dose zero", lambda: concomitant(dose_mg=0), "dose_mg must be positive, got 0"),
    ("concomitant every", lambda: concomitant(every_d=4000), "every_d: at most 3,650 days, got 4000"),
    ("every none", lambda: concomitant(every_d=0), "every_d: at least 1 day, got 0"),
    (
        "imaging interval long",
        lambda: imaging(scan_to_specimen_d=4000),
        "scan_to_specimen_d: at most 3,650 days, got 4000",
    ),
    ("imaging tolerance none", lambda: times((24, 0)), "tolerance_h must be positive, got 0"),
    ("reference dose of zero", lambda: replace(BLRM, reference_dose=0), "a reference dose is positive, got 0"),
    ("eligibility minimum zero", lambda: enough(minimum=0), "minimum must be positive, got 0"),
    (
        "eligibility minimum beyond",
        lambda: enough(minimum=1e12),
        "minimum is beyond every such quantity, got 1e+12",
    ),
    ("range zero", lambda: ReferenceRange(test="platelets", sex=None, lower=0), "lower must be positive, got 0"),
    (
        "indications threshold zero",
        lambda: indications(total_activity_threshold_MBq=0),
        "total_activity_threshold_MBq must be positive, got 0",
    ),
]
"""A plan's sentence quotes the quantity with its unit as delivered; a chapter holds the figure alone."""


@pytest.mark.parametrize("name", IN_PYTHON)
def test_a_chapter_built_in_python_meets_the_sentence_of_the_plan(name: str) -> None:
    with pytest.raises(RuleError) as error:
        IN_PYTHON[name]()
    assert BY_NAME[name]["sentence"].endswith(f": {error.value.rule}")
    if error.value.field is None:
        assert str(error.value) == error.value.rule
    else:
        assert str(error.value).endswith(error.value.rule)


@pytest.mark.parametrize(("name", "build", "sentence"), OF_A_QUANTITY, ids=[one[0] for one in OF_A_QUANTITY])
def test_a_quantity_that_is_none_is_refused_in_python_too(
    name: str, build: Callable[[], object], sentence: str
) -> None:
    assert name in BY_NAME
    with pytest.raises(RuleError) as error:
        build()
    assert str(error.value) == sentence


NONSENSE: list[tuple[Callable[[], object], str, str]] = [
    (
        lambda: Escalation(design="boin", cohort_size=-3, target=7),
        "cohort_size must be 1 or more, got -3",
        '[[dose_level]]\nnumber = 1\nactivity = "7 GBq"\n'
        '[escalation]\ndesign = "boin"\ncohort_size = -3\ntarget = 7\nn_max = 30',
    ),
    (
        lambda: CountRule(name="count", test="plateletz", grade=9, recovery_grade=12, within_d=-1),  # type: ignore[arg-type]
        "test must be one of platelets, neutrophils, haemoglobin, lymphocytes, got 'plateletz'",
        '[dlt]\nwindow_d = 85\n[[dlt.rule]]\nname = "count"\nkind = "count not recovered"\ntest = "plateletz"\n'
        "grade = 9\nrecovery_grade = 12\nwithin_d = -1",
    ),
    (
        lambda: ResponsePlan(criteria="nonsense"),
        "criteria must be one of imwg-2006, imwg-2011, imwg-2016, iwwm, lugano-2014, recist-1.1, rano-2010, rano-2.0, "
        "got 'nonsense'",
        '[response]\ncriteria = "nonsense"',
    ),
    (
        lambda: Indications(evaluator="IRC", criteria=(("1", "imwg"),), null_rate=7),
        "null_rate lies between 0 and 100 %, got 700 %",
        '[indications]\nevaluator = "IRC"\ncriteria = { 1 = "imwg" }\nnull_rate_percent = 700',
    ),
    (
        lambda: DLTRule(window_d=-5, rules=(EVENT,), haematological_terms=("Anaemia",)),
        "window_d must be 1 or more, got -5",
        '[dlt]\nwindow_d = -5\n[[dlt.rule]]\nname = "event"\nkind = "adverse event"\nminimum_grade = 3',
    ),
    (
        lambda: LogisticModel(mean=(0.0, 0.0), sd=(-1.0, -1.0), correlation=0.0, reference_dose=25.0),
        "standard deviations are positive and the correlation lies in -1..1, got (-1.0, -1.0), 0",
        '[[dose_level]]\nnumber = 1\nactivity = "7 GBq"\n[escalation]\ndesign = "blrm"\ncohort_size = 3\nn_max = 30\n'
        'prior_mean = [0, 0]\nprior_sd = [-1, -1]\nreference_activity = "7 GBq"',
    ),
]
"""Plans of nobody: what Python says, and the tables of a plan that say the same."""


@pytest.mark.parametrize(("build", "sentence", "tables"), NONSENSE)
def test_nonsense_is_refused_in_python_as_in_a_plan(build: Callable[[], object], sentence: str, tables: str) -> None:
    with pytest.raises(RuleError) as refused:
        build()
    assert str(refused.value) == sentence
    text = f'[study]\nid = "S"\ntitle = "S"\n[[arm]]\ncode = "1"\nname = "One"\n{tables}'
    with pytest.raises(DeliveryError) as error:
        read_protocol(text)
    assert str(error.value).endswith(f": {refused.value.rule}")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_what_is_no_number_is_no_plan(value: float) -> None:
    """A file cannot hold these; a program can."""
    for build in (
        lambda: Dose(amount=value, basis="fixed activity"),
        lambda: replace(BLRM, sd=(value, 1.0)),
        lambda: replace(BLRM, mean=(value, 1.0)),
        lambda: replace(BLRM, reference_dose=value),
        lambda: Regimen(infusion_h=value),
        lambda: escalation(target=value),
        lambda: indications(null_rate=value),
        lambda: dlt(minimum_activity_percent=value),
        lambda: enough(minimum=value),
        lambda: BelievableRange(quantity="weight", lower=0, upper=value, unit="kg"),
    ):
        with pytest.raises(RuleError):
            build()
