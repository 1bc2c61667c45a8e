"""Blocks as HTML, and a document as one self-contained page: no network, printable, light and dark.

On the page every number is a link to its meaning.
"""

from __future__ import annotations

from base64 import b64encode
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from html import escape
from itertools import groupby
from typing import assert_never
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from hevesy.blocks.figure import Figure
from hevesy.blocks.number import Cell, Number, Part, plain, ranges, told_pairs
from hevesy.blocks.picture import Picture
from hevesy.blocks.prose import Listing, Paragraph
from hevesy.blocks.section import Block, Document, Section, numbers_in
from hevesy.blocks.table import Column, Row, Table
from hevesy.names import printable, slug
from hevesy.render.svg import STYLE, as_svg
from hevesy.version import __version__

MOST_ROWS, MOST_LOOKED_UP = 60, 20
"""Rows of a table that a page shows; the file beside it has all of them."""
_UNBROKEN = 12
"""Letters of a cell that is not broken into lines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """Where what stands on a page leads to, `{}` being an id: the meaning of a number, the files of tables and figures.

    `within` names the part of a page, where several parts may hold a table or figure of one id. `read_off`: figures
    carry their data for a script that tells the nearest value.

    Pictures stand in the page itself unless `picture` says where they lie; `voxels` says where a script finds what they
    were cut from, and `regions` their numbered regions.
    """

    number: str = "#why-{}"
    table: str = "tables/{}.csv"
    figure: str = "figures/{}.svg"
    kept: str = "figures/{}.png"
    picture: str = ""
    voxels: str = ""
    regions: str = ""
    within: str = ""
    read_off: bool = False

    def id(self, kind: str, name: str) -> str:
        """An id of its own on the page."""
        return "-".join(filter(None, (slug(self.within), kind, name)))


READOUT = Links()
"""Of a readout's page, beside which its files lie."""


def as_html(blocks: Iterable[Block], links: Links | None = None) -> str:
    """Blocks to stand in a page; `links`: with links to the meaning of numbers and the files of tables and figures.

    >>> from hevesy.blocks.prose import said
    >>> as_html([said("5 < 6")])
    '<p>5 &lt; 6</p>'
    """
    return "\n".join(_block(block, links) for block in blocks)


def alone(blocks: Iterable[Block]) -> str:
    """Blocks as a page by themselves."""
    environment = _environment()
    return environment.get_template("alone.html.j2").render(style=_style(environment), body=Markup(as_html(blocks)))


def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("hevesy.render", "template"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )


def _style(environment: Environment) -> Markup:
    assert environment.loader is not None
    css, _, _ = environment.loader.get_source(environment, "page.css")
    return Markup(f"{css}\n{STYLE}")


def page(document: Document) -> str:
    """The page; the same document gives the same text."""
    environment = _environment()
    numbers = numbers_in(_on_screen(document.sections))
    kept = _Kept(document)
    return environment.get_template("page.html.j2").render(
        document=document,
        version=__version__,
        style=_style(environment),
        sections=Markup(as_html(document.sections, READOUT)),
        count=len(numbers),
        numbers=Markup("\n".join(_meaning(number, kept) for number in numbers)),
    )


def _on_screen(blocks: Iterable[Block]) -> list[Block]:
    """The blocks with only those rows of tables that the page shows."""
    shown: list[Block] = []
    for block in blocks:
        match block:
            case Table():
                shown.append(_cut(block))
            case Section(blocks=inside):
                shown.append(replace(block, blocks=tuple(_on_screen(inside))))
            case _:
                shown.append(block)
    return shown


def _cut(table: Table) -> Table:
    return replace(table, rows=table.rows[: MOST_LOOKED_UP if table.looked_up else MOST_ROWS])


