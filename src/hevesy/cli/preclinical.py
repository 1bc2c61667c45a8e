"""hevesy follow xenograft and models: tumour growth in animals, and many models in one table."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from hevesy.cli.app import JsonFlag, show
from hevesy.cli.rows import TableFile, groups_of, number_of, read_columns
from hevesy.errors import CannotAnswerError


def xenograft(
    file: TableFile,
    control: Annotated[str, typer.Option("--control", help="Name of the control group.")],
    multiple: Annotated[
        float, typer.Option("--multiple", help="Of the first volume, that the time is counted to.")
    ] = 4.0,
    by: Annotated[
        str | None, typer.Option("--by", metavar="COL", help="Column of the model, where there are several.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Growth delay, T/C, log cell kill, log-rank, mixed model by treatment; columns animal, group, day, volume_mm3.

    Instead of volume_mm3 the calipers' length_mm and width_mm may be given. A day without a volume is left out and
    counted.
    """
    from hevesy.follow import xenograft as xenografts

    table = read_columns(file, ["animal", "group", "day", *([by] if by is not None else [])])
    calipers = "volume_mm3" not in table.columns
    if calipers and not {"length_mm", "width_mm"} <= set(table.columns):
        raise CannotAnswerError(
            f"{file.name} has neither volume_mm3 nor length_mm and width_mm; it has {', '.join(table.columns)}"
        )
    answers, told = [], []
    for model, rows in groups_of(table, by, file).items():
        courses: dict[tuple[str, str], list[tuple[float, float]]] = {}
        left_out, named = 0, set()
        for row in rows:
            given = [row.values.get(name) for name in (("length_mm", "width_mm") if calipers else ("volume_mm3",))]
            animal, group = (row.values["animal"] or "").strip(), (row.values["group"] or "").strip()
            named.add((animal, group))
            if any(value is None or not value.strip() for value in given):
                left_out += 1
                continue
            if not animal or not group:
                raise CannotAnswerError(f"{file.name}, line {row.line}: a measurement without its animal or group")
            try:
                volume = (
                    xenografts.ellipsoid_mm3(number_of(row, "length_mm", file), number_of(row, "width_mm", file))
                    if calipers
                    else number_of(row, "volume_mm3", file)
                )
            except ValueError as error:
                raise CannotAnswerError(f"{file.name}, line {row.line}: {error}") from None
            courses.setdefault((animal, group), []).append((number_of(row, "day", file), volume))
        try:
            animals = [
                xenografts.Animal(
                    id=animal,
                    group=group,
                    day=tuple(day for day, _ in sorted(own)),
                    volume_mm3=tuple(v for _, v in sorted(own)),
                )
                for (animal, group), own in courses.items()
            ]
            found = xenografts.study(model, animals, control, multiple)
        except ValueError as error:
            raise CannotAnswerError(f"{file.name}: {error}") from None
        if left_out:
            told.append(f"{model}: {left_out} rows without a volume were left out")
        if never := sorted(animal for animal, group in named if (animal, group) not in courses):
            told.append(f"{model}: never measured, and not counted: {', '.join(never)}")
        answers.append(_answer(found))
    document = {"models": answers, "because": told}

    def words() -> str:
        lines = []
        for one in answers:
            lines.append(f"{one['model']}: control doubles in {_told(one['control_doubling_d'])} d")
            for arm in one["treatments"]:
                on = "" if arm["tc_day"] is None else f" on day {arm['tc_day']:g}"
                lines.append(
                    f"  {arm['group']} (n {arm['animals']}): delay {_told(arm['growth_delay_d'])} d, "
                    f"T/C {_told(arm['tc_percent'])} %{on}, log10 cell kill {_told(arm['log_cell_kill'])}, "
                    f"log-rank p = {_told(arm['p_value'])}, growth a day {_told(arm['rate_per_day'])} (mixed model, "
                    f"p = {_told(arm['rate_p_value'])}), gone in {arm['complete_regressions']}"
                )
                lines += [f"    {why}" for why in arm["because"]]
            lines += [f"  {why}" for why in one["because"]]
        return "\n".join([*lines, *told])

    show(document, as_json, words)


def _told(value: float | None) -> str:
    return "not known" if value is None else f"{value:.3g}"


def _answer(found: Any) -> dict[str, Any]:
    rates = {} if found.growth is None else {one.group: one for one in found.growth.groups}
    return {
        "model": found.model,
        "control": found.control,
        "multiple": found.multiple,
        "control_doubling_d": found.control_doubling_d,
        "treatments": [
            {
                "group": arm.group,
                "animals": arm.animals,
                "tc_percent": arm.tc_percent,
                "tc_day": arm.tc_day,
                "median_time_d": arm.median_time.estimate,
                "lower": arm.median_time.lower,
                "upper": arm.median_time.upper,
                "growth_delay_d": arm.growth_delay_d,
                "log_cell_kill": arm.log_cell_kill,
                "p_value": None if arm.log_rank is None else arm.log_rank.p_value,
                "rate_per_day": rates[arm.group].rate_per_day if arm.group in rates else None,
                "rate_difference": rates[arm.group].difference if arm.group in rates else None,
                "rate_p_value": rates[arm.group].p_value if arm.group in rates else None,
                "complete_regressions": arm.complete_regressions,
                "because": list(arm.because),
            }
            for arm in found.treatments
        ],
        "because": list(found.because),
    }


def models(file: TableFile, as_json: JsonFlag = False) -> None:
    """Many models in one table: how many take the molecule up selectively, with the exceptions by name.

    Columns: model, tumour_type, selective (Y, N, or empty: not determined), and source if there is one.
    """
    from hevesy.follow.xenograft import ModelResult, selectivity

    table = read_columns(file, ["model", "tumour_type", "selective"])
    words_for = {"Y": True, "YES": True, "1": True, "N": False, "NO": False, "0": False, "": None}
    results = []
    for row in table.rows:
        word = (row.values["selective"] or "").strip().upper()
        if word not in words_for:
            raise CannotAnswerError(
                f"{file.name}, line {row.line}, selective: Y, N or empty (not determined), "
                f"got {row.values['selective']!r}"
            )
        if not (row.values["model"] or "").strip():
            raise CannotAnswerError(f"{file.name}, line {row.line}, model: a row without its model")
        results.append(
            ModelResult(
                model=(row.values["model"] or "").strip(), tumour_type=(row.values["tumour_type"] or "").strip(),
                selective=words_for[word], source=row.values.get("source") or "",
            )
        )  # fmt: skip
    try:
        found = selectivity(results)
    except ValueError as error:
        raise CannotAnswerError(f"{file.name}: {error}") from None
    document = {
        "selective": found.selective,
        "determined": found.determined,
        "not_determined": found.not_determined,
        "lower": found.interval.lower,
        "upper": found.interval.upper,
        "by_type": [{"tumour_type": kind, "selective": hits, "determined": n} for kind, hits, n in found.by_type],
        "exceptions": [
            {"model": one.model, "tumour_type": one.tumour_type, "source": one.source} for one in found.exceptions
        ],
        "because": [found.sentence],
    }

    def words() -> str:
        lines = [f"{found.sentence} ({found.interval.lower:.1%} to {found.interval.upper:.1%}, exact)"]
        return "\n".join([*lines, *(f"{kind}: {hits} of {n}" for kind, hits, n in found.by_type)])

    show(document, as_json, words)
