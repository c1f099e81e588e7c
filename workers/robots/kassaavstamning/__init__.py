"""Kassaavstämning: cash reports of care centres against the deposits that are booked.

    reports ─┐
             ├─ inputs ─▶ comparison ─▶ wording ─▶ results ─▶ workbook
    ledger ──┘  (deposits, sie, sie_records)

`activities` ties these to the platform; all else is ordinary Python over values and files.
`generate` and `scenario` invent example data with its answer key.
"""
