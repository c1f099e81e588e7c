"""Jobs and items for tests of the workflows, as the operator would hand them to a run.

The job's activities are `witness_robot`'s.
"""

from datetime import date
from typing import Any

from rpafabrik_api import contract, names

UID = "0b7e9a4c-0000-4000-8000-000000000001"
QUEUE = names.worker_queue("test", "robot")

SOURCE = contract.ActivityCall(
    activity="list_items",
    input={
        "witness": "${input.witness}",
        "items": "${input.items}",
        "pageSize": "${input.pageSize}",
    },
)
BENEFIT = contract.Benefit(
    basis=contract.Basis.PER_ITEM,
    baselines=(contract.Baseline(valid_from=date(2020, 1, 1), manual_seconds=600),),
)


def item(name: str, do: str = "well", seconds: float = 0) -> dict[str, Any]:
    """An item whose `work` steps end as `do` says."""
    return {"id": name, "do": do, "seconds": seconds}


def items(count: int, *, seconds: float = 0) -> list[dict[str, Any]]:
    """Items that go well."""
    return [item(f"item-{number:03}", seconds=seconds) for number in range(count)]


def work(name: str = "work", *, when: str | None = None, **given: Any) -> contract.Step:
    """A step that does what its item says, unless told otherwise."""
    return contract.Step(name=name, when=when, activity=call(**given))


def call(attempts: int = 3, timeout_seconds: int = 30, **given: Any) -> contract.ActivityCall:
    """The activity `work`, tried again after a second."""
    return contract.ActivityCall(
        activity="work",
        input={
            "id": "${item.id}",
            "do": "${item.do}",
            "seconds": "${item.seconds}",
            "witness": "${input.witness}",
            **given,
        },
        retry=contract.Retry(maximum_attempts=attempts, maximum_interval_seconds=1),
        timeout_seconds=timeout_seconds,
    )


def of(**fields: Any) -> contract.Items:
    """Items that the run's input gives."""
    return contract.Items(**{"source": SOURCE, "reference": "item.id", **fields})


def chunked(
    *steps: contract.Step, concurrency: int = 20, size: int = 200, **fields: Any
) -> contract.Job:
    """The same job in chunks."""
    items = of(concurrency=concurrency, mode=contract.Mode.CHUNKED, chunk_size=size)
    return job(*steps, **{"items": items, **fields})


def job(*steps: contract.Step, concurrency: int = 20, **fields: Any) -> contract.Job:
    """A job whose items the run's input gives."""
    given: dict[str, Any] = {
        "uid": UID,
        "namespace": "test",
        "name": "job",
        "department": "Ekonomi",
        "queue": QUEUE,
        "steps": steps or (work(),),
        "items": contract.Items(source=SOURCE, reference="item.id", concurrency=concurrency),
        "benefit": BENEFIT,
    }
    return contract.Job(**{**given, **fields})
