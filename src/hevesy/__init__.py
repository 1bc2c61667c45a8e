"""Hevesy: the open workbench for teams that develop targeted radiopharmaceuticals."""

__version__ = "0.1.0"
