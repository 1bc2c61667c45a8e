"""What is said, before it has a format: numbers with their meaning, prose, tables, figures, sections."""
