"""Plan the trial: dose escalation by named designs."""
