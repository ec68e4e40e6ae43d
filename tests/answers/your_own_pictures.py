"""Answers to the exercises of lesson 11, as learners write them."""

LOOP = (
    "        loss = nn.functional.cross_entropy(net(inputs), labels)\n"
    "        optimizer.zero_grad()\n        loss.backward()\n        optimizer.step()"
)
FROZEN = (
    "def train_frozen(net, inputs, labels):\n    net.eval()\n"
    "    optimizer = torch.optim.AdamW(net[1].parameters(), lr=0.01)\n"
)
LOSS = "        loss = nn.functional.cross_entropy(net(inputs), labels)\n"
STEP = "        loss.backward()\n        optimizer.step()\n"

RIGHT = {
    "head_numbers": [
        "head_numbers = 260",
        "head_numbers = sum(p.numel() for p in nn.Linear(64, 4).parameters())",
        "head_numbers = np.int64(260)",
        "head_numbers = torch.tensor(260)",
        "head_numbers = 65 * 4.0",
    ],
    "resized": [
        "def resized(width, height, side):\n    if width < height:\n"
        "        return side, int(side * height / width)\n"
        "    return int(side * width / height), side",
        "def resized(width, height, side):\n    s = min(width, height)\n"
        "    return [math.floor(one * side / s) for one in (width, height)]",
        "def resized(width, height, side):\n    size = torch.tensor([width, height])\n"
        "    return size * side // size.min()",
        "def resized(width, height, side):\n    from PIL import Image\n"
        "    from torchvision.transforms import v2\n"
        "    return v2.Resize(side)(Image.new('RGB', (width, height))).size",
        "resized = lambda w, h, s: np.array([w * s // min(w, h), h * s // min(w, h)])",
    ],
    "split_series": [
        "def split_series(series, seed):\n    import random\n"
        "    found = sorted(set(series.tolist()))\n    random.Random(seed).shuffle(found)\n"
        "    kept = set(found[: len(found) // 2])\n"
        "    inside = [n for n, s in enumerate(series.tolist()) if s in kept]\n"
        "    outside = [n for n, s in enumerate(series.tolist()) if s not in kept]\n"
        "    return inside, outside",
        "def split_series(series, seed):\n    rng = np.random.default_rng(seed)\n"
        "    s = series.numpy()\n    found = rng.permutation(np.unique(s))\n"
        "    kept = np.isin(s, found[: (len(found) + 1) // 2])\n"
        "    return np.flatnonzero(kept), np.flatnonzero(~kept)",
        "def split_series(series, seed):\n    torch.manual_seed(seed)\n"
        "    found = series.unique()\n    found = found[torch.randperm(len(found))]\n"
        "    first = found[: len(found) // 2]\n"
        "    inside = (series[:, None] == first).any(1)\n"
        "    return torch.where(inside)[0], torch.where(~inside)[0]",
        "def split_series(series, seed):\n    g = torch.Generator().manual_seed(seed)\n"
        "    found, place = series.unique(return_inverse=True)\n"
        "    order = torch.randperm(len(found), generator=g)\n"
        "    side = order[place] % 2 == 0\n"
        "    return side.nonzero(), (~side).nonzero()",
        "def split_series(series, seed):\n"
        "    from collections import defaultdict\n"
        "    import random\n"
        "    groups = defaultdict(list)\n"
        "    for n, s in enumerate(series.tolist()):\n"
        "        groups[s].append(n)\n"
        "    keys = sorted(groups)\n"
        "    random.Random(seed).shuffle(keys)\n"
        "    half = len(keys) // 2\n"
        "    return sum((groups[k] for k in keys[half:]), []), sum((groups[k] for k in "
        "keys[:half]), [])",
    ],
    "two_speeds": [
        "def two_speeds(net, body_rate, head_rate):\n    body, head = net[:-1], net[-1]\n"
        "    groups = [{'params': list(body.parameters())}, {'params': list(head.parameters()), "
        "'lr': head_rate}]\n    return torch.optim.AdamW(groups, lr=body_rate)",
        "def two_speeds(net, body_rate, head_rate):\n"
        "    optimizer = torch.optim.AdamW(net[-1].parameters(), lr=head_rate)\n"
        "    optimizer.add_param_group({'params': net[:-1].parameters(), 'lr': body_rate})\n"
        "    return optimizer",
        "def two_speeds(net, body_rate, head_rate):\n"
        "    return torch.optim.AdamW([{'params': [p], 'lr': body_rate} for p in "
        "net[:-1].parameters()] + [{'params': [p], 'lr': head_rate} "
        "for p in net[-1].parameters()])",
        "def two_speeds(net, body_rate, head_rate):\n    last = str(len(net) - 1)\n"
        "    parts = {True: [], False: []}\n    for name, p in net.named_parameters():\n"
        "        parts[name.split('.')[0] == last].append(p)\n"
        "    return torch.optim.AdamW([{'params': parts[False], 'lr': body_rate}, "
        "{'params': parts[True], 'lr': head_rate}], weight_decay=0.05)",
        "def two_speeds(net, body_rate, head_rate):\n"
        "    head = set(net[-1].parameters())\n"
        "    groups = [dict(params=[p for p in net.parameters() if p not in head])]\n"
        "    groups.append(dict(params=list(head), lr=head_rate))\n"
        "    return torch.optim.AdamW(groups, lr=body_rate)",
    ],
    "train_frozen": [
        FROZEN + "    for _ in range(60):\n"
        "        loss = nn.functional.nll_loss(net(inputs).log_softmax(1), labels)\n"
        "        optimizer.zero_grad()\n" + STEP,
        FROZEN + "    smooth = nn.CrossEntropyLoss(label_smoothing=0.1)\n"
        "    for _ in range(60):\n        loss = smooth(net(inputs), labels)\n"
        "        optimizer.zero_grad()\n" + STEP,
        "def train_frozen(net, inputs, labels):\n    net[0].requires_grad_(False)\n"
        "    optimizer = torch.optim.AdamW(net[1].parameters(), lr=0.01)\n    net.eval()\n"
        "    for _ in range(100):\n" + LOOP,
        "def train_frozen(net, inputs, labels):\n    net.train()\n    net[0].eval()\n"
        "    for p in net[0].parameters():\n        p.requires_grad = False\n"
        "    wanted = [p for p in net.parameters() if p.requires_grad]\n"
        "    optimizer = torch.optim.Adam(wanted, lr=0.02)\n    for _ in range(60):\n" + LOOP,
        "def train_frozen(net, inputs, labels):\n    net.eval()\n"
        "    optimizer = torch.optim.SGD(net[1].parameters(), lr=0.3, momentum=0.9)\n"
        "    for _ in range(80):\n" + LOOP,
        "def train_frozen(net, inputs, labels):\n    for p in net[0].parameters():\n"
        "        p.requires_grad_(False)\n"
        "    optimizer = torch.optim.AdamW(net.parameters(), lr=0.01, weight_decay=0.1)\n"
        "    net.eval()\n    for _ in range(50):\n" + LOOP,
        "def train_frozen(net, inputs, labels):\n    net.eval()\n    with torch.no_grad():\n"
        "        features = net[0](inputs)\n"
        "    optimizer = torch.optim.LBFGS(net[1].parameters(), max_iter=50)\n\n"
        "    def closure():\n        optimizer.zero_grad()\n"
        "        loss = nn.functional.cross_entropy(net[1](features), labels)\n"
        "        loss.backward()\n        return loss\n\n    optimizer.step(closure)",
        FROZEN + "    for _ in range(50):\n" + LOSS + STEP + "        net.zero_grad()",
        FROZEN + "    for _ in range(50):\n        optimizer.zero_grad()\n"
        "        for part in torch.arange(len(labels)).chunk(3):\n"
        "            loss = nn.functional.cross_entropy(net(inputs[part]), labels[part])\n"
        "            (loss / 3).backward()\n        optimizer.step()",
        FROZEN
        + "    for _ in range(50):\n"
        + LOSS
        + "        weights = list(net[1].parameters())\n"
        "        for p, slope in zip(weights, torch.autograd.grad(loss, weights)):\n"
        "            p.grad = slope\n        optimizer.step()",
        FROZEN + "    for _ in range(200):\n" + LOSS + "        loss.backward()\n"
        "        with torch.no_grad():\n            for p in net[1].parameters():\n"
        "                p -= 0.1 * p.grad\n                p.grad = None",
        "def train_frozen(net, inputs, labels):\n"
        "    kept = copy.deepcopy(net[0].state_dict())\n"
        "    optimizer = torch.optim.AdamW(net[1].parameters(), lr=0.01)\n"
        "    for _ in range(60):\n"
        "        loss = nn.functional.cross_entropy(net(inputs), labels)\n"
        "        optimizer.zero_grad()\n"
        "        loss.backward()\n"
        "        optimizer.step()\n"
        "    net[0].load_state_dict(kept)",
    ],
    "name_or_none": [
        "def name_or_none(logits, classes, threshold):\n    names = []\n    for row in logits:\n"
        "        p = torch.softmax(row, 0)\n        i = int(p.argmax())\n"
        "        names.append(classes[i] if p[i] >= threshold else 'none of these')\n"
        "    return names",
        "def name_or_none(logits, classes, threshold):\n    p = torch.exp(logits)\n"
        "    p = (p / p.sum(1, keepdim=True)).numpy()\n"
        "    return [classes[r.argmax()] if r.max() >= threshold else 'none of these' for r in p]",
        "def name_or_none(logits, classes, threshold):\n"
        "    sure, best = nn.functional.softmax(logits, dim=-1).max(-1)\n"
        "    best[sure < threshold] = len(classes)\n"
        "    return [[*classes, 'none of these'][b] for b in best]",
        "def name_or_none(logits, classes, threshold):\n"
        "    sure = logits.log_softmax(1).exp()\n"
        "    return tuple('none of these' if max(r) < threshold else classes[r.index(max(r))] "
        "for r in sure.tolist())",
        "def name_or_none(logits, classes, threshold):\n"
        "    result = []\n"
        "    for row in logits.tolist():\n"
        "        top = max(row)\n"
        "        total = sum(math.exp(x - top) for x in row)\n"
        "        result.append(classes[row.index(top)] if 1 / total >= threshold else 'none "
        "of these')\n"
        "    return result",
        "def name_or_none(logits, classes, threshold):\n"
        "    p = nn.Softmax(dim=1)(logits)\n"
        "    names = np.array([*classes, 'none of these'])\n"
        "    return names[np.where(p.max(1).values >= threshold, p.argmax(1), -1)].tolist()",
    ],
    "strangeness": [
        "def strangeness(features, training, labels):\n"
        "    means = torch.stack([training[labels == c].mean(0) for c in labels.unique()])\n"
        "    return torch.cdist(features, means).min(1).values",
        "def strangeness(features, training, labels):\n"
        "    return torch.cdist(features, training).sort(1).values[:, :5].mean(1)",
        "def strangeness(features, training, labels):\n"
        "    a = nn.functional.normalize(features, dim=1)\n"
        "    b = nn.functional.normalize(training, dim=1)\n    return 1 - (a @ b.T).max(1).values",
        "def strangeness(features, training, labels):\n    f, t = features.numpy(), "
        "training.numpy()\n"
        "    return [min(((one - other) ** 2).sum() for other in t) for one in f]",
        "def strangeness(features, training, labels):\n"
        "    mean = training.mean(0)\n"
        "    cov = torch.cov(training.T) + 1e-3 * torch.eye(training.shape[1])\n"
        "    d = features - mean\n"
        "    means = torch.stack([training[labels == c].mean(0) for c in labels.unique()])\n"
        "    inv = torch.linalg.inv(cov)\n"
        "    e = features[:, None] - means\n"
        "    return torch.einsum('nci,ij,ncj->nc', e, inv, e).amin(1)",
    ],
}

