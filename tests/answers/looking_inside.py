"""Answers to the exercises of lesson 09, as learners write them."""

OUTPUT = "def output_of(net, layer, inputs):\n"
NEAREST = "def nearest(features, index, k):\n"
DISTANCES = "    distances = (features - features[index]).square().sum(1)\n"
COPY = "    images = images.clone().requires_grad_()\n"
CONTRIBUTIONS = "def contributions(net, images, labels):\n" + COPY
CHOSEN = "    chosen = net(images)[torch.arange(len(labels)), labels]\n"
SLOPES = "    slopes, = torch.autograd.grad(chosen.sum(), images)\n"
STEP = """
def one_step(net, pixels, labels, epsilon):
    x = pixels.clone().requires_grad_()
    loss = nn.functional.cross_entropy(net(x), labels)
    loss.backward()
    return (x + epsilon * x.grad.sign()).clamp(0, 1).detach()
"""
ATTACK = """
def attack(net, pixels, labels, epsilon):
    x = pixels.clone()
    for _ in range(20):
        x.requires_grad_()
        loss = nn.functional.cross_entropy(net(x), labels)
        gradient = torch.autograd.grad(loss, x)[0]
        with torch.no_grad():
            x = x + epsilon / 8 * gradient.sign()
            x = pixels + (x - pixels).clamp(-epsilon, epsilon)
            x = x.clamp(0, 1)
    return x
"""
ONCE = """
def attack(net, pixels, labels, epsilon):
    x = pixels.clone().requires_grad_()
    nn.functional.cross_entropy(net(x), labels).backward()
    return (pixels + epsilon * x.grad.sign()).clamp(0, 1)
"""

