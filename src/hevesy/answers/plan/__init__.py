"""Plan the trial: the next dose and why, decision tables, operating characteristics, two-stage and basket designs."""
