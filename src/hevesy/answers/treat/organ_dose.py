"""Organ doses of a patient's case, with what they are uncertain by and what they stand beside."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from hevesy.answers.answer import Answer, Json, picked
from hevesy.answers.asked import Places, PlanFile
from hevesy.blocks.number import Cell, shown
from hevesy.blocks.prose import Paragraph, said
from hevesy.blocks.section import Block
from hevesy.blocks.sheet import Sheet, nice_ticks
from hevesy.blocks.table import Column, Table, of_numbers, table

if TYPE_CHECKING:
    from hevesy.blocks.figure import Figure
    from hevesy.conduct.organ_dose import PatientDoses
    from hevesy.treat.organ_dose import OrganDose

COMMAND = "treat organ-dose"
FACES = ("csv", "svg")
DRAWN = 12
"""Organs in the figure, those of the largest doses; the table has them all."""


def organ_dose(
    case: Annotated[Path, PlanFile("CASE.toml: what was given, measured and weighed.", "CASE.toml")],
    *,
    beside: Annotated[
        Sequence[Path], Places("Files and folders that CASE.toml names, where they do not lie beside it.", "FILE")
    ] = (),
) -> Answer:
    """Organ doses of a patient, from time-activity curves or time-integrated activities, with their uncertainty.

    By an S table of yours (OLINDA's or MIRDcalc's layout) or your files of ICRP 133, with the patient's own masses, or
    as followed in the patient's images by transport; tumours as spheres, marrow by blood and by images. Files that
    CASE.toml names stand beside it. The remainder of the body and a bladder that is voided are made of the regions'
    points and of what was excreted; several administrations add up.

    Returns by organ the dose (Gy), its standard error (k = 1; null where a source that matters has none), by
    propagation and by draws, where it comes from, dose per activity, the share of its own activity; `tumours`,
    `marrow`, `limits` (`met`: kept, exceeded, not told, part is missing, part is an upper bound), `effects` (BED, EQD2
    and their intervals, dose and curve drawn together), `sources`, `fits`, `effective_dose_mSv`, `untold` (what is in
    no standard error).
    Refused: an organ that the table lacks, a limit without source, a table whose unit, masses, weight of alphas or
    daughters are not told, masses of two conventions, activities corrected for decay beside others that are not or with
    another nuclide, a remainder beside a rest that is told or of regions of other times, an integral that may be of the
    first of several administrations or of all, effective dose of a therapy.
    Source: W. Bolch et al., J. Nucl. Med. 50 (2009) 477 (MIRD Pamphlet 21); J. Gear et al., Eur. J. Nucl. Med. Mol.
    Imaging 45 (2018) 2456, for uncertainty.

    Example: hevesy.organ_dose(case="CASE.toml")
    """
    from hevesy.conduct.organ_dose import patient_doses
    from hevesy.files.case import Beside, read_case, text_of

    made = patient_doses(read_case(text_of(case), case.name), Beside(case.parent, beside))
    return Answer(document=_document(made), blocks=_blocks(made))


def _document(made: PatientDoses) -> dict[str, Json]:
    given = made.case.administered_MBq
    return {
        "subject": made.case.subject,
        "nuclide": made.nuclide,
        "administered_MBq": given,
        "administrations": [picked(one, "activity_MBq", "at_h") for one in made.case.given],
        "method": made.method,
        "phantom": made.phantom,
        "alpha_weight": made.alpha_weight,
        "organs": [_organ(one, given) for one in made.organs],
        "tumours": [
            {
                **_organ(one.dose, given),
                **picked(one, "tia_MBq_h", "mass_g", "s_mGy_per_MBq_s", "recovery"),
            }
            for one in made.tumours
        ],
        "marrow": _marrow_told(made),
        "limits": [
            {
                "organ": one.limit.region,
                "dose_Gy": one.dose.dose_Gy,
                "limit_Gy": one.limit.amount_Gy,
                "reached": one.reached,
                "met": one.met,
                "verdict": one.verdict,
                "source": one.limit.source,
            }
            for one in made.limits
        ],
        "sources": [
            {
                **picked(one, "name", "tia_MBq_h", table_source="source"),
                "less": [picked(other, "name", "tia_MBq_h") for other in one.less],
            }
            for one in made.sources
        ],
        "fits": [
            {
                **picked(
                    one, "region", "model", "tia_h", "tia_standard_error_h", "tia_lower_h", "tia_upper_h", "tail_share"
                ),
                "because": list(one.because),
            }
            for one in made.fitted
        ],
        "effects": _effects_told(made),
        "effective_dose_mSv": made.effective_dose_mSv,
        "untold": list(made.untold),
        "warnings": list(made.warnings),
        "because": list(made.because),
    }


def _marrow_told(made: PatientDoses) -> list[Json]:
    given = made.case.administered_MBq
    return [
        {
            "way": one.activity.way,
            "tia_MBq_h": one.activity.tia_MBq_h,
            "lower_bound": one.activity.lower_bound,
            **_organ(one.dose, given),
            "because": list(one.activity.because),
        }
        for one in made.marrow
    ]


def _effects_told(made: PatientDoses) -> list[Json]:
    return [
        {
            **picked(one, "organ", "dose_Gy", "bed_Gy", "eqd2_Gy", "course_bed_Gy", "external_bed_Gy"),
            **picked(one, "lea_catcheside", "standard_error_Gy", "eqd2_standard_error_Gy"),
            **_ends("bed", one.bed_interval_Gy),
            **_ends("eqd2", one.eqd2_interval_Gy),
            "limit": None if one.limit is None else picked(one.limit, "amount_Gy", "of", "source"),
            "met": one.met,
            "left": None if one.left is None else picked(one.left, "bed_Gy", "eqd2_Gy", "dose_Gy", "fractions"),
            "because": list(one.because),
        }
        for one in made.effects
    ]


def _ends(name: str, interval: tuple[float, float] | None) -> dict[str, Json]:
    low, high = (None, None) if interval is None else interval
    return {f"{name}_lower_Gy": low, f"{name}_upper_Gy": high}


def _organ(one: OrganDose, administered_MBq: float) -> dict[str, Json]:
    known = one.known
    return {
        "name": one.name,
        "dose_Gy": one.dose_Gy,
        "standard_error_Gy": one.standard_error_Gy,
        "propagated_error_Gy": None if known is None else known.propagated_Gy,
        "drawn_error_Gy": None if known is None else known.drawn_Gy,
        "ways_agree": None if known is None else known.believed,
        "lower_Gy": None if known is None else known.lower_Gy,
        "upper_Gy": None if known is None else known.upper_Gy,
        "uncertainty_parts": dict(one.parts),
        "dose_per_activity_Gy_per_GBq": 1000 * one.dose_Gy / administered_MBq,
        "own_share": one.own_share,
    }


def _blocks(made: PatientDoses) -> tuple[Block, ...]:
    blocks: list[Block] = [_in_short(made), *(said(one, tone="caution") for one in made.warnings)]
    given = made.case.administered_MBq
    if made.organs:
        blocks.append(_doses("organs", _title(made), made.organs, given))
        blocks.append(_figure(made))
    if made.tumours:
        blocks.append(_doses("tumours", "Tumours as spheres", [one.dose for one in made.tumours], given))
    if made.marrow:
        blocks.append(_marrow(made))
    if made.limits:
        blocks.append(_limits(made))
    if made.effects:
        blocks.append(_effects(made))
    if made.sources:
        blocks.append(_sources(made))
    if made.fitted:
        blocks.append(_fits(made))
    return (*blocks, *map(said, made.because))


def _title(made: PatientDoses) -> str:
    how = {"transport": "by transport", "s-table": "by an S table", "icrp133": "by ICRP 133"}[made.method]
    weighted = "" if made.alpha_weight == 1 else f", alphas times {made.alpha_weight:g}"
    return f"Dose of {made.nuclide} {how}{weighted}, {made.case.administered_MBq:g} MBq"


def _in_short(made: PatientDoses) -> Paragraph:
    told = [_told(one) for one in made.organs[:5]] + [_told(one.dose) for one in made.tumours[:3]]
    more = f" and {len(made.organs) - 5} more organs" if len(made.organs) > 5 else ""
    effective = "" if made.effective_dose_mSv is None else f"; effective dose {made.effective_dose_mSv:.3g} mSv"
    return said(
        f"{made.case.subject}, {made.case.administered_MBq:g} MBq of {made.nuclide}: "
        f"{', '.join(told)}{more}{effective}",
        tone="answer",
    )


def _told(one: OrganDose) -> str:
    error = "" if one.standard_error_Gy is None else f" +- {one.standard_error_Gy:.2g}"
    return f"{one.name} {one.dose_Gy:.3g}{error} Gy"


def _doses(name: str, title: str, doses: tuple[OrganDose, ...] | list[OrganDose], administered_MBq: float) -> Table:
    parts = list(dict.fromkeys(part for one in doses for part, _ in one.parts))
    columns: list[str | Column] = ["organ" if name == "organs" else "tumour", of_numbers("dose", "Gy")]
    columns += [of_numbers("standard error", "Gy"), of_numbers("by draws", "Gy"), of_numbers("per activity", "Gy/GBq")]
    columns += [of_numbers("by its own activity", "%"), *(of_numbers(part, "%") for part in parts)]
    rows: list[list[Cell]] = []
    for one in doses:
        own = dict(one.parts)
        row: list[Cell] = [one.name, shown(one.dose_Gy, ".4g"), shown(one.standard_error_Gy, ".2g", "not known")]
        row += [shown(None if one.known is None else one.known.drawn_Gy, ".2g", "")]
        row += [shown(1000 * one.dose_Gy / administered_MBq, ".4g")]
        row += [shown(None if one.own_share is None else 100 * one.own_share, ".3g", "")]
        row += [shown(100 * own[part] if part in own else None, ".2g", "") for part in parts]
        rows.append(row)
    return table(
        name,
        title,
        columns,
        rows,
        "standard error: k = 1; the last columns: its parts by cause, in percent of the dose",
    )


def _marrow(made: PatientDoses) -> Table:
    rows: list[list[Cell]] = [
        [
            one.activity.way,
            shown(one.activity.tia_MBq_h, ".4g"),
            shown(one.dose.dose_Gy, ".4g"),
            shown(one.dose.standard_error_Gy, ".2g", "not known"),
            "a lower bound" if one.activity.lower_bound else "",
            "; ".join(one.activity.because),
        ]
        for one in made.marrow
    ]
    columns: list[str | Column] = ["by", of_numbers("activity over all time", "MBq h"), of_numbers("dose", "Gy")]
    return table("marrow", "Red marrow", [*columns, of_numbers("standard error", "Gy"), "is", "because"], rows)


def _limits(made: PatientDoses) -> Table:
    rows: list[list[Cell]] = [
        [
            one.limit.region,
            shown(one.dose.dose_Gy, ".4g"),
            shown(one.limit.amount_Gy, ".4g"),
            shown(100 * one.reached, ".3g"),
            one.verdict,
            one.limit.source,
        ]
        for one in made.limits
    ]
    columns: list[str | Column] = [
        "organ",
        of_numbers("dose", "Gy"),
        of_numbers("limit", "Gy"),
        of_numbers("reached", "%"),
    ]
    return table("limits", "Limits", [*columns, "the dose is", "source of the limit"], rows)


def _effects(made: PatientDoses) -> Table:
    rows: list[list[Cell]] = [
        [
            one.organ,
            shown(one.dose_Gy, ".4g"),
            shown(one.lea_catcheside, ".3g"),
            shown(one.course_bed_Gy, ".4g"),
            shown(one.external_bed_Gy, ".4g", "none"),
            shown(one.bed_Gy, ".4g"),
            shown(one.eqd2_Gy, ".4g"),
            shown(one.eqd2_standard_error_Gy, ".2g", "not known"),
            one.met or "no limit",
            "" if one.left is None else f"{one.left.fractions} x {one.left.fraction_Gy:g} Gy",
            "; ".join(one.because),
        ]
        for one in made.effects
    ]
    columns: list[str | Column] = ["organ", of_numbers("dose", "Gy"), of_numbers("Lea-Catcheside")]
    columns += [of_numbers("BED", "Gy"), of_numbers("BED of external beam", "Gy"), of_numbers("BED in all", "Gy")]
    columns += [of_numbers("EQD2 in all", "Gy"), of_numbers("standard error of that EQD2", "Gy")]
    columns += ["the limit is", "it leaves", "because"]
    return table("effects", "Biological effect", columns, rows)


def _sources(made: PatientDoses) -> Table:
    given = made.case.administered_MBq
    rows: list[list[Cell]] = [
        [
            one.name,
            one.source,
            shown(one.tia_MBq_h, ".4g"),
            shown(one.tia_MBq_h / given, ".4g"),
            ", ".join(f"{other.name} {other.tia_MBq_h:.4g} MBq h" for other in one.less),
        ]
        for one in made.sources
    ]
    columns: list[str | Column] = ["region", "source of the table", of_numbers("activity over all time", "MBq h")]
    columns += [of_numbers("per administered", "h"), "taken off it"]
    return table("sources", f"Activity over all time of {made.nuclide}", columns, rows)


def _fits(made: PatientDoses) -> Table:
    rows: list[list[Cell]] = [
        [
            one.region,
            one.model,
            shown(one.tia_h, ".4g"),
            shown(one.tia_standard_error_h, ".2g", "not known"),
            shown(one.tia_lower_h, ".4g", ""),
            shown(one.tia_upper_h, ".4g", ""),
            shown(100 * one.tail_share, ".3g"),
        ]
        for one in made.fitted
    ]
    columns: list[str | Column] = ["region", "model", of_numbers("activity over all time per administered", "h")]
    columns += [
        of_numbers("standard error", "h"),
        of_numbers("from", "h"),
        of_numbers("to", "h"),
        of_numbers("after the last point", "%"),
    ]
    return table("fits", "Curves fitted", columns, rows, "from, to: 95 %, by profile likelihood")


def _figure(made: PatientDoses) -> Figure:
    """Doses with their intervals, and limits."""
    drawn = made.organs[:DRAWN]
    limits = {one.limit.region: one.limit.amount_Gy for one in made.limits}
    tops = [one.dose_Gy if one.known is None else one.known.upper_Gy for one in drawn]
    largest = max([*tops, *(limits[one.name] for one in drawn if one.name in limits)]) or 1.0
    described = "; ".join(_told(one) for one in drawn)
    height = 70 + 26 * len(drawn)
    sheet = Sheet(760, height + 20, "organ-doses", "Organ doses", described)
    sheet.area(180, 20, 745, height - 30, (0.0, 1.04 * largest), (float(len(drawn)), 0.0))
    sheet.axes(nice_ticks(0.0, largest), [], "dose, Gy", "")
    sheet.keep("dose", "series-0", [(one.dose_Gy, row + 0.5) for row, one in enumerate(drawn)])
    for row, one in enumerate(drawn):
        y = row + 0.5
        sheet.text(174, sheet.y(y) + 4, one.name[:26], "end")
        if one.known is not None:
            sheet.line([(one.known.lower_Gy, y), (one.known.upper_Gy, y)], "series-0")
        sheet.mark(one.dose_Gy, y, "dot", "series-0", _told(one))
        if one.name in limits:
            sheet.line([(limits[one.name], row + 0.1), (limits[one.name], row + 0.9)], "ink", dash=8)
    more = f" Of {len(made.organs)} organs those of the {DRAWN} largest doses." if len(made.organs) > DRAWN else ""
    lines = " Dashed: limits." if limits else ""
    return sheet.figure(f"Dose and interval of 95 % by draws.{lines}{more}")
