"""Exercises of lesson 04: building networks."""

import copy
import math
import operator

import torch
from torch import nn

from helpers.exercises import UnansweredError, exercise
from helpers.questions.tools import as_number, assert_close, assert_shape, draws, is_close


@exercise(
    "Count the weights first: every output has one for each input.",
    "100 · 10 weights. What else has a Linear layer, once for each output?",
    solution="linear_parameters = 1010",
)
def linear_parameters(answer):
    """Predict how many parameters nn.Linear(100, 10) has."""
    value = as_number(answer)
    assert value != 1000, "that is the weights alone: each output has a bias too."
    assert value != 1100, "there is one bias for each output, not for each input."
    assert value != 2, "two tensors, weight and bias: count the numbers in them."
    assert value != 1001, "one bias for each output, not one for the layer."
    assert value != 110, "inputs and outputs are multiplied: each pair has a weight."
    assert value == 1010, f"100 · 10 weights and 10 biases are not {value:,g}."


@exercise(
    "A kernel of size k fits k − 1 times less often than there are pixels.",
    "(size + 2 · padding − kernel) // stride + 1, with whole numbers.",
    solution="""
    def conv_size(size, kernel, stride, padding):
        return (size + 2 * padding - kernel) // stride + 1
    """,
)
def conv_size(answer):
    """The height of what a convolution makes of an image of this height."""
    for size, kernel, stride, padding in (
        (32, 5, 1, 0),
        (32, 3, 1, 1),
        (32, 7, 2, 2),
        (32, 4, 2, 3),
        (28, 5, 3, 2),
        (7, 7, 1, 0),
        (17, 4, 2, 3),
        (32, 3, 2, 1),
    ):
        result = answer(size, kernel, stride, padding)
        given = f"size {size}, kernel {kernel}, stride {stride}, padding {padding}"
        whole = (size + 2 * padding - kernel) // stride
        value = as_number(result)
        exact = (size + 2 * padding - kernel) / stride
        mistakes = [
            (exact + 1, "a size is a whole number: divide with `//`."),
            (
                (size + padding - kernel) // stride + 1,
                "padding adds pixels on both sides: count it twice.",
            ),
            (whole, "there is one position more than there are steps between them."),
            (math.ceil(exact) + 1, "the last step does not fit in whole. Round down."),
        ]
        words = f"{given} give {whole + 1}, and you say {value:g}."
        assert_close(value, whole + 1, words, mistakes=mistakes)


@exercise(
    "Follow one side: each convolution takes 4 away, each pooling halves.",
    "64 → 60 → 30 → 26 → 13. And how many channels are there in the end?",
    solution="flat_features = 16 * 13 * 13",
)
def flat_features(answer):
    """Predict how many numbers Net's convolutions leave of an image of 64 × 64 pixels."""
    value = as_number(answer)
    assert value != 400, "that is what they leave of 32 × 32 pixels."
    assert value != 13 * 13, "that is one channel: there are 16 in the end."
    assert value != 6 * 13 * 13, "the second convolution makes 16 channels of the 6."
    assert value != 3 * 13 * 13, "three channels come in; the second convolution gives 16."
    assert value != 1600, "twice the side is not twice the result: each kernel takes 4 of any side."
    assert value != 16 * 16 * 16, "each kernel of 5 takes 4 pixels away before the pooling halves."
    assert value != 16 * 13, "16 channels of 13 × 13, not of 13."
    assert value == 16 * 13 * 13, f"16 channels of 13 × 13 numbers are not {value:,g}."


