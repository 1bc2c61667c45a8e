"""What single readers said: how often each says what, and how two of them agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from hevesy.find.scans import TimedScan, is_consensus, read_at
from hevesy.stats.agreement import Agreement, cohen_kappa
from hevesy.study.dates import When
from hevesy.study.facts.imaging import Reading
from hevesy.study.protocol import ImagingPlan
from hevesy.study.protocol.imaging import CONSENSUS, Modality

Unit = tuple[str, str | None, When | None]
"""A subject, a lesion of it or None, and the day of the scan or None."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OneReader:
    """A reader's answers; `consensus` where it is all of them together."""

    name: str
    consensus: bool
    answers: Mapping[str, int]
    blinded: int
    """Readings of which it is told that they were."""
    scores: tuple[float, ...]
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    """Two readers on what both read: how often each pair of answers was given."""

    first: str
    second: str
    pairs: Mapping[tuple[str, str], int]
    differ: tuple[str, ...]
    """Of whom they say different things, in words."""
    rows: tuple[int, ...]
    kappa: Agreement | None
    """Of positive and negative, where both could read; None: it cannot be told, and `because` says why."""
    readable: int
    because: str

    @property
    def n(self) -> int:
        """How many both read."""
        return sum(self.pairs.values())

    @property
    def same(self) -> int:
        """Of how many they say the same."""
        return sum(count for (one, two), count in self.pairs.items() if one == two)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadersOf:
    """The readers of a modality, at the primary time where it has one."""

    modality: Modality
    readers: tuple[OneReader, ...]
    together: tuple[Together, ...]


def readers_of(
    readings: Mapping[str, Sequence[Reading]],
    scans: Mapping[str, Sequence[TimedScan]],
    plan: ImagingPlan,
    tests: Sequence[Modality],
) -> tuple[ReadersOf, ...]:
    """The readers of each modality that was read, of `readings` and `scans` by subject."""
    found = []
    for modality in tests:
        primary = plan.primary_h if modality == plan.modality else None
        own = [
            one
            for who, each in readings.items()
            for one in each
            if one.modality == modality and (primary is None or read_at(one, scans.get(who, ()), plan) == primary)
        ]
        if own:
            found.append(_of_modality(modality, own))
    return tuple(found)


def _of_modality(modality: Modality, readings: Sequence[Reading]) -> ReadersOf:
    by_reader: dict[tuple[bool, str], list[Reading]] = {}
    for one in readings:
        consensus = is_consensus(one)
        name = CONSENSUS if consensus else one.reader or "reader not told"
        by_reader.setdefault((consensus, name), []).append(one)
    single = {name: own for (consensus, name), own in by_reader.items() if not consensus}
    return ReadersOf(
        modality=modality,
        readers=tuple(_reader(name, consensus, own) for (consensus, name), own in sorted(by_reader.items())),
        together=tuple(_together(one, two, single[one], single[two]) for one, two in combinations(sorted(single), 2)),
    )


def _reader(name: str, consensus: bool, readings: Sequence[Reading]) -> OneReader:
    return OneReader(
        name=name,
        consensus=consensus,
        answers=dict(Counter(one.answer for one in readings)),
        blinded=sum(one.blinded is True for one in readings),
        scores=tuple(one.score for one in readings if one.score is not None),
        rows=tuple(one.row for one in readings),
    )


def _together(first: str, second: str, one: Sequence[Reading], two: Sequence[Reading]) -> Together:
    """Both readers on each scan and lesion that both read; the last of several readings of one scan."""
    of_one, of_two = ({(r.subject, r.lesion, r.scanned): r for r in own} for own in (one, two))
    both = [unit for unit in of_one if unit in of_two]
    differ = [
        f"{_named(unit)}: {first} {of_one[unit].answer}, {second} {of_two[unit].answer}"
        for unit in both
        if of_one[unit].answer != of_two[unit].answer
    ]
    answers = [(of_one[unit].answer, of_two[unit].answer) for unit in both]
    readable = [pair for pair in answers if "not readable" not in pair]
    kappa, because = _kappa(readable)
    return Together(
        first=first,
        second=second,
        pairs=dict(Counter(answers)),
        differ=tuple(differ),
        rows=tuple(row for unit in both for row in (of_one[unit].row, of_two[unit].row)),
        kappa=kappa,
        readable=len(readable),
        because=because,
    )


def _kappa(pairs: Sequence[tuple[str, str]]) -> tuple[Agreement | None, str]:
    """Cohen's kappa of pairs of positive and negative; None where there is too little to tell it from."""
    one, two = ([pair[place] == "positive" for pair in pairs] for place in (0, 1))
    if len(pairs) < 2:
        return None, f"{len(pairs)} read by both"
    if len({*one, *two}) < 2:
        return None, f"every answer is {pairs[0][0]}: by chance they would agree as well"
    return cohen_kappa([float(says) for says in one], [float(says) for says in two]), ""


def _named(unit: Unit) -> str:
    subject, lesion, _ = unit
    return f"{subject}, lesion {lesion}" if lesion else subject
