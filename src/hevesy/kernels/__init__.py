"""Compiled loops, each with a plain reference in the tests; they know numbers, not designs."""
