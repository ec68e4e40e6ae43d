"""Answers to the exercises of lesson 04, as learners write them."""

RIGHT = {
    "linear_parameters": [
        "linear_parameters = 100 * 10 + 10",
        "linear_parameters = 1010.0",
        "linear_parameters = sum(p.numel() for p in nn.Linear(100, 10).parameters())",
        "linear_parameters = np.int64(1010)",
        "linear_parameters = torch.tensor(1010)",
    ],
    "conv_size": [
        "def conv_size(size, kernel, stride, padding):\n"
        "    return int((size + 2 * padding - kernel) / stride) + 1",
        "def conv_size(size, kernel, stride, padding):\n"
        "    return math.floor((size + 2 * padding - kernel) / stride + 1)",
        "def conv_size(size, kernel, stride, padding):\n"
        "    layer = nn.Conv2d(1, 1, kernel, stride=stride, padding=padding)\n"
        "    return layer(torch.zeros(1, 1, size, size)).shape[2]",
        "def conv_size(size, kernel, stride, padding):\n"
        "    return len(range(0, size + 2 * padding - kernel + 1, stride))",
        "def conv_size(size, kernel, stride, padding):\n    count, left = 0, -padding\n"
        "    while left + kernel <= size + padding:\n        count += 1\n"
        "        left += stride\n    return count",
        "conv_size = lambda s, k, t, p: torch.div(torch.tensor(s + 2 * p - k), t, "
        "rounding_mode='floor') + 1",
        "conv_size = lambda size, kernel, stride, padding: np.int64("
        "(size + 2 * padding - kernel) // stride + 1)",
    ],
    "flat_features": [
        "flat_features = 2704",
        "flat_features = 16 * 13**2",
        "net = nn.Sequential(nn.Conv2d(3, 6, 5), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), "
        "nn.MaxPool2d(2), nn.Flatten())\nflat_features = net(torch.zeros(1, 3, 64, 64)).shape[1]",
        "side = 64\nfor _ in range(2):\n"
        "    side = (side - 4) // 2\nflat_features = 16 * side * side",
        "flat_features = torch.tensor(2704.0)",
    ],
    "make_classifier": [
        "class Classifier(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        "        self.hidden = nn.Linear(4, 8)\n        self.out = nn.Linear(8, 3)\n\n"
        "    def forward(self, x):\n        return self.out(torch.relu(self.hidden(x)))\n\n\n"
        "make_classifier = Classifier",
        "class Classifier(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        "        self.out = nn.Linear(8, 3)\n        self.hidden = nn.Linear(4, 8)\n"
        "        self.relu = nn.ReLU()\n\n    def forward(self, x):\n"
        "        return self.out(self.relu(self.hidden(x)))\n\n\n"
        "def make_classifier():\n    return Classifier()",
        "def make_classifier():\n"
        "    return nn.Sequential(nn.LazyLinear(8), nn.ReLU(), nn.LazyLinear(3))",
        "class Classifier(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        "        self.w1 = nn.Parameter(torch.randn(4, 8))\n"
        "        self.b1 = nn.Parameter(torch.zeros(8))\n"
        "        self.w2 = nn.Parameter(torch.randn(3, 8))\n"
        "        self.b2 = nn.Parameter(torch.zeros(3))\n\n    def forward(self, x):\n"
        "        return (x @ self.w1 + self.b1).clamp(min=0) @ self.w2.T + self.b2\n\n\n"
        "make_classifier = lambda: Classifier()",
        "def make_classifier():\n    net = nn.Sequential()\n    net.append(nn.Linear(4, 8))\n"
        "    net.append(nn.ReLU(inplace=True))\n    net.append(nn.Linear(8, 3))\n    return net",
        "def make_classifier():\n    return nn.Sequential(nn.Sequential(nn.Linear(4, 8), "
        "nn.ReLU()), nn.Linear(8, 3)).double().float()",
        "class Classifier(nn.Module):\n    def __init__(self):\n"
        "        super(Classifier, self).__init__()\n"
        "        self.layers = nn.ModuleList([nn.Linear(4, 8), nn.Linear(8, 3)])\n\n"
        "    def forward(self, x):\n"
        "        return self.layers[1](nn.functional.relu(self.layers[0](x)))\n\n\n"
        "def make_classifier():\n    return Classifier()",
        "def make_classifier():\n    return nn.Sequential(nn.Linear(4, 8), nn.ReLU(), "
        "nn.Dropout(0.2), nn.Linear(8, 3))",
        "def make_classifier():\n"
        "    return nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3)).double()",
    ],
    "classify": [
        "@torch.no_grad()\ndef classify(net, picture):\n    mode = net.training\n"
        "    net.train(False)\n    result = int(net(picture[None])[0].argmax())\n"
        "    net.train(mode)\n    return result",
        "def classify(net, picture):\n    before = net.training\n    net.eval()\n    try:\n"
        "        with torch.inference_mode():\n"
        "            return net(torch.stack([picture])).squeeze(0).argmax().item()\n"
        "    finally:\n        net.train(before)",
        "def classify(net, picture):\n    was = net.training\n    with torch.no_grad():\n"
        "        logits = net.eval()(picture.reshape(1, 3, 32, 32))\n    if was:\n"
        "        net.train()\n    return max(range(logits.shape[1]), key=lambda i: logits[0, i])",
        "def classify(net, picture):\n    was = net.training\n    net.eval()\n"
        "    torch.set_grad_enabled(False)\n    logits = net(picture.unsqueeze(0))\n"
        "    torch.set_grad_enabled(True)\n    net.train(was)\n"
        "    return logits.topk(1).indices.item()",
        "def classify(net, picture):\n    was = net.training\n    net.eval()\n"
        "    with torch.no_grad():\n        logits = net.forward(picture.unsqueeze(0)).numpy()\n"
        "    net.train(was)\n    return np.argmax(logits)",
        "import copy\n\n\ndef classify(net, picture):\n    with torch.no_grad():\n"
        "        return copy.deepcopy(net).eval()(picture.unsqueeze(0)).argmax().item()",
        "def classify(net, picture):\n    with torch.no_grad():\n"
        "        was = net.training\n        probabilities = torch.softmax("
        "net.eval()(picture.view(1, *picture.shape)), dim=1)\n    net.train(was)\n"
        "    _, best = probabilities.max(1)\n    return best.item()",
        "def classify(net, image):\n    was = net.training\n    net.eval()\n"
        "    with torch.no_grad():\n        logits = net(torch.stack([image, image]))\n"
        "    net.train(was)\n    return logits[0].argmax().item()",
    ],
    "scale": [
        "class Scale(nn.Module):\n    def __init__(self, features):\n        super().__init__()\n"
        "        self.more = nn.Parameter(torch.zeros(features))\n\n"
        "    def forward(self, x):\n        return x * (1 + self.more)",
        "class Scale(nn.Module):\n    def __init__(self, features):\n        super().__init__()\n"
        "        self.factors = nn.Parameter(torch.ones(1, features))\n\n"
        "    def forward(self, x):\n        return self.factors * x",
        "class Scale(nn.Module):\n    def __init__(self, features):\n"
        "        super(Scale, self).__init__()\n        factors = torch.ones(features)\n"
        "        self.register_parameter('factors', nn.Parameter(factors))\n\n"
        "    def forward(self, x):\n        return torch.mul(x, self.factors)",
        "class Scale(nn.Module):\n    def __init__(self, features):\n        super().__init__()\n"
        "        self.factors = nn.ParameterList("
        "[nn.Parameter(torch.tensor(1.0)) for _ in range(features)])\n\n"
        "    def forward(self, x):\n        return x * torch.stack(list(self.factors))",
        "class Scale(nn.Module):\n    def __init__(self, features):\n        super().__init__()\n"
        "        self.factors = nn.Parameter(torch.full((features,), 1.0))\n\n"
        "    def forward(self, x):\n        result = x.clone()\n        result *= self.factors\n"
        "        return result",
        "class Scale(nn.Module):\n    def __init__(self, features):\n        super().__init__()\n"
        "        self.factors = nn.Parameter(torch.ones(features, dtype=torch.float64))\n\n"
        "    def forward(self, x):\n        return x @ torch.diag(self.factors).to(x.dtype)",
        "class Inner(nn.Module):\n    def __init__(self, features):\n        super().__init__()\n"
        "        self.factors = torch.nn.parameter.Parameter(torch.ones(features))\n\n"
        "    def forward(self, x):\n        return x * self.factors\n\n\n"
        "def Scale(features):\n    return Inner(features)",
    ],
    "fit_curve": [
        "def fit_curve(x, y):\n    net = nn.Sequential(nn.Linear(1, 8), nn.Tanh(), "
        "nn.Linear(8, 1))\n    optimizer = torch.optim.Adam(net.parameters(), lr=0.03)\n"
        "    for _ in range(600):\n        optimizer.zero_grad()\n"
        "        nn.functional.mse_loss(net(x), y).backward()\n        optimizer.step()\n"
        "    return net",
        "class Curve(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        "        self.a, self.b = nn.Linear(1, 13), nn.Linear(13, 1)\n\n"
        "    def forward(self, x):\n        return self.b(torch.relu(self.a(x)))\n\n\n"
        "def fit_curve(x, y):\n    net = Curve()\n"
        "    optimizer = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)\n"
        "    for step in range(1000):\n        loss = ((net(x) - y) ** 2).mean()\n"
        "        optimizer.zero_grad()\n        loss.backward()\n        optimizer.step()\n"
        "    return net",
        "def fit_curve(x, y):\n    torch.manual_seed(1)\n    net = nn.Sequential(nn.Linear(1, 6), "
        "nn.Tanh(), nn.Linear(6, 1))\n    for _ in range(2000):\n"
        "        loss = ((net(x) - y) ** 2).mean()\n        net.zero_grad()\n"
        "        loss.backward()\n        with torch.no_grad():\n"
        "            for p in net.parameters():\n                p -= 0.1 * p.grad\n    return net",
        "def fit_curve(x, y):\n    net = nn.Sequential(nn.Linear(1, 4), nn.Tanh(), "
        "nn.Linear(4, 4), nn.Tanh(), nn.Linear(4, 1)).double()\n"
        "    optimizer = torch.optim.AdamW(net.parameters(), lr=0.02)\n"
        "    for _ in range(800):\n"
        "        loss = (net(x.double()) - y.double()).square().mean()\n"
        "        optimizer.zero_grad()\n        loss.backward()\n        optimizer.step()\n"
        "    return net",
        "def fit_curve(x, y):\n    net = nn.Sequential(nn.Linear(1, 5), nn.GELU(), "
        "nn.Linear(5, 1))\n    optimizer = torch.optim.LBFGS(net.parameters(), max_iter=300,\n"
        "        line_search_fn='strong_wolfe')\n\n"
        "    def closure():\n        optimizer.zero_grad()\n"
        "        loss = ((net(x) - y) ** 2).mean()\n        loss.backward()\n"
        "        return loss\n\n    for _ in range(5):\n        optimizer.step(closure)\n"
        "    return net.eval()",
    ],
}

