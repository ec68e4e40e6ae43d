"""Answers that readers of the lessons tried on the checkers, each named after what it does.

`REVIEWED` holds those that a lecturer's review of the first nine lessons named: wrong ones that
were accepted, right ones that were refused, and texts that crashed a checker. Every exercise it
names is still there. `FOUND` holds what a second reader found, who had seen the tasks only. Each
row is the exercise, what the answer does, its code, and the message if it is wrong.
"""

MSE = "def mean_squared_error(p, t):\n    return "
RATES = "rate_losses = {1e-5: 2.31, 1e-4: 2.305, 1e-3: 2.30, 1e-2: 2.31, 1e-1: 2.4}"


def classifier(layers, forward):
    """Code that makes a network of a class with these layers and this forward."""
    lines = "".join(f"            self.{name} = nn.{layer}\n" for name, layer in layers.items())
    return (
        "def make_classifier():\n    class Small(nn.Module):\n"
        f"        def __init__(self):\n            super().__init__()\n{lines}\n"
        f"        def forward(self, x):\n            return {forward}\n\n    return Small()"
    )


FIRST, SECOND = "Linear(4, 8)", "Linear(8, 3)"

REVIEWED = [
    # wrong, and accepted then
    (
        "tensor_math.mean_squared_error",
        "sum of distances",
        f"{MSE}(p[:, 0] - t).abs().sum()",
        "yours",
    ),
    ("tensor_math.mean_squared_error", "length", f"{MSE}torch.linalg.norm(p[:, 0] - t)", "length"),
    ("tensor_math.mean_squared_error", "largest", f"{MSE}(p[:, 0] - t).abs().max()", "largest"),
    (
        "tensor_math.mean_squared_error",
        "squared difference of sums",
        f"{MSE}(p.sum() - t.sum()) ** 2 / len(t)",
        "mean of the squared",
    ),
    (
        "models.make_classifier",
        "ReLU first",
        "make_classifier = lambda: nn.Sequential(nn.ReLU(), nn.Linear(4, 8), nn.Linear(8, 3))",
        "before the first layer",
    ),
    (
        "models.make_classifier",
        "ReLU at the end, then dropout",
        "make_classifier = lambda: nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3), "
        "nn.ReLU(), nn.Dropout())",
        "no output is below 0",
    ),
    (
        "models.make_classifier",
        "sigmoid at the end",
        "make_classifier = lambda: nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3), "
        "nn.Sigmoid())",
        "between −1 and 1",
    ),
    (
        "models.make_classifier",
        "softmax in forward",
        classifier(
            {"first": FIRST, "second": SECOND}, "self.second(self.first(x).relu()).softmax(1)"
        ),
        "no softmax",
    ),
    (
        "models.make_classifier",
        "ReLU never called",
        classifier(
            {"first": FIRST, "relu": "ReLU()", "second": SECOND}, "self.second(self.first(x))"
        ),
        "two Linear layers are one",
    ),
    (
        "models.classify",
        "eval mode after the call",
        "def classify(net, picture):\n    was = net.training\n    with torch.no_grad():\n"
        "        answer = net(picture[None]).argmax().item()\n    net.eval()\n    net.train(was)\n"
        "    return answer",
        "still in training mode",
    ),
    (
        "models.classify",
        "train mode afterwards, whatever it was",
        "def classify(net, picture):\n    net.eval()\n    with torch.no_grad():\n"
        "        answer = net(picture[None]).argmax().item()\n    net.train()\n    return answer",
        "restore what you found",
    ),
    (
        "evaluation.best_epoch",
        "stops at the first rise",
        "def best_epoch(losses):\n    for n in range(1, len(losses)):\n"
        "        if losses[n] > losses[n - 1]:\n            return n\n    return len(losses)",
        "too early to stop",
    ),
    ("evaluation.best_epoch", "the middle", "best_epoch = lambda l: len(l) // 2 + 1", "you say"),
    (
        "training_loop.train_step",
        "returns 0.0",
        "def train_step(net, criterion, optimizer, inputs, labels):\n    optimizer.zero_grad()\n"
        "    criterion(net(inputs), labels).backward()\n    optimizer.step()\n"
        "    return 0.0, 0",
        "you return 0",
    ),
    (
        "training_loop.train_step",
        "the loss after the step, times N",
        "def train_step(net, criterion, optimizer, inputs, labels):\n    optimizer.zero_grad()\n"
        "    criterion(net(inputs), labels).backward()\n    optimizer.step()\n"
        "    return criterion(net(inputs), labels).item() * len(labels), 0",
        "loss",
    ),
    (
        "tensor_creation.draw",
        "NumPy's global seed",
        "def draw(seed):\n    np.random.seed(seed)\n    return np.random.randint(1, 7, 3)",
        "NumPy's global generator",
    ),
    (
        "tensor_creation.draw",
        "Python's global seed",
        "def draw(seed):\n    import random\n    random.seed(seed)\n"
        "    return [random.randint(1, 6) for _ in range(3)]",
        "Python's global generator",
    ),
    (
        "tensor_creation.draw",
        "counts up from the seed",
        "draw = lambda seed: torch.tensor([seed, seed + 1, seed + 2]) % 6 + 1",
        "by a rule one can see",
    ),
    ("autograd.gradient", "always 2x", "gradient = lambda f, x: 2 * x", "the gradient of"),
    (
        "autograd.gradient",
        "leaves x.grad behind",
        "def gradient(f, x):\n    x.requires_grad_()\n    f(x).backward()\n    return x.grad",
        "x was changed",
    ),
    (
        "autograd.gradient",
        "sets x to zero",
        "def gradient(f, x):\n    own = x.detach().clone().requires_grad_()\n"
        "    f(own).backward()\n    x.zero_()\n    return own.grad",
        "the numbers of x were changed",
    ),
    (
        "scaling_out.combine",
        "two parts only",
        "combine = lambda g, s: (g[0] * s[0] + g[1] * s[1]) / (s[0] + s[1])",
        "",
    ),
    (
        "scaling_out.combine",
        "changes g[1:] in place",
        "def combine(g, s):\n    total = g[0] * s[0]\n    for one, size in zip(g[1:], s[1:]):\n"
        "        total += one.mul_(size)\n    return total / sum(s)",
        "",
    ),
    # right, and refused then
    (
        "models.make_classifier",
        "torch.relu in forward",
        classifier({"first": FIRST, "second": SECOND}, "self.second(torch.relu(self.first(x)))"),
        None,
    ),
    (
        "models.make_classifier",
        "self.relu declared last",
        classifier(
            {"first": FIRST, "second": SECOND, "relu": "ReLU()"},
            "self.second(self.relu(self.first(x)))",
        ),
        None,
    ),
    (
        "models.make_classifier",
        "layers declared in another order",
        classifier({"second": SECOND, "first": FIRST}, "self.second(torch.relu(self.first(x)))"),
        None,
    ),
    (
        "models.make_classifier",
        "lazy layers",
        "make_classifier = lambda: nn.Sequential(nn.LazyLinear(8), nn.ReLU(), nn.LazyLinear(3))",
        None,
    ),
    (
        "tensor_math.mean_squared_error",
        "a Python number",
        f"{MSE}((p[:, 0] - t) ** 2).mean().item()",
        None,
    ),
    (
        "tensor_math.mean_squared_error",
        "float64",
        f"{MSE}((p[:, 0].double() - t) ** 2).mean()",
        None,
    ),
    (
        "autograd.gradient",
        "central differences in float64",
        "def gradient(f, x):\n    x = x.double()\n    slopes = torch.zeros_like(x)\n"
        "    for n in range(x.numel()):\n        step = torch.zeros_like(x)\n"
        "        step.view(-1)[n] = 1e-6\n"
        "        slopes.view(-1)[n] = (f(x + step) - f(x - step)) / 2e-6\n    return slopes",
        None,
    ),
    # texts, which crashed the checker
    ("models.linear_parameters", "text", "linear_parameters = '1010'", "answer with a number"),
    ("training_loop.steps", "text", "steps = '5000'", "answer with a number"),
    ("cifar10_data.batches", "text", "batches = '391'", "answer with a number"),
    ("tensor_math.sum_shape", "text", "sum_shape = '(4, 3)'", "answer with a tuple"),
    ("tensor_math.sum_shape", "a number", "sum_shape = 12", "answer with a tuple"),
    ("scaling_out.efficiency", "percent", "efficiency = 75", "write it as a fraction"),
]

