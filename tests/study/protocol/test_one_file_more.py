"""A design and a set of response criteria are added by a file in a folder of one's own; nothing else changes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from hevesy.errors import RuleError
from hevesy.study.discovered import Discovered
from hevesy.study.protocol.designs import DesignWords
from tests.conftest import ROOT

PLAN = """
[study]
id = "OWN-1"
title = "A trial by a file of its own"

[[dose_level]]
number = 1
activity = "5 GBq"

[[dose_level]]
number = 2
activity = "7.5 GBq"

[[dose_level]]
number = 3
activity = "10 GBq"
"""

DESIGN = '''
"""Two subjects, then four more if one of them had a DLT: the 2+4 design of Storer's family."""

from hevesy.plan.escalation.three_plus_three import a_plus_b
from hevesy.study.protocol.designs import DesignWords

DESIGNS = (
    DesignWords("two-plus-four", "two subjects, then four more after one DLT", "Storer, Biometrics 1989;45:925",
                usual_cohort=2),
)


def build(plan, over):
    return a_plus_b(over.levels, 2, 4, 1, 1, 1)
'''

DESIGNED = """
import json, sys
import hevesy.plan.escalation, hevesy.study.protocol.designs
own, tools = sys.argv[1:]
hevesy.study.protocol.designs.__path__.append(own)
hevesy.plan.escalation.__path__.append(own)
sys.path.insert(0, tools)
import hevesy
from hevesy.errors import DeliveryError
from hevesy.files.protocol import read_protocol
from hevesy.plan.escalation.catalogue import design_named
from hevesy.study.protocol import Escalation
from write_key_reference import designs

named = '[escalation]\\ndesign = "two-plus-four"\\ncohort_size = 2\\n'
plan_text = sys.stdin.read()
plan = read_protocol(plan_text + named)
try:
    read_protocol(plan_text + named.replace("plus", "and"))
except DeliveryError as error:
    refused = str(error)
histories = ("1NN", "1NT", "1NT1NNNN", "1NT1NNNT", "1TT", "1NN 2NN 3NN")
print(json.dumps({
    "read": plan.escalation == Escalation(design="two-plus-four", cohort_size=2),
    "paragraph": design_named(plan.escalation, 3).paragraph,
    "page": "| `two-plus-four` | two subjects, then four more after one DLT |" in designs(),
    "next": [
        [one[key] for key in ("action", "level", "open_places", "mtd")]
        for history in histories
        for one in [hevesy.next_dose(history=history, design="two-plus-four", levels=3).document]
    ],
    "selected": hevesy.operating_characteristics(design="two-plus-four", p=[0.25, 0.25, 0.25]).document["selected"],
    "refused": refused,
}))
"""


def ran(code: str, folder: Path, plan: str) -> dict[str, object]:
    """What a program of its own prints that was told of the folder."""
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder), str(ROOT / "tools")],
        input=plan, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found: dict[str, object] = json.loads(done.stdout)
    return found


def test_a_file_with_a_design_is_a_plan_a_command_and_a_line_of_the_page(tmp_path: Path) -> None:
    (tmp_path / "two_plus_four.py").write_text(DESIGN)
    found = ran(DESIGNED, tmp_path, PLAN)
    assert found["read"]
    assert found["page"]
    assert "2" in str(found["paragraph"])
    assert found["next"] == [
        ["escalate", 2, 2, None],
        ["stay", 1, 4, None],
        ["escalate", 2, 2, None],
        ["stop", None, 0, None],
        ["stop", None, 0, None],
        ["stop", None, 0, 3],
    ]
    assert str(found["refused"]).endswith("titecrm, titeboin, two-plus-four, got 'two-and-four'")
    # at a rate of a quarter a level is left upwards after NN, or after one DLT of two and none of four more
    up = 0.75**2 + 2 * 0.25 * 0.75 * 0.75**4
    assert found["selected"] == pytest.approx([1 - up, up * (1 - up), up**2 * (1 - up), up**3])


CRITERION = '''
"""Response by the criteria of the WHO: A. B. Miller et al., Cancer 1981;47:207, tables of measurable disease."""

