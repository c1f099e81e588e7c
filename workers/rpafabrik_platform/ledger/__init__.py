"""The ledger: what happened, for good.

One row per run and exactly one final row per item, in SQLite or PostgreSQL; every figure that
the product shows is a sum over these rows. `store.Ledger` is the gateway, `entries` what it
takes and gives, `errors` what leaves it when it fails. Nothing here knows Temporal.
"""
