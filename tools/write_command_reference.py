"""Write docs/reference/commands.md and records.md from the program itself.

Usage: python tools/write_command_reference.py
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer
import typer.main

REFERENCE = Path(__file__).parent.parent / "docs" / "reference"
TARGET = REFERENCE / "commands.md"
RECORDS = REFERENCE / "records.md"


def reference() -> str:
    """The reference of every command, as Markdown."""
    from hevesy.cli.commands import application

    lines = [
        "# Commands",
        "",
        (
            "Written by `tools/write_command_reference.py` from the commands' own help. "
            "With `--json` one JSON document goes to"
        ),
        (
            "standard output. Exit status: 0 done, 1 the question cannot be answered (the reason is printed), "
            "2 wrong usage."
        ),
        "",
    ]
    _describe(typer.main.get_command(application()), "hevesy", lines)
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


def records() -> str:
    """The reference of the kinds of record, their fields and units, as Markdown."""
    from hevesy.study.facts.fact import kinds
    from hevesy.units import INTERNAL_UNIT, UNITS

    lines = [
        "# Records, fields and units",
        "",
        "Written by `tools/write_command_reference.py`. A field in bold must be mapped and filled.",
        "",
    ]
    for name, kind in kinds().items():
        lines += [
            f"## {name}",
            "",
            kind.means,
            "",
            "| field | what it is | type | unit |",
            "|---|---|---|---|",
        ]
        for field_name, field in kind.fields.items():
            shown = f"**{field_name}**" if field.required else field_name
            unit = f"needed; kept in {INTERNAL_UNIT[field.dimension]}" if field.dimension else ""
            kind_of_value = f"one of {', '.join(field.choices)}" if field.choices else field.type
            lines.append(f"| {shown} | {field.means} | {kind_of_value} | {unit} |")
        lines.append("")
    lines += ["## Units", "", "| quantity | units that are read |", "|---|---|"]
    lines += [
        f"| {dimension.replace('_', ' ')} | {', '.join(f'`{unit}`' for unit in units)} |"
        for dimension, units in UNITS.items()
    ]
    lines += [
        "",
        (
            "Blood tests that are graded are named `platelets`, `neutrophils`, `haemoglobin` and `lymphocytes` (by "
            "`codes`)."
        ),
    ]
    return "\n".join(lines).rstrip() + "\n"


if __name__ == "__main__":
    TARGET.write_text(reference(), encoding="utf-8")
    RECORDS.write_text(records(), encoding="utf-8")
