"""The board for those who look after the robots: what is unwell, why, since when, what to do."""

from grafana_foundation_sdk.models import dashboard

from rpafabrik_api import contract, health, telemetry
from rpafabrik_dashboards import alerts, panels, queries
from rpafabrik_dashboards.boards import Board, Section, choosers
from rpafabrik_dashboards.figures import (
    AGE,
    NONE_IS_GOOD,
    TIME,
    YES_OR_NO,
    Colour,
    Column,
    Figure,
    Query,
    Scale,
    Step,
    Unit,
    Word,
    either,
)

_DUE = queries.per_job(telemetry.EXPECTED_RUN)
_FAILING = queries.standing(telemetry.FAILED_RUNS)
_VOLUME = queries.standing(telemetry.VOLUME_DEVIATION)
_WORKERS = queries.once(telemetry.WORKER_HEALTHY)
_SYSTEMS = queries.in_each_namespace(telemetry.TARGET_SYSTEM_HEALTHY)
_EXPIRY = queries.in_each_namespace(telemetry.CREDENTIAL_EXPIRY, function="min")
_HEALTH = either("Frisk", "Inte frisk")
_COUNTED = Scale(steps=(Step(Colour.NET),))
_RESULTS = (
    Word(contract.RunResult.SUCCEEDED, "Lyckades", Colour.GOOD),
    Word(contract.RunResult.COMPLETED_WITH_ERRORS, "Lyckades med fel", Colour.WARN),
    Word(contract.RunResult.FAILED, "Misslyckades", Colour.BAD),
    Word(contract.RunResult.CANCELLED, "Avbröts"),
)
_OUTCOMES = (
    Word(contract.Outcome.COMPLETED, "Klart utan människa", Colour.GOOD),
    Word(contract.Outcome.REVIEWED, "Klart med en människa"),
    Word(contract.Outcome.BUSINESS_EXCEPTION, "Undantag i sak", Colour.WARN),
    Word(contract.Outcome.APPLICATION_EXCEPTION, "Tekniskt fel", Colour.BAD),
    Word(contract.Outcome.SKIPPED, "Gjort förut"),
    Word(contract.Outcome.ABANDONED, "Övergivet", Colour.BAD),
)

_COUNTS = (
    Figure(
        title="Robotar som inte är friska",
        description="Digitala medarbetare som saknar poddar, eller vars poddar inte hämtar arbete.",
        queries=(Query(queries.number(f"{_WORKERS} == 0", _WORKERS)),),
        width=4,
        height=4,
        scale=NONE_IS_GOOD,
        runbook="RpafabrikRobotDead",
    ),
    Figure(
        title="Missade körningar",
        description="Jobb som skulle ha börjat enligt schemat för mer än tio minuter sedan.",
        queries=(Query(queries.number(queries.missed(), _DUE)),),
        width=4,
        height=4,
        scale=NONE_IS_GOOD,
        runbook="RpafabrikScheduleMissed",
    ),
    Figure(
        title="Jobb som misslyckas gång på gång",
        description="Jobb vars två senaste körningar, eller fler, har misslyckats.",
        queries=(Query(queries.number(f"{_FAILING} >= {health.FAILURES_IN_A_ROW}", _FAILING)),),
        width=4,
        height=4,
        scale=NONE_IS_GOOD,
        runbook="RpafabrikRunsFail",
    ),
    Figure(
        title="Jobb med fel mängd ärenden",
        description="Jobb som senast fick fler eller färre ärenden än väntat. En fil kan vara tom,"
        " saknas eller vara dubblerad.",
        queries=(Query(queries.number(f"{_VOLUME} != 0", _VOLUME)),),
        width=4,
        height=4,
        scale=NONE_IS_GOOD,
        empty="Inget jobb säger vad som väntas",
        runbook="RpafabrikVolumeOutsideBand",
    ),
    Figure(
        title="System som är borta",
        description="System som ingen robot i en namnrymd når just nu.",
        queries=(Query(queries.number(f"{_SYSTEMS} == 0", _SYSTEMS)),),
        width=4,
        height=4,
        scale=NONE_IS_GOOD,
        empty="Inget system använt än",
        runbook="RpafabrikTargetSystemDown",
    ),
    Figure(
        title="Larmreglerna",
        description="Om Prometheus har fabrikens regler. Saknas de är listan nedan tom hur det än"
        " står till.",
        queries=(Query(f"count({queries.WATCHED}) > bool 0 or vector(0)"),),
        width=4,
        height=4,
        scale=either("Vakar", "Saknas"),
    ),
)

