"""A goal: sums with weights, what is refused, and a cap that bounds what one question weighs."""

import pytest
import torch
from pydantic import ValidationError

from chronotope.training.corpus import Corpus
from chronotope.training.loop import to_torch
from chronotope.training.objectives import OBJECTIVES
from chronotope.training.objectives.goal import Goal
from chronotope.training.objectives.objective import by_example
from tiles import small_network


@pytest.fixture(scope="module")
def batch(packed):
    return to_torch(Corpus(packed, 0, worlds=0.0, examples=3).batch(1))


def test_a_sum_is_the_sum_of_its_parts(batch):
    network = small_network(1)
    one, other = (Goal(name)(network, batch) for name in ("pinball", "crps"))
    loss, parts = Goal({"pinball": 1.0, "crps": 0.25})(network, batch)
    assert float(loss.detach()) == pytest.approx(float(one[0].detach()) + 0.25 * float(other[0].detach()), rel=1e-5)
    assert parts["mix"] == pytest.approx(one[1]["mix"] + 0.25 * other[1]["mix"], rel=1e-5)
    assert parts["pinball"] + parts["crps"] == pytest.approx(parts["loss"], rel=1e-5)


def test_a_cap_leaves_a_question_its_direction_and_no_more_than_the_cap(batch):
    network = small_network(1)
    with torch.no_grad():
        losses = OBJECTIVES["pinball"].losses(network(**batch["tokens"]), batch)
        mean = losses[:3] / by_example(batch["weight"], batch)[:3]
    cap = float(mean.sort().values[1:].mean())  # one of the three is above it
    assert mean.max() > 1.001 * cap
    loss, parts = Goal("pinball", cap)(network, batch)
    assert float(loss.detach()) == pytest.approx(float(mean.clamp(max=cap).sum()) / 3, rel=1e-4)
    assert parts["loss"] == pytest.approx(float(losses.sum()), rel=1e-5)
    answer = network(**batch["tokens"]).detach().requires_grad_()
    slopes = [torch.autograd.grad(Goal("pinball", limit)(lambda **tokens: answer, batch)[0], answer)[0] for limit in (None, cap)]
    for number in range(3):
        own = batch["example"] == number
        assert torch.allclose(slopes[1][own], slopes[0][own] * min(1.0, cap / float(mean[number])), rtol=1e-4, atol=1e-8)


def test_a_cap_above_all_changes_nothing(batch):
    network = small_network(1)
    assert torch.equal(Goal("pinball", 1e6)(network, batch)[0], Goal("pinball")(network, batch)[0])


def test_the_name_of_before_is_read():
    assert Goal("quantile_regression") == Goal() == Goal({"pinball": 1.0})


@pytest.mark.parametrize(
    "wrong, said",
    [("luck", "must be one of pinball"), ({"pinball": 0.0}, "weights above 0"), ({}, "must be one of"),
     ({"pinball": 1.0, "energy": 1.0}, "the same kind of answer")],
)  # fmt: skip
def test_what_cannot_be_is_refused(wrong, said):
    with pytest.raises(ValidationError, match=said):
        Goal(wrong)


def test_a_goal_says_what_it_judges_and_how_many_views_it_needs():
    assert (Goal().want, Goal().views) == ("quantiles", 1) and (Goal("contrastive").want, Goal("contrastive").views) == ("vectors", 2)
