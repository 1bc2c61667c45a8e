"""Figures as SVG: plain text inside, colours by class so that a page can be light or dark."""
