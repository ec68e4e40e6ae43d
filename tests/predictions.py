"""What answers each prediction: it must not be seen before the learner has answered."""

ANSWERS = {
    "01_tensor_creation": {
        "markdown-9": "Only the second",
        "markdown-15": "Integers become `int64`",
        "markdown-21": "its shape is empty",
        "markdown-25": "cut off towards zero",
        "markdown-27": "starts again at 0",
        "markdown-305": "turns green",
        "markdown-308": "16,777,216",
        "markdown-309": "happen to agree",
        "markdown-33": "`shared` begins with 100",
        "markdown-310": "returns the very same tensor",
        "markdown-40": "The first and the third",
    },
}
