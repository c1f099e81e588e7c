"""Steps: what is done with each item, in order."""

from typing import Annotated, ClassVar

from pydantic import Field

from rpafabrik_api import fields, model

_SIMPLE = "(has(self.activity) ? 1 : 0) + (has(self.wait) ? 1 : 0) + (has(self.workflow) ? 1 : 0)"
_INPUT_NEEDS = model.Rule(
    "!has(self.input) || has(self.activity) || has(self.workflow)",
    "input must stand beside activity or workflow",
)
_RETRY_NEEDS = model.Rule(
    "!has(self.retry) || has(self.activity)", "retry must stand beside activity"
)


class Retry(model.Model):
    """Temporal's retry policy: intervals double from the first to the longest."""

    rules: ClassVar[tuple[model.Rule, ...]] = (
        model.Rule(
            "self.initialIntervalSeconds <= self.maximumIntervalSeconds",
            "initialIntervalSeconds must be at most maximumIntervalSeconds",
        ),
    )

    maximum_attempts: Annotated[int, Field(ge=1, le=100, json_schema_extra={"format": "int32"})] = 5
    """Tries in all, the first one included."""
    initial_interval_seconds: fields.Seconds = 1
    """Wait before the second try."""
    maximum_interval_seconds: fields.Seconds = 60
    """The longest wait between two tries."""


class ActivityCall(model.Model):
    """An activity of the digital worker."""

    activity: fields.TypeName
    """The activity's name."""
    input: fields.Input | None = None
    """Its input; strings may hold ${CEL}."""
    retry: Retry | None = None
    """How often a technical failure is tried again."""
    timeout_seconds: fields.Seconds = 60
    """How long one try may take."""
    heartbeat_timeout_seconds: fields.Seconds | None = None
    """How soon a dead pod is noticed (default 30); the runtime sends heartbeats by itself."""


class Wait(model.Model):
    """A durable wait, which costs nothing while it lasts."""

    seconds: fields.Seconds
    """How long."""


class HumanTask(model.Model):
    """A task for people: the item waits, at no cost, until one of them has answered."""

    rules: ClassVar[tuple[model.Rule, ...]] = (
        model.Rule(
            "self.outcomes.all(one, self.outcomes.exists_one(same, same == one))",
            "outcomes must differ from each other",
        ),
    )

    group: fields.ResourceName
    """Who is asked: the name of a function, which is a label in metrics; never a person's."""
    due_after_seconds: fields.Seconds
    """How long after it was opened the task should be answered; nothing happens by itself then."""
    instruction: Annotated[str, Field(max_length=1_000)] = ""
    """What people read, in their language; may hold ${CEL}."""
    outcomes: Annotated[
        tuple[Annotated[str, Field(min_length=1, max_length=40, pattern=r"^\S+$")], ...],
        Field(min_length=2, max_length=10),
    ] = ("Godkänd", "Avvisad")
    """The words to choose among; the one chosen is steps.<name>.outcome. Each one word."""


class _Step(model.Model):
    name: fields.StepName
    """Unique in the job. Later steps read this step's output as steps.<name>."""
    when: fields.Expression | None = None
    """CEL; the step is left out when it is false."""
    activity: fields.TypeName | None = None
    """An activity of the digital worker."""
    wait: Wait | None = None
    """A durable wait."""
    workflow: fields.TypeName | None = None
    """A workflow type of the developer's own, run as a child on the worker's queue."""
    human_task: HumanTask | None = None
    """A task for people; not in parallel."""
    input: fields.Input | None = None
    """Input of the activity or workflow; strings may hold ${CEL}."""
    retry: Retry | None = None
    """How often a technical failure of the activity is tried again."""
    timeout_seconds: fields.Seconds | None = None
    """How long one try of the activity may take (default 60), or the whole workflow (a day)."""
    heartbeat_timeout_seconds: fields.Seconds | None = None
    """How soon a dead pod is noticed (default 30); the runtime sends heartbeats by itself."""


class ParallelStep(_Step):
    """A step that runs at the same time as its neighbours, and does not see them."""

    rules: ClassVar[tuple[model.Rule, ...]] = (
        model.Rule("!has(self.humanTask)", "humanTask must not stand in parallel"),
        model.Rule(
            f"has(self.humanTask) || {_SIMPLE} == 1",
            "exactly one of activity, wait, workflow must be given",
        ),
        _INPUT_NEEDS,
        _RETRY_NEEDS,
    )


class Step(_Step):
    """One step: exactly one of activity, wait, workflow, parallel, humanTask."""

    rules: ClassVar[tuple[model.Rule, ...]] = (
        model.Rule(
            f"{_SIMPLE} + (has(self.parallel) ? 1 : 0) + (has(self.humanTask) ? 1 : 0) == 1",
            "exactly one of activity, wait, workflow, parallel, humanTask must be given",
        ),
        _INPUT_NEEDS,
        _RETRY_NEEDS,
    )

    parallel: Annotated[
        tuple[ParallelStep, ...] | None,
        Field(min_length=2, max_length=10, json_schema_extra=model.listed_by("name")),
    ] = None
    """Steps that run at the same time."""
