"""What the platform does for its workflows: writes the ledger, tells resources."""
