"""Cron as Temporal's calendar: written, read back, and understood by Temporal as by cronsim."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st
from temporalio.api.common.v1 import WorkflowType
from temporalio.api.schedule.v1 import (
    Range,
    Schedule,
    ScheduleAction,
    ScheduleSpec,
    StructuredCalendarSpec,
)
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflow.v1 import NewWorkflowExecutionInfo
from temporalio.api.workflowservice.v1 import CreateScheduleRequest, DescribeScheduleRequest
from temporalio.client import Client

from rpafabrik_operator.gateways import calendar

CRONS = [
    "0 6 * * *",
    "0 6 * * 1-5",
    "*/15 8-17 * * MON-FRI",
    "0,30 6 1,15 */2 *",
    "30 5 * * 0",
    "30 5 * * 7",
    "30 5 * * 5-7",
    "0 0 31 JAN,DEC *",
]


@pytest.mark.parametrize("cron", CRONS)
def test_calendar_is_read_as_the_expression_it_was_written_from(cron: str) -> None:
    assert calendar.read(calendar.write(cron)) == cron


def test_values_that_follow_each_other_are_one_range() -> None:
    written = calendar.write("0 6,7,8,12 * * 1-5")

    assert list(written.hour) == [Range(start=6, end=8, step=1), Range(start=12, end=12, step=1)]


def test_calendar_is_the_same_however_temporal_writes_its_ranges() -> None:
    written = calendar.write("0 6,8,10 * * *")
    told = StructuredCalendarSpec()
    told.CopyFrom(written)
    told.ClearField("hour")
    told.hour.append(Range(start=6, end=10, step=2))
    told.ClearField("minute")
    told.minute.append(Range())

    assert calendar.read(told) == "0 6,8,10 * * *"


@given(st.sampled_from(["minute", "hour", "day_of_month", "month", "day_of_week", "year"]))
def test_changed_calendar_is_nobodys(field: str) -> None:
    written = calendar.write("0 6 2 3 *")
    written.ClearField(field)  # type: ignore[arg-type] # one of the names above
    getattr(written, field).append(Range(start=4, end=5))

    assert calendar.read(written) is None


def test_calendar_without_our_comment_is_nobodys() -> None:
    written = calendar.write("0 6 * * *")
    written.comment = "varje morgon"

    assert calendar.read(written) is None


@pytest.mark.server
@pytest.mark.parametrize("cron", CRONS)
async def test_temporal_runs_the_calendar_when_it_would_run_the_cron(
    temporal_server: str, cron: str
) -> None:
    client = await Client.connect(temporal_server)

    ours = await coming(client, ScheduleSpec(structured_calendar=[calendar.write(cron)]))
    theirs = await coming(client, ScheduleSpec(cron_string=[cron]))

    assert ours
    assert ours == theirs


async def coming(client: Client, spec: ScheduleSpec) -> list[int]:
    name = f"calendar-{uuid.uuid4()}"
    action = NewWorkflowExecutionInfo(
        workflow_id=name,
        workflow_type=WorkflowType(name="Nothing"),
        task_queue=TaskQueue(name="nobody"),
    )
    schedule = Schedule(spec=spec, action=ScheduleAction(start_workflow=action))
    await client.workflow_service.create_schedule(
        CreateScheduleRequest(
            namespace="default", schedule_id=name, schedule=schedule, request_id=name
        )
    )
    told = await client.workflow_service.describe_schedule(
        DescribeScheduleRequest(namespace="default", schedule_id=name)
    )
    await client.get_schedule_handle(name).delete()
    return [time.seconds for time in told.info.future_action_times]
