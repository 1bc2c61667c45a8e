"""What a fact is, what its annotated fields say of a delivery, and where the kinds of record are found."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache
from importlib import import_module
from typing import Annotated, Any, ClassVar, Literal, Protocol, TypeVar, get_type_hints

import hevesy.study.facts
from hevesy.errors import RuleError
from hevesy.study.dates import When, earliest, latest
from hevesy.units import INTERNAL_UNIT, UNITS

OF_THE_STUDY = ""
"""Whose a fact is that belongs to no subject, as the calibration of a camera."""
Reported = tuple[tuple[str, str], ...]
"""What the sender derived itself, by name: kept as reported, recomputed, never used."""


class Fact(Protocol):
    """Something that happened to a subject, or in the study: as delivered, nothing derived.

    `row` is its entry's place in the ledger.
    """

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def subject(self) -> str:
        """Whose it is; `OF_THE_STUDY`: no subject's."""

    @property
    def row(self) -> int:
        """Sequence number of the entry it was read from."""

    @property
    def on(self) -> When | None:
        """The day it happened or began; None: not told."""

    @property
    def reported(self) -> Reported:
        """What the sender derived itself."""


F = TypeVar("F", bound=Fact)

FieldType = Literal[
    "text",
    "number",
    "integer",
    "date",
    "time",
    "time or day",
    "censored number",
    "flag",
    "sex",
    "grade",
    "finding",
    "choice",
]
_DATED = ("date", "time", "time or day")


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """What a delivery must say of a field of a fact."""

    type: FieldType
    means: str
    """What it is, where its name does not say so."""
    name: str = ""
    """In sources.toml; usually the attribute's own, less the unit it ends with."""
    attribute: str = ""
    """Of the fact."""
    dimension: str | None = None
    required: bool = False
    may_be_negative: bool = False
    choices: tuple[str, ...] = ()
    """The words a choice may be, in any letter case."""
    unit_kept_in: str | None = None
    """The attribute that keeps the unit as it was written."""
    rounding_kept_in: str | None = None
    """The attribute that keeps half a unit of the last digit as it was written."""
    side_kept_in: str | None = None
    """The attribute that keeps the sign of a value below or above a limit (<20)."""
    hour_kept_in: str | None = None
    """The attribute that keeps whether a time came with its hour."""
    measured_at: str | None = None
    """The attribute with the time of a measurement, which it cannot do without."""
    spelling: Callable[[str], str] | None = None
    """How a text is spelt here, whatever it is called there."""
    columns: tuple[str, ...] = ()
    """The columns that hold it in a table that a question reads by itself; without a unit, where it has a dimension."""

    @property
    def dated(self) -> bool:
        """Whether it is a day or a time."""
        return self.type in _DATED

    @property
    def columns_with_units(self) -> tuple[tuple[str, str | None], ...]:
        """The columns that may hold it in a table, each with the unit that its name ends with."""
        names = self.columns or (self.name,)
        if self.dimension is None:
            return tuple((name, None) for name in names)
        units = [unit for unit in UNITS[self.dimension] if "^" not in unit and "*" not in unit]
        return tuple((f"{name}_{unit.replace('/', '_')}", unit) for name in names for unit in units)


def text(means: str = "", **more: Any) -> Field:
    """A text as delivered."""
    return Field(type="text", means=means, **more)


def day(means: str = "", **more: Any) -> Field:
    """A day, or as much of it as is known."""
    return Field(type="date", means=means, **more)


def time(means: str = "", **more: Any) -> Field:
    """A day with its hour."""
    return Field(type="time", means=means, **more)


def number(means: str = "", dimension: str | None = None, **more: Any) -> Field:
    """A number: with a dimension kept in its internal unit, otherwise as it is."""
    return Field(type="number", means=means, dimension=dimension, **more)


def integer(means: str = "", **more: Any) -> Field:
    """A whole number."""
    return Field(type="integer", means=means, **more)


def flag(means: str = "", **more: Any) -> Field:
    """Yes or no."""
    return Field(type="flag", means=means, **more)


def finding(means: str = "", **more: Any) -> Field:
    """Positive or negative."""
    return Field(type="finding", means=means, **more)


def choice(*words: str, means: str = "", **more: Any) -> Field:
    """One of some words."""
    return Field(type="choice", means=means, choices=words, **more)


SubjectId = Annotated[str, text("whose it is", required=True)]
On = Annotated[When | None, day("the day of it")]


def refuse(*broken: RuleError | None) -> None:
    """Refuse a fact for the rules that its fields break together, if there are any."""
    if broken.count(None) == len(broken):
        return  # as nearly always
    those = tuple(one for one in broken if one is not None)
    if those:
        those[0].together = those
        raise those[0]


def before(first: When | None, then: When | None, field: str, rule: str) -> RuleError | None:
    """A day that lies before the one it must follow, even at its latest."""
    if first is None or then is None or latest(then) >= earliest(first):
        return None
    return RuleError(f"{rule} ({first})", field=field, value=str(then))


