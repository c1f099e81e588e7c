"""The operator: observes, plans, executes, reports. Kopf only tells it when to look."""
