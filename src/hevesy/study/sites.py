"""The names of centres: told apart as they are written, and held to be alike where they read the same."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable


def written_alike(sites: Iterable[str]) -> tuple[tuple[str, ...], ...]:
    """Names that differ in nothing but zeros in front of a number, letter case, width or spaces.

    One centre or two is a question.

    >>> written_alike(["01", "1", "2", "us-07", "US-7"])
    (('01', '1'), ('US-7', 'us-07'))
    """
    by_reading: dict[str, set[str]] = {}
    for site in sites:
        plain = "".join(unicodedata.normalize("NFKC", site).casefold().split())
        by_reading.setdefault(re.sub(r"(?<!\d)0+(?=\d)", "", plain), set()).add(site)
    return tuple(tuple(sorted(names)) for _, names in sorted(by_reading.items()) if len(names) > 1)
