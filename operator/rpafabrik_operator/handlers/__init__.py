"""Wiring to Kopf: every handler of a kind calls the same `reconcile`. Nothing is decided here."""
