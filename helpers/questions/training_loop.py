"""Exercises of lesson 06: the training loop."""

import copy
import math

import torch
from torch import nn

from helpers.exercises import UnansweredError, exercise
from helpers.questions.tools import as_number, draws, is_close


@exercise(
    "An ignorant network gives each of the classes the same probability.",
    "Minus the logarithm of one hundredth: ln 100, about 2 · 2.3.",
    solution="ignorant_loss = 4.6",
)
def ignorant_loss(answer):
    """Predict the first loss of a network for 100 classes, to one decimal."""
    value = as_number(answer)
    assert abs(value - 2.3) > 0.05, "that is the loss for ten classes."
    assert abs(value - 2.0) > 0.05, (
        "that is the logarithm to base ten: the loss uses the natural one."
    )
    assert abs(value + math.log(100)) > 0.051, "minus the logarithm: a loss is not below 0."
    assert abs(value - 6.6) > 0.06, "that is the logarithm to base two: the loss uses the natural."
    assert abs(value - 0.01) > 0.001, "that is the probability: take minus its logarithm."
    assert abs(value - 23) > 0.1, "ten times the classes is not ten times the loss: ln 100."
    assert round(value, 1) == 4.6, f"minus ln(1/100) is ln 100, and not {value:g}."


@exercise(
    "An epoch is all images once; an epoch's steps are its batches.",
    "50,000 / 100 batches in an epoch, times ten epochs.",
    solution="steps = 5000",
)
def steps(answer):
    """Predict how often ten epochs over 50,000 images in batches of 100 call optimizer.step()."""
    value = as_number(answer)
    assert value != 500, "that is one epoch."
    assert value != 500_000, "the optimizer steps once for each batch, not for each image."
    assert value != 50_000, "that is the number of images: an optimizer steps once for each batch."
    assert value != 10, "that is the number of epochs, and each has many steps."
    assert value != 1000, "that is 100 batches an epoch: 100 is the size of each."
    assert value == 5000, f"500 batches an epoch, ten epochs: that is not {value:,g}."


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
    """The mean of every few losses, as the loop prints them; losses left over at the end wait."""
    for seed, (count, every) in enumerate([(5, 2), (12, 3), (7, 1), (11, 4), (2, 5)]):
        losses = (draws(count, seed=seed).abs() + 0.5).tolist()
        result = answer(list(losses), every)
        assert result is not None, "your function returned `None`: it needs a `return`."
        kind = type(result).__name__
        assert hasattr(result, "__len__"), f"return a list of means, and not a `{kind}`."
        assert not isinstance(result, str | dict), f"return a list of means, and not a `{kind}`."
        groups = [losses[i : i + every] for i in range(0, count, every)]
        whole = [group for group in groups if len(group) == every]
        means = [sum(group) / every for group in whole]
        sums = [sum(group) for group in whole]
        so_far = [sum(sums[: n + 1]) for n in range(len(sums))]
        what = f"{count} losses, every {every}"
        assert len(result) != len(losses) or every == 1, (
            f"{what}: that is a number for each loss. Append only when `every` losses are there."
        )
        early = [sum(losses[max(0, n - every) : n]) / every for n in range(1, count + 1, every)]
        assert every == 1 or not is_close(result, early), (
            "the first mean comes after `every` losses, and `i` counts from 0."
        )
        assert len(result) <= len(means), (
            f"{what}: that makes {len(means)} full groups, and you return {len(result)} numbers. "
            "Losses left over at the end are not printed."
        )
        assert len(result) == len(means), (
            f"{what}: that makes {len(means)} means, and you return {len(result)}."
        )
        if not means:
            continue
        for wrong, words in (
            (sums, "those are sums: divide by the number of losses."),
            (
                [total / every for total in so_far],
                "start again at zero after each mean: the sum kept growing.",
            ),
            (
                [total / (n * every) for n, total in enumerate(so_far, 1)],
                "those are means since the beginning: start again after each.",
            ),
            (
                [group[-1] for group in whole],
                "those are single losses: take the mean of each group.",
            ),
            ([max(group) for group in whole], "those are the largest of each group."),
        ):
            assert every == 1 or not is_close(result, wrong), words
        assert is_close(result, means) or not is_close(result, means, rtol=0, atol=0.006), (
            "these are rounded: only the printing rounds; return the means as they are."
        )
        assert is_close(result, means), (
            f"{what}: the first group is {[round(loss, 2) for loss in whole[0]]}, and the first "
            f"mean should be {means[0]:.3f}, not {as_number(result[0]):.3f}."
            if not is_close(result[0], means[0])
            else "start again at zero after each mean: the first one is right, and a later one not."
        )


