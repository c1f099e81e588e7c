"""What a panel says: its words, queries, units and colours. How Grafana draws it is not here."""

from dataclasses import dataclass
from enum import StrEnum


class Unit(StrEnum):
    """How a value is written: numbers as the reader's language does, dates as Sweden does."""

    NUMBER = "locale"
    SHARE = "percentunit"
    SECONDS = "s"
    AGE = "dthms"
    TIME = "time:YYYY-MM-DD HH:mm"
    SHORT = "short"


class Colour(StrEnum):
    """Colours that say how things are, and those of figures that are neither good nor bad."""

    GOOD = "green"
    WARN = "orange"
    BAD = "red"
    GROSS = "light-blue"
    NET = "blue"
    PLANNED = "#9fa7b3"
    REALISED = "purple"
    PLAIN = "text"


@dataclass(frozen=True, slots=True)
class Step:
    """From this value on, this colour; the first has no start."""

    colour: Colour
    start: float | None = None


@dataclass(frozen=True, slots=True)
class Word:
    """What is shown in place of a value."""

    value: str
    text: str
    colour: Colour | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """A question to Prometheus, and what its answer is called."""

    expression: str
    name: str = ""
    colour: Colour | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How values are written and coloured."""

    unit: Unit = Unit.NUMBER
    decimals: int | None = 0
    steps: tuple[Step, ...] = (Step(Colour.PLAIN),)
    words: tuple[Word, ...] = ()

    @property
    def judges(self) -> bool:
        """Whether a colour says that something is well or not."""
        return len(self.steps) > 1 or any(word.colour for word in self.words)


PLAIN = Scale()
HOURS = Scale(decimals=0)
SHARE = Scale(unit=Unit.SHARE)
TIME = Scale(unit=Unit.TIME)
AGE = Scale(unit=Unit.AGE, decimals=None)
DURATION = Scale(unit=Unit.SECONDS, decimals=None)
RATE = Scale(unit=Unit.SHORT, decimals=None)
NONE_IS_GOOD = Scale(steps=(Step(Colour.GOOD), Step(Colour.BAD, 1)))
EXACTLY_ONE = Scale(steps=(Step(Colour.BAD), Step(Colour.GOOD, 1), Step(Colour.BAD, 2)))


def either(yes: str, no: str) -> Scale:
    """Write 1 and 0 in words, the one good, the other bad."""
    return Scale(
        words=(Word("1", yes, Colour.GOOD), Word("0", no, Colour.BAD)),
        steps=(Step(Colour.BAD), Step(Colour.GOOD, 1)),
    )


YES_OR_NO = either("Ja", "Nej")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A panel, whatever its kind. A board is 24 wide; 30 of height fill a wall."""

    title: str
    description: str
    queries: tuple[Query, ...] = ()
    width: int
    height: int
    scale: Scale = PLAIN
    series: tuple[Word, ...] = ()
    """What series are called that carry a label's value as their name."""
    empty: str = "Inga uppgifter"
    runbook: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a table: `source` is a label, or the number of a query as text."""

    source: str
    title: str
    scale: Scale = PLAIN
    width: int = 0
    """In pixels; without, the column takes what the others leave."""
    link: str = ""
    bar: bool = False
