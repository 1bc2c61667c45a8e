"""Screens: which questions a role sees together, and which of their fields it is asked for once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A question on a screen: what it is always given, and the screen's inputs that it takes."""

    title: str
    command: str
    always: Mapping[str, str] = field(default_factory=dict)
    takes: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """A role's screen. `inputs` are fields by question and name, each asked once; `also` is asked further."""

    name: str
    title: str
    about: str
    inputs: tuple[tuple[str, str], ...] = ()
    parts: tuple[Part, ...]
    also: tuple[str, ...] = ()


def asked_on(screen: Screen, values: Mapping[str, Sequence[str]]) -> list[tuple[Part, list[tuple[str, str]]]]:
    """The questions of a screen that can be asked, each with what it is given, as a form would send it."""
    asked = []
    for part in screen.parts:
        if all(values.get(name) for name in part.needs):
            taken = [(name, value) for name in part.takes for value in values.get(name, ())]
            asked.append((part, [*part.always.items(), *taken]))
    return asked


SCREENS: tuple[Screen, ...] = (
    Screen(
        name="study",
        title="Study",
        about="What is in the study, what was found in it, and whether its record is what was written down.",
        parts=(
            Part(title="Status", command="study status"),
            Part(title="Record", command="study verify"),
        ),
        also=("study eligibility", "study backup", "study adam", "readout"),
    ),
    Screen(
        name="dose-meeting",
        title="Dose meeting",
        about="Where every cohort stands, and the next dose by the protocol beside any other design.",
        inputs=(("plan next", "as_of"),),
        parts=(
            Part(title="Next dose, by the protocol", command="plan next", always={"folder": "yes"}, takes=("as_of",)),
        ),
        also=("plan next", "plan paths"),
    ),
)
"""Every screen, in the order in which they are offered."""
