"""Dose-limiting toxicity: the rules of the protocol, and what follows from them for a subject."""
