"""protocol.toml: the plan of a study, read strictly.

Chapters are read by their fields (`Section.read`); here stands what a plan writes otherwise than a chapter holds it: a
choice between tables or kinds, free keys, a percentage for a share, and sentences that quote what was delivered.
"""

from __future__ import annotations

from hevesy.errors import DeliveryError, RuleError, shown
from hevesy.files.toml import Section
from hevesy.study.declared import Dimension, OneOf
from hevesy.study.dose import DIMENSION, Basis, Dose, LinearQuadratic, parse_activity
from hevesy.study.protocol import TrialProtocol
from hevesy.study.protocol.counts import (
    BLOOD_TEST_DIMENSION,
    BLOOD_TESTS,
    DIMENSION_OF_BELIEF,
    BelievableRange,
    ReferenceRange,
    Sex,
    no_bounds,
    no_quantity,
)
from hevesy.study.protocol.designs import DESIGNS, in_protocols
from hevesy.study.protocol.eligibility import ELIGIBILITY
from hevesy.study.protocol.escalation import Escalation, LogisticModel, Stratum, not_apart
from hevesy.study.protocol.response import Indications
from hevesy.study.protocol.toxicity import RULES, DLTRule
from hevesy.study.protocol.treatment import DoseLevel
from hevesy.units import INTERNAL_UNIT, UNITS, ActivityUnit

PER_SEX: dict[str, Sex | None] = {"F": "F", "M": "M"}


def read_protocol(text: str, file: str = "protocol.toml") -> TrialProtocol:
    """Parse the text of a protocol.toml; a misspelt key, a missing unit or an impossible value is refused by name."""
    top = Section.parse(text, file)
    if top.section("study") is None:
        raise DeliveryError(f"{file}: the table [study] must be given")
    levels = tuple(section.read(DoseLevel, dose=_dose(section)) for section in top.sections("dose_level"))
    codes = [section.maybe("code", str) for section in top.sections("arm")]
    return top.read(
        TrialProtocol,
        dose_levels=levels,
        escalation=_escalation(top.section("escalation"), levels),
        dlt=_dlt(top.section("dlt")),
        reference_ranges=_reference_ranges(top.section("reference_range")),
        indications=_indications(top.section("indications"), codes),
        eligibility=tuple(part.read(part.kind(ELIGIBILITY)) for part in top.sections("eligibility")),
        believable=_believable(top.section("believable")),
        shown_activity=_display(top.section("display")),
    )


def _dose(section: Section) -> Dose:
    """An `activity`, an `absorbed_dose` with its `organ`, or a `BED` with its organ and how that organ repairs."""
    given = [key for key in ("activity", "absorbed_dose", "BED") if section.has(key)]
    if len(given) != 1:
        told = ", ".join(given) or "none"
        raise section.error("activity", f"a level has one of activity, absorbed_dose and BED, got {told}")
    if given == ["activity"]:
        text = section.get("activity", str)
        try:
            dose = parse_activity(text)
        except RuleError as error:
            raise section.error("activity", error.rule) from error
        if rule := Dimension(DIMENSION[dose.basis]).broken(dose.amount, text):
            raise section.error("activity", rule)
        return dose
    organ, amount = section.get("organ", str), section.quantity(given[0], "dose")
    if given == ["absorbed_dose"]:
        return Dose(amount=amount, basis="absorbed dose", organ=organ)
    return Dose(amount=amount, basis="BED", organ=organ, effect=section.part(LinearQuadratic))


def _escalation(section: Section | None, levels: tuple[DoseLevel, ...]) -> Escalation | None:
    """What is asked for depends on the design."""
    if section is None:
        return None
    design = section.word("design", in_protocols())
    if design is None:
        raise section.error("design", f"must be given, one of {', '.join(in_protocols())}")
    words = DESIGNS[design]
    return section.read(
        Escalation,
        {"cohort_size", *words.needs, *words.may_have},
        words.needs,
        design=design,
        skeleton=_skeleton(section) if words.takes("skeleton") else (),
        logistic=_logistic(section, levels) if words.takes("logistic") else None,
        a_plus_b=tuple(section.get("a_plus_b", list)) if words.takes("a_plus_b") else None,
        strata=_strata(section),
    )


