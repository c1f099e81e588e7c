"""What the operator tells Prometheus: real resources, a real Temporal, and a scrape of /metrics."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from rpafabrik_api import names
from support import certificates, operator_process, operator_world, process, scrape
from support.operator_wire import Wire
from support.operator_world import Home, World, until
from support.process import Child

from .test_operator_digitalworker import pods_become_ready

pytestmark = [pytest.mark.server, pytest.mark.long(300)]

EVERY_MINUTE = {"cron": "* * * * *", "timeZone": "Europe/Stockholm"}
EXPECTED = "rpafabrik_job_expected_run_timestamp_seconds"
NEXT = "rpafabrik_job_next_run_timestamp_seconds"
INFO, READY = "rpafabrik_job_info", "rpafabrik_job_ready"
LOST = "rpafabrik_worker_heartbeats_lost_total"
PLACES = 20
"""Activities that the test's robot does at the same time."""
BUSY_SECONDS = 70
"""How long it polls for nothing more, nor says what it can do: longer than that is known for."""
OF_JOBS = (INFO, READY, EXPECTED, NEXT)


@dataclass(frozen=True, slots=True)
class Watched:
    """A world whose operator is scraped."""

    world: World
    port: int

    async def told(self) -> scrape.Told:
        return await asyncio.to_thread(scrape.of, self.port)

    async def jobs(self, name: str) -> set[str]:
        """The figures that there are of a job."""
        told = await self.told()
        return {
            figure
            for figure, samples in told.items()
            if figure in OF_JOBS and any(labels["job"] == name for labels, _ in samples)
        }

    async def value(self, figure: str, **labels: str) -> float | None:
        """The one sample with these labels, if there is one."""
        found = [
            value
            for there, value in (await self.told()).get(figure, [])
            if there.items() >= labels.items()
        ]
        assert len(found) <= 1, found
        return found[0] if found else None


@pytest.fixture
def scraped(lonely_home: Home) -> Iterator[tuple[Home, int]]:
    """A home whose operator serves metrics; it has no platform and no robot."""
    (port,) = process.free_ports(1)
    with lonely_home.run("operator", metrics_port=port) as operator:
        process.wait_until(lambda: _answers(port), [operator], seconds=30)
        yield lonely_home, port


@pytest.fixture
async def watched(scraped: tuple[Home, int]) -> Watched:
    home, port = scraped
    return Watched(await operator_world.connected(home), port)


async def test_a_job_is_told_as_it_stands_and_no_more_once_it_is_gone(watched: Watched) -> None:
    world = watched.world
    job = {"namespace": world.home.namespace, "job": "kassa", "department": "Regionservice ekonomi"}
    world.apply(world.job("kassa", spec__schedule=EVERY_MINUTE, spec__deletionPolicy="Terminate"))
    world.wait("wj/kassa", "Ready", "WorkerUnavailable")

    await until(lambda: watched.value(NEXT, **job), seconds=10)
    told = await watched.told()
    info = {**job, "title": "Avstämning", "stage": "Production", "worker": "ekonomi"}
    assert told[INFO] == [(info, 1)]
    assert told[READY] == [({**job, "reason": "WorkerUnavailable"}, 0)]
    assert EXPECTED not in told
    ((labels, coming),) = told[NEXT]
    assert labels == job
    assert 0 < coming - datetime.now(UTC).timestamp() <= 60
    # A minute later that run is the one that was to come.
    await until(lambda: watched.value(EXPECTED, **job), seconds=90)
    assert await watched.value(EXPECTED, **job) == coming
    assert world.uid("wj/kassa") not in str(await watched.told())

    world.kubectl("delete", "wj/kassa")

    assert await watched.jobs("kassa") == set()


async def test_a_job_that_does_not_run_is_expected_no_more(watched: Watched) -> None:
    world = watched.world
    held = {names.HOLD_ANNOTATION: "driften: stopp"}
    for name in ("pausad", "hallen", "stoppad"):
        world.apply(world.job(name, spec__schedule=EVERY_MINUTE))
        world.wait(f"wj/{name}", "Ready", "WorkerUnavailable")
    await until(lambda: due_jobs(watched, 3))

    world.apply(world.job("pausad", spec__schedule=EVERY_MINUTE, spec__suspend=True))
    world.apply(
        world.job(
            "hallen",
            spec__schedule=EVERY_MINUTE,
            metadata={"name": "hallen", "annotations": held},
        )
    )
    schedule = world.client.get_schedule_handle(world.schedule_id("stoppad"))
    await schedule.pause(note="driften: paus")

    await until(lambda: due_jobs(watched, 0))
    assert await watched.jobs("pausad") == {INFO, READY}


