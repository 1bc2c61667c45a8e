"""protocol.toml: the plan of a study, read strictly."""

from __future__ import annotations

import difflib
import itertools
import re
from collections import Counter
from datetime import date
from typing import Literal, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from hevesy.errors import DeliveryError, RuleError
from hevesy.files.limits import shown
from hevesy.files.toml import Section
from hevesy.nuclides import library
from hevesy.stats.words import Borrowing
from hevesy.study.believable import DIMENSION as DIMENSIONS_OF_BELIEF
from hevesy.study.dates import within_reason
from hevesy.study.dose import DIMENSION, Basis, Dose, LinearQuadratic, parse_activity
from hevesy.study.protocol import (
    BLOOD_TEST_DIMENSION,
    BLOOD_TESTS,
    RESPONSE_CRITERIA,
    VARIANTS,
    AdverseEventRule,
    Arm,
    BelievableRange,
    BloodTest,
    ConcomitantSchedule,
    CountRule,
    CountSchedule,
    DLTRule,
    DoseLevel,
    DurationRule,
    Escalation,
    EventOfInterest,
    Indications,
    LateEffect,
    LogisticModel,
    ReferenceRange,
    Regimen,
    ResponsePlan,
    Rule,
    Sex,
    Stratum,
    SupportRule,
    ThyroidBlock,
    TrialProtocol,
)
from hevesy.study.protocol.escalation import DESIGNS, IN_PROTOCOLS
from hevesy.units import INTERNAL_UNIT, UNITS, ActivityUnit, parse_quantity

LONGEST_D = 3_650
"""Of a window, a schedule or an interval: ten years."""
MOST_SUBJECTS, MOST_IN_A_COHORT, MOST_LEVELS, MOST_FRACTIONS, MOST_DOSES = 1_000, 100, 50, 100, 1_000
LARGEST_QUANTITY = 1e9
"""In the internal unit: no activity, dose, time or laboratory value comes near."""
CTCAE_VERSIONS = ("4.03", "5.0", "6.0")
BORROWING = get_args(Borrowing)


def read_protocol(text: str, file: str = "protocol.toml") -> TrialProtocol:
    """Parse the text of a protocol.toml; a misspelt key, a missing unit or an impossible value is refused by name."""
    top = Section.parse(text, file)
    about = top.section("study")
    if about is None:
        raise DeliveryError(f"{file}: the table [study] must be given")
    levels = tuple(_dose_level(section) for section in top.sections("dose_level"))
    _numbered_from_one(levels, top)
    arms = tuple(_arm(section, levels) for section in top.sections("arm"))
    if not arms:
        arms = tuple(
            Arm(code=str(level.number), name=f"Cohort {level.number}", dose_level=level.number) for level in levels
        )
    if not arms:
        raise DeliveryError(f"{file}: give [[dose_level]] or [[arm]]; without either no subject can be assigned")
    codes = [arm.code for arm in arms]
    for code, count in Counter(codes).items():
        if count > 1:
            raise top.error("arm", f"two arms have the code {code!r}")
    treatment = top.section("treatment")
    protocol = TrialProtocol(
        study_id=about.name("id"),
        title=about.name("title", 300),
        synthetic=about.get("synthetic", bool, False),
        compound=about.maybe("compound", str),
        nuclide=_nuclide(about),
        disease=about.maybe("disease", str),
        ctcae_version=_one_of(about, "ctcae_version", CTCAE_VERSIONS),
        readout_cuts=tuple(sorted(_dates(about, "readout_cuts"))),
        unassigned_codes=about.texts("unassigned_arms", ()),
        arms=arms,
        dose_levels=levels,
        body_surface_area_formula=_one_of(
            treatment, "body_surface_area", ("Mosteller", "DuBois", "Haycock", "Gehan-George")
        )
        or "Mosteller",
        activity_tolerance_percent=_percent(treatment, "activity_tolerance_percent", 10.0) if treatment else 10.0,
        thyroid_block=_thyroid_block(treatment),
        concomitant=tuple(_concomitant(section) for section in treatment.sections("concomitant")) if treatment else (),
        escalation=_escalation(top.section("escalation"), levels),
        dlt=_dlt(top.section("dlt")),
        reference_ranges=_reference_ranges(top.section("reference_range")),
        count_schedule=_count_schedule(top.section("blood_counts")),
        response=_response(top.section("response"), top.has("indications")),
        events_of_interest=tuple(_event_of_interest(section) for section in top.sections("event_of_interest")),
        indications=_indications(top.section("indications"), codes),
        related_words=about.texts("related_words", ()),
        support_rules=tuple(_support_rule(section) for section in top.sections("support")),
        late_effects=tuple(_late_effect(section) for section in top.sections("late_effect")),
        believable=_believable(top.section("believable")),
        shown_activity=_display(top.section("display")),
    )
    _with_their_stratum(protocol, top)
    if protocol.dlt is not None and protocol.ctcae_version is None:
        raise about.error("ctcae_version", "must be given, since the DLT rules speak of grades")
    if protocol.escalation is not None and not levels:
        raise top.error("escalation", "needs [[dose_level]]")
    if (
        protocol.escalation is not None
        and protocol.escalation.skeleton
        and len(protocol.escalation.skeleton) != len(levels)
    ):
        raise top.error(
            "escalation.skeleton", f"one rate for each of {len(levels)} levels, got {len(protocol.escalation.skeleton)}"
        )
    for section in (about, treatment, top):
        if section is not None:
            section.done()
    return protocol


