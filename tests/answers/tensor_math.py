"""Answers to the exercises of lesson 02, as learners write them."""

RIGHT = {
    "sum_shape": [
        "sum_shape = [4, 3]",
        "sum_shape = torch.Size([4, 3])",
        "sum_shape = (torch.ones(4, 1) + torch.ones(3)).shape",
        "sum_shape = torch.broadcast_shapes((4, 1), (3,))",
        "sum_shape = np.broadcast_shapes((4, 1), (3,))",
    ],
    "strides": [
        "strides = [1, 4, 12]",
        "strides = torch.zeros(2, 3, 4).transpose(0, 2).stride()",
        "strides = torch.empty(2, 3, 4).mT.permute(1, 2, 0).stride()",
        "strides = np.array([1, 4, 12])",
        "strides = tuple(reversed(torch.zeros(2, 3, 4).stride()))",
        "strides = torch.tensor([1, 4, 3 * 4])",
        "strides = tuple(s // 4 for s in np.zeros((2, 3, 4), np.float32).T.strides)",
    ],
    "center": [
        "def center(table):\n    return table - table.mean(0, keepdim=True)",
        "def center(table):\n    return table - table.sum(dim=0) / len(table)",
        "def center(table):\n    result = table.clone()\n    for j in range(table.shape[1]):\n"
        "        result[:, j] -= result[:, j].mean()\n    return result",
        "center = lambda table: table.double() - torch.mean(table.double(), 0)",
        "def center(table):\n    return (table.T - table.T.mean(1, keepdim=True)).T",
        "def center(table):\n    array = table.numpy()\n    return array - array.mean(axis=0)",
        "def center(table):\n"
        "    return torch.stack([column - column.mean() for column in table.unbind(1)], 1)",
    ],
    "accuracy": [
        "def accuracy(scores, labels):\n    hits = 0\n    for row, label in zip(scores, labels):\n"
        "        hits += int(row.argmax() == label)\n    return hits / len(labels)",
        "def accuracy(scores, labels):\n    _, guesses = torch.max(scores, 1)\n"
        "    return (guesses == labels).sum().item() / labels.size(0)",
        "def accuracy(scores, labels):\n"
        "    return float(np.mean(scores.numpy().argmax(1) == labels.numpy()))",
        "def accuracy(scores, labels):\n"
        "    return float((scores.argmax(-1) == labels).double().mean())",
        "def accuracy(scores, labels):\n"
        "    return 1 - torch.count_nonzero(scores.argmax(1) - labels).item() / len(scores)",
        "accuracy = lambda s, l: np.mean([a == b for a, b in zip(s.argmax(1).tolist(), "
        "l.tolist())])",
    ],
    "channels_first": [
        "def channels_first(picture):\n    return torch.permute(picture, (2, 0, 1))",
        "def channels_first(picture):\n    return picture.transpose(0, 2).transpose(1, 2)",
        "def channels_first(picture):\n"
        "    return torch.stack([picture[:, :, c] for c in range(picture.shape[2])])",
        "def channels_first(picture):\n    return picture.movedim(-1, 0).contiguous()",
        "def channels_first(picture):\n    return np.transpose(picture.numpy(), (2, 0, 1))",
        "def channels_first(picture):\n    h, w, c = picture.shape\n"
        "    out = torch.empty(c, h, w)\n"
        "    for i in range(c):\n        out[i] = picture[..., i]\n    return out",
        "channels_first = lambda p: torch.einsum('hwc->chw', p)",
    ],
    "positive_mean": [
        "def positive_mean(x):\n    return torch.mean(x[x > 0]).item()",
        "def positive_mean(x):\n    return x.clamp(min=0).sum() / (x > 0).sum()",
        "def positive_mean(x):\n    numbers = [n for n in x.flatten().tolist() if n > 0]\n"
        "    return sum(numbers) / len(numbers)",
        "def positive_mean(x):\n    return torch.masked_select(x, x.gt(0)).double().mean()",
        "def positive_mean(x):\n    array = x.numpy()\n    return array[array > 0].mean()",
        "def positive_mean(x):\n    return torch.where(x > 0, x, torch.nan).nanmean()",
    ],
    "mean_squared_error": [
        "def mean_squared_error(predictions, targets):\n"
        "    return ((predictions.squeeze(1) - targets) ** 2).mean().item()",
        "def mean_squared_error(predictions, targets):\n"
        "    return ((predictions - targets.unsqueeze(1)) ** 2).mean()",
        "def mean_squared_error(predictions, targets):\n    total = 0\n"
        "    for p, t in zip(predictions, targets):\n        total += (p.item() - t.item()) ** 2\n"
        "    return total / len(targets)",
        "def mean_squared_error(predictions, targets):\n"
        "    return torch.nn.functional.mse_loss(predictions.flatten(), targets)",
        "def mean_squared_error(predictions, targets):\n"
        "    d = predictions[:, 0].double() - targets\n    return d @ d / len(d)",
        "def mean_squared_error(predictions, targets):\n"
        "    return np.mean((predictions.numpy().ravel() - targets.numpy()) ** 2)",
        "mean_squared_error = lambda p, t: (p.view(-1) - t).pow(2).sum() / t.numel()",
    ],
    "dot_products": [
        "def dot_products(x):\n    return torch.bmm(x, x.mT)",
        "def dot_products(x):\n    return torch.einsum('bik,bjk->bij', x, x)",
        "def dot_products(x):\n    return (x.unsqueeze(2) * x.unsqueeze(1)).sum(dim=3)",
        "def dot_products(x):\n    return torch.stack([table @ table.T for table in x])",
        "def dot_products(x):\n    return [table.matmul(table.t()) for table in x]",
        "def dot_products(x):\n    return x.numpy() @ x.numpy().transpose(0, 2, 1)",
        "def dot_products(x):\n    b, n, k = x.shape\n    out = torch.zeros(b, n, n)\n"
        "    for i in range(n):\n        for j in range(n):\n"
        "            out[:, i, j] = (x[:, i] * x[:, j]).sum(1)\n    return out",
        "dot_products = lambda x: torch.matmul(x.double(), x.double().permute(0, 2, 1))",
    ],
    "standardize": [
        "def standardize(x):\n    return (x - x.mean()) / x.std()",
        "def standardize(x):\n    x = x.clone()\n    std, mean = torch.std_mean(x)\n    x -= mean\n"
        "    x /= std\n    return x",
        "def standardize(x):\n    array = x.numpy()\n"
        "    return (array - array.mean()) / array.std()",
        "def standardize(x):\n    x = x.double()\n"
        "    return (x - x.mean()) / ((x - x.mean()) ** 2).mean().sqrt()",
        "def standardize(x):\n    std, mean = torch.std_mean(x)\n    return x.sub(mean).div(std)",
        "def standardize(x):\n    numbers = x.flatten().tolist()\n"
        "    mean = sum(numbers) / len(numbers)\n"
        "    std = (sum((n - mean) ** 2 for n in numbers) / (len(numbers) - 1)) ** 0.5\n"
        "    return torch.tensor([(n - mean) / std for n in numbers]).view_as(x)",
    ],
    "spot": [
        "side = torch.linspace(-1, 1, 65)\n"
        "spot = torch.exp(-4 * (side[:, None] ** 2 + side[None, :] ** 2))",
        "side = torch.linspace(-1, 1, 65)\nspot = (1 - side.abs()) * (1 - side.abs()).unsqueeze(1)",
        "side = torch.linspace(-1, 1, 65)\n"
        "distance = (side.unsqueeze(1) ** 2 + side**2).sqrt()\n"
        "spot = (1 - distance).clamp(min=0, max=1)",
        "side = np.linspace(-1, 1, 65)\nspot = 1 / (1 + 8 * (side[:, None] ** 2 + side**2))",
        "side = torch.linspace(-torch.pi / 2, torch.pi / 2, 65, dtype=torch.float64)\n"
        "spot = (torch.cos(side).unsqueeze(1) * torch.cos(side)).clamp(0, 1)",
        "spot = [[max(0.0, 1 - ((i - 32) ** 2 + (j - 32) ** 2) / 1024) for j in range(65)]"
        " for i in range(65)]",
    ],
}

