"""Prometheus' text format, written straight from values.

For figures of thousands of things, read where they are kept at each scrape: prometheus_client
makes objects of every sample first, which alone takes longer than all of this. What is told of
nothing is not mentioned.
"""

import re
from collections.abc import Iterable

from rpafabrik_api import telemetry

Sample = tuple[tuple[str, ...], float]
"""The labels' values, in the metric's order, and the figure."""

_SPECIAL = re.compile(r'[\\"\n]')
_IN_LABELS = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})
_IN_HELP = str.maketrans({"\\": r"\\", "\n": r"\n"})


def text(metric: telemetry.Metric, samples: Iterable[Sample]) -> str:
    """A gauge with all its samples; empty when there are none."""
    names = ",".join(f'{name}="%s"' for name in metric.labels)
    line = f"{metric.name}{{{names}}} %r\n" if names else f"{metric.name} %r\n"
    lines = [line % (*_escaped(labels), float(figure)) for labels, figure in samples]
    if not lines:
        return ""
    meaning = metric.meaning.translate(_IN_HELP)
    head = f"# HELP {metric.name} {meaning}\n# TYPE {metric.name} {metric.type}\n"
    return head + "".join(lines)


def _escaped(labels: tuple[str, ...]) -> tuple[str, ...]:
    # Nearly none has anything to escape, and to look at all of them at once is quick.
    if _SPECIAL.search("".join(labels)) is None:
        return labels
    return tuple(value.translate(_IN_LABELS) for value in labels)
