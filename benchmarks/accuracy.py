"""How soon is lesson 08 as good as the published recipe, and how good in its time?

Run it alone, on CIFAR-10: ``python benchmarks/accuracy.py [--seeds 5] [--json FILE]``. For each
seed the recipes take turns on all training images, in one process, with PyTorch's own number of
threads unless a name says otherwise. The clock counts everything but the evaluation on the test
images. Each training adds a line to ``results/accuracy.jsonl``; the same command again goes on
where it stopped. ``choose.py`` has chosen the settings, without the test images.
"""

import argparse
import time
from pathlib import Path

import torch
from choose import FOURTEEN, NINE, accuracy, fast_dtype, recipe, train_best, train_soon
from report import figure, keep, kept, report
from torch import nn
from torch.utils.data import DataLoader
from torchvision.transforms import Compose, Normalize, ToTensor

from helpers.data import CIFAR10, MEAN, STD, InMemoryImages, whole_batch
from helpers.models import Net
from helpers.training import train_epoch

LOG = Path(__file__).parent / "results" / "accuracy.jsonl"
WORKERS, NONE = "published recipe, 2 workers", "published recipe, no workers"
THREAD = "from memory, one thread"
SOON, SHORT, LONG = "55 %, soonest", "best, shorter", "best, longer"
SIZES = {SHORT: NINE, LONG: FOURTEEN}  # as many as there is time for


def train_as_published(loader, threads, epochs=2):
    """Train the network of lesson 06 with the published settings (nn.Module)."""
    before = torch.get_num_threads()
    torch.set_num_threads(threads or before)
    net = Net()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.001, momentum=0.9)
    for _ in range(epochs):
        train_epoch(net, loader, nn.CrossEntropyLoss(), optimizer)
    torch.set_num_threads(before)
    return net


def recipes(source):
    """Return what trains, by name; each gives a network."""
    data, of_one = CIFAR10(source=source), Compose([ToTensor(), Normalize(MEAN, STD)])
    per_image = CIFAR10(source=source, transform=of_one)
    memory = InMemoryImages(data.images, data.labels)
    few = data.images[:7500], data.labels[:7500]
    everything = data.images, data.labels

    def loader(dataset, **more):
        return DataLoader(dataset, 4, shuffle=True, **more)

    return {
        WORKERS: lambda: train_as_published(loader(per_image, num_workers=2), None),
        SOON: lambda: train_soon(*few),
        NONE: lambda: train_as_published(loader(per_image), None),
        SHORT: lambda: train_best(*everything, sizes=SIZES[SHORT]),
        LONG: lambda: train_best(*everything, sizes=SIZES[LONG]),
        THREAD: lambda: train_as_published(loader(memory, collate_fn=whole_batch), 1),
    }


def judge(name, net, test):
    """Return the accuracy on the test images, as the recipe wants to be asked (float, per cent)."""
    if name == SOON:
        return accuracy(net, recipe.shrink(test.images, 24), test.labels)
    return accuracy(
        recipe.SixViews(net) if name in (SHORT, LONG) else net, test.images, test.labels
    )


def figures(found):
    """Compare what was measured within each seed (list of dict)."""
    parts = {(one["part"], one["seed"]): one for one in found}
    seeds = [seed for part, seed in parts if part == THREAD]  # the last part of a round

    def column(part, what):
        return [parts[part, seed][what] for seed in seeds]

    def times(one, other):
        pairs = zip(column(one, "seconds"), column(other, "seconds"), strict=True)
        return [a / b for a, b in pairs]

    return [
        figure(f"{part}, {what}", column(part, what), unit)
        for part in (WORKERS, NONE, THREAD, SOON, SHORT, LONG)
        for what, unit in (("seconds", "s"), ("accuracy", "%"))
    ] + [
        figure(f"{WORKERS} / {SOON}", times(WORKERS, SOON), "×", "80 or more"),
        figure(f"{NONE} / {SOON}", times(NONE, SOON), "×", "50 or more"),
        figure(f"{WORKERS} / {LONG}", times(WORKERS, LONG), "×", "1 or more, at 84.5 % or more"),
        figure(f"{NONE} / {SHORT}", times(NONE, SHORT), "×", "1 or more, at 82.5 % or more"),
        figure(f"{WORKERS} / {THREAD}", times(WORKERS, THREAD), "×", "4 or more"),
        figure(f"{NONE} / {THREAD}", times(NONE, THREAD), "×", "2 or more"),
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--source", help="as for CIFAR10; default: what it finds")
    parser.add_argument("--log", default=LOG, help="where each training adds its line")
    parser.add_argument("--json", metavar="FILE", help="write the figures here too")
    options = parser.parse_args()
    test = CIFAR10(train=False, source=options.source)
    trainings = recipes(options.source)
    trainings[SOON]()  # the first one would pay for what is set up once in a process
    done = {(one["part"], one["seed"]) for one in kept(options.log)}
    for seed in range(options.seeds):
        for name, train in trainings.items():
            if (name, seed) in done:
                continue
            torch.manual_seed(seed)
            begin = time.perf_counter()
            net = train()
            seconds = time.perf_counter() - begin
            about = {"part": name, "seed": seed, "seconds": seconds}
            keep(options.log, about | {"accuracy": judge(name, net, test)})
    passes = f"{len(SIZES[SHORT])} and {len(SIZES[LONG])} passes"
    computed = f"the best computes with {fast_dtype() or torch.float32}, {passes}"
    report(f"Time to accuracy: {test.source}; {computed}", figures(kept(options.log)), options.json)


if __name__ == "__main__":
    main()
