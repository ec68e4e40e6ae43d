"""Answers to the exercises of lesson 03, as learners write them."""

RIGHT = {
    "slope": [
        "slope_of_cube = 12.0",
        "slope_of_cube = 3 * 2**2",
        "slope_of_cube = np.float64(12)",
        "slope_of_cube = torch.tensor(12.0)",
        "x = torch.tensor(2.0, requires_grad=True)\n(x**3).backward()\nslope_of_cube = x.grad",
    ],
    "after_two": [
        "after_two = 12.0",
        "after_two = 6 + 6",
        "after_two = torch.tensor([12.0])",
        "after_two = np.int64(12)",
        "x = torch.tensor(3.0, requires_grad=True)\n(x**2).backward()\n(x**2).backward()\n"
        "after_two = x.grad.item()",
    ],
    "hand_gradients": [
        "hand_gradients = [7, 3]",
        "hand_gradients = (7.0, 3.0)",
        "hand_gradients = torch.tensor([7.0, 3.0])",
        "hand_gradients = np.array([7, 3])",
        "a = torch.tensor(3.0, requires_grad=True)\nb = torch.tensor(1.0, requires_grad=True)\n"
        "((a + b) * a).backward()\nhand_gradients = a.grad, b.grad",
    ],
    "gradient": [
        "def gradient(f, x):\n    x = x.clone()\n    x.requires_grad = True\n"
        "    return torch.autograd.grad(f(x), x)[0]",
        "gradient = lambda f, x: torch.func.grad(f)(x)",
        "def gradient(f, x):\n    h = 1e-6\n    x = x.double()\n    result = torch.zeros_like(x)\n"
        "    for i in range(x.numel()):\n        step = torch.zeros_like(x)\n"
        "        step.view(-1)[i] = h\n"
        "        result.view(-1)[i] = (f(x + step) - f(x - step)) / (2 * h)\n    return result",
        "def gradient(f, x):\n    h, slopes = 1e-2, []\n    for i in range(x.numel()):\n"
        "        step = torch.zeros(x.numel())\n        step[i] = h\n"
        "        step = step.reshape(x.shape)\n"
        "        slopes.append((f(x + step) - f(x - step)) / (2 * h))\n"
        "    return torch.stack(slopes).reshape(x.shape)",
        "def gradient(f, x):\n    copied = torch.tensor(x.tolist(), requires_grad=True)\n"
        "    y = f(copied)\n    y.backward()\n    return copied.grad.numpy()",
        "def gradient(f, x):\n    x.requires_grad_()\n    f(x).backward()\n"
        "    result = x.grad.clone()\n    x.grad = None\n    x.requires_grad_(False)\n"
        "    return result",
        "def gradient(f, x):\n    return torch.autograd.functional.jacobian(f, x)",
    ],
    "descend": [
        "def descend(w, loss, learning_rate):\n    loss.backward()\n"
        "    w.data -= learning_rate * w.grad\n    w.grad.zero_()",
        "def descend(w, loss, learning_rate):\n"
        "    optimizer = torch.optim.SGD([w], lr=learning_rate)\n    optimizer.zero_grad()\n"
        "    loss.backward()\n    optimizer.step()\n    optimizer.zero_grad()",
        "def descend(w, loss, learning_rate):\n"
        "    (slope,) = torch.autograd.grad(loss, w)\n    with torch.no_grad():\n"
        "        w.copy_(w - learning_rate * slope)",
        "def descend(w, loss, learning_rate):\n    loss.backward()\n    with torch.no_grad():\n"
        "        w.add_(w.grad, alpha=-learning_rate)\n    w.grad = None",
        "def descend(w, loss, learning_rate):\n    loss.backward()\n"
        "    with torch.inference_mode():\n        w.sub_(learning_rate * w.grad)\n"
        "    w.grad = torch.zeros_like(w)",
        "@torch.no_grad()\ndef descend(w, loss, learning_rate):\n    loss.backward()\n"
        "    for i in range(len(w)):\n        w[i] -= learning_rate * w.grad[i]\n    w.grad = None",
    ],
    "fit_slope": [
        "def fit_slope(inputs, targets):\n    return (inputs @ targets / (inputs @ inputs)).item()",
        "def fit_slope(inputs, targets):\n    slope = torch.zeros(1, requires_grad=True)\n"
        "    optimizer = torch.optim.SGD([slope], lr=0.1)\n    for _ in range(500):\n"
        "        optimizer.zero_grad()\n"
        "        ((slope * inputs - targets) ** 2).mean().backward()\n"
        "        optimizer.step()\n    return slope.item()",
        "def fit_slope(inputs, targets):\n    slope = torch.tensor(0.0, requires_grad=True)\n"
        "    for _ in range(200):\n        slope.grad = None\n"
        "        loss = ((slope * inputs - targets) ** 2).mean()\n        loss.backward()\n"
        "        with torch.no_grad():\n            slope -= 0.1 * slope.grad\n"
        "    return slope.detach()",
        "def fit_slope(inputs, targets):\n    slope = 0.0\n    for _ in range(300):\n"
        "        slope -= 0.2 * (2 * (slope * inputs - targets) * inputs).mean().item()\n"
        "    return slope",
        "def fit_slope(inputs, targets):\n    return np.linalg.lstsq(inputs.numpy()[:, None], "
        "targets.numpy(), rcond=None)[0][0]",
        "def fit_slope(inputs, targets):\n    slope = torch.tensor(0.0, requires_grad=True)\n"
        "    for _ in range(200):\n        loss = ((slope * inputs - targets) ** 2).mean()\n"
        "        (move,) = torch.autograd.grad(loss, slope)\n"
        "        slope = (slope - 0.1 * move).detach().requires_grad_()\n    return slope.item()",
    ],
    "rates": [
        "rates = [0.5, 0.05]",
        "rates = (0.05, 0.5)",
        "rates = torch.full((20,), 0.088)",
        "rates = np.array([0.09] * 20)",
        "rates = [0.05, 0.4] * 4",
        "rates = [0.09 for _ in range(20)]",
        "rates = 10 * [0.05] + 3 * [0.4] + 7 * [0.05]",
    ],
}

