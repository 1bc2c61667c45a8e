"""Slow and plain reading of the IMWG response criteria (Durie 2006, Rajkumar 2011, Kumar 2016), for comparison in tests."""

from fractions import Fraction
from typing import Any

Visit = dict[str, Any]

RANKS = ["SD", "MR", "PR", "VGPR", "CR", "sCR"]
KEYS = [
    "serum_m_g_dL",
    "urine_m_mg_24h",
    "involved_flc_mg_L",
    "uninvolved_flc_mg_L",
    "marrow_percent",
    "plasmacytoma_cm2",
]


def classify(visits: list[Visit], version: str) -> dict[str, Any]:
    """Category of each visit after the baseline, best confirmed response and the days of progression."""
    if version not in ("2006", "2011", "2016"):
        raise ValueError(version)
    visits = [_exact(visit) for visit in visits]
    followed = _followed(visits[0])
    if not followed:
        return {
            "measurable": [],
            "visits": ["NE" for _ in visits[1:]],
            "best": "NE",
            "progression_day": None,
            "unconfirmed_progression_day": None,
        }
    categories = ["baseline"]
    for at in range(1, len(visits)):
        categories.append(_category(visits, at, followed, version))
    progression, unconfirmed = _progression(visits, categories, followed, version)
    return {
        "measurable": followed,
        "visits": categories[1:],
        "best": _best(categories, progression, unconfirmed),
        "progression_day": None if progression is None else visits[progression]["day"],
        "unconfirmed_progression_day": None if unconfirmed is None else visits[unconfirmed]["day"],
    }


def _exact(visit: Visit) -> Visit:
    exact = dict(visit)
    for key in KEYS:
        value = visit.get(key)
        exact[key] = None if value is None else Fraction(str(value))
    return exact


def _followed(baseline: Visit) -> list[str]:
    followed = []
    serum, urine = baseline["serum_m_g_dL"], baseline["urine_m_mg_24h"]
    if serum is not None and serum >= 1:
        followed.append("serum")
    if urine is not None and urine >= 200:
        followed.append("urine")
    if followed:
        return followed
    involved, uninvolved = baseline["involved_flc_mg_L"], baseline["uninvolved_flc_mg_L"]
    if involved is not None and uninvolved is not None and involved >= 100 and involved > Fraction("1.65") * uninvolved:
        return ["flc"]
    return []


def _value(visit: Visit, protein: str) -> Fraction | None:
    if protein == "flc":
        if visit["involved_flc_mg_L"] is None or visit["uninvolved_flc_mg_L"] is None:
            return None
        difference: Fraction = visit["involved_flc_mg_L"] - visit["uninvolved_flc_mg_L"]
        return difference
    value: Fraction | None = visit["serum_m_g_dL" if protein == "serum" else "urine_m_mg_24h"]
    return value


def _baseline_value(visits: list[Visit], protein: str) -> Fraction:
    value = _value(visits[0], protein)
    assert value is not None
    return value


def _last(visits: list[Visit], first: int, at: int, key: str) -> Any:
    """Last known value of the key among the visits first..at."""
    known = None
    for visit in visits[first : at + 1]:
        if visit.get(key) is not None:
            known = visit[key]
    return known


def _level(protein: str, baseline: Fraction, value: Fraction, version: str) -> str:
    has_mr = version in ("2011", "2016")
    fall = (baseline - value) / baseline
    if protein == "serum":
        if fall >= Fraction(90, 100):
            return "VGPR"
        if fall >= Fraction(50, 100):
            return "PR"
        if has_mr and fall >= Fraction(25, 100):
            return "MR"
        return "SD"
    if protein == "urine":
        if value < 100:
            return "VGPR"
        if fall >= Fraction(90, 100) or value < 200:
            return "PR"
        if has_mr and fall >= Fraction(50, 100):
            return "MR"
        return "SD"
    if version in ("2011", "2016") and fall >= Fraction(90, 100):
        return "VGPR"
    if fall >= Fraction(50, 100):
        return "PR"
    return "SD"


def _meets_mr_proteins(visits: list[Visit], at: int, followed: list[str]) -> bool:
    """MR asks serum to fall by 25% and urine by 50%; there is no MR of free light chains."""
    for protein in followed:
        if protein == "flc":
            return False
        baseline, value = _baseline_value(visits, protein), _value(visits[at], protein)
        assert value is not None
        needed = Fraction(25, 100) if protein == "serum" else Fraction(50, 100)
        if (baseline - value) / baseline < needed:
            return False
    return True


def _ratio_is_normal(visit: Visit) -> bool:
    involved, uninvolved = visit["involved_flc_mg_L"], visit["uninvolved_flc_mg_L"]
    if involved is None or uninvolved is None or uninvolved == 0:
        return False
    return bool(Fraction("0.26") <= involved / uninvolved <= Fraction("1.65"))


