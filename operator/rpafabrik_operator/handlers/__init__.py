"""When to look: Kopf says that something changed, the agenda plans, the visitor goes."""
