"""Find the disease: uptake in images, accuracy against the truth, readers, the best dose and time."""