def quantity(section: Section, key: str, dimension: str) -> float:
    """A number with its unit, in the internal unit; it must be positive."""
    text = section.get(key, str)
    try:
        value = parse_quantity(text, dimension)
    except RuleError as error:
        raise section.error(key, str(error)) from error
    return _within_bounds(value, text, section, key)


def _within_bounds(value: float, text: str, section: Section, key: str) -> float:
    if value <= 0:
        raise section.error(key, f"must be positive, got {text}")
    if not value <= LARGEST_QUANTITY:
        raise section.error(key, f"is beyond every such quantity, got {text}")
    return value


def _days(section: Section, key: str) -> int:
    """A time as whole days."""
    days = round(quantity(section, key, "time") / 24)
    if days > LONGEST_D:
        raise section.error(key, f"at most {LONGEST_D:,} days, got {section.get(key, str)}")
    return days


def time_zone(section: Section, key: str) -> str:
    """Name of a time zone of the IANA database."""
    name = section.get(key, str)
    try:
        # the library would look for any other text among modules and files
        if re.fullmatch(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+){0,3}", name) is None:
            raise ZoneInfoNotFoundError(name)
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise section.error(key, f"{name!r} is not a time zone, as in America/Chicago") from error
    return name


def _one_of(section: Section | None, key: str, choices: tuple[str, ...]) -> str | None:
    if section is None:
        return None
    value = section.maybe(key, str)
    if value is not None and value not in choices:
        raise section.error(key, f"must be one of {', '.join(choices)}, got {shown(value)}")
    return value


def _nuclide(about: Section) -> str | None:
    name = about.maybe("nuclide", str)
    if name is None:
        return None
    try:
        return library.nuclide(name).name
    except RuleError as error:
        raise about.error("nuclide", str(error)) from error


def _dates(section: Section, key: str) -> list[date]:
    values = section.get(key, list, [])
    for value in values:
        if type(value) is not date:
            raise section.error(key, f"must be a list of dates, as in [2016-12-01], got {shown(value)}")
        try:
            within_reason(value)
        except ValueError as error:
            raise section.error(key, str(error)) from error
    return values


def _dose_level(section: Section) -> DoseLevel:
    infusion = quantity(section, "infusion", "time") if section.has("infusion") else None
    fractions = section.whole("fractions", 1, MOST_FRACTIONS, 1)
    interval = _days(section, "interval") if section.has("interval") else None
    if (fractions > 1) != (interval is not None):
        raise section.error("interval", "the days between fractions are given exactly when there are several")
    level = DoseLevel(
        number=section.get("number", int),
        dose=_dose(section),
        regimen=Regimen(fractions=fractions, interval_d=interval, infusion_h=infusion),
    )
    section.done()
    return level


