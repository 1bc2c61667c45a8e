"""Sphinx configuration."""

project = "Hevesy"
author = "The Hevesy authors"
copyright = "2026, the Hevesy authors"
extensions = ["myst_parser"]
html_theme = "furo"
html_static_path = ["_static"]
exclude_patterns = ["_build"]
myst_heading_anchors = 3
myst_enable_extensions = ["colon_fence"]
