"""Query patches cover what is asked once, and those that are answered together lie together."""

import numpy as np
import pytest

from chronotope.tokens.patches import near_groups, starts_of
from chronotope.tokens.tokenizer import PASS, PATCH, make_passes, make_tile
from panels import hole
from tiles import rhythm


@pytest.mark.parametrize("patches", [4, 40])
def test_groups_cover_every_asked_row_once_and_are_no_longer_than_said(patches):
    rows = np.unique(np.random.default_rng(0).integers(0, 900, 200))
    rows = np.concatenate([rows, rows + 3000])
    groups = near_groups(starts_of(rows), patches)
    starts = np.concatenate(groups)
    covered = (starts[:, None] + np.arange(PATCH)).ravel()
    assert np.isin(rows, covered).all() and len(np.unique(covered)) == len(covered)
    assert max(group[-1] - group[0] for group in groups) < PATCH * patches


def test_passes_hold_every_query_patch_in_order_and_share_the_evidence():
    panel = rhythm(400, 6)
    hidden = np.random.default_rng(0).random(panel.values.shape) < 0.1
    question = hole(panel, hidden)
    tile, starts = make_tile(question, 200), np.arange(0, 400, PATCH)
    one, many = list(make_passes(tile, starts, most=50)), list(make_passes(tile, starts))
    assert len(one) == 1 and len(many) == -(-50 // PASS)
    for name in ("centre", "error", "is_available", "spread"):
        joined = np.concatenate([getattr(part, name) for part in many], axis=1)
        np.testing.assert_array_equal(joined, getattr(one[0], name))
