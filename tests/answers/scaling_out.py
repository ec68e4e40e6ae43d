"""Answers to the exercises of lesson 12, as learners write them."""

DEAL = "def deal(indices, rank, world):\n"
COMBINE = "def combine(gradients, sizes):\n"
SHARD = "def shard(count, rank, world, seed, epoch):\n"
ORDER = (
    SHARD + "    generator = torch.Generator().manual_seed(seed + epoch)\n"
    "    order = torch.randperm(count, generator=generator)\n    own = count // world\n"
)
SAVE = "def save_every(saving, between):\n"

RIGHT = {
    "part": [
        "part = 64 // 4",
        "part = 16.0",
        "part = torch.tensor(16)",
        "part = len(range(0, 64, 4))",
        "import numpy as np\npart = np.int32(16)",
    ],
    "efficiency": [
        "efficiency = 0.75",
        "efficiency = 3 / 4",
        "efficiency = torch.tensor(6) / 8",
        "import fractions\nefficiency = fractions.Fraction(6, 8)",
        "import numpy as np\nefficiency = np.float32(6) / 8",
    ],
    "deal": [
        DEAL + "    return [x for i, x in enumerate(indices) if i % world == rank]",
        DEAL + "    hand = []\n    for i in range(rank, len(indices), world):\n"
        "        hand.append(indices[i])\n    return hand",
        DEAL + "    return torch.tensor(indices)[rank::world]",
        "from itertools import islice\n" + DEAL + "    return islice(indices, rank, None, world)",
        "import numpy as np\n"
        + DEAL
        + "    return np.array(indices)[np.arange(rank, len(indices), world)]",
        DEAL + "    return tuple(indices[rank + i * world] for i in range("
        "(len(indices) - rank + world - 1) // world))",
    ],
    "combine": [
        COMBINE + "    total = torch.zeros_like(gradients[0])\n"
        "    for gradient, size in zip(gradients, sizes):\n        total += gradient * size\n"
        "    return total / sum(sizes)",
        COMBINE + "    weights = torch.tensor(sizes) / sum(sizes)\n"
        "    return torch.tensordot(weights, torch.stack(gradients), 1)",
        COMBINE + "    return [sum(g * n for g, n in zip(rows, sizes)) / sum(sizes)"
        " for rows in zip(*gradients)]",
        "import numpy as np\n"
        + COMBINE
        + "    return np.average([g.numpy() for g in gradients], axis=0, weights=sizes)",
        COMBINE + "    return sum(g.double() * (n / sum(sizes)) for g, n in zip(gradients, sizes))",
        COMBINE + "    every = [g for g, n in zip(gradients, sizes) for _ in range(n)]\n"
        "    return torch.stack(every).mean(dim=0)",
        "def combine(gradients, sizes):\n"
        "    return torch.einsum('p...,p->...', torch.stack(tuple(gradients)), "
        "torch.as_tensor(sizes).float()) / sum(sizes)",
        "def combine(gradients, sizes):\n"
        "    return np.average(np.stack([g.numpy() for g in gradients]), axis=0, weights=sizes)",
    ],
    "shard": [
        ORDER + "    return order[rank::world][:own]",
        ORDER + "    return order.view(-1)[: own * world].view(world, own)[rank].tolist()",
        "import random\n" + SHARD + "    order = list(range(count))\n"
        "    random.Random(1000 * seed + epoch).shuffle(order)\n"
        "    return order[rank * (count // world) : (rank + 1) * (count // world)]",
        "import numpy as np\n"
        + SHARD
        + "    order = np.random.default_rng([seed, epoch]).permutation(count)\n"
        "    return order[rank : count // world * world : world]",
        SHARD + "    from torch.utils.data import DistributedSampler\n"
        "    sampler = DistributedSampler(range(count), world, rank, seed=seed, drop_last=True)\n"
        "    sampler.set_epoch(epoch)\n    return list(sampler)",
        SHARD + "    with torch.random.fork_rng():\n        torch.manual_seed(seed + 17 * epoch)\n"
        "        order = torch.randperm(count).tolist()\n"
        "    return tuple(order[i] for i in range(rank, count - count % world, world))",
        "def shard(count, rank, world, seed, epoch):\n"
        "    g = torch.Generator().manual_seed(1_000_003 * seed + epoch)\n"
        "    own = count // world\n"
        "    return torch.randperm(count, generator=g)[: own * world].reshape(world, "
        "own)[rank].tolist()",
        "def shard(count, rank, world, seed, epoch):\n"
        "    rng = np.random.default_rng([seed, epoch])\n"
        "    order = rng.permutation(count)\n"
        "    return order[rank : count // world * world : world]",
    ],
    "save_every": [
        "import math\n" + SAVE + "    return math.sqrt(2 * saving * between)",
        SAVE + "    best = min(range(1, 200), key=lambda n: saving / (saving * n)"
        " + saving * n / 2 / between)\n"
        "    tries = [saving * 1.1**n for n in range(200)]\n"
        "    return min(tries, key=lambda t: saving / t + t / 2 / between)",
        SAVE + "    tries = torch.logspace(-3, 6, 500, dtype=torch.float64)\n"
        "    return tries[(saving / tries + tries / (2 * between)).argmin()]",
        SAVE + "    interval = saving\n"
        "    while saving / interval > interval / (2 * between):\n        interval *= 1.2\n"
        "    return interval",
        SAVE + "    return 1.5 * (saving * between) ** 0.5",
        SAVE + "    return torch.tensor(2.0 * saving * between).sqrt()",
        "def save_every(saving, between):\n"
        "    tried = [saving * 1.1 ** n for n in range(-50, 200)]\n"
        "    return min(tried, key=lambda t: saving / t + t / 2 / between)",
    ],
}

