"""The commands that are not questions yet."""

from __future__ import annotations

import typer

from hevesy.cli import characteristics, demo, later_phases, plan, readout, study


def groups(app: typer.Typer) -> dict[str, typer.Typer]:
    """Attach them to the application; the groups they are in."""
    app.command("demo")(demo.demo)
    app.add_typer(study.app, name="study")
    app.command("readout")(readout.readout)
    plan.app.command("oc")(characteristics.oc)
    plan.app.command("two-stage")(later_phases.two_stage)
    plan.app.command("basket")(later_phases.basket)
    plan.app.command("imaging")(later_phases.imaging)
    app.add_typer(plan.app, name="plan")
    return {"study": study.app, "plan": plan.app}
