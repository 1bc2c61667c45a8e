"""Matter: tissues and their elements, photon cross sections, stopping powers of electrons, CT numbers."""
