"""Radioactive decay and body surface area in decimal arithmetic, by routes unlike the usual float formulas.

Sources: the decay law, activity halves with every half-life. Body surface area in m2 from height in cm and
weight in kg: Mosteller RD, N Engl J Med 1987;317:1098; Du Bois D, Du Bois EF, Arch Intern Med 1916;17:863;
Haycock GB, Schwartz GJ, Wisotsky DH, J Pediatr 1978;93:62; Gehan EA, George SL, Cancer Chemother Rep
1970;54:225.

The whole half-lives elapsed are taken off by halving one at a time; the rest of a half-life r by the Taylor
series of exp(-r ln 2), with ln 2 from the series of 1/(k 2^k). A negative elapsed time doubles instead.
Work is done to 60 digits and results are rounded to 30. Inputs are taken as the decimal text they print as.
"""

from __future__ import annotations

from decimal import Context, Decimal, localcontext
from fractions import Fraction
from math import floor

Number = int | float | str | Decimal

WORKING_DIGITS = 60
RESULT = Context(prec=30)

# formula: factor, exponent of weight in kg, exponent of height in cm
POWER_LAWS = {
    "dubois": ("0.007184", "0.425", "0.725"),
    "haycock": ("0.024265", "0.5378", "0.3964"),
    "gehangeorge": ("0.0235", "0.51456", "0.42246"),
}


def ln_two() -> Decimal:
    """Natural logarithm of 2 in the current context, as the sum of 1/(k 2^k)."""
    return sum((1 / (Decimal(k) * 2**k) for k in range(1, 4 * WORKING_DIGITS)), Decimal(0))


def part_of_a_half_life(rest: Fraction, steps: int) -> Decimal:
    """2 to the power -rest for 0 <= rest < 1, by `steps` terms of the Taylor series."""
    exponent = -ln_two() * rest.numerator / rest.denominator
    term = total = Decimal(1)
    for k in range(1, steps):
        term = term * exponent / k
        total += term
    return total


def remaining(activity: Number, elapsed_h: Number, half_life_h: Number, steps: int = 60) -> Decimal:
    """Activity left after `elapsed_h` hours, to 30 digits; `steps` is the number of Taylor terms."""
    half_lives = Fraction(str(elapsed_h)) / Fraction(str(half_life_h))
    whole = floor(half_lives)
    with localcontext(prec=WORKING_DIGITS):
        left = Decimal(str(activity))
        for _ in range(abs(whole)):
            left = left / 2 if whole > 0 else left * 2
        left *= part_of_a_half_life(half_lives - whole, steps)
    return RESULT.plus(left)


def bsa(formula: str, height_cm: Number, weight_kg: Number) -> Decimal:
    """Body surface area in m2, to 30 digits: "Mosteller", "DuBois", "Haycock" or "Gehan-George"."""
    name = "".join(letter for letter in formula.lower() if letter.isalpha())
    with localcontext(prec=WORKING_DIGITS):
        height, weight = Decimal(str(height_cm)), Decimal(str(weight_kg))
        if name == "mosteller":
            area = (height * weight / 3600).sqrt()
        elif name in POWER_LAWS:
            factor, weight_power, height_power = (Decimal(text) for text in POWER_LAWS[name])
            area = factor * weight**weight_power * height**height_power
        else:
            raise ValueError(f"unknown formula: {formula}")
    return RESULT.plus(area)
