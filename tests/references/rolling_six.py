"""Rolling six by the decision table as it is printed: Skolnik and others, J Clin Oncol 2008;26:190, table 1.

A row: number enrolled at the level, with DLT, without DLT (a range), and the decision. Not known yet is whoever is left.
"""

from __future__ import annotations

Counts = tuple[int, int, int]
"""With DLT, without, not known yet."""

ROWS = """
1 0 0-1 same
1 1 0 same
2 0 0-2 same
2 1 0-1 same
2 2 0 down
3 0 0-2 same
3 0 3 up
3 1 0-2 same
3 2+ any down
4 0 0-3 same
4 0 4 up
4 1 0-3 same
4 2+ any down
5 0 0-4 same
5 0 5 up
5 1 0-4 same
5 2+ any down
6 0 0-4 suspend
6 0 5-6 up
6 1 0-4 suspend
6 1 5 up
6 2+ any down
"""


def decisions() -> dict[Counts, str]:
    """The table with its ranges written out."""
    found: dict[Counts, str] = {(0, 0, 0): "same"}
    for row in ROWS.split("\n")[1:-1]:
        number, with_dlt, without, decision = row.split()
        n = int(number)
        for dlt in range(2, n + 1) if with_dlt == "2+" else [int(with_dlt)]:
            low, _, high = (f"0-{n - dlt}" if without == "any" else without).partition("-")
            for none in range(int(low), int(high or low) + 1):
                found[dlt, none, n - dlt - none] = decision
    return found


TABLE = decisions()


def answer(given: dict[int, Counts], present: int, levels: int) -> tuple[str, int | None, int, int | None]:
    """Action, level, places and MTD when the last subject was at `present`; counts that permit the levels given.

    Going down, a level is filled to six; six of which fewer than two had a DLT are the MTD.
    """
    level, came_from = present, 0
    while True:
        counts = given.get(level, (0, 0, 0))
        moved = "stay" if level == present else "escalate" if level > present else "de-escalate"
        places = 6 - sum(counts)
        if TABLE[counts] == "down":
            if level == 1:
                return "stop", None, 0, None
            came_from, level = level, level - 1
        elif level + 1 == came_from or TABLE[given.get(level + 1, (0, 0, 0))] == "down":
            if places:
                return moved, level, places, None
            return ("wait", level, 0, None) if counts[2] else ("stop", None, 0, level)
        elif TABLE[counts] == "same":
            return moved, level, places, None
        elif TABLE[counts] == "suspend":
            return "wait", level, 0, None
        elif level == levels:
            return "stop", None, 0, level
        else:
            level += 1
