"""Hevesy: the open workbench for teams that develop targeted radiopharmaceuticals.

The door for Python: every question by its name (`hevesy.kaplan_meier(...)`), or by its command (`hevesy.ask("follow
km", ...)`); `hevesy.open(folder)` and `hevesy.create(folder, ...)` give a study whose questions are its methods.
Nothing is imported before it is asked for.
"""

from __future__ import annotations

from hevesy.version import __version__ as __version__


def __getattr__(name: str) -> object:
    if name.startswith("_"):
        raise AttributeError(f"module 'hevesy' has no attribute {name!r}")
    from hevesy.answers import door

    return door.entry(name)


def __dir__() -> list[str]:
    from hevesy.answers import door

    return ["__version__", *door.names()]
