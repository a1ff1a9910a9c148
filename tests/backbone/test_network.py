"""The network on tensors: attention as torch has it, any number of series, order, joining, gradients."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from chronotope.backbone.mixers import MIXERS
from chronotope.backbone.mixers.attention import TimeAttention, attend, rotate
from chronotope.backbone.mixers.ball import BallAttention
from chronotope.tokens.tokenizer import join
from panels import ahead
from tiles import rhythm, small_network, tensors, tokens_of

CLOSE = 1e-5  # float32 sums in another order, values near one


def test_attention_is_that_of_torch():
    torch.manual_seed(0)
    q, k, v = torch.randn(2, 3, 7, 16), torch.randn(2, 3, 9, 16), torch.randn(2, 3, 9, 16)
    bias = torch.randn(2, 1, 7, 9)
    assert torch.allclose(attend(q, k, v, bias), F.scaled_dot_product_attention(q, k, v, bias), atol=CLOSE)
    assert torch.allclose(attend(q, k, v, None), F.scaled_dot_product_attention(q, k, v), atol=CLOSE)


def test_turning_by_position_keeps_lengths_and_sees_differences_only():
    torch.manual_seed(1)
    q, k = torch.randn(1, 1, 1, 8), torch.randn(1, 1, 1, 8)
    rate = torch.tensor([1.0, 0.3, 0.1, 0.01])
    turn = lambda x, at: rotate(x, (torch.tensor([[float(at)]])[..., None] * rate)[:, None])  # noqa: E731
    assert torch.allclose(turn(q, 5).norm(), q.norm(), atol=CLOSE)
    product = [float((turn(q, 3 + c) * turn(k, 1 + c)).sum()) for c in (0, 7, -20)]
    assert np.ptp(product) < 1e-4 and abs(product[0] - float((turn(q, 4) * turn(k, 1)).sum())) > 1e-3


def test_tokens_that_are_blocked_are_not_read():
    torch.manual_seed(2)
    mixer = TimeAttention(16, 2)
    x, position = torch.randn(3, 5, 16), torch.arange(5.0).expand(3, 5)
    bias = torch.zeros(3, 1, 5, 5)
    bias[..., 2] = -1e4
    other = x.clone()
    other[:, 2] = 50.0
    keep = [0, 1, 3, 4]
    assert torch.equal(mixer(x, position, bias)[:, keep], mixer(other, position, bias)[:, keep])


def test_a_ball_is_dense_attention_among_its_series():
    torch.manual_seed(3)
    mixer = BallAttention(16, 2)
    x, index = torch.randn(6, 4, 16), torch.tensor([[4, 0, 2, -1], [1, 3, 5, -1]])
    bias = torch.zeros(2, 2, 4, 4)
    bias[..., 3] = -1e4
    found = mixer(x, index, bias)
    for ball in ([4, 0, 2], [1, 3, 5]):
        q, k, v = mixer.qkv(x[ball]).chunk(3, -1)
        heads = lambda a: a.unflatten(-1, (2, 8)).permute(1, 2, 0, 3)  # noqa: E731 - (t, h, g, d)
        mixed = F.scaled_dot_product_attention(heads(q), heads(k), heads(v)).permute(2, 0, 1, 3).flatten(-2)
        assert torch.allclose(found[ball], mixer.out(mixed), atol=CLOSE)


def _tokens(n=7, v=1, seed=0, starts=None):
    question = ahead(rhythm(140, n, v, seed=seed), 24)
    return tokens_of(question, starts or [140, 148, 156])


@pytest.mark.parametrize("n", [1, 2, 31, 32, 33, 100])
def test_any_number_of_series_is_answered(n):
    with torch.no_grad():
        found = small_network()(**tensors(_tokens(n)))
    assert found.shape == (n, 3, 8, 9) and torch.isfinite(found).all() and (found.diff(dim=-1) >= 0).all()


@pytest.mark.parametrize("n", [9, 40])
def test_shuffling_series_inside_a_ball_with_their_relations_shuffles_nothing_else(n):
    args = tensors(_tokens(n))
    order = torch.randperm(32, generator=torch.Generator().manual_seed(0))
    turned = dict(args)
    turned["balls"] = tuple(b[:, order] for b in args["balls"])
    turned["relation"] = tuple(r[:, order][:, :, order] for r in args["relation"])
    with torch.no_grad():
        assert torch.allclose(small_network()(**args), small_network()(**turned), atol=CLOSE * 10, rtol=CLOSE * 10)


def test_shuffling_series_everywhere_shuffles_the_answer():
    args = tensors(_tokens(40))
    order = torch.randperm(40, generator=torch.Generator().manual_seed(1))
    place = torch.argsort(order)
    turned = {k: v[order] if not isinstance(v, tuple) else v for k, v in args.items()}
    turned["balls"] = tuple(torch.where(b >= 0, place[b.clamp(min=0)], b) for b in args["balls"])
    with torch.no_grad():
        assert torch.allclose(small_network()(**args)[order], small_network()(**turned), atol=CLOSE * 10, rtol=CLOSE * 10)


def test_query_tokens_do_not_read_each_other():
    network, args = small_network(), tensors(_tokens())
    other = dict(args)
    other["query"] = args["query"].clone()
    other["query"][:, 1] = torch.randn_like(other["query"][:, 1])
    with torch.no_grad():
        first, second = network(**args), network(**other)
    assert torch.equal(first[:, [0, 2]], second[:, [0, 2]]) and not torch.equal(first[:, 1], second[:, 1])


def test_context_outside_the_frame_is_not_read():
    network, args = small_network(), tensors(_tokens())
    args["key"] = args["key"].clone()
    args["key"][:, :4] = False
    other = dict(args)
    other["context"] = args["context"].clone()
    other["context"][:, :4] = 9.0
    with torch.no_grad():
        assert torch.equal(network(**args), network(**other))


def test_joined_tiles_answer_as_each_alone():
    parts = [_tokens(5, seed=1), _tokens(40, seed=2), _tokens(3, 2, seed=3)]
    network = small_network()
    with torch.no_grad():
        together, alone = network(**tensors(join(parts))), [network(**tensors(p)) for p in parts]
    assert torch.allclose(together, torch.cat(alone), atol=1e-5, rtol=1e-5)


def test_neighbours_are_read():
    network, args = small_network(), tensors(_tokens())
    other = dict(args)
    other["context"] = args["context"].clone()
    other["context"][3] += 1
    with torch.no_grad():
        changed = (network(**args) != network(**other)).flatten(1).any(1)
    assert changed.all()


def test_the_gradient_reaches_every_parameter():
    network = small_network()
    network(**tensors(_tokens())).square().sum().backward()
    silent = [name for name, p in network.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0]
    assert silent == []


def test_mixers_can_be_printed_by_name():
    assert MIXERS["time_attention"] is TimeAttention and MIXERS["ball_attention"] is BallAttention
