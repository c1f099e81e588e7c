"""The sweep: deletes schedules whose WorkerJob is gone, which a forced deletion leaves behind."""

import fnmatch
from typing import Protocol

from rpafabrik.logs import log
from rpafabrik_api.resource import Resource
from rpafabrik_operator.reconcile.ports import Key


class Cluster(Protocol):
    """What the sweep asks of Kubernetes."""

    def get(self, kind: str, namespace: str, name: str) -> Resource | None:
        """The resource as it was seen last."""
        ...

    async def exists(self, key: Key, uid: str) -> bool:
        """Whether the API server, asked itself, has this very object."""
        ...


class Schedules(Protocol):
    """What the sweep asks of Temporal."""

    async def owned_schedules(self) -> list[str]:
        """Ids of all schedules that this cluster's operator made."""
        ...

    async def is_orphan(self, schedule_id: str) -> bool:
        """Whether the schedule is meant to outlive its resource."""
        ...

    async def delete_schedule(self, schedule_id: str) -> None:
        """Delete it."""
        ...


async def sweep(cluster: Cluster, temporal: Schedules, namespaces: tuple[str, ...]) -> list[str]:
    """Delete what nothing declares any more; return the ids.

    Looks at the namespaces of these names or patterns only, at all when there are none. The cache
    may lack what it has not seen yet, so the API server itself is asked before anything goes.
    """
    deleted = []
    for schedule_id in await temporal.owned_schedules():
        _, namespace, name, uid = schedule_id.split("/")
        key = ("WorkerJob", namespace, name)
        if namespaces and not any(fnmatch.fnmatchcase(namespace, one) for one in namespaces):
            continue
        seen = cluster.get(*key)
        if seen is not None and seen.metadata.uid == uid:
            continue
        if await cluster.exists(key, uid) or await temporal.is_orphan(schedule_id):
            continue
        await temporal.delete_schedule(schedule_id)
        log.info("swept", schedule=schedule_id)
        deleted.append(schedule_id)
    return deleted
