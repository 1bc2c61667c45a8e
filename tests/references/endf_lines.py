"""Lines of a decay section (ENDF-6, MF 8, MT 457), read with a regular expression and the counts the records state themselves."""

from __future__ import annotations

import re
from pathlib import Path

FIELD = re.compile(r"([+-]?\d\.\d+)([+-]\d+)")


def _floats(row: str) -> list[float]:
    padded = row[:66].ljust(66)
    found = []
    for at in range(0, 66, 11):
        cell = padded[at : at + 11]
        match = FIELD.fullmatch(cell.strip())
        found.append(float(f"{match[1]}e{match[2]}") if match else float(cell.strip() or 0))
    return found


def lines_keV(path: Path, styp: int) -> list[tuple[float, float]]:
    """Energy in keV and intensity per decay of the discrete lines of a kind (0 gamma, 8 electrons, 9 X rays)."""
    rows = [_floats(row) for row in path.read_text().splitlines()]
    at = 1
    at += 1 + -(-int(rows[at][4]) // 6)
    at += 1 + -(-int(rows[at][4]) // 6)
    found: list[tuple[float, float]] = []
    for _ in range(int(rows[0][5])):
        head, scale = rows[at], rows[at + 1][0]
        at += 2
        for _ in range(int(head[5])):
            energy, count = rows[at][0], int(rows[at][4])
            if int(head[1]) == styp:
                found.append((energy / 1000, rows[at + 1][2] * scale))
            at += 1 + -(-count // 6)
    return found
