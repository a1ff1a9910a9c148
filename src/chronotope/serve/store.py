"""Jobs in a SQLite file: what was accepted is written before it is answered, and outlives the process that accepted it."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

QUEUED, RUNNING, DONE, FAILED, CANCELLED = "queued", "running", "done", "failed", "cancelled"
OPEN = (QUEUED, RUNNING)
TABLE = """create table if not exists jobs (
    id text primary key, verb text, call text, manner text, state text, attempts integer default 0,
    created real, started real, finished real, stage text default '', notes text default '[]', error text, fault text)"""


@dataclass(frozen=True)
class Job:
    """One call that was accepted.

    Attributes:
        call: the schema's values.
        manner: formats, what is wanted beside, and whether a picture is.
        attempts: how often its work was begun.
        created, started, finished: seconds since 1970.
        stage: what it is at.
        notes: what looks wrong in the data.
        error: one sentence, of a job that failed.
        fault: whose: "call", "limit" or "server".
    """

    id: str
    verb: str
    call: dict[str, Any]
    manner: dict[str, Any]
    state: str
    attempts: int
    created: float
    started: float | None
    finished: float | None
    stage: str
    notes: list[str]
    error: str | None
    fault: str | None

    @property
    def is_open(self) -> bool:
        """True while it waits or works."""
        return self.state in OPEN


class Store:
    """The jobs of one server; safe among threads."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.RLock()
        self._base = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._base.row_factory = sqlite3.Row
        for line in ("pragma journal_mode=wal", "pragma synchronous=normal", TABLE):
            self._base.execute(line)

    def add(self, id: str, verb: str, call: dict[str, Any], manner: dict[str, Any]) -> Job:
        """Accept a job."""
        values = (id, verb, json.dumps(call), json.dumps(manner), QUEUED, time.time())
        self._do("insert into jobs (id, verb, call, manner, state, created) values (?, ?, ?, ?, ?, ?)", values)
        return self.get(id)  # type: ignore[return-value]

    def get(self, id: str) -> Job | None:
        """A job, None where there is none of that name."""
        found = self._do("select * from jobs where id = ?", (id,))
        return _job(found[0]) if found else None

    def jobs(self, *states: str) -> list[Job]:
        """Those in some states, the oldest first."""
        marks = ", ".join("?" * len(states))
        return [_job(row) for row in self._do(f"select * from jobs where state in ({marks}) order by created, rowid", states)]

    def ahead(self, job: Job) -> int:
        """How many wait before a job that waits."""
        return int(self._do("select count(*) from jobs where state = ? and created < ?", (QUEUED, job.created))[0][0])

    def count(self, state: str) -> int:
        """How many are in a state."""
        return int(self._do("select count(*) from jobs where state = ?", (state,))[0][0])

    def begin(self, id: str) -> bool:
        """Take a job that waits; False where it does not wait any more."""
        line = "update jobs set state = ?, started = ?, attempts = attempts + 1 where id = ? and state = ? returning id"
        return bool(self._do(line, (RUNNING, time.time(), id, QUEUED)))

    def again(self, id: str) -> None:
        """Put a job back whose work was lost."""
        self._do("update jobs set state = ?, stage = 'once more' where id = ? and state = ?", (QUEUED, id, RUNNING))

    def tell(self, id: str, stage: str | None = None, note: str | None = None) -> None:
        """What a job is at, or what looks wrong in its data."""
        if stage is not None:
            self._do("update jobs set stage = ? where id = ?", (stage, id))
        if note is not None:
            with self._lock:
                job = self.get(id)
                if job is not None and note not in job.notes:
                    self._do("update jobs set notes = ? where id = ?", (json.dumps([*job.notes, note][:50]), id))

    def end(self, id: str, state: str, error: str | None = None, fault: str | None = None) -> bool:
        """Close a job; False where it was closed before."""
        line = f"update jobs set state = ?, finished = ?, error = ?, fault = ? where id = ? and state in {OPEN!r} returning id"
        return bool(self._do(line, (state, time.time(), error, fault, id)))

    def forget(self, id: str) -> None:
        """Strike a job out."""
        self._do("delete from jobs where id = ?", (id,))

    def older(self, seconds: float) -> list[str]:
        """Names of the jobs that ended so long ago."""
        rows = self._do("select id from jobs where finished < ?", (time.time() - seconds,))
        return [str(row["id"]) for row in rows]

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._base.close()

    def _do(self, line: str, values: tuple[Any, ...] = ()) -> list[sqlite3.Row]:
        with self._lock:
            return self._base.execute(line, values).fetchall()


def _job(row: sqlite3.Row) -> Job:
    values = dict(row)
    return Job(**{**values, **{name: json.loads(values[name]) for name in ("call", "manner", "notes")}})
