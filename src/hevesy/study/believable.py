"""What nobody could believe.

A value outside the bounds of its quantity is questioned until it is corrected or confirmed.

A questioned value is kept and shown, and nothing rests on it. Whether a value is questioned is derived and never
stored; that somebody confirmed it is an entry of the record. The bounds ship as a table and may be set by the protocol,
since diseases differ.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from hevesy.provenance import shipped_table
from hevesy.study.dates import When
from hevesy.study.protocol import BelievableRange, TrialProtocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Questioned:
    """A delivered value that is not used.

    The ledger row, what it is, the value as delivered with its unit, and why it is questioned.
    """

    subject: str
    row: int
    quantity: str
    value: str
    on: When | None
    because: str

    def __str__(self) -> str:
        day = f" on {self.on}" if self.on is not None else ""
        return f"{self.quantity} {self.value}{day} (row {self.row}): {self.because}"


REMEDY = "questioned: correct it, or confirm that it is right"
"""What settles a questioned value."""


@cache
def usual_ranges() -> dict[str, BelievableRange]:
    """The shipped bounds by quantity, in the internal unit."""
    rows, _ = shipped_table("study", "believable")
    return {
        row["quantity"]: BelievableRange(
            quantity=row["quantity"], lower=float(row["lower"]), upper=float(row["upper"]), unit=row["unit"]
        )
        for row in rows
    }


def range_of(quantity: str, protocol: TrialProtocol) -> BelievableRange:
    """The bounds of a quantity: the protocol's own, else those that ship."""
    return next((own for own in protocol.believable if own.quantity == quantity), None) or usual_ranges()[quantity]


def beyond(quantity: str, value: float, protocol: TrialProtocol) -> str | None:
    """Why a value in the internal unit is not believed, or None.

    >>> usual_ranges()["platelets"].beyond(15000)
    'outside 0..3000 10^9/L'
    """
    return range_of(quantity, protocol).beyond(value)
