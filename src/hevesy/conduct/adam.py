"""A study as analysis datasets in the manner of ADaM.

ADSL, ADAE, ADLB, ADRS and ADTTE, every derived row with its reason.

In the manner of: variables have ADaM's names and meanings; a define file and controlled terminology are not made here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from hevesy.conduct.analysis import Analysis, SubjectAnalysis
from hevesy.conduct.times import ENDPOINTS
from hevesy.files.dataset_json import Column, Dataset, Value, now_created
from hevesy.follow.adverse_events import emergent
from hevesy.study.dates import When, study_day
from hevesy.study.facts.safety import AdverseEvent
from hevesy.study.protocol import BLOOD_TEST_DIMENSION
from hevesy.units import INTERNAL_UNIT

Row = dict[str, Value]
Variables = Sequence[tuple[str, str, str]]

_SUBJECT: Variables = (
    ("STUDYID", "string", "Study Identifier"),
    ("USUBJID", "string", "Unique Subject Identifier"),
    ("TRT01A", "string", "Actual Treatment for Period 01"),
)
_ADSL: Variables = (
    *_SUBJECT,
    ("AGE", "float", "Age"),
    ("SEX", "string", "Sex"),
    ("ENRLDT", "date", "Date of Enrollment"),
    ("TRTSDT", "date", "Date of First Exposure to Treatment"),
    ("SAFFL", "string", "Safety Population Flag"),
    ("DLTEVLFL", "string", "DLT Evaluable Flag"),
    ("DLTFL", "string", "Dose-Limiting Toxicity Flag"),
    ("DLTRSN", "string", "Reason for the DLT Assessment"),
    ("ACTTOT", "float", "Total Administered Activity (MBq)"),
    ("DTHFL", "string", "Subject Death Flag"),
    ("DTHDT", "date", "Date of Death"),
)
_ADAE: Variables = (
    *_SUBJECT,
    ("AEBODSYS", "string", "Body System or Organ Class"),
    ("AETERM", "string", "Reported Term for the Adverse Event"),
    ("ASTDTC", "string", "Start Date as Delivered"),
    ("ASTDY", "integer", "Analysis Start Relative Day"),
    ("AENDTC", "string", "End Date as Delivered"),
    ("ATOXGR", "integer", "Analysis Toxicity Grade"),
    ("AESER", "string", "Serious Event"),
    ("AREL", "string", "Analysis Causality"),
    ("TRTEMFL", "string", "Treatment Emergent Analysis Flag"),
    ("SRCSEQ", "integer", "Row of the Record"),
)
_ADLB: Variables = (
    *_SUBJECT,
    ("PARAMCD", "string", "Parameter Code"),
    ("PARAM", "string", "Parameter"),
    ("ADT", "date", "Analysis Date"),
    ("ADY", "integer", "Analysis Relative Day"),
    ("AVAL", "float", "Analysis Value"),
    ("AVALU", "string", "Unit of the Analysis Value"),
    ("AVALDLV", "float", "Value as Delivered"),
    ("AVALUDLV", "string", "Unit as Delivered"),
    ("ABLFL", "string", "Baseline Record Flag"),
    ("ATOXGR", "integer", "Analysis Toxicity Grade"),
    ("ATOXRSN", "string", "Reason for the Grade"),
    ("SRCSEQ", "integer", "Row of the Record"),
)
_ADRS: Variables = (
    *_SUBJECT,
    ("PARAMCD", "string", "Parameter Code"),
    ("PARAM", "string", "Parameter"),
    ("ADT", "date", "Analysis Date"),
    ("ADY", "integer", "Analysis Relative Day"),
    ("AVALC", "string", "Analysis Value (C)"),
    ("PCHG", "float", "Percent Change from Baseline"),
    ("ARSN", "string", "Reason"),
    ("SRCSEQ", "integer", "Row of the Record"),
)
_ADTTE: Variables = (
    *_SUBJECT,
    ("PARAMCD", "string", "Parameter Code"),
    ("PARAM", "string", "Parameter"),
    ("STARTDT", "date", "Time-to-Event Origin Date for Subject"),
    ("ADT", "date", "Analysis Date"),
    ("AVAL", "integer", "Analysis Value (days, the first counted)"),
    ("CNSR", "integer", "Censor (0: event)"),
    ("EVNTDESC", "string", "Event or Censoring Description"),
)
_HEADLINE = {
    "pfs": "Progression-Free Survival",
    "efs": "Event-Free Survival",
    "dor": "Duration of Response",
    "ttr": "Time to Response",
    "os": "Overall Survival",
}
"""Names of the endpoints as ADaM writes them."""
CODES = {"platelets": "PLAT", "neutrophils": "NEUT", "haemoglobin": "HGB", "lymphocytes": "LYMPH"}


def datasets(analysis: Analysis, created: datetime) -> tuple[Dataset, ...]:
    """The five datasets of a study as of its cut."""
    made = (
        ("ADSL", "Subject-Level Analysis Dataset", _ADSL, [_adsl(item) for item in analysis.subjects]),
        ("ADAE", "Adverse Event Analysis Dataset", _ADAE, [row for item in analysis.subjects for row in _adae(item)]),
        ("ADLB", "Laboratory Analysis Dataset", _ADLB, [row for item in analysis.subjects for row in _adlb(item)]),
        ("ADRS", "Response Analysis Dataset", _ADRS, [row for item in analysis.subjects for row in _adrs(item)]),
        (
            "ADTTE",
            "Time-to-Event Analysis Dataset",
            _ADTTE,
            [row for item in analysis.subjects for row in _adtte(item)],
        ),
    )
    study = analysis.study.protocol.study_id
    return tuple(_dataset(name, label, variables, rows, study, created) for name, label, variables, rows in made)


def _dataset(
    name: str, label: str, variables: Variables, rows: Iterable[Row], study: str, created: datetime
) -> Dataset:
    keys = {"STUDYID": 1, "USUBJID": 2}
    columns = tuple(
        Column(item_oid=f"IT.{name}.{one}", name=one, label=words, data_type=kind, key_sequence=keys.get(one))
        for one, kind, words in variables
    )
    return Dataset(
        name=name,
        label=label,
        item_group_oid=f"IG.{name}",
        columns=columns,
        rows=tuple(tuple({**row, "STUDYID": study}.get(column.name) for column in columns) for row in rows),
        created=now_created(created),
        about={"studyOID": study, "originator": "Hevesy"},
    )


def _who(item: SubjectAnalysis) -> Row:
    return {"USUBJID": item.subject.id, "TRT01A": item.arm.name if item.arm is not None else None}


def _day(on: When | None) -> str | None:
    return on.isoformat() if isinstance(on, date) else None


def _text(on: When | None) -> str | None:
    return None if on is None else str(on)


def _adsl(item: SubjectAnalysis) -> Row:
    enrolment, status = item.subject.enrolment, item.dlt.status if item.dlt is not None else None
    flags: dict[str | None, tuple[str | None, str | None]] = {
        "DLT": ("Y", "Y"),
        "no DLT": ("Y", "N"),
        "not evaluable": ("N", None),
    }
    evaluable, with_dlt = flags.get(status, (None, None))
    return {
        **_who(item),
        "AGE": enrolment.age_a,
        "SEX": enrolment.sex,
        "ENRLDT": _day(enrolment.on),
        "TRTSDT": _day(item.subject.day_1),
        "SAFFL": "Y" if item.subject.treated else "N",
        "DLTEVLFL": evaluable,
        "DLTFL": with_dlt,
        "DLTRSN": None if item.dlt is None else f"{item.dlt.status}: {'; '.join(item.dlt.because)}",
        "ACTTOT": item.given.exposure.total_MBq,
        "DTHFL": "Y" if item.death is not None else None,
        "DTHDT": _day(item.death.day) if item.death is not None else None,
    }


def _adae(item: SubjectAnalysis) -> Iterable[Row]:
    first, treated = item.subject.day_1, {event.row for event in emergent(item.subject)}
    for event in item.subject.of(AdverseEvent):
        yield {
            **_who(item),
            "AEBODSYS": event.system_organ_class,
            "AETERM": event.term,
            "ASTDTC": _text(event.on),
            "ASTDY": study_day(event.on, first) if isinstance(event.on, date) and first is not None else None,
            "AENDTC": _text(event.resolved),
            "ATOXGR": event.grade,
            "AESER": None if event.serious is None else "Y" if event.serious else "N",
            "AREL": event.related,
            "TRTEMFL": "Y" if event.row in treated else None,
            "SRCSEQ": event.row,
        }


def _adlb(item: SubjectAnalysis) -> Iterable[Row]:
    baseline = {course.baseline.lab.row for course in item.counts.courses if course.baseline is not None}
    for one in item.counts.labs:
        yield {
            **_who(item),
            "PARAMCD": CODES.get(one.lab.test),
            "PARAM": one.lab.test,
            "ADT": _day(one.on),
            "ADY": one.day,
            "AVAL": one.grade.value,
            "AVALU": INTERNAL_UNIT[BLOOD_TEST_DIMENSION[one.lab.test]]
            if one.lab.test in BLOOD_TEST_DIMENSION
            else None,
            "AVALDLV": one.lab.value,
            "AVALUDLV": one.lab.unit,
            "ABLFL": "Y" if one.lab.row in baseline else None,
            "ATOXGR": one.grade.grade,
            "ATOXRSN": one.grade.because,
            "SRCSEQ": one.lab.row,
        }


def _adrs(item: SubjectAnalysis) -> Iterable[Row]:
    response, first = item.response, item.subject.day_1
    if response is None:
        return
    visits = sorted((*response.visits, *response.not_evaluable), key=lambda visit: visit.on)
    for visit in visits:
        yield {
            **_who(item),
            "PARAMCD": "OVR",
            "PARAM": "Response at Visit, Not Yet Confirmed",
            "ADT": _day(visit.on),
            "ADY": study_day(visit.on, first) if first is not None else None,
            "AVALC": visit.category,
            "PCHG": visit.change_percent,
            "ARSN": visit.because,
            "SRCSEQ": visit.row,
        }
    for code, label, value, on in (
        ("CBOR", "Best Confirmed Response", response.best, None),
        ("PD", "Progression, Confirmed Where Asked", "Y" if response.progression_on else "N", response.progression_on),
    ):
        yield {**_who(item), "PARAMCD": code, "PARAM": label, "ADT": _day(on), "AVALC": value, "ARSN": response.because}


def _adtte(item: SubjectAnalysis) -> Iterable[Row]:
    for endpoint in ENDPOINTS:
        one = endpoint.of(item.times)
        if one is not None:
            yield {
                **_who(item),
                "PARAMCD": endpoint.key.upper(),
                "PARAM": _HEADLINE[endpoint.key],
                "STARTDT": _day(one.start),
                "ADT": _day(one.end),
                "AVAL": one.time_d,
                "CNSR": 0 if one.observed else 1,
                "EVNTDESC": one.because,
            }
