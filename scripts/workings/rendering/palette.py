"""The colours of figures: what matplotlib is told to draw with, and the CSS variable that each becomes in a page.

The colour that stands for a variable is the variable's value in light pages, so a figure that is kept as pixels is
right on white. `assets/cells.css` gives the variables their values for both schemes; the eight colours of the cycle
are told apart with every kind of colour vision, and have a contrast of 3 or more to the page.
"""

from typing import Final

INK: Final = "#202631"
MUTED: Final = "#5c6370"
GRID: Final = "#d5d9e0"
SURFACE: Final = "#fefeff"
CYCLE: Final = ("#2462c9", "#c95100", "#07543f", "#b23a86", "#4b1587", "#0091cc", "#616526", "#8a8480")

SENTINELS: Final[dict[str, str]] = {
    INK: "--wk-ink",
    MUTED: "--wk-muted",
    GRID: "--wk-grid",
    SURFACE: "--wk-surface",
    **{colour: f"--wk-c{index}" for index, colour in enumerate(CYCLE)},
}
"""CSS variables by the colour that stands for them, in lower case."""

TITLE_SIZE: Final = 12.25
"""The size of an axes' title, by which a title is known from other text in a figure."""
SUPTITLE_SIZE: Final = 13.25
"""The size of a figure's title."""

RCPARAMS: Final[dict[str, object]] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "workings",
    "svg.image_inline": True,
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 11.0,
    "mathtext.fontset": "stix",
    "figure.figsize": (5.2, 3.4),
    "figure.dpi": 96.0,
    "figure.facecolor": "none",
    "figure.edgecolor": "none",
    "figure.titlesize": SUPTITLE_SIZE,
    "savefig.facecolor": "none",
    "savefig.edgecolor": "none",
    "savefig.dpi": 192.0,
    "savefig.bbox": "tight",
    "savefig.pad_inches": 0.04,
    "text.color": INK,
    "axes.facecolor": "none",
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.titlesize": TITLE_SIZE,
    "axes.linewidth": 0.9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.prop_cycle": f"cycler('color', {list(CYCLE)!r})",
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelsize": 10.0,
    "ytick.labelsize": 10.0,
    "legend.fontsize": 10.0,
    "legend.facecolor": SURFACE,
    "legend.edgecolor": GRID,
    "legend.framealpha": 0.9,
    "lines.linewidth": 1.8,
    "patch.edgecolor": INK,
    "hatch.color": INK,
    "boxplot.boxprops.color": INK,
    "boxplot.capprops.color": INK,
    "boxplot.whiskerprops.color": INK,
    "boxplot.flierprops.color": INK,
    "boxplot.flierprops.markeredgecolor": INK,
    "axes3d.xaxis.panecolor": (0.36, 0.39, 0.44, 0.08),
    "axes3d.yaxis.panecolor": (0.36, 0.39, 0.44, 0.08),
    "axes3d.zaxis.panecolor": (0.36, 0.39, 0.44, 0.08),
}
"""What matplotlib's settings are while cells run and figures are saved."""
