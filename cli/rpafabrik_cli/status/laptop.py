"""Sees the factory of `rpafabrik dev` in its state directory. Judges nothing, writes nothing."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rpafabrik_api.digitalworker import DigitalWorker
from rpafabrik_api.jobrun import JobRun
from rpafabrik_api.workerjob import WorkerJob
from rpafabrik_cli import failures
from rpafabrik_cli.dev import file_cluster, presence
from rpafabrik_cli.dev.state import State
from rpafabrik_cli.status import facts
from rpafabrik_cli.status.sources import Seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Laptop:
    """A state directory."""

    folder: Path
    namespace: str | None = None
    """None is all of them."""

    async def look(self) -> Seen:
        """See how it is now."""
        state = State(self.folder)
        if not state.resources.is_dir():
            raise failures.WrongUse(
                f"--state {self.folder} must be a folder that rpafabrik dev has used, and is none"
            )
        here = presence.seen(state.presence)
        return Seen(
            facts=facts.Facts(
                now=datetime.now(UTC).astimezone(),
                where=f"rpafabrik dev in {self.folder}",
                resources=self._resources(state),
                laptop=facts.Laptop(state=str(self.folder), running=here is not None),
            ),
            temporal=here.settings if here else None,
            ledger=state.ledger_url if state.ledger.exists() else None,
        )

    def _resources(self, state: State) -> facts.Resources:
        kept = [
            one
            for one in file_cluster.kept(state.resources)
            if self.namespace in (None, one.metadata.namespace)
        ]
        return facts.Resources(
            jobs=tuple(one for one in kept if isinstance(one, WorkerJob)),
            runs=tuple(one for one in kept if isinstance(one, JobRun)),
            workers=tuple(one for one in kept if isinstance(one, DigitalWorker)),
        )
