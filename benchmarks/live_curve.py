"""What does the live loss curve cost lesson 06's training loop, and how often does it move?

Run it with ``python benchmarks/live_curve.py [--steps 25000] [--repeats 3] [--json FILE]``.
The difference of two loops is lost in the noise of a machine, so the time spent inside
``LossCurve`` is measured directly, first and last drawing included, and divided by the loop's.
Drawings of the same points are one picture.
"""

import argparse
import contextlib
import io
import time
from itertools import chain, islice, repeat

import torch
from report import figure, report
from torch import nn
from torch.utils.data import DataLoader

from helpers import CIFAR10, InMemoryImages, LossCurve, Net, whole_batch


class TimedCurve(LossCurve):
    """A loss curve that adds up the seconds it takes, and counts its pictures."""

    seconds = 0.0

    def __init__(self, *arguments, **settings):
        super().__init__(*arguments, **settings)
        self.drawn = set()  # by the number of their points: the same ones make the same picture

    def _draw(self, words):
        start = time.perf_counter()
        super()._draw(words)
        self.seconds += time.perf_counter() - start
        self.drawn.add(sum(map(len, self.history.values())))


def train(loader, steps, log_every):
    """Run the loop of lesson 06; return the curve's part of its time, and its pictures."""
    torch.manual_seed(1729)
    net, criterion = Net(), nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.001, momentum=0.9)
    start = time.perf_counter()
    live = TimedCurve("The mean loss.", steps=steps)
    with contextlib.redirect_stdout(io.StringIO()), live as curve:
        batches = islice(chain.from_iterable(repeat(loader)), steps)
        for step, (inputs, labels) in enumerate(batches, 1):
            optimizer.zero_grad()
            loss = criterion(net(inputs), labels)
            loss.backward()
            optimizer.step()
            if step % log_every == 0:
                curve.add("training", step, loss.item())
    return curve.seconds / (time.perf_counter() - start), len(curve.drawn)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--steps", type=int, default=25_000)
    parser.add_argument("--log-every", type=int, default=2_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--json", metavar="FILE", help="write the figures here too")
    arguments = parser.parse_args()
    drawn = CIFAR10(train=True, source="drawn")
    images = InMemoryImages(drawn.images, drawn.labels)
    loader = DataLoader(images, batch_size=4, shuffle=True, collate_fn=whole_batch)
    torch.set_num_threads(1)  # as the lesson does
    runs = [train(loader, arguments.steps, arguments.log_every) for _ in range(arguments.repeats)]
    parts, pictures = zip(*runs, strict=True)
    points = arguments.steps // arguments.log_every
    title = f"Live curve: {arguments.steps:,} steps, a point every {arguments.log_every}"
    percent = [100 * part for part in parts]
    cost = figure("the curve's part of the loop's time", percent, "%", "at most 2.5 %")
    moves = figure(f"different pictures of {points} points", pictures, "", "at least 8")
    report(title, [cost, moves], arguments.json)


if __name__ == "__main__":
    main()
