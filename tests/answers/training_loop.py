"""Answers to the exercises of lesson 06, as learners write them."""

TRAIN = """
def train(net, loader, learning_rate, epochs):
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(net.parameters(), lr=learning_rate)
    net.train()
    for epoch in range(epochs):
        total, samples = 0.0, 0
        for inputs, labels in loader:
            inputs = inputs.flip(3)
            optimizer.zero_grad()
            loss = criterion(net(inputs), labels)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(labels)
            samples += len(labels)
    return total / samples
"""
STEP = "def train_step(net, criterion, optimizer, inputs, labels):\n"
FORWARD = "    logits = net(inputs)\n    loss = criterion(logits, labels)\n"
CLEARED = STEP + "    optimizer.zero_grad()\n"
MOVED = CLEARED + FORWARD + "    loss.backward()\n    optimizer.step()\n"
RIGHT_ONES = "(logits.argmax(dim=1) == labels).sum().item()\n"

RIGHT = {
    "ignorant_loss": [
        "import math\nignorant_loss = math.log(100)",
        "ignorant_loss = 4.605",
        "ignorant_loss = -torch.log(torch.tensor(0.01))",
        "ignorant_loss = torch.nn.functional.cross_entropy(torch.zeros(1, 100), torch.tensor([3]))",
        "import numpy as np\nignorant_loss = np.log(100).round(1)",
    ],
    "steps": [
        "steps = 10 * 50_000 // 100",
        "steps = 5e3",
        "steps = torch.tensor(5000)",
        "steps = sum(1 for epoch in range(10) for batch in range(0, 50_000, 100))",
        "import numpy as np\nsteps = np.int64(5000)",
    ],
    "running_means": [
        "def running_means(losses, every):\n    full = len(losses) // every\n"
        "    return [sum(losses[i * every : (i + 1) * every]) / every for i in range(full)]",
        "def running_means(losses, every):\n    full = len(losses) // every\n"
        "    return torch.tensor(losses[: full * every]).view(full, every).mean(dim=1)",
        "import numpy as np\ndef running_means(losses, every):\n    full = len(losses) // every\n"
        "    return np.array(losses)[: full * every].reshape(full, every).mean(1)",
        "def running_means(losses, every):\n    means, group = [], []\n    for loss in losses:\n"
        "        group.append(loss)\n        if len(group) == every:\n"
        "            means.append(sum(group) / every)\n            group = []\n"
        "    return tuple(means)",
        "def running_means(losses, every):\n    means, total = [], 0\n"
        "    for i, loss in enumerate(losses, 1):\n        total += loss / every\n"
        "        if not i % every:\n            means.append(torch.tensor(total))\n"
        "            total = 0\n    return means",
    ],
    "train_step": [
        STEP + "    net.train()\n    net.zero_grad()\n" + FORWARD + "    loss.backward()\n"
        "    optimizer.step()\n    return [float(loss.detach()), int(sum(logits.argmax(1) "
        "== labels))]",
        STEP + FORWARD + "    loss.backward()\n    optimizer.step()\n    optimizer.zero_grad()\n"
        "    return loss.item(), " + RIGHT_ONES,
        STEP + FORWARD + "    optimizer.zero_grad(set_to_none=False)\n    loss.backward()\n"
        "    value = loss.detach().numpy()\n    optimizer.step()\n"
        "    return value, np.count_nonzero(logits.detach().numpy().argmax(1) == labels.numpy())",
        STEP + FORWARD + "    gradients = torch.autograd.grad(loss, list(net.parameters()))\n"
        "    for p, g in zip(net.parameters(), gradients):\n        p.grad = g\n"
        "    optimizer.step()\n    return loss.tolist(), " + RIGHT_ONES,
        STEP + "    found = []\n\n    def closure():\n        optimizer.zero_grad()\n"
        "        found.append(net(inputs))\n        loss = criterion(found[0], labels)\n"
        "        loss.backward()\n        return loss\n\n"
        "    loss = optimizer.step(closure).item()\n"
        "    best = found[0].max(dim=1).indices\n    return loss, best.eq(labels).sum().item()",
        MOVED + "    right = 0\n    for row, label in zip(logits.tolist(), labels.tolist()):\n"
        "        right += row.index(max(row)) == label\n    return loss.item(), right",
    ],
    "five_bugs": [
        TRAIN.replace("/ samples", "/ len(loader.dataset)"),
        TRAIN.replace("inputs.flip(3)", "torch.fliplr(inputs.movedim(3, 1)).movedim(1, 3)"),
        TRAIN.replace("    net.train()\n", "").replace("flip(3)", "flip(-1)"),
        TRAIN.replace(
            "            optimizer.step()\n",
            "            optimizer.step()\n            net.zero_grad()\n",
        ).replace("            optimizer.zero_grad()\n            loss", "            loss"),
        TRAIN.replace(
            "loss.item() * len(labels)", "float(loss.detach()) * inputs.shape[0]"
        ).replace("flip(3)", "flip(dims=(3,))"),
        TRAIN.replace(
            "    net.train()\n    for epoch in range(epochs):\n",
            "    for epoch in range(epochs):\n        net.train()\n",
        ).replace("loss.item() * len(labels)", "loss.detach().numpy() * len(labels)"),
        TRAIN.replace("CrossEntropyLoss()", 'CrossEntropyLoss(reduction="sum")')
        .replace("loss.backward()", "(loss / len(labels)).backward()")
        .replace("loss.item() * len(labels)", "loss.item()"),
    ],
    "rate_losses": [
        "rate_losses = {1e-4: 2.30, 1e-3: 2.21, 1e-2: 1.95, 3e-2: 2.10, 1e-1: float('nan')}",
        "rate_losses = {0.0005: 2.299, 0.002: 2.1, 0.005: 2.0, 0.02: 2.25, 0.08: 2.35}",
        "rate_losses = {r: torch.tensor(v) for r, v in zip([1e-5, 1e-4, 1e-3, 1e-2, 1e-1],"
        " [2.3, 2.3, 2.2, 2.15, 2.4])}",
        "import numpy as np\nrate_losses = {r: 2.0 + 0.1 * abs(np.log10(r) + 2.5) for r in"
        " np.logspace(-5, 0, 11)}",
        "rate_losses = {0.3: float('inf'), 0.1: 2.4, 0.03: 2.31, 0.01: 2.15, 0.003: 2.08,"
        " 0.001: 2.2}",
    ],
}

