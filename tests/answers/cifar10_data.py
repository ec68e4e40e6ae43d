"""Answers to the exercises of lesson 05, as learners write them."""

RIGHT = {
    "batches": [
        "batches = 391.0",
        "batches = -(-50_000 // 128)",
        "import math\nbatches = math.ceil(50_000 / 128)",
        "batches = torch.tensor(391)",
        "batches = len(torch.utils.data.DataLoader(range(50_000), batch_size=128))",
    ],
    "mean_loss": [
        "def mean_loss(losses, sizes):\n    total, count = 0.0, 0\n"
        "    for i in range(len(losses)):\n        total += losses[i] * sizes[i]\n"
        "        count += sizes[i]\n    return total / count",
        "def mean_loss(losses, sizes):\n"
        "    losses, sizes = torch.tensor(losses), torch.tensor(sizes)\n"
        "    return (losses * sizes).sum() / sizes.sum()",
        "import numpy as np\ndef mean_loss(losses, sizes):\n"
        "    return np.average(losses, weights=sizes)",
        "def mean_loss(losses, sizes):\n"
        "    every = [loss for loss, size in zip(losses, sizes) for _ in range(size)]\n"
        "    return sum(every) / len(every)",
        "def mean_loss(losses, sizes):\n"
        "    dot = torch.tensor(losses).double() @ torch.tensor(sizes).double()\n"
        "    return dot.item() / sum(sizes)",
    ],
    "undo": [
        "def undo(images, mean, std):\n    result = images.clone()\n    for c in range(3):\n"
        "        result[:, c] = images[:, c] * std[c] + mean[c]\n    return result",
        "def undo(images, mean, std):\n    mean = torch.tensor(mean)[:, None, None]\n"
        "    std = torch.tensor(std)[:, None, None]\n    return (images * std + mean).clamp(0, 1)",
        "def undo(images, mean, std):\n    images = images.permute(0, 2, 3, 1)\n"
        "    images = images * torch.tensor(std) + torch.tensor(mean)\n"
        "    return images.permute(0, 3, 1, 2)",
        "def undo(images, mean, std):\n    m = torch.tensor(mean, dtype=torch.float64)\n"
        "    s = torch.tensor(std, dtype=torch.float64)\n"
        "    return images.double() * s.reshape(1, 3, 1, 1) + m.reshape(1, 3, 1, 1)",
        "def undo(images, mean, std):\n    m, s = torch.tensor(mean), torch.tensor(std)\n"
        "    m, s = -m / s, 1 / s\n    return (images - m.view(3, 1, 1)) / s.view(3, 1, 1)",
        "import numpy as np\ndef undo(images, mean, std):\n"
        "    m, s = np.array(mean), np.array(std)\n"
        "    return images.numpy() * s.reshape(3, 1, 1) + m.reshape(3, 1, 1)",
    ],
    "numbers": [
        "class Numbers:\n    def __init__(self, count):\n        self.items = list(range(count))\n"
        "    def __len__(self):\n        return len(self.items)\n"
        "    def __getitem__(self, index):\n        number = self.items[index]\n"
        "        return number, number % 2 == 0",
        "class Numbers(Dataset):\n    def __init__(self, count):\n"
        "        self.numbers = torch.arange(count)\n    def __len__(self):\n"
        "        return len(self.numbers)\n    def __getitem__(self, i):\n"
        "        return self.numbers[i], self.numbers[i] % 2 == 0",
        "class Numbers(Dataset):\n    def __init__(self, count):\n        self.count = count\n"
        "    def __len__(self):\n        return self.count\n    def __getitem__(self, i):\n"
        "        if i >= len(self):\n            raise IndexError\n"
        "        return [i, not i % 2]",
        "class Numbers(Dataset):\n    def __init__(self, count):\n"
        "        self.pairs = [(n, n % 2 == 0) for n in range(count)]\n    def __len__(self):\n"
        "        return len(self.pairs)\n    def __getitem__(self, i):\n"
        "        return self.pairs[i]",
        "class Numbers(Dataset):\n    def __init__(self, count):\n        self.count = count\n"
        "    def __len__(self):\n        return self.count\n    def __getitem__(self, i):\n"
        "        return i, 1 - i % 2\n    def __iter__(self):\n"
        "        return (self[i] for i in range(self.count))",
    ],
    "to_inputs": [
        "def to_inputs(pixels, mean, std):\n    images = pixels.movedim(-1, 1) / 255\n"
        "    for c in range(3):\n        images[:, c] = (images[:, c] - mean[c]) / std[c]\n"
        "    return images",
        "def to_inputs(pixels, mean, std):\n"
        "    images = (pixels / 255 - torch.tensor(mean)) / torch.tensor(std)\n"
        "    return images.permute(0, 3, 1, 2).contiguous()",
        "def to_inputs(pixels, mean, std):\n    mean, std = torch.tensor(mean), torch.tensor(std)\n"
        "    images = pixels.transpose(2, 3).transpose(1, 2).double()\n"
        "    return (images - 255 * mean.view(3, 1, 1)) / (255 * std.view(3, 1, 1))",
        "import numpy as np\ndef to_inputs(pixels, mean, std):\n"
        "    array = pixels.numpy().transpose(0, 3, 1, 2).astype(np.float32) / 255\n"
        "    array -= np.array(mean, dtype=np.float32).reshape(1, 3, 1, 1)\n"
        "    return torch.from_numpy(array / np.array(std).reshape(1, 3, 1, 1))",
        "def to_inputs(pixels, mean, std):\n    one = []\n    for image in pixels:\n"
        "        image = image.permute(2, 0, 1).float().div(255)\n"
        "        image = image.sub(torch.tensor(mean).view(3, 1, 1))\n"
        "        one.append(image.div(torch.tensor(std).view(3, 1, 1)))\n"
        "    return torch.stack(one)",
    ],
    "guess": [
        "def guess(images, labels, new):\n    nearest = []\n    for one in new.float():\n"
        "        distances = ((images.float() - one) ** 2).flatten(1).sum(1)\n"
        "        nearest.append(labels[distances.argmin()])\n    return torch.stack(nearest)",
        "def guess(images, labels, new):\n    means = torch.stack(\n"
        "        [images[labels == c].float().mean((0, 2, 3)) for c in range(10)])\n"
        "    colours = new.float().mean((2, 3))\n"
        "    return torch.cdist(colours, means).argmin(1).tolist()",
        "def guess(images, labels, new):\n    means = torch.stack(\n"
        "        [images[labels == c].float().mean(0) for c in range(10)]).flatten(1)\n"
        "    return torch.cdist(new.float().flatten(1), means).argmin(1)",
        "def guess(images, labels, new):\n"
        "    grey = images.float().mean(1).flatten(1)\n    other = new.float().mean(1).flatten(1)\n"
        "    near = torch.cdist(other, grey).topk(5, largest=False).indices\n"
        "    return labels[near].mode(1).values",
        "def guess(images, labels, new):\n    net = torch.nn.Linear(3072, 10)\n"
        "    x = images.flatten(1) / 255 - 0.5\n"
        "    optimizer = torch.optim.SGD(net.parameters(), lr=0.01)\n    for _ in range(30):\n"
        "        optimizer.zero_grad()\n"
        "        torch.nn.functional.cross_entropy(net(x), labels).backward()\n"
        "        optimizer.step()\n    return net(new.flatten(1) / 255 - 0.5).argmax(1)",
        "import numpy as np\ndef guess(images, labels, new):\n"
        "    means = np.stack([images[labels == c].numpy().mean(0) for c in range(10)])\n"
        "    return np.array([((means - x) ** 2).sum((1, 2, 3)).argmin() for x in new.numpy()])",
    ],
}