def _category(visits: list[Visit], at: int, followed: list[str], version: str) -> str:
    visit = visits[at]
    if _lesions_progress(visits, at) or _proteins_rising(visits, at, followed, version):
        return "PD"
    levels = {}
    for protein in followed:
        value = _value(visit, protein)
        if value is None:
            return "NE"
        levels[protein] = _level(protein, _baseline_value(visits, protein), value, version)

    urine = visit["urine_m_mg_24h"]
    stray_urine = "urine" not in followed and urine is not None and urine >= 100
    if _is_complete(visits, at, levels, stray_urine):
        stringent = _ratio_is_normal(visit) and _last(visits, 1, at, "marrow_clonal") is False
        return "sCR" if stringent else "CR"

    level = min(levels.values(), key=RANKS.index)
    if level == "VGPR" and stray_urine:
        level = "PR"

    size_before = visits[0]["plasmacytoma_cm2"]
    if size_before is not None and size_before > 0:
        shrunk = (size_before - _last(visits, 0, at, "plasmacytoma_cm2")) / size_before
        mr_lesions = shrunk >= (Fraction(25, 100) if version == "2011" else Fraction(50, 100))
        if level in ("VGPR", "PR") and shrunk < Fraction(50, 100):
            mr = version != "2006" and mr_lesions and _meets_mr_proteins(visits, at, followed)
            level = "MR" if mr else "SD"
        elif level == "MR" and not mr_lesions:
            level = "SD"
    return level


def _is_complete(visits: list[Visit], at: int, levels: dict[str, str], stray_urine: bool) -> bool:
    visit = visits[at]
    for protein, level in levels.items():
        if protein == "flc":
            if not _ratio_is_normal(visit):
                return False
        elif level != "VGPR":
            return False
    if stray_urine:
        return False
    if visit.get("serum_ife") != "negative" or visit.get("urine_ife") != "negative":
        return False
    marrow = _last(visits, 1, at, "marrow_percent")
    if marrow is None or marrow >= 5:
        return False
    return _last(visits, 0, at, "plasmacytoma_cm2") in (None, 0)


def _reference(visits: list[Visit], at: int, protein: str, version: str) -> Fraction:
    """The value that the protein at this visit is held against for progression."""
    earlier = []
    for visit in visits[:at]:
        value = _value(visit, protein)
        if value is not None:
            earlier.append(value)
    if version != "2016":
        return min(earlier)
    candidates = [earlier[0]]
    for i in range(len(earlier) - 1):
        candidates.append(max(earlier[i], earlier[i + 1]))
    return min(candidates)


def _rises(protein: str, reference: Fraction, value: Fraction | None) -> bool:
    if value is None:
        return False
    rise = value - reference
    quarter = reference * Fraction(25, 100)
    if protein == "serum":
        return (rise >= quarter and rise >= Fraction("0.5")) or (reference >= 5 and rise >= 1)
    if protein == "urine":
        return rise >= quarter and rise >= 200
    return rise >= quarter and rise > 100


def _proteins_rising(visits: list[Visit], at: int, followed: list[str], version: str) -> list[str]:
    rising = []
    for protein in followed:
        if _rises(protein, _reference(visits, at, protein, version), _value(visits[at], protein)):
            rising.append(protein)
    return rising


def _lesions_progress(visits: list[Visit], at: int) -> bool:
    if visits[at].get("new_lesion") is True:
        return True
    size = visits[at]["plasmacytoma_cm2"]
    earlier = [visit["plasmacytoma_cm2"] for visit in visits[:at] if visit["plasmacytoma_cm2"] is not None]
    if size is None or not earlier:
        return False
    smallest = min(earlier)
    if smallest > 0:
        return bool(size >= Fraction(3, 2) * smallest)
    return bool(size > 0)


def _progression(
    visits: list[Visit], categories: list[str], followed: list[str], version: str
) -> tuple[int | None, int | None]:
    """Index of the confirmed progression and of the one that nothing follows."""
    for at in range(1, len(visits)):
        if categories[at] != "PD":
            continue
        if _lesions_progress(visits, at):
            return at, None
        later = [i for i in range(at + 1, len(visits)) if categories[i] != "NE"]
        if not later:
            return None, at
        following = later[0]
        if _lesions_progress(visits, following):
            return at, None
        for protein in _proteins_rising(visits, at, followed, version):
            if _rises(protein, _reference(visits, at, protein, version), _value(visits[following], protein)):
                return at, None
    return None, None


def _best(categories: list[str], progression: int | None, unconfirmed: int | None) -> str:
    evaluable = [i for i in range(1, len(categories)) if categories[i] != "NE"]
    if not evaluable:
        return "NE"
    if evaluable[0] == progression:
        return "PD"
    if evaluable == [unconfirmed]:
        return "NE"
    ranks = []
    for i in evaluable:
        if progression is not None and i >= progression:
            break
        ranks.append(0 if categories[i] == "PD" else RANKS.index(categories[i]))
    best = 0
    for i in range(len(ranks) - 1):
        best = max(best, min(ranks[i], ranks[i + 1]))
    return RANKS[best]