@exercise(
    "`nn.Linear(4, 8)`, then an activation, then `nn.Linear(8, 3)`.",
    "Put them into `nn.Sequential(…)` in that order; nothing follows the last one.",
    solution="""
    def make_classifier():
        return nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3))
    """,
)
def make_classifier(answer):
    """A network that takes 4 features, has one hidden layer of 8 units with ReLU, 3 logits."""
    assert not isinstance(answer, nn.Module), "hand over the function, not the network it makes."
    net = answer()
    kind = net.__name__ if isinstance(net, type) else type(net).__name__
    assert isinstance(net, nn.Module), (
        f"return a network, for example an `nn.Sequential`; this is a `{kind}`."
    )
    trial = copy.deepcopy(net).float().eval()
    with torch.no_grad():
        assert_shape(trial(draws(5, 4)), (5, 3))
        assert_shape(trial(draws(1, 4)), (1, 3))
    count = sum(parameter.numel() for parameter in trial.parameters())
    assert count > 0, "the network has no parameters: layers in a plain list are not registered."
    for seed in (1, 2, 3):
        named = {}
        with torch.no_grad():
            for number, parameter in enumerate(trial.parameters()):
                parameter.copy_(draws(*parameter.shape, seed=10 * seed + number))
                named[tuple(parameter.shape)] = parameter
            inputs = 3 * draws(50, 4, seed=seed)
            outputs = trial(inputs)
            if not is_close(outputs, _reference(named, inputs), 1e-3, 1e-3):
                _say_what_is_wrong(trial, inputs, outputs, count)
    assert count in (67, 64, 59, 56), _units(count)
    assert all(parameter.requires_grad for parameter in net.parameters()), (
        "its parameters do not require gradients: it could not be trained."
    )
    outputs = trial(draws(5, 4))
    parameters = list(trial.parameters())
    slopes = [None for _ in parameters]
    if outputs.requires_grad:
        slopes = torch.autograd.grad(outputs.sum(), parameters, allow_unused=True)
    assert not any(slope is None for slope in slopes), (
        "no gradient gets from the logits to all the parameters: it could not be trained."
    )
    weights = [parameter for parameter in net.parameters() if parameter.ndim == 2]
    assert all(weight.any() for weight in weights), (
        "all weights of a layer are 0: its units would stay alike, or learn nothing."
    )
    assert answer() is not net, "each call should make a new network, and two gave the same one."


def _reference(named, x):
    """Compute what the network should, from its parameters, known by their shapes."""
    first = named.get((8, 4), named[4, 8].T if (4, 8) in named else torch.zeros(8, 4))
    second = named.get((3, 8), named[8, 3].T if (8, 3) in named else torch.zeros(3, 8))
    hidden = torch.relu(x @ first.T + named.get((8,), 0))
    return hidden @ second.T + named.get((3,), 0)


def _say_what_is_wrong(net, inputs, outputs, count):
    """Name the mistake of a network with random weights, by what it does."""
    for probabilities in (outputs, outputs.exp()):
        assert not is_close(probabilities.sum(1), torch.ones(50)), (
            "no softmax at the end: CrossEntropyLoss wants logits and does that part itself."
        )
    assert outputs.abs().max() > 1, (
        "every output lies between −1 and 1: logits may be any numbers, nothing follows the last "
        "layer."
    )
    assert outputs.min() < 0, "no output is below 0: a ReLU after the logits cuts off half of them."
    for x, words in (
        (inputs, "without an activation between them, two Linear layers are one."),
        (inputs.abs(), "the ReLU comes before the first layer: it belongs between the two."),
    ):
        half = (net(x[:25]) + net(x[25:])) / 2
        assert not is_close(net((x[:25] + x[25:]) / 2), half, 1e-3, 1e-3), words
    assert count in (67, 64, 59, 56), _units(count)
    raise AssertionError("4 features, 8 hidden units with ReLU, 3 logits: this computes otherwise.")


def _units(count):
    return f"one hidden layer of 8 units has 67 parameters in all, and yours has {count}."


