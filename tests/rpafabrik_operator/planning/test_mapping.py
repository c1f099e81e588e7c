"""From a resource to what enters a workflow's history."""

from datetime import date

from rpafabrik_api import contract, names
from rpafabrik_operator.planning import mapping
from support import examples


def test_every_step_kind_keeps_what_it_says() -> None:
    job = examples.job(
        spec__steps=[
            {
                "name": "fetch",
                "activity": "fetch",
                "input": {"a": 1},
                "retry": {"maximumAttempts": 9},
                "timeoutSeconds": 7,
                "heartbeatTimeoutSeconds": 3,
            },
            {"name": "pause", "wait": {"seconds": 5}, "when": "steps.fetch.x"},
            {"name": "child", "workflow": "Child"},
            {
                "name": "ask",
                "humanTask": {
                    "group": "ekonomi",
                    "dueAfterSeconds": 60,
                    "instruction": "Se ${item.centre}.",
                    "outcomes": ["Ja", "Nej"],
                },
            },
            {
                "name": "both",
                "parallel": [
                    {"name": "left", "activity": "l"},
                    {"name": "right", "wait": {"seconds": 1}},
                ],
            },
        ]
    )

    assert mapping.definition(job).steps == (
        contract.Step(
            name="fetch",
            activity=contract.ActivityCall(
                activity="fetch",
                input={"a": 1},
                retry=contract.Retry(maximum_attempts=9),
                timeout_seconds=7,
                heartbeat_timeout_seconds=3,
            ),
        ),
        contract.Step(name="pause", wait_seconds=5, when="steps.fetch.x"),
        contract.Step(name="child", workflow=contract.WorkflowCall(type="Child")),
        contract.Step(
            name="ask",
            human_task=contract.HumanTask(
                group="ekonomi",
                due_after_seconds=60,
                instruction="Se ${item.centre}.",
                outcomes=("Ja", "Nej"),
            ),
        ),
        contract.Step(
            name="both",
            parallel=(
                contract.Step(name="left", activity=contract.ActivityCall(activity="l")),
                contract.Step(name="right", wait_seconds=1),
            ),
        ),
    )


def test_benefit_keeps_all_that_the_ledger_is_to_say_of_it() -> None:
    job = examples.job(
        spec__items__arrivedAt="item.received",
        spec__benefit={
            "basis": "PerPeriod",
            "period": "Week",
            "class": "Red",
            "baselines": [
                {
                    "validFrom": "2026-01-01",
                    "manualSeconds": 37_800,
                    "source": "Estimated",
                    "approvedBy": "HR-chef",
                }
            ],
            "targets": {"hoursPerYear": 546, "leadTimeSeconds": 86_400},
        },
    )

    definition = mapping.definition(job)

    assert definition.title == "Avstämning"
    assert definition.items
    assert definition.items.arrived_at == "item.received"
    assert definition.benefit == contract.Benefit(
        basis=contract.Basis.PER_PERIOD,
        period=contract.Period.WEEK,
        benefit_class=contract.BenefitClass.RED,
        baselines=(
            contract.Baseline(
                valid_from=date(2026, 1, 1),
                manual_seconds=37_800,
                source="Estimated",
                approved_by="HR-chef",
            ),
        ),
        targets=contract.Targets(hours_per_year=546, lead_time_seconds=86_400),
    )


def test_schedule_is_compared_by_content_and_not_by_its_pause() -> None:
    running = mapping.desired_schedule(examples.job(), None)
    paused = mapping.desired_schedule(examples.job(), "Held")
    other = mapping.desired_schedule(examples.job(spec__description="Annat"), None)
    moved = mapping.desired_schedule(examples.job(spec__department="Annan förvaltning"), None)

    assert running is not None
    assert paused is not None
    assert other is not None
    assert moved is not None
    assert running.digest == paused.digest == other.digest
    assert running.digest != moved.digest


def test_job_without_a_schedule_runs_in_the_default_time_zone() -> None:
    job = examples.job(spec__schedule=None)

    assert mapping.desired_schedule(job, None) is None
    assert mapping.definition(job).time_zone == "Europe/Stockholm"


def test_run_knows_what_runs_before_it_were_resumed_with() -> None:
    job = examples.job(metadata__annotations={names.RESUME_ANNOTATION: "driften: lagat"})

    schedule = mapping.desired_schedule(job, None)

    assert mapping.run_request(examples.run(), job).resumed == "driften: lagat"
    assert schedule is not None
    assert schedule.request.resumed == "driften: lagat"


def test_limits_and_expected_volume_reach_the_run() -> None:
    job = examples.job(
        spec__items__failureLimit={"percent": 10, "consecutive": 5},
        spec__items__expected={"min": 149, "max": 400, "check": "BeforeItems"},
    )

    items = mapping.definition(job).items

    assert items is not None
    assert items.failure_limit == contract.FailureLimit(percent=10, consecutive=5)
    assert items.expected == contract.Expected(minimum=149, maximum=400, before_items=True)
