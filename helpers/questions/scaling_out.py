"""Exercises of lesson 12: scaling out."""

import itertools
import math

import torch

from helpers.exercises import UnansweredError, exercise
from helpers.questions.tools import as_number, as_tensor, assert_shape, draws, is_close


@exercise(
    "The optimizer should see the same whole batch as before.",
    "64 images are dealt out to 4 processes.",
    solution="part = 16",
)
def part(answer):
    """Predict how many images each of 4 processes takes of a whole batch of 64."""
    value = as_number(answer)
    assert value != 256, "256 would be a whole batch of 1,024, and would need another rate."
    assert value != 64, "with 64 for each of them, the whole batch would be 256."
    assert value != 4, "4 is the number of processes: how many images are left for each?"
    assert value not in (0.25, 25), "that is the share: how many images are they?"
    assert value != 60, "the images are dealt out: divide by the number of processes."
    assert value == 16, f"4 parts of {value:g} do not make 64."


@exercise(
    "Perfect scaling would make 8 processes 8 times as fast.",
    "Divide the speed-up you have by the speed-up you hoped for.",
    solution="efficiency = 6 / 8",
)
def efficiency(answer):
    """Predict the efficiency of 8 processes that are together 6 times as fast as one."""
    value = as_number(answer)
    assert value != 6, "6 is the speed-up: divide it by the number of processes."
    assert not is_close(value, 75), "75 percent it is: write it as a fraction, 0.75."
    assert abs(value - 8 / 6) > 0.01, "the other way round: efficiency is 1 at most."
    assert abs(value - 1 / 8) > 0.001, "that would be no gain at all: 6 times as fast, not once."
    assert abs(value - 1 / 6) > 0.01, "divide 6 by the number of processes, not 1 by 6."
    assert not is_close(value, 0.25), "that is what is lost: efficiency is what is left."
    assert value not in (48, 2), "divide the speed-up by the number of processes."
    assert is_close(value, 0.75), f"6 times as fast with 8 processes is not {value:g}."


@exercise(
    "The process of rank 0 takes the first, the next one the second, and so on in turn.",
    "A slice has a step: `indices[start::step]`.",
    solution="""
    def deal(indices, rank, world):
        return indices[rank::world]
    """,
)
def deal(answer):
    """The indices of one process of `world`: every one in turn, none twice, none left out."""
    for seed, (count, world) in enumerate([(10, 2), (9, 3), (11, 4), (5, 1), (3, 3), (16, 4)]):
        order = torch.randperm(count, generator=torch.Generator().manual_seed(seed)).tolist()
        given, hands = list(order), []
        for rank in range(world):
            hand = answer(given, rank, world)
            assert hand is not None, "your function returned `None`: it needs a `return`."
            assert hasattr(hand, "__iter__"), f"return a list of indices, not {hand!r}."
            hands.append([as_number(index) for index in hand])
        what = f"of {order}, {world} processes got {_listed(hands)}"
        assert given == order, "your function changed the list that the other processes need too."
        dealt = sorted(index for hand in hands for index in hand)
        assert world == 1 or hands[0] != hands[1], (
            "every process got the same images: use the rank."
        )
        places = [[order[i] for i in range(count) if i % world == rank] for rank in range(world)]
        values = [[i for i in sorted(order) if i % world == rank] for rank in range(world)]
        assert [sorted(hand) for hand in hands] != values or hands == places or world == 1, (
            f"{what}: you asked each index whether it is that rank's; what counts is its place in "
            "the list."
        )
        assert dealt == sorted(order), f"{what}: each index should be dealt out once."
        shifted = places[1:] + places[:1]
        assert hands != shifted or world == 1, "ranks begin at 0: rank 0 takes the first index."
        assert [sorted(hand) for hand in hands] != [sorted(hand) for hand in places] or (
            hands == places
        ), "the right indices for each, but in another order: keep that of the list."
        assert hands == places, (
            f"{what}: deal in turn, like cards, the first to rank 0, the next to rank 1."
        )


def _listed(hands):
    return " and ".join(str([int(index) for index in hand]) for hand in hands)