def _dose(section: Section) -> Dose:
    """An `activity`, an `absorbed_dose` with its `organ`, or a `BED` with its organ and how that organ repairs."""
    given = [key for key in ("activity", "absorbed_dose", "BED") if section.has(key)]
    if len(given) != 1:
        raise section.error(
            "activity", f"a level has one of activity, absorbed_dose and BED, got {', '.join(given) or 'none'}"
        )
    if given == ["activity"]:
        text = section.get("activity", str)
        try:
            dose = parse_activity(text)
        except ValueError as error:
            raise section.error("activity", str(error)) from error
        _within_bounds(dose.amount, text, section, "activity")
        return dose
    organ, amount = section.get("organ", str), quantity(section, given[0], "dose")
    if given == ["absorbed_dose"]:
        return Dose(amount=amount, basis="absorbed dose", organ=organ)
    effect = LinearQuadratic(
        alpha_beta_Gy=quantity(section, "alpha_beta", "dose"),
        repair_half_life_h=quantity(section, "repair_half_life", "time"),
        effective_half_life_h=quantity(section, "effective_half_life", "time"),
    )
    return Dose(amount=amount, basis="BED", organ=organ, effect=effect)


def _numbered_from_one(levels: tuple[DoseLevel, ...], top: Section) -> None:
    if len(levels) > MOST_LEVELS:
        raise top.error("dose_level", f"at most {MOST_LEVELS} levels, got {len(levels)}")
    if [level.number for level in levels] != list(range(1, len(levels) + 1)):
        raise top.error(
            "dose_level", f"levels are numbered 1, 2, 3 ... in order, got {[level.number for level in levels]}"
        )
    for lower, higher in itertools.pairwise(levels):
        if higher.total.kind != lower.total.kind:
            raise top.error(
                "dose_level",
                f"levels must be doses of one kind; level {higher.number} is not of the kind of the one before",
            )
        if higher.total.amount <= lower.total.amount:
            raise top.error("dose_level", f"doses must increase from level to level; level {higher.number} does not")


def _arm(section: Section, levels: tuple[DoseLevel, ...]) -> Arm:
    arm = Arm(
        code=section.name("code"),
        name=section.name("name", 200),
        dose_level=section.maybe("dose_level", int),
        stratum=section.name("stratum") if section.has("stratum") else None,
    )
    if arm.dose_level is not None and not any(level.number == arm.dose_level for level in levels):
        raise section.error(
            "dose_level", f"cohort without level: there is no [[dose_level]] with number {arm.dose_level}"
        )
    section.done()
    return arm


def _with_their_stratum(protocol: TrialProtocol, top: Section) -> None:
    """Strata of the escalation and of the arms must be the same, concomitant drugs be given in arms that are there."""
    strata = [stratum.name for stratum in protocol.escalation.strata] if protocol.escalation is not None else []
    used = {arm.stratum for arm in protocol.arms}
    for arm in protocol.arms if strata else ():
        if arm.stratum is None and arm.dose_level is not None:
            raise top.error(
                "arm", f"{arm.code!r} has a dose level and no stratum; [escalation] names {', '.join(strata)}"
            )
        if arm.stratum is not None and arm.stratum not in strata:
            raise top.error(
                "arm", f"{arm.code!r} is of stratum {arm.stratum!r}; [escalation] names {', '.join(strata)}"
            )
    for name in strata:
        if name not in used:
            raise top.error("escalation.strata", f"no [[arm]] is of stratum {name!r}")
    codes = [arm.code for arm in protocol.arms]
    for plan in protocol.concomitant:
        for code in plan.arms:
            if code not in codes:
                raise top.error(
                    "treatment.concomitant",
                    f"{plan.agent} is given in arm {code!r}, which is not there; there are {', '.join(codes)}",
                )


