"""Composition roots and the command line. Whatever decides lives elsewhere."""