def _skeleton(section: Section) -> tuple[float, ...]:
    rates = section.get("skeleton", list)
    if not rates or not all(isinstance(rate, float) for rate in rates):
        raise section.error("skeleton", f"prior DLT rates increase between 0 and 1, one a level; got {shown(rates)}")
    return tuple(rates)


def _logistic(section: Section, levels: tuple[DoseLevel, ...]) -> LogisticModel:
    """The prior of the logistic regression; the reference dose is of the kind of the levels."""
    basis: Basis = levels[0].dose.basis if levels else "body surface area"
    key = "reference_dose" if section.has("reference_dose") else "reference_activity"
    return section.part(LogisticModel, reference_dose=section.quantity(key, DIMENSION[basis]))


def _strata(section: Section) -> tuple[Stratum, ...]:
    """Names of strata, or tables of `name` and `start_level`."""
    if not section.has("strata"):
        return ()
    found: list[Stratum] = []
    for number, one in enumerate(section.get("strata", list), start=1):
        if not isinstance(one, str | dict):
            rule = f"a stratum is a name, or a table with name and start_level, got {shown(one)}"
            raise section.error("strata", rule)
        content = {"name": one} if isinstance(one, str) else one
        found.append(Section(content, section.file, f"{section.place}.strata[{number}]").read(Stratum))
    if together := not_apart([stratum.name for stratum in found]):
        raise section.error("strata", together)
    return tuple(found)


def _dlt(section: Section | None) -> DLTRule | None:
    if section is None:
        return None
    return section.read(DLTRule, rules=tuple(part.read(part.kind(RULES)) for part in section.sections("rule")))


def _reference_ranges(section: Section | None) -> tuple[ReferenceRange, ...]:
    """By test: a quantity, or one for each sex."""
    if section is None:
        return ()
    ranges: list[ReferenceRange] = []
    for name, content in section.items().items():
        test = next((one for one in BLOOD_TESTS if one == name), None)
        if test is None:
            raise section.error(name, OneOf(BLOOD_TESTS).broken(name) or "")
        per_sex = section.section(name) if isinstance(content, dict) else None
        owner, sexes = (section, {name: None}) if per_sex is None else (per_sex, PER_SEX)
        for key, sex in sexes.items():
            if owner.has(key):
                lower = owner.quantity(key, BLOOD_TEST_DIMENSION[test])
                ranges.append(ReferenceRange(test=test, sex=sex, lower=lower))
    return tuple(ranges)


def _indications(section: Section | None, codes: list[str | None]) -> Indications | None:
    """Criteria by the code of each arm, in the order of arms; the rate in percent."""
    if section is None:
        return None
    criteria = section.section("criteria")
    if criteria is None:
        raise section.error("criteria", 'give the criteria of each arm, as in { MM = "imwg" }')
    named = sorted(criteria.items(), key=lambda code: codes.index(code) if code in codes else len(codes))
    return section.read(
        Indications,
        criteria=tuple((code, criteria.get(code, str)) for code in named),
        null_rate=section.get("null_rate_percent", float, 20.0) / 100,
    )


def _believable(section: Section | None) -> tuple[BelievableRange, ...]:
    """Bounds of belief of this study: quantity = [lower, upper], each with its unit."""
    found = []
    for name in section.items() if section is not None else ():
        assert section is not None
        if rule := no_quantity(name):
            raise section.error(name, rule)
        ends = section.get(name, list)
        if len(ends) != 2:
            raise section.error(name, f"a lower and an upper bound are needed, got {shown(ends)}")
        dimension = DIMENSION_OF_BELIEF[name]
        lower, upper = (_bound(end, dimension, section, name) for end in ends)
        if rule := no_bounds(lower, upper, shown(ends)):
            raise section.error(name, rule)
        unit = "%" if dimension is None else INTERNAL_UNIT[dimension]
        found.append(BelievableRange(quantity=name, lower=lower, upper=upper, unit=unit))
    return tuple(found)


def _bound(given: object, dimension: str | None, section: Section, key: str) -> float:
    if dimension is not None:
        return section.amount(key, str(given), dimension)
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise section.error(key, f"percentages are numbers, got {shown(given)}")
    return float(given)


def _display(section: Section | None) -> ActivityUnit | None:
    """The unit that activities are shown in."""
    name = section.word("activity", tuple(UNITS["activity"])) if section is not None else None
    return ActivityUnit(name) if name is not None else None
