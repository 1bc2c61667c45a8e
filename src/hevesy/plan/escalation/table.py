"""Decision tables brought along, as the rule of an interval design."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from hevesy.errors import CannotAnswerError, RuleError
from hevesy.plan.escalation.design import Answer
from hevesy.plan.escalation.interval_rules import by_table_of


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRule:
    """A decision table brought along, as the rule of an interval design: an answer for each (n, DLTs) it may meet."""

    target: float
    answers: tuple[tuple[tuple[int, int], Answer], ...]

    def __post_init__(self) -> None:
        if not 0 < self.target < 1:
            raise RuleError(f"a target DLT rate lies between 0 and 1, got {self.target:g}")

    @property
    def in_short(self) -> str:
        """Its name and the target."""
        return f"table brought along, target {self.target:g}"

    @property
    def how(self) -> str:
        """How it decides."""
        return by_table_of("the table brought along")

    @property
    def closes(self) -> str:
        """When a level is never given again."""
        return "A level the table marks X is closed with all above it"

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