FOUND = [
    (
        "tensor_creation.to_unit",
        "divides by the brightest pixel",
        "to_unit = lambda pixels: pixels / pixels.max()",
        "whatever the brightest pixel is",
    ),
    (
        "tensor_math.positive_mean",
        "counts zeros",
        "positive_mean = lambda x: x[x >= 0].mean()",
        "0 is not positive",
    ),
    (
        "tensor_math.positive_mean",
        "clears what it is given",
        "def positive_mean(x):\n    x[x <= 0] = 0\n    return x.sum() / (x != 0).sum()",
        "changes what it is given",
    ),
    (
        "tensor_math.center",
        "in place",
        "def center(table):\n    table -= table.mean(dim=0)\n    return table",
        "changes what it is given",
    ),
    (
        "tensor_math.mean_squared_error",
        "in place",
        "def mean_squared_error(predictions, targets):\n"
        "    predictions.squeeze_(1).sub_(targets).square_()\n    return predictions.mean()",
        "changes what it is given",
    ),
    (
        "tensor_math.spot",
        "rings",
        "side = torch.linspace(-1, 1, 65)\ndistance = side[:, None] ** 2 + side**2\n"
        "spot = torch.exp(-3 * distance) * torch.cos(12 * distance.sqrt()).abs()",
        "brighter again",
    ),
    (
        "autograd.descend",
        "returns w",
        "def descend(w, loss, learning_rate):\n    loss.backward()\n    with torch.no_grad():\n"
        "        w -= learning_rate * w.grad\n    w.grad = None\n    return w",
        "return nothing",
    ),
    (
        "autograd.fit_slope",
        "with an intercept",
        "def fit_slope(inputs, targets):\n    apart = inputs - inputs.mean()\n"
        "    return ((apart @ targets) / (apart @ apart)).item()",
        "through the origin",
    ),
    (
        "models.conv_size",
        "a whole number as a float",
        "def conv_size(size, kernel, stride, padding):\n"
        "    return np.floor((size + 2 * padding - kernel) / stride) + 1",
        None,
    ),
    (
        "models.make_classifier",
        "the same network in each call",
        "same = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3))\n"
        "make_classifier = lambda: same",
        "make a new network",
    ),
    (
        "models.make_classifier",
        "frozen",
        "make_classifier = lambda: nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3))"
        ".requires_grad_(False)",
        "could not be trained",
    ),
    (
        "models.classify",
        "switches gradients off for good",
        "def classify(net, picture):\n    was = net.training\n    net.eval()\n"
        "    torch.set_grad_enabled(False)\n    answer = net(picture[None]).argmax().item()\n"
        "    net.train(was)\n    return answer",
        "leaves gradients switched off",
    ),
    (
        "models.fit_curve",
        "a table in a buffer",
        "def fit_curve(x, y):\n    class Table(nn.Module):\n        def __init__(self):\n"
        "            super().__init__()\n            self.shift = nn.Parameter(torch.zeros(1))\n"
        "            self.register_buffer('x', x)\n            self.register_buffer('y', y)\n\n"
        "        def forward(self, asked):\n"
        "            return self.y[(asked - self.x.T).abs().argmin(1)] + self.shift\n\n"
        "    return Table()",
        "not in its parameters",
    ),
    (
        "cifar10_data.mean_loss",
        "empties the lists",
        "def mean_loss(losses, sizes):\n    count, total = sum(sizes), 0\n    while losses:\n"
        "        total += losses.pop() * sizes.pop()\n    return total / count",
        "changes what it is given",
    ),
    (
        "cifar10_data.guess",
        "a column",
        "def guess(images, labels, new):\n"
        "    means = torch.stack([images[labels == c].float().mean(0) for c in range(10)])\n"
        "    distances = torch.cdist(new.float().flatten(1), means.flatten(1))\n"
        "    return distances.argmin(1, keepdim=True)",
        "the shape should be (100,)",
    ),
    (
        "training_loop.running_means",
        "empties the list",
        "def running_means(losses, every):\n    means = []\n    while len(losses) >= every:\n"
        "        means.append(sum(losses[:every]) / every)\n        del losses[:every]\n"
        "    return means",
        "changes what it is given",
    ),
    ("training_loop.rate_losses", "nothing learned", RATES, "did anything learn"),
    (
        "evaluation.best_epoch",
        "gives up after two bad epochs",
        "def best_epoch(losses):\n    best = 0\n    for n, loss in enumerate(losses):\n"
        "        if loss < losses[best]:\n            best = n\n"
        "        elif n - best == 2:\n            break\n    return best + 1",
        "too early to stop",
    ),
    (
        "evaluation.best_epoch",
        "rounds to one place",
        "def best_epoch(losses):\n    rounded = [round(loss, 1) for loss in losses]\n"
        "    return rounded.index(min(rounded)) + 1",
        "",
    ),
    (
        "evaluation.recall",
        "the largest of each row",
        "recall = lambda matrix: matrix.amax(1) / matrix.sum(1)",
        "need not be right",
    ),
    (
        "evaluation.count_pairs",
        "in place",
        "def count_pairs(labels, predictions, classes):\n"
        "    labels.mul_(classes).add_(predictions)\n"
        "    return torch.bincount(labels, minlength=classes**2).view(classes, classes)",
        "changes what it is given",
    ),
    (
        "evaluation.train_best",
        "keeps the parameters alone",
        "def train_best(net, train_once, validate, epochs):\n    best, kept = float('inf'), None\n"
        "    for _ in range(epochs):\n        train_once(net)\n        loss = validate(net)\n"
        "        if loss < best:\n"
        "            best, kept = loss, [p.detach().clone() for p in net.parameters()]\n"
        "    with torch.no_grad():\n        for parameter, value in zip(net.parameters(), kept):\n"
        "            parameter.copy_(value)\n    return best",
        "batch norm keeps",
    ),
    (
        "faster_training.mirror",
        "exactly one half",
        "def mirror(images):\n    places = torch.randperm(len(images)).view(-1, 1, 1, 1)\n"
        "    return torch.where(places < len(images) // 2, images.flip(3), images)",
        "not fall so evenly",
    ),
    (
        "when_it_does_not_learn.dead_share",
        "by the first picture",
        "def dead_share(activations):\n"
        "    return (activations[:1].transpose(0, 1).flatten(1) == 0).all(1).float().mean()",
        "dimensions",
    ),
    (
        "when_it_does_not_learn.dead_share",
        "nearly always zero",
        "def dead_share(activations):\n    rows = activations.transpose(0, 1).flatten(1)\n"
        "    return (rows.mean(1) < 0.1).float().mean()",
        "dimensions",
    ),
    (
        "when_it_does_not_learn.never_sure",
        "tanh at the end",
        "def Network():\n    return nn.Sequential(\n        nn.Flatten(), nn.Linear(192, 64),\n"
        "        nn.ReLU(), nn.Linear(64, 10), nn.Tanh())",
        "trained on a single batch, its loss stays",
    ),
    (
        "when_it_does_not_learn.never_sure",
        "log-softmax over the batch",
        "def Network():\n    return nn.Sequential(\n        nn.Flatten(), nn.Linear(192, 64),\n"
        "        nn.ReLU(), nn.Linear(64, 10), nn.LogSoftmax(dim=0))",
        "the others in the batch",
    ),
    (
        "scaling_out.shard",
        "moves one order on",
        "def shard(count, rank, world, seed, epoch):\n"
        "    generator = torch.Generator().manual_seed(seed)\n"
        "    order = torch.randperm(count, generator=generator).roll(epoch).tolist()\n"
        "    own = count // world\n    return order[rank * own : (rank + 1) * own]",
        "moved on",
    ),
    (
        "your_own_pictures.strangeness",
        "clears the training features",
        "def strangeness(features, training, labels):\n"
        "    distances = torch.cdist(features, training).amin(1)\n    training.zero_()\n"
        "    return distances",
        "changes what it is given",
    ),
]
