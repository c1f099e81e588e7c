"""The board for managers: hours saved, beside what was planned and what came true."""

from grafana_foundation_sdk.models import dashboard

from rpafabrik_api import telemetry
from rpafabrik_api.telemetry import Measure, Period
from rpafabrik_dashboards import panels, queries
from rpafabrik_dashboards.boards import Board, Section, choosers
from rpafabrik_dashboards.figures import (
    HOURS,
    SHARE,
    TIME,
    Colour,
    Column,
    Figure,
    Query,
    Scale,
    Step,
    Unit,
)

_YEAR = Period.YEAR_TO_DATE
_NET = "Brutto minus den tid som människor har lagt på granskningar och undantag."
_ALL_OF_DEPARTMENT = "Visas per förvaltning: valet av process påverkar inte den här panelen."
_GROSS_QUERY = ("Brutto", Colour.GROSS)
_NET_QUERY = ("Netto", Colour.NET)

_GUIDE = """\
- **Brutto** är tiden som arbetet tog för hand, för det som robotarna har gjort klart.
- **Netto** är brutto minus tiden som människor har lagt på granskningar och undantag.
- **Planerat** är målet för samma tid.
- **Realiserat** är vad verksamheten har fått ut, enligt förändringsansvariga.

Frigjord tid är inte pengar. Provkörningar, omkörningar och misslyckade ärenden räknas aldrig.
Varje siffra är en summa ur liggaren och går att räkna om: `rpafabrik report --explain`.
"""


def board() -> Board:
    """Return the board."""
    return Board(
        uid="rpafabrik-sparade-timmar",
        title="RPA-fabriken: sparade timmar",
        description="Timmar som de digitala medarbetarna har frigjort, för chefer.",
        since="now-30d",
        variables=choosers(telemetry.PERIOD_SAVED_SECONDS),
        sections=(
            Section(panels=(*_this_year(), *_this_month())),
            Section(heading="Hur det utvecklas", panels=(_weeks(), _months())),
            Section(heading="Var timmarna finns", panels=(_departments(), _top())),
            Section(heading="Mot målen", panels=(*_targets(), _processes())),
            Section(heading="Så läser du tavlan", panels=(_freshness(), _guide())),
        ),
    )


def _hours(title: str, description: str, seconds: str, empty: str) -> Figure:
    return Figure(
        title=title,
        description=description,
        queries=(Query(queries.hours(seconds)),),
        width=4,
        height=4,
        scale=HOURS,
        empty=empty,
    )


def _this_year() -> tuple[dashboard.Panel, ...]:
    none = "Inget än"
    told = (
        _hours(
            "Netto i år (timmar)",
            f"Sparad tid sedan årsskiftet. {_NET}",
            queries.saved(Measure.NET, _YEAR),
            none,
        ),
        _hours(
            "Brutto i år (timmar)",
            "Tiden som arbetet tog för hand, för allt som robotarna har gjort klart sedan"
            " årsskiftet.",
            queries.saved(Measure.GROSS, _YEAR),
            none,
        ),
        _hours(
            "Planerat hittills i år (timmar)",
            "Så mycket skulle ha sparats från årsskiftet till i dag enligt målen, för de"
            " processer som har ett mål.",
            queries.planned(_YEAR),
            "Inget mål satt",
        ),
        _hours(
            "Realiserat i år (timmar)",
            "Så mycket säger förändringsansvariga att verksamheten verkligen har fått ut i år.",
            queries.realised(_YEAR),
            "Inget rapporterat",
        ),
    )
    return tuple(panels.single(figure) for figure in told)


def _this_month() -> tuple[dashboard.Panel, ...]:
    month = _hours(
        "Netto denna månad (timmar)",
        f"Sparad tid sedan månadens början. {_NET}",
        queries.saved(Measure.NET, Period.MONTH_TO_DATE),
        "Inget än",
    )
    before = _hours(
        "Netto förra månaden (timmar)",
        f"Sparad tid under hela förra månaden. {_NET}",
        queries.saved(Measure.NET, Period.PREVIOUS_MONTH),
        "Inget",
    )
    return panels.single(month), panels.single(before)


def _weeks() -> dashboard.Panel:
    figure = Figure(
        title="Timmar per vecka",
        description=f"Sparad tid de senaste 26 veckorna; den sista pågår. {_ALL_OF_DEPARTMENT}",
        queries=(
            Query(queries.hours_each_week(Measure.GROSS), *_GROSS_QUERY),
            Query(queries.hours_each_week(Measure.NET), *_NET_QUERY),
        ),
        width=12,
        height=8,
        scale=HOURS,
    )
    return panels.bars(figure, Column(source="vecka", title="Vecka"))


def _months() -> dashboard.Panel:
    figure = Figure(
        title="Timmar per månad",
        description=f"Sparad tid de senaste 24 månaderna; den sista pågår. {_ALL_OF_DEPARTMENT}",
        queries=(
            Query(queries.hours_each_month(Measure.GROSS), *_GROSS_QUERY),
            Query(queries.hours_each_month(Measure.NET), *_NET_QUERY),
        ),
        width=12,
        height=8,
        scale=HOURS,
    )
    return panels.bars(figure, Column(source="month", title="Månad"))