def outside(value: float | None, bounds: tuple[float, float], name: str, field: str, unit: str) -> RuleError | None:
    """A value that no such quantity has: a unit or a digit is wrong."""
    low, high = bounds
    if value is None or low <= value <= high:
        return None
    return RuleError(f"{name} must lie in {low:g}..{high:g} {unit}", field=field, value=f"{value:g} {unit}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of record: its name, the fact it becomes, its fields by their names in sources.toml."""

    name: str
    fact: Callable[..., Fact]
    means: str
    fields: Mapping[str, Field]
    as_reported: tuple[str, ...]
    """What a sender derives itself and is held against ours."""
    dated: tuple[str, ...]
    """The attributes that are days or times, in order."""
    as_of: Callable[[Any, date], Fact | None] | None
    """How a fact looks at a cut after which the record goes on, where the kind tells itself what is known when."""
    before_study: bool = False
    """It happens before the study, or may: earlier than consent, and no sign that the subject had joined by then."""
    together: Callable[[Sequence[Any]], Iterable[tuple[int, RuleError]]] | None = None
    """What the facts of one subject break only together, each with its row, where the kind says so."""
    without_subject: bool = False
    """Done without the subject, as reading an image: no sign that the subject was alive on its day."""
    of_study: bool = False
    """It belongs to no subject, and no column names one."""

    @property
    def words(self) -> str:
        """Its name in a sentence."""
        return self.name.replace("_", " ")

    @property
    def begins(self) -> str:
        """The attribute of the day it happened or began."""
        return "on" if "on" in self.dated else self.dated[0]

    def name_of(self, attribute: str) -> str:
        """The name in sources.toml of an attribute; `on` is whatever the kind calls its day."""
        wanted = self.begins if attribute == "on" else attribute
        return next((field.name for field in self.fields.values() if field.attribute == wanted), attribute)


KEPT_AS_REPORTED = ("baseline", "counts_in", "marrow_dose_Gy")
"""Names that are kept beside a record and held against nothing."""
_KINDS: dict[str, Kind] = {}
_KIND_OF: dict[type, Kind] = {}


def record_kind(
    name: str,
    as_reported: tuple[str, ...] = (),
    before_study: bool = False,
    without_subject: bool = False,
    of_study: bool = False,
) -> Callable[[type[F]], type[F]]:
    """Declare a kind of record: the dataclass below it is the fact that its rows become."""

    def declared(fact: type[F]) -> type[F]:
        if name in _KINDS:
            raise RuleError(f"two kinds of record are called {name!r}", field="name", value=name)
        fields = {field.name: field for field in _fields_of(fact)}
        kind = Kind(
            name=name,
            fact=fact,
            means=" ".join((fact.__doc__ or "").split()),
            fields=fields,
            as_reported=as_reported,
            dated=tuple(field.attribute for field in fields.values() if field.dated),
            as_of=getattr(fact, "as_of", None),
            together=getattr(fact, "together", None),
            before_study=before_study,
            without_subject=without_subject,
            of_study=of_study,
        )
        _KINDS[name] = _KIND_OF[fact] = kind
        return fact

    return declared


def _fields_of(fact: type) -> list[Field]:
    """The annotated fields of a fact, each with its attribute and its name in sources.toml."""
    declared = []
    for attribute, hint in get_type_hints(fact, include_extras=True).items():
        field = next((one for one in getattr(hint, "__metadata__", ()) if isinstance(one, Field)), None)
        if field is not None:
            declared.append(replace(field, attribute=attribute, name=field.name or _less_unit(attribute, field)))
    return declared


def _less_unit(attribute: str, field: Field) -> str:
    if field.dimension is None:
        return attribute
    ending = "_" + INTERNAL_UNIT[field.dimension].replace("/", "_per_")
    if not attribute.endswith(ending):
        raise RuleError(f"{attribute} is kept in {INTERNAL_UNIT[field.dimension]}: its name ends with {ending}")
    return attribute.removesuffix(ending)


@cache
def kinds() -> Mapping[str, Kind]:
    """Every kind of record by its name, as the files of this folder declare them."""
    for module in pkgutil.iter_modules(hevesy.study.facts.__path__, "hevesy.study.facts."):
        import_module(module.name)
    return dict(sorted(_KINDS.items()))


def kind_of(fact: Fact) -> Kind:
    """The kind of record that a fact is of."""
    return _KIND_OF[type(fact)]


def kind_called(fact: type) -> Kind:
    """The kind of record that becomes such facts."""
    return _KIND_OF[fact]


def later(when: When | datetime | None, cut: date) -> bool:
    """Whether a day or time lies after a cut, even at its earliest."""
    return when is not None and day_of(when) > cut


def days_of(fact: Fact) -> list[date]:
    """All the days a fact mentions, partial ones at their earliest."""
    told = (getattr(fact, attribute) for attribute in kind_of(fact).dated)
    return [day_of(when) for when in told if when is not None]


def day_of(when: When | datetime) -> date:
    """The day of a time, the first day of a date that is known in part."""
    return when.date() if isinstance(when, datetime) else earliest(when)
