"""The platform: workflows, platform activities and the ledger. Robots know nothing of it."""
