"""How fast does the DataLoader of lesson 06 feed its training loop?

Run it alone on a quiet machine: ``python benchmarks/loader.py [--source PATH] [--json FILE]``.
All feeds train one network, in turns of some steps, in one process. Batches of 4 from memory are
computed on one thread, as lesson 06 does; everything else on PyTorch's own number of threads, as
the published recipe does. A ratio is taken in each round: steps per second of one feed, divided by
those of another.
"""

import argparse
import time
from itertools import chain, islice, repeat

import torch
from report import figure, report
from torch import nn
from torch.utils.data import DataLoader
from torchvision.transforms import Compose, Normalize, ToTensor

from helpers.data import CIFAR10, MEAN, STD, InMemoryImages, whole_batch
from helpers.models import Net

STEPS = {4: 200, 128: 24}  # of each feed in a round, for each batch size
STORE = 4  # batches that two workers prepare ahead while other feeds are measured, then rest
GOALS = {
    (4, "model alone"): "0.95 or more",
    (4, "per image, 0 workers"): "2 or more",
    (4, "per image, 2 workers"): "4 or more",
}


def make_step():
    """Build the network and its optimizer; return one training step."""
    torch.manual_seed(1729)
    net = Net()
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.001, momentum=0.9)

    def step(inputs, labels):
        optimizer.zero_grad()
        loss = criterion(net(inputs), labels)
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def make_feeds(train, per_image, batch_size):
    """Return endless iterators over batches, by name."""
    ours = InMemoryImages(train.images, train.labels)
    shuffled = {"batch_size": batch_size, "shuffle": True}
    loaders = {
        "our loader": DataLoader(ours, collate_fn=whole_batch, **shuffled),
        "per image, 0 workers": DataLoader(per_image, **shuffled),
        "per image, 2 workers": DataLoader(per_image, num_workers=2, **shuffled),
    }
    feeds = {name: chain.from_iterable(repeat(loader)) for name, loader in loaders.items()}
    feeds["model alone"] = repeat(next(iter(loaders["our loader"])))
    return feeds


def measure(step, feed, steps):
    """Return steps per second, loading included, once what workers had in store is used up."""
    for inputs, labels in islice(feed, STORE):
        step(inputs, labels)
    start = time.perf_counter()
    for inputs, labels in islice(feed, steps):
        step(inputs, labels)
    return steps / (time.perf_counter() - start)


def run(feeds, rounds, batch_size):
    """Let the feeds take turns; return each one's rates."""
    step, steps, threads = make_step(), STEPS[batch_size], torch.get_num_threads()
    for feed in feeds.values():
        measure(step, feed, steps // 2)  # warm up, and start the worker processes
    rates = {name: [] for name in feeds}
    for _ in range(rounds):
        for name, feed in feeds.items():
            as_published = batch_size > 4 or name.startswith("per image")
            torch.set_num_threads(threads if as_published else 1)
            rates[name].append(measure(step, feed, steps))
    torch.set_num_threads(threads)
    return rates


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--source", help="as for CIFAR10; default: what it finds")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--json", metavar="FILE", help="write the figures here too")
    options = parser.parse_args()
    train = CIFAR10(source=options.source)
    transform = Compose([ToTensor(), Normalize(MEAN, STD)])
    per_image = CIFAR10(transform=transform, source=options.source)

    figures = []
    for batch_size in STEPS:
        rates = run(make_feeds(train, per_image, batch_size), options.rounds, batch_size)
        ours = rates.pop("our loader")
        figures.append(figure(f"our loader, batch size {batch_size}", ours, "steps/s"))
        for name, others in rates.items():
            ratios = [a / b for a, b in zip(ours, others, strict=True)]
            goal = GOALS.get((batch_size, name), "")
            figures.append(
                figure(f"our loader / {name}, batch size {batch_size}", ratios, "×", goal)
            )
    report(f"Loop: {train.source}", figures, options.json)


if __name__ == "__main__":
    main()
