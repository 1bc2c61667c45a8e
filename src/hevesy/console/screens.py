"""Screens: which questions a role sees together, and which of their fields it is asked for once.

A screen only arranges: its inputs are fields of questions, its parts are answers to questions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A question on a screen: the screen's inputs that it takes, and what it is given.

    `always` is given whatever is asked, `usually` where nothing else is, and `needs` says without which of the inputs
    the question is not asked.
    """

    title: str
    command: str
    takes: tuple[str, ...] = ()
    always: Mapping[str, str] = field(default_factory=dict)
    usually: Mapping[str, str] = field(default_factory=dict)
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """A role's screen.

    `inputs` are fields by question and name, each asked once; or the form of one question, `asks`, stands in their
    place. `drops`: files can be dropped here. `also` is asked further.
    """

    name: str
    title: str
    about: str
    inputs: tuple[tuple[str, str], ...] = ()
    asks: str | None = None
    drops: bool = False
    parts: tuple[Part, ...]
    also: tuple[str, ...] = ()


def asked_on(screen: Screen, values: Mapping[str, Sequence[str]]) -> list[tuple[Part, list[tuple[str, str]]]]:
    """The questions of a screen that can be asked, each with what it is given, as a form would send it."""
    asked = []
    for part in screen.parts:
        if all(values.get(name) for name in part.needs):
            taken = [(name, value) for name in part.takes for value in values.get(name, ())]
            usual = [(name, value) for name, value in part.usually.items() if not values.get(name)]
            asked.append((part, [*part.always.items(), *usual, *taken]))
    return asked


def left_aside(screen: Screen, values: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """What a screen was given that no question of it is asked with, and what one that takes it needs beside it."""
    asked = {name for part, _ in asked_on(screen, values) for name in (*part.takes, *part.needs)}
    return {
        name: next((part.needs for part in screen.parts if name in part.takes), ())
        for name in values
        if name not in asked
    }


def _of(command: str, *names: str) -> tuple[tuple[str, str], ...]:
    return tuple((command, name) for name in names)


_DESIGN = ("target", "cohort_size", "skeleton", "doses", "prior", "reference_dose")
_SCENARIOS = ("designs", "p", "levels", "n", "window", "trials", "seed", "arrivals", *_DESIGN)

SCREENS: tuple[Screen, ...] = (
    Screen(
        name="study",
        title="Study",
        about="What is in the study, what was found in it, what was made of it, and whether its record is what was "
        "written down.",
        inputs=_of("study section", "as_of"),
        parts=(
            Part(title="Status", command="study status"),
            Part(title="Cuts", command="study readouts"),
            Part(title="Findings", command="study section", takes=("as_of",), always={"name": "quality"}),
            Part(title="History", command="study history"),
            Part(title="Record", command="study verify"),
        ),
        also=("study eligibility", "study backup", "study adam", "readout"),
    ),
    Screen(
        name="dose-meeting",
        title="Dose meeting",
        about="Where every cohort and every subject stands, the next dose by the protocol beside any other design, and "
        "the paths from here.",
        inputs=(
            *_of("study cohorts", "as_of", "stratum"),
            *_of("plan next", "design", *_DESIGN),
            *_of("plan paths", "cohorts", "p"),
        ),
        parts=(
            Part(
                title="Next dose, by the protocol",
                command="plan next",
                takes=("as_of", "stratum"),
                always={"folder": "yes"},
            ),
            Part(
                title="Next dose, by the other design",
                command="plan next",
                takes=("as_of", "stratum", "design", *_DESIGN),
                always={"folder": "yes"},
                needs=("design",),
            ),
            Part(title="Cohorts and subjects", command="study cohorts", takes=("as_of", "stratum")),
            Part(
                title="Paths from here",
                command="plan paths",
                takes=("as_of", "stratum", "cohorts", "p"),
                always={"folder": "yes"},
                usually={"cohorts": "1"},
            ),
            Part(title="Decisions", command="study section", takes=("as_of",), always={"name": "decision"}),
        ),
        also=("study decide", "plan next", "plan oc"),
    ),
    Screen(
        name="deliveries",
        title="Deliveries",
        about="Drop files, choose the mapping, and look at what they would change, value by value. Nothing is written "
        "before it was looked at; a correction needs its reason.",
        asks="study import",
        drops=True,
        parts=(
            Part(title="What waits to be settled", command="study questioned"),
            Part(title="What was taken in", command="study history"),
        ),
        also=("study confirm", "study status"),
    ),
    Screen(
        name="designs",
        title="Designs",
        about="Two to four designs side by side under the same scenarios; of one design its table and its paragraph.",
        inputs=(*_of("plan compare", *_SCENARIOS), *_of("plan table", "design")),
        parts=(
            Part(title="Side by side", command="plan compare", takes=_SCENARIOS, needs=("designs", "p")),
            Part(title="Decision table", command="plan table", takes=("design", *_DESIGN, "n"), needs=("design",)),
            Part(
                title="Paragraph of the protocol",
                command="plan protocol",
                takes=("design", "levels", *_DESIGN, "n"),
                needs=("design",),
            ),
        ),
        also=("plan oc", "plan fit", "plan two-stage", "plan basket", "follow km", "follow cox"),
    ),
    Screen(
        name="readout",
        title="Readout",
        about="The readout at a cut, section by section; a number back to its rows, and a row forward to its numbers.",
        inputs=(*_of("study section", "name", "as_of", "known_at"), *_of("trace", "number", "row")),
        parts=(
            Part(title="A number", command="trace", takes=("number", "as_of", "known_at"), needs=("number",)),
            Part(title="What stands on a row", command="trace", takes=("row", "as_of", "known_at"), needs=("row",)),
            Part(
                title="Section",
                command="study section",
                takes=("name", "as_of", "known_at"),
                usually={"name": "summary"},
            ),
        ),
        also=("readout", "study readouts", "trace"),
    ),
)
"""Every screen, in the order in which they are offered."""
