"""Records the histories that `test_replay` replays: `python tests/histories/record.py NAME…`.

A history is a promise: a run that is under way when the platform is upgraded goes on with the new
code. So a file is never recorded anew to please a change; the change is made safe with
`workflow.patched`, and gets a scenario of its own. A file goes when no run of its age can be
under way any more.
"""

import asyncio
import json
import sys
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import chdir
from pathlib import Path
from typing import Any

from temporalio.testing import WorkflowEnvironment

TESTS = Path(__file__).parents[1]
sys.path.insert(0, str(TESTS))

from rpafabrik_api import contract  # noqa: E402 - the path comes first
from support import factory as factories  # noqa: E402 - see above
from support import jobs, people, process, requeues  # noqa: E402 - see above
from support.factory import Factory  # noqa: E402 - see above

FOLDER = Path(__file__).parent
RECORDED = 'WorkflowType IN ("JobRun", "Case", "HumanTask")'

EVERYTHING = jobs.job(
    jobs.work("first"),
    contract.Step(name="rest", wait_seconds=1),
    contract.Step(name="long_rest", wait_seconds=6, when="item.id == 'rests'"),
    contract.Step(
        name="both",
        parallel=(
            jobs.work("left"),
            contract.Step(
                name="ask",
                workflow=contract.WorkflowCall(type="Inquiry", input={"question": "${item.id}"}),
            ),
        ),
    ),
    concurrency=2,
    on_completion=contract.ActivityCall(
        activity="finish", input={"witness": "${input.witness}", "counts": "${run.counts}"}
    ),
)


async def outcomes(factory: Factory) -> None:
    """A declared run of two pages, with every kind of step and every way a step ends."""
    given = [
        jobs.item("rests"),
        jobs.item("refused", do="refuse"),
        jobs.item("failed", do="fail"),
        jobs.item("recovers", do="recover"),
    ]
    await (await factory.start(EVERYTHING, name="monday", items=given, pageSize=3)).result()


async def seen_before(factory: Factory) -> None:
    """A second run of a schedule, which skips what the first has done."""
    await factory.run(jobs.job(), jobs.items(1))
    await factory.run(jobs.job(), jobs.items(2))


async def held(factory: Factory) -> None:
    """A run that is held in the middle, and released."""
    handle = await factory.start(jobs.job(concurrency=1), items=jobs.items(3, seconds=0.5))
    await factory.until(lambda: bool(factory.begun()))
    await handle.signal(contract.HOLD_SIGNAL, "stop")
    await factory.quiet(1)
    await handle.signal(contract.RELEASE_SIGNAL)
    await handle.result()


async def stopped(factory: Factory) -> None:
    """A run that stops on failures in a row, and is resumed."""
    limit = contract.FailureLimit(consecutive=2)
    given = [jobs.item(name, do="fail") for name in ("a", "b", "c")]
    job = jobs.job(items=jobs.of(concurrency=1, failure_limit=limit))
    handle = await factory.start(job, items=given)
    await factory.until(lambda: bool(factory.reporter.stops))
    await handle.signal(contract.RESUME_SIGNAL, "driften: seen")
    await handle.result()


async def requeued(factory: Factory) -> None:
    """A run that counts first, and takes what people re-queued before what the source lists."""
    expected = contract.Expected(minimum=1, before_items=True)
    job = jobs.job(items=jobs.of(expected=expected))
    given = [jobs.item("a", do="refuse"), jobs.item("b")]
    await factory.run(job, given)
    requeues.requeue(factory, "a")
    await factory.run(job, given)


async def chunked(factory: Factory) -> None:
    """A run in chunks over two pages, of which one item goes on as a case and one fails."""
    rest = contract.Step(name="rest", wait_seconds=1, when="item.do == 'rest'")
    given = [jobs.item("a"), jobs.item("b", do="refuse"), jobs.item("c", do="rest"), *jobs.items(3)]
    job = jobs.chunked(jobs.work(do="${item.do == 'rest' ? 'well' : item.do}"), rest, size=2)
    await factory.run(job, given, pageSize=4)