def _strata(section: Section, levels: tuple[DoseLevel, ...]) -> tuple[Stratum, ...]:
    """Names of strata, or tables of `name` and `start_level`."""
    if not section.has("strata"):
        return ()
    given = section.get("strata", list)
    found: list[Stratum] = []
    for place, one in enumerate(given, start=1):
        if isinstance(one, str):
            found.append(Stratum(name=one))
            continue
        if not isinstance(one, dict):
            raise section.error(
                "strata", f"a stratum is a name, or a table with name and start_level, got {shown(one)}"
            )
        part = Section(one, section.file, f"{section.place}.strata {place}")
        stratum = Stratum(name=part.name("name"), start_level=part.get("start_level", int, 1))
        part.done()
        if not 1 <= stratum.start_level <= len(levels):
            raise part.error("start_level", f"lies in 1..{len(levels)}, got {stratum.start_level}")
        found.append(stratum)
    names = [stratum.name.strip() for stratum in found]
    if len(set(names)) != len(names) or not all(names):
        raise section.error("strata", f"names are there and differ, got {names}")
    if len(found) < 2:
        raise section.error("strata", f"two strata or more are kept apart, got {names}")
    return tuple(found)


def _believable(section: Section | None) -> tuple[BelievableRange, ...]:
    """Bounds of belief of this study: quantity = [lower, upper], each with its unit."""
    if section is None:
        return ()
    found = []
    for name in section.items():
        if name not in DIMENSIONS_OF_BELIEF:
            near = difflib.get_close_matches(name, DIMENSIONS_OF_BELIEF, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(DIMENSIONS_OF_BELIEF)}"
            raise section.error(name, f"is no quantity with bounds; {hint}")
        ends = section.get(name, list)
        if len(ends) != 2:
            raise section.error(name, f"a lower and an upper bound are needed, got {shown(ends)}")
        dimension = DIMENSIONS_OF_BELIEF[name]
        lower, upper = (_bound(end, dimension, section, name) for end in ends)
        if not 0 <= lower < upper:
            raise section.error(name, f"the lower bound is 0 or more and below the upper, got {shown(ends)}")
        unit = "%" if dimension is None else INTERNAL_UNIT[dimension]
        found.append(BelievableRange(quantity=name, lower=lower, upper=upper, unit=unit))
    return tuple(found)


def _display(section: Section | None) -> ActivityUnit | None:
    """The unit that activities are shown in."""
    name = _one_of(section, "activity", tuple(UNITS["activity"]))
    if section is not None:
        section.done()
    return ActivityUnit(name) if name is not None else None


def _bound(given: object, dimension: str | None, section: Section, key: str) -> float:
    if dimension is None:
        if isinstance(given, bool) or not isinstance(given, int | float):
            raise section.error(key, f"percentages are numbers, got {shown(given)}")
        return float(given)
    try:
        return parse_quantity(str(given), dimension)
    except RuleError as error:
        raise section.error(key, str(error)) from error


def _thyroid_block(treatment: Section | None) -> ThyroidBlock | None:
    section = treatment.section("thyroid_block") if treatment else None
    if section is None:
        return None
    plan = ThyroidBlock(
        start_before_h=quantity(section, "start_before", "time"), stop_after_d=_days(section, "stop_after")
    )
    section.done()
    return plan


def _concomitant(section: Section) -> ConcomitantSchedule:
    plan = ConcomitantSchedule(
        agent=section.name("agent", 200),
        dose_mg=quantity(section, "dose", "drug_mass"),
        every_d=_days(section, "every"),
        doses=section.whole("doses", 1, MOST_DOSES),
        arms=section.texts("arms", ()),
    )
    section.done()
    return plan


