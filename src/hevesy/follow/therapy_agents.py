"""Which drugs and classes stand behind what is written of a prior therapy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from hevesy.provenance import shipped_table

_SEPARATORS = re.compile(r"[;,+]")
_WITHIN = (re.compile(r"[/&]|\band\b|\bwith\b|\bplus\b"), re.compile(r"-"), re.compile(r"\s"))
"""What may part agents of one name that is not known as a whole, tried one after another."""
_SUFFIX = re.compile(r"(?<=[a-z])-[a-z]{4}$")
"""The four letters that tell antibodies and their conjugates of one name apart (FDA, 2017)."""
_CONJUGATED = frozenset(
    (
        "vedotin",
        "mafodotin",
        "tesirine",
        "pasudotox",
        "ozogamicin",
        "emtansine",
        "deruxtecan",
        "tiuxetan",
        "hyaluronidase",
    )
)
"""Second words of antibodies that carry something or are given with it."""
_ASIDE = re.compile(r"\s*\(([^()]*)\)\s*")
_SAYS_NOTHING = frozenset(("maintenance", "induction", "consolidation", "oral", "iv", "sc", "bridging"))
_NOT_TO_THE_DISEASE = frozenset(
    ("autologous transplant", "allogeneic transplant", "radiotherapy", "surgery", "bone-directed", "none")
)
NO_THERAPY = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drug:
    """A drug by its international name, the classes it is of, and those it may be of."""

    name: str
    classes: frozenset[str]
    may_be: frozenset[str] = frozenset()

    @property
    def unnamed(self) -> bool:
        """Whether its class alone is told."""
        return self.name.endswith("; not named")

    @property
    def counts(self) -> bool:
        """Whether it is one of the drugs of a combination: a transplant, radiation, surgery or bone agent is not."""
        return not (self.classes | self.may_be) & _NOT_TO_THE_DISEASE


@dataclass(frozen=True, slots=True, kw_only=True)
class Agents:
    """The drugs that are written, and what is written that nobody knows."""

    drugs: tuple[Drug, ...]
    unknown: tuple[str, ...]

    @property
    def no_therapy(self) -> bool:
        """Whether it is written that there was none, and nothing else."""
        return not self.unknown and [drug.name for drug in self.drugs] == [NO_THERAPY]


def folded(name: str) -> str:
    """A name as it is compared: small letters, a blank for hyphens and points.

    >>> folded("Dara-VRd "), folded("Darzalex  Faspro")
    ('dara vrd', 'darzalex faspro')
    """
    return " ".join(re.sub(r"[\s\-_.]+", " ", name).split()).casefold()


def agents_in(written: str | None) -> Agents:
    """The drugs of a prior therapy as written: names, brands, abbreviations and regimens, by their classes.

    A name that stands in no table is told as unknown; it is never taken for something near it, and of a name in
    several words all must be known.

    >>> [drug.name for drug in agents_in("VRd; ASCT").drugs]
    ['bortezomib', 'lenalidomide', 'dexamethasone', 'autologous transplant']
    >>> agents_in("Dara/Len/Dex + XYZ-17").unknown
    ('XYZ-17',)
    """
    drugs: dict[str, Drug] = {}
    unknown: list[str] = []
    parts = [part.strip() for part in _SEPARATORS.split(written or "")]
    for part in filter(None, parts):
        known = _known(part)
        if known is None:
            unknown.append(part)
        for drug in known or ():
            drugs[drug.name] = drug
    if not drugs and not unknown:
        unknown.append("agents not told")
    return Agents(drugs=tuple(drugs.values()), unknown=tuple(unknown))


@cache
def drugs_of_table() -> dict[str, tuple[Drug, ...]]:
    """The drugs that each name of the shipped table stands for."""
    rows, _ = shipped_table("follow", "therapy_agents")
    named: dict[str, dict[str, None]] = {}
    classes: dict[str, tuple[set[str], set[str]]] = {}
    for row in rows:
        named.setdefault(row["name"], {})[row["drug"]] = None
        classes.setdefault(row["drug"], (set(), set()))[row["certain"] == "no"].add(row["class"])
    of = {
        drug: Drug(name=drug, classes=frozenset(sure), may_be=frozenset(perhaps))
        for drug, (sure, perhaps) in classes.items()
    }
    return {name: tuple(of[drug] for drug in drugs) for name, drugs in named.items()}


def _known(part: str) -> tuple[Drug, ...] | None:
    """The drugs of a name; None: it is not known, or not all of it."""
    table = drugs_of_table()
    plain = _without_aside(part)
    for name in (part, plain, _without_suffix(plain)):
        if (found := table.get(folded(name))) is not None:
            return found
    for separator in _WITHIN:
        pieces = [piece.strip() for piece in separator.split(plain) if piece.strip()]
        if len(pieces) > 1:
            each = [_known(piece) for piece in pieces]
            return None if any(one is None for one in each) else tuple(_all(each))
    return None


def _all(each: list[tuple[Drug, ...] | None]) -> Iterator[Drug]:
    for one in each:
        yield from one or ()


def _without_suffix(name: str) -> str:
    """An antibody's name without its four letters; another name keeps what follows a hyphen: it may be a drug."""
    stem = _SUFFIX.sub("", name.casefold())
    last = folded(stem).rpartition(" ")[2]
    return stem if last.endswith("mab") or last in _CONJUGATED else name


def _without_aside(part: str) -> str:
    """Without what stands in brackets, where all of it says nothing more: a word of the phase, or the same drugs."""
    table, plain = drugs_of_table(), _ASIDE.sub(" ", part).strip()
    for aside in _ASIDE.findall(part):
        inside = folded(aside)
        same = table.get(inside) is not None and table.get(inside) == table.get(folded(plain))
        if not same and inside not in _SAYS_NOTHING:
            return part
    return plain
