"""Graph messages: all pairs of a ball are ball attention; edges say who is read; order of series and of edges does not matter."""

import torch

from chronotope.backbone.mixers.ball import BallAttention
from chronotope.backbone.mixers.graph import GraphMessages, ball_edges

CLOSE = 1e-5  # float32; sums in another order
EDGES = torch.tensor([[0, 1, 2, 3, 3], [1, 2, 1, 0, 4]])


def _case():
    torch.manual_seed(0)
    return GraphMessages(16, 2), torch.randn(6, 3, 16), torch.randn(5, 2)


def test_all_pairs_of_balls_are_ball_attention():
    torch.manual_seed(1)
    ball, graph = BallAttention(16, 2), GraphMessages(16, 2)
    graph.load_state_dict(ball.state_dict())
    x, index, bias = torch.randn(7, 3, 16), torch.tensor([[4, 0, 2, 6], [1, 3, 5, -1]]), torch.randn(2, 2, 4, 4)
    bias[1, :, :, 3] = -1e4
    assert torch.allclose(graph(x, *ball_edges(index, bias)), ball(x, index, bias), atol=CLOSE)


def test_a_series_reads_those_whose_edges_arrive_and_no_others():
    mixer, x, bias = _case()
    changed = []
    for k in range(6):
        other = x.clone()
        other[k] += 1
        changed.append((mixer(x, (EDGES[0], EDGES[1]), bias) != mixer(other, (EDGES[0], EDGES[1]), bias)).flatten(1).any(1))
    reads = torch.stack(changed).nonzero().tolist()  # (series that changed, series that noticed)
    single = {0: 3, 4: 3}  # the only one they read; their own query cannot change what one neighbour says
    assert all([source, target] in reads for source, target in EDGES.T.tolist())
    assert {tuple(r) for r in reads} - {tuple(e) for e in EDGES.T.tolist()} <= {(1, 1)}  # 1 has two to choose from, with its own query
    assert all([k, k] not in reads for k in single)
    assert (mixer(x, (EDGES[0], EDGES[1]), bias)[[3, 5]] == 0).all()


def test_shuffling_series_shuffles_the_answer_and_edges_have_no_order():
    mixer, x, bias = _case()
    order, turn = torch.randperm(6), torch.randperm(5)
    place = torch.argsort(order)
    plain = mixer(x, (EDGES[0], EDGES[1]), bias)
    assert torch.allclose(plain[order], mixer(x[order], (place[EDGES[0]], place[EDGES[1]]), bias), atol=CLOSE)
    assert torch.allclose(plain, mixer(x, (EDGES[0][turn], EDGES[1][turn]), bias[turn]), atol=CLOSE)


def test_a_blocked_edge_is_no_edge():
    mixer, x, bias = _case()
    bias[2] = -1e4  # 2 -> 1
    keep = [0, 1, 3, 4]
    fewer = mixer(x, (EDGES[0, keep], EDGES[1, keep]), bias[keep])
    assert torch.allclose(mixer(x, (EDGES[0], EDGES[1]), bias), fewer, atol=CLOSE)


def test_no_edges_no_messages_and_the_gradient_reaches_every_parameter():
    mixer, x, bias = _case()
    none = torch.zeros(0, dtype=torch.long)
    assert (mixer(x, (none, none), bias[:0]) == 0).all()
    mixer(x, (EDGES[0], EDGES[1]), bias).square().sum().backward()
    assert all(p.grad.abs().sum() > 0 for p in mixer.parameters())
