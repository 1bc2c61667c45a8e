"""A study folder: create it, load files, what is in it, verify its record."""
