"""S tables that the user has: rows of targets by columns of sources (OLINDA), or JSON by source and target (MIRDcalc).

A table does not say what its figures mean: unit, masses, weight of alphas, daughters. The user does, or is refused.
"""

from __future__ import annotations

import csv
import hashlib
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import DeliveryError, RuleError, shown
from hevesy.files.columns import number_of
from hevesy.nuclides.library import emissions, nuclide
from hevesy.provenance import Source
from hevesy.radiation.s_values import SMatrix
from hevesy.study.case import STable
from hevesy.units import factor_of

Floats = NDArray[np.float64]
LARGEST_BYTES = 20_000_000
CARRIERS = ("alpha", "beta", "gamma")
"""The kinds of radiation that files of one table are divided by."""
NOT_A_REGION = "nan"
CONTENTS = re.compile(r"cont(ents?)?$|\bcontents?\b|(?<=heart)con$", re.IGNORECASE)
"""Of names of what an organ holds: a source, never a target."""


def read_s_table(place: Callable[[str], Path], told: STable) -> SMatrix:
    """An S matrix in mGy/(MBq s) from the user's files, as the user declares it; `place` tells where a file lies.

    Refused: a file that is not of the layout, values that are no doses, a nuclide or unit other than declared.
    """
    unit = _factor(told.unit)
    read = _olinda if told.layout == "olinda" else _mirdcalc
    tables = [read(_content(place(name)), name, told) for name in told.files]
    _refuse_of_several(tables, told)
    targets = list(dict.fromkeys(name for one in tables for name in one.targets))
    sources = list(dict.fromkeys(name for one in tables for name in one.sources))
    whole = np.zeros((len(targets), len(sources)))
    parts: dict[str, Floats] = {}
    for one in tables:
        part = np.zeros_like(whole)
        part[np.ix_([targets.index(t) for t in one.targets], [sources.index(s) for s in one.sources])] = one.values
        parts[one.carrier] = part * unit
    weight, because = told.alpha_weight, [_declared(told)]
    if "alpha" in parts and weight != 1:
        parts["alpha"] = parts["alpha"] / weight
        because.append(f"alphas stand in a file of their own: its weight of {weight:g} is taken off, absorbed dose")
        weight = 1.0
    whole = np.asarray(sum(parts.values(), start=whole))
    return SMatrix(
        nuclide=nuclide(told.nuclide).name,
        phantom=told.phantom or tables[0].phantom or "a phantom that is not named",
        sources=tuple(sources),
        targets=tuple(targets),
        s_mGy_per_MBq_s=whole,
        target_masses_g=told.mass_g,
        source_masses_g=told.mass_g,
        masses=told.masses,
        daughters=told.daughters,
        alpha_weight=weight,
        self_electron_share=_shares(sources, targets, whole, parts),
        because=tuple(because),
        source=Source(
            work=f"S table of the user ({told.layout} layout)",
            locator=", ".join(told.files),
            licence="the user's own",
            sha256=tables[0].sha256 if len(tables) == 1 else None,
        ),
    )


class _Table:
    """One file of a table: values as they stand."""

    def __init__(
        self,
        name: str,
        sources: Sequence[str],
        targets: Sequence[str],
        values: Floats,
        *,
        carrier: str = "all",
        phantom: str | None = None,
        sha256: str,
    ) -> None:
        self.name, self.sources, self.targets, self.values = name, sources, targets, values
        self.carrier, self.phantom, self.sha256 = carrier, phantom, sha256
        for kind, names in (("source", sources), ("target", targets)):
            called: dict[str, str] = {}
            for one in names:
                plain = " ".join(one.split()).casefold()
                if plain in called:
                    both = repr(one) if called[plain] == one else f"{called[plain]!r} and {one!r}"
                    raise DeliveryError(f"{name}: two {kind}s are called {both}")
                called[plain] = one
        if (held := next((one for one in targets if CONTENTS.search(one)), None)) is not None:
            raise DeliveryError(
                f"{name}: {held!r} is a target there, and contents receive no dose: are targets and sources exchanged?"
            )
        if not (np.isfinite(values).all() and (values >= 0).all()):
            row, column = np.argwhere(~(np.isfinite(values) & (values >= 0)))[0]
            raise DeliveryError(
                f"{name}: {targets[row]} from {sources[column]} is {values[row, column]:g}; an S value is 0 or more"
            )


def _factor(unit: str) -> float:
    try:
        return factor_of(" ".join(unit.split()), "s_value")
    except RuleError as error:
        raise DeliveryError(f"table.unit: {error.rule}") from None


def _declared(told: STable) -> str:
    weight = (
        "alphas are not weighted"
        if told.alpha_weight == 1
        else f"the table's alphas are multiplied by {told.alpha_weight:g}"
    )
    return (
        f"S table as declared: {told.unit}, masses {'with blood' if told.masses == 'with blood' else 'of parenchyma'}, "
        f"daughters: {told.daughters}, {weight}"
    )


def _content(path: Path) -> bytes:
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise DeliveryError(f"{path.name}: an S table has at most {LARGEST_BYTES:,} bytes")
        return path.read_bytes()
    except OSError as error:
        raise DeliveryError(f"{path.name}: {error.strerror or error}") from None


