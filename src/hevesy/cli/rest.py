"""The commands that are not questions yet."""

from __future__ import annotations

import typer

from hevesy.cli import characteristics, plan


def groups(app: typer.Typer) -> dict[str, typer.Typer]:
    """Attach them to the application; the groups they are in."""
    plan.app.command("oc")(characteristics.oc)
    app.add_typer(plan.app, name="plan")
    return {"plan": plan.app}
