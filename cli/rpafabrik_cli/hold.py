"""`rpafabrik hold`, `release` and `resume`: what people tell the runs of a job on a cluster.

Each is an annotation with a field manager of its own, so that Git applied again leaves it alone.
"""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kubernetes.aio import client as api

from rpafabrik_api import names
from rpafabrik_api.workerjob import WorkerJob
from rpafabrik_cli import clusters, failures

FIELD_MANAGER = "rpafabrik-hold"
_RESUME_MANAGER = "rpafabrik-resume"
_APPLY = "application/apply-patch+yaml"
_MERGE = "application/merge-patch+json"
_CALL_SECONDS = 10.0
_NOT_FOUND = 404


def hold(job: str, namespace: str | None, because: str, kubeconfig: Path | None) -> str:
    """Stop a job; say which one that was."""
    told = _Told(names.HOLD_ANNOTATION, because, FIELD_MANAGER)
    return asyncio.run(_change(job, namespace, told, kubeconfig))


def resume(job: str, namespace: str | None, because: str, kubeconfig: Path | None) -> str:
    """Let runs go on that stopped on failures; say whose they are."""
    # With the time: the same words at another time are another resumption.
    text = f"{datetime.now(UTC).isoformat(timespec='seconds')} {because}"
    told = _Told(names.RESUME_ANNOTATION, text, _RESUME_MANAGER)
    return asyncio.run(_change(job, namespace, told, kubeconfig))


def release(job: str, namespace: str | None, kubeconfig: Path | None) -> str:
    """Lift the stop, whoever made it; say which job that was."""
    told = _Told(names.HOLD_ANNOTATION, None, FIELD_MANAGER)
    return asyncio.run(_change(job, namespace, told, kubeconfig))


@dataclass(frozen=True, slots=True)
class _Told:
    """An annotation, and whose it is."""

    annotation: str
    text: str | None
    """None takes it away, whoever set it."""
    manager: str


async def _change(job: str, namespace: str | None, told: _Told, kubeconfig: Path | None) -> str:
    namespace = namespace or clusters.namespace(kubeconfig)
    async with clusters.opened(kubeconfig) as client:
        with clusters.telling():
            try:
                await _write(api.CustomObjectsApi(client), namespace, job, told)
            except api.ApiException as error:
                if error.status != _NOT_FOUND:
                    raise
                message = f"{job} must be a WorkerJob in namespace {namespace}, and there is none"
                raise failures.Failure(message) from error
    return f"{namespace}/{job}"


async def _write(objects: api.CustomObjectsApi, namespace: str, job: str, told: _Told) -> None:
    path: dict[str, Any] = {
        "group": names.GROUP,
        "version": names.VERSION,
        "namespace": namespace,
        "plural": WorkerJob.definition.plural,
        "name": job,
        "_request_timeout": _CALL_SECONDS,
    }
    # Applying would make a job that is not there; with its uid it cannot.
    found: Any = await objects.get_namespaced_custom_object(**path)
    metadata = {"name": job, "uid": found["metadata"]["uid"]}
    body: dict[str, Any] = {
        "apiVersion": names.API_VERSION,
        "kind": WorkerJob.definition.kind,
        "metadata": {**metadata, "annotations": {told.annotation: told.text}},
    }
    how: dict[str, Any] = {"_content_type": _APPLY, "force": True}
    if told.text is None:  # applying takes away our own annotation only
        how = {"_content_type": _MERGE}
    await objects.patch_namespaced_custom_object(
        **path, body=body, field_manager=told.manager, **how
    )
