"""The workflows go on from every history that an earlier version of them has left.

They run in Temporal's sandbox here, which refuses clocks, randomness and I/O; the worker leaves
it out, for it costs a quarter of each item.
"""

import json
from pathlib import Path

import pytest
from temporalio import workflow
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions
from temporalio.workflow import NondeterminismError

from rpafabrik import payloads
from rpafabrik_api import contract
from rpafabrik_platform.workflows import case
from rpafabrik_platform.workflows.human_task import HumanTask
from rpafabrik_platform.workflows.job_run import JobRun

HISTORIES = sorted((Path(__file__).parents[2] / "histories").glob("*.json"))
PURE = (
    "rpafabrik",
    "rpafabrik_api",
    "rpafabrik_platform.activities",
    "rpafabrik_platform.workflows.run_scope",  # time zones are read from files
    "cel_expr_python",
    "structlog",
)


def replayer(*workflows: type) -> Replayer:
    return Replayer(
        workflows=workflows,
        data_converter=payloads.data_converter,
        workflow_runner=SandboxedWorkflowRunner(
            restrictions=SandboxRestrictions.default.with_passthrough_modules(*PURE)
        ),
    )


def history(path: Path) -> WorkflowHistory:
    value = json.loads(path.read_text())
    return WorkflowHistory.from_json(value["workflowId"], value)


@pytest.mark.parametrize("path", HISTORIES, ids=lambda path: path.stem)
async def test_history_replays(path: Path) -> None:
    await replayer(JobRun, case.Case, HumanTask).replay_workflow(history(path))


@workflow.defn(name=contract.CASE_WORKFLOW, sandboxed=False)
class SleepyCase(case.Case):
    """A case that was changed without care."""

    @workflow.run
    async def run(self, start: contract.CaseRequest) -> contract.Outcome:
        await workflow.sleep(1)
        return await super().run(start)


async def test_careless_change_is_found() -> None:
    path = next(path for path in HISTORIES if path.stem.endswith("case"))

    with pytest.raises(NondeterminismError):
        await replayer(SleepyCase).replay_workflow(history(path))
