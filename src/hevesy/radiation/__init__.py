"""Absorbed dose in matter: around points, in voxels, spheres and cells. No patient is known here."""