@exercise(
    "Clear, forward, loss, backward, step: five lines.",
    "Keep the logits of the forward pass: `(logits.argmax(dim=1) == labels).sum().item()` counts "
    "the right ones, and `loss.item()` is a plain number.",
    solution="""
    def train_step(net, criterion, optimizer, inputs, labels):
        optimizer.zero_grad()
        logits = net(inputs)
        loss = criterion(logits, labels)
        loss.backward()
        optimizer.step()
        return loss.item(), (logits.argmax(dim=1) == labels).sum().item()
    """,
)
def train_step(answer):
    """One training step on one batch; returns its loss and how many were right, before it."""
    for seed, (make, criterion) in enumerate(
        [
            (lambda p: torch.optim.SGD(p, lr=0.5), nn.CrossEntropyLoss()),
            (lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9), nn.CrossEntropyLoss()),
            (lambda p: torch.optim.Adam(p, lr=0.01), nn.CrossEntropyLoss(label_smoothing=0.2)),
        ]
    ):
        features, classes = 3 + seed, 2 + seed
        net = nn.Sequential(nn.BatchNorm1d(features), nn.Linear(features, classes))
        with torch.no_grad():
            for number, parameter in enumerate(net.parameters()):
                parameter.copy_(draws(*parameter.shape, seed=10 * seed + number))
        expected, careless = copy.deepcopy(net), copy.deepcopy(net)
        optimizers = [make(one.parameters()) for one in (net, expected, careless)]
        for step in range(3):
            inputs = draws(6 + step, features, seed=20 * seed + step) + step
            labels = (inputs.argmax(dim=1) + seed) % classes
            before = copy.deepcopy(net.state_dict())
            returned = answer(net, criterion, optimizers[0], inputs.clone(), labels.clone())
            loss, logits = _step(expected, criterion, optimizers[1], inputs, labels)
            _step(careless, criterion, optimizers[2], inputs, labels, clear=False)
            _judge_step(net, before, expected, careless, step)
            assert returned is not None, "return the loss, and how many were right."
            pair = isinstance(returned, tuple | list) and len(returned) == 2
            assert pair, "return two numbers: the loss, and how many were right."
            assert not is_close(returned[1], loss), "the loss comes first, then the count."
            _judge_loss(returned[0], loss, len(labels), net, criterion, inputs, labels)
            _judge_count(returned[1], logits, labels, net, inputs)
            seen = net[0].num_batches_tracked - before["0.num_batches_tracked"]
            assert seen == 1, (
                f"the network saw this batch {seen} times in training mode: one forward pass gives "
                "the logits for both numbers."
            )


def _step(net, criterion, optimizer, inputs, labels, clear=True):
    if clear:
        optimizer.zero_grad()
    logits = net(inputs)
    loss = criterion(logits, labels)
    loss.backward()
    optimizer.step()
    return loss.item(), logits.detach()


def _judge_step(net, before, expected, careless, step):
    """Compare what a step did with what it should have done."""
    assert net.training, (
        "the network is in eval mode now: a training step belongs in training mode."
    )
    now, names = net.state_dict(), [name for name, _ in net.named_parameters()]
    assert any(not torch.equal(now[name], before[name]) for name in names), (
        "the weights have not moved: `backward()`, then `step()`, and no clearing between."
    )
    if all(is_close(now[name], expected.state_dict()[name]) for name in names):
        return
    assert step == 0 or any(not is_close(now[n], careless.state_dict()[n]) for n in names), (
        "the first step is right and the second goes too far: clear the gradients, `zero_grad()`."
    )
    counted = now["0.num_batches_tracked"] - before["0.num_batches_tracked"]
    assert counted != 0, "the forward pass was made in eval mode: do not switch the mode."
    if step == 0:
        raise AssertionError(
            "the weights moved, and not as one step of this optimizer would: clear, forward, loss, "
            "backward, and `step()` once."
        )
    raise AssertionError(f"step {step + 1} moves the weights elsewhere; the first one was right.")


