"""The readout: every number with its definition, population, rule and rows; as a page, as data, as tables and figures."""
