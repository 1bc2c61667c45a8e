"""A dose-finding design as typed: the options every command of `plan` shares, read into one value."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from inspect import Parameter, signature
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hevesy.cli import arguments

if TYPE_CHECKING:
    from hevesy.plan.escalation.boin12 import BOIN12, Desirability
    from hevesy.plan.escalation.catalogue import AnyDesign
    from hevesy.plan.escalation.rules import Rule
    from hevesy.plan.escalation.tite import Restraint
    from hevesy.study.protocol import Escalation


def _option(kind: Any, flag: str, words: str, metavar: str | None = None, least: int | None = None) -> Any:
    return Annotated[kind, typer.Option(flag, help=words, metavar=metavar, min=least)]


Rates = Annotated[
    str | None, typer.Option("--p", metavar="RATES", help="True DLT rates by level, as in 0.05,0.1,0.25.")
]
_TEXT, _NUMBER, _COUNT = str | None, float | None, int | None
_NAMES = (
    "three-plus-three, a-plus-b, rolling-six, i3+3, boin, keyboard, mtpi, mtpi2, crm, blrm, titecrm, titeboin, "
    "boin12, table"
)
_PRIOR = "Of blrm: means and SDs of log alpha and log beta, their correlation, as in 2.15,0.52,0.84,0.8,0.2."
_OPTIONS: dict[str, Any] = {
    "design": _option(_TEXT, "--design", f"{_NAMES}."),
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
        """The window in days: it must be given where the design or the calendar uses one, and nowhere else."""
        uses = calendar or self.design in ("titecrm", "titeboin")
        if uses and self.window is None:
            told = "the calendar" if calendar and self.design not in ("titecrm", "titeboin") else str(self.design)
            raise typer.BadParameter(
                f"{told} needs the window in which DLTs are counted, as in 85d; none is assumed", param_hint="--window"
            )
        if not uses and self.window is not None:
            raise typer.BadParameter(
                f"{self.design} uses no window here: its subjects are settled", param_hint="--window"
            )
        if self.window is None:
            return None
        days = arguments.quantity(self.window, "time", "--window") / 24
        if days < 1:
            raise typer.BadParameter(f"a window has a day or more, got {self.window}", param_hint="--window")
        return days

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

    def escalation(self) -> Escalation:
        """The design as a protocol would name it; what it needs and does not have is wrong usage."""
        from hevesy.plan.escalation.catalogue import unknown_design
        from hevesy.study.protocol import DESIGN_NEEDS, VARIANTS, Escalation

        if self.design is None:
            raise typer.BadParameter("name the design", param_hint="--design")
        if self.design in ("table", "boin12"):
            told = {
                "table": "a table is not for this command: it is for next, oc and paths with --history or --p",
                "boin12": "boin12 needs the responses of the subjects: give a history in notation, as in '1NNE 2EEB'",
            }
            raise typer.BadParameter(told[self.design], param_hint="--design")
        if self.design not in DESIGN_NEEDS:
            raise typer.BadParameter(unknown_design(self.design), param_hint="--design")
        needs = DESIGN_NEEDS[self.design]
        if "variant" not in needs and self.variant is not None:
            raise typer.BadParameter(f"{self.design} has no variants", param_hint="--variant")
        variant = (self.variant or VARIANTS[0]) if "variant" in needs else None
        if variant is not None and variant not in VARIANTS:
            raise typer.BadParameter(f"{variant!r} is none of {', '.join(VARIANTS)}", param_hint="--variant")
        if "target" in needs and (self.target is None or not 0 < self.target < 1):
            raise typer.BadParameter(
                f"{self.design} needs a target DLT rate between 0 and 1, got {self.target}", param_hint="--target"
            )
        if ("skeleton" in needs) != (self.skeleton is not None):
            raise typer.BadParameter(
                "crm and titecrm need the prior DLT rates by level; other designs have none", param_hint="--skeleton"
            )
        size = self.cohort_size or (4 if variant == "modified" else 1 if self.design == "titecrm" else 3)
        five = (
            tuple(arguments.whole_numbers(self.a_plus_b or "3,3,1,1,1", "--a-plus-b", 5))
            if "a_plus_b" in needs
            else None
        )
        return Escalation(
            design=self.design,
            variant=variant,
            cohort_size=size,
            target=self.target if "target" in needs else None,
            n_max=(self.n if self.n is not None else 30) if "n_max" in needs else None,
            skeleton=tuple(arguments.numbers(self.skeleton, "--skeleton")) if self.skeleton is not None else (),
            logistic=self._logistic() if "logistic" in needs else None,
            a_plus_b=(five[0], five[1], five[2], five[3], five[4]) if five is not None else None,
            weights=self.weights or "linear",
        )

    def _logistic(self) -> Any:
        from hevesy.study.protocol import LogisticModel

        if self.reference_dose is None or not math.isfinite(self.reference_dose) or self.prior is None:
            raise typer.BadParameter(
                "blrm needs a prior and a reference dose; they are never assumed",
                param_hint="--prior, --reference-dose",
            )
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

    def built(self, levels: int, *, calendar: bool = False) -> AnyDesign | BOIN12:
        """The design over a number of levels, with the rules that were typed; `calendar` where days count beside it."""
        from dataclasses import replace

        from hevesy.plan.escalation.catalogue import design_named, with_rules
        from hevesy.plan.escalation.tite import TITEBOIN, TITECRM

        if self.design is None:
            raise typer.BadParameter("name the design", param_hint="--design")
        if self.design in ("table", "boin12"):
            self.window_d(calendar=calendar)
            return self._brought(levels) if self.design == "table" else self._boin12(levels)
        plan = self.escalation()
        design = design_named(plan, levels, self.dose_values(), self.window_d(calendar=calendar))
        restraint, rules = self._restraint(), self._rules()
        if restraint is not None:
            if rules:
                raise typer.BadParameter(
                    "rules that stop early do not fit designs with pending subjects", param_hint="--design"
                )
            if not isinstance(design, TITECRM | TITEBOIN):
                raise typer.BadParameter(
                    "only titecrm and titeboin have pending subjects to hold them back",
                    param_hint="--max-pending, --follow-up",
                )
            return replace(design, restraint=restraint)
        return with_rules(design, rules) if rules else design

    def _boin12(self, levels: int) -> BOIN12:
        from hevesy.plan.escalation.boin12 import BOIN12

        if self._rules() or self._restraint() is not None:
            raise typer.BadParameter("boin12 has its own rules of safety; others do not fit it", param_hint="--design")
        return BOIN12(
            levels=levels,
            worth=self.desirability(),
            cohort_size=self.cohort_size or 3,
            n_max=self.n if self.n is not None else 36,
        )

    def desirability(self) -> Desirability:
        """What boin12 tolerates and hopes for; the limits of the paper unless given."""
        from hevesy.plan.escalation.boin12 import Desirability

        usual = Desirability()
        return Desirability(
            toxicity_limit=self.target if self.target is not None else usual.toxicity_limit,
            efficacy_limit=self.response_limit if self.response_limit is not None else usual.efficacy_limit,
        )

    def _rules(self) -> tuple[Rule, ...]:
        """The rules that were typed, in the order in which they apply."""
        from hevesy.plan.escalation.rules import MaximumIncrement, StopAtN, StopWhenToxic, Titration

        rules: list[Rule] = []
        if self.titration:
            rules.append(Titration(cohort_size=self.cohort_size or 3))
        if self.largest_increase is not None:
            if not self.dose_values():
                raise typer.BadParameter("the largest increase is of doses; give them", param_hint="--doses")
            rules.append(MaximumIncrement(doses=self.dose_values(), factor=self.largest_increase))
        if self.safety is not None:
            if self.target is None:
                raise typer.BadParameter("the safety rule needs the target DLT rate", param_hint="--target")
            rules.append(StopWhenToxic(limit=self.target, above=self.safety))
        if self.stop_at is not None:
            rules.append(StopAtN(n=self.stop_at))
        return tuple(rules)

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

    def _brought(self, levels: int) -> AnyDesign:
        """A decision table brought along, as a design."""
        import csv

        from hevesy.plan.escalation.catalogue import with_rules
        from hevesy.plan.escalation.interval import IntervalDesign
        from hevesy.plan.escalation.table import table_rule

        if self.table is None or self.target is None:
            raise typer.BadParameter(
                "a table is given as a file, with the target DLT rate that chooses the MTD",
                param_hint="--table, --target",
            )
        if self.n is None:
            raise typer.BadParameter(
                "a table says what happens at a level; say how many subjects the trial has in all", param_hint="--n"
            )
        path = arguments.existing_file(self.table, "--table")
        with path.open(encoding="utf-8-sig", newline="") as file:
            rule = table_rule(csv.DictReader(file), self.target)
        design = IntervalDesign(rule=rule, levels=levels, cohort_size=self.cohort_size or 3, n_max=self.n)
        rules = self._rules()
        return with_rules(design, rules) if rules else design


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
