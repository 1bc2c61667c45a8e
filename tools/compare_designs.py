"""Write docs/validation/comparison.md: six designs for the CLR 131 trial on three worlds of marrow toxicity.

Cohorts of four, a window of 85 days, levels of 12.5, 18.75, 25 and 31.25 mCi/m2; each world once with levels of
activity and once with levels of absorbed dose to the marrow, of the same medians. The worlds are assumptions, not
findings.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from hevesy.plan.escalation import crm
from hevesy.plan.escalation.blrm import BLRM, LogisticPrior
from hevesy.plan.escalation.comparison import Compared, compare
from hevesy.plan.escalation.design import DescribedDesign
from hevesy.plan.escalation.interval import IntervalDesign
from hevesy.plan.escalation.interval_rules import BOIN
from hevesy.plan.escalation.onset import WeibullOnset
from hevesy.plan.escalation.scenario import Accrual, OrganToxicity, Scenario
from hevesy.plan.escalation.three_plus_three import three_plus_three
from hevesy.plan.escalation.tite import TITECRM
from hevesy.units import parse_quantity

LEVELS = ("12.5 mCi/m2", "18.75 mCi/m2", "25 mCi/m2", "31.25 mCi/m2")
BODY_SURFACE_m2 = 1.9
ONSET = WeibullOnset(shape=3.5, peak_d=42)
MARROWS = {
    "tolerant (half have a DLT at 3.5 Gy)": 3.5,
    "middling (2.2 Gy)": 2.2,
    "sensitive (1.3 Gy)": 1.3,
}
TRIALS, SEED = 20_000, 131


def worlds() -> tuple[Scenario, ...]:
    """Three marrows, by activity and by dose.

    0.8 Gy per GBq, varying by 40 % from patient to patient, measured within 15 %.
    """
    activities_GBq = [parse_quantity(level, "activity_per_area") * BODY_SURFACE_m2 / 1000 for level in LEVELS]
    found = []
    for name, half in MARROWS.items():
        marrow = OrganToxicity(
            organ="red marrow", dose_50_Gy=half, slope=4.0, Gy_per_GBq=0.8, cv=0.4, dosimetry_cv=0.15
        )
        found.append(marrow.prescribed_by_activity(f"{name}, mCi/m2", activities_GBq, ONSET))
        found.append(marrow.prescribed_by_dose(f"{name}, Gy", [activity * 0.8 for activity in activities_GBq], ONSET))
    return tuple(found)


def designs() -> dict[str, DescribedDesign]:
    """The designs compared, all for a target of 25 % and at most 24 subjects where they have an end by number."""
    skeleton = crm.skeleton(0.08, 0.25, 3, 4)
    prior = LogisticPrior(mean=(-1.1, 0.0), sd=(1.5, 0.7), correlation=0.0, reference_dose=25.0)
    return {
        "3+3": three_plus_three("no-de-escalation", 4),
        "modified 3+3, cohorts of 4": three_plus_three("modified", 4),
        "BOIN": IntervalDesign(rule=BOIN(target=0.25), levels=4, cohort_size=4, n_max=24),
        "CRM": crm.CRM(prior=skeleton, target=0.25, cohort_size=4, n_max=24),
        "TITE-CRM": TITECRM(prior=skeleton, target=0.25, window_d=85, cohort_size=4, n_max=24),
        "BLRM": BLRM(doses=(12.5, 18.75, 25.0, 31.25), prior=prior, cohort_size=4, n_max=24),
    }


def rows(found: Iterable[Compared]) -> list[str]:
    """Lines of a table in Markdown."""
    lines = [
        "| design | none | 12.5 | 18.75 | 25 | 31.25 | subjects | DLTs | days (SE) |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for one in found:
        chances = " | ".join(
            f"{value.mean:.3f}" + ("" if one.exact else f" ({value.standard_error:.3f})") for value in one.selected
        )
        assert one.duration_d is not None  # every trial has a calendar here
        lines.append(
            f"| {one.design} | {chances} | {one.subjects.mean:.1f} | {one.dlts.mean:.2f} "
            f"| {one.duration_d.mean:.0f} ({one.duration_d.standard_error:.1f}) |"
        )
    return lines


def main() -> None:
    """Write the page."""
    accrual = Accrual(window_d=85, per_d=2 / 28)
    text = [
        "# Designs compared on three marrows",
        "",
        (
            "Written by `tools/compare_designs.py`. Four levels, 12.5 to 31.25 mCi/m2, "
            "or the absorbed doses to the red marrow that these give"
        ),
        (
            "the median patient (1.9 m2, 0.8 Gy per GBq); target 25 %; two arrivals in 28 days, "
            "turned away while accrual is closed; DLTs"
        ),
        (
            "gather around day 42 of an 85-day window. The dose per activity varies by 40 % from patient to patient; "
            "a measured dose is"
        ),
        (
            "within 15 % of the true one. Half of the patients have a DLT at the dose named; "
            "the log odds rise by 4 for a factor of e."
        ),
        "These numbers are assumptions to compare designs on, not findings about CLR 131.",
        "",
        (
            "Selection, subjects and DLTs are exact for designs of complete outcomes, "
            "and simulated with standard errors in brackets for"
        ),
        (
            f"TITE-CRM; days are simulated ({TRIALS:,} trials, seed {SEED}). Prior of the BLRM: "
            "log alpha -1.1 (SD 1.5), log beta 0"
        ),
        (
            "(SD 0.7), reference dose 25 mCi/m2, target 0.20 to 0.35, overdose bound 0.25; "
            "skeleton of the CRM by an indifference interval of"
        ),
        "0.25 +- 0.08 around level 3.",
    ]
    for number, scenario in enumerate(worlds()):
        found = compare(designs(), [scenario], accrual, TRIALS, SEED + number // 2)
        text += [
            "",
            f"## {scenario.name}",
            "",
            f"P(DLT) by level: {', '.join(f'{rate:.3f}' for rate in scenario.p)}.",
            "",
            *rows(found),
        ]
    Path("docs/validation/comparison.md").write_text("\n".join(text) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
