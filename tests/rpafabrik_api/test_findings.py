"""A manifest that is wrong is refused with the field's path and what must be."""

import pytest

from rpafabrik_api import findings
from rpafabrik_api.workerjob import WorkerJob
from support import examples

STEP = {"name": "fetch", "activity": "fetch"}
TASK = {"group": "ekonomi", "dueAfterSeconds": 60}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"kind": "WorkerJobb"},
            "kind: must be one of WorkerJob, JobRun, DigitalWorker, and is 'WorkerJobb'",
        ),
        ({"spec__title": None}, "spec.title: must be given"),
        ({"spec__title": ""}, "spec.title: must have at least 1 character, and is ''"),
        ({"spec__titel": "x"}, "spec.titel: is no field of this object; it must be removed"),
        (
            {"spec__stage": "Live"},
            "spec.stage: must be 'Candidate', 'Pilot', 'Production' or 'Retired', and is 'Live'",
        ),
        (
            {"spec__processOwner__email": "nobody"},
            r"spec.processOwner.email: must match ^[^@\s]+@[^@\s]+$, and is 'nobody'",
        ),
        (
            {"spec__items__concurrency": 0},
            "spec.items.concurrency: must be greater than or equal to 1, and is 0",
        ),
        (
            {"spec__items__concurrency": 1.5},
            "spec.items.concurrency: must be a valid integer, got a number with a fractional part",
        ),
        (
            {"spec__schedule__catchupWindowSeconds": 9},
            "spec.schedule.catchupWindowSeconds: must be greater than or equal to 10, and is 9",
        ),
        ({"spec__steps": []}, "spec.steps: "),
        (
            {"spec__steps": [{**STEP, "wait": {"seconds": 1}}]},
            "spec.steps[0]: exactly one of activity, wait, workflow, parallel, humanTask must be",
        ),
        (
            {"spec__steps": [{"name": "fetch", "wait": {"seconds": 1}, "input": {}}]},
            "spec.steps[0]: input must stand beside activity or workflow",
        ),
        (
            {"spec__steps": [{**STEP, "humanTask": TASK}]},
            "spec.steps[0]: exactly one of activity, wait, workflow, parallel, humanTask must be",
        ),
        (
            {
                "spec__steps": [
                    {"name": "both", "parallel": [STEP, {"name": "ask", "humanTask": TASK}]}
                ]
            },
            "spec.steps[0].parallel[1]: humanTask must not stand in parallel",
        ),
        (
            {"spec__steps": [{"name": "ask", "humanTask": {**TASK, "outcomes": ["Ja", "Ja"]}}]},
            "spec.steps[0].humanTask: outcomes must differ from each other",
        ),
        (
            {"spec__steps": [{"name": "ask", "humanTask": {**TASK, "outcomes": ["Ja tack", "N"]}}]},
            r"spec.steps[0].humanTask.outcomes[0]: must match ^\S+$, and is 'Ja tack'",
        ),
        (
            {"spec__steps": [{"name": "ask", "humanTask": {"group": "ekonomi"}}]},
            "spec.steps[0].humanTask.dueAfterSeconds: must be given",
        ),
        (
            {"spec__steps": [{"name": "ask", "humanTask": {**TASK, "fourEyes": True}}]},
            "spec.steps[0].humanTask.fourEyes: is no field of this object; it must be removed",
        ),
        (
            {"spec__benefit__unit": None},
            "spec.benefit: unit must be given when basis is PerUnit, and only then",
        ),
        (
            {"spec__benefit__basis": "PerPeriod", "spec__benefit__unit": None},
            "spec.benefit: period must be given when basis is PerPeriod, and only then",
        ),
        (
            {"spec__benefit__period": "Week"},
            "spec.benefit: period must be given when basis is PerPeriod, and only then",
        ),
        (
            {"spec__benefit": None},
            "spec: benefit must be given when stage is Production",
        ),
        (
            {"spec__steps__0__retry": {"initialIntervalSeconds": 9, "maximumIntervalSeconds": 8}},
            "spec.steps[0].retry: initialIntervalSeconds must be at most maximumIntervalSeconds",
        ),
        ({"metadata__name": "Stora Bokstäver"}, "metadata.name: must match"),
    ],
)
def test_wrong_manifest_is_refused_by_field(changes: dict[str, object], message: str) -> None:
    with pytest.raises(findings.InvalidManifestError) as error:
        findings.read(examples.changed(examples.JOB, **changes))

    assert str(error.value).startswith(message)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"spec__env": [{"name": "RPAFABRIK_CONCURRENCY", "value": "5"}]},
            "spec.env[0]: name must not begin with RPAFABRIK_, save for RPAFABRIK_LOG_LEVEL: the",
        ),
        ({"spec__resources": {"requests": {"cpu": "1.2.3"}}}, "spec.resources.requests.cpu: must"),
        ({"spec__resources": {"limits": {"memory": "."}}}, "spec.resources.limits.memory: must"),
        ({"spec__resources": {"limits": {"memory": "1K"}}}, "spec.resources.limits.memory: must"),
    ],
)
def test_wrong_digital_worker_is_refused_by_field(changes: dict[str, object], message: str) -> None:
    with pytest.raises(findings.InvalidManifestError) as error:
        findings.read(examples.changed(examples.WORKER, **changes))

    assert str(error.value).startswith(message)


@pytest.mark.parametrize("memory", ["268435456", "0.5Gi", ".5Gi", "1.Gi", "500k", "1Ti"])
def test_quantity_that_kubernetes_reads_is_taken(memory: str) -> None:
    findings.read(examples.changed(examples.WORKER, spec__resources__requests={"memory": memory}))


@pytest.mark.parametrize("body", [None, [], "text", 3])
def test_what_is_no_object_is_refused(body: object) -> None:
    with pytest.raises(findings.InvalidManifestError, match="must be an object"):
        findings.read(body)


def test_newer_fields_are_passed_over_when_they_come_from_the_api_server() -> None:
    newer = examples.changed(examples.JOB, spec__someday="x", status__someday="y")

    job = findings.read(newer, strict=False)

    assert isinstance(job, WorkerJob)
    assert job.spec == examples.job().spec


def test_manifest_survives_reading_and_writing() -> None:
    job = examples.job()

    assert findings.read(job.manifest()) == job
