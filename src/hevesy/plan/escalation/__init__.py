"""Dose escalation: a design answers, from a history, what to do next and why."""
