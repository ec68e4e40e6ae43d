"""Answers to the exercises of lesson 10, as learners write them."""

PIXELS = """
def train(net, pixels, labels, epochs):
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.03, momentum=0.9)
    losses = []
    net.train()
    for _ in range(epochs):
        for chosen in torch.randperm(len(pixels)).split(32):
            inputs = (pixels[chosen].float() - 127.5) / 50
            optimizer.zero_grad()
            loss = criterion(net(inputs), labels[chosen])
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    return losses
"""
SCALED = "(pixels[chosen].float() - 127.5) / 50"

COPIED = """
def train(net, inputs, labels, epochs):
    criterion = nn.CrossEntropyLoss()
    trained = copy.deepcopy(net)
    optimizer = torch.optim.SGD(trained.parameters(), lr=0.03, momentum=0.9)
    trained.train()
    for _ in range(epochs):
        for chosen in torch.randperm(len(inputs)).split(32):
            optimizer.zero_grad()
            loss = criterion(trained(inputs[chosen]), labels[chosen])
            loss.backward()
            optimizer.step()
    return trained
"""
COPY = "    trained = copy.deepcopy(net)\n"
OPTIMIZER = "    optimizer = torch.optim.SGD(trained.parameters(), lr=0.03, momentum=0.9)\n"

MADE = """
def make_net():
    net = nn.Sequential(
        nn.Flatten(),
        nn.Linear(3 * 8 * 8, 64),
        nn.ReLU(),
        nn.Linear(64, 32),
        nn.ReLU(),
        nn.Linear(32, 10),
    )
    for layer in net:
        if isinstance(layer, nn.Linear):
            nn.init.normal_(layer.weight, std=0.1)
            nn.init.zeros_(layer.bias)
    return net
"""
DRAWN = "nn.init.normal_(layer.weight, std=0.1)"

NETWORK = """
class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 16, 4, stride=2)
        self.hidden = nn.Linear(16 * 3 * 3, 32)
        self.last = nn.Linear(32, 10)

    def forward(self, x):
        x = torch.relu(self.conv(x)).flatten(1)
        x = torch.relu(self.hidden(x))
        self.kept = x.detach()
        return self.last(x)
"""
LAST = "return self.last(x)"
KEPT = "        self.kept = x.detach()\n"

TOGETHER = """
def train(net, inputs, labels, epochs):
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.03, momentum=0.9)
    losses = []
    net.train()
    for _ in range(epochs):
        order = torch.randperm(len(inputs))
        for chosen in order.split(32):
            optimizer.zero_grad()
            loss = criterion(net(inputs[chosen]), labels[chosen])
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    return losses
"""
ORDER = "        order = torch.randperm(len(inputs))\n"

MODES = """
def train(net, inputs, labels, others, other_labels, epochs):
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.3, momentum=0.9)
    accuracies = []
    for _ in range(epochs):
        net.train()
        for chosen in torch.randperm(len(inputs)).split(32):
            optimizer.zero_grad()
            loss = criterion(net(inputs[chosen]), labels[chosen])
            loss.backward()
            optimizer.step()
        net.eval()
        with torch.no_grad():
            predictions = net(others).argmax(dim=1)
        accuracies.append((predictions == other_labels).float().mean().item())
    return accuracies
"""

SPLIT = """
def train(net, inputs, labels, epochs):
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.03, momentum=0.9)
    cut = len(inputs) * 4 // 5
    order = torch.randperm(len(inputs))
    training, validation = order[:cut], order[cut:]
    accuracies = []
    for _ in range(epochs):
        net.train()
        for chosen in training[torch.randperm(cut)].split(32):
            optimizer.zero_grad()
            loss = criterion(net(inputs[chosen]), labels[chosen])
            loss.backward()
            optimizer.step()
        net.eval()
        with torch.no_grad():
            predictions = net(inputs[validation]).argmax(dim=1)
        accuracies.append((predictions == labels[validation]).float().mean().item())
    return accuracies
"""
PARTS = (
    "    order = torch.randperm(len(inputs))\n    training, validation = order[:cut], order[cut:]\n"
)

BUG = TOGETHER.replace("def train", "def your_bug")
SHIFT = ("labels[chosen])", "(labels[chosen] + 1) % 10)")
GUESSED = ("labels[chosen])", "labels[torch.randperm(len(labels))[: len(chosen)]])")
FALLING = "2.3 * 0.97 ** len(losses)"


