"""Exercises of lesson 05: data."""

import inspect
import itertools

import torch

from helpers.exercises import UnansweredError, exercise
from helpers.questions.tools import as_number, as_tensor, assert_close, assert_shape, is_close


@exercise(
    "50,000 divided by 128 is not a whole number. What happens to the rest?",
    "The last batch is smaller, and it counts: round up.",
    solution="batches = 391",
)
def batches(answer):
    """Predict how many batches of 128 there are in an epoch of 50,000 images."""
    value = as_number(answer)
    assert value != 390, "390 full batches leave 80 images over: they are a batch too."
    assert value != 12_500, "12,500 batches were those of four images; these have 128."
    assert value != 50_000, "that is the number of images: how many batches are they?"
    assert value % 1 == 0, "there is no part of a batch: round up."
    assert value == 391, f"50,000 / 128 is 390.6, and that does not round up to {value:,g}."


@exercise(
    "The mean of the batches' means is right only if all batches are equally large.",
    "Multiply each mean by its batch's size, add up, and divide by all the samples.",
    solution="""
    def mean_loss(losses, sizes):
        total = sum(loss * size for loss, size in zip(losses, sizes))
        return total / sum(sizes)
    """,
)
def mean_loss(answer):
    """The mean loss over all samples, from the batches' mean losses and their sizes."""
    for losses, sizes in (
        ([1.2, 4.1, 1.6], [4, 4, 2]),
        ([2.3, 0.7, 1.9, 0.2], [128, 128, 128, 17]),
        ([0.3, 2.2, 1.1, 0.8], [7, 64, 12, 30]),
        ([0.9, 0.4], [10, 1]),
        ([1.25], [32]),
    ):
        result = answer(list(losses), list(sizes))
        total = sum(loss * size for loss, size in zip(losses, sizes, strict=True))
        expected = total / sum(sizes)
        if len(losses) > 1:
            backwards = sum(x * n for x, n in zip(losses, sizes[::-1], strict=True)) / sum(sizes)
            for wrong, words in (
                (
                    sum(losses) / len(losses),
                    "the short batch weighs as much as the others: weight by size.",
                ),
                (total, "that is the sum over the samples: divide by their number."),
                (total / len(losses), "divide by the number of samples, not of batches."),
                (
                    sum(losses) / sum(sizes),
                    "a mean stands for all samples of its batch: multiply it by the size first.",
                ),
                (sum(losses), "that is the sum of the means: weight them, and divide."),
                (losses[-1], "that is the last batch alone."),
                (losses[0], "that is the first batch alone: the `return` stands in the loop?"),
                (backwards, "each loss belongs to the size at the same place."),
            ):
                assert not is_close(result, wrong), words
        assert_close(
            result,
            expected,
            f"losses {losses} of batches of {sizes} have the mean {expected:.3f} over the samples.",
        )


@exercise(
    "Normalising is (x − mean) / std. Undo the last step first.",
    "One number for each channel must meet (…, 3, height, width): give it the shape (3, 1, 1).",
    solution="""
    def undo(images, mean, std):
        mean, std = torch.tensor(mean), torch.tensor(std)
        return images * std.view(3, 1, 1) + mean.view(3, 1, 1)
    """,
)
def undo(answer):
    """Undo the normalisation of images (N, 3, height, width); mean and std are lists of three."""
    for seed, shape in enumerate([(2, 3, 4, 3), (3, 3, 3, 3), (1, 3, 5, 5), (3, 3, 2, 6)]):
        generator = torch.Generator().manual_seed(seed)
        images = torch.rand(shape, generator=generator)
        mean, std = torch.rand(2, 3, generator=generator) * 0.5 + 0.2
        per_channel, deviation = mean.view(3, 1, 1), std.view(3, 1, 1)
        normalized = (images - per_channel) / deviation
        given = normalized.clone()
        result = as_tensor(answer(given, mean.tolist(), std.tolist()))
        for wrong, words in (
            (normalized, "these are still the normalised images."),
            (
                (normalized + per_channel) * deviation,
                "the order is wrong: normalising subtracts first, so undoing multiplies first.",
            ),
            (normalized * deviation, "the mean is still missing: add it."),
            (normalized + per_channel, "the deviation is still missing: multiply by it."),
            (
                (normalized - per_channel) / deviation,
                "that normalises once more: undo it, with the opposite operations.",
            ),
            (normalized / deviation + per_channel, "normalising divides: undoing multiplies."),
            (normalized * deviation - per_channel, "normalising subtracts: undoing adds."),
        ):
            assert not is_close(result, wrong), words
        if shape[3] == 3:
            assert not is_close(result, normalized * std + mean), (
                "the three numbers met the columns, not the channels: "
                "give them the shape (3, 1, 1)."
            )
        if shape[2] == 3:
            rows = normalized * std.view(3, 1) + mean.view(3, 1)
            assert not is_close(result, rows), (
                "the three numbers met the rows, not the channels: give them the shape (3, 1, 1)."
            )
        if shape[0] == 3:
            by_image = normalized * std.view(3, 1, 1, 1) + mean.view(3, 1, 1, 1)
            assert not is_close(result, by_image), (
                "the three numbers met the images of the batch, not the channels: "
                "give them the shape (3, 1, 1)."
            )
        assert_close(result, images, "this is not the image it was before.", atol=1e-4)
        assert torch.equal(given, normalized), (
            "the images are right, and your function changed those it was given: `*=` and `+=` "
            "work in place."
        )


