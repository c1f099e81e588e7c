"""Small manifests that tests build on, and the resources read from them."""

import copy
from datetime import UTC, datetime
from typing import Any

from rpafabrik_api import findings
from rpafabrik_api.digitalworker import DigitalWorker
from rpafabrik_api.jobrun import JobRun
from rpafabrik_api.workerjob import WorkerJob

NOW = datetime(2026, 1, 7, 6, 0, tzinfo=UTC)

JOB: dict[str, Any] = {
    "apiVersion": "rpafabrik.dev/v1alpha1",
    "kind": "WorkerJob",
    "metadata": {"name": "avstamning", "namespace": "ekonomi", "uid": "job-uid", "generation": 1},
    "spec": {
        "title": "Avstämning",
        "department": "Regionservice ekonomi",
        "processOwner": {"name": "Processägare ekonomi", "email": "process@example.org"},
        "changeOwner": {"name": "Förändringsansvarig ekonomi", "email": "change@example.org"},
        "stage": "Production",
        "workerRef": {"name": "ekonomi"},
        "schedule": {"cron": "0 6 * * 1-5"},
        "items": {
            "source": {"activity": "list_items"},
            "reference": 'item.centre + "/" + item.date',
        },
        "steps": [
            {"name": "fetch", "activity": "fetch", "input": {"centre": "${item.centre}"}},
            {"name": "compare", "activity": "compare", "when": "steps.fetch.found"},
        ],
        "benefit": {
            "basis": "PerUnit",
            "unit": "item.centre",
            "baselines": [
                {
                    "validFrom": "2026-01-01",
                    "manualSeconds": 6_120_000,
                    "per": 37_250,
                    "approvedBy": "Ekonomichef",
                }
            ],
        },
    },
}

RUN: dict[str, Any] = {
    "apiVersion": "rpafabrik.dev/v1alpha1",
    "kind": "JobRun",
    "metadata": {"name": "idag", "namespace": "ekonomi", "uid": "run-uid", "generation": 1},
    "spec": {"jobRef": {"name": "avstamning"}},
}

WORKER: dict[str, Any] = {
    "apiVersion": "rpafabrik.dev/v1alpha1",
    "kind": "DigitalWorker",
    "metadata": {"name": "ekonomi", "namespace": "ekonomi", "uid": "worker-uid", "generation": 1},
    "spec": {
        "title": "Ekonomiroboten",
        "image": "registry.example.org/robots:1",
        "modules": ["robots.kassaavstamning"],
        "replicas": 2,
    },
}


def changed(manifest: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A copy with values set (or, where they are None, taken away) by path: spec__stage=…"""
    copied = copy.deepcopy(manifest)
    for path, value in changes.items():
        *parents, last = path.split("__")
        node: Any = copied
        for part in parents:
            node = node[int(part)] if part.isdigit() else node.setdefault(part, {})
        if value is None:
            node.pop(last, None)
        else:
            node[int(last) if last.isdigit() else last] = value
    return copied


def job(**changes: Any) -> WorkerJob:
    """The example job, changed."""
    resource = findings.read(changed(JOB, **changes))
    assert isinstance(resource, WorkerJob)
    return resource


def run(**changes: Any) -> JobRun:
    """The example run, changed."""
    resource = findings.read(changed(RUN, **changes))
    assert isinstance(resource, JobRun)
    return resource


def worker(**changes: Any) -> DigitalWorker:
    """The example digital worker, changed."""
    resource = findings.read(changed(WORKER, **changes))
    assert isinstance(resource, DigitalWorker)
    return resource
