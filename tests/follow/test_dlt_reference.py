"""DLT status against a reference that another hand wrote from the rules, on subjects whose facts crowd about the window's edges."""

from __future__ import annotations

from hypothesis import given, settings

from hevesy.files.protocol import read_protocol
from hevesy.follow.dlt.rules import judge
from hevesy.follow.dlt.status import outcome
from tests.conftest import EXAMPLE
from tests.generated.subjects import Made, made
from tests.references import dlt_status as reference
from tests.tiers import cases

PROTOCOL = read_protocol((EXAMPLE / "protocol.toml").read_text())


@settings(max_examples=cases(6_000))
@given(one=made(PROTOCOL))
def test_every_rule_and_status_is_that_of_the_reference(one: Made) -> None:
    subject = one.study.subjects[0]
    verdicts = judge(subject, one.study, one.cut)
    told = tuple((verdict.answer, verdict.answer == "undetermined" and verdict.seen) for verdict in verdicts)
    assert told == reference.answers(one.case), one.case
    found = outcome(subject, one.study, one.cut, 1, one.percent)
    assert found.status == reference.status(one.case), (one.case, found)
    assert found.because
    assert found.rows or found.status != "DLT"