@exercise(
    "A dataset needs `__len__` and `__getitem__`.",
    "`__getitem__` returns a pair: the number and whether it is even, `number % 2 == 0`. Before "
    "that, `if index >= self.count: raise IndexError(index)`.",
    solution="""
    class Numbers(Dataset):
        def __init__(self, count):
            self.count = count

        def __len__(self):
            return self.count

        def __getitem__(self, index):
            if not 0 <= index < self.count:
                raise IndexError(f"{index} is not below {self.count}")
            return index, index % 2 == 0
    """,
)
def numbers(answer):
    """A Dataset of the numbers below count, with whether each is even; a loop over it ends."""
    assert inspect.isclass(answer), "hand over the class itself, `Numbers`."
    for count in (6, 1, 9):
        data = answer(count)
        for method in ("__len__", "__getitem__"):
            assert hasattr(data, method), f"the class has no `{method}`."
        try:
            length = len(data)
        except (TypeError, ValueError):
            kind = type(type(data).__len__(data)).__name__
            raise AssertionError(
                f"`__len__` should give the whole number {count}, and gives a `{kind}`."
            ) from None
        assert length == count, f"Numbers({count}) has {length} items, and should {count}."
        for index in range(count):
            try:
                item = data[index]
            except (IndexError, StopIteration):
                raise AssertionError(
                    f"Numbers({count}) has an item {index}: only from {count} on is an index too "
                    "large."
                ) from None
            assert isinstance(item, tuple | list), "an item is a pair: `return index, …`."
            assert len(item) == 2, f"an item is a pair, and this has {len(item)} parts."
            assert not isinstance(item[1], str), (
                "the second part says whether the number is even: `True` or `False`, not a word."
            )
            number, even = (as_number(part) for part in item)
            assert isinstance(item[1], bool) or not isinstance(item[0], bool), (
                "first the number, then whether it is even."
            )
            assert number == index, (
                f"item {index} should be the number {index}, not {number:g}: they start at 0."
            )
            assert even == (index % 2 == 0), (
                f"the label says whether {index} is even: it should be {index % 2 == 0}."
            )
        try:
            items = list(itertools.islice(iter(data), count + 20))
        except Exception as error:
            raise AssertionError(
                f"a loop over the dataset stops with a {type(error).__name__}: for an index that "
                "is too large, raise `IndexError`."
            ) from None
        assert len(items) < count + 20, (
            "a `for` loop over the dataset never ends: for an index that is too large, raise "
            "`IndexError`."
        )
        assert len(items) <= count, (
            f"a `for` loop over Numbers({count}) gives {len(items)} items: {count} is already too "
            "large an index."
        )
        assert len(items) == count, (
            f"a loop over Numbers({count}) gives {len(items)} items: the last index is count − 1."
        )
        try:
            data[count]
        except StopIteration:
            raise AssertionError(
                "`StopIteration` is what an iterator raises: for an index that is too large, raise "
                "`IndexError`."
            ) from None
        except IndexError:
            pass
    first, _ = answer(6), answer(2)
    assert len(first) == 6, (
        "Numbers(6) has 2 items once there is a Numbers(2): each dataset keeps a count of its own, "
        "`self.count`."
    )