_DAY = (
    Figure(
        title="Körningar senaste dygnet",
        description="Körningar som har slutat under det senaste dygnet, efter resultat.",
        queries=(Query(queries.last_day(telemetry.RUNS, "result"), "{{result}}"),),
        width=8,
        height=7,
        scale=_COUNTED,
        series=_RESULTS,
    ),
    Figure(
        title="Ärenden senaste dygnet",
        description="Ärenden som har blivit klara under det senaste dygnet, efter utfall.",
        queries=(Query(queries.last_day(telemetry.ITEMS, "outcome"), "{{outcome}}"),),
        width=8,
        height=7,
        scale=_COUNTED,
        series=_OUTCOMES,
    ),
)

_PEOPLE = Figure(
    title="Väntar på en människa",
    description="Uppgifter som någon behöver svara på innan ärendet går vidare, efter jobb och den"
    " grupp som ska svara.",
    queries=(Query(queries.waiting_for_people(), "{{title}}: {{group}}"),),
    width=8,
    height=7,
    scale=_COUNTED,
    empty="Ingen uppgift väntar",
)

_OVER_TIME = Figure(
    title="Robotarnas hälsa över tid",
    description="Grönt: roboten har sina poddar och de hämtar arbete. Rött: så är det inte.",
    queries=(Query(_WORKERS, "{{worker}}"),),
    width=12,
    height=8,
    scale=_HEALTH,
)
_BACKLOG = Figure(
    title="Steg som väntar på en robot",
    description="Hur många steg som väntar på varje robot. Växer kurvan hinner roboten inte med,"
    " eller har fastnat.",
    queries=(Query(queries.once(telemetry.WORKER_BACKLOG), "{{worker}}"),),
    width=24,
    height=7,
    runbook="RpafabrikBacklogOld",
)
_USED_SYSTEMS = Figure(
    title="Systemen som robotarna arbetar i",
    description="Grönt: minst en robot i namnrymden nådde systemet vid sitt senaste försök. Rött:"
    " ingen når det.",
    queries=(Query(_SYSTEMS, "{{namespace}}/{{target_system}}"),),
    width=12,
    height=8,
    scale=either("Svarar", "Borta"),
    empty="Inget system använt än",
    runbook="RpafabrikTargetSystemDown",
)
_CREDENTIALS = Figure(
    title="Certifikat: dagar kvar",
    description="Det som går ut först står överst. Förnya i god tid: rött är mindre än två veckor.",
    queries=(Query(f"sort(({_EXPIRY} - time()) / 86400)", "{{namespace}}/{{credential}}"),),
    width=12,
    height=8,
    scale=Scale(
        steps=(
            Step(Colour.BAD),
            Step(Colour.WARN, health.EXPIRES_WITHIN.days),
            Step(Colour.GOOD, 45),
        )
    ),
    empty="Inga certifikat",
    runbook="RpafabrikCredentialExpires",
)


def board() -> Board:
    """Return the board."""
    return Board(
        uid="rpafabrik-robotarnas-halsa",
        title="Robotarnas hälsa",
        description="Vilka robotar och jobb som inte mår bra, varför, sedan när och vad man gör.",
        since="now-24h",
        variables=choosers(telemetry.JOB_INFO),
        sections=(
            Section(panels=(*map(panels.single, _COUNTS), _alerts())),
            Section(heading="Jobben", panels=(_jobs(), *map(panels.ranking, (*_DAY, _PEOPLE)))),
            Section(
                heading="Robotarna",
                panels=(_workers(), panels.states(_OVER_TIME), panels.lines(_BACKLOG)),
            ),
            Section(
                heading="Det robotarna behöver",
                panels=(panels.states(_USED_SYSTEMS), panels.ranking(_CREDENTIALS)),
            ),
        ),
    )


def _alerts() -> dashboard.Panel:
    figure = Figure(
        title="Det här behöver någon ta hand om",
        description="Larm som ringer: vad det gäller, varför, sedan när, och vad man gör.",
        queries=(Query(queries.date(queries.alerts())),),
        width=24,
        height=8,
        empty="Inget larm ringer",
    )
    severity = Scale(
        words=(Word("critical", "Akut", Colour.BAD), Word("warning", "Varning", Colour.WARN))
    )
    reasons = Scale(words=tuple(Word(one.name, one.reason) for one in alerts.ALERTS))
    actions = Scale(words=tuple(Word(one.name, one.action) for one in alerts.ALERTS))
    page = panels.runbook("${__value.raw}")
    columns = (
        Column(source="severity", title="Allvar", scale=severity, width=90),
        Column(source="what", title="Vad", width=180),
        Column(source="department", title="Förvaltning", width=190),
        Column(source="alertname", title="Varför", scale=reasons),
        Column(source="0", title="Sedan", scale=TIME, width=150),
        Column(source="action", title="Gör så här", scale=actions, width=330, link=page),
    )
    return panels.rows(figure, columns, sort="Allvar", rising=True)


