"""The contract of every mixer along time: causality, tokens that are not there, shifts, gradients; then each one's own truth."""

import pytest
import torch
from torch.nn import functional as F

from chronotope.backbone.mixers import MIXERS
from chronotope.backbone.mixers.gated_delta import GatedDelta
from chronotope.backbone.mixers.grid import lay
from chronotope.backbone.mixers.linear_attention import LinearAttention
from chronotope.backbone.mixers.long_convolution import LongConvolution
from chronotope.backbone.mixers.state_space import StateSpace
from chronotope.backbone.mixers.temporal_convolution import TemporalConvolution

CLOSE = 1e-5  # float32; sums in another order
CAUSAL = [name for name, mixer in MIXERS.items() if mixer.axis == "time" and mixer.third == "mask"]
ANY_SPACING = ["linear_attention", "gated_delta", "state_space"]


def _case(name, s=3, t=11, width=16, seed=0):
    torch.manual_seed(seed)
    mixer = MIXERS[name](width, 2)
    mask = torch.rand(s, t) > 0.3
    mask[:, -2:] = False  # the last two are asked
    return mixer, torch.randn(s, t, width), torch.arange(float(t)).expand(s, t), mask


@pytest.mark.parametrize("name", CAUSAL)
def test_nothing_later_is_read_and_something_earlier_is(name):
    mixer, x, position, mask = _case(name)
    mask[:, 5] = True
    other = x.clone()
    other[:, 5] += 1
    before, after = mixer(x, position, mask), mixer(other, position, mask)
    assert before.shape == x.shape
    assert torch.allclose(before[:, :5], after[:, :5], atol=1e-6)  # a transform of Fourier rounds
    assert ((before - after).abs().amax((0, 2)) > 1e-5)[5:].all()


@pytest.mark.parametrize("name", CAUSAL)
def test_tokens_that_are_not_readable_have_no_influence_even_when_taken_out(name):
    mixer, x, position, mask = _case(name)
    mask[:] = mask[0]
    full = mixer(x, position, mask)
    loud = torch.where(mask[..., None], x, 50.0)
    assert torch.equal(full[mask], mixer(loud, position, mask)[mask])
    keep = mask[0].clone()
    keep[0] = keep[-1] = True  # the asked token and the first position stay
    assert torch.allclose(full[:, keep], mixer(x[:, keep], position[:, keep], mask[:, keep]), atol=CLOSE)


@pytest.mark.parametrize("name", CAUSAL)
def test_an_answer_does_not_depend_on_which_others_are_asked(name):
    mixer, x, position, mask = _case(name)
    together = mixer(x, position, mask)
    alone = mixer(x[:, [*range(9), 10]], position[:, [*range(9), 10]], mask[:, [*range(9), 10]])
    assert torch.allclose(together[:, 10], alone[:, -1], atol=CLOSE)


@pytest.mark.parametrize("name", CAUSAL)
def test_only_differences_of_position_count_and_series_do_not_mix(name):
    mixer, x, position, mask = _case(name)
    plain = mixer(x, position, mask)
    assert torch.allclose(plain, mixer(x, position + 37, mask), atol=CLOSE)
    assert torch.allclose(plain[1:2], mixer(x[1:2], position[1:2], mask[1:2]), atol=CLOSE)
    stretched = mixer(x, position * 2, mask)
    assert not torch.allclose(plain, stretched, atol=1e-4)


@pytest.mark.parametrize("name", CAUSAL)
def test_half_precision_gives_about_the_same(name):
    mixer, x, position, mask = _case(name, t=150)
    with torch.autocast("cpu", torch.bfloat16):
        half = mixer(x, position, mask)
        half.float().square().sum().backward()
    full = mixer(x, position, mask)
    assert half.dtype == torch.bfloat16 and all(torch.isfinite(p.grad).all() for p in mixer.parameters())
    assert (half.float() - full).norm() < 0.05 * full.norm()  # three digits, sums of tens of terms


