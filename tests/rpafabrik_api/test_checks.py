"""What a schema cannot say is found before anything starts."""

import pytest

from rpafabrik_api import checks, contract
from rpafabrik_api.reasons import Reason
from support import examples

FETCH = {"name": "fetch", "activity": "fetch"}
TASK = {"group": "ekonomi", "dueAfterSeconds": 60}


def found(**changes: object) -> list[tuple[str, str]]:
    """Reason and text of everything that is wrong with the changed example."""
    return [
        (finding.reason.value, str(finding))
        for finding in checks.findings(examples.job(**changes).spec)
    ]


def test_the_example_is_right() -> None:
    assert found() == []


@pytest.mark.parametrize(
    ("changes", "reason", "text"),
    [
        (
            {"spec__steps__1__when": "steps.fetch.found &&"},
            Reason.INVALID_EXPRESSION,
            "spec.steps[1].when: must be CEL; 'steps.fetch.found &&' is not at character",
        ),
        (
            {"spec__steps__1__when": "steps.later.found"},
            Reason.UNKNOWN_STEP,
            "spec.steps[1].when: must name an earlier step (fetch), and 'later' is none",
        ),
        (
            {"spec__steps__0__when": "steps.compare.x"},
            Reason.UNKNOWN_STEP,
            "spec.steps[0].when: must name an earlier step (none), and 'compare' is none",
        ),
        (
            {"spec__steps__1__when": "'text'"},
            Reason.INVALID_EXPRESSION,
            "spec.steps[1].when: must be true or false, and \"'text'\" gives string",
        ),
        (
            {"spec__steps__1__input": {"list": [{"of": "${steps.nope.x}"}]}},
            Reason.UNKNOWN_STEP,
            "spec.steps[1].input: list[0].of: must name an earlier step (fetch), and 'nope'",
        ),
        (
            {"spec__steps__1__input": {"open": "${item.x"}},
            Reason.INVALID_EXPRESSION,
            "spec.steps[1].input: open: '${' must be closed by '}'",
        ),
        (
            {
                "spec__steps__1": {
                    "name": "ask",
                    "humanTask": {**TASK, "instruction": "${steps.x.y}"},
                }
            },
            Reason.UNKNOWN_STEP,
            "spec.steps[1].humanTask.instruction: must name an earlier step (fetch), and 'x'",
        ),
        (
            {"spec__items__reference": "run.id"},
            Reason.INVALID_EXPRESSION,
            "spec.items.reference: must speak of item, and 'run.id' is none of them",
        ),
        (
            {"spec__items__source__input": {"day": "${item.date}"}},
            Reason.INVALID_EXPRESSION,
            "spec.items.source.input: day: must speak of input, run, job, and 'item.date'",
        ),
        (
            {"spec__benefit__unit": "centre"},
            Reason.INVALID_EXPRESSION,
            "spec.benefit.unit: must speak of item, and 'centre' is none of them",
        ),
        (
            {"spec__schedule__cron": "61 6 * * *"},
            Reason.INVALID_CRON,
            "spec.schedule.cron: must be five fields",
        ),
        (
            {"spec__schedule__cron": "0 6 30 2 *"},
            Reason.INVALID_CRON,
            "spec.schedule.cron: must be five fields",
        ),
        (
            {"spec__schedule__cron": "0 6 L * *"},
            Reason.INVALID_CRON,
            "spec.schedule.cron: must not use L, W or #, which Temporal does not read",
        ),
        (
            {"spec__schedule__cron": "0 6 1 * 1"},
            Reason.INVALID_CRON,
            "spec.schedule.cron: must leave day of month or day of week as '*'",
        ),
        (
            {"spec__schedule__timeZone": "Europa/Stockholm"},
            Reason.INVALID_TIME_ZONE,
            "spec.schedule.timeZone: must be a name of the IANA time zone database",
        ),
        (
            {"spec__schedule__timeZone": "../etc/passwd"},
            Reason.INVALID_TIME_ZONE,
            "spec.schedule.timeZone: must be a name of the IANA time zone database",
        ),
        (
            {"spec__items__arrivedAt": "items.received"},
            Reason.INVALID_EXPRESSION,
            "spec.items.arrivedAt: must speak of item, and 'items.received' is none of them",
        ),
        (
            {"spec__steps__1__name": "fetch"},
            Reason.INVALID_SPEC,
            "spec.steps[1].name: must be unique in the job, and 'fetch' is used before",
        ),
        (
            {"spec__input": {"big": "x" * 70_000}},
            Reason.INVALID_SPEC,
            "spec.input: must be at most 65536 bytes, and is 70011",
        ),
    ],
)
def test_what_is_wrong_is_found_with_its_reason(
    changes: dict[str, object], reason: Reason, text: str
) -> None:
    ((the_reason, message),) = found(**changes)

    assert the_reason == reason
    assert message.startswith(text)


def test_neighbours_in_parallel_do_not_see_each_other_but_later_steps_see_both() -> None:
    steps = [
        {
            "name": "both",
            "parallel": [
                {"name": "left", "activity": "a"},
                {"name": "right", "activity": "b", "when": "steps.left.x"},
            ],
        },
        {"name": "after", "activity": "c", "when": "steps.left.x && steps.right.y"},
    ]

    assert found(spec__steps=steps) == [
        (
            "UnknownStep",
            "spec.steps[0].parallel[1].when: must name an earlier step (none), and 'left' is none",
        )
    ]


@pytest.mark.parametrize("cron", ["0 6 * * 1-5", "*/15 * * * *", "0 0 1 JAN *", "30 5 * JUL WED"])
def test_ordinary_cron_is_read(cron: str) -> None:
    assert found(spec__schedule__cron=cron) == []


def test_activities_that_the_worker_lacks_are_named_with_what_it_has() -> None:
    spec = examples.job(
        spec__onCompletion={"activity": "write"},
        spec__steps__1={"name": "child", "workflow": "Child"},
    ).spec

    missing = checks.unknown_activities(spec, contract.Catalogue(activities=("fetch",)))

    assert [str(finding) for finding in missing] == [
        (
            "spec.steps[1].workflow: must be a workflow of the digital worker (none),"
            " and 'Child' is none"
        ),
        (
            "spec.items.source.activity: must be an activity of the digital worker (fetch),"
            " and 'list_items' is none"
        ),
        (
            "spec.onCompletion.activity: must be an activity of the digital worker (fetch),"
            " and 'write' is none"
        ),
    ]
