"""The one domain model: what was planned (protocol) and what happened (events)."""
