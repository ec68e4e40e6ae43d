"""Exercises of lesson 08: faster training."""

import copy
import math
import statistics

import torch
from torch import nn

from helpers.exercises import UnansweredError, exercise
from helpers.questions.tools import as_number, as_tensor, assert_shape, draws, is_close


@exercise(
    "What is left of a step of 10 ms when 6 ms of it take no time any more?",
    "4 ms are left of 10 ms: 10 / 4.",
    solution="free_part = 2.5",
)
def free_part(answer):
    """Predict how many times faster a training is whose part of 60 % becomes free."""
    value = as_number(answer)
    assert value not in (60, 0.6, 1.6), "60 % less time is not 1.6 times faster: divide old by new."
    assert value not in (0.4, 40), "40 % is the time that is left: divide the old time by it."
    assert abs(value - 1 / 0.6) > 0.01, "what is left is 40 %, not 60 %: divide by that."
    assert value != 6, "6 of 10 ms are saved; how many times do the other 4 go into 10?"
    assert value not in (250, 150), "as a factor, please, not in percent."
    assert abs(value - 2.5) < 0.01, f"10 ms become 4 ms, and 10 / 4 is not {value:g}."


@exercise(
    "Multiply the learning rate by as much as the batch size.",
    "128 / 32 is 4.",
    solution="scaled_rate = 0.2",
)
def scaled_rate(answer):
    """Predict the learning rate for batches of 128, if 0.05 fits batches of 32."""
    value = as_number(answer)
    assert not is_close(value, 0.0125), "a larger batch allows longer steps, not shorter ones."
    assert not is_close(value, 0.05), "with a quarter of the steps, each should go further."
    assert not is_close(value, 0.1), "that grows with the root; the first guess grows in step."
    assert not is_close(value, 6.4), "128 times 0.05: the batches are 4 times as large, not 128."
    assert not is_close(value, 0.8), "4 times as large, so 4 times the rate, and not 16 times."
    assert not is_close(value, 4), "4 is how many times larger the batch is: what is the rate?"
    assert is_close(value, 0.2), f"four times the batch, four times 0.05: that is not {value:g}."


@exercise(
    "Draw one random number for each image: `torch.rand(len(images), 1, 1, 1) < 0.5`.",
    "`torch.where(coin, images.flip(3), images)` chooses image by image.",
    solution="""
    def mirror(images):  # (batch, 3, height, width)
        coin = torch.rand(len(images), 1, 1, 1) < 0.5
        return torch.where(coin, images.flip(3), images)
    """,
)
def mirror(answer):
    """Mirror each image with a probability of one half; the batch given stays as it was."""
    exact = True
    for seed, shape in enumerate([(400, 3, 2, 4), (300, 3, 5, 5)]):
        images = draws(*shape, seed=seed)
        given = images.clone()
        result = as_tensor(answer(given))
        assert_shape(result, shape)
        assert torch.equal(given, images), "your function changed the batch it was given."
        flipped = _which_mirrored(result, images)
        count, half = int(flipped.sum()), shape[0] // 2
        assert 0 < count < shape[0], (
            "all images were treated alike: draw a coin for each of them, not one for the batch."
        )
        again = as_tensor(answer(given))
        assert_shape(again, shape)
        both = _which_mirrored(again, images)
        assert not torch.equal(flipped, both), (
            "the same images were mirrored in two calls: draw the coins anew in each."
        )
        assert abs(count - half) < half * 0.3, (
            f"{count} of {shape[0]} were mirrored: that is not one half of them, nor nearly."
        )
        changes = int((flipped[1:] != flipped[:-1]).sum())
        assert abs(changes - half) < half * 0.35, (
            "whether an image is mirrored can be told from the one before it: each needs a coin "
            "of its own."
        )
        exact = exact and count == half == int(both.sum())
    assert not exact, "exactly one half are mirrored in every call: coins would not fall so evenly."


