"""RECIST 1.1, RANO, Lugano and IWWM at their limits, with what was not assessed."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hevesy.follow.response.lymphoma import IgMVisit, LymphomaVisit, Node, iwwm, lugano
from hevesy.follow.response.tumour import TumourVisit, rano, recist

DAY = date(2020, 1, 1)


def tumour(*sums: float | None, **last: Any) -> list[TumourVisit]:
    """Visits with these sums, nothing else wrong; `last` changes the last one."""
    seen: dict[str, Any] = {
        "new_lesion": False,
        "clinical": "stable",
        "steroids": "stable",
        "flair": "stable",
        "off_steroids": True,
    }
    return [
        TumourVisit(
            row=place,
            on=DAY + timedelta(days=56 * place),
            target=value,
            **(seen | (last if place == len(sums) - 1 else {})),
        )
        for place, value in enumerate(sums)
    ]


@pytest.mark.parametrize(
    ("sums", "last", "response"),
    [
        ((100, 70), {}, "PR"), ((100, 70.1), {}, "SD"), ((100, 0), {}, "CR"), ((100, 0), {"non_target": "NON-CR/NON-PD"}, "PR"),
        ((100, 0), {"non_target": "CR"}, "CR"), ((100, 50, 60), {}, "PD"), ((100, 50, 59.9), {}, "PR"), ((100, 20, 24.9), {}, "PR"),
        ((100, 20, 25), {}, "PD"), ((100, 119.9), {}, "SD"), ((100, 120), {}, "PD"), ((100, 50), {"new_lesion": True}, "PD"),
        ((100, 50), {"non_target": "PD"}, "PD"), ((100, None), {}, "NE"), ((100, None), {"new_lesion": True}, "PD"),
        ((100, 50), {"new_lesion": None}, "NE"), ((None, None), {"non_target": "NON-CR/NON-PD"}, "NON-CR/NON-PD"),
        ((None, None), {"non_target": "CR"}, "CR"), ((100, 12), {"targets_gone": True}, "CR"), ((50, 0, 4), {}, "PD"),
    ],
)  # fmt: skip
def test_recist_at_its_limits(sums: tuple[float | None, ...], last: dict[str, Any], response: str) -> None:
    """Eisenhauer et al. 2009: 30 % from baseline; 20 % and 5 mm from the smallest sum; table 1 for the rest."""
    assert recist(tumour(*sums, **last))[-1].response == response


@given(st.floats(1, 300), st.lists(st.floats(0, 300), min_size=1, max_size=5), st.floats(0, 1))
def test_a_smaller_sum_never_worsens_its_visit(start: float, sums: list[float], share: float) -> None:
    order = ["PD", "SD", "PR", "CR"]
    before = recist(tumour(start, *sums))[-1].response
    after = recist(tumour(start, *sums[:-1], sums[-1] * share))[-1].response
    assert order.index(after) >= order.index(before)


@pytest.mark.parametrize(
    ("sums", "last", "version", "enhancing", "response"),
    [
        ((400, 200), {}, "2010", True, "PR"), ((400, 201), {}, "2010", True, "SD"), ((400, 0), {}, "2010", True, "CR"),
        ((400, 0), {"off_steroids": False}, "2010", True, "PR"), ((400, 200, 250), {}, "2010", True, "PD"), ((400, 200, 249), {}, "2.0", True, "SD"),
        ((400, 300), {"flair": "worse"}, "2010", True, "PD"), ((400, 300), {"flair": "worse"}, "2.0", True, "SD"),
        ((400, 300), {}, "2.0", False, "MR"), ((400, 300), {}, "2.0", True, "SD"), ((400, 200), {"steroids": "worse"}, "2.0", True, "SD"),
        ((400, 200), {"clinical": "worse"}, "2.0", True, "PD"), ((400, 200), {"clinical": None}, "2.0", True, "NE"),
        ((400, 0, 10), {}, "2.0", True, "PD"), ((400, 200), {"flair": None}, "2010", True, "NE"), ((400, 200), {"flair": None}, "2.0", True, "PR"),
    ],
)  # fmt: skip
def test_rano_at_its_limits(
    sums: tuple[float, ...], last: dict[str, Any], version: Any, enhancing: bool, response: str
) -> None:
    """Wen et al. 2010 and 2023: 50 % from baseline, 25 % from the smallest, steroids, clinical status, T2/FLAIR in 2010 only."""
    assert rano(tumour(*sums, **last), version, enhancing)[-1].response == response


@pytest.mark.parametrize(
    ("findings", "response"),
    [
        ({"deauville": 3, "new_avid_lesion": False}, "CMR"), ({"deauville": 4, "uptake": "less", "new_avid_lesion": False}, "PMR"),
        ({"deauville": 5, "uptake": "same", "new_avid_lesion": False}, "NMR"), ({"deauville": 5, "uptake": "more", "new_avid_lesion": False}, "PMD"),
        ({"deauville": 2, "new_avid_lesion": True}, "PMD"), ({"deauville": 4, "new_avid_lesion": False}, "NE"), ({}, None),
        ({"deauville": 1}, "NE"),
    ],
)  # fmt: skip
def test_lugano_by_pet(findings: dict[str, Any], response: str | None) -> None:
    """Cheson et al. 2014, table 3: scores 1 to 3 complete; 4 and 5 by uptake against baseline."""
    visits = [LymphomaVisit(row=1, on=DAY), LymphomaVisit(row=2, on=DAY + timedelta(days=60), **findings)]
    assert lugano(visits)[0].metabolic == response


def node(longest: float, shortest: float, nodal: bool = True) -> tuple[Node, ...]:
    return (Node(name="neck", longest_mm=longest, shortest_mm=shortest, nodal=nodal),)


@pytest.mark.parametrize(
    ("courses", "response"),
    [
        ((node(40, 20), node(15, 10)), "CAR"), ((node(40, 20), node(16, 10)), "PAR"), ((node(40, 20), node(20, 20)), "PAR"),
        ((node(40, 20), node(21, 20)), "SAD"), ((node(40, 20), node(16, 10), node(21, 12)), "PAD"), ((node(40, 20), node(16, 10), node(20, 12)), "PAR"),
        ((node(40, 20), node(25, 10), node(33, 12)), "PAR"), ((node(40, 20), node(25, 10), node(35, 11)), "PAD"),
        ((node(40, 20, False), node(10, 5, False)), "PAR"), ((node(40, 20, False), node(0, 0, False)), "CAR"),
    ],
)  # fmt: skip
def test_lugano_by_ct(courses: tuple[tuple[Node, ...], ...], response: str) -> None:
    """Nodes to 15 mm complete; sum of products down by half; one lesion up by half and 5 mm (10 mm from above 20 mm) is progression."""
    visits = [
        LymphomaVisit(row=place, on=DAY + timedelta(days=place), nodes=nodes, new_lesion=False, others_gone=True)
        for place, nodes in enumerate(courses)
    ]
    assert lugano(visits)[-1].anatomic == response


@pytest.mark.parametrize(
    ("values", "last", "response"),
    [
        ((4.0, 2.0), {}, "PR"), ((4.0, 2.01), {}, "MR"), ((4.0, 3.0), {}, "MR"), ((4.0, 3.01), {}, "SD"), ((4.0, 0.4), {}, "VGPR"),
        ((4.0, 1.0, 1.5), {}, "PD"), ((4.0, 1.0, 1.49), {}, "PR"), ((4.0, 3.0, 3.6), {}, "SD"), ((4.0, None), {}, "NE"),
        ((4.0, 0.1), {"immunofixation": "negative", "igm_normal": True, "marrow_normal": True, "extramedullary_gone": True}, "CR"),
        ((4.0, 0.1), {"immunofixation": "negative", "igm_normal": True, "extramedullary_gone": True}, "VGPR"),
        ((4.0, 1.0), {"clinical_progression": True}, "PD"),
    ],
)  # fmt: skip
def test_waldenstrom_by_igm(values: tuple[float | None, ...], last: dict[str, Any], response: str) -> None:
    """Owen et al. 2013: 90, 50 and 25 % from baseline; progression 25 % and 0.5 g/dL from the lowest value."""
    visits = [
        IgMVisit(
            row=place, on=DAY + timedelta(days=place), igm_g_per_dL=value, **(last if place == len(values) - 1 else {})
        )
        for place, value in enumerate(values)
    ]
    assert iwwm(visits)[-1].response == response


def test_a_node_that_was_not_there_is_progression() -> None:
    """A lesion above 15 mm that the baseline does not list, whatever the flag says; a node of 14 mm is none."""
    first = LymphomaVisit(row=1, on=DAY, nodes=node(40, 30))
    for longest, response in ((40.0, "PAD"), (14.0, "CAR")):
        later = (*node(14, 10), Node(name="groin", longest_mm=longest, shortest_mm=10))
        visit = LymphomaVisit(row=2, on=DAY + timedelta(days=60), nodes=later, new_lesion=False, others_gone=True)
        assert lugano([first, visit])[0].anatomic == response


def test_visits_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="a sum of targets of 80 mm has no baseline"):
        recist(
            [
                TumourVisit(row=1, on=DAY, non_target="NON-CR/NON-PD"),
                TumourVisit(row=2, on=DAY + timedelta(days=9), target=80.0),
            ]
        )
    with pytest.raises(ValueError, match="targets gone with a sum of 60 mm"):
        recist(tumour(100, 60, targets_gone=True))
    for longest, shortest in ((12, 30), (float("nan"), 3), (5, -1)):
        with pytest.raises(ValueError, match="neck: diameters are 0 mm or more, the longest first"):
            node(longest, shortest)
    with pytest.raises(ValueError, match="two lesions have one name"):
        lugano([LymphomaVisit(row=1, on=DAY, nodes=node(20, 10) + node(20, 10))])
    with pytest.raises(ValueError, match="visits follow one another by day"):
        lugano([LymphomaVisit(row=1, on=DAY), LymphomaVisit(row=2, on=DAY)])
    for start in (float("nan"), -4.0):
        with pytest.raises(ValueError, match="needs a serum IgM above 0"):
            iwwm([IgMVisit(row=1, on=DAY, igm_g_per_dL=start)])
    with pytest.raises(ValueError, match="0 or more, got -1"):
        recist(tumour(10, -1))
    with pytest.raises(ValueError, match="visits follow one another by day"):
        recist(list(reversed(tumour(10, 9))))
    with pytest.raises(ValueError, match=r"2010 or 2\.0, got 'new'"):
        rano(tumour(10, 9), "new")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="a Deauville score is 1 to 5, got 6"):
        lugano([LymphomaVisit(row=1, on=DAY), LymphomaVisit(row=2, on=DAY + timedelta(days=60), deauville=6)])
    with pytest.raises(ValueError, match="needs a serum IgM above 0"):
        iwwm([IgMVisit(row=1, on=DAY)])
