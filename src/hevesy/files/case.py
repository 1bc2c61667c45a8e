"""CASE.toml: a patient's case for organ doses, read strictly; what decides a dose and is not there is refused."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import cast, get_args

from hevesy.errors import DeliveryError, RuleError
from hevesy.files.toml import Section
from hevesy.nuclides.library import nuclide
from hevesy.nuclides.nuclide import Nuclide
from hevesy.study.case import (
    BloodMarrow,
    Calibration,
    Case,
    CaseEffect,
    CaseRegion,
    CaseTumour,
    EffectiveDose,
    Icrp133,
    ImagedMarrow,
    Integrated,
    Marrow,
    MeasuredPoints,
    Model,
    RecoveryCurve,
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
NO_SOURCE = "must be given: a limit without its source is no limit"
OF_EFFECT: tuple[LimitOf, ...] = ("BED", "EQD2")
POINT_KEYS = ("at", "activity", "fraction", "uncertainty", "decay_corrected", "corrected_with")


def read_case(text: str, file: str = "CASE.toml") -> Case:
    """Parse the text of a CASE.toml; a misspelt key, a missing unit or an impossible value is refused by its place."""
    top = Section.parse(text, file)
    told = _Told(top)
    marrow = top.section("marrow")
    table, phantom = top.section("table"), top.section("icrp133")
    recovery, calibration = top.section("recovery"), top.section("calibration")
    effective = top.section("effective_dose")
    case = top.read(
        Case,
        table=None if table is None else _table(table, told),
        icrp133=None if phantom is None else _icrp133(phantom),
        regions=tuple(_region(part, told) for part in top.sections("region")),
        tumours=tuple(_tumour(part, told) for part in top.sections("tumour")),
        calibration=None if calibration is None else calibration.read(Calibration, on=_day(calibration)),
        recovery=None if recovery is None else recovery.read(RecoveryCurve, on=_day(recovery)),
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

    def __init__(self, top: Section) -> None:
        self.top = top
        self.nuclide = _nuclide_of(top, "nuclide")
        self.imaged = _nuclide_of(top, "imaged") if top.has("imaged") else self.nuclide
        self.administered_MBq = top.quantity("administered", "activity")
        given = "imaged_administered" if top.has("imaged_administered") else "administered"
        self.imaged_MBq = top.quantity(given, "activity")
        self.corrected: dict[str, bool] = {}

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
        whose = _nuclide_of(section, "corrected_with")
        if whose.name != self.imaged.name:
            raise section.error(
                "corrected_with",
                f"activities were corrected with {whose.name}, and {self.imaged.name} was "
                "measured: correct them with "
                "the label that was there",
            )
        return [float(2.0 ** (-time / self.imaged.half_life_h)) for time in elapsed_h]


def _nuclide_of(section: Section, key: str) -> Nuclide:
    try:
        return nuclide(section.get(key, str))
    except RuleError as error:
        raise section.error(key, error.rule) from None


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
            tia_MBq_h = section.amount("tia", text, "activity_over_time")
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
        blood=None if blood is None else blood.read(BloodMarrow),
        images=imaged,
    )


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
    if weights is None or not all(is_of(one, float) for one in given.values()):
        raise section.error("weights", "tissue weights by target of the table are needed, as in Liver = 0.04")
    return section.read(EffectiveDose, weights=tuple((name, float(one)) for name, one in given.items()))