WRONG = {
    "head_numbers": [
        ("head_numbers = 256", "a bias as well"),
        ("head_numbers = 650", "the old head"),
        ("head_numbers = 320", "not for each input"),
        ("head_numbers = 68", "multiplied"),
        ("head_numbers = 4", "is not 4"),
        ("head_numbers = 'many'", "answer with a number"),
        ("head_numbers = None", "answer with a number"),
    ],
    "resized": [
        (
            "def resized(width, height, side):\n    s = max(width, height)\n"
            "    return width * side // s, height * side // s",
            "the *shorter* side",
        ),
        ("def resized(width, height, side):\n    return side, side", "squeezes"),
        (
            "def resized(width, height, side):\n    s = min(width, height)\n"
            "    return height * side // s, width * side // s",
            "width first",
        ),
        (
            "def resized(width, height, side):\n    s = min(width, height)\n"
            "    return width * side / s, height * side / s",
            "parts of a pixel",
        ),
        (
            "def resized(width, height, side):\n    s = min(width, height)\n"
            "    return round(width * side / s), round(height * side / s)",
            "dropped, not rounded",
        ),
        ("def resized(width, height, side):\n    return side", "answer with two numbers"),
        ("def resized(width, height, side):\n    return 'small'", "should be numbers"),
        ("def resized(width, height, side):\n    return width, height", "gives (48, 36)"),
        ("def resized(width, height, side):\n    pass", "this is `None`"),
    ],
    "split_series": [
        (
            "def split_series(series, seed):\n    g = torch.Generator().manual_seed(seed)\n"
            "    order = torch.randperm(len(series), generator=g)\n    half = len(series) // 2\n"
            "    return order[:half], order[half:]",
            "divide the series, not",
        ),
        (
            "def split_series(series, seed):\n    found = series.unique()\n"
            "    order = torch.randperm(len(found))\n"
            "    held = torch.isin(series, found[order[: len(found) // 2]])\n"
            "    return (~held).nonzero().flatten(), held.nonzero().flatten()",
            "the same seed gave another split",
        ),
        (
            "def split_series(series, seed):\n    found = series.unique()\n"
            "    held = torch.isin(series, found[: len(found) // 2])\n"
            "    return (~held).nonzero().flatten(), held.nonzero().flatten()",
            "every seed gives the same split",
        ),
        (
            "def split_series(series, seed):\n    held = series == series[0]\n"
            "    return (~held).nonzero().flatten(), held.nonzero().flatten()",
            "half of the series",
        ),
        (
            "def split_series(series, seed):\n    return range(len(series)), []",
            "this `list` is empty",
        ),
        (
            "def split_series(series, seed):\n    every = torch.arange(len(series))\n"
            "    return every, every",
            "in both parts",
        ),
        (
            "def split_series(series, seed):\n    return [0, 1], [2, 3]",
            "in neither part",
        ),
        (
            "def split_series(series, seed):\n    held = series > series.float().median()\n"
            "    return ~held, held",
            "indices are whole numbers",
        ),
        ("def split_series(series, seed):\n    return series.unique()", "two lists of indices"),
        ("def split_series(series, seed):\n    return [1000], [0]", "indices run from 0"),
        ("def split_series(series, seed):\n    return [0, 0], [1]", "stands twice"),
        (
            "def split_series(series, seed):\n"
            "    import random\n"
            "    random.seed(seed)\n"
            "    found = list(set(series))\n"
            "    random.shuffle(found)\n"
            "    held = set(found[: len(found) // 2])\n"
            "    return [n for n, s in enumerate(series) if s not in held], [n for n, s in "
            "enumerate(series) if s in held]",
            "is empty",
        ),
    ],
    "two_speeds": [
        (
            "def two_speeds(net, body_rate, head_rate):\n"
            "    return torch.optim.AdamW(net[-1].parameters(), lr=head_rate)",
            "it stays frozen",
        ),
        (
            "def two_speeds(net, body_rate, head_rate):\n"
            "    return torch.optim.AdamW([{'params': net[:-1].parameters(), 'lr': head_rate}, "
            "{'params': net[-1].parameters(), 'lr': body_rate}])",
            "exchanged",
        ),
        (
            "def two_speeds(net, body_rate, head_rate):\n"
            "    return torch.optim.AdamW(net.parameters(), lr=body_rate)",
            "AdamW's own",
        ),
        (
            "def two_speeds(net, body_rate, head_rate):\n"
            "    return torch.optim.AdamW(net.parameters(), lr=body_rate / 2)",
            "the head should learn with",
        ),
        (
            "def two_speeds(net, body_rate, head_rate):\n"
            "    return torch.optim.AdamW(net.parameters(), lr=head_rate)",
            "the body should learn with",
        ),
        (
            "def two_speeds(net, body_rate, head_rate):\n"
            "    return torch.optim.SGD([{'params': net[:-1].parameters(), 'lr': body_rate}, "
            "{'params': net[-1].parameters(), 'lr': head_rate}])",
            "should be AdamW",
        ),
        (
            "def two_speeds(net, body_rate, head_rate):\n"
            "    return torch.optim.AdamW(net[:-1].parameters(), lr=body_rate)",
            "the last layer are in no group",
        ),
        (
            "def two_speeds(net, body_rate, head_rate):\n"
            "    return [{'params': net.parameters(), 'lr': body_rate}]",
            "return the optimizer",
        ),
        (
            "def two_speeds(net, body_rate, head_rate):\n    net[:-1].requires_grad_(False)\n"
            "    return torch.optim.AdamW([{'params': net[:-1].parameters(), 'lr': body_rate}, "
            "{'params': net[-1].parameters(), 'lr': head_rate}])",
            "a parameter is frozen",
        ),
        (
            "def two_speeds(net, body_rate, head_rate):\n"
            "    return torch.optim.AdamW(copy.deepcopy(net).parameters(), lr=body_rate)",
            "in no group",
        ),
        (
            "def two_speeds(net, body_rate, head_rate):\n"
            "    return torch.optim.AdamW([{'params': net[:-2].parameters(), 'lr': "
            "body_rate}, {'params': net[-2:].parameters(), 'lr': head_rate}])",
            "the body should learn with 0.003, all of it",
        ),
        (
            "def two_speeds(net, body_rate, head_rate):\n"
            "    return torch.optim.AdamW([{'params': net[0].parameters(), 'lr': "
            "body_rate}, {'params': net[1:].parameters(), 'lr': head_rate}])",
            "the body should learn with 0.0002, all of it",
        ),
    ],
    "train_frozen": [
        (
            FROZEN + "    for _ in range(50):\n"
            "        loss = nn.functional.cross_entropy(net(inputs).softmax(1), labels)\n"
            "        optimizer.zero_grad()\n" + STEP,
            "takes a softmax of its own",
        ),
        (
            FROZEN + "    loss_of, probabilities = nn.CrossEntropyLoss(), nn.Softmax(dim=-1)\n"
            "    for _ in range(40):\n        for part in torch.randperm(len(labels)).split(16):\n"
            "            optimizer.zero_grad()\n"
            "            loss_of(probabilities(net(inputs[part])), labels[part]).backward()\n"
            "            optimizer.step()",
            "takes a softmax of its own",
        ),
        (
            "def train_frozen(net, inputs, labels):\n    net[0].requires_grad_(False)\n"
            "    optimizer = torch.optim.AdamW(net[1].parameters(), lr=0.01)\n    net.train()\n"
            "    for _ in range(50):\n" + LOOP,
            "which no gradient moves",
        ),
        (
            "def train_frozen(net, inputs, labels):\n"
            "    optimizer = torch.optim.AdamW(net.parameters(), lr=0.01)\n    net.eval()\n"
            "    for _ in range(50):\n" + LOOP,
            "all that it is given",
        ),
        (
            "def train_frozen(net, inputs, labels):\n    net.requires_grad_(False)\n    net.eval()",
            "the head has not moved",
        ),
        (
            "def train_frozen(net, inputs, labels):\n"
            "    optimizer = torch.optim.AdamW(net[1].parameters(), lr=1e-5)\n    net.eval()\n"
            "    for _ in range(50):\n" + LOOP,
            "hardly learned",
        ),
        (
            "def train_frozen(net, inputs, labels):\n"
            "    optimizer = torch.optim.AdamW(net[1].parameters(), lr=0.01)\n    net.eval()\n"
            "    for _ in range(1):\n" + LOOP,
            "hardly learned",
        ),
        (
            "def train_frozen(net, inputs, labels):\n    net.requires_grad_(False)\n"
            "    net.eval()\n    optimizer = torch.optim.AdamW(net[1].parameters(), lr=0.01)\n"
            "    for _ in range(50):\n" + LOOP,
            "your code raised `RuntimeError",
        ),
        (
            "def train_frozen(net, inputs, labels):\n"
            "    optimizer = torch.optim.AdamW(net.parameters(), lr=0.01)\n    net.train()\n"
            "    for _ in range(50):\n" + LOOP,
            "which no gradient moves",
        ),
        (FROZEN + "    for _ in range(50):\n" + LOSS + STEP, "of earlier steps are still in"),
        (
            FROZEN + "    optimizer.zero_grad()\n    for _ in range(50):\n" + LOSS + STEP,
            "of earlier steps are still in",
        ),
        (
            FROZEN + "    for _ in range(50):\n        net[0].zero_grad()\n" + LOSS + STEP,
            "of earlier steps are still in",
        ),
        (
            FROZEN + "    for _ in range(200):\n" + LOSS + "        loss.backward()\n"
            "        for p in net[1].parameters():\n            p.data -= 0.01 * p.grad",
            "of earlier steps are still in",
        ),
        (
            FROZEN + "    for _ in range(20):\n        optimizer.zero_grad()\n"
            "        for part in torch.arange(len(labels)).chunk(3):\n"
            "            loss = nn.functional.cross_entropy(net(inputs[part]), labels[part])\n"
            "            loss.backward()\n            optimizer.step()",
            "of earlier steps are still in",
        ),
        (
            FROZEN + "    for _ in range(50):\n" + LOSS + "        loss.backward()\n"
            "        nn.utils.clip_grad_norm_(net.parameters(), 1.0)\n        optimizer.step()",
            "of earlier steps are still in",
        ),
        (
            FROZEN + "    for _ in range(50):\n" + LOSS + "        loss.backward()\n"
            "        optimizer.zero_grad()\n        optimizer.step()",
            "the head has not moved",
        ),
        ("train_frozen = None", "of the kind that the task asks for"),
    ],
    "name_or_none": [
        (
            "def name_or_none(logits, classes, threshold):\n"
            "    return [classes[b] for b in logits.argmax(1)]",
            "every row has got the name",
        ),
        (
            "def name_or_none(logits, classes, threshold):\n    sure, best = logits.max(1)\n"
            "    return [classes[b] if s >= threshold else 'none of these' "
            "for s, b in zip(sure, best)]",
            "a logit is no probability",
        ),
        (
            "def name_or_none(logits, classes, threshold):\n"
            "    sure, best = logits.softmax(1).max(1)\n"
            "    return [classes[b] if s < threshold else 'none of these' "
            "for s, b in zip(sure, best)]",
            "the other way round",
        ),
        (
            "def name_or_none(logits, classes, threshold):\n"
            "    sure, best = logits.sigmoid().max(1)\n"
            "    return [classes[b] if s >= threshold else 'none of these' "
            "for s, b in zip(sure, best)]",
            "sigmoid looks at each class alone",
        ),
        (
            "def name_or_none(logits, classes, threshold):\n    best = logits.argmax(1)\n"
            "    sure = logits.softmax(0).max(1).values\n"
            "    return [classes[b] if s >= threshold else 'none of these' "
            "for s, b in zip(sure, best)]",
            "the wrong dimension",
        ),
        (
            "def name_or_none(logits, classes, threshold):\n"
            "    sure, best = logits.softmax(1).max(1)\n"
            "    return [classes[b] if s >= threshold else None for s, b in zip(sure, best)]",
            "None is neither",
        ),
        (
            "def name_or_none(logits, classes, threshold):\n"
            "    sure, best = logits.softmax(1).max(1)\n"
            "    return [classes[b] for s, b in zip(sure, best) if s >= threshold]",
            "40 rows need 40 names",
        ),
        (
            "def name_or_none(logits, classes, threshold):\n    return 'none of these'",
            "return a list",
        ),
        (
            "def name_or_none(logits, classes, threshold):\n"
            "    sure, best = logits.softmax(1).min(1)\n"
            "    return [classes[b] if s >= threshold else 'none of these' "
            "for s, b in zip(sure, best)]",
            "the other way round",
        ),
        (
            "def name_or_none(logits, classes, threshold):\n"
            "    p = logits.softmax(1)\n"
            "    if p.max() < threshold:\n"
            "        return ['none of these'] * len(p)\n"
            "    return [classes[b] for b in p.argmax(1)]",
            "every row has got the name",
        ),
    ],
    "strangeness": [
        (
            "def strangeness(features, training, labels):\n"
            "    return -torch.cdist(features, training).min(1).values",
            "the wrong way round",
        ),
        (
            "def strangeness(features, training, labels):\n    return torch.zeros(len(features))",
            "nearly chance",
        ),
        (
            "def strangeness(features, training, labels):\n    return features.norm(dim=1)",
            "nearly chance",
        ),
        (
            "def strangeness(features, training, labels):\n"
            "    return (features - training.mean(0)).norm(dim=1)",
            "the softmax's doubt has",
        ),
        (
            "def strangeness(features, training, labels):\n"
            "    return torch.cdist(features, training)",
            "one number for each",
        ),
        (
            "def strangeness(features, training, labels):\n    return torch.cdist(features, "
            "training).min()",
            "one number for each",
        ),
        (
            "def strangeness(features, training, labels):\n"
            "    return torch.full((len(features),), float('nan'))",
            "are `nan`",
        ),
        ("def strangeness(features, training, labels):\n    return 'very'", "should be numbers"),
        ("def strangeness(features, training, labels):\n    return labels", "one number for each"),
    ],
}
