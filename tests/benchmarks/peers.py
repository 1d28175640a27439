"""Who is measured: how each writes its pages, its configuration, its command, and what it keeps."""

from collections.abc import Mapping

import yaml
from msgspec import Struct

from .course import Page
from .dialects import CONTINUED_FENCES, EXECUTED_FENCES, FENCES, NOTEBOOK, SCRIPT, Dialect

OURS = "workings"
ALONE = "MkDocs alone"
"""MkDocs building our site with the same plugins but ours: nothing is executed."""


class Subject(Struct, frozen=True, kw_only=True):
    """One who is measured."""

    name: str
    home: str
    """The folder of its course, which those who read the same files share."""
    dialect: Dialect
    arguments: tuple[str, ...]
    """What the interpreter is given."""
    files: Mapping[str, str]
    """Configuration, by path."""
    ours: bool = False
    """Whether it lives in the project's own environment, and not in that of the peers."""
    pages: str = "docs"
    kept: tuple[str, ...] = ("site",)
    """What it makes, and what is deleted before a cold run."""
    begins: tuple[str, ...] = ()
    """What the interpreter is given before a cold run, and is not measured."""
    shows: str = "site/{name}/index.html"
    """Where a page is once it is built; nothing for those who test."""
    executes: bool = True


def _mkdocs(*plugins: object) -> dict[str, str]:
    """A site with the theme and extensions of a real course."""
    settings = {
        "site_name": "Generated course",
        "theme": {
            "name": "material",
            "font": False,
            "features": ["navigation.footer", "content.code.copy", "toc.follow"],
        },
        "extra": {"generator": False},
        "plugins": ["search", *plugins],
        "markdown_extensions": [
            "admonition",
            "attr_list",
            "footnotes",
            "md_in_html",
            "tables",
            {"toc": {"permalink": True}},
            {"pymdownx.arithmatex": {"generic": True}},
            "pymdownx.details",
            "pymdownx.highlight",
            "pymdownx.inlinehilite",
            "pymdownx.superfences",
            {"pymdownx.tabbed": {"alternate_style": True}},
        ],
    }
    return {
        "mkdocs.yml": yaml.safe_dump(settings),
        "docs/index.md": "# Generated course\n\nIts pages are in the menu.\n",
        "pytest.ini": "[pytest]\n",
    }


def _sphinx(index: str, **settings: object) -> dict[str, str]:
    """A documentation of Sphinx with the theme that scientific projects use."""
    values = {"project": "Generated course", "html_theme": "pydata_sphinx_theme", **settings}
    conf = "".join(f"{name} = {value!r}\n" for name, value in values.items())
    return {"docs/conf.py": conf, index.partition("\n")[0]: index.partition("\n")[2]}


_SOURCES = {"mkdocs-jupyter": {"include_source": True}}
_WORKINGS = {"workings": {"backend": "cpu"}}
_EXECUTED = {
    "mkdocs-jupyter": {"execute": True, "include_source": True, "kernel_name": "python3", "allow_errors": False}
}
_MYST = "docs/index.md\n# Generated course\n\n```{toctree}\n:glob:\npage-*\n```\n"
_GALLERY = "docs/index.rst\nGenerated course\n================\n\n.. toctree::\n\n   gallery/index\n"
_BUILD = ("-m", "mkdocs", "build")
_SPHINX = ("-m", "sphinx", "-b", "html", "-j", "2", "docs", "site")
_INI = {"pytest.ini": "[pytest]\n"}


def _tester(name: str, home: str, dialect: Dialect, *arguments: str) -> Subject:
    """A plugin of pytest."""
    command = ("-m", "pytest", *arguments, "docs")
    return Subject(name=name, home=home, dialect=dialect, arguments=command, files=_INI, kept=(), shows="")


WORKINGS = Subject(
    name=OURS,
    home="workings",
    dialect=FENCES,
    arguments=_BUILD,
    files=_mkdocs(_WORKINGS, _SOURCES),
    ours=True,
    kept=("site", ".workings"),
)
WORKINGS_TESTS = Subject(
    name=OURS,
    home="workings",
    dialect=FENCES,
    arguments=("-m", "pytest", "docs"),
    files=WORKINGS.files,
    ours=True,
    kept=(".workings",),
    shows="",
)
MKDOCS = Subject(
    name=ALONE,
    home="mkdocs",
    dialect=FENCES,
    arguments=_BUILD,
    files=_mkdocs(_SOURCES),
    ours=True,
    executes=False,
)

BUILDERS = (
    Subject(
        name="markdown-exec",
        home="markdown-exec",
        dialect=EXECUTED_FENCES,
        arguments=_BUILD,
        files=_mkdocs("markdown-exec"),
    ),
    Subject(
        name="sphinx-gallery",
        home="sphinx-gallery",
        dialect=SCRIPT,
        arguments=_SPHINX,
        files={
            **_sphinx(
                _GALLERY,
                extensions=["sphinx_gallery.gen_gallery"],
                sphinx_gallery_conf={
                    "examples_dirs": "examples",
                    "gallery_dirs": "gallery",
                    "filename_pattern": "page-",
                    "parallel": 2,
                },
            ),
            "docs/examples/GALLERY_HEADER.rst": "Pages\n=====\n\nEach is a lesson.\n",
        },
        pages="docs/examples",
        kept=("site", "docs/gallery", "docs/sg_execution_times.rst"),
        shows="site/gallery/{name}.html",
    ),
    Subject(
        name="MyST-NB",
        home="myst-nb",
        dialect=NOTEBOOK,
        arguments=_SPHINX,
        files=_sphinx(
            _MYST,
            extensions=["myst_nb"],
            myst_enable_extensions=["dollarmath", "amsmath"],
            nb_execution_mode="cache",
            nb_execution_cache_path="records",
            nb_execution_raise_on_error=True,
            nb_execution_timeout=120,
        ),
        kept=("site", "records"),
        # Two workers that both find no cache both make its tables, and one of them fails.
        begins=("-c", "import jupyter_cache; jupyter_cache.get_cache('records').list_cache_records()"),
        shows="site/{name}.html",
    ),
    Subject(
        name="mkdocs-jupyter",
        home="mkdocs-jupyter",
        dialect=NOTEBOOK,
        arguments=_BUILD,
        files=_mkdocs(_EXECUTED),
        kept=("site", ".cache"),
    ),
)
"""Peers that build a site."""

TESTERS = (
    _tester("pytest-markdown-docs", "pytest-markdown-docs", CONTINUED_FENCES, "--markdown-docs"),
    _tester("pytest-markdown-docs -n 2", "pytest-markdown-docs", CONTINUED_FENCES, "--markdown-docs", "-n", "2"),
    _tester("nbmake", "notebooks", NOTEBOOK, "--nbmake"),
    _tester("nbmake -n 2", "notebooks", NOTEBOOK, "--nbmake", "-n", "2"),
    _tester("nbval -n 2", "notebooks", NOTEBOOK, "--nbval-lax", "-n", "2", "--dist", "loadscope"),
)
"""Peers that test a course."""

WHOLE_PAGES = frozenset({"nbmake", "nbmake -n 2"})
"""Those for whom a page is one test; for all others each cell is one."""


def text_of(subject: Subject, page: Page) -> tuple[str, str]:
    """The file of a page, below the subject's folder, and what is in it."""
    return f"{subject.pages}/{page.name}{subject.dialect.suffix}", subject.dialect.write(page)
