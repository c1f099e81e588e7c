"""The board for the platform team: operator, Temporal, workers and ledger."""

from rpafabrik_api import telemetry
from rpafabrik_dashboards import panels, queries, temporal_sdk
from rpafabrik_dashboards.boards import Board, Section
from rpafabrik_dashboards.figures import (
    DURATION,
    EXACTLY_ONE,
    RATE,
    YES_OR_NO,
    Colour,
    Figure,
    Query,
    Scale,
    Step,
    Unit,
)

_SILENT = "Inga fel"
_RECONCILE = telemetry.RECONCILE_SECONDS.name
_USED, _FREE = (
    f"sum by (task_queue, worker_type) ({name})"
    for name in (temporal_sdk.SLOTS_USED, temporal_sdk.SLOTS_AVAILABLE)
)

_STANDING = (
    Figure(
        title="Operatorer som leder",
        description="En operator i taget leder. Leder ingen tas ändringar inte emot.",
        queries=(Query(queries.once(telemetry.LEADER, function="sum")),),
        width=4,
        height=4,
        scale=EXACTLY_ONE,
        runbook="RpafabrikOperatorWithoutLeader",
    ),
    Figure(
        title="Temporal svarar operatorn",
        description="Nej: inga körningar startar förrän Temporal svarar igen. Inget går förlorat.",
        queries=(Query(queries.once(telemetry.TEMPORAL_UP)),),
        width=4,
        height=4,
        scale=YES_OR_NO,
        runbook="RpafabrikTemporalAway",
    ),
    Figure(
        title="Liggaren svarar",
        description="Nej: minst en plattform når inte databasen där utfallen skrivs.",
        queries=(Query(queries.once(telemetry.LEDGER_UP, function="min")),),
        width=4,
        height=4,
        scale=YES_OR_NO,
        runbook="RpafabrikLedgerUnreachable",
    ),
    Figure(
        title="Plattformar som läser liggaren åt alla",
        description="En plattform i taget läser ut timmar och ärenden.",
        queries=(Query(queries.once(telemetry.LEDGER_READER, function="sum")),),
        width=4,
        height=4,
        scale=EXACTLY_ONE,
        runbook="RpafabrikLedgerFiguresStale",
    ),
    Figure(
        title="Sedan liggaren lästes",
        description="Så gamla är timmarna och ärendena på tavlorna.",
        queries=(Query(f"time() - {queries.once(telemetry.LEDGER_READ)}"),),
        width=4,
        height=4,
        scale=Scale(
            unit=Unit.AGE,
            decimals=None,
            steps=(Step(Colour.GOOD), Step(Colour.WARN, 120), Step(Colour.BAD, 300)),
        ),
        runbook="RpafabrikLedgerFiguresStale",
    ),
    Figure(
        title="Så lång tid tog läsningen",
        description="Tiden för att räkna fram alla siffror ur liggaren, senaste gången.",
        queries=(Query(queries.once(telemetry.LEDGER_READ_SECONDS)),),
        width=4,
        height=4,
        scale=Scale(
            unit=Unit.SECONDS,
            decimals=None,
            steps=(Step(Colour.GOOD), Step(Colour.WARN, 10), Step(Colour.BAD, 30)),
        ),
        runbook="RpafabrikLedgerFiguresStale",
    ),
)

_OPERATOR = (
    Figure(
        title="Tid för att ta hand om en resurs",
        description="95 av 100 genomgångar av en resurs gick fortare än så här, per slag.",
        queries=(Query(queries.quantile(0.95, _RECONCILE, "kind"), "{{kind}}"),),
        width=8,
        height=8,
        scale=DURATION,
    ),
    Figure(
        title="Genomgångar per sekund",
        description="Hur ofta operatorn går igenom en resurs, per slag.",
        queries=(Query(queries.rate(f"{_RECONCILE}_count", "kind"), "{{kind}}"),),
        width=8,
        height=8,
        scale=RATE,
    ),
    Figure(
        title="Genomgångar som måste göras om, per sekund",
        description="Orsaken är conflict (någon ändrade samtidigt), cluster (Kubernetes svarade"
        " inte), temporal (Temporal svarade inte) eller fault (ett fel i operatorn).",
        queries=(
            Query(
                queries.rate(telemetry.RECONCILE_ERRORS.name, "kind, cause"), "{{kind}}: {{cause}}"
            ),
        ),
        width=8,
        height=8,
        scale=RATE,
        empty=_SILENT,
        runbook="RpafabrikReconcileErrors",
    ),
)

