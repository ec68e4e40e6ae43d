"""Exercises of lesson 09: looking inside."""

import numpy as np
import torch
from torch import nn

from helpers.exercises import UnansweredError, exercise
from helpers.questions.tools import (
    as_number,
    as_tensor,
    assert_close,
    assert_shape,
    draws,
    is_close,
)


@exercise(
    "Lesson 08 writes a shape behind each block. A convolution of stride 2, or a pooling, halves "
    "height and width.",
    "The fourth block has four times `width` channels, and pooling has halved 8 × 8 once more. "
    "The batch comes first.",
    solution="map_shape = (5, 64, 4, 4)",
)
def map_shape(answer):
    """Predict the shape of what the fourth block of fast_net(16) makes of 5 images."""
    assert isinstance(answer, tuple | list | np.ndarray | torch.Tensor), (
        "answer with a shape, for example `(5, 3, 32, 32)`."
    )
    if as_tensor(answer).ndim > 1:
        raise AssertionError("that is a tensor of numbers: answer with its shape, `.shape`.")
    shape = tuple(as_tensor(answer).tolist())
    for wrong, words in (
        ((5, 32, 4, 4), "those are the channels of `fast_net(8)`; this network is twice as wide."),
        ((5, 64, 8, 8), "that is the third block: the fourth one pools."),
        ((5, 128, 4, 4), "that is the fifth block, or the sixth."),
        ((5, 32, 8, 8), "that is the second block; count from one."),
        ((64, 4, 4), "right for one image, but five go in: the batch stays."),
        ((5, 4, 4, 64), "channels come before height and width."),
        ((5, 64), "that is after pooling over all places; a block keeps height and width."),
        ((5, 10), "those are the logits, at the very end."),
    ):
        assert shape != wrong, words
    assert len(shape) == 4, f"a batch of feature maps has 4 dimensions; yours has {len(shape)}."
    assert shape[0] == 5, "five images go in, and five sets of maps come out."
    assert shape[2:] == (4, 4), "32 is halved by the first, the second and the fourth block."
    assert shape == (5, 64, 4, 4), f"the fourth block has 4 · 16 channels, not {shape[1]}."


@exercise(
    "How far does one number move, and how much does that alone add to the score?",
    "Every number moves in the direction that raises the score, so all 3,072 contributions, each "
    "0.5 · 2/255, are added.",
    solution="lift = 3072 * 0.5 * 2 / 255",
)
def lift(answer):
    """Predict how much one step of 2/255 raises a score with 3,072 slopes of 0.5 in size."""
    value = as_number(answer)
    right = 3072 * 0.5 * 2 / 255
    for wrong, words in (
        (0.5 * 2 / 255, "that is what one number adds; all 3,072 of them move."),
        (3072 * 2 / 255, "each movement counts times its slope, 0.5."),
        (3072 * 0.5 * 2, "the step is 2/255 on a scale from 0 to 1."),
        (3072 * 0.5, "that is the sum of the slopes: times the step."),
        (3072 * 0.5 / 255, "that is a step of 1/255, and this one is twice as large."),
        (1024 * 0.5 * 2 / 255, "1,024 pixels have three numbers each."),
        (0, "random signs would cancel; these follow the signs of the slopes."),
        (3072**0.5 * 0.5 * 2 / 255, "that is about what random signs reach: here all agree."),
        (-right, "a step along the signs raises the score."),
    ):
        assert abs(value - wrong) > 1e-4 + 0.002 * abs(wrong), words
    assert abs(value - right) < 0.06, (
        f"3,072 numbers, each moved by 2/255 along a slope of 0.5: that is not {value:g}."
    )


class _Branches(nn.Module):
    """A network that is no row of layers: two branches, added."""

    def __init__(self):
        super().__init__()
        self.left = nn.Linear(4, 6)
        self.right = nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 6))
        self.last = nn.Linear(6, 2)

    def forward(self, x):
        return self.last(torch.relu(self.left(x) + self.right(2 * x)))


