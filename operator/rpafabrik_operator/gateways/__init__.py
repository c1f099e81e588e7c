"""Kubernetes and Temporal as the operator sees them; one error type leaves each gateway."""
