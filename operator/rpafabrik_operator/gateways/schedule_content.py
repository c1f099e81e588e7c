"""The content of a schedule of ours, written as Temporal holds it, and read back. Pure.

Whether a schedule is as declared is decided by reading it back whole. A digest in its memo would
not do: Temporal keeps a schedule's memo as it was made, and whoever edits the schedule elsewhere
leaves the memo alone.
"""

from dataclasses import dataclass

from google.protobuf.duration_pb2 import Duration
from temporalio.api.common.v1 import Memo, Payload, Payloads, WorkflowType
from temporalio.api.enums.v1 import ScheduleOverlapPolicy
from temporalio.api.schedule.v1 import Schedule, ScheduleAction, SchedulePolicies, ScheduleSpec
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflow.v1 import NewWorkflowExecutionInfo

from rpafabrik_api import contract, names
from rpafabrik_api.workerjob import OverlapPolicy
from rpafabrik_operator.gateways import calendar
from rpafabrik_operator.planning.world import DesiredSchedule

ORPHAN_MEMO = "rpafabrik-orphan"
"""Memo key of the runs, and so a part of the content: the schedule outlives its resource."""
CHANGED = "changed"
"""Digest of a schedule that `write` never wrote: somebody changed it elsewhere."""

_OVERLAP = {
    OverlapPolicy.SKIP: ScheduleOverlapPolicy.SCHEDULE_OVERLAP_POLICY_SKIP,
    OverlapPolicy.BUFFER_ONE: ScheduleOverlapPolicy.SCHEDULE_OVERLAP_POLICY_BUFFER_ONE,
    OverlapPolicy.ALLOW_ALL: ScheduleOverlapPolicy.SCHEDULE_OVERLAP_POLICY_ALLOW_ALL,
}


@dataclass(frozen=True, slots=True)
class Carried:
    """What travels in payloads, decoded."""

    request: contract.RunRequest
    orphan: bool


def write(desired: DesiredSchedule, request: Payload, orphan: Payload) -> Schedule:
    """The schedule without its state, given the payloads of what it carries."""
    return Schedule(
        spec=ScheduleSpec(
            structured_calendar=[calendar.write(desired.cron)], timezone_name=desired.time_zone
        ),
        action=ScheduleAction(
            start_workflow=NewWorkflowExecutionInfo(
                workflow_id=desired.id,
                workflow_type=WorkflowType(name=contract.JOB_RUN_WORKFLOW),
                task_queue=TaskQueue(name=names.PLATFORM_QUEUE),
                input=Payloads(payloads=[request]),
                memo=Memo(fields={ORPHAN_MEMO: orphan}),
            )
        ),
        policies=SchedulePolicies(
            overlap_policy=_OVERLAP[desired.overlap_policy],
            catchup_window=Duration(seconds=desired.catchup_window_seconds),
        ),
    )


def digest(schedule_id: str, seen: Schedule, carried: Carried | None) -> str:
    """The digest of the `DesiredSchedule` that is written as this; `CHANGED` when none is.

    `carried` is None when the payloads are not ours.
    """
    cron, overlap = _cron(seen.spec), _overlap_policy(seen)
    if cron is None or overlap is None or carried is None or not _fixed(schedule_id, seen):
        return CHANGED
    return DesiredSchedule(
        id=schedule_id,
        cron=cron,
        time_zone=seen.spec.timezone_name,
        overlap_policy=overlap,
        catchup_window_seconds=seen.policies.catchup_window.seconds,
        orphan=carried.orphan,
        request=carried.request,
    ).digest


def _cron(spec: ScheduleSpec) -> str | None:
    others = (
        spec.interval,
        spec.calendar,
        spec.cron_string,
        spec.exclude_calendar,
        spec.exclude_structured_calendar,
        spec.jitter.ToNanoseconds(),
        spec.HasField("start_time"),
        spec.HasField("end_time"),
    )
    if len(spec.structured_calendar) != 1 or any(others):
        return None
    return calendar.read(spec.structured_calendar[0])


def _overlap_policy(seen: Schedule) -> OverlapPolicy | None:
    theirs = seen.policies.overlap_policy
    return next((ours for ours, policy in _OVERLAP.items() if policy == theirs), None)


def _fixed(schedule_id: str, seen: Schedule) -> bool:
    """Whether what is the same for all our schedules is so here."""
    action = seen.action.start_workflow
    return (
        action.workflow_id == schedule_id
        and action.workflow_type.name == contract.JOB_RUN_WORKFLOW
        and action.task_queue.name == names.PLATFORM_QUEUE
        and not seen.policies.pause_on_failure
        and not seen.state.limited_actions
    )
