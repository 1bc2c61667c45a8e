"""Plain reference for tumour response, written from the papers' rules and not from any product code.

- RECIST 1.1: Eisenhauer et al., Eur J Cancer 2009;45:228-247 (tables 1 and 2 for the overall response of a visit).
- RANO 2.0: Wen et al., J Clin Oncol 2023;41:5187-5199 (enhancing tumours, two dimensions).
- IWWM-6: Owen et al., Br J Haematol 2013;160:171-176 (serum IgM in Waldenström macroglobulinaemia).

(Lugano 2014, Cheson et al., J Clin Oncol 2014;32:3059-3068, has no function of its own here.)

A course is a list of visits, the first one being the baseline; every function but the last returns one category for each
visit after it. A lesion is (longest_mm, shortest_mm, nodal); a baseline lesion that a visit does not name was not measured.
"""

from collections.abc import Mapping, Sequence
from typing import Any

Visit = Mapping[str, Any]

SLACK = 1e-9


def at_least(value: float, limit: float) -> bool:
    """Say whether value >= limit, forgiving the rounding of decimals."""
    return value >= limit - SLACK * max(abs(value), abs(limit))


def at_most(value: float, limit: float) -> bool:
    """Say whether value <= limit, forgiving the rounding of decimals."""
    return at_least(limit, value)


def seen_targets(baseline: Visit, visit: Visit) -> list[tuple[float, float, bool]]:
    """Give the baseline's targets as this visit measured them, each with the baseline's word on whether it is a node."""
    found: list[tuple[float, float, bool]] = []
    for name, (_, _, nodal) in baseline["lesions"].items():
        if name in visit["lesions"]:
            longest, shortest, _ = visit["lesions"][name]
            found.append((float(longest), float(shortest), bool(nodal)))
    return found


def recist_sum(lesions: list[tuple[float, float, bool]]) -> float:
    """Add the longest diameters, of nodes the short axes."""
    return sum(shortest if nodal else longest for longest, shortest, nodal in lesions)


def recist_gone(lesions: list[tuple[float, float, bool]]) -> bool:
    """Say whether every lesion given is gone: non-nodal ones 0, nodes below 10 mm in the short axis."""
    for longest, shortest, nodal in lesions:
        if nodal and at_least(shortest, 10.0):
            return False
        if not nodal and longest > 0:
            return False
    return True


def recist(visits: Sequence[Visit]) -> list[str]:
    """Give the RECIST 1.1 overall response of every visit after the baseline."""
    baseline = visits[0]
    has_targets = len(baseline["lesions"]) > 0
    baseline_sum = recist_sum(seen_targets(baseline, baseline))
    smallest = baseline_sum
    had_gone = False
    answer: list[str] = []
    for visit in visits[1:]:
        lesions = seen_targets(baseline, visit)
        complete = len(lesions) == len(baseline["lesions"])
        # Of an incomplete visit this is the least that the sum can be, so growth seen in it is growth for certain.
        total = recist_sum(lesions)
        gone = recist_gone(lesions)
        new_lesion = visit.get("new_lesion")
        non_target = visit.get("non_target")

        grown = has_targets and at_least(total, 1.2 * smallest) and at_least(total, smallest + 5.0)
        back = had_gone and not gone
        if grown or back or non_target == "PD" or new_lesion is True:
            category = "PD"
        elif new_lesion is None or not complete:
            category = "NE"
        elif not has_targets:
            # Table 2; with neither targets nor non-targets there is nothing to evaluate.
            category = "NE" if non_target is None else str(non_target)
        elif gone:
            # Table 1: what is left of the non-targets, or was not looked at, makes it a partial response.
            category = "CR" if non_target in (None, "CR") else "PR"
        elif at_most(total, 0.7 * baseline_sum):
            category = "PR"
        else:
            category = "SD"
        answer.append(category)

        if has_targets and complete:
            smallest = min(smallest, total)
            had_gone = had_gone or gone
    return answer


def product_sum(lesions: list[tuple[float, float, bool]]) -> float:
    """Add the products of the longest and the shortest diameter."""
    return sum(longest * shortest for longest, shortest, _ in lesions)