@pytest.mark.parametrize("name", CAUSAL)
def test_nothing_readable_is_answered_and_the_gradient_reaches_every_parameter(name):
    mixer, x, position, mask = _case(name)
    assert torch.isfinite(mixer(x, position, torch.zeros_like(mask))).all()
    mixer(x, position, mask).square().sum().backward()
    assert [key for key, p in mixer.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0] == []


@pytest.mark.parametrize("name", CAUSAL)
def test_when_a_token_is_asked_counts_for_its_own_answer_only(name):
    mixer, x, position, mask = _case(name)
    later = position.clone()
    later[:, -1] += 3
    before, after = mixer(x, position, mask), mixer(x, later, mask)
    assert torch.allclose(before[:, :-1], after[:, :-1], atol=1e-6)
    assert not torch.allclose(before[:, -1], after[:, -1], atol=1e-4)


@pytest.mark.parametrize("name", ANY_SPACING)
def test_any_spacing_is_taken_as_it_is(name):
    mixer, x, position, mask = _case(name)
    fine = position * 0.37
    assert not torch.allclose(mixer(x, position, mask), mixer(x, fine, mask), atol=1e-4)


def test_linear_attention_is_the_weighted_mean_that_it_says():
    mixer, x, position, mask = _case("linear_attention")
    position = position * 1.7
    found = mixer(x, position, mask)
    q, k, v = (a.unflatten(-1, (2, 8)).transpose(1, 2) for a in mixer.qkv(x).chunk(3, -1))
    ago = (position[:, :, None] - position[:, None])[:, None]
    weight = ((F.elu(q) + 1) @ (F.elu(k) + 1).transpose(-1, -2)) * (-mixer.log_rate.exp()[:, None, None] * ago).exp()
    may = torch.ones(11, 11).tril().bool() & (mask[:, None] | torch.eye(11).bool())
    weight = weight * may[:, None]
    mean = (weight / weight.sum(-1, keepdim=True)) @ v
    assert torch.allclose(found, mixer.out(mean.transpose(1, 2).flatten(-2)), atol=CLOSE)
    assert isinstance(mixer, LinearAttention)


def test_the_state_space_is_its_equation_solved_step_by_step():
    torch.manual_seed(4)
    mixer, x = StateSpace(16, 2, states=3), torch.randn(1, 7, 16)
    position = torch.tensor([[0.0, 1.0, 1.5, 4.0, 4.5, 9.0, 9.5]])
    v, gate, b, c, pace = mixer.inner(x)[0].split([16, 16, 3, 3, 2], -1)
    rows = []
    for head in range(2):
        state, a, own, out = torch.zeros(3, 8), mixer.log_a[head].exp(), v[:, 8 * head : 8 * head + 8], []
        for i in range(7):
            step = F.softplus(pace[i, head] + mixer.pace[head]) * (1.0 if i == 0 else position[0, i] - position[0, i - 1])
            parts = 2000  # the equation itself, in tiny steps
            pushed = torch.outer(b[i], own[i])
            grow = (1 - a * step / parts) ** parts
            state = grow * state + (1 - grow) / a * pushed
            out.append(c[i] @ state + mixer.skip[head] * own[i])
        rows.append(torch.stack(out))
    expected = mixer.out(torch.cat(rows, -1) * F.silu(gate))
    found = mixer(x, position, torch.ones(1, 7, dtype=torch.bool))[0]
    assert torch.allclose(found, expected, atol=2e-3)  # Euler steps of a two-thousandth; float32 powers


