"""A design in the words of a protocol."""

from __future__ import annotations

from hevesy.answers.answer import Answer
from hevesy.answers.plan.asked_design import AskedDesign
from hevesy.blocks.prose import said
from hevesy.errors import QuestionError

COMMAND = "plan protocol"


def protocol_paragraph(*, by: AskedDesign) -> Answer:
    """The paragraph of a protocol that says how doses are escalated by a design.

    Returns the text, with the design's own numbers.
    Refused is a design without its number of levels.

    >>> import hevesy
    >>> str(hevesy.protocol_paragraph(design="boin", target=0.25, levels=4))[:40]
    'Doses are escalated over 4 levels in coh'
    """
    count = by.level_count()
    if count is None:
        raise QuestionError("a protocol says how many levels there are", "levels")
    text = by.built(count).paragraph
    return Answer(document={"text": text}, blocks=(said(text),))
