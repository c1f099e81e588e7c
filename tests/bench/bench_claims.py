"""Claims against the plainest way to note references: one INSERT OR IGNORE for each page.

Both take references a thousand at a time, each page in a transaction of its own that is on disk
when it ends. Ours also looks which are done, keeps runs apart, and answers what is taken. Then the
same references are met by another run once they are done. One after the other, in turns.

Run by `make bench`, or `python tests/bench/bench_claims.py [REFERENCES [LEDGER-URL]]`.
"""

import sqlite3
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from rpafabrik_platform.ledger import entries, store
from support import ledger_entries

ROUNDS, PAGE = 3, 1_000

Pages = list[tuple[int, tuple[str, ...]]]


def pages(count: int) -> Pages:
    return [
        (start, tuple(f"VC{number:07}/2026-01-07" for number in range(start, start + PAGE)))
        for start in range(0, count, PAGE)
    ]


def plain(wanted: Pages) -> None:
    with tempfile.TemporaryDirectory() as folder:
        connection = sqlite3.connect(Path(folder) / "plain.db", isolation_level=None)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(
            "CREATE TABLE claims (job TEXT, reference TEXT, run TEXT, PRIMARY KEY (job, reference))"
        )
        for _, references in wanted:
            connection.execute("BEGIN IMMEDIATE")
            rows = [("job", reference, "run") for reference in references]
            connection.executemany("INSERT OR IGNORE INTO claims VALUES (?, ?, ?)", rows)
            connection.execute("COMMIT")
        connection.close()


def claimed(ledger: store.Ledger, job_uid: str, run_id: str, wanted: Pages) -> Iterator[int]:
    for position, references in wanted:
        asked = entries.Claiming(
            job_uid=job_uid, run_id=run_id, position=position, references=references
        )
        yield len(ledger.claim(asked))


def rate(count: int, work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return count / (time.perf_counter() - began)


def measure(url: str, count: int) -> None:
    wanted = pages(count)
    ratios = []
    with store.open_ledger(url) as ledger:
        for _ in range(ROUNDS):
            job_uid = str(uuid.uuid4())
            run_id = f"workerjob/ekonomi/kassaavstamning/{job_uid}-2026-01-07T05:00:00Z"
            ledger.open_run(ledger_entries.run(run_id, job_uid=job_uid))
            by_hand = rate(count, lambda: plain(wanted))
            new = rate(count, lambda: sum(claimed(ledger, job_uid, run_id, wanted)))  # noqa: B023 - called at once
            for _, references in wanted:
                rows = [
                    ledger_entries.item(one, run_id=run_id, job_uid=job_uid) for one in references
                ]
                ledger.record_many(rows)
            released = rate(count, lambda: ledger.release_claims(job_uid, run_id))  # noqa: B023 - see above
            seen = rate(count, lambda: sum(claimed(ledger, job_uid, "another run", wanted)))  # noqa: B023 - see above
            ratios.append(new / by_hand)
            print(
                f"plain {by_hand:8.0f}/s   claimed {new:7.0f}/s   released {released:8.0f}/s"
                f"   met again {seen:7.0f}/s"
            )
    print(f"claimed / plain, median of {ROUNDS}: {statistics.median(ratios):.2f}  ({count} each)")


if __name__ == "__main__":
    many = int(sys.argv[1]) if sys.argv[1:] else 100_000
    with tempfile.TemporaryDirectory() as made_for_this:
        place = sys.argv[2] if sys.argv[2:] else f"sqlite:///{made_for_this}/ledger.db"
        store.migrate(place)
        measure(place, many)
