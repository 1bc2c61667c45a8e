"""Statistics as pure functions on arrays; each result has names and one shape."""
