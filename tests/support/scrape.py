"""What a process tells at /metrics, read by Prometheus' own client."""

import urllib.request

from prometheus_client import parser

Told = dict[str, list[tuple[dict[str, str], float]]]
"""By name: labels and figure of each sample."""


def read(text: str) -> Told:
    """The samples of a text, in its order."""
    told: Told = {}
    for family in parser.text_string_to_metric_families(text):
        for sample in family.samples:
            told.setdefault(sample.name, []).append((dict(sample.labels), sample.value))
    return told


def of(port: int) -> Told:
    """What a process on this machine tells now; Temporal's own figures left out."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        told = read(answer.read().decode())
    return {name: samples for name, samples in told.items() if name.startswith("rpafabrik_")}
