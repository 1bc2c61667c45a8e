"""The edge: formats in and out. What is read here is checked here, and named by file, line and column."""
