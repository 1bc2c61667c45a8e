"""Blocks drawn in a format: as words of a terminal, a page, a picture, a table file, a folder of all of them."""
