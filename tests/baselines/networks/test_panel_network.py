"""Every network that is trained on panels obeys the contract of all models, trained for a few steps only."""

import subprocess
import sys

import numpy as np
import pytest

from chronotope.baselines import BASELINES
from chronotope.baselines.networks import NETWORKS
from chronotope.baselines.networks.fit import Training
from chronotope.baselines.networks.panel_network import _cut
from chronotope.data.panel import Edges
from chronotope.errors import ArgumentError
from chronotope.evaluate.protocols.contract import CHECKS, check_model
from chronotope.tasks.load import load, models
from panels import ahead, panel_of

PANELS = tuple(name for name in NETWORKS if name != "track_graph")
SHORT = Training(steps=3, batch=4, checks=1, again=False)


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("name", PANELS)
def test_network_obeys(name, check):
    assert check_model(NETWORKS[name](width=4, context=6, training=SHORT), only=(check,)) == [check]


def planted(steps=400, seed=0):
    """Two places; the second repeats, a step later, what the first did: no floor of single series can know."""
    first = np.random.default_rng(seed).normal(size=steps + 1)
    one = np.array([1])
    return panel_of(np.stack([first[1:], first[:-1]], axis=1), "1s", edges=Edges(one - 1, one, one.astype("float32")))


def test_many_origins_at_once_are_answered_as_one_by_one():
    panel = planted(120)
    network = NETWORKS["cnn_lstm"](width=4, training=SHORT).fit(panel.slice_time(0, 90), 3)
    origins = np.array([95, 101, 110])
    at_once = network.trained.answer(panel.values.astype(float), panel, origins)
    one_by_one = [network.answer(ahead(panel.slice_time(0, i + 1), 3)).values for i in origins]
    np.testing.assert_allclose(np.moveaxis(at_once, -1, 1), one_by_one, atol=1e-5)


def misses(model, panel, origins):
    """Mean absolute error of the second place's next value."""
    answers = [model.answer(ahead(panel.slice_time(0, i), 1).wanting((0.5,))).values[0, 0, 1, 0] for i in origins]
    return np.abs(np.array(answers) - panel.values[np.array(origins), 1, 0]).mean()


def test_what_a_neighbour_says_is_learned():
    panel, origins = planted(), range(330, 390, 4)
    training = Training(steps=150, batch=16, rate=1e-2, again=False)
    network = NETWORKS["st_gnn"](adjacency="given", width=8, context=4, training=training).fit(panel.slice_time(0, 320), 1)
    assert misses(network, panel, origins) < 0.4
    assert misses(BASELINES["ridge"](), panel, origins) > 0.6


def test_neighbouring_origins_share_a_training_and_answers_do_not_depend_on_what_was_asked_before():
    panel = planted(120)
    asked_first = NETWORKS["cnn_lstm"](width=4, training=SHORT)
    one = asked_first.answer(ahead(panel.slice_time(0, 108), 3)).values
    kept = asked_first._kept[1]
    later = asked_first.answer(ahead(panel.slice_time(0, 112), 3)).values
    assert asked_first._kept[1] is kept
    fresh = NETWORKS["cnn_lstm"](width=4, training=SHORT)
    np.testing.assert_array_equal(later, fresh.answer(ahead(panel.slice_time(0, 112), 3)).values)
    np.testing.assert_array_equal(one, fresh.answer(ahead(panel.slice_time(0, 108), 3)).values)


def test_rows_of_a_training_grow_by_a_tenth():
    assert all(rows / 1.12 <= _cut(rows, 1.1) <= rows for rows in range(20, 5000, 7))
    assert _cut(1234, 1) == 1234


@pytest.mark.parametrize("options", [{"start": "first"}, {"refit": 0.5}, {"context": 0}])
def test_a_wrong_option_is_named(options):
    with pytest.raises(ArgumentError, match=next(iter(options))):
        NETWORKS["cnn_lstm"](**options)


def test_a_panel_that_is_too_short_is_refused_by_fit():
    with pytest.raises(ArgumentError, match="found 12 steps"):
        NETWORKS["cnn_lstm"]().fit(planted(12), 6)


def test_every_network_loads_by_name_and_the_registry_needs_no_torch():
    code = "import sys, chronotope.tasks.load; print('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "False"
    assert [load(f"baseline:{name}").name for name in NETWORKS] == list(NETWORKS)
    assert {f"baseline:{name}" for name in NETWORKS} == set(models().query("kind == 'trained network'").index)
    with pytest.raises(ArgumentError, match="baseline:ridge.*baseline:st_gnn.*found 'baseline:st_gn'"):
        load("baseline:st_gn")
