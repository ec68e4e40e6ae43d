"""Exercises of lesson 07: evaluation."""

import torch
from torch import nn

from helpers.exercises import UnansweredError, exercise
from helpers.questions.tools import as_number, as_tensor, assert_close, assert_shape, is_close


@exercise(
    "Which part of the data may you look at as often as you like?",
    "The test part answers one question, once, at the very end.",
    solution='which_part = "validation"',
)
def which_part(answer):
    """Predict which part decides when to stop: "training", "validation" or "test"."""
    assert isinstance(answer, str), 'answer with "training", "validation" or "test".'
    part = answer.strip().lower()
    assert part != "test", (
        "chosen on the test part, the accuracy there is no longer that of unseen images."
    )
    assert part not in ("training", "train"), (
        "the training loss falls on, even while the network gets worse."
    )
    assert part == "validation", 'answer with "training", "validation" or "test".'


@exercise(
    "Find the smallest validation loss first, then its position.",
    "`losses.index(min(losses))`, and epochs are counted from 1.",
    solution="""
    def best_epoch(validation_losses):
        return validation_losses.index(min(validation_losses)) + 1
    """,
)
def best_epoch(answer):
    """The epoch, counted from 1, with the smallest of a list of validation losses."""
    for losses in (
        [1.6, 1.3, 1.2, 1.4, 1.5],
        [1.9, 1.5, 1.6, 1.4, 1.3, 1.2, 1.0, 1.1, 1.2],
        [2.1, 1.8, 1.7, 1.5],
        [0.9, 1.1, 1.4],
        [2.0, 1.2, 1.5, 1.9, 1.6, 1.7],
        [1.8, 1.5, 1.6, 1.7, 1.6, 1.4, 1.9],
        [1.24, 1.22, 1.21, 1.23],
        [1.7],
    ):
        given = list(losses)
        result = answer(given)
        value = as_number(result)
        best = losses.index(min(losses)) + 1
        assert value != min(losses), "that is the smallest loss: return its epoch."
        assert value != best - 1, "positions are counted from 0 and epochs from 1."
        assert given == losses, (
            "your function changed the list: sorted, it no longer says which epoch was which."
        )
        rises = [n for n in range(1, len(losses)) if losses[n] > losses[n - 1]]
        falls = [n for n in range(1, len(losses)) if losses[n] < losses[n - 1]]
        for wrong, words in (
            (
                len(losses),
                f"the last epoch is not the best of {losses}: the loss was smaller before.",
            ),
            (
                rises[0] if rises else 0,
                f"at the first rise it is too early to stop: in {losses} it falls again.",
            ),
            (rises[0] + 1 if rises else 0, "that is the epoch after it had risen already."),
            (falls[-1] + 1 if falls else 0, "the last fall need not lead to the smallest loss."),
            (
                losses.index(max(losses)) + 1,
                "that is the largest loss: of losses, the smallest is the best.",
            ),
        ):
            assert value != wrong or value == best, words
        assert value == best, (
            f"the smallest of {losses} is {min(losses)}, in epoch {best}, and you say {value:g}."
        )


@exercise(
    "The right answers of each class are on the diagonal.",
    "Divide the diagonal by the sums of the rows: all images that truly belong to the class.",
    solution="""
    def recall(matrix):
        return matrix.diagonal() / matrix.sum(dim=1)
    """,
)
def recall(answer):
    """The recall of each class, from a confusion matrix with the true classes in rows."""
    for seed, classes in enumerate((2, 3, 5)):
        matrix = _matrix(classes, seed)
        matrix[0, 1] = matrix[0, 0] + 9  # a class mostly taken for another
        given = matrix.clone()
        result = as_tensor(answer(given))
        right, rows, columns = matrix.diagonal(), matrix.sum(1), matrix.sum(0)
        for wrong, words in (
            (
                right.sum() / rows.sum(),
                "that is the accuracy over all: one number for each class is wanted.",
            ),
            (right, "those are counts: divide them by the sizes of the classes."),
            (
                right / columns,
                "you divided by the sums of the columns: how much to trust an answer, called "
                "precision.",
            ),
            (right / rows.sum(), "you divided by all images: divide each class by its own."),
            (right * 100 / rows, "those are percent: a share from 0 to 1 is wanted."),
            (matrix / rows.unsqueeze(1), "the right answers are on the diagonal alone."),
            (1 - right / rows, "those are the shares that are missed: one minus that."),
            (right / (rows - right), "divide by all of the class, the right answers too."),
            (
                matrix.amax(1) / rows,
                "the largest of a row need not be right: the right answers are on the diagonal.",
            ),
            (rows / rows.sum(), "those are the shares of the classes, whatever the answers."),
            (2 * right / (rows + columns), "that is the F1 score, a mean with the precision."),
        ):
            assert not is_close(result, wrong), words
        assert_shape(result, (classes,))
        assert_close(
            result,
            right / rows,
            f"class 0 is right in {right[0]} of {rows[0]} cases, and you say {result[0]:.3f}.",
        )
        assert torch.equal(given, matrix), "your function changed the matrix it was given."


