"""One look at one resource: observe, plan, execute, report. No client, no Kopf."""
