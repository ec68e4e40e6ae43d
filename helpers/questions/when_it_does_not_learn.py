"""Exercises of lesson 10: when it does not learn."""

import copy
import functools
import math
from contextlib import contextmanager

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from helpers.exercises import UnansweredError, exercise, illustrate
from helpers.plots import OKABE_ITO, new_axes
from helpers.questions.tools import as_number, as_tensor, draws, is_close

BATCH, EPOCHS, RATE = 32, 6, 0.03
LEARNED = 0.8  # of all pictures; the repaired trainings reach 0.95 and more, the broken ones 0.45


def pictures(count, seed=0, noise=1.0):
    """Make the small pictures of this lesson's exercises: ten patterns under noise.

    Parameters
    ----------
    count : int
        How many: N.
    seed : int
        Other seeds give other pictures of the same patterns.
    noise : float
        Its strength; the patterns have 1.

    Returns
    -------
    inputs : torch.Tensor of float32, shape (N, 3, 8, 8)
        With mean 0 and standard deviation 1. Every other picture is a negative, with all signs
        changed, so that no weighted sum of the pixels tells the classes apart.
    labels : torch.Tensor of int64, shape (N,)
        The ten classes equally often, in random order.
    """
    generator = torch.Generator().manual_seed(1729)
    patterns = torch.randn(10, 3, 4, 4, generator=generator)
    patterns = patterns.repeat_interleave(2, dim=2).repeat_interleave(2, dim=3)
    generator = torch.Generator().manual_seed(seed)
    labels = (torch.arange(count) % 10)[torch.randperm(count, generator=generator)]
    signs = torch.randint(2, (count, 1, 1, 1), generator=generator) * 2 - 1
    inputs = signs * patterns[labels] + noise * torch.randn(count, 3, 8, 8, generator=generator)
    return inputs / (1 + noise**2) ** 0.5, labels


class Network(nn.Module):
    """A small network for these pictures: (batch, 3, 8, 8) to (batch, 10)."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 16, 4, stride=2)
        self.hidden = nn.Linear(16 * 3 * 3, 32)
        self.last = nn.Linear(32, 10)

    def forward(self, x):  # noqa: D102 (the class says it)
        x = torch.relu(self.conv(x)).flatten(1)
        return self.last(torch.relu(self.hidden(x)))


# ------------------------------------------------------------------ looking on from outside


class Watch:
    """Looks on while a learner's code trains a network, or a copy of it, and disturbs nothing.

    Attributes
    ----------
    points : list of (step, accuracy)
        How the network stood, on pictures that it is not trained on, every few batches.
    trained, asked : list of torch.Tensor
        The inputs of each batch, with gradients recorded and without.
    trained_modes, asked_modes : list of bool
        Whether the network was in training mode for them.
    states : list of dict
        How the network stood when it was first asked after some training, without gradients.
    busy : bool
        While this is true, it looks away.
    """

    def __init__(self, net, others=None, every=8):
        self.points, self.trained, self.asked = [], [], []
        self.trained_modes, self.asked_modes = [], []
        self.states, self.busy = [], False
        asked_after = [0]

        def look(module, arguments):  # a plain function: copies of the network keep this very one
            if self.busy:
                return
            recorded = torch.is_grad_enabled()
            seen, modes = (
                (self.trained, self.trained_modes) if recorded else (self.asked, self.asked_modes)
            )
            if recorded and others is not None and len(seen) % every == 0:
                self.busy = True
                self.points.append((len(seen), accuracy(module, *others)))
                self.busy = False
            if not recorded and len(self.trained) > asked_after[0]:
                self.states.append(copy.deepcopy(module.state_dict()))
                asked_after[0] = len(self.trained)
            seen.append(arguments[0].detach().clone())
            modes.append(module.training)

        net.register_forward_pre_hook(look)


class _Computed(TorchFunctionMode):
    """Collect meanwhile, as numbers, the single values that depend on weights."""

    def __init__(self):
        super().__init__()
        self.values = []

    def __torch_function__(self, function, types, args=(), kwargs=None):
        return self.watched(function, *args, **(kwargs or {}))

    def watched(self, function, /, *arguments, **options):
        """Call a function; an error inside is the learner's, says this name."""
        result = function(*arguments, **options)
        if isinstance(result, torch.Tensor) and result.requires_grad and result.numel() == 1:
            self.values.append(result.detach().item())
        return result


@contextmanager
def _losses_watched():
    """Collect meanwhile the losses from which gradients are asked for, and all on the way."""
    originals = {name: getattr(torch.autograd, name) for name in ("backward", "grad")}
    followed, computed = [], _Computed()

    def look(function):
        @functools.wraps(function)
        def watched(*arguments, **options):
            first = (*arguments, *options.values())[0]
            losses = [first] if isinstance(first, torch.Tensor) else first
            followed.extend(loss.item() for loss in losses if loss.numel() == 1)
            return function(*arguments, **options)

        return watched

    try:
        for name, function in originals.items():
            setattr(torch.autograd, name, look(function))
        with computed:
            yield followed, computed.values
    finally:
        for name, function in originals.items():
            setattr(torch.autograd, name, function)