async def test_a_changed_schedule_is_told_from_when_on(watched: Watched) -> None:
    world = watched.world
    world.apply(world.job("kassa", spec__schedule__cron="0 5 * * *"))
    world.wait("wj/kassa", "Ready", "WorkerUnavailable")
    before = world.get("wj/kassa")["status"]["scheduledSince"]
    await asyncio.sleep(1)

    world.apply(world.job("kassa", spec__schedule__cron="0 9 * * *"))

    async def changed() -> bool:
        return bool(world.get("wj/kassa")["status"]["scheduledSince"] > before)

    await until(changed)


async def test_looks_are_counted_and_timed(watched: Watched) -> None:
    world = watched.world
    world.apply(world.job("kassa"))
    world.wait("wj/kassa", "Ready", "WorkerUnavailable")

    told = await watched.told()

    counts = {
        labels["kind"]: value
        for labels, value in told["rpafabrik_reconcile_duration_seconds_count"]
    }
    assert counts["WorkerJob"] >= 1
    assert counts["JobRun"] == 0
    causes = {(one["kind"], one["cause"]) for one, _ in told["rpafabrik_reconcile_errors_total"]}
    assert len(causes) == 3 * 4
    assert await watched.value("rpafabrik_temporal_up") == 1


async def test_one_that_stands_by_tells_only_that(lonely_home: Home) -> None:
    ports = process.free_ports(2)
    world = await operator_world.connected(lonely_home)
    world.apply(world.job("kassa"))
    lease = lonely_home.namespace
    with lonely_home.run("operator", lease_namespace=lease, metrics_port=ports[0]) as leader:
        process.wait_until(lambda: "leading" in leader.log.read_text(), [leader], seconds=30)
        with lonely_home.run("operator", lease_namespace=lease, metrics_port=ports[1]) as standby:
            process.wait_until(lambda: _stands_by(standby), [standby], seconds=30)
            world.wait("wj/kassa", "Ready", "WorkerUnavailable")

            told = await Watched(world, ports[1]).told()

            assert told == {"rpafabrik_leader": [({}, 0)]}
            assert INFO in await Watched(world, ports[0]).told()


async def test_robots_and_what_waits_for_them_are_told_until_they_die(
    scraped: tuple[Home, int],
) -> None:
    home, port = scraped
    watched = Watched(await operator_world.connected(home), port)
    world = watched.world
    pool = {"namespace": home.namespace, "worker": operator_process.WORKER}
    world.apply(world.digital_worker(operator_process.WORKER, spec__replicas=1))
    world.wait("dw/ekonomi", "Polling", "RobotsMissing")
    pods_become_ready(world, "robots-ekonomi", 1)
    assert await watched.value("rpafabrik_worker_healthy", **pool) == 0

    with home.run("robot") as robot:
        world.wait("dw/ekonomi", "Polling", "RobotsPolling", seconds=60)
        await until(lambda: is_told(watched, "rpafabrik_worker_healthy", 1, **pool))
        assert await watched.value("rpafabrik_worker_pollers", **pool) == 1
        assert await watched.value("rpafabrik_worker_backlog", **pool) == 0

        world.apply(world.job("kassa"))
        world.wait("wj/kassa", "Ready", "Reconciled", seconds=60)
        # More than a robot has places for: it is busy, and others wait.
        for number in range(PLACES + 3):
            await keep_busy(world, f"slow-{number}")
        await until(lambda: is_told(watched, "rpafabrik_worker_backlog", 3, **pool), seconds=60)
        await until(lambda: watched.value("rpafabrik_worker_backlog_age_seconds", **pool))
        before = world.version()
        await asyncio.sleep(BUSY_SECONDS)
        assert await watched.value("rpafabrik_worker_healthy", **pool) == 1
        assert world.writes("digitalworkers", "ekonomi", since=before) == []
        assert world.writes("workerjobs", "kassa", since=before) == []

        assert await watched.value(LOST, **pool) == 0
        robot.handle.kill()
        died = time.monotonic()

        world.wait("dw/ekonomi", "Polling", "HeartbeatLost", seconds=90)
        await until(lambda: is_told(watched, "rpafabrik_worker_healthy", 0, **pool))
        assert await watched.value("rpafabrik_worker_pollers", **pool) == 0
        # 35 s for the heartbeats that do not come, and a round: two seconds here.
        assert time.monotonic() - died < 60
        # Counted once it has been silent for 20 s more, and once.
        await until(lambda: is_told(watched, LOST, 1, **pool), seconds=60)


