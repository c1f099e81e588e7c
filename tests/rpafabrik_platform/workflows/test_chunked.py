"""Runs in chunks, against a real Temporal, a real robot and a real ledger."""

import asyncio
import io
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rpafabrik import logs
from rpafabrik_api import contract, names
from support import factory as factories
from support import jobs
from support.factory import Factory

pytestmark = pytest.mark.server

ASK = contract.Step(
    name="ask",
    when="item.do == 'ask'",
    workflow=contract.WorkflowCall(type="Inquiry", input={"question": "${item.id}"}),
)
EVERYTHING = (
    jobs.work("first", echo="${item.id}"),
    jobs.work("second", when="steps.first.echo != 'b'", do="well"),
    contract.Step(name="both", parallel=(jobs.work("left"), jobs.work("right", do="nothing"))),
    ASK,
    jobs.work("last", do="${item.do == 'ask' ? steps.ask.answer : 'well'}"),
)
EVERY_ITEM = [
    jobs.item("a"),
    jobs.item("b"),
    jobs.item("refused", do="refuse"),
    jobs.item("failed", do="fail"),
    jobs.item("broken", do="break"),
    jobs.item("exits", do="exit"),
    jobs.item("recovers", do="recover"),
    jobs.item("asks", do="ask"),
    {"id": "lacks"},
]


async def test_every_item_ends_as_in_durable_mode(factory: Factory) -> None:
    durable = await rows_of(factory, jobs.job(*EVERYTHING), EVERY_ITEM)
    chunked = await rows_of(factory, jobs.chunked(*EVERYTHING), EVERY_ITEM)

    assert chunked == durable
    assert {reference: row[0] for reference, row in chunked.items()} == {
        "a": "Completed",
        "b": "Completed",
        "refused": "BusinessException",
        "failed": "ApplicationException",
        "broken": "ApplicationException",
        "exits": "ApplicationException",
        "recovers": "Completed",
        "asks": "Completed",
        "lacks": "ApplicationException",
    }


ITEM = st.fixed_dictionaries(
    {
        "do": st.sampled_from(
            ["well", "refuse", "fail", "break", "exit", "recover", "number", "nothing", "ask"]
        ),
        "seconds": st.just(0),
        "echo": st.one_of(st.none(), st.text(max_size=5), st.integers(), st.lists(st.booleans())),
    }
)
STEPS = st.lists(
    st.sampled_from(
        [
            jobs.work("work", echo="${item.echo}"),
            jobs.work("sometimes", when="item.do != 'well'"),
            jobs.work("lax", echo="${item.missing}"),
            contract.Step(name="both", parallel=(jobs.work("left"), jobs.work("right"))),
            ASK,
        ]
    ),
    min_size=1,
    max_size=3,
    unique_by=lambda step: step.name,
)


@settings(
    max_examples=5,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS, items=st.lists(ITEM, min_size=1, max_size=12))
def test_both_modes_give_the_same_ledger(
    temporal_server: str,
    tmp_path_factory: pytest.TempPathFactory,
    steps: list[contract.Step],
    items: list[dict[str, Any]],
) -> None:
    named = [{"id": f"item-{number}", **item} for number, item in enumerate(items)]

    async def both() -> list[dict[str, Any]]:
        factory = await factories.prepared(temporal_server, tmp_path_factory.mktemp("modes"))
        async with factory.platform(), factory.robot():
            modes = (jobs.job(*steps), jobs.chunked(*steps, size=3))
            return [await rows_of(factory, job, named) for job in modes]

    durable, chunked = asyncio.run(both())
    assert chunked == durable


@pytest.mark.parametrize("job_of", [jobs.job, jobs.chunked])
async def test_input_that_cannot_be_read_is_told_by_field_and_never_by_value(
    factory: Factory, job_of: Callable[..., contract.Job]
) -> None:
    logs.configure(json=True, stream=(log := io.StringIO()))
    register = contract.ActivityCall(
        activity="register",
        input={"name": "${item.id}", "born": "${item.do}"},
        retry=contract.Retry(maximum_attempts=1),
    )

    await factory.run(
        job_of(contract.Step(name="register", activity=register)), [jobs.item("a", "Storgatan 3")]
    )

    [(outcome, code, message)] = factory.rows().values()
    assert (outcome, code) == ("ApplicationException", "ApplicationError")
    assert message == (
        "Failed decoding arguments: Person: "
        "born: Input should be a valid date or datetime, invalid character in year"
    )
    assert "Person: born: Input should be a valid date" in log.getvalue()
    assert "Storgatan" not in log.getvalue()


async def test_units_are_counted_as_in_durable_mode(factory: Factory) -> None:
    benefit = replace(jobs.BENEFIT, basis=contract.Basis.PER_UNIT, unit="item.centre")
    items = [{**jobs.item(str(number)), "centre": f"VC{number % 3}"} for number in range(7)]
    items.append(jobs.item("none"))

    summary = await factory.run(jobs.chunked(benefit=benefit, size=2), items)

    assert summary.counts == contract.Counts(completed=7, application_exceptions=1)
    assert summary.saved == contract.Saved(gross_seconds=1800, net_seconds=1800)
    assert factory.begun().count("none") == 0


async def test_items_of_many_pages_are_each_done_once(factory: Factory) -> None:
    summary = await factory.run(jobs.chunked(size=7), jobs.items(100), pageSize=9)

    assert summary.counts == contract.Counts(completed=100)
    assert sorted(factory.begun()) == [item["id"] for item in jobs.items(100)]


async def test_concurrency_bounds_items_in_work(factory: Factory) -> None:
    await factory.run(jobs.chunked(concurrency=3), jobs.items(12, seconds=0.1))

    assert factory.most_at_once() == 3