def _escalation(section: Section | None, levels: tuple[DoseLevel, ...]) -> Escalation | None:
    if section is None:
        return None
    design = _one_of(section, "design", IN_PROTOCOLS)
    if design is None:
        raise section.error("design", f"must be given, one of {', '.join(IN_PROTOCOLS)}")
    words = DESIGNS[design]
    variant = _one_of(section, "variant", VARIANTS) if words.takes("variant") else None
    if words.takes("variant") and variant is None:
        raise section.error("variant", f"must be given, one of {', '.join(VARIANTS)}")
    try:
        plan = Escalation(
            design=design,
            variant=variant,
            cohort_size=section.whole("cohort_size", 1, MOST_IN_A_COHORT),
            target=section.get("target", float) if words.takes("target") else None,
            n_max=section.whole("n_max", 1, MOST_SUBJECTS) if words.takes("n_max") else None,
            skeleton=_skeleton(section) if words.takes("skeleton") else (),
            logistic=_logistic(section, levels) if words.takes("logistic") else None,
            a_plus_b=_five(section) if words.takes("a_plus_b") else None,
            weights=_weights(section) if words.takes("weights") else "linear",
            strata=_strata(section, levels),
        )
    except RuleError as error:
        key = error.field or "design"
        raise section.error("prior_sd" if key == "sd" else key, str(error)) from error
    section.done()
    return plan


def _five(section: Section) -> tuple[int, int, int, int, int]:
    numbers = section.get("a_plus_b", list)
    if len(numbers) != 5 or not all(type(number) is int and 0 <= number <= MOST_IN_A_COHORT for number in numbers):
        raise section.error(
            "a_plus_b", f"five whole numbers A, B, C, D, E of 0..{MOST_IN_A_COHORT} are needed, got {shown(numbers)}"
        )
    return numbers[0], numbers[1], numbers[2], numbers[3], numbers[4]


def _weights(section: Section) -> str:
    given = section.get("weights", str, "linear")
    if re.fullmatch(r"linear|adaptive|nadir:\d{1,4}(\.\d{1,3})?", given, re.ASCII) is None:
        raise section.error("weights", f"are linear, adaptive, or nadir:DAY as in nadir:42, got {shown(given)}")
    return given


def _pair(section: Section, key: str, default: list[float] | None = None) -> tuple[float, float]:
    numbers = section.get(key, list, default) if default is not None else section.get(key, list)
    if len(numbers) != 2 or not all(isinstance(number, int | float) for number in numbers):
        raise section.error(key, f"two numbers are needed, got {shown(numbers)}")
    return float(numbers[0]), float(numbers[1])


def _logistic(section: Section, levels: tuple[DoseLevel, ...]) -> LogisticModel:
    """The prior of the logistic regression; the reference dose is of the kind of the levels."""
    basis: Basis = levels[0].dose.basis if levels else "body surface area"
    key = "reference_dose" if section.has("reference_dose") else "reference_activity"
    return LogisticModel(
        mean=_pair(section, "prior_mean"),
        sd=_pair(section, "prior_sd"),
        correlation=section.get("prior_correlation", float, 0.0),
        reference_dose=quantity(section, key, DIMENSION[basis]),
        target_interval=_pair(section, "target_interval", [0.2, 0.35]),
        overdose_bound=section.get("overdose_bound", float, 0.25),
    )


def _skeleton(section: Section) -> tuple[float, ...]:
    rates = section.get("skeleton", list)
    if not rates or not all(isinstance(rate, float) for rate in rates):
        raise section.error("skeleton", f"prior DLT rates increase between 0 and 1, one a level; got {shown(rates)}")
    return tuple(rates)


def _dlt(section: Section | None) -> DLTRule | None:
    if section is None:
        return None
    terms = section.texts("haematological_terms", ())
    rules = tuple(_rule(part, bool(terms)) for part in section.sections("rule"))
    if not rules:
        raise section.error("rule", "at least one [[dlt.rule]] must be given")
    plan = DLTRule(
        window_d=section.whole("window_d", 1, LONGEST_D),
        rules=rules,
        haematological_terms=terms,
        non_haematological_terms=section.texts("non_haematological_terms", ()),
        minimum_activity_percent=_percent(section, "minimum_activity_percent", 0.0)
        if section.has("minimum_activity_percent")
        else None,
        maximum_activity_percent=section.maybe("maximum_activity_percent", float),
        illustrative=section.get("illustrative", bool, False),
    )
    if plan.maximum_activity_percent is not None and plan.maximum_activity_percent < 100:
        raise section.error("maximum_activity_percent", f"is 100 or more, got {plan.maximum_activity_percent:g}")
    both = {term.casefold() for term in plan.haematological_terms} & {
        term.casefold() for term in plan.non_haematological_terms
    }
    if both:
        raise section.error("non_haematological_terms", f"stand in haematological_terms too: {', '.join(sorted(both))}")
    section.done()
    return plan


