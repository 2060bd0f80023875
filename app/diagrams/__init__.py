"""Drawings and their forms: read, judged, versioned, bundled."""