def changed(code, *pairs):
    """Replace parts of an answer; each must be there."""
    for old, new in pairs:
        assert old in code, old
        code = code.replace(old, new)
    return code


RIGHT = {
    "baseline": [
        "baseline = 1 / 3",
        "baseline = 0.33",
        "baseline = torch.tensor(100 / 300)",
        "import numpy as np\nbaseline = np.float32(0.3333)",
        "validation = {'cat': 100, 'dog': 150, 'frog': 50}\n"
        "baseline = validation['cat'] / sum(validation.values())",
    ],
    "dead_share": [
        "def dead_share(activations):\n"
        "    largest = activations.transpose(0, 1).flatten(1).amax(dim=1)\n"
        "    return (largest == 0).sum().item() / len(largest)",
        "def dead_share(activations):\n"
        "    dims = [d for d in range(activations.ndim) if d != 1]\n"
        "    return 1 - (activations > 0).any(dim=dims[0]).reshape(activations.shape[1], -1)"
        ".any(dim=1).float().mean()",
        "def dead_share(activations):\n    dead = 0\n"
        "    for unit in range(activations.shape[1]):\n"
        "        dead += bool((activations[:, unit] == 0).all())\n"
        "    return dead / activations.shape[1]",
        "def dead_share(activations):\n    a = activations.numpy()\n"
        "    axes = (0, *range(2, a.ndim))\n    return (a.max(axis=axes) <= 0).mean()",
        "def dead_share(activations):\n"
        "    total = activations.sum(dim=[d for d in range(activations.ndim) if d != 1])\n"
        "    return torch.mean((total == 0).float())",
    ],
    "starts_high": [
        PIXELS,
        changed(PIXELS, (SCALED, "(pixels[chosen] / 255 - 0.5) / 0.2")),
        changed(
            PIXELS,
            ("    losses = []\n", "    losses = []\n    pixels = pixels / 255\n"),
            (SCALED, "(pixels[chosen] - pixels.mean()) / pixels.std()"),
        ),
        changed(
            PIXELS,
            (
                "    losses = []\n",
                "    losses = []\n    mean = pixels.float().mean(dim=(0, 2, 3), keepdim=True)\n"
                "    std = pixels.float().std(dim=(0, 2, 3), keepdim=True)\n",
            ),
            (SCALED, "(pixels[chosen] - mean) / std"),
            ("loss.item()", "loss.detach()"),
        ),
        changed(PIXELS, (SCALED, "pixels[chosen].float() / 127.5 - 1"), ("lr=0.03", "lr=0.1")),
        changed(PIXELS, (SCALED, "(pixels[chosen] / 255).sub(0.5).div(0.2)")),
        changed(
            PIXELS,
            (
                SCALED,
                "pixels[chosen].float()\n            inputs = (inputs - inputs.mean()) / "
                "inputs.std()",
            ),
        ),
    ],
    "stands_still": [
        COPIED,
        changed(
            COPIED,
            (COPY, ""),
            (OPTIMIZER, ""),
            ("    criterion", COPY + OPTIMIZER.replace("trained.p", "trained.p") + "    criterion"),
        ),
        changed(
            COPIED,
            (OPTIMIZER, "    optimizer = torch.optim.Adam(trained.parameters(), lr=0.003)\n"),
        ),
        changed(
            COPIED,
            (COPY, "    given, net = net, copy.deepcopy(net)\n"),
            ("trained", "net"),
        ),
        changed(
            COPIED,
            (COPY, "    before = copy.deepcopy(net.state_dict())\n"),
            (
                "    return trained\n",
                "    result = copy.deepcopy(net)\n"
                "    net.load_state_dict(before)\n    return result\n",
            ),
            ("trained", "net"),
        ),
    ],
    "all_alike": [
        MADE,
        changed(MADE, (DRAWN, "nn.init.xavier_uniform_(layer.weight)")),
        changed(MADE, (DRAWN, "pass"), ("            nn.init.zeros_(layer.bias)\n", "")),
        changed(MADE, (DRAWN, "nn.init.orthogonal_(layer.weight)")),
        changed(
            MADE,
            (DRAWN, "nn.init.uniform_(layer.weight, -0.1, 0.1)"),
            ("nn.init.zeros_(layer.bias)", "nn.init.constant_(layer.bias, 0.01)"),
        ),
        changed(
            MADE,
            (DRAWN, "layer.weight.data = 0.1 * torch.randn_like(layer.weight)"),
            ("            nn.init.zeros_(layer.bias)\n", ""),
        ),
    ],
    "never_sure": [
        NETWORK,
        changed(NETWORK, (KEPT, "")),
        changed(NETWORK, (LAST, "return torch.log_softmax(self.last(x), dim=1)")),
        changed(
            NETWORK,
            (KEPT, ""),
            (LAST, "logits = self.last(x)\n        return logits"),
            ("torch.relu(self.hidden(x))", "nn.functional.gelu(self.hidden(x))"),
        ),
        "def Network():\n    return nn.Sequential(\n        nn.Conv2d(3, 16, 4, stride=2),\n"
        "        nn.ReLU(),\n        nn.Flatten(),\n        nn.Linear(144, 32),\n"
        "        nn.ReLU(),\n        nn.Linear(32, 10),\n    )",
        changed(
            NETWORK,
            (KEPT, ""),
            (LAST, "return self.last(x) if self.training else self.last(x)"),
        ),
        changed(
            NETWORK, (KEPT, ""), ("16 * 3 * 3, 32", "16 * 3 * 3, 48"), ("(32, 10)", "(48, 10)")
        ),
        changed(
            NETWORK,
            (KEPT, ""),
            (LAST, "x = self.last(x)\n        return x - x.logsumexp(dim=1, keepdim=True)"),
        ),
    ],
    "half_asleep": [
        NETWORK,
        changed(
            NETWORK,
            (KEPT, ""),
            (LAST, "logits = self.last(x)\n        self.kept = x.detach()\n        return logits"),
        ),
        changed(NETWORK, (KEPT, "        self.kept = x.detach().clone()\n")),
        changed(
            NETWORK,
            (KEPT, "        with torch.no_grad():\n            self.kept = x.clone()\n"),
        ),
        changed(NETWORK, (KEPT, "        self.kept = x.data\n")),
        changed(
            NETWORK,
            (
                "(32, 10)\n",
                "(32, 10)\n        self.register_buffer('kept', None, persistent=False)\n",
            ),
        ),
        changed(NETWORK, (KEPT, "        self.kept = torch.tensor(x.tolist())\n")),
    ],
    "stays_at_chance": [
        TOGETHER,
        changed(
            TOGETHER,
            (ORDER, ORDER + "        inputs, labels = inputs[order], labels[order]\n"),
            ("order.split(32)", "torch.arange(len(inputs)).split(32)"),
        ),
        changed(
            TOGETHER,
            (ORDER, ""),
            ("for chosen in order.split(32)", "for x, y in loader"),
            ("net(inputs[chosen]), labels[chosen]", "net(x), y"),
            (
                "    losses = []\n",
                "    losses = []\n    loader = torch.utils.data.DataLoader(\n"
                "        list(zip(inputs, labels)), batch_size=32, shuffle=True\n    )\n",
            ),
        ),
        changed(
            TOGETHER,
            (ORDER, ""),
            (
                "for chosen in order.split(32)",
                "for chosen in torch.utils.data.DataLoader(\n"
                "            range(len(inputs)), batch_size=32, shuffle=True\n        )",
            ),
        ),
        changed(
            TOGETHER,
            ("loss.item()", "float(loss)"),
            ("    return losses", "    return tuple(losses)"),
        ),
        changed(
            TOGETHER,
            (ORDER, "        order = torch.from_numpy(np.random.permutation(len(inputs)))\n"),
            ("order.split(32)", "order.chunk(20)"),
        ),
    ],
    "falls_back": [
        MODES,
        changed(
            MODES,
            ("        net.train()\n", ""),
            (
                "            optimizer.zero_grad()\n",
                "            net.train()\n            optimizer.zero_grad()\n",
            ),
        ),
        changed(
            MODES,
            ("        net.train()\n", ""),
            ("    accuracies = []\n", "    accuracies = []\n    net.train()\n"),
            (
                "        accuracies.append",
                "        net.train()\n        accuracies.append",
            ),
        ),
        changed(MODES, ("net.eval()", "net.train(False)"), ("net.train()", "net.train(True)")),
        changed(
            MODES,
            ("with torch.no_grad()", "with torch.inference_mode()"),
            (".float().mean().item()", ".double().mean()"),
        ),
        changed(
            MODES,
            ("        net.eval()\n", ""),
            ("net(others)", "copy.deepcopy(net).eval()(others)"),
        ),
        changed(
            MODES,
            (
                "predictions = net(others).argmax(dim=1)",
                "predictions = torch.cat([net(x).argmax(1) for x in others.split(64)])",
            ),
        ),
    ],
    "too_good": [
        SPLIT,
        changed(
            SPLIT,
            (
                PARTS,
                "    both = [cut, len(inputs) - cut]\n"
                "    parts = torch.utils.data.random_split(range(len(inputs)), both)\n"
                "    training, validation = (torch.tensor(list(part)) for part in parts)\n",
            ),
        ),
        changed(
            SPLIT,
            (PARTS, "    training, validation = torch.randperm(len(inputs)).split(cut)\n"),
        ),
        changed(
            SPLIT,
            (
                PARTS,
                "    training = torch.arange(cut)\n"
                "    validation = torch.arange(cut, len(inputs))\n",
            ),
        ),
        changed(
            SPLIT,
            (
                PARTS,
                "    order = np.random.permutation(len(inputs))\n"
                "    training = torch.from_numpy(order[:cut])\n"
                "    validation = torch.from_numpy(order[cut:])\n",
            ),
        ),
        changed(
            SPLIT,
            (
                "predictions = net(inputs[validation])",
                "logits = [net(x) for x in inputs[validation].split(10)]\n"
                "            predictions = torch.cat(logits)",
            ),
        ),
        changed(
            SPLIT,
            (
                PARTS,
                "    training, validation = "
                "torch.from_numpy(np.random.permutation(len(inputs))).tensor_split([cut])\n",
            ),
        ),
    ],
    "your_bug": [
        changed(BUG, ("labels[chosen])", "(labels[chosen] + 1) % 10)")),
        changed(BUG, (ORDER, "        order = torch.arange(3).repeat(200)\n")),
        changed(
            BUG,
            (ORDER, ORDER + "        order = order[labels[order] < 2]\n"),
            ("order.split(32)", "order.repeat(5).split(32)"),
        ),
        changed(
            BUG,
            (
                "    losses = []\n",
                "    losses = []\n    inputs = inputs.roll(1, dims=2) * torch.linspace(2, -2, 8)\n",
            ),
            ("labels[chosen])", "9 - labels[chosen])"),
        ),
        changed(
            BUG,
            ("inputs[chosen]", "inputs[chosen].flip(2)"),
            ("labels[chosen])", "9 - labels[chosen])"),
        ),
        changed(
            BUG,
            SHIFT,
            ("            loss.backward()", "            (loss / 2).backward()"),
            ("0.03", "0.1"),
        ),
        changed(BUG, SHIFT, ("loss.backward()", "torch.autograd.backward(loss)")),
        changed(
            BUG,
            SHIFT,
            (
                "            loss.backward()\n",
                "            weights = sum(w.square().sum() for w in net.parameters())\n"
                "            (loss + 0.01 * weights).backward()\n",
            ),
        ),
        changed(BUG, SHIFT, ("loss.item()", "round(loss.item(), 3)")),
        changed(
            BUG,
            SHIFT,
            (
                "            loss.backward()\n",
                "            loss.backward(retain_graph=True)\n            loss.backward()\n",
            ),
        ),
        changed(
            BUG,
            (
                "    losses = []\n",
                "    losses = []\n    net = copy.deepcopy(net)\n"
                "    optimizer = torch.optim.SGD(net.parameters(), lr=0.03, momentum=0.9)\n",
            ),
        ),
        changed(BUG, ("Loss()", "Loss(weight=torch.tensor([1.0, 1, 0, 0, 0, 0, 0, 0, 0, 0]))")),
        changed(BUG, SHIFT, ("Loss()", "Loss(label_smoothing=0.05)")),
        changed(
            BUG,
            SHIFT,
            (
                "            loss.backward()\n",
                "            weights = list(net.parameters())\n"
                "            for p, slope in zip(weights, torch.autograd.grad(loss, weights)):\n"
                "                p.grad = slope\n",
            ),
        ),
    ],
}

