"""What a robot says of the systems it works in."""

import asyncio
from collections.abc import Iterator

import pytest
from temporalio import exceptions

import rpafabrik
from rpafabrik import target_systems

SYSTEM = "ekonomisystem"


@pytest.fixture(autouse=True)
def _unused() -> Iterator[None]:
    target_systems.last_use.clear()
    yield
    target_systems.last_use.clear()


def use(error: BaseException | None = None) -> None:
    with rpafabrik.target_system(SYSTEM):
        if error is not None:
            raise error


@pytest.mark.parametrize(
    ("error", "is_well"),
    [
        (rpafabrik.BusinessError("not this one", code="Reserved"), True),
        (rpafabrik.ApplicationError("away", code="SystemAway"), False),
        (rpafabrik.ApplicationError("gone", code="SystemGone", retryable=False), False),
        (ConnectionRefusedError("away"), False),
    ],
)
def test_system_is_unwell_after_a_technical_fault_and_no_other(
    error: Exception, *, is_well: bool
) -> None:
    with pytest.raises(type(error)):
        use(error)

    assert target_systems.last_use == {SYSTEM: is_well}


def test_system_is_well_again_once_it_was_used() -> None:
    with pytest.raises(OSError, match="away"):
        use(OSError("away"))

    use()

    assert target_systems.last_use == {SYSTEM: True}


@pytest.mark.parametrize(
    "error", [exceptions.CancelledError(), asyncio.CancelledError(), KeyboardInterrupt()]
)
def test_use_that_was_broken_off_tells_nothing(error: BaseException) -> None:
    with pytest.raises(type(error)):
        use(error)

    assert target_systems.last_use == {}


@pytest.mark.parametrize("name", ["", "Ekonomisystem", "ekonomi system", "vc001/2026", "a" * 64])
def test_name_must_be_a_constant_of_letters(name: str) -> None:
    with (
        pytest.raises(ValueError, match="must be at most 63 lower-case letters"),
        rpafabrik.target_system(name),
    ):
        pass
