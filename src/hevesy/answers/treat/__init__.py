"""Treat by a prescribed and measured activity."""
