"""Readings, marks and cases in the rows of a table, each cell refused with its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from hevesy.errors import CannotAnswerError
from hevesy.files.columns import number_in
from hevesy.files.tables import DeliveredRow, DeliveredTable

if TYPE_CHECKING:
    from hevesy.find.readers import Lesions, Mark, Rated

DISEASED = ("1", "yes", "y", "true", "positive", "pos", "diseased", "disease", "abnormal")
HEALTHY = ("0", "no", "n", "false", "negative", "neg", "healthy", "nondiseased", "non-diseased", "normal")
ON, BESIDE = "ll", "nl"


def readings_in(table: DeliveredTable) -> list[Rated]:
    """The rows of a table with case, reader, modality, truth and rating."""
    from hevesy.find.readers import Rated

    at = _columns(table, "case", "reader", "modality", "truth", "rating")
    return [
        Rated(
            case=_name(table, row, at["case"]),
            reader=_name(table, row, at["reader"]),
            modality=_name(table, row, at["modality"]),
            diseased=_truth(table, row, at["truth"]),
            rating=number_in(table, row, at["rating"]),
            place=_place(table, row),
        )
        for row in table.rows
    ]


def marks_in(table: DeliveredTable, diseased: Mapping[str, bool]) -> list[Mark]:
    """The rows of a table with modality, reader, case, type (NL, LL), lesion and rating.

    Where it says whether a case is diseased, that is held against `diseased` by case.
    """
    from hevesy.find.readers import Mark

    at = _columns(table, "modality", "reader", "case", "type", "lesion", "rating", also=("diseased",))
    marks = []
    for row in table.rows:
        case = _name(table, row, at["case"])
        if at["diseased"] and case in diseased and _truth(table, row, at["diseased"]) != diseased[case]:
            raise CannotAnswerError(
                f"{_place(table, row)}, {at['diseased']}: case {case} is {_called(not diseased[case])} here and "
                f"{_called(diseased[case])} among the cases"
            )
        marks.append(
            Mark(
                case=case,
                reader=_name(table, row, at["reader"]),
                modality=_name(table, row, at["modality"]),
                lesion=_lesion(table, row, at),
                rating=number_in(table, row, at["rating"]),
                place=_place(table, row),
            )
        )
    return marks


def cases_in(table: DeliveredTable) -> list[Lesions]:
    """The rows of a table with case, diseased and lesions (how many), and weights of the lesions as in 0.7;0.3."""
    from hevesy.find.readers import Lesions

    at = _columns(table, "case", "diseased", "lesions", also=("weights",))
    cases = []
    for row in table.rows:
        count, diseased = _whole(table, row, at["lesions"]), _truth(table, row, at["diseased"])
        if count < 0 or diseased != (count > 0):
            raise CannotAnswerError(
                f"{_place(table, row)}, {at['lesions']}: a diseased case has a lesion or more and a healthy one none, "
                f"got {count} of one that is {_called(diseased)}"
            )
        cases.append(
            Lesions(
                case=_name(table, row, at["case"]),
                number=count,
                weights=tuple(_weights(table, row, at["weights"])),
                place=_place(table, row),
            )
        )
    return cases


def _columns(table: DeliveredTable, *needed: str, also: tuple[str, ...] = ()) -> dict[str, str]:
    """The column of each name, however its letters are written; one that need not be there is an empty text."""
    found: dict[str, str] = {}
    for name in (*needed, *also):
        fitting = [column for column in table.columns if column.strip().casefold() == name]
        if len(fitting) > 1:
            raise CannotAnswerError(f"{table.name}: the columns {' and '.join(fitting)} are both called {name}")
        if not fitting and name in needed:
            raise CannotAnswerError(
                f"{table.name} has no column {name!r}; it has {', '.join(table.columns)}, and {', '.join(needed)} are "
                "needed"
            )
        found[name] = fitting[0] if fitting else ""
    return found


def _place(table: DeliveredTable, row: DeliveredRow) -> str:
    return f"{table.name}, line {row.line}"


def _text(row: DeliveredRow, column: str) -> str:
    return (row.values.get(column) or "").strip()


def _name(table: DeliveredTable, row: DeliveredRow, column: str) -> str:
    if text := _text(row, column):
        return text
    raise CannotAnswerError(f"{_place(table, row)}, {column}: the cell is empty, a name is needed")


def _truth(table: DeliveredTable, row: DeliveredRow, column: str) -> bool:
    text = _text(row, column).casefold()
    word = {"1.0": "1", "0.0": "0"}.get(text, text)
    if word in DISEASED or word in HEALTHY:
        return word in DISEASED
    raise CannotAnswerError(
        f"{_place(table, row)}, {column}: {_text(row, column)!r} does not say whether the case is diseased; write "
        "1 or 0, yes or no, positive or negative"
    )


def _called(diseased: bool) -> str:
    return "diseased" if diseased else "healthy"


def _whole(table: DeliveredTable, row: DeliveredRow, column: str) -> int:
    found = number_in(table, row, column)
    if found != int(found):
        raise CannotAnswerError(f"{_place(table, row)}, {column}: a whole number is needed, got {found:g}")
    return int(found)


def _lesion(table: DeliveredTable, row: DeliveredRow, at: Mapping[str, str]) -> int | None:
    """The lesion that is marked, None beside them."""
    kind, named = _text(row, at["type"]).casefold(), _text(row, at["lesion"])
    empty = named.casefold() in ("", "na", ".")
    if kind == ON and not empty:
        return _whole(table, row, at["lesion"])
    if kind == BESIDE and empty:
        return None
    place = _place(table, row)
    if kind not in (ON, BESIDE):
        raise CannotAnswerError(
            f"{place}, {at['type']}: {_text(row, at['type'])!r} is neither LL (a mark on a lesion) nor NL (beside them)"
        )
    words = "a mark on a lesion (LL) names it" if empty else f"a mark beside the lesions (NL) names none, got {named!r}"
    raise CannotAnswerError(f"{place}, {at['lesion']}: {words}")


def _weights(table: DeliveredTable, row: DeliveredRow, column: str) -> Iterator[float]:
    for part in filter(None, map(str.strip, _text(row, column).split(";"))) if column else ():
        try:
            yield float(part)
        except ValueError:
            raise CannotAnswerError(
                f"{_place(table, row)}, {column}: {part!r} is not a weight; write those of the lesions as in 0.7;0.3"
            ) from None