def _judge_loss(returned, loss, count, net, criterion, inputs, labels):
    """Compare the number a step returned with the loss of its batch."""
    assert not isinstance(returned, torch.Tensor), (
        "return the loss as a plain number: `loss.item()`."
    )
    value = as_number(returned)
    mode = copy.deepcopy(net)
    with torch.no_grad():
        after = criterion(mode(inputs), labels).item()
    assert not is_close(value, after), (
        "that is the loss after the step: return the one that you trained on."
    )
    assert not is_close(value, loss * count), (
        "that is the loss times the number of images: return the loss itself, a mean."
    )
    assert not is_close(value, loss / count), "the loss is a mean already: do not divide it again."
    assert is_close(value, loss), f"the loss of this batch is {loss:.4f}, and you return {value:g}."


def _judge_count(returned, logits, labels, net, inputs):
    """Compare the second number a step returned with how many of its batch were right."""
    assert not isinstance(returned, torch.Tensor), "return the count as a plain number: `.item()`."
    value, count = as_number(returned), (logits.argmax(dim=1) == labels).sum().item()
    with torch.no_grad():
        after = (copy.deepcopy(net)(inputs).argmax(dim=1) == labels).sum().item()
    for wrong, words in (
        (count / len(labels), "that is the share of right ones: return how many they are."),
        (len(labels) - count, "those are the wrong ones: count the right ones."),
        (len(labels), "that is the size of the batch: count those whose largest logit is right."),
        (after, "those are right after the step: use the logits that you trained on."),
    ):
        assert value == count or abs(value - wrong) > 1e-4, words
    assert value == count, f"{count} of {len(labels)} were right, and you return {value:g}."


@exercise(
    "Print what `train` returns for one epoch and for ten. Which line moves the network's "
    "parameters, and whose parameters does it hold?",
    "One bug each: the mode; the optimizer's parameters; the dimension of `flip`, for an image is "
    "mirrored along its columns, dim 3; the gradients of the batch before; the mean over batches "
    "of different sizes.",
    solution="""
    def train(net, loader, learning_rate, epochs):
        criterion = nn.CrossEntropyLoss()
        optimizer = torch.optim.SGD(net.parameters(), lr=learning_rate)
        net.train()
        for _ in range(epochs):
            total, samples = 0.0, 0
            for inputs, labels in loader:
                inputs = inputs.flip(3)  # mirror left and right
                optimizer.zero_grad()
                loss = criterion(net(inputs), labels)
                loss.backward()
                optimizer.step()
                total += loss.item() * len(labels)
                samples += len(labels)
        return total / samples
    """,
)
def five_bugs(answer):
    """Debug: a training loop with five bugs; it returns the mean loss of the last epoch."""
    for seed, (sizes, rate, epochs) in enumerate([((6, 6, 3), 0.1, 2), ((5, 2), 0.05, 3)]):
        loader = _batches(sizes, seed)
        net = _Small(seed)
        start = copy.deepcopy(net)
        returned = answer(net, loader, rate, epochs)
        assert net.seen, "the network was not called."
        steps = [step for step in zip(net.seen, net.modes, net.recorded, strict=True) if step[2]]
        assert steps, "the network was called without gradients alone: that is no training."
        seen = steps[0][0]
        in_eval, turned = not steps[0][1], torch.equal(seen, loader[0][0].flip(0))
        moved = any(
            not torch.equal(a, b) for a, b in zip(net.parameters(), start.parameters(), strict=True)
        )
        if in_eval and turned and not moved and isinstance(returned, torch.Tensor):
            raise UnansweredError(
                f"after {epochs} epochs the parameters are to the last bit what they were: this "
                "loop does not train. That is the first of five bugs."
            )
        assert moved, "the parameters have not moved: whose parameters did the optimizer get?"
        assert all(mode for _, mode, _ in steps), (
            "the network trains in eval mode: its dropout and batch norm are switched off."
        )
        assert len(steps) == len(sizes) * epochs, (
            f"{len(sizes)} batches, {epochs} epochs: that should be {len(sizes) * epochs} steps, "
            f"and you make {len(steps)}."
        )
        assert not turned, (
            "`flip(0)` turns the batch round, not the images: each label stands beside another "
            "image now. An image is mirrored along its columns, dim 3."
        )
        assert not torch.equal(seen, loader[0][0].flip(2)), (
            "the images stand on their heads: left and right are the columns, dim 3."
        )
        assert not torch.equal(seen, loader[0][0].flip(1)), (
            "the colours have changed places: left and right are the columns, dim 3."
        )
        assert not torch.equal(seen, loader[0][0]), (
            "the images are not mirrored at all: turn their columns round, dim 3."
        )
        assert torch.equal(seen, loader[0][0].flip(3)), (
            "the network does not see the mirror images of the loader's images."
        )
        given = _batches(sizes, seed) * epochs
        for number, ((images, *_), (inputs, _)) in enumerate(zip(steps, given, strict=True), 1):
            assert torch.equal(images, inputs.flip(3)), (
                f"step {number} does not see the mirror images of its batch: mirror all of them, "
                "and leave the loader's own as they are."
            )
        runs = {}
        for clear in (True, False):
            runs[clear] = copy.deepcopy(start)
            losses = _reference(runs[clear], loader, rate, epochs, clear)
            if clear:
                expected = losses
        _judge_training(net, runs)
        _judge_mean(returned, expected, sizes)


