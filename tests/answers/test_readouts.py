"""Which readouts were made, and whether the record changed since."""

from __future__ import annotations

import json

import hevesy
from hevesy.answers.study.section import SECTIONS
from hevesy.readout.contents import SECTIONS as MADE
from tests.conftest import EXAMPLE, Folder


def listed(study: hevesy.OpenStudy) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(json.dumps(study.readouts().document["readouts"]))
    return found


def test_a_readout_is_marked_once_the_record_changed(demo: Folder) -> None:
    study = hevesy.open(demo.path)
    assert listed(study) == []
    study.readout(as_of="2016-11-04").write()
    (made,) = listed(study)
    assert (made["as_of"], made["entries_since"]) == ("2016-11-04", 0)
    assert made["ledger_head"] == study.verify().document["chain_head"]
    text = (EXAMPLE / "sources" / "lb.csv").read_text().replace("PLT,244,", "PLT,243,")
    (demo.path.parent / "lb.csv").write_text(text)
    study.take([demo.path.parent / "lb.csv"], reason="typed again")
    (later,) = listed(study)
    assert later["entries_since"] == 2  # the delivery and the row
    assert later["ledger_head"] == made["ledger_head"]
    assert "the record changed since 1 of them" in str(study.readouts())


def test_a_form_offers_every_section_a_readout_may_have() -> None:
    assert tuple(MADE) == SECTIONS
