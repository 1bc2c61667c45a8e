"""Measured speed; never asserted by timed tests."""