@exercise(
    "A mean over 3 images should count three times as much as one over 1 image.",
    "Multiply each gradient by its size, add up, divide by the sum of the sizes.",
    solution="""
    def combine(gradients, sizes):
        weighted = sum(gradient * size for gradient, size in zip(gradients, sizes))
        return weighted / sum(sizes)
    """,
)
def combine(answer):
    """The gradient of one parameter over a whole batch, from those over parts of unequal sizes."""
    for seed, (shape, sizes) in enumerate(
        [((2,), [3, 1]), ((4, 3), [5, 2, 9]), ((3,), [7, 7, 7, 1]), ((2, 2), [6])]
    ):
        gradients = [draws(*shape, seed=10 * seed + n) + n for n in range(len(sizes))]
        given = [gradient.clone() for gradient in gradients]
        counts = list(sizes)
        result = as_tensor(answer(given, counts))
        what = f"gradients of parts with {sizes} images"
        if len(sizes) > 1:
            weighted = sum(g * n for g, n in zip(gradients, sizes, strict=True))
            backwards = sum(g * n for g, n in zip(gradients, sizes[::-1], strict=True))
            total, plain = sum(sizes), sum(gradients)
            first_two = gradients[0] * sizes[0] + gradients[1] * sizes[1]
            for wrong, words in (
                (
                    plain / len(sizes),
                    "that is the plain mean: a part with more images should weigh more.",
                ),
                (weighted, f"divide by all the images, {total}."),
                (plain, "that is the sum: a gradient of a mean is a mean."),
                (weighted / len(sizes), f"divide by all the images, {total}, not by the parts."),
                (plain / total, "weight each gradient by its images before you divide."),
                (backwards / total, "each gradient belongs to the size at the same place."),
                (
                    sum(g / n for g, n in zip(gradients, sizes, strict=True)) / len(sizes),
                    "each gradient is a mean already: multiply by the size, do not divide.",
                ),
            ):
                assert not is_close(result, wrong), f"{what}: {words}"
            if len(sizes) > 2:
                for wrong in (first_two / total, first_two / sum(sizes[:2])):
                    assert not is_close(result, wrong), (
                        f"{what}: you took the first two parts alone. There may be any number."
                    )
        assert_shape(result, shape)
        expected = sum(g.double() * n for g, n in zip(gradients, sizes, strict=True)) / sum(sizes)
        assert is_close(result, expected), (
            f"{what}: the first number should be {expected.flatten()[0]:.3f}, and is "
            f"{result.flatten()[0]:.3f}."
        )
        assert len(given) == len(gradients), "your function changed the list it was given."
        unchanged = all(torch.equal(a, b) for a, b in zip(given, gradients, strict=True))
        assert unchanged, "your function changed the gradients it was given: `+=` works in place."
        assert counts == sizes, "your function changed the list of sizes it was given."


