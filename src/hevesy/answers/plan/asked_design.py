"""A dose-finding design as it is asked for: the fields that every question on one shares, and what they build."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from hevesy.answers.asked import File, Flag, Numbers, Quantity, Read, Real, Text, Whole, WholeNumbers, numbers
from hevesy.errors import QuestionError, RuleError
from hevesy.study.protocol.escalation import DESIGNS, VARIANTS

if TYPE_CHECKING:
    from hevesy.plan.escalation.design import DescribedDesign
    from hevesy.plan.escalation.tite import Restraint
    from hevesy.study.protocol.escalation import Escalation, LogisticModel

Rates = Annotated[Sequence[float] | None, Numbers("True DLT rates by level, as in 0.05,0.1,0.25.", "RATES")]
FIELDS = {
    "n_max": ("n",),
    "logistic": ("prior", "reference_dose"),
    "table": ("table", "target"),
    "window_d": ("window",),
    "restraint": ("max_pending", "follow_up"),
} | {name: (name,) for name in ("design", "variant", "target", "skeleton", "doses")}
"""Of a plan's fields whose rules are about what is given or left out: the fields of the question they come from."""


@contextmanager
def by_field() -> Iterator[None]:
    """A broken rule of what is given or left out is a wrong question."""
    try:
        yield
    except QuestionError:
        raise
    except RuleError as error:
        if error.field not in FIELDS:
            raise
        raise QuestionError(str(error.args[0]), *FIELDS[error.field]) from error


def takes(design: str, field: str) -> bool:
    """Whether a design has a use for the field; whether one that is not known has cannot be said, and is not denied.

    >>> takes("crm", "skeleton"), takes("boin", "skeleton")
    (True, False)
    """
    words = DESIGNS.get(design)
    return words is None or words.takes(field)


def _levels(text: str) -> int | tuple[float, ...]:
    """A number of levels, or the levels between commas."""
    if "," in text:
        return Numbers().read(text)
    if not (text.isascii() and text.isdigit()):
        raise RuleError(f"{text!r} is neither a number of levels nor levels between commas")
    return int(text)


def _levels_told(given: object) -> int | tuple[float, ...]:
    return Numbers().read(given) if isinstance(given, list | tuple) else Whole().read(given)


