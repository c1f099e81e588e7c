"""Execute: carries out one action. Every action may be repeated after a crash at any point."""

from typing import assert_never

from rpafabrik_api import reports
from rpafabrik_api.jobrun import JobRun
from rpafabrik_api.resource import Resource
from rpafabrik_operator.planning import actions
from rpafabrik_operator.reconcile import ports


async def execute(  # noqa: C901 # one branch per action, and nothing else
    action: actions.Action, resource: Resource, reach: ports.Reach
) -> bool:
    """Do what the action says; tell whether there was anything to do."""
    cluster, temporal = reach.cluster, reach.temporal
    match action:
        case actions.CreateSchedule(desired):
            await temporal.create_schedule(desired)
        case actions.UpdateSchedule(desired):
            await temporal.update_schedule(desired)
        case actions.PauseSchedule(schedule_id, note):
            await temporal.pause_schedule(schedule_id, note)
        case actions.DeleteSchedule(schedule_id):
            await temporal.delete_schedule(schedule_id)
        case actions.StartRun(workflow_id, request):
            await temporal.start_run(workflow_id, request)
        case actions.HoldRun(workflow_id, because):
            await temporal.hold_run(workflow_id, because)
        case actions.ReleaseRun(workflow_id):
            await temporal.release_run(workflow_id)
        case actions.ResumeRun(workflow_id, because):
            await temporal.resume_run(workflow_id, because)
        case actions.TerminateRun(workflow_id, because):
            await temporal.terminate_run(workflow_id, because)
        case actions.ReportRun(summary):
            fields = reports.run_status if isinstance(resource, JobRun) else reports.job_status
            await cluster.apply_status(resource, fields(summary), reports.FIELD_MANAGER)
        case actions.ApplyObject(manifest):
            assert reach.pools is not None  # noqa: S101 # planned only where there are pools
            return await reach.pools.objects.apply_object(manifest)
        case _:
            assert_never(action)
    return True
