"""Answers to the exercises of lesson 08, as learners write them."""

CYCLE = """
def train_cycle(net, loader, epochs, highest):
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(net.parameters(), lr=highest)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(
        optimizer,
        max_lr=highest,
        total_steps=epochs * len(loader),
        pct_start=0.25,
        anneal_strategy="linear",
        cycle_momentum=False,
    )
    rates = []
    for epoch in range(epochs):
        for inputs, labels in loader:
            optimizer.zero_grad()
            criterion(net(inputs), labels).backward()
            rates.append(scheduler.get_last_lr()[0])
            optimizer.step()
            scheduler.step()
    return rates
"""
MIRROR = "def mirror(images):\n"
RATE = "def rate_at(step, steps, highest):\n"


def record(**changes):
    """Write a good record, with some of it changed."""
    values = {
        "seeds": [0, 1, 2],
        "train_images": 45_000,
        "seconds": [121.4, 119.8, 123.0],
        "validation_accuracy": [0.846, 0.851, 0.843],
        "allowed_seconds": 150.2,
        "accuracy_to_beat": 0.825,
        "test_accuracy": 0.844,
    }
    return f"beaten = {values | changes}"


RIGHT = {
    "free_part": [
        "free_part = 10 / 4",
        "free_part = 1 / (1 - 0.6)",
        "free_part = torch.tensor(2.5)",
        "import fractions\nfree_part = fractions.Fraction(5, 2)",
        "import numpy as np\nfree_part = np.float32(2.5)",
    ],
    "scaled_rate": [
        "scaled_rate = 0.05 * 128 / 32",
        "scaled_rate = 4 * 0.05",
        "scaled_rate = torch.tensor(0.2)",
        "scaled_rate = 2e-1",
        "import numpy as np\nscaled_rate = np.float32(0.2)",
    ],
    "mirror": [
        MIRROR + "    result = images.clone()\n    for i in range(len(images)):\n"
        "        if torch.rand(()) < 0.5:\n            result[i] = images[i].flip(2)\n"
        "    return result",
        MIRROR + "    chosen = torch.rand(len(images)) < 0.5\n    result = images.clone()\n"
        "    result[chosen] = images[chosen].flip(-1)\n    return result",
        MIRROR + "    coin = torch.randint(0, 2, (len(images), 1, 1, 1))\n"
        "    return coin * images.flip(3) + (1 - coin) * images",
        "import random\n" + MIRROR + "    return torch.stack(\n"
        "        [x.flip(2) if random.random() < 0.5 else x for x in images])",
        "from torchvision.transforms import RandomHorizontalFlip\n"
        + MIRROR
        + "    return torch.stack([RandomHorizontalFlip()(x) for x in images])",
        "import numpy as np\n" + MIRROR + "    array = images.numpy().copy()\n"
        "    chosen = np.random.rand(len(array)) < 0.5\n"
        "    array[chosen] = array[chosen][..., ::-1]\n    return array",
    ],
    "rate_at": [
        RATE + "    half = steps / 2\n    if step <= half:\n        return highest * step / half\n"
        "    return highest * (steps - step) / half",
        RATE + "    return highest * min(step, steps - step) * 2 / steps",
        RATE + "    import numpy as np\n"
        "    return np.interp(step, [0, steps / 2, steps], [0, highest, 0])",
        RATE + "    x = torch.tensor(step / steps, dtype=torch.float64)\n"
        "    return highest * (1 - (2 * x - 1).abs())",
        RATE + "    slope = highest / (steps / 2)\n    rate = 0.0\n    if step < steps / 2:\n"
        "        rate = slope * step\n    else:\n"
        "        rate = highest - slope * (step - steps / 2)\n"
        "    return rate",
    ],
    "train_cycle": [
        CYCLE.replace(
            "total_steps=epochs * len(loader)", "epochs=epochs, steps_per_epoch=len(loader)"
        ),
        CYCLE.replace("scheduler.get_last_lr()[0]", 'optimizer.param_groups[0]["lr"]'),
        CYCLE.replace('"linear"', '"cos"'),
        CYCLE.replace("optimizer.zero_grad()", "net.zero_grad()").replace(
            "    return rates", "    return torch.tensor(rates)"
        ),
        CYCLE.replace(
            "            rates.append(scheduler.get_last_lr()[0])\n            optimizer.step()\n",
            "            optimizer.step()\n            rates.append(scheduler.get_last_lr()[0])\n",
        ),
        CYCLE.replace(
            "total_steps=epochs * len(loader)",
            "total_steps=sum(len(loader) for _ in range(epochs))",
        ),
        "import numpy as np\n" + CYCLE.replace("    return rates", "    return np.array(rates)"),
    ],
    "beaten": [
        record(
            seeds=[7, 8, 9, 10],
            seconds=[90, 91, 92, 93],
            validation_accuracy=[0.83, 0.835, 0.84, 0.832],
            test_accuracy=0.83,
        ),
        record(seeds=(0, 1, 2), train_images=40_000),
        "import numpy as np\n"
        + record().replace("[0.846, 0.851, 0.843]", "np.array([0.846, 0.851, 0.843])"),
        record(test_accuracy=0.86),
        record(seconds=[150.2, 150.2, 150.2]),
        record()
        .replace("0.844", "torch.tensor(0.844)")
        .replace("[121.4, 119.8, 123.0]", "torch.tensor([121.4, 119.8, 123.0])"),
    ],
}

