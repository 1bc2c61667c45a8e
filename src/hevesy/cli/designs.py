"""A dose-finding design as typed: the options every command of `plan` shares, read into one value."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from inspect import Parameter, signature
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hevesy.cli import arguments
from hevesy.errors import RuleError
from hevesy.study.protocol.escalation import DESIGNS

if TYPE_CHECKING:
    from hevesy.plan.escalation.design import DescribedDesign
    from hevesy.plan.escalation.tite import Restraint
    from hevesy.study.protocol import Escalation, LogisticModel


def _option(kind: Any, flag: str, words: str, metavar: str | None = None, least: int | None = None) -> Any:
    return Annotated[kind, typer.Option(flag, help=words, metavar=metavar, min=least)]


Rates = Annotated[
    str | None, typer.Option("--p", metavar="RATES", help="True DLT rates by level, as in 0.05,0.1,0.25.")
]
_TEXT, _NUMBER, _COUNT = str | None, float | None, int | None
_PRIOR = "Of blrm: means and SDs of log alpha and log beta, their correlation, as in 2.15,0.52,0.84,0.8,0.2."
_OPTIONS: dict[str, Any] = {
    "design": _option(_TEXT, "--design", f"{', '.join(DESIGNS)}."),
    "variant": _option(
        _TEXT,
        "--variant",
        "Of three-plus-three: no-de-escalation (default), de-escalation, modified (cohorts of four).",
    ),
    "cohort_size": _option(_COUNT, "--cohort-size", "Evaluable subjects a cohort.", least=1),
    "target": _option(_NUMBER, "--target", "Target DLT rate."),
    "n": _option(_COUNT, "--n", "Subjects in all, of a design that ends by number (default 30).", least=1),
    "levels": _option(_TEXT, "--levels", "Number of dose levels, or the levels between commas.", "L"),
    "skeleton": _option(_TEXT, "--skeleton", "Prior DLT rates by level, of crm and titecrm.", "RATES"),
    "doses": _option(_TEXT, "--doses", "Doses of the levels in any one unit, of blrm.", "DOSES"),
    "prior": _option(_TEXT, "--prior", _PRIOR, "M1,M2,S1,S2,R"),
    "reference_dose": _option(_NUMBER, "--reference-dose", "Of blrm, in the unit of the doses."),
    "interval": _option(_TEXT, "--interval", "Target interval of blrm (0.2,0.35).", "LOW,HIGH"),
    "ewoc": _option(_NUMBER, "--ewoc", "Bound on the probability of overdose of blrm (0.25)."),
    "a_plus_b": _option(_TEXT, "--a-plus-b", "Of a-plus-b (3,3,1,1,1).", "A,B,C,D,E"),
    "window": _option(
        _TEXT, "--window", "In which DLTs are counted, as in 85d, the infusion on day 1; where pending subjects count."
    ),
    "weights": _option(_TEXT, "--weights", "Of pending subjects: linear, adaptive, nadir:DAY."),
    "stop_at": _option(_COUNT, "--stop-at", "Stop when a level that has so many would be given again.", least=1),
    "safety": _option(_NUMBER, "--safety", "Stop when P(rate of level 1 > target) exceeds this, as in 0.9."),
    "largest_increase": _option(
        _NUMBER, "--largest-increase", "No dose more than so many times the present one (needs --doses)."
    ),
    "titration": _option(bool, "--titration", "One subject a level until the first DLT."),
    "max_pending": _option(
        _COUNT, "--max-pending", "Enrol nobody while so many are pending, of titecrm and titeboin.", least=1
    ),
    "follow_up": _option(
        _TEXT,
        "--follow-up",
        "Before going up so many followed so long, as in 2/42d; of titecrm and titeboin.",
        "N/TIME",
    ),
    "response_limit": _option(
        _NUMBER, "--response-limit", "Of boin12: the response rate that is hoped for at least (0.25)."
    ),
    "table": _option(_TEXT, "--table", "Of table: a CSV file with n, dlts, decision.", "FILE"),
}


_FLAGS = {
    "design": "--design",
    "variant": "--variant",
    "target": "--target",
    "n_max": "--n",
    "skeleton": "--skeleton",
    "logistic": "--prior, --reference-dose",
    "table": "--table, --target",
    "window_d": "--window",
    "doses": "--doses",
    "restraint": "--max-pending, --follow-up",
}
"""Of the fields whose rules are about what is given or left out: breaking them is wrong usage."""


@contextmanager
def by_flag() -> Iterator[None]:
    """A broken rule of a field that is a flag is wrong usage of the flag."""
    try:
        yield
    except RuleError as error:
        if error.field not in _FLAGS:
            raise
        raise typer.BadParameter(str(error), param_hint=_FLAGS[error.field]) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """The options of a design as they were typed."""

    design: str | None
    variant: str | None
    cohort_size: int | None
    target: float | None
    n: int | None
    levels: str | None
    skeleton: str | None
    doses: str | None
    prior: str | None
    reference_dose: float | None
    interval: str | None
    ewoc: float | None
    a_plus_b: str | None
    window: str | None
    weights: str | None
    stop_at: int | None
    safety: float | None
    largest_increase: float | None
    titration: bool
    max_pending: int | None
    follow_up: str | None
    response_limit: float | None
    table: str | None

    @property
    def nothing(self) -> bool:
        """Whether no option of a design was given."""
        return all(getattr(self, name) in (None, False) for name in _OPTIONS)

    def window_d(self, *, calendar: bool = False) -> float | None:
        """The window in days, where the design or the calendar uses one."""
        from hevesy.study.protocol.escalation import window_of

        days = arguments.quantity(self.window, "time", "--window") / 24 if self.window is not None else None
        with by_flag():
            return window_of(str(self.design), days, calendar=calendar)

    def window_told(self) -> tuple[str, ...]:
        """The window in a sentence, where one was given."""
        if self.window is None:
            return ()
        return (
            f"window of {arguments.quantity(self.window, 'time', '--window') / 24:g} days, "
            "the day of the infusion being day 1",
        )

    def dose_values(self) -> tuple[float, ...]:
        """Doses of the levels, from --doses or from --levels between commas."""
        text = self.doses or (self.levels if self.levels and "," in self.levels else None)
        return tuple(arguments.numbers(text, "--doses")) if text is not None else ()

    def level_count(self) -> int | None:
        """How many levels were told, by whichever option."""
        told = {
            flag: len(text.split(","))
            for flag, text in (("--skeleton", self.skeleton), ("--doses", self.doses), ("--levels", self.levels))
            if text is not None and not (flag == "--levels" and "," not in text)
        }
        if self.levels is not None and "--levels" not in told:
            told["--levels"] = self._level_number(self.levels)
        if len(set(told.values())) > 1:
            counts = ", ".join(f"{flag} {count}" for flag, count in told.items())
            raise typer.BadParameter(f"the number of levels differs: {counts}", param_hint=", ".join(told))
        return next(iter(told.values()), None)

    def level_count_with(self, rates: Sequence[float]) -> int:
        """How many levels there are, where a rate is given for each."""
        told = self.level_count()
        if told is not None and told != len(rates):
            raise typer.BadParameter(f"{len(rates)} rates for {told} levels", param_hint="--p")
        return len(rates)

    @staticmethod
    def _level_number(text: str) -> int:
        if not text.isdigit():
            raise typer.BadParameter(
                f"{text!r} is neither a number of levels nor levels between commas", param_hint="--levels"
            )
        if int(text) < 1:
            raise typer.BadParameter("a design needs at least one level", param_hint="--levels")
        return int(text)

    def plan(self) -> Escalation:
        """The design as a protocol would name it, with what is usual where nothing was typed."""
        from hevesy.study.protocol.escalation import DESIGNS, planned

        if self.design is None:
            raise typer.BadParameter("name the design", param_hint="--design")
        words = DESIGNS.get(self.design)
        aside = self.design in ("boin12", "table")  # what means nothing to these was always left aside

        def takes(field: str) -> bool:
            return words is not None and words.takes(field)

        with by_flag():
            return planned(
                self.design,
                variant=self.variant if not aside else None,
                cohort_size=self.cohort_size,
                target=self.target,
                n_max=self.n,
                skeleton=tuple(arguments.numbers(self.skeleton, "--skeleton")) if self.skeleton and not aside else (),
                logistic=self._logistic() if takes("logistic") else None,
                a_plus_b=self._five() if takes("a_plus_b") else None,
                weights=self.weights,
                response_limit=self.response_limit,
                table=self._rows() if takes("table") else None,
            )

    def _five(self) -> tuple[int, int, int, int, int] | None:
        if self.a_plus_b is None:
            return None
        a, b, c, d, e = arguments.whole_numbers(self.a_plus_b, "--a-plus-b", 5)
        return a, b, c, d, e

    def _logistic(self) -> LogisticModel | None:
        from hevesy.study.protocol import LogisticModel

        if self.reference_dose is None or not math.isfinite(self.reference_dose) or self.prior is None:
            return None
        numbers = arguments.numbers(self.prior, "--prior")
        interval = arguments.numbers(self.interval or "0.2,0.35", "--interval")
        if len(numbers) != 5 or len(interval) != 2:
            raise typer.BadParameter("a prior has five numbers and an interval two", param_hint="--prior, --interval")
        return LogisticModel(
            mean=(numbers[0], numbers[1]),
            sd=(numbers[2], numbers[3]),
            correlation=numbers[4],
            reference_dose=self.reference_dose,
            target_interval=(interval[0], interval[1]),
            overdose_bound=self.ewoc if self.ewoc is not None else 0.25,
        )

    def _rows(self) -> tuple[dict[str, str], ...] | None:
        import csv

        if self.table is None:
            return None
        with arguments.existing_file(self.table, "--table").open(encoding="utf-8-sig", newline="") as file:
            return tuple(csv.DictReader(file))

    def built(self, levels: int, *, calendar: bool = False) -> DescribedDesign:
        """The design over a number of levels, with the rules that were typed; `calendar` where days count beside it."""
        from hevesy.plan.escalation.catalogue import design_named
        from hevesy.plan.escalation.rules import rules_named

        plan, doses, window_d = self.plan(), self.dose_values(), self.window_d(calendar=calendar)
        restraint = self._restraint() if self.design != "table" else None
        with by_flag():
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
        number, days = 0, 0.0
        if self.follow_up is not None:
            count, slash, time = self.follow_up.partition("/")
            if not slash:
                raise typer.BadParameter(
                    f"{self.follow_up!r} is not a number and a time as in 2/42d", param_hint="--follow-up"
                )
            number, days = (
                arguments.whole_numbers(count, "--follow-up", 1)[0],
                arguments.quantity(time, "time", "--follow-up") / 24,
            )
        return Restraint(max_pending=self.max_pending or 0, follow_up_n=number, follow_up_d=days)


def design_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of a design; it receives them as one value, `typed`."""

    def with_options(**given: Any) -> None:
        typed = Typed(**{name: given.pop(name) for name in _OPTIONS})
        command(typed=typed, **given)

    own = [parameter for name, parameter in signature(command, eval_str=True).parameters.items() if name != "typed"]
    shared = [
        Parameter(name, Parameter.KEYWORD_ONLY, default=False if name == "titration" else None, annotation=kind)
        for name, kind in _OPTIONS.items()
    ]
    parameters = [parameter.replace(kind=Parameter.KEYWORD_ONLY) for parameter in own]
    with_options.__name__, with_options.__doc__ = command.__name__, command.__doc__
    with_options.__signature__ = signature(command).replace(parameters=[*parameters, *shared])  # type: ignore[attr-defined]
    with_options.__annotations__ = {parameter.name: parameter.annotation for parameter in (*parameters, *shared)}
    return with_options
