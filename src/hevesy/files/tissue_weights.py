"""Tissue weights that the user has: a table of the columns target and weight."""

from __future__ import annotations

import csv
import math
from pathlib import Path

from hevesy.errors import DeliveryError, shown
from hevesy.files.columns import number_of

COLUMNS = ("target", "weight")
LARGEST_BYTES = 1_000_000


def read_tissue_weights(path: Path) -> tuple[tuple[str, float], ...]:
    """Weights by target, in the order of the file; comma-separated, the first line names the columns.

    Refused: other columns, a target twice, a weight that is no number of 0 or more.
    """
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise DeliveryError(f"{path.name}: tissue weights have at most {LARGEST_BYTES:,} bytes")
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise DeliveryError(f"{path.name}: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise DeliveryError(f"{path.name} is not a text in UTF-8") from None
    lines = [
        (number, [cell.strip() for cell in line])
        for number, line in enumerate(csv.reader(text.splitlines()), start=1)
        if any(cell.strip() for cell in line)
    ]
    if not lines or tuple(lines[0][1]) != COLUMNS:
        told = shown(",".join(lines[0][1])) if lines else "nothing"
        raise DeliveryError(f"{path.name}: the first line is target,weight, got {told}")
    found: dict[str, float] = {}
    for number, cells in lines[1:]:
        if len(cells) != len(COLUMNS):
            raise DeliveryError(
                f"{path.name}, line {number}: a target and its weight are needed, got {len(cells)} cells"
            )
        target, weight = cells[0], _weight(cells[1])
        if weight is None:
            raise DeliveryError(f"{path.name}, line {number}: a weight is a number of 0 or more, got {shown(cells[1])}")
        if target in found:
            raise DeliveryError(f"{path.name}, line {number}: {target!r} stands twice")
        found[target] = weight
    return tuple(found.items())


def _weight(text: str) -> float | None:
    value = number_of(text)
    return value if value is not None and math.isfinite(value) and value >= 0 else None
