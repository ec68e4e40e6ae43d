"""Exercises of lesson 02: computing with tensors."""

import torch

from helpers.exercises import UnansweredError, exercise
from helpers.questions.tools import as_tensor, assert_close, assert_shape, draws, is_close


@exercise(
    "Write the shapes below each other, aligned at the right, and fill up with 1 at the left.",
    "(4, 1) and (1, 3): in each column the larger size wins.",
    solution="sum_shape = (4, 3)",
)
def sum_shape(answer):
    """Predict the shape of torch.ones(4, 1) + torch.ones(3)."""
    kind = type(answer).__name__
    assert isinstance(answer, tuple | list), (
        f"answer with a tuple such as `(2, 5)`; this is a `{kind}`."
    )
    answer = tuple(answer)
    assert answer != (4, 1), "the column is stretched: its size 1 meets the 3."
    assert answer != (3, 4), "aligned at the right, the 3 is in the last place."
    assert answer != (4, 4), "the 3 stands in the last place, and meets the 1, not the 4."
    assert answer == (4, 3), f"{answer} does not follow from the two steps of the rule."


@exercise(
    "Without the transpose: one element on in the last dimension is the next number in memory.",
    "`torch.zeros(2, 3, 4)` has the strides (12, 4, 1). `transpose` moves no number: it swaps two.",
    solution="strides = (1, 4, 12)",
)
def strides(answer):
    """Predict the strides of torch.zeros(2, 3, 4).transpose(0, 2)."""
    given = as_tensor(answer)
    assert given.shape == (3,), "answer with three numbers, one for each dimension: `(2, 5, 7)`."
    given = tuple(given.tolist())
    assert given != (12, 4, 1), "those are the strides before the transpose: two of them change."
    assert given != (4, 3, 2), "that is the shape: how far apart in memory are two neighbours?"
    assert given != (6, 2, 1), "a copy of shape (4, 3, 2) has these; `transpose` moves no number."
    assert given != (4, 16, 48), "that counts bytes, as NumPy does: PyTorch counts numbers."
    assert given not in [(4, 12, 1), (12, 1, 4)], "the first and the last dimension are swapped."
    assert given == (1, 4, 12), f"{given}: from one element to the next, how far is it in memory?"


@exercise(
    "The mean of each column: which dimension is to vanish?",
    "`table.mean(dim=0)` has shape (columns,), and broadcasting does the rest.",
    solution="""
    def center(table):
        return table - table.mean(dim=0)
    """,
)
def center(answer):
    """Subtract from each column its mean."""
    for seed, shape in enumerate([(4, 4), (3, 2), (2, 5), (1, 3)]):
        table = draws(*shape, seed=seed) * 3 + torch.arange(shape[1])
        result = as_tensor(answer(table.clone()))
        rows = table.mean(dim=1)
        each_row = "you subtracted the mean of each row: `dim` names the dimension that vanishes."
        mistakes = [
            (table.mean(0), "those are the means: subtract them from the table."),
            (table - table.mean(), "that is the mean of the whole table: name the dimension."),
            (table - rows.unsqueeze(1), each_row),
            (table - table.median(0).values, "that is the median: use the mean."),
            (table.mean(0) - table, "the other way round: the mean is taken from the table."),
            (table - table.sum(0), "that is the sum of each column: use the mean."),
        ]
        if len(table) > 1:
            scaled = "only subtract: no division by the standard deviation is asked for."
            for correction in (0, 1):
                std = table.std(0, correction=correction)
                mistakes.append(((table - table.mean(0)) / std, scaled))
        if shape == (4, 4):  # without keepdim, the means of rows meet columns
            mistakes.append((table - rows, each_row))
        expected = table - table.mean(0)
        words = "each column's mean should now be 0."
        if is_close(result.double().mean(0), torch.zeros(shape[1])):
            words = "each column's mean is 0 now, and something else has changed in the table."
        assert_close(result, expected, words, mistakes=mistakes)