def _jobs() -> dashboard.Panel:
    info = queries.once(telemetry.JOB_INFO, queries.CHOSEN)
    dates = (telemetry.LAST_RUN, telemetry.EXPECTED_RUN, telemetry.LAST_SUCCESS, telemetry.NEXT_RUN)
    asked = (
        telemetry.JOB_READY,
        telemetry.FAILED_RUNS,
        telemetry.VOLUME_DEVIATION,
        telemetry.OLDEST_OPEN_ITEM,
        telemetry.SUCCESS_RATIO,
    )
    figure = Figure(
        title="Alla jobb",
        description="Skulle ha körts: när schemat senast ville ha en körning. Är den senare än"
        " Senast körd har körningen missats. Lyckas: andelen lyckade av de senaste 20 körningarna."
        " Volymavvikelse: ärenden över det väntade, under med minus.",
        queries=(
            Query(info),
            *(Query(queries.date(queries.standing(one))) for one in dates),
            *(Query(queries.standing(one)) for one in asked),
        ),
        width=24,
        height=9,
    )
    repeated = Scale(
        steps=(
            Step(Colour.PLAIN),
            Step(Colour.WARN, 1),
            Step(Colour.BAD, health.FAILURES_IN_A_ROW),
        )
    )
    often = Scale(
        unit=Unit.SHARE,
        decimals=0,
        steps=(Step(Colour.BAD), Step(Colour.PLAIN, health.SUCCESS_PERCENT / 100)),
    )
    deviating = Scale(steps=(Step(Colour.BAD), Step(Colour.PLAIN, 0), Step(Colour.BAD, 1)))
    columns = (
        Column(source="title", title="Process"),
        Column(source="department", title="Förvaltning", width=190),
        Column(source="5", title="Redo", scale=YES_OR_NO, width=70),
        Column(source="1", title="Senast körd", scale=TIME, width=150),
        Column(source="2", title="Skulle ha körts", scale=TIME, width=150),
        Column(source="3", title="Senast lyckad", scale=TIME, width=150),
        Column(source="4", title="Nästa körning", scale=TIME, width=150),
        Column(source="6", title="Misslyckade i rad", scale=repeated, width=150),
        Column(source="9", title="Lyckas", scale=often, width=80),
        Column(source="7", title="Volymavvikelse", scale=deviating, width=140),
        Column(source="8", title="Äldsta öppna ärendet", scale=AGE, width=180),
    )
    return panels.rows(figure, columns, sort="Misslyckade i rad")


def _workers() -> dashboard.Panel:
    asked = (
        telemetry.WORKER_POLLERS,
        telemetry.WORKER_BACKLOG,
        telemetry.WORKER_BACKLOG_AGE,
    )
    figure = Figure(
        title="Alla robotar",
        description="Hämtar arbete: så många poddar som Temporal ser fråga efter arbete. I kö:"
        " steg som väntar på en ledig robot. Har tystnat: poddar som den senaste timmen har"
        " slutat höras utan att säga till.",
        queries=(
            Query(_WORKERS),
            *(Query(queries.once(one)) for one in asked),
            Query(queries.lost()),
        ),
        width=12,
        height=8,
        runbook="RpafabrikRobotUnhealthy",
    )
    waiting = Scale(
        unit=Unit.AGE,
        decimals=None,
        steps=(
            Step(Colour.PLAIN),
            Step(Colour.WARN, 300),
            Step(Colour.BAD, health.BACKLOG_AT_MOST.seconds),
        ),
    )
    lost = Scale(
        steps=(Step(Colour.PLAIN), Step(Colour.WARN, 1), Step(Colour.BAD, health.LOST_AT_MOST + 1))
    )
    columns = (
        Column(source="worker", title="Robot"),
        Column(source="namespace", title="Namnrymd", width=120),
        Column(source="0", title="Hälsa", scale=_HEALTH, width=100),
        Column(source="1", title="Hämtar arbete", width=130),
        Column(source="2", title="I kö", width=80),
        Column(source="3", title="Har väntat längst", scale=waiting, width=150),
        Column(source="4", title="Har tystnat", scale=lost, width=110),
    )
    return panels.rows(figure, columns, sort="Har väntat längst")