@exercise(
    "`unsqueeze` makes a batch of one image; `[0]` or `squeeze(0)` undoes it.",
    "Restore the mode at the end: `was_training = net.training`, … `net.train(was_training)`.",
    solution="""
    def classify(net, image):
        was_training = net.training
        net.eval()
        with torch.no_grad():
            answer = net(image.unsqueeze(0)).argmax(dim=1).item()
        net.train(was_training)
        return answer
    """,
)
def classify(answer):
    """The class of one image (3, 32, 32) as an int, in eval mode; the mode is restored."""
    for seed, training in enumerate([True, False, True, False]):
        net = _Watching(classes=4 + seed, seed=seed).train(training)
        image = draws(3, 32, 32, seed=seed)
        given = image.clone()
        _Watching.seen = None
        result = answer(net, image)
        assert _Watching.seen is not None, "the network was not called."
        seen, was_training, recorded = _Watching.seen
        shape = tuple(getattr(seen, "shape", ()))
        assert shape[1:] == (3, 32, 32), (
            f"a network wants a batch, (1, 3, 32, 32), and it got {shape}."
        )
        assert is_close(seen[0], given), (
            "the network did not get the image as it is: only make a batch of it."
        )
        assert not was_training, "the network was still in training mode: call `net.eval()` first."
        assert not recorded, "gradients were recorded: use `with torch.no_grad():`."
        assert not isinstance(result, torch.Tensor), (
            "return a Python number: `.item()` takes it out."
        )
        assert hasattr(result, "__index__"), (
            f"a class is an `int`, and this is a `{type(result).__name__}`."
        )
        with torch.no_grad():
            expected = net.logits(given).argmax().item()
        assert operator.index(result) == expected, (
            f"the largest logit is at position {expected}, and you say {result}."
        )
        assert all(module.training == net.training for module in net.modules()), (
            "one module is in training mode and another in eval mode: `net.train(…)` sets them all."
        )
        now, before = ("training" if mode else "eval" for mode in (net.training, training))
        assert net.training == training, (
            f"the network was in {before} mode before the call, and is in {now} mode after it: "
            "restore what you found."
        )
        assert torch.equal(image, given), "your function changed the image it was given."


class _Watching(nn.Module):
    """A network that notes how it was called: with what, in which mode, recorded or not."""

    seen = None

    def __init__(self, classes, seed):
        super().__init__()
        self.weight = nn.Parameter(draws(classes, 3, seed=seed))
        self.bias = nn.Parameter(draws(classes, seed=seed + 10))
        self.dropout = nn.Dropout(0.5)  # has a mode of its own

    def logits(self, image):
        return self.weight @ image.mean(dim=(1, 2)) + self.bias

    def forward(self, x):
        trains = self.training or self.dropout.training
        _Watching.seen = (x, trains, torch.is_grad_enabled())
        if tuple(getattr(x, "shape", ()))[1:] == (3, 32, 32):
            return torch.stack([self.logits(image) for image in x])
        return torch.zeros(1, len(self.bias))


