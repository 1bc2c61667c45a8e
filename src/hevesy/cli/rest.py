"""The commands that are not questions yet."""

from __future__ import annotations

import typer

from hevesy.cli import (
    characteristics,
    consistency,
    dose_factors,
    follow,
    incidence,
    indirect,
    later_phases,
    plan,
    preclinical,
    response,
    survival,
    treat,
)


def groups(app: typer.Typer) -> dict[str, typer.Typer]:
    """Attach them to the application; the groups they are in."""
    plan.app.command("oc")(characteristics.oc)
    plan.app.command("two-stage")(later_phases.two_stage)
    plan.app.command("basket")(later_phases.basket)
    plan.app.command("imaging")(later_phases.imaging)
    app.add_typer(plan.app, name="plan")
    treat.app.command("sphere")(dose_factors.sphere)
    treat.app.command("cell")(dose_factors.cell)
    app.add_typer(treat.app, name="treat")
    follow.app.command("cox")(survival.cox)
    follow.app.command("incidence")(incidence.incidence)
    follow.app.command("rate")(incidence.rate)
    follow.app.command("response")(response.response)
    follow.app.command("match")(indirect.match)
    follow.app.command("reconstruct")(indirect.reconstruct)
    follow.app.command("consistent")(consistency.consistent)
    follow.app.command("xenograft")(preclinical.xenograft)
    follow.app.command("models")(preclinical.models)
    app.add_typer(follow.app, name="follow")
    return {"plan": plan.app, "treat": treat.app, "follow": follow.app}
