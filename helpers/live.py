"""What moves in a lesson: a loss curve that grows, frames behind a slider."""

import base64
import html
import io
import time
from collections.abc import Sequence
from typing import Any, Self

from IPython.display import display
from matplotlib.figure import Figure

from helpers.lesson import Drawing, as_png, caption, draw
from helpers.plots import plot_losses

AT_ONCE = 5  # the first points are drawn as they come
# The frames lie one upon the other, all but one hidden; the slider, or a button, says which.
SHOW = (
    "const all = this.closest('figure'), range = all.querySelector('input'); range.value = {}; "
    "all.querySelectorAll('img').forEach((frame, n) => frame.style.display = "
    "n == range.value ? 'block' : 'none'); const label = "
    "all.querySelectorAll('img')[range.value].dataset.label; "
    "all.querySelector('output').value = label; range.setAttribute('aria-valuetext', label)"
)


class LossCurve:
    """A loss curve that grows while the network trains, for about two percent of the time.

    Each drawing costs some milliseconds of the loop's time. The first five points are drawn as
    they come; after that, a drawing that took ``t`` seconds lets the next one wait until
    ``t / budget`` seconds have passed. On leaving the ``with`` block the curve is drawn once more,
    also after an error or an interruption. A saved notebook holds that last picture alone.
    Without a ``with`` block the curve grows all the same, but nothing draws its last points.

    Parameters
    ----------
    words : str
        What is to be seen, in one line of Markdown; it stands under the picture.
    steps : int, optional
        How many mini-batches the training has: until it ends, the line under the picture says how
        many are done and about how long the rest takes. Default: it does not say.
    budget : float
        The part of the time that drawing on the way may take. Default: 0.02.

    Attributes
    ----------
    history : dict of str to list of (step, loss)
        Every point so far, as :func:`helpers.plots.plot_losses` takes them.

    Examples
    --------
    >>> with LossCurve("The loss falls.", steps=4000) as curve:
    ...     curve.add("training", step=2000, loss=2.2)
    """

    def __init__(self, words: str, steps: int | None = None, budget: float = 0.02) -> None:
        self.words = words
        self.steps = steps
        self.budget = budget
        self.history: dict[str, list[tuple[int, float]]] = {}
        figure = Figure(figsize=(6.0, 3.5), dpi=72)  # laid out once: half the cost, nothing moves
        figure.subplots_adjust(left=0.12, bottom=0.18, right=0.95, top=0.96)
        self._ax = figure.subplots()
        self._picture: Any = None
        self._caption: Any = None
        self._drawn = 0
        self._begin = time.perf_counter()
        self._next = 0.0

    def __enter__(self) -> Self:
        self._begin = time.perf_counter()
        self._draw(self.words)
        return self

    def __exit__(self, *error: object) -> None:
        self._draw(self.words)

    def add(self, name: str, step: int, loss: float) -> None:
        """Add a point, and draw if it is time to.

        Parameters
        ----------
        name : str
            Which curve.
        step : int
            Mini-batches seen so far.
        loss : float
            Their mean loss since the last point.
        """
        self.history.setdefault(name, []).append((step, loss))
        if self._drawn <= AT_ONCE or time.perf_counter() >= self._next:
            self._draw(self.words + self._progress(step))

    def _progress(self, step: int) -> str:
        """Say how far the training is, and about how long the rest takes."""
        if not self.steps:
            return ""
        left = (time.perf_counter() - self._begin) * (self.steps - step) / step
        return f" {step:,} of {self.steps:,} mini-batches, about {left:.0f} s left."

    def _draw(self, words: str) -> None:
        begin = time.perf_counter()
        self._ax.clear()
        if len(self.history) > 1:
            self._ax.figure.subplots_adjust(right=0.78)  # the curves' names stand there
        plot_losses(self.history, ax=self._ax)
        self._picture = draw(self._ax, self.words, self._picture)
        self._caption = caption(words, self._caption)
        self._drawn += 1
        now = time.perf_counter()
        self._next = now + (now - begin) / self.budget


def slider(frames: Sequence[tuple[str, Drawing]], words: str) -> None:
    """Display figures one at a time, with a slider and two buttons to go through them.

    Everything is in the output itself: no kernel is asked, nothing is loaded. Where no script
    runs, the first figure is seen.

    Parameters
    ----------
    frames : sequence of (str, figure)
        The words beside the slider, and the figure they belong to (a Figure, or axes of one).
    words : str
        What is to be seen, in one line of Markdown; it stands under the slider.
    """
    pictures = [(html.escape(label), *_with_few_colours(figure)) for label, figure in frames]
    first, still, (width, height) = pictures[0]
    images = "\n".join(
        f'<img src="data:image/png;base64,{png}" alt="{label}" data-label="{label}" '
        f'width="{wide}" height="{high}" style="display: {"none" if number else "block"}">'
        for number, (label, png, (wide, high)) in enumerate(pictures)
    )
    back, on = (SHOW.format(f"+range.value {step} 1") for step in "-+")
    page = f"""<figure style="margin: 0">
{images}
<div style="display: flex; align-items: center; gap: 0.5em">
<button type="button" aria-label="back" onclick="{back}">◀</button>
<input type="range" min="0" max="{len(pictures) - 1}" value="0" aria-label="frame"
 aria-valuetext="{first}" oninput="{SHOW.format("range.value")}" style="width: 12em">
<button type="button" aria-label="on" onclick="{on}">▶</button>
<output>{first}</output>
</div>
</figure>"""
    alt = f"{frames[0][0]}: {words}"
    about = {"image/png": {"alt": alt, "width": width, "height": height}}
    bundle = {"text/html": page, "image/png": still, "text/plain": f"<{alt}>"}
    display(bundle, raw=True, metadata=about)
    caption(words)


def _with_few_colours(figure: Drawing) -> tuple[str, tuple[int, int]]:
    """Return a figure as PNG in base64 with a palette, a third of the size, and its size."""
    from PIL import Image

    png, size = as_png(figure)
    small = io.BytesIO()
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    picture.quantize(128, dither=Image.Dither.NONE).save(small, "png", optimize=True)
    return base64.b64encode(small.getvalue()).decode(), size
