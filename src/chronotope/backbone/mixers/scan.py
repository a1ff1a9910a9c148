"""Linear recurrences over a matrix state, in chunks: dense products inside a chunk, one small state from chunk to chunk.

`decayed_scan` and `delta_scan` are what the mixers call; `decayed_steps` and `delta_steps` say the same one token after the other. They are
the definition, they are slow, and the tests hold the fast ones to them. Axes: `...` series and heads, `t` tokens, `k` keys, `v` values.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

CHUNK = 64


def elapsed(position: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """How much time passes between tokens, where only readable ones are there for the others.

    Args:
        position: (s, t), any unit; a readable token before an earlier one in the order of tokens takes no time.
        mask: bool (s, t), True where a token may be read by others.

    Returns:
        since: (s, t), for a readable token the time since the readable one before it; 0 for the first and for all others.
        gap: (s, t), for a token that is not readable the time since the last readable one; 0 for readable ones.
    """
    far = torch.finfo(position.dtype).min
    latest = torch.where(mask, position, far).cummax(1).values
    before = torch.cat([torch.full_like(latest[:, :1], far), latest[:, :-1]], 1)
    since = torch.where(mask & (before > far), latest - before.clamp(min=-1e30), 0.0)
    gap = torch.where(~mask & (latest > far), (position - latest.clamp(min=-1e30)).clamp(min=0), 0.0)
    return since, gap


def decayed_scan(q: Tensor, k: Tensor, v: Tensor, log_decay: Tensor, chunk: int = CHUNK) -> Tensor:
    """S_i = exp(a_i) S_{i-1} + k_i v_i', answer q_i' S_i; cost grows with t x chunk.

    Args:
        q, k: (..., t, k). v: (..., t, v).
        log_decay: (..., t), a_i <= 0.
    """
    t = q.shape[-2]
    chunk = min(chunk, t)
    q, k, v = (_chunks(a, chunk) for a in (q, k, v))
    clock = _chunks(log_decay[..., None], chunk)[..., 0].cumsum(-1)
    rest = (clock[..., -1:] - clock).exp()
    added = (k * rest[..., None]).transpose(-1, -2) @ v
    state, states = torch.zeros_like(added[..., 0, :, :]), []
    for add, keep in zip(added.unbind(-3), clock[..., -1].exp().unbind(-1), strict=True):  # unbind: its gradient is linear in t
        states.append(state)
        state = keep[..., None, None] * state + add
    near = (q @ k.transpose(-1, -2)) * _fading(clock)
    out = near @ v + (q * clock.exp()[..., None]) @ torch.stack(states, -3)
    return out.flatten(-3, -2)[..., :t, :]


def delta_scan(q: Tensor, k: Tensor, v: Tensor, beta: Tensor, log_decay: Tensor, chunk: int = CHUNK) -> Tensor:
    """S <- exp(a_i) S, then S_i = S + beta_i k_i (v_i - k_i' S)', answer q_i' S_i: what a key held before is overwritten.

    Inside a chunk the corrections of its tokens depend on one another by a unit triangular system, solved once for all of them.

    Args:
        q, k: (..., t, k), keys of length one. v: (..., t, v).
        beta: (..., t) in [0, 1], 0 writes nothing. log_decay: (..., t), a_i <= 0.
    """
    t = q.shape[-2]
    chunk = min(chunk, t)
    q, k, v, beta = (_chunks(a, chunk) for a in (q, k, v, beta[..., None]))
    clock = _chunks(log_decay[..., None], chunk)[..., 0].cumsum(-1)
    fading, since = _fading(clock), clock.exp()[..., None]
    system = (beta * (k @ k.transpose(-1, -2)) * fading).tril(-1).float() + torch.eye(chunk, device=q.device)
    known = torch.cat([beta * v, beta * since * k], -1).float()
    own, held = torch.linalg.solve_triangular(system, known, upper=False, unitriangular=True).split([v.shape[-1], k.shape[-1]], -1)
    reads, near = q * since, (q @ k.transpose(-1, -2)) * fading
    writes = (k * (clock[..., -1:] - clock).exp()[..., None]).transpose(-1, -2)
    state, out = own.new_zeros(*own.shape[:-3], k.shape[-1], v.shape[-1]), []
    parts = (a.unbind(-3) for a in (own, held, reads, near, writes, clock[..., -1:, None].exp()))
    for own_i, held_i, reads_i, near_i, writes_i, keep in zip(*parts, strict=True):
        fresh = own_i - held_i @ state
        out.append(reads_i @ state + near_i @ fresh)
        state = keep * state + writes_i @ fresh
    return torch.stack(out, -3).flatten(-3, -2)[..., :t, :]


def _chunks(x: Tensor, chunk: int) -> Tensor:
    """(..., t, d) -> (..., m, chunk, d), zeros at the end."""
    return F.pad(x, (0, 0, 0, -x.shape[-2] % chunk)).unflatten(-2, (-1, chunk))


def _fading(clock: Tensor) -> Tensor:
    """exp(c_i - c_j) where j <= i, else 0: (..., c) -> (..., c, c)."""
    gap = clock[..., :, None] - clock[..., None, :]
    later = torch.ones(gap.shape[-2:], dtype=torch.bool, device=gap.device).triu(1)
    return gap.masked_fill(later, -torch.inf).exp()
