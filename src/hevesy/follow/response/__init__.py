"""Response criteria, each a versioned set of rules."""
