"""What Prometheus is told."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from chronotope.serve.crew import Crew
from chronotope.serve.store import QUEUED, RUNNING

SECONDS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)


class Metrics:
    """Counts of one server."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter("chronotope_requests", "requests answered", ["path", "status"], registry=self.registry)
        self.jobs = Counter("chronotope_jobs", "jobs that ended", ["verb", "state"], registry=self.registry)
        self.seconds = Histogram(
            "chronotope_job_seconds", "from begin to end of the work", ["verb"], buckets=SECONDS, registry=self.registry
        )
        self.open = Gauge("chronotope_jobs_open", "jobs that wait or work", ["state"], registry=self.registry)
        self.memory = Gauge("chronotope_worker_bytes", "memory of each worker after its last call", ["worker"], registry=self.registry)
        self.ready = Gauge("chronotope_workers_ready", "workers that are warm", registry=self.registry)

    def ended(self, verb: str, state: str, seconds: float) -> None:
        """A job ended."""
        self.jobs.labels(verb, state).inc()
        self.seconds.labels(verb).observe(max(seconds, 0))

    def text(self, crew: Crew) -> bytes:
        """All counts as Prometheus reads them."""
        for state in (QUEUED, RUNNING):
            self.open.labels(state).set(crew.store.count(state))
        for i, slot in enumerate(crew.slots):
            self.memory.labels(str(i)).set(slot.resident)
        self.ready.set(sum(slot.ready.is_set() for slot in crew.slots))
        return generate_latest(self.registry)
