"""The last rung of lesson 08: what is varied, what is left out, and what it costs."""

import pytest
import torch
from torch import nn

from helpers import Net, normalize, recipe
from helpers.recipe import shrink, train_batch, train_varied, vary


@pytest.fixture
def images():
    return torch.randint(0, 256, (60, 3, 32, 32), dtype=torch.uint8, generator=seeded(1))


@pytest.fixture
def labels():
    return torch.arange(60) % 10


def seeded(number):
    return torch.Generator().manual_seed(number)


def test_varied_images_are_shifted_by_two_pixels_at_most(images):
    images[:] = torch.arange(32, dtype=torch.uint8)[:, None]  # each row knows its number
    varied = vary(images.repeat(10, 1, 1, 1), torch.zeros(600, dtype=torch.bool))
    assert set((varied[:, 0, 10, 10].int() - 10).tolist()) == {-2, -1, 0, 1, 2}


def test_only_images_that_should_be_are_mirrored(images):
    images[:] = torch.arange(32, dtype=torch.uint8)  # each column knows its number
    mirrored = torch.arange(60) % 3 == 0
    varied = vary(images, mirrored).int()
    assert torch.equal(varied[:, 0, 0, 10] > varied[:, 0, 0, 20], mirrored)


def test_varying_leaves_the_images_as_they_were(images):
    before = images.clone()
    vary(images, torch.ones(60, dtype=torch.bool))
    assert torch.equal(images, before)


def test_an_image_keeps_its_mean_when_it_is_shrunk(images):
    small = shrink(images, 24)
    assert (small.shape, small.dtype) == ((60, 3, 24, 24), torch.uint8)
    assert small.float().mean() == pytest.approx(images.float().mean().item(), abs=1)


def test_a_step_gives_the_loss_of_each_image_before_it(images, labels):
    torch.manual_seed(0)
    net = Net()
    expected = nn.functional.cross_entropy(net(normalize(images)), labels, reduction="none")
    losses = train_batch(net, normalize(images), labels, torch.optim.SGD(net.parameters(), 0.1))
    torch.testing.assert_close(losses, expected.detach())
    assert nn.functional.cross_entropy(net(normalize(images)), labels) < expected.mean()


def test_each_image_is_mirrored_in_every_second_pass(images, labels, monkeypatch):
    seen = []
    monkeypatch.setattr(recipe, "vary", lambda images, mirrored: seen.append(mirrored) or images)
    train_varied(Net(), images, labels, [32] * 4, 0.01, batch=16)
    assert torch.equal(seen[0], seen[2])
    assert torch.equal(seen[1], ~seen[0])


def test_the_easiest_images_are_left_out_from_the_third_pass_on_and_come_back(
    images, labels, monkeypatch
):
    orders = []

    def train_pass(net, images, labels, order, *settings):
        orders.append(set(order.tolist()))
        return order.float()  # image 0 is the easiest

    monkeypatch.setattr(recipe, "train_pass", train_pass)
    train_varied(Net(), images, labels, [32] * 4, 0.01, batch=16, easy=0.3)
    everything = set(range(60))
    assert orders[:2] == [everything, everything]
    assert orders[2] == everything - set(range(18))
    assert orders[3] == everything - set(range(18, 36))


def test_the_schedule_ends_with_the_training(images, labels, monkeypatch):
    made = []
    one_cycle_sgd = recipe.one_cycle_sgd
    monkeypatch.setattr(
        recipe, "one_cycle_sgd", lambda *a: made.append(one_cycle_sgd(*a)) or made[-1]
    )
    train_varied(Net(), images, labels, [32] * 3, 0.1, batch=16)
    scheduler = made[0][1]
    assert scheduler.last_epoch == scheduler.total_steps == 4 + 4 + 3
