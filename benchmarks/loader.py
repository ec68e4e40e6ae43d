"""How fast does the DataLoader of lesson 06 feed the seed's training loop?

Run it alone on a quiet machine: ``python benchmarks/loader.py [--source PATH] [--json FILE]``.
All feeds train one network, in turns of some hundred steps, in one process.
A ratio is the median over the rounds of (steps per second of one feed / of another).
"""

import argparse
import json
import platform
import statistics
import time
from itertools import chain, islice, repeat

import torch
import torchvision
from torch import nn
from torch.utils.data import DataLoader
from torchvision.transforms import Compose, Normalize, ToTensor

from helpers.data import CIFAR10, MEAN, STD, InMemoryImages, whole_batch

PAIRS = {
    "our loader / model alone": ("our loader", "model alone", 0.9),
    "our loader / per image, 0 workers": ("our loader", "per image, 0 workers", 1.5),
    "our loader / per image, 2 workers": ("our loader", "per image, 2 workers", 1.5),
}


def make_step():
    """Build the seed's network and optimizer; return one training step."""
    torch.manual_seed(1729)
    net = nn.Sequential(
        *(nn.Conv2d(3, 6, 5), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Linear(400, 120), nn.ReLU()),
        *(nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)),
    )
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.001, momentum=0.9)

    def step(inputs, labels):
        optimizer.zero_grad()
        loss = criterion(net(inputs), labels)
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def make_feeds(source):
    """Return endless iterators over batches of four, by name."""
    train = CIFAR10(source=source)
    ours = InMemoryImages(train.images, train.labels)
    per_image = CIFAR10(transform=Compose([ToTensor(), Normalize(MEAN, STD)]), source=source)
    shuffled = {"batch_size": 4, "shuffle": True}
    loaders = {
        "our loader": DataLoader(ours, collate_fn=whole_batch, **shuffled),
        "per image, 0 workers": DataLoader(per_image, **shuffled),
        "per image, 2 workers": DataLoader(per_image, num_workers=2, **shuffled),
    }
    feeds = {name: chain.from_iterable(repeat(loader)) for name, loader in loaders.items()}
    feeds["model alone"] = repeat(next(iter(loaders["our loader"])))
    return train.source, feeds


def measure(step, feed, steps):
    """Return steps per second, loading included."""
    start = time.perf_counter()
    for inputs, labels in islice(feed, steps):
        step(inputs, labels)
    return steps / (time.perf_counter() - start)


def run(source, rounds, steps):
    """Let the feeds take turns; return where the images came from, and each feed's rates."""
    source, feeds = make_feeds(source)
    step = make_step()
    for feed in feeds.values():
        measure(step, feed, 100)  # warm up, and start the worker processes
    rates = {name: [] for name in feeds}
    for _ in range(rounds):
        for name, feed in feeds.items():  # workers fill their queue of four batches, then rest
            rates[name].append(measure(step, feed, steps))
    return source, rates


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", help="as for CIFAR10; default: what it finds")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--steps", type=int, default=200, help="steps of each feed in a round")
    parser.add_argument("--json", metavar="FILE", help="also write the figures there")
    options = parser.parse_args()
    source, rates = run(options.source, options.rounds, options.steps)

    report = {
        "machine": f"{platform.machine()}, {platform.system()}, {torch.get_num_threads()} threads, "
        f"{torch.backends.cpu.get_cpu_capability()}",
        "versions": f"python {platform.python_version()}, torch {torch.__version__}, "
        f"torchvision {torchvision.__version__}",
        "source": str(source),
        "steps per second": {name: statistics.median(values) for name, values in rates.items()},
        "ratios": {},
    }
    for title, (fast, slow, least) in PAIRS.items():
        ratios = [a / b for a, b in zip(rates[fast], rates[slow], strict=True)]
        low, middle, high = statistics.quantiles(ratios, n=4)
        report["ratios"][title] = {"median": middle, "quartiles": [low, high], "wanted": least}

    for name in ("machine", "versions", "source"):
        print(f"{name}: {report[name]}")
    for name, rate in report["steps per second"].items():
        print(f"{name:34} {rate:6.0f} steps/s")
    for title, ratio in report["ratios"].items():
        low, high = ratio["quartiles"]
        print(
            f"{title:34} {ratio['median']:6.2f} (quartiles {low:.2f} to {high:.2f}; "
            f"wanted: {ratio['wanted']} or more)"
        )
    if options.json:
        with open(options.json, "w") as file:
            json.dump(report, file, indent=2)


if __name__ == "__main__":
    main()