def _rule(section: Section, terms_given: bool) -> Rule:
    name, kind = section.name("name", 200), section.get("kind", str)
    rule: Rule
    if kind == "adverse event":
        only = section.get("non_haematological_only", bool, False)
        if only and not terms_given:
            raise section.error(
                "non_haematological_only", "needs dlt.haematological_terms: they are listed, not inferred"
            )
        rule = AdverseEventRule(name=name, minimum_grade=_grade(section, "minimum_grade"), non_haematological_only=only)
    elif kind == "count not recovered":
        rule = CountRule(
            name=name,
            test=_test(section),
            grade=_grade(section, "grade"),
            recovery_grade=_grade(section, "recovery_grade"),
            within_d=section.whole("within_d", 1, LONGEST_D),
        )
        if rule.recovery_grade >= rule.grade:
            raise section.error("recovery_grade", f"must be below grade {rule.grade}, got {rule.recovery_grade}")
    elif kind == "count lasting":
        rule = DurationRule(
            name=name,
            test=_test(section),
            grade=_grade(section, "grade"),
            lasting_d=section.whole("lasting_d", 1, LONGEST_D),
        )
    else:
        raise section.error("kind", f"must be one of adverse event, count not recovered, count lasting; got {kind!r}")
    if not isinstance(rule, AdverseEventRule) and rule.test == "haemoglobin" and rule.grade >= 4:
        raise section.error(
            "grade", "haemoglobin has no laboratory criterion of grade 4 (it is clinical): no count can meet the rule"
        )
    if not isinstance(rule, AdverseEventRule) and rule.grade >= 5:
        raise section.error("grade", "a blood count has no laboratory criterion of grade 5: no count can meet the rule")
    section.done()
    return rule


def _grade(section: Section, key: str) -> int:
    grade = section.get(key, int)
    if not 0 <= grade <= 5:
        raise section.error(key, f"a CTCAE grade lies in 0..5, got {grade}")
    return grade


def _percent(section: Section, key: str, default: float) -> float:
    value = section.get(key, float, default)
    if not 0 < value <= 100:
        raise section.error(key, f"must lie in 0..100, got {value:g}")
    return value


def _test(section: Section, key: str = "test") -> BloodTest:
    return _blood_test(section.get(key, str), section, key)


def _blood_test(name: str, section: Section, key: str) -> BloodTest:
    for test in BLOOD_TESTS:
        if test == name:
            return test
    raise section.error(key, f"must be one of {', '.join(BLOOD_TESTS)}, got {name!r}")


def _reference_ranges(section: Section | None) -> tuple[ReferenceRange, ...]:
    if section is None:
        return ()
    ranges: list[ReferenceRange] = []
    for name in section.items():
        test = _blood_test(name, section, name)
        per_sex = section.section(name) if isinstance(section.items()[name], dict) else None
        if per_sex is None:
            ranges.append(
                ReferenceRange(test=test, sex=None, lower=quantity(section, name, BLOOD_TEST_DIMENSION[test]))
            )
        else:
            sexes: tuple[Sex, ...] = ("F", "M")
            ranges += [
                ReferenceRange(test=test, sex=sex, lower=quantity(per_sex, sex, BLOOD_TEST_DIMENSION[test]))
                for sex in sexes
                if per_sex.has(sex)
            ]
            per_sex.done()
    return tuple(ranges)


