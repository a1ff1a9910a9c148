"""Pools and mixtures of benchmarks/ladder.py: every choice is one of pools; and the whole of it, on a toy's scale."""

import importlib
import json
import shutil
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch

from chronotope.training import shards
from chronotope.training.corpus import Corpus
from chronotope.training.shards import flatten

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def modules():
    """`ladder`, `ladder_pools` and `ladder_tables`, with shards of two batches."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(BENCHMARKS)
        patch.setattr(shards, "SIZE", 2)
        torch.set_num_threads(1)
        yield tuple(importlib.import_module(name) for name in ("ladder", "ladder_pools", "ladder_tables"))
    for name in ("ladder", "ladder_pools", "ladder_tables"):
        del sys.modules[name]


@pytest.fixture(scope="module")
def three(packed, tmp_path_factory):
    """A packed corpus of three domains."""
    folder = tmp_path_factory.mktemp("three")
    for number, domain in enumerate(("rain", "flow", "air")):
        shutil.copytree(packed / "hourly", folder / domain)
        about = json.loads((folder / domain / "about.json").read_text())
        (folder / domain / "about.json").write_text(json.dumps(about | {"domain": domain, "name": domain, "weight": 1.0 + number}))
    return folder


def test_domains_have_the_shares_that_a_corpus_gives_them(modules, three):
    corpus = Corpus(three, 0)
    assert modules[1].Pools(Path("nowhere"), three).domains == {
        about["domain"]: pytest.approx(share) for (_, about), share in zip(corpus.real, corpus.share)
    }


def test_a_pool_draws_from_its_source_and_asks_its_kinds(modules, three):
    pools = modules[1].Pools(Path("nowhere"), three)
    flow, worlds = pools.live(("flow", "gaps", "train")), pools.live(("worlds", "others", "validation"))
    assert [about["domain"] for _, about in flow.real] == ["flow"] and flow.worlds == 0 and set(flow.kinds) == {"gaps"}
    assert not worlds.real and worlds.worlds == 1 and set(worlds.kinds) == {"backcast", "fine", "pieces"} and worlds.part == "validation"
    assert len({flow.seed, worlds.seed, pools.live(("flow", "gaps", "validation")).seed}) == 3
    assert sum(modules[1].group_shares().values()) == pytest.approx(1)


class Anything:
    """Pools with room for everything but interpolation of radar."""

    def room(self, pool):
        return pool[:2] != ("radar", "places")


def test_a_source_without_room_for_a_kind_is_asked_forecasts(modules):
    order = modules[1].Mixture(Anything(), {"radar": 1.0}, {"places": 1.0}, 0, 5, 2).order
    assert [one for batch in order for one in batch] == [(("radar", "forecast", "train"), number) for number in range(10)]


def test_short_sets_have_room_for_forecasts_alone(modules, three, tmp_path):
    shutil.copytree(three, tmp_path / "short")
    about = json.loads((three / "rain" / "about.json").read_text()) | {"shape": [45, 8, 1]}
    (tmp_path / "short" / "rain" / "about.json").write_text(json.dumps(about))
    pools = modules[1].Pools(tmp_path, tmp_path / "short")
    assert [pools.room(("rain", group, "train")) for group in modules[1].GROUPS] == [True, False, False, False]  # 36 rows are trained on
    assert all(
        pools.room((source, group, part)) for source, part in (("rain", "validation"), ("air", "train")) for group in modules[1].GROUPS
    )


def test_a_mixture_takes_every_example_once_in_the_shares_it_wants(modules):
    mixture = modules[1].Mixture(Anything(), {"worlds": 1.0, "air": 3.0, "rain": 0.0}, {"forecast": 0.75, "gaps": 0.25}, 0, 500, 4)
    taken = [one for batch in mixture.order for one in batch]
    assert len(mixture.order) == 500 and len(taken) == len(set(taken)) == 2000
    count = Counter(pool for pool, _ in taken)
    assert {pool[0] for pool in count} == {"worlds", "air"}
    for source, group, share in (("worlds", "forecast", 0.1875), ("air", "forecast", 0.5625), ("air", "gaps", 0.1875)):
        assert abs(count[source, group, "train"] / 2000 - share) < 4 * np.sqrt(share * (1 - share) / 2000)  # four standard errors
    assert mixture.need() == dict(count)
    other = modules[1].Mixture(Anything(), mixture.sources, mixture.groups, 1, 500, 4)
    assert not set(taken) & {one for batch in other.order for one in batch} or other.order != mixture.order


def test_a_domain_that_is_left_out_leaves_its_share_to_the_others(modules):
    plan = modules[0].Plan()
    shares = modules[0].sources(plan, {"air": 0.5, "rain": 0.3, "flow": 0.2}, ("air",))
    assert shares == {"worlds": 0.5, "rain": pytest.approx(0.3), "flow": pytest.approx(0.2)}


def test_a_mixture_reads_what_its_pools_hold(modules, three, tmp_path):
    pools = modules[1].Pools(tmp_path, three)
    mixture = modules[1].Mixture(pools, {"flow": 1.0}, {"forecast": 1.0}, 0, 2, 2)
    for pool, count in mixture.need().items():
        pools.fill(pool, count)
    live, batch = pools.live(("flow", "forecast", "train")), mixture.batch(1)
    truth = np.concatenate([live.batch(number).truth for number in (2, 3)])
    np.testing.assert_array_equal(batch.truth, truth)
    assert dict(flatten(batch))["weight"].sum() == pytest.approx(1, rel=1e-5)


def test_cuts_decay_from_one_trunk(modules, three, tmp_path):
    ladder, pools_of, _ = modules
    pools, plan = pools_of.Pools(tmp_path, three), ladder.Plan(examples=1, checks=2)
    both = ladder.Training("x", (32, 1), 1e-3, (4, 8), {"flow": 1.0}, {"forecast": 1.0}, 0)
    longer = ladder.Training("x", (32, 1), 1e-3, (8,), {"flow": 1.0}, {"forecast": 1.0}, 0)
    ladder.fill(pools, plan, [both])
    branched, alone = dict(ladder.train(both, 1e-3, pools, plan)), dict(ladder.train(longer, 1e-3, pools, plan))
    same = ("loss", "tokens", "parameters")
    assert {k: branched[8][k] for k in same} == {k: alone[8][k] for k in same}  # the first branch left the trunk as it was
    assert branched[4]["tokens"] < branched[8]["tokens"] and branched[4]["loss"] != branched[8]["loss"]


@pytest.fixture(scope="module")
def measured(modules, three, tmp_path_factory):
    ladder, pools_of, _ = modules
    plan = ladder.Plan(
        sizes=((32, 1), (32, 2), (48, 1)), cuts=(2, 4, 6), rates=(1e-3, 2e-3), tried=(0, 2), sweep=2, small=0, steps=2, examples=1,
        checks=2, worlds=0.2, unseen=("air",), seeds=2,
    )  # fmt: skip
    pools, kept, told = pools_of.Pools(tmp_path_factory.mktemp("pools"), three), {}, []
    ladder.measure(pools, plan, ["ladder", "transfer", "ablations"], kept, tell=told.append)
    again = json.loads(json.dumps(kept))
    ladder.measure(pools, plan, ["ladder", "transfer", "ablations"], again)
    return json.loads(json.dumps(kept)), again, told


def test_everything_is_measured_once(measured):
    kept, again, told = measured
    assert len(kept["runs"]) == 4 + 9 + 2 * (1 + 3 + 3) and again == kept
    assert all(np.isfinite(list(run["loss"].values())).all() and len(run["loss"]) == 16 for run in kept["runs"].values())
    assert any("worlds forecast train" in line for line in told)


def test_all_tables_are_written_between_their_marks(modules, measured, tmp_path, monkeypatch):
    tables, kept = modules[2], measured[0]
    monkeypatch.setattr(tables, "fit_without_each", lambda *runs: [tables.fit_scaling(*runs)])  # has its own test
    marks = tables.tables(kept)
    page = tmp_path / "page.md"
    page.write_text("".join(f"before {m}\n<!-- {m}: written by benchmarks/ladder.py -->\nold\n<!-- end -->\nafter\n" for m in marks))
    tables.write(kept, page)
    text = page.read_text()
    assert "old" not in text and text.count("after") == len(marks) == 5 and "Not measured" not in text
    for table in marks.values():
        assert table in text and len({row.count("|") for row in table.splitlines()}) == 1


def test_losses_are_means_in_proportion_to_the_shares(modules):
    kept = {
        "runs": {"x": {"loss": {"a|f": [1.0, 2.0], "a|g": [2.0, 2.0], "b|f": [3.0, 1.0], "b|g": [5.0, 1.0]}}},
        "groups": {"f": 0.75, "g": 0.25},
    }
    assert modules[2].loss_of(kept, "x", {"a": 1.0, "b": 3.0}) == pytest.approx(0.25 * 1.25 + 0.75 * 3.5)
    assert modules[2].loss_of(kept, "x", {"b": 2.0}, {"g": 1.0}) == 5 and modules[2].loss_of(kept, "x", {"a": 1.0}, mix=True) == 2
    del kept["runs"]["x"]["loss"]["b|g"]
    assert modules[2].loss_of(kept, "x", {"a": 1.0, "b": 3.0}) == pytest.approx(0.25 * 1.25 + 0.75 * 3)
    assert modules[2].loss_of(kept, "x", {"a": 1.0, "b": 3.0}, {"g": 1.0}) == 2


def test_the_rate_of_a_size_lies_on_the_line_through_the_best_ones(modules):
    rates, loss = [1e-3, 2e-3, 4e-3], lambda value: {"loss": {f"{s}|f": [value, 1.0] for s in ("worlds", "a")}}
    kept = {"plan": {"sizes": [[32, 1], [64, 2]], "tried": [0, 1], "rates": rates, "sweep": 5, "unseen": [], "worlds": 0.5}}
    kept |= {"domains": {"a": 1.0}, "groups": {"f": 1.0}, "runs": {}}
    for name, parameters, values in (("32x1", 10_000, (3, 2, 3)), ("64x2", 1_000_000, (2, 3, 5))):
        for rate, value in zip(rates, values):
            kept["runs"][f"sweep|{name}|{rate:g}|5"] = loss(value) | {"parameters": parameters}
    assert modules[2].best_rates(kept) == {10_000: pytest.approx(2e-3), 1_000_000: pytest.approx(1e-3)}  # beyond the lowest tried: that one
    assert modules[2].rate_of(kept, 100_000) == pytest.approx(2**0.5 * 1e-3)
    assert modules[2].rate_of(kept, 100) == pytest.approx(4e-3)
