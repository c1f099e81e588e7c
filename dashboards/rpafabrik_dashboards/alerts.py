"""What our alerts are called on a board, and the first thing to do; runbooks say the rest."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert."""

    name: str
    reason: str
    action: str


ALERTS = (
    Alert(
        "RpafabrikScheduleMissed", "Startade inte enligt schemat", "Se om jobbet hålls eller väntar"
    ),
    Alert(
        "RpafabrikJobSilent",
        "Ingen lyckad körning på ett dygn",
        "Se varför körningarna inte blir klara",
    ),
    Alert(
        "RpafabrikJobNotReady", "Kan inte köras", "Läs jobbets villkor och rätta det som står där"
    ),
    Alert(
        "RpafabrikRunsFail", "Körningarna misslyckas", "Läs de senaste felen och målsystemets läge"
    ),
    Alert(
        "RpafabrikRunsFailOften",
        "Körningarna misslyckas ofta",
        "Läs de senaste felen: vad har de gemensamt?",
    ),
    Alert(
        "RpafabrikVolumeOutsideBand",
        "För få eller för många ärenden",
        "Kontrollera filen som lästes",
    ),
    Alert("RpafabrikOldestItemOld", "Ett ärende har blivit gammalt", "Se vad ärendet väntar på"),
    Alert("RpafabrikRobotDead", "Roboten är död", "Se varför robotens poddar inte går"),
    Alert("RpafabrikRobotUnhealthy", "Roboten saknar poddar", "Se varför poddar saknas"),
    Alert(
        "RpafabrikRobotsLost",
        "Roboten dör gång på gång",
        "Se varför poddarna tog slut: ofta för lite minne",
    ),
    Alert(
        "RpafabrikBacklogOld",
        "Arbete väntar på roboten",
        "Se om roboten har fastnat eller är för liten",
    ),
    Alert("RpafabrikTargetSystemDown", "Systemet svarar inte", "Fråga den som förvaltar systemet"),
    Alert("RpafabrikCredentialExpires", "Certifikatet går snart ut", "Förnya certifikatet"),
    Alert("RpafabrikOperatorWithoutLeader", "Ingen operator leder", "Se varför operatorn inte går"),
    Alert("RpafabrikTemporalAway", "Temporal svarar inte", "Se Temporals läge och nätet dit"),
    Alert(
        "RpafabrikLedgerUnreachable", "Liggaren går inte att nå", "Se databasens läge och nätet dit"
    ),
    Alert("RpafabrikLedgerFiguresStale", "Siffrorna är gamla", "Se om plattformen läser liggaren"),
    Alert("RpafabrikReconcileErrors", "Operatorn lyckas inte", "Läs operatorns logg om orsaken"),
)
