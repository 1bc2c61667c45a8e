"""Follow the patients: toxicity grades, dose-limiting toxicities, response, survival."""
