"""The health of a small factory as it is shown: whole texts under `shown/`.

`RPAFABRIK_UPDATE_SHOWN=1 pytest tests/rpafabrik_cli/status/test_shown.py` writes them anew: read
them as one who must answer "what is wrong, and what do I do?".
"""

import io
import json
import os
from pathlib import Path

import pytest
from rich.console import Console

from rpafabrik_api import contract
from rpafabrik_cli.status import document, facts, health, table, view
from support import examples

from . import factory
from .factory import HOUR, NOW, condition

SHOWN = Path(__file__).with_name("shown")
UPDATE = "RPAFABRIK_UPDATE_SHOWN"
LEASE = facts.Lease(
    namespace="rpafabrik", name="rpafabrik-operator", holder="operator-7d9f_1", renewed=NOW
)
WORKER = examples.worker(
    status={
        "conditions": [condition("Ready", "True", "PodsReady", "2 of 2 pods are ready")],
        "readyReplicas": 2,
    }
)
STOPPED = condition(
    "Stopped", "True", "StoppedOnFailures", "3 items in a row failed: the system is away"
)
HELD = condition("Suspended", "True", "Held", "held: driften: fel belopp")
RUN = facts.Execution(
    workflow_id="workerjob/ekonomi/paminnelser/paminnelser-uid-workflow-2026-01-07T05:00:00Z",
    started_at=NOW - HOUR,
    progress=contract.Progress(
        counts=contract.Counts(completed=120, application_exceptions=3),
        listed=149,
        listing_done=True,
        stopped_because="3 items in a row failed: the system is away",
    ),
)


def small_factory() -> view.Health:
    """Three jobs: one is well, one has stopped on failures, and one is held."""
    return health.of(
        factory.seen(
            factory.job(),
            factory.job(STOPPED, name="paminnelser"),
            factory.job(HELD, name="arsinkomst", status__nextRunTime=None),
            workers=(WORKER,),
            temporal=factory.temporal(running=(RUN,)),
            ledger=facts.Ledger(),
            leases=(LEASE,),
        )
    )


@pytest.mark.parametrize(("name", "width"), [("unwell", 1_000), ("unwell-narrow", 80)])
def test_what_is_unwell_comes_first_with_why_since_when_and_what_to_do(
    name: str, width: int
) -> None:
    text = io.StringIO()
    Console(file=text, width=width).print(table.health(small_factory()))

    shown = "\n".join(line.rstrip() for line in text.getvalue().splitlines()) + "\n"

    file = SHOWN / f"{name}.txt"
    if os.environ.get(UPDATE):
        file.write_text(shown)
    assert shown == file.read_text()


def test_programs_get_everything_with_times_in_utc() -> None:
    told = json.dumps(document.health(small_factory()), indent=2, ensure_ascii=False) + "\n"

    file = SHOWN / "unwell.json"
    if os.environ.get(UPDATE):
        file.write_text(told)
    assert told == file.read_text()


def test_a_factory_without_trouble_says_that_it_is_well() -> None:
    well = health.of(factory.seen(factory.job(), leases=(LEASE,)))
    text = io.StringIO()
    Console(file=text, width=1_000).print(table.health(well))

    assert well.well
    assert text.getvalue().splitlines()[0] == "Well"
    assert "→" not in text.getvalue()


def test_a_place_without_jobs_is_not_called_well() -> None:
    text = io.StringIO()
    Console(file=text, width=1_000).print(table.health(health.of(factory.seen())))

    assert text.getvalue().splitlines()[0] == "No job is here"


def test_what_is_only_to_be_known_leaves_the_factory_well() -> None:
    assert health.of(factory.seen(factory.job(HELD), leases=(LEASE,))).well


def test_markup_in_a_message_is_shown_as_it_is() -> None:
    told = condition("Ready", "False", "InvalidSpec", "spec.steps[0]: [red]must[/red] be")
    text = io.StringIO()
    Console(file=text, width=1_000).print(table.health(health.of(factory.seen(factory.job(told)))))

    assert "spec.steps[0]: [red]must[/red] be" in text.getvalue()
