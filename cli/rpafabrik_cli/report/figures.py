"""What each statement of a report tells, in words. `docs/benefit.md` has the formulas' examples."""

TITLES = {
    "saved": "Brutto h, Netto h",
    "items": "Klara, Granskade, Undantag, Fel, Avbrutna, Automationsgrad, Mål",
    "runs": "Redan gjorda, Körningar, Lyckade",
    "lead_time": "Ledtid h, 90 % inom h, Ledtidsmål h, Inom mål",
    "planned": "Planerat h",
    "realised": "Realiserat h",
    "titles": "Titel",
}
"""The columns that a statement gives, as people read them."""

MEANINGS = {
    "saved": (
        "One row per baseline. gross_hours and net_hours are those of the whole line:\n"
        "gross = sum of units * manual_seconds / per; net = gross - sum of person_seconds."
    ),
    "items": (
        "automation_rate_percent = 100 * completed / eligible.\n"
        "The target is target_points / with_target: each job weighs as much as its items."
    ),
    "runs": "Runs that have ended and are no trials, and the items that they skipped.",
    "lead_time": (
        "From arrival to outcome, of eligible items whose arrival is known. Percentiles by rank:\n"
        "half (nine tenths) of the items took at most so long. Share = within_target /\n"
        "with_target. The row whose line is null is of all lines together."
    ),
    "planned": (
        "One row per plan. planned_hours is that of the whole line:\n"
        "sum of hours_per_year * days / days_in_year."
    ),
    "realised": "What people have entered, corrections included.",
    "titles": "What each job is called in its latest run.",
}
"""How the figures come about."""