def _matrix(classes, seed):
    """Draw a confusion matrix whose classes differ in size and in recall."""
    generator = torch.Generator().manual_seed(seed)
    matrix = torch.randint(1, 9, (classes, classes), generator=generator)
    right = torch.randint(10, 60, (classes,), generator=generator)
    return matrix + torch.diag(right)


@exercise(
    "Row = the true class, column = what the network said. Count each pair.",
    "`torch.bincount(labels * classes + predictions, minlength=classes**2)`, then `reshape`.",
    solution="""
    def count_pairs(labels, predictions, classes):
        pairs = labels * classes + predictions
        return torch.bincount(pairs, minlength=classes**2).reshape(classes, classes)
    """,
)
def count_pairs(answer):
    """The confusion matrix (classes, classes): rows are true classes, columns are predictions."""
    cases = [(5, 3, 3), (40, 4, 4), (20, 6, 5), (1, 2, 2), (300, 2, 1)]
    for seed, (count, classes, used) in enumerate(cases):
        generator = torch.Generator().manual_seed(seed)
        labels = torch.randint(0, used, (count,), generator=generator)
        predictions = torch.randint(0, used, (count,), generator=generator)
        if seed == 0:  # one of them right
            predictions[0] = labels[0]
        expected = torch.zeros(classes, classes, dtype=torch.long)
        for label, prediction in zip(labels, predictions, strict=True):
            expected[label, prediction] += 1
        result = as_tensor(answer(labels.clone(), predictions.clone(), classes))
        assert result.numel() != used**2 or used == classes, (
            f"{classes} classes, and the matrix is {tuple(result.shape)}: the last class occurs "
            "nowhere here, and has its row and its column all the same. Use `minlength`."
        )
        assert result.shape != (classes**2,), "the counts are there: reshape them into a matrix."
        assert_shape(result, (classes, classes))
        right = torch.diag(expected.diagonal())
        shares = expected / expected.sum(1, keepdim=True).clamp(min=1)
        for wrong, words in (
            (expected.byte(), "more than 255 equal pairs do not fit into `uint8`."),
            (expected.T, "rows and columns are swapped."),
            (
                expected.clamp(max=1),
                "two equal pairs were counted once: `matrix[labels, predictions] += 1` forgets "
                "repeats.",
            ),
            (expected / count, "those are shares: count the pairs."),
            (shares, "those are shares of each row: count the pairs."),
            (expected - right, "the right answers count too, on the diagonal."),
            (right, "the right answers are there, on the diagonal; the mistakes are missing."),
        ):
            assert is_close(wrong, expected) or not is_close(result, wrong), words
        assert_close(result, expected, f"the pairs counted should be {expected.tolist()}.")


