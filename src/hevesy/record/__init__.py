"""The append-only study record: entries in a hash chain, and what they add up to."""
