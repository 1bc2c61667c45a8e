"""Find the disease: quantitative images of the diagnostic label, and what a diagnostic trial proves."""