def _which_mirrored(result, images):
    """Tell for each image whether it was mirrored; anything else is a mistake."""

    def equal(other):
        return (result == other).flatten(1).all(dim=1)

    same, flipped = equal(images), equal(images.flip(3))
    assert not equal(images.flip(2)).any(), (
        "an image stands on its head: mirror along the columns, dim 3."
    )
    assert not equal(images.flip(1)).any(), "the colours have changed places: columns are dim 3."
    if not (same | flipped).all():
        known = {tuple(x) for x in images.flatten(1).tolist()}
        known |= {tuple(x) for x in images.flip(3).flatten(1).tolist()}
        assert not all(tuple(x) in known for x in result.flatten(1).tolist()), (
            "images have changed places in the batch: their labels belong to others now."
        )
        as_it_was, turned = result == images, result == images.flip(3)
        channels = as_it_was.flatten(2).all(dim=2) | turned.flatten(2).all(dim=2)
        assert not channels.all(), (
            "the channels of an image were treated differently: one coin for the three of them, "
            "shape (batch, 1, 1, 1)."
        )
        assert not (as_it_was | turned).all(), (
            "parts of an image were mirrored and others not: one coin for each image, shape "
            "(batch, 1, 1, 1)."
        )
        raise AssertionError("an image is neither as it was nor its mirror image.")
    return flipped


