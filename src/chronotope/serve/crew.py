"""The crew: a few workers, each a process that is watched, and the queue before them.

A worker that dies takes nothing with it: its job is begun once more, and after that marked failed with a sentence.
"""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import queue
import shutil
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from chronotope.serve import worker
from chronotope.serve.limits import Limits
from chronotope.serve.store import CANCELLED, FAILED, QUEUED, RUNNING, Job, Store

LOG = logging.getLogger("chronotope.serve")
ATTEMPTS = 2
MOST_CALLS, MOST_GROWTH = 500, 1 << 30  # of one process, after which another takes its place: what leaks is given back
LOST = "The work was lost twice without an answer: its process ended, perhaps for want of memory. Send fewer places or steps."


class Crew:
    """Workers and what waits for them.

    Args:
        folder: every job has a folder below it.
        told: called with (verb, state, seconds) when a job ends.
        work: what a process does, `worker.main`.
    """

    def __init__(
        self, store: Store, folder: Path, limits: Limits, workers: int, told: Callable[[str, str, float], None], work: Any = worker.main
    ) -> None:
        self.store, self.folder, self.limits, self.told, self.work = store, folder, limits, told, work
        self._queue: queue.Queue[str | None] = queue.Queue()
        self._waiting: dict[str, Future[None]] = {}
        self._stopped: set[str] = set()
        self._closing = threading.Event()
        threads = max(1, (os.cpu_count() or 1) // workers)
        self.slots = [Slot(self, threads) for _ in range(workers)]
        self._recover()
        threading.Thread(target=self._sweep, daemon=True).start()
        for slot in self.slots:
            slot.start()

    def submit(self, job: Job) -> Future[None]:
        """Let a job wait for a worker; the future is done when the job is."""
        future: Future[None] = Future()
        self._waiting[job.id] = future
        self._queue.put(job.id)
        return future

    def cancel(self, id: str) -> None:
        """End a job that is open: at once where it waits, with its process where it works."""
        self._stopped.add(id)
        self.end(id, CANCELLED)

    def is_stopped(self, id: str) -> bool:
        """True for a job that was cancelled."""
        return id in self._stopped

    def next(self) -> Job | None:
        """The next job, begun; None when the crew goes home."""
        while (id := self._queue.get()) is not None:
            if self.store.begin(id):
                return self.store.get(id)
        return None

    def lost(self, job: Job) -> None:
        """A worker died over a job."""
        if job.attempts >= ATTEMPTS:
            self.end(job.id, FAILED, LOST, "server")
            return
        shutil.rmtree(self.folder / job.id / "out", ignore_errors=True)
        (self.folder / job.id / "out").mkdir(parents=True, exist_ok=True)
        self.store.again(job.id)
        self._queue.put(job.id)

    def end(self, id: str, state: str, error: str | None = None, fault: str | None = None) -> None:
        """Close a job, throw away what was sent for it, and tell whoever waits."""
        if self.store.end(id, state, error, fault):
            job = self.store.get(id)
            _throw_away(self.folder / id, keep="out" if state == "done" else None)
            if job is not None:
                self.told(job.verb, state, time.time() - (job.started or time.time()))
        future = self._waiting.pop(id, None)
        if future is not None and not future.done():
            future.set_result(None)

    def forget(self, id: str) -> None:
        """Remove a job with all its files."""
        shutil.rmtree(self.folder / id, ignore_errors=True)
        self.store.forget(id)
        self._stopped.discard(id)

    def is_ready(self) -> bool:
        """True once a worker can work."""
        return any(slot.ready.is_set() for slot in self.slots)

    def close(self) -> None:
        """Let everyone go home; what waits stays in the store."""
        self._closing.set()
        for _ in self.slots:
            self._queue.put(None)
        for slot in self.slots:
            slot.stop()
            slot.join(5)
        for future in list(self._waiting.values()):
            future.cancel()

    @property
    def is_closing(self) -> bool:
        """True once `close` was called."""
        return self._closing.is_set()

    def _recover(self) -> None:
        """What an earlier process accepted: what waited waits again, what was at work counts as lost."""
        for job in self.store.jobs(RUNNING):
            self.lost(job)
        for job in self.store.jobs(QUEUED):
            if job.id not in list(self._queue.queue):
                self._queue.put(job.id)
        known = {job.id for job in self.store.jobs(QUEUED, RUNNING, "done", FAILED, CANCELLED)}
        for place in self.folder.iterdir():
            if place.is_dir() and place.name not in known:
                shutil.rmtree(place, ignore_errors=True)

    def _sweep(self) -> None:
        while not self._closing.wait(min(30.0, self.limits.minutes * 60 / 4)):
            with contextlib.suppress(Exception):
                for id in self.store.older(self.limits.minutes * 60):
                    self.forget(id)


class Slot(threading.Thread):
    """A place at the crew: a thread that watches one process after the other."""

    def __init__(self, crew: Crew, threads: int) -> None:
        super().__init__(daemon=True)
        self.crew, self.threads = crew, threads
        self.ready = threading.Event()
        self.process: Any = None
        self.resident = 0
        self._pipe: Connection | None = None
        self._base, self._calls = 0, 0

    def run(self) -> None:
        """Work until the crew goes home."""
        self._ensure()
        while (job := self.crew.next()) is not None and not self.crew.is_closing:
            try:
                self._work(job)
            except Exception:
                self._kill()
                if self.crew.is_closing:
                    return
                LOG.exception("a job was lost")
                self.crew.lost(job)
            self._ensure()

    def stop(self) -> None:
        """End the process."""
        self._kill()

    def _ensure(self) -> None:
        """A process that is warm."""
        is_worn = self._calls >= MOST_CALLS or self.resident - self._base > MOST_GROWTH
        if self.process is not None and self.process.is_alive() and not is_worn:
            return
        self._kill()
        context = multiprocessing.get_context("spawn")
        while not self.crew.is_closing:
            self._pipe, far = context.Pipe()
            self.process = context.Process(target=self.crew.work, args=(far, self.crew.limits, self.threads), daemon=True)
            self.process.start()
            far.close()
            with contextlib.suppress(EOFError, OSError):
                _, self._base = self._pipe.recv()
                self._calls, self.resident = 0, self._base
                self.ready.set()
                return
            time.sleep(1)  # it died while it got ready; not again at once

    def _work(self, job: Job) -> None:
        pipe = self._pipe
        if pipe is None:
            raise RuntimeError("no process")
        self._calls += 1
        where = str(self.crew.folder / job.id)
        until = time.monotonic() + self.crew.limits.seconds
        try:
            pipe.send({"folder": where, "verb": job.verb, "call": job.call, "manner": job.manner})
            while True:
                if self.crew.is_stopped(job.id):
                    self._kill()
                    _throw_away(Path(where), keep=None)
                    return
                if time.monotonic() > until:
                    self._kill()
                    said = f"This server gives a call {self.crew.limits.seconds:g} s, and this one took longer. "
                    self.crew.end(
                        job.id, FAILED, said + "Ask for fewer steps or places, or take a plain model such as baseline:mix.", "limit"
                    )
                    return
                if pipe.poll(0.1) and self._hear(job, *pipe.recv()):
                    return
        except (EOFError, OSError):
            self._kill()
            if not self.crew.is_closing:
                self.crew.lost(job)

    def _hear(self, job: Job, kind: str, *what: Any) -> bool:
        """Keep what the process says; True if it was the last word."""
        if kind == "stage":
            self.crew.store.tell(job.id, stage=what[0])
        elif kind == "note":
            self.crew.store.tell(job.id, note=what[0])
        elif kind == "end":
            self.resident = what[1]
            self.crew.end(job.id, **what[0])
            return True
        return False

    def _kill(self) -> None:
        self.ready.clear()
        process, self.process = self.process, None
        if process is not None:
            process.kill()
            process.join(5)
        pipe, self._pipe = self._pipe, None
        if pipe is not None:
            with contextlib.suppress(OSError):  # whoever goes home and whoever watches may both close it
                pipe.close()


def _throw_away(folder: Path, keep: str | None) -> None:
    """Everything in a job's folder but what it made."""
    for part in folder.iterdir() if folder.is_dir() else ():
        if part.name != keep:
            shutil.rmtree(part, ignore_errors=True)
