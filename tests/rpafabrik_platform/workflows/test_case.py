"""What happens to one item, step by step, against a real Temporal."""

import pytest

from rpafabrik_api import contract, names
from support import jobs
from support.factory import Factory

pytestmark = pytest.mark.server

ITEM = jobs.item("a")


def ask(question: str, do: str = "well", timeout_seconds: int = 30) -> contract.Step:
    """A developer's own workflow as a step."""
    return contract.Step(
        name="ask",
        workflow=contract.WorkflowCall(
            type="Inquiry", input={"question": question, "do": do}, timeout_seconds=timeout_seconds
        ),
    )


async def test_steps_run_in_order_and_read_each_others_output(factory: Factory) -> None:
    job = jobs.job(
        jobs.work("first", echo="${item.id}"),
        jobs.work("second", id="${steps.first.echo}", echo=1),
        jobs.work("third", id="${steps.second.echo + 1}"),
    )

    await factory.run(job, [ITEM])

    begun = [(line["step"], line["id"]) for line in factory.seen() if line.get("event") == "begin"]
    assert begun == [("first", "a"), ("second", "a"), ("third", 2)]


async def test_step_sees_item_input_run_and_job(factory: Factory) -> None:
    said = "${item.id} ${input.word} ${run.purpose} ${run.name} ${job.department}"
    job = jobs.job(jobs.work(id=said))

    handle = await factory.start(job, name="monday", items=[ITEM], word="hej")
    summary = await handle.result()

    assert summary.counts == contract.Counts(completed=1)
    assert factory.begun() == ["a hej OnDemand monday Ekonomi"]


async def test_step_whose_condition_is_false_is_left_out_with_an_empty_output(
    factory: Factory,
) -> None:
    job = jobs.job(
        jobs.work("look", when="item.id == 'b'"),
        jobs.work("act", when="has(steps.look.echo)"),
        jobs.work("end", when="steps.look == {}"),
    )

    await factory.run(job, [ITEM, jobs.item("b")])

    assert sorted(
        (line["id"], line["step"]) for line in factory.seen() if line.get("event") == "begin"
    ) == [("a", "end"), ("b", "act"), ("b", "look")]


async def test_output_that_is_no_object_is_read_as_value(factory: Factory) -> None:
    job = jobs.job(jobs.work("count", do="number"), jobs.work("use", id="${steps.count.value}"))

    await factory.run(job, [ITEM])

    assert factory.begun("use") == [7]


async def test_parallel_steps_run_at_the_same_time_and_are_read_afterwards(
    factory: Factory,
) -> None:
    both = contract.Step(
        name="both",
        parallel=(
            jobs.work("left", seconds=2, echo="l"),
            jobs.work("right", seconds=2, echo="r"),
        ),
    )
    job = jobs.job(both, jobs.work("end", id="${steps.left.echo + steps.right.echo}"))

    await factory.run(job, [ITEM])

    assert factory.most_at_once() == 2
    assert factory.begun("end") == ["lr"]


async def test_all_parallel_steps_end_before_the_first_failure_counts(factory: Factory) -> None:
    both = contract.Step(
        name="both", parallel=(jobs.work("left", do="refuse"), jobs.work("right", seconds=0.5))
    )

    summary = await factory.run(jobs.job(both, jobs.work("end")), [ITEM])

    assert summary.counts == contract.Counts(business_exceptions=1)
    ended = [line["step"] for line in factory.seen() if line.get("event") == "end"]
    assert ended == ["left", "right"]


async def test_developers_own_workflow_is_a_step(factory: Factory) -> None:
    job = jobs.job(ask("who"), jobs.work("use", id="${steps.ask.answer}"))

    await factory.run(job, [ITEM])

    assert factory.begun() == ["who!"]


async def test_developers_own_workflow_may_refuse_an_item(factory: Factory) -> None:
    await factory.run(jobs.job(ask("who", do="refuse")), [ITEM])

    assert factory.rows() == {"a": ("BusinessException", "BusinessError", "the answer is no")}


async def test_step_that_takes_too_long_is_an_application_exception(factory: Factory) -> None:
    slow = contract.Step(name="slow", activity=jobs.call(1, timeout_seconds=1, seconds=2))

    await factory.run(jobs.job(slow), [ITEM])

    assert factory.rows() == {
        "a": (
            "ApplicationException",
            "Timeout",
            "step 'slow': it ran longer than timeoutSeconds allows",
        )
    }


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (jobs.work(id="${item.absent}"), "step 'work': input: 'item.absent' has no value here"),
        (jobs.work(when="item.absent"), "step 'work': when: 'item.absent' has no value here"),
    ],
)
async def test_expression_without_a_value_ends_the_item_and_not_the_workflow(
    factory: Factory, step: contract.Step, message: str
) -> None:
    await factory.run(jobs.job(step), [ITEM])

    [(outcome, code, told)] = factory.rows().values()
    assert (outcome, code) == ("ApplicationException", "ExpressionError")
    assert told is not None
    assert told.startswith(message)
    assert factory.begun() == []


async def test_unit_is_asked_for_before_the_first_step(factory: Factory) -> None:
    benefit = contract.Benefit(
        basis=contract.Basis.PER_UNIT, unit="item.centre", baselines=jobs.BENEFIT.baselines
    )
    given = [
        {**jobs.item("a"), "centre": "1"},
        {**jobs.item("b"), "centre": "1"},
        {**jobs.item("c"), "centre": "2"},
        jobs.item("d"),
    ]

    summary = await factory.run(jobs.job(benefit=benefit), given)

    assert summary.counts == contract.Counts(completed=3, application_exceptions=1)
    assert summary.saved == contract.Saved(gross_seconds=1200, net_seconds=1200)
    assert sorted(factory.begun()) == ["a", "b", "c"]


async def test_idempotency_key_is_the_same_for_every_try_and_another_for_each_step(
    factory: Factory,
) -> None:
    await factory.run(jobs.job(jobs.work("one", do="recover"), jobs.work("two")), [ITEM])

    case = names.case_id("test", "job", jobs.UID, "a")
    keys = {(line["step"], line["key"]) for line in factory.seen() if "key" in line}
    assert keys == {(step, names.idempotency_key(case, step)) for step in ("one", "two")}
