"""Which ideas help lesson 08's soonest and its best recipe, and with which settings?

Run it on CIFAR-10: ``python benchmarks/choose.py [--seeds 2] [--source PATH] [--json FILE]``.
Nothing is timed, so other programs do not disturb it. Every training uses the first 45,000
training images and is judged by the last 5,000; the test images are not used. Each training adds
a line to ``results/choose.jsonl``; the same command again goes on where it stopped.
"""

import argparse
from pathlib import Path
from unittest import mock

import torch
from report import figure, keep, kept, report
from torch import nn
from torch.utils.data import DataLoader

from helpers import recipe
from helpers.data import CIFAR10, InMemoryImages, normalize, whole_batch
from helpers.models import SixViews, block, fast_net, quick_net, whitening
from helpers.training import evaluate, one_cycle_sgd, train_epoch

LOG = Path(__file__).parent / "results" / "choose.jsonl"
HELD_BACK = 45_000  # the first of them
SOON = {  # of the recipe that is to reach 55 % soonest
    "as in lesson 08": {},
    "first convolution learned": {"white": False},
    "32 pixels instead of 24": {"size": 32},
    "batches of 64": {"batch": 64},
    "rate 0.04": {"rate": 0.04},
    "rate 0.16": {"rate": 0.16},
    "5,000 images": {"images": 5_000},
    "10,000 images": {"images": 10_000},
}
NONE = {"white": False, "alternate": False, "smoothing": 0.0, "easy": 0.0}
SEVEN, NINE = [24] * 4 + [32] * 3, [24] * 5 + [32] * 4  # nine of which seven skip the easiest
FOURTEEN = [24] * 8 + [32] * 6
BEST = {  # of the recipe that is to become best in a given time
    "none of the ideas": NONE,
    "all of the ideas": {},
    "whitening alone": NONE | {"white": True},
    "alternating flips alone": NONE | {"alternate": True},
    "label smoothing alone": NONE | {"smoothing": 0.1},
    "skipping alone": NONE | {"easy": 0.3},
    "all, seven passes": {"sizes": SEVEN},
    "all, eight passes, six of them small": {"sizes": [24] * 6 + [32] * 2},
    "all, fourteen passes": {"sizes": FOURTEEN},
    "all, in float32": {"dtype": None},
}


def fast_dtype():
    """Return bfloat16 where the processor has instructions for it (torch.dtype or None)."""
    known = getattr(torch.cpu, "get_capabilities", dict)()  # newer versions of PyTorch say
    return torch.bfloat16 if any(known[name] for name in known if "bf16" in name) else None


def train_soon(images, labels, white=True, size=24, batch=32, rate=0.08):
    """Train the small network once on small images (nn.Module)."""
    small = recipe.shrink(images, size)
    net = quick_net(normalize(small[:2000]))
    if not white:
        net[0] = block(3, 32, size=4, stride=2)
    net.to(memory_format=torch.channels_last)
    few = InMemoryImages(small, labels)
    loader = DataLoader(few, batch, shuffle=True, collate_fn=whole_batch)
    train_epoch(net, loader, nn.CrossEntropyLoss(), *one_cycle_sgd(net, len(loader), rate))
    return net


def train_best(images, labels, white=True, sizes=None, easy=0.3, **settings):
    """Train the large network on varied images (nn.Module)."""
    net = fast_net(16)
    if white:
        net[0] = whitening(normalize(images[:2000]))
    net.to(memory_format=torch.channels_last)
    sizes = sizes or (NINE if easy else SEVEN)  # nearly as many batches
    settings = {"dtype": fast_dtype()} | settings
    recipe.train_varied(net, images, labels, sizes, 0.15, easy=easy, **settings)
    return net


def accuracy(net, images, labels):
    """Return the share of right answers, in per cent."""
    loader = DataLoader(InMemoryImages(images, labels), 500, collate_fn=whole_batch)
    return round(100 * evaluate(net, loader, nn.CrossEntropyLoss())[1], 2)


def soon(data, seed, images=7_500, size=24, **settings):
    """Judge the soonest recipe (dict of accuracies)."""
    torch.manual_seed(seed)
    net = train_soon(data.images[:images], data.labels[:images], size=size, **settings)
    judges = recipe.shrink(data.images[HELD_BACK:], size)
    return {"one view": accuracy(net, judges, data.labels[HELD_BACK:])}


def best(data, seed, alternate=True, **settings):
    """Judge the best recipe (dict of accuracies)."""
    torch.manual_seed(seed)
    with mock.patch.object(recipe, "vary", recipe.vary if alternate else flip_by_chance):
        net = train_best(data.images[:HELD_BACK], data.labels[:HELD_BACK], **settings)
    views = SixViews(net)
    judges = {"one view": net, "mirrored": Mirrored(views), "six views": views}
    held_back = data.images[HELD_BACK:], data.labels[HELD_BACK:]
    return {name: accuracy(judge, *held_back) for name, judge in judges.items()}


def flip_by_chance(images, mirrored, vary=recipe.vary):
    """Stand in for recipe.vary: a coin for each image in each pass."""
    return vary(images, torch.rand(len(images)) < 0.5)


class Mirrored(nn.Module):
    """Of six views only the image itself and its mirror image."""

    def __init__(self, views):
        super().__init__()
        self.views = views

    def forward(self, x):
        return self.views.both(x)


def figures(found):
    """Gather what was found by recipe, trial and view (list of dict)."""
    gathered = {}
    for one in found:
        for view, value in one["accuracy"].items():
            gathered.setdefault((one["recipe"], one["trial"], view), []).append(value)
    return [
        figure(f"{recipe}: {trial}, {view}", values, "%")
        for (recipe, trial, view), values in gathered.items()
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=2, help="for the best; the soonest: thrice")
    parser.add_argument("--source", help="as for CIFAR10; default: what it finds")
    parser.add_argument("--log", default=LOG, help="where each training adds its line")
    parser.add_argument("--json", metavar="FILE", help="write the figures here too")
    options = parser.parse_args()
    data = CIFAR10(source=options.source)
    trials = []
    for seed in range(options.seeds):
        trials += [(best, BEST, seed)] + [(soon, SOON, 3 * seed + more) for more in range(3)]
    done = {(one["recipe"], one["trial"], one["seed"]) for one in kept(options.log)}
    for judge, ideas, seed in trials:
        for trial, settings in ideas.items():
            if (judge.__name__, trial, seed) not in done:
                about = {"recipe": judge.__name__, "trial": trial, "seed": seed}
                keep(options.log, about | {"accuracy": judge(data, seed, **settings)})
    computed = f"the best computes with {fast_dtype() or torch.float32}"
    measured = f"accuracy on the last 5,000 training images of {data.source}; {computed}"
    report(f"Choosing: {measured}", figures(kept(options.log)), options.json)


if __name__ == "__main__":
    main()
