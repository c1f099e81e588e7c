"""The platform's activities on the ledger. Thin: what is written, the ledger decides.

They are plain functions, run in threads, for the ledger blocks. Every one is safe to repeat.
"""

import itertools
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from temporalio import activity

from rpafabrik_api import contract, names
from rpafabrik_platform.activities import calls
from rpafabrik_platform.ledger import entries, store


class LedgerActivities:
    """Activities that share one ledger."""

    def __init__(self, ledger: store.Ledger) -> None:
        self._ledger = ledger

    @activity.defn(name=calls.OPEN_RUN)
    def open_run(self, opening: calls.Opening) -> None:
        """Write that a run begins."""
        run = entries.run(opening.job, opening.run_id, opening.purpose, opening.started_at)
        self._ledger.open_run(run)

    @activity.defn(name=calls.RECORD_ITEM)
    def record_item(self, ending: calls.Ending) -> contract.Outcome:
        """Write the final row of an item; another run's row means that this run skips it."""
        recorded = self._ledger.record(
            entries.item(
                ending.job,
                ending.run_id,
                entries.Ending(
                    reference=ending.reference,
                    outcome=ending.outcome,
                    completed_at=ending.completed_at,
                    arrived_at=ending.arrived_at,
                    unit=ending.unit,
                    trial=ending.trial,
                    code=ending.code or None,
                    message=ending.message or None,
                ),
            )
        )
        mine = recorded.run_id == ending.run_id
        return recorded.outcome if mine else contract.Outcome.SKIPPED

    @activity.defn(name=calls.RECORD_CHUNK)
    def record_chunk(self, ending: calls.ChunkEnding) -> list[calls.Streak]:
        """Write the final rows of many items, all or none; answer as `record_item` of each."""
        rows = [entries.item(ending.job, ending.run_id, one) for one in _endings(ending)]
        outcomes = (
            one.outcome if one.run_id == ending.run_id else contract.Outcome.SKIPPED
            for one in self._ledger.record_many(rows)
        )
        return [
            calls.Streak(outcome=outcome, items=len(list(same)))
            for outcome, same in itertools.groupby(outcomes)
        ]

    @activity.defn(name=calls.CLOSE_RUN)
    def close_run(self, closing: calls.Closing) -> calls.Saved:
        """Write how a run ended, and add up what it and its job have saved."""
        ledger = self._ledger
        end = entries.RunEnding(
            run_id=closing.run_id,
            result=closing.result,
            finished_at=closing.finished_at,
            counts=closing.counts,
        )
        ledger.close_run(entries.run_end(closing.job, closing.purpose, end))
        owner = names.claims_owner(closing.job.uid, closing.run_id, trial=closing.purpose.trial)
        ledger.release_claims(owner, closing.run_id)
        return calls.Saved(
            run=ledger.saved_by_run(closing.run_id), job=ledger.saved_by_job(closing.job.uid)
        )

    @property
    def all(self) -> tuple[Callable[..., Any], ...]:
        """What a worker registers."""
        return (self.open_run, self.record_item, self.record_chunk, self.close_run)


def _endings(ending: calls.ChunkEnding) -> Iterator[entries.Ending]:
    """The items of the chunk that ended, in that order."""
    progress = ending.progress
    exceptions = {one.index: one for one in progress.exceptions}
    known = progress.known or [contract.Known()] * len(progress.ended)
    for index, seconds, figures in zip(progress.ended, progress.seconds, known, strict=True):
        exception = exceptions.get(index)
        yield entries.Ending(
            reference=ending.references[index],
            outcome=exception.outcome if exception else contract.Outcome.COMPLETED,
            completed_at=progress.started_at + timedelta(seconds=seconds),
            arrived_at=figures.arrived_at,
            unit=figures.unit,
            trial=ending.trial,
            code=(exception and exception.code) or None,
            message=(exception and exception.message) or None,
        )
