"""The readout as one self-contained page: no network, printable, light and dark, every number a link to its meaning."""

from __future__ import annotations

from jinja2 import Environment, PackageLoader, StrictUndefined

from hevesy.readout.figures.canvas import STYLE
from hevesy.readout.statement import Block, Number, Readout, numbers_in, ranges


def page(readout: Readout) -> str:
    """The page; the same readout gives the same text."""
    environment = Environment(
        loader=PackageLoader("hevesy.readout", "template"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    source_of = {row: file.name for file in readout.row_files for row, _, _ in file.rows}

    def where(number: Number) -> list[tuple[str, str]]:
        """Rows of a number by the file they stand in."""
        by_file: dict[str, list[int]] = {}
        for row in number.rows:
            by_file.setdefault(source_of.get(row, "rows"), []).append(row)
        return [(file, ranges(rows)) for file, rows in sorted(by_file.items())]

    def kind_of(block: Block) -> str:
        return type(block).__name__

    shown = numbers_in(_as_shown(readout))
    loader = environment.loader
    assert loader is not None
    css, _, _ = loader.get_source(environment, "readout.css")
    return environment.get_template("readout.html.j2").render(
        readout=readout, numbers=shown, where=where, kind_of=kind_of, style=_safe(css), figure_style=_safe(STYLE)
    )


def _as_shown(readout: Readout) -> list[Block]:
    """The blocks with only those table rows the page shows."""
    from dataclasses import replace

    from hevesy.readout.statement import Folded, Table

    def cut(block: Block) -> Block:
        match block:
            case Table():
                return replace(block, rows=block.rows[: block.shown])
            case Folded():
                return replace(block, blocks=tuple(cut(inner) for inner in block.blocks))
            case _:
                return block

    return [cut(block) for section in readout.sections for block in section.blocks]


def _safe(text: str) -> object:
    from markupsafe import Markup

    return Markup(text)
