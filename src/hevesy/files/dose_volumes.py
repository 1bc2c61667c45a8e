"""Dose-volume histograms as delivered: a table of doses and of the volume that receives them or more.

The unit of a column is part of its name. A dvh.csv of voxel doses is read as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from hevesy.errors import CannotAnswerError
from hevesy.files.columns import number_in, plain
from hevesy.files.tables import DeliveredRow, DeliveredTable
from hevesy.files.time_activity import SUBJECTS
from hevesy.study.dose_volume_curve import FALL_ON_PERCENT, DoseVolumeCurve, first_fault
from hevesy.study.facts.dose_volume import DoseBy

DOSES = {"dose_Gy": 1.0, "dose_cGy": 1e-2, "dose_mGy": 1e-3}
SHARES = {"volume_percent": 1.0}
VOLUMES = {"volume_mL": 1.0, "volume_cm3": 1.0, "volume_ccm": 1.0, "volume_cc": 1.0}
"""Factors to Gy, percent and mL."""
WHOLE, REGION, FRACTIONS, BY = "region_volume_mL", "region", "fractions", "of"
THE_REGION = "region"
"""The name where no column says one."""
ONE_CURVE = ("nuclide", "program", *SUBJECTS, "day")
"""Columns by which rows of one region would be of several curves."""
APART = 0.02
"""Of the region, by which two columns of one volume may differ: they are rounded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveredHistogram:
    """The curve of a region, its fractions and whose it is where columns tell them, and what was taken."""

    curve: DoseVolumeCurve
    fractions: int | None
    subject: str | None
    because: tuple[str, ...]


def histogram_in(table: DeliveredTable, region: str | None, of: DoseBy) -> DeliveredHistogram:
    """The curve of a region of a table; `region` None: the only one there is.

    `of`: by what the dose was given, where a column says so; rows of the other are passed over.

    Refused, with the line: a column without its unit, a region that is not there or not told among several, rows of two
    curves, doses that do not rise, shares above 100 % or that rise, or that do not begin with all of the region.
    """
    dose = _one_of(table, DOSES, "a dose")
    share = next((name for name in SHARES if name in table.columns), None)
    volume = next((name for name in VOLUMES if name in table.columns), None)
    if share is None and volume is None:
        _one_of(table, SHARES | VOLUMES, "a volume")
    if not table.rows:
        raise CannotAnswerError(f"{table.name} has no rows")
    rows = _of_region(table, _by(table, of), region)
    _refuse_several(table, rows)
    doses = [number_in(table, row, dose) * DOSES[dose] for row in rows]
    volumes = None if volume is None else [number_in(table, row, volume) * VOLUMES[volume] for row in rows]
    because: list[str] = []
    if share is not None:
        shares = [number_in(table, row, share) for row in rows]
    else:
        assert volumes is not None
        shares = _shares(table, rows, volume or "", volumes)
        because.append(f"all of the region is what receives the lowest dose, {volumes[0]:.4g} mL")
    if (fault := first_fault(doses, shares)) is not None:
        place, broken = fault
        column = dose if broken.field == "dose_Gy" else share or volume
        raise CannotAnswerError(f"{table.name}, line {rows[place].line}, {column}: {broken.rule}, got {broken.value}")
    curve = DoseVolumeCurve(
        region=_name(rows[0]),
        doses_Gy=tuple(doses),
        shares_percent=tuple(shares),
        volume_mL=_whole_mL(table, rows, shares, volumes),
    )
    if FALL_ON_PERCENT < curve.ends_with_percent < 100:
        because.append(
            f"the curve of {table.name} ends at {curve.largest_Gy:.4g} Gy with {curve.ends_with_percent:.3g} % of the "
            "volume: nothing is taken to receive more"
        )
    return DeliveredHistogram(
        curve=curve,
        fractions=_fractions(table, rows),
        subject=next((told for one in table.columns if plain(one) in SUBJECTS and (told := _told(rows, one))), None),
        because=tuple(because),
    )


def _one_of(table: DeliveredTable, known: Mapping[str, float], what: str) -> str:
    found = [name for name in known if name in table.columns]
    if len(found) == 1:
        return found[0]
    if found:
        raise CannotAnswerError(f"{table.name} has {what} twice: {' and '.join(found)}")
    stem = next(iter(known)).split("_")[0]
    near = [name for name in table.columns if stem in name.casefold()]
    told = f"column {near[0]!r} has no unit that is known" if near else f"it has {', '.join(table.columns)}"
    raise CannotAnswerError(f"{table.name} needs {what}, unit included: one of {', '.join(known)}; {told}")


