"""Exercises of lesson 11: pictures of one's own."""

import torch
from torch import nn

from helpers.exercises import UnansweredError, exercise
from helpers.questions.tools import as_number, as_tensor, draws


@exercise(
    "A linear layer has a weight for each pair of input and output, and a bias for each output.",
    "64 · 4 weights and 4 biases.",
    solution="head_numbers = 64 * 4 + 4",
)
def head_numbers(answer):
    """Predict how many numbers a new head learns, for 64 features and 4 classes."""
    value = as_number(answer)
    assert value != 256, "these are the weights; each output has a bias as well."
    assert value != 64 * 10 + 10, "that is the old head, for the ten classes of CIFAR-10."
    assert value != 64 * 4 + 64, "there is one bias for each output, not for each input."
    assert value != 68, "every class weighs every feature: the numbers are multiplied."
    assert value == 260, f"64 · 4 weights and 4 biases, and that is not {value:g}."


@exercise(
    "Which side is the shorter one? It becomes `side`; the other keeps its proportion to it.",
    "`longer * side // shorter`: fractions of a pixel are dropped.",
    solution="""
    def resized(width, height, side):
        shorter = min(width, height)
        return width * side // shorter, height * side // shorter
    """,
)
def resized(answer):
    """The size (width, height) that `v2.Resize(side)` gives; fractions of a pixel are dropped."""
    cases = [(120, 90, 36), (90, 120, 36), (200, 200, 32), (301, 77, 50), (17, 400, 24), (5, 8, 64)]
    for width, height, side in cases:
        shorter = min(width, height)
        right = (width * side // shorter, height * side // shorter)
        given = f"{width} × {height} to {side}"
        got = as_tensor(answer(width, height, side))
        assert got.shape == (2,), "answer with two numbers, `(width, height)`."
        got = tuple(got.tolist())
        if got == right:
            continue
        longer = max(width, height)
        squeezed = (width * side // longer, height * side // longer)
        assert got != squeezed, f"{given}: the *shorter* side becomes {side}, and yours is smaller."
        assert got != (side, side), f"{given}: that squeezes the picture; keep its proportions."
        assert got != right[::-1], f"{given}: width first, then height."
        exact = (width * side / shorter, height * side / shorter)
        assert got == tuple(map(int, got)), f"{given}: {got} has parts of a pixel: drop them."
        assert max(abs(a - b) for a, b in zip(got, exact, strict=True)) > 1, (
            f"{given}: fractions of a pixel are dropped, not rounded: {right}, and yours is {got}."
        )
        raise AssertionError(f"{given} gives {right}, and yours is {got}.")


@exercise(
    "Draw among the series, not among the pictures: `series.unique()`.",
    "Shuffle the series with `torch.randperm`; the first ones go to validation. `torch.isin` tells "
    "for each picture whether its series is among them.",
    solution="""
    def split_series(series, seed):
        found = series.unique()
        order = torch.randperm(len(found), generator=torch.Generator().manual_seed(seed))
        held_out = torch.isin(series, found[order[: len(found) // 2]])
        return (~held_out).nonzero().flatten(), held_out.nonzero().flatten()
    """,
)
def split_series(answer):
    """Indices for training and validation: no series is in both, and the seed decides."""
    chosen = set()
    for seed, count in enumerate([6, 9, 14, 14, 14]):
        generator = torch.Generator().manual_seed(100 + count)
        sizes = torch.randint(1, 6, (count,), generator=generator)
        names = torch.randperm(50, generator=generator)[:count]
        series = names.repeat_interleave(sizes)
        series = series[torch.randperm(len(series), generator=generator)]
        parts = answer(series.clone(), seed)
        count_of_parts = len(parts) if isinstance(parts, list | tuple) else 0
        assert count_of_parts == 2, (
            "return two lists of indices: those for training, and those for validation."
        )
        training, validation = (_indices(part, len(series)) for part in parts)
        assert training, "nothing is left for training."
        assert validation, "nothing is left for validation."
        assert not training & validation, "some pictures are in both parts."
        assert len(training | validation) == len(series), "some pictures are in neither part."
        sides = [{series[n].item() for n in part} for part in (training, validation)]
        shared = sides[0] & sides[1]
        assert not shared, (
            f"{len(shared)} of {count} series have pictures in both parts: divide the series, not "
            "the pictures."
        )
        assert abs(len(sides[0]) - len(sides[1])) <= 1, (
            f"half of the series for each part; of {count} yours has {len(sides[0])} for training "
            f"and {len(sides[1])} for validation."
        )
        again = _indices(answer(series.clone(), seed)[0], len(series))
        assert again == training, "the same seed gave another split: let it decide alone."
        if count == 14:
            chosen.add(frozenset(training))
    assert len(chosen) > 1, "every seed gives the same split."


def _indices(part, count):
    numbers = as_tensor(part).flatten().tolist()
    assert all(float(n).is_integer() and not isinstance(n, bool) for n in numbers), (
        "indices are whole numbers; a mask becomes indices by `.nonzero().flatten()`."
    )
    assert all(0 <= n < count for n in numbers), f"indices run from 0 to {count - 1}."
    assert len(set(numbers)) == len(numbers), "an index stands twice in one part."
    return set(map(int, numbers))


@exercise(
    "`net[:-1].parameters()` are those of the body, `net[-1].parameters()` those of the head.",
    "`torch.optim.AdamW([{'params': …, 'lr': …}, {'params': …, 'lr': …}])`",
    solution="""
    def two_speeds(net, body_rate, head_rate):
        return torch.optim.AdamW(
            [
                {"params": net[:-1].parameters(), "lr": body_rate},
                {"params": net[-1].parameters(), "lr": head_rate},
            ]
        )
    """,
)
def two_speeds(answer):
    """AdamW for a Sequential: one learning rate for the last layer, another for all others."""
    makers = [
        (lambda: nn.Sequential(nn.Linear(5, 4), nn.ReLU(), nn.Linear(4, 3)), 0.001, 0.01),
        (_convolutions, 0.0002, 0.003),
        (lambda: nn.Sequential(nn.Linear(5, 4), nn.BatchNorm1d(4), nn.Linear(4, 3)), 0.003, 0.02),
    ]
    for make, body_rate, head_rate in makers:
        net = make()
        optimizer = answer(net, body_rate, head_rate)
        assert isinstance(optimizer, torch.optim.Optimizer), "return the optimizer."
        rates = {
            id(one): group["lr"] for group in optimizer.param_groups for one in group["params"]
        }
        assert isinstance(optimizer, torch.optim.AdamW), (
            f"the optimizer should be AdamW, and is `{type(optimizer).__name__}`."
        )
        head = [rates.get(id(one)) for one in net[-1].parameters()]
        body = [rates.get(id(one)) for one in net[:-1].parameters()]
        assert None not in head, "some parameters of the last layer are in no group."
        assert None not in body, "some parameters of the body are in no group: it stays frozen."
        assert len(rates) == len(head) + len(body), "there are parameters of another network."
        assert set(head) != {body_rate} or set(body) != {head_rate}, "the two rates are exchanged."
        assert set(head + body) != {0.001} or body_rate == head_rate, (
            "0.001 everywhere: that is AdamW's own; each group needs its `lr`."
        )
        for part, found, rate in (("head", head, head_rate), ("body", body, body_rate)):
            other = next((one for one in found if one != rate), rate)
            assert other == rate, f"the {part} should learn with {rate}, all of it, not {other}."
        assert all(one.requires_grad for one in net.parameters()), "a parameter is frozen."


def _convolutions():
    body = [nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.AdaptiveMaxPool2d(1), nn.Flatten()]
    return nn.Sequential(*body, nn.Linear(4, 5))


@exercise(
    "Print `net[0].state_dict()` before and after: which of its entries have moved?",
    "Batch norm goes on averaging in training mode, with or without gradients: the body has to be "
    "in eval mode. The optimizer skips what has no gradient; to hand it the head's parameters "
    "alone says what is meant.",
    solution="""
    def train_frozen(net, inputs, labels):
        body, head = net
        body.eval()
        optimizer = torch.optim.AdamW(head.parameters(), lr=0.01, weight_decay=0.1)
        for _ in range(50):
            with torch.no_grad():
                features = body(inputs)
            loss = nn.functional.cross_entropy(head(features), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    """,
)
def train_frozen(answer):
    """Debug: train the head of a network `(body, head)`; the body is to stay, to the last bit."""
    for seed, features in enumerate([6, 10]):
        torch.manual_seed(seed)
        body = nn.Sequential(nn.Linear(4, features), nn.BatchNorm1d(features), nn.ReLU())
        net = nn.Sequential(body, nn.Linear(features, 3))
        inputs = 2 * draws(60, 4, seed=seed) + 1
        labels = inputs[:, :3].argmax(1)
        with torch.no_grad():
            body(inputs)  # batch norm has seen something
        before = {name: value.clone() for name, value in net.state_dict().items()}
        net.eval()
        with torch.no_grad():
            at_first = nn.functional.cross_entropy(net(inputs), labels).item()
        net.train()
        uncleared, arrived = _watch_gradients(net[1]), _watch_logits(net[1])
        answer(net, inputs.clone(), labels.clone())
        after = net.state_dict()
        moved = [n for n in before if n[0] == "0" and not torch.equal(before[n], after[n])]
        drifted = [name for name in moved if "running" in name or "batches" in name]
        weights = [name for name in moved if name not in drifted]
        if drifted:
            raise UnansweredError(
                f"the body has moved: `{drifted[0].removeprefix('0.')}`, which no gradient moves."
            )
        assert not weights, (
            f"the body has moved: `{weights[0].removeprefix('0.')}`. Who changes weights? The "
            "optimizer, all that it is given."
        )
        still = all(torch.equal(before[n], after[n]) for n in before if n[0] == "1")
        assert not still, "the head has not moved: is it frozen too?"
        assert not uncleared, (
            "gradients of earlier steps are still in the head when the next ones arrive, and add "
            "up: `optimizer.zero_grad()` belongs in every step."
        )
        assert not arrived or not all(_is_of_two_softmaxes(*one) for one in arrived), (
            "the loss takes a softmax of its own: hand `cross_entropy` the logits as they are."
        )
        net.eval()
        with torch.no_grad():
            loss = nn.functional.cross_entropy(net(inputs), labels).item()
        assert loss < 0.8 * at_first, (
            f"the loss went from {at_first:.2f} to {loss:.2f}: the head has hardly learned."
        )


def _watch_gradients(head):
    """Fill the list returned when a gradient arrives where one of an earlier step still is."""
    uncleared = []  # several may add up to one step: a weight that has moved since tells
    for parameter in head.parameters():
        seen = {}

        def arriving(gradient, parameter=parameter, seen=seen):
            seen["left"] = parameter.grad is not None and bool(parameter.grad.any())

        def added(parameter, seen=seen):  # not called by `torch.autograd.grad`, which adds nothing
            if seen["left"] and not torch.equal(seen.get("weights", parameter), parameter):
                uncleared.append(parameter.grad)
            seen["weights"] = parameter.detach().clone()

        parameter.register_hook(arriving)
        parameter.register_post_accumulate_grad_hook(added)
    return uncleared


def _watch_logits(head):
    """Fill the list returned with logits, and the gradients that come back to them."""
    arrived = []

    def look(module, arguments, logits):
        if logits.requires_grad:
            given = logits.detach().clone()
            logits.register_hook(lambda gradient: arrived.append((given, gradient.clone())))

    head.register_forward_hook(look)
    return arrived


def _is_of_two_softmaxes(logits, gradient):
    """Tell whether a gradient is that of a softmax before the cross-entropy, which has its own."""
    logits = logits.double().requires_grad_()
    labels = gradient.argmin(-1)  # the only class whose logit should grow
    with torch.enable_grad():
        nn.functional.cross_entropy(logits.softmax(-1), labels).backward()
    found = gradient.double().flatten()
    return nn.functional.cosine_similarity(found, logits.grad.flatten(), dim=0) > 0.99999


@exercise(
    "Softmax first: `logits.softmax(dim=1)`; then the largest of each row, and where it stands.",
    "`sure, best = logits.softmax(dim=1).max(dim=1)`; then go through both together.",
    solution="""
    def name_or_none(logits, classes, threshold):
        sure, best = logits.softmax(dim=1).max(dim=1)
        return [
            classes[b] if s >= threshold else "none of these"
            for s, b in zip(sure.tolist(), best.tolist(), strict=True)
        ]
    """,
)
def name_or_none(answer):
    """For each row of logits a class's name, or "none of these" below the threshold."""
    cases = [("cup", "key"), ("rose", "tulip", "daisy"), ("a", "b", "c", "d", "e")]
    for seed, classes in enumerate(cases):
        logits = 2 * draws(40, len(classes), seed=seed)
        for threshold in (0.5, 0.75, 0.95):
            result = answer(logits.clone(), list(classes), threshold)
            assert isinstance(result, list | tuple), "return a list of names, one for each row."
            assert len(result) == 40, f"40 rows need 40 names, and these are {len(result)}."
            allowed = {*classes, "none of these"}
            odd = [one for one in result if not isinstance(one, str) or one not in allowed]
            assert not odd, f"{odd[0]!r} is neither a class nor 'none of these'."
            sure, best = logits.softmax(1).max(1)
            right = _named(sure >= threshold, best, classes)
            if list(result) == right:
                continue
            mistakes = [
                (sure < threshold, "the other way round: “none of these” is for small ones."),
                (logits.max(1).values >= threshold, "a logit is no probability: softmax first."),
                (logits.sigmoid().max(1).values >= threshold, "sigmoid looks at each class alone."),
                (logits.softmax(0).max(1).values >= threshold, "softmax over the wrong dimension."),
                (torch.ones(40, dtype=torch.bool), "every row has got the name of a class."),
            ]
            for kept, words in mistakes:
                assert list(result) != _named(kept, best, classes), words
            row = next(n for n in range(40) if result[n] != right[n])
            raise AssertionError(
                f"at {sure[row]:.2f}, threshold {threshold}, the answer is {right[row]!r}, and "
                f"yours is {result[row]!r}."
            )


def _named(kept, best, classes):
    pairs = zip(kept.tolist(), best.tolist(), strict=True)
    return [classes[b] if k else "none of these" for k, b in pairs]


@exercise(
    "How far is it to the nearest features of training? `torch.cdist` gives all distances.",
    "`torch.cdist(features, training).min(dim=1).values`: the distance to the nearest picture.",
    solution="""
    def strangeness(features, training, labels):
        return torch.cdist(features, training).min(dim=1).values
    """,
)
def strangeness(answer):
    """Open: how strange are pictures, from their features alone: beat the softmax's doubt."""
    ours, theirs = [], []
    for seed, (classes, size, shots) in enumerate([(3, 16, 12), (4, 64, 20), (5, 32, 8)]):
        centres = 2 * draws(classes, size, seed=seed).relu()
        labels = torch.arange(classes).repeat_interleave(shots)
        training = (centres[labels] + draws(len(labels), size, seed=seed + 10)).relu()
        own_labels = torch.arange(classes).repeat_interleave(10)
        own = (centres[own_labels] + draws(len(own_labels), size, seed=seed + 20)).relu()
        other = (2 * draws(6, size, seed=seed + 30).relu()).repeat_interleave(10, dim=0)
        other = (other + draws(60, size, seed=seed + 40)).relu()
        shown = torch.cat([own, other])
        order = torch.randperm(len(shown), generator=torch.Generator().manual_seed(seed))
        strange = (order >= len(own)).tolist()
        given = shown[order].clone(), training.clone(), labels.clone()
        result = as_tensor(answer(*given)).float()
        assert result.shape == (len(shown),), (
            f"one number for each of the {len(shown)} pictures: the shape is {tuple(result.shape)}."
        )
        assert not result.isnan().any(), "some of the numbers are `nan`."
        ours.append(_ranking(result, strange))
        theirs.append(_ranking(_doubt(*given), strange))
    value, to_beat = sum(ours) / 3, sum(theirs) / 3
    assert value > 0.02, "exactly the other way round: strange pictures need *large* numbers."
    assert value > 0.3, f"{1 - value:.0%} in the wrong order: it may be the wrong way round."
    assert value > 0.6, f"{value:.0%} of the pairs in the right order: that is nearly chance, 50 %."
    assert value > to_beat, (
        f"{value:.0%} of the pairs in the right order; the softmax's doubt has {to_beat:.0%}."
    )
    return (
        f"Of a known and a strange picture, yours finds the strange one {value:.1%} of the time; "
        f"the softmax's doubt does so {to_beat:.1%} of the time."
    )


def _doubt(features, training, labels):
    """One minus the largest probability of a head trained on these features."""
    torch.manual_seed(0)
    head = nn.Linear(training.shape[1], int(labels.max()) + 1)
    optimizer = torch.optim.AdamW(head.parameters(), lr=0.01)
    for _ in range(100):
        loss = nn.functional.cross_entropy(head(training), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        return 1 - head(features).softmax(1).max(1).values


def _ranking(strangeness, strange):
    """The share of pairs, a known and a strange picture, that are in the right order."""
    strange = torch.tensor(strange)
    known, other = strangeness[~strange], strangeness[strange]
    above = (other[:, None] > known).float() + 0.5 * (other[:, None] == known).float()
    return above.mean().item()