@exercise(
    "The answer of each row is the position of its largest score.",
    "Compare `scores.argmax(dim=1)` with the labels; the mean of the hits is the accuracy.",
    solution="""
    def accuracy(scores, labels):
        return (scores.argmax(dim=1) == labels).float().mean().item()
    """,
)
def accuracy(answer):
    """The fraction of rows whose largest score is at the label, as a Python float."""
    for seed, (rows, classes) in enumerate([(36, 36), (5, 3), (1, 6), (40, 10)]):
        scores = draws(rows, classes, seed=seed + 3) - 2 * (seed == 1)
        best = scores.argmax(dim=1)
        others = (best + 1) % classes
        if rows == classes:  # the answers of two mistakes, five times and four times
            others[:20], others[20:] = scores.argmax(dim=0)[:20], scores.argmin(dim=1)[20:]
        labels = torch.where(torch.arange(rows) % 4 > 0, best, others)
        expected = (best == labels).double().mean().item()
        result = answer(scores, labels)
        assert result is not None, "your function returned `None`: it needs a `return`."
        assert not isinstance(result, torch.Tensor), (
            "return a Python number: `.item()` takes it out."
        )
        assert not isinstance(result, list | tuple), (
            f"return a Python `float`; this is a `{type(result).__name__}`."
        )
        count = (best == labels).sum().item()
        column = "that is the largest of each column: `dim` names the dimension that vanishes."
        smallest = (scores.argmin(dim=1) == labels).double().mean()
        mistakes = [
            (count, "that is the number of right answers: divide by the number of rows."),
            (smallest, "that compares the smallest score of each row: take the largest."),
            (100 * expected, "a fraction is wanted, and no percentage."),
            (count / classes, "divide by the number of rows, not of classes."),
        ]
        if rows == classes:
            mistakes.append(((scores.argmax(dim=0) == labels).double().mean(), column))
        mistakes = [(value, message) for value, message in mistakes if value > 0]
        words = f"{count} of {rows} answers are right, and you say {result}."
        assert_close(result, expected, words, mistakes=mistakes)


@exercise(
    "`reshape` keeps the reading order and would scramble the image.",
    "`permute` takes the old dimensions in their new order: the channel was the last.",
    solution="""
    def channels_first(image):
        return image.permute(2, 0, 1)
    """,
)
def channels_first(answer):
    """Turn an image of shape (height, width, channel) into (channel, height, width)."""
    for seed, (height, width, channels) in enumerate([(2, 4, 3), (5, 3, 1), (4, 4, 3), (3, 3, 3)]):
        image = draws(height, width, channels, seed=seed)
        result = as_tensor(answer(image.clone()))
        scrambled = "the shape is right, the image is scrambled: `reshape` moves no dimensions."
        mistakes = [
            (image.reshape(channels, height, width), scrambled),
            (image.permute(2, 1, 0), "it lies on its side: height and width are swapped."),
        ]
        words = (
            "the shape is right, the numbers are not: what stood at [y, x, c] should stand at "
            "[c, y, x]."
        )
        assert_close(result, image.permute(2, 0, 1), words, mistakes=mistakes)


@exercise(
    "A comparison makes a mask, and a mask used as an index picks elements.",
    "`x[x > 0]` holds the positive ones; take their mean.",
    solution="""
    def positive_mean(x):
        return x[x > 0].mean()
    """,
)
def positive_mean(answer):
    """The mean of the positive elements of a tensor; the others do not count."""
    for seed, shape in enumerate([(6,), (3, 4), (2, 3, 4), (10,)]):
        x = draws(*shape, seed=seed)
        x.view(-1)[:5] = torch.tensor([-1.5, 2.5, 0.7, 0.0, 0.2])
        result = as_tensor(answer(x.clone()))
        positive = x[x > 0]
        zeros = "you made zeros of the others, and they still count: divide by the positive ones."
        mistakes = [
            (x.clamp(min=0).mean(), zeros),
            ((x > 0).float().mean(), "that is the share of positive ones: pick them by the mask."),
            (x.mean(), "that is the mean of all of them."),
            (x.abs().mean(), "`abs` makes negative elements positive."),
            (x[x >= 0].mean(), "0 is not positive: use `>`, not `>=`."),
            (positive.sum(), "that is their sum."),
            (positive.median(), "that is their median."),
            (positive, "those are the elements: take their mean."),
        ]
        words = f"{positive.mean():.3f} is the mean of the positive ones, and yours is another."
        assert_close(result, positive.mean(), words, mistakes=mistakes)


