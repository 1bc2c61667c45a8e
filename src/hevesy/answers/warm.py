"""What nearly every answer needs, imported before the first is asked, by a process that answers many."""

from __future__ import annotations


def warm() -> None:
    """Import it."""
    import hevesy.conduct.next_dose
    import hevesy.conduct.recorded_study
    import hevesy.plan.escalation.catalogue
    import hevesy.render.html  # noqa: F401
