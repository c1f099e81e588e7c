"""A schedule is read back as what was written, or as nobody's."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from temporalio.api.common.v1 import Payload
from temporalio.api.enums.v1 import ScheduleOverlapPolicy
from temporalio.api.schedule.v1 import IntervalSpec, Schedule

from rpafabrik_api.workerjob import OverlapPolicy
from rpafabrik_operator.gateways import schedule_content
from rpafabrik_operator.planning import mapping
from rpafabrik_operator.planning.world import DesiredSchedule
from support import examples

PAYLOAD = Payload(data=b"{}")


@pytest.mark.parametrize("orphan", [True, False])
@pytest.mark.parametrize("policy", OverlapPolicy)
def test_written_schedule_has_the_digest_of_what_was_desired(
    policy: OverlapPolicy,
    orphan: bool,  # noqa: FBT001 # pytest names it
) -> None:
    wanted = replace(desired(), overlap_policy=policy, orphan=orphan)

    seen = schedule_content.write(wanted, PAYLOAD, PAYLOAD)

    carried = schedule_content.Carried(request=wanted.request, orphan=orphan)
    assert schedule_content.digest(wanted.id, seen, carried) == wanted.digest


def test_pause_is_no_content() -> None:
    seen = schedule_content.write(desired(), PAYLOAD, PAYLOAD)
    seen.state.paused, seen.state.notes = True, "stopped by hand"

    assert schedule_content.digest(desired().id, seen, carried()) == desired().digest


def test_the_trace_that_it_carries_is_no_content() -> None:
    seen = schedule_content.write(desired(), PAYLOAD, PAYLOAD)
    seen.action.start_workflow.header.fields["rpafabrik-schedule"].CopyFrom(PAYLOAD)

    assert schedule_content.digest(desired().id, seen, carried()) == desired().digest


def add_interval(seen: Schedule) -> None:
    seen.spec.interval.append(IntervalSpec())


def add_calendar(seen: Schedule) -> None:
    seen.spec.structured_calendar.append(seen.spec.structured_calendar[0])


def exclude(seen: Schedule) -> None:
    seen.spec.exclude_structured_calendar.append(seen.spec.structured_calendar[0])


def jitter(seen: Schedule) -> None:
    seen.spec.jitter.FromSeconds(60)


def end(seen: Schedule) -> None:
    seen.spec.end_time.FromSeconds(1_800_000_000)


def start_another_workflow(seen: Schedule) -> None:
    seen.action.start_workflow.workflow_type.name = "Other"


def use_another_queue(seen: Schedule) -> None:
    seen.action.start_workflow.task_queue.name = "other"


def use_another_id(seen: Schedule) -> None:
    seen.action.start_workflow.workflow_id = "other"


def limit(seen: Schedule) -> None:
    seen.state.limited_actions = True


def pause_on_failure(seen: Schedule) -> None:
    seen.policies.pause_on_failure = True


def cancel_the_run_before(seen: Schedule) -> None:
    cancel = ScheduleOverlapPolicy.SCHEDULE_OVERLAP_POLICY_CANCEL_OTHER
    seen.policies.overlap_policy = cancel


@pytest.mark.parametrize(
    "edit",
    [
        add_interval,
        add_calendar,
        exclude,
        jitter,
        end,
        start_another_workflow,
        use_another_queue,
        use_another_id,
        limit,
        pause_on_failure,
        cancel_the_run_before,
    ],
)
def test_schedule_edited_elsewhere_is_not_as_desired(edit: Callable[[Schedule], None]) -> None:
    seen = schedule_content.write(desired(), PAYLOAD, PAYLOAD)

    edit(seen)

    assert schedule_content.digest(desired().id, seen, carried()) == schedule_content.CHANGED


def test_other_time_zone_is_another_digest() -> None:
    seen = schedule_content.write(desired(), PAYLOAD, PAYLOAD)

    seen.spec.timezone_name = "UTC"

    told = schedule_content.digest(desired().id, seen, carried())
    assert told not in (desired().digest, schedule_content.CHANGED)


def test_payloads_of_somebody_else_are_not_as_desired() -> None:
    seen = schedule_content.write(desired(), PAYLOAD, PAYLOAD)

    assert schedule_content.digest(desired().id, seen, None) == schedule_content.CHANGED


def desired() -> DesiredSchedule:
    found = mapping.desired_schedule(examples.job(), None)
    assert found is not None
    return found


def carried() -> schedule_content.Carried:
    return schedule_content.Carried(request=desired().request, orphan=desired().orphan)