UNDO = (
    "def undo(x, mean, std):\n"
    "    m, s = torch.tensor(mean).view(3, 1, 1), torch.tensor(std).view(3, 1, 1)\n"
)
DATASET = (
    "class Numbers(Dataset):\n    def __init__(self, count):\n        self.count = count\n"
    "    def __len__(self):\n        return self.count\n    def __getitem__(self, i):\n"
)
ENDS = "        if i >= self.count:\n            raise IndexError\n"
INPUTS = (
    "def to_inputs(pixels, mean, std):\n"
    "    m, s = torch.tensor(mean).view(3, 1, 1), torch.tensor(std).view(3, 1, 1)\n"
)
MEANS = (
    "def guess(images, labels, new):\n"
    "    means = torch.stack([images[labels == c].float().mean(0) for c in range(10)]).flatten(1)\n"
    "    distances = torch.cdist(new.float().flatten(1), means)\n"
)

WRONG = {
    "batches": [
        ("batches = 390", "are a batch too"),
        ("batches = 50_000 / 128", "round up"),
        ("batches = 12_500", "those of four images"),
        ("batches = 50_000", "that is the number of images"),
        ("batches = 392", "does not round up to 392"),
        ('batches = "391"', "answer with a number"),
        ("batches = [391, 80]", "answer with a number"),
    ],
    "mean_loss": [
        ("def mean_loss(losses, sizes):\n    return sum(losses) / len(losses)", "weight by size"),
        (
            "def mean_loss(losses, sizes):\n    return sum(l * s for l, s in zip(losses, sizes))",
            "divide by their number",
        ),
        (
            "def mean_loss(losses, sizes):\n"
            "    return sum(l * s for l, s in zip(losses, sizes)) / len(losses)",
            "not of batches",
        ),
        ("def mean_loss(losses, sizes):\n    return sum(losses) / sum(sizes)", "multiply it by"),
        ("def mean_loss(losses, sizes):\n    return sum(losses)", "the sum of the means"),
        ("def mean_loss(losses, sizes):\n    return losses[-1]", "the last batch alone"),
        (
            "def mean_loss(losses, sizes):\n    total = 0\n    for l, s in zip(losses, sizes):\n"
            "        total += l * s\n        return total / s",
            "the first batch alone",
        ),
        (
            "def mean_loss(losses, sizes):\n"
            "    return sum(l * s for l, s in zip(losses, sorted(sizes))) / sum(sizes)",
            "at the same place",
        ),
        ("def mean_loss(losses, sizes):\n    print(sum(losses) / sum(sizes))", "None"),
        (
            "def mean_loss(losses, sizes):\n"
            "    full = [l for l, s in zip(losses, sizes) if s == sizes[0]]\n"
            "    return sum(full) / len(full)",
            "have the mean 2.440",
        ),
        (
            "def mean_loss(losses, sizes):\n"
            "    full = sum(losses[:-1]) * sizes[0] + losses[-1] * sizes[-1]\n"
            "    return full / (sizes[0] * (len(sizes) - 1) + sizes[-1])",
            "have the mean 1.594",
        ),
        ("def mean_loss(losses, sizes):\n    return max(losses)", "have the mean 2.440"),
    ],
    "undo": [
        (UNDO + "    return (x + m) * s", "undoing multiplies first"),
        (
            "def undo(x, mean, std):\n    return x * torch.tensor(std) + torch.tensor(mean)",
            "met the columns",
        ),
        (
            "def undo(x, mean, std):\n"
            "    return x * torch.tensor(std).view(3, 1) + torch.tensor(mean).view(3, 1)",
            "must match",
        ),
        (
            "def undo(x, mean, std):\n    s, m = torch.tensor(std), torch.tensor(mean)\n"
            "    if len(x) == 3:\n        return x * s.view(3, 1, 1, 1) + m.view(3, 1, 1, 1)\n"
            "    return x * s.view(3, 1, 1) + m.view(3, 1, 1)",
            "met the images of the batch",
        ),
        (UNDO + "    return x", "still the normalised"),
        (UNDO + "    return x * s", "the mean is still missing"),
        (UNDO + "    return x + m", "the deviation is still missing"),
        (UNDO + "    return (x - m) / s", "normalises once more"),
        (UNDO + "    return x / s + m", "undoing multiplies"),
        (UNDO + "    return x * s - m", "undoing adds"),
        (UNDO + "    x *= s\n    x += m\n    return x", "changed those it was given"),
        (UNDO + "    return x * 0.5 + 0.5", "not the image it was before"),
        (UNDO + "    return (x * s + m) * 255", "not the image it was before"),
        (UNDO + "    x * s + m", "None"),
    ],
    "numbers": [
        (
            "class Numbers(Dataset):\n    count = 0\n\n    def __init__(self, count):\n"
            "        Numbers.count = count\n\n    def __len__(self):\n"
            "        return self.count\n\n    def __getitem__(self, index):\n"
            "        if index >= self.count:\n            raise IndexError(index)\n"
            "        return index, index % 2 == 0",
            "a count of its own",
        ),
        (DATASET + "        return i, i % 2 == 0", "never ends"),
        (DATASET + ENDS + "        return i", "an item is a pair"),
        (DATASET + ENDS + "        return i, i % 2", "whether 0 is even"),
        (DATASET + ENDS + "        return i + 1, i % 2 == 0", "start at 0"),
        (DATASET + ENDS + "        return i, True", "whether 1 is even"),
        (DATASET + ENDS + "        return i % 2 == 0, i", "first the number"),
        (
            DATASET + "        if i >= self.count:\n            raise ValueError\n"
            "        return i, i % 2 == 0",
            "raise `IndexError`",
        ),
        (
            DATASET + "        if i >= self.count - 1:\n            raise IndexError\n"
            "        return i, i % 2 == 0",
            "only from 6 on is an index too large",
        ),
        (
            DATASET.replace("self.count\n    def __get", "6\n    def __get")
            + ENDS
            + "        return i, i % 2 == 0",
            "Numbers(1) has 6 items",
        ),
        (
            "class Numbers:\n    def __init__(self, count):\n        self.count = count\n"
            "    def __getitem__(self, i):\n        return i, i % 2 == 0",
            "no `__len__`",
        ),
        (DATASET + ENDS + "        return i, i % 2 == 0\nNumbers = Numbers(6)", "class itself"),
        (
            "class Numbers(Dataset):\n    def __init__(self, count):\n        self.count = count\n"
            "\n    def __len__(self):\n        return self.count\n\n"
            "    def __getitem__(self, index):\n        if index > self.count:\n"
            "            raise IndexError\n        return index, index % 2 == 0",
            "gives 7 items: 6 is already too large",
        ),
        (
            "class Numbers(Dataset):\n    def __init__(self, count):\n        self.count = count\n"
            "\n    def __len__(self):\n        return self.count\n\n"
            "    def __getitem__(self, index):\n        if index >= self.count:\n"
            "            raise StopIteration\n        return index, index % 2 == 0",
            "is what an iterator raises",
        ),
        (
            "class Numbers(Dataset):\n    def __init__(self, count):\n        self.count = count\n"
            "\n    def __len__(self):\n        return str(self.count)\n\n"
            "    def __getitem__(self, index):\n        if index >= self.count:\n"
            "            raise IndexError\n        return index, index % 2 == 0",
            "should give the whole number 6",
        ),
    ],
    "to_inputs": [
        (INPUTS + "    return (pixels.permute(0, 3, 1, 2) - m) / s", "go to 255: divide"),
        (INPUTS + "    return pixels.permute(0, 3, 1, 2) / 255 - m / s", "needs parentheses"),
        (
            INPUTS + "    n, h, w, c = pixels.shape\n"
            "    return (pixels.reshape(n, c, h, w) / 255 - m) / s",
            "`reshape` does not move",
        ),
        (INPUTS + "    return (pixels.permute(0, 3, 2, 1) / 255 - m) / s", "should be (2, 3, 4"),
        (
            INPUTS + "    x = pixels.permute(0, 3, 2, 1) / 255\n"
            "    return ((x - m) / s).reshape(len(x), 3, *pixels.shape[1:3])",
            "lies on its side",
        ),
        (INPUTS + "    return pixels.permute(0, 3, 1, 2) / 255", "these are not (x − mean)"),
        (INPUTS + "    return (pixels.permute(0, 3, 1, 2) // 255 - m) / s", "these are not"),
        (
            INPUTS + "    return (pixels / 255 - torch.tensor(mean)) / torch.tensor(std)",
            "should be",
        ),
        (INPUTS + "    return (pixels.permute(0, 3, 1, 2) / 255 - s) / m", "these are not"),
        (
            INPUTS
            + "    x = pixels.permute(0, 3, 1, 2) / 255\n    return (x - x.mean()) / x.std()",
            "these are not",
        ),
    ],
    "guess": [
        ("def guess(images, labels, new):\n    return torch.full((len(new),), 3)", "same answer"),
        (
            "def guess(images, labels, new):\n    return torch.randint(0, 10, (len(new),))",
            "chance is 10 %",
        ),
        (MEANS + "    return distances.argmax(1)", "the largest distance"),
        (
            "def guess(images, labels, new):\n    means = torch.stack(\n"
            "        [images[labels == c].float().mean(0).to(torch.uint8) for c in range(10)])\n"
            "    return torch.stack([((means - x) ** 2).sum((1, 2, 3)).argmin() for x in new])",
            "chance is 10 %",
        ),
        (
            "def guess(images, labels, new):\n    return torch.stack(\n"
            "        [labels[((images - x) ** 2).flatten(1).sum(1).argmin()] for x in new])",
            "chance is 10 %",
        ),
        (MEANS + "    return distances", "should be (100,)"),
        (MEANS + "    return distances.min(1).values", "from 0 to 9"),
        (
            "def guess(images, labels, new):\n"
            "    far = torch.cdist(new.float().flatten(1), images.float().flatten(1))\n"
            "    return far.argmin(1)",
            "the position of an image",
        ),
        (MEANS + "    return distances.argmin(0)", "should be (100,)"),
        ("def guess(images, labels, new):\n    return labels[: len(new)]", "chance is 10 %"),
        (MEANS + "    images -= images\n    return distances.argmin(1)", "changed the tensors"),
        (
            "def guess(images, labels, new):\n    return new.float().mean((1, 2, 3)) // 26",
            "chance is 10 %",
        ),
        (
            "def guess(images, labels, new):\n    return images[labels == 0].mean(0)",
            "raised",
        ),
    ],
}
