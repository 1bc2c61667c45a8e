"""The command line: parse, call, write, print. Heavy imports stay inside the commands."""

from __future__ import annotations

from hevesy.cli.program import main

__all__ = ["main"]
