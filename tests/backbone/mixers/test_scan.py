"""Chunked recurrences against the recurrences as they are written, their gradients, and time between tokens by hand."""

import pytest
import torch

from chronotope.backbone.mixers.scan import decayed_scan, delta_scan, elapsed

CLOSE = 1e-5  # float32; sums of products near one in another order


def decayed_steps(q, k, v, log_decay):
    """`decayed_scan`, one token after the other."""
    state, out = q.new_zeros(*q.shape[:-2], q.shape[-1], v.shape[-1]), []
    for i in range(q.shape[-2]):
        state = log_decay[..., i, None, None].exp() * state + k[..., i, :, None] * v[..., i, None, :]
        out.append((q[..., i, None, :] @ state)[..., 0, :])
    return torch.stack(out, -2)


def delta_steps(q, k, v, beta, log_decay):
    """`delta_scan`, one token after the other."""
    state, out = q.new_zeros(*q.shape[:-2], q.shape[-1], v.shape[-1]), []
    for i in range(q.shape[-2]):
        state = log_decay[..., i, None, None].exp() * state
        wrong = v[..., i, None, :] - k[..., i, None, :] @ state
        state = state + beta[..., i, None, None] * k[..., i, :, None] * wrong
        out.append((q[..., i, None, :] @ state)[..., 0, :])
    return torch.stack(out, -2)


def _arguments(t, delta):
    torch.manual_seed(t)
    q, k, v = torch.randn(2, 3, t, 4), torch.nn.functional.normalize(torch.randn(2, 3, t, 4), dim=-1), torch.randn(2, 3, t, 5)
    fade = -torch.rand(2, 3, t) * torch.tensor([0.0, 0.1, 2.0])[:, None]
    return (q, k, v, torch.rand(2, 3, t), fade) if delta else (q, k, v, fade)


@pytest.mark.parametrize("delta", [False, True])
@pytest.mark.parametrize(("t", "chunk"), [(1, 8), (7, 8), (8, 8), (41, 8), (130, 64)])
def test_the_chunked_form_is_the_recurrence(t, chunk, delta):
    fast, slow = (delta_scan, delta_steps) if delta else (decayed_scan, decayed_steps)
    arguments = _arguments(t, delta)
    assert torch.allclose(fast(*arguments, chunk=chunk), slow(*arguments), atol=CLOSE, rtol=CLOSE)


@pytest.mark.parametrize("delta", [False, True])
def test_so_are_its_gradients(delta):
    fast, slow = (delta_scan, delta_steps) if delta else (decayed_scan, decayed_steps)
    found = []
    for scan in (lambda *a: fast(*a, chunk=8), slow):
        arguments = [a.requires_grad_() for a in _arguments(21, delta)]
        scan(*arguments).square().sum().backward()
        found.append([a.grad for a in arguments])
    for one, other in zip(*found, strict=True):
        assert torch.allclose(one, other, atol=1e-4, rtol=1e-4)  # ten times the size of the answers


def test_long_fading_neither_overflows_nor_loses_the_near_past():
    q = k = v = torch.ones(1, 1, 200, 1)
    out = decayed_scan(q, k, v, torch.full((1, 1, 200), -30.0))
    assert torch.allclose(out, torch.ones_like(out))


def test_the_delta_rule_overwrites_and_a_plain_sum_adds():
    key = torch.tensor([[[1.0, 0.0]] * 3])
    value = torch.tensor([[[5.0], [7.0], [2.0]]])
    none = torch.zeros(1, 3)
    assert delta_scan(key, key, value, torch.ones(1, 3), none)[0, :, 0].tolist() == [5, 7, 2]
    assert decayed_scan(key, key, value, none)[0, :, 0].tolist() == [5, 12, 14]


def test_time_between_tokens_skips_those_that_are_not_readable():
    position = torch.tensor([[0.0, 1.0, 2.5, 4.0, 3.0, 9.0]])
    mask = torch.tensor([[True, False, True, True, False, False]])
    since, gap = elapsed(position, mask)
    assert since.tolist() == [[0, 0, 2.5, 1.5, 0, 0]] and gap.tolist() == [[0, 1, 0, 0, 0, 5]]
    assert [a.abs().sum() for a in elapsed(position, torch.zeros_like(mask))] == [0, 0]
