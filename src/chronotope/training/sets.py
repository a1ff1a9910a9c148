"""The sets that a training draws from: packed where they are not yet, live or from shards, and what decides their draws."""

from __future__ import annotations

from chronotope.errors import ArgumentError, DataError, NoFileError
from chronotope.model.card import token_widths
from chronotope.training.batch import Batches
from chronotope.training.builder import read_manifest
from chronotope.training.config import PretrainConfig
from chronotope.training.corpus import Corpus
from chronotope.training.distributed import Team
from chronotope.training.prefetch import Remembered
from chronotope.training.shards import ShardedCorpus
from chronotope.training.sources import load_packed, pack


def open_corpora(options: PretrainConfig, team: Team) -> tuple[Batches, Batches, list[dict]]:
    """What is trained on, what is validated on, and descriptions of the real sets; the first process packs what is not packed yet."""
    if not team.writes:
        team.wait()
    sets = pack_missing(options)
    if team.writes:
        team.wait()
    check = Remembered(live_corpus(options, sets, "validation"))
    live = live_corpus(options, sets)
    if options.sets.shards is None:
        return live, check, sets
    sharded = ShardedCorpus(options.sets.shards, signature(options, sets))
    sharded.compare(live)
    return sharded, check, sets


def live_corpus(options: PretrainConfig, sets: list[dict], part: str = "train") -> Corpus:
    """Batches drawn when they are asked for."""
    seed = options.seed + (part != "train")
    return Corpus(options.sets.packed if sets else None, seed, part, options.loop.goal.views, **vars(options.draws))


def signature(options: PretrainConfig, sets: list[dict]) -> dict:
    """What decides the draws of a configuration, as the shards keep it."""
    draws, views, widths = options.draws, options.loop.goal.views, token_widths()
    return {
        "seed": options.seed, "examples": draws.examples, "worlds": draws.worlds, "kinds": draws.kinds,
        "sets": [entry["name"] for entry in sets],
        "token widths": [widths[name] for name in ("context_width", "query_width", "relations", "patch")],
    } | ({"views": views} if views > 1 else {}) | ({"ways": draws.ways} if draws.ways else {})  # fmt: skip


def pack_missing(options: PretrainConfig) -> list[dict]:
    """Descriptions of the sets of the manifest that are drawn from, after packing all that are not packed yet."""
    at = options.sets
    if at.corpus is None:
        return []
    if not at.corpus.exists():
        raise NoFileError(f"`corpus` must name a manifest; {at.corpus} does not exist.")
    if at.packed is None:
        raise NoFileError("A corpus needs `packed`, a folder for packed sets; the configuration names none. Add it.")
    out, entries = [], read_manifest(at.corpus).entries
    for entry in entries:
        if not (at.packed / entry.name / "about.json").exists():
            if at.data is None:
                raise NoFileError(
                    f"`data` must name the folder that the corpus' paths are relative to; {entry.name} is to be packed. Add it."
                )
            pack(entry, at.data, at.packed)
        out.append(load_packed(at.packed / entry.name)[1])
    strays = {path.parent.name for path in at.packed.glob("*/about.json")} - {entry.name for entry in entries}
    if strays:
        found = f"{at.packed} also has {sorted(strays)[0]}"
        raise DataError(f"`packed` must hold the sets of the manifest alone, since all are drawn from; {found}. Name another folder.")
    domains = {about["domain"] for about in out}
    unknown = sorted(set(options.draws.leave_out) - domains)
    if unknown or domains <= set(options.draws.leave_out):
        found = f"found {unknown[0]!r}" if unknown else "found all of them, and worlds alone need no `corpus`"
        raise ArgumentError(f"`leave_out` must name some domains of the manifest ({', '.join(sorted(domains))}); {found}.")
    return [about for about in out if about["domain"] not in options.draws.leave_out]
