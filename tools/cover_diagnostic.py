"""Write docs/validation/diagnostic.md: how often the intervals of diagnostic accuracy hold the truth.

Usage: python tools/cover_diagnostic.py [DRAWS]      (4,000 draws: three minutes)

The draws are those of tests/stats/covering.py, with its seed.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from tests.stats.covering import SIZES, Coverage, coverages  # noqa: E402  # found beside this folder

PAGE = ROOT / "docs" / "validation" / "diagnostic.md"
HEAD = """# Diagnostic accuracy

Every row of the results of R's packages (stats, epiR, PropCIs, pROC, survey, geepack) and of the published formulas of
Obuchowski (1997) and Begg and Greenes (1983) is held against Hevesy in `tests/against/test_diagnostic.py`: proportions,
McNemar, clustered variances, ROC and DeLong within 1e-9, Tango within 1e-6 (PropCIs stops its search at 1e-7), marginal
models within 1e-5 (2e-7: geepack stops once a step is below 1e-4; stopped there too, ours are its figures to 1e-12).
The clustered tests of Obuchowski (1998), Durkalski (2003) and Yang (2010) are held against the 29 psychiatrists of
Donner and Petryshen (McNemar 11.85 as printed, the weights as printed) and against score tests built on statsmodels;
Durkalski's own printed statistic was not at hand. The synthetic I-124 study of 36 has the counts it was made for.

## Do the intervals hold?
How often a 95 % interval holds the truth at 12, 25 and 36 patients. Shares and paired differences of patients are added
up over every outcome, the others drawn (`python tools/cover_diagnostic.py`, {draws} draws each with a seed: a figure is
good to {error:.1f} points). Patients have one to four lesions. In bold the interval that `find accuracy` tells first.
*None* is how often (%) there was none to tell: its coverage is then of the others alone, and the worse for it.

"""
TAIL = """
What this means for the questions:

- Wald's intervals fall short wherever a share is high or patients are few ({wald:.0f} % in place of 95 at worst), and
  have no length where all are right. They are not told, but for the one beside a clustered difference.
- DeLong's interval of an area falls to {delong:.0f} % near 1 and cannot be told at 1; the question tells Newcombe's
  score interval (of lesions Obuchowski's on logits) and DeLong's beside it. DeLong's interval of a difference falls to
  {difference:.0f} % at 12 patients; told is the one recovered from the limits of each area. The p value is DeLong's.
- Taking lesions as independent, Tango's interval falls to {independent:.0f} %.
- Wilson's interval of a share is shorter than the exact one and falls to {wilson:.0f} % in these settings: both are
  told, the exact one first.
- A marginal model has no interval where all lesions are right (up to {untold:.0f} % of trials of 12 patients); its
  limits, by the quantile of t, hold otherwise. They are told beside the exact ones at the effective number.
- Lowest of the intervals told first: {lowest:.1f} % ({where}).
"""
HEADS = "| setting | interval | " + " | ".join(f"{n}: covers | length | none" for n in SIZES) + " |"


def _rows(every: Iterable[Coverage], kind: str) -> Iterable[str]:
    yield f"### {kind[0].upper()}{kind[1:]}"
    yield HEADS
    yield "|---|---|---|---|---|---|---|---|---|---|---|"
    own = [one for one in every if one.kind == kind]
    for setting, method in dict.fromkeys((one.setting, one.method) for one in own):
        cells = [setting, method]
        for one in own:
            if (one.setting, one.method) == (setting, method):
                covered = f"{100 * one.covered:.1f}"
                cells += [f"**{covered}**" if one.chosen else covered, f"{one.length:.2f}"]
                cells.append(f"{100 * one.untold:.1f}" if one.untold else "")
        yield f"| {' | '.join(cells)} |"
    yield ""


def page(every: list[Coverage], draws: int) -> str:
    """The page."""

    def worst(method: str, kind: str = "") -> float:
        return min(100 * one.covered for one in every if one.method == method and kind in one.kind)

    lowest = min((one for one in every if one.chosen), key=lambda one: one.covered)
    tables = [line for kind in dict.fromkeys(one.kind for one in every) for line in _rows(every, kind)]
    tail = TAIL.format(
        wald=worst("Wald, t"),
        delong=worst("DeLong", "area under"),
        difference=worst("DeLong", "difference"),
        wilson=worst("Wilson", "share of patients"),
        independent=worst("Tango, as if independent"),
        untold=max(100 * one.untold for one in every if one.method.startswith("GEE")),
        lowest=100 * lowest.covered,
        where=f"{lowest.kind}, {lowest.n} patients, {lowest.setting}",
    )
    return HEAD.format(draws=f"{draws:,}", error=100 * 2 * (0.05 * 0.95 / draws) ** 0.5) + "\n".join(tables) + tail


def main() -> None:
    """Draw and write."""
    draws = int(sys.argv[1]) if len(sys.argv) > 1 else 4000
    PAGE.write_text(page(coverages(draws), draws), encoding="utf-8")


if __name__ == "__main__":
    main()
