"""Figures that matplotlib drew stand in the page as its own SVG; anything else is refused."""

import io
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from xml.etree import ElementTree

import matplotlib as mpl
import pytest
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from workings.outputs import Display
from workings.rendering.figures import RCPARAMS, SENTINELS, UnfitFigureError, figure_html
from workings.rendering.mime import Frame, display_html
from workings.rendering.palette import CYCLE


@pytest.fixture
def figure() -> Iterator[Figure]:
    """A figure to draw on, with the settings that cells have."""
    with mpl.rc_context(RCPARAMS):  # type: ignore[arg-type]
        figure = Figure()
        FigureCanvasSVG(figure)
        yield figure


def svg_of(figure: Figure) -> str:
    """The figure as matplotlib writes it."""
    file = io.StringIO()
    figure.savefig(file, format="svg", metadata={"Date": None})
    return file.getvalue()


def draw(figure: Figure) -> None:
    """A figure with everything that lessons have: lines, a legend, an image, a hatch, formulas, clipping, ticks."""
    left, right = figure.subplots(1, 2)
    for shift in range(8):
        left.plot([0, 1, 2], [shift, shift + 1, shift], label=f"run {shift}")
    left.bar([0, 1], [1, 2], hatch="//", alpha=0.5)
    left.set(title="Loss of <training>", xlabel="epoch & step", ylabel=r"$\alpha_i^2$", yscale="log")
    left.legend()
    left.grid()
    figure.colorbar(right.imshow([[1, 2], [3, 4]]), label="value")
    right.scatter([0, 1], [0, 1], c=[1, 2])
    right.quiver([0, 1], [0, 1], [1, 1], [0, 1])


def test_matplotlib(figure: Figure) -> None:
    """A figure of matplotlib's usual kinds comes through whole, as well-formed SVG with no style of the page."""
    draw(figure)
    svg = svg_of(figure)
    html = figure_html(svg, prefix="loss-f1-")
    root = ElementTree.fromstring(html)  # noqa: S314 - what we wrote ourselves
    assert html.count("<path") == svg.count("<path")
    assert html.count("<use") == svg.count("<use")
    assert {"style", "metadata", "script"}.isdisjoint(element.tag for element in root.iter())
    assert root.attrib["role"] == "img"
    assert "stroke-linejoin" in root.attrib


def test_palette(figure: Figure) -> None:
    """What is drawn in a colour of the settings follows the page's palette, with the light value for want of it."""
    draw(figure)
    html = figure_html(svg_of(figure), prefix="a-")
    for colour, variable in SENTINELS.items():
        assert f"var({variable},{colour})" in html
        assert colour not in html.replace(f"var({variable},{colour})", "")


def test_black(figure: Figure) -> None:
    """Black lines are ink, so that they show on a dark page; black text stays, as on a bright tile."""
    axes = figure.subplots()
    axes.axhline(0.5, color="k")
    axes.text(0, 0, "word", color="black")
    axes.text(0, 0, "other", color="white")
    html = figure_html(svg_of(figure), prefix="a-")
    assert "#000000" not in html
    assert re.search(r'<text style="[^"]*fill:#ffffff[^"]*"[^>]*>other', html)
    assert not re.search(r'<text style="[^"]*fill[^"]*"[^>]*>word', html)


def test_ids(figure: Figure) -> None:
    """Every id and reference has the figure's own prefix, and none is without its other half."""
    draw(figure)
    html = figure_html(svg_of(figure), prefix="loss-f1-")
    ids = re.findall(r'\bid="([^"]*)"', html)
    referred = set(re.findall(r'(?:url\(|href=")#([^")]*)', html))
    assert len(ids) == len(set(ids))
    assert set(ids) == referred
    assert all(name.startswith("loss-f1-") for name in ids)


def test_odd_prefix(figure: Figure) -> None:
    """A cell's name with quotes or spaces in it makes no markup."""
    draw(figure)
    assert ' id="a--b-' in figure_html(svg_of(figure), prefix='a">b-')


