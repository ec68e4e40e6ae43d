"""Exercises of lesson 06: the training loop."""

import math

import torch
from torch import nn

from helpers.exercises import exercise


@exercise(
    "An ignorant network gives each of the classes the same probability.",
    "Minus the logarithm of one hundredth: ln 100, about 2 · 2.3.",
    solution="ignorant_loss = 4.6",
)
def ignorant_loss(answer):
    """Predict the first loss of a network for 100 classes, to one decimal."""
    value = float(answer)
    assert abs(value - 2.3) > 0.05, "that is the loss for ten classes."
    assert abs(value - 2.0) > 0.05, (
        "that is the logarithm to base ten: the loss uses the natural one."
    )
    assert abs(value - math.log(100)) <= 0.051, f"minus ln(1/100) is ln 100, and not {value:g}."


@exercise(
    "An epoch is all pictures once; an epoch's steps are its batches.",
    "50,000 / 100 batches in an epoch, times ten epochs.",
    solution="steps = 5000",
)
def steps(answer):
    """Predict how often ten epochs over 50,000 pictures in batches of 100 call optimizer.step()."""
    assert answer != 500, "that is one epoch."
    assert answer != 500_000, "the optimizer steps once for each batch, not for each picture."
    assert answer == 5000, f"500 batches an epoch, ten epochs: that is not {answer:,}."


@exercise(
    "Clear, forward, loss, backward, step: five lines.",
    "Return `loss.item()`, a plain number.",
    solution="""
    def train_step(net, criterion, optimizer, inputs, labels):
        optimizer.zero_grad()
        loss = criterion(net(inputs), labels)
        loss.backward()
        optimizer.step()
        return loss.item()
    """,
)
def train_step(answer):
    """One training step on one batch; returns the loss as a Python number."""
    generator = torch.Generator().manual_seed(0)
    inputs = torch.randn(8, 2, generator=generator)
    labels = (inputs[:, 0] > 0).long()
    net = nn.Linear(2, 2)
    with torch.no_grad():
        net.weight.zero_()
        net.bias.zero_()
    expected = nn.Linear(2, 2)
    expected.load_state_dict(net.state_dict())
    optimizer = torch.optim.SGD(net.parameters(), lr=0.5)
    criterion = nn.CrossEntropyLoss()
    first = answer(net, criterion, optimizer, inputs, labels)
    assert first is not None, "return the loss."
    assert not isinstance(first, torch.Tensor), "return a plain number: `loss.item()`."
    assert net.weight.abs().sum() > 0, "the weights have not moved: `backward()`, then `step()`."
    answer(net, criterion, optimizer, inputs, labels)
    for _ in range(2):
        expected.zero_grad()
        criterion(expected(inputs), labels).backward()
        with torch.no_grad():
            for parameter in expected.parameters():
                parameter -= 0.5 * parameter.grad
    assert torch.allclose(net.weight, expected.weight, atol=1e-5), (
        "the first step is right and the second goes too far: clear the gradients, `zero_grad()`."
    )


@exercise(
    "Keep a sum and a count; every few losses, write down their mean and start again.",
    "`if (i + 1) % every == 0`: append the mean, then set the sum to zero.",
    solution="""
    def running_means(losses, every):
        means, total = [], 0.0
        for i, loss in enumerate(losses):
            total += loss
            if (i + 1) % every == 0:
                means.append(total / every)
                total = 0.0
        return means
    """,
)
def running_means(answer):
    """The mean of every few losses, as the loop prints them, as a list."""
    result = answer([4.0, 2.0, 1.0, 3.0, 9.0], 2)
    assert isinstance(result, list), "return a list of means."
    assert result != [3.0, 5.0], "start again at zero after each mean: the sum kept growing."
    assert result != [6.0, 4.0], "those are sums: divide by the number of losses."
    assert len(result) == 2, (
        f"five losses, every two: two means, and you return {len(result)}. The fifth waits."
    )
    assert result == [3.0, 2.0], f"it should be [3.0, 2.0], and is {result}."