_TEMPORAL = (
    Figure(
        title="Svarstid från Temporal",
        description="95 av 100 anrop till Temporal fick svar fortare än så här, per anrop.",
        queries=(
            Query(
                queries.quantile(0.95, temporal_sdk.REQUEST_SECONDS, "operation"), "{{operation}}"
            ),
        ),
        width=12,
        height=8,
        scale=DURATION,
        runbook="RpafabrikTemporalAway",
    ),
    Figure(
        title="Anrop till Temporal som misslyckas, per sekund",
        description="Per anrop och svarskod. NOT_FOUND och ALREADY_EXISTS hör till vardagen;"
        " UNAVAILABLE gör det inte.",
        queries=(
            Query(
                queries.rate(temporal_sdk.REQUEST_FAILURES, "operation, status_code"),
                "{{operation}}: {{status_code}}",
            ),
        ),
        width=12,
        height=8,
        scale=RATE,
        empty=_SILENT,
        runbook="RpafabrikTemporalAway",
    ),
)

_WORKERS = (
    Figure(
        title="Upptagna platser",
        description="Andelen platser för arbete som används, per kö och slag. Är den länge nära"
        " 100 % behövs fler poddar.",
        queries=(Query(f"{_USED} / ({_USED} + {_FREE} > 0)", "{{task_queue}} {{worker_type}}"),),
        width=8,
        height=8,
        scale=Scale(unit=Unit.SHARE),
        runbook="RpafabrikBacklogOld",
    ),
    Figure(
        title="Väntan innan ett steg börjar",
        description="95 av 100 steg började inom den här tiden efter att de lades i kön.",
        queries=(
            Query(
                queries.quantile(0.95, temporal_sdk.ACTIVITY_WAIT, "task_queue"), "{{task_queue}}"
            ),
        ),
        width=8,
        height=8,
        scale=DURATION,
        runbook="RpafabrikBacklogOld",
    ),
    Figure(
        title="Väntan innan ett arbetsflöde går vidare",
        description="95 av 100 beslut i arbetsflöden började inom den här tiden. Växer den behövs"
        " fler plattformspoddar.",
        queries=(
            Query(
                queries.quantile(0.95, temporal_sdk.WORKFLOW_TASK_WAIT, "task_queue"),
                "{{task_queue}}",
            ),
        ),
        width=8,
        height=8,
        scale=DURATION,
    ),
    Figure(
        title="Tid för ett steg",
        description="95 av 100 steg gick fortare än så här, per slag av steg.",
        queries=(
            Query(
                queries.quantile(0.95, temporal_sdk.ACTIVITY_SECONDS, "activity_type"),
                "{{activity_type}}",
            ),
        ),
        width=12,
        height=8,
        scale=DURATION,
    ),
    Figure(
        title="Steg som misslyckas, per sekund",
        description="Försök som slutade med fel, per slag av steg. De görs om enligt stegets"
        " regler.",
        queries=(
            Query(
                queries.rate(temporal_sdk.ACTIVITY_FAILURES, "activity_type"), "{{activity_type}}"
            ),
        ),
        width=12,
        height=8,
        scale=RATE,
        empty=_SILENT,
        runbook="RpafabrikRunsFail",
    ),
)


def board() -> Board:
    """Return the board."""
    return Board(
        uid="rpafabrik-plattformen",
        title="Plattformen",
        description="Det som hela fabriken står på: operatorn, Temporal, arbetarna och liggaren.",
        since="now-6h",
        sections=(
            Section(panels=tuple(map(panels.single, _STANDING))),
            Section(heading="Operatorn", panels=tuple(map(panels.lines, _OPERATOR))),
            Section(heading="Temporal", panels=tuple(map(panels.lines, _TEMPORAL))),
            Section(heading="Arbetarna", panels=tuple(map(panels.lines, _WORKERS))),
        ),
    )