def _cases_of_layers():
    """Yield a network, a layer in it, inputs, and what the layer is given and gives."""
    images = draws(3, 2, 6, 6, seed=1)
    rows = nn.Sequential(nn.Conv2d(2, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(64, 3)).eval()
    yield rows, rows[0], images, images, rows[0](images)
    yield rows, rows[2], images, rows[1](rows[0](images)), rows[:3](images)
    net, inputs = _Branches().eval(), draws(7, 4, seed=2)
    yield net, net.right[1], inputs, net.right[0](2 * inputs), net.right[:2](2 * inputs)
    normed = nn.Sequential(nn.Linear(4, 3), nn.BatchNorm1d(3), nn.Linear(3, 2)).eval()
    yield normed, normed[1], inputs, normed[0](inputs), normed[:2](inputs)
    training = nn.Sequential(nn.Linear(4, 3), nn.BatchNorm1d(3), nn.Linear(3, 2))
    yield training, training[1], inputs, training[0](inputs), training[:2](inputs)


@exercise(
    "Write a function of `(module, inputs, output)` that keeps its third argument, and give it to "
    "`layer.register_forward_hook`.",
    "Call `net(inputs)`; then `handle.remove()`, and return what was kept.",
    solution="""
    def output_of(net, layer, inputs):
        kept = []
        handle = layer.register_forward_hook(lambda module, given, output: kept.append(output))
        net(inputs)
        handle.remove()
        return kept[0]
    """,
)
def output_of(answer):
    """The output of one layer while a network runs; afterwards no hook is left behind."""
    for net, layer, inputs, given, expected in _cases_of_layers():
        was_training = net.training
        with torch.no_grad():
            logits = net(inputs)
        everywhere = nn.modules.module._global_forward_hooks
        before = set(everywhere)
        result = answer(net, layer, inputs)
        of_all = [everywhere.pop(key) for key in set(everywhere) - before]
        if isinstance(result, tuple | list) and len(result) == 1:
            raise AssertionError("this is a list, or a tuple, of one tensor: return the tensor.")
        left = [one for one in net.modules() if one._forward_hooks or one._forward_pre_hooks]
        words = "that is not what the layer gives while the network runs."
        if net.training != was_training:
            mode = "training" if was_training else "eval"
            raise AssertionError(f"the network came in {mode} mode and should leave in it.")
        assert_close(
            result,
            expected,
            words,
            mistakes=[
                (logits, "that is the output of the whole network."),
                (given, "that is what goes into the layer: the output is the third argument."),
            ],
        )
        assert not of_all, "a hook for all modules is left: it would run in every network."
        assert not left, (
            "the hook is still on the layer, and would run at every call: keep the handle, and "
            "`handle.remove()`."
        )
        with torch.no_grad():
            assert is_close(net(inputs), logits), "after your function the network gives others."


@exercise(
    "`torch.cdist(features[index : index + 1], features)[0]` are the distances to all rows.",
    "Make the distance to itself infinite; then `topk(k, largest=False)`, and its `indices`.",
    solution="""
    def nearest(features, index, k):  # features: (N, n)
        distances = torch.cdist(features[index : index + 1], features)[0]
        distances[index] = float("inf")
        return distances.topk(k, largest=False).indices
    """,
)
def nearest(answer):
    """The numbers of the k rows nearest to the row at `index`, the nearest first; not itself."""
    for seed, (rows, width, index, k) in enumerate([(9, 2, 4, 3), (30, 5, 0, 4), (12, 3, 11, 1)]):
        features = draws(rows, width, seed=seed)
        given = features.clone()
        distances = (features - features[index]).square().sum(dim=1).sqrt()
        order = distances.argsort()
        result = as_tensor(answer(given, index, k))
        assert torch.equal(given, features), "your function changed the features."
        if result.ndim == 2 and 1 in result.shape:
            raise AssertionError("one row of numbers, please: the shape should be (k,).")
        others = [n for n in range(rows) if n != index]
        signed = (features - features[index]).sum(dim=1).abs().argsort()
        dots = (features @ features[index]).argsort(descending=True)
        city = (features - features[index]).abs().sum(dim=1).argsort()
        assert_close(
            result,
            order[1 : k + 1],
            "those are not the nearest rows, or not in order from the nearest on.",
            mistakes=[
                (order[:k], "the nearest of all is the row itself, which does not count."),
                (order[: k + 1], "the row itself is among them: leave it out."),
                (order.flip(0)[:k], "those are the farthest: `largest=False`."),
                (distances[order[1 : k + 1]], "those are the distances: return the row numbers."),
                (
                    distances[others].argsort()[:k],
                    "with the row left out of the table, all rows after it have moved up by one.",
                ),
                (
                    signed[signed != index][:k],
                    "differences of both signs cancel: square them before you add.",
                ),
                (dots[:k], "a large product is not a small distance: it grows with length."),
                (dots[dots != index][:k], "a large product is not a small distance."),
                (order, "the first k of them only."),
                (order[1:], "the first k of them only."),
                (order[1 : k + 1].flip(0), "the nearest comes first."),
            ]
            + ([] if is_close(city[1 : k + 1], order[1 : k + 1]) else [(city[1 : k + 1], _CITY)]),
        )


_CITY = "those are nearest by the sum of differences; square them, as `torch.cdist` does."


def _scorer(seed, classes, size):
    """Make a small network with curved activations for images (N, 3, size, size)."""
    net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Tanh(), nn.Flatten())
    net.append(nn.Linear(4 * (size - 2) ** 2, classes))
    with torch.no_grad():
        for number, parameter in enumerate(net.parameters()):
            parameter.copy_(0.4 * draws(*parameter.shape, seed=10 * seed + number))
    return net.eval()


