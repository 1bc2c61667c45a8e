"""Tumour growth in animals, each treatment against the control."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

from hevesy.answers.answer import Answer, Json, picked
from hevesy.answers.asked import ColumnName, Real, TableFile, Text
from hevesy.blocks.number import Cell, shown
from hevesy.blocks.prose import said
from hevesy.blocks.table import Table, of_numbers
from hevesy.blocks.table import table as table_of
from hevesy.errors import CannotAnswerError, RuleError
from hevesy.files.columns import number_in, require, rows_by
from hevesy.files.tables import DeliveredRow, DeliveredTable

if TYPE_CHECKING:
    from hevesy.preclinical.xenograft import Animal, Treatment, XenograftStudy
    from hevesy.stats.growth import GroupRate

COMMAND = "follow xenograft"
FACES = ("csv",)


def xenograft_study(
    table: Annotated[DeliveredTable, TableFile()],
    *,
    control: Annotated[str, Text("Name of the control group.")],
    multiple: Annotated[float, Real("Of the first volume, that the time is counted to.")] = 4.0,
    by: Annotated[str | None, ColumnName("Column of the model, where there are several.", "COL")] = None,
) -> Answer:
    """Growth delay, T/C, log cell kill, log-rank, mixed model by treatment; columns animal, group, day, volume_mm3.

    Instead of volume_mm3 the calipers' length_mm and width_mm may be given. A day without a volume is left out and
    counted.

    Returns by model the control's doubling time (d) and by treatment T/C (percent) with its day, median time to the
    multiple and growth delay (d), log10 cell kill, log-rank p, growth (per day) by the mixed model, tumours gone.
    Refused are days that do not rise, negative volumes, first volumes of different days, a control without animals.
    Source: Schabel et al., Pharmacol Ther 1977;1:411; Houghton et al., Pediatr Blood Cancer 2007;49:928.

    Example: print(hevesy.xenograft_study("volumes.csv", control="vehicle"))
    """
    from hevesy.preclinical.xenograft import study

    require(table, ("animal", "group", "day", by))
    sizes = _columns_of_size(table)
    studies: list[XenograftStudy] = []
    beside: list[str] = []
    for model, rows in rows_by(table, by).items():
        measured = [row for row in rows if all((row.values.get(name) or "").strip() for name in sizes)]
        try:
            animals = _animals(table, measured, sizes)
            studies.append(study(model, animals, control, multiple))
        except RuleError as error:
            raise CannotAnswerError(f"{table.name}: {error}") from None
        if left_out := len(rows) - len(measured):
            beside.append(f"{model}: {left_out} rows without a volume were left out")
        known = {(one.id, one.group) for one in animals}
        if never := sorted(animal for animal, group in set(map(_animal, rows)) if (animal, group) not in known):
            beside.append(f"{model}: never measured, and not counted: {', '.join(never)}")
    told = []
    for one in studies:
        told.append(f"{one.model}: control doubles in {_known(one.control_doubling_d)} d")
        told += [f"{one.model}, {arm.group}: {why}" for arm in one.treatments for why in arm.because]
        told += [f"{one.model}: {why}" for why in one.because]
    return Answer(
        document={"models": list(map(_document, studies)), "because": beside},
        blocks=(_table(studies), *map(said, (*told, *beside))),
    )


def _columns_of_size(table: DeliveredTable) -> tuple[str, ...]:
    calipers = ("length_mm", "width_mm")
    if "volume_mm3" in table.columns:
        return ("volume_mm3",)
    if not set(calipers) <= set(table.columns):
        raise CannotAnswerError(
            f"{table.name} has neither volume_mm3 nor length_mm and width_mm; it has {', '.join(table.columns)}"
        )
    return calipers


def _animal(row: DeliveredRow) -> tuple[str, str]:
    return (row.values["animal"] or "").strip(), (row.values["group"] or "").strip()


def _animals(table: DeliveredTable, rows: Sequence[DeliveredRow], sizes: tuple[str, ...]) -> list[Animal]:
    """The animals of rows with their courses, a row that cannot be refused with its place."""
    from hevesy.preclinical.xenograft import Animal, ellipsoid_mm3

    courses: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for row in rows:
        place = f"{table.name}, line {row.line}"
        if not all(_animal(row)):
            raise CannotAnswerError(f"{place}: a measurement without its animal or group")
        size = [number_in(table, row, name) for name in sizes]
        try:
            volume = ellipsoid_mm3(*size) if len(size) > 1 else size[0]
        except RuleError as error:
            raise CannotAnswerError(f"{place}: {error}") from None
        courses.setdefault(_animal(row), []).append((number_in(table, row, "day"), volume))
    return [
        Animal(id=animal, group=group, day=days, volume_mm3=volumes)
        for (animal, group), own in courses.items()
        for days, volumes in [zip(*sorted(own), strict=True)]
    ]


def _document(study: XenograftStudy) -> dict[str, Json]:
    return {
        **picked(study, "model", "control", "multiple", "control_doubling_d", "because"),
        "treatments": [_treatment(arm, study.rate_of(arm.group)) for arm in study.treatments],
    }


def _treatment(arm: Treatment, growth: GroupRate | None) -> dict[str, Json]:
    return {
        **picked(arm, "group", "animals", "tc_percent", "tc_day", "growth_delay_d", "log_cell_kill"),
        **picked(arm, "complete_regressions", "because"),
        **picked(arm.median_time, "lower", "upper", median_time_d="estimate"),
        "p_value": arm.log_rank.p_value if arm.log_rank else None,
        "rate_per_day": growth.rate_per_day if growth else None,
        "rate_difference": growth.difference if growth else None,
        "rate_p_value": growth.p_value if growth else None,
    }


def _table(studies: Sequence[XenograftStudy]) -> Table:
    heads = [
        of_numbers("n"),
        of_numbers("delay", "d"),
        of_numbers("T/C", "%"),
        of_numbers("on day"),
        of_numbers("log10 cell kill"),
    ]
    heads += [of_numbers("p", under="log-rank"), of_numbers("growth a day", under="mixed model")]
    heads += [of_numbers("p", under="mixed model"), of_numbers("gone")]
    rows = [_row(one.model, arm, one.rate_of(arm.group)) for one in studies for arm in one.treatments]
    return table_of("treatments", "Treatments against the control", ("model", "group", *heads), rows)


def _row(model: str, arm: Treatment, growth: GroupRate | None) -> list[Cell]:
    numbers = [arm.growth_delay_d, arm.tc_percent, arm.tc_day, arm.log_cell_kill]
    numbers += [arm.log_rank.p_value if arm.log_rank else None]
    numbers += [growth.rate_per_day, growth.p_value] if growth else [None, None]
    cells = (shown(number, ".3g", "not known") for number in numbers)
    return [model, arm.group, shown(arm.animals), *cells, shown(arm.complete_regressions)]


def _known(value: float | None) -> str:
    return "not known" if value is None else f"{value:.3g}"