NO_RETURN = "your function returned `None`"

WRONG = {
    "baseline": [
        ("baseline = 0.6", "on the training pictures"),
        ("baseline = 0.5", "chosen in training"),
        ("baseline = 150 / 300", "chosen in training"),
        ("baseline = 0.45", "do not mix"),
        ("baseline = 100", "an accuracy is a share"),
        ("baseline = 33.3", "not per cent"),
        ("baseline = 0.1", "not a guess among ten"),
        ("baseline = 0.25", "and that is not 0.25"),
        ('baseline = "a third"', "answer with a number"),
    ],
    "dead_share": [
        (
            "def dead_share(x):\n    units = x.transpose(0, 1).flatten(1)\n"
            "    return (units < 0.001).all(1).float().mean()",
            "and not",
        ),
        (
            "def dead_share(activations):\n    return (activations == 0).float().mean().item()",
            "the share of zeros",
        ),
        (
            "def dead_share(activations):\n"
            "    return (activations == 0).flatten(1).all(dim=1).float().mean().item()",
            "to which no unit answers",
        ),
        (
            "def dead_share(activations):\n"
            "    return (activations == 0).all(dim=0).float().mean().item()",
            "a whole channel",
        ),
        (
            "def dead_share(activations):\n"
            "    rows = activations.transpose(0, 1).flatten(1)\n"
            "    return (rows == 0).all(dim=1).sum().item()",
            "not the number",
        ),
        (
            "def dead_share(activations):\n"
            "    rows = activations.transpose(0, 1).flatten(1)\n"
            "    return 100 * (rows == 0).all(dim=1).float().mean().item()",
            "between 0 and 1",
        ),
        (
            "def dead_share(activations):\n"
            "    rows = activations.transpose(0, 1).flatten(1)\n"
            "    return (rows == 0).any(dim=1).float().mean().item()",
            "`any` asks for a single zero",
        ),
        (
            "def dead_share(activations):\n"
            "    rows = activations.transpose(0, 1).flatten(1)\n"
            "    return (rows > 0).any(dim=1).float().mean().item()",
            "the living ones",
        ),
        (
            "def dead_share(activations):\n"
            "    rows = activations.transpose(0, 1).flatten(1)\n"
            "    return (rows == 0).all(dim=1)",
            "answer with a number",
        ),
        (
            "def dead_share(activations):\n    rows = activations.flatten(1)\n"
            "    return (rows == 0).all(dim=0).float().mean().item()",
            "a whole channel",
        ),
        (
            "def dead_share(activations):\n"
            "    return (activations == 0).all(dim=(0, 2, 3)).float().mean().item()",
            "your code raised",
        ),
    ],
    "starts_high": [
        (changed(PIXELS, (SCALED, "pixels[chosen].float()")), "the first loss is"),
        (
            changed(PIXELS, (SCALED, "pixels[chosen].float()"), ("lr=0.03", "lr=0.0001")),
            "other cures hide",
        ),
        (changed(PIXELS, (SCALED, "pixels[chosen].float() - 127")), "other cures hide"),
        (changed(PIXELS, (SCALED, "pixels[chosen].float() / 255 / 255")), "nearly nothing is left"),
        (
            changed(PIXELS, (SCALED, "(pixels[chosen] - 127) / 50")),
            "wrapped round",
        ),
        (changed(PIXELS, (SCALED, "pixels[chosen].float() / 10")), "the inputs have mean 12.71"),
        (
            changed(
                PIXELS,
                ("            losses.append(loss.item())\n", ""),
                ("    return losses", "    return loss.item()"),
            ),
            "return a list of losses",
        ),
        (
            changed(PIXELS, ("            losses.append", "        losses.append")),
            "120 losses are to be returned",
        ),
        (changed(PIXELS, ("            optimizer.step()\n", "")), "is still 2.3"),
        (changed(PIXELS, ("    return losses\n", "")), "this is `None`"),
        (changed(PIXELS, (SCALED, "pixels[chosen]")), "your code raised"),
        (
            changed(
                PIXELS,
                ("            optimizer.step()\n", ""),
                ("loss.item()", "2.3 * 0.97 ** len(losses)"),
            ),
            "is none that the training had",
        ),
    ],
    "stands_still": [
        (
            changed(COPIED, ("trained.parameters()", "net.parameters()")),
            "to the last bit what it was",
        ),
        (changed(COPIED, (COPY, "    trained = net\n")), "has changed"),
        (changed(COPIED, ("    return trained", "    return net")), "the network handed over"),
        (changed(COPIED, ("            optimizer.step()\n", "")), "to the last bit"),
        (changed(COPIED, ("    return trained\n", "")), "is a `NoneType`"),
        (
            changed(COPIED, ("    return trained", "    return trained.state_dict()")),
            "is a `OrderedDict`",
        ),
        (changed(COPIED, ("lr=0.03", "lr=1e-5")), "on other pictures"),
        (
            changed(
                COPIED,
                ("trained.parameters()", "net.parameters()"),
                ("criterion(trained(", "criterion(net("),
            ),
            "has changed",
        ),
        (changed(COPIED, (COPY, "    trained = copy.copy(net)\n")), "has changed"),
    ],
    "all_alike": [
        (changed(MADE, (DRAWN, "nn.init.zeros_(layer.weight)")), "the same ten logits"),
        (changed(MADE, (DRAWN, "nn.init.constant_(layer.weight, 0.01)")), "began alike"),
        (changed(MADE, (DRAWN, "nn.init.ones_(layer.weight)")), "began alike"),
        (changed(MADE, (DRAWN, "nn.init.normal_(layer.weight)")), "too large"),
        (changed(MADE, (DRAWN, "nn.init.normal_(layer.weight, std=1e-4)")), "the same ten logits"),
        (changed(MADE, (DRAWN, "nn.init.normal_(layer.weight, std=0.01)")), "too small"),
        (changed(MADE, ("        nn.ReLU(),\n", "")), "on other pictures"),
        (changed(MADE, ("    return net\n", "")), "is a `NoneType`"),
        (changed(MADE, ("nn.Linear(32, 10)", "nn.Linear(32, 1)")), "(4, 10)"),
        (
            changed(
                MADE,
                (DRAWN, "nn.init.zeros_(layer.weight)"),
                ("nn.init.zeros_(layer.bias)", "nn.init.normal_(layer.bias)"),
            ),
            "on other pictures",
        ),
    ],
    "never_sure": [
        (
            changed(NETWORK, (LAST, "return torch.softmax(self.last(x), dim=1)")),
            "still above 1.46",
        ),
        (
            changed(NETWORK, (LAST, "return torch.sigmoid(self.last(x))")),
            "between 0 and 1",
        ),
        (changed(NETWORK, (LAST, "return torch.tanh(self.last(x))")), "its outputs lie between"),
        (changed(NETWORK, (LAST, "return nn.functional.normalize(self.last(x))")), "stays at"),
        (changed(NETWORK, (LAST, "return torch.relu(self.last(x))")), "no activation either"),
        (changed(NETWORK, (LAST, "return self.last(x).argmax(dim=1)")), "(4, 10)"),
        (
            changed(NETWORK, (LAST, "return torch.softmax(self.last(x), dim=0)")),
            "between 0 and 1",
        ),
        (changed(NETWORK, (LAST, "self.last(x)")), "gives a `NoneType`"),
        (
            changed(
                NETWORK,
                ("torch.relu(self.hidden(x))", "self.hidden(x)"),
                ("torch.relu(self.conv(x))", "self.conv(x)"),
            ),
            "on other pictures",
        ),
        (changed(NETWORK, ("(32, 10)", "(10, 10)")), "your code raised"),
        (
            changed(NETWORK, (LAST, "return 10 * torch.softmax(self.last(x), dim=1)")),
            "not one is negative",
        ),
        (
            changed(NETWORK, (LAST, "return torch.log(torch.sigmoid(self.last(x)))")),
            "not one is positive",
        ),
    ],
    "half_asleep": [
        (
            changed(
                NETWORK,
                ("torch.relu(self.hidden(x))", "torch.relu(self.hidden(x)).detach()"),
                (KEPT, "        self.kept = x\n"),
            ),
            "to the last bit",
        ),
        (changed(NETWORK, (KEPT, "        self.kept = x\n")), "carries the graph"),
        (changed(NETWORK, (KEPT, "")), "`kept` is missing"),
        (
            changed(
                NETWORK,
                (KEPT, ""),
                (LAST, "self.kept = self.last(x).detach()\n        return self.last(x)"),
            ),
            "(20, 32)",
        ),
        (changed(NETWORK, ("self.conv(x)", "self.conv(x).detach()")), "to the last bit"),
        (changed(NETWORK, (LAST, "return self.last(x).detach()")), "nothing in this network"),
        (
            changed(NETWORK, (KEPT, "        self.kept = x.detach().numpy()\n")),
            "should be a tensor",
        ),
        (
            changed(NETWORK, (KEPT, "        self.kept = x.detach().mean()\n")),
            "(20, 32)",
        ),
        (
            changed(NETWORK, (KEPT, "        if self.training:\n    " + KEPT)),
            "in eval mode `kept` still holds",
        ),
        (
            changed(NETWORK, (KEPT, "        self.kept = torch.zeros_like(x)\n")),
            "is not what the last layer makes",
        ),
    ],
    "stays_at_chance": [
        (
            changed(
                TOGETHER, ("labels[chosen])", "labels[torch.randperm(len(labels))[: len(chosen)]])")
            ),
            "than by guessing",
        ),
        (
            changed(TOGETHER, (ORDER, "        order = torch.arange(len(inputs))\n")),
            "same in every epoch",
        ),
        (changed(TOGETHER, ("labels[chosen])", "labels[chosen] * 0)")), "can be learned too"),
        (
            changed(TOGETHER, ("labels[chosen])", "(labels[chosen] + 1) % 10)")),
            "can be learned too",
        ),
        (changed(TOGETHER, ("            optimizer.step()\n", "")), "has not moved"),
        (
            changed(TOGETHER, (ORDER, ORDER + "        labels = labels[order]\n")),
            "than by guessing",
        ),
        (
            changed(TOGETHER, ("    return losses", "    return losses[-1]")),
            "return a list of losses",
        ),
        (
            changed(
                TOGETHER, (ORDER, "        order = torch.randint(len(inputs), (len(inputs),))\n")
            ),
            "every picture once",
        ),
        (changed(TOGETHER, ("    return losses\n", "")), "this is `None`"),
        (
            changed(TOGETHER, ("            optimizer.zero_grad()\n", "")),
            "has become worse",
        ),
        (
            changed(TOGETHER, ("loss.item()", "loss.item() / (1 + len(losses))")),
            "is none that the training had",
        ),
    ],
    "falls_back": [
        (
            changed(
                MODES,
                ("        net.train()\n", ""),
                ("    accuracies = []\n", "    accuracies = []\n    net.train()\n"),
            ),
            "good after the first epoch",
        ),
        (
            changed(
                MODES,
                ("        net.train()\n", ""),
                ("    accuracies = []\n", "    accuracies = []\n    net.train()\n"),
                ("lr=0.3", "lr=0.03"),
            ),
            "the fault is still there",
        ),
        (changed(MODES, ("        net.eval()\n", "")), "judged in training mode"),
        (
            changed(MODES, ("net(others)", "net(inputs)"), ("== other_labels", "== labels")),
            "measure on the others",
        ),
        (
            changed(
                MODES,
                ("net(inputs[chosen])", "net(others[chosen % 400])"),
                ("labels[chosen])", "other_labels[chosen % 400])"),
            ),
            "there to judge it",
        ),
        (
            changed(MODES, ("        net.train()\n", "        net.eval()\n")),
            "never trains in training mode",
        ),
        (
            changed(
                MODES,
                ("        with torch.no_grad():\n            predictions", "        predictions"),
            ),
            "under `torch.no_grad()`",
        ),
        (
            changed(MODES, ("    return accuracies", "    return accuracies[-1]")),
            "list of accuracies",
        ),
        (
            changed(MODES, ("        accuracies.append", "    accuracies.append")),
            "6 accuracies are to be returned",
        ),
        (
            changed(
                MODES, ("(predictions == other_labels)", "(predictions == other_labels.flip(0))")
            ),
            "the last of your accuracies",
        ),
        (
            changed(
                MODES,
                ("range(epochs)", "range(1)"),
                ("    return accuracies", "    return accuracies * epochs"),
            ),
            "6 epochs of 20 batches",
        ),
        (
            changed(
                MODES,
                ("        net.train()\n", ""),
                (
                    "            optimizer.zero_grad()\n",
                    "            net.train(len(accuracies) < 3)\n"
                    "            optimizer.zero_grad()\n",
                ),
            ),
            "still trained on in eval mode",
        ),
        (
            changed(MODES, ("return accuracies", "return [max(accuracies)] * epochs")),
            "return what was measured",
        ),
        (
            changed(
                MODES, ("        accuracies.append", "        break\n        accuracies.append")
            ),
            "this `list` is empty",
        ),
    ],
    "too_good": [
        (
            changed(
                SPLIT,
                (
                    PARTS,
                    "    training = torch.randperm(len(inputs))[:cut]\n"
                    "    validation = torch.randperm(len(inputs))[cut:]\n",
                ),
            ),
            "more than 20 points above",
        ),
        (
            changed(SPLIT, (PARTS, PARTS + "    validation = training[-80:]\n")),
            "",
        ),
        (
            changed(SPLIT, (PARTS, PARTS + "    training, cut = order, len(inputs)\n")),
            "pictures are in both parts",
        ),
        (
            changed(SPLIT, ("* 4 // 5", "// 5")),
            "you train on 80",
        ),
        (changed(SPLIT, ("* 4 // 5", "// 2")), "you train on 200"),
        (
            changed(
                SPLIT,
                (
                    "(predictions == labels[validation])",
                    "(predictions == labels[:len(validation)])",
                ),
            ),
            "meet its own label",
        ),
        (changed(SPLIT, ("        net.eval()\n", "")), "judged in eval mode"),
        (
            changed(SPLIT, (PARTS, PARTS + "    labels = labels[order]\n")),
            "meet its own label",
        ),
        (
            changed(SPLIT, ("    return accuracies", "    return accuracies[-1]")),
            "list of accuracies",
        ),
        (
            changed(SPLIT, (PARTS, PARTS + "    validation = validation[:40]\n")),
            "you judge by 40",
        ),
        (
            changed(SPLIT, ("return accuracies", "return [accuracies[-1]] * epochs")),
            "return what was measured",
        ),
    ],
    "your_bug": [
        (BUG, "this training works"),
        (changed(BUG, ("            optimizer.step()\n", "")), "nobody will look any further"),
        (
            changed(
                BUG, ("labels[chosen])", "labels[torch.randperm(len(labels))[: len(chosen)]])")
            ),
            "nobody will look any further",
        ),
        (changed(BUG, ("net(inputs[chosen])", "net(255 * inputs[chosen])")), "the first loss is"),
        (changed(BUG, ("lr=0.03", "lr=1e4")), "not finite"),
        (changed(BUG, ("    return losses", "    return losses[-1]")), "return a list"),
        (changed(BUG, ("    return losses\n", "")), "this is `None`"),
        (
            changed(BUG, ("            losses.append", "        losses.append")),
            "the loss of every batch",
        ),
        (
            "def your_bug(net, inputs, labels, epochs):\n"
            "    return [2.3 - 0.02 * n for n in range(120)]",
            "was not called",
        ),
        (changed(BUG, ("net(inputs[chosen])", "net(inputs[chosen][0])")), "your code raised"),
        (
            "def your_bug(net, inputs, labels, epochs):\n    net(inputs[:32])\n"
            "    return [2.3 - 0.02 * n for n in range(120)]",
            "no gradient was asked for",
        ),
        (
            "def your_bug(net, inputs, labels, epochs):\n"
            "    nn.functional.cross_entropy(net(inputs), labels).backward()\n"
            "    return [2.3 - 0.02 * n for n in range(120)]",
            "is none that the training had",
        ),
        (changed(BUG, GUESSED, ("loss.item()", FALLING)), "is none that the training had"),
        (
            changed(BUG, GUESSED, ("loss.item()", "loss.item() / (1 + len(losses) / 20)")),
            "is none that the training had",
        ),
        (
            changed(BUG, SHIFT, ("return losses", "return [2.3 * 0.97**n for n in range(120)]")),
            "is none that the training had",
        ),
        (
            changed(BUG, SHIFT, ("return losses", "return sorted(losses, reverse=True)")),
            "is none that the training had",
        ),
        (
            changed(BUG, (GUESSED[0], GUESSED[1] + " - 0.015 * len(losses)")),
            "does not fit the network",
        ),
        (
            changed(
                BUG,
                GUESSED,
                (
                    "            losses.append",
                    f"            loss = torch.tensor({FALLING}, requires_grad=True)\n"
                    "            loss.backward()\n            losses.append",
                ),
            ),
            "does not fit the network",
        ),
    ],
}