def _slopes(net, images, labels, kind="score"):
    images = images.detach().clone().requires_grad_()
    logits = net(images)
    chosen = {
        "score": logits[torch.arange(len(labels)), labels].sum(),
        "all": logits.sum(),
        "loss": nn.functional.cross_entropy(logits, labels, reduction="sum"),
        "mean loss": nn.functional.cross_entropy(logits, labels),
        "softmax": logits.softmax(dim=1)[torch.arange(len(labels)), labels].sum(),
        "highest": logits.amax(dim=1).sum(),
        "labels of others": logits[:, labels].sum(),
    }[kind]
    return torch.autograd.grad(chosen, images)[0]


@exercise(
    "Make a copy of the images that requires a gradient, and pick from `net(images)` the score of "
    "each image's label: `scores[torch.arange(len(labels)), labels]`.",
    "`torch.autograd.grad(chosen.sum(), copy)` gives a tuple of one tensor of slopes; then "
    "`(images * slopes).sum(dim=1)`.",
    solution="""
    def contributions(net, images, labels):  # images: (N, 3, height, width)
        copy = images.clone().requires_grad_()
        scores = net(copy)[torch.arange(len(labels)), labels]
        (slopes,) = torch.autograd.grad(scores.sum(), copy)
        return (images * slopes).sum(dim=1)
    """,
)
def contributions(answer):
    """For each pixel the sum over its channels of number times slope of its label's score."""
    for seed, (count, size, labels) in enumerate(
        [(4, 6, [0, 2, 1, 0]), (5, 8, [1, 1, 0, 3, 2]), (1, 5, [2])]
    ):
        net, labels = _scorer(seed, 4, size), torch.tensor(labels)
        images = draws(count, 3, size, size, seed=seed)
        given = images.clone()
        result = as_tensor(answer(net, given, labels))
        assert torch.equal(given.detach(), images), "your function changed the images."
        assert not given.requires_grad, (
            "the images that were given require a gradient now: work on a copy, `images.clone()`."
        )
        slopes = _slopes(net, images, labels)
        each = images * slopes
        mistakes = [
            (slopes, "those are the slopes: times the numbers, and added over the channels."),
            (slopes.sum(dim=1), "those are slopes: multiply them by the numbers of the image."),
            (slopes.abs().amax(dim=1), "that is a saliency map: number times slope is wanted."),
            (each, "one number for each pixel: add up its three channels."),
            (each.abs().sum(dim=1), "a contribution may be negative: leave the signs."),
            (each.sum(dim=1).abs(), "a contribution may be negative: leave the signs."),
            (each.amax(dim=1), "that is the largest of the three: add them up."),
            (each.mean(dim=1), "that is the mean over the channels: their sum, please."),
            (each.sum(dim=1) / count, "that is a mean over the images: each for itself, please."),
            (each.sum(dim=1).clamp(min=0), "a contribution may be negative: leave the signs."),
            (
                images.sum(dim=1) * slopes.sum(dim=1),
                "multiply each number by its own slope first, then add.",
            ),
            (each.sum(dim=1, keepdim=True), "without the dimension of the channels, please."),
            (each.sum(dim=(1, 2, 3)), "one number for each pixel: add up the channels alone."),
        ]
        others = {
            "all": "those are the slopes of all scores together: pick that of the label.",
            "loss": "those are the slopes of the loss: the score of the label is wanted.",
            "mean loss": "those are the slopes of the loss: the score of the label is wanted.",
            "softmax": "those are the slopes of a probability: take the score, before softmax.",
            "highest": "those are the slopes of the highest score, not of the label's.",
            "labels of others": "`[:, labels]` picks the scores of all labels for every image: "
            "one label for each.",
        }
        for kind, words in others.items():
            mistakes.append(((images * _slopes(net, images, labels, kind)).sum(dim=1), words))
        cifar10 = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)
        mean, std = (torch.tensor(each).view(3, 1, 1) for each in cifar10)
        slopes = _slopes(net, (images - mean) / std, labels) / std
        for numbers in (images, (images - mean) / std, images - mean):
            wrong = (numbers * slopes).sum(dim=1)
            mistakes.append((wrong, "`logits_of` normalises: here the network takes the images."))
        words = "those are not the contributions asked for."
        assert_close(result, each.sum(dim=1), words, mistakes=mistakes)