RIGHT = {
    "map_shape": [
        "map_shape = [5, 64, 4, 4]",
        "map_shape = torch.Size([5, 64, 4, 4])",
        "map_shape = torch.zeros(5, 64, 4, 4).shape",
        "map_shape = (5, 4 * 16, 32 // 8, 32 // 8)",
        "map_shape = torch.tensor([5, 64, 4, 4])",
        "map_shape = np.array([5, 64, 4, 4])",
    ],
    "lift": [
        "lift = 12.05",
        "lift = 3 * 32 * 32 * 0.5 * 2 / 255",
        "lift = torch.full((3072,), 0.5 * 2 / 255).sum()",
        "import numpy as np\nlift = np.float64(3072 / 255)",
        "import fractions\nlift = fractions.Fraction(3072, 255)",
        "lift = 12",
    ],
    "output_of": [
        OUTPUT + "    kept = {}\n    def hook(module, given, output):\n"
        "        kept['it'] = output.detach()\n    handle = layer.register_forward_hook(hook)\n"
        "    try:\n        net(inputs)\n    finally:\n        handle.remove()\n"
        "    return kept['it']",
        OUTPUT + "    kept = None\n    def hook(module, given, output):\n        nonlocal kept\n"
        "        kept = output.clone()\n    with layer.register_forward_hook(hook):\n"
        "        with torch.no_grad():\n            net(inputs)\n    return kept",
        OUTPUT + "    kept = []\n    forward = layer.forward\n    def spy(x):\n"
        "        kept.append(forward(x))\n        return kept[-1]\n    layer.forward = spy\n"
        "    net(inputs)\n    del layer.forward\n    return kept[-1]",
        OUTPUT + "    class Found(Exception):\n        pass\n    kept = []\n"
        "    def hook(*arguments):\n        kept.append(arguments[2])\n        raise Found\n"
        "    handle = layer.register_forward_hook(hook)\n    try:\n        net(inputs)\n"
        "    except Found:\n        pass\n    handle.remove()\n    return kept.pop()",
        OUTPUT + "    given = []\n    handle = layer.register_forward_pre_hook(\n"
        "        lambda module, x: given.append(x[0]))\n    net(inputs)\n    handle.remove()\n"
        "    return layer(given[0])",
        "def output_of(net, layer, inputs):\n"
        "    class Found(Exception):\n"
        "        pass\n"
        "    result = None\n"
        "    def hook(module, args, out):\n"
        "        nonlocal result\n"
        "        result = out.detach().clone()\n"
        "        raise Found\n"
        "    handle = layer.register_forward_hook(hook)\n"
        "    try:\n"
        "        net(inputs)\n"
        "    except Found:\n"
        "        pass\n"
        "    handle.remove()\n"
        "    return result",
        "def output_of(net, layer, inputs):\n"
        "    original, kept = layer.forward, []\n"
        "    def forward(*args):\n"
        "        kept.append(original(*args))\n"
        "        return kept[-1]\n"
        "    layer.forward = forward\n"
        "    net(inputs)\n"
        "    del layer.forward\n"
        "    return kept[0]",
    ],
    "nearest": [
        NEAREST + DISTANCES + "    return [n for n in distances.argsort().tolist()"
        " if n != index][:k]",
        NEAREST + DISTANCES + "    return distances.argsort()[1 : k + 1]",
        NEAREST + DISTANCES + "    order = sorted(range(len(features)), key=lambda n:"
        " distances[n])\n    order.remove(index)\n    return order[:k]",
        "import numpy as np\n" + NEAREST + "    f = features.numpy()\n"
        "    d = np.linalg.norm(f - f[index], axis=1)\n    d[index] = np.inf\n"
        "    return np.argsort(d)[:k]",
        NEAREST + "    d = torch.cdist(features, features)\n"
        "    d.fill_diagonal_(float('inf'))\n"
        "    return d.topk(k, largest=False).indices[index]",
        "def nearest(features, index, k):\n"
        "    d = (features - features[index]).pow(2).sum(1).tolist()\n"
        "    return sorted((i for i in range(len(d)) if i != index), key=lambda i: d[i])[:k]",
    ],
    "contributions": [
        CONTRIBUTIONS + "    scores = net(images)\n"
        "    scores.gather(1, labels[:, None]).sum().backward()\n"
        "    return (images * images.grad).sum(1)",
        CONTRIBUTIONS + "    logits = net(images)\n"
        "    for n, label in enumerate(labels):\n"
        "        logits[n, label].backward(retain_graph=True)\n"
        "    return torch.einsum('nchw,nchw->nhw', images.detach(), images.grad)",
        "def contributions(net, images, labels):\n    maps = []\n"
        "    for image, label in zip(images, labels):\n"
        "        image = image.clone().requires_grad_()\n"
        "        net(image[None])[0, label].backward()\n"
        "        maps.append(sum(image[c] * image.grad[c] for c in range(3)))\n"
        "    return torch.stack(maps)",
        CONTRIBUTIONS + CHOSEN + "    slopes, = torch.autograd.grad(chosen, images,"
        " torch.ones(len(labels)))\n    return 3 * (images * slopes).mean(1)",
        "def contributions(net, images, labels):\n    def score(x):\n"
        "        return net(x)[range(len(x)), labels].sum()\n"
        "    slopes = torch.func.grad(score)(images).detach()\n"
        "    return (slopes * images).sum(dim=-3).numpy()",
        "def contributions(net, images, labels):\n"
        "    x = images.clone().requires_grad_()\n"
        "    picked = nn.functional.one_hot(labels, net(x).shape[1])\n"
        "    g, = torch.autograd.grad((net(x) * picked).sum(), x)\n"
        "    return torch.einsum('nchw,nchw->nhw', g, images)",
        "def contributions(net, images, labels):\n"
        "    f = lambda x: net(x).gather(1, labels[:, None]).sum()\n"
        "    g = torch.func.grad(f)(images)\n"
        "    return (g * images).sum(-3).detach().numpy()",
    ],
    "one_step": [
        STEP,
        STEP.replace(".detach()", ""),
        STEP.replace(
            "(x + epsilon * x.grad.sign()).clamp(0, 1)",
            "torch.clip(x + epsilon * torch.sign(x.grad), min=0, max=1)",
        ),
        "def one_step(net, pixels, labels, epsilon):\n    def loss(x):\n"
        "        return nn.functional.cross_entropy(net(x), labels)\n"
        "    step = torch.func.grad(loss)(pixels).sign() * epsilon\n"
        "    return (pixels + step).clip(0, 1)",
        "def one_step(net, pixels, labels, epsilon):\n"
        "    x = pixels.detach().requires_grad_(False).clone()\n    x.requires_grad = True\n"
        "    loss = nn.CrossEntropyLoss(reduction='sum')(net(x), labels)\n"
        "    g = torch.autograd.grad(loss, [x])[0]\n    with torch.no_grad():\n"
        "        x += epsilon * g / g.abs()\n        x.clamp_(0, 1)\n    return x",
        "def one_step(net, pixels, labels, epsilon):\n"
        "    delta = torch.zeros_like(pixels, requires_grad=True)\n"
        "    loss = -net(pixels + delta).log_softmax(1).gather(1, labels[:, None]).mean()\n"
        "    loss.backward()\n"
        "    up = torch.where(delta.grad > 0, epsilon, torch.where(delta.grad < 0, "
        "-epsilon, 0.0))\n"
        "    return (pixels + up).clamp(0, 1)",
    ],
    "attack": [
        ATTACK,
        ATTACK.replace("range(20)", "range(40)").replace("/ 8", "/ 4"),
        ATTACK.replace(
            "x = pixels.clone()",
            "x = (pixels + epsilon * (2 * torch.rand_like(pixels) - 1)).clamp(0, 1)",
        ),
        ATTACK.replace("gradient.sign()", "gradient / gradient.abs().amax((1, 2, 3), keepdim=True)")
        .replace("/ 8", "/ 2")
        .replace("range(20)", "range(100)"),
        ATTACK.replace("x = pixels.clone()", "x, m = pixels.clone(), 0").replace(
            "            x = x + epsilon / 8 * gradient.sign()",
            "            m = 0.8 * m + gradient / gradient.abs().mean()\n"
            "            x = x + epsilon / 8 * m.sign()",
        ),
        ATTACK.replace("    return x\n", "    return x.double().numpy()\n"),
        "def attack(net, pixels, labels, epsilon):\n"
        "    x = (pixels + epsilon * (2 * torch.rand_like(pixels) - 1)).clamp(0, 1)\n"
        "    low, high = (pixels - epsilon).clamp(min=0), (pixels + epsilon).clamp(max=1)\n"
        "    for _ in range(10):\n"
        "        x.requires_grad_(True)\n"
        "        out = net(x)\n"
        "        right = out.gather(1, labels[:, None]).squeeze(1)\n"
        "        others = out.scatter(1, labels[:, None], -1e9).max(1).values\n"
        "        g = torch.autograd.grad((others - right).sum(), x)[0]\n"
        "        x = torch.minimum(torch.maximum(x.detach() + epsilon / 3 * g.sign(), low), high)\n"
        "    return x",
    ],
}

