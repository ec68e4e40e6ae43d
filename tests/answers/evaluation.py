"""Answers to the exercises of lesson 07, as learners write them."""

TRAIN_BEST = """
def train_best(net, train_once, validate, epochs):
    best_loss, best_state = float("inf"), None
    for epoch in range(epochs):
        train_once(net)
        loss = validate(net)
        if loss < best_loss:
            best_loss, best_state = loss, copy.deepcopy(net.state_dict())
    net.load_state_dict(best_state)
    return best_loss
"""
PHOTOGRAPH = "def photograph_next(matrix):\n    right = matrix.diagonal()\n"

RIGHT = {
    "which_part": [
        "which_part = 'Validation'",
        'which_part = "VALIDATION"',
        'which_part = " validation "',
        'which_part = ("training", "validation", "test")[1]',
    ],
    "best_epoch": [
        "def best_epoch(losses):\n    return min(range(len(losses)), key=losses.__getitem__) + 1",
        "def best_epoch(losses):\n    return torch.tensor(losses).argmin() + 1",
        "import numpy as np\ndef best_epoch(losses):\n    return np.argmin(losses) + 1",
        "def best_epoch(losses):\n    best, epoch = float('inf'), None\n"
        "    for i, loss in enumerate(losses, 1):\n        if loss < best:\n"
        "            best, epoch = loss, i\n    return epoch",
        "def best_epoch(losses):\n    return sorted(zip(losses, range(1, 100)))[0][1]",
        "def best_epoch(losses):\n    return float(losses.index(sorted(losses)[0]) + 1)",
    ],
    "recall": [
        "def recall(matrix):\n    return torch.diagonal(matrix) / torch.sum(matrix, 1)",
        "def recall(matrix):\n    return (matrix / matrix.sum(dim=1, keepdim=True)).diagonal()",
        "def recall(matrix):\n"
        "    return [matrix[c, c] / matrix[c].sum() for c in range(len(matrix))]",
        "import numpy as np\ndef recall(matrix):\n    m = matrix.numpy()\n"
        "    return np.diag(m) / m.sum(axis=1)",
        "def recall(matrix):\n    m = matrix.double()\n    return m.diag() / m.sum(-1)",
        "def recall(matrix):\n"
        "    return [row[i].item() / sum(row).item() for i, row in enumerate(matrix)]",
    ],
    "count_pairs": [
        "def count_pairs(labels, predictions, classes):\n"
        "    matrix = torch.zeros(classes, classes, dtype=torch.long)\n"
        "    for label, prediction in zip(labels, predictions):\n"
        "        matrix[label, prediction] += 1\n    return matrix",
        "def count_pairs(labels, predictions, classes):\n"
        "    matrix = torch.zeros(classes, classes)\n"
        "    ones = torch.ones(len(labels))\n"
        "    return matrix.index_put((labels, predictions), ones, accumulate=True)",
        "def count_pairs(labels, predictions, classes):\n    rows = torch.eye(classes)[labels]\n"
        "    columns = torch.eye(classes)[predictions]\n    return rows.T @ columns",
        "import numpy as np\ndef count_pairs(labels, predictions, classes):\n"
        "    matrix = np.zeros((classes, classes), int)\n"
        "    np.add.at(matrix, (labels.numpy(), predictions.numpy()), 1)\n    return matrix",
        "def count_pairs(labels, predictions, classes):\n"
        "    return [[((labels == r) & (predictions == c)).sum().item() for c in range(classes)]"
        " for r in range(classes)]",
        "def count_pairs(labels, predictions, classes):\n    return torch.stack([torch.bincount("
        "predictions[labels == c], minlength=classes) for c in range(classes)])",
    ],
    "train_best": [
        TRAIN_BEST.replace(
            "copy.deepcopy(net.state_dict())", "{k: v.clone() for k, v in net.state_dict().items()}"
        ),
        TRAIN_BEST.replace("return best_loss", "return validate(net)"),
        TRAIN_BEST.replace("if loss < best_loss:", "if best_state is None or loss <= best_loss:"),
        "def train_best(net, train_once, validate, epochs):\n    states, losses = [], []\n"
        "    for _ in range(epochs):\n        train_once(net)\n"
        "        states.append(copy.deepcopy(net.state_dict()))\n"
        "        losses.append(validate(net))\n    best = losses.index(min(losses))\n"
        "    net.load_state_dict(states[best])\n    return losses[best]",
        "import io\ndef train_best(net, train_once, validate, epochs):\n    best = None\n"
        "    for _ in range(epochs):\n        train_once(net)\n        loss = validate(net)\n"
        "        if best is None or loss < best:\n            best, file = loss, io.BytesIO()\n"
        "            torch.save(net.state_dict(), file)\n    file.seek(0)\n"
        "    net.load_state_dict(torch.load(file, weights_only=True))\n"
        "    return torch.tensor(best)",
        "def train_best(net, train_once, validate, epochs):\n    best_loss = float('inf')\n"
        "    for _ in range(epochs):\n        train_once(net)\n        loss = validate(net)\n"
        "        if loss < best_loss:\n            best_loss, best = loss, copy.deepcopy(net)\n"
        "    net.load_state_dict(best.state_dict())\n    return best_loss",
    ],
    "photograph_next": [
        PHOTOGRAPH + "    return (right / matrix.sum(0)).argmin().item()",
        PHOTOGRAPH + "    return (matrix.sum(1) - right).argmax()",
        PHOTOGRAPH + "    return (2 * right / (matrix.sum(0) + matrix.sum(1))).argmin()",
        "import numpy as np\ndef photograph_next(matrix):\n    m = matrix.numpy()\n"
        "    return np.argmax(1 - np.diag(m) / m.sum(axis=1))",
        "def photograph_next(matrix):\n    pairs = matrix + matrix.T\n    pairs.fill_diagonal_(0)\n"
        "    return pairs.sum(1).argmax().item()",
        "def photograph_next(matrix):\n    recalls = [matrix[c, c] / matrix[c].sum()"
        " for c in range(len(matrix))]\n    return recalls.index(min(recalls))",
    ],
}

