"""Decides what to do. Pure: values in, values out; no await, clock, logger or client."""
