"""The door for Python: every question by its name, and a study whose questions are its methods."""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from hevesy.answers.answer import Answer
from hevesy.answers.asked import Day, StudyFolder
from hevesy.answers.progress import told_to
from hevesy.answers.question import Field, Question, commands, question, questions
from hevesy.errors import CannotAnswerError, in_words

if TYPE_CHECKING:
    from datetime import date

    from hevesy.conduct.analysis import Analysis
    from hevesy.conduct.dosed import Dosed
    from hevesy.conduct.followed import Followed
    from hevesy.conduct.imaged import Imaged
    from hevesy.conduct.treated import Treated
    from hevesy.record import Recorded
    from hevesy.study.subject import Study

Asked = Callable[..., Answer]


def ask(command: str, /, *positional: object, **given: object) -> Answer:
    """The answer to a question by its command or name; what is given may be words or values."""
    return question(command).ask(*positional, **given)


@dataclass(frozen=True, slots=True)
class OpenStudy:
    """A study by its folder: every question that a study is asked is a method of it.

    Nothing is kept between two questions: each reads the record as it then is.
    """

    folder: Path

    @property
    def recorded(self) -> Recorded:
        """What its record holds; refused unless it verifies."""
        from hevesy.conduct.recorded_study import read_record

        return read_record(self.folder)

    @property
    def subjects(self) -> Study:
        """What the record adds up to by its protocol and mapping."""
        from hevesy.conduct.recorded_study import study_of

        return study_of(self.recorded)

    @property
    def treated(self) -> Treated:
        """What was given, by subject and group, up to the last fact."""
        return self.treated_at()

    @property
    def followed(self) -> Followed:
        """What became of the subjects up to the last fact: the results that the readout shows, as values."""
        return self.followed_at()

    @property
    def imaged(self) -> Imaged | None:
        """What an imaging trial found up to the last fact; None: its protocol has no [imaging]."""
        return self.imaged_at()

    @property
    def dosed(self) -> Dosed | None:
        """Doses of regions up to the last fact; None: its protocol has no [dosimetry]."""
        return self.dosed_at()

    def treated_at(self, cut: date | str | None = None) -> Treated:
        """What was given up to a data cut (None: the last fact)."""
        from hevesy.conduct.treated import treated

        return treated(self._at(cut))

    def followed_at(self, cut: date | str | None = None) -> Followed:
        """What became of the subjects up to a data cut (None: the last fact)."""
        from hevesy.conduct.followed import followed

        return followed(self._at(cut))

    def imaged_at(self, cut: date | str | None = None) -> Imaged | None:
        """What an imaging trial found up to a data cut (None: the last fact)."""
        from hevesy.conduct.imaged import imaged

        return imaged(self._at(cut))

    def dosed_at(self, cut: date | str | None = None) -> Dosed | None:
        """Doses of regions up to a data cut (None: the last fact)."""
        from hevesy.conduct.dosed import dosed

        return dosed(self._at(cut))

    def _at(self, cut: date | str | None) -> Analysis:
        from hevesy.conduct.analysis import analyse

        study = self.subjects
        on = Day("").read(cut) if cut is not None else study.last_fact_on()
        if on is None:
            raise CannotAnswerError("the study has no dated fact")
        return analyse(study, on)

    def __getattr__(self, name: str) -> Asked:
        """A question by its name, asked of this study."""
        found = of_a_study().get(name)
        if found is None:
            raise AttributeError(f"a study is not asked {name!r}; it is asked {', '.join(of_a_study())}")
        return _spoken(found, self.folder)

    def __dir__(self) -> list[str]:
        return [*object.__dir__(self), *of_a_study()]


def open(folder: Path | str) -> OpenStudy:
    """A study that is there, by its folder."""
    return OpenStudy(StudyFolder().read(folder).absolute())


def create(folder: Path | str, **given: object) -> OpenStudy:
    """A new study, from a plan and, if given, a mapping of its files; fields as of `new_study`."""
    ask("study init", folder, **given)
    return open(folder)


def names() -> list[str]:
    """What the door has."""
    return [*_ENTRIES, *(name for name in _by_name() if name not in _ENTRIES)]


def entry(name: str) -> object:
    """One thing of the door by its name."""
    if name in _ENTRIES:
        return _ENTRIES[name]
    if name in _by_name():
        return _spoken(question(_by_name()[name]))
    raise AttributeError(f"module 'hevesy' has no attribute {name!r}")


@cache
def _by_name() -> dict[str, str]:
    """Commands by the names of questions that are at the door: one that is the name of a room is asked of a study."""
    rooms = {room.name for room in pkgutil.iter_modules([str(Path(__file__).parents[1])])}
    named = {module.rpartition(".")[2]: command for command, module in commands().items()}
    return {name: command for name, command in named.items() if name not in rooms}


def of_a_study() -> dict[str, Question]:
    """Questions that a study is asked, by their names."""
    return {one.name: one for one in questions().values() if isinstance(one.fields[0].kind, StudyFolder)}


def _spoken(asked: Question, *first: object) -> Asked:
    """A question as a function that takes words or values, and says which; what comes first is given already."""

    def answer(*positional: object, **given: object) -> Answer:
        return asked.ask(*first, *positional, **given)

    fields = asked.fields[len(first) :]
    told = in_words(inspect.getdoc(asked.function) or "", lambda name: f"`{name}`")
    answer.__name__ = answer.__qualname__ = asked.name
    answer.__doc__ = "\n".join((told, "", "Fields:", *(f"    {field.name}: {field.kind.help}" for field in fields)))
    answer.__signature__ = _signature(fields)  # type: ignore[attr-defined]
    answer.__module__ = "hevesy"
    return answer


def _signature(fields: Sequence[Field]) -> inspect.Signature:
    parameters = [
        inspect.Parameter(
            field.name,
            inspect.Parameter.POSITIONAL_OR_KEYWORD if field.positional else inspect.Parameter.KEYWORD_ONLY,
            default=inspect.Parameter.empty if field.required else field.default,
            annotation=field.value,
        )
        for field in sorted(fields, key=lambda field: (not field.positional, not field.required))
    ]
    return inspect.Signature(parameters, return_annotation=Answer)


_ENTRIES: dict[str, object] = {
    "open": open,
    "create": create,
    "ask": ask,
    "progress": told_to,
    "Answer": Answer,
    "OpenStudy": OpenStudy,
}
"""What the door has beside the questions."""