from hevesy.follow.response.findings import tumour_visit
from hevesy.follow.response.outcome import Visit
from hevesy.provenance import Source
from hevesy.study.protocol.criteria import SILENT, Criteria, rate_of

CRITERIA = (
    Criteria(
        name="WHO 1981",
        best_first=(("CR",), ("PR",), ("NC",), ("PD",)),
        silent=SILENT,
        responses=2,
        source=Source(work="A. B. Miller et al., Cancer 1981;47:207", locator="measurable disease", licence="facts"),
        rates=(rate_of("orr", 2),),
        confirmation="confirmed 28 days later or more",
        confirmed_after_d=28,
        followed="the sum of products of the measured lesions",
        limits_percent=((-50, "PR"), (25, "PD")),
    ),
)


def judge(visits):
    first, *later = (tumour_visit(one, visits[0], "who-1981") for one in visits)
    found, least = [], first.target
    for one in later:
        change = 100 * (one.target / first.target - 1)
        grown = one.new_lesion or (one.target >= 1.25 * least if least else one.target > 0)
        word = "PD" if grown else "CR" if one.target == 0 else "PR" if change <= -50 else "NC"
        least = min(least, one.target)
        found.append(
            Visit(on=one.on, value=one.target, change_percent=change, category=word, because=f"{change:+.0f} %", row=one.row)
        )
    return ("target lesions",), found
'''

JUDGED = """
import json, sys
import hevesy.follow.response, hevesy.study.protocol.criteria
own, tools = sys.argv[1:]
hevesy.study.protocol.criteria.__path__.append(own)
hevesy.follow.response.__path__.append(own)
sys.path.insert(0, tools)
import hevesy
from hevesy.cli import main
from hevesy.files.protocol import read_protocol
from hevesy.study.protocol import ResponsePlan
from write_command_reference import reference
from write_key_reference import PAGES, written

plan = read_protocol(sys.stdin.read() + '[response]\\ncriteria = "who-1981"\\n')
found = hevesy.best_response(own + "/sums.csv", criteria="who-1981").document["subjects"]
page = next(page for page in PAGES if page.name == "protocol.md")
print(json.dumps({
    "read": plan.response == ResponsePlan(criteria="who-1981"),
    "best": {one["subject"]: one["best"] for one in found},
    "visits": {one["subject"]: [visit["response"] for visit in one["visits"]] for one in found},
    "pages": ["`rano-2.0`, `who-1981`" in written(page), "who-1981" in reference()],
}))
"""


def test_a_file_with_criteria_is_a_plan_a_command_and_a_line_of_the_page(tmp_path: Path) -> None:
    """A fall of half the product is a response, a rise of a quarter progression; a fall that nobody sees again is none."""
    (tmp_path / "who.py").write_text(CRITERION)
    (tmp_path / "sums.csv").write_text(
        "subject,date,sum_mm2,new_lesion\n"
        "A,2020-01-01,1000,N\nA,2020-03-01,500,N\nA,2020-05-01,480,N\nA,2020-07-01,600,N\n"
        "B,2020-01-01,1000,N\nB,2020-03-01,510,N\nB,2020-05-01,499,N\nB,2020-07-01,620,N\n"
        "C,2020-01-01,1000,N\nC,2020-03-01,0,N\nC,2020-05-01,0,N\n"
        "D,2020-01-01,1000,N\nD,2020-03-01,900,Y\n"
    )
    found = ran(JUDGED, tmp_path, PLAN)
    assert found["read"]
    assert found["visits"] == {
        "A": ["PR", "PR", "PD"],
        "B": ["NC", "PR", "NC"],
        "C": ["CR", "CR"],
        "D": ["PD"],
    }
    assert found["best"] == {"A": "PR", "B": "NC", "C": "CR", "D": "PD"}
    assert found["pages"] == [True, True]


def test_two_things_of_one_name_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for file in ("one", "two"):
        (tmp_path / f"{file}.py").write_text(DESIGN)
    (tmp_path / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path.parent)
    designs: Discovered[DesignWords] = Discovered(tmp_path.name, [str(tmp_path)], "DESIGNS")
    with pytest.raises(RuleError, match="are called 'two-plus-four'"):
        list(designs)