@exercise(
    "A (3, 1) minus a (3,) is (3, 3). Which of the two should change its shape?",
    "`predictions.squeeze(1)` takes the 1 away; then subtract, square and average.",
    solution="""
    def mean_squared_error(predictions, targets):
        return ((predictions.squeeze(1) - targets) ** 2).mean()
    """,
)
def mean_squared_error(answer):
    """One number: the mean of (prediction − target)², predictions (N, 1) and targets (N,)."""
    for seed, count in enumerate([3, 5, 8, 1]):
        predictions, targets = draws(count, 1, seed=seed) * 2, draws(count, seed=seed + 10) + 1
        result = as_tensor(answer(predictions.clone(), targets.clone()))
        differences = predictions.squeeze(1) - targets
        mean = (differences**2).mean()
        every_pair = (
            "you averaged over every prediction minus every target, "
            f"{count * count} differences instead of {count}."
        )
        mistakes = [
            (((predictions - targets) ** 2).mean(), every_pair),
            ((differences**2).sum(), "that is the sum of the squares: take their mean."),
            (mean.sqrt(), "that is the root of it: leave the root out."),
            (differences.abs().mean(), "that is the mean distance: square the differences."),
            (differences.mean(), "differences of both signs cancel: square them first."),
            (differences.mean() ** 2, "you squared the mean: square first, then average."),
            (differences.norm(), "that is the length of the differences: a root, and no mean."),
            (differences.abs().max(), "that is the largest difference: average the squares."),
            (mean / 2, "half of it: there is no ½ in the mean squared difference."),
            (differences**2, "those are the squares, one for each: take their mean."),
        ]
        words = f"{mean:.3f} is the mean of the squared differences, and yours is another."
        assert_close(result, mean, words, mistakes=mistakes)


@exercise(
    "`@` lets rows meet columns. Here rows are to meet rows: swap rows and columns of one of them.",
    "`x.transpose(1, 2)` does that in every table, and `@` multiplies table by table.",
    solution="""
    def dot_products(x):
        return x @ x.transpose(1, 2)
    """,
)
def dot_products(answer):
    """Every row times every row of its own table, added up: (batch, n, k) to (batch, n, n)."""
    for seed, (batch, n, k) in enumerate([(3, 2, 4), (2, 3, 3), (1, 4, 2), (5, 1, 3)]):
        x = draws(batch, n, k, seed=seed + 20)
        result = as_tensor(answer(x.clone()))
        expected = x @ x.transpose(1, 2)
        rows = x.reshape(batch * n, k)
        scrambled = (
            "the shape is right, and rows were mixed up: `reshape` and `view` keep the order of "
            "reading, `transpose` makes columns of rows."
        )
        mistakes = [
            (x @ x.reshape(batch, k, n), scrambled),
            (x.transpose(1, 2) @ x, "there every column meets every column: swap the two."),
            (expected.diagonal(dim1=1, dim2=2), "each row has met only itself."),
            (x * x, "`*` lets each element meet its counterpart: use `@`."),
            (rows @ rows.T, "rows have met those of other tables: keep the tables apart."),
            (expected.sum(dim=0), "you added up the tables: keep one result for each."),
            (expected / k, "they are added up; you divided by their number."),
        ]
        words = "the shape is right, and some of the products are not."
        assert_close(result, expected, words, mistakes=mistakes)


