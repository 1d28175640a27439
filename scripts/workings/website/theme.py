"""What pages need of a theme: our style sheets and fonts, and no request to another host for what we have ourselves."""

from collections.abc import Iterator
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from pygments.formatters import HtmlFormatter  # type: ignore[import-untyped]

ASSETS = Path(__file__).parent.parent / "assets"
ADDRESS = "assets/workings"
COLOURS = f"{ADDRESS}/code.css"
"""Where the colours of code are for a theme that has none: a theme with a highlighter in the browser."""

PUBLISHED = frozenset({".css", ".woff2", ".txt"})

FACTS = ' data-md-component="source"'
"""What makes Material ask the repository's host for its stars and releases."""


def add_styles(config: MkDocsConfig) -> None:
    """Link our style sheets before the site's own, so that these win; switch off a highlighter in the browser.

    The plain themes fetch one from another host and let it loose on code that is highlighted already, where it
    throws away what marks the lines.
    """
    sheets = [f"{ADDRESS}/{path.relative_to(ASSETS).as_posix()}" for path in _assets() if path.suffix == ".css"]
    if config.theme.get("highlightjs"):
        config.theme["highlightjs"] = False
        sheets.insert(0, COLOURS)
    config.extra_css[:0] = [sheet for sheet in sheets if sheet not in config.extra_css]


def add_assets(files: Files, config: MkDocsConfig) -> None:
    """Publish what our style sheets are and use, except what the site puts in its place."""
    for path in _assets():
        address = f"{ADDRESS}/{path.relative_to(ASSETS).as_posix()}"
        if files.get_file_from_path(address) is None:
            files.append(File.generated(config, address, abs_src_path=str(path)))
    if COLOURS in config.extra_css and files.get_file_from_path(COLOURS) is None:
        files.append(File.generated(config, COLOURS, content=_colours()))


def without_facts(html: str) -> str:
    """The same page, with a link to the repository that is a link and no more."""
    return html.replace(f'class="md-source"{FACTS}', 'class="md-source"')


def _assets() -> Iterator[Path]:
    """Our files, in the same order everywhere; a program among them is what made one."""
    return (path for path in sorted(ASSETS.rglob("*")) if path.suffix in PUBLISHED)


def _colours() -> str:
    """The colours of code, light and dark."""
    light = HtmlFormatter(style="default").get_style_defs(".highlight")
    dark = HtmlFormatter(style="github-dark").get_style_defs("[data-bs-theme=dark] .highlight")
    return f"{light}\n{dark}\n"