COUNT = "def count_pairs(labels, predictions, classes):\n"
INDEX = "torch.bincount(labels * classes + predictions, minlength=classes**2)"

WRONG = {
    "which_part": [
        ('which_part = "test"', "no longer that of unseen"),
        ('which_part = "training"', "falls on"),
        ('which_part = "train"', "falls on"),
        ('which_part = "all of them"', 'answer with "training"'),
        ("which_part = 2", 'answer with "training"'),
        ('which_part = ["validation", "test"]', 'answer with "training"'),
        ('which_part = "validation and test"', 'answer with "training"'),
    ],
    "best_epoch": [
        ("def best_epoch(losses):\n    return losses.index(min(losses))", "epochs from 1"),
        ("def best_epoch(losses):\n    return len(losses)", "not the best"),
        ("def best_epoch(losses):\n    return min(losses)", "return its epoch"),
        (
            "def best_epoch(losses):\n    for i in range(1, len(losses)):\n"
            "        if losses[i] > losses[i - 1]:\n            return i\n    return len(losses)",
            "too early to stop",
        ),
        (
            "def best_epoch(losses):\n    for i in range(1, len(losses)):\n"
            "        if losses[i] > losses[i - 1]:\n            return i + 1\n"
            "    return len(losses)",
            "risen already",
        ),
        ("def best_epoch(losses):\n    return len(losses) // 2 + 1", "and you say 5"),
        ("def best_epoch(losses):\n    return losses.index(max(losses)) + 1", "the largest loss"),
        (
            "def best_epoch(losses):\n    best = min(losses)\n    losses.sort()\n"
            "    return 3 if best == 1.2 else losses.index(best) + 1",
            "changed the list",
        ),
        ("def best_epoch(losses):\n    return 3", "risen already"),
        (
            "def best_epoch(losses):\n    last = 1\n    for i in range(1, len(losses)):\n"
            "        if losses[i] < losses[i - 1]:\n            last = i + 1\n    return last",
            "the last fall",
        ),
        ("def best_epoch(losses):\n    print(losses.index(min(losses)) + 1)", "`NoneType`"),
    ],
    "recall": [
        ("def recall(m):\n    return m.diagonal() / m.sum(dim=0)", "called precision"),
        ("def recall(m):\n    return m.diagonal() / m.sum()", "divide each class by its own"),
        ("def recall(m):\n    return m.diagonal().sum() / m.sum()", "one number for each class"),
        ("def recall(m):\n    return m.diagonal()", "those are counts"),
        ("def recall(m):\n    return 100 * m.diagonal() / m.sum(1)", "percent"),
        ("def recall(m):\n    return m / m.sum(1, keepdim=True)", "on the diagonal alone"),
        ("def recall(m):\n    return 1 - m.diagonal() / m.sum(1)", "that are missed"),
        (
            "def recall(m):\n    return m.diagonal() / (m.sum(1) - m.diagonal())",
            "the right answers too",
        ),
        ("def recall(m):\n    return m.sum(1) / m.sum()", "whatever the answers"),
        ("def recall(m):\n    return 2 * m.diagonal() / (m.sum(1) + m.sum(0))", "F1"),
        ("def recall(m):\n    return m.diagonal() // m.sum(1)", "class 0 is right in"),
        (
            "def recall(m):\n    result = m.diagonal() / m.sum(1)\n    m.zero_()\n"
            "    return result",
            "changed the matrix",
        ),
        ("def recall(m):\n    return (m.diagonal() / m.sum(1)).mean()", "should be (2,)"),
    ],
    "count_pairs": [
        (
            COUNT + "    return torch.bincount(predictions * classes + labels,"
            " minlength=classes**2).reshape(classes, classes)",
            "rows and columns are swapped",
        ),
        (
            COUNT + "    matrix = torch.zeros(classes, classes)\n"
            "    matrix[labels, predictions] += 1\n    return matrix",
            "counted once",
        ),
        (COUNT + f"    return {INDEX}", "reshape them"),
        (COUNT + f"    return {INDEX}.reshape(classes, classes) / len(labels)", "those are shares"),
        (
            COUNT + f"    m = {INDEX}.reshape(classes, classes)\n"
            "    return m / m.sum(1, keepdim=True).clamp(min=1)",
            "shares of each row",
        ),
        (
            COUNT + f"    m = {INDEX}.reshape(classes, classes)\n    return m.fill_diagonal_(0)",
            "the right answers count",
        ),
        (
            COUNT + "    return torch.diag(torch.bincount(labels[labels == predictions],"
            " minlength=classes))",
            "the mistakes are missing",
        ),
        (
            COUNT + "    classes = int(max(labels.max(), predictions.max())) + 1\n"
            f"    return {INDEX}.reshape(classes, classes)",
            "Use `minlength`",
        ),
        (
            COUNT + "    n = len(labels.unique())\n"
            "    return torch.bincount(labels * n + predictions, minlength=n * n).reshape(n, n)",
            "Use `minlength`",
        ),
        (COUNT + "    return torch.bincount(labels + predictions, minlength=classes)", "should be"),
        (COUNT + "    return (labels == predictions).sum()", "should be (3, 3), and is ()"),
        (COUNT + f"    {INDEX}", "None"),
        (
            "def count_pairs(labels, predictions, classes):\n"
            "    rows = torch.nn.functional.one_hot(labels, classes)\n"
            "    columns = torch.nn.functional.one_hot(predictions, classes)\n"
            "    return (rows.T @ columns).byte()",
            "do not fit into `uint8`",
        ),
        (
            "def count_pairs(labels, predictions, classes):\n"
            "    return torch.zeros(classes, classes)",
            "the pairs counted should be",
        ),
    ],
    "train_best": [
        (TRAIN_BEST.replace("copy.deepcopy(net.state_dict())", "net.state_dict()"), "gives views"),
        (
            TRAIN_BEST.replace("copy.deepcopy(net.state_dict())", "dict(net.state_dict())"),
            "gives views",
        ),
        (
            TRAIN_BEST.replace(
                "        train_once(net)\n        loss = validate(net)\n",
                "        loss = train_once(net)\n",
            ),
            "*training* loss",
        ),
        (
            TRAIN_BEST.replace('float("inf")', "0.0").replace("loss < best", "loss > best"),
            "with `<`",
        ),
        (
            TRAIN_BEST.replace("    net.load_state_dict(best_state)\n", ""),
            "Keep a copy, and load it",
        ),
        (TRAIN_BEST.replace("return best_loss", "return loss"), "that of the last epoch"),
        (TRAIN_BEST.replace("    return best_loss\n", ""), "answer with a number"),
        (
            TRAIN_BEST.replace("        train_once(net)", "        training = train_once(net)")
            .replace(
                "best_loss, best_state = loss,",
                "best_loss, best_training, best_state = loss, training,",
            )
            .replace("return best_loss", "return best_training"),
            "that of the training part",
        ),
        (
            TRAIN_BEST.replace(
                "            best_loss, best_state",
                "            best_loss = loss\n        else:\n            break\n        if True:\n"
                "            best_loss, best_state",
            ),
            "epochs were asked for",
        ),
        (TRAIN_BEST.replace("range(epochs)", "range(epochs - 1)"), "epochs were asked for"),
        (
            TRAIN_BEST.replace(
                "        train_once(net)\n        loss = validate(net)",
                "        loss = validate(net)\n        train_once(net)",
            ),
            "epoch",
        ),
        (
            TRAIN_BEST.replace("if loss < best_loss:", "if best_state is None:"),
            "the smallest validation loss was 1.2, in epoch 3",
        ),
        (
            "def train_best(net, train_once, validate, epochs):\n"
            '    best_loss, best_state = float("inf"), None\n    for _ in range(epochs):\n'
            "        loss = validate(net)\n        train_once(net)\n        if loss < best_loss:\n"
            "            best_loss, best_state = loss, copy.deepcopy(net.state_dict())\n"
            "    net.load_state_dict(best_state)\n    return best_loss",
            "before the epoch",
        ),
        (
            "def train_best(net, train_once, validate, epochs):\n"
            '    best_loss, best_state = float("inf"), None\n    for _ in range(epochs):\n'
            "        train_once(net)\n        train_once(net)\n        loss = validate(net)\n"
            "        if loss < best_loss:\n"
            "            best_loss, best_state = loss, copy.deepcopy(net.state_dict())\n"
            "    net.load_state_dict(best_state)\n    return best_loss",
            "and 10 trained",
        ),
    ],
    "photograph_next": [
        (PHOTOGRAPH + "    return right.argmin().item()", "worse in all three"),
        (PHOTOGRAPH + "    return right.argmax().item()", "highest recall"),
        (PHOTOGRAPH + "    return (right / matrix.sum(1)).argmax().item()", "highest recall"),
        (PHOTOGRAPH + "    return matrix.sum(1).argmin().item()", "worse in all three"),
        (PHOTOGRAPH + "    return matrix.sum(1).argmax().item()", "highest recall"),
        ("def photograph_next(matrix):\n    return matrix.argmax().item()", "counts all cells"),
        (PHOTOGRAPH + "    return right / matrix.sum(1)", "one class is wanted"),
        (PHOTOGRAPH + "    return (right / matrix.sum(1)).min().item()", "is a share"),
        ("def photograph_next(matrix):\n    return 0", "worse in all three"),
        ("def photograph_next(matrix):\n    return 3", "counts all cells"),
        ('def photograph_next(matrix):\n    return "cat"', "should be numbers"),
        (
            "def photograph_next(matrix):\n    matrix.fill_diagonal_(0)\n"
            "    return matrix.sum(1).argmax().item()",
            "changed the matrix",
        ),
    ],
}