def _block(block: Block, links: Links | None) -> str:
    own = (links or READOUT).id
    match block:
        case Paragraph(parts=parts, tone=tone):
            return f"<p{_class('' if tone == 'plain' else tone)}>{_parts(parts, links)}</p>"
        case Listing(items=items):
            return f"<ul>{''.join(f'<li>{_parts(item, links)}</li>' for item in items)}</ul>"
        case Table():
            return _scrolled(block, links) if links else _table(block, links)
        case Figure(id=id, caption=caption):
            file = _file(links.figure.format(id)) if links else ""
            told = f"<figcaption>{escape(caption)}{file}</figcaption>"
            drawn = as_svg(replace(block, id=own("", id)), "page", read_off=bool(links and links.read_off))
            return f'<figure id="{own("figure", id)}">{drawn}{told}</figure>'
        case Picture():
            return _picture(block, links)
        case Section(id=id, title=title, blocks=inside, folded=True):
            told = f"<summary>{escape(title)}</summary>{as_html(inside, links)}"
            return f'<details id="{own("", id)}">{told}</details>'
        case Section(id=id, title=title, blocks=inside):
            head = f'<h2 id="{own("h", id)}">{escape(title)}</h2>'
            named = f'id="{own("", id)}" aria-labelledby="{own("h", id)}"'
            return f"<section {named}>\n{head}\n{as_html(inside, links)}\n</section>"
        case _:
            assert_never(block)


def _picture(picture: Picture, links: Links | None) -> str:
    """A picture in the page itself or beside it, and where a script finds what it was cut from."""
    from hevesy.render.png import as_png

    own = links or READOUT
    held = own.picture.format(picture.id) or f"data:image/png;base64,{b64encode(as_png(picture)).decode()}"
    file = _file(own.kept.format(picture.id)) if links else ""
    cut_from = ""
    if picture.voxels is not None and own.voxels:
        cut_from = f' data-voxels="{own.voxels.format(picture.id)}" data-unit="{escape(printable(picture.unit))}"'
        place = " ".join(map(str, picture.voxels.at))
        cut_from += f' data-window="{picture.window[0]!r} {picture.window[1]!r}" data-at="{place}"'
        if picture.voxels.regions is not None:
            cut_from += f' data-regions="{own.regions.format(picture.id)}"'
    drawn = f'<img src="{held}" alt="{escape(printable(picture.description))}">'
    told = f"<figcaption>{escape(printable(picture.caption))}{file}</figcaption>"
    return f'<figure id="{own.id("figure", picture.id)}" class="picture"{cut_from}>{drawn}{told}</figure>'


def _scrolled(table: Table, links: Links) -> str:
    """A table that may be wider than the screen, and what of it the page leaves out."""
    file = links.table.format(table.id)
    shown, left_out = _cut(replace(table, notes=())), ""
    if len(shown.rows) < len(table.rows):
        all_of_them = file if links.table == READOUT.table else f'<a href="{file}">{table.id}.csv</a>'
        told = f"{len(shown.rows)} of {len(table.rows)} rows are shown; all are in {all_of_them}."
        left_out = f'\n<p class="note">{told}</p>'
    drawn = _table(shown, links, _file(file))
    named = ", ".join(filter(None, (table.title, links.within)))
    scroll = f'<div class="scroll" role="region" aria-label="{escape(named)}" tabindex="0">'
    return f"{scroll}{drawn}</div>{left_out}{_notes(table, links)}"


def _table(table: Table, links: Links | None, file: str = "") -> str:
    rows = "\n".join(_row(row, table.columns, links) for row in table.rows)
    return (
        f"<table>\n<caption>{escape(table.title)}{file}</caption>\n<thead>{_heads(table.columns)}</thead>\n"
        f"<tbody>{rows}</tbody></table>{_notes(table, links)}"
    )


def _notes(table: Table, links: Links | None) -> str:
    return "".join(f'\n<p class="note">{_parts(note.words, links)}</p>' for note in table.notes)


