"""Animals and cells in a dish: growth of xenografts, and which models took a molecule up."""