@exercise(
    "Print `list(Scale(3).parameters())`. What would an optimizer get to move?",
    "A plain tensor is a constant to a module. Lesson 04 wraps `self.weight` in something.",
    solution="""
    class Scale(nn.Module):
        def __init__(self, features):
            super().__init__()
            self.factors = nn.Parameter(torch.ones(features))

        def forward(self, x):
            return x * self.factors
    """,
)
def scale(answer):
    """Debug: a module with a factor for each feature, which is to be learned and never moves."""
    for features in (3, 5):
        assert not isinstance(answer, nn.Module), "hand over the class itself, `Scale`."
        module = answer(features)
        assert isinstance(module, nn.Module), (
            f"this should make a module, and makes a `{type(module).__name__}`."
        )
        x = draws(4, features, seed=features)
        given = x.clone()
        result = module(x)
        parameters = list(module.parameters())
        if not parameters:
            plain = [one for one in vars(module).values() if isinstance(one, torch.Tensor)]
            assert not any(one.requires_grad for one in plain), (
                "the factors require a gradient now, and the module still does not know them: "
                "`list(Scale(3).parameters())` is empty. Only an `nn.Parameter` is registered."
            )
            assert not list(module.buffers()), (
                "a buffer is saved with the module and never learned: it is no parameter."
            )
            raise UnansweredError(
                f"`list(Scale({features}).parameters())` is empty: training would change nothing."
            )
        assert_shape(result, (4, features))
        count = sum(parameter.numel() for parameter in parameters)
        assert count == features, (
            f"one factor for each of {features} features, and yours has {count} parameters."
        )
        assert all(parameter.requires_grad for parameter in parameters), (
            "the factors do not require a gradient, so they are never learned."
        )
        assert is_close(result, x), (
            "before anything is learned every factor should be 1, and what comes in comes out."
        )
        factors = draws(features, seed=1)
        parts = factors.split([parameter.numel() for parameter in parameters])
        with torch.no_grad():
            for parameter, part in zip(parameters, parts, strict=True):
                parameter.copy_(part.view_as(parameter))
        ratios = module(x).detach() / given
        assert torch.equal(x, given), "`forward` changes what it is given: `*=` works in place."
        assert not is_close(ratios, torch.ones(4, features)), (
            "other factors change nothing: does `forward` use the parameters of `__init__`?"
        )
        assert is_close(ratios, ratios[0].expand(4, features)), "a factor is the same in every row."
        assert len(ratios[0].unique()) == features, "each feature should have its own factor."
        assert module(x).requires_grad, "no gradient reaches the factors: is one detached?"


@exercise(
    "`nn.Sequential(nn.Linear(1, 12), nn.ReLU(), nn.Linear(12, 1))`, and the loop of lesson 03.",
    "2,000 steps with a learning rate of 0.1, every parameter of `net.parameters()` in each step.",
    solution="""
    def fit_curve(x, y):
        net = nn.Sequential(nn.Linear(1, 12), nn.ReLU(), nn.Linear(12, 1))
        for _ in range(2000):
            loss = ((net(x) - y) ** 2).mean()
            loss.backward()
            with torch.no_grad():
                for parameter in net.parameters():
                    parameter -= 0.1 * parameter.grad
                    parameter.grad = None
        return net
    """,
)
def fit_curve(answer):
    """Open: a network of at most 40 parameters, trained to follow a wave nearer than 0.01."""
    x = torch.linspace(-3, 3, 100).unsqueeze(1)
    y = torch.sin(x + 0.5)
    net = answer(x, y.clone())
    assert isinstance(net, nn.Module), (
        f"return the trained network; this is a `{type(net).__name__}`."
    )
    net = net.float().eval()
    count = sum(parameter.numel() for parameter in net.parameters())
    assert 0 < count <= 40, f"at most 40 parameters, and this network has {count}."
    between = torch.linspace(-2.97, 2.97, 67).unsqueeze(1)
    with torch.no_grad():
        outputs = net(between)
        assert_shape(outputs, (67, 1))
        error = ((outputs - torch.sin(between + 0.5)) ** 2).mean().item()
    assert error == error, "the outputs are `nan`: the learning rate is too large."
    assert error < 0.4, f"the mean squared error is {error:.2f}, as if it had not been trained."
    bends = outputs.diff(n=2, dim=0).abs().max().item()  # 0 of a straight line
    assert error < 0.2 or bends > 1e-4, (
        f"{error:.2f} is as near as a straight line comes. Can your network bend?"
    )
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.zero_()
        blank = ((net(between) - torch.sin(between + 0.5)) ** 2).mean().item()
    assert not blank < 0.1, (
        "with all its parameters at 0 your network still knows the wave: what it has learned is "
        "not in its parameters, where they are counted."
    )
    assert error < 0.01, (
        f"the mean squared error is {error:.3f}: train longer, or with another learning rate."
    )
    return f"A mean squared error of {error:.4f} with {count} parameters. Can you do it with fewer?"
