"""The test helper shows a developer what the platform would do with an activity."""

import asyncio
import dataclasses
import datetime as dt
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

import pydantic
import pytest
from temporalio import activity

import rpafabrik
from rpafabrik import testing


@dataclasses.dataclass(frozen=True)
class Loan:
    title: str
    due: dt.date


@activity.defn
def renew(loan: Loan) -> Loan:
    return dataclasses.replace(loan, due=loan.due + dt.timedelta(days=14))


@activity.defn
async def renew_async(loan: Loan) -> Loan:
    await asyncio.sleep(0)
    return renew(loan)


@pytest.mark.parametrize("function", [renew, renew_async])
async def test_activity_gets_and_gives_its_own_types(function: Callable[..., Any]) -> None:
    given = {"title": "Pippi", "due": "2026-01-01"}

    assert await testing.run_activity(function, given) == Loan("Pippi", dt.date(2026, 1, 15))


async def test_output_is_what_survives_json() -> None:
    @activity.defn
    def untyped(_input: dict[str, Any]) -> dict[str, Any]:
        return {"sum": Decimal("1.50"), "pair": (1, 2)}

    assert await testing.run_activity(untyped, {}) == {"sum": "1.50", "pair": [1, 2]}


async def test_output_of_another_type_than_promised_is_found() -> None:
    @activity.defn
    def wrong(_input: dict[str, Any]) -> Loan:
        return {"title": "Pippi"}  # type: ignore[return-value] # the mistake under test

    with pytest.raises(pydantic.ValidationError, match="due"):
        await testing.run_activity(wrong, {})


async def test_input_that_the_activity_cannot_take_is_found() -> None:
    with pytest.raises(pydantic.ValidationError, match="due"):
        await testing.run_activity(renew, {"title": "Pippi", "due": "tomorrow"})


async def test_business_error_comes_out_as_it_is() -> None:
    @activity.defn
    async def refuse(_input: dict[str, Any]) -> None:
        raise rpafabrik.BusinessError("reserved by another", code="Reserved")

    with pytest.raises(rpafabrik.BusinessError) as refused:
        await testing.run_activity(refuse, {})

    assert refused.value.code == "Reserved"


async def test_step_attempt_and_checkpoint_are_the_tests_to_choose() -> None:
    @activity.defn
    def look(_input: dict[str, Any]) -> list[Any]:
        context = rpafabrik.step_context()
        return [context.step, context.attempt, *activity.info().heartbeat_details]

    seen = await testing.run_activity(look, {}, step="lana", attempt=2, checkpoint=[7])

    assert seen == ["lana", 2, 7]


async def test_sync_activity_may_call_a_fake_system_on_the_tests_loop() -> None:
    loop = asyncio.get_running_loop()

    async def answer() -> int:
        return 42

    @activity.defn
    def ask(_input: dict[str, Any]) -> int:
        return asyncio.run_coroutine_threadsafe(answer(), loop).result(5)

    assert await testing.run_activity(ask, {}) == 42


@activity.defn
def list_loans(request: rpafabrik.SourceRequest[dict[str, int]]) -> rpafabrik.Page[Loan]:
    start = int(request.cursor or 0)
    titles = [f"Bok {n}" for n in range(request.input["count"])][start : start + 2]
    following = start + 2
    return rpafabrik.Page(
        [Loan(title, dt.date(2026, 1, 1)) for title in titles],
        str(following) if following < request.input["count"] else None,
    )


async def test_source_is_run_to_its_last_page() -> None:
    loans = await testing.run_source(list_loans, {"count": 5})

    assert [loan.title for loan in loans] == ["Bok 0", "Bok 1", "Bok 2", "Bok 3", "Bok 4"]


async def test_source_without_types_gives_plain_items() -> None:
    @activity.defn
    async def untyped(request):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202 - developers may
        return {"items": [{"n": 1}], "next_cursor": None}

    assert await testing.run_source(untyped, {}) == [{"n": 1}]


async def test_source_that_gives_one_cursor_for_ever_is_found() -> None:
    @activity.defn
    async def endless(_request: rpafabrik.SourceRequest) -> rpafabrik.Page:
        return rpafabrik.Page([{}], "again")

    with pytest.raises(AssertionError, match="next_cursor 'again' came twice"):
        await testing.run_source(endless, {})


async def test_function_that_is_no_activity_is_refused() -> None:
    async def plain(_input: object) -> Awaitable[None]:
        raise NotImplementedError

    with pytest.raises(TypeError, match="was it decorated with @activity"):
        await testing.run_activity(plain, {})
