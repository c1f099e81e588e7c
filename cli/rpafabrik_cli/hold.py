"""`rpafabrik hold` and `release`: the emergency stop, set and lifted on a cluster.

The annotation has a field manager of its own, so that Git applied again leaves it alone.
"""

import asyncio
from pathlib import Path
from typing import Any

import aiohttp
from kubernetes.aio import client as api
from kubernetes.aio import config

from rpafabrik_api import names
from rpafabrik_api.workerjob import WorkerJob
from rpafabrik_cli import failures

FIELD_MANAGER = "rpafabrik-hold"
_APPLY = "application/apply-patch+yaml"
_MERGE = "application/merge-patch+json"
_CALL_SECONDS = 10.0
_NOT_FOUND = 404


def hold(job: str, namespace: str | None, because: str, kubeconfig: Path | None) -> str:
    """Stop a job; say which one that was."""
    return asyncio.run(_change(job, namespace, because, kubeconfig))


def release(job: str, namespace: str | None, kubeconfig: Path | None) -> str:
    """Lift the stop, whoever made it; say which job that was."""
    return asyncio.run(_change(job, namespace, None, kubeconfig))


async def _change(
    job: str, namespace: str | None, because: str | None, kubeconfig: Path | None
) -> str:
    file = str(kubeconfig) if kubeconfig else None
    try:
        namespace = namespace or _namespace(file)
        async with await config.new_client_from_config(file) as client:  # type: ignore[no-untyped-call] # the library's
            await _write(api.CustomObjectsApi(client), namespace, job, because)
    except config.ConfigException as error:
        raise failures.WrongUse(f"--kubeconfig must lead to a cluster: {error}") from error
    except api.ApiException as error:
        if error.status == _NOT_FOUND:
            message = f"{job} must be a WorkerJob in namespace {namespace}, and there is none"
            raise failures.Failure(message) from error
        raise failures.Failure(f"the API server refused: {error.reason}: {error.body}") from error
    except (aiohttp.ClientError, TimeoutError) as error:
        raise failures.Failure(f"the API server must answer: {error}") from error
    return f"{namespace}/{job}"


async def _write(
    objects: api.CustomObjectsApi, namespace: str, job: str, because: str | None
) -> None:
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
        "metadata": {**metadata, "annotations": {names.HOLD_ANNOTATION: because}},
    }
    how: dict[str, Any] = {"_content_type": _APPLY, "force": True}
    if because is None:  # applying takes away our own annotation only
        how = {"_content_type": _MERGE}
    await objects.patch_namespaced_custom_object(
        **path, body=body, field_manager=FIELD_MANAGER, **how
    )


def _namespace(kubeconfig: str | None) -> str:
    """The namespace that kubectl would use."""
    _, current = config.list_kube_config_contexts(kubeconfig)  # type: ignore[no-untyped-call] # the library's
    return str(current["context"].get("namespace") or "default")