def _text(content: bytes, name: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise DeliveryError(f"{name} is not a text in UTF-8") from None


def _olinda(content: bytes, name: str, told: STable) -> _Table:
    """Comma-separated: the first line names sources, the first column targets."""
    lines = [line for line in csv.reader(_text(content, name).splitlines()) if any(cell.strip() for cell in line)]
    if len(lines) < 2 or len(lines[0]) < 2:
        raise DeliveryError(f"{name}: an S table in OLINDA's layout has a line of sources and a line a target")
    sources = [cell.strip() for cell in lines[0][1:]]
    rows: list[list[float]] = []
    for number, line in enumerate(lines[1:], start=2):
        if len(line) != len(sources) + 1:
            raise DeliveryError(f"{name}, line {number}: {len(line)} cells, and the first line has {len(sources) + 1}")
        rows.append(
            [_number(cell, f"{name}, line {number}, {column}") for cell, column in zip(line[1:], sources, strict=True)]
        )
    return _Table(
        name,
        sources,
        [line[0].strip() for line in lines[1:]],
        np.array(rows),
        sha256=hashlib.sha256(content).hexdigest(),
    )


def _number(cell: object, place: str) -> float:
    found = number_of(str(cell))
    if found is None or not math.isfinite(found):
        raise DeliveryError(f"{place}: {shown(cell)} is no S value")
    return found


def _mirdcalc(content: bytes, name: str, told: STable) -> _Table:
    """JSON: Svalues[source][target], with nuclide, unit and kind of radiation beside them."""
    try:
        found: Any = json.loads(_text(content, name), object_pairs_hook=partial(_once, name))
        values: Mapping[str, Mapping[str, object]] = found["Svalues"]
        given = {key: str(found[key]) for key in ("Isotope", "Unit")}
        sources = [source for source in values if source != NOT_A_REGION]
        targets = list(dict.fromkeys(target for source in sources for target in values[source]))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DeliveryError(f"{name} does not hold S values in MIRDcalc's layout: {error!r}") from None
    if nuclide(given["Isotope"]).name != nuclide(told.nuclide).name:
        raise DeliveryError(f"{name} is of {given['Isotope']}, and the table was told to be of {told.nuclide}")
    if not math.isclose(_factor(given["Unit"]), _factor(told.unit)):
        raise DeliveryError(f"{name} says its unit is {given['Unit']}, and {told.unit} was told")
    table = [
        [_number(values[source].get(target), f"{name}, {target} from {source}") for source in sources]
        for target in targets
    ]
    return _Table(
        name,
        sources,
        targets,
        np.array(table),
        carrier=str(found.get("Radiation", "all")).casefold(),
        phantom=found.get("Phantom"),
        sha256=hashlib.sha256(content).hexdigest(),
    )


def _once(name: str, pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """What stands in braces; a name that stands twice there would be read as its last."""
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise DeliveryError(f"{name}: {key!r} stands twice in one place")
        found[key] = value
    return found


def _refuse_of_several(tables: Sequence[_Table], told: STable) -> None:
    """Files that do not make one table: of several phantoms or regions, a kind of radiation twice or left out."""
    kinds = [one.carrier for one in tables]
    if twice := [one for place, one in enumerate(tables) if one.carrier in kinds[:place]]:
        raise DeliveryError(f"{twice[0].name}: {twice[0].carrier} is in two of the files")
    phantoms = {one.phantom: one.name for one in tables}
    if len(phantoms) > 1:
        (first, one), (second, other) = list(phantoms.items())[:2]
        raise DeliveryError(f"{one} is of {first or 'no phantom'} and {other} of {second or 'no phantom'}")
    for table in tables[1:]:
        if apart := {*table.targets, *table.sources} ^ {*tables[0].targets, *tables[0].sources}:
            raise DeliveryError(f"{tables[0].name} and {table.name}: {min(apart)!r} is in one of the two alone")
    if len(tables) > 1 and (sums := [one for one in tables if one.carrier not in CARRIERS]):
        raise DeliveryError(
            f"{sums[0].name}: {sums[0].carrier!r} is none of {', '.join(CARRIERS)}, kinds that a table is divided by"
        )
    if kinds[0] not in CARRIERS:
        return
    emitted = emissions(nuclide(told.nuclide).name)
    keV = {"alpha": emitted.alpha_keV, "beta": emitted.electron_keV, "gamma": emitted.photon_keV}
    if lacking := [kind for kind in CARRIERS if keV[kind] > 0 and kind not in kinds]:
        raise DeliveryError(
            f"{', '.join(told.files)}: of {', '.join(kinds)}, and {emitted.nuclide} gives off {' and '.join(lacking)} "
            "too: the files of every kind of radiation are one table"
        )


def _shares(
    sources: Sequence[str], targets: Sequence[str], whole: Floats, parts: Mapping[str, Floats]
) -> tuple[tuple[str, float], ...]:
    """Of the dose to itself what electrons and alphas bring, where files tell them from photons."""
    if "gamma" not in parts or len(parts) == 1:
        return ()
    rows = {name: row for row, name in enumerate(targets)}
    found = []
    for column, name in enumerate(sources):
        if name in rows and whole[rows[name], column] > 0:
            photons = parts["gamma"][rows[name], column] / whole[rows[name], column]
            found.append((name, float(1 - photons)))
    return tuple(found)
