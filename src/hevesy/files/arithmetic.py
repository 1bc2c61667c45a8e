"""Arithmetic as files write it: numbers, names that stand for numbers, + - * / and parentheses, nothing else."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from hevesy.errors import RuleError, shown

_TOKEN = re.compile(r"\s*(?:(\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)|([A-Za-z_]\w*)|([-+*/()]))")
DEEPEST = 20
LONGEST = 400


def calculated(text: str, names: Mapping[str, float]) -> float:
    """The value of an expression.

    Refused is whatever is no arithmetic, a name that is not there, and what has no finite value.

    >>> calculated("fA * 6 / (1 - fA)", {"fA": 0.5})
    6.0
    """
    value, rest = _sum(_tokens(text), names, text, 0)
    if rest:
        raise RuleError(f"{shown(text)} is no arithmetic: {shown(rest[0])} stands where it ends")
    if not math.isfinite(value):
        raise RuleError(f"{shown(text)} has no finite value")
    return value


def _tokens(text: str) -> list[str]:
    if len(text) > LONGEST:
        raise RuleError(f"an expression has at most {LONGEST} signs, got {len(text)}")
    found, place, text = [], 0, text.rstrip()
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise RuleError(f"{shown(text)} is no arithmetic: {shown(text[place:].strip()[:20])} is not understood")
        found.append(match[0].strip())
        place = match.end()
    return found


def _sum(tokens: list[str], names: Mapping[str, float], text: str, depth: int) -> tuple[float, list[str]]:
    value, tokens = _product(tokens, names, text, depth)
    while tokens and tokens[0] in "+-":
        other, rest = _product(tokens[1:], names, text, depth)
        value, tokens = (value + other if tokens[0] == "+" else value - other), rest
    return value, tokens


def _product(tokens: list[str], names: Mapping[str, float], text: str, depth: int) -> tuple[float, list[str]]:
    value, tokens = _factor(tokens, names, text, depth)
    while tokens and tokens[0] in "*/":
        other, rest = _factor(tokens[1:], names, text, depth)
        if tokens[0] == "/" and other == 0:
            raise RuleError(f"{shown(text)} divides by 0")
        value, tokens = (value * other if tokens[0] == "*" else value / other), rest
    return value, tokens


def _factor(tokens: list[str], names: Mapping[str, float], text: str, depth: int) -> tuple[float, list[str]]:
    if not tokens:
        raise RuleError(f"{shown(text)} is no arithmetic: it ends too early")
    if depth > DEEPEST:
        raise RuleError(f"an expression is nested at most {DEEPEST} times: {shown(text)}")
    head, rest = tokens[0], tokens[1:]
    if head in ("-", "+"):
        value, rest = _factor(rest, names, text, depth + 1)
        return (-value if head == "-" else value), rest
    if head == "(":
        value, rest = _sum(rest, names, text, depth + 1)
        if not rest or rest[0] != ")":
            raise RuleError(f"{shown(text)} is no arithmetic: a parenthesis is not closed")
        return value, rest[1:]
    if head in names:
        return names[head], rest
    if head[0].isdigit() or head[0] == ".":
        return float(head), rest
    if head[0].isalpha() or head[0] == "_":
        raise RuleError(f"nothing is called {head} here; known are {', '.join(sorted(names)) or 'no names'}")
    raise RuleError(f"{shown(text)} is no arithmetic: {shown(head)} stands where a number is needed")
