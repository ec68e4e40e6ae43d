"""What does normalising bring, and how does the network do at lesson 05's cats and dogs?

Run it on CIFAR-10: ``python benchmarks/inputs.py [--seeds 3] [--source PATH] [--json FILE]``.
Nothing is timed, so other programs do not disturb it. The last 5,000 training images are held
back and judge; the test images are not used.
"""

import argparse

import torch
from report import figure, report
from torch import nn
from torch.utils.data import DataLoader

from helpers.data import CIFAR10, InMemoryImages, normalize, whole_batch
from helpers.models import Net
from helpers.training import evaluate

HELD_BACK = 45_000  # the first of them
STEPS, BATCH, RATES = 600, 32, (0.001, 0.003, 0.01, 0.03, 0.1)  # of the short trainings
INPUTS = {
    "0 to 255": torch.Tensor.float,
    "0 to 1": lambda pixels: pixels.float() / 255,
    "normalised": normalize,
}
CAT, DOG, SHOWN = 3, 5, 8


def train(data, transform, seed, rate, batch_size, steps):
    """Train Net for some steps on the images not held back (nn.Module)."""
    torch.manual_seed(seed)
    images = InMemoryImages(data.images[:HELD_BACK], data.labels[:HELD_BACK], transform)
    loader = DataLoader(images, batch_size, shuffle=True, collate_fn=whole_batch)
    net, criterion = Net(), nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(net.parameters(), lr=rate, momentum=0.9)
    done = 0
    while done < steps:
        for inputs, labels in loader:
            optimizer.zero_grad()
            criterion(net(inputs), labels).backward()
            optimizer.step()
            done += 1
            if done == steps:
                break
    return net.eval()


def held_back(data, transform):
    """Return the loader of the images held back."""
    images = InMemoryImages(data.images[HELD_BACK:], data.labels[HELD_BACK:], transform)
    return DataLoader(images, 500, collate_fn=whole_batch)


def compare_inputs(data, seeds):
    """Judge short trainings on three kinds of numbers, at each one's best rate (list of dict)."""
    figures = []
    for name, transform in INPUTS.items():
        found = {}
        for rate in RATES:
            nets = [train(data, transform, seed, rate, BATCH, STEPS) for seed in seeds]
            loader = held_back(data, transform)
            found[rate] = [100 * evaluate(net, loader, nn.CrossEntropyLoss())[1] for net in nets]
            print(f"{name}, rate {rate}: {found[rate]}", flush=True)
        best = max(found, key=lambda rate: sum(found[rate]))
        words = f"pixels {name}" if name[0].isdigit() else name
        figures.append(figure(f"{words}, rate 0.01, accuracy", found[0.01], "%"))
        figures.append(figure(f"{words}, best rate ({best}), accuracy", found[best], "%"))
    return figures


def guess_cats_and_dogs(data, seeds, epochs):
    """Train as lesson 06 does, and let the network choose between cat and dog (list of dict)."""
    labels = data.labels[HELD_BACK:]
    animals = torch.nonzero((labels == CAT) | (labels == DOG)).flatten()
    torch.manual_seed(1729)  # the eight that lesson 05 shows
    shown = animals[torch.randperm(len(animals))[:SHOWN]]
    of_shown, of_all = [], []
    for seed in seeds:
        net = train(data, normalize, seed, 0.001, 4, epochs * HELD_BACK // 4)
        with torch.no_grad():
            logits = net(normalize(data.images[HELD_BACK:]))
        right = (logits[:, DOG] > logits[:, CAT]) == (labels == DOG)
        of_shown.append(right[shown].sum().item())
        of_all.append(100 * right[animals].float().mean().item())
        print(seed, right[shown].tolist(), of_all[-1], flush=True)
    return [
        figure(f"lesson 05's {SHOWN} cats and dogs, right", of_shown),
        figure(f"all {len(animals)} cats and dogs held back, right", of_all, "%"),
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=2, help="for cats and dogs, as in lesson 06")
    parser.add_argument("--source", help="as for CIFAR10; default: what it finds")
    parser.add_argument("--json", metavar="FILE", help="write the figures here too")
    options = parser.parse_args()
    torch.set_num_threads(1)
    data = CIFAR10(source=options.source)
    seeds = range(options.seeds)
    figures = compare_inputs(data, seeds)
    figures += guess_cats_and_dogs(data, seeds, options.epochs)
    measured = f"{STEPS} batches of {BATCH} on {data.source}"
    report(f"Inputs: {measured}", figures, options.json)


if __name__ == "__main__":
    main()