def _judge_training(net, runs):
    """Compare the trained network with one trained as it should be."""
    if _same(net, runs[True]):
        return
    assert not _same(net, runs[False]), (
        "each step follows the gradients of all steps before it: one line forgets them."
    )
    raise AssertionError(
        "the network moved, and not as the loop should move it: in every batch clear, forward, "
        "loss, backward, step."
    )


def _judge_mean(returned, losses, sizes):
    """Compare the mean loss with that of the last epoch, weighted by the sizes of the batches."""
    assert returned is not None, "return the mean loss of the last epoch."
    assert not isinstance(returned, torch.Tensor), (
        "the network learns now; but `total` is a tensor and keeps the graph of every batch: add "
        "plain numbers, `loss.item()`."
    )
    value, count = as_number(returned), len(sizes)
    last = losses[-count:]
    total = sum(loss * size for loss, size in zip(last, sizes, strict=True))
    every = sum(
        loss * size for loss, size in zip(losses, sizes * (len(losses) // count), strict=True)
    )
    for wrong, words in (
        (
            sum(last) / count,
            "the last batch is smaller and weighs as much as the others: weight by size.",
        ),
        (sum(last) / sum(sizes), "a loss is a mean over its batch: multiply it by the size."),
        (total, "that is the sum over the images: divide by their number."),
        (total / count, "divide by the number of images, not of batches."),
        (every / sum(sizes), "the sum goes on from epoch to epoch: begin each at 0."),
        (
            every / sum(sizes) / (len(losses) // count),
            "that is the mean of all epochs, and not of the last one.",
        ),
        (last[-1], "that is the loss of the last batch alone."),
    ):
        assert not is_close(value, wrong), f"the network learns now; but {words}"
    assert is_close(value, total / sum(sizes)), (
        f"the network learns now; but the mean loss of the last epoch is {total / sum(sizes):.4f}, "
        f"and you return {value:.4f}."
    )


class _Small(nn.Module):
    """A network for images (batch, 3, 4, 4) that notes what it was given, and how."""

    def __init__(self, seed):
        super().__init__()
        self.norm, self.linear = nn.BatchNorm1d(48), nn.Linear(48, 10)
        with torch.no_grad():
            self.linear.weight.copy_(0.3 * draws(10, 48, seed=seed))
        self.seen, self.modes, self.recorded = [], [], []

    def forward(self, x):
        self.seen.append(x.detach().clone())
        self.modes.append(self.training)
        self.recorded.append(torch.is_grad_enabled())
        return self.linear(self.norm(x.flatten(1)))


class _Loader(list):
    """Batches that, like a DataLoader, know the images they come from: `loader.dataset`."""

    @property
    def dataset(self):
        return [pair for batch in self for pair in zip(*batch, strict=True)]


def _batches(sizes, seed):
    return _Loader(
        (draws(size, 3, 4, 4, seed=100 * seed + number), torch.arange(size) * (number + 3) % 10)
        for number, size in enumerate(sizes)
    )


def _reference(net, loader, rate, epochs, clear):
    """Train as the loop should, or without clearing the gradients; return the loss of each step."""
    optimizer, losses = torch.optim.SGD(net.parameters(), lr=rate), []
    for _ in range(epochs):
        for inputs, labels in loader:
            images = inputs.flip(3)
            loss, _ = _step(net, nn.CrossEntropyLoss(), optimizer, images, labels, clear)
            losses.append(loss)
    return losses


def _same(first, second):
    pairs = zip(first.parameters(), second.parameters(), strict=True)
    return all(is_close(a, b) for a, b in pairs)


@exercise(
    "A function that takes a rate: `torch.manual_seed`, a new `Net`, its optimizer, and the loop, "
    "for 500 batches. `go_on` above is nearly that.",
    "Begin with 0.0001, 0.001 and 0.01. Is the best one at an end of your list? Then try further "
    "out, and fill in between.",
    solution="""
    # One measurement on CIFAR-10: 500 batches of four, the mean loss of the last hundred.
    rate_losses = {0.0001: 2.302, 0.001: 2.234, 0.003: 2.086, 0.01: 2.169, 0.03: 2.337, 0.1: 2.374}
    """,
)
def rate_losses(answer):
    """Open: the loss after 500 batches for learning rates of your choice; the best lies inside."""
    assert isinstance(answer, dict), "answer with a dictionary, `{rate: loss, …}`."
    found = {as_number(rate): as_number(loss) for rate, loss in answer.items()}
    rates = sorted(found)
    assert len(found) >= 5, f"five rates or more make a curve, and these are {len(found)}."
    assert not max(found.values()) < rates[0], (
        "every loss is smaller than every rate: which of the two numbers is the rate, and which "
        "the loss?"
    )
    assert rates[0] > 0, f"a learning rate is above 0, and one of yours is {rates[0]:g}."
    assert all(not loss <= 0 for loss in found.values()), (
        "a cross-entropy is above 0: which of the two numbers is the rate, and which the loss?"
    )
    assert rates[-1] >= 100 * rates[0], (
        f"from {rates[0]:g} to {rates[-1]:g}: go further, the largest at least 100 times the "
        "smallest."
    )
    finite = {rate: loss for rate, loss in found.items() if math.isfinite(loss)}
    assert finite, "not one of the losses is finite: begin with smaller rates."
    assert len(set(finite.values())) > 1, (
        "all losses are equal: does your function use the rate it is given?"
    )
    best = min(finite, key=finite.get)
    assert best != rates[0], (
        f"the smallest rate, {best:g}, is the best: a smaller one may be better still. Go on."
    )
    assert best != rates[-1], (
        f"the largest rate, {best:g}, is the best: a larger one may be better still. Go on."
    )
    assert finite[best] < math.log(10) - 0.05, (
        f"the best loss is {finite[best]:.2f}, and knowing nothing gives 2.30: did anything learn?"
    )
    smallest = found[rates[0]]
    assert smallest < 2.6, (
        f"a rate as small as {rates[0]:g} changes little, so its loss should be near 2.3, and not "
        f"{smallest:.2f}: does each rate begin with a new network?"
    )
    neighbour = rates[rates.index(best) + 1]
    return (
        f"The best of your rates is {best:g}. Above it the loss rises again: {neighbour:g} ends "
        f"at {found[neighbour]:.2f}."
    )
