"""Whether a figure shows what it showed: its parts, its words, its colours, then where things stand."""

import base64
import io
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import matplotlib as mpl
import msgspec
import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from workings.claims import Difference, Shown, difference, encoded, shown_by
from workings.claims.silhouettes import apart, silhouette
from workings.claims.values import Claims, Drawing, Other, Pixels, Ran
from workings.outputs import CellRecord, Display
from workings.page import Cell
from workings.place import Place
from workings.rendering.figures import RCPARAMS

STYLE: Any = RCPARAMS
Draw = Callable[[Any], object]


def shown(form: str, content: str) -> Shown:
    """What a cell with that display claims."""
    cell = Cell(number=1, code="x", place=Place(path="docs/a.md"))
    return shown_by(cell, CellRecord(outcome="passed", outputs=(Display({form: content}),)))


def figure(draw: Draw, *, size: tuple[float, float] = (4, 3), salt: str = "a") -> Shown:
    """What a cell claims that has drawn this, as the engine draws."""
    with mpl.rc_context(STYLE | {"svg.hashsalt": salt}):
        made = Figure(figsize=size)
        draw(made.subplots())
        text = io.StringIO()
        made.savefig(text, format="svg", bbox_inches="tight", transparent=True, metadata={"Date": None})
    return shown("image/svg+xml", text.getvalue())


def between(was: Draw, now: Draw) -> Difference | None:
    """What differs between two figures, which is found in either direction."""
    one, other = figure(was), figure(now)
    there, back = difference(one, other), difference(other, one)
    assert (there is None) == (back is None)
    return there


def line(ax: Any, *, y: float = 2.0, label: str = "loss", colour: str = "C0", **more: Any) -> None:
    """A line with a title, labels and a legend."""
    ax.plot([0, 1, 2], [0, y, 1], label=label, color=colour, **more)
    ax.set(title="Training", xlabel="step", ylim=(0, 4))
    ax.legend()


def test_the_same_figure_is_the_same() -> None:
    """Names that are made up, and a movement that no eye sees, are no difference."""
    assert difference(figure(line), figure(line, salt="b")) is None
    assert between(line, lambda ax: line(ax, y=2.005)) is None


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"y": 2.3}, "moved"),
        ({"label": "cost"}, "texts"),
        ({"colour": "C1"}, "colours"),
        ({"lw": 4}, "lines, sizes or opacities"),
        ({"alpha": 0.5}, "built differently"),
        ({"marker": "o"}, "other parts"),
        ({"ls": "--"}, "built differently"),
    ],
)
def test_a_figure_that_shows_something_else(change: dict[str, Any], what: str) -> None:
    """What is drawn, written, coloured, or stands elsewhere is a difference, and says what kind."""
    found = between(line, lambda ax: line(ax, **change))
    assert found is not None
    assert what in found.what


def test_how_far_it_moved_is_told() -> None:
    """In pixels, of which one is allowed."""
    found = between(line, lambda ax: line(ax, y=3.0))
    assert found is not None
    assert found.deviation is not None
    assert found.deviation.what == "pixels"
    assert 50 < found.deviation.absolute < 100
    assert found.deviation.allowed == 1


def test_numbers_in_a_figure_are_numbers() -> None:
    """A number that is written in a figure may have another last digit, as in a text."""
    assert between(lambda ax: ax.set_title("loss 0.1234"), lambda ax: ax.set_title("loss 0.1235")) is None
    found = between(lambda ax: ax.set_title("loss 0.1234"), lambda ax: ax.set_title("loss 0.2345"))
    assert found is not None
    assert (found.was, found.now) == ("loss 0.1234", "loss 0.2345")


def curve(
    count: int = 1000, *, noise: float = 0.0, shift: float = 0.0, step: int | None = None, rough: float = 0.2
) -> Draw:
    """A noisy curve of many points, which matplotlib simplifies by its own judgement."""
    numbers = np.random.default_rng(1)
    ys = [3 / (1 + x / 100) + rough * numbers.random() + shift for x in range(count)]
    more = np.random.default_rng(2)
    ys = [y + noise * (more.random() - 0.5) + (0.8 if step is not None and x >= step else 0) for x, y in enumerate(ys)]

    def draw(ax: Any) -> None:
        ax.plot(ys)
        ax.set(xlim=(0, count), ylim=(0, 5))

    return draw