async def test_parallel_steps_do_not_wait_for_one_anothers_threads(factory: Factory) -> None:
    given = {"attempts": 1, "timeout_seconds": 2, "seconds": 1}
    steps = [contract.Step(name=name, activity=jobs.call(**given)) for name in ("a", "b", "c", "d")]
    together = contract.Step(name="together", parallel=tuple(steps))

    summary = await factory.run(jobs.chunked(together, concurrency=1), jobs.items(1))

    assert summary.counts == contract.Counts(completed=1)
    assert factory.most_at_once() == 4


async def test_second_run_skips_what_the_first_has_done(factory: Factory) -> None:
    await factory.run(jobs.chunked(), jobs.items(3))
    second = await factory.run(jobs.chunked(), jobs.items(5))

    assert second.counts == contract.Counts(completed=2, skipped=3)


async def test_keys_are_the_same_in_both_modes(factory: Factory) -> None:
    job = jobs.chunked(jobs.work("pay"))
    await factory.run(job, [jobs.item("a", do="recover")])

    case = names.case_id(job.namespace, job.name, job.uid, "a")
    begun = [line for line in factory.seen() if line.get("event") == "begin"]
    assert {line["key"] for line in begun} == {names.idempotency_key(case, "pay")}
    assert [(line["step"], line["attempt"]) for line in begun] == [
        ("pay", 1),
        ("pay", 2),
        ("pay", 3),
    ]


async def test_item_that_waits_goes_on_as_a_case_at_that_step(factory: Factory) -> None:
    steps = (
        jobs.work("before", echo="${item.id}"),
        contract.Step(name="rest", wait_seconds=1),
        jobs.work("after", echo="${steps.before.echo}"),
    )

    summary = await factory.run(jobs.chunked(*steps), jobs.items(2))

    assert summary.counts == contract.Counts(completed=2)
    for step in ("before", "after"):
        assert sorted(factory.begun(step)) == ["item-000", "item-001"]


async def test_cancelled_run_abandons_what_is_in_work_and_begins_no_more(factory: Factory) -> None:
    handle = await factory.start(
        jobs.chunked(concurrency=2), items=jobs.items(50, seconds=1), pageSize=1000
    )
    await factory.until(lambda: len(factory.begun()) >= 2)
    await handle.cancel()
    summary = await handle.result()

    assert summary.result is contract.RunResult.CANCELLED
    begun = set(factory.begun())
    assert 2 <= len(begun) < 50
    assert set(factory.rows()) == begun
    assert summary.counts.total == len(begun)
    assert 1 <= summary.counts.abandoned <= 2


async def test_held_run_begins_no_further_chunk(factory: Factory) -> None:
    handle = await factory.start(
        jobs.chunked(concurrency=1, size=2), items=jobs.items(6, seconds=0.3)
    )
    await factory.until(lambda: bool(factory.begun()))
    await handle.signal(contract.HOLD_SIGNAL, "stop")
    await factory.quiet(1.5)
    begun_when_held = len(factory.begun())
    await handle.signal(contract.RELEASE_SIGNAL)
    summary = await handle.result()

    assert begun_when_held in (1, 2)
    assert summary.counts == contract.Counts(completed=6)


LEAVES = (jobs.work(attempts=1), contract.Step(name="rest", wait_seconds=3600))


async def test_held_run_whose_items_leave_their_chunk_can_be_cancelled(factory: Factory) -> None:
    handle = await factory.start(jobs.chunked(*LEAVES), items=jobs.items(4, seconds=0.5))
    await factory.until(lambda: len(factory.begun()) == 4)
    await handle.signal(contract.HOLD_SIGNAL, "stop")
    await factory.quiet(2)

    await handle.cancel()
    async with asyncio.timeout(30):
        summary = await handle.result()

    assert summary.result is contract.RunResult.CANCELLED
    assert summary.counts == contract.Counts(abandoned=4)
    assert summary.counts == factory.counts(summary.run_id)


async def test_stopped_run_whose_items_leave_their_chunk_can_be_cancelled(
    factory: Factory,
) -> None:
    limited = jobs.of(
        mode=contract.Mode.CHUNKED, failure_limit=contract.FailureLimit(consecutive=2)
    )
    given = [jobs.item("leaves"), jobs.item("a", do="fail"), jobs.item("b", do="fail")]
    handle = await factory.start(jobs.job(*LEAVES, items=limited), items=given)
    await factory.until(lambda: len(factory.reporter.stops) == 1)

    await handle.cancel()
    async with asyncio.timeout(30):
        summary = await handle.result()

    assert summary.result is contract.RunResult.CANCELLED
    assert summary.counts == contract.Counts(application_exceptions=2, abandoned=1)
    assert summary.counts == factory.counts(summary.run_id)


async def rows_of(
    factory: Factory, job: contract.Job, items: list[dict[str, Any]]
) -> dict[str, Any]:
    """The ledger's rows of a run of the job, made a job of its own."""
    own = replace(job, uid=str(uuid.uuid4()))
    await factory.run(own, items)
    return factory.rows(own.uid)


async def test_draining_robot_ends_what_it_has_begun_and_leaves_the_rest(
    factory_at_rest: Factory,
) -> None:
    factory = factory_at_rest
    async with factory.platform():
        async with factory.robot():
            handle = await factory.start(
                jobs.chunked(concurrency=4), items=jobs.items(40, seconds=0.2)
            )
            await factory.until(lambda: len(factory.begun()) >= 6)
        begun_before = len(factory.begun())
        async with factory.robot():
            summary = await handle.result()

    assert summary.counts == contract.Counts(completed=40)
    assert begun_before < 40
    assert sorted(factory.begun()) == [item["id"] for item in jobs.items(40)]
