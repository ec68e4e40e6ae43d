"""Answers to the exercises of lesson 01, as learners write them."""

RIGHT = {
    "filled": [
        "filled = torch.ones(2, 3, dtype=torch.int64) * 7",
        "filled = torch.tensor([[7, 7, 7], [7, 7, 7]])",
        "filled = torch.zeros(2, 3).long() + 7",
        "filled = torch.empty((2, 3), dtype=torch.int64).fill_(7)",
        "filled = torch.from_numpy(np.full((2, 3), 7))",
        "filled = torch.full((2, 3), 7.0).to(torch.int64)",
    ],
    "points": [
        "points = torch.arange(11) / 10",
        "points = torch.linspace(0.0, 1.0, steps=11, dtype=torch.float64)",
        "points = torch.tensor([i * 0.1 for i in range(11)])",
        "points = torch.from_numpy(np.linspace(0, 1, 11))",
        "points = torch.arange(0, 1.05, 0.1)",
        "points = torch.linspace(0, 1, 11, dtype=torch.float16)",
    ],
    "promoted": [
        "promoted = torch.float",
        "promoted = torch.tensor([True, 2, 0.5]).dtype",
        "promoted = torch.get_default_dtype()",
        "promoted = torch.ones(1).dtype",
    ],
    "batch_bytes": [
        "batch_bytes = 786432",
        "batch_bytes = 786_432.0",
        "z = torch.zeros(64, 3, 32, 32)\nbatch_bytes = z.numel() * z.element_size()",
        "batch_bytes = torch.zeros(64, 3, 32, 32).nbytes",
        "batch_bytes = torch.tensor(64 * 3 * 32 * 32 * 4)",
        "batch_bytes = np.zeros((64, 3, 32, 32), dtype=np.float32).nbytes",
    ],
    "to_unit": [
        "def to_unit(pixels):\n    return pixels.to(torch.float32) / 255",
        "def to_unit(pixels):\n    return pixels.float().div_(255.0)",
        "to_unit = lambda pixels: pixels * (1 / 255)",
        "def to_unit(pixels):\n"
        "    return torch.from_numpy(pixels.numpy().astype(np.float32) / np.float32(255))",
        "def to_unit(pixels):\n    result = torch.empty(pixels.shape)\n"
        "    for i in range(len(pixels)):\n        result[i] = pixels[i] / 255\n    return result",
        "def to_unit(pixels):\n    return (pixels.double() / 255).to(torch.float32)",
    ],
    "brighten": [
        "def brighten(pixels, by):\n"
        "    return torch.where(pixels > 255 - by, 255, pixels.long() + by).to(torch.uint8)",
        "def brighten(pixels, by):\n    return pixels.clamp(max=255 - by) + by",
        "def brighten(pixels, by):\n"
        "    return torch.minimum(pixels.float() + by, torch.tensor(255.0)).byte()",
        "def brighten(pixels, by):\n    result = pixels.to(torch.int16)\n    result += by\n"
        "    result[result > 255] = 255\n    return result.to(torch.uint8)",
        "def brighten(pixels, by):\n"
        "    flat = [min(p + by, 255) for p in pixels.flatten().tolist()]\n"
        "    return torch.tensor(flat, dtype=torch.uint8).reshape(pixels.shape)",
        "def brighten(pixels, by):\n    bright = np.clip(pixels.numpy().astype(int) + by, 0, 255)\n"
        "    return torch.from_numpy(bright.astype(np.uint8))",
    ],
    "snapshot": [
        "def snapshot(array):\n    return torch.from_numpy(array).clone()",
        "def snapshot(array):\n    return torch.from_numpy(array.copy())",
        "snapshot = torch.tensor",
        "def snapshot(array):\n    return torch.tensor(array.tolist(), dtype=torch.float64)",
        "def snapshot(array):\n    kept = torch.empty(array.shape)\n"
        "    kept.copy_(torch.from_numpy(array))\n    return kept",
        "def snapshot(array):\n    return torch.from_numpy(array) + 0",
    ],
    "draw": [
        "def draw(seed):\n    own = torch.Generator().manual_seed(seed)\n"
        "    return torch.rand(3, generator=own) // (1 / 6) + 1",
        "def draw(seed):\n    return np.random.default_rng(seed).integers(1, 6, 3, endpoint=True)",
        "import random\n\n\ndef draw(seed):\n    own = random.Random(seed)\n"
        "    return [own.randint(1, 6) for _ in range(3)]",
        "def draw(seed):\n    with torch.random.fork_rng():\n        torch.manual_seed(seed)\n"
        "        return torch.randint(1, 7, (3,))",
        "def draw(seed):\n    before = torch.get_rng_state()\n    torch.manual_seed(seed)\n"
        "    numbers = torch.randint(6, (3,)) + 1\n    torch.set_rng_state(before)\n"
        "    return numbers",
        "def draw(seed):\n    own = torch.Generator()\n    own.manual_seed(seed)\n"
        "    return torch.randint(1, 7, size=[3], generator=own, dtype=torch.uint8)",
        "draw = lambda seed: torch.empty(3).random_("
        "1, 7, generator=torch.Generator().manual_seed(seed + 1))",
    ],
}

