"""The jobs of a server: accepted, kept and told of."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import time
from concurrent.futures import Future
from pathlib import Path
from typing import IO, Any

from chronotope.errors import ArgumentError, NotWrittenError
from chronotope.serve import worker
from chronotope.serve.crew import Crew
from chronotope.serve.intake import Asked, laid_out
from chronotope.serve.limits import Limits
from chronotope.serve.metrics import Metrics
from chronotope.serve.store import QUEUED, Job, Store
from chronotope.serve.verbs import Verb


class Full(ArgumentError):
    """Too many calls wait."""


class Jobs:
    """What a server has been asked to do.

    Args:
        folder: for the store and for a folder of each job; for one server at a time.
        workers: processes that work.
        work: what each of them does.
    """

    def __init__(self, folder: Path, limits: Limits, workers: int, work: Any = worker.main) -> None:
        self.base, self.limits, self.workers, self.work = Path(folder).expanduser().absolute(), limits, workers, work
        self.metrics = Metrics()
        self.store: Store
        self.crew: Crew
        self._lock: IO[str] | None = None

    @property
    def folder(self) -> Path:
        """Every job has a folder below it."""
        return self.base / "jobs"

    def open(self) -> None:
        """Take up the folder, with what an earlier server left there.

        Raises:
            NotWrittenError: it cannot be written, or another server has it.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            os.chmod(self.base, 0o700)
            self._lock = (self.base / "lock").open("w")
            _lock(self._lock)
        except OSError as error:
            why = f"{self.base} is not ({error.strerror})"
            raise NotWrittenError(f"The folder for jobs must be one that nobody else uses; {why}. Give another --folder.") from error
        self.store = Store(self.base / "jobs.sqlite")
        self.crew = Crew(self.store, self.folder, self.limits, self.workers, self.metrics.ended, self.work)

    def close(self) -> None:
        """End all work and remove what is done; what was accepted and is not waits in the store for the next server."""
        self.crew.close()
        for id in self.store.older(0):
            self.crew.forget(id)
        self.store.close()
        if self._lock is not None:
            self._lock.close()

    def check_room(self) -> None:
        """Refuse a call while too many wait.

        Raises:
            Full: so it is.
        """
        waiting = self.store.count(QUEUED)
        if waiting >= self.limits.queue:
            raise Full(f"This server lets {self.limits.queue} calls wait, and as many do. Send yours again in a while.")

    def accept(self, verb: Verb, asked: Asked) -> tuple[Job, Future[None]]:
        """Keep what a request holds, and let it wait for a worker.

        Raises:
            ChronotopeError: it is no call, in one sentence; nothing is left of it then.
        """
        id = secrets.token_urlsafe(16)
        folder = self.folder / id
        folder.mkdir(mode=0o700)
        try:
            call = laid_out(asked, verb, folder, self.limits)
            self.check_room()
            manner = {"formats": asked.formats, "picture": asked.picture}
            job = self.store.add(id, verb.name, call.model_dump(mode="json", exclude_defaults=True), manner)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return job, self.crew.submit(job)

    def files(self, id: str) -> dict[str, Path]:
        """What a job that is done has made, by name."""
        job = self.store.get(id)
        if job is None or job.state != "done":
            return {}
        return {path.name: path for path in sorted((self.folder / job.id / "out").iterdir()) if path.is_file() and path.name[0] != "."}

    def about(self, job: Job) -> dict[str, Any]:
        """A job as its asker sees it."""
        url = f"/v1/jobs/{job.id}"
        end = job.finished or time.time()
        with contextlib.suppress(FileNotFoundError):
            files = [
                {"name": name, "url": f"{url}/files/{name}", "bytes": path.stat().st_size} for name, path in self.files(job.id).items()
            ]
            return {
                **{key: getattr(job, key) for key in ("id", "verb", "state", "stage", "attempts", "error", "fault")},
                "ahead": self.store.ahead(job) if job.state == QUEUED else 0,
                "seconds": None if job.started is None else round(end - job.started, 2),
                "warnings": job.notes,
                "url": url,
                "files": files,
            }
        return {"id": job.id, "verb": job.verb, "state": job.state, "url": url, "files": []}


def _lock(file: IO[str]) -> None:
    """Hold a file alone, where the system knows how."""
    with contextlib.suppress(ImportError):
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
