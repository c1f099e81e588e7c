"""What a scrape tells of jobs: what the cache holds, as it is now."""

from datetime import UTC, datetime, timedelta
from typing import Any

from rpafabrik_operator.figures.jobs import Jobs
from rpafabrik_operator.gateways.cache import Cache
from support import examples, scrape

READY = {
    "type": "Ready",
    "status": "True",
    "reason": "Reconciled",
    "lastTransitionTime": "2026-01-01T00:00:00Z",
}
LABELS = {"namespace": "ekonomi", "job": "avstamning", "department": "Regionservice ekonomi"}


class World:
    """A cache, a clock, and what is told of both."""

    def __init__(self) -> None:
        self.cache = Cache()
        self.now = datetime(2026, 1, 7, 6, 0, tzinfo=UTC)
        self._jobs = Jobs(self.cache, lambda: self.now)
        self._version = 0

    def see(self, **changes: Any) -> None:
        self._version += 1
        seen = {"metadata__resourceVersion": str(self._version), "status__conditions": [READY]}
        self.cache.see(examples.changed(examples.JOB, **seen, **changes))

    def told(self) -> dict[str, list[tuple[dict[str, str], float]]]:
        return scrape.read(self._jobs().decode())


def test_job_is_told_with_its_title_stage_worker_readiness_and_times() -> None:
    world = World()
    world.see()

    assert world.told() == {
        "rpafabrik_job_info": [
            (
                {
                    **LABELS,
                    "title": "Avstämning",
                    "stage": "Production",
                    "worker": "ekonomi",
                },
                1,
            )
        ],
        "rpafabrik_job_ready": [({**LABELS, "reason": "Reconciled"}, 1)],
        "rpafabrik_job_expected_run_timestamp_seconds": [
            (LABELS, datetime(2026, 1, 7, 5, 0, tzinfo=UTC).timestamp())
        ],
        "rpafabrik_job_next_run_timestamp_seconds": [
            (LABELS, datetime(2026, 1, 8, 5, 0, tzinfo=UTC).timestamp())
        ],
    }


def test_times_move_on_with_the_clock() -> None:
    world = World()
    world.see()
    world.told()

    world.now += timedelta(days=1)

    (_, expected), *_ = world.told()["rpafabrik_job_expected_run_timestamp_seconds"]
    assert expected == datetime(2026, 1, 8, 5, 0, tzinfo=UTC).timestamp()


def test_job_that_was_made_after_its_last_time_has_only_a_next() -> None:
    world = World()
    world.see(metadata__creationTimestamp="2026-01-07T05:30:00Z")

    told = world.told()

    assert "rpafabrik_job_expected_run_timestamp_seconds" not in told
    assert "rpafabrik_job_next_run_timestamp_seconds" in told


def test_suspended_job_has_no_times() -> None:
    world = World()
    world.see(spec__suspend=True)

    assert set(world.told()) == {"rpafabrik_job_info", "rpafabrik_job_ready"}


def test_job_that_is_gone_is_told_no_more() -> None:
    world = World()
    world.see()
    world.told()

    world.cache.forget(("WorkerJob", "ekonomi", "avstamning"), "job-uid")

    assert world.told() == {}


def test_words_of_people_cannot_break_the_text() -> None:
    title = 'Kassa "A" \\ B\nC'
    world = World()
    world.see(spec__title=title)

    (labels, _), *_ = world.told()["rpafabrik_job_info"]

    assert labels["title"] == title
