"""Images as nouns: volumes and regions in physical coordinates, and the geometry between them. No format is known."""