async def test_a_robot_that_stops_is_told_at_once(scraped: tuple[Home, int]) -> None:
    home, port = scraped
    watched = Watched(await operator_world.connected(home), port)
    world = watched.world
    world.apply(world.job("kassa"))
    pool = {"namespace": home.namespace, "worker": operator_process.WORKER}

    with home.run("robot") as robot:
        # No DigitalWorker: any robot will do.
        await until(lambda: is_told(watched, "rpafabrik_worker_healthy", 1, **pool), seconds=60)
        robot.handle.terminate()
        assert await asyncio.to_thread(robot.handle.wait, 20) == 0

        # Two rounds: it said that it goes.
        await until(lambda: is_told(watched, "rpafabrik_worker_healthy", 0, **pool), seconds=10)
        assert await watched.value(LOST, **pool) == 0
    world.kubectl("delete", "wj/kassa")
    await until(lambda: is_untold(watched, "rpafabrik_worker_healthy", **pool))


async def test_temporal_that_is_away_is_told_and_nothing_old_of_its_queues(
    lonely_home: Home,
) -> None:
    (port,) = process.free_ports(1)
    world = await operator_world.connected(lonely_home)
    watched = Watched(world, port)
    pool = {"namespace": lonely_home.namespace, "worker": "ekonomi"}
    with (
        Wire(lonely_home.temporal).running() as wire,
        lonely_home.run("operator", temporal=wire.address, metrics_port=port) as operator,
    ):
        process.wait_until(lambda: _answers(port), [operator], seconds=30)
        world.apply(world.digital_worker("ekonomi"))
        world.wait("dw/ekonomi", "Polling", "RobotsMissing")

        wire.cut()

        await until(lambda: is_told(watched, "rpafabrik_temporal_up", 0), seconds=60)
        world.wait("dw/ekonomi", "Polling", "TemporalUnavailable", seconds=90)
        assert await watched.value("rpafabrik_worker_pollers", **pool) is None

        wire.mend()

        world.wait("dw/ekonomi", "Polling", "RobotsMissing", seconds=60)
        await until(lambda: is_told(watched, "rpafabrik_temporal_up", 1))


async def test_the_operator_tells_when_its_certificate_runs_out(
    lonely_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    (port,) = process.free_ports(1)
    monkeypatch.setenv("TEMPORAL_TLS_CLIENT_CERT_DATA", certificates.SOON)
    monkeypatch.setenv("TEMPORAL_TLS_CLIENT_KEY_DATA", "none: this Temporal is not reached")

    with lonely_home.run("operator", metrics_port=port) as operator:
        process.wait_until(lambda: _answers(port), [operator], seconds=30)
        told = await asyncio.to_thread(scrape.of, port)

    expiry = datetime(2031, 11, 21, 17, 37, 10, tzinfo=UTC).timestamp()
    assert told["rpafabrik_credential_expiry_timestamp_seconds"] == [
        ({"credential": "temporal-client"}, expiry)
    ]


async def keep_busy(world: World, name: str) -> None:
    """Give the robot something to do that outlasts the test."""
    await world.client.start_activity(
        "compare",
        {"seconds": 600},
        id=name,
        task_queue=names.worker_queue(world.home.namespace, operator_process.WORKER),
        schedule_to_close_timeout=timedelta(seconds=600),
    )


async def is_told(watched: Watched, figure: str, value: float, **labels: str) -> bool:
    return await watched.value(figure, **labels) == value


async def is_untold(watched: Watched, figure: str, **labels: str) -> bool:
    return await watched.value(figure, **labels) is None


async def due_jobs(watched: Watched, count: int) -> bool:
    return len((await watched.told()).get(NEXT, [])) == count


def _answers(port: int) -> bool:
    try:
        return "rpafabrik_leader" in scrape.of(port)
    except OSError:
        return False


def _stands_by(operator: Child) -> bool:
    return "waiting_for_leadership" in operator.log.read_text()
