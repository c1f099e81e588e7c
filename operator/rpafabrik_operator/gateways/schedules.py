"""Calls about schedules. What one holds is `schedule_content`'s; errors are the caller's.

Temporal's own messages are used here, not the client's classes: only they carry the conflict
token of an update.
"""

import uuid
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

from opentelemetry import trace
from temporalio.api.common.v1 import Memo
from temporalio.api.schedule.v1 import Schedule
from temporalio.api.workflowservice import v1 as service
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from rpafabrik import tracing
from rpafabrik.runtime import scheduled_traces
from rpafabrik_api import contract
from rpafabrik_operator.gateways import away, schedule_content
from rpafabrik_operator.planning import due, world
from rpafabrik_operator.reconcile import ports

OWNER_MEMO = "rpafabrik-owner"
"""Memo key of a schedule: whose operator made it; no other operator sweeps it away."""

CALL = timedelta(seconds=5)

Description = service.DescribeScheduleResponse


class Schedules:
    """The schedules of one owner."""

    def __init__(self, client: Client, owner: str, guard: ports.Guard = ports.unguarded) -> None:
        self._client = client
        self._guard = guard
        self._service = client.workflow_service
        self._owner = owner

    async def describe(self, schedule_id: str) -> Description | None:
        """The schedule as Temporal tells it; None when there is none."""
        request = service.DescribeScheduleRequest(
            namespace=self._client.namespace, schedule_id=schedule_id
        )
        try:
            return await self._service.describe_schedule(request, retry=True, timeout=CALL)
        except RPCError as error:
            if away.is_absent(error):
                return None
            raise

    async def read(self, schedule_id: str, seen: Description) -> world.Schedule:
        """The schedule as planning sees it."""
        started = {
            action.start_workflow_result.workflow_id: action.actual_time.ToDatetime(UTC)
            for action in seen.info.recent_actions
        }
        running = {one.workflow_id for one in seen.info.running_workflows}
        coming = [time.ToDatetime(UTC) for time in seen.info.future_action_times]
        carried = await self._carried(seen.schedule)
        return world.Schedule(
            digest=schedule_content.digest(schedule_id, seen.schedule, carried),
            paused=seen.schedule.state.paused,
            note=seen.schedule.state.notes,
            next_run=coming[0] if coming else None,
            last_run_id=next(reversed(started), None),
            last_begun=max(started.values(), default=None),
            running_since=min((started[one] for one in running & started.keys()), default=None),
            since=_since(seen),
        )

    async def create(self, desired: world.DesiredSchedule) -> None:
        """Make the schedule, unless it is there."""
        (owner,) = await self._client.data_converter.encode([self._owner])
        with _span("CreateSchedule", desired):
            request = service.CreateScheduleRequest(
                namespace=self._client.namespace,
                schedule_id=desired.id,
                schedule=await self._written(desired, desired.state()),
                memo=Memo(fields={OWNER_MEMO: owner}),
                identity=self._client.identity,
                request_id=uuid.uuid4().hex,
            )
            try:
                await self._service.create_schedule(request, retry=True, timeout=CALL)
            except RPCError as error:
                if error.status != RPCStatusCode.ALREADY_EXISTS:
                    raise

    async def update(self, desired: world.DesiredSchedule) -> None:
        """Write content and pause at once, if the schedule is as it was when this looked.

        Temporal says nothing when the conflict token is old, and writes nothing: the next look
        sees that.
        """
        seen = await self.describe(desired.id)
        if seen is None:
            return
        state = seen.schedule.state
        with _span("UpdateSchedule", desired):
            request = service.UpdateScheduleRequest(
                namespace=self._client.namespace,
                schedule_id=desired.id,
                schedule=await self._written(
                    desired, desired.state(paused=state.paused, note=state.notes)
                ),
                conflict_token=seen.conflict_token,
                identity=self._client.identity,
                request_id=uuid.uuid4().hex,
            )
            # After the look: should the process freeze now, the token is old when it wakes.
            self._guard()
            await self._service.update_schedule(request, retry=True, timeout=CALL)

    async def pause(self, schedule_id: str, note: str) -> None:
        """Pause it, with a note."""
        handle = self._client.get_schedule_handle(schedule_id)
        await handle.pause(note=note, rpc_timeout=CALL)

    async def delete(self, schedule_id: str) -> None:
        """Delete it."""
        await self._client.get_schedule_handle(schedule_id).delete(rpc_timeout=CALL)

    async def owned(self) -> list[str]:
        """Ids of the owner's schedules."""
        listed = await self._client.list_schedules(rpc_timeout=CALL)
        return [one.id async for one in listed if (await one.memo()).get(OWNER_MEMO) == self._owner]

    async def is_orphan(self, schedule_id: str) -> bool:
        """Whether it is there to outlive its resource, as far as can be told."""
        seen = await self.describe(schedule_id)
        carried = await self._carried(seen.schedule) if seen else None
        return carried is None or carried.orphan

    async def _written(self, desired: world.DesiredSchedule, state: tuple[bool, str]) -> Schedule:
        converter = self._client.data_converter
        request, orphan = await converter.encode([desired.request, desired.orphan])
        schedule = schedule_content.write(desired, request, orphan)
        schedule.state.paused, schedule.state.notes = state
        if tracing.ids():
            first = due.times(desired.cron, desired.time_zone, datetime.now(UTC)).next
            carried = schedule.action.start_workflow.header.fields[scheduled_traces.HEADER]
            carried.CopyFrom(scheduled_traces.carried(first))
        return schedule

    async def _carried(self, seen: Schedule) -> schedule_content.Carried | None:
        action = seen.action.start_workflow
        payloads = [*action.input.payloads, action.memo.fields[schedule_content.ORPHAN_MEMO]]
        types = [contract.RunRequest, bool]
        if len(payloads) != len(types):
            return None
        try:
            request, orphan = await self._client.data_converter.decode(payloads, types)
        except Exception:  # noqa: BLE001 # converters and codecs raise what they like
            return None
        return schedule_content.Carried(request=request, orphan=orphan)


def _span(name: str, desired: world.DesiredSchedule) -> AbstractContextManager[trace.Span]:
    """What is written within is the span's doing; runs of the schedule are joined to it."""
    about = {"temporalScheduleID": desired.id}
    return tracing.tracer.start_as_current_span(
        f"{name}:{contract.JOB_RUN_WORKFLOW}", kind=trace.SpanKind.CLIENT, attributes=about
    )


def _since(seen: Description) -> datetime | None:
    for name in ("update_time", "create_time"):
        if seen.info.HasField(name):
            time: datetime = getattr(seen.info, name).ToDatetime(UTC)
            return time.replace(microsecond=0)
    return None