WRONG = {
    "slope": [
        ("slope_of_cube = 8", "the value of x³"),
        ("slope_of_cube = 6", "derivative of x³ is 3x²"),
        ("slope_of_cube = 4", "is not 4"),
        ("slope_of_cube = 3", "is not 3"),
        ("slope_of_cube = -12", "is not -12"),
        ("slope_of_cube = '12'", "this is a `str`"),
        ("slope_of_cube = 3 * torch.tensor([2.0, 2.0]) ** 2", "this is a `Tensor`"),
        ("slope_of_cube = None", "this is a `NoneType`"),
    ],
    "after_two": [
        ("after_two = 6", "the second one adds"),
        ("after_two = 36", "added, not multiplied"),
        ("after_two = 18", "9 is the value"),
        ("after_two = 9", "is not 9"),
        ("after_two = 0", "is not 0"),
        ("after_two = (6, 12)", "this is a `tuple`"),
        ("after_two = 'twelve'", "this is a `str`"),
    ],
    "hand_gradients": [
        ("hand_gradients = (3, 7)", "in the other order"),
        ("hand_gradients = (12, 3)", "not its slope"),
        ("hand_gradients = (4, 3)", "two parts are added"),
        ("hand_gradients = (3, 3)", "a factor of the product too"),
        ("hand_gradients = (6, 3)", "the b of a · b"),
        ("hand_gradients = (7, 1)", "multiplies it by `a` first"),
        ("hand_gradients = (7, 4)", "not 4"),
        ("hand_gradients = 7", "answer with two numbers"),
        ("hand_gradients = (7, 3, 1)", "answer with two numbers"),
        ("hand_gradients = '7, 3'", "should be numbers"),
        ("hand_gradients = (8, 3)", "is not 8"),
    ],
    "gradient": [
        (
            "def gradient(f, x):\n    x = x.clone().requires_grad_()\n    return f(x).backward()",
            "`backward()` returns nothing",
        ),
        (
            "def gradient(f, x):\n    x.requires_grad_()\n    f(x).backward()\n    return x.grad",
            "it requires a gradient now",
        ),
        (
            "def gradient(f, x):\n    x.requires_grad_()\n    f(x).backward()\n    g = x.grad\n"
            "    x.requires_grad_(False)\n    return g",
            "there is a gradient in it",
        ),
        ("def gradient(f, x):\n    return 2 * x", "the gradient of the mean of x³ should be"),
        ("def gradient(f, x):\n    return f(x)", "that is the value of f"),
        ("def gradient(f, x):\n    return x", "the gradient of the sum of x² should be"),
        ("def gradient(f, x):\n    f(x).backward()\n    return x.grad", "does not require grad"),
        (
            "def gradient(f, x):\n    y = x.clone().requires_grad_()\n    f(y).backward()\n"
            "    x.zero_()\n    return y.grad",
            "the numbers of x were changed",
        ),
        (
            "def gradient(f, x):\n    y = x.clone().requires_grad_()\n    f(y).backward()\n"
            "    return y.grad.sum()",
            "one slope for each element",
        ),
        (
            "def gradient(f, x):\n    y = x.clone().requires_grad_()\n    f(y).backward()\n"
            "    return -y.grad",
            "and yours is",
        ),
        (
            "kept = {}\n\n\ndef gradient(f, x):\n"
            "    y = kept.setdefault(id(x), x.clone().requires_grad_())\n    f(y).backward()\n"
            "    return y.grad",
            "a second call adds",
        ),
        (
            "def gradient(f, x):\n    return (f(x + 1e-4) - f(x)) / 1e-4",
            "should be (3,), and is ()",
        ),
        ("def gradient(f, x):\n    return 'steep'", "should be numbers"),
    ],
    "descend": [
        (
            "def descend(w, loss, learning_rate):\n    loss.backward()\n"
            "    w -= learning_rate * w.grad",
            "torch.no_grad()",
        ),
        (
            "def descend(w, loss, rate):\n    loss.backward()\n    with torch.no_grad():\n"
            "        w += rate * w.grad\n    w.grad = None",
            "went uphill",
        ),
        (
            "def descend(w, loss, rate):\n    loss.backward()\n    with torch.no_grad():\n"
            "        w -= rate * w.grad",
            "still there",
        ),
        ("def descend(w, loss, rate):\n    loss.backward()", "has not moved"),
        (
            "def descend(w, loss, rate):\n    loss.backward()\n    with torch.no_grad():\n"
            "        w = w - rate * w.grad",
            "not a new name",
        ),
        (
            "def descend(w, loss, rate):\n    loss.backward()\n    with torch.no_grad():\n"
            "        w -= w.grad\n    w.grad = None",
            "multiply by the learning rate",
        ),
        (
            "def descend(w, loss, rate):\n    with torch.no_grad():\n        w -= rate * w.grad\n"
            "    w.grad = None",
            "your code raised `TypeError",
        ),
        (
            "def descend(w, loss, rate):\n    loss.backward()\n    w.grad = None\n"
            "    with torch.no_grad():\n        w -= rate * w.grad",
            "your code raised `TypeError",
        ),
        (
            "def descend(w, loss, rate):\n    loss.backward()\n    with torch.no_grad():\n"
            "        w -= rate * w.grad.sign()\n    w.grad = None",
            "the size of the gradient counts",
        ),
        (
            "def descend(w, loss, rate):\n    loss.backward(retain_graph=True)\n"
            "    loss.backward()\n    with torch.no_grad():\n        w -= rate * w.grad\n"
            "    w.grad = None",
            "twice as far",
        ),
        (
            "def descend(w, loss, rate):\n    loss.backward()\n    w.requires_grad_(False)\n"
            "    w -= rate * w.grad\n    w.grad = None",
            "does not require a gradient any more",
        ),
        (
            "def descend(w, loss, rate):\n    loss.backward()\n    with torch.no_grad():\n"
            "        w -= rate * loss\n    w.grad = None",
            "the learning rate times the gradient",
        ),
    ],
    "fit_slope": [
        (
            "def fit_slope(inputs, targets):\n    slope = torch.tensor(0.0, requires_grad=True)\n"
            "    for _ in range(200):\n        loss = ((slope * inputs - targets) ** 2).mean()\n"
            "        loss.backward()\n        with torch.no_grad():\n"
            "            slope -= 0.1 * slope.grad\n    return slope.item()",
            "it swings to and fro",
        ),
        (
            "def fit_slope(inputs, targets):\n    slope = torch.tensor(0.0, requires_grad=True)\n"
            "    for _ in range(200):\n        loss = ((slope * inputs - targets) ** 2).mean()\n"
            "        loss.backward()\n        slope.grad.zero_()\n        with torch.no_grad():\n"
            "            slope -= 0.1 * slope.grad\n    return slope.item()",
            "cleared before it is used",
        ),
        (
            "def fit_slope(inputs, targets):\n    slope = torch.tensor(0.0, requires_grad=True)\n"
            "    for _ in range(200):\n        loss = ((slope * inputs - targets) ** 2).mean()\n"
            "        loss.backward()\n        with torch.no_grad():\n"
            "            slope += 0.1 * slope.grad\n            slope.grad = None\n"
            "    return slope.item()",
            "which way is down",
        ),
        (
            "def fit_slope(inputs, targets):\n    slope = torch.tensor(0.0, requires_grad=True)\n"
            "    for _ in range(200):\n        loss = ((slope * inputs - targets) ** 2).mean()\n"
            "        loss.backward()\n        with torch.no_grad():\n"
            "            slope -= 0.1 * slope.grad\n            slope.grad = None\n"
            "        return slope.item()",
            "stands inside the loop",
        ),
        (
            "def fit_slope(inputs, targets):\n    slope = torch.tensor(0.0, requires_grad=True)\n"
            "    for _ in range(200):\n        loss = ((slope * inputs - targets) ** 2).mean()\n"
            "        loss.backward()\n        with torch.no_grad():\n"
            "            slope -= 0.1 * slope.grad\n    slope.grad = None\n"
            "    return slope.item()",
            "it swings to and fro",
        ),
        (
            "def fit_slope(inputs, targets):\n    slope = torch.tensor(0.0, requires_grad=True)\n"
            "    for _ in range(20):\n        loss = ((slope * inputs - targets) ** 2).mean()\n"
            "        loss.backward()\n        with torch.no_grad():\n"
            "            slope -= 0.1 * slope.grad\n            slope.grad = None\n"
            "    return slope.item()",
            "the best slope is",
        ),
        ("def fit_slope(inputs, targets):\n    return 2.0", "the best slope is"),
        (
            "def fit_slope(inputs, targets):\n    return (targets / inputs).mean().item()",
            "the best slope is",
        ),
        ("def fit_slope(inputs, targets):\n    return None", "answer with a number"),
        (
            "def fit_slope(inputs, targets):\n    slope = torch.tensor(0.0, requires_grad=True)\n"
            "    for _ in range(200):\n        loss = ((slope * inputs - targets) ** 2).mean()\n"
            "        loss.backward()\n        slope -= 0.1 * slope.grad\n"
            "    return slope.item()",
            "your code raised `RuntimeError",
        ),
    ],
    "rates": [
        ("rates = [0.5] * 20", "jumps over the valley"),
        ("rates = [0.1] * 20", "It swings across the steep direction"),
        ("rates = [0.01] * 20", "There the steps are small"),
        ("rates = [0.05] * 20", "There the steps are small"),
        ("rates = [0.09] * 21", "these are 21"),
        ("rates = []", "these are 0"),
        ("rates = 0.09", "answer with a list"),
        ("rates = '0.09'", "answer with a list"),
        ("rates = [0.5] + [0.11]", "jumps over"),
        ("rates = [[0.09] * 20]", "answer with a list"),
        ("rates = ['a']", "should be numbers"),
        ("rates = [-0.05] * 5", "below 0 leads uphill"),
        ("rates = [float('nan')]", "not finite"),
    ],
}
