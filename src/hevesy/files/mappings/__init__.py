"""Mappings that come with the package: the demonstration study and SDTM."""