@exercise(
    "After each epoch, print the training loss, the validation loss, and the smallest so far. By "
    "which of them is the best chosen? And what does `state_dict()` give: a copy, or views?",
    "`copy.deepcopy(net.state_dict())` keeps what was; and the loss to compare is `validate(net)`.",
    solution="""
    def train_best(net, train_once, validate, epochs):
        best_loss, best_state = float("inf"), None
        for _ in range(epochs):
            train_once(net)
            loss = validate(net)
            if loss < best_loss:
                best_loss, best_state = loss, copy.deepcopy(net.state_dict())
        net.load_state_dict(best_state)
        return best_loss
    """,
)
def train_best(answer):
    """Debug: train, go back to the epoch with the smallest validation loss, return that loss."""
    for training, validation in (
        ([2.0, 1.5, 1.1, 0.5, 0.8], [1.9, 1.4, 1.2, 1.5, 1.8]),
        ([1.8, 1.6, 1.7, 1.2], [1.6, 1.9, 1.7, 1.8]),
        ([2.2, 2.0, 1.9], [2.1, 2.0, 1.8]),
        ([2.2, 1.1, 1.0, 1.4, 0.9, 0.7], [2.1, 1.3, 1.9, 1.7, 1.1, 1.6]),
    ):
        net = nn.Linear(1, 1)
        net.register_buffer("epoch", torch.zeros(1))  # as batch norm keeps its statistics
        with torch.no_grad():
            net.weight.fill_(0)
        trained, looked = [], []

        def train_once(given, losses=training, trained=trained):
            trained.append(given)
            with torch.no_grad():
                given.weight.fill_(len(trained))  # the parameter is the number of the epoch
                given.epoch.fill_(len(trained))
            return losses[min(len(trained), len(losses)) - 1]

        def validate(given, losses=validation, trained=trained, looked=looked):
            looked.append(len(trained))
            epoch = round(given.weight.item())
            return losses[min(epoch, len(losses)) - 1] if epoch else 2.3

        returned = answer(net, train_once, validate, len(training))
        best, last = validation.index(min(validation)) + 1, len(training)
        epoch = round(net.weight.item())
        lowest = f"the smallest validation loss was {min(validation)}, in epoch {best} of {last}"
        falling = training.index(min(training)) + 1
        if epoch == last != best and returned == validation[-1] == validate(net):
            raise UnansweredError(
                f"{lowest}; the network that you hand back is the last, with {validation[-1]}."
            )
        assert len(trained) == last, f"{last} epochs were asked for, and {len(trained)} trained."
        assert epoch != last or best == last or (falling == last and returned in training), (
            f"{lowest}, and the parameters of the `net` handed over are those of the last: "
            "`state_dict()` gives views, which go on changing. Keep a copy, and load it into `net`."
        )
        assert epoch != best + 1 or 0 not in looked, (
            f"{lowest}; you look at the validation loss before the epoch, and keep what is there "
            "after it."
        )
        assert epoch != falling or falling == best, (
            f"{lowest}; you went back to epoch {epoch}, whose *training* loss was the smallest."
        )
        worst = validation.index(max(validation)) + 1
        assert epoch != worst or worst == best, (
            f"{lowest}; you went back to that with the largest: compare with `<`."
        )
        assert epoch == best, f"{lowest}; the parameters are those of epoch {epoch}."
        assert net.epoch.item() == best, (
            "the parameters are right; but what batch norm keeps is of another epoch: "
            "`state_dict()` has both."
        )
        value = as_number(returned)
        assert not is_close(value, training[best - 1]), (
            "the parameters are right; the loss returned is that of the training part."
        )
        assert best == last or not is_close(value, validation[-1]), (
            "the parameters are right; the loss returned is that of the last epoch."
        )
        assert is_close(value, min(validation)), (
            f"the parameters are right; return the validation loss, {min(validation)}."
        )


@exercise(
    "Where is the network worst? Recall says which class it misses; precision, which of its "
    "answers not to trust. Compute one of them for each class.",
    "`(matrix.diagonal() / matrix.sum(dim=1)).argmin()` is the class with the lowest recall.",
    solution="""
    def photograph_next(matrix):
        recall = matrix.diagonal() / matrix.sum(dim=1)
        return recall.argmin().item()
    """,
)
def photograph_next(answer):
    """Open: from a confusion matrix, the class to photograph next, by a measure of your own."""
    for seed, classes in enumerate((3, 10, 5, 8)):
        matrix = _of_a_hard_class(classes, seed)
        given = matrix.clone()
        result = answer(given)
        assert torch.equal(given, matrix), "your function changed the matrix it was given."
        value = as_tensor(result)
        assert value.numel() == 1, (
            f"one class is wanted, and this has the shape {tuple(value.shape)}: choose with "
            "`argmin` or `argmax`."
        )
        value = as_number(result)
        assert value == int(value), (
            f"{value:g} is a share: return the number of the class, its position."
        )
        assert 0 <= value < classes, (
            f"there are {classes} classes, and you say {value:g}: of a matrix, `argmax` counts all "
            "cells, row by row."
        )
        chosen = int(value)
        right = matrix.diagonal()
        recalls, precisions = right / matrix.sum(1), right / matrix.sum(0)
        missed = matrix.sum(1) - right
        assert chosen != recalls.argmax(), (
            f"class {chosen} has the highest recall of all, {recalls[chosen]:.0%}: it needs new "
            "photographs least."
        )
        worse = (recalls < recalls[chosen]) & (precisions < precisions[chosen])
        worse &= missed > missed[chosen]
        assert not worse.any(), (
            f"you say class {chosen}: recall {recalls[chosen]:.0%}, precision "
            f"{precisions[chosen]:.0%}, {missed[chosen]} missed. Class {worse.long().argmax()} is "
            "worse in all three."
        )
    return "Now ask it about the matrix of this lesson. Would other images of that class help?"


def _of_a_hard_class(classes, seed):
    """Make a confusion matrix with a hard class, a rare one and a large one, at any place."""
    matrix = _matrix(classes, 10 + seed)
    matrix[0] += 30
    matrix[:, 0] += 10
    matrix[0, 0] = 20  # hard: most of it is missed
    matrix[1], matrix[:, 1], matrix[1, 1] = 0, 0, 6  # rare: few right answers, and no mistake
    matrix[1, 0] = 1
    matrix[2, 2] += 400  # large and well known
    places = torch.randperm(classes, generator=torch.Generator().manual_seed(seed + 2))
    return matrix[places][:, places]
