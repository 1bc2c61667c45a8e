"""Adverse-event terms against CTCAE 5.0 and 6.0: known as written, known under another spelling, or not.

Never changed silently.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from hevesy.errors import RuleError
from hevesy.provenance import shipped_table

VERSIONS = ("5.0", "6.0")
_BRITISH = (
    ("anaem", "anem"), ("haem", "hem"), ("aem", "em"), ("oede", "ede"), ("oesoph", "esoph"), ("diarrhoea", "diarrhea"),
    ("paed", "ped"),
    ("paen", "pen"), ("tumour", "tumor"), ("isation", "ization"), ("faec", "fec"), ("leucoc", "leukoc"),
    ("gynaec", "gynec"),
    ("aesth", "esth"), ("dyspnoea", "dyspnea"), ("apnoea", "apnea"), ("caem", "cem"), ("oestr", "estr"),
)  # fmt: skip
SUGGESTIONS = 3


def american(folded: str) -> str:
    """A folded term in American spelling.

    >>> american("anaemia"), american("haemolysis")
    ('anemia', 'hemolysis')
    """
    for british, word in _BRITISH:
        folded = folded.replace(british, word)
    return folded


@dataclass(frozen=True, slots=True, kw_only=True)
class TermCheck:
    """What a delivered term is in a version.

    The official term and its class (None: not a term of it), suggestions, and why.
    """

    written: str
    version: str
    term: str | None
    organ_class: str | None
    exact: bool
    suggestions: tuple[str, ...]
    grades: tuple[int, ...]
    because: str


@cache
def _terms(version: str) -> dict[str, tuple[str, str, tuple[int, ...]]]:
    """Class, term and grades by folded term."""
    if version not in VERSIONS:
        raise RuleError(f"terms are of CTCAE {' or '.join(VERSIONS)}, got {version!r}")
    rows, _ = shipped_table("follow", "ctcae_terms")
    column = f"grades_{version.replace('.', '_')}"
    return {
        row["term"].casefold(): (row["soc"], row["term"], tuple(map(int, row[column]))) for row in rows if row[column]
    }


def check_term(written: str, version: str, grade: int | None = None) -> TermCheck:
    """Look a term up; another spelling is suggested, not taken. A grade that the term does not have is said.

    >>> check_term("Anaemia", "5.0").suggestions
    ('Anemia',)
    >>> check_term("Alopecia", "5.0", grade=3).because
    'Alopecia has grades 1 and 2 in CTCAE 5.0, not 3'
    """
    terms = _terms(version)
    folded = _folded(written)
    found = terms.get(folded)
    if found is None:
        respelt = american(folded)
        near = [respelt] if respelt in terms else difflib.get_close_matches(respelt, list(terms), SUGGESTIONS, 0.72)
        if not near:
            words = set(respelt.split())
            near = [term for term in terms if len(words & set(term.split())) >= max(1, len(words) - 1)][:SUGGESTIONS]
        names = tuple(terms[term][1] for term in near)
        hint = f"; nearest are {', '.join(names)}" if names else ""
        because = f"{written!r} is no term of CTCAE {version}{hint}"
        return TermCheck(
            written=written,
            version=version,
            term=None,
            organ_class=None,
            exact=False,
            suggestions=names,
            grades=(),
            because=because,
        )
    organ_class, term, grades = found
    because = f"a term of CTCAE {version}, {organ_class}"
    if grade is not None and grade not in grades:
        listed = (
            " and ".join((", ".join(map(str, grades[:-1])), str(grades[-1]))) if len(grades) > 1 else str(grades[0])
        )
        because = f"{term} has grades {listed} in CTCAE {version}, not {grade}"
    return TermCheck(
        written=written,
        version=version,
        term=term,
        organ_class=organ_class,
        exact=written == term,
        suggestions=(),
        grades=grades,
        because=because,
    )


def unknown_terms(written: Iterable[str], version: str) -> tuple[str, ...]:
    """The delivered terms that are none of a version's, each once, in alphabetical order.

    `check_term` says what is near one.
    """
    terms = _terms(version)
    return tuple(one for one in sorted(set(written)) if _folded(one) not in terms)


def _folded(written: str) -> str:
    return re.sub(r"\s+", " ", written).strip().casefold()
