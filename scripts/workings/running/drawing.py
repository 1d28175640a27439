"""Figures: matplotlib's backend for pages. Open figures are shown at the end of their cell, once, and closed.

matplotlib loads this module as `module://workings.running.drawing`.
"""

import base64
import io
from collections.abc import Callable
from typing import Any

import matplotlib as mpl
from IPython.display import display
from matplotlib import pyplot as plt
from matplotlib.backend_bases import register_backend
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.figure import Figure

from workings.rendering.figures import RCPARAMS
from workings.running.limits import too_many_pixels
from workings.running.shell import CellShell
from workings.settings import Limits

__all__ = ["FigureCanvas", "Gallery", "prepare", "show"]

SVG = "image/svg+xml"
_LARGEST_SVG = 400_000
_PNG_DPI = 192
_PIXELS = ("jpeg", "jpg", "png", "raw", "rgba", "tif", "tiff", "webp")
"""The formats that are drawn as pixels."""

_STYLE: Any = RCPARAMS
_gallery: "Gallery | None" = None


class TooLargeError(ValueError):
    """A figure has more pixels than an image may have."""


class FigureCanvas(FigureCanvasAgg):
    """Draws a figure as pixels, unless it is too large."""

    def get_renderer(self) -> RendererAgg:
        """What draws, and takes the memory for all pixels at once."""
        _refuse_too_large(self.figure)
        return super().get_renderer()  # type: ignore[no-any-return, no-untyped-call]


class Gallery:
    """Shows the figures of one page, and knows which of them the cell has shown already."""

    def __init__(self, shell: CellShell, *, pixels: int, refuse: Callable[[str], None]) -> None:
        """Teach the shell what a figure looks like; one that has too many pixels is refused, and not drawn."""
        global _gallery  # noqa: PLW0603 - matplotlib calls `show` of this module without any argument
        _gallery = self
        self.pixels, self._refuse = pixels, refuse
        self._shown: set[int] = set()
        assert shell.display_formatter is not None  # noqa: S101
        formatter = shell.display_formatter.mimebundle_formatter
        formatter.for_type(Figure, lambda figure, **_: self._bundle(figure))

    def begin_cell(self) -> None:
        """Start a cell: no figure has been shown."""
        self._shown.clear()

    def show_open(self) -> None:
        """Show the figures that are open and were not shown yet, then close all."""
        for number in plt.get_fignums():
            figure = plt.figure(number)
            if id(figure) not in self._shown:
                display(figure)  # type: ignore[no-untyped-call]
        plt.close("all")

    def _bundle(self, figure: Figure) -> tuple[dict[str, str], dict[str, Any]]:
        self._shown.add(id(figure))
        try:
            return self._drawn(figure)
        except TooLargeError as error:
            self._refuse(str(error))
            return {}, {}

    def _drawn(self, figure: Figure) -> tuple[dict[str, str], dict[str, Any]]:
        _refuse_too_large(figure)
        svg = _svg(figure)
        if len(svg) > _LARGEST_SVG:
            return {"image/png": _png(figure)}, {}
        return {SVG: svg}, {SVG: {"workings": "figure"}}


def show(*_args: object, **_kwargs: object) -> None:
    """Show the open figures now, as `plt.show()` does in a notebook."""
    if _gallery is not None:
        _gallery.show_open()


def prepare() -> None:
    """Choose this backend and the site's style, and draw one figure so that fonts are warm."""
    _forget_settings()
    mpl.use("module://workings.running.drawing")
    for kind in _PIXELS:
        register_backend(kind, "workings.running.drawing")
    mpl.rcParams.update(_STYLE)
    figure, axes = plt.subplots()
    axes.plot([0, 1], [0, 1], label=r"$x^2$")
    axes.legend()
    _svg(figure)
    plt.close("all")


def _forget_settings() -> None:
    """Take what matplotlib comes with in the place of what the builder's own `matplotlibrc` says."""
    default = {name: value for name, value in mpl.rcParamsDefault.items() if not name.startswith("backend")}
    for settings in (mpl.rcParams, mpl.rcParamsOrig):
        settings.update(default)


def _refuse_too_large(figure: Figure) -> None:
    limit = Limits().pixels if _gallery is None else _gallery.pixels
    width, height = (float(inches) * figure.dpi for inches in figure.get_size_inches())
    if width * height > limit:
        raise TooLargeError(too_many_pixels(width, height, limit))


def _svg(figure: Figure) -> str:
    text = io.StringIO()
    with mpl.rc_context({key: value for key, value in _STYLE.items() if key.startswith("svg.")}):
        figure.savefig(text, format="svg", bbox_inches="tight", transparent=True, metadata={"Date": None})
    return text.getvalue()


def _png(figure: Figure) -> str:
    image = io.BytesIO()
    figure.savefig(image, format="png", bbox_inches="tight", dpi=_PNG_DPI, metadata={"Software": None})
    return base64.b64encode(image.getvalue()).decode("ascii")
