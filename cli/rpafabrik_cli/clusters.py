"""A cluster as commands reach it: as kubectl does; what fails is told in one line."""

import contextlib
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import yaml
from kubernetes.aio import client as api
from kubernetes.aio import config

from rpafabrik_cli import failures
from rpafabrik_operator.gateways import kubernetes
from rpafabrik_operator.reconcile import ports


@contextlib.asynccontextmanager
async def opened(kubeconfig: Path | None) -> AsyncIterator[api.ApiClient]:
    """The API server, with the user's own rights."""
    found = kubernetes.unread()
    with _usable():
        await config.load_kube_config(_file(kubeconfig), client_configuration=found)  # type: ignore[no-untyped-call] # the library's
    async with api.ApiClient(found) as client:
        yield client


def namespace(kubeconfig: Path | None) -> str:
    """The namespace that kubectl would use."""
    with _usable():
        _, current = config.list_kube_config_contexts(_file(kubeconfig))  # type: ignore[no-untyped-call] # the library's
    return str(current["context"].get("namespace") or "default")


@contextlib.contextmanager
def telling() -> Iterator[None]:
    """Turn what the API server says, or that it says nothing, into a command's failure."""
    try:
        with kubernetes.translated():
            yield
    except ports.ClusterRefusedError as error:
        raise failures.Failure(f"the API server refused: {error}") from error
    except ports.ClusterUnavailableError as error:
        raise failures.Failure(f"the API server must answer: {error}") from error
    except api.ApiException as error:
        raise failures.Failure(f"the API server refused: {error.reason}: {error.body}") from error


@contextlib.contextmanager
def _usable() -> Iterator[None]:
    try:
        yield
    except (config.ConfigException, yaml.YAMLError) as error:
        because = " ".join(str(error).split())
        raise failures.WrongUse(f"--kubeconfig must lead to a cluster: {because}") from error


def _file(kubeconfig: Path | None) -> str:
    """The file that is given, or those that kubectl reads."""
    files = str(kubeconfig) if kubeconfig else config.KUBE_CONFIG_DEFAULT_LOCATION
    if not any(Path(one).expanduser().exists() for one in files.split(os.pathsep)):
        raise failures.WrongUse(f"--kubeconfig must lead to a cluster: there is no file {files}")
    return files
