"""Composition roots of the processes that run for ever: options in, a running process out."""