@exercise(
    "Two straight lines: one up to the middle, one down from it.",
    "`highest * (1 - abs(step / (steps / 2) - 1))`.",
    solution="""
    def rate_at(step, steps, highest):
        return highest * (1 - abs(step / (steps / 2) - 1))
    """,
)
def rate_at(answer):
    """The learning rate at a step: from 0 up to highest at half of the steps, and back to 0."""
    for steps, highest in ((100, 0.4), (30, 1.5), (7, 0.02), (1000, 0.1)):

        def rate(step, steps=steps, highest=highest):
            return as_number(answer(step, steps, highest))

        words = f"with {steps} steps and a highest of {highest}"
        if steps % 2 == 0:
            value = rate(steps // 2)
            assert not is_close(value, 1) or highest == 1, (
                "the shape is there: multiply it by `highest`."
            )
            assert is_close(value, highest, atol=1e-7), (
                f"{words}, at half of the steps it should be the highest, and is {value:g}."
            )
        value = rate(0)
        assert is_close(value, 0, atol=1e-7), f"{words}, it should start at 0, not at {value:g}."
        value = rate(steps)
        assert is_close(value, 0, atol=1e-7), (
            f"{words}, it should come back to 0, and ends at {value:g}: the way down is missing."
        )
        for step in range(1, steps, max(1, steps // 17)):
            expected = highest * (1 - abs(step / (steps / 2) - 1))
            value = rate(step)
            early = highest * step / (steps // 2)
            assert steps % 2 == 0 or step > steps // 2 or not is_close(value, early, atol=1e-7), (
                f"{words}, half of the steps are {steps / 2}, not {steps // 2}: divide with `/`."
            )
            assert is_close(value, expected, atol=1e-7), (
                f"{words}, at step {step} it should be {expected:.4g}, and is {value:.4g}: rise "
                "and fall in straight lines."
            )


@exercise(
    "Print the rates for 3 epochs of 8 batches. How many different ones are there, and how many "
    "should there be?",
    "The scheduler moves on after every batch, beside `optimizer.step()`; and it must be told the "
    "number of all batches to come, `epochs * len(loader)`.",
    solution="""
    def train_cycle(net, loader, epochs, highest):
        criterion = nn.CrossEntropyLoss()
        optimizer = torch.optim.SGD(net.parameters(), lr=highest)
        scheduler = torch.optim.lr_scheduler.OneCycleLR(
            optimizer,
            max_lr=highest,
            total_steps=epochs * len(loader),
            pct_start=0.25,
            anneal_strategy="linear",
            cycle_momentum=False,
        )
        rates = []
        for _ in range(epochs):
            for inputs, labels in loader:
                optimizer.zero_grad()
                criterion(net(inputs), labels).backward()
                rates.append(scheduler.get_last_lr()[0])
                optimizer.step()
                scheduler.step()
        return rates
    """,
)
def train_cycle(answer):
    """Debug: a one-cycle schedule that never comes down; return the learning rate of each step."""
    for seed, (epochs, count, highest) in enumerate([(3, 8, 0.2), (2, 5, 0.5), (1, 12, 0.1)]):
        loader = [
            (draws(4, 6, seed=50 * seed + n), torch.arange(4) * (n + 1) % 3) for n in range(count)
        ]
        net = nn.Linear(6, 3)
        with torch.no_grad():
            for number, parameter in enumerate(net.parameters()):
                parameter.copy_(draws(*parameter.shape, seed=number))
        reference = copy.deepcopy(net)
        expected = _cycle(epochs * count, highest)
        try:
            result = answer(net, loader, epochs, highest)
        except ValueError as error:
            assert "tried to step" not in str(error).lower(), (
                "the schedule moves on after every batch now, and it ends too early: it was told "
                "of fewer steps than there are."
            )
            raise
        rates = as_tensor(result)
        assert rates.ndim == 1, "return a list of rates, one for each step."
        rates = rates.double()
        what = f"{epochs} epochs of {count} batches with a highest rate of {highest}"
        assert len(rates) < 2 or len(rates.unique()) > 1, (
            f"{what}: the rate stays as it is. What moves the schedule on?"
        )
        if epochs > 1 and len(rates) == epochs * count and len(rates.unique()) <= epochs:
            short = is_close(rates[-1], _cycle(count, highest)[epochs - 1])
            words = (
                f"{what}: only {len(rates.unique())} different rates, and the last is "
                f"{rates[-1]:.3g} instead of nearly 0."
            )
            if short:
                raise UnansweredError(words)
            raise AssertionError(f"{words} The schedule moves once an epoch.")
        assert len(rates) == epochs * count, (
            f"{what}: that is {epochs * count} steps, and you return {len(rates)} rates."
        )
        assert not is_close(rates, _cycle(epochs * count, highest, first=1)), (
            "those are the rates after each step: note the rate with which it is made, and move "
            "the schedule on after it."
        )
        assert not is_close(rates, torch.cat([_cycle(count, highest)] * epochs)) or epochs == 1, (
            "a cycle for each epoch: one is wanted for the whole training."
        )
        curved = _cycle(epochs * count, highest, curved=True)
        if is_close(rates, curved):  # the schedule's own default bends
            expected = curved
        assert is_close(rates, expected), (
            f"{what}: the rates should rise to {highest} for a quarter of the steps and fall to "
            f"nearly 0; yours are highest, {rates.max():.3g}, at step {rates.argmax() + 1} and end "
            f"at {rates[-1]:.3g}."
        )
        for rate, (inputs, labels) in zip(expected.tolist(), loader * epochs, strict=True):
            reference.zero_grad()
            nn.CrossEntropyLoss()(reference(inputs), labels).backward()
            with torch.no_grad():
                for parameter in reference.parameters():
                    parameter -= rate * parameter.grad
        pairs = zip(net.parameters(), reference.parameters(), strict=True)
        assert all(is_close(*pair, rtol=1e-3, atol=1e-4) for pair in pairs), (
            "the rates are right, and the network is not trained with them: clear, loss, backward, "
            "`optimizer.step()`, then `scheduler.step()`."
        )


def _cycle(steps, highest, first=0, curved=False):
    """Return the rates that OneCycleLR gives, from the step `first` on."""
    top, end = 0.25 * steps - 1, steps - 1
    rates = []

    def part(done):
        return (1 - math.cos(math.pi * done)) / 2 if curved else done

    for step in range(first, steps + first):
        step = min(step, end)
        low, last = highest / 25, highest / 25e4
        if step <= top:
            rates.append(low + (highest - low) * part(step / top))
        else:
            rates.append(highest + (last - highest) * part((step - top) / (end - top)))
    return torch.tensor(rates, dtype=torch.float64)


RECORD = {
    "seeds": "the seeds you trained with, three or more",
    "train_images": "how many images you trained on, at most 45,000",
    "seconds": "for each seed, how long the training took",
    "validation_accuracy": "for each seed, on the last 5,000 training images",
    "allowed_seconds": "what the published recipe takes here: the first rung",
    "accuracy_to_beat": "what the last rung reached, on the test images",
    "test_accuracy": "of one network, opened once, at the end",
}


@exercise(
    "Choose by the validation images alone: more epochs for the time that is left, another width, "
    "another highest rate. Measure the time of the best before you trust it.",
    "Three seeds at least, for one may be luck: the mean must be above the number to beat by twice "
    "its standard error, `statistics.stdev(accuracies) / len(accuracies) ** 0.5`.",
    solution="""
    # The form of the record; the numbers are an example, and yours come from your machine.
    beaten = {
        "seeds": [0, 1, 2],
        "train_images": 45_000,
        "seconds": [121.4, 119.8, 123.0],
        "validation_accuracy": [0.846, 0.851, 0.843],
        "allowed_seconds": 150.2,
        "accuracy_to_beat": 0.825,
        "test_accuracy": 0.844,
    }
    """,
)
def beaten(answer):
    """Open: beat the last rung in the time of the first; judged by validation, on several seeds."""
    assert isinstance(answer, dict), "answer with a dictionary, as the task describes it."
    if answer and all(value is ... for value in answer.values()):
        raise UnansweredError
    for key, meaning in RECORD.items():
        assert key in answer, f"`{key}` is missing: {meaning}."
        assert answer[key] is not ..., f"`{key}` is still to be filled in: {meaning}."
    lists = {}
    for key in ("seeds", "seconds", "validation_accuracy"):
        values = as_tensor(answer[key])
        assert values.ndim == 1, f"`{key}` is a list, one number for each seed."
        lists[key] = values.tolist()
    assert as_tensor(answer["test_accuracy"]).numel() == 1, (
        "`test_accuracy` is one number: the test images are opened once, for one network."
    )
    seeds, seconds, accuracies = lists.values()
    numbers = {key: as_number(answer[key]) for key in RECORD if key not in lists}
    limit, to_beat = numbers["allowed_seconds"], numbers["accuracy_to_beat"]
    assert len(set(seeds)) == len(seeds), "a seed occurs twice: it gives the same network again."
    assert len(seeds) >= 3, f"three seeds at least, and these are {len(seeds)}: one may be luck."
    for key in ("seconds", "validation_accuracy"):
        assert len(lists[key]) == len(seeds), (
            f"{len(seeds)} seeds, and `{key}` has {len(lists[key])} numbers."
        )
    for value in (*accuracies, to_beat, numbers["test_accuracy"]):
        assert 0 < value < 1, f"an accuracy is a share between 0 and 1, and {value:g} is not."
    assert numbers["train_images"] > 0, "`train_images` is how many images you trained on: not 0."
    assert numbers["train_images"] <= 45_000, (
        "at most 45,000 training images: the last 5,000 are the validation images, and a network "
        "trained on them knows them."
    )
    assert min(seconds) > 0, "a training takes more than 0 seconds."
    assert max(seconds) <= limit, (
        f"the slowest took {max(seconds):g} s, and {limit:g} s are allowed: every seed must keep "
        "the time."
    )
    assert len(set(accuracies)) > 1, (
        "all seeds give the same accuracy, to the last digit: were they used?"
    )
    mean, error = statistics.mean(accuracies), statistics.stdev(accuracies) / len(seeds) ** 0.5
    assert mean > to_beat, f"{mean:.1%} on average, and {to_beat:.1%} is to be beaten."
    assert mean > to_beat + 2 * error, (
        f"{mean:.1%} on average, with a standard error of {error:.1%}: {to_beat:.1%} is too near "
        "to be sure. More seeds, or a better idea."
    )
    test = numbers["test_accuracy"]
    assert min(accuracies) - 0.03 < test < max(accuracies) + 0.03, (
        f"validation {mean:.1%} and test {test:.1%} are further apart than chance explains: is one "
        "of them measured on images that were trained on, or chosen by?"
    )
    return (
        f"{mean:.1%} ± {error:.1%} in {max(seconds):g} of {limit:g} s, and {test:.1%} on the test "
        "images. You have beaten the ladder."
    )