WRONG = {
    "sum_shape": [
        ("sum_shape = (4, 1)", "its size 1 meets the 3"),
        ("sum_shape = (3, 4)", "aligned at the right"),
        ("sum_shape = (4, 4)", "stands in the last place"),
        ("sum_shape = (4,)", "does not follow"),
        ("sum_shape = 12", "this is a `int`"),
        ("sum_shape = '(4, 3)'", "this is a `str`"),
        ("sum_shape = torch.ones(4, 1) + torch.ones(3)", "this is a `Tensor`"),
        ("sum_shape = (4, 1, 3)", "does not follow"),
        ("sum_shape = None", "this is a `NoneType`"),
    ],
    "strides": [
        ("strides = (12, 4, 1)", "before the transpose"),
        ("strides = torch.zeros(2, 3, 4).stride()", "before the transpose"),
        ("strides = (4, 3, 2)", "that is the shape"),
        ("strides = torch.zeros(4, 3, 2).stride()", "a copy of shape (4, 3, 2)"),
        (
            "strides = torch.zeros(2, 3, 4).transpose(0, 2).contiguous().stride()",
            "`transpose` moves no number",
        ),
        ("strides = np.zeros((2, 3, 4), np.float32).T.strides", "that counts bytes"),
        ("strides = torch.zeros(2, 3, 4).transpose(0, 1).stride()", "first and the last"),
        ("strides = (1, 2, 6)", "how far is it in memory"),
        ("strides = torch.zeros(2, 3, 4).transpose(1, 2).stride()", "first and the last"),
        ("strides = (1, 4)", "one for each dimension"),
        ("strides = 12", "one for each dimension"),
        ("strides = '(1, 4, 12)'", "should be numbers"),
    ],
    "center": [
        ("def center(table):\n    return table - table.mean()", "the mean of the whole table"),
        ("def center(table):\n    return table - table.mean(dim=1)", "the mean of each row"),
        (
            "def center(table):\n    return table - table.mean(dim=1, keepdim=True)",
            "the mean of each row",
        ),
        ("def center(table):\n    return table.mean(dim=0)", "those are the means"),
        (
            "def center(table):\n    return table - table.sum(dim=0)",
            "that is the sum of each column",
        ),
        ("def center(table):\n    return table / table.mean(dim=0)", "should now be 0"),
        (
            "def center(table):\n    return (table - table.mean(0)) / table.std(0)",
            "no division by the standard deviation",
        ),
        ("def center(table):\n    return table - table.median(dim=0).values", "use the mean"),
        ("def center(table):\n    table -= table.mean(dim=0)", "what follows its `return`"),
        ("def center(table):\n    return table.mean(dim=0) - table", "the other way round"),
        ("def center(table):\n    return table - table.means(0)", "your code raised"),
        (
            "def center(table):\n    return (table - table.mean(0)) * 2",
            "something else has changed",
        ),
    ],
    "accuracy": [
        (
            "def accuracy(scores, labels):\n"
            "    return (scores.argmax(dim=1) == labels).float().mean()",
            "`.item()` takes it out",
        ),
        (
            "def accuracy(scores, labels):\n    return (scores.argmax(1) == labels).sum().item()",
            "divide by the number of rows",
        ),
        (
            "def accuracy(scores, labels):\n"
            "    return 100 * (scores.argmax(1) == labels).float().mean().item()",
            "a fraction is wanted",
        ),
        (
            "def accuracy(scores, labels):\n"
            "    return (scores.argmax(0) == labels).float().mean().item()",
            "the largest of each column",
        ),
        (
            "def accuracy(scores, labels):\n"
            "    return (scores.argmin(1) == labels).float().mean().item()",
            "the smallest score",
        ),
        (
            "def accuracy(scores, labels):\n"
            "    return (scores.argmax(1) != labels).float().mean().item()",
            "answers are right, and you say",
        ),
        (
            "def accuracy(scores, labels):\n"
            "    return (scores.argmax(1) == labels).sum().item() / scores.shape[1]",
            "not of classes",
        ),
        ("def accuracy(scores, labels):\n    return 0.75", "answers are right"),
        ("def accuracy(scores, labels):\n    (scores.argmax(1) == labels)", "needs a `return`"),
        (
            "def accuracy(scores, labels):\n    return (scores == labels).float().mean().item()",
            "answers are right, and you say",
        ),
        (
            "def accuracy(scores, labels):\n    return (scores.argmax(1) == labels).mean().item()",
            "your code raised",
        ),
        ("def accuracy(scores, labels):\n    return '75 %'", "should be numbers"),
        (
            "def accuracy(scores, labels):\n"
            "    return (scores.abs().argmax(1) == labels).float().mean().item()",
            "of 36 answers are right, and you say",
        ),
        (
            "def accuracy(scores, labels):\n"
            "    return [(scores.argmax(1) == labels).float().mean().item()]",
            "this is a `list`",
        ),
    ],
    "channels_first": [
        (
            "def channels_first(picture):\n    h, w, c = picture.shape\n"
            "    return picture.reshape(c, h, w)",
            "the image is scrambled",
        ),
        (
            "def channels_first(picture):\n    return picture.transpose(0, 2)",
            "height and width are swapped",
        ),
        (
            "def channels_first(picture):\n    return picture.permute(2, 1, 0)",
            "height and width are swapped",
        ),
        (
            "def channels_first(picture):\n    return picture.permute(2, 0, 1).flip(1)",
            "should stand at [c, y, x]",
        ),
        (
            "def channels_first(picture):\n    return picture.permute(1, 2, 0)",
            "should be (3, 2, 4)",
        ),
        ("def channels_first(picture):\n    return picture.view(3, 2, 4)", "is scrambled"),
        (
            "def channels_first(picture):\n    return picture.permute(2, 0, 1).unsqueeze(0)",
            "should be (3, 2, 4), and is (1, 3, 2, 4)",
        ),
        ("def channels_first(picture):\n    return picture[:, :, 0]", "should be (3, 2, 4)"),
        ("def channels_first(picture):\n    return picture.T", "height and width are swapped"),
        ("def channels_first(picture):\n    picture.permute(2, 0, 1)", "what follows its `return`"),
        ("def channels_first(picture):\n    return (2, 0, 1)", "and is (3,)"),
        (
            "def channels_first(image):\n    return image.permute(2, 0, 1) / 255",
            "should stand at [c, y, x]",
        ),
    ],
    "positive_mean": [
        ("def positive_mean(x):\n    return x.clamp(min=0).mean()", "they still count"),
        ("def positive_mean(x):\n    return torch.relu(x).mean()", "they still count"),
        ("def positive_mean(x):\n    return (x > 0).float().mean()", "the share of positive ones"),
        ("def positive_mean(x):\n    return x.mean()", "the mean of all of them"),
        ("def positive_mean(x):\n    return x.abs().mean()", "makes negative elements positive"),
        ("def positive_mean(x):\n    return x[x > 0].sum()", "that is their sum"),
        ("def positive_mean(x):\n    return x[x > 0]", "take their mean"),
        ("def positive_mean(x):\n    return x[x > 0].median()", "that is their median"),
        ("def positive_mean(x):\n    return x[x < 0].mean()", "yours is another"),
        ("def positive_mean(x):\n    return x[x >= 1].mean()", "yours is another"),
        ("def positive_mean(x):\n    return x > 0", "should be (), and is (6,)"),
        ("def positive_mean(x):\n    x[x > 0].mean()", "what follows its `return`"),
        ("def positive_mean(x):\n    return (x > 0).mean()", "your code raised"),
        (
            "def positive_mean(x):\n    return x.clamp(min=0).sum() / ((x > 0).sum() - 1)",
            "is the mean of the positive ones",
        ),
    ],
    "mean_squared_error": [
        (
            "def mean_squared_error(predictions, targets):\n"
            "    return ((predictions - targets) ** 2).mean()",
            "9 differences instead of 3",
        ),
        (
            "def mean_squared_error(p, t):\n    return ((p[:, 0] - t) ** 2).sum()",
            "take their mean",
        ),
        ("def mean_squared_error(p, t):\n    return (p[:, 0] - t).abs().mean()", "square the"),
        ("def mean_squared_error(p, t):\n    return (p[:, 0] - t).abs().sum()", "yours is another"),
        ("def mean_squared_error(p, t):\n    return torch.linalg.norm(p[:, 0] - t)", "a root"),
        ("def mean_squared_error(p, t):\n    return (p[:, 0] - t).abs().max()", "the largest"),
        (
            "def mean_squared_error(p, t):\n    return (p.sum() - t.sum()) ** 2 / len(t)",
            "yours is another",
        ),
        ("def mean_squared_error(p, t):\n    return (p[:, 0] - t).mean() ** 2", "square first"),
        ("def mean_squared_error(p, t):\n    return (p[:, 0] - t).mean()", "cancel"),
        (
            "def mean_squared_error(p, t):\n    return ((p[:, 0] - t) ** 2).mean().sqrt()",
            "leave the root out",
        ),
        ("def mean_squared_error(p, t):\n    return (p.squeeze(1) - t) ** 2", "one for each"),
        ("def mean_squared_error(p, t):\n    return ((p[:, 0] - t) ** 2).mean() / 2", "no ½"),
        ("def mean_squared_error(p, t):\n    ((p[:, 0] - t) ** 2).mean()", "`return`"),
        ("def mean_squared_error(p, t):\n    return ((p.T - t) ** 2).mean(1)", "and is (1,)"),
    ],
    "dot_products": [
        (
            "def dot_products(x):\n    b, n, k = x.shape\n    return x @ x.reshape(b, k, n)",
            "rows were mixed up",
        ),
        (
            "def dot_products(x):\n    return x @ x.view(len(x), x.shape[2], x.shape[1])",
            "rows were mixed up",
        ),
        ("def dot_products(x):\n    return x.mT @ x", "every column meets every column"),
        ("def dot_products(x):\n    return (x * x).sum(dim=2)", "only itself"),
        ("def dot_products(x):\n    return x * x", "use `@`"),
        (
            "def dot_products(x):\n    rows = x.reshape(-1, x.shape[2])\n    return rows @ rows.T",
            "keep the tables apart",
        ),
        (
            "def dot_products(x):\n    return torch.einsum('bik,bjk->ij', x, x)",
            "you added up the tables",
        ),
        (
            "def dot_products(x):\n    return (x.unsqueeze(2) * x.unsqueeze(1)).mean(dim=3)",
            "you divided",
        ),
        ("def dot_products(x):\n    return torch.cdist(x, x)", "some of the products are not"),
        ("def dot_products(x):\n    return x[0] @ x[0].T", "should be (3, 2, 2)"),
        ("def dot_products(x):\n    return x @ x", "your code raised"),
        ("def dot_products(x):\n    x @ x.mT", "what follows its `return`"),
    ],
    "standardize": [
        (
            "def standardize(x):\n    mean, std = torch.std_mean(x)\n    x -= mean\n    x /= std\n"
            "    return x",
            "a mean of 0 is wanted",
        ),
        (
            "def standardize(x):\n    std, mean = torch.std_mean(x)\n    x -= mean\n    x /= std\n"
            "    return x",
            "the tensor that was handed over has changed",
        ),
        (
            "def standardize(x):\n    mean, std = torch.std_mean(x)\n    return (x - mean) / std",
            "which of the two numbers",
        ),
        ("def standardize(x):\n    return x - x.mean()", "now divide by the deviation"),
        ("def standardize(x):\n    return x / x.std()", "the mean is still to go"),
        ("def standardize(x):\n    return (x - x.mean()) / x.var()", "not its square"),
        ("def standardize(x):\n    return x - x.mean() / x.std()", "it needs parentheses"),
        (
            "def standardize(x):\n    return (x - x.mean(0)) / x.std(0)",
            "each column was treated by itself",
        ),
        (
            "def standardize(x):\n    return (x - x.min()) / (x.max() - x.min())",
            "the mean should be 0",
        ),
        ("def standardize(x):\n    return torch.zeros_like(x)", "the mean should be 0"),
        (
            "def standardize(x):\n    std, mean = torch.std_mean(x)\n    x.sub_(mean).div_(std)",
            "what follows its `return`",
        ),
        (
            "def standardize(x):\n    std, mean = torch.std_mean(x)\n    y = x\n    y -= mean\n"
            "    return y / std",
            "has changed",
        ),
        ("def standardize(x):\n    return (x.mean() - x) / x.std()", "the sign is wrong"),
        (
            "def standardize(x):\n    y = torch.randn_like(x)\n    return (y - y.mean()) / y.std()",
            "not the numbers of `x`",
        ),
    ],
    "spot": [
        ("spot = torch.linspace(-1, 1, 65)", "should be (65, 65), and is (65,)"),
        ("spot = torch.ones(65, 65)", "darker than 0.1"),
        ("spot = torch.zeros(65, 65)", "above 0.5"),
        (
            "side = torch.linspace(-1, 1, 65)\nspot = side.unsqueeze(1) ** 2 + side**2",
            "should be 1 at most",
        ),
        (
            "side = torch.linspace(-1, 1, 65)\nspot = 1 - (side.unsqueeze(1) ** 2 + side**2)",
            "should not be below 0",
        ),
        (
            "side = torch.linspace(-1, 1, 65)\nspot = (1 - side**2).expand(65, 65)",
            "a stripe",
        ),
        (
            "side = torch.linspace(-1, 1, 65)\n"
            "spot = ((side.unsqueeze(1) ** 2 + side**2) < 0.5).float()",
            "light and dark only",
        ),
        (
            "side = torch.linspace(0, 1, 65)\n"
            "spot = (1 - (side.unsqueeze(1) ** 2 + side**2)).clamp(min=0)",
            "the brightest place",
        ),
        (
            "side = torch.linspace(-1, 1, 65)\n"
            "spot = ((side.unsqueeze(1) ** 2 + side**2) / 2).clamp(max=1)",
            "the brightest place",
        ),
        ("spot = torch.rand(65, 65)", "the brightest place"),
        ("spot = 'a spot'", "should be numbers"),
        ("spot = torch.full((65, 65), torch.nan)", "not finite"),
    ],
}
