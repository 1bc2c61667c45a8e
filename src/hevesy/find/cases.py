"""What is held against the truth: cases with their readings, the words of the truth, and on which side each counts.

Cases are plain records; where they come from (a table, a study) nothing here knows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from hevesy.errors import RuleError

Reading = Literal["positive", "negative", "not readable"]
"""What a test says of a case. A test that was not done, or whose answer is lost, has no reading."""
Truth = Literal[
    "tumour",
    "no tumour",
    "new tumour",
    "recurrence",
    "mixed",
    "pseudoprogression",
    "radiation necrosis",
    "non-diagnostic",
]
"""What pathology or follow-up says of a case."""
Side = Literal["tumour", "no tumour"]
Presentation = Literal["newly diagnosed", "suspected recurrence"]
Reference = Literal["specimen", "follow-up"]

_SIDES: Mapping[Truth, Side] = {
    "tumour": "tumour",
    "new tumour": "tumour",
    "recurrence": "tumour",
    "no tumour": "no tumour",
    "pseudoprogression": "no tumour",
    "radiation necrosis": "no tumour",
}


OTHER: Mapping[Side, Side] = {"tumour": "no tumour", "no tumour": "tumour"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A patient, or a lesion of one: what the truth is and what each test says.

    `truth` is None where nobody knows it; a test that is not among `readings` is missing. `scores` are tests that give
    a number, which speaks for tumour the higher it is. `viable_share` is the share
    of viable tumour in a mixed specimen (0..1). `place` says where the case stands, for sentences.
    """

    subject: str
    truth: Truth | None
    readings: Mapping[str, Reading] = field(default_factory=dict)
    scores: Mapping[str, float] = field(default_factory=dict)
    lesion: str = ""
    viable_share: float | None = None
    presentation: Presentation | None = None
    reference: Reference | None = None
    place: str = ""

    def __post_init__(self) -> None:
        if not self.subject:
            raise RuleError(f"a case has a subject, got {self.subject!r}{self.place and f' ({self.place})'}")
        if self.viable_share is not None and not 0 <= self.viable_share <= 1:
            raise RuleError(f"the share of viable tumour lies in 0..1, got {self.viable_share:g} ({self.name})")

    @property
    def name(self) -> str:
        """The subject, with the lesion where there is one."""
        return f"{self.subject}, lesion {self.lesion}" if self.lesion else self.subject


@dataclass(frozen=True, slots=True, kw_only=True)
class MixedRule:
    """On which side a specimen counts that has both tumour and treatment effect; a protocol says it.

    With `viable_from` a mixed case whose share is known counts as tumour from that share on, below it as none; `side`
    is then of those without a share. `turned` puts each on the other side.
    """

    side: Side = "tumour"
    viable_from: float | None = None
    turned: bool = False

    def __post_init__(self) -> None:
        if self.viable_from is not None and not 0 <= self.viable_from <= 1:
            raise RuleError(f"the share of viable tumour lies in 0..1, got {self.viable_from:g}")

    @property
    def other(self) -> MixedRule:
        """The same with every mixed case on the other side."""
        return replace(self, turned=not self.turned)

    def of(self, case: Case) -> Side:
        """The side of a mixed case."""
        side = self.side
        if self.viable_from is not None and case.viable_share is not None:
            side = "tumour" if case.viable_share >= self.viable_from else "no tumour"
        return OTHER[side] if self.turned else side

    @property
    def told(self) -> str:
        """What mixed cases count as."""
        if self.viable_from is None:
            return f"as {OTHER[self.side] if self.turned else self.side}"
        return (
            f"{'turned round: ' * self.turned}as tumour from {self.viable_from:.0%} of viable tumour on, below it as "
            f"no tumour, without a share as {self.side}"
        )


def side_of(case: Case, mixed: MixedRule) -> Side | None:
    """On which side a case counts by its truth; None: it does not count."""
    if case.truth is None or case.truth == "non-diagnostic":
        return None
    return mixed.of(case) if case.truth == "mixed" else _SIDES[case.truth]


@dataclass(frozen=True, slots=True, kw_only=True)
class NotCounted:
    """A case that counts nowhere, and why."""

    case: str
    because: str


Counted = tuple[Case, Side]
"""A case that counts, and on which side."""


def counted(cases: Iterable[Case], rule: MixedRule) -> tuple[tuple[Counted, ...], tuple[NotCounted, ...]]:
    """The cases that count with their sides, and those that do not with why."""
    found: list[Counted] = []
    rest: list[NotCounted] = []
    for case in cases:
        side = side_of(case, rule)
        if side is None:
            why = "the truth is not known" if case.truth is None else "its specimen was non-diagnostic"
        elif side == "no tumour" and case.presentation == "newly diagnosed":
            why = "newly diagnosed without tumour: newly diagnosed cases say nothing on specificity"
        else:
            found.append((case, side))
            continue
        rest.append(NotCounted(case=case.name, because=why))
    return tuple(found), tuple(rest)


_WEIGHT: Mapping[Reading, int] = {"negative": 0, "not readable": 1, "positive": 2}
"""Which reading stands for a subject of whom several are known."""


def by_subject(cases: Iterable[Counted], tests: Iterable[str]) -> tuple[Counted, ...]:
    """One case for each subject: with tumour where any of its cases has one, positive where any reading is.

    Not readable where none is positive and one was not readable. A reading may be positive in another lesion than the
    one with tumour.
    """
    own: dict[str, list[Counted]] = {}
    for case, side in cases:
        own.setdefault(case.subject, []).append((case, side))
    named = tuple(tests)
    found: list[Counted] = []
    for subject, each in own.items():
        whole: Side = "tumour" if any(side == "tumour" for _, side in each) else "no tumour"
        readings: dict[str, Reading] = {}
        for test in named:
            said = [case.readings[test] for case, _ in each if test in case.readings]
            if said:
                readings[test] = max(said, key=_WEIGHT.__getitem__)
        found.append((Case(subject=subject, truth=whole, readings=readings), whole))
    return tuple(found)
