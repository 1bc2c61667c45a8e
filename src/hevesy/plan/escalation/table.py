"""Decision tables: what a design that decides level by level does with each count, to print or to bring along."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from hevesy.errors import CannotAnswerError, RuleError
from hevesy.plan.escalation.catalogue import AnyDesign
from hevesy.plan.escalation.design import parse_history
from hevesy.plan.escalation.interval import IntervalDesign
from hevesy.plan.escalation.interval_rules import Answer
from hevesy.plan.escalation.rules import Ruled
from hevesy.plan.escalation.three_plus_three import ThreePlusThree


class Cell(NamedTuple):
    """A decision (E, S, D or X) with so many subjects and DLTs at the present level."""

    n: int
    dlts: int
    decision: Answer


def decision_table(design: AnyDesign, n_max: int) -> tuple[Cell, ...]:
    """The decision with each number of subjects and DLTs at a level in the middle; up to `n_max` subjects.

    >>> from hevesy.plan.escalation.three_plus_three import three_plus_three
    >>> "".join(cell.decision for cell in decision_table(three_plus_three("no-de-escalation", 3), 6))
    'ESDDEDDD'
    """
    if isinstance(design, Ruled):
        return decision_table(design.design, n_max)  # type: ignore[arg-type]
    if isinstance(design, IntervalDesign):
        return tuple(Cell(n, dlt, design.rule.at(n, dlt)) for n in range(1, n_max + 1) for dlt in range(n + 1))
    if isinstance(design, ThreePlusThree):
        return tuple(_of_three_plus_three(design))
    raise RuleError(
        f"{type(design).__name__} has no table: its answer depends on every level, or on time; "
        "see `plan paths` or `plan fit`"
    )


def _of_three_plus_three(design: ThreePlusThree) -> Iterable[Cell]:
    middle = ThreePlusThree(
        levels=3,
        variant=design.variant,
        first=design.first,
        more=design.more,
        up_at_most=design.up_at_most,
        add_at_most=design.add_at_most,
        up_at_most_of_all=design.up_at_most_of_all,
        de_escalation=design.de_escalation,
    )
    words: dict[str, Answer] = {"escalate": "E", "stay": "S", "de-escalate": "D", "stop": "D"}
    below = "1" + "N" * middle.first
    added = []
    for dlt in range(middle.first + 1):
        history = f"{below} 2{'N' * (middle.first - dlt)}{'T' * dlt}"
        answer = words[middle.decide(parse_history(history)).action]
        added += [dlt] if answer == "S" else []
        yield Cell(middle.first, dlt, answer)
    if not added:
        return
    first = added[0]
    for more in range(middle.more + 1):
        history = f"{below} 2{'N' * (middle.first - first)}{'T' * first} 2{'N' * (middle.more - more)}{'T' * more}"
        yield Cell(middle.first + middle.more, first + more, words[middle.decide(parse_history(history)).action])


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRule:
    """A decision table brought along, as the rule of an interval design: an answer for each (n, DLTs) it may meet."""

    target: float
    answers: tuple[tuple[tuple[int, int], Answer], ...]

    def __post_init__(self) -> None:
        if not 0 < self.target < 1:
            raise RuleError(f"a target DLT rate lies between 0 and 1, got {self.target:g}")

    def at(self, n: int, dlt: int) -> Answer:
        """The answer of the table; a count that is not in it is refused, not guessed."""
        found = dict(self.answers).get((n, dlt))
        if found is None:
            raise CannotAnswerError(f"the table has no decision for {dlt} DLTs among {n}")
        return found


def table_rule(rows: Iterable[Mapping[str, str]], target: float) -> TableRule:
    """A rule from rows with `n`, `dlts` and `decision` (E, S, D or X); every count up to the largest n must be decided.

    More DLTs at the same n must not lead to a higher dose.
    """
    order: dict[str, int] = {"E": 0, "S": 1, "D": 2, "X": 3}
    answers: dict[tuple[int, int], Answer] = {}
    for place, row in enumerate(rows, start=1):
        try:
            n, dlts, decision = int(row["n"]), int(row["dlts"]), row["decision"].strip().upper()
        except (KeyError, ValueError) as error:
            raise RuleError(
                f"row {place}: n and dlts are whole numbers and decision is E, S, D or X; {error}"
            ) from error
        if n < 1 or not 0 <= dlts <= n or decision not in order:
            raise RuleError(
                f"row {place}: 0 <= dlts <= n and decision is E, S, D or X, got n {n}, dlts {dlts}, "
                f"decision {decision!r}"
            )
        if answers.get((n, dlts), decision) != decision:
            raise RuleError(f"row {place}: {dlts} DLTs among {n} was decided differently before")
        answers[n, dlts] = decision  # type: ignore[assignment]
    sizes = {n for n, _ in answers}
    for n in sorted(sizes):
        row_of = [answers.get((n, dlts)) for dlts in range(n + 1)]
        if None in row_of:
            raise RuleError(f"n {n}: no decision for {row_of.index(None)} DLTs")
        if [order[str(one)] for one in row_of] != sorted(order[str(one)] for one in row_of):
            raise RuleError(f"n {n}: more DLTs must not lead to a higher dose, got {' '.join(map(str, row_of))}")
    if not answers:
        raise RuleError("the table has no rows")
    return TableRule(target=target, answers=tuple(sorted(answers.items())))
