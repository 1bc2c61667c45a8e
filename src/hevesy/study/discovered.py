"""What stands in the files of a room, by name: a file more is one thing more, and nothing else is changed."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from typing import Protocol, TypeVar

from hevesy.errors import RuleError


class Named(Protocol):
    """A thing with the name that plans call it by."""

    @property
    def called(self) -> str:
        """Its name in a plan."""
        ...


N = TypeVar("N", bound=Named)


class Discovered(Mapping[str, N]):
    """The things that the files of a package declare, each under one name; they are looked for when first asked.

    A file declares them as a tuple of the given name. Those of `shipped` come first, then file by file. Raises
    RuleError where two have one name.
    """

    def __init__(self, package: str, path: Sequence[str], declared_as: str) -> None:
        self._package, self._path, self._declared_as = package, path, declared_as
        self._found: dict[str, N] = {}
        self._file_of: dict[str, str] = {}

    def _all(self) -> dict[str, N]:
        if not self._found:
            found: dict[str, N] = {}
            files = sorted(file.name for file in pkgutil.iter_modules(self._path))
            for file in sorted(files, key=lambda name: name != "shipped"):
                things: tuple[N, ...] = getattr(import_module(f"{self._package}.{file}"), self._declared_as)
                for thing in things:
                    if found.setdefault(thing.called, thing) is not thing:
                        raise RuleError(f"two of {self._package} are called {thing.called!r}")
                    self._file_of[thing.called] = file
            self._found = found
        return self._found

    def file_of(self, name: str) -> str:
        """The file that declares a thing: a verb that serves it stands in a file of that name in its own room."""
        self._all()
        return self._file_of[name]

    def __getitem__(self, name: str) -> N:
        return self._all()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())
