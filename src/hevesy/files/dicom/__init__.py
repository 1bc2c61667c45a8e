"""DICOM in: a folder told apart by its headers, a series as a volume with its facts, regions."""