async def asked(factory: Factory) -> None:
    """Runs whose items wait for people: answered in both modes, and cancelled."""
    steps = (jobs.work("first"), people.ASK, jobs.work("last", when="steps.ask.outcome != ''"))
    for job in (jobs.job(*steps), jobs.chunked(*steps, uid="chunked")):
        handle = await factory.start(job, items=[jobs.item("a")])
        await people.answer(factory, (await people.until_open(factory))["a"])
        await handle.result()
    handle = await factory.start(jobs.job(*steps), items=[jobs.item("b")])
    await people.until_open(factory)
    await handle.cancel()
    await handle.result()


async def cancelled(factory: Factory) -> None:
    """A run that is cancelled with items in work."""
    handle = await factory.start(jobs.job(concurrency=2), items=jobs.items(3, seconds=2))
    await factory.until(lambda: len(factory.begun()) == 2)
    await handle.cancel()
    await handle.result()


async def abandoned(factory: Factory) -> None:
    """A held run in chunks that is cancelled while an item leaves its chunk."""
    rest = contract.Step(name="rest", wait_seconds=3600)
    handle = await factory.start(jobs.chunked(jobs.work(), rest), items=jobs.items(1, seconds=0.5))
    await factory.until(lambda: len(factory.begun()) == 1)
    await handle.signal(contract.HOLD_SIGNAL, "stop")
    await factory.quiet(2)
    await handle.cancel()
    await handle.result()


async def failed(factory: Factory) -> None:
    """Runs that fail: by a doubled reference, and by an activity that is none."""
    await factory.run(jobs.job(), [jobs.item("a"), jobs.item("b"), jobs.item("b")], pageSize=1)
    unknown = contract.Step(name="pay", activity=contract.ActivityCall(activity="fetch_payments"))
    await factory.run(jobs.job(unknown), jobs.items(1))


async def continued(factory: Factory) -> None:
    """A run that continues as new, twice."""
    await factory.run(jobs.job(concurrency=4), jobs.items(9), pageSize=3)


SCENARIOS: dict[str, Callable[[Factory], Awaitable[None]]] = {
    scenario.__name__: scenario
    for scenario in (
        outcomes,
        seen_before,
        held,
        stopped,
        requeued,
        chunked,
        asked,
        cancelled,
        abandoned,
        failed,
        continued,
    )
}


async def record(name: str) -> None:
    """Play the scenario, and save the history of every run and case of it."""
    limit = 40 if name == "continued" else 4_096
    async with await WorkflowEnvironment.start_local(
        dev_server_existing_path=process.find("temporal"),
        dev_server_extra_args=[
            "--dynamic-config-value",
            f"limit.historyCount.suggestContinueAsNew={limit}",
        ],
    ) as environment:
        address = environment.client.service_client.config.target_host
        # A folder without a name: a history must hold no path of this machine.
        factory = await factories.prepared(address, Path())
        async with factory.platform(), factory.robot():
            await SCENARIOS[name](factory)
        await _save(name, factory)


async def _save(name: str, factory: Factory) -> None:
    """Save one history of each shape: the same events in the same order guard the same code."""
    shapes: set[tuple[str, ...]] = set()
    async for execution in factory.client.list_workflows(RECORDED):
        handle = factory.client.get_workflow_handle(execution.id, run_id=execution.run_id)
        history = (await handle.fetch_history()).to_json_dict()
        shape = tuple(event["eventType"] for event in history["events"])
        if shape not in shapes:
            shapes.add(shape)
            file = FOLDER / f"{name}-{len(shapes)}-{execution.workflow_type.lower()}.json"
            value = {"workflowId": execution.id, **_without_machine(history)}
            file.write_text(json.dumps(value, indent=1, sort_keys=True) + "\n")


def _without_machine(value: Any) -> Any:
    """The history without names and paths of the machine that recorded it."""
    match value:
        case {"kind": "TASK_QUEUE_KIND_STICKY"}:
            return {**value, "name": "sticky"}
        case dict():
            kept = {key: one for key, one in value.items() if key not in {"identity", "stackTrace"}}
            return {key: _without_machine(one) for key, one in kept.items()}
        case list():
            return [_without_machine(one) for one in value]
        case _:
            return value


if __name__ == "__main__":
    for chosen in sys.argv[1:] or SCENARIOS:
        with tempfile.TemporaryDirectory() as folder, chdir(folder):
            asyncio.run(record(chosen))
