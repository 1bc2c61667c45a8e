"""S values written as lines of a plan: they are read back as they were, and a name that is not there is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import hevesy
from hevesy.errors import HevesyError, RuleError
from hevesy.files.protocol import read_protocol
from hevesy.study.protocol import DosimetryPlan
from tests.answers.asking import DATA
from tests.conftest import reference
from tests.files.phantom_files import files, hash_of

PLAN = """
[study]
id = "D"
title = "Doses"
nuclide = "I-131"
[[dose_level]]
number = 1
activity = "20 mCi"
[dosimetry]
measured = "I-124"
disease_in_marrow = false
"""
MADE_UP = {
    "nuclide": "I-131", "phantom": "AM", "saf_folder": [DATA / "icrp133"],
    "accept_sha256": [hash_of(text)[:12] for text in files().values()],
}  # fmt: skip


def planned(lines: Path, *regions: dict[str, str]) -> DosimetryPlan:
    """The plan with lines as they were written."""
    told = "\n".join(
        "[[dosimetry.region]]\n" + "\n".join(f'{key} = "{value}"' for key, value in one.items()) for one in regions
    )
    plan = read_protocol(PLAN + told + "\n" + lines.read_text()).dosimetry
    assert plan is not None
    return plan


def test_lines_of_the_made_up_phantom_are_read_back_as_the_answer_has_them(tmp_path: Path) -> None:
    out = tmp_path / "lines.toml"
    answer = hevesy.ask("treat s-values", **MADE_UP, regions=["Liver", "Blood=R-marrow", "rest"], out=out)
    answer.write()
    found: Any = answer.document
    organ, marrow = {"name": "liver", "phantom": "Liver"}, {"name": "m", "phantom": "Blood", "target": "R-marrow"}
    plan = planned(out, organ, marrow, {"name": "rest", "is": "remainder"})
    assert plan.s_values is not None
    assert plan.s_values.daughters == "none matter"
    told = {(one.target, one.source): one for one in plan.s_values.pairs}
    assert len(told) == 6
    for target in ("Liver", "R-marrow"):
        for source in ("Liver", "Blood"):
            row, column = found["targets"].index(target), found["sources"].index(source)
            value = found["s_mGy_per_MBq_s"][row][column]
            assert told[target, source].s_mGy_per_MBq_per_s == pytest.approx(value, rel=1e-5)
        muscle = found["s_mGy_per_MBq_s"][found["targets"].index(target)][found["sources"].index("Muscle")]
        assert told[target, "rest"].s_mGy_per_MBq_per_s == pytest.approx(muscle, rel=1e-5), "all else is muscle"
    share = found["self_electron_share"]["Liver"]
    assert told["Liver", "Liver"].electron_share == pytest.approx(share, rel=1e-5)
    masses = {one.region: one.mass_g for one in plan.s_values.table_masses}
    assert masses == {name: found["target_masses_g"][name] for name in ("Liver", "R-marrow")}


@pytest.mark.parametrize(
    ("regions", "out", "rule"),
    [
        (["Lever"], "a.toml", "'Lever' is no source of the table; nearest are Liver"),
        (["Blood=R-marow"], "a.toml", "'R-marow' is no target of the table; nearest are R-marrow"),
        (["Liver", "Liver"], "a.toml", "'Liver' stands 2 times"),
        (["Liver"], None, "the lines of a plan need regions and a file"),
        ([], "a.toml", "the lines of a plan need regions and a file"),
    ],
)
def test_lines_that_cannot_be_told_are_refused(regions: list[str], out: str | None, rule: str, tmp_path: Path) -> None:
    with pytest.raises((HevesyError, RuleError), match=rule):
        hevesy.ask("treat s-values", **MADE_UP, regions=regions, out=None if out is None else tmp_path / out)


def test_lines_of_the_users_icrp_133_are_a_plan_of_its_organs(tmp_path: Path) -> None:
    out = tmp_path / "lines.toml"
    given = {"nuclide": "I-131", "phantom": "AF", "saf_folder": [reference("icrp")]}
    names = ["Liver", "Kidneys", "Spleen", "Lungs=AI", "R-marrow", "Thyroid", "rest"]
    hevesy.ask("treat s-values", **given, regions=names, out=out).write()
    regions = [{"name": "lungs", "phantom": "Lungs", "target": "AI"}, {"name": "rest", "is": "remainder"}]
    regions += [{"name": one} for one in names if one not in ("Lungs=AI", "rest")]
    plan = planned(out, *regions)
    assert plan.s_values is not None
    assert len(plan.s_values.pairs) == 6 * 7
    assert {one.region: one.mass_g for one in plan.s_values.table_masses}["Liver"] == 1810
