"""What a team asks, answered in one place: one file a question, its signature the only description of it.

The command line, a form, the Python call and the reference are read from the signature.
"""