def _heads(columns: Sequence[Column]) -> str:
    own = "".join(f'<th scope="col"{_set(column)}>{escape(column.heading)}</th>' for column in columns)
    if not any(column.under for column in columns):
        return f"<tr>{own}</tr>"
    shared = ((title or "", len(list(under))) for title, under in groupby(columns, lambda column: column.under))
    above = "".join(
        f'<th scope="colgroup" colspan="{wide}">{escape(title)}</th>' if title else f'<td colspan="{wide}"></td>'
        for title, wide in shared
    )
    return f"<tr>{above}</tr><tr>{own}</tr>"


def _row(row: Row, columns: Sequence[Column], links: Links | None) -> str:
    first, *others = row.cells
    inset = _class(f"in-{row.level}" if row.level else "")
    cells = "".join(
        f"<td{_set(column, cell)}>{_part(cell, links)}</td>" for cell, column in zip(others, columns[1:], strict=True)
    )
    kind = _class("" if row.kind == "plain" else row.kind)
    return f'<tr{kind}><th scope="row"{inset}>{_part(first, links)}</th>{cells}</tr>'


def _set(column: Column, cell: Cell | None = None) -> str:
    """The class of a cell: figures stand under each other, short words are not broken."""
    unbroken = isinstance(cell, str) and len(cell) <= _UNBROKEN
    return _class(" ".join([*(["number"] if column.kind == "number" else []), *(["nw"] if unbroken else [])]))


def _class(names: str) -> str:
    return f' class="{names}"' if names else ""


def _file(path: str) -> str:
    return f' <a class="file" href="{path}">{path.rpartition(".")[2]}</a>'


def _parts(parts: Iterable[Part], links: Links | None) -> str:
    return "".join(_part(part, links) for part in parts)


def _part(part: Cell, links: Links | None) -> str:
    told = escape(plain(part))
    if not links or not isinstance(part, Number):
        return told
    return f'<a class="n" href="{escape(links.number.format(quote(part.id)))}">{told}</a>'


class _Kept:
    """Which file of a document holds which rows; what is said of a set of rows is said once."""

    def __init__(self, document: Document) -> None:
        self._spans = sorted(
            (first, last, file.name) for file in document.row_files for first, last in file.ledger_rows
        )
        self._begin = [first for first, _, _ in self._spans]
        self._told: dict[tuple[int, ...], str] = {}

    def told(self, rows: tuple[int, ...]) -> str:
        """Where rows stand: each file with those of them that it holds."""
        known = self._told.get(rows)
        if known is None:
            known = self._told[rows] = _lines(self._files(rows)) or _lines(["none: follows from the numbers it names"])
        return known

    def _files(self, rows: tuple[int, ...]) -> list[str]:
        by_file: dict[str, list[tuple[int, int]]] = {}
        for first, last in ranges(rows):
            here = first
            while here <= last:
                file, until = self._span(here, last)
                by_file.setdefault(file, []).append((here, until))
                here = until + 1
        return [
            f'<a href="tables/{file}.csv">{file}</a>: {told_pairs(pairs)}' for file, pairs in sorted(by_file.items())
        ]

    def _span(self, row: int, last: int) -> tuple[str, int]:
        """The file that holds a row, and the last of the rows up to `last` that it holds in one run."""
        place = bisect_right(self._begin, row) - 1
        if place >= 0 and row <= self._spans[place][1]:
            return self._spans[place][2], min(last, self._spans[place][1])
        after = self._begin[place + 1] - 1 if place + 1 < len(self._begin) else last
        return "rows", min(last, after)


def _meaning(number: Number, kept: _Kept) -> str:
    """What a number means and where its rows stand."""
    told = {
        "Means": escape(number.definition),
        "Population": escape(number.population),
        "Because": _lines(map(escape, number.because)),
        "Rows": kept.told(number.rows),
    }
    terms = "".join(f"<dt>{term}</dt><dd>{meant}</dd>" for term, meant in told.items() if meant)
    return (
        f'<article class="why" id="why-{number.id}"><h3>{escape(number.label)}</h3>\n'
        f'<p class="value">{escape(number.text)}</p>\n<dl>{terms}</dl></article>'
    )


def _lines(lines: Iterable[str]) -> str:
    return "".join(f"<span>{line}</span>" for line in lines)
