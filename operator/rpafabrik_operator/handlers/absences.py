"""What went while nobody watched is told like any other deletion.

A watch that was cut for long begins anew with a list, and Kopf tells of what is in it. What is no
more in it nobody tells of: a pool that is gone would never be put back.
"""

from dataclasses import dataclass
from typing import Any, Protocol

from rpafabrik_operator.gateways import census, owned
from rpafabrik_operator.handlers.watch import Watch


class Counts(Protocol):
    """Who can tell what there is."""

    async def take(self, watched: census.Watched, namespace: str | None) -> census.Census:
        """Count the objects of a kind in a namespace, or in all."""
        ...


@dataclass(frozen=True, slots=True)
class Absences:
    """Compares what was seen with what there is."""

    counts: Counts
    watch: Watch
    owned: owned.OwnedObjects
    everywhere: bool
    """Whether the whole cluster is served; else only namespaces of what was seen are asked for."""

    async def notice(self) -> None:
        """Tell of everything that has gone unseen."""
        seen: dict[tuple[str, str | None], list[dict[str, Any]]] = {}
        for body in (*self.watch.objects.known(), *self.owned.known()):
            namespace = None if self.everywhere else body["metadata"]["namespace"]
            seen.setdefault((body["kind"], namespace), []).append(body)
        for (kind, namespace), bodies in seen.items():
            there = await self.counts.take(census.WATCHED[kind], namespace)
            for body in bodies:
                about = body["metadata"]
                if there.misses(about["uid"], int(about["resourceVersion"])):
                    self._tell({"type": "DELETED", "object": body})

    def _tell(self, event: dict[str, Any]) -> None:
        if event["object"]["kind"] in owned.WATCHED:
            self.watch.notice_owned(self.owned, event)
        else:
            self.watch.notice(event)