WRONG = {
    "free_part": [
        ("free_part = 1.6", "divide old by new"),
        ("free_part = 0.4", "the time that is left"),
        ("free_part = 4", "is not 4"),
        ("free_part = 1 / 0.6", "what is left is 40 %"),
        ("free_part = 6", "how many times do the other 4"),
        ("free_part = 60", "divide old by new"),
        ("free_part = 250", "not in percent"),
        ('free_part = "2.5"', "answer with a number"),
    ],
    "scaled_rate": [
        ("scaled_rate = 0.05", "each should go further"),
        ("scaled_rate = 0.0125", "longer steps, not shorter"),
        ("scaled_rate = 0.1", "grows with the root"),
        ("scaled_rate = 6.4", "not 128"),
        ("scaled_rate = 0.8", "not 16 times"),
        ("scaled_rate = 4", "what is the rate"),
        ("scaled_rate = 0.15", "is not 0.15"),
        ('scaled_rate = "0.2"', "answer with a number"),
    ],
    "mirror": [
        (MIRROR + "    return images.flip(3)", "treated alike"),
        (MIRROR + "    return images", "treated alike"),
        (MIRROR + "    return images.flip(3) if torch.rand(()) < 0.5 else images", "treated alike"),
        (MIRROR + "    return images.flip(2)", "stands on its head"),
        (
            MIRROR + "    return torch.where(torch.rand(len(images), 1, 1, 1) < 0.1,"
            " images.flip(3), images)",
            "not one half",
        ),
        (MIRROR + "    return images[:, :, :, :2]", "should be (400, 3, 2, 4)"),
        (
            MIRROR + "    return torch.where(torch.rand(len(images), 3, 1, 1) < 0.5,"
            " images.flip(3), images)",
            "the channels of an image",
        ),
        (
            MIRROR + "    return torch.where(torch.rand(images.shape) < 0.5,"
            " images.flip(3), images)",
            "parts of an image",
        ),
        (
            MIRROR + "    coin = (torch.arange(len(images)) % 2 == 0).view(-1, 1, 1, 1)\n"
            "    return torch.where(coin, images.flip(3), images)",
            "draw the coins anew",
        ),
        (
            MIRROR + "    half = len(images) // 2\n"
            "    return torch.cat([images[:half].flip(3), images[half:]])",
            "draw the coins anew",
        ),
        (
            MIRROR + "    g = torch.Generator().manual_seed(0)\n"
            "    coin = torch.rand(len(images), 1, 1, 1, generator=g) < 0.5\n"
            "    return torch.where(coin, images.flip(3), images)",
            "draw the coins anew",
        ),
        (
            MIRROR + "    coin = torch.rand(len(images)) < 0.5\n"
            "    return torch.cat([images[coin].flip(3), images[~coin]])",
            "changed places",
        ),
        (
            MIRROR + "    coin = torch.rand(len(images)) < 0.5\n"
            "    images[coin] = images[coin].flip(3)\n    return images",
            "changed the batch",
        ),
        (
            MIRROR + "    coin = torch.rand(len(images) // 2, 1, 1, 1).repeat_interleave(2, 0)\n"
            "    return torch.where(coin < 0.5, images.flip(3), images)",
            "a coin of its own",
        ),
        (
            MIRROR + "    start = torch.randint(0, 2, ())\n"
            "    coin = ((torch.arange(len(images)) + start) % 2 == 0).view(-1, 1, 1, 1)\n"
            "    return torch.where(coin, images.flip(3), images)",
            "a coin of its own",
        ),
        (
            MIRROR + "    coin = torch.rand(len(images), 1, 1, 1) < 0.5\n"
            "    return torch.where(coin, images.flip(1), images)",
            "the colours have changed places",
        ),
    ],
    "rate_at": [
        (RATE + "    return highest * step / steps", "should be the highest"),
        (
            RATE
            + "    half = steps // 2\n    if step < half:\n        return highest * step / half\n"
            "    return highest * (steps - step) / (steps - half)",
            "divide with `/`",
        ),
        (RATE + "    return highest * min(1, 2 * step / steps)", "the way down"),
        (RATE + "    return highest * (1 - (2 * step / steps - 1) ** 2)", "straight lines"),
        (RATE + "    return 1 - abs(step / (steps / 2) - 1)", "multiply it by `highest`"),
        (RATE + "    return highest * abs(step / (steps / 2) - 1)", "should be the highest"),
        (
            RATE + "    if step < 0.25 * steps:\n        return highest * step / (0.25 * steps)\n"
            "    return highest * (steps - step) / (0.75 * steps)",
            "should be the highest",
        ),
        (
            RATE + "    import math\n    return highest * math.sin(math.pi * step / steps)",
            "straight lines",
        ),
        (
            RATE + "    return highest * min(step, 100 - step) / 50",
            "with 30 steps",
        ),
        (
            RATE + "    half = steps // 2\n    if step <= half:\n"
            "        return highest * step / half\n    return highest * (steps - step) / half",
            "with 7 steps",
        ),
        (RATE + "    highest * (1 - abs(step / (steps / 2) - 1))", "answer with a number"),
        (
            RATE + "    return [highest * (1 - abs(s / (steps / 2) - 1)) for s in range(steps)]",
            "answer with a number",
        ),
    ],
    "train_cycle": [
        (CYCLE.replace("epochs * len(loader)", "len(loader)"), "told of fewer steps"),
        (
            CYCLE.replace("            scheduler.step()\n", "        scheduler.step()\n"),
            "moves once an epoch",
        ),
        (CYCLE.replace("            scheduler.step()\n", ""), "the rate stays as it is"),
        (
            CYCLE.replace("epochs * len(loader)", "2 * epochs * len(loader)"),
            "fall to nearly 0",
        ),
        (
            CYCLE.replace("            rates.append(scheduler.get_last_lr()[0])\n", "")
            .replace(
                "scheduler.step()\n",
                "scheduler.step()\n            rates.append(scheduler.get_last_lr()[0])\n",
            )
            .replace("total_steps=epochs * len(loader)", "total_steps=epochs * len(loader) + 1"),
            "the rates should rise",
        ),
        (CYCLE.replace("            optimizer.step()\n", ""), "not trained with them"),
        (CYCLE.replace("            optimizer.zero_grad()\n", ""), "not trained with them"),
        (CYCLE.replace("    return rates\n", ""), "None"),
        (CYCLE.replace("    return rates\n", "    return rates[-1]\n"), "a list of rates"),
        (CYCLE.replace("    return rates\n", "    return rates[::2]\n"), "rates"),
        (CYCLE.replace("pct_start=0.25", "pct_start=0.75"), "should rise to"),
        (CYCLE.replace("pct_start=0.25", "pct_start=0.5"), "a quarter of the steps"),
        (
            CYCLE.replace(
                "            rates.append(scheduler.get_last_lr()[0])\n"
                "            optimizer.step()\n            scheduler.step()\n",
                "            optimizer.step()\n"
                "            if len(rates) < epochs * len(loader) - 1:\n"
                "                scheduler.step()\n"
                "            rates.append(scheduler.get_last_lr()[0])\n",
            ),
            "after each step",
        ),
    ],
    "beaten": [
        ("beaten = [0.85, 0.84]", "answer with a dictionary"),
        ("beaten = {'seconds': [120.0]}", "`seeds` is missing"),
        (record(seconds=[121.4, 160.0, 123.0]), "every seed must keep"),
        (record(seeds=[0], seconds=[120], validation_accuracy=[0.85]), "three seeds at least"),
        (record(seeds=[0, 0, 1]), "a seed occurs twice"),
        (record(validation_accuracy=[84.6, 85.1, 84.3]), "between 0 and 1"),
        (record(train_images=50_000), "the last 5,000 are the validation"),
        (record(train_images=0), "how many images you trained on: not 0"),
        (record(validation_accuracy=[0.846, 0.846, 0.846]), "to the last digit"),
        (record(validation_accuracy=[0.80, 0.81, 0.82]), "is to be beaten"),
        (record(validation_accuracy=[0.80, 0.86, 0.83]), "too near to be sure"),
        (record(test_accuracy=[0.84, 0.85, 0.84]), "opened once"),
        (record(test_accuracy=0.91), "further apart than chance"),
        (record(test_accuracy=0.79), "further apart than chance"),
        (record(seconds=[121.4, 119.8]), "has 2 numbers"),
        (record(seconds=121.4), "a list, one number for each seed"),
        (record(seconds="121"), "should be numbers"),
        (record(seconds=[-1, 2, 3]), "more than 0 seconds"),
    ],
}