WRONG = {
    "map_shape": [
        ("map_shape = (5, 32, 4, 4)", "twice as wide"),
        ("map_shape = (5, 64, 8, 8)", "the fourth one pools"),
        ("map_shape = (5, 128, 4, 4)", "the fifth block"),
        ("map_shape = (64, 4, 4)", "the batch stays"),
        ("map_shape = (5, 4, 4, 64)", "before height"),
        ("map_shape = (5, 64)", "keeps height and width"),
        ("map_shape = (5, 10)", "logits"),
        ("map_shape = torch.zeros(5, 64, 4, 4)", "answer with its shape"),
        ("map_shape = (5, 32, 8, 8)", "second block"),
        ("map_shape = (1, 64, 4, 4)", "five images go in"),
        ("map_shape = (5, 64, 16, 16)", "is halved by"),
        ("map_shape = (5, 16, 4, 4)", "4 · 16 channels"),
        ("map_shape = (5, 1024)", "4 dimensions"),
        ("map_shape = 64", "answer with a shape"),
        ('map_shape = "5, 64, 4, 4"', "answer with a shape"),
    ],
    "lift": [
        ("lift = 0.5 * 2 / 255", "one number adds"),
        ("lift = 3072 * 2 / 255", "times its slope"),
        ("lift = 3072 * 0.5 * 2", "scale from 0 to 1"),
        ("lift = 1536", "times the step"),
        ("lift = 3072 * 0.5 / 255", "twice as large"),
        ("lift = 1024 * 0.5 * 2 / 255", "three numbers each"),
        ("lift = 0", "random signs would cancel"),
        ("lift = 3072 ** 0.5 * 0.5 * 2 / 255", "about what random signs reach"),
        ("lift = -3072 / 255", "raises the score"),
        ("lift = 20", "not 20"),
        ('lift = "12.05"', "with a number"),
    ],
    "output_of": [
        (
            "def output_of(net, layer, inputs):\n    seen = []\n\n"
            "    def look(module, given, output):\n        if module is layer:\n"
            "            seen.append(output.detach())\n\n"
            "    nn.modules.module.register_module_forward_hook(look)\n"
            "    with torch.no_grad():\n        net(inputs)\n    return seen[0]",
            "a hook for all modules",
        ),
        (
            OUTPUT + "    kept = []\n    layer.register_forward_hook(\n"
            "        lambda m, i, o: kept.append(o))\n    net(inputs)\n    return kept[0]",
            "still on the layer",
        ),
        (OUTPUT + "    return net(inputs)", "whole network"),
        (
            OUTPUT + "    kept = []\n    h = layer.register_forward_hook(\n"
            "        lambda m, i, o: kept.append(i[0]))\n    net(inputs)\n    h.remove()\n"
            "    return kept[0]",
            "third argument",
        ),
        (
            OUTPUT + "    kept = []\n    h = layer.register_forward_hook(\n"
            "        lambda m, i, o: kept.append(o))\n    net(inputs)\n    h.remove()\n"
            "    return kept",
            "return the tensor",
        ),
        (
            OUTPUT + "    kept = []\n    h = layer.register_forward_hook(\n"
            "        lambda m, i, o: kept.append(o))\n    net(inputs)\n    h.remove()",
            "`None`",
        ),
        (
            OUTPUT + "    kept = []\n    h = layer.register_forward_hook(\n"
            "        lambda o: kept.append(o))\n    try:\n        net(inputs)\n    finally:\n"
            "        h.remove()\n    return kept[0]",
            "raised `TypeError",
        ),
        (
            OUTPUT + "    kept = []\n    h = layer.register_forward_hook(\n"
            "        lambda m, i, o: kept.append(o))\n    net.train()\n    net(inputs)\n"
            "    h.remove()\n    return kept[0]",
            "eval mode",
        ),
        (OUTPUT + "    return layer", "should be numbers"),
        (
            OUTPUT + "    kept = []\n    h = layer.register_forward_hook(\n"
            "        lambda m, i, o: kept.append(o.relu()))\n    net(inputs)\n    h.remove()\n"
            "    return kept[0]",
            "not what the layer gives",
        ),
        (
            OUTPUT + "    kept = []\n    h = layer.register_forward_hook(\n"
            "        lambda m, i, o: kept.append(o[:1]))\n    net(inputs)\n    h.remove()\n"
            "    return kept[0]",
            "the shape should be (3, 4, 4, 4)",
        ),
        (
            "def output_of(net, layer, inputs):\n"
            "    kept = []\n"
            "    handle = layer.register_forward_hook(lambda m, i, o: kept.append(o))\n"
            "    net.eval()\n"
            "    net(inputs)\n"
            "    handle.remove()\n"
            "    return kept[0]",
            "in training mode and should leave in it",
        ),
    ],
    "nearest": [
        (NEAREST + DISTANCES + "    return distances.argsort()[:k]", "the row itself"),
        (NEAREST + DISTANCES + "    return distances.argsort()[:k + 1]", "leave it out"),
        (NEAREST + DISTANCES + "    return distances.topk(k).indices", "the farthest"),
        (
            NEAREST + DISTANCES + "    distances[index] = float('inf')\n"
            "    return distances.sqrt().topk(k, largest=False).values",
            "those are the distances",
        ),
        (
            NEAREST + "    others = torch.cat([features[:index], features[index + 1:]])\n"
            "    return (others - features[index]).square().sum(1).argsort()[:k]",
            "moved up by one",
        ),
        (
            NEAREST + "    d = (features - features[index]).sum(1).abs()\n"
            "    return [n for n in d.argsort().tolist() if n != index][:k]",
            "both signs cancel",
        ),
        (
            NEAREST + "    d = features @ features[index]\n    return d.topk(k).indices",
            "not a small distance",
        ),
        (
            NEAREST + "    d = torch.cdist(features, features)\n"
            "    d.fill_diagonal_(float('inf'))\n"
            "    return d[index:index + 1].topk(k, largest=False).indices",
            "should be (k,)",
        ),
        (NEAREST + DISTANCES + "    return distances.argsort()[1:]", "the first k"),
        (
            NEAREST + "    features -= features[index].clone()\n"
            "    return features.square().sum(1).argsort()[1 : k + 1]",
            "changed the features",
        ),
        (NEAREST + DISTANCES + "    print(distances.argsort()[1 : k + 1])", "`None`"),
        (NEAREST + "    return list(range(k))", "not the nearest rows"),
        (
            "def nearest(features, index, k):\n"
            "    s = nn.functional.normalize(features, dim=1)\n"
            "    s = s @ s[index]\n"
            "    s[index] = -2\n"
            "    return s.topk(k).indices",
            "a large product is not a small distance",
        ),
    ],
    "contributions": [
        (CONTRIBUTIONS + CHOSEN + SLOPES + "    return slopes", "times the numbers"),
        (
            CONTRIBUTIONS + "    std = torch.tensor([0.2470, 0.2435, 0.2616]).view(3, 1, 1)\n"
            "    mean = torch.tensor([0.4914, 0.4822, 0.4465]).view(3, 1, 1)\n"
            + CHOSEN.replace("net(images)", "net((images - mean) / std)")
            + SLOPES
            + "    return (slopes * images).sum(1)",
            "`logits_of` normalises",
        ),
        (CONTRIBUTIONS + CHOSEN + SLOPES + "    return slopes.sum(1)", "by the numbers"),
        (CONTRIBUTIONS + CHOSEN + SLOPES + "    return slopes.abs().amax(1)", "saliency map"),
        (CONTRIBUTIONS + CHOSEN + SLOPES + "    return slopes * images", "its three channels"),
        (
            CONTRIBUTIONS + CHOSEN + SLOPES + "    return (slopes * images).abs().sum(1)",
            "leave the signs",
        ),
        (
            CONTRIBUTIONS + CHOSEN + SLOPES + "    return (slopes * images).sum(1).abs()",
            "leave the signs",
        ),
        (CONTRIBUTIONS + CHOSEN + SLOPES + "    return (slopes * images).mean(1)", "the mean over"),
        (
            CONTRIBUTIONS + CHOSEN + SLOPES + "    return (slopes * images).sum((1, 2, 3))",
            "the channels alone",
        ),
        (
            CONTRIBUTIONS + CHOSEN + SLOPES + "    return slopes.sum(1) * images.sum(1)",
            "its own slope first",
        ),
        (
            CONTRIBUTIONS
            + "    chosen = net(images)\n"
            + SLOPES
            + "    return (slopes * images).sum(1)",
            "all scores together",
        ),
        (
            CONTRIBUTIONS
            + "    chosen = nn.functional.cross_entropy(net(images), labels)\n"
            + SLOPES
            + "    return (slopes * images).sum(1)",
            "of the loss",
        ),
        (
            CONTRIBUTIONS
            + CHOSEN.replace("net(images)", "net(images).softmax(1)")
            + SLOPES
            + "    return (slopes * images).sum(1)",
            "before softmax",
        ),
        (
            CONTRIBUTIONS
            + "    chosen = net(images).amax(1)\n"
            + SLOPES
            + "    return (slopes * images).sum(1)",
            "highest score",
        ),
        (
            (CONTRIBUTIONS + CHOSEN + SLOPES + "    return (slopes * images).sum(1)").replace(
                "images.clone().requires_grad_()", "images.requires_grad_()"
            ),
            "work on a copy",
        ),
        (
            (CONTRIBUTIONS + CHOSEN + SLOPES + "    return slopes").replace(COPY, ""),
            "raised `RuntimeError",
        ),
        (CONTRIBUTIONS + "    return images.sum(1)", "not the contributions"),
        (
            "def contributions(net, images, labels):\n"
            "    x = images.clone().requires_grad_()\n"
            "    net(x).gather(1, labels[:, None]).mean().backward()\n"
            "    return (x.grad * images).sum(1)",
            "a mean over the images",
        ),
        (
            "def contributions(net, images, labels):\n"
            "    x = images.clone().requires_grad_()\n"
            "    net(x)[:, labels].sum().backward()\n"
            "    return (x.grad * images).sum(1)",
            "the scores of all labels for every image",
        ),
        (
            "def contributions(net, images, labels):\n"
            "    x = images.clone().requires_grad_()\n"
            "    net(x).gather(1, labels[:, None]).sum().backward()\n"
            "    return (x.grad * images).sum(1).clamp(min=0)",
            "leave the signs",
        ),
    ],
    "one_step": [
        (STEP.replace("x + epsilon", "x - epsilon"), "it helps the network"),
        (STEP.replace("x.grad.sign()", "x.grad"), "take its sign"),
        (STEP.replace(".clamp(0, 1)", ""), "there is no such picture"),
        (STEP.replace("pixels.clone()", "pixels"), "require a gradient now"),
        (STEP.replace("epsilon * x.grad.sign()", "0"), "nothing has changed"),
        (STEP.replace("epsilon * x", "2 * epsilon * x"), "a pixel moved by"),
        (STEP.replace("epsilon * x", "0.5 * epsilon * x"), "takes it further"),
        (STEP.replace("(x + epsilon * x.grad.sign())", "(epsilon * x.grad.sign())"), "step of"),
        (STEP.replace("    return ", "    "), "`None`"),
        (
            STEP.replace("    x = pixels.clone().requires_grad_()", "    x = pixels"),
            "raised `AttributeError",
        ),
        (
            STEP.replace("return (x", "return pixels.copy_((x").replace(".detach()", ".detach())"),
            "have changed",
        ),
        (
            "def one_step(net, pixels, labels, epsilon):\n"
            "    x = pixels.clone().requires_grad_()\n"
            "    nn.functional.cross_entropy(net(x), labels).backward()\n"
            "    return pixels + (epsilon * x.grad.sign()).clamp(0, 1)",
            "there is no such picture",
        ),
    ],
    "attack": [
        (ONCE, "should be left"),
        ("def attack(net, pixels, labels, epsilon):\n    return pixels", "yours 64"),
        (
            "def attack(net, pixels, labels, epsilon):\n"
            "    return (pixels + epsilon * torch.randn_like(pixels).sign()).clamp(0, 1)",
            "should be left",
        ),
        (
            ATTACK.replace("            x = pixels + (x - pixels).clamp(-epsilon, epsilon)\n", ""),
            "come back into the range",
        ),
        (ATTACK.replace("x + epsilon / 8", "x - epsilon / 8"), "yours 64"),
        (ATTACK.replace("            x = x.clamp(0, 1)\n", ""), "from 0 to 1"),
        (ATTACK.replace("    return x\n", "    return loss\n"), "shape should be"),
        (ATTACK.replace("    return x\n", ""), "`None`"),
        (
            "def attack(net, pixels, labels, epsilon):\n    with torch.no_grad():\n"
            "        net[-1].weight.mul_(-1)\n    return pixels",
            "not the network",
        ),
        (
            ATTACK.replace("x = pixels.clone()", "x = pixels").replace(
                "x = x + epsilon", "x += epsilon"
            ),
            "work on a copy",
        ),
        (
            "def attack(net, pixels, labels, epsilon):\n"
            "    for p in net.parameters():\n"
            "        p.data.add_(torch.randn_like(p))\n"
            "    return pixels.clone()",
            "change the pixels, not the network",
        ),
    ],
}