def test_size(figure: Figure) -> None:
    """A figure keeps its proportions and its natural size, for CSS to make it fit."""
    draw(figure)
    svg = svg_of(figure)
    points = float(re.search(r'width="([\d.]+)pt"', svg)[1])  # type: ignore[index]
    opening = figure_html(svg, prefix="a-").partition(">")[0]
    assert f'width="{round(points * 4 / 3)}"' in opening
    assert f'viewBox="0 0 {points:g}' in opening


def test_label(figure: Figure) -> None:
    """A figure without a text alternative is named by its titles and the labels of its axes, not by ticks."""
    draw(figure)
    figure.suptitle("Both")
    label = re.search('aria-label="([^"]*)"', figure_html(svg_of(figure), prefix="a-"))[1]  # type: ignore[index]
    assert label == "Figure: Loss of &lt;training&gt;, Both; axes: epoch &amp; step, \u03b1i2, value"


def test_label_by_author(figure: Figure) -> None:
    """The author's alternative is the figure's name."""
    draw(figure)
    assert 'aria-label="what &quot;it&quot; shows"' in figure_html(svg_of(figure), prefix="a", alt=' what "it" shows ')


def test_label_of_nothing(figure: Figure) -> None:
    """A figure that says nothing of itself is called a figure; a number in a tile is no title."""
    axes = figure.subplots()
    axes.text(0, 0, "0.83")
    assert 'aria-label="Figure"' in figure_html(svg_of(figure), prefix="a-")


def test_text_escaped(figure: Figure) -> None:
    """Text in a figure is text."""
    axes = figure.subplots()
    axes.set_title("</text></svg><script>alert(1)</script>{{ jinja }}")
    axes.set_xlabel("</script><img src=x onerror=alert(1)>")
    html = figure_html(svg_of(figure), prefix="a-")
    assert "<script" not in html
    assert "<img" not in html
    assert html.count("</svg>") == 1


