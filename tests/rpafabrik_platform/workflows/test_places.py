"""Who may be in work, and who may be open."""

import asyncio

from rpafabrik_platform.workflows.places import Places


async def entered(places: Places, case: str) -> bool:
    """Whether the case gets in at once; one that does not stops asking."""
    try:
        async with asyncio.timeout(0.01):
            await places.enter(case)
    except TimeoutError:
        return False
    return True


async def test_no_more_cases_than_places() -> None:
    places = Places(2, most_open=9)

    assert [await entered(places, case) for case in "abc"] == [True, True, False]


async def test_case_that_waits_gives_its_place_to_another() -> None:
    places = Places(1, most_open=9)
    await places.enter("a")
    places.give_back("a")

    assert await entered(places, "b")


async def test_case_that_returns_waits_for_its_turn() -> None:
    places = Places(1, most_open=9)
    await places.enter("a")
    places.give_back("a")
    await places.enter("b")

    returning = asyncio.create_task(places.take("a"))
    await asyncio.sleep(0)
    assert not returning.done()
    places.leave("b")
    await returning


async def test_place_is_given_back_once_however_often_it_is_said() -> None:
    places = Places(1, most_open=9)
    await places.enter("a")
    places.give_back("a")
    places.give_back("a")

    assert [await entered(places, case) for case in "bc"] == [True, False]


async def test_waiting_cases_are_bounded_too() -> None:
    places = Places(1, most_open=2)
    for case in "ab":
        await places.enter(case)
        places.give_back(case)

    assert not await entered(places, "c")
    places.leave("a")
    assert await entered(places, "c")