WRONG = {
    "ignorant_loss": [
        ("ignorant_loss = 2.3", "for ten classes"),
        ("ignorant_loss = 2", "base ten"),
        ("ignorant_loss = -4.6", "not below 0"),
        ("ignorant_loss = 6.64", "base two"),
        ("ignorant_loss = 0.01", "the probability"),
        ("ignorant_loss = 23", "not ten times the loss"),
        ("ignorant_loss = 100", "ln 100, and not 100"),
        ('ignorant_loss = "4.6"', "answer with a number"),
        ("ignorant_loss = 4.65", "and not 4.65"),
    ],
    "steps": [
        ("steps = 500", "that is one epoch"),
        ("steps = 500_000", "not for each image"),
        ("steps = 50_000", "the number of images"),
        ("steps = 10", "the number of epochs"),
        ("steps = 10 * 100", "the size of each"),
        ("steps = 4990", "that is not 4,990"),
        ('steps = "5000"', "answer with a number"),
        ("steps = [5000]", "answer with a number"),
    ],
    "running_means": [
        (
            "def running_means(losses, every):\n    means, total = [], 0\n"
            "    for i, loss in enumerate(losses):\n        total += loss\n"
            "        if (i + 1) % every == 0:\n            means.append(total / every)\n"
            "    return means",
            "the sum kept growing",
        ),
        (
            "def running_means(losses, every):\n    means, total = [], 0\n"
            "    for i, loss in enumerate(losses):\n        total += loss\n"
            "        if (i + 1) % every == 0:\n            means.append(total / (i + 1))\n"
            "    return means",
            "since the beginning",
        ),
        (
            "def running_means(losses, every):\n    full = len(losses) // every\n"
            "    return [sum(losses[i * every : (i + 1) * every]) for i in range(full)]",
            "divide by the number",
        ),
        (
            "def running_means(losses, every):\n"
            "    groups = [losses[i : i + every] for i in range(0, len(losses), every)]\n"
            "    return [sum(group) / len(group) for group in groups]",
            "left over at the end",
        ),
        (
            "def running_means(losses, every):\n    return losses[every - 1 :: every]",
            "single losses",
        ),
        (
            "def running_means(losses, every):\n    n = len(losses) - every + 1\n"
            "    return [sum(losses[i : i + every]) / every for i in range(n)]",
            "full groups",
        ),
        (
            "def running_means(losses, every):\n    means, total = [], 0\n"
            "    for i, loss in enumerate(losses):\n        total += loss\n"
            "        if i % every == 0:\n            means.append(total / every)\n"
            "            total = 0\n    return means",
            "`i` counts from 0",
        ),
        (
            "def running_means(losses, every):\n"
            "    starts = range(0, len(losses) - every + 1, every)\n"
            "    return [round(sum(losses[i : i + every]) / every, 3) for i in starts]",
            "these are rounded",
        ),
        (
            "def running_means(losses, every):\n    return sum(losses) / len(losses)",
            "a list of means",
        ),
        (
            "def running_means(losses, every):\n    print([sum(losses[:every]) / every])",
            "needs a `return`",
        ),
        (
            "def running_means(losses, every):\n    full = len(losses) // every\n"
            "    groups = [losses[i * every : (i + 1) * every] for i in range(full)]\n"
            "    return [sorted(group)[every // 2] for group in groups]",
            "the largest of each",
        ),
        (
            "def running_means(losses, every):\n    means, total = [], 0\n"
            "    for i, loss in enumerate(losses):\n        total += loss\n"
            "        if (i + 1) % every == 0:\n            means.append(total / every)\n"
            "            total = loss\n    return means",
            "the first one is right",
        ),
    ],
    "train_step": [
        (
            STEP + FORWARD + "    loss.backward()\n    optimizer.step()\n"
            "    return loss.item(), " + RIGHT_ONES,
            "clear the gradients",
        ),
        (MOVED + "    return loss, " + RIGHT_ONES, "`loss.item()`"),
        (STEP + FORWARD + "    return loss.item(), " + RIGHT_ONES, "have not moved"),
        (
            STEP + FORWARD + "    loss.backward()\n    optimizer.zero_grad()\n"
            "    optimizer.step()\n    return loss.item(), " + RIGHT_ONES,
            "have not moved",
        ),
        (MOVED + "    return 0.0, " + RIGHT_ONES, "and you return 0"),
        (
            MOVED + "    return criterion(net(inputs), labels).item(), " + RIGHT_ONES,
            "the loss after the step",
        ),
        (MOVED + "    return loss.item() * len(labels), " + RIGHT_ONES, "times the number"),
        (MOVED + "    return loss.item() / len(labels), " + RIGHT_ONES, "a mean already"),
        (MOVED, "return the loss"),
        (MOVED + "    return loss.item()", "return two numbers"),
        (MOVED + "    return " + RIGHT_ONES, "return two numbers"),
        (
            MOVED + "    return (logits.argmax(dim=1) == labels).sum().item(), loss.item()",
            "the loss comes first",
        ),
        (
            MOVED + "    return loss.item(), (logits.argmax(dim=1) == labels).sum()",
            "the count as a plain number",
        ),
        (
            MOVED
            + "    return loss.item(), (logits.argmax(dim=1) == labels).float().mean().item()",
            "the share of right ones",
        ),
        (MOVED + "    return loss.item(), len(labels) - " + RIGHT_ONES, "the wrong ones"),
        (MOVED + "    return loss.item(), len(labels)", "the size of the batch"),
        (
            MOVED + "    logits = net(inputs)\n    return loss.item(), " + RIGHT_ONES,
            "one forward pass gives",
        ),
        (
            MOVED + "    net.eval()\n    logits = net(inputs)\n    net.train()\n"
            "    return loss.item(), " + RIGHT_ONES,
            "right after the step",
        ),
        (
            STEP
            + "    net.eval()\n"
            + MOVED.removeprefix(STEP)
            + "    return loss.item(), "
            + RIGHT_ONES,
            "eval mode",
        ),
        (
            STEP + "    net.eval()\n" + MOVED.removeprefix(STEP) + "    net.train()\n"
            "    return loss.item(), " + RIGHT_ONES,
            "do not switch the mode",
        ),
        (
            MOVED + MOVED.removeprefix(STEP) + "    return loss.item(), " + RIGHT_ONES,
            "`step()` once",
        ),
        (
            CLEARED + FORWARD + "    loss.backward()\n    with torch.no_grad():\n"
            "        for p in net.parameters():\n            p -= 0.4 * p.grad\n"
            "    return loss.item(), " + RIGHT_ONES,
            "not as one step of this optimizer",
        ),
        (
            CLEARED + "    loss = criterion(inputs, net(labels))\n    loss.backward()\n"
            "    optimizer.step()\n    return loss.item(), 0",
            "raised",
        ),
    ],
    "five_bugs": [
        (TRAIN.replace("(net.parameters()", "(Net().parameters()"), "whose parameters"),
        (TRAIN.replace("net.train()", "net.eval()"), "eval mode"),
        (TRAIN.replace("flip(3)", "flip(0)"), "beside another image"),
        (TRAIN.replace("flip(3)", "flip(2)"), "on their heads"),
        (TRAIN.replace("flip(3)", "flip(1)"), "colours have changed places"),
        (TRAIN.replace("inputs.flip(3)", "inputs"), "not mirrored at all"),
        (TRAIN.replace("            optimizer.zero_grad()\n", ""), "one line forgets them"),
        (TRAIN.replace("loss.item() * len(labels)", "loss"), "keeps the graph"),
        (
            TRAIN.replace("loss.item() * len(labels)", "loss.item()").replace(
                "/ samples", "/ len(loader)"
            ),
            "weight by size",
        ),
        (TRAIN.replace("loss.item() * len(labels)", "loss.item()"), "multiply it by the size"),
        (TRAIN.replace("total / samples", "total"), "divide by their number"),
        (TRAIN.replace("/ samples", "/ len(loader)"), "not of batches"),
        (TRAIN.replace("total / samples", "loss.item()"), "the last batch alone"),
        (
            TRAIN.replace("        total, samples = 0.0, 0\n", "").replace(
                "    net.train()\n", "    net.train()\n    total, samples = 0.0, 0\n"
            ),
            "the mean of all epochs",
        ),
        (
            TRAIN.replace("    return", "        return"),
            "you make 3",
        ),
        (
            TRAIN.replace("            optimizer.step()\n", "").replace(
                "    return", "    optimizer.step()\n    return"
            ),
            "not as the loop should",
        ),
        (TRAIN.replace("    return total / samples\n", ""), "return the mean loss"),
        (TRAIN.replace("            loss.backward()\n", ""), "have not moved"),
        (
            "def train(net, loader, learning_rate, epochs):\n"
            "    criterion = nn.CrossEntropyLoss()\n"
            "    optimizer = torch.optim.SGD(net.parameters(), lr=learning_rate)\n"
            "    net.train()\n    for _ in range(epochs):\n        for inputs, labels in loader:\n"
            "            optimizer.zero_grad()\n"
            "            criterion(net(inputs.flip(3)), labels).backward()\n"
            "            optimizer.step()\n    net.eval()\n    total, samples = 0.0, 0\n"
            "    with torch.no_grad():\n        for inputs, labels in loader:\n"
            "            total += criterion(net(inputs.flip(3)), labels).item() * len(labels)\n"
            "            samples += len(labels)\n    return total / samples",
            "the mean loss of the last epoch is",
        ),
        (
            TRAIN.replace("inputs = inputs", "inputs.copy_(inputs").replace("flip(3)", "flip(3))"),
            "leave the loader's own",
        ),
        (TRAIN.replace("flip(3)", "fliplr()"), "colours have changed places"),
    ],
    "rate_losses": [
        ("rate_losses = [2.3, 2.2, 2.1, 2.2, 2.4]", "answer with a dictionary"),
        ("rate_losses = {0.001: 2.2, 0.01: 2.1, 0.1: 2.4}", "five rates or more"),
        (
            "rate_losses = {0.001: 2.2, 0.002: 2.15, 0.003: 2.1, 0.004: 2.12, 0.005: 2.2}",
            "go further",
        ),
        (
            "rate_losses = {0.001: 2.2, 0.01: 2.1, 0.1: 2.05, 0.3: 2.01, 1.0: 1.9}",
            "the largest rate, 1, is the best",
        ),
        (
            "rate_losses = {0.001: 2.0, 0.01: 2.1, 0.1: 2.2, 0.3: 2.3, 1.0: 2.4}",
            "the smallest rate, 0.001, is the best",
        ),
        (
            "rate_losses = {r: 2.303 for r in (0.0001, 0.001, 0.01, 0.1, 1)}",
            "all losses are equal",
        ),
        (
            "rate_losses = {0.0001: 2.304, 0.001: 2.308, 0.01: 2.3035, 0.1: 2.31, 1: 2.33}",
            "did anything learn",
        ),
        (
            "rate_losses = {0.0001: 4.5, 0.001: 2.2, 0.01: 1.9, 0.1: 2.31, 1: 2.33}",
            "begin with a new network",
        ),
        ("rate_losses = {-0.001: 2.2, 0.01: 2.1, 0.1: 2.2, 0.3: 2.3, 1.0: 2.4}", "above 0"),
        (
            "rate_losses = {2.3: 0.0001, 2.2: 0.001, 2.1: -0.01, 2.15: 0.03, 2.4: 0.1}",
            "which the loss",
        ),
        ("rate_losses = {r: float('nan') for r in (1, 10, 50, 100, 1000)}", "smaller rates"),
        ("rate_losses = {0.1: '2.3', 1: '2', 2: '2', 3: '2', 4: '2'}", "answer with a number"),
        (
            "rate_losses = {2.302: 0.0001, 2.234: 0.001, 2.086: 0.003, 2.169: 0.01, 2.337: 0.03}",
            "which of the two numbers",
        ),
    ],
}
