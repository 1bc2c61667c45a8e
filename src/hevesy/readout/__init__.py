"""The readout: every number with its definition, population, rule and rows.

As a page, as data, as tables and figures.
"""