def _by(table: DeliveredTable, of: DoseBy) -> Sequence[DeliveredRow]:
    """The rows by a radionuclide or by external beam; those that do not say it are of either."""
    if BY not in table.columns:
        return table.rows
    rows = [row for row in table.rows if (row.values[BY] or "").strip().casefold() in (of, "")]
    if not rows:
        told = (table.rows[0].values[BY] or "").strip()
        raise CannotAnswerError(f"{table.name}, {BY}: it has no row of a dose by {of}, its rows are of {told!r}")
    return rows


def _of_region(table: DeliveredTable, rows: Sequence[DeliveredRow], region: str | None) -> Sequence[DeliveredRow]:
    if REGION not in table.columns:
        return rows
    found: dict[str, list[DeliveredRow]] = {}
    for row in rows:
        found.setdefault(_name(row), []).append(row)
    names = ", ".join(list(found)[:12])
    if region is None:
        if len(found) > 1:
            raise CannotAnswerError(
                f"{table.name} has histograms of {len(found)} regions ({names}): name one (⟦region⟧)"
            )
        return next(iter(found.values()))
    if region not in found:
        near = get_close_matches(region, found, 3, 0.4)
        hint = f"nearest are {', '.join(near)}" if near else f"it has {names}"
        raise CannotAnswerError(f"{table.name} has no region {region!r}; {hint}")
    return found[region]


def _told(rows: Sequence[DeliveredRow], column: str) -> str:
    return (rows[0].values[column] or "").strip()


def _name(row: DeliveredRow) -> str:
    return (row.values.get(REGION) or "").strip() or THE_REGION


def _refuse_several(table: DeliveredTable, rows: Sequence[DeliveredRow]) -> None:
    for column in (name for name in table.columns if plain(name) in ONE_CURVE):
        told = list(dict.fromkeys((row.values[column] or "").strip() for row in rows))
        if len(told) > 1:
            raise CannotAnswerError(
                f"{table.name}, {column}: rows of {told[0] or 'nothing'} and of {told[1] or 'nothing'}: a histogram is "
                "one curve"
            )


def _shares(
    table: DeliveredTable, rows: Sequence[DeliveredRow], column: str, volumes_mL: Sequence[float]
) -> list[float]:
    """Volumes as shares of what receives the lowest dose."""
    if not volumes_mL[0] > 0:
        raise CannotAnswerError(f"{table.name}, line {rows[0].line}, {column}: a region has a volume, got 0 mL")
    return [100 * one / volumes_mL[0] for one in volumes_mL]


def _whole_mL(
    table: DeliveredTable, rows: Sequence[DeliveredRow], shares: Sequence[float], volumes_mL: Sequence[float] | None
) -> float | None:
    """The volume of the whole region, where a column tells it; two columns that tell another are refused."""
    if WHOLE in table.columns:
        whole = {number_in(table, row, WHOLE) for row in rows}
        if len(whole) > 1:
            raise CannotAnswerError(
                f"{table.name}, {WHOLE}: a region has one volume, got {min(whole):g} and {max(whole):g} mL"
            )
        (told_mL,) = whole
        if not told_mL > 0:
            raise CannotAnswerError(
                f"{table.name}, line {rows[0].line}, {WHOLE}: a region has a volume, got {told_mL:g} mL"
            )
    elif volumes_mL is not None:
        told_mL = volumes_mL[0]
    else:
        return None
    for row, share, volume in zip(rows, shares, volumes_mL or [], strict=False):
        if abs(volume - share / 100 * told_mL) > APART * told_mL:
            raise CannotAnswerError(
                f"{table.name}, line {row.line}: {volume:g} mL are not {share:g} % of the region's {told_mL:g} mL"
            )
    return told_mL


def _fractions(table: DeliveredTable, rows: Sequence[DeliveredRow]) -> int | None:
    if FRACTIONS not in table.columns:
        return None
    told = {(row.values[FRACTIONS] or "").strip() for row in rows} - {""}
    if not told:
        return None
    if len(told) > 1:
        raise CannotAnswerError(
            f"{table.name}, {FRACTIONS}: a beam is given in one number of them, got {', '.join(sorted(told))}"
        )
    (one,) = told
    if not one.isdecimal() or not int(one):
        raise CannotAnswerError(f"{table.name}, {FRACTIONS}: {one!r} is not a number of fractions")
    return int(one)
