"""S values of chosen regions as lines of a plan, so that nobody types them."""

from __future__ import annotations

import json
from collections.abc import Sequence

from hevesy.errors import RuleError
from hevesy.radiation.s_values import SMatrix
from hevesy.radiation.words import Daughters
from hevesy.study.protocol.listed import nearest

LONGEST = 300
"""Characters of the name of a table in a plan."""
REST = "rest"
"""The tissue of the body that is none of the regions asked for."""


def s_values_lines(matrix: SMatrix, regions: Sequence[str], daughters: Daughters) -> str:
    """[dosimetry.s_values] of a plan (TOML): every pair of the regions that has a value, with masses.

    A region is named as a source, or as `SOURCE=TARGET` where the table calls it otherwise as a target; `rest` is the
    tissue of the body in none of them. Refused: a name that the table lacks, with the nearest; one that stands twice.
    """
    named = [_named(one, matrix) for one in regions]
    sources = [source for source, _ in named]
    if twice := next((one for one in sources if sources.count(one) > 1), None):
        raise RuleError(f"a region stands once, {twice!r} stands {sources.count(twice)} times")
    lines = [
        "[dosimetry.s_values]",
        f"table = {_text(f'{matrix.source.work}, phantom {matrix.phantom}'[:LONGEST])}",
        f"nuclide = {_text(matrix.nuclide)}",
        f"masses = {_text(matrix.masses)}",
        f"daughters = {_text(daughters)}",
        f"alpha_weight = {float(matrix.alpha_weight)!r}",
        "# uncertainty_percent = 10.0  # what the phantom is off a subject by beyond mass, yours to tell",
    ]
    for target in dict.fromkeys(target for _, target in named if target is not None):
        lines += _pairs(matrix, target, named)
    masses = dict(matrix.target_masses_g)
    for name in dict.fromkeys(target for _, target in named):
        if name is not None and name in masses:
            told = {"region": _text(name), "mass": _text(f"{masses[name]:.6g} g")}
            lines += ["", "[[dosimetry.s_values.mass]]", *(f"{key} = {value}" for key, value in told.items())]
    return "\n".join(lines) + "\n"


def _named(region: str, matrix: SMatrix) -> tuple[str, str | None]:
    """Source and target of a region; no target where the table has none of its name."""
    source, equals, target = (one.strip() for one in region.partition("="))
    if source != REST and source not in matrix.sources:
        raise RuleError(f"{source!r} is no source of the table; {nearest(source, matrix.sources)}")
    if equals and target not in matrix.targets:
        raise RuleError(f"{target!r} is no target of the table; {nearest(target, matrix.targets)}")
    return source, target if equals else source if source in matrix.targets else None


def _pairs(matrix: SMatrix, target: str, named: Sequence[tuple[str, str | None]]) -> list[str]:
    lines = []
    for source, own in named:
        if source == REST:
            others = [one for one, _ in named if one != REST]
            value = float(matrix.of_other_tissue(others)[matrix.targets.index(target)])
        else:
            value = matrix.of(target, source)
        if value <= 0:
            lines += ["", f"# {target} from {source}: 0 in the table"]
            continue
        lines += ["", "[[dosimetry.s_values.pair]]", f"target = {_text(target)}", f"source = {_text(source)}"]
        lines.append(f's = "{value:.6g} mGy/(MBq s)"')
        share = dict(matrix.self_electron_share).get(source)
        if own == target and source == target and share is not None:
            lines.append(f"electron_share = {share:.6g}")
    return lines


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)