def test_a_long_curve_is_compared_by_its_silhouette() -> None:
    """Another number of points after simplifying is no difference, another curve is."""
    assert between(curve(), curve(noise=1e-4)) is None
    moved = between(curve(), curve(shift=0.3))
    assert moved is not None
    assert "moved" in moved.what
    assert between(curve(), curve(step=900)) is not None


def test_a_step_may_stand_a_pixel_further() -> None:
    """A steep line at the border of what is compared is not taken for another one."""
    for at in range(410, 460, 2):  # a strip is 42 of these points wide
        assert between(curve(step=at, rough=0), curve(step=at + 1, rough=0)) is None


def test_the_same_line_may_have_more_points() -> None:
    """What counts is where a line goes, between its points too."""
    points = [(float(x), float(x % 3)) for x in range(20)]
    more = [point for a, b in pairwise(points) for point in (a, ((a[0] + b[0]) / 2, (a[1] + b[1]) / 2))]
    one, other = silhouette(points, joined=True), silhouette([*more, points[-1]], joined=True)
    assert apart(one, other, allowed=1) <= 1
    assert apart(one, silhouette([(x, y + 1) for x, y in points], joined=True), allowed=1) == 10


def test_many_marks_are_compared_by_their_cloud() -> None:
    """Of a scatter plot of many points the extent is kept, and a cloud that moved is another one."""

    def cloud(shift: float) -> Draw:
        numbers = np.random.default_rng(3)
        points = [(numbers.normal() + shift, numbers.normal()) for _ in range(500)]
        return lambda ax: (ax.scatter(*zip(*points, strict=True)), ax.set(xlim=(-6, 6), ylim=(-6, 6)))

    assert between(cloud(0), cloud(0.001)) is None
    assert between(cloud(0), cloud(1)) is not None


def test_a_heatmap_is_compared_by_its_pixels() -> None:
    """An image within a figure is compared as an image."""

    def heat(top: float) -> Draw:
        return lambda ax: ax.imshow([[0, 1], [2, top]], vmin=0, vmax=4)

    assert between(heat(3), heat(3.001)) is None
    found = between(heat(3), heat(1))
    assert found is not None
    assert "pixels" in found.what


@pytest.mark.parametrize(
    "draw", [curve(5000), lambda ax: ax.scatter(range(3000), range(3000)), line], ids=["curve", "cloud", "line"]
)
def test_a_figure_takes_little_room(draw: Draw) -> None:
    """Whatever is drawn, a claim is a few thousand characters, and comes back from its JSON as it was."""
    whole = Claims(ran=Ran(backend="cpu"), cells={"a": figure(draw)})
    data = encoded(whole)
    assert len(data) < 5000
    assert msgspec.json.decode(data, type=Claims) == whole
    assert isinstance(whole.cells["a"].shows[0], Drawing)


def test_a_drawing_that_is_none() -> None:
    """What is no SVG, or has entities of its own, is known by its bytes and read no further."""
    bomb = '<!DOCTYPE svg [<!ENTITY a "b"><!ENTITY c "&a;&a;">]><svg>&c;</svg>'
    for text in ("<svg", bomb):
        assert isinstance(shown("image/svg+xml", text).shows[0], Other)


def png(width: int, height: int, colour: tuple[int, int, int], *, dot: tuple[int, int] | None = None) -> Shown:
    """What a cell claims that shows an image of one colour, perhaps with a dark corner."""
    image = Image.new("RGB", (width, height), colour)
    if dot is not None:
        image.paste((0, 0, 0), (0, 0, *dot))
    data = io.BytesIO()
    image.save(data, "PNG")
    return shown("image/png", base64.b64encode(data.getvalue()).decode())


def test_images_are_compared_by_size_then_by_pixels() -> None:
    """A level more or less is nothing; another size, colour or a dark corner is another image."""
    was = png(200, 100, (200, 100, 50))
    assert difference(was, png(200, 100, (201, 100, 50))) is None
    for other in (
        png(200, 101, (200, 100, 50)),
        png(200, 100, (220, 100, 50)),
        png(200, 100, (200, 100, 50), dot=(40, 20)),
        png(200, 100, (0, 255, 0)),
    ):
        assert difference(was, other) is not None
        assert difference(other, was) is not None


def test_an_image_that_cannot_be_read() -> None:
    """What is no image is compared by its bytes."""
    for text in ("AAAA", "no base64!"):
        (claim,) = shown("image/png", text).shows
        assert isinstance(claim, Pixels)
        assert difference(shown("image/png", text), shown("image/png", text)) is None
        assert difference(shown("image/png", text), shown("image/png", "BBBB")) is not None