def test_the_delta_rule_of_the_mixer_is_its_recurrence():
    torch.manual_seed(4)
    mixer, x = GatedDelta(16, 2).requires_grad_(False), torch.randn(1, 70, 16)
    position = torch.cumsum(torch.rand(1, 70), 1)
    q, k, v = (a.unflatten(-1, (2, 8)) for a in mixer.qkv(x)[0].chunk(3, -1))
    share, rate, loud = mixer.gates(x)[0].chunk(3, -1)
    state, out = torch.zeros(2, 8, 8), []
    for i in range(70):
        since = 0.0 if i == 0 else position[0, i] - position[0, i - 1]
        state = state * (-F.softplus(rate[i] + mixer.rate) * since).exp()[:, None, None]
        key, asked = F.normalize(k[i], dim=-1), F.normalize(q[i], dim=-1)
        beta = torch.sigmoid(share[i] + mixer.share)
        for head in range(2):
            held = state[head].T @ key[head]
            state[head] = state[head] + beta[head] * torch.outer(key[head], v[i, head] - held)
        out.append((torch.stack([state[h].T @ asked[h] for h in range(2)]) * 2 * torch.sigmoid(loud[i])[:, None]).flatten())
    assert torch.allclose(mixer(x, position, torch.ones(1, 70, dtype=torch.bool))[0], mixer.out(torch.stack(out)), atol=CLOSE)


def test_two_empty_steps_are_one_step_of_double_length():
    torch.manual_seed(5)
    mixer, first, last = StateSpace(16, 2), torch.randn(1, 1, 16), torch.randn(1, 1, 16)
    empty, there = torch.zeros(1, 1, 16), torch.ones(1, 4, dtype=torch.bool)
    two = mixer(torch.cat([first, empty, empty, last], 1), torch.tensor([[0.0, 1.0, 2.0, 3.0]]), there)
    one = mixer(torch.cat([first, empty, last], 1), torch.tensor([[0.0, 2.0, 3.0]]), there[:, :3])
    assert torch.allclose(two[:, -1], one[:, -1], atol=CLOSE)
    none = mixer(torch.cat([first, empty, last], 1), torch.tensor([[0.0, 1.0, 2.0]]), there[:, :3])
    assert not torch.allclose(one[:, -1], none[:, -1], atol=1e-4)


def test_a_token_held_for_two_steps_is_one_token_of_double_length():
    torch.manual_seed(6)
    mixer, first, held = StateSpace(16, 2), torch.randn(1, 1, 16), torch.randn(1, 1, 16)
    there = torch.ones(1, 3, dtype=torch.bool)
    two = mixer(torch.cat([first, held, held], 1), torch.tensor([[0.0, 1.0, 2.0]]), there)
    one = mixer(torch.cat([first, held], 1), torch.tensor([[0.0, 2.0]]), there[:, :2])
    assert torch.allclose(two[:, -1], one[:, -1], atol=CLOSE)


def test_the_long_filter_is_a_sum_over_the_past():
    torch.manual_seed(7)
    mixer, x = LongConvolution(8, 2), torch.randn(2, 9, 8)
    position, mask = torch.tensor([[0.0, 1, 2, 5, 6, 7, 8, 9, 10]]).expand(2, 9), torch.ones(2, 9, dtype=torch.bool)
    mask[:, 4] = False
    value, gate = mixer.inner(x).chunk(2, -1)
    kernel, total = mixer.kernel(11), torch.zeros(2, 9, 8)
    for i in range(9):
        for j in range(i + 1):
            if mask[0, j]:
                total[:, i] += kernel[int(position[0, i] - position[0, j])] * value[:, j]
    assert torch.allclose(mixer(x, position, mask), mixer.out(total * F.silu(gate)), atol=CLOSE)


def test_the_reach_of_temporal_convolution_is_exact():
    torch.manual_seed(8)
    mixer = TemporalConvolution(4, 1)
    x = torch.randn(1, 100, 4, requires_grad=True)
    mixer(x, torch.arange(100.0)[None], torch.ones(1, 100, dtype=torch.bool))[0, -1].sum().backward()
    felt = x.grad[0].abs().sum(-1) > 0
    assert mixer.reach == 80 and felt[99 - 80 :].all() and not felt[: 99 - 80].any()


def test_tokens_are_laid_where_they_stand():
    x = torch.arange(1.0, 5.0)[None, :, None]
    grid, cell = lay(x, torch.tensor([[3.0, 5.1, 5.0, 7.0]]), torch.tensor([[True, True, True, False]]))
    assert grid[0, :, 0].tolist() == [1, 0, 5, 0, 0] and cell.tolist() == [[0, 2, 2, 4]]
