"""Write docs/validation/readers.md: outside results of reader studies, and how often their intervals hold the truth.

Usage: python -m tools.cover_readers [TRIALS]      (4,000 simulated studies of each kind and size: two minutes)
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
from tests.references.reader_trials import MODALITIES, READERS, SIZES, Covered, everything

from hevesy.stats.merit import figures_of_ratings
from hevesy.stats.words import CaseCovariance

PAGE = Path(__file__).parent.parent / "docs" / "validation" / "readers.md"
TRIALS = 4000
CASES = 4000

COMPARED = (
    (
        "variance components, test, differences, each modality: AUC by three covariances, sensitivity, specificity",
        "MRMCaov (own data set of 36 cases, 4 readers, 2 modalities)",
        "195 numbers",
        "1e-8",
        "yes (1e-12)",
    ),
    (
        "tests and intervals from printed figures and covariances, readers or cases fixed or not; 2 and 5 modalities",
        "RJafroc (Van Dyke's and Zanca's studies, the latter as ratings and as marks)",
        "9 analyses",
        "printed digits",
        "yes",
    ),
    (
        "wAFROC, AFROC, wAFROC1, AFROC1, highest rating",
        "R (own data set of 317 marks)",
        "30 figures",
        "1e-9",
        "yes (printed digits)",
    ),
    (
        "areas; DeLong's, jackknife and unbiased covariance; FROC figures and their jackknife",
        "definitions as loops in fractions (`tests/references/reader_study.py`)",
        "generated studies",
        "1e-13",
        "yes",
    ),
    (
        "one-shot U-statistic",
        "unbiased Obuchowski-Rockette without its cut at 0",
        "generated studies",
        "1e-12",
        "yes",
    ),
    (
        "kappa, linear and quadratic weights, with error and limits; Fleiss' kappa",
        "statsmodels",
        "generated ratings",
        "1e-9",
        "yes",
    ),
    (
        "Krippendorff's alpha, three scales",
        "Krippendorff 2011",
        "3 numbers",
        "printed digits",
        "yes",
    ),
    (
        "AC1, AC2, Fleiss, alpha with errors and limits, ratings missing",
        "SimplyAgree",
        "18 numbers",
        "printed digits",
        "yes",
    ),
    (
        "intraclass correlations",
        "Shrout and Fleiss 1979",
        "6 numbers",
        "printed digits",
        "yes",
    ),
    (
        "their limits",
        "SimplyAgree",
        "12 numbers",
        "printed digits",
        "yes",
    ),
    (
        "limits of agreement",
        "Bland and Altman 1986",
        "5 numbers",
        "printed digits",
        "yes",
    ),
    (
        "limits of agreement with repeats, varying values",
        "statsmodels' mixed model",
        "4 numbers",
        "1e-4",
        "yes",
    ),
    (
        "the same, constant values",
        "closed form worked by hand",
        "2 numbers",
        "1e-12",
        "yes",
    ),
)
"""What was compared with which outside truth: how much, how closely, and whether it was met."""
HEAD = """# Readers

Written by `python -m tools.cover_readers`. Modalities compared by several readers of the same cases, marks of lesions
(FROC), agreement: `hevesy find readers`.

{truths}
## How often an interval of 95 % holds the truth
{trials:,} simulated studies of each kind and size. Ratings follow the model of Roe and Metz and have five points; there
are 2 modalities and 4 readers, and {diseased} cases are diseased. `HL`: cases vary and readers hardly do; `LH`: readers
vary. The standard error of a share is 0.003 to 0.006.

"""

AFTER = """
The interval of a difference holds what it says within 0.02, but where twelve cases are read and the modalities lie
apart. The plain interval of one modality alone, symmetric as MRMCaov's, is too narrow: areas of few cases lie near 1.
The one on the scale of the logit holds what it says; the answer gives both and says so. Kappa with quadratic weights is
too narrow as well (its error is that of large samples), and the answer says that too.

## Speed
One core: {cases:,} cases, 4 readers, 2 modalities, figures with their covariance: {speed}.
"""


def _truths() -> str:
    rows = ("result", "outside truth", "compared", "bar", "met"), ("---",) * 5, *COMPARED
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _table(found: list[tuple[str, int, dict[str, Covered]]]) -> str:
    """Rows of study and interval, a column for each size."""
    shares: dict[tuple[str, str], dict[int, Covered]] = {}
    for what, n, covered in found:
        for name, one in covered.items():
            shares.setdefault((what, name), {})[n] = one
    sizes = " | ".join(f"{n} cases" for n in SIZES)
    lines = [f"| study | interval | {sizes} |", "|---|---|" + "---|" * len(SIZES)]
    for (what, name), by_size in shares.items():
        told = " | ".join(f"{by_size[n].share:.3f}" for n in SIZES)
        lines.append(f"| {what} | {name} | {told} |")
    return "\n".join(lines) + "\n"


def _speed() -> str:
    rng = np.random.default_rng(2)
    diseased = rng.random(CASES) < 0.4
    rated = rng.normal(size=(2, 4, CASES)) + diseased
    told = []
    methods: tuple[CaseCovariance, ...] = ("delong", "jackknife", "unbiased")
    for method in methods:
        begun = time.process_time()
        figures_of_ratings(rated, diseased, modalities=MODALITIES, readers=READERS, covariance=method)
        told.append(f"{method} {time.process_time() - begun:.2g} s")
    return ", ".join(told)


def main() -> None:
    """Simulate and write the page."""
    trials = int(sys.argv[1]) if len(sys.argv) > 1 else TRIALS
    found = []
    for what, n, covered in everything(trials):
        found.append((what, n, covered))
        print(f"{n} cases: {what}", flush=True)
    page = HEAD.format(truths=_truths(), trials=trials, diseased="7 of 12, 15 of 25 and 22 of 36")
    PAGE.write_text(page + _table(found) + AFTER.format(cases=CASES, speed=_speed()), encoding="utf-8")


if __name__ == "__main__":
    main()