def _followed(text: str) -> tuple[int, float]:
    """A number of subjects and the days they are followed for, as in 2/42d."""
    count, slash, time = text.partition("/")
    if not slash or not count.strip().isdecimal():
        raise RuleError(f"{text!r} is not a number and a time as in 2/42d")
    return int(count), Quantity(dimension="time", unit="d").read(time)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedDesign:
    """The design and its rules."""

    design: Annotated[str | None, Text(f"{', '.join(DESIGNS)}.", offered=tuple(DESIGNS))] = None
    variant: Annotated[
        str | None,
        Text(
            "Of three-plus-three: no-de-escalation (default), de-escalation, modified (cohorts of four).",
            offered=VARIANTS,
        ),
    ] = None
    cohort_size: Annotated[int | None, Whole("Evaluable subjects a cohort.", least=1)] = None
    target: Annotated[float | None, Real("Target DLT rate.")] = None
    n: Annotated[int | None, Whole("Subjects in all, of a design that ends by number (default 30).", least=1)] = None
    levels: Annotated[
        int | Sequence[float] | None,
        Read("Number of dose levels, or the levels between commas.", "L", reader=_levels, of_value=_levels_told),
    ] = None
    skeleton: Annotated[Sequence[float], Numbers("Prior DLT rates by level, of crm and titecrm.", "RATES")] = ()
    doses: Annotated[Sequence[float], Numbers("Doses of the levels in any one unit, of blrm.", "DOSES")] = ()
    prior: Annotated[
        Sequence[float] | None,
        Numbers(
            "Of blrm: means and SDs of log alpha and log beta, their correlation, as in 2.15,0.52,0.84,0.8,0.2.",
            "M1,M2,S1,S2,R",
        ),
    ] = None
    reference_dose: Annotated[float | None, Real("Of blrm, in the unit of the doses.")] = None
    interval: Annotated[Sequence[float] | None, Numbers("Target interval of blrm (0.2,0.35).", "LOW,HIGH")] = None
    ewoc: Annotated[float | None, Real("Bound on the probability of overdose of blrm (0.25).")] = None
    a_plus_b: Annotated[Sequence[int] | None, WholeNumbers("Of a-plus-b (3,3,1,1,1).", "A,B,C,D,E", count=5)] = None
    window_d: Annotated[
        float | None,
        Quantity(
            "In which DLTs are counted, as in 85d, the infusion on day 1.",
            dimension="time",
            unit="d",
        ),
    ] = None
    weights: Annotated[str | None, Text("Of pending subjects: linear, adaptive, nadir:DAY.")] = None
    stop_at: Annotated[int | None, Whole("Stop when a level that has so many would be given again.", least=1)] = None
    safety: Annotated[float | None, Real("Stop when P(rate of level 1 > target) exceeds this, as in 0.9.")] = None
    largest_increase: Annotated[
        float | None, Real("No dose more than so many times the present one (needs ⟦doses⟧).")
    ] = None
    titration: Annotated[bool, Flag("One subject a level until the first DLT.")] = False
    max_pending: Annotated[
        int | None, Whole("Enrol nobody while so many are pending, of titecrm and titeboin.", least=1)
    ] = None
    follow_up: Annotated[
        tuple[int, float] | None,
        Read(
            "Before going up so many followed so long, as in 2/42d; of titecrm and titeboin.",
            "N/TIME",
            reader=_followed,
            of_value=numbers(int, float, least=0),
        ),
    ] = None
    response_limit: Annotated[float | None, Real("Of boin12: the least response rate hoped for (0.25).")] = None
    table: Annotated[Path | None, File("Of table: a CSV file with n, dlts, decision.")] = None

    def __post_init__(self) -> None:
        """Refuse levels that are none and a prior that is not whole."""
        if isinstance(self.levels, int) and (self.levels < 1 or isinstance(self.levels, bool)):
            raise QuestionError("a design needs at least one level", "levels")
        if (self.prior is not None and len(self.prior) != 5) or (self.interval and len(self.interval) != 2):
            raise QuestionError("a prior has five numbers and an interval two", "prior", "interval")

    @property
    def nothing(self) -> bool:
        """Whether no field of a design was given."""
        given = (getattr(self, one.name) for one in fields(self))
        return all(value is None or value is False or (isinstance(value, Sequence) and not value) for value in given)

    def window(self, *, calendar: bool = False) -> float | None:
        """The window in days, where the design or the calendar uses one."""
        from hevesy.study.protocol.escalation import window_of

        with by_field():
            return window_of(str(self.design), self.window_d, calendar=calendar)

    def window_told(self) -> tuple[str, ...]:
        """The window in a sentence, where one was given."""
        if self.window_d is None:
            return ()
        return (f"window of {self.window_d:g} days, the day of the infusion being day 1",)

    def dose_values(self) -> tuple[float, ...]:
        """Doses of the levels, told as such or as levels."""
        return tuple(self.doses) or (() if self.levels is None or isinstance(self.levels, int) else tuple(self.levels))

    def level_count(self) -> int | None:
        """How many levels were told, by whichever field."""
        told = {name: len(rates) for name, rates in (("skeleton", self.skeleton), ("doses", self.doses)) if rates}
        if self.levels is not None:
            told["levels"] = self.levels if isinstance(self.levels, int) else len(self.levels)
        if len(set(told.values())) > 1:
            counts = ", ".join(f"⟦{name}⟧ {count}" for name, count in told.items())
            raise QuestionError(f"the number of levels differs: {counts}", *told)
        return next(iter(told.values()), None)

    def level_count_with(self, rates: Sequence[float]) -> int:
        """How many levels there are, where a rate is given for each."""
        told = self.level_count()
        if told is not None and told != len(rates):
            raise QuestionError(f"{len(rates)} rates for {told} levels", "p")
        return len(rates)

    def plan(self) -> Escalation:
        """The design as a protocol would name it, with what is usual where nothing is said."""
        from hevesy.study.protocol.escalation import planned

        if self.design is None:
            raise QuestionError("name the design", "design")
        words = DESIGNS.get(self.design)
        aside = self.design in ("boin12", "table")  # what means nothing to these is left aside
        with by_field():
            return planned(
                self.design,
                variant=self.variant if not aside else None,
                cohort_size=self.cohort_size,
                target=self.target,
                n_max=self.n,
                skeleton=tuple(self.skeleton) if not aside else (),
                logistic=self._logistic() if words is not None and words.takes("logistic") else None,
                a_plus_b=_five(self.a_plus_b),
                weights=self.weights,
                response_limit=self.response_limit,
                table=self._rows() if words is not None and words.takes("table") else None,
            )

    def _logistic(self) -> LogisticModel | None:
        from hevesy.study.protocol.escalation import LogisticModel

        if self.reference_dose is None or not abs(self.reference_dose) < float("inf") or self.prior is None:
            return None
        first, second, first_sd, second_sd, correlation = self.prior
        low, high = self.interval or (0.2, 0.35)
        return LogisticModel(
            mean=(first, second),
            sd=(first_sd, second_sd),
            correlation=correlation,
            reference_dose=self.reference_dose,
            target_interval=(low, high),
            overdose_bound=self.ewoc if self.ewoc is not None else 0.25,
        )

    def _rows(self) -> tuple[dict[str, str], ...] | None:
        import csv

        if self.table is None:
            return None
        try:
            with self.table.open(encoding="utf-8-sig", newline="") as file:
                return tuple(csv.DictReader(file))
        except UnicodeDecodeError:
            raise QuestionError(f"{self.table.name} is not a text in UTF-8", "table") from None

    def built(self, levels: int, *, calendar: bool = False) -> DescribedDesign:
        """The design over a number of levels, with its rules; `calendar` where days count beside it."""
        from hevesy.plan.escalation.catalogue import design_named
        from hevesy.plan.escalation.rules import rules_named

        plan, doses, window_d = self.plan(), self.dose_values(), self.window(calendar=calendar)
        restraint = self._restraint() if self.design != "table" else None
        with by_field():
            rules = rules_named(
                titration=self.titration,
                cohort_size=plan.cohort_size,
                largest_increase=self.largest_increase,
                doses=doses,
                safety=self.safety,
                target=self.target,
                stop_at=self.stop_at,
            )
            return design_named(plan, levels, doses, window_d, rules=rules, restraint=restraint)

    def _restraint(self) -> Restraint | None:
        from hevesy.plan.escalation.tite import Restraint

        if self.max_pending is None and self.follow_up is None:
            return None
        number, days = self.follow_up or (0, 0.0)
        return Restraint(max_pending=self.max_pending or 0, follow_up_n=number, follow_up_d=days)


def _five(numbers: Sequence[int] | None) -> tuple[int, int, int, int, int] | None:
    if numbers is None:
        return None
    a, b, c, d, e = numbers
    return a, b, c, d, e
