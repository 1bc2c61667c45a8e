"""Time-activity curves as delivered: a table of times, shares and uncertainties, by region where it says so.

The unit of a column is part of its name. A table of `find curve` is read as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hevesy.errors import CannotAnswerError
from hevesy.files.columns import number_in, plain
from hevesy.files.tables import DeliveredRow, DeliveredTable
from hevesy.nuclides.library import nuclide as nuclide_of
from hevesy.study.time_activity import TimeActivityCurve

TIMES = {"elapsed_h": 1.0, "elapsed_min": 1 / 60, "elapsed_d": 24.0, "after injection, h": 1.0}
SHARES = {"activity_fraction": 1.0, "activity_percent": 0.01, "activity, % of the administered": 0.01}
ERRORS = {"uncertainty": 0.0, "uncertainty_percent": 0.01, "standard uncertainty, % of the administered": 0.01}
"""Factors to hours and shares; 0: in the unit of the activity."""
REGION, NUCLIDE, CORRECTED, WITH = "region", "nuclide", "decay_corrected_to_h", "decay_corrected_with"
ERROR_WORDS = ("uncertainty", "sd", "se", "sem", "std", "error", "sigma")
REGION_WORDS = ("region", "organ", "organs", "roi", "voi", "structure", "tissue", "lesion")
BECQUERELS = ("bq", "kbq", "mbq", "gbq", "mci", "uci")
"""Words of columns that are refused rather than passed over, or not known."""
DECIDING = (
    "decay",
    "decayed",
    "corrected",
    "correction",
    "isotope",
    "nuclide",
    "nuclides",
    "radionuclide",
    "label",
    "tracer",
    "unit",
    "units",
)
"""Words of columns that would change what a share is: one that is not read is refused."""
CORRECTED_SHARE = "corrected for decay, % of the administered"
EDGE = "corrected for decay: of the edge, % of the administered"
PRINTED = (
    CORRECTED_SHARE,
    "corrected for decay: of noise, % of the administered",
    EDGE,
    "volume, mL",
)
"""Columns that `find curve` prints beside those read here."""
MARKED_EDGE = 0.01
"""Of a share: what its outline alone makes uncertain, all its points alike, is told from here on."""
THE_REGION = "region"
"""The name where no column says one."""
SUBJECTS = ("subject", "subject_id", "subjectid", "patient", "patient_id", "patientid", "usubjid", "subjid")
ADMINISTRATIONS = ("administration", "cycle", "course")
"""Columns of which a curve has one value."""
ABSURD = 1.5
"""Of the administered: no noise and no calibration makes a share as large as this."""
SURE, ROUNDED = 2.0, 1.02
"""Standard uncertainties, and a factor, by which a share may lie above what is left of the administered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveredCurves:
    """Curves with the decay of their nuclide, whether uncertainties were told, and what was taken."""

    curves: tuple[TimeActivityCurve, ...]
    uncertain: bool
    """Whether uncertainties were delivered; without them each is as large as its share, whose scale is unknown."""
    because: tuple[str, ...]
    warnings: tuple[str, ...] = ()


