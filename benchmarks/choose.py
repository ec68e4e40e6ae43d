"""Which ideas help lesson 08's soonest and its best recipe, and with which settings?

Run it on CIFAR-10: ``python benchmarks/choose.py [--seeds 2] [--source PATH] [--json FILE]``.
Nothing is timed, so other programs do not disturb it. Every training uses the first 45,000
training images and is judged by the last 5,000; the test images are not used. Each training adds
a line to ``results/choose.jsonl``; the same command again goes on where it stopped.
"""

import argparse
import ast
from functools import partial
from pathlib import Path
from types import ModuleType
from unittest import mock

import torch
from report import figure, keep, kept, report
from torch import nn
from torch.optim.optimizer import register_optimizer_step_post_hook
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torch.utils.data import DataLoader

from helpers.data import CIFAR10, InMemoryImages, normalize, whole_batch
from helpers.training import evaluate, train_epoch
from tutorial.notebooks import code_cells, read
from tutorial.project import find_lessons

LOG = Path(__file__).parent / "results" / "choose.jsonl"
HELD_BACK = 45_000  # the first of them
BUILT = {  # in lesson 08, which shows all of it
    "block", "fast_net", "one_cycle_sgd", "quick_net", "shrink", "SixViews",
    "train_batch", "train_pass", "train_varied", "vary", "whitening",
}  # fmt: skip
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
    "all, seven passes, weights averaged": {"sizes": SEVEN, "averaged": True},
    "all, weights averaged": {"averaged": True},
    "all, Muon at 0.04": {"muon": 0.04},
    "all, Muon at 0.08": {"muon": 0.08},
    "all, Muon at 0.16": {"muon": 0.16},
}


def shown():
    """Take from lesson 08 its imports and what it builds, for the CPU (module)."""
    lesson = ModuleType("lesson_08")
    lesson.device = "cpu"
    for _, cell in code_cells(read(find_lessons(["08"])[0])):
        for part in ast.parse(cell.source).body:
            imports = isinstance(part, ast.Import | ast.ImportFrom)
            if imports or getattr(part, "name", None) in BUILT:
                exec(compile(ast.Module([part], []), "lesson 08", "exec"), vars(lesson))
    return lesson


recipe = shown()


def fast_dtype():
    """Return bfloat16 where the processor has instructions for it (torch.dtype or None)."""
    known = getattr(torch.cpu, "get_capabilities", dict)()  # newer versions of PyTorch say
    return torch.bfloat16 if any(known[name] for name in known if "bf16" in name) else None


def train_soon(images, labels, white=True, size=24, batch=32, rate=0.08):
    """Train the small network once on small images (nn.Module)."""
    small = recipe.shrink(images, size)
    net = recipe.quick_net(normalize(small[:2000]))
    if not white:
        net[0] = recipe.block(3, 32, size=4, stride=2)
    net.to(memory_format=torch.channels_last)
    few = InMemoryImages(small, labels)
    loader = DataLoader(few, batch, shuffle=True, collate_fn=whole_batch)
    train_epoch(net, loader, nn.CrossEntropyLoss(), *recipe.one_cycle_sgd(net, len(loader), rate))
    return net


class Muon(torch.optim.SGD):
    """SGD that makes the steps of its filters orthogonal, as Keller Jordan's Muon does.

    Source: https://kellerjordan.github.io/posts/muon/
    """

    def step(self, closure=None):
        filters, rest = self.param_groups
        for weight in filters["params"]:
            speed = self.state[weight].setdefault("speed", torch.zeros_like(weight))
            speed.mul_(0.6).add_(weight.grad)
            ahead = orthogonal((weight.grad + 0.6 * speed).flatten(1)).view_as(weight)
            weight.data.mul_(len(weight) ** 0.5 / weight.data.norm())  # as in their recipe
            weight.data.add_(ahead, alpha=-filters["lr"])
        self.param_groups = [rest]
        super().step(closure)
        self.param_groups = [filters, rest]


def orthogonal(matrix):
    """Bring the singular values of a matrix near 1, by Newton and Schulz (torch.Tensor)."""
    tall = len(matrix) > matrix.shape[1]
    near = matrix.T if tall else matrix
    near = near / near.norm()
    for _ in range(3):
        square = near @ near.T
        near = 3.4445 * near + (-4.775 * square + 2.0315 * square @ square) @ near
    return near.T if tall else near


def one_cycle_muon(net, steps, highest, rate):
    """Stand in for recipe.one_cycle_sgd: Muon, at a rate of its own, for the filters."""
    learned = [parameter for parameter in net.parameters() if parameter.requires_grad]
    groups = [{"params": [p for p in learned if p.dim() == 4]}]
    groups.append({"params": [p for p in learned if p.dim() != 4]})
    muon = Muon(groups, highest, momentum=0.9, nesterov=True, weight_decay=5e-4, fused=True)
    rates, shape = [rate, highest], {"pct_start": 0.25, "anneal_strategy": "linear"}
    cycle = torch.optim.lr_scheduler.OneCycleLR
    return muon, cycle(muon, max_lr=rates, total_steps=steps, cycle_momentum=False, **shape)


def train_best(images, labels, white=True, sizes=None, easy=0.3, averaged=False, **settings):
    """Train the large network on varied images (nn.Module)."""
    net = recipe.fast_net(16)
    if white:
        net[0] = recipe.whitening(normalize(images[:2000]))
    net.to(memory_format=torch.channels_last)
    sizes = sizes or (NINE if easy else SEVEN)  # nearly as many batches
    settings = {"dtype": fast_dtype()} | settings
    if not averaged:
        recipe.train_varied(net, images, labels, sizes, 0.15, easy=easy, **settings)
        return net
    average = AveragedModel(net, multi_avg_fn=get_ema_multi_avg_fn(0.98), use_buffers=True)
    hook = register_optimizer_step_post_hook(lambda *_: average.update_parameters(net))
    recipe.train_varied(net, images, labels, sizes, 0.15, easy=easy, **settings)
    hook.remove()
    return average.module


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


def best(data, seed, alternate=True, muon=None, **settings):
    """Judge the best recipe (dict of accuracies)."""
    torch.manual_seed(seed)
    one_cycle = partial(one_cycle_muon, rate=muon) if muon else recipe.one_cycle_sgd
    with (
        mock.patch.object(recipe, "vary", recipe.vary if alternate else flip_by_chance),
        mock.patch.object(recipe, "one_cycle_sgd", one_cycle),
    ):
        net = train_best(data.images[:HELD_BACK], data.labels[:HELD_BACK], **settings)
    views = recipe.SixViews(net)
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
