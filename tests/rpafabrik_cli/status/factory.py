"""A small factory in pieces, for tests of what is made of it."""

from datetime import timedelta
from typing import Any

from rpafabrik_api.jobrun import JobRun
from rpafabrik_api.workerjob import WorkerJob
from rpafabrik_cli.status import facts
from support import examples

NOW = examples.NOW
HOUR = timedelta(hours=1)
WHERE = "ekonomi on https://127.0.0.1:6443"


def condition(kind: str, status: str, reason: str, message: str = "") -> dict[str, Any]:
    """A condition that has been so for three hours."""
    return {
        "type": kind,
        "status": status,
        "reason": reason,
        "message": message,
        "lastTransitionTime": (NOW - 3 * HOUR).isoformat(),
    }


READY = condition("Ready", "True", "Reconciled")
ACTIVE = condition("Suspended", "False", "Active")
ANSWERS = condition("WorkerAvailable", "True", "WorkerAvailable")
SILENT = condition("WorkerAvailable", "False", "WorkerUnavailable", "no digital worker answers")


def ended(result: str = "Succeeded", **changes: Any) -> dict[str, Any]:
    """A run that ended an hour ago, as a status tells it."""
    return {
        "workflowId": "workerjob/ekonomi/avstamning/job-uid-workflow-2026-01-07T04:00:00Z",
        "result": result,
        "startTime": (NOW - 2 * HOUR).isoformat(),
        "completionTime": (NOW - HOUR).isoformat(),
        **changes,
    }


def job(*conditions: dict[str, Any], name: str = "avstamning", **changes: Any) -> WorkerJob:
    """A job that is well, but for these conditions."""
    given = {one["type"]: one for one in (READY, ACTIVE, ANSWERS, *conditions)}
    status = {
        "observedGeneration": 1,
        "conditions": [*given.values()],
        "scheduleId": f"workerjob/ekonomi/{name}/{name}-uid",
        "nextRunTime": (NOW + 2 * HOUR).isoformat(),
        "lastRun": ended(),
        "saved": {"grossSeconds": 45_000, "netSeconds": 43_200, "hours": "12.0"},
    }
    return examples.job(
        **{
            "metadata__name": name,
            "metadata__uid": f"{name}-uid",
            "spec__schedule__cron": "0 9 * * 1-5",  # in Stockholm: in two hours
            "status": status,
            **changes,
        }
    )


def run(*conditions: dict[str, Any], **changes: Any) -> JobRun:
    """A run of the job, with these conditions."""
    return examples.run(**{"status__conditions": [*conditions], **changes})


def seen(
    *jobs: WorkerJob,
    runs: tuple[JobRun, ...] = (),
    workers: tuple[Any, ...] = (),
    **changes: Any,
) -> facts.Facts:
    """What was seen of a factory that has these."""
    resources = facts.Resources(jobs=jobs, runs=runs, workers=workers)
    return facts.Facts(**{"now": NOW, "where": WHERE, "resources": resources, **changes})


def temporal(**changes: Any) -> facts.Temporal:
    """A Temporal that answers, and whose platform is at work."""
    polls = {"rpafabrik-platform": (NOW,), "rpafabrik-worker/ekonomi/ekonomi": (NOW, NOW)}
    return facts.Temporal(**{"address": "temporal:7233", "polls": polls, **changes})


LAPTOP = facts.Laptop(state=".rpafabrik/dev", running=True)
