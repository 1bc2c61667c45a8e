"""Screens: which questions a role sees together, and which of their fields it is asked for once.

A screen only arranges: its inputs are fields of questions, its parts are answers to questions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from hevesy.answers.plan.asked_design import takes


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


Inputs = tuple[tuple[str, str], ...]
"""Fields by question and name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """A role's screen.

    `inputs` are each asked once, and those of `folds` under a title that is opened where they are wanted; or the form
    of one question, `asks`, stands in their place. `drops`: files can be dropped here. `then` names the screens of
    `STEPS` that come after it, `also` is asked further, and `example` fills the inputs in.
    """

    name: str
    title: str
    about: str
    inputs: Inputs = ()
    folds: Mapping[str, Inputs] = field(default_factory=dict)
    asks: str | None = None
    drops: bool = False
    parts: tuple[Part, ...]
    then: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    example: tuple[tuple[str, str], ...] = ()


def asked_on(screen: Screen, values: Mapping[str, Sequence[str]]) -> list[tuple[Part, list[tuple[str, str]]]]:
    """The questions of a screen that can be asked, each with what it is given, as a form would send it."""
    asked = []
    for part in screen.parts:
        if all(values.get(name) for name in part.needs):
            taken = [
                (name, value) for name in part.takes if _fits(name, part, values) for value in values.get(name, ())
            ]
            usual = [(name, value) for name, value in part.usually.items() if not values.get(name)]
            asked.append((part, [*part.always.items(), *usual, *taken]))
    return asked


def _fits(name: str, part: Part, values: Mapping[str, Sequence[str]]) -> bool:
    """Whether an input is for the one design that a part asks about: a skeleton that is there for another is not."""
    design = next(iter(values.get("design", ())), "") if "design" in part.takes else ""
    return name != "skeleton" or takes(design, name)


def left_aside(screen: Screen, values: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """What a screen was given that no question of it is asked with, and what one that takes it needs beside it."""
    asked = {name for part, given in asked_on(screen, values) for name in (*dict(given), *part.needs)}
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
        inputs=_of("study cohorts", "as_of", "stratum"),
        folds={
            "Another design beside it": _of("plan next", "design", *_DESIGN),
            "How far the paths go": _of("plan paths", "cohorts", "p"),
        },
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
            Part(title="Decision at the cut", command="study section", takes=("as_of",), always={"name": "decision"}),
            Part(title="Decisions people took, and what is in the record", command="study status"),
        ),
        then=("decision",),
        also=("plan next", "plan oc"),
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
        then=("questioned",),
        also=("study status",),
    ),
    Screen(
        name="designs",
        title="Designs",
        about="Two to four designs side by side under the same scenarios; of one design its table and its paragraph.",
        inputs=_of("plan compare", "designs", "p", "target", "n", "skeleton"),
        folds={
            "Table and paragraph of one design": _of("plan table", "design", "levels"),
            "Trials in time, and simulated": _of("plan compare", "arrivals", "window", "trials", "seed"),
            "More of the designs": _of("plan compare", "cohort_size", "doses", "prior", "reference_dose"),
        },
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
        example=(
            ("designs", "three-plus-three,boin,crm"),
            ("p", "steep=0.05,0.25,0.5,0.6"),
            ("p", "flat=0.1,0.1,0.2,0.25"),
            ("target", "0.25"),
            ("n", "24"),
            ("skeleton", "0.06,0.14,0.25,0.38"),
            ("design", "boin"),
            ("levels", "4"),
        ),
    ),
    Screen(
        name="readout",
        title="Readout",
        about="The readout at a cut, section by section; a number back to its rows, and a row forward to its numbers.",
        inputs=_of("study section", "name", "as_of"),
        folds={
            "A number, or a row": _of("trace", "number", "row"),
            "As known earlier": _of("study section", "known_at"),
        },
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
    Screen(
        name="dosimetry",
        title="Dosimetry",
        about="From the activity that was measured to the dose of the therapy: curves with their fits and residuals, "
        "doses with their uncertainty, limits, dose over the volume where it was delivered, and what was assumed. A "
        "curve, a case, an effect or a map of doses is asked below by itself.",
        inputs=_of("study dosimetry", "as_of"),
        folds={"A number, or a row": _of("trace", "number", "row")},
        parts=(
            Part(title="A number", command="trace", takes=("number", "as_of"), needs=("number",)),
            Part(title="What stands on a row", command="trace", takes=("row", "as_of"), needs=("row",)),
            Part(title="Doses", command="study dosimetry", takes=("as_of",)),
        ),
        also=("treat fit", "treat organ-dose", "treat effect", "treat voxel-dose", "find curve"),
    ),
    Screen(
        name="images",
        title="Images",
        about="Drop an image (NIfTI, or the folder of a DICOM series as one .zip) and look through it, with its "
        "regions; the value under the cursor is that of the file.",
        asks="find image",
        drops=True,
        parts=(),
        also=("find suv", "find curve"),
    ),
)
"""Every screen, in the order in which they are offered."""

STEPS: tuple[Screen, ...] = (
    Screen(
        name="decision",
        title="Record the decision",
        about="The decision that people took on a cohort is written into the record, beside what the protocol's design "
        "says and where the cohorts stand.",
        asks="study decide",
        parts=(
            Part(title="What the protocol says", command="plan next", always={"folder": "yes"}),
            Part(title="Cohorts and subjects", command="study cohorts"),
        ),
    ),
    Screen(
        name="questioned",
        title="Confirm a questioned value",
        about="A value that nobody could believe counts for nothing until it is settled: one that is right is "
        "confirmed here by its ledger row, with the reason; one that is wrong is corrected by a corrected file.",
        asks="study confirm",
        parts=(Part(title="What waits to be settled", command="study questioned"),),
    ),
)
"""Screens that follow on another, from which they are reached."""
