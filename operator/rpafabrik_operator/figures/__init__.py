"""What the operator that leads tells Prometheus. Nothing here decides anything."""