WRONG = {
    "part": [
        ("part = 64", "would be 256"),
        ("part = 256", "1,024"),
        ("part = 8", "do not make 64"),
        ("part = 4", "the number of processes"),
        ("part = 0.25", "the share"),
        ("part = 60", "dealt out"),
        ('part = "16"', "answer with a number"),
        ("part = [16] * 4", "answer with a number"),
    ],
    "efficiency": [
        ("efficiency = 6", "speed-up"),
        ("efficiency = 8 / 6", "other way round"),
        ("efficiency = 0.6", "is not"),
        ("efficiency = 75", "as a fraction, 0.75"),
        ("efficiency = 1 / 8", "no gain at all"),
        ("efficiency = 1 / 6", "not 1 by 6"),
        ("efficiency = 0.25", "what is lost"),
        ("efficiency = 48", "divide the speed-up"),
        ('efficiency = "75%"', "answer with a number"),
    ],
    "deal": [
        (DEAL + "    return indices", "every process got the same"),
        (
            DEAL + "    own = len(indices) // world\n"
            "    return indices[rank * own : (rank + 1) * own]",
            "like cards",
        ),
        (DEAL + "    return indices[rank::3]", "dealt out once"),
        (DEAL + "    return [i for i in indices if i % world == rank]", "its place in the list"),
        (DEAL + "    return indices[rank + 1 :: world]", "dealt out once"),
        (
            DEAL + "    return indices[(rank + 1) % world :: world]",
            "ranks begin at 0",
        ),
        (DEAL + "    return sorted(indices[rank::world])", "keep that of the list"),
        (
            DEAL + "    return indices[rank::world][: len(indices) // world]",
            "dealt out once",
        ),
        (
            DEAL + "    hand = indices[rank::world]\n    del indices[rank::world]\n    return hand",
            "changed the list",
        ),
        (DEAL + "    return indices[rank]", "return a list of indices"),
        (DEAL + "    print(indices[rank::world])", "needs a `return`"),
        (DEAL + "    return indices[::world]", "every process got the same"),
    ],
    "combine": [
        (COMBINE + "    return sum(gradients) / len(gradients)", "the plain mean"),
        (COMBINE + "    return sum(g * n for g, n in zip(gradients, sizes))", "divide by all"),
        (COMBINE + "    return sum(gradients)", "that is the sum"),
        (
            COMBINE + "    return sum(g * n for g, n in zip(gradients, sizes)) / len(sizes)",
            "not by the parts",
        ),
        (COMBINE + "    return sum(gradients) / sum(sizes)", "weight each gradient"),
        (
            COMBINE + "    return sum(g * n for g, n in zip(gradients, sizes[::-1])) / sum(sizes)",
            "at the same place",
        ),
        (
            COMBINE + "    return (gradients[0] * sizes[0] + gradients[1] * sizes[1])"
            " / (sizes[0] + sizes[1])",
            "any number",
        ),
        (
            COMBINE + "    for g, n in zip(gradients, sizes):\n        g *= n\n"
            "    return sum(gradients) / sum(sizes)",
            "changed the gradients",
        ),
        (
            COMBINE + "    total = gradients[0]\n    total *= sizes[0]\n"
            "    for g, n in zip(gradients[1:], sizes[1:]):\n        total += g * n\n"
            "    return total / sum(sizes)",
            "changed the gradients",
        ),
        (
            COMBINE + "    result = sum(g * n for g, n in zip(gradients, sizes)) / sum(sizes)\n"
            "    for g in gradients[1:]:\n        g.zero_()\n    return result",
            "changed the gradients",
        ),
        (
            COMBINE
            + "    total = sum(sizes)\n    return gradients.pop(0) * sizes[0] / total + sum("
            "g * n for g, n in zip(gradients, sizes[1:])) / total",
            "changed the list",
        ),
        (
            COMBINE + "    return sum(g / n for g, n in zip(gradients, sizes)) / len(sizes)",
            "do not divide",
        ),
        (
            COMBINE + "    return torch.stack([g * n for g, n in zip(gradients, sizes)])"
            ".sum() / sum(sizes)",
            "should be (2,), and is ()",
        ),
        (
            COMBINE + "    return [g * n / sum(sizes) for g, n in zip(gradients, sizes)]",
            "should be",
        ),
    ],
    "shard": [
        (
            ORDER.replace("seed + epoch", "seed")
            + "    return order[rank * own : (rank + 1) * own]",
            "every epoch has the same shuffle",
        ),
        (
            ORDER.replace("seed + epoch", "seed + rank + epoch")
            + "    return order[rank * own : (rank + 1) * own]",
            "two shards",
        ),
        (ORDER + "    return order[rank::world]", "would wait for the others"),
        (ORDER + "    return order[:own]", "two shards"),
        (
            SHARD + "    order = torch.randperm(count)\n    own = count // world\n"
            "    return order[rank * own : (rank + 1) * own]",
            "after a crash",
        ),
        (
            SHARD + "    own = torch.arange(rank, count - count % world, world)\n"
            "    g = torch.Generator().manual_seed(seed + epoch)\n"
            "    return own[torch.randperm(len(own), generator=g)]",
            "only in another order",
        ),
        (
            ORDER.replace("seed + epoch", "epoch")
            + "    return order[rank * own : (rank + 1) * own]",
            "another seed",
        ),
        (
            ORDER.replace("seed + epoch", "seed * epoch")
            + "    return order[rank * own : (rank + 1) * own]",
            "same shuffle",
        ),
        (ORDER + "    return order[rank * own : (rank + 1) * own - 1]", "each should get"),
        (
            SHARD + "    own = count // world\n    first = (rank * own + epoch * 5) % count\n"
            "    return [(first + i) % count for i in range(own)]",
            "neighbours stay together",
        ),
        (ORDER + "    return order[rank * own : (rank + 1) * own] + 1", "is not below"),
        (ORDER + "    order[rank * own : (rank + 1) * own]", "needs a `return`"),
        (ORDER + "    return own", "return indices"),
        (
            "def shard(count, rank, world, seed, epoch):\n"
            "    g = torch.Generator().manual_seed(seed * epoch)\n"
            "    order = torch.randperm(count, generator=g).tolist()\n"
            "    own = count // world\n"
            "    return order[rank * own : (rank + 1) * own]",
            "every epoch has the same shuffle",
        ),
        (
            "def shard(count, rank, world, seed, epoch):\n"
            "    torch.manual_seed(seed + epoch)\n"
            "    for _ in range(rank):\n"
            "        torch.randperm(count)\n"
            "    own = count // world\n"
            "    return torch.randperm(count)[rank * own : (rank + 1) * own].tolist()",
            "Do all processes shuffle alike?",
        ),
    ],
    "save_every": [
        (SAVE + "    return 60", "nearly all of it on saving"),
        (SAVE + "    return 3600", "wastes"),
        (SAVE + "    return between", "computed again"),
        (SAVE + "    return saving", "on saving"),
        (SAVE + "    return between / 2", "computed again"),
        (SAVE + "    return (2 * saving * between)", "computed again"),
        (SAVE + "    return (2 * saving / between) ** 0.5", "on saving"),
        (SAVE + "    return 20 * saving", "wastes"),
        (SAVE + "    return 0", "above 0"),
        (SAVE + "    return -((2 * saving * between) ** 0.5)", "above 0"),
        (SAVE + "    return float('inf')", "not finite"),
        (SAVE + "    return '20 minutes'", "answer with a number"),
        (SAVE + "    return (saving * between / 10) ** 0.5", "on saving"),
        (
            "def save_every(saving, between):\n    return 1 / (2 * saving * between) ** 0.5",
            "nearly all of it on saving",
        ),
    ],
}
