"""Animals before patients: growth of tumours under treatment, and uptake in many models."""
