"""Facts are declared once: what a kind's fields say is what mapping, cut, subject and reference know of it."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import pytest

from hevesy.errors import RuleError
from hevesy.study.cut import as_of
from hevesy.study.facts.fact import (
    Field,
    Kind,
    On,
    Reported,
    days_of,
    kind_called,
    kind_of,
    kinds,
    number,
    record_kind,
    text,
)
from hevesy.study.facts.laboratory import Lab
from hevesy.study.facts.response import Lesion
from hevesy.study.facts.safety import AdverseEvent
from hevesy.study.facts.treatment import Administration, Exposure
from hevesy.study.subject import Study
from hevesy.units import INTERNAL_UNIT
from tests.conftest import EXAMPLE, ROOT

NOON = datetime(2016, 8, 12, 12, tzinfo=UTC)


@pytest.mark.parametrize("kind", kinds().values(), ids=kinds().keys())
class TestEvery:
    def test_has_a_subject_that_must_be_told_or_is_of_the_study(self, kind: Kind) -> None:
        assert kind.of_study or kind.fields["subject"].required
        assert kind.means.endswith((".", ")"))

    def test_has_a_day_by_which_it_is_cut(self, kind: Kind) -> None:
        assert kind.begins in ("on", "start")
        assert kind.name_of("on") in kind.fields

    def test_names_its_units_once(self, kind: Kind) -> None:
        """The attribute ends with the unit it is kept in, its name in sources.toml does not."""
        for field in kind.fields.values():
            if field.dimension is not None:
                ending = INTERNAL_UNIT[field.dimension].replace("/", "_per_")
                assert field.attribute.endswith(f"_{ending}")
                assert not field.name.endswith(ending)

    def test_keeps_what_it_says_it_keeps(self, kind: Kind) -> None:
        """Attributes named by a field (unit, side, hour, rounding, time of measurement) are attributes of the fact."""
        there = {one.name for one in fields(kind.fact)}  # type: ignore[arg-type]
        for field in kind.fields.values():
            kept = (
                field.unit_kept_in,
                field.side_kept_in,
                field.hour_kept_in,
                field.rounding_kept_in,
                field.measured_at,
            )
            assert {name for name in kept if name is not None} | {field.attribute} <= there


def test_kinds_are_known_by_name_and_by_fact() -> None:
    lab = Lab(subject="1", row=1, test="platelets")
    assert kind_of(lab) is kind_called(Lab) is kinds()["laboratory"]
    assert (kind_of(lab).name, kinds()["adverse_event"].words) == ("laboratory", "adverse event")


def test_a_second_kind_of_a_name_is_refused() -> None:
    with pytest.raises(RuleError, match="two kinds of record are called 'death'"):
        record_kind("death")(Lab)


def test_a_field_whose_name_hides_its_unit_is_refused() -> None:
    @dataclass(frozen=True, kw_only=True)
    class Wrong:
        subject: Annotated[str, text()]
        row: int
        on: On = None
        dose: Annotated[float | None, number("of it", "drug_mass")] = None
        reported: Reported = ()

    with pytest.raises(RuleError, match="dose is kept in mg: its name ends with _mg"):
        record_kind("wrong")(Wrong)
    assert "wrong" not in kinds()


@pytest.mark.parametrize(
    ("made", "broken"),
    [
        (
            lambda: AdverseEvent(subject="1", row=1, on=date(2016, 2, 3), resolved=date(2016, 2, 2), worst_on=date(2016, 1, 1)),
            [
                ("resolved", "2016-02-02", "an adverse event resolves no sooner than its onset (2016-02-03)"),
                ("worst_on", "2016-01-01", "an adverse event is worst no sooner than its onset (2016-02-03)"),
            ],
        ),
        (
            lambda: Administration(subject="1", row=1, start=NOON, end=NOON.replace(hour=11), assay_MBq=5),
            [
                ("end", "2016-08-12T11:00:00+00:00", "an infusion ends after its start (2016-08-12T12:00:00+00:00)"),
                ("assay_at", None, "an assay needs its time, or it cannot be decay-corrected"),
            ],
        ),
        (
            lambda: Lab(subject="1", row=1, test="platelets", value=-1, unit="10^9/L"),
            [("value", "-1", "platelets must not be negative")],
        ),
        (
            lambda: Lesion(subject="1", row=1, lesion="a", longest_mm=10, shortest_mm=12),
            [("shortest_mm", "12 mm", "the shorter diameter is not above the longest (10 mm)")],
        ),
    ],
)  # fmt: skip
def test_a_fact_that_cannot_be_is_refused_whoever_builds_it(
    made: object, broken: list[tuple[str, object, str]]
) -> None:
    """Every rule that its fields break together is told."""
    with pytest.raises(RuleError) as refused:
        made()  # type: ignore[operator]
    assert [(one.field, one.value, str(one)) for one in refused.value.together] == broken


def test_days_and_cut_of_a_fact_follow_from_its_fields(demo_study: Study) -> None:
    first = demo_study.subjects[0]
    exposure = Exposure(subject="S", row=1, on=date(2016, 3, 1), end=date(2016, 4, 1))
    given = Administration(
        subject="S", row=2, start=NOON, end=NOON, assay_MBq=100, assay_at=NOON, residual_MBq=2,
        residual_at=NOON.replace(day=13),
    )  # fmt: skip
    assert days_of(exposure) == [date(2016, 3, 1), date(2016, 4, 1)]
    assert days_of(given) == [date(2016, 8, 12)] * 3 + [date(2016, 8, 13)]
    subject = replace(first, enrolment=replace(first.enrolment, on=date(2016, 1, 1)), events=(exposure, given))
    (seen,) = as_of(replace(demo_study, subjects=(subject,)), date(2016, 3, 15)).subjects
    assert (seen.of(Exposure)[0].end, seen.of(Administration)) == (None, ())
    (seen,) = as_of(replace(demo_study, subjects=(subject,)), date(2016, 8, 12)).subjects
    (cut,) = seen.of(Administration)
    assert (cut.residual_MBq, cut.residual_at, cut.assay_MBq) == (None, None, 100), "the residual was measured later"


def test_columns_of_a_table_carry_each_unit_that_is_read() -> None:
    field = Field(type="number", means="", name="longest", dimension="lesion_diameter")
    assert field.columns_with_units == (("longest_mm", "mm"), ("longest_cm", "cm"))
    assert replace(field, columns=("sum",)).columns_with_units == (("sum_mm", "mm"), ("sum_cm", "cm"))
    assert Field(type="flag", means="", name="nodal").columns_with_units == (("nodal", None),)


ADDED = '''
from __future__ import annotations
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from hevesy.study.facts.fact import On, Reported, SubjectId, number, outside, record_kind, refuse, time

@record_kind("skin_dose", as_reported=("study_day",))
@dataclass(frozen=True, slots=True, kw_only=True)
class SkinDose:
    """A dose that a badge on the skin measured."""

    subject: SubjectId
    row: int
    on: On = None
    dose_mg: Annotated[float | None, number("of the salve under it", "drug_mass")] = None
    read_at: Annotated[datetime | None, time("of the badge")] = None
    reported: Reported = ()

    def __post_init__(self) -> None:
        refuse(outside(self.dose_mg, (0, 50), "dose", "dose_mg", "mg"))
'''
USED = '''
import sys
from datetime import date
from pathlib import Path
import hevesy.study.facts
folder, example, root = map(Path, sys.argv[1:])
hevesy.study.facts.__path__.append(str(folder / "kinds"))
from hevesy.conduct.delivery import import_files, init_study
from hevesy.conduct.recorded_study import read_record, study_of
from hevesy.study.cut import as_of
sources = folder / "sources.toml"
sources.write_text((root / "src/hevesy/files/mappings/clr131.toml").read_text() + """
[[source]]
name = "badges"
file = "badge.csv"
kind = "skin_dose"
delivery = "full"
key = ["subject", "day"]
[source.fields]
subject = "subject"
on = "day"
dose = { column = "dose", unit = "g" }
read_at = "read"
[source.as_reported]
study_day = "d"
""")
study = folder / "study"
init_study(study, example / "protocol.toml", sources, who="tester")
assert import_files(study, sorted((example / "sources").glob("*.csv")), who="tester").written
one = (example / "sources" / "dm.csv").read_text().splitlines()[1].split(",")[0]
badge = folder / "badge.csv"
badge.write_text(f"subject,day,dose,read,d\\n{one},2016-03-01,0.06,2016-03-02T10:00,1\\n")
print(*map(str, import_files(study, [badge], who="tester").refused))
badge.write_text(f"subject,day,dose,read,d\\n{one},2016-03-01,0.02,2016-03-02T10:00,1\\n")
assert import_files(study, [badge], who="tester").written
from hevesy.study.facts.skin_dose import SkinDose
found = study_of(read_record(study))
(fact,) = [fact for subject in found.subjects for fact in subject.of(SkinDose)]
print(fact.dose_mg, fact.read_at.isoformat(), fact.reported)
(cut,) = [fact for subject in as_of(found, date(2016, 3, 1)).subjects for fact in subject.of(SkinDose)]
print(cut.dose_mg, cut.read_at)
sys.path.insert(0, str(root / "tools"))
from write_command_reference import records
print(records().partition("## skin_dose")[2][:300])
'''


def test_a_kind_of_record_is_one_file_and_nothing_else_is_changed(tmp_path: Path) -> None:
    (tmp_path / "kinds").mkdir()
    (tmp_path / "kinds" / "skin_dose.py").write_text(ADDED)
    ran = subprocess.run(
        [sys.executable, "-c", USED, str(tmp_path), str(EXAMPLE), str(ROOT)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    refused, fact, cut, *page = ran.stdout.splitlines()
    assert refused == "badge.csv, line 2, dose: dose must lie in 0..50 mg (got '60 mg')"
    assert fact == "20.0 2016-03-02T10:00:00-06:00 (('study_day', '1'),)"
    assert cut == "20.0 None", "what was read later is not known yet"
    assert "A dose that a badge on the skin measured." in "\n".join(page)
    assert "| dose | of the salve under it | number | needed; kept in mg |" in page