def curves_in(
    table: DeliveredTable, nuclide: str, *, corrected_to_h: float | None = None, above_one: bool = False
) -> DeliveredCurves:
    """The curves of a table, in the order in which it names their regions.

    `corrected_to_h`: shares are corrected for decay to this time after the injection; as measured where it is None and
    no column says otherwise. Refused, with the line: a column without its unit, times that do not rise, shares below 0
    or (without `above_one`) above 1, uncertainties of 0, another nuclide, rows corrected for decay and rows that are
    not, or corrected for that of another nuclide.
    """
    about = nuclide_of(nuclide)
    time, share = _one_of(table, TIMES, "a time"), _one_of(table, SHARES, "an activity")
    error = _one_of(table, ERRORS, "", needed=False)
    if not table.rows:
        raise CannotAnswerError(f"{table.name} has no rows")
    passed_over = _passed_over(table)
    for row in table.rows:
        _refuse_another(table, row, NUCLIDE, about.name)
        _refuse_another(table, row, WITH, about.name)
    _refuse_another_subject(table)
    to_h = _corrected(table, corrected_to_h)
    rows: dict[str, list[DeliveredRow]] = {}
    naming = _region_column(table)
    for row in table.rows:
        rows.setdefault(_name(table, row, naming), []).append(row)
    _refuse_alike(table, rows)
    curves = []
    for name, own in rows.items():
        times = _times(table, own, name, time)
        left = [1.0 if to_h is None else 2.0 ** (-(one - to_h) / about.half_life_h) for one in times]
        shares = [_share(table, row, share, above_one) for row in own]
        errors = [_error(table, row, error, share, of) for row, of in zip(own, shares, strict=True)]
        if not above_one:
            known = errors if error is not None else [0.0] * len(errors)
            _refuse_more_than_left(table, own, times, [s * by for s, by in zip(shares, left, strict=True)],
                                   [e * by for e, by in zip(known, left, strict=True)], about.half_life_h)  # fmt: skip
        curves.append(
            TimeActivityCurve(
                region=name,
                nuclide=about.name,
                elapsed_h=tuple(times),
                activity_fractions=tuple(one * by for one, by in zip(shares, left, strict=True)),
                standard_uncertainties=tuple(one * by for one, by in zip(errors, left, strict=True)),
            )
        )
    if to_h is None:
        how = "shares are taken as measured, decay included"
    else:
        how = (
            f"shares were corrected for decay to {to_h:g} h after the injection; the decay of {about.name} was put back"
        )
    told = [how, *passed_over]
    if error is not None:
        told.append("uncertainties are of the administered, as the shares are, and not of each share")
    return DeliveredCurves(
        curves=tuple(curves),
        uncertain=error is not None,
        because=tuple(told),
        warnings=(
            *_too_much(curves, about.half_life_h),
            *(_too_unsure(curves) if error is not None else ()),
            *_edges(table, rows),
        ),
    )


def _passed_over(table: DeliveredTable) -> list[str]:
    """A sentence on columns that play no part; refused: one that seems to say what a share is."""
    known = (*TIMES, *SHARES, *ERRORS, REGION, NUCLIDE, CORRECTED, WITH, *PRINTED)
    more = [one for one in table.columns if one not in known and plain(one) not in SUBJECTS]
    for name in more:
        if _like(name, DECIDING):
            raise CannotAnswerError(
                f"{table.name}: column {name!r} seems to say of which nuclide shares are, or how their decay was "
                f"corrected, and is not read: say it as {NUCLIDE}, {CORRECTED} (hours after the injection; empty: as "
                f"measured) or {WITH}, or leave it out"
            )
    return [f"columns that play no part: {', '.join(more)}"] if more else []


def _refuse_another_subject(table: DeliveredTable) -> None:
    for column in table.columns:
        if (whose := plain(column)) in (*SUBJECTS, *ADMINISTRATIONS):
            told = list(dict.fromkeys((row.values[column] or "").strip() for row in table.rows))
            if len(told) > 1:
                raise CannotAnswerError(
                    f"{table.name}, {column}: rows of {told[0] or 'nobody named'} and of {told[1] or 'nobody named'}: "
                    f"curves are of one {'subject' if whose in SUBJECTS else 'administration'}"
                )


def _refuse_alike(table: DeliveredTable, rows: Mapping[str, Sequence[DeliveredRow]]) -> None:
    """Names of regions that differ by case or blanks alone: one region would be two, each with some of its points."""
    called: dict[str, str] = {}
    for name, own in rows.items():
        other = called.setdefault(" ".join(name.split()).casefold(), name)
        if other != name:
            raise CannotAnswerError(
                f"{table.name}, line {own[0].line}, {REGION}: {name!r} and {other!r} differ by case or blanks alone: "
                "are they one region?"
            )


