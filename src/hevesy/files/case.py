"""CASE.toml: a patient's case for organ doses, read strictly; what decides a dose and is not there is refused."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import cast, get_args

from hevesy.errors import DeliveryError, RuleError
from hevesy.files.toml import Section
from hevesy.nuclides.library import nuclide
from hevesy.nuclides.nuclide import Nuclide
from hevesy.study.case import (
    INTEGRALS_OF,
    Bladder,
    BloodMarrow,
    BodyCurve,
    Calibration,
    Case,
    CaseAdministration,
    CaseEffect,
    CaseRegion,
    CaseTumour,
    EffectiveDose,
    Excreted,
    Icrp133,
    ImagedMarrow,
    IntegralsOf,
    Integrated,
    Marrow,
    MeasuredPoints,
    Model,
    RecoveryCurve,
    Remainder,
    STable,
    Weighed,
)
from hevesy.study.declared import is_of
from hevesy.study.limits import Limit, LimitOf
from hevesy.units import parse_quantity

WHY = {
    "unit": "the unit of the S values must be given, as in mGy/(MBq s): a table does not say it",
    "masses": "must be given, 'with blood' (ICRP 133, MIRDcalc) or 'parenchyma' (OLINDA, OpenDose): self doses differ "
    "by a third between the two",
    "alpha_weight": "must be given: 1 where the table holds absorbed dose, 5 where alphas are "
    "weighted (OLINDA's factors "
    "of alpha emitters)",
    "daughters": "must be given, one of 'none matter', 'nuclide alone', 'with daughters': a table does not say whose "
    "decays it counts",
}
NEVER = "never"
MOST_ADMINISTRATIONS = 100
NO_SOURCE = "must be given: a limit without its source is no limit"
OF_EFFECT: tuple[LimitOf, ...] = ("BED", "EQD2")
POINT_KEYS = ("at", "activity", "fraction", "uncertainty", "decay_corrected", "corrected_with")


def read_case(text: str, file: str = "CASE.toml") -> Case:
    """Parse the text of a CASE.toml; a misspelt key, a missing unit or an impossible value is refused by its place."""
    top = Section.parse(text, file)
    integrals_of = cast(IntegralsOf | None, top.word("integrals_of", get_args(IntegralsOf)))
    told = _Told(top, _given(top), integrals_of)
    marrow = top.section("marrow")
    table, phantom = top.section("table"), top.section("icrp133")
    recovery, calibration = top.section("recovery"), top.section("calibration")
    effective = top.section("effective_dose")
    rest, bladder = top.section("remainder"), top.section("bladder")
    case = top.read(
        Case,
        administered_MBq=told.administered_MBq,
        administrations=told.given if len(told.given) > 1 else (),
        integrals_of=integrals_of,
        table=None if table is None else _table(table, told),
        icrp133=None if phantom is None else _icrp133(phantom),
        regions=tuple(_region(part, told) for part in top.sections("region")),
        tumours=tuple(_tumour(part, told) for part in top.sections("tumour")),
        calibration=None if calibration is None else calibration.read(Calibration, on=_day(calibration)),
        recovery=None if recovery is None else recovery.read(RecoveryCurve, on=_day(recovery)),
        remainder=None if rest is None else _remainder(rest, told),
        bladder=None if bladder is None else _bladder(bladder),
        marrow=None if marrow is None else _marrow(marrow, told),
        limits=tuple(_limit(part) for part in top.sections("limit")),
        effects=tuple(_effect(part) for part in top.sections("effect")),
        effective_dose=None if effective is None else _effective(effective),
    )
    told.refuse_mixed()
    return case


class Beside:
    """Files that a case names: those told by their places, else those that lie beside it; nothing elsewhere."""

    def __init__(self, folder: Path, told: Sequence[Path] = ()) -> None:
        self._folder = folder
        self._told = {one.name: one for one in told}
        if len(self._told) != len(told):
            raise DeliveryError("two of the files told beside the case have one name")

    def __call__(self, name: str) -> Path:
        """Where a file or folder of that name lies."""
        if name in self._told:
            return self._told[name]
        if Path(name).is_absolute() or ".." in Path(name).parts:
            raise DeliveryError(f"{name}: what a case names lies beside it, or is told with ⟦beside⟧")
        return self._folder / name


def text_of(case: Path) -> str:
    """The text of a CASE.toml."""
    try:
        return case.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise DeliveryError(f"{case}: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise DeliveryError(f"{case.name} is not a text in UTF-8") from None


class _Told:
    """What the top of the file says that regions need, and whether their activities are told in one way."""

    def __init__(self, top: Section, given: tuple[CaseAdministration, ...], integrals_of: IntegralsOf | None) -> None:
        self.top, self.given, self.integrals_of = top, given, integrals_of
        self.nuclide = _nuclide_of(top, "nuclide")
        self.imaged = _nuclide_of(top, "imaged") if top.has("imaged") else self.nuclide
        self.administered_MBq = math.fsum(one.activity_MBq for one in self.given)
        self.imaged_MBq = self.given[0].activity_MBq
        if top.has("imaged_administered"):
            self.imaged_MBq = top.quantity("imaged_administered", "activity")
        self.corrected: dict[str, bool] = {}

    def in_all(self, integral: float) -> float:
        """An integral that is told, for all administrations."""
        if len(self.given) == 1:
            return integral
        if self.integrals_of is None:
            raise self.top.error("integrals_of", INTEGRALS_OF)
        first = self.integrals_of == "first administration"
        return integral * self.administered_MBq / self.given[0].activity_MBq if first else integral

    def refuse_mixed(self) -> None:
        """Activities that are decay-corrected beside others that are not."""
        ways = {way: place for place, way in self.corrected.items()}
        if len(ways) == 2:
            raise DeliveryError(
                f"{self.top.file}: {ways[True]} is decay-corrected and {ways[False]} is not: tell all "
                "activities in one way"
            )

    def decayed(self, section: Section, elapsed_h: Iterable[float]) -> list[float]:
        """Factors that take the activities of a region to what was there: 1, or the decay that was taken out."""
        if not section.has("decay_corrected"):
            raise section.error(
                "decay_corrected",
                "must be given: false where activities are those at their times, true where they are corrected to the "
                "administration",
            )
        way = section.get("decay_corrected", bool)
        self.corrected[section.place] = way
        label = section.maybe("corrected_with", str)
        if not way:
            if label is not None:
                raise section.error("corrected_with", "is of activities that are decay-corrected")
            return [1.0 for _ in elapsed_h]
        if label is None:
            raise section.error(
                "corrected_with", f"must be given: the nuclide whose decay was taken out, as in {self.imaged.name!r}"
            )
        self.refuse_other_label(section, "activities were corrected")
        return [float(2.0 ** (-time / self.imaged.half_life_h)) for time in elapsed_h]

    def refuse_other_label(self, section: Section, what: str) -> None:
        """Decay that was taken out with another nuclide than the one that was there."""
        whose = _nuclide_of(section, "corrected_with")
        if whose.name != self.imaged.name:
            raise section.error(
                "corrected_with",
                f"{what} with {whose.name}, and {self.imaged.name} was measured: correct with the label that was there",
            )


def _nuclide_of(section: Section, key: str) -> Nuclide:
    try:
        return nuclide(section.get(key, str))
    except RuleError as error:
        raise section.error(key, error.rule) from None


def _given(top: Section) -> tuple[CaseAdministration, ...]:
    """What was given: one activity, the same several times, or each with its time."""
    each = tuple(_administration(part) for part in top.sections("administration"))
    has = [key for key in ("administered", "administration") if top.has(key)]
    if len(has) != 1:
        raise top.error(
            "administered",
            "must be given: the activity of one administration, or [[administration]] with the activity and the time "
            f"of each; one of the two, got {' and '.join(has) or 'neither'}",
        )
    if each or has == ["administration"]:
        for key in ("administrations", "interval"):
            if top.has(key):
                raise top.error(key, "is of an administered activity that is repeated; [[administration]] tells each")
        if not each:
            raise top.error("administration", "has one administration or more")
        if len(each) == 1 and each[0].at_h != 0:
            raise top.error("administration", f"begin at 0 h, got one at {each[0].at_h:g} h")
        return each
    activity_MBq = top.quantity("administered", "activity")
    count = top.get("administrations", int, 1)
    if not 1 <= count <= MOST_ADMINISTRATIONS:
        raise top.error("administrations", f"lie in 1..{MOST_ADMINISTRATIONS}, got {count}")
    if (count > 1) != top.has("interval"):
        raise top.error("interval", "must be given exactly where there are several administrations")
    interval_h = top.quantity("interval", "time") if count > 1 else 0.0
    return tuple(CaseAdministration(activity_MBq=activity_MBq, at_h=place * interval_h) for place in range(count))


def _administration(section: Section) -> CaseAdministration:
    return section.read(CaseAdministration, at_h=section.amount("at", section.get("at", str), "time"))


def _remainder(section: Section, told: _Told) -> Remainder:
    excreted = tuple(_excreted(part) for part in section.sections("excreted"))
    if section.maybe("corrected_with", str) is not None:
        told.refuse_other_label(section, "what was excreted was corrected")
    elif excreted:
        raise section.error(
            "corrected_with",
            "must be given: what was excreted is corrected for decay to the administration, and the nuclide whose "
            f"decay was taken out is told, as in {told.imaged.name!r}",
        )
    return section.read(Remainder, excreted=excreted, model=_model(section))


def _excreted(section: Section) -> Excreted:
    return section.read(Excreted, share=section.amount("share", section.get("share", str), "share"))


def _bladder(section: Section) -> Bladder:
    """An interval, or the word that there is none: a bladder is not forgotten to be voided."""
    voided = section.get("voided_every", str)
    if section.word("body", get_args(BodyCurve)) is None:
        raise section.error("body", f"must be given, one of {', '.join(get_args(BodyCurve))}: what it fills from")
    return section.read(
        Bladder, voided_every_h=math.inf if voided == NEVER else section.quantity("voided_every", "time")
    )


def _day(section: Section) -> date:
    day = section.get("on", object)
    if not is_of(day, date) or isinstance(day, datetime) or not isinstance(day, date):
        raise section.error("on", f"must be a date, as in 2016-01-04, got {day!r}")
    return day


def _table(section: Section, told: _Told) -> STable:
    for key, why in WHY.items():
        if not section.has(key):
            raise section.error(key, why)
    masses = section.section("mass")
    mass_g = () if masses is None else tuple((name, masses.quantity(name, "tissue_mass")) for name in masses.items())
    table = section.read(STable, mass_g=mass_g)
    whose = _nuclide_of(section, "nuclide").name
    if whose != told.nuclide.name:
        raise section.error("nuclide", f"the table is of {whose}, and doses are asked for of {told.nuclide.name}")
    return table


def _icrp133(section: Section) -> Icrp133:
    if not section.has("masses"):
        raise section.error("masses", WHY["masses"])
    return section.read(Icrp133)


def _region(section: Section, told: _Told) -> CaseRegion:
    weighed = _weighed(section)
    activity = _integrated(section, told)
    return section.read(CaseRegion, activity=activity, weighed=weighed)


def _tumour(section: Section, told: _Told) -> CaseTumour:
    weighed = _weighed(section)
    activity = _integrated(section, told)
    return section.read(CaseTumour, activity=activity, weighed=weighed)


def _weighed(section: Section) -> Weighed:
    weighed = section.part(Weighed)
    if weighed.mass_g is not None and weighed.masses is None and not section.place.startswith("tumour"):
        raise section.error("masses", "must be given beside a mass: " + WHY["masses"].removeprefix("must be given, "))
    return weighed


def _integrated(section: Section, told: _Told) -> Integrated:
    """A time-integrated activity as told, or points."""
    has = [key for key in ("tia", "residence_time", "at") if section.has(key)]
    if len(has) != 1:
        raise section.error(
            has[0] if has else "tia",
            "one of tia (as in '12 MBq h'), residence_time (as in '3.1h') and points (at, activity, uncertainty) is "
            f"needed, got {' and '.join(has) or 'none'}",
        )
    relative = section.quantity("tia_uncertainty", "share") if section.has("tia_uncertainty") else None
    tia_MBq_h, points = None, None
    if has == ["at"]:
        points = _points(section, told)
    else:
        for key in POINT_KEYS:
            if section.has(key):
                raise section.error(key, f"is of points that are fitted; {has[0]} is told in their place")
        text = section.get(has[0], str)
        if has == ["tia"]:
            tia_MBq_h = told.in_all(section.amount("tia", text, "activity_over_time"))
        else:
            tia_MBq_h = section.amount("residence_time", text, "time") * told.administered_MBq
    try:
        return Integrated(points=points, tia_MBq_h=tia_MBq_h, relative_uncertainty=relative, model=_model(section))
    except RuleError as error:
        raise section.broken(Integrated, error) from None


def _model(section: Section) -> Model | None:
    return cast(Model | None, section.word("model", get_args(Model)))


def _points(section: Section, told: _Told) -> MeasuredPoints:
    """Times, activities and their uncertainties, each with its unit; an uncertainty is a share of its activity too."""
    elapsed_h = [section.amount("at", text, "time") for text in section.texts("at")]
    if section.has("activity") == section.has("fraction"):
        raise section.error(
            "activity", "activities, or fractions of the administered activity, are needed: one of the two"
        )
    key = "activity" if section.has("activity") else "fraction"
    dimension = "activity" if key == "activity" else "share"
    of = 1.0 if key == "activity" else told.imaged_MBq
    activities = [section.amount(key, text, dimension) * of for text in section.texts(key)]
    uncertain = section.texts("uncertainty")
    if not len(elapsed_h) == len(activities) == len(uncertain):
        raise section.error(
            "at",
            f"{len(elapsed_h)} times, {len(activities)} activities and {len(uncertain)} "
            "uncertainties; one each is needed",
        )
    errors = []
    for text, activity in zip(uncertain, activities, strict=True):
        try:
            errors.append(
                parse_quantity(text, "share") * activity
                if text.strip().endswith("%")
                else parse_quantity(text, dimension) * of
            )
        except RuleError as error:
            raise section.error("uncertainty", error.rule) from None
    decayed = told.decayed(section, elapsed_h)
    try:
        return MeasuredPoints(
            elapsed_h=tuple(elapsed_h),
            activity_MBq=tuple(one * by for one, by in zip(activities, decayed, strict=True)),
            standard_uncertainty_MBq=tuple(one * by for one, by in zip(errors, decayed, strict=True)),
        )
    except RuleError as error:
        raise section.error(error.field or "at", error.rule) from None


def _marrow(section: Section, told: _Told) -> Marrow:
    if not section.has("disease_in_marrow"):
        raise section.error(
            "disease_in_marrow",
            "must be given, true or false: where the disease lies in the marrow (myeloma, involved "
            "lymphoma) its dose by "
            "blood is a lower bound",
        )
    blood, images = section.section("blood"), section.section("images")
    imaged = None
    if images is not None:
        if not images.has("share_source"):
            raise images.error("share_source", "must be given: the work that says which share of the marrow lies there")
        imaged = images.read(ImagedMarrow, activity=_integrated(images, told))
    return section.read(
        Marrow,
        blood=None if blood is None else _blood(blood, told),
        images=imaged,
    )


def _blood(section: Section, told: _Told) -> BloodMarrow:
    return section.read(BloodMarrow, tia_MBq_h_per_mL=told.in_all(section.quantity("tia", "concentration_over_time")))


def _limit(section: Section) -> Limit:
    if not section.has("source"):
        raise section.error("source", NO_SOURCE)
    return section.read(
        Limit, region=section.name("organ"), of="absorbed dose", amount_Gy=section.quantity("dose", "dose")
    )


def _effect(section: Section) -> CaseEffect:
    if not section.has("source"):
        raise section.error("source", "must be given: the work that says how the organ responds")
    limit = section.section("limit")
    return section.read(CaseEffect, limit=None if limit is None else _effect_limit(limit, section.name("organ")))


def _effect_limit(section: Section, organ: str) -> Limit:
    if not section.has("source"):
        raise section.error("source", NO_SOURCE)
    of = section.word("of", OF_EFFECT)
    if of is None:
        raise section.error("of", "must be given, one of BED, EQD2")
    return section.read(Limit, region=organ, of=of, amount_Gy=section.quantity("amount", "dose"))


def _effective(section: Section) -> EffectiveDose:
    weights = section.section("weights")
    given = {} if weights is None else weights.items()
    if not all(is_of(one, float) for one in given.values()):
        raise section.error("weights", "are numbers by target of the table, as in Liver = 0.04")
    return section.read(EffectiveDose, weights=tuple((name, float(one)) for name, one in given.items()))