def rano2(visits: Sequence[Visit]) -> list[str]:
    """Give the RANO 2.0 response (enhancing tumour) of every visit after the baseline."""
    baseline = visits[0]
    baseline_sum = product_sum(seen_targets(baseline, baseline))
    smallest = baseline_sum
    answer: list[str] = []
    for visit in visits[1:]:
        lesions = seen_targets(baseline, visit)
        complete = len(lesions) == len(baseline["lesions"])
        # Of an incomplete visit this is the least that the sum can be, so growth seen in it is growth for certain.
        total = product_sum(lesions)
        new_lesion = visit.get("new_lesion")
        non_target = visit.get("non_target")
        clinical = visit.get("clinical")
        steroids = visit.get("steroids")

        grown = at_least(total, 1.25 * smallest) if smallest > 0 else total > 0
        # Without measurable disease at baseline nothing can shrink by half, and only non-targets can have gone.
        had_something = baseline_sum > 0 or non_target == "CR"
        if grown or new_lesion is True or non_target == "PD" or clinical == "worse":
            category = "PD"
        elif not complete or new_lesion is None or clinical is None or steroids is None:
            category = "NE"
        elif steroids == "worse":
            category = "SD"
        elif had_something and total == 0 and visit.get("off_steroids") is True and non_target in (None, "CR"):
            category = "CR"
        elif baseline_sum > 0 and at_most(total, 0.5 * baseline_sum):
            category = "PR"
        else:
            category = "SD"
        answer.append(category)

        if complete:
            smallest = min(smallest, total)
    return answer


def iwwm_fall(baseline_igm: float, igm: float) -> str:
    """Name the response that the fall of the serum IgM from baseline amounts to."""
    if baseline_igm <= 0:
        return "SD"
    if at_most(igm, 0.10 * baseline_igm):
        return "VGPR"
    if at_most(igm, 0.50 * baseline_igm):
        return "PR"
    if at_most(igm, 0.75 * baseline_igm):
        return "MR"
    return "SD"


def iwwm(visits: Sequence[Visit]) -> list[str]:
    """Give the IWWM-6 response of every visit after the baseline."""
    baseline_igm: float | None = visits[0].get("igm")
    smallest = baseline_igm
    answer: list[str] = []
    for visit in visits[1:]:
        igm: float | None = visit.get("igm")
        grown = (
            igm is not None
            and smallest is not None
            and at_least(igm, 1.25 * smallest)
            and at_least(igm, smallest + 0.5)
        )
        all_normal = (
            visit.get("immunofixation") == "negative"
            and visit.get("igm_normal") is True
            and visit.get("marrow_normal") is True
            and visit.get("extramedullary_gone") is True
        )
        if grown or visit.get("clinical_progression") is True:
            category = "PD"
        elif igm is None or baseline_igm is None:
            category = "NE"
        elif all_normal:
            category = "CR"
        else:
            category = iwwm_fall(baseline_igm, igm)
        answer.append(category)

        if igm is not None:
            smallest = igm if smallest is None else min(smallest, igm)
    return answer


def best_confirmed(
    days: list[int],
    categories: list[str],
    order: list[str],
    responses: list[str],
    stable: list[str],
    progression: str,
    after_d: int | None,
) -> str:
    """Give the best response up to and including the first progression, responses confirmed at least after_d days later."""
    counted: list[tuple[int, str]] = []
    for day, category in zip(days, categories, strict=True):
        if category == "NE":
            continue
        counted.append((day, category))
        if category == progression:
            break

    best = "NE"
    for place, (day, category) in enumerate(counted):
        worth = category
        if category in responses and after_d is not None:
            later = [
                other for other_day, other in counted[place + 1 :] if other_day - day >= after_d and other in responses
            ]
            # A confirmation better than the response itself confirms it, but does not raise it.
            worth = stable[0]
            if later:
                best_later = min(later, key=order.index)
                worth = category if order.index(best_later) <= order.index(category) else best_later
        if best == "NE" or order.index(worth) < order.index(best):
            best = worth
    return best


def best_confirmed_in_a_row(
    days: list[int], categories: list[str], order: list[str], stable: str, progression: str, after_d: int
) -> str:
    """The same where between a response and its confirmation only responses as good and at most one NE may lie: by all pairs of visits.

    Added with decision 0005 as amended on 2026-11-28 (the default of admiralonco), written as a search over pairs, not as one pass.
    """
    end = categories.index(progression) + 1 if progression in categories else len(categories)
    seen, found = categories[:end], [category for category in categories[:end] if category in (stable, progression)]
    better = order[: order.index(stable)]
    found += [stable for category in seen if category in better]
    for wanted, level in enumerate(better):
        as_good = better[: wanted + 1]
        pairs = [(i, j) for i in range(end) for j in range(i + 1, end) if days[j] - days[i] >= after_d]
        for i, j in pairs:
            inside = seen[i + 1 : j]
            if {seen[i], seen[j]} <= set(as_good) and set(inside) <= {*as_good, "NE"} and inside.count("NE") <= 1:
                found.append(level)
    return min(found, key=order.index, default="NE")
