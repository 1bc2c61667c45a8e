"""The sets of response criteria.

Their words from best to worst, which of them are responses, what is confirmed, and the rates read off.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from hevesy.errors import RuleError
from hevesy.provenance import Source
from hevesy.study.facts.response import Assessment
from hevesy.study.subject import Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A rate by name: best responses of the first so many standings count."""

    key: str
    title: str
    standings: int
    meaning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LookedFor:
    """What criteria ask for: whether an assessment holds it (None: nothing does), and what is so where none does."""

    delivered: Callable[[Assessment], bool] | None
    otherwise: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Criteria:
    """A set of criteria: its responses, best first, and those that say nothing; what needs confirmation; its rates."""

    name: str
    best_first: tuple[tuple[str, ...], ...]
    """Words of equal standing together; the last is progression."""
    silent: tuple[str, ...]
    responses: int
    """How many of the standings, from the best, are responses."""
    source: Source
    rates: tuple[Rate, ...]
    confirmation: str
    """What bears a response out, in words."""
    confirmed_after_d: int | None = None
    """A response counts if a later one, so many days after it or more, is as good; None: not asked for, or by the next
    assessment."""
    followed: str = ""
    """What the change from baseline is of."""
    limits_percent: tuple[tuple[int, str], ...] = ()
    """Changes from baseline at which a category begins."""
    disease: str = ""
    """The disease they are for, where that is one; empty: tumours of several."""
    progression_is_confirmed: bool = False
    """Progression is told once a second assessment bears it out."""
    looks_for: tuple[LookedFor, ...] = ()
    """What is asked for beside what is followed; empty: a visit that lacks something cannot be judged, and says so."""

    def not_delivered(self, subjects: Iterable[Subject]) -> tuple[str, ...]:
        """What is so since nobody delivered what the criteria look for."""
        if not self.looks_for:
            return ()
        seen = [assessment for subject in subjects for assessment in subject.assessments]
        return tuple(
            one.otherwise for one in self.looks_for if one.delivered is None or not any(map(one.delivered, seen))
        )

    @property
    def progression(self) -> tuple[str, ...]:
        """Words for progression."""
        return self.best_first[-1]

    @property
    def stable(self) -> int:
        """Place of stable disease: the last before progression."""
        return len(self.best_first) - 2

    def standing(self, word: str) -> int | None:
        """Place among the standings, 0 the best; None: says nothing. An unknown word is refused."""
        folded = word.strip().upper()
        for place, words in enumerate(self.best_first):
            if folded in (known.upper() for known in words):
                return place
        if folded in (known.upper() for known in self.silent) or not folded:
            return None
        known_words = ", ".join(one for words in self.best_first for one in words)
        raise RuleError(f"{word!r} is not a response of {self.name}; known are {known_words}, {', '.join(self.silent)}")

    def knows(self, word: str) -> bool:
        """Whether a word is one of the criteria, or says nothing."""
        try:
            self.standing(word)
        except ValueError:
            return False
        return True

    @property
    def family(self) -> str:
        """The name without its year or version, in capitals."""
        return self.name.split()[0].upper()

    def speaks_of(self, written: str | None) -> bool:
        """Whether a response said to be by some criteria may be by these.

        It names none, these, or ones that nobody knows here.
        """
        words = (written or "").upper().split()
        families = {one.family for one in CRITERIA.values()}
        named = [word for word in words if word in families]
        return not named or self.family in named

    def responded(self, best: str) -> bool:
        """Whether a best response is a response."""
        place = self.standing(best)
        return place is not None and place < self.responses

    def counts(self, best: str, rate: Rate) -> bool:
        """Whether a best response counts in a rate."""
        place = self.standing(best)
        return place is not None and place < rate.standings

    def without_progression(self, word: str) -> bool:
        """Whether a category says that there was no progression."""
        place = self.standing(word)
        return place is not None and place <= self.stable


MYELOMA = "multiple myeloma"
SILENT = ("NE", "ND", "NOT DONE", "UE", "NOT EVALUABLE", "NA", "NOT ASSESSED")
"""Words of every set of criteria that say nothing."""
_BY_NEXT, _BY_MONTH = "confirmed by the next assessment", "confirmed 28 days later or more"


HEADLINES = ("cbr", "orr", "orr-minor")
"""Keys of the rates by which a study is summed up: the first of them that the criteria have."""


def _rate(key: str, standings: int) -> Rate:
    title, meaning = {
        "orr": ("Overall response rate", "partial response or better"),
        "orr-minor": ("Overall response rate", "minor response or better"),
        "mrr": ("Major response rate", "partial response or better"),
        "crr": ("Complete response rate", "complete response"),
        "cbr": ("Clinical benefit rate", "minor response or better"),
        "dcr": ("Disease control rate", "stable disease or better"),
    }[key]
    return Rate(key=key, title=title, standings=standings, meaning=meaning)