def _assert_had(losses, followed, computed):
    """Assert that a training had each of the losses that are returned, in their order.

    What is followed may be a loss and a penalty, and what is returned the loss alone.
    """
    assert followed, "no gradient was asked for: a training calls `loss.backward()`."
    # a loss may have been divided for gradients that add up, and more computed than returned
    parts = max(1, round(losses[0] / followed[0])) if followed[0] > 0 else 1
    rest = iter(computed)
    for number, loss in enumerate(losses, 1):
        assert any(min(abs(loss - one), abs(loss - parts * one)) < 0.05 for one in rest), (
            f"the loss {loss:.2f}, number {number} of those returned, is none that the training "
            "had: return `loss.item()` of every batch."
        )


def accuracy(net, inputs, labels):
    """The share of right answers; the network's mode is left as it was."""
    was_training = net.training
    net.eval()
    with torch.no_grad():
        share = (net(inputs).argmax(dim=1) == labels).float().mean().item()
    net.train(was_training)
    return share


def fit(net, inputs, labels, epochs=EPOCHS, rate=RATE, others=None, fault=""):
    """Train as it should be, or with a fault; return the losses and what a Watch saw."""
    watch = Watch(net, others)
    optimizer = torch.optim.SGD(net.parameters(), lr=rate, momentum=0.9)
    losses = []
    net.train()
    for _ in range(epochs):
        order = torch.randperm(len(inputs))
        other = torch.randperm(len(inputs)) if fault == "apart" else order
        for chosen, labelled in zip(order.split(BATCH), other.split(BATCH), strict=True):
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(net(inputs[chosen]), labels[labelled])
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        if fault == "eval":
            net.eval()
    return losses, watch


@functools.lru_cache
def _data():
    return pictures(640, seed=1), pictures(400, seed=2)


def _pixels(inputs):
    return (inputs * 50 + 127).round().clamp(0, 255).to(torch.uint8)


def _compare(
    broken, yours, what="accuracy on other pictures", chance=0.1, top=1.02, across="batches"
):
    """Show the curve of the training as it was given beside that of the answer."""
    curves = {"as it was given" if broken else "as it should be": _broken(broken)}
    ax = new_axes(6.5, 3)
    for (name, points), style in zip(
        (curves | {"yours": yours}).items(),
        ((OKABE_ITO[1], "--"), (OKABE_ITO[0], "-")),
        strict=True,
    ):
        steps, values = zip(*points, strict=True)
        values = [value if value < 2 * top else 2 * top for value in values]  # also for nan
        ax.plot(steps, values, color=style[0], linestyle=style[1], lw=2)
        end = (steps[-1], min(values[-1], 0.9 * top))
        ax.annotate(name, end, (5, 2), textcoords="offset points", color=style[0])
    end = yours[-1][0]
    ax.plot((0, end), (chance, chance), color="black", linestyle=":", lw=1)
    ax.annotate("chance", (end, chance), (5, -2), textcoords="offset points", va="top")
    ax.set(xlabel=across, ylabel=what, ylim=(0, top), xlim=(0, 1.35 * end))
    ax.spines[["top", "right"]].set_visible(False)
    name, first = next(iter(curves.items()))
    words = (
        f"{what}: at the end {first[-1][1]:.2f} {name}, and {yours[-1][1]:.2f} yours".capitalize()
    )
    illustrate(ax, f"{words}.", f"Two curves over the {across}. {words}.")