TRAIN = (
    "    for _ in range(STEPS):\n        loss = ((net(x) - y) ** 2).mean()\n"
    "        loss.backward()\n        with torch.no_grad():\n"
    "            for p in net.parameters():\n"
    "                p -= RATE * p.grad\n                p.grad = None\n    return net"
)


def trained(net, steps=300, rate=0.1):
    """Write an answer that trains this network, too little or too fast."""
    loop = TRAIN.replace("STEPS", str(steps)).replace("RATE", str(rate))
    return f"def fit_curve(x, y):\n    net = {net}\n{loop}"


def module(init, forward):
    """Write a module ``Scale`` with these lines."""
    return (
        "class Scale(nn.Module):\n    def __init__(self, features):\n        super().__init__()\n"
        f"        {init}\n\n    def forward(self, x):\n        {forward}"
    )


TWELVE = "nn.Sequential(nn.Linear(1, 12), nn.ReLU(), nn.Linear(12, 1))"

WRONG = {
    "linear_parameters": [
        ("linear_parameters = 1000", "a bias too"),
        ("linear_parameters = 1100", "for each output, not"),
        ("linear_parameters = 1001", "not one for the layer"),
        ("linear_parameters = 110", "each pair has a weight"),
        ("linear_parameters = 2", "count the numbers in them"),
        ("linear_parameters = '1010'", "this is a `str`"),
        ("linear_parameters = nn.Linear(100, 10)", "this is a `Linear`"),
        ("linear_parameters = 1110", "are not 1,110"),
    ],
    "conv_size": [
        ("def conv_size(size, kernel, stride, padding):\n    return size - kernel", "one position"),
        (
            "def conv_size(size, kernel, stride, padding):\n"
            "    return (size + padding - kernel) // stride + 1",
            "count it twice",
        ),
        (
            "def conv_size(size, kernel, stride, padding):\n"
            "    return (size + 2 * padding - kernel) / stride + 1",
            "divide with `//`",
        ),
        (
            "def conv_size(size, kernel, stride, padding):\n"
            "    return (size + 2 * padding - kernel) // stride",
            "one position more",
        ),
        (
            "def conv_size(size, kernel, stride, padding):\n"
            "    return size + 2 * padding - kernel // stride + 1",
            "and you say",
        ),
        (
            "def conv_size(size, kernel, stride, padding):\n"
            "    return math.ceil((size + 2 * padding - kernel) / stride) + 1",
            "Round down",
        ),
        (
            "def conv_size(size, kernel, stride, padding):\n"
            "    return (size + 2 * padding - kernel + 1) // stride",
            "one position more",
        ),
        (
            "def conv_size(size, kernel, stride, padding):\n"
            "    return (size - kernel) // stride + 1",
            "and you say",
        ),
        (
            "def conv_size(size, kernel, stride, padding):\n"
            "    return size + 2 * padding - kernel + 1",
            "and you say",
        ),
        (
            "def conv_size(size, kernel, stride, padding):\n"
            "    n = (size + 2 * padding - kernel) // stride + 1\n    return n, n",
            "this is a `tuple`",
        ),
        ("def conv_size(size, kernel, stride, padding):\n    return 28", "and you say 28"),
        ("conv_size = 28", "not of the kind"),
    ],
    "flat_features": [
        ("flat_features = 400", "32 × 32 pixels"),
        ("flat_features = 169", "one channel"),
        ("flat_features = 1600", "twice the side"),
        ("flat_features = 16 * 16 * 16", "takes 4 pixels away"),
        ("flat_features = 6 * 13 * 13", "makes 16 channels"),
        ("flat_features = 16 * 13", "not of 13"),
        ("flat_features = (16, 13, 13)", "this is a `tuple`"),
        ("flat_features = 16 * 26 * 26", "are not 10,816"),
        ("flat_features = '2704'", "this is a `str`"),
    ],
    "make_classifier": [
        (
            "def make_classifier():\n"
            "    net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3))\n"
            "    for p in net.parameters():\n        nn.init.zeros_(p)\n    return net",
            "are 0",
        ),
        (
            "def make_classifier():\n    return nn.Sequential(nn.Linear(4, 8), nn.Linear(8, 3))",
            "two Linear layers are one",
        ),
        (
            "def make_classifier():\n    return nn.Sequential(nn.Linear(4, 8), nn.ReLU(), "
            "nn.Linear(8, 3), nn.Softmax(1))",
            "no softmax at the end",
        ),
        (
            "def make_classifier():\n    return nn.Sequential(nn.Linear(4, 8), nn.ReLU(), "
            "nn.Linear(8, 3), nn.LogSoftmax(dim=1))",
            "no softmax at the end",
        ),
        (
            "class C(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
            "        self.a, self.b = nn.Linear(4, 8), nn.Linear(8, 3)\n\n"
            "    def forward(self, x):\n"
            "        return torch.softmax(self.b(torch.relu(self.a(x))), 1)\n\n\n"
            "make_classifier = C",
            "no softmax at the end",
        ),
        (
            "def make_classifier():\n    return nn.Sequential(nn.Linear(4, 8), nn.ReLU(), "
            "nn.Linear(8, 3), nn.ReLU())",
            "cuts off half of them",
        ),
        (
            "def make_classifier():\n    return nn.Sequential(nn.Linear(4, 8), nn.ReLU(), "
            "nn.Linear(8, 3), nn.ReLU(), nn.Dropout())",
            "cuts off half of them",
        ),
        (
            "def make_classifier():\n    return nn.Sequential(nn.Linear(4, 8), nn.ReLU(), "
            "nn.Linear(8, 3), nn.Sigmoid())",
            "nothing follows the last layer",
        ),
        (
            "def make_classifier():\n    return nn.Sequential(nn.ReLU(), nn.Linear(4, 8), "
            "nn.Linear(8, 3))",
            "comes before the first layer",
        ),
        (
            "class C(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
            "        self.a, self.b = nn.Linear(4, 8), nn.Linear(8, 3)\n"
            "        self.relu = nn.ReLU()\n\n    def forward(self, x):\n"
            "        return self.b(self.a(x))\n\n\nmake_classifier = C",
            "two Linear layers are one",
        ),
        (
            "def make_classifier():\n    return nn.Sequential(nn.Linear(4, 16), nn.ReLU(), "
            "nn.Linear(16, 3))",
            "yours has 131",
        ),
        (
            "def make_classifier():\n    return nn.Sequential(nn.Linear(4, 8), nn.Tanh(), "
            "nn.Linear(8, 3))",
            "8 hidden units with ReLU",
        ),
        ("def make_classifier():\n    return nn.Linear(4, 3)", "without an activation"),
        (
            "def make_classifier():\n    return nn.Sequential(nn.Linear(4, 8), nn.ReLU(), "
            "nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 3))",
            "yours has 139",
        ),
        (
            "def make_classifier():\n    return nn.Sequential(nn.Linear(4, 8), nn.ReLU())",
            "should be (5, 3), and is (5, 8)",
        ),
        (
            "def make_classifier():\n    return nn.Sequential(nn.Linear(4, 8), nn.ReLU(), "
            "nn.Linear(4, 3))",
            "your code raised `RuntimeError",
        ),
        (
            "class C(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
            "        self.layers = [nn.Linear(4, 8), nn.Linear(8, 3)]\n\n"
            "    def forward(self, x):\n"
            "        return self.layers[1](torch.relu(self.layers[0](x)))\n\n\n"
            "make_classifier = C",
            "layers in a plain list",
        ),
        (
            "class C(nn.Module):\n    def __init__(self):\n"
            "        self.a, self.b = nn.Linear(4, 8), nn.Linear(8, 3)\n\n"
            "    def forward(self, x):\n        return self.b(torch.relu(self.a(x)))\n\n\n"
            "make_classifier = C",
            "your code raised `AttributeError",
        ),
        (
            "make_classifier = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3))",
            "hand over the function",
        ),
        (
            "def make_classifier():\n    return [nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3)]",
            "this is a `list`",
        ),
        ("def make_classifier():\n    return nn.Sequential", "this is a `Sequential`"),
        ("def make_classifier():\n    nn.Sequential(nn.Linear(4, 8))", "this is a `NoneType`"),
        (
            "def make_classifier():\n    class Small(nn.Module):\n        def __init__(self):\n"
            "            super().__init__()\n"
            "            self.a, self.b = nn.Linear(4, 8), nn.Linear(8, 3)\n\n"
            "        def forward(self, x):\n"
            "            return self.b(torch.relu(self.a(x))).detach()\n\n    return Small()",
            "no gradient gets from the logits",
        ),
        (
            "def make_classifier():\n    class Small(nn.Module):\n        def __init__(self):\n"
            "            super().__init__()\n"
            "            self.a, self.b = nn.Linear(4, 8), nn.Linear(8, 3)\n\n"
            "        def forward(self, x):\n            with torch.no_grad():\n"
            "                x = torch.relu(self.a(x))\n            return self.b(x)\n\n"
            "    return Small()",
            "no gradient gets from the logits",
        ),
    ],
    "classify": [
        (
            "def classify(net, picture):\n    return net(picture).argmax().item()",
            "it got (3, 32, 32)",
        ),
        (
            "def classify(net, picture):\n    return net(picture.unsqueeze(0)).argmax().item()",
            "call `net.eval()` first",
        ),
        (
            "def classify(net, picture):\n    net.eval()\n"
            "    return net(picture.unsqueeze(0)).argmax().item()",
            "torch.no_grad()",
        ),
        (
            "def classify(net, picture):\n    net.eval()\n    with torch.no_grad():\n"
            "        return net(picture.unsqueeze(0)).argmax().item()",
            "was in training mode before the call, and is in eval mode after it",
        ),
        (
            "def classify(net, picture):\n    net.eval()\n    with torch.no_grad():\n"
            "        result = net(picture.unsqueeze(0)).argmax().item()\n    net.train()\n"
            "    return result",
            "was in eval mode before the call, and is in training mode after it",
        ),
        (
            "def classify(net, picture):\n    net.eval()\n    with torch.no_grad():\n"
            "        result = net(picture.unsqueeze(0)).argmax()\n    net.train()\n"
            "    return result",
            "`.item()` takes it out",
        ),
        (
            "def classify(net, picture):\n    net.eval()\n    with torch.no_grad():\n"
            "        result = net(picture.unsqueeze(0)).max().item()\n    net.train()\n"
            "    return result",
            "a class is an `int`",
        ),
        (
            "def classify(net, picture):\n    net.eval()\n    with torch.no_grad():\n"
            "        result = net(picture.unsqueeze(0)).argmin().item()\n    net.train()\n"
            "    return result",
            "the largest logit is at position",
        ),
        (
            "def classify(net, picture):\n    net.eval()\n    with torch.no_grad():\n"
            "        result = net(picture.unsqueeze(0)).argmax(dim=0)[0].item()\n"
            "    net.train()\n    return result",
            "the largest logit is at position",
        ),
        ("def classify(net, picture):\n    return 7", "the network was not called"),
        (
            "def classify(net, picture):\n    net.eval()\n    with torch.no_grad():\n"
            "        return net(picture.unsqueeze(0).unsqueeze(0)).argmax().item()",
            "it got (1, 1, 3, 32, 32)",
        ),
        (
            "def classify(net, picture):\n    net.eval()\n    with torch.no_grad():\n"
            "        result = net(picture.unsqueeze_(0)).argmax().item()\n    net.train()\n"
            "    return result",
            "changed the image",
        ),
        (
            "def classify(net, picture):\n    net.eval()\n    with torch.no_grad():\n"
            "        net(picture.unsqueeze(0)).argmax().item()\n    net.train()",
            "this is a `NoneType`",
        ),
        ("def classify(net, picture):\n    return net(picture.tolist())", "it got ()"),
        (
            "def classify(net, image):\n    was = net.training\n    net.eval()\n"
            "    with torch.no_grad():\n        logits = net(image.unsqueeze(0) / 255)\n"
            "    net.train(was)\n    return logits[0].argmax().item()",
            "did not get the image as it is",
        ),
        (
            "def classify(net, image):\n    was = net.training\n    net.eval()\n"
            "    with torch.no_grad():\n        logits = net(image.mT.unsqueeze(0))\n"
            "    net.train(was)\n    return logits[0].argmax().item()",
            "did not get the image as it is",
        ),
        (
            "def classify(net, image):\n    was, net.training = net.training, False\n"
            "    with torch.no_grad():\n        logits = net(image.unsqueeze(0))\n"
            "    net.training = was\n    return logits.argmax().item()",
            "still in training mode",
        ),
        (
            "def classify(net, image):\n    was = net.training\n    net.eval()\n"
            "    with torch.no_grad():\n        logits = net(image.unsqueeze(0))\n"
            "    net.training = was\n    return logits.argmax().item()",
            "`net.train(…)` sets them all",
        ),
    ],
    "scale": [
        (
            module("self.factors = torch.ones(features)", "return x * self.factors"),
            "training would change nothing",
        ),
        (
            module(
                "self.factors = torch.ones(features, requires_grad=True)", "return x * self.factors"
            ),
            "Only an `nn.Parameter` is registered",
        ),
        (
            module(
                "self.register_buffer('factors', torch.ones(features))", "return x * self.factors"
            ),
            "never learned",
        ),
        (
            module("self.factors = nn.Parameter(torch.ones(1))", "return x * self.factors"),
            "one factor for each of 3 features",
        ),
        (
            module("self.factors = nn.Parameter(torch.zeros(features))", "return x * self.factors"),
            "every factor should be 1",
        ),
        (
            module("self.factors = nn.Parameter(torch.randn(features))", "return x * self.factors"),
            "every factor should be 1",
        ),
        (
            module(
                "self.factors = nn.Parameter(torch.ones(features), requires_grad=False)",
                "return x * self.factors",
            ),
            "do not require a gradient",
        ),
        (
            module(
                "self.factors = nn.Parameter(torch.ones(features))",
                "return x * self.factors.detach()",
            ),
            "is one detached",
        ),
        (
            module(
                "self.factors = nn.Parameter(torch.ones(features))",
                "return x * self.factors.mean()",
            ),
            "should have its own factor",
        ),
        (
            module("self.factors = nn.Parameter(torch.ones(features))", "return x"),
            "other factors change nothing",
        ),
        (
            module("self.layer = nn.Linear(features, features)", "return self.layer(x)"),
            "yours has 12 parameters",
        ),
        (
            module(
                "self.factors = nn.Parameter(torch.ones(features, 1))", "return x * self.factors"
            ),
            "your code raised `RuntimeError",
        ),
        (
            module("self.factors = nn.Parameter(features)", "return x * self.factors"),
            "your code raised",
        ),
        (
            "class Scale(nn.Module):\n    def __init__(self, features):\n"
            "        super().__init__()\n"
            "        self.factors = nn.Parameter(torch.ones(features))\n\n"
            "    def forward(self, x):\n        x *= self.factors\n        return x",
            "works in place",
        ),
    ],
    "fit_curve": [
        (f"def fit_curve(x, y):\n    return {TWELVE}", "as if it had not been trained"),
        (trained(TWELVE, 15, 0.05), "train longer"),
        (trained(TWELVE, 300, 0.05), "train longer"),
        (trained(TWELVE, 300, 5.0), "`nan`"),
        (trained(TWELVE, 300, -0.1), "`nan`"),
        (trained("nn.Sequential(nn.Linear(1, 12), nn.Linear(12, 1))"), "Can your network bend?"),
        (trained("nn.Linear(1, 1)"), "Can your network bend?"),
        (
            trained("nn.Sequential(nn.Linear(1, 100), nn.ReLU(), nn.Linear(100, 1))", 10),
            "this network has 301",
        ),
        (trained(TWELVE, 10).replace("return net", "return net(x)"), "this is a `Tensor`"),
        (trained(TWELVE, 10).replace("return net", ""), "this is a `NoneType`"),
        (
            trained("nn.Sequential(nn.Linear(1, 5), nn.ReLU(), nn.Linear(5, 2))", 10),
            "should be (67, 1), and is (67, 2)",
        ),
        (
            "class Sine(nn.Module):\n    def forward(self, x):\n        return torch.sin(x)\n\n\n"
            "def fit_curve(x, y):\n    return Sine()",
            "this network has 0",
        ),
    ],
}
