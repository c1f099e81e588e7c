"""The platform's reporter where there are resources: tells them how runs go.

Writes the fields of `reports` and no others, under the field manager that the operator uses when
it repairs a lost report, so neither undoes the other's work.
"""

import contextlib
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import getproxies

from kubernetes.aio import client as api
from kubernetes.aio import config

from rpafabrik import errors
from rpafabrik_api import contract, names, reports
from rpafabrik_api.jobrun import JobRun
from rpafabrik_api.resource import Resource
from rpafabrik_api.workerjob import WorkerJob
from rpafabrik_platform import latest
from rpafabrik_platform.activities import calls

_CALL_SECONDS = 10.0
_NOT_FOUND = 404


@dataclass(frozen=True, slots=True, kw_only=True)
class _About:
    """A resource, and no other that has come to bear its name."""

    kind: type[Resource]
    namespace: str
    name: str
    uid: str


class KubernetesReporter:
    """Implements `activities.status.StatusReporter`; an API server that is away raises."""

    def __init__(self, client: api.ApiClient) -> None:
        self._objects = api.CustomObjectsApi(client)
        self._jobs = latest.Latest(self._tell_job, age=lambda summary: summary.finished_at)

    async def report_progress(self, report: calls.ProgressReport) -> None:
        """Show how far a run has come."""
        if run := _run(report.about):
            await self._apply(run, reports.progress_status(report.progress))

    async def report_stop(self, report: calls.StopReport) -> None:
        """Show that a run stopped on failures, on the run and on its job."""
        status = reports.stop_status(report.because, report.at)
        if run := _run(report.about):
            await self._apply(run, status, reports.STOP_MANAGER)
        await self._apply(_job(report.about), status, reports.STOP_MANAGER)

    async def report_run(self, report: calls.RunReport) -> None:
        """Show how a run ended, on the run and on its job; of a trial, the job is not told."""
        if run := _run(report.about):
            await self._apply(run, reports.run_status(report.summary))
        if not (report.summary.purpose and report.summary.purpose.trial):
            await self._jobs.say(_job(report.about), report.summary)

    async def _tell_job(self, job: _About, summary: contract.RunSummary) -> None:
        await self._apply(job, reports.job_status(summary))

    async def _apply(
        self, about: _About, status: dict[str, Any], manager: str = reports.FIELD_MANAGER
    ) -> None:
        # Whatever the uid in a request, the API server writes the status of whoever bears the
        # name. The answer tells; asking first would cost a request for every report.
        if await self._write(about, status, manager) not in (about.uid, None):
            await self._write(about, {}, manager)

    async def _write(self, about: _About, status: dict[str, Any], manager: str) -> str | None:
        """Own these fields of the status and no others; return the uid of who has them now."""
        body = {
            "apiVersion": names.API_VERSION,
            "kind": about.kind.definition.kind,
            "metadata": {"name": about.name},
            "status": status,
        }
        try:
            written: Any = await self._objects.patch_namespaced_custom_object_status(
                names.GROUP,
                names.VERSION,
                about.namespace,
                about.kind.definition.plural,
                about.name,
                body,
                field_manager=manager,
                force=True,
                _content_type="application/apply-patch+yaml",
                _request_timeout=_CALL_SECONDS,
            )
        except api.ApiException as error:
            if error.status == _NOT_FOUND:
                return None
            raise
        return str(written["metadata"]["uid"])


@contextlib.asynccontextmanager
async def connected(kubeconfig: Path | None = None) -> AsyncIterator[KubernetesReporter]:
    """Report to the cluster of the file, else of the pod's account, else of kubectl."""
    # No netrc is asked for a password, which would be refused beside the token.
    found = api.Configuration(client_session_kwargs={"trust_env": bool(getproxies())})
    try:
        if kubeconfig is None and "KUBERNETES_SERVICE_HOST" in os.environ:
            config.load_incluster_config(client_configuration=found)  # type: ignore[no-untyped-call] # the library's
        else:
            await config.load_kube_config(  # type: ignore[no-untyped-call] # the library's
                config_file=str(kubeconfig) if kubeconfig else None,
                client_configuration=found,
                persist_config=False,
            )
    except config.ConfigException as error:
        raise errors.StartError(f"the kubeconfig must lead to an API server: {error}") from error
    async with api.ApiClient(found) as client:
        yield KubernetesReporter(client)


def _job(about: calls.Reported) -> _About:
    return _About(kind=WorkerJob, namespace=about.namespace, name=about.job, uid=about.job_uid)


def _run(about: calls.Reported) -> _About | None:
    if about.run is None:
        return None
    uid = about.run_id.rsplit("/", 1)[-1]
    return _About(kind=JobRun, namespace=about.namespace, name=about.run, uid=uid)
