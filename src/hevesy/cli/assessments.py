"""What was assessed at visits, read from a table by the names of its columns.

Under the rules that a study's deliveries keep.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from hevesy.errors import CannotAnswerError
from hevesy.study.mapping import Column, Fault, SourceMapping, to_event

_SAME = {"subject": (("subject", None),), "on": (("date", None),)}
_READ = {"evaluator": (("evaluator", None),)}
COLUMNS: dict[str, dict[str, tuple[tuple[str, str | None], ...]]] = {
    "myeloma_assessment": {
        **_SAME,
        "serum_m_protein": (("serum_M_g_dL", "g/dL"), ("serum_M_g_L", "g/L")),
        "involved_flc": (("iFLC_mg_L", "mg/L"), ("iFLC_mg_dL", "mg/dL")),
        "uninvolved_flc": (("uFLC_mg_L", "mg/L"), ("uFLC_mg_dL", "mg/dL")),
        "involved_chain": (("involved_chain", None),),
        "urine_m_protein": (("urine_M_mg_24h", "mg/24h"), ("urine_M_g_24h", "g/24h")),
        "serum_immunofixation": (("serum_IFE", None),),
        "urine_immunofixation": (("urine_IFE", None),),
        "marrow_plasma_cells_percent": (("marrow_percent", None),),
        "marrow_clonal": (("marrow_clonal", None),),
        "plasmacytoma": (("plasmacytoma_cm2", "cm2"), ("plasmacytoma_mm2", "mm2")),
        "new_lesion": (("new_lesion", None),),
    },
    "tumour_assessment": {
        **_SAME,
        **_READ,
        "target_diameters": (("sum_mm", "mm"), ("sum_cm", "cm")),
        "target_products": (("sum_mm2", "mm2"), ("sum_cm2", "cm2")),
        **{
            name: ((name, None),)
            for name in (
                "targets_gone", "non_target", "new_lesion", "others_gone", "flair", "steroids", "off_steroids",
                "clinical", "deauville", "uptake", "new_avid_lesion", "outside_field",
            )
        },
    },
    "lesion": {
        **_SAME,
        **_READ,
        "lesion": (("lesion", None),),
        "role": (("role", None),),
        "longest": (("longest_mm", "mm"), ("longest_cm", "cm")),
        "shortest": (("shortest_mm", "mm"), ("shortest_cm", "cm")),
        "nodal": (("nodal", None),),
    },
    "igm_assessment": {
        **_SAME,
        "igm": (("IgM_g_dL", "g/dL"), ("IgM_g_L", "g/L"), ("IgM_mg_dL", "mg/dL")),
        **{
            name: ((name, None),)
            for name in ("immunofixation", "igm_normal", "marrow_normal", "extramedullary_gone", "clinical_progression")
        },
    },
}  # fmt: skip
"""Of each kind of record: its fields, and the columns that may hold them, each with its unit."""


def columns_of(kind: str) -> tuple[str, ...]:
    """Columns that tell of a visit, beside the subject and the date."""
    return tuple(
        name
        for field, columns in COLUMNS[kind].items()
        if field not in _SAME and field not in _READ
        for name, _ in columns
    )


def read_events(rows: Sequence[Any], file: Path, kind: str) -> dict[tuple[str, str], list[Any]]:
    """Events of one kind by subject and reader, in order of day.

    What breaks a rule, and a row without its day, are refused by place.
    """
    found: dict[tuple[str, str], list[Any]] = {}
    for row in rows:
        event = _event(row, file, kind)
        found.setdefault((event.subject, getattr(event, "evaluator", None) or ""), []).append(event)
    for events in found.values():
        events.sort(key=lambda event: str(event.on))
    return found


def _event(row: Any, file: Path, kind: str) -> Any:
    columns: dict[str, Column] = {}
    for field, choices in COLUMNS[kind].items():
        given = [(name, unit) for name, unit in choices if (row.values.get(name) or "").strip()]
        if len(given) > 1:
            raise CannotAnswerError(
                f"{file.name}, line {row.line}, {given[1][0]}: given in two units, also as {given[0][0]}"
            )
        name, unit = given[0] if given else choices[0]
        columns[field] = Column(column=name, unit=unit)
    mapping = SourceMapping(
        name=kind, file=file.name, kind=kind, full=True, time_zone="UTC", key=("subject",), columns=columns
    )
    event = to_event(row.values, row.line, mapping, None)
    if isinstance(event, list):
        fault: Fault = event[0]
        raise CannotAnswerError(f"{file.name}, line {row.line}, {fault.column}: {fault.rule}")
    if not isinstance(event.on, date):
        raise CannotAnswerError(
            f"{file.name}, line {row.line}, date: a visit needs its day, got {row.values.get('date')!r}"
        )
    return event