@exercise(
    "Print the loss before and after the step. Then print the largest change of a pixel, and the "
    "smallest and largest pixel.",
    "Plus, not minus; the gradient's `sign()`; `clamp(0, 1)`; and a copy that requires the "
    "gradient, instead of the pixels that were given.",
    solution="""
    def one_step(net, pixels, labels, epsilon):  # pixels from 0 to 1
        copy = pixels.clone().requires_grad_()
        loss = nn.functional.cross_entropy(net(copy), labels)
        (gradient,) = torch.autograd.grad(loss, copy)
        return (pixels + epsilon * gradient.sign()).clamp(0, 1)
    """,
)
def one_step(answer):
    """Debug: one step of the gradient's sign against a network, within epsilon and 0 to 1."""
    for seed, (count, size, epsilon) in enumerate([(6, 6, 0.03), (4, 8, 0.1), (9, 5, 0.01)]):
        net = _scorer(seed, 3, size)
        pixels = draws(count, 3, size, size, seed=seed + 5).mul(0.5).add(0.5).clamp(0, 1)
        labels = torch.arange(count) * (seed + 1) % 3
        given = pixels.clone()
        raw = answer(net, given, labels, epsilon)
        result = as_tensor(raw)
        assert_shape(result, pixels.shape)
        with torch.no_grad():
            before, after = (
                nn.functional.cross_entropy(net(one), labels).item() for one in (pixels, result)
            )
        what = f"a step of {epsilon} takes the loss from {before:.3f} to {after:.3f}"
        if after < before:
            raise UnansweredError(f"{what}: it helps the network, and should do harm.")
        change = result - pixels
        assert change.abs().max() <= epsilon + 1e-6, (
            f"with an epsilon of {epsilon} a pixel moved by {change.abs().max():.3g}."
        )
        assert 0 <= result.min() <= result.max() <= 1, (
            f"the pixels go from {result.min():.3g} to {result.max():.3g}: there is no such "
            "picture. They end at 0 and 1."
        )
        gradient = _slopes(net, pixels, labels, "loss")
        expected = (pixels + epsilon * gradient.sign()).clamp(0, 1)
        assert_close(
            result,
            expected,
            f"{what}; a step of every pixel by {epsilon} along its sign takes it further.",
            mistakes=[
                (
                    (pixels + epsilon * _slopes(net, pixels, labels, "mean loss")).clamp(0, 1),
                    "the change follows the gradient's size, and hardly moves most of the pixels: "
                    "take its sign.",
                ),
                (pixels, "nothing has changed."),
            ],
        )
        assert torch.equal(given.detach(), pixels), (
            "the pixels that were given have changed: work on a copy."
        )
        assert not given.requires_grad, (
            "the pixels that were given require a gradient now, so a second call would add to it: "
            "work on a copy."
        )


