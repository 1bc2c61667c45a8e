"""The commands that are not questions yet."""

from __future__ import annotations

import typer

from hevesy.cli import (
    characteristics,
    consistency,
    demo,
    follow,
    incidence,
    indirect,
    later_phases,
    plan,
    readout,
    response,
    study,
    survival,
)


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
    follow.app.command("cox")(survival.cox)
    follow.app.command("incidence")(incidence.incidence)
    follow.app.command("rate")(incidence.rate)
    follow.app.command("response")(response.response)
    follow.app.command("match")(indirect.match)
    follow.app.command("reconstruct")(indirect.reconstruct)
    follow.app.command("consistent")(consistency.consistent)
    app.add_typer(follow.app, name="follow")
    return {"study": study.app, "plan": plan.app, "follow": follow.app}
