"""Write docs/reference/commands.md from the command line itself.

Usage: python tools/write_command_reference.py
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer
import typer.main

TARGET = Path(__file__).parent.parent / "docs" / "reference" / "commands.md"


def reference() -> str:
    """The reference of every command, as Markdown."""
    from hevesy.cli import commands
    from hevesy.cli.app import app

    commands.register()
    lines = [
        "# Commands",
        "",
        "Written by `tools/write_command_reference.py` from the commands' own help. With `--json` one JSON document goes to",
        "standard output. Exit status: 0 done, 1 the question cannot be answered (the reason is printed), 2 wrong usage.",
        "",
    ]
    _describe(typer.main.get_command(app), "hevesy", lines)
    return "\n".join(lines).rstrip() + "\n"


def _describe(command: Any, name: str, lines: list[str]) -> None:
    inner = getattr(command, "commands", None)
    if inner:
        for child_name, child in inner.items():
            _describe(child, f"{name} {child_name}", lines)
        return
    context = typer.Context(command, info_name=name)
    usage = " ".join(command.collect_usage_pieces(context))
    lines += [f"## {name}", "", " ".join((command.help or "").split()), "", "```", f"{name} {usage}", "```", ""]
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if record is not None and "--help" not in record[0]:
            lines.append(f"- `{record[0]}`: {' '.join(record[1].split()) or 'see above'}")
    lines.append("")


if __name__ == "__main__":
    TARGET.write_text(reference(), encoding="utf-8")