_IMWG = Criteria(
    name="IMWG",
    best_first=(("sCR",), ("CR",), ("VGPR",), ("PR",), ("MR",), ("SD",), ("PD",)),
    silent=SILENT,
    responses=4,
    source=Source(work="S. Kumar et al., Lancet Oncol 2016;17:e328", locator="tables 4 and 5", licence="facts"),
    rates=(_rate("orr", 4), _rate("cbr", 5), _rate("dcr", 6)),
    confirmation=_BY_NEXT,
    followed=(
        "serum or urine M-protein, or the difference of involved and uninvolved light chains where that is what can "
        "be measured"
    ),
    limits_percent=((-25, "MR"), (-50, "PR"), (-90, "VGPR")),
    disease=MYELOMA,
    progression_is_confirmed=True,
    looks_for=(
        LookedFor(
            delivered=lambda one: bool(one.serum_immunofixation and one.urine_immunofixation),
            otherwise="Immunofixation of serum and urine was not delivered, so that complete response is never called.",
        ),
        LookedFor(
            delivered=lambda one: one.urine_m_protein_mg_per_24h is not None,
            otherwise="Urine M-protein was not delivered: disease measurable there only is not followed.",
        ),
        LookedFor(
            delivered=lambda one: one.plasmacytoma_cm2 is not None or one.new_lesion is not None,
            otherwise="Plasmacytomas and new lesions were not delivered: progression by them is not seen.",
        ),
        LookedFor(delivered=None, otherwise="MR is not defined where only light chains can be measured."),
    ),
)
CRITERIA = {
    "imwg": _IMWG,
    "imwg-2006": replace(
        _IMWG,
        name="IMWG 2006",
        source=Source(
            work="B. G. M. Durie et al., Leukemia 2006;20:1467", locator="table 5 and its footnotes", licence="facts"
        ),
    ),
    "imwg-2011": replace(
        _IMWG,
        name="IMWG 2011",
        source=Source(work="S. V. Rajkumar et al., Blood 2011;117:4691", locator="table 2", licence="facts"),
    ),
    "imwg-2016": replace(_IMWG, name="IMWG 2016"),
    "iwwm": Criteria(
        name="IWWM",
        best_first=(("CR",), ("VGPR",), ("PR",), ("MR",), ("SD",), ("PD",)),
        silent=SILENT,
        responses=3,
        source=Source(
            work="R. G. Owen et al., Br J Haematol 2013;160:171", locator="table II (IWWM-6)", licence="facts"
        ),
        rates=(_rate("orr-minor", 4), _rate("mrr", 3), _rate("dcr", 5)),
        confirmation=_BY_MONTH,
        confirmed_after_d=28,
        followed="serum IgM",
        limits_percent=((-25, "MR"), (-50, "PR"), (-90, "VGPR")),
    ),
    "lugano-2014": Criteria(
        name="Lugano 2014",
        best_first=(("CMR", "CAR", "CR"), ("PMR", "PAR", "PR"), ("NMR", "SAD", "SD"), ("PMD", "PAD", "PD")),
        silent=SILENT,
        responses=2,
        source=Source(work="B. D. Cheson et al., J Clin Oncol 2014;32:3059", locator="table 3", licence="facts"),
        rates=(_rate("orr", 2), _rate("crr", 1), _rate("dcr", 3)),
        confirmation="not confirmed by a second assessment: the criteria do not ask for it",
        followed="the sum of products of the measured lesions",
        limits_percent=((-50, "PR"),),
    ),
    "recist-1.1": Criteria(
        name="RECIST 1.1",
        best_first=(("CR",), ("PR",), ("SD", "NON-CR/NON-PD"), ("PD",)),
        silent=SILENT,
        responses=2,
        source=Source(
            work="E. A. Eisenhauer et al., Eur J Cancer 2009;45:228",
            locator="section 4.3, tables 1 to 3",
            licence="facts",
        ),
        rates=(_rate("orr", 2), _rate("dcr", 3)),
        confirmation=_BY_MONTH,
        confirmed_after_d=28,
        followed="the sum of diameters of the target lesions",
        limits_percent=((-30, "PR"), (20, "PD")),
    ),
    "rano-2010": Criteria(
        name="RANO 2010",
        best_first=(("CR",), ("PR",), ("SD",), ("PD",)),
        silent=SILENT,
        responses=2,
        source=Source(work="P. Y. Wen et al., J Clin Oncol 2010;28:1963", locator="table 4", licence="facts"),
        rates=(_rate("orr", 2), _rate("dcr", 3)),
        confirmation=_BY_MONTH,
        confirmed_after_d=28,
        followed="the sum of products of the enhancing lesions",
        limits_percent=((-50, "PR"), (25, "PD")),
    ),
    "rano-2.0": Criteria(
        name="RANO 2.0",
        best_first=(("CR",), ("PR",), ("MR",), ("SD",), ("PD",)),
        silent=SILENT,
        responses=2,
        source=Source(work="P. Y. Wen et al., J Clin Oncol 2023;41:5187", locator="table 2", licence="facts"),
        rates=(_rate("orr", 2), _rate("cbr", 3), _rate("dcr", 4)),
        confirmation=_BY_MONTH,
        confirmed_after_d=28,
        followed="the sum of products of the measured lesions",
        limits_percent=((-50, "PR"), (25, "PD")),
    ),
}
"""By the name in a protocol and at the command line; `imwg` without a year: responses as called only."""


def criteria_named(name: str) -> Criteria:
    """The criteria of a name."""
    if name not in CRITERIA:
        raise RuleError(f"response criteria are {', '.join(CRITERIA)}, got {name!r}")
    return CRITERIA[name]
