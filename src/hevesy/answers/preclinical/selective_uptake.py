"""Many models in one table: how many take a molecule up selectively."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from hevesy.answers.answer import Answer, picked
from hevesy.answers.asked import TableFile
from hevesy.blocks.number import shown
from hevesy.blocks.prose import said
from hevesy.blocks.table import of_numbers
from hevesy.blocks.table import table as table_of
from hevesy.errors import CannotAnswerError, RuleError
from hevesy.files.columns import require
from hevesy.files.tables import DeliveredRow, DeliveredTable

if TYPE_CHECKING:
    from hevesy.preclinical.xenograft import ModelResult

COMMAND = "follow models"
FACES = ("csv",)

DETERMINED = {"Y": True, "YES": True, "1": True, "N": False, "NO": False, "0": False, "": None}


def selective_uptake(table: Annotated[DeliveredTable, TableFile()]) -> Answer:
    """Many models in one table: how many take the molecule up selectively, with the exceptions by name.

    Columns: model, tumour_type, selective (Y, N, or empty: not determined), and source if there is one.

    Returns the number of selective models of those determined with exact limits of the proportion, the same by tumour
    type, and every exception.
    Refused are rows without their model, a model that stands twice, and tables in which none was determined.
    Source: limits by Clopper and Pearson, Biometrika 1934;26:404.

    Example: print(hevesy.selective_uptake("models.csv"))
    """
    from hevesy.preclinical.xenograft import selectivity

    require(table, ("model", "tumour_type", "selective"))
    results = [_result(table, row) for row in table.rows]
    try:
        found = selectivity(results)
    except RuleError as error:
        raise CannotAnswerError(f"{table.name}: {error}") from None
    limits = found.interval
    heads = [of_numbers(title) for title in ("selective", "determined")]
    rows = [(kind, shown(hits), shown(n)) for kind, hits, n in found.by_type]
    return Answer(
        document={
            **picked(found, "selective", "determined", "not_determined"),
            **picked(limits, "lower", "upper"),
            "by_type": [{"tumour_type": kind, "selective": hits, "determined": n} for kind, hits, n in found.by_type],
            "exceptions": [picked(one, "model", "tumour_type", "source") for one in found.exceptions],
            "because": [found.sentence],
        },
        blocks=(
            said(f"{found.sentence} ({limits.lower:.1%} to {limits.upper:.1%}, exact)"),
            table_of("types", "By tumour type", ("tumour type", *heads), rows),
        ),
    )


def _result(table: DeliveredTable, row: DeliveredRow) -> ModelResult:
    from hevesy.preclinical.xenograft import ModelResult

    word, model = (row.values["selective"] or "").strip().upper(), (row.values["model"] or "").strip()
    if word not in DETERMINED:
        raise CannotAnswerError(
            f"{table.name}, line {row.line}, selective: Y, N or empty (not determined), got {row.values['selective']!r}"
        )
    if not model:
        raise CannotAnswerError(f"{table.name}, line {row.line}, model: a row without its model")
    return ModelResult(
        model=model,
        tumour_type=(row.values["tumour_type"] or "").strip(),
        selective=DETERMINED[word],
        source=row.values.get("source") or "",
    )
