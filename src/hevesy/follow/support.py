"""Transfusions and growth factors that carry a blood count: counts within their days are not the marrow's own.

How long a product carries a count is a convention. A protocol may state its own; otherwise those of `USUAL` hold, each
with its origin.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from hevesy.study.dates import earliest, latest
from hevesy.study.facts.treatment import SupportiveCare
from hevesy.study.protocol import BloodTest, SupportRule
from hevesy.study.subject import Subject

_CONVENTION = "a convention of trials; the protocol may say otherwise"
USUAL = (
    SupportRule(
        words=("platelet", "thrombocyte", "plt"),
        test="platelets",
        days=7,
        source="as CIBMTR counts platelet recovery: no transfusion in 7 days",
    ),
    SupportRule(
        words=("red cell", "red blood cell", "rbc", "erythrocyte", "packed cell", "whole blood"),
        test="haemoglobin",
        days=14,
        source=_CONVENTION,
    ),
    SupportRule(
        words=("epoetin", "erythropoietin", "darbepoetin", "aranesp", "epo "),
        test="haemoglobin",
        days=28,
        source=_CONVENTION,
    ),
    SupportRule(
        words=("pegfilgrastim", "lipegfilgrastim", "neulasta", "pelgraz", "ziextenzo", "lonquex"),
        test="neutrophils",
        days=14,
        source=_CONVENTION,
    ),
    SupportRule(
        words=(
            "filgrastim",
            "lenograstim",
            "sargramostim",
            "g-csf",
            "gcsf",
            "gm-csf",
            "neupogen",
            "zarxio",
            "zarzio",
            "nivestim",
            "granocyte",
        ),
        test="neutrophils",
        days=7,
        source=_CONVENTION,
    ),
)
"""The first rule with a word of the product holds."""


def rule_for(product: str, rules: Sequence[SupportRule] = ()) -> SupportRule | None:
    """The rule of a product; None: no rule knows it, and it takes out nothing."""
    folded = product.casefold()
    return next((rule for rule in (*rules, *USUAL) if any(word.casefold() in folded for word in rule.words)), None)


def supported(subject: Subject, test: BloodTest, on: date, rules: Sequence[SupportRule] = ()) -> SupportiveCare | None:
    """The last product that a count of this day rests on.

    A product dated to the month counts for any day it can have been.
    """
    found: SupportiveCare | None = None
    for given in subject.of(SupportiveCare):
        rule = rule_for(given.product, rules)
        if rule is None or rule.test != test or given.on is None:
            continue
        if earliest(given.on) <= on and (on - latest(given.on)).days <= rule.days:
            found = given
    return found


def without_rule(subject: Subject, rules: Sequence[SupportRule] = ()) -> tuple[SupportiveCare, ...]:
    """Products that no rule knows, or that have no date: the counts they may carry are not taken out."""
    return tuple(
        given for given in subject.of(SupportiveCare) if given.on is None or rule_for(given.product, rules) is None
    )