def _refuse_more_than_left(
    table: DeliveredTable,
    rows: Sequence[DeliveredRow],
    times_h: Sequence[float],
    shares: Sequence[float],
    errors: Sequence[float],
    half_life_h: float,
) -> None:
    """What is in a region, decay included, is never more than decay has left of what was given."""
    for row, time, share, error in zip(rows, times_h, shares, errors, strict=True):
        left = 2.0 ** (-time / half_life_h)
        if share - SURE * error > ROUNDED * left:
            raise CannotAnswerError(
                f"{table.name}, line {row.line}: {share:.4g} of the administered at {time:g} h is more than decay has "
                f"left of it, {left:.4g}: was it corrected for decay (⟦decay_corrected_to⟧), or in another unit? If "
                "it is meant, say so (⟦above_one⟧)"
            )


def _too_much(curves: Sequence[TimeActivityCurve], half_life_h: float) -> list[str]:
    """A sentence where regions measured at one time together hold more than decay has left."""
    held: dict[float, list[tuple[str, float, float]]] = {}
    for one in curves:
        for point in zip(one.elapsed_h, one.activity_fractions, one.standard_uncertainties, strict=True):
            held.setdefault(round(point[0], 1), []).append((one.region, point[1], point[2]))
    for time, shares in sorted(held.items()):
        left, whole = 2.0 ** (-time / half_life_h), sum(share for _, share, _ in shares)
        error = sum(error**2 for _, share, error in shares if error < share) ** 0.5
        if len(shares) > 1 and whole - SURE * error > ROUNDED * left:
            names = ", ".join(name for name, _, _ in shares)
            return [
                f"at {time:g} h {names} together hold {whole:.4g} of the administered, and decay has left {left:.4g}: "
                "is one part of another, or a share in another unit?"
            ]
    return []


def _too_unsure(curves: Sequence[TimeActivityCurve]) -> list[str]:
    """A sentence where uncertainties look like those of each share."""
    pairs = [pair for one in curves for pair in zip(one.activity_fractions, one.standard_uncertainties, strict=True)]
    larger = sum(error >= share for share, error in pairs)
    if 2 * larger <= len(pairs):
        return []
    return [
        f"the uncertainties of {larger} of {len(pairs)} points are as large as their shares or larger: they are of the "
        "administered; were those of each share meant?"
    ]


def _edges(table: DeliveredTable, rows: Mapping[str, Sequence[DeliveredRow]]) -> list[str]:
    """A sentence on each region whose outline, the same in all images, makes its shares uncertain together."""
    if EDGE not in table.columns or CORRECTED_SHARE not in table.columns:
        return []
    told = []
    for name, own in rows.items():
        pairs = [(number_in(table, row, EDGE), number_in(table, row, CORRECTED_SHARE)) for row in own]
        relative = max((edge / share for edge, share in pairs if share > 0), default=0.0)
        if relative > MARKED_EDGE:
            told.append(
                f"{name}: its outline makes all points uncertain together, by {100 * relative:.3g} %, and points are "
                "taken as independent: the uncertainty of the integral is no less than that"
            )
    return told


def _one_of(table: DeliveredTable, known: Mapping[str, float], what: str, needed: bool = True) -> str | None:
    found = [name for name in known if name in table.columns]
    if len(found) > 1:
        raise CannotAnswerError(f"{table.name} has {what or 'an uncertainty'} twice: {' and '.join(found)}")
    if found:
        return found[0]
    if not needed:
        near = [name for name in table.columns if _like(name, ERROR_WORDS)]
        if near:
            raise CannotAnswerError(f"{table.name}: column {near[0]!r} has no unit: call it one of {', '.join(known)}")
        return None
    given = [name for name in table.columns if _like(name, BECQUERELS)] if known is SHARES else []
    if given:
        raise CannotAnswerError(
            f"{table.name}: {given[0]!r} is an activity, and shares of the administered are needed: divide by what was "
            f"given (activity_fraction, or activity_percent), and its uncertainty too"
        )
    stem = next(iter(known)).split("_")[0]
    near = [name for name in table.columns if name.startswith(stem) or name in ("time", "t", "share", "fraction")]
    told = f"column {near[0]!r} has no unit that is known" if near else f"it has {', '.join(table.columns)}"
    raise CannotAnswerError(f"{table.name} needs {what}, unit included: one of {', '.join(known)}; {told}")


