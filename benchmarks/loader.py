"""Batches a second drawn live and read from shards, in one process, on simulated worlds: python benchmarks/loader.py [--batches 16]

Seconds are those that this process computed, so that other work on the machine counts less.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from chronotope.training.batch import Batch, Batches
from chronotope.training.corpus import Corpus
from chronotope.training.shards import SIZE, ShardedCorpus, flatten, pack_batches


def tokens(batch: Batch) -> int:
    """Tokens of a batch."""
    return batch.tokens.context.shape[0] * (batch.tokens.context.shape[1] + batch.tokens.query.shape[1])


def speed(name: str, corpus: Batches, count: int) -> float:
    """Print and return batches a second."""
    began = time.process_time()
    read = sum(tokens(corpus.batch(number)) for number in range(count))
    spent = time.process_time() - began
    print(f"{name:>7}: {count / spent:8.1f} batches/s  {read / spent:10,.0f} tokens/s")
    return count / spent


def main() -> None:
    """Print both, and what a batch takes on disk."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batches", type=int, default=SIZE, help="a multiple of a shard's")
    parser.add_argument("--examples", type=int, default=5)
    args = parser.parse_args()
    corpus = Corpus(None, 1, worlds=1.0, examples=args.examples)
    corpus.batch(0)  # imports
    with tempfile.TemporaryDirectory() as room:
        live = speed("live", corpus, args.batches)
        count = pack_batches(corpus, Path(room), args.batches, {})
        stored = sum(file.stat().st_size for file in Path(room).iterdir()) / count
        packed = ShardedCorpus(Path(room), {})
        ready = speed("shards", packed, args.batches)
        full = sum(array.nbytes for number in range(count) for _, array in flatten(packed.batch(number))) / count
    print(f"shards are {ready / live:.0f} times as fast; a batch takes {stored / 1e6:.2f} MB there ({full / 1e6:.2f} MB in memory)")


if __name__ == "__main__":
    main()
