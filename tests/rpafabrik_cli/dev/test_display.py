"""Progress is a bar on a terminal and a line now and then elsewhere; results are kept apart."""

import io

import pytest
from rich.console import Console

from rpafabrik_api import contract
from rpafabrik_cli.dev import display
from rpafabrik_cli.dev.display import Display

HALFWAY = contract.Progress(
    counts=contract.Counts(completed=70, business_exceptions=5), listed=149, listing_done=False
)
HIDE, SHOW = "\x1b[?25l", "\x1b[?25h"


@pytest.fixture
def screen() -> io.StringIO:
    return io.StringIO()


def test_in_a_file_progress_is_a_line_now_and_then(
    screen: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Display(Console(file=screen)) as shown:
        shown.show("ekonomi/kassa", HALFWAY)
        shown.show("ekonomi/kassa", HALFWAY)
        monkeypatch.setattr(display, "LINE_EVERY_SECONDS", 0)
        shown.show("ekonomi/kassa", HALFWAY)

    assert screen.getvalue() == "ekonomi/kassa: 75 of 149 items, 5 exceptions\n" * 2


def test_a_terminal_has_its_cursor_again_once_the_display_has_stopped(screen: io.StringIO) -> None:
    shown = Display(Console(file=screen, force_terminal=True))
    with shown:
        hidden = screen.getvalue()
        shown.stop()
        stopped = screen.getvalue().removeprefix(hidden)

    assert (HIDE in hidden, SHOW in stopped) == (True, True)


def test_a_held_run_says_so(screen: io.StringIO) -> None:
    with Display(Console(file=screen)) as shown:
        shown.show(
            "ekonomi/kassa",
            contract.Progress(
                counts=contract.Counts(), listed=3, listing_done=True, held_because="driften: fel"
            ),
        )

    assert screen.getvalue() == "ekonomi/kassa: 0 of 3 items, held: driften: fel\n"


def test_on_a_terminal_progress_is_a_bar_that_goes_away(screen: io.StringIO) -> None:
    terminal = Console(file=screen, force_terminal=True, width=120, color_system=None)
    with Display(terminal) as shown:
        shown.show("ekonomi/kassa", HALFWAY)
        with shown.aside():
            terminal.print("a result")
        shown.end("ekonomi/kassa")

    assert "75/?" in screen.getvalue()
    assert "5 exceptions" in screen.getvalue()
    assert "\na result\n" in screen.getvalue().replace("\x1b[2K", "\n").replace("\r", "")
