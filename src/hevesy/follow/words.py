"""The words of following patients, for signatures: nothing is imported with them."""

from __future__ import annotations

from typing import Literal

CtcaeVersion = Literal["4.03", "5.0", "6.0"]
"""Versions of CTCAE with laboratory criteria."""
ResponseCriteria = Literal[
    "imwg-2006", "imwg-2011", "imwg-2016", "iwwm", "lugano-2014", "recist-1.1", "rano-2010", "rano-2.0"
]
"""Criteria that a response can be found by."""
