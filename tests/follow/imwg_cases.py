"""Hand-authored courses of myeloma with the response that the IMWG criteria of 2006, 2011 and 2016 give them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

Numbers = Sequence[float | None]


@dataclass(frozen=True)
class Case:
    """One course and what is expected of it."""

    name: str
    version: str
    visits: list[dict[str, Any]]
    categories: list[str]
    best: str
    progression_day: int | None
    unconfirmed_progression_day: int | None


CASES: list[Case] = []

EVERY = "2006 2011 2016"
WITH_MR = "2011 2016"
SMALLEST = "2006 2011"  # progression from the smallest earlier value

SIGNS: dict[str, Any] = {"+": "positive", "-": "negative", ".": None}
ANSWERS: dict[str, Any] = {"y": True, "n": False, ".": None}


def course(
    s: Numbers | None = None,
    u: Numbers | None = None,
    flc: Sequence[tuple[float | None, float | None]] | None = None,
    *,
    sife: str | None = None,
    uife: str | None = None,
    marrow: Numbers | None = None,
    clonal: str | None = None,
    plasma: Numbers | None = None,
    lesion: str | None = None,
    days: Sequence[int] | None = None,
) -> list[dict[str, Any]]:
    """Visits on days 0, 30, 60 ... from columns; a column not given is a key that the visits lack."""
    columns: dict[str, list[Any]] = {}
    for key, numbers in (
        ("serum_m_g_dL", s),
        ("urine_m_mg_24h", u),
        ("marrow_percent", marrow),
        ("plasmacytoma_cm2", plasma),
    ):
        if numbers is not None:
            columns[key] = list(numbers)
    if flc is not None:
        columns["involved_flc_mg_L"] = [pair[0] for pair in flc]
        columns["uninvolved_flc_mg_L"] = [pair[1] for pair in flc]
    for key, marks, meaning in (
        ("serum_ife", sife, SIGNS),
        ("urine_ife", uife, SIGNS),
        ("marrow_clonal", clonal, ANSWERS),
        ("new_lesion", lesion, ANSWERS),
    ):
        if marks is not None:
            columns[key] = [meaning[mark] for mark in marks]
    lengths = {len(column) for column in columns.values()}
    assert len(lengths) == 1, "columns of a course are of one length"
    count = lengths.pop()
    at = list(days) if days is not None else [30 * i for i in range(count)]
    return [{"day": at[i], **{key: column[i] for key, column in columns.items()}} for i in range(count)]


def case(
    name: str,
    versions: str,
    visits: list[dict[str, Any]],
    categories: str,
    best: str,
    progression: int | None = None,
    unconfirmed: int | None = None,
) -> None:
    """Add the case once per version in which it has this outcome."""
    for version in versions.split():
        assert len(categories.split()) == len(visits) - 1, name
        CASES.append(Case(f"{name} ({version})", version, visits, categories.split(), best, progression, unconfirmed))


# --- what is measurable
case("Serum of exactly 1 g/dL is measurable", EVERY, course([1.0, 0.5, 0.5]), "PR PR", "PR")
case("Serum of 0.99 g/dL alone is not measurable", EVERY, course([0.99, 0.1, 0.1]), "NE NE", "NE")
case("Urine of exactly 200 mg is measurable", EVERY, course(u=[200, 99, 99]), "VGPR VGPR", "VGPR")
case("Urine of 199.9 mg alone is not measurable", EVERY, course(u=[199.9, 10, 10]), "NE NE", "NE")
case(
    "Involved chain of exactly 100 mg/L is measurable",
    EVERY,
    course(flc=[(100, 10), (55, 10), (55, 10)]),
    "PR PR",
    "PR",
)
case(
    "Involved chain of 99.9 mg/L is not measurable", EVERY, course(flc=[(99.9, 10), (20, 10), (20, 10)]), "NE NE", "NE"
)
case(
    "Chain ratio of exactly 1.65 is not measurable",
    EVERY,
    course(flc=[(165, 100), (100, 100), (100, 100)]),
    "NE NE",
    "NE",
)
# difference 65.1; half of it is 32.55
case("Chain ratio of 1.651 is measurable", EVERY, course(flc=[(165.1, 100), (132.5, 100), (132.5, 100)]), "PR PR", "PR")
case("Uninvolved chain unknown at baseline is not measurable", EVERY, course(flc=[(500, None), (50, 10)]), "NE", "NE")
case("Involved chain unknown at baseline is not measurable", EVERY, course(flc=[(None, 10), (50, 10)]), "NE", "NE")
case(
    "A new lesion without a measurable protein stays not evaluable", EVERY, course([0.5, 0.5], lesion=".y"), "NE", "NE"
)
case(
    "A growing plasmacytoma without a measurable protein stays not evaluable",
    EVERY,
    course([0.5, 0.5], plasma=[2, 9]),
    "NE",
    "NE",
)
case(
    "Chains are followed when serum and urine are just too low",
    EVERY,
    course([0.99] * 3, [99] * 3, [(500, 10), (255, 10), (255, 10)]),
    "PR PR",
    "PR",
)
case(
    "Chains that rise beside a measurable serum are not followed",
    EVERY,
    course([4.0, 2.0, 2.0], flc=[(500, 10), (900, 10), (900, 10)]),
    "PR PR",
    "PR",
)
case(
    "Chains that are missing beside a measurable urine do not matter",
    EVERY,
    course(u=[1000, 150, 150], flc=[(500, 10), (None, 10), (9, None)]),
    "PR PR",
    "PR",
)
case("A baseline without any value is not evaluable", EVERY, [{"day": 0}, {"day": 30, "serum_m_g_dL": 3.0}], "NE", "NE")

# --- serum levels
case("Serum falls by exactly 90%", EVERY, course([4.0, 0.4, 0.4]), "VGPR VGPR", "VGPR")
case("Serum falls by just more than 90%", EVERY, course([4.0, 0.39, 0.39]), "VGPR VGPR", "VGPR")
case("Serum falls by just less than 90%", EVERY, course([4.0, 0.41, 0.41]), "PR PR", "PR")
case("Serum falls from 1.1 to 0.11, exactly 90%", EVERY, course([1.1, 0.11, 0.11]), "VGPR VGPR", "VGPR")
case("Serum falls from 2.3 to 0.23, exactly 90%", EVERY, course([2.3, 0.23, 0.23]), "VGPR VGPR", "VGPR")
case("Serum falls by exactly 50%", EVERY, course([4.0, 2.0, 2.0]), "PR PR", "PR")
case("Serum falls by just more than 50%", EVERY, course([4.0, 1.99, 1.99]), "PR PR", "PR")
case("Serum falls by just less than 50%", WITH_MR, course([4.0, 2.01, 2.01]), "MR MR", "MR")
case("Serum falls by just less than 50% where there is no MR", "2006", course([4.0, 2.01, 2.01]), "SD SD", "SD")
case("Serum falls by exactly 25%", WITH_MR, course([4.0, 3.0, 3.0]), "MR MR", "MR")
case("Serum falls by exactly 25% where there is no MR", "2006", course([4.0, 3.0, 3.0]), "SD SD", "SD")
case("Serum falls by just more than 25%", WITH_MR, course([4.0, 2.99, 2.99]), "MR MR", "MR")
case("Serum falls by just less than 25%", EVERY, course([4.0, 3.01, 3.01]), "SD SD", "SD")
case("Serum falls from 1.2 to 0.9, exactly 25%", WITH_MR, course([1.2, 0.9, 0.9]), "MR MR", "MR")
case("Serum is unchanged", EVERY, course([4.0, 4.0, 4.0]), "SD SD", "SD")
case("Serum rises too little for progression", EVERY, course([4.0, 4.4, 4.4]), "SD SD", "SD")
case("Serum disappears but nothing else is known", EVERY, course([4.0, 0, 0]), "VGPR VGPR", "VGPR")

# --- urine levels
case("Urine of 99.9 mg", EVERY, course(u=[1000, 99.9, 99.9]), "VGPR VGPR", "VGPR")
case("Urine of exactly 100 mg after a fall of exactly 90%", EVERY, course(u=[1000, 100, 100]), "PR PR", "PR")
case("Urine of exactly 100 mg after a fall of 98% is no VGPR", EVERY, course(u=[5000, 100, 100]), "PR PR", "PR")
case("Urine of 199.9 mg after a fall of 80%", EVERY, course(u=[1000, 199.9, 199.9]), "PR PR", "PR")
case("Urine of exactly 200 mg after a fall of 80%", WITH_MR, course(u=[1000, 200, 200]), "MR MR", "MR")
case(
    "Urine of exactly 200 mg after a fall of 80% where there is no MR",
    "2006",
    course(u=[1000, 200, 200]),
    "SD SD",
    "SD",
)
case("Urine of 300 mg after a fall of exactly 90%", EVERY, course(u=[3000, 300, 300]), "PR PR", "PR")
case("Urine of 301 mg after a fall of just less than 90%", WITH_MR, course(u=[3000, 301, 301]), "MR MR", "MR")
case(
    "Urine of 301 mg after a fall of just less than 90% where there is no MR",
    "2006",
    course(u=[3000, 301, 301]),
    "SD SD",
    "SD",
)
case("Urine of 299 mg after a fall of just more than 90%", EVERY, course(u=[3000, 299, 299]), "PR PR", "PR")
case("Urine falls by exactly 50%", WITH_MR, course(u=[1000, 500, 500]), "MR MR", "MR")
case("Urine falls by exactly 50% where there is no MR", "2006", course(u=[1000, 500, 500]), "SD SD", "SD")
case("Urine falls by just more than 50%", WITH_MR, course(u=[1000, 499, 499]), "MR MR", "MR")
case("Urine falls by just less than 50%", EVERY, course(u=[1000, 501, 501]), "SD SD", "SD")
case("Urine falls from 200 to 199 mg, which is below 200", EVERY, course(u=[200, 199, 199]), "PR PR", "PR")
case("Urine stays at 200 mg", EVERY, course(u=[200, 200, 200]), "SD SD", "SD")

# --- serum and urine together, and urine that is not followed
case("Serum VGPR with urine MR is MR", WITH_MR, course([4.0, 0.4, 0.4], [1000, 500, 500]), "MR MR", "MR")
case(
    "Serum VGPR with urine down by half is SD without MR",
    "2006",
    course([4.0, 0.4, 0.4], [1000, 500, 500]),
    "SD SD",
    "SD",
)
case("Serum PR with urine VGPR is PR", EVERY, course([4.0, 2.0, 2.0], [1000, 50, 50]), "PR PR", "PR")
case("Serum SD with urine VGPR is SD", EVERY, course([4.0, 3.5, 3.5], [1000, 50, 50]), "SD SD", "SD")
case("Serum VGPR with urine PR is PR", EVERY, course([4.0, 0.3, 0.3], [1000, 100, 100]), "PR PR", "PR")
case("Serum MR with urine VGPR is MR", WITH_MR, course([4.0, 3.0, 3.0], [1000, 50, 50]), "MR MR", "MR")
case("Serum and urine are both VGPR", EVERY, course([4.0, 0.4, 0.4], [1000, 99, 99]), "VGPR VGPR", "VGPR")
case(
    "A followed urine that is missing makes the visit not evaluable",
    EVERY,
    course([4.0, 0.4, 0.4], [1000, None, None]),
    "NE NE",
    "NE",
)
case(
    "A followed serum that is missing makes the visit not evaluable",
    EVERY,
    course([4.0, None, 2.0], [1000, 50, 50]),
    "NE PR",
    "SD",
)
case(
    "Urine not followed but of exactly 100 mg caps VGPR", EVERY, course([4.0, 0.4, 0.4], [150, 100, 100]), "PR PR", "PR"
)
case(
    "Urine not followed of 99.9 mg leaves VGPR", EVERY, course([4.0, 0.4, 0.4], [150, 99.9, 99.9]), "VGPR VGPR", "VGPR"
)
case(
    "Urine not followed and not measured leaves VGPR",
    EVERY,
    course([4.0, 0.4, 0.4], [150, None, None]),
    "VGPR VGPR",
    "VGPR",
)
case("Urine first measured at a visit caps VGPR", EVERY, course([4.0, 0.4, 0.4], [None, 100, 100]), "PR PR", "PR")
case(
    "Urine that is not followed leaves PR and does not progress",
    EVERY,
    course([4.0, 2.0, 2.0], [150, 700, 700]),
    "PR PR",
    "PR",
)
case("Urine that is not followed leaves MR", WITH_MR, course([4.0, 3.0, 3.0], [150, 150, 150]), "MR MR", "MR")
case("Serum that is not followed does not progress", EVERY, course([0.5, 2.0, 2.0], [1000, 150, 150]), "PR PR", "PR")

# --- free light chains alone: difference 490 at baseline
case("Chain difference falls by exactly 90%", WITH_MR, course(flc=[(500, 10), (59, 10), (59, 10)]), "VGPR VGPR", "VGPR")
case(
    "Chain difference falls by exactly 90% where that is no VGPR",
    "2006",
    course(flc=[(500, 10), (59, 10), (59, 10)]),
    "PR PR",
    "PR",
)
case(
    "Chain difference falls by just less than 90%",
    EVERY,
    course(flc=[(500, 10), (59.1, 10), (59.1, 10)]),
    "PR PR",
    "PR",
)
case(
    "Chain difference falls by just more than 90%",
    WITH_MR,
    course(flc=[(500, 10), (58.9, 10), (58.9, 10)]),
    "VGPR VGPR",
    "VGPR",
)
case("Chain difference falls by exactly 50%", EVERY, course(flc=[(500, 10), (255, 10), (255, 10)]), "PR PR", "PR")
case(
    "Chain difference falls by just less than 50%",
    EVERY,
    course(flc=[(500, 10), (255.1, 10), (255.1, 10)]),
    "SD SD",
    "SD",
)
case(
    "The difference counts and not the involved chain",
    EVERY,
    course(flc=[(500, 10), (260, 15), (260, 15)]),
    "PR PR",
    "PR",
)
case(
    "Missing uninvolved chain makes the visit not evaluable",
    EVERY,
    course(flc=[(500, 10), (50, None), (255, 10)]),
    "NE PR",
    "SD",
)
case(
    "Missing involved chain makes the visit not evaluable",
    EVERY,
    course(flc=[(500, 10), (None, 10), (None, 10)]),
    "NE NE",
    "NE",
)
case(
    "Urine not followed of 100 mg caps a chain VGPR",
    WITH_MR,
    course(u=[150, 100, 100], flc=[(500, 10), (50, 10), (50, 10)]),
    "PR PR",
    "PR",
)
case(
    "Chain ratio of exactly 1.65 is CR",
    EVERY,
    course(flc=[(500, 10), (16.5, 10), (16.5, 10)], sife="+--", uife="+--", marrow=[40, 4, 4]),
    "CR CR",
    "CR",
)
case(
    "Chain ratio of 1.66 is VGPR",
    WITH_MR,
    course(flc=[(500, 10), (16.6, 10), (16.6, 10)], sife="+--", uife="+--", marrow=[40, 4, 4]),
    "VGPR VGPR",
    "VGPR",
)
case(
    "Chain ratio of 1.66 is PR in the first version",
    "2006",
    course(flc=[(500, 10), (16.6, 10), (16.6, 10)], sife="+--", uife="+--", marrow=[40, 4, 4]),
    "PR PR",
    "PR",
)
case(
    "Chain ratio of exactly 0.26 is CR",
    EVERY,
    course(flc=[(500, 10), (2.6, 10), (2.6, 10)], sife="+--", uife="+--", marrow=[40, 4, 4]),
    "CR CR",
    "CR",
)
case(
    "Chain ratio of 0.25 is VGPR",
    WITH_MR,
    course(flc=[(500, 10), (2.5, 10), (2.5, 10)], sife="+--", uife="+--", marrow=[40, 4, 4]),
    "VGPR VGPR",
    "VGPR",
)
case(
    "Chain ratio of 0.25 is PR in the first version",
    "2006",
    course(flc=[(500, 10), (2.5, 10), (2.5, 10)], sife="+--", uife="+--", marrow=[40, 4, 4]),
    "PR PR",
    "PR",
)
case(
    "A normal ratio is CR whatever the fall of the difference",
    EVERY,
    course(flc=[(300, 150), (240, 150), (240, 150)], sife="+--", uife="+--", marrow=[40, 4, 4]),
    "CR CR",
    "CR",
)
case(
    "A normal ratio without marrow keeps the level of the difference",
    EVERY,
    course(flc=[(300, 150), (240, 150), (240, 150)], sife="+--", uife="+--"),
    "SD SD",
    "SD",
)
case(
    "A normal ratio with non-clonal marrow is sCR",
    EVERY,
    course(flc=[(500, 10), (16.5, 10), (16.5, 10)], sife="+--", uife="+--", marrow=[40, 4, 4], clonal="ynn"),
    "sCR sCR",
    "sCR",
)
case(
    "A normal ratio with urine of 100 mg is no CR",
    WITH_MR,
    course(u=[150, 100, 99], flc=[(500, 10), (10, 10), (10, 10)], sife="+--", uife="+--", marrow=[40, 4, 4]),
    "PR CR",
    "PR",
)

# --- complete response
case("CR with serum gone", EVERY, course([4.0, 0, 0], sife="+--", uife="+--", marrow=[40, 4, 4]), "CR CR", "CR")
case(
    "CR asks the serum for a fall of 90% and negative immunofixation",
    EVERY,
    course([4.0, 0.4, 0.4], sife="+--", uife="+--", marrow=[40, 4, 4]),
    "CR CR",
    "CR",
)
case(
    "No CR with a serum fall of just less than 90%",
    EVERY,
    course([4.0, 0.41, 0.41], sife="+--", uife="+--", marrow=[40, 4, 4]),
    "PR PR",
    "PR",
)
case("Marrow of 4.9% is CR", EVERY, course([4.0, 0, 0], sife="+--", uife="+--", marrow=[40, 4.9, 4.9]), "CR CR", "CR")
case(
    "Marrow of exactly 5% is no CR",
    EVERY,
    course([4.0, 0, 0], sife="+--", uife="+--", marrow=[40, 5, 5]),
    "VGPR VGPR",
    "VGPR",
)
case(
    "Positive serum immunofixation is no CR",
    EVERY,
    course([4.0, 0, 0], sife="+++", uife="+--", marrow=[40, 4, 4]),
    "VGPR VGPR",
    "VGPR",
)
case(
    "Positive urine immunofixation is no CR",
    EVERY,
    course([4.0, 0, 0], sife="+--", uife="-++", marrow=[40, 4, 4]),
    "VGPR VGPR",
    "VGPR",
)
case(
    "Missing serum immunofixation is no CR and is not carried forward",
    EVERY,
    course([4.0, 0, 0], sife="+-.", uife="+--", marrow=[40, 4, 4]),
    "CR VGPR",
    "VGPR",
)
case(
    "Missing urine immunofixation is no CR and is not carried forward",
    EVERY,
    course([4.0, 0, 0], sife="+--", uife="+-.", marrow=[40, 4, 4]),
    "CR VGPR",
    "VGPR",
)
case("Unknown marrow is no CR", EVERY, course([4.0, 0, 0], sife="+--", uife="+--"), "VGPR VGPR", "VGPR")
case(
    "Marrow of the baseline does not count",
    EVERY,
    course([4.0, 0, 0], sife="+--", uife="+--", marrow=[3, None, None]),
    "VGPR VGPR",
    "VGPR",
)
case(
    "Marrow is carried forward",
    EVERY,
    course([4.0, 0, 0, 0], sife="+---", uife="+---", marrow=[40, 2, None, None]),
    "CR CR CR",
    "CR",
)
case(
    "Marrow is carried forward from a visit in partial response",
    EVERY,
    course([4.0, 1.5, 0, 0], sife="++--", uife="++--", marrow=[40, 4, None, None]),
    "PR CR CR",
    "CR",
)
case(
    "Marrow is carried forward from a visit that is not evaluable",
    EVERY,
    course([4.0, None, 0, 0], sife="+.--", uife="+.--", marrow=[40, 1, None, None]),
    "NE CR CR",
    "CR",
)
case(
    "Marrow is not carried backward",
    EVERY,
    course([4.0, 0, 0], sife="+--", uife="+--", marrow=[40, None, 2]),
    "VGPR CR",
    "VGPR",
)
case(
    "A later marrow of 6% ends CR",
    EVERY,
    course([4.0, 0, 0, 0], sife="+---", uife="+---", marrow=[40, 2, None, 6]),
    "CR CR VGPR",
    "CR",
)
case(
    "A later marrow below 5% replaces one above",
    EVERY,
    course([4.0, 0, 0, 0], sife="+---", uife="+---", marrow=[40, 8, 2, None]),
    "VGPR CR CR",
    "CR",
)
case(
    "CR with a followed urine of 99 mg",
    EVERY,
    course(u=[1000, 99, 99], sife="+--", uife="+--", marrow=[40, 4, 4]),
    "CR CR",
    "CR",
)
case(
    "No CR with a followed urine of 100 mg",
    EVERY,
    course(u=[1000, 100, 100], sife="+--", uife="+--", marrow=[40, 4, 4]),
    "PR PR",
    "PR",
)
case(
    "CR with a urine of 99.9 mg that is not followed",
    EVERY,
    course([4.0, 0, 0], [150, 99.9, 99.9], sife="+--", uife="+--", marrow=[40, 4, 4]),
    "CR CR",
    "CR",
)
case(
    "No CR with a urine of 100 mg that is not followed",
    EVERY,
    course([4.0, 0, 0], [150, 100, 100], sife="+--", uife="+--", marrow=[40, 4, 4]),
    "PR PR",
    "PR",
)
case(
    "No CR with serum gone and followed urine in PR",
    EVERY,
    course([4.0, 0, 0], [1000, 150, 150], sife="+--", uife="+--", marrow=[40, 4, 4]),
    "PR PR",
    "PR",
)
case(
    "Chain ratio is not asked for CR of serum",
    EVERY,
    course([4.0, 0, 0], flc=[(500, 10), (50, 10), (50, 10)], sife="+--", uife="+--", marrow=[40, 4, 4], clonal="ynn"),
    "CR CR",
    "CR",
)

# --- stringent complete response
SERUM = [4.0, 0, 0]
case(
    "sCR with normal ratio and non-clonal marrow",
    EVERY,
    course(SERUM, flc=[(500, 10), (10, 10), (10, 10)], sife="+--", uife="+--", marrow=[40, 1, 1], clonal="ynn"),
    "sCR sCR",
    "sCR",
)
case(
    "sCR at a ratio of exactly 1.65",
    EVERY,
    course(SERUM, flc=[(500, 10), (16.5, 10), (16.5, 10)], sife="+--", uife="+--", marrow=[40, 1, 1], clonal="ynn"),
    "sCR sCR",
    "sCR",
)
case(
    "No sCR at a ratio of 1.651",
    EVERY,
    course(SERUM, flc=[(500, 10), (16.51, 10), (16.51, 10)], sife="+--", uife="+--", marrow=[40, 1, 1], clonal="ynn"),
    "CR CR",
    "CR",
)
case(
    "sCR at a ratio of exactly 0.26",
    EVERY,
    course(SERUM, flc=[(500, 10), (2.6, 10), (2.6, 10)], sife="+--", uife="+--", marrow=[40, 1, 1], clonal="ynn"),
    "sCR sCR",
    "sCR",
)
case(
    "No sCR at a ratio of 0.259",
    EVERY,
    course(SERUM, flc=[(500, 10), (2.59, 10), (2.59, 10)], sife="+--", uife="+--", marrow=[40, 1, 1], clonal="ynn"),
    "CR CR",
    "CR",
)
case(
    "Clonal marrow is no sCR",
    EVERY,
    course(SERUM, flc=[(500, 10), (10, 10), (10, 10)], sife="+--", uife="+--", marrow=[40, 1, 1], clonal="yyy"),
    "CR CR",
    "CR",
)
case(
    "Unknown clonality is no sCR",
    EVERY,
    course(SERUM, flc=[(500, 10), (10, 10), (10, 10)], sife="+--", uife="+--", marrow=[40, 1, 1]),
    "CR CR",
    "CR",
)
case(
    "Clonality of the baseline does not count",
    EVERY,
    course(SERUM, flc=[(500, 10), (10, 10), (10, 10)], sife="+--", uife="+--", marrow=[40, 1, 1], clonal="n.."),
    "CR CR",
    "CR",
)
case(
    "Clonality is carried forward",
    EVERY,
    course(SERUM, flc=[(500, 10), (10, 10), (10, 10)], sife="+--", uife="+--", marrow=[40, 1, None], clonal="yn."),
    "sCR sCR",
    "sCR",
)
case(
    "A later clonal marrow ends sCR",
    EVERY,
    course(SERUM, flc=[(500, 10), (10, 10), (10, 10)], sife="+--", uife="+--", marrow=[40, 1, 1], clonal="yny"),
    "sCR CR",
    "CR",
)
case(
    "A later non-clonal marrow makes sCR",
    EVERY,
    course(
        [4.0, 0, 0, 0],
        flc=[(500, 10), (10, 10), (10, 10), (10, 10)],
        sife="+---",
        uife="+---",
        marrow=[40, 1, 1, 1],
        clonal="yynn",
    ),
    "CR sCR sCR",
    "sCR",
)
case(
    "Chains are not carried forward for sCR",
    EVERY,
    course(SERUM, flc=[(500, 10), (10, 10), (None, None)], sife="+--", uife="+--", marrow=[40, 1, 1], clonal="ynn"),
    "sCR CR",
    "CR",
)
case(
    "One unknown chain is no sCR",
    EVERY,
    course(SERUM, flc=[(500, 10), (10, None), (None, 10)], sife="+--", uife="+--", marrow=[40, 1, 1], clonal="ynn"),
    "CR CR",
    "CR",
)
case(
    "Marrow of 5% that is not clonal is no sCR",
    EVERY,
    course(SERUM, flc=[(500, 10), (10, 10), (10, 10)], sife="+--", uife="+--", marrow=[40, 5, 5], clonal="ynn"),
    "VGPR VGPR",
    "VGPR",
)

# --- plasmacytomas at baseline
case("PR with a plasmacytoma down by exactly 50%", EVERY, course([4.0, 2.0, 2.0], plasma=[10, 5, 5]), "PR PR", "PR")
case(
    "PR with a plasmacytoma down by just less than 50%",
    "2006 2016",
    course([4.0, 2.0, 2.0], plasma=[10, 5.1, 5.1]),
    "SD SD",
    "SD",
)
case(
    "PR with a plasmacytoma down by just less than 50% is MR",
    "2011",
    course([4.0, 2.0, 2.0], plasma=[10, 5.1, 5.1]),
    "MR MR",
    "MR",
)
case(
    "PR with a plasmacytoma down by exactly 25% is MR",
    "2011",
    course([4.0, 2.0, 2.0], plasma=[10, 7.5, 7.5]),
    "MR MR",
    "MR",
)
case(
    "PR with a plasmacytoma down by exactly 25% is SD",
    "2006 2016",
    course([4.0, 2.0, 2.0], plasma=[10, 7.5, 7.5]),
    "SD SD",
    "SD",
)
case(
    "PR with a plasmacytoma down by just less than 25%",
    EVERY,
    course([4.0, 2.0, 2.0], plasma=[10, 7.6, 7.6]),
    "SD SD",
    "SD",
)
case(
    "VGPR with a plasmacytoma down by exactly 50%",
    EVERY,
    course([4.0, 0.4, 0.4], plasma=[10, 5, 5]),
    "VGPR VGPR",
    "VGPR",
)
case(
    "VGPR with a plasmacytoma down by just less than 50%",
    "2006 2016",
    course([4.0, 0.4, 0.4], plasma=[10, 5.01, 5.01]),
    "SD SD",
    "SD",
)
case(
    "VGPR with a plasmacytoma down by just less than 50% is MR",
    "2011",
    course([4.0, 0.4, 0.4], plasma=[10, 5.01, 5.01]),
    "MR MR",
    "MR",
)
case("MR with a plasmacytoma down by exactly 50%", WITH_MR, course([4.0, 3.0, 3.0], plasma=[10, 5, 5]), "MR MR", "MR")
case(
    "MR with a plasmacytoma down by just less than 50%",
    "2016",
    course([4.0, 3.0, 3.0], plasma=[10, 5.1, 5.1]),
    "SD SD",
    "SD",
)
case(
    "MR with a plasmacytoma down by exactly 25%", "2011", course([4.0, 3.0, 3.0], plasma=[10, 7.5, 7.5]), "MR MR", "MR"
)
case(
    "MR with a plasmacytoma down by exactly 25% in the last version",
    "2016",
    course([4.0, 3.0, 3.0], plasma=[10, 7.5, 7.5]),
    "SD SD",
    "SD",
)
case(
    "MR with a plasmacytoma down by just less than 25%",
    "2011",
    course([4.0, 3.0, 3.0], plasma=[10, 7.6, 7.6]),
    "SD SD",
    "SD",
)
case("SD with a vanished plasmacytoma stays SD", EVERY, course([4.0, 3.5, 3.5], plasma=[10, 0, 0]), "SD SD", "SD")
case(
    "Plasmacytoma never assessed again has its baseline size",
    EVERY,
    course([4.0, 2.0, 2.0], plasma=[10, None, None]),
    "SD SD",
    "SD",
)
case(
    "Plasmacytoma size is carried forward",
    EVERY,
    course([4.0, 2.0, 2.0, 2.0], plasma=[10, 4, None, None]),
    "PR PR PR",
    "PR",
)
case(
    "Plasmacytoma assessed late holds the first visit back",
    EVERY,
    course([4.0, 2.0, 2.0, 2.0], plasma=[10, None, 4, None]),
    "SD PR PR",
    "PR",
)
case(
    "Plasmacytoma size is carried forward from a visit that is not evaluable",
    EVERY,
    course([4.0, None, 2.0, 2.0], plasma=[10, 4, None, None]),
    "NE PR PR",
    "PR",
)
case(
    "Plasmacytoma that regrows to below one and a half times loses the PR",
    "2016",
    course([4.0, 2.0, 2.0, 2.0], plasma=[10, 4, 4, 5.9]),
    "PR PR SD",
    "PR",
)
case(
    "Plasmacytoma that regrows to below one and a half times leaves MR",
    "2011",
    course([4.0, 2.0, 2.0, 2.0], plasma=[10, 4, 4, 5.9]),
    "PR PR MR",
    "PR",
)
case(
    "CR with a vanished plasmacytoma",
    EVERY,
    course([4.0, 0, 0], sife="+--", uife="+--", marrow=[40, 4, 4], plasma=[10, 0, None]),
    "CR CR",
    "CR",
)
case(
    "No CR with a plasmacytoma left",
    EVERY,
    course([4.0, 0, 0], sife="+--", uife="+--", marrow=[40, 4, 4], plasma=[10, 0.5, 0.5]),
    "VGPR VGPR",
    "VGPR",
)
case(
    "No CR with a plasmacytoma that was not assessed again",
    EVERY,
    course([4.0, 0, 0], sife="+--", uife="+--", marrow=[40, 4, 4], plasma=[10, None, None]),
    "SD SD",
    "SD",
)
case(
    "CR without plasmacytoma at baseline",
    EVERY,
    course([4.0, 0, 0], sife="+--", uife="+--", marrow=[40, 4, 4], plasma=[0, None, 0]),
    "CR CR",
    "CR",
)
case(
    "No sCR with a plasmacytoma left",
    EVERY,
    course(
        SERUM,
        flc=[(500, 10), (10, 10), (10, 10)],
        sife="+--",
        uife="+--",
        marrow=[40, 1, 1],
        clonal="ynn",
        plasma=[10, 1, 0],
    ),
    "VGPR sCR",
    "VGPR",
)
case(
    "Chain PR with a plasmacytoma down by exactly 50%",
    EVERY,
    course(flc=[(500, 10), (255, 10), (255, 10)], plasma=[10, 5, 5]),
    "PR PR",
    "PR",
)
case(
    "Chain PR with a plasmacytoma that did not shrink",
    EVERY,
    course(flc=[(500, 10), (255, 10), (255, 10)], plasma=[10, 10, 10]),
    "SD SD",
    "SD",
)
case(
    "Plasmacytoma not assessed at baseline asks nothing",
    EVERY,
    course([4.0, 2.0, 2.0], plasma=[None, 3, 3]),
    "PR PR",
    "PR",
)
case("Urine MR with a plasmacytoma down by 30%", "2011", course(u=[1000, 500, 500], plasma=[10, 7, 7]), "MR MR", "MR")
case(
    "Urine MR with a plasmacytoma down by 30% in the last version",
    "2016",
    course(u=[1000, 500, 500], plasma=[10, 7, 7]),
    "SD SD",
    "SD",
)

# --- progression by plasmacytoma or new lesion, confirmed by itself
case("Plasmacytoma grows to exactly one and a half times", EVERY, course([4.0, 2.0], plasma=[10, 15]), "PD", "PD", 30)
case(
    "Plasmacytoma grows to just less than one and a half times",
    EVERY,
    course([4.0, 2.0, 2.0], plasma=[10, 14.9, 14.9]),
    "SD SD",
    "SD",
)
case(
    "Plasmacytoma grows to exactly one and a half times its smallest size",
    EVERY,
    course([4.0, 2.0, 2.0, 2.0], plasma=[10, 4, 4, 6]),
    "PR PR PD",
    "PR",
    90,
)
case(
    "Plasmacytoma grows from its smallest size before a gap",
    EVERY,
    course([4.0, 2.0, 2.0, 2.0], plasma=[10, 4, None, 6]),
    "PR PR PD",
    "PR",
    90,
)
case(
    "Plasmacytoma grows from a smallest size that was not the last",
    EVERY,
    course([4.0, 2.0, 2.0, 2.0], plasma=[10, 4, 5, 6]),
    "PR PR PD",
    "PR",
    90,
)
case(
    "Plasmacytoma grows from its baseline when it was not assessed between",
    EVERY,
    course([4.0, 2.0, 2.0], plasma=[10, None, 15]),
    "SD PD",
    "SD",
    60,
)
case(
    "A plasmacytoma where there was none at baseline",
    EVERY,
    course([4.0, 2.0, 2.0, 2.0], plasma=[0, 0, None, 0.5]),
    "PR PR PD",
    "PR",
    90,
)
case("A vanished plasmacytoma returns", EVERY, course([4.0, 2.0, 2.0, 2.0], plasma=[10, 0, 0, 1]), "PR PR PD", "PR", 90)
case(
    "A plasmacytoma after none was seen at a visit",
    EVERY,
    course([4.0, 2.0, 2.0], plasma=[None, 0, 1]),
    "PR PD",
    "SD",
    60,
)
case(
    "A plasmacytoma first assessed at a visit is held against that size",
    EVERY,
    course([4.0, 2.0, 2.0, 2.0], plasma=[None, 3, 4.4, 4.5]),
    "PR PR PD",
    "PR",
    90,
)
case("A plasmacytoma grows at a visit without protein", EVERY, course([4.0, None], plasma=[10, 15]), "PD", "PD", 30)
case("A new lesion at the first visit", EVERY, course([4.0, 2.0], lesion="ny"), "PD", "PD", 30)
case(
    "A new lesion overrides the response",
    EVERY,
    course([4.0, 0.4, 0.4, 0.4], lesion="nnny"),
    "VGPR VGPR PD",
    "VGPR",
    90,
)
case(
    "A new lesion overrides CR",
    EVERY,
    course([4.0, 0, 0, 0], sife="+---", uife="+---", marrow=[40, 1, 1, 1], lesion="...y"),
    "CR CR PD",
    "CR",
    90,
)
case(
    "A new lesion at a visit without protein", EVERY, course([4.0, 2.0, 2.0, None], lesion="...y"), "PR PR PD", "PR", 90
)
case("A new lesion marked at baseline is not progression", EVERY, course([4.0, 2.0, 2.0], lesion="ynn"), "PR PR", "PR")
case("Unknown lesions are not progression", EVERY, course([4.0, 2.0, 2.0], lesion="n.."), "PR PR", "PR")
case(
    "A new lesion is not refuted by the next visit",
    EVERY,
    course([4.0, 2.0, 2.0, 2.0, 2.0], lesion="nnyn."),
    "PR PD PR PR",
    "SD",
    60,
)
case(
    "A lesion after a gap counts as the first evaluable visit",
    EVERY,
    course([4.0, None, None], lesion="nny"),
    "NE PD",
    "PD",
    60,
)

# --- progression by serum
case("Serum of 4 rises by exactly 25%", EVERY, course([4.0, 5.0, 5.0]), "PD PD", "PD", 30)
case("Serum of 4 rises by just less than 25%", EVERY, course([4.0, 4.99, 4.99]), "SD SD", "SD")
case("Serum of 1 rises by exactly 0.5", EVERY, course([1.0, 1.5, 1.5]), "PD PD", "PD", 30)
case("Serum of 1 rises by 49% but by less than 0.5", EVERY, course([1.0, 1.49, 1.49]), "SD SD", "SD")
case("Serum of 2 rises by exactly 0.5 and exactly 25%", EVERY, course([2.0, 2.5, 2.5]), "PD PD", "PD", 30)
case("Serum of 2 rises by 0.49", EVERY, course([2.0, 2.49, 2.49]), "SD SD", "SD")
case("Serum of 3 rises by 0.5 but by less than 25%", EVERY, course([3.0, 3.5, 3.5]), "SD SD", "SD")
case("Serum of 3 rises by exactly 25%", EVERY, course([3.0, 3.75, 3.75]), "PD PD", "PD", 30)
case("Serum of 5 rises by exactly 1", EVERY, course([5.0, 6.0, 6.0]), "PD PD", "PD", 30)
case("Serum of 5 rises by 0.99", EVERY, course([5.0, 5.99, 5.99]), "SD SD", "SD")
case("Serum of 5.1 rises to 6.1, exactly 1", EVERY, course([5.1, 6.1, 6.1]), "PD PD", "PD", 30)
case("Serum of 8 rises by exactly 1", EVERY, course([8.0, 9.0, 9.0]), "PD PD", "PD", 30)
case("Serum of 8 rises by 0.99", EVERY, course([8.0, 8.99, 8.99]), "SD SD", "SD")
case("Serum of 4.99 rises by 1 but by less than 25%", EVERY, course([4.99, 5.99, 5.99]), "SD SD", "SD")
case("Serum of 4.99 rises by just more than 25%", EVERY, course([4.99, 6.24, 6.24]), "PD PD", "PD", 30)
case(
    "Serum rises by 0.5 from a confirmed smallest value",
    EVERY,
    course([4.0, 1.0, 1.0, 1.5, 1.5]),
    "PR PR PD PD",
    "PR",
    90,
)
case(
    "Serum rises by 0.49 from a confirmed smallest value",
    EVERY,
    course([4.0, 1.0, 1.0, 1.49, 1.49]),
    "PR PR PR PR",
    "PR",
)
case("Serum rises by 0.5 from nothing", EVERY, course([4.0, 0, 0, 0.5, 0.5]), "VGPR VGPR PD PD", "VGPR", 90)
case("Serum rises by 0.49 from nothing", EVERY, course([4.0, 0, 0, 0.49, 0.49]), "VGPR VGPR PR PR", "VGPR")
case("Serum at 5.0 after 9.0 rises by exactly 1", WITH_MR, course([9.0, 5.0, 5.0, 6.0, 6.0]), "MR MR PD PD", "MR", 90)
case(
    "Serum at 5.0 after 9.0 rises by exactly 1 where there is no MR",
    "2006",
    course([9.0, 5.0, 5.0, 6.0, 6.0]),
    "SD SD PD PD",
    "SD",
    90,
)
case(
    "Serum at 4.9 after 9.0 rises by 1.1, less than 25%",
    WITH_MR,
    course([9.0, 4.9, 4.9, 6.0, 6.0]),
    "MR MR MR MR",
    "MR",
)

# --- progression by urine
case("Urine of 1000 rises by exactly 25%", EVERY, course(u=[1000, 1250, 1250]), "PD PD", "PD", 30)
case("Urine of 1000 rises by just less than 25%", EVERY, course(u=[1000, 1249, 1249]), "SD SD", "SD")
case("Urine of 400 rises by exactly 200", EVERY, course(u=[400, 600, 600]), "PD PD", "PD", 30)
case("Urine of 400 rises by 199", EVERY, course(u=[400, 599, 599]), "SD SD", "SD")
case("Urine of 800 rises by exactly 200 and exactly 25%", EVERY, course(u=[800, 1000, 1000]), "PD PD", "PD", 30)
case("Urine of 804 rises by 200 but by less than 25%", EVERY, course(u=[804, 1004, 1004]), "SD SD", "SD")
case("Urine rises by exactly 200 from nothing", EVERY, course(u=[1000, 0, 0, 200, 200]), "VGPR VGPR PD PD", "VGPR", 90)
case("Urine rises by 199 from nothing", EVERY, course(u=[1000, 0, 0, 199, 199]), "VGPR VGPR PR PR", "VGPR")

# --- progression by chains
case(
    "Chain difference of 490 rises by exactly 25%",
    EVERY,
    course(flc=[(500, 10), (622.5, 10), (622.5, 10)]),
    "PD PD",
    "PD",
    30,
)
case(
    "Chain difference of 490 rises by just less than 25%",
    EVERY,
    course(flc=[(500, 10), (622.4, 10), (622.4, 10)]),
    "SD SD",
    "SD",
)
case(
    "Chain difference of 100 rises by exactly 100", EVERY, course(flc=[(110, 10), (210, 10), (210, 10)]), "SD SD", "SD"
)
case(
    "Chain difference of 100 rises by just more than 100",
    EVERY,
    course(flc=[(110, 10), (210.1, 10), (210.1, 10)]),
    "PD PD",
    "PD",
    30,
)
case(
    "Chain difference of 400 rises by exactly 25% and exactly 100",
    EVERY,
    course(flc=[(410, 10), (510, 10), (510, 10)]),
    "SD SD",
    "SD",
)
case(
    "Chain difference of 400 rises by just more than 100",
    EVERY,
    course(flc=[(410, 10), (510.1, 10), (510.1, 10)]),
    "PD PD",
    "PD",
    30,
)
case(
    "Chain difference rises by just more than 100 from zero",
    WITH_MR,
    course(flc=[(500, 10), (10, 10), (10, 10), (110.1, 10), (110.1, 10)]),
    "VGPR VGPR PD PD",
    "VGPR",
    90,
)
case(
    "Chain difference rises by just more than 100 from zero in the first version",
    "2006",
    course(flc=[(500, 10), (10, 10), (10, 10), (110.1, 10), (110.1, 10)]),
    "PR PR PD PD",
    "PR",
    90,
)
case(
    "A risen involved chain with a missing partner is not evaluable",
    EVERY,
    course(flc=[(500, 10), (900, None), (500, 10)]),
    "NE SD",
    "SD",
)

# --- the reference value for progression
case("Serum doubles after a dip seen once", SMALLEST, course([4.0, 1.0, 2.0, 2.0]), "PR PD PD", "SD", 60)
case(
    "Serum doubles after a dip seen once, which the last version does not hold against it",
    "2016",
    course([4.0, 1.0, 2.0, 2.0]),
    "PR PR PR",
    "PR",
)
case(
    "The larger of two consecutive low values is the reference, rise of exactly 0.5",
    EVERY,
    course([4.0, 1.0, 1.2, 1.7, 1.7]),
    "PR PR PD PD",
    "PR",
    90,
)
case(
    "The larger of two consecutive low values is the reference, rise of 0.49",
    "2016",
    course([4.0, 1.0, 1.2, 1.69, 1.69]),
    "PR PR PR PR",
    "PR",
)
case(
    "The smaller of two low values is the reference, rise of 0.69",
    SMALLEST,
    course([4.0, 1.0, 1.2, 1.69, 1.69]),
    "PR PR PD PD",
    "PR",
    90,
)
case(
    "Low values that are not consecutive do not confirm each other",
    "2016",
    course([4.0, 1.0, 1.9, 1.0, 1.9, 1.9]),
    "PR PR PR PR PR",
    "PR",
)
case(
    "A dip confirmed after an unknown value counts as consecutive",
    "2016",
    course([4.0, 1.0, None, 1.0, 1.5, 1.5]),
    "PR NE PR PD PD",
    "PR",
    120,
)
case(
    "The reference is found at a visit that is not evaluable",
    EVERY,
    course([4.0, 1.0, 1.0, 1.5, 1.5], [1000, None, None, 150, 150]),
    "NE NE PD PD",
    "PD",
    90,
)
case(
    "A single low value at a visit that is not evaluable",
    SMALLEST,
    course([4.0, 1.0, 1.5, 1.5], [1000, None, 150, 150]),
    "NE PD PD",
    "PD",
    60,
)
case(
    "A single low value at a visit that is not evaluable is no reference in the last version",
    "2016",
    course([4.0, 1.0, 1.5, 1.5], [1000, None, 150, 150]),
    "NE PR PR",
    "PR",
)
case("The first dip of urine is held against it", SMALLEST, course(u=[1000, 50, 250, 250]), "VGPR PD PD", "SD", 60)
case(
    "The first dip of urine is not held against it in the last version",
    "2016",
    course(u=[1000, 50, 250, 250]),
    "VGPR MR MR",
    "MR",
)
case(
    "The first dip of chains is held against it",
    "2011",
    course(flc=[(500, 10), (20, 10), (150, 10), (150, 10)]),
    "VGPR PD PD",
    "SD",
    60,
)
case(
    "The first dip of chains is not held against it in the last version",
    "2016",
    course(flc=[(500, 10), (20, 10), (150, 10), (150, 10)]),
    "VGPR PR PR",
    "PR",
)
case("A reference of 5 seen once", SMALLEST, course([6.0, 5.0, 6.0, 6.0]), "SD PD PD", "SD", 60)
case(
    "A reference of 5 seen once does not count in the last version",
    "2016",
    course([6.0, 5.0, 6.0, 6.0]),
    "SD SD SD",
    "SD",
)

# --- progression with missing proteins
case(
    "Serum progresses although the urine is missing",
    EVERY,
    course([4.0, 5.0, 5.0], [1000, None, None]),
    "PD PD",
    "PD",
    30,
)
case(
    "Urine progresses although the serum is missing",
    EVERY,
    course([4.0, None, None], [1000, 1250, 1250]),
    "PD PD",
    "PD",
    30,
)
case("Serum progresses although the urine responds", EVERY, course([4.0, 5.0, 5.0], [1000, 50, 50]), "PD PD", "PD", 30)

# --- confirmation of progression
case("Progression at the last visit is not confirmed", EVERY, course([4.0, 5.0]), "PD", "NE", None, 30)
case(
    "Progression followed by nothing evaluable is not confirmed",
    EVERY,
    course([4.0, 5.0, None]),
    "PD NE",
    "NE",
    None,
    30,
)
case(
    "Progression is confirmed across a visit that is not evaluable",
    EVERY,
    course([4.0, 5.0, None, 5.0]),
    "PD NE PD",
    "PD",
    30,
)
case("Progression is refuted by the next visit", EVERY, course([4.0, 5.0, 4.5]), "PD SD", "SD")
case(
    "Progression is refuted across a visit that is not evaluable",
    EVERY,
    course([4.0, 5.0, None, 4.5]),
    "PD NE SD",
    "SD",
)
case(
    "The first evaluable visit is the confirmed progression after a gap",
    EVERY,
    course([4.0, None, 5.0, 5.0]),
    "NE PD PD",
    "PD",
    60,
)
case(
    "Unconfirmed progression after a confirmed response",
    EVERY,
    course([4.0, 2.0, 2.0, 3.0]),
    "PR PR PD",
    "PR",
    None,
    90,
)
case("Refuted progression after a confirmed response", EVERY, course([4.0, 2.0, 2.0, 3.0, 2.0]), "PR PR PD PR", "PR")
case(
    "Refuted progression stands between two partial responses", SMALLEST, course([4.0, 2.0, 3.0, 2.0]), "PR PD PR", "SD"
)
case("What was refuted progression is MR in the last version", "2016", course([4.0, 2.0, 3.0, 2.0]), "PR MR PR", "MR")
case(
    "Refuted progression and then a confirmed one",
    EVERY,
    course([4.0, 2.0, 2.0, 3.0, 2.0, 3.0, 3.0]),
    "PR PR PD PR PD PD",
    "PR",
    150,
)
case(
    "Refuted progression and then an unconfirmed one",
    EVERY,
    course([4.0, 2.0, 2.0, 3.0, 2.0, 3.0]),
    "PR PR PD PR PD",
    "PR",
    None,
    150,
)
case(
    "Response after confirmed progression does not count",
    EVERY,
    course([4.0, 5.0, 5.0, 2.0, 2.0]),
    "PD PD PR PR",
    "PD",
    30,
)
case(
    "Better response after confirmed progression does not count",
    EVERY,
    course([4.0, 2.0, 2.0, 3.0, 3.0, 0.3, 0.3]),
    "PR PR PD PD VGPR VGPR",
    "PR",
    90,
)
case("Serum progression is confirmed by a new lesion", EVERY, course([4.0, 5.0, 3.0], lesion="nny"), "PD PD", "PD", 30)
case(
    "Serum progression is confirmed by a new lesion at a visit without serum",
    EVERY,
    course([4.0, 5.0, None], lesion="nny"),
    "PD PD",
    "PD",
    30,
)
case(
    "Serum progression is confirmed by a growing plasmacytoma",
    EVERY,
    course([4.0, 5.0, 3.0], plasma=[4, 4, 6]),
    "PD PD",
    "PD",
    30,
)
case("Serum progression with a lesion needs no confirmation", EVERY, course([4.0, 5.0], lesion="ny"), "PD", "PD", 30)
case(
    "Serum and then urine progression do not confirm each other",
    EVERY,
    course([4.0, 5.0, 4.0, 4.0], [1000, 1000, 1250, 1250]),
    "PD PD PD",
    "SD",
    60,
)
case(
    "Serum and then urine progression at the last visit",
    EVERY,
    course([4.0, 5.0, 4.0], [1000, 1000, 1250]),
    "PD PD",
    "SD",
    None,
    60,
)
case(
    "Urine progression with serum missing does not confirm that of serum",
    EVERY,
    course([4.0, 5.0, None], [1000, 1000, 1250]),
    "PD PD",
    "SD",
    None,
    60,
)
case("One of two risen proteins confirms", EVERY, course([4.0, 5.0, 4.0], [1000, 1250, 1250]), "PD PD", "PD", 30)
case(
    "The next visit is held against the reference of the first, here 5",
    SMALLEST,
    course([5.0, 6.0, 4.9, 6.0], [1000, 1000, None, 1000]),
    "PD NE SD",
    "PD",
    30,
)
case(
    "The next visit is held against the reference of the first in the last version",
    "2016",
    course([5.0, 6.0, 4.9, 6.0], [1000, 1000, None, 1000]),
    "PD NE PD",
    "PD",
    30,
)
case(
    "A rise from a later dip does not confirm the first",
    SMALLEST,
    course([4.0, 5.0, 2.0, 4.5], [1000, 1000, None, 1000]),
    "PD NE PD",
    "SD",
    None,
    90,
)
case(
    "A later dip is no reference in the last version",
    "2016",
    course([4.0, 5.0, 2.0, 4.5], [1000, 1000, None, 1000]),
    "PD NE SD",
    "SD",
)
case(
    "Chain progression is confirmed",
    EVERY,
    course(flc=[(500, 10), (700, 10), (None, 10), (650, 10)]),
    "PD NE PD",
    "PD",
    30,
)
case("Chain progression is refuted", EVERY, course(flc=[(500, 10), (700, 10), (600, 10)]), "PD SD", "SD")
case("Urine progression is refuted", EVERY, course(u=[1000, 1300, 1200]), "PD SD", "SD")
case(
    "Progression is on its own day",
    EVERY,
    course([4.0, 2.0, 2.0, 3.0, 3.0], days=[0, 21, 43, 71, 72]),
    "PR PR PD PD",
    "PR",
    71,
)
case(
    "Unconfirmed progression is on its own day",
    EVERY,
    course([4.0, 2.0, 2.0, 3.0], days=[0, 21, 43, 71]),
    "PR PR PD",
    "PR",
    None,
    71,
)

# --- best confirmed response
case("A single response is not confirmed", EVERY, course([4.0, 0.4]), "VGPR", "SD")
case("A single stable visit is SD", EVERY, course([4.0, 4.0]), "SD", "SD")
case("No evaluable visit", EVERY, course([4.0, None, None]), "NE NE", "NE")
case("A baseline without further visits is not evaluable", EVERY, course([4.0]), "", "NE")
case("SD and then PR is SD", EVERY, course([4.0, 3.5, 2.0]), "SD PR", "SD")
case("PR is confirmed across a visit that is not evaluable", EVERY, course([4.0, 2.0, None, 2.0]), "PR NE PR", "PR")
case("VGPR and then PR is PR", EVERY, course([4.0, 0.4, 0.8]), "VGPR PR", "PR")
case("PR and then VGPR is PR", EVERY, course([4.0, 2.0, 0.4]), "PR VGPR", "PR")
case("MR and then PR is MR", WITH_MR, course([4.0, 3.0, 2.0]), "MR PR", "MR")
case("A fall of 25% and then PR is SD without MR", "2006", course([4.0, 3.0, 2.0]), "SD PR", "SD")
case(
    "CR, VGPR and CR is VGPR",
    EVERY,
    course([4.0, 0, 0, 0], sife="+-+-", uife="+---", marrow=[40, 4, 4, 4]),
    "CR VGPR CR",
    "VGPR",
)
case(
    "VGPR, CR and CR is CR",
    EVERY,
    course([4.0, 0, 0, 0], sife="++--", uife="+---", marrow=[40, 4, 4, 4]),
    "VGPR CR CR",
    "CR",
)
case("The best pair counts and not the last", EVERY, course([4.0, 0.3, 0.3, 0.7, 0.7]), "VGPR VGPR PR PR", "VGPR")
case(
    "The one response before confirmed progression is not confirmed",
    EVERY,
    course([4.0, 2.0, 2.0], lesion="nny"),
    "PR PD",
    "SD",
    60,
)
case("Unconfirmed progression after one response is SD", SMALLEST, course([4.0, 2.0, 3.0]), "PR PD", "SD", None, 60)
case(
    "What was unconfirmed progression after one response is MR in the last version",
    "2016",
    course([4.0, 2.0, 3.0]),
    "PR MR",
    "MR",
)
case("Refuted progression and then a confirmed response", EVERY, course([4.0, 5.0, 2.0, 2.0]), "PD PR PR", "PR")