@exercise(
    "Ask it for ranks 0 and 1 and look for indices in both; then for epochs 0 and 1.",
    "All processes must shuffle alike, so the rank has no place in the seed; and each epoch must "
    "shuffle anew, so the epoch has.",
    solution="""
    def shard(count, rank, world, seed, epoch):
        generator = torch.Generator().manual_seed(seed + epoch)
        order = torch.randperm(count, generator=generator).tolist()
        own = count // world
        return order[rank * own : (rank + 1) * own]
    """,
)
def shard(answer):
    """Debug: one process's indices in an epoch: shuffled anew, equally many for all, none twice."""
    for count, world, seed in ((12, 2, 0), (40, 4, 7), (23, 3, 1729)):
        epochs = []
        for epoch in range(4):
            hands = []
            for rank in range(world):
                hand = answer(count, rank, world, seed, epoch)
                assert hand is not None, "your function returned `None`: it needs a `return`."
                assert hasattr(hand, "__iter__"), f"return indices, not {hand!r}."
                hands.append([int(as_number(index)) for index in hand])
            epochs.append(hands)
        again = [int(index) for index in answer(count, 0, world, seed, 0)]
        hands, what = epochs[0], f"{count} images and {world} processes"
        twice = sum(map(len, hands)) - len({index for hand in hands for index in hand})
        repeated = all(later == hands for later in epochs[1:])
        if twice and repeated and hands == _as_given(count, world, seed):
            raise UnansweredError(
                f"{what}: {twice} images are with two processes or more in the same epoch, and "
                f"{count - len(set(itertools.chain(*hands)))} with none."
            )
        assert again == hands[0], (
            "the same seed, rank and epoch gave other indices: a process that starts again after "
            "a crash must get the same."
        )
        for hands in epochs:
            sizes = {len(hand) for hand in hands}
            assert len(sizes) == 1, (
                f"{what}: the shards have {sorted(sizes)} images. The process with one batch more "
                "would wait for the others for ever."
            )
            dealt = [index for hand in hands for index in hand]
            assert len(set(dealt)) == len(dealt), (
                f"{what}: {len(dealt) - len(set(dealt))} images are in two shards. Do all "
                "processes shuffle alike?"
            )
            assert set(dealt) <= set(range(count)), f"{what}: an index is not below {count}."
            assert len(dealt) == count // world * world, (
                f"{what}: each should get {count // world}, and they get {len(hands[0])}."
            )
        assert not repeated, (
            f"{what}: no image is dealt twice now, and with seed {seed} every epoch has the same "
            "shuffle: where does the epoch come in?"
        )
        own = [sorted(hands[0]) for hands in epochs]
        assert any(one != own[0] for one in own), (
            f"{what}: each process sees the same images in every epoch, only in another order: "
            "shuffle all of them, then deal."
        )
        for hands in epochs:
            pairs = itertools.pairwise(itertools.chain(*hands))
            together = sum(abs(a - b) == 1 for a, b in pairs)
            assert together < 0.6 * count, f"{what}: neighbours stay together. Shuffle the images."
        follows = [set(itertools.pairwise(itertools.chain(*hands))) for hands in epochs]
        assert all(len(a & b) < count / 2 for a, b in itertools.pairwise(follows)), (
            f"{what}: one epoch's order is the last one's, moved on. Shuffle anew in each."
        )
        assert all(a != b for n, a in enumerate(epochs) for b in epochs[:n]), (
            f"{what}: two of four epochs have the same shuffle."
        )
    firsts = {tuple(int(i) for i in answer(30, 0, 2, seed, 0)) for seed in (1, 20, 300)}
    assert len(firsts) == 3, "another seed should shuffle otherwise."


def _as_given(count, world, seed):
    """Deal out as the code does that is to be repaired."""
    own, hands = count // world, []
    for rank in range(world):
        generator = torch.Generator().manual_seed(seed + rank)
        order = torch.randperm(count, generator=generator).tolist()
        hands.append(order[rank * own : (rank + 1) * own])
    return hands


@exercise(
    "Write a function of the interval that gives the wasted share, and try intervals of a minute, "
    "ten minutes, an hour.",
    "Saving wastes `saving / interval` of the time, failures waste `interval / 2 / between`. Where "
    "is the sum smallest? Where the two are equal: `interval ** 2 = 2 * saving * between`.",
    solution="""
    def save_every(saving, between):  # all in seconds
        return (2 * saving * between) ** 0.5
    """,
)
def save_every(answer):
    """Open: how often to save, from what saving takes and how far apart failures are on average."""
    worst = 1.0
    for saving, between in ((30, 18_000), (1, 86_400), (120, 7_200), (5, 600), (0.2, 1e6)):
        interval = as_number(answer(saving, between))
        what = f"saving takes {saving:g} s, a failure comes every {between:g} s"
        assert math.isfinite(interval), f"{what}: the interval is not finite."
        assert interval > 0, f"{what}: the interval should be above 0, and is {interval:g}."
        wasted, best = _wasted(interval, saving, between), (2 * saving / between) ** 0.5
        factor = wasted / best
        if factor > 1.25 and interval < (2 * saving * between) ** 0.5:
            raise AssertionError(
                f"{what}: to save every {interval:.3g} s wastes {wasted:.1%} of the time, nearly "
                f"all of it on saving; {best:.1%} can be reached."
            )
        assert factor <= 1.25, (
            f"{what}: to save every {interval:.3g} s wastes {wasted:.1%} of the time, nearly all "
            f"of it on what is computed again after a failure; {best:.1%} can be reached."
        )
        worst = max(worst, factor)
    return f"You waste at most {worst:.2f} times what is unavoidable."


def _wasted(interval, saving, between):
    """Return the share of the time that goes into saving and into computing again."""
    return saving / interval + interval / 2 / between