def _like(name: str, words: Sequence[str]) -> bool:
    """Whether one of these words stands in the name of a column, however it is written."""
    return any(word in re.split(r"[^a-z]+", name.casefold()) for word in words)


def _region_column(table: DeliveredTable) -> str | None:
    """The column that names regions; one that seems to under another name is not passed over."""
    if REGION in table.columns:
        return REGION
    near = [name for name in table.columns if _like(name, REGION_WORDS)]
    if near:
        raise CannotAnswerError(f"{table.name}: column {near[0]!r} seems to name regions: call it {REGION}")
    return None


def _name(table: DeliveredTable, row: DeliveredRow, column: str | None) -> str:
    if column is None:
        return THE_REGION
    name = (row.values[column] or "").strip()
    if not name:
        raise CannotAnswerError(f"{table.name}, line {row.line}, {column}: a row without its region")
    return name


def _refuse_another(table: DeliveredTable, row: DeliveredRow, column: str, name: str) -> None:
    told = (row.values.get(column) or "").strip()
    if not told or nuclide_of(told).name == name:
        return
    what = "shares are of" if column == NUCLIDE else "decay was corrected with the half-life of"
    raise CannotAnswerError(f"{table.name}, line {row.line}, {column}: {what} {told}, and {name} was asked of")


def _corrected(table: DeliveredTable, asked_h: float | None) -> float | None:
    """The one time that all rows are corrected to; None: none is."""
    if CORRECTED not in table.columns:
        return asked_h
    told = {(row.values[CORRECTED] or "").strip(): row for row in table.rows}
    if len(told) > 1:
        (first, one), (second, other) = list(told.items())[:2]
        raise CannotAnswerError(
            f"{table.name}, lines {one.line} and {other.line}, {CORRECTED}: {first or 'as measured'} and "
            f"{second or 'as measured'}; all shares are of one kind"
        )
    (only,) = told.values()
    to_h = number_in(table, only, CORRECTED) if (only.values[CORRECTED] or "").strip() else None
    if asked_h is not None and asked_h != to_h:
        said = "as measured" if to_h is None else f"corrected to {to_h:g} h"
        raise CannotAnswerError(f"{table.name} says {said} ({CORRECTED}), and {asked_h:g} h was told")
    return to_h


def _times(table: DeliveredTable, rows: Sequence[DeliveredRow], region: str, column: str | None) -> list[float]:
    assert column is not None
    times = [number_in(table, row, column) * TIMES[column] for row in rows]
    for place, (row, time) in enumerate(zip(rows, times, strict=True)):
        if time < 0:
            raise CannotAnswerError(f"{table.name}, line {row.line}, {column}: {time:g} h lies before the injection")
        if place and time <= times[place - 1]:
            how = "stands twice" if time == times[place - 1] else f"follows {times[place - 1]:g} h"
            raise CannotAnswerError(
                f"{table.name}, line {row.line}, {column}: {time:g} h {how} in {region}; the times of a region rise"
            )
    return times


def _share(table: DeliveredTable, row: DeliveredRow, column: str | None, above_one: bool) -> float:
    assert column is not None
    share = number_in(table, row, column) * SHARES[column]
    place = f"{table.name}, line {row.line}, {column}: "
    if share < 0:
        raise CannotAnswerError(f"{place}{share:g} of the administered is below 0")
    if share > ABSURD:
        raise CannotAnswerError(
            f"{place}{share:g} times the administered are in the region: were percent meant (activity_percent)?"
        )
    if share > 1 and not above_one:
        raise CannotAnswerError(f"{place}{share:g} is more than was given; if it is meant, say so (⟦above_one⟧)")
    return share


def _error(table: DeliveredTable, row: DeliveredRow, column: str | None, share: str | None, of: float) -> float:
    place = f"{table.name}, line {row.line}"
    if column is None:
        if of == 0:
            raise CannotAnswerError(f"{place}: a share of 0 needs an uncertainty of its own")
        return of
    error = number_in(table, row, column) * (ERRORS[column] or SHARES[share or ""])
    if not error > 0:
        raise CannotAnswerError(f"{place}, {column}: a standard uncertainty lies above 0, got {error:g}")
    return error
