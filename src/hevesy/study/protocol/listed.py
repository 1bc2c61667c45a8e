"""Rules of what a plan lists: each once, and known by name."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable

from hevesy.errors import FieldError


def once(names: Iterable[str], field: str, what: str) -> None:
    """FieldError where a name stands twice."""
    for name, count in Counter(names).items():
        if count > 1:
            raise FieldError(field, f"a {what} stands once, {name!r} stands {count} times", name)


def known(name: str, names: Iterable[str], field: str, what: str) -> None:
    """FieldError with the nearest names where one is none of them."""
    there = list(dict.fromkeys(names))
    if name not in there:
        raise FieldError(field, f"{name!r} is no {what}; {nearest(name, there)}", name)


def nearest(name: str, names: Iterable[str]) -> str:
    """The names near one that is not known, or all there are.

    >>> nearest("kidney", ("liver", "kidneys"))
    'nearest are kidneys'
    """
    folded = {one.casefold(): one for one in names}
    near = difflib.get_close_matches(name.casefold(), folded, n=3, cutoff=0.5)
    if near:
        return f"nearest are {', '.join(folded[one] for one in near)}"
    return f"there are {', '.join(folded.values()) or 'none'}"
