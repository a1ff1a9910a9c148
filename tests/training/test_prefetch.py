"""Processes that prepare batches go when the training that they work for is killed."""

import os
import signal
import subprocess
import sys
import time

import pytest

KILLED = """
import sys
from chronotope.training.corpus import Corpus
from chronotope.training.prefetch import prefetch

if __name__ == "__main__":
    batches = prefetch(Corpus(None, 0, worlds=1.0, examples=1), range(1000), 1)
    next(batches)
    import multiprocessing

    print(*(child.pid for child in multiprocessing.active_children()), flush=True)
    for _ in batches:
        pass
"""


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with open(f"/proc/{pid}/stat") as stat:
        return stat.read().rsplit(")", 1)[1].split()[0] != "Z"


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="reads /proc")
def test_workers_end_with_the_process_that_began_them(tmp_path):
    script = tmp_path / "killed.py"
    script.write_text(KILLED)
    process = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True)
    workers = [int(word) for word in process.stdout.readline().split()]
    assert workers and all(map(alive, workers))
    process.send_signal(signal.SIGKILL)
    process.wait()
    deadline = time.monotonic() + 60
    while any(map(alive, workers)) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert not any(map(alive, workers))
