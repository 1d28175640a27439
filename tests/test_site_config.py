"""What mkdocs.yml means to the tests and the command line, which build no site."""

import subprocess
import sys
from pathlib import Path

import pytest
from sites import make_site, notebook, write_page

from workings.errors import SettingsError
from workings.settings import Settings
from workings.website.config import load_site, plain_site
from workings.website.extensions import with_needed

GIB = 2**30


def test_the_pages_of_a_site_are_those_that_mkdocs_builds(tmp_path: Path) -> None:
    """Pages that the site leaves out are no pages, and notebooks are pages where mkdocs-jupyter says so."""
    pages = {
        "index.md": "",
        "a/b.md": "",
        "out/x.md": "",
        ".hidden.md": "",
        "n.ipynb": notebook(),
        "no.ipynb": notebook(),
    }
    plugins = ["workings", {"mkdocs-jupyter": {"ignore": ["no.ipynb"]}}]
    site = make_site(tmp_path, {**pages, "plot.py": ""}, plugins=plugins, exclude_docs="out/")
    found = load_site(site / "mkdocs.yml")
    assert [path.relative_to(found.root).as_posix() for path in found.pages] == [
        "docs/index.md",
        "docs/n.ipynb",
        "docs/a/b.md",
    ]
    assert (found.root, found.docs) == (site, site / "docs")
    make_site(site, {}, plugins=["workings"])
    assert not any(path.suffix == ".ipynb" for path in load_site(site / "mkdocs.yml").pages)


def test_the_settings_are_those_of_the_plugin(tmp_path: Path) -> None:
    """Each option of mkdocs.yml is a setting, and a folder is relative to mkdocs.yml."""
    options = {
        "backend": "cuda",
        "seed": 3,
        "jobs": 4,
        "timeout": 5,
        "page_timeout": 6.5,
        "memory": "2 GiB",
        "output": "10 kB",
        "pixels": 1000,
        "processes": 7,
        "file_size": "1 GiB",
        "errors": "show",
        "html": "trusted",
        "store": "kept/here",
        "store_size": "1.5MiB",
        "preview_memory": "3 MiB",
    }
    settings = load_site(make_site(tmp_path, {"index.md": ""}, options=options) / "mkdocs.yml").settings
    limits = settings.limits
    chosen = (settings.backend, settings.seed, settings.jobs, settings.errors, settings.html)
    assert chosen == (
        "cuda",
        3,
        4,
        "show",
        "trusted",
    )
    assert (limits.cell_seconds, limits.page_seconds, limits.memory, limits.output) == (5.0, 6.5, 2 * GIB, 10_000)
    assert (limits.pixels, limits.processes, limits.file_size) == (1000, 7, GIB)
    assert (settings.store, settings.store_bytes) == (tmp_path / "kept/here", 3 * 2**19)
    assert settings.preview_bytes == 3 * 2**20


def test_a_site_without_settings_has_the_defaults(tmp_path: Path) -> None:
    """Nothing said means the same with mkdocs.yml, without the plugin in it, and without any mkdocs.yml."""
    site = make_site(tmp_path, {"index.md": ""}, plugins=["search"])
    expected = Settings(store=tmp_path / ".workings")
    assert load_site(site / "mkdocs.yml").settings == expected
    assert plain_site(tmp_path).settings == expected
    make_site(tmp_path, {}, options={"store": False, "backend": "auto", "jobs": 0})
    assert load_site(site / "mkdocs.yml").settings.store is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("site_name: x\nplugins:\n- workings:\n    memory: many\n", "option 'memory'"),
        ("site_name: x\nplugins:\n  workings:\n    memry: 1\n", "did you mean 'memory'"),
        ("site_name: x\ndocs_dir: nowhere\n", "docs_dir"),
        ("plugins: [workings]\n", "site_name"),
        ("site_name: [\n", "mkdocs.yml"),
        ("- a\n", "mkdocs.yml"),
        ("site_name: x\nmarkdown_extensions: [no_such_extension]\n", "no_such_extension"),
    ],
)
def test_a_wrong_mkdocs_yml_is_an_error_that_names_the_setting(tmp_path: Path, text: str, says: str) -> None:
    """What is wrong in mkdocs.yml is one error of ours, whoever reads it."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "mkdocs.yml").write_text(text)
    with pytest.raises(SettingsError, match=r"mkdocs\.yml") as error:
        load_site(tmp_path / "mkdocs.yml")
    assert says in str(error.value)


def test_a_missing_mkdocs_yml_is_an_error(tmp_path: Path) -> None:
    """A file that is not there is named."""
    with pytest.raises(SettingsError, match=r"nowhere\.yml"):
        load_site(tmp_path / "nowhere.yml")


def test_reading_a_site_loads_no_plugin(tmp_path: Path) -> None:
    """The tests of a site need not wait for mkdocs-jupyter, nor run the site's hooks."""
    site = make_site(tmp_path, {"index.md": ""}, plugins=["workings", "mkdocs-jupyter"], hooks=["hook.py"])
    (site / "hook.py").write_text("raise RuntimeError\n")
    program = (
        "import sys; from pathlib import Path; from workings.website.config import load_site; "
        "load_site(Path('mkdocs.yml')); print(*{name.partition('.')[0] for name in sys.modules})"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=site, capture_output=True, text=True, timeout=60, check=True
    )
    assert not {"mkdocs_jupyter", "nbconvert", "torch", "IPython", "matplotlib"} & set(done.stdout.split())


def test_a_file_that_mkdocs_yml_inherits_counts(tmp_path: Path) -> None:
    """`INHERIT` brings settings from another file."""
    make_site(tmp_path, {"index.md": ""}, plugins={"workings": {"seed": 5}})
    (tmp_path / "child.yml").write_text("INHERIT: mkdocs.yml\nsite_name: child\n")
    assert load_site(tmp_path / "child.yml").settings.seed == 5


def test_needed_extensions_are_added_once() -> None:
    """What a site has keeps its place, its spelling and its options; a bundle counts as what is in it."""
    own = ["toc", "markdown.extensions.attr_list", "pymdownx.superfences:SuperFencesCodeExtension"]
    configs = {"pymdownx.superfences": {"preserve_tabs": True}}
    listed, options = with_needed(own, configs)
    assert listed == [*own, "md_in_html", "pymdownx.highlight"]
    assert options == configs
    assert with_needed(["pymdownx.extra"], {})[0] == ["pymdownx.extra", "pymdownx.highlight"]
    assert with_needed(["fenced_code", "workings"], {})[0][0] == "fenced_code"
    assert "workings" not in with_needed(["workings"], {})[0]


def test_pages_of_a_site_in_a_folder_with_a_symlink_have_the_path_that_was_typed(tmp_path: Path) -> None:
    """A page's address is the one that its author uses."""
    make_site(tmp_path / "real", {"index.md": ""})
    (tmp_path / "link").symlink_to(tmp_path / "real")
    write_page(tmp_path / "real", "more.md", "")
    found = load_site(tmp_path / "link" / "mkdocs.yml")
    assert found.root == tmp_path / "link"
    assert found.pages[0] == tmp_path / "link/docs/index.md"
