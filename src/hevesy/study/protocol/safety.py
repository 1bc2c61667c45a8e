"""What of the toxicities a plan asks about by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from hevesy.errors import FieldError
from hevesy.study.declared import Name, keep


@dataclass(frozen=True, slots=True, kw_only=True)
class LateEffect:
    """A late effect that is followed by itself, over time at risk: the adverse-event terms that are it."""

    name: Annotated[str, Name(200)]
    terms: tuple[str, ...]

    def __post_init__(self) -> None:
        keep(self)
        if not self.terms:
            raise FieldError("terms", "give the terms that count; without one nothing does", self.terms)


@dataclass(frozen=True, slots=True, kw_only=True)
class EventOfInterest:
    """A toxicity the protocol asks about by name: the terms and organ classes that count, listed and not inferred."""

    name: Annotated[str, Name(200)]
    terms: tuple[str, ...] = ()
    organ_classes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        keep(self)
        if not self.terms and not self.organ_classes:
            raise FieldError("terms", "give terms or organ_classes; without either nothing counts", self.terms)
