"""Names of tokens add up to what tokens hold, and weights move by name."""

import numpy as np
import pytest
import torch

from chronotope.errors import DataError
from chronotope.evidence.candidates import FLOORS, SPREADS
from chronotope.model.migrations import FLOORS_0_1, SERIES_0_1, SPREADS_0_1, carried, token_names
from chronotope.tokens.schema import CONTEXT_WIDTH, QUERY_WIDTH, SERIES, context_names, fingerprint, query_names
from panels import ahead
from tiles import rhythm, tokens_of


def test_names_are_as_many_as_numbers_and_each_comes_once():
    tokens = tokens_of(ahead(rhythm(), 8))
    assert tokens.context.shape[-1] == CONTEXT_WIDTH == len(set(context_names()))
    assert tokens.query.shape[-1] == QUERY_WIDTH == len(set(query_names()))


def test_numbers_stand_under_their_names():
    tokens = tokens_of(ahead(rhythm(gaps=0.2), 8))
    there = tokens.is_available
    for k in (0, 7, FLOORS.index("residual")):
        column = query_names().index(f"available.{FLOORS[k]}")
        np.testing.assert_allclose(tokens.query[..., column], there[..., k].mean(2))
    mask = [context_names().index(f"mask.{step}") for step in range(8)]
    assert set(np.unique(tokens.context[..., mask])) <= {0.0, 1.0}


def test_the_fingerprint_changes_with_any_name_and_any_order():
    assert fingerprint() != fingerprint(FLOORS[::-1]) != fingerprint((*FLOORS, "new")) and fingerprint() == fingerprint(FLOORS, SPREADS)


def _old_state(width=4):
    torch.manual_seed(0)
    k = len(FLOORS_0_1)
    return {
        "embed_context.inner.weight": torch.randn(width, len(context_names(FLOORS_0_1, SERIES_0_1))),
        "embed_query.skip.weight": torch.randn(width, len(query_names(FLOORS_0_1, SPREADS_0_1, SERIES_0_1))),
        "head.gate.weight": torch.randn(k, width), "head.gate.bias": torch.randn(k), "norm.weight": torch.randn(width),
        "head.steps.own.weight": torch.randn(width, 2 * k + 20), "head.steps.outer.bias": torch.randn(k + 18),
    }  # fmt: skip


def test_weights_of_older_tokens_answer_alike_under_their_names_and_add_nothing_for_new_ones():
    state = _old_state()
    card = {"architecture": {"context_width": 78, "query_width": 360, "floors": 26}}
    assert token_names(card) == (FLOORS_0_1, SPREADS_0_1, SERIES_0_1)
    architecture, new = carried(card, state, "x")
    assert architecture["query_width"] == QUERY_WIDTH and architecture["floors"] == len(FLOORS)
    numbers = dict(zip(query_names(), np.random.default_rng(0).normal(size=QUERY_WIDTH), strict=True))
    both = (query_names(FLOORS_0_1, SPREADS_0_1, SERIES_0_1), query_names())
    old_x, new_x = (torch.tensor([numbers[name] for name in names]).float() for names in both)
    key = "embed_query.skip.weight"
    torch.testing.assert_close(new[key] @ new_x, state[key] @ old_x)
    assert new["head.gate.bias"][FLOORS.index("residual")] == state["head.gate.bias"][FLOORS_0_1.index("residual")]
    assert new["head.gate.bias"][FLOORS.index("drift")] == 0 and new["norm.weight"] is state["norm.weight"]
    torch.testing.assert_close(new["head.steps.outer.bias"][-18:], state["head.steps.outer.bias"][-18:])
    torch.testing.assert_close(new["head.steps.own.weight"][:, -20:], state["head.steps.own.weight"][:, -20:])


def test_weights_of_today_s_tokens_are_left_alone_and_those_of_unknown_ones_refused():
    state = {"head.gate.bias": torch.zeros(len(FLOORS))}
    told = {"tokens": {"floors": list(FLOORS), "spreads": list(SPREADS), "series": list(SERIES)}, "architecture": {"floors": len(FLOORS)}}
    assert carried(told, state, "x")[1] is state
    told["tokens"]["floors"] = ["last", "tea leaves"]
    with pytest.raises(DataError, match="tea leaves"):
        carried(told, state, "x")
