"""Radionuclides: half-lives with their source, and decay correction."""
