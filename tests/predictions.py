"""What answers each prediction: lesson, id of the cell that asks, words of the answer.

The words stand in the fold after the question, and nowhere before it where a reader sees them.
"""

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
    "04_models": {
        "markdown-6": "one row of four weights for each output",
        "markdown-12": "one straight line",
        "markdown-302": "bend a line twice at most",
        "markdown-303": "less than a billionth",
        "markdown-305": "finds vertical edges",
        "markdown-307": "horizontal edges",
        "markdown-18": "32 − 5 + 1 = 28",
        "markdown-20": "5 and 2 above, 4 and 8 below",
        "markdown-22": "32 → 28 → 14 → 10 → 5",
        "markdown-25": "16 rows and 16 columns",
        "markdown-29": "Three quarters of the parameters",
        "markdown-31": "`fc1`, the third",
        "markdown-311": "about half of them become 0 and the others 2",
        "markdown-35": "about 5 standard deviations are left",
        "markdown-312": "Only in the first one",
        "markdown-41": "nearly ten times as much",
        "markdown-314": "0.551",
    },
    "05_cifar10_data": {
        "markdown-9": "5,000 of each",
        "markdown-301": "dccdcccd",
        "markdown-13": "The colour channels come first",
        "markdown-19": "Between about −2 and 2",
        "markdown-22": "what is below 0 is shown as black",
        "markdown-27": "12,500",
        "markdown-29": "a short one of two",
        "markdown-305": "The first and the third",
        "markdown-306": "Normalised pixels learn at once",
        "markdown-308": "Many times, even with batches of only four",
    },
}
