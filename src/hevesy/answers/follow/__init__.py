"""Follow the patients: survival, proportions, grades, response."""
