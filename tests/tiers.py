"""How many cases a test draws: a twentieth of the full number, unless the bars are run at full size (`make prove`)."""

from __future__ import annotations

import os

FULL = os.environ.get("HEVESY_PROVE") == "1"
"""Whether bars are run at full size."""


def cases(full: int) -> int:
    """The number of cases of this run."""
    return full if FULL else max(full // 20, 10)
