"""The demonstration with rules of eligibility and prior therapies of some subjects."""

from __future__ import annotations

from pathlib import Path

from hevesy.conduct.delivery import import_files, init_study
from tests.conftest import EXAMPLE, MAPPINGS

RULES = """
[[eligibility]]
name = "adult"
kind = "age"
at_least_a = 18

[[eligibility]]
name = "two prior lines or more"
kind = "prior lines"
at_least = 2

[[eligibility]]
name = "refractory to both"
kind = "refractory"
classes = ["proteasome inhibitor", "immunomodulatory drug"]

[[eligibility]]
name = "no therapy in the last two weeks"
kind = "days since therapy"
at_least_d = 14
"""
MAPPED = """
[[source]]
name = "prior therapies"
file = "prior.csv"
kind = "prior_therapy"
delivery = "full"
key = ["subject", "line", "agents"]
[source.fields]
subject = "subject"
line = "line"
agents = "agents"
start = "start"
stop = "stop"
best_response = "best"
reason = "reason"
"""
PRIOR = """subject,line,agents,start,stop,best,reason
1-01,1,VRd,2011-02,2012-03-01,VGPR,progression
1-01,2,KRd; ASCT,2013-01-10,2013-09-01,SD,toxicity
1-02,1,VRd,2012,2013,PR,progression
1-02,2,XYZ-17,2014-01-01,2014-06-01,PR,completed
1-03,1,Rd,2014-03-01,2015-11-05,PR,progression
1-04,1,Vd,2010-01-01,2011-01-01,SD,progression
1-04,2,Pd,2012-01-01,,PR,progression
"""


def study_with_rules(place: Path) -> Path:
    """The study's folder, in a folder that is there and is not the study's."""
    (place / "ruled.toml").write_text((EXAMPLE / "protocol.toml").read_text() + RULES)
    (place / "mapping.toml").write_text((MAPPINGS / "clr131.toml").read_text() + MAPPED)
    (place / "prior.csv").write_text(PRIOR)
    init_study(place / "study", place / "ruled.toml", place / "mapping.toml", "tester")
    files = [*sorted((EXAMPLE / "sources").glob("*.csv")), place / "prior.csv"]
    assert import_files(place / "study", files, who="tester").written
    return place / "study"
