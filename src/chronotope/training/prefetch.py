"""Batches in the order of their numbers, prepared ahead by other processes."""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from multiprocessing import get_context

from chronotope.training.batch import Batch, Batches


def prefetch(corpus: Batches, numbers: Iterable[int], workers: int) -> Iterator[Batch]:
    """The batches of `numbers`, in that order, whatever the number of workers (0: none)."""
    if workers == 0:
        yield from map(corpus.batch, numbers)
        return
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):  # a second, spinning thread makes small products dearer
        os.environ.setdefault(name, "1")
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_start, initargs=(corpus,))
    try:
        to_come = iter(numbers)
        waiting = deque(pool.submit(_work, number) for number in islice(to_come, 4 * workers + 2))
        while waiting:
            batch = waiting.popleft().result()
            waiting.extend(pool.submit(_work, number) for number in islice(to_come, 1))
            yield batch
    finally:
        pool.shutdown(cancel_futures=True)


@dataclass(frozen=True)
class Remembered:
    """A corpus whose batches stay in memory once they are drawn: for the few that are asked for again and again."""

    corpus: Batches
    drawn: dict[int, Batch] = field(default_factory=dict)

    def batch(self, step: int) -> Batch:
        if step not in self.drawn:
            self.drawn[step] = self.corpus.batch(step)
        return self.drawn[step]


_CORPUS: Batches | None = None


def _start(corpus: Batches) -> None:
    import torch

    global _CORPUS
    torch.set_num_threads(1)
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    _CORPUS = corpus


def _end_with(parent: int) -> None:
    """End this process once the one that began it is gone: a training that is killed would leave it waiting for ever."""
    while os.getppid() == parent:
        time.sleep(1.0)
    os._exit(0)


def _work(number: int) -> Batch:
    assert _CORPUS is not None
    return _CORPUS.batch(number)