@exercise(
    "Print what the two names hold. Which number does `std_mean` give first?",
    "And `-=` writes into the tensor that was handed over: `x - mean` makes a new one.",
    solution="""
    def standardize(x):
        std, mean = torch.std_mean(x)
        return (x - mean) / std
    """,
)
def standardize(answer):
    """Debug: shift and scale a tensor to mean 0 and standard deviation 1; the one given stays."""
    for seed, shape in enumerate([(50,), (4, 5), (3, 2, 4)]):
        x = draws(*shape, seed=seed) * (seed + 2) + 5 - 8 * seed
        given = x.clone()
        result = as_tensor(answer(x))
        std, mean = torch.std_mean(given)
        if is_close(result, (given - std) / mean):
            assert not torch.equal(x, given), (
                "the tensor that was handed over stays now; but which of the two numbers does "
                "`std_mean` give first?"
            )
            raise UnansweredError(
                f"a mean of 0 is wanted and is {result.mean():.2f}; a standard deviation of 1 is "
                f"wanted and is {result.std():.2f}."
            )
        assert_shape(result, shape)
        assert not is_close(result, given - mean), "the mean is 0; now divide by the deviation."
        assert not is_close(result, given / std), (
            "the standard deviation is 1; the mean is still to go."
        )
        assert not is_close(result, (given - mean) / std**2), (
            "divide by std itself, not its square."
        )
        assert not is_close(result, given - mean / std), "subtract first: it needs parentheses."
        exact = (given - mean) / std
        plain = (given - mean) / given.std(correction=0)
        if not is_close(result, exact) and not is_close(result, plain):
            _judge_standardized(result.double(), given.double())
        assert torch.equal(x, given), (
            "the numbers are right, and the tensor that was handed over has changed: `-=` and `/=` "
            "work in place."
        )


def _judge_standardized(result, given):
    """Name what is wrong with a result that is not the tensor given, shifted and scaled."""
    for correction in (0, 1):
        columns = given.std(0, correction=correction)
        assert given.ndim == 1 or not is_close(result, (given - given.mean(0)) / columns), (
            "each column was treated by itself: one mean and one deviation for the whole tensor."
        )
        plain = (given - given.mean()) / given.std(correction=correction)
        assert not is_close(result, -plain), "the sign is wrong: subtract the mean from `x`."
    mean, std = result.mean().item(), result.std().item()
    assert abs(mean) > 0.005 or abs(std - 1) > 0.005, (
        "the mean is 0 and the standard deviation 1; but these are not the numbers of `x`, each "
        "shifted and scaled alike."
    )
    raise AssertionError(
        f"the mean should be 0 and is {mean:.2f}; the standard deviation should be 1 and is "
        f"{std:.2f}."
    )


@exercise(
    "A column and a row of `torch.linspace(-1, 1, 65)`: squared and added, they are a distance.",
    "`1 - (column**2 + row**2)` is 1 in the middle; `clamp(min=0)` keeps it from going below 0.",
    solution="""
    side = torch.linspace(-1, 1, 65)
    spot = (1 - (side.unsqueeze(1) ** 2 + side**2)).clamp(min=0)
    """,
)
def spot(answer):
    """Open: paint a spot of light, (65, 65), by broadcasting a column and a row of numbers."""
    picture = as_tensor(answer)
    assert_shape(picture, (65, 65))
    picture = picture.double()
    assert picture.isfinite().all(), "some of the numbers are not finite."
    assert picture.min() >= -1e-6, f"the darkest should not be below 0, and is {picture.min():.2f}."
    assert picture.max() <= 1 + 1e-6, f"the brightest should be 1 at most, not {picture.max():.2f}."
    middle, border = picture[32, 32], picture[[0, 0, -1, -1], [0, -1, 0, -1]]
    assert middle == picture.max(), "the middle should be the brightest place."
    assert middle > 0.5, f"the middle should be bright, above 0.5, and is {middle:.2f}."
    assert border.max() < 0.1, f"the corners should be darker than 0.1; one is {border.max():.2f}."
    sides = picture[[0, -1, 32, 32], [32, 32, 0, -1]]
    assert sides.max() < middle, (
        "a stripe: the light should fall off in both directions, along rows and along columns."
    )
    for ray in (
        picture[32, 32:],
        picture[32, :33].flip(0),
        picture[32:, 32],
        picture[:33, 32].flip(0),
    ):
        assert ray.diff().max() < 1e-6, (
            "on the way from the middle to a side it gets brighter again: the light should fade."
        )
    assert picture.unique().numel() > 10, "light and dark only: let the light fall off gradually."
    return (
        f"The mean brightness of your spot is {picture.mean():.2f}. Look at it: "
        '`show(show_images(spot.expand(1, 3, 65, 65)), "My spot of light.")`.'
    )
