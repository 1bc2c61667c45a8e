"""The version of Hevesy, in one place: the package, its readouts and records name it."""

__version__ = "0.1.0"
