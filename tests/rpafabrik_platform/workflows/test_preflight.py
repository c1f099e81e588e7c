"""What a job needs of its digital worker."""

from rpafabrik_api import contract
from rpafabrik_api.verdict import Cause, Kind
from rpafabrik_platform.workflows import preflight
from support import jobs

FULL = jobs.job(
    jobs.work("first"),
    contract.Step(name="pause", wait_seconds=1),
    contract.Step(
        name="both",
        parallel=(
            jobs.work("left"),
            contract.Step(name="ask", workflow=contract.WorkflowCall(type="Inquiry")),
        ),
    ),
    on_completion=contract.ActivityCall(activity="finish"),
)


def test_worker_that_has_everything_lacks_nothing() -> None:
    has = contract.Catalogue(activities=("finish", "list_items", "work"), workflows=("Inquiry",))

    assert preflight.missing(FULL, has) == ""


def test_everything_that_lacks_is_named_with_its_place_and_what_there_is() -> None:
    has = contract.Catalogue(activities=("work",))

    assert preflight.missing(FULL, has) == (
        "items.source: must be an activity of the digital worker (work), and 'list_items' is none; "
        "onCompletion: must be an activity of the digital worker (work), and 'finish' is none; "
        "step 'ask': must be a workflow of the digital worker (it has none), and 'Inquiry' is none"
    )


def test_step_inside_parallel_is_named_by_its_own_name() -> None:
    has = contract.Catalogue(activities=("finish", "list_items"), workflows=("Inquiry",))

    assert preflight.missing(FULL, has).split("; ")[1].startswith("step 'left': must be an")


def test_silence_is_told_without_temporals_words() -> None:
    silence = Cause(kind=Kind.TIMEOUT, message="it did not end")

    told = preflight.no_answer("rpafabrik-worker/test/robot", 600, silence)

    assert told == "no digital worker answered on rpafabrik-worker/test/robot within 600 s"
