"""How a name becomes an id: safe in a link and in a file name, and different names stay different."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Mapping


def slug(text: str) -> str:
    """Letters and digits of a name, joined by hyphens; two names may give the same.

    >>> slug("Platelet count decreased / 1-01")
    'platelet-count-decreased-1-01'
    """
    kept = "".join(letter if letter.isalnum() and letter.isascii() else " " for letter in text.casefold())
    return "-".join(kept.split())


def token(text: str) -> str:
    """The name itself where it is safe and short, else its slug and part of its hash.

    Different names give different tokens.

    >>> token("2-04"), token("a/../b")
    ('2-04', 'a-b-900ea8b7')
    """
    if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}", text):
        return text
    return f"{slug(text)[:40]}-{hashlib.sha256(text.encode()).hexdigest()[:8]}".strip("-")


def told_apart(wanted: Mapping[str, str]) -> dict[str, str]:
    """An id for each name.

    The one that is wanted, with part of the name's hash where another name wants the same or it is empty.

    >>> told_apart({"Fatigue": "fatigue", "+1": "1", "=1": "1"})
    {'Fatigue': 'fatigue', '+1': '1-c59dc4e4', '=1': '1-8dcf605b'}
    """
    asked = Counter(wanted.values())
    return {
        name: id if id and asked[id] == 1 else f"{id}-{hashlib.sha256(name.encode()).hexdigest()[:8]}".strip("-")
        for name, id in wanted.items()
    }


def sounding(name: str) -> str:
    """A name without what two spellings of it may differ in: letter case, spaces, hyphens, zeros before a number.

    >>> sounding("Reader-1 "), sounding("01")
    ('reader 1', '1')
    """
    return str(int(name)) if re.fullmatch(r"\d+", name) else re.sub(r"[\s._-]+", " ", name.casefold()).strip()


_FORMULA_BEGINS = ("=", "+", "-", "@", "\t", "\r")
_FIGURE = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?(?: ?%)?")


def as_cell(text: str) -> str:
    """A text for a CSV file that people open in a spreadsheet: what would be taken for a formula has a ' before it.

    Figures stay.

    >>> as_cell("=1+1"), as_cell("-0.25"), as_cell("-1.8 %"), as_cell("-2 to 4")
    ("'=1+1", '-0.25', '-1.8 %', "'-2 to 4")
    """
    return f"'{text}" if text.startswith(_FORMULA_BEGINS) and not _FIGURE.fullmatch(text) else text


def printable(text: str) -> str:
    """The text without characters that XML and a screen cannot show."""
    return "".join(
        letter if letter in "\t\n" or (ord(letter) >= 32 and letter not in "\x7f\ufffe\uffff") else "\ufffd"
        for letter in text
    )
