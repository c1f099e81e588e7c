"""The platform's activities on the ledger. Thin: what is written, the ledger decides.

They are plain functions, run in threads, for the ledger blocks. Every one is safe to repeat.
"""

import itertools
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio import activity
from temporalio.exceptions import ApplicationError

from rpafabrik_api import contract, names
from rpafabrik_platform import realising
from rpafabrik_platform.activities import calls
from rpafabrik_platform.ledger import entries, errors, store


class LedgerActivities:
    """Activities that share one ledger."""

    def __init__(self, ledger: store.Ledger) -> None:
        self._ledger = ledger

    @activity.defn(name=calls.OPEN_RUN)
    def open_run(self, opening: calls.Opening) -> calls.Opened:
        """Write that a run begins; look whether people have re-queued items."""
        run = entries.run(opening.job, opening.run_id, opening.purpose, opening.started_at)
        self._ledger.open_run(run)
        real = not opening.purpose.trial
        return calls.Opened(requeued=real and bool(self._ledger.waiting(run.job_uid, most=1).items))

    @activity.defn(name=calls.REQUEUED)
    def requeued(self, asking: calls.Asking) -> calls.Requeued:
        """Read a page of the items that people re-queued."""
        page = self._ledger.waiting(asking.job_uid, asking.after, asking.most)
        return calls.Requeued(
            references=tuple(reference for reference, _ in page.items),
            items=tuple(json.loads(payload) for _, payload in page.items),
            more=page.more,
        )

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
                    step=ending.step or None,
                    attempts=ending.attempts,
                    item=ending.item,
                    asked=ending.asked,
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
            volume=closing.volume,
        )
        ledger.close_run(entries.run_end(closing.job, closing.purpose, end))
        owner = names.claims_owner(closing.job.uid, closing.run_id, trial=closing.purpose.trial)
        ledger.release_claims(owner, closing.run_id)
        uid = closing.job.uid
        return calls.Saved(
            run=ledger.saved_by_run(closing.run_id),
            job=ledger.saved_by_job(uid),
            standing=None if closing.purpose.trial else ledger.standing(uid),
        )

    @activity.defn(name=calls.REALISE_BENEFIT)
    def realise_benefit(self, told: calls.Realising) -> calls.Realised:
        """Write what somebody says came true; tried again, the entry is the same."""
        info = activity.info()
        entry_id = names.entry_id(info.activity_id, info.activity_run_id or "")
        try:
            entry = realising.realising(told, entry_id, datetime.now(UTC))
            return realising.realised(self._ledger.realise(entry))
        except errors.LedgerRefused as refused:  # whoever calls has no retry policy of ours
            raise ApplicationError(
                str(refused), type=calls.LEDGER_REFUSED, non_retryable=True
            ) from refused

    @property
    def all(self) -> tuple[Callable[..., Any], ...]:
        """What a worker registers."""
        return (
            self.open_run,
            self.requeued,
            self.record_item,
            self.record_chunk,
            self.close_run,
            self.realise_benefit,
        )


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
            step=(exception and exception.step) or None,
            attempts=exception.attempts if exception else None,
            item=ending.items.get(index),
        )