@functools.lru_cache
def _broken(name):
    """Return the curve of a training as the lesson gives it; without a name, as it should be."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        (inputs, labels), others = _data()
        net, fault, rate = Network(), "", RATE
        if name == "starts_high":
            return _means(fit(net, _pixels(inputs).float(), labels)[0])
        if name == "too_good":
            inputs, labels = pictures(400, seed=1, noise=2.5)
            training, validation = torch.randperm(400)[:320], torch.randperm(400)[320:]
            points = []
            for epoch in range(1, 21):
                fit(net, inputs[training], labels[training], epochs=1)
                points.append((epoch, accuracy(net, inputs[validation], labels[validation])))
            return points
        if name == "stands_still":
            return [(0, accuracy(net, *others)), (20 * EPOCHS, accuracy(net, *others))]
        if name == "all_alike":
            for parameter in net.parameters():
                nn.init.zeros_(parameter)
        if name == "never_sure":
            net = nn.Sequential(net, nn.Softmax(dim=1))
        if name == "half_asleep":
            for layer in (net.conv, net.hidden):
                layer.requires_grad_(False)
        if name == "stays_at_chance":
            fault = "apart"
        if name == "falls_back":
            (inputs, labels), others = (pictures(n, n, noise=1.5) for n in (640, 400))
            net, fault, rate = _normed(), "eval", 0.3
        _, watch = fit(net, inputs, labels, rate=rate, others=others, fault=fault)
        return [*watch.points, (len(watch.trained), accuracy(net, *others))]


def _means(losses, every=8):
    groups = [losses[i : i + every] for i in range(0, len(losses), every)]
    return [(i * every, sum(group) / len(group)) for i, group in enumerate(groups)]


def _numbers(answer, what, count):
    """Return a list of floats, one for each of `count` batches or epochs."""
    values = as_tensor(answer).double()
    assert values.ndim == 1, f"return a list of {what}."
    assert len(values) == count, f"{count} {what} are to be returned, and these are {len(values)}."
    return values.tolist()


def _assert_measured(accuracies, watch, net, inputs, labels):
    """Assert that each accuracy is what the network reached when it was asked."""
    judge = copy.deepcopy(net)
    if len(watch.states) == len(accuracies):
        for epoch, (value, state) in enumerate(zip(accuracies, watch.states, strict=True), 1):
            judge.load_state_dict(state)
            share = accuracy(judge, inputs, labels)
            assert abs(share - value) < 0.02, (
                f"after epoch {epoch} {share:.0%} of the pictures were right, and you return "
                f"{value:.0%}: return what was measured."
            )


def _same(first, second):
    pairs = zip(first.state_dict().values(), second.state_dict().values(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


def _is_network(net):
    kind = type(net).__name__
    assert isinstance(net, nn.Module), f"this should be a network, and is a `{kind}`."
    result = net(pictures(4)[0])
    assert isinstance(result, torch.Tensor), (
        f"the network gives a `{type(result).__name__}`: it should give logits."
    )
    assert result.shape == (4, 10), (
        f"four pictures give logits of the shape (4, 10), and not {tuple(result.shape)}."
    )


def _assert_learned(share, words="the network runs and reaches"):
    assert share > LEARNED, (
        f"{words} {share:.0%} on other pictures after {EPOCHS} epochs; repaired, it is nearly all."
    )


# ------------------------------------------------------------------ exercises


@exercise(
    "Whoever always answers with one word chooses it by the training labels, and is judged by the "
    "validation labels.",
    "It always says cat. How many of the 300 validation pictures are cats?",
    solution="baseline = 100 / 300",
)
def baseline(answer):
    """Predict the validation accuracy of always answering the commonest class of training."""
    value = as_number(answer)
    assert abs(value - 0.6) > 0.005, "that is its accuracy on the training pictures."
    assert abs(value - 0.5) > 0.005, (
        "dogs are the commonest class of validation; the answer was chosen in training."
    )
    assert abs(value - 0.45) > 0.005, "do not mix the two parts: only validation is judged."
    assert abs(value - 100) > 0.5, "that is how many are right: an accuracy is a share."
    assert abs(value - 33.3) > 0.5, "an accuracy is a share between 0 and 1, not per cent."
    assert abs(value - 0.1) > 0.005, "it is not a guess among ten: look at the labels."
    assert abs(value - 1 / 3) < 0.006, (
        f"of 300 validation pictures it gets the cats right, and that is not {value:g}."
    )


@exercise(
    "A unit is dead if it is 0 for every picture, at every place. First ask of each unit for the "
    "largest number it ever gives.",
    "`activations.transpose(0, 1).flatten(1)` has a row for each unit, of whatever shape the "
    "activations are.",
    solution="""
    def dead_share(activations):
        rows = activations.transpose(0, 1).flatten(1)  # (units, all pictures and places)
        return (rows == 0).all(dim=1).float().mean().item()
    """,
)
def dead_share(answer):
    """The share of units that are 0 for every picture; (N, units) or (N, units, height, width)."""
    for seed, (shape, dead) in enumerate(
        [((8, 10), 3), ((5, 6, 4, 3), 2), ((12, 7), 0), ((6, 4, 3, 3), 4)]
    ):
        units = shape[1]
        x = torch.relu(draws(*shape, seed=seed) + 0.2)
        x[0] = torch.where(x[0] == 0, 0.5, x[0])
        x[-1] = 0.0  # one picture that no unit answers to
        alive = x.clone()
        if x.ndim == 4:
            x[:, -1, 0, 0] = 0.0  # a place where a living unit gives nothing
        if dead < units:  # the next one is hardly alive, and alive
            x[:, dead] = 0.0
            x[1].view(units, -1)[dead, 0] = 1e-6
        x[:, :dead] = 0.0
        result = answer(x.clone())
        value = as_number(result)
        what = f"{dead} of {units} units are 0 for all {shape[0]} pictures"
        share = dead / units
        if abs(value - share) < 1e-4:
            continue
        assert abs(value - dead) > 1e-4 or dead == 0, f"{what}: return the share, not the number."
        assert abs(value - 100 * share) > 1e-3 or dead == 0, f"{what}: a share is between 0 and 1."
        assert abs(value - (1 - share)) > 1e-4, f"{what}: that is the share of the living ones."
        zero = x == 0
        assert abs(value - zero.float().mean().item()) > 1e-4, (
            f"{what}: that is the share of zeros. A unit is dead only if it is 0 for every picture."
        )
        assert abs(value - zero.flatten(1).all(1).float().mean().item()) > 1e-4, (
            f"{what}: that is the share of pictures to which no unit answers. Units are dim 1."
        )
        assert abs(value - zero.transpose(0, 1).flatten(1).any(1).float().mean().item()) > 1e-4, (
            f"{what}: `any` asks for a single zero, and every ReLU has some. Ask for `all`."
        )
        assert abs(value - zero.flatten(1).any(1).float().mean().item()) > 1e-4, (
            f"{what}: that is the share of pictures that some unit does not answer to."
        )
        assert len(shape) == 2 or abs(value - zero.all(0).float().mean().item()) > 1e-4, (
            f"{what}: a unit of a convolution is a whole channel, with all its places."
        )
        raise AssertionError(f"{what}, {alive.ndim} dimensions: {share:.3f}, and not {value:.3f}.")


@exercise(
    "The first loss tells: it is far from ln 10. What are the largest and the smallest number "
    "that the network sees?",
    "Pixels run from 0 to 255. Take off their mean and divide by their standard deviation, as in "
    "lesson 05, before the network sees them.",
    solution="""
    def train(net, pixels, labels, epochs):
        criterion = nn.CrossEntropyLoss()
        optimizer = torch.optim.SGD(net.parameters(), lr=0.03, momentum=0.9)
        mean, std = pixels.float().mean(), pixels.float().std()
        losses = []
        net.train()
        for _ in range(epochs):
            for chosen in torch.randperm(len(pixels)).split(32):
                inputs = (pixels[chosen].float() - mean) / std
                optimizer.zero_grad()
                loss = criterion(net(inputs), labels[chosen])
                loss.backward()
                optimizer.step()
                losses.append(loss.item())
        return losses
    """,
)
def starts_high(answer):
    """Debug: the first loss is far above ln 10, and after it the network learns nothing."""
    (inputs, labels), _ = _data()
    pixels = _pixels(inputs)
    net = Network()
    watch = Watch(net)
    steps = EPOCHS * math.ceil(len(labels) / BATCH)
    with _losses_watched() as watched:
        losses = _numbers(answer(net, pixels.clone(), labels.clone(), EPOCHS), "losses", steps)
    watch.busy = True
    assert watch.trained, "the network was not called."
    seen = torch.cat(watch.trained[:20]).float()
    low, high, mean, std = seen.min(), seen.max(), seen.mean().item(), seen.std().item()
    end = sum(losses[-20:]) / 20
    if high > 100 and low >= 0 and losses[0] > 4 and not end < 2:
        raise UnansweredError(
            f"the first loss is {losses[0]:.0f}, and those of the last epoch are {end:.1f}; "
            "ln 10 is 2.3."
        )
    assert high <= 100, (
        f"the network still sees numbers from {low:.0f} to {high:.0f}: other cures hide the cause."
    )
    assert losses[0] < 4, f"the first loss is {losses[0]:.1f}, still far above ln 10."
    _assert_had(losses, *watched)
    reference = pixels.float()
    _compare("starts_high", _means(losses), "training loss", math.log(10), top=4)
    assert std > 0.01, (
        f"the inputs have a standard deviation of {std:.4f} now: nearly nothing is left to see."
    )
    assert end < 1, (
        f"the inputs have mean {mean:.2f} and standard deviation {std:.2f} now, and the loss is "
        f"still {end:.2f} at the end. In step 1 of the lesson they had 0 and 1."
    )
    wrapped = (seen - mean).abs().mean() / std
    proper = (reference - reference.mean()).abs().mean() / reference.std()
    assert abs(wrapped - proper) < 0.05, (
        "the network learns, but pixels have wrapped round or were cut off: make floats of them "
        "first."
    )
    return f"The inputs have mean {mean:.2f} and standard deviation {std:.2f}."


@exercise(
    "Compare the parameters before and after one step. Then ask: do they have a gradient? And is "
    "it these parameters that the optimizer moves?",
    "The optimizer was made of the parameters of the network that was handed over. The copy has "
    "others: make the copy first.",
    solution="""
    def train(net, inputs, labels, epochs):
        criterion = nn.CrossEntropyLoss()
        trained = copy.deepcopy(net)  # the network that was handed over stays as it was
        optimizer = torch.optim.SGD(trained.parameters(), lr=0.03, momentum=0.9)
        trained.train()
        for _ in range(epochs):
            for chosen in torch.randperm(len(inputs)).split(32):
                optimizer.zero_grad()
                loss = criterion(trained(inputs[chosen]), labels[chosen])
                loss.backward()
                optimizer.step()
        return trained
    """,
)
def stands_still(answer):
    """Debug: train a copy and return it; the network handed over stays. Nothing is learned."""
    (inputs, labels), others = _data()
    net = Network()
    start = copy.deepcopy(net)
    watch = Watch(net, others)
    trained = answer(net, inputs.clone(), labels.clone(), EPOCHS)
    watch.busy = True
    _is_network(trained)
    if _same(trained, start) and _same(net, start) and trained is not net:
        raise UnansweredError(
            f"after {EPOCHS} epochs every parameter is to the last bit what it was at the start."
        )
    share = accuracy(trained, *others)
    assert _same(net, start), (
        "the network that was handed over has changed: train the copy, and move the copy."
    )
    assert trained is not net, "return the trained copy: that is the network handed over."
    assert not _same(trained, start), "what you return has not moved: return the trained copy."
    _compare("stands_still", [*watch.points, (len(watch.trained), share)])
    _assert_learned(share)
    return f"{share:.0%} of other pictures are right."


@exercise(
    "Print the logits of two pictures, and the gradient of each layer: which are 0? And what does "
    "the product of two layers of zeros pass back?",
    "Weights must differ from each other, or all units of a layer learn the same. Leave out what "
    "was set to zero, or draw it: `nn.init.kaiming_normal_`.",
    solution="""
    def make_net():
        net = nn.Sequential(
            nn.Flatten(),
            nn.Linear(3 * 8 * 8, 64),
            nn.ReLU(),
            nn.Linear(64, 32),
            nn.ReLU(),
            nn.Linear(32, 10),
        )
        for layer in net:
            if isinstance(layer, nn.Linear):
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
                nn.init.zeros_(layer.bias)
        return net
    """,
)
def all_alike(answer):
    """Debug: a network that gives every picture the same answer, however long it is trained."""
    (inputs, labels), others = _data()
    net = answer()
    _is_network(net)
    start = net(inputs).detach()
    first = nn.functional.cross_entropy(start, labels).item()
    moving = [p for p in net.parameters() if p.requires_grad]
    assert moving, "the network has no parameters that could be trained."
    _, watch = fit(net, inputs, labels, others=others)
    end = net(others[0]).detach()
    if (end - end[0]).abs().max() < 1e-6 and (start - start[0]).abs().max() < 1e-6:
        raise UnansweredError(
            f"after {EPOCHS} epochs it still gives the same ten logits for every picture."
        )
    share = accuracy(net, *others)
    _compare("all_alike", [*watch.points, (len(watch.trained), share)])
    for parameter in net.parameters():
        rows = parameter.detach().flatten(1) if parameter.ndim > 1 else None
        if rows is not None and len(rows) > 12 and share <= LEARNED:
            assert not torch.allclose(rows, rows[:1].expand_as(rows), atol=1e-5), (
                f"it reaches {share:.0%}: the units of a layer began alike and have stayed alike. "
                "Their weights must differ."
            )
    assert first < 10, (
        f"the first loss is {first:.0f}, and ln 10 is 2.3: the weights are too large."
    )
    assert share > LEARNED or start.std(dim=0).mean() > 1e-3, (
        f"it reaches {share:.0%} on other pictures: at the start its logits hardly differ from "
        "picture to picture, like those of the lesson's patient. Its weights are too small."
    )
    _assert_learned(share)
    return f"{share:.0%} of other pictures are right."


@exercise(
    "Train it on one batch until every answer is right: the loss stays above 1.46. Between which "
    "two numbers do its outputs lie?",
    "`CrossEntropyLoss` takes logits and makes probabilities of them itself: the network must not "
    "end with a softmax.",
    solution="""
    class Network(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(3, 16, 4, stride=2)
            self.hidden = nn.Linear(16 * 3 * 3, 32)
            self.last = nn.Linear(32, 10)

        def forward(self, x):
            x = torch.relu(self.conv(x)).flatten(1)  # (batch, 144)
            x = torch.relu(self.hidden(x))
            return self.last(x)
    """,
)
def never_sure(answer):
    """Debug: a network for CrossEntropyLoss that learns slowly; its loss stays above 1.46."""
    (inputs, labels), others = _data()
    net = answer()
    _is_network(net)
    start = copy.deepcopy(net)
    probe = net(inputs[:50]).detach()
    sums = probe.sum(dim=1)
    if probe.min() >= 0 and is_close(sums, torch.ones(50)):
        few = copy.deepcopy(net)
        losses, _ = fit(few, inputs[:BATCH], labels[:BATCH], epochs=100)
        raise UnansweredError(
            "trained on a single batch, for 100 steps, its loss is still above "
            f"{1.46 if losses[-1] > 1.46 else losses[-1]:.2f}."
        )
    _, watch = fit(net, inputs, labels, others=others)
    share = accuracy(net, *others)
    _compare("never_sure", [*watch.points, (len(watch.trained), share)])
    superfluous = probe.max() <= 0 and is_close(probe.exp().sum(dim=1), torch.ones(50))
    assert not (probe.min() == 0 and (probe == 0).sum() > 1), (
        "not one logit is negative: nothing belongs between the last layer and the loss, no "
        "activation either."
    )
    assert not (probe.min() >= 0 and probe.max() <= 1), (
        f"its outputs still lie between 0 and 1, and it reaches {share:.0%}: nothing belongs "
        "between the last layer and the loss."
    )
    _assert_learned(share)
    with torch.no_grad():
        alone = torch.cat([net(one) for one in inputs[:50].split(1)])
        assert is_close(alone, net(inputs[:50]), 1e-3, 1e-3), (
            "what it says of a picture depends on the others in the batch: dim 1 is the classes."
        )
    for sign, there in (("negative", probe.min() < 0), ("positive", probe.max() > 0)):
        assert there or superfluous, (
            f"of 500 logits not one is {sign}: nothing belongs between the last layer and the loss."
        )
    by_heart = fit(copy.deepcopy(start), inputs[:BATCH], labels[:BATCH], epochs=100)[0][-1]
    low, high = net(inputs).min().item(), net(inputs).max().item()
    assert by_heart < 0.3, (
        f"trained on a single batch, its loss stays at {by_heart:.2f}: its outputs lie between "
        f"{low:.1f} and {high:.1f}. Nothing belongs between the last layer and the loss."
    )
    return f"{share:.0%} of other pictures are right." + (
        " Done twice, a log-softmax changes nothing: you can leave it out." if superfluous else ""
    )


@exercise(
    "After `backward()`, print the name of each parameter and its gradient. Which have none?",
    "`detach` cuts the path back to the layers before it. Only what is kept may be cut off: "
    "`self.kept = x.detach()`, and `x` itself goes on.",
    solution="""
    class Network(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(3, 16, 4, stride=2)
            self.hidden = nn.Linear(16 * 3 * 3, 32)
            self.last = nn.Linear(32, 10)

        def forward(self, x):
            x = torch.relu(self.conv(x)).flatten(1)  # (batch, 144)
            x = torch.relu(self.hidden(x))  # (batch, 32)
            self.kept = x.detach()  # for a look at them, without their graph
            return self.last(x)
    """,
)
def half_asleep(answer):
    """Debug: a network that keeps its features for a look at them, and learns half of it."""
    (inputs, labels), others = _data()
    net = answer()
    _is_network(net)
    logits = net(inputs[:20])
    assert logits.requires_grad, "nothing in this network is recorded any more."
    nn.functional.cross_entropy(logits, labels[:20]).backward()
    names = [name for name, _ in net.named_parameters()]
    without = [name for name, p in net.named_parameters() if p.grad is None]
    net.zero_grad()
    kept = getattr(net, "kept", None)
    if without and isinstance(kept, torch.Tensor) and not kept.requires_grad:
        raise UnansweredError(
            f"it has {len(names)} parameter tensors, and after training {len(without)} of them "
            "are to the last bit what they were."
        )
    assert not without, f"`{without[0]}` gets no gradient."
    assert kept is not None, "`kept` is missing: the features are to be kept for a look at them."
    assert isinstance(kept, torch.Tensor), f"`kept` should be a tensor: a `{type(kept).__name__}`."
    assert not kept.requires_grad, (
        "it learns, but what is kept carries the graph of its batch with it: keep it detached."
    )
    assert kept.shape == (20, 32), (
        f"for 20 pictures `kept` is (20, 32), the features before the last layer; yours is "
        f"{tuple(kept.shape)}."
    )
    assert kept.min() >= 0, (
        "`kept` should be what the last layer gets: the features after the ReLU."
    )
    _assert_kept(net, inputs)
    _, watch = fit(net, inputs, labels, others=others)
    share = accuracy(net, *others)
    _compare("half_asleep", [*watch.points, (len(watch.trained), share)])
    _assert_learned(share)
    return f"{share:.0%} of other pictures are right."


def _assert_kept(net, inputs):
    """Assert that `kept` holds the features of the last batch: the logits can be made of them."""
    for training in (False, True):
        net.train(training)
        with torch.no_grad():
            logits = net(inputs[:200])
        assert net.kept.shape == (200, 32), (
            "in eval mode `kept` still holds the features of an earlier batch."
        )
        features = torch.cat([net.kept, torch.ones(200, 1)], dim=1).double()
        best = features @ torch.linalg.pinv(features) @ logits.double()
        assert is_close(best, logits, 1e-2, 1e-3), (
            "what is kept has the right shape, and is not what the last layer makes the logits of."
        )


@exercise(
    "Take a batch out of the loop and look at it: `zip` gives pictures and labels. Does each "
    "picture stand beside its own label?",
    "Each loader shuffles for itself. One loader must hand out both: "
    "`DataLoader(TensorDataset(inputs, labels), batch_size=32, shuffle=True)`.",
    solution="""
    def train(net, inputs, labels, epochs):
        criterion = nn.CrossEntropyLoss()
        optimizer = torch.optim.SGD(net.parameters(), lr=0.03, momentum=0.9)
        dataset = torch.utils.data.TensorDataset(inputs, labels)
        loader = torch.utils.data.DataLoader(dataset, batch_size=32, shuffle=True)
        losses = []
        net.train()
        for _ in range(epochs):
            for images, answers in loader:
                optimizer.zero_grad()
                loss = criterion(net(images), answers)
                loss.backward()
                optimizer.step()
                losses.append(loss.item())
        return losses
    """,
)
def stays_at_chance(answer):
    """Debug: one batch alone is learned by heart; all pictures together are not learned at all."""
    (inputs, labels), others = _data()
    net = Network()
    start = copy.deepcopy(net)
    watch = Watch(net, others)
    with _losses_watched() as watched:
        result = answer(net, inputs.clone(), labels.clone(), EPOCHS)
    watch.busy = True
    steps = EPOCHS * math.ceil(len(labels) / BATCH)
    losses = _numbers(result, "losses", steps)
    share, end = accuracy(net, *others), sum(losses[-20:]) / 20
    assert not _same(net, start), "the network has not moved."
    first = [batch for batch in watch.trained if batch.shape[1:] == (3, 8, 8)]
    assert first, "the network was not called with pictures."
    _assert_had(losses, *watched)
    assert share > 0.35 or end < 4, (
        f"the loss is {end:.1f} at the end, far above ln 10: this training has become worse."
    )
    if share < 0.35 and end > 1.9:
        raise UnansweredError(
            f"after {EPOCHS} epochs the loss is {end:.1f}, as large as ln 10, and of other "
            "pictures hardly more are right than by guessing."
        )
    _compare("stays_at_chance", [*watch.points, (len(watch.trained), share)])
    epoch = [torch.cat(watch.trained[i : i + 20]) for i in (0, 20)]
    assert share > 0.35 or end > 0.5, (
        f"the loss falls to {end:.2f}, and of other pictures {share:.0%} are right: labels that "
        "are always wrong in the same way can be learned too."
    )
    _assert_learned(share)
    assert not torch.equal(*epoch), (
        "it learns, but the order is the same in every epoch: shuffle pictures and labels together."
    )
    assert is_close(
        epoch[0].flatten(1).sum(1).sort().values, inputs.flatten(1).sum(1).sort().values
    ), "an epoch should show every picture once."
    return f"{share:.0%} of other pictures are right."


@exercise(
    "Print `net.training` at the first batch of each epoch.",
    "`net.eval()` stays until somebody says `net.train()`: put that at the beginning of each "
    "epoch.",
    solution="""
    def train(net, inputs, labels, others, other_labels, epochs):
        criterion = nn.CrossEntropyLoss()
        optimizer = torch.optim.SGD(net.parameters(), lr=0.3, momentum=0.9)
        accuracies = []
        for _ in range(epochs):
            net.train()
            for chosen in torch.randperm(len(inputs)).split(32):
                optimizer.zero_grad()
                loss = criterion(net(inputs[chosen]), labels[chosen])
                loss.backward()
                optimizer.step()
            net.eval()
            with torch.no_grad():
                predictions = net(others).argmax(dim=1)
            accuracies.append((predictions == other_labels).float().mean().item())
        return accuracies
    """,
)
def falls_back(answer):
    """Debug: with batch norm the first epoch is good, and later ones lose what it learned."""
    inputs, labels = pictures(640, seed=1, noise=1.5)
    others = pictures(400, seed=2, noise=1.5)
    net = _normed()
    watch = Watch(net, others)
    result = answer(net, inputs.clone(), labels.clone(), *(x.clone() for x in others), EPOCHS)
    watch.busy = True
    accuracies = _numbers(result, "accuracies", EPOCHS)
    assert watch.trained, "the network was not called."
    per = math.ceil(len(labels) / BATCH)
    modes = [all(watch.trained_modes[i : i + per]) for i in range(0, len(watch.trained), per)]
    listed = ", ".join(f"{value:.0%}" for value in accuracies)
    assert watch.asked, "the other pictures are to be judged under `torch.no_grad()`."
    if len(modes) > 1 and modes[0] and not any(modes[1:]):
        best, last = max(accuracies[:2]), accuracies[-1]
        if last < 0.2 < best:
            raise UnansweredError(
                "the accuracy is good after the first epoch, and no better than guessing after the "
                "last."
            )
        raise UnansweredError(
            f"the accuracy ends at {last:.0%}, and the fault is still there: the first epoch is "
            "trained in another mode than all later ones. Other cures hide the cause."
        )
    assert len(watch.trained) == per * EPOCHS, (
        f"{EPOCHS} epochs of {per} batches, and you train on {len(watch.trained)}."
    )
    assert -1 not in _which(torch.cat(watch.trained), inputs), (
        "the network trains on pictures that are there to judge it."
    )
    assert -1 not in _which(torch.cat(watch.asked), others[0]), (
        "it is judged on pictures that it was trained on: measure on the others."
    )
    assert any(modes), "the network never trains in training mode."
    assert all(modes), "some of the batches are still trained on in eval mode."
    _compare("falls_back", [*watch.points, (len(watch.trained), accuracy(net, *others))])
    assert not any(watch.asked_modes), (
        "the training is right now, but the other pictures are judged in training mode: dropout "
        "drops, and batch norm learns from them."
    )
    share = accuracy(net, *others)
    assert abs(share - accuracies[-1]) < 0.02, (
        f"the network gets {share:.0%} of the other pictures right, and the last of your "
        f"accuracies is {accuracies[-1]:.0%}."
    )
    _assert_measured(accuracies, watch, net, *others)
    _assert_learned(share)
    return f"The accuracy after each epoch: {listed}."


def _normed():
    return nn.Sequential(
        nn.Conv2d(3, 16, 4, stride=2),
        nn.BatchNorm2d(16),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(144, 32),
        nn.BatchNorm1d(32),
        nn.ReLU(),
        nn.Dropout(0.3),
        nn.Linear(32, 10),
    )


@exercise(
    "How many numbers do `training` and `validation` have in common? "
    "`set(training.tolist()) & set(validation.tolist())`.",
    "Two calls of `randperm` are two orders. Draw one, and cut it in two.",
    solution="""
    def train(net, inputs, labels, epochs):
        criterion = nn.CrossEntropyLoss()
        optimizer = torch.optim.SGD(net.parameters(), lr=0.03, momentum=0.9)
        cut = len(inputs) * 4 // 5
        order = torch.randperm(len(inputs))
        training, validation = order[:cut], order[cut:]
        accuracies = []
        for _ in range(epochs):
            net.train()
            for chosen in training[torch.randperm(cut)].split(32):
                optimizer.zero_grad()
                loss = criterion(net(inputs[chosen]), labels[chosen])
                loss.backward()
                optimizer.step()
            net.eval()
            with torch.no_grad():
                predictions = net(inputs[validation]).argmax(dim=1)
            accuracies.append((predictions == labels[validation]).float().mean().item())
        return accuracies
    """,
)
def too_good(answer):
    """Debug: the validation accuracy is far better than that on pictures that come later."""
    inputs, labels = pictures(400, seed=1, noise=2.5)
    others = pictures(400, seed=2, noise=2.5)
    net, epochs = Network(), 20
    watch = Watch(net)
    accuracies = _numbers(answer(net, inputs.clone(), labels.clone(), epochs), "accuracies", epochs)
    watch.busy = True
    later = accuracy(net, *others)
    assert watch.trained, "the network was not called."
    assert watch.asked, "the validation pictures are to be judged under `torch.no_grad()`."
    trained = _which(torch.cat(watch.trained), inputs)
    rounds = max(1, round(sum(len(batch) for batch in watch.asked) / (len(inputs) / 5)))
    asked = _which(torch.cat(watch.asked[-max(1, len(watch.asked) // rounds) :]), inputs)
    assert -1 not in trained | asked, "the network sees pictures that are not among those given."
    both = trained & asked
    if both and accuracies[-1] > later + 0.2 and len(asked) <= 80 and len(trained) <= 320:
        raise UnansweredError(
            "the accuracy that it reports for the validation pictures is more than 20 points above "
            "that on 400 pictures that were collected later."
        )
    assert not both, f"{len(both)} pictures are in both parts."
    assert len(trained) == 320, (
        f"four fifths of the {len(inputs)} pictures are 320, and you train on {len(trained)}."
    )
    assert len(asked) == 80, (
        f"a fifth of the {len(inputs)} pictures is 80, and you judge by {len(asked)}."
    )
    assert not any(watch.asked_modes), "validation pictures are judged in eval mode."
    assert all(watch.trained_modes), "the network trains in eval mode."
    validation = [part[sorted(asked)] for part in (inputs, labels)]
    expected = accuracy(net, *validation)
    assert abs(expected - accuracies[-1]) < 0.02, (
        f"of the validation pictures {expected:.0%} are right at the end, and the last of your "
        f"accuracies is {accuracies[-1]:.0%}: does each prediction meet its own label?"
    )
    _assert_measured(accuracies, watch, net, *validation)
    points = list(enumerate(accuracies, 1))
    _compare("too_good", points, "validation accuracy", across="epochs")
    assert later > 0.3, (
        f"the parts are apart now, but only {later:.0%} of other pictures are right: has every "
        "picture kept its label?"
    )
    return (
        f"It reports {accuracies[-1]:.0%}, and gets {later:.0%} right of 400 pictures that were "
        "collected later: near enough, for 80 validation pictures."
    )


def _which(batch, inputs):
    """Return the set of the places in `inputs` of the pictures of a batch; -1 for others."""
    places = {tuple(picture): n for n, picture in enumerate(inputs[:, :, 0, 0].tolist())}
    return {places.get(tuple(picture), -1) for picture in batch[:, :, 0, 0].tolist()}


@exercise(
    "Take a training that works, for example the repaired one of exercise 8, and think of what "
    "could go wrong with pictures or labels on the way.",
    "The loss falls if the network can learn what it is shown. What if that is not the task: each "
    "class called by another's name, or always the same three pictures?",
    solution="""
    def your_bug(net, inputs, labels, epochs):
        criterion = nn.CrossEntropyLoss()
        optimizer = torch.optim.SGD(net.parameters(), lr=0.03, momentum=0.9)
        classes = labels.unique(sorted=False).roll(1)  # the list of names, one place off
        losses = []
        net.train()
        for _ in range(epochs):
            for chosen in torch.randperm(len(inputs)).split(32):
                optimizer.zero_grad()
                loss = criterion(net(inputs[chosen]), classes[labels[chosen]])
                loss.backward()
                optimizer.step()
                losses.append(loss.item())
        return losses
    """,
)
def your_bug(answer):
    """Open: break a training: its loss falls below 1, and others' pictures stay below 30 %."""
    (inputs, labels), others = _data()
    net = Network()
    watch = Watch(net, others)
    lowest = []  # of each batch: what its loss is at least, whatever the labels

    def look(module, arguments, logits):
        if torch.is_grad_enabled() and not watch.busy:
            lowest.append(-logits.detach().log_softmax(-1).amax(-1).median().item())

    net.register_forward_hook(look)
    with _losses_watched() as watched:
        result = answer(net, inputs.clone(), labels.clone(), EPOCHS)
    watch.busy = True
    values = as_tensor(result).double()
    assert values.ndim == 1, "return a list of losses."
    losses = values.tolist()
    assert len(losses) >= 20, f"return the loss of every batch; these are {len(losses)}."
    assert values.isfinite().all(), "a loss that is not finite would be seen at once: more quietly."
    assert watch.trained, "the network was not called."
    start, end = losses[0], sum(losses[-10:]) / 10
    share = accuracy(net, *others)
    assert 1.5 < start < 4, (
        f"the first loss is {start:.2f}: whoever knows ln 10 sees at once that something is wrong."
    )
    assert end < 1, (
        f"the loss is {end:.2f} at the end: bring it below 1, and nobody will look any further."
    )
    _assert_had(losses, *watched)
    least = sum(lowest[-10:]) / 10
    assert least < 1, (
        f"a loss of {end:.2f} does not fit the network, which is so unsure at the end that it is "
        f"{least:.2f} at least: the fault should be in the training, not in its numbers."
    )
    assert share < 0.3, f"{share:.0%} of other pictures are right: this training works."
    _compare("", [*watch.points, (len(watch.trained), share)])
    return (
        f"The loss falls from {start:.1f} to {end:.2f}, and {share:.0%} of other pictures are "
        "right. Let somebody else find it."
    )