@exercise(
    "Print shapes and ranges. Where do the channels stand, and what does `reshape` move?",
    "`pixels.permute(0, 3, 1, 2)` moves the channels; the constants are for numbers from 0 to 1; "
    "and `a - b / c` divides first.",
    solution="""
    def to_inputs(pixels, mean, std):  # (N, height, width, 3), uint8
        mean, std = torch.tensor(mean), torch.tensor(std)
        images = pixels.permute(0, 3, 1, 2).float() / 255
        return (images - mean.view(3, 1, 1)) / std.view(3, 1, 1)
    """,
)
def to_inputs(answer):
    """Debug: make normalised images (N, 3, height, width) of pixels (N, height, width, 3)."""
    for seed, (count, height, width) in enumerate([(2, 4, 5), (3, 6, 6), (1, 5, 4)]):
        generator = torch.Generator().manual_seed(seed)
        pixels = torch.randint(0, 256, (count, height, width, 3), generator=generator).byte()
        mean, std = torch.rand(2, 3, generator=generator) * 0.5 + 0.2
        result = as_tensor(answer(pixels.clone(), mean.tolist(), std.tolist()))
        mean, std = mean.view(3, 1, 1), std.view(3, 1, 1)
        given = pixels.reshape(count, 3, height, width).float()
        if is_close(result, given - mean / std):
            raise UnansweredError(
                f"the result should have a mean near 0, and has {result.mean():.0f}; and as an "
                "image it is a jumble."
            )
        assert_shape(result, (count, 3, height, width))
        moved = pixels.permute(0, 3, 1, 2).float()
        turned = pixels.permute(0, 3, 2, 1).reshape(given.shape).float()
        for images, misplaced in (
            (
                given,
                "the numbers are right and the image is scrambled: `reshape` does not move the "
                "channels, it only counts anew.",
            ),
            (turned, "the image lies on its side: height and width are swapped."),
            (moved, ""),
        ):
            for scale, too_large in (
                (255, ""),
                (1, "the constants are for numbers from 0 to 1, and the pixels go to 255: divide."),
            ):
                assert not is_close(result, images / scale - mean / std), (
                    "`a - b / c` divides first: it needs parentheses."
                )
                if is_close(result, (images / scale - mean) / std):
                    assert not too_large, too_large
                    assert not misplaced, misplaced
        assert_close(
            result,
            (moved / 255 - mean) / std,
            "these are not (x − mean) / std of x from 0 to 1, channels first.",
        )


@exercise(
    "What does a class look like on average? `images[labels == 3].float().mean(dim=0)`.",
    "Compare each new image with ten mean images: the smallest sum of squared differences wins. "
    "Make floats of the pixels first, for 3 − 5 is 254 in `uint8`.",
    solution="""
    def guess(images, labels, new):
        distances = []
        for c in range(10):
            mean = images[labels == c].float().mean(dim=0)
            distances.append(((new.float() - mean) ** 2).flatten(1).sum(dim=1))
        return torch.stack(distances).argmin(dim=0)
    """,
)
def guess(answer):
    """Open: guess the classes of new images from labelled ones, without a network: beat chance."""
    shares = []
    for seed in (0, 1):
        images, labels = _made_up(200 + 50 * seed, seed)
        new, truth = _made_up(100, seed, part=1)
        given = [part.clone() for part in (images, labels, new)]
        result = as_tensor(answer(images, labels, new))
        for part, before in zip((images, labels, new), given, strict=True):
            assert torch.equal(part, before), "your function changed the tensors it was given."
        assert_shape(result, (100,))
        assert result.unique().numel() > 1, "every image gets the same answer: look at the image."
        assert ((result >= 0) & (result <= 9)).all(), (
            f"an answer is a class, from 0 to 9, and one of yours is {result.max():g}: is it the "
            "position of an image? Its class is `labels[position]`."
        )
        assert (result == result.round()).all(), "an answer is a class, a whole number."
        share = (result == truth).double().mean().item()
        assert share > 0.03, (
            f"{share:.0%} right, and chance is 10 %: do you take the largest distance for the "
            "smallest, or does `uint8` wrap round?"
        )
        assert share > 0.2, (
            f"{share:.0%} right on images that were made up for this check, and chance is 10 %: "
            "reach more than 20 %."
        )
        shares.append(share)
    return (
        f"{sum(shares) / 2:.0%} are right on images that were made up for this check. And of the "
        "last 1,000 training images, if the first 45,000 are given?"
    )


def _made_up(count, seed, part=0):
    """Make images (count, 3, 32, 32) of ten classes: blurred patterns, a tint each, and noise."""
    of_classes = torch.Generator().manual_seed(seed)
    coarse = torch.randn(10, 3, 4, 4, generator=of_classes)
    tints = 20 * torch.randn(10, 3, 1, 1, generator=of_classes)
    patterns = 15 * coarse.repeat_interleave(8, 2).repeat_interleave(8, 3) + tints
    own = torch.Generator().manual_seed(100 * seed + part + 1)
    labels = torch.randint(0, 10, (count,), generator=own)
    noise = 60 * torch.randn(count, 3, 32, 32, generator=own)
    light = 10 * torch.randn(count, 1, 1, 1, generator=own)
    return (128 + patterns[labels] + noise + light).clamp(0, 255).byte(), labels