WRONG = {
    "filled": [
        ("filled = torch.full((2, 3), 7.0)", "follows the numbers you start from"),
        ("filled = torch.ones(2, 3) * 7", "follows the numbers you start from"),
        ("filled = torch.full((3, 2), 7)", "should be (2, 3), and is (3, 2)"),
        ("filled = torch.full((6,), 7)", "should be (2, 3), and is (6,)"),
        ("filled = torch.ones(2, 3, dtype=torch.int64)", "every element should be 7"),
        ("filled = [[7, 7, 7], [7, 7, 7]]", "should be a tensor, and is a `list`"),
        ("filled = np.full((2, 3), 7)", "should be a tensor, and is a `ndarray`"),
        ("filled = torch.full((2, 3), 7, dtype=torch.int32)", "unless you name it"),
    ],
    "points": [
        ("points = torch.arange(0, 1, 0.1)", "`arange` leaves the end out"),
        ("points = torch.linspace(0, 1, 10)", "counts the points, not the steps"),
        ("points = torch.arange(11)", "run evenly from 0 to 1"),
        ("points = torch.linspace(0.1, 1.1, 11)", "run evenly from 0 to 1"),
        ("points = torch.linspace(0, 1, 12)", "should be (11,), and is (12,)"),
        ("points = torch.rand(11)", "run evenly from 0 to 1"),
        ("points = [i / 10 for i in range(11)]", "should be a tensor, and is a `list`"),
        ("points = torch.arange(11) // 10", "run evenly from 0 to 1"),
    ],
    "promoted": [
        ("promoted = torch.float64", "PyTorch makes float32"),
        ("promoted = torch.int64", "cannot hold the 0.5"),
        ("promoted = torch.bool", "cannot hold the 0.5"),
        ("promoted = 'float32'", "answer with a dtype"),
        ("promoted = float", "answer with a dtype"),
        ("promoted = np.float32", "answer with a dtype"),
        ("promoted = torch.tensor([True, 2, 0.5])", "answer with a dtype"),
        ("promoted = torch.float16", "takes its default"),
        ("promoted = torch.complex64", "is for complex numbers"),
    ],
    "batch_bytes": [
        ("batch_bytes = 64 * 3 * 32 * 32", "the number of elements"),
        ("batch_bytes = 64 * 3 * 32 * 32 * 8", "takes 8 bytes"),
        ("batch_bytes = 64 * 3 * 32 * 32 * 32", "a byte has 8 of them"),
        ("batch_bytes = 3 * 32 * 32 * 4", "that is one image"),
        ("batch_bytes = (64 + 3 + 32 + 32) * 4", "is not 524"),
        ("batch_bytes = '786432'", "this is a `str`"),
        ("batch_bytes = (64, 3, 32, 32)", "this is a `tuple`"),
        ("batch_bytes = torch.zeros(64, 3, 32, 32)", "this is a `Tensor`"),
        ("batch_bytes = None", "this is a `NoneType`"),
    ],
    "to_unit": [
        ("def to_unit(pixels):\n    return pixels // 255", "no fraction fits"),
        ("def to_unit(pixels):\n    return pixels.float() // 255", "`//` floors"),
        ("def to_unit(pixels):\n    return pixels / 256", "255 should become 1"),
        ("def to_unit(pixels):\n    return pixels.to(torch.float32)", "still the numbers"),
        ("def to_unit(pixels):\n    return pixels.double() / 255", "not torch.float64"),
        ("def to_unit(pixels):\n    return (pixels / 255).round()", "nothing is to be rounded"),
        ("def to_unit(pixels):\n    pixels / 255", "what follows its `return`"),
        ("def to_unit(pixels):\n    return pixels / pixels.sum()", "0 should become 0"),
        ("def to_unit(pixels):\n    return (pixels / 255).mean()", "should be (5,), and is ()"),
        ("def to_unit(pixels):\n    return (pixels / 255).tolist()", "is a `list`"),
        ("def to_unit(pixels):\n    return pixels.div_(255)", "your code raised"),
        (
            "def to_unit(pixels):\n    return (pixels / 255).half()",
            "should be float32, not torch.float16",
        ),
    ],
    "brighten": [
        ("def brighten(pixels, by):\n    return pixels + by", "still happens in uint8"),
        (
            "def brighten(pixels, by):\n    return (pixels + by).clamp(max=255)",
            "still happens in uint8",
        ),
        (
            "def brighten(pixels, by):\n    return (pixels.long() + by).clamp(max=255)",
            "should be uint8 again",
        ),
        (
            "def brighten(pixels, by):\n    return (pixels.long() + by).to(torch.uint8)",
            "still happens in uint8",
        ),
        ("def brighten(pixels, by):\n    return pixels.long() + by", "exceeds 255 should become"),
        ("def brighten(pixels, by):\n    return pixels.add_(by)", "changed the pixels"),
        (
            "def brighten(pixels, by):\n    return (pixels.clamp(max=245) + by)",
            "brighter by 100 should begin with",
        ),
        (
            "def brighten(pixels, by):\n"
            "    return (pixels.long() * by).clamp(max=255).to(torch.uint8)",
            "brighter by 10 should begin with",
        ),
        (
            "def brighten(pixels, by):\n"
            "    return (pixels.long() - by).clamp(min=0).to(torch.uint8)",
            "brighter by 10 should begin with",
        ),
        ("def brighten(pixels, by):\n    (pixels.long() + by).clamp(max=255)", "`None`"),
        ("def brighten(pixels, by):\n    return pixels.brighter(by)", "your code raised"),
        ("def brighten(pixels):\n    return pixels + 10", "your code raised `TypeError"),
        ("brighten = torch.tensor([10, 110, 255])", "hand over the function, by its name"),
    ],
    "snapshot": [
        ("def snapshot(array):\n    return torch.from_numpy(array)", "still changes too"),
        ("snapshot = torch.from_numpy", "still changes too"),
        ("def snapshot(array):\n    return torch.as_tensor(array)", "still changes too"),
        ("def snapshot(array):\n    return torch.from_numpy(array).float()", "only where the type"),
        (
            "def snapshot(array):\n    return torch.from_numpy(array).to(torch.float64)",
            "only where the type",
        ),
        ("def snapshot(array):\n    return array.copy()", "is a `ndarray`"),
        ("def snapshot(array):\n    return torch.zeros(array.shape)", "hold the array's numbers"),
        ("def snapshot(array):\n    return torch.tensor(array).flatten()", "should be (2, 3)"),
        ("def snapshot(array):\n    return torch.tensor(array).long()", "the array's numbers"),
        (
            "def snapshot(array):\n    kept = torch.tensor(array)\n    array[:] = 0\n"
            "    return kept",
            "changed the array",
        ),
        ("def snapshot(array):\n    kept = torch.tensor(array)", "what follows its `return`"),
        (
            "def snapshot(array):\n    array.setflags(write=False)\n    return torch.tensor(array)",
            "locked the array",
        ),
    ],
    "draw": [
        (
            "def draw(seed):\n    own = torch.Generator().manual_seed(seed)\n"
            "    return (5 * torch.rand(3, generator=own)).round() + 1",
            "a sixth is 17 %",
        ),
        (
            "def draw(seed):\n    torch.manual_seed(seed)\n    return torch.randint(1, 7, (3,))",
            "PyTorch's global generator",
        ),
        ("def draw(seed):\n    return torch.randint(1, 7, (3,))", "PyTorch's global generator"),
        (
            "def draw(seed):\n    np.random.seed(seed)\n    return np.random.randint(1, 7, 3)",
            "NumPy's global generator",
        ),
        (
            "import random\n\n\ndef draw(seed):\n    random.seed(seed)\n"
            "    return [random.randint(1, 6) for _ in range(3)]",
            "Python's global generator",
        ),
        ("def draw(seed):\n    return torch.zeros(3)", "another seed should give other"),
        ("def draw(seed):\n    return torch.tensor([4, 2, 6])", "another seed"),
        ("def draw(seed):\n    return torch.tensor([seed, seed + 1, seed + 2]) % 6 + 1", "a rule"),
        ("def draw(seed):\n    return torch.tensor([1, 2, 5]) * seed % 6 + 1", "a rule"),
        (
            "own = torch.Generator().manual_seed(1)\n\n\ndef draw(seed):\n"
            "    return torch.randint(1, 7, (3,), generator=own)",
            "the same seed should give the same",
        ),
        (
            "def draw(seed):\n    own = torch.Generator().manual_seed(seed)\n"
            "    return torch.randint(1, 7, (1,), generator=own).expand(3)",
            "a rule",
        ),
        (
            "def draw(seed):\n    own = torch.Generator().manual_seed(seed)\n"
            "    return torch.randint(1, 7, (1, 3), generator=own)",
            "should be (3,), and is (1, 3)",
        ),
        (
            "def draw(seed):\n    own = torch.Generator()\n    own.seed()\n"
            "    return torch.randint(1, 7, (3,), generator=own)",
            "the same seed should give the same",
        ),
        (
            "draw = torch.randint(1, 7, (3,), generator=torch.Generator().manual_seed(1))",
            "not of the kind",
        ),
        (
            "def draw(seed):\n    own = torch.Generator().manual_seed(seed)\n"
            "    return torch.rand(3, generator=own)",
            "whole numbers",
        ),
        (
            "def draw(seed):\n    own = torch.Generator().manual_seed(seed)\n"
            "    return torch.randint(1, 6, (3,), generator=own)",
            "the end of `randint` does not count",
        ),
        (
            "def draw(seed):\n    own = torch.Generator().manual_seed(seed)\n"
            "    return torch.randperm(6, generator=own)[:3] + 1",
            "no number comes twice",
        ),
        (
            "def draw(seed):\n    own = torch.Generator().manual_seed(seed)\n"
            "    return torch.randint(7, (3,), generator=own)",
            "a die begins at 1",
        ),
        (
            "def draw(seed):\n    own = torch.Generator().manual_seed(seed)\n"
            "    return torch.randint(6, (3,), generator=own)",
            "a die begins at 1",
        ),
        (
            "def draw(seed):\n    own = torch.Generator().manual_seed(seed)\n"
            "    return torch.randint(1, 8, (3,), generator=own)",
            "is 7: a die ends at 6",
        ),
        (
            "def draw(seed):\n    own = torch.Generator().manual_seed(seed)\n"
            "    return torch.randint(1, 7, (3,), generator=own).sort().values",
            "always in order",
        ),
    ],
}