def test_repeatable() -> None:
    """The same figure gives the same bytes in every process, also under another hash seed."""
    code = (
        "import io, matplotlib as m; from matplotlib.figure import Figure\n"
        "from workings.rendering import figures as f\n"
        "m.rcParams.update(f.RCPARAMS); g = Figure(); a = g.subplots(); a.plot([1, 2]); a.bar([1], [2], hatch='/')\n"
        "o = io.StringIO(); g.savefig(o, format='svg', metadata={'Date': None})\n"
        "print(f.figure_html(o.getvalue(), prefix='a-'))"
    )
    seen = set()
    for seed in ("1", "2"):
        run = subprocess.run(
            [sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True
        )
        seen.add(run.stdout)
    assert len(seen) == 1


def test_cycle_colours_are_seen() -> None:
    """Each colour of the cycle has a contrast of 3 or more to a white page."""
    for colour in CYCLE:
        assert 1.05 / (luminance(colour) + 0.05) >= 3


def luminance(colour: str) -> float:
    """The relative luminance of a colour, as WCAG defines it."""
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


START = '<svg xmlns="http://www.w3.org/2000/svg" width="9pt" height="9pt" viewBox="0 0 9 9">'
HOSTILE = {
    "script": f"{START}<script>alert(1)</script></svg>",
    "empty script": f"{START}<g><script/></g></svg>",
    "empty foreign object": f"{START}<foreignObject/></svg>",
    "unknown element": f"{START}<filter/></svg>",
    "script in a group": f"{START}<g><g><script href='x'/></g></g></svg>",
    "script of another prefix": f'{START}<s:script xmlns:s="http://www.w3.org/2000/svg">alert(1)</s:script></svg>',
    "foreign object": f"{START}<foreignObject><body onload='x'/></foreignObject></svg>",
    "handler": f'{START}<g onclick="alert(1)"/></svg>',
    "handler of the root": START.replace("<svg", "<svg onload='alert(1)'") + "</svg>",
    "link": f'{START}<a href="https://evil.example"><text>x</text></a></svg>',
    "foreign image": f'{START}<image href="https://evil.example/x.png"/></svg>',
    "image of SVG": f'{START}<image href="data:image/svg+xml;base64,AAAA"/></svg>',
    "foreign use": f'{START}<use href="https://evil.example/x.svg#a"/></svg>',
    "use with xlink": f'{START}<use xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="data:x#a"/></svg>',
    "animation": f'{START}<g><set attributeName="href" to="javascript:alert(1)"/></g></svg>',
    "style that requests": f'{START}<path style="fill: url(https://evil.example/x)"/></svg>',
    "style that places": f'{START}<g style="position: fixed"/></svg>',
    "style with an escape": f'{START}<g style="fill: none&quot;&gt;&lt;script&gt;"/></svg>',
    "font with a request": f"{START}<text style=\"font-family: url('//x')\">x</text></svg>",
    "reference with markup": f'{START}<g clip-path="url(#a&quot;&gt;)"/></svg>',
    "class": f'{START}<g class="md-header"/></svg>',
    "entity": f'<!DOCTYPE svg [<!ENTITY a "b">]>{START}<text>&a;</text></svg>',
    "many entities": f'<!DOCTYPE svg [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>{START}<text>&b;</text></svg>',
    "external entity": f'<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]>{START}<text>&a;</text></svg>',
    "style sheet": f'<?xml-stylesheet href="https://evil.example/x.css"?>{START}</svg>',
    "nested": f"{START}<svg/></svg>",
    "deep": f"{START}{'<g>' * 5000}{'</g>' * 5000}</svg>",
    "text outside": f"{START}<g>alert(1)</g></svg>",
    "no size": '<svg xmlns="http://www.w3.org/2000/svg"></svg>',
    "size with markup": START.replace("9pt", "9pt&quot; onload=&quot;x") + "</svg>",
    "broken": f"{START}<g></svg>",
    "two roots": f"{START}</svg><script>alert(1)</script>",
    "another root": "<html><script>alert(1)</script></html>",
    "empty": "",
    "control": f"{START}<text>\x00</text></svg>",
}


@pytest.mark.parametrize("svg", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile(svg: str) -> None:
    """SVG with anything that matplotlib does not write is refused, and shown as an image that can't run."""
    with pytest.raises(UnfitFigureError):
        figure_html(svg, prefix="a-")
    display = Display(data={"image/svg+xml": svg}, metadata={"image/svg+xml": {"workings": "figure"}})
    html = display_html(display, Frame(cell=1, name="a", output=1))
    assert html.startswith(('<img src="data:image/svg+xml;base64,', '<p class="wk-note">'))
    assert "alert" not in html


def test_surrogate() -> None:
    """Half a character refuses a figure; as a display it has been replaced by then."""
    svg = f"{START}<text>\ud800</text></svg>"
    with pytest.raises(UnfitFigureError):
        figure_html(svg, prefix="a-")
    display = Display(data={"image/svg+xml": svg}, metadata={"image/svg+xml": {"workings": "figure"}})
    assert "<text>\ufffd</text>" in display_html(display, Frame(cell=1, name="a", output=1))


def test_ignored() -> None:
    """The style for all of the page and matplotlib's facts are left out with all that is in them."""
    svg = f"{START}<metadata><x><script>a</script></x></metadata><defs><style>*{{color:red}}</style></defs><g/></svg>"
    assert figure_html(svg, prefix="a-").endswith("><defs></defs><g></g></svg>")


def test_display(figure: Figure) -> None:
    """Only a figure that the engine marked as its own stands inline."""
    draw(figure)
    data = {"image/svg+xml": svg_of(figure), "text/plain": "<Figure>"}
    frame = Frame(cell=2, name="loss", output=3)
    own = Display(data=data, metadata={"image/svg+xml": {"workings": "figure", "alt": "falling"}})  # type: ignore[arg-type]
    html = display_html(own, frame)
    assert html.startswith('<svg class="wk-figure" role="img" aria-label="falling"')
    assert 'id="loss-f3-' in html
    assert display_html(Display(data=data), frame).startswith('<img src="data:image/svg+xml')  # type: ignore[arg-type]
