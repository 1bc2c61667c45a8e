"""Several designs under the same scenarios."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import partial
from typing import TYPE_CHECKING, Annotated

from hevesy.answers.answer import Answer, Json
from hevesy.answers.asked import Numbers, Read, Several
from hevesy.answers.compiling import told_if_compiled
from hevesy.answers.plan.asked_calendar import AskedCalendar
from hevesy.answers.plan.asked_design import AskedDesign
from hevesy.answers.plan.asked_trials import (
    COMPLETE,
    NO_CALENDAR,
    ON_THE_CALENDAR,
    WITHOUT,
    Processes,
    Scheduler,
    Seed,
    Trials,
    accrual_of,
    workers_of,
)
from hevesy.answers.progress import tell
from hevesy.blocks.number import Cell, Shown, shown
from hevesy.blocks.prose import said
from hevesy.blocks.section import Block, Section
from hevesy.blocks.table import Table, of_numbers, table
from hevesy.errors import CannotAnswerError, QuestionError, RuleError
from hevesy.study.protocol.escalation import DESIGNS, unknown_design

if TYPE_CHECKING:
    from hevesy.plan.escalation.comparison import Compared, TrueMTD
    from hevesy.plan.escalation.design import DescribedDesign
    from hevesy.plan.escalation.scenario import Accrual
    from hevesy.plan.escalation.simulate import Estimate
    from hevesy.workers import Workers

COMMAND = "plan compare"
FACES = ("csv", "svg")
MOST_DESIGNS, MOST_SCENARIOS = 4, 8
BY_RESPONSE = "boin12 chooses by response and DLT: it has no MTD to compare; ask for it by itself (⟦plan oc⟧)"
LEFT = {"variant": "variant", "skeleton": "skeleton", "window_d": "window", "max_pending": "max_pending",
        "follow_up": "follow_up", "stop_at": "stop_at", "safety": "safety",
        "largest_increase": "largest_increase", "titration": "titration"}  # fmt: skip
"""Fields of a design that others refuse, by the names they are asked by: each is left to the designs that use it."""


@dataclass(frozen=True, slots=True)
class _Scenario:
    """True DLT rates by level, and their name where they have one."""

    name: str
    p: tuple[float, ...]


def _scenario(text: str) -> _Scenario:
    """Rates between commas, after a name where there is one."""
    name, named, rates = text.rpartition("=")
    if named and not name.strip():
        raise RuleError(f"{text!r} has no name before its rates")
    return _Scenario(name.strip(), Numbers().read(rates))


def _scenario_of(given: object) -> _Scenario:
    """Rates, or a pair of a name and rates."""
    if isinstance(given, _Scenario):
        return given
    if isinstance(given, Sequence) and len(given) == 2 and isinstance(given[0], str):
        return _Scenario(given[0].strip(), Numbers().read(given[1]))
    if not isinstance(given, Sequence):
        raise RuleError(f"a scenario is a list of DLT rates by level, got {given!r}")
    return _Scenario("", Numbers().read(given))


def _names(text: str) -> str:
    """Two to four names of designs, each once."""
    names = [name.strip() for name in text.split(",")]
    if not 2 <= len(names) <= MOST_DESIGNS or len(set(names)) < len(names):
        raise RuleError(f"two to {MOST_DESIGNS} different designs are compared, got {text!r}")
    for name in names:
        if name not in DESIGNS:
            raise RuleError(unknown_design(name))
    if "boin12" in names:
        raise RuleError(BY_RESPONSE)
    return ",".join(names)


def _names_of(given: object) -> str:
    if not isinstance(given, Sequence) or not all(isinstance(one, str) for one in given):
        raise RuleError(f"designs are named, as in boin,crm; got {given!r}")
    return _names(",".join(given))


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedDesigns(AskedDesign):
    """The designs and their rules. What each takes is the same for all; what it does not is left out."""

    design: Annotated[
        str | None,
        Read("Two to four, as in three-plus-three,boin,crm.", "NAMES", "designs", reader=_names, of_value=_names_of),
    ] = None

    @property
    def names(self) -> tuple[str, ...]:
        """The designs by name."""
        return tuple(self.design.split(",")) if self.design is not None else ()

    def each(self, *, on_calendar: bool) -> dict[str, AskedDesign]:
        """Every design as if it were asked for alone; a field that none of them uses is refused."""
        from hevesy.plan.escalation.catalogue import STOPPED_EARLY

        given = {one.name: getattr(self, one.name) for one in fields(AskedDesign)}
        usual = {one.name: one.default for one in fields(AskedDesign)}
        taken: dict[str, dict[str, bool]] = {}
        for name in self.names:
            words, early = DESIGNS[name], name in STOPPED_EARLY
            taken[name] = {
                "variant": words.takes("variant"),
                "skeleton": words.takes("skeleton"),
                "window_d": words.counts_pending or on_calendar,
                **dict.fromkeys(("max_pending", "follow_up"), words.counts_pending),
                **dict.fromkeys(("stop_at", "safety", "largest_increase", "titration"), early),
            }
        for field, asked in LEFT.items():
            if given[field] != usual[field] and not any(takes[field] for takes in taken.values()):
                raise QuestionError(f"none of {', '.join(self.names)} uses ⟦{asked}⟧ here", asked)
        return {
            name: AskedDesign(**given | {"design": name} | {one: usual[one] for one in LEFT if not takes[one]})
            for name, takes in taken.items()
        }


def compared_designs(
    *,
    p: Annotated[
        Sequence[_Scenario],
        Several(
            "True DLT rates by level, named as in flat=0.1,0.1,0.2; give several.",
            "RATES",
            reader=_scenario,
            of_value=_scenario_of,
        ),
    ] = (),
    trials: Trials = None,
    seed: Seed = 1,
    workers: Processes = 1,
    scheduler: Scheduler = None,
    calendar: AskedCalendar,
    by: AskedDesigns,
) -> Answer:
    """Two to four designs side by side under the same scenarios: selected, subjects, DLTs, how long.

    What a design has exactly is exact; what it has not, and the duration on the calendar, is simulated from one seed,
    patient by patient the same luck for every design. A field that a design does not know is left to those that do.

    Returns of each scenario the true MTD (the highest level not above the target) and the level nearest to the target,
    and of each design how often no level and each level is selected, how often the right one, subjects and DLTs by
    level, days, all with standard errors.
    Refused is the whole question where one design is (with its name and reason), so that none is left out unsaid; so
    are more than four designs or eight scenarios, scenarios of different numbers of levels, a field that none uses.
    Source: as of each design; docs/decisions/0010.

    >>> import hevesy
    >>> found = hevesy.compared_designs(designs="three-plus-three,boin", target=0.25, n=12, p=["0.1,0.3"]).document
    >>> [(one["design"], round(one["correct"], 4)) for one in found["scenarios"][0]["designs"]]
    [('three-plus-three', 0.4583), ('boin', 0.4173)]
    """
    scenarios = _scenarios(p)
    if not by.names:
        raise QuestionError(f"name two to {MOST_DESIGNS} designs", "designs")
    if trials is None and calendar.given:
        raise QuestionError(NO_CALENDAR, *calendar.given)
    if by.target is not None and not 0 < by.target < 1:
        raise QuestionError(f"a target DLT rate lies between 0 and 1, got {by.target:g}", "target")
    needed = trials is not None and any(name in ON_THE_CALENDAR for name in by.names)
    on_calendar = trials is not None and (calendar.arrivals_per_d is not None or needed)
    count = by.level_count_with(scenarios[0].p)
    designs = {name: _built(name, one, count, on_calendar) for name, one in by.each(on_calendar=on_calendar).items()}
    accrual, told = accrual_of(by, calendar, needed=needed)
    found = _compared(designs, scenarios, accrual, calendar, (trials, seed), workers_of(workers, scheduler))
    return _answer(by, designs, scenarios, found, (trials, seed), told)


def _scenarios(given: Sequence[_Scenario]) -> list[_Scenario]:
    if not 1 <= len(given) <= MOST_SCENARIOS:
        raise QuestionError(f"give the true DLT rates by level of one to {MOST_SCENARIOS} scenarios", "p")
    scenarios = [_Scenario(one.name or f"scenario {place}", one.p) for place, one in enumerate(given, start=1)]
    if len({one.name for one in scenarios}) < len(scenarios):
        raise QuestionError("two scenarios have one name", "p")
    if len({len(one.p) for one in scenarios}) > 1:
        told = ", ".join(f"{one.name}: {len(one.p)}" for one in scenarios)
        raise QuestionError(f"scenarios have the same number of levels, got {told}", "p")
    for one in scenarios:
        if not all(0 <= rate <= 1 for rate in one.p):
            raise QuestionError(f"a DLT rate lies in 0..1, got {', '.join(f'{rate:g}' for rate in one.p)}", "p")
    return scenarios


def _built(name: str, asked: AskedDesign, levels: int, on_calendar: bool) -> DescribedDesign:
    """A design; what is refused of it is told with its name."""
    try:
        return asked.built(levels, calendar=on_calendar)
    except QuestionError as error:
        raise QuestionError(f"{name}: {error.args[0]}", *error.fields) from error
    except RuleError as error:
        raise RuleError(f"{name}: {error.args[0]}", field=error.field) from error
    except CannotAnswerError as error:
        raise CannotAnswerError(f"{name}: {error.args[0]}") from error


def _compared(
    designs: Mapping[str, DescribedDesign],
    scenarios: Sequence[_Scenario],
    accrual: Accrual | None,
    calendar: AskedCalendar,
    drawn: tuple[int | None, int],
    workers: Workers,
) -> Mapping[tuple[str, str], Compared]:
    """Every design in every scenario, by the names of both."""
    from hevesy.plan.escalation.comparison import compare
    from hevesy.plan.escalation.scenario import Scenario

    trials, seed = drawn
    true = [Scenario(name=one.name, p=one.p, onset=calendar.law()) for one in scenarios]
    if trials is None:
        return {(one.scenario, one.design): one for one in compare(designs, true, None, None, seed)}
    kernels = {kernel for name in designs for kernel in ON_THE_CALENDAR.get(name, COMPLETE)} if accrual else WITHOUT
    found: dict[tuple[str, str], Compared] = {}
    with told_if_compiled(*(f"trials.{name}" for name in sorted(kernels))):
        told = partial(_tell, found, trials, len(true) * len(designs))
        for one in compare(designs, true, accrual, trials, seed, workers, told):
            found[one.scenario, one.design] = one
    return found


def _tell(found: Mapping[tuple[str, str], Compared], trials: int, runs: int, done: int) -> None:
    tell("trials", len(found) * trials + done, runs * trials)


def _answer(
    by: AskedDesign,
    designs: Mapping[str, DescribedDesign],
    scenarios: Sequence[_Scenario],
    found: Mapping[tuple[str, str], Compared],
    drawn: tuple[int | None, int],
    told: Sequence[str],
) -> Answer:
    from hevesy.plan.escalation.comparison import true_mtd

    trials, seed = drawn
    right = {one.name: true_mtd(one.p, by.target) for one in scenarios}
    simulated = any(not one.exact or one.duration_d is not None for one in found.values())
    because = [f"{name}: {design.in_short}" for name, design in designs.items()]
    if trials is not None:
        because.append(
            f"{trials:,} simulated trials of each, seed {seed}; the same virtual patients for every design"
            if simulated
            else "every design has exact results here: no trial was simulated"
        )
    because += told
    each = [
        {
            "name": one.name,
            "p": list(one.p),
            "true_mtd": right[one.name].level or None,
            "nearest": right[one.name].nearest,
            "because": right[one.name].because,
            "designs": [_document(found[one.name, name], right[one.name]) for name in designs],
        }
        for one in scenarios
    ]
    blocks: list[Block] = []
    for place, one in enumerate(scenarios, start=1):
        blocks += _of_scenario(place, one, right[one.name], [found[one.name, name] for name in designs])
    words = next(place for place, block in enumerate(blocks) if isinstance(block, Table))
    # After the answer in words and before the other tables: it is the one that is printed by itself.
    blocks.insert(words, Section(id="by-row", title="By row", blocks=(_by_row(scenarios, found),), folded=True))
    return Answer(
        document={"scenarios": each, "target": by.target, "trials": trials if simulated else None,
                  "seed": seed if simulated else None, "because": because},
        blocks=(*blocks, *map(said, because)),
    )  # fmt: skip


def _document(one: Compared, right: TrueMTD) -> dict[str, Json]:
    parts = {"selected": one.selected, "mean_n": one.n, "mean_dlt": one.dlt}
    single = {
        "expected_n": one.subjects,
        "expected_dlt": one.dlts,
        "correct": one.selected[right.level] if right.level is not None else None,
        "selected_nearest": one.selected[right.nearest] if right.nearest is not None else None,
        "duration_d": one.duration_d,
    }
    return {
        "design": one.design,
        "method": "exact" if one.exact else "simulation",
        **{name: [each.mean for each in part] for name, part in parts.items()},
        **{name: each.mean if each is not None else None for name, each in single.items()},
        "standard_error": max(each.standard_error for each in one.selected),
        "standard_errors": {
            **{name: [each.standard_error for each in part] for name, part in parts.items()},
            **{name: each.standard_error if each is not None else None for name, each in single.items()},
        },
    }


def _of_scenario(place: int, scenario: _Scenario, right: TrueMTD, found: Sequence[Compared]) -> list[Block]:
    """What is right in a scenario and how often each design selects it, then the table and the figure."""
    from hevesy.readout.figures.decisions import selection_figure

    rates = ", ".join(f"{rate:g}" for rate in scenario.p)
    blocks: list[Block] = [
        said(f"{scenario.name} ({rates}): {'; '.join(_answers(right, found))}.",
             tone="answer" if right.level is not None else "caution")
    ]  # fmt: skip
    if right.level is not None and right.nearest not in (None, right.level):
        nearest = f"Level {right.nearest} ({scenario.p[right.nearest - 1]:g}) is nearest to the target"
        blocks.append(said(f"{nearest}: selected by {_often(found, right.nearest)}.", tone="caution"))
    drawn = [(one.design, [each.mean for each in one.selected]) for one in found]
    return [*blocks, _table(place, scenario, right, found), selection_figure(drawn, f"selection-{place}", "design")]


def _answers(right: TrueMTD, found: Sequence[Compared]) -> Iterator[str]:
    yield right.because
    if right.level is not None:
        yield f"selected by {_often(found, right.level)}"


def _often(found: Sequence[Compared], level: int) -> str:
    """How often each design selects a level, best first."""
    best = sorted(found, key=lambda one: -one.selected[level].mean)
    return ", ".join(f"{one.design} in {_share(one.selected[level])}" for one in best)


def _share(one: Estimate) -> str:
    error = f" (SE {100 * one.standard_error:.2f} %)" if one.standard_error else ""
    return f"{100 * one.mean:.1f} %{error}"


def _table(place: int, scenario: _Scenario, right: TrueMTD, found: Sequence[Compared]) -> Table:
    """Designs as rows."""
    levels = [f"level {level} ({rate:g})" for level, rate in enumerate(scenario.p, start=1)]
    columns = [of_numbers(title, under="selected, %") for title in ("none", *levels)]
    columns += [of_numbers("right", "%"), of_numbers("subjects"), of_numbers("DLTs")]
    timed = any(one.duration_d is not None for one in found)
    columns += [of_numbers("duration", "d")] * timed
    rows = [
        (
            one.design,
            *map(_percent, one.selected),
            _percent(one.selected[right.level]) if right.level is not None else shown(None, absent="not known"),
            _mean(one.subjects, 2),
            _mean(one.dlts, 2),
            *([_mean(one.duration_d, 0)] if one.duration_d is not None else []),
            "exact" if one.exact else "simulation",
        )
        for one in found
    ]
    note = "Means over trials; SE is the standard error of a simulated one. Right: the true MTD, or none."
    return table(
        f"scenario-{place}", f"Designs under {scenario.name}", ("design", *columns, "selection by"), rows, note
    )


def _by_row(scenarios: Sequence[_Scenario], found: Mapping[tuple[str, str], Compared]) -> Table:
    """A row for each scenario, design and level, 0 for none."""
    rows: list[tuple[Cell, ...]] = []
    rates = {one.name: one.p for one in scenarios}
    for one in found.values():
        for level, chance in enumerate(one.selected):
            n, dlt = (one.n[level - 1], one.dlt[level - 1]) if level else (None, None)
            errors = (shown(each.standard_error if each is not None else None) for each in (chance, n, dlt))
            means = (shown(each.mean if each is not None else None) for each in (chance, n, dlt))
            rate = rates[one.scenario][level - 1] if level else None
            rows.append((one.scenario, one.design, shown(level), shown(rate), *means, *errors))
    names = ("level", "p", "selected", "subjects", "DLT", "SE of selected", "SE of subjects", "SE of DLT")
    return table("compared", "Designs by scenario and level", ("scenario", "design", *map(of_numbers, names)), rows)


def _percent(one: Estimate) -> Shown:
    return _mean(type(one)(100 * one.mean, 100 * one.standard_error), 1)


def _mean(one: Estimate, digits: int) -> Shown:
    error = f" (SE {one.standard_error:.{digits + 1}f})" if one.standard_error else ""
    return Shown(one.mean, f"{one.mean:.{digits}f}{error}")
