"""What lesson 08 builds in full view: whitening, the cycle of rates, the recipe of its last rung.

The benchmarks take it out of the lesson, and so do these tests.
"""

from pathlib import Path

import pytest
import torch
from torch import nn

from helpers import Net, normalize

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


@pytest.fixture(scope="module")
def recipe():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(BENCHMARKS)
        import choose

        return choose.recipe


@pytest.fixture
def images():
    return torch.randint(0, 256, (60, 3, 32, 32), dtype=torch.uint8, generator=seeded(1))


@pytest.fixture
def labels():
    return torch.arange(60) % 10


def seeded(number):
    return torch.Generator().manual_seed(number)


def test_varied_images_are_shifted_by_two_pixels_at_most(recipe, images):
    images[:] = torch.arange(32, dtype=torch.uint8)[:, None]  # each row knows its number
    varied = recipe.vary(images.repeat(10, 1, 1, 1), torch.zeros(600, dtype=torch.bool))
    assert set((varied[:, 0, 10, 10].int() - 10).tolist()) == {-2, -1, 0, 1, 2}


def test_only_images_that_should_be_are_mirrored(recipe, images):
    images[:] = torch.arange(32, dtype=torch.uint8)  # each column knows its number
    mirrored = torch.arange(60) % 3 == 0
    varied = recipe.vary(images, mirrored).int()
    assert torch.equal(varied[:, 0, 0, 10] > varied[:, 0, 0, 20], mirrored)


def test_varying_leaves_the_images_as_they_were(recipe, images):
    before = images.clone()
    recipe.vary(images, torch.ones(60, dtype=torch.bool))
    assert torch.equal(images, before)


def test_an_image_keeps_its_mean_when_it_is_shrunk(recipe, images):
    small = recipe.shrink(images, 24)
    assert (small.shape, small.dtype) == ((60, 3, 24, 24), torch.uint8)
    assert small.float().mean() == pytest.approx(images.float().mean().item(), abs=1)


def test_a_step_gives_the_loss_of_each_image_before_it(recipe, images, labels):
    torch.manual_seed(0)
    net = Net()
    expected = nn.functional.cross_entropy(net(normalize(images)), labels, reduction="none")
    losses = recipe.train_batch(
        net, normalize(images), labels, torch.optim.SGD(net.parameters(), 0.1)
    )
    torch.testing.assert_close(losses, expected.detach())
    assert nn.functional.cross_entropy(net(normalize(images)), labels) < expected.mean()


def test_each_image_is_mirrored_in_every_second_pass(recipe, images, labels, monkeypatch):
    seen = []
    monkeypatch.setattr(recipe, "vary", lambda images, mirrored: seen.append(mirrored) or images)
    recipe.train_varied(Net(), images, labels, [32] * 4, 0.01, batch=16)
    assert torch.equal(seen[0], seen[2])
    assert torch.equal(seen[1], ~seen[0])


def test_the_easiest_images_are_left_out_from_the_third_pass_on_and_come_back(
    recipe, images, labels, monkeypatch
):
    orders = []

    def train_pass(net, images, labels, order, *settings):
        orders.append(set(order.tolist()))
        return order.float()  # image 0 is the easiest

    monkeypatch.setattr(recipe, "train_pass", train_pass)
    recipe.train_varied(Net(), images, labels, [32] * 4, 0.01, batch=16, easy=0.3)
    everything = set(range(60))
    assert orders[:2] == [everything, everything]
    assert orders[2] == everything - set(range(18))
    assert orders[3] == everything - set(range(18, 36))


def test_the_schedule_ends_with_the_training(recipe, images, labels, monkeypatch):
    made = []
    one_cycle_sgd = recipe.one_cycle_sgd
    monkeypatch.setattr(
        recipe, "one_cycle_sgd", lambda *a: made.append(one_cycle_sgd(*a)) or made[-1]
    )
    recipe.train_varied(Net(), images, labels, [32] * 3, 0.1, batch=16)
    scheduler = made[0][1]
    assert scheduler.last_epoch == scheduler.total_steps == 4 + 4 + 3


def correlated():
    """Return images whose neighbouring pixels are nearly equal, and whose colours go together."""
    noise = torch.randn(300, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    return nn.functional.interpolate(noise, size=32, mode="bilinear").repeat(1, 3, 1, 1)


def test_whitened_patches_vary_independently_and_equally_far(recipe):
    convolution = recipe.whitening(correlated(), pairs=3)[0]
    patches = nn.functional.conv2d(correlated(), convolution.weight[:3], stride=4)
    covariance = patches.transpose(0, 1).flatten(1).cov()
    torch.testing.assert_close(covariance, torch.eye(3), atol=0.05, rtol=0)


def test_the_whitened_layer_has_each_pattern_with_both_signs_and_does_not_learn(recipe):
    convolution = recipe.whitening(correlated())[0]
    assert torch.equal(convolution.weight[:16], -convolution.weight[16:])
    assert not convolution.weight.requires_grad


def test_the_quick_net_takes_pictures_of_several_sizes(recipe):
    for size in (16, 24, 32):
        assert recipe.quick_net(correlated())(torch.zeros(5, 3, size, size)).shape == (5, 10)


def test_six_views_are_the_image_twice_and_two_neighbours_all_mirrored_too(recipe):
    pixels = torch.randn(2, 3, 8, 8)
    seen = []
    recipe.SixViews(lambda x: seen.append(x) or x.mean(dim=(2, 3)))(pixels)
    assert torch.equal(seen[0], pixels)
    assert torch.equal(seen[1], pixels.flip(3))
    assert torch.equal(seen[2][:, :, 1:, 1:], pixels[:, :, :-1, :-1])
    assert torch.equal(seen[4][:, :, :-1, :-1], pixels[:, :, 1:, 1:])
    assert len(seen) == 6


def test_the_cycle_rises_for_a_quarter_and_falls_to_nothing(recipe):
    optimizer, scheduler = recipe.one_cycle_sgd(nn.Linear(2, 1), 100, 0.2)
    rates = []
    for _ in range(100):
        rates.append(scheduler.get_last_lr()[0])
        optimizer.step()
        scheduler.step()
    assert rates.index(max(rates)) == 24
    assert max(rates) == pytest.approx(0.2)
    assert rates[-1] < 1e-5


def test_the_cycle_leaves_fixed_parameters_alone(recipe):
    net = nn.Sequential(nn.Linear(2, 2).requires_grad_(False), nn.Linear(2, 1))
    optimizer, _ = recipe.one_cycle_sgd(net, 100, 0.2)
    assert optimizer.param_groups[0]["params"] == list(net[1].parameters())
