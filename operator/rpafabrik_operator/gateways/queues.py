"""Calls about task queues: which robots ask for work on them, and what waits there.

Temporal remembers a poll for five minutes, whoever made it may be dead; and a robot whose every
place is taken polls no more. So robots are counted by their heartbeats, which Temporal's SDK
sends in either case; only where a server takes none, by their polls.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta

from temporalio.api.enums.v1 import TaskQueueType, WorkerStatus
from temporalio.api.taskqueue.v1 import PollerInfo, TaskQueue
from temporalio.api.worker.v1 import WorkerHeartbeat
from temporalio.api.workflowservice import v1 as service
from temporalio.client import Client

from rpafabrik.runtime import telemetry
from rpafabrik_operator.gateways.losses import Losses
from rpafabrik_operator.planning import world

CALL = timedelta(seconds=5)
ALIVE = 3.5 * telemetry.HEARTBEAT
"""How old a heartbeat may be; clocks must agree to within some seconds."""
POLLED = timedelta(seconds=75)
"""How old a poll may be: each lasts a minute."""

_PAGE = 500
_GOING = (WorkerStatus.WORKER_STATUS_SHUTTING_DOWN, WorkerStatus.WORKER_STATUS_SHUTDOWN)


def _now() -> datetime:
    return datetime.now(UTC)


class Queues:
    """The queues of one Temporal namespace."""

    def __init__(
        self, client: Client, page_size: int = _PAGE, clock: Callable[[], datetime] = _now
    ) -> None:
        self._client = client
        self._clock = clock
        self._losses = Losses()
        self._page_size = page_size
        self._service = client.workflow_service

    async def robots(self) -> Mapping[str, world.Robots] | None:
        """The robots of each queue; None where the server counts none."""
        about = service.DescribeNamespaceRequest(namespace=self._client.namespace)
        answer = await self._service.describe_namespace(about, retry=True, timeout=CALL)
        if not answer.namespace_info.capabilities.worker_heartbeats:
            return None
        alive: list[WorkerHeartbeat] = []
        silent: list[WorkerHeartbeat] = []
        now = self._clock()
        page = service.ListWorkersRequest(
            namespace=self._client.namespace, page_size=self._page_size
        )
        while True:
            told = await self._service.list_workers(page, retry=True, timeout=CALL)
            for one in (info.worker_heartbeat for info in told.workers_info):
                if one.status not in _GOING:
                    heard = one.heartbeat_time.ToDatetime(UTC)
                    (alive if now - heard <= ALIVE else silent).append(one)
            if not told.next_page_token:
                self._losses.notice(alive, silent, now)
                return self._robots(Counter(one.task_queue for one in alive))
            page.next_page_token = told.next_page_token

    def _robots(self, alive: Mapping[str, int]) -> dict[str, world.Robots]:
        recent, counted = self._losses.recent(), self._losses.counted()
        return {
            queue: world.Robots(
                alive=alive.get(queue, 0),
                lost=recent.get(queue, 0),
                losses=counted.get(queue, 0),
            )
            for queue in alive.keys() | recent.keys() | counted.keys()
        }

    async def describe(self, name: str, robots: Mapping[str, world.Robots] | None) -> world.Queue:
        """A queue of activities, given what `robots` said."""
        request = service.DescribeTaskQueueRequest(
            namespace=self._client.namespace,
            task_queue=TaskQueue(name=name),
            task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
            report_stats=True,
        )
        told = await self._service.describe_task_queue(request, retry=True, timeout=CALL)
        waiting = told.stats.approximate_backlog_count
        age = told.stats.approximate_backlog_age.ToTimedelta().total_seconds()
        there = (robots or {}).get(name, world.Robots())
        return world.Queue(
            robots=_polling(told.pollers) if robots is None else there.alive,
            backlog=waiting,
            backlog_seconds=age if waiting else 0.0,
            lost=there.lost,
            losses=there.losses,
        )


def _polling(pollers: Iterable[PollerInfo]) -> int:
    oldest = datetime.now(UTC) - POLLED
    return len({one.identity for one in pollers if one.last_access_time.ToDatetime(UTC) >= oldest})
