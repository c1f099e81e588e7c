"""The cache holds the newest version of each object, whatever order it hears of them in."""

from typing import Any

from rpafabrik_api import names
from rpafabrik_operator.gateways.cache import Cache
from support import examples

KEY = ("WorkerJob", "ekonomi", "avstamning")


def test_older_version_changes_nothing() -> None:
    cache = Cache()
    cache.see(version(9, title="Ny"))

    cache.see(version(10, title="Nyare"))
    cache.see(version(9, title="Ny"))

    assert title(cache) == "Nyare"


def test_answer_to_a_write_is_seen_before_the_watch_tells() -> None:
    cache = Cache()
    cache.see(version(1, title="Gammal"))

    cache.update(version(2, title="Ny"))

    assert title(cache) == "Ny"


def test_answer_to_a_write_does_not_bring_back_what_is_gone() -> None:
    cache = Cache()
    cache.see(version(1))
    cache.forget(KEY, "job-uid")

    cache.update(version(2))

    assert cache.get(KEY) is None


def test_answer_that_lets_a_deleted_object_go_is_its_end() -> None:
    cache = Cache()
    cache.see(version(1, deletionTimestamp="2026-01-07T06:00:00Z", finalizers=[names.FINALIZER]))

    cache.update(version(2, deletionTimestamp="2026-01-07T06:00:00Z"))

    assert cache.get(KEY) is None


def test_end_of_an_object_does_not_end_its_successor() -> None:
    cache = Cache()
    cache.see(version(1))
    cache.see(version(5, uid="another"))

    cache.forget(KEY, "job-uid")

    seen = cache.get(KEY)
    assert seen is not None
    assert seen.uid == "another"


def test_object_that_cannot_be_read_is_known_but_no_resource() -> None:
    cache = Cache()

    cache.see({**version(1), "spec": {"title": 7}})

    seen = cache.get(KEY)
    assert seen is not None
    assert seen.resource is None
    assert list(cache.resources("WorkerJob", None)) == []


def test_field_of_a_newer_version_is_no_obstacle() -> None:
    cache = Cache()
    body = version(1)

    cache.see({**body, "spec": {**body["spec"], "priority": 7}})

    assert title(cache) == "Avstämning"


def test_resources_are_those_of_the_kind_and_namespace() -> None:
    cache = Cache()
    cache.see(version(1))
    cache.see(version(2, name="annan", namespace="vard"))

    assert [one.metadata.name for one in cache.resources("WorkerJob", "vard")] == ["annan"]
    assert len(list(cache.resources("WorkerJob", None))) == 2
    assert list(cache.resources("JobRun", None)) == []


def version(number: int, title: str = "Avstämning", **metadata: Any) -> dict[str, Any]:
    body = examples.changed(examples.JOB, spec__title=title)
    body["metadata"] |= {"resourceVersion": str(number), **metadata}
    return body


def title(cache: Cache) -> str:
    seen = cache.get(KEY)
    assert seen is not None
    assert seen.resource is not None
    spec: dict[str, Any] = seen.resource.manifest()["spec"]
    return str(spec["title"])
