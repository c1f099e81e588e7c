"""`rpafabrik dev`: the operator over files, with every process it needs as its own child."""
