"""A digital worker that looks things up in a system which may be away."""

import urllib.request
from typing import Any

from temporalio import activity

import rpafabrik


@activity.defn
def look_up(given: dict[str, Any]) -> dict[str, Any]:
    """Ask the economy system at the URL of the job's input."""
    with (
        rpafabrik.target_system("ekonomisystem"),
        urllib.request.urlopen(given["url"], timeout=5) as answer,
    ):
        return {"length": len(answer.read())}
