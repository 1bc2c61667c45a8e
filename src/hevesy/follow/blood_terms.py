"""Adverse-event terms that speak of blood: low counts under their many names, and what is never merely a low count."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache, lru_cache

from hevesy.follow.terms import american
from hevesy.provenance import shipped_table

_LOW = re.compile(
    r"\b(?:pan|bi|tri)?(?:\w*cyto|thrombo|neutro|leuko|lympho|granulo|erythro)penia\b|\b\w*cytosis decreased\b|anemi"
    r"|\b(?:platelet|neutrophil|lymphocyte|leukocyte|granulocyte|monocyte|reticulocyte|erythrocyte|white blood cell"
    r"|red blood cell|cd4"
    r"|blood count|hemoglobin|hematocrit)\w*\b.*\b(?:decreas|low|reduc|drop|fall|fell)"
    r"|\b(?:decreas|low|reduc|drop|fall)\w*\b.*\b"
    r"(?:platelet|neutrophil|lymphocyte|leukocyte|granulocyte|white blood cell|red blood cell|hemoglobin)"
    r"|myelosuppress|marrow (?:failure|suppress|depress|aplas|hypocellular|hypoplas)|agranulocytosis|aplasia"
    r"|blood disorder"
)
_NEVER_A_COUNT = re.compile(
    r"febril|fever|neutropenic|sepsis|infecti|hemorrhag|bleed|hematoma|intravascular coag|\bdic\b|hemoly|thrombotic"
    r"|\bttp\b|\bhus\b|uremic"
    r"|microangiopath|purpura|hemophago"
)


@lru_cache(maxsize=20_000)
def folded(written: str) -> str:
    """A term as it is compared: small letters, American spelling, single blanks.

    >>> folded("Neutrophil-count  decreased (NOS)"), folded("Anaemia")
    ('neutrophil count decreased', 'anemia')
    """
    plain = american(re.sub(r"[\s\-_/,;.()]+", " ", written).strip().casefold())
    return plain.removesuffix(" nos").replace("leuco", "leuko")


@cache
def _counts() -> dict[str, str]:
    rows, _ = shipped_table("follow", "blood_terms")
    return {row["term"]: row["count"] for row in rows}


def low_count(written: str) -> str | None:
    """The blood count that a term says is low, or None: a term of something else, or of no count in particular.

    >>> [low_count(term) for term in ("Thrombocytopenia", "Platelet count decreased", "Pancytopenia", "Anemia")]
    ['platelets', 'platelets', None, 'haemoglobin']
    """
    return _counts().get(folded(written))


def is_listed(written: str, listed: Iterable[str]) -> bool | None:
    """Whether a term is one of those listed as haematological.

    None: it speaks of a low count that is not listed, so that one must ask.

    Another spelling and a synonym of a listed low count are listed. Febrile neutropenia, bleeding, intravascular
    coagulation, haemolysis and thrombotic microangiopathy are more than a low count: they are listed by their own name
    or not at all.

    >>> listed = ["Anaemia", "Platelet count decreased"]
    >>> terms = "Anemia", "Thrombocytopenia", "Pancytopenia", "Febrile neutropenia", "Nausea"
    >>> [is_listed(term, listed) for term in terms]
    [True, True, None, False, False]
    """
    own, names = folded(written), {folded(name) for name in listed}
    if own in names:
        return True
    if _NEVER_A_COUNT.search(own):
        return False
    count = _counts().get(own)
    if count is not None:
        return True if count in {_counts().get(name) for name in names} else None
    return None if _LOW.search(own) else False
