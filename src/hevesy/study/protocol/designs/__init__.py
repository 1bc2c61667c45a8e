"""The dose-finding designs a plan may name, each in words: a file here declares one or more of them in `DESIGNS`."""

from __future__ import annotations

from dataclasses import dataclass

from hevesy.study.discovered import Discovered


@dataclass(frozen=True, slots=True)
class DesignWords:
    """A design in words: its name, what it is, its source, the fields of an `Escalation` it needs or may have."""

    name: str
    says: str
    source: str
    needs: tuple[str, ...] = ()
    """A protocol says each."""
    may_have: tuple[str, ...] = ()
    """Beside `cohort_size`."""
    usual_cohort: int = 3
    usual_n: int | None = 30
    """Subjects in all, of a design that ends by number, where a command is told no other."""
    counts_pending: bool = False
    """Subjects still within the window count: it needs the window, and may be held back."""
    in_protocols: bool = True
    """Whether a protocol.toml may name it."""

    @property
    def called(self) -> str:
        """Its name in a plan."""
        return self.name

    def takes(self, field: str) -> bool:
        """Whether the field means something to the design."""
        return field in self.needs or field in self.may_have


DESIGNS: Discovered[DesignWords] = Discovered(__name__, __path__, "DESIGNS")
"""Every design, by the name of the command line and of protocol.toml."""


def in_protocols() -> tuple[str, ...]:
    """Names of the designs that a protocol.toml may name."""
    return tuple(name for name, words in DESIGNS.items() if words.in_protocols)
