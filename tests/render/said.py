"""A little of every block, for the tests of what draws them."""

from __future__ import annotations

from hevesy.blocks.figure import Area, Figure, Line, Mark, Scene, Series, Text
from hevesy.blocks.number import Number, Shown
from hevesy.blocks.prose import Note, listed, said
from hevesy.blocks.section import Block, Section
from hevesy.blocks.table import Column, Row, Table

TREATED = Number(
    id="treated",
    value=8,
    text="8",
    label="treated",
    definition="subjects given any dose",
    population="all",
    because=(),
    rows=(1, 2, 4),
)
LEVELS = Table(
    id="levels",
    caption="Levels",
    population="treated, N = 8",
    columns=(
        Column(title="level"),
        Column(title="activity", unit="MBq", kind="number", under="planned"),
        Column(title="subjects", kind="number"),
    ),
    rows=(
        Row(cells=("all", "", TREATED), kind="total"),
        Row(cells=("1", Shown(462.5, "462"), "4"), level=1),
        Row(cells=("=2", Shown(1400, "1,400*"), "4"), level=1),
    ),
    notes=(Note(parts=("as prescribed",), mark="*"), Note(parts=("no dose was lowered",))),
)
COURSE = Figure(
    id="course",
    title="Course <1>",
    caption="One line a subject.",
    description="2-01: lowest 40",
    scene=Scene(
        width=200,
        height=100,
        parts=(
            Area(points=((10, 10), (190, 10), (190, 30)), paint="grade-2", opacity=0.25),
            Line(points=((10, 20), (100, 50.04), (190, 90)), paint="series-3", width=1.6, dash=3),
            Mark(at=(100, 50), shape="diamond", paint="hole", told="2-01: <40> & lower"),
            Mark(at=(190, 90), shape="cross", paint="ink", told="last"),
            Text(at=(190, 95), words="day", paint="faint", anchor="end"),
        ),
        data=(
            Series(
                name="2-01",
                paint="series-3",
                points=((1, 90), (8, 40), (15, 60)),
                places=((10, 20), (100, 50.04), (190, 90)),
            ),
        ),
    ),
)
BLOCKS: tuple[Block, ...] = (
    said("treated: ", TREATED),
    listed("first", "second"),
    LEVELS,
    Section(id="more", title="More", blocks=(COURSE, said("end", tone="caution"))),
)
