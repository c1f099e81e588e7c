"""The digital worker of the simulated year: VGR's four jobs, in the systems of `story`."""

import os
from datetime import date
from typing import Any

from temporalio import activity

import rpafabrik
from year import story

_ANSWERS = {"paid": "Fakturan är betald.", "due": "Fakturan betalas på förfallodagen."}


@activity.defn
def list_day(request: rpafabrik.SourceRequest[dict[str, str]]) -> rpafabrik.Page:
    """What a job has to do for a day."""
    asked = request.input
    if story.is_away(lambda day: day in story.JOB_AWAY[asked["job"]], asked["at"]):
        raise _away()
    return rpafabrik.Page(story.listed(asked["job"], date.fromisoformat(asked["date"])))


@activity.defn
def look_up_status(given: dict[str, str]) -> dict[str, str]:
    """The invoice's status in the economy system."""
    invoice = given["invoice"]
    _reach(invoice, given["at"])
    if invoice.endswith(story.UNKNOWN_SUPPLIER):
        raise rpafabrik.BusinessError("the supplier must be known", code="UnknownSupplier")
    if invoice in story.STUMBLES and rpafabrik.step_context().attempt == 1:
        raise rpafabrik.ApplicationError("the economy system was busy", code="SystemBusy")
    return {"status": "paid" if invoice.endswith(("0", "5")) else "due"}


@activity.defn
def compose_answer(given: dict[str, str]) -> dict[str, str]:
    """The answer that fits the status."""
    return {"text": _ANSWERS[given["status"]]}


@activity.defn
def mail_answer(given: dict[str, str]) -> None:
    """Mail the supplier: a line in the outbox, which sends what has the same key once."""
    step = rpafabrik.step_context()
    if step.trial:
        return
    outbox = os.open(os.environ["YEAR_OUTBOX"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    try:
        os.write(outbox, f"{step.idempotency_key} {given['invoice']} {given['text']}\n".encode())
    finally:
        os.close(outbox)


@activity.defn
def compare_deposits(given: dict[str, Any]) -> None:
    """Compare a register's report with the deposit that is booked."""
    register = f"{given['item']['centre']}/{given['item']['register']}"
    _reach(register, given["at"])
    if register == story.DIFFERENCE:
        raise rpafabrik.BusinessError("report and deposit must agree", code="Difference")


@activity.defn
def add_up_income(given: dict[str, str]) -> dict[str, int]:
    """Add up the pay types of a batch."""
    _reach(given["batch"], given["at"])
    return {"ore": sum(31_415_926 + month for month in range(12))}


@activity.defn
def compare_counts(given: dict[str, int]) -> None:
    """Compare how many invoices a department sent with how many came."""
    if given["sent"] != given["received"]:
        raise rpafabrik.BusinessError("what was sent must have come", code="LostFile")


def _reach(what: str, at: str) -> None:
    if story.is_away(lambda day: what in story.ITEMS_AWAY.get(day, ()), at):
        raise _away()


def _away() -> rpafabrik.ApplicationError:
    return rpafabrik.ApplicationError("the system is away", code="SystemAway", retryable=False)