def _curved(seed, classes, size):
    """Make a network whose slopes turn within a short step, for images (N, 3, size, size)."""
    net, width = nn.Sequential(nn.Flatten()), 3 * size * size
    for _ in range(5):
        net.append(nn.Linear(width, 48))
        net.append(nn.Tanh())
        width = 48
    net.append(nn.Linear(width, classes))
    with torch.no_grad():
        for number, parameter in enumerate(net.parameters()):
            parameter.zero_()
            if parameter.ndim == 2:
                values = draws(*parameter.shape, seed=100 * seed + number)
                parameter += 3 * values / parameter.shape[1] ** 0.5
    return net.eval()


@exercise(
    "One step follows the slope where it starts. Take several shorter steps, each along the sign "
    "of the gradient where you are then.",
    "After each step go back into what is allowed: `torch.min(torch.max(x, pixels - epsilon), "
    "pixels + epsilon).clamp(0, 1)`.",
    solution="""
    def attack(net, pixels, labels, epsilon):  # pixels from 0 to 1
        x = pixels.clone()
        for _ in range(10):
            x.requires_grad_()
            loss = nn.functional.cross_entropy(net(x), labels)
            (gradient,) = torch.autograd.grad(loss, x)
            x = x.detach() + epsilon / 4 * gradient.sign()
            x = torch.min(torch.max(x, pixels - epsilon), pixels + epsilon).clamp(0, 1)
        return x
    """,
)
def attack(answer):
    """Open: an attack of your own that leaves fewer right answers than one step does."""
    report = []
    for seed, (classes, size, epsilon) in enumerate([(5, 8, 0.02), (4, 10, 0.01)], 1):
        net = _curved(seed, classes, size)
        state = {name: value.clone() for name, value in net.state_dict().items()}
        pixels = draws(64, 3, size, size, seed=seed).mul(0.3).add(0.5).clamp(0, 1)
        with torch.no_grad():
            labels = net(pixels).argmax(dim=1)
        given = pixels.clone()
        result = as_tensor(answer(net, given, labels.clone(), epsilon))
        assert_shape(result, pixels.shape)
        same = all(torch.equal(value, state[name]) for name, value in net.state_dict().items())
        assert same, "the network is not the same any more: change the pixels, not the network."
        assert torch.equal(given.detach(), pixels), (
            "the pixels that were given have changed: work on a copy."
        )
        far = (result - pixels).abs().max().item()
        assert far <= epsilon + 1e-5, (
            f"with an epsilon of {epsilon} a pixel moved by {far:.3g}: come back into the range."
        )
        assert 0 <= result.min() <= result.max() <= 1, "pixels go from 0 to 1."
        step = (pixels + epsilon * _slopes(net, pixels, labels, "loss").sign()).clamp(0, 1)
        with torch.no_grad():
            once, yours = (
                (net(one).argmax(dim=1) == labels).sum().item() for one in (step, result.float())
            )
        words = f"epsilon {epsilon}: of 64 right answers one step leaves {once}, yours {yours}"
        assert yours < 0.8 * once, f"{words}; at most {int(0.8 * once)} should be left."
        report.append(words)
    return "; ".join(report).capitalize() + "."