def _count_schedule(section: Section | None) -> CountSchedule | None:
    if section is None:
        return None
    days = section.integers("on_days")
    for day in days:
        if abs(day) > LONGEST_D:
            raise section.error("on_days", f"lies in -{LONGEST_D:,}..{LONGEST_D:,}, got {day}")
    plan = CountSchedule(
        days=tuple(sorted(days)),
        tolerance_d=section.whole("tolerance_d", 0, LONGEST_D, 0),
        tests=tuple(_blood_test(name, section, "tests") for name in section.texts("tests", BLOOD_TESTS)),
    )
    section.done()
    return plan


def _support_rule(section: Section) -> SupportRule:
    rule = SupportRule(
        words=section.texts("words"),
        test=_blood_test(section.get("test", str), section, "test"),
        days=section.whole("days", 0, LONGEST_D),
        source=section.get("source", str, "protocol"),
    )
    if not rule.words:
        raise section.error("words", "give a word that the product's name contains")
    section.done()
    return rule


def _late_effect(section: Section) -> LateEffect:
    effect = LateEffect(name=section.name("name", 200), terms=section.texts("terms"))
    if not effect.terms:
        raise section.error("terms", "give the terms that count; without one nothing does")
    section.done()
    return effect


def _event_of_interest(section: Section) -> EventOfInterest:
    event = EventOfInterest(
        name=section.name("name", 200),
        terms=section.texts("terms", ()),
        organ_classes=section.texts("organ_classes", ()),
    )
    if not event.terms and not event.organ_classes:
        raise section.error("terms", "give terms or organ_classes; without either nothing counts")
    section.done()
    return event


def _indications(section: Section | None, codes: list[str]) -> Indications | None:
    if section is None:
        return None
    criteria = section.section("criteria")
    if criteria is None:
        raise section.error("criteria", 'give the criteria of each arm, as in { MM = "imwg" }')
    named = tuple((code, criteria.get(code, str)) for code in codes)
    for code, name in named:
        if name not in ("imwg", *RESPONSE_CRITERIA):
            raise criteria.error(code, f"must be one of imwg, {', '.join(RESPONSE_CRITERIA)}, got {name!r}")
    criteria.done()
    threshold = (
        quantity(section, "total_activity_threshold", "activity") if section.has("total_activity_threshold") else None
    )
    plan = Indications(
        evaluator=section.get("evaluator", str),
        null_rate=_percent(section, "null_rate_percent", 20.0) / 100,
        method=_one_of(section, "method", BORROWING) or "independent",
        criteria=named,
        total_activity_threshold_MBq=threshold,
        assessment_method=section.maybe("assessment_method", str),
    )
    if not 0 < plan.null_rate < 1:
        raise section.error("null_rate_percent", f"lies between 0 and 100, got {100 * plan.null_rate:g}")
    section.done()
    return plan


def _response(section: Section | None, by_indication: bool) -> ResponsePlan | None:
    if section is None:
        return None
    if by_indication and section.has("criteria"):
        raise section.error("criteria", "are given by [indications] for each arm")
    if not by_indication and not section.has("criteria"):
        raise section.error("criteria", f"must be given: one of {', '.join(RESPONSE_CRITERIA)}")
    censoring: Literal["as-seen", "fda"] = (
        "fda" if _one_of(section, "censoring", ("as-seen", "fda")) == "fda" else "as-seen"
    )
    plan = ResponsePlan(
        criteria=_one_of(section, "criteria", RESPONSE_CRITERIA),
        evaluator=section.maybe("evaluator", str),
        censoring=censoring,
        assessed_every_d=section.whole("assessed_every_d", 1, LONGEST_D) if section.has("assessed_every_d") else None,
        tolerance_d=section.whole("tolerance_d", 0, LONGEST_D, 0),
        stable_after_d=section.whole("stable_after_d", 0, LONGEST_D, 0),
        assessment_method=section.maybe("assessment_method", str),
        confirming="any-later"
        if _one_of(section, "confirming", ("as-good", "any-later")) == "any-later"
        else "as-good",
    )
    if censoring == "fda" and plan.assessed_every_d is None:
        raise section.error("assessed_every_d", "must be given: the rule of the FDA counts missed assessments")
    section.done()
    return plan