def _departments() -> dashboard.Panel:
    net = f'measure="{Measure.NET}", period="{_YEAR}"'
    period = f'period="{_YEAR}"'
    by_department = queries.hours_by_department
    figure = Figure(
        title="Timmar i år per förvaltning",
        description="Netto, det som var planerat hittills och det som har realiserats, för varje"
        " förvaltning sedan årsskiftet.",
        queries=(
            Query(by_department(telemetry.PERIOD_SAVED_SECONDS, net), *_NET_QUERY),
            Query(by_department(telemetry.PLANNED_SECONDS, period), "Planerat", Colour.PLANNED),
            Query(by_department(telemetry.REALISED_SECONDS, period), "Realiserat", Colour.REALISED),
        ),
        width=12,
        height=9,
        scale=HOURS,
    )
    return panels.bars(figure, Column(source="department", title="Förvaltning"), upright=False)


def _top() -> dashboard.Panel:
    net = queries.hours(queries.saved(Measure.NET, _YEAR), "namespace, job")
    figure = Figure(
        title="De tio processer som sparar mest i år (timmar netto)",
        description=f"Sparad tid sedan årsskiftet, den största överst. {_NET}",
        queries=(Query(f"sort_desc(topk(10, {queries.titled(net)}))", "{{title}}"),),
        width=12,
        height=9,
        scale=Scale(decimals=0, steps=(Step(Colour.NET),)),
    )
    return panels.ranking(figure)


def _targets() -> tuple[dashboard.Panel, ...]:
    automation = telemetry.AUTOMATION_RATIO, telemetry.AUTOMATION_TARGET_RATIO
    of_plan = queries.share_of_plan(queries.saved(Measure.NET, _YEAR), queries.planned(_YEAR))
    at_target = queries.share(queries.at_target(*automation), queries.per_job(automation[1]))
    told = (
        _share(
            "Netto av det planerade",
            "Sparad tid i år som andel av det som var planerat hittills, för processer som har ett"
            " mål. 100 % är enligt plan.",
            of_plan,
            good=1,
        ),
        _share(
            "Processer som når målet för automationsgrad",
            "Automationsgraden är andelen ärenden i år som ingen människa behövde röra, av alla som"
            " roboten har försökt med. Här syns hur stor andel av processerna som når sitt eget"
            " mål.",
            at_target,
            good=1,
        ),
        _share(
            "Klara i tid, i den process där det går sämst",
            "Andelen ärenden i år som blev klara inom ledtiden som processen lovar. Är det få i en"
            " process syns det här.",
            f"min({queries.per_job(telemetry.ON_TIME_RATIO)})",
            good=0.95,
        ),
    )
    return tuple(panels.single(figure) for figure in told)


def _share(title: str, description: str, expression: str, good: float) -> Figure:
    steps = (Step(Colour.BAD), Step(Colour.WARN, 0.8), Step(Colour.GOOD, good))
    return Figure(
        title=title,
        description=description,
        queries=(Query(expression),),
        width=8,
        height=4,
        scale=Scale(unit=Unit.SHARE, steps=steps),
        empty="Inget mål satt",
    )


def _processes() -> dashboard.Panel:
    net = queries.hours(queries.saved(Measure.NET, _YEAR), "namespace, job")
    automation = telemetry.AUTOMATION_RATIO, telemetry.AUTOMATION_TARGET_RATIO
    margin = Scale(
        unit=Unit.SHARE, steps=(Step(Colour.BAD), Step(Colour.WARN, -0.05), Step(Colour.GOOD, 0))
    )
    figure = Figure(
        title="Processer mot sina mål",
        description="Sedan årsskiftet. Automationsgrad: andel ärenden som ingen människa behövde"
        " röra. Mot målet: skillnaden i procentenheter. I tid: andel ärenden som blev klara inom"
        " den ledtid som processen lovar.",
        queries=(
            Query(queries.titled(net)),
            Query(queries.per_job(automation[0])),
            Query(queries.per_job(automation[1])),
            Query(queries.above_target(*automation)),
            Query(queries.per_job(telemetry.ON_TIME_RATIO)),
            Query(f"{queries.per_job(telemetry.LEAD_TIME_TARGET)} / 3600"),
        ),
        width=24,
        height=9,
    )
    columns = (
        Column(source="title", title="Process"),
        Column(source="0", title="Netto i år (timmar)", scale=HOURS, width=240, bar=True),
        Column(source="1", title="Automationsgrad", scale=SHARE, width=150),
        Column(source="2", title="Mål", scale=SHARE, width=80),
        Column(source="3", title="Mot målet", scale=margin, width=100),
        Column(source="4", title="I tid", scale=SHARE, width=80),
        Column(source="5", title="Ledtidsmål (timmar)", scale=HOURS, width=170),
    )
    return panels.rows(figure, columns, sort="Netto i år (timmar)")


def _freshness() -> dashboard.Panel:
    return panels.single(
        Figure(
            title="Siffrorna är lästa ur liggaren",
            description="När siffrorna på tavlan senast lästes. Är det länge sedan visar tavlan"
            " hur det var då.",
            queries=(Query(queries.date(queries.once(telemetry.LEDGER_READ))),),
            width=6,
            height=6,
            scale=TIME,
            runbook="RpafabrikLedgerFiguresStale",
        )
    )


def _guide() -> dashboard.Panel:
    figure = Figure(
        title="Vad siffrorna betyder",
        description="Orden på tavlan, på vanlig svenska.",
        width=18,
        height=6,
    )
    return panels.words(figure, _GUIDE)
