"""What a build says and leaves when something is wrong with a page, a setting or the site."""

import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from sites import MATERIAL, build, make_site, mkdocs, notebook, tree, write_page

GOOD = "# Good\n\n```python\n'all is ' + 'well'\n```\n"
BROKEN = "# Broken\n\nText.\n\n```python\nprint('before')\nbroken = [1, 2]\nbroken[5]\n```\n\n```python\n'never'\n```\n"
JUPYTER = [{"workings": {"backend": "cpu"}}, "mkdocs-jupyter", "search"]


def lines_of(text: str) -> list[str]:
    """The lines of a report that an editor makes links of."""
    return [line for line in text.split("\n") if line.startswith("docs/")]


def leftovers(site: Path) -> list[str]:
    """What lies beside the site's own files."""
    return sorted({path.name for path in site.iterdir()} - {"docs", "mkdocs.yml", "site", ".workings"})


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site that has been built once, to be copied."""
    folder = make_site(tmp_path_factory.mktemp("built"), {"index.md": GOOD}, theme=MATERIAL)
    build(folder)
    return folder


@pytest.fixture
def site(built: Path, tmp_path: Path) -> Path:
    """A site that has been built once."""
    return Path(shutil.copytree(built, tmp_path / "lab"))


@pytest.mark.parametrize("arguments", [(), ("--strict",)])
def test_all_failures_are_listed_and_the_old_site_stays(site: Path, arguments: tuple[str, ...]) -> None:
    """Each failure is one line that names page and line, a traceback follows it, and a count comes last."""
    old = tree(site / "site")
    write_page(site, "broken.md", BROKEN)
    write_page(site, "deep/exit.md", "```python\nimport os\nprint(1)\nos._exit(0)\n```\n")
    write_page(site, "options.md", '---\ntitle: x\n---\n\n\n```python tag="x"\n1\n```\n')
    (site / "docs/bytes.md").write_bytes(b"# Fine\n\nnot \xff UTF-8\n")
    write_page(site, "math.md", "# Math\n\nSee $\\frac{1}$.\n")
    done = mkdocs(site, "build", *arguments)
    listed = lines_of(done.stderr)
    assert done.returncode == 1
    assert [line.split(": ")[0] for line in listed] == [
        "docs/bytes.md:3",
        "docs/math.md:3",
        "docs/options.md:6",
        "docs/broken.md:8",
        "docs/deep/exit.md:2",
    ]
    assert "docs/broken.md:8: cell 1 failed: IndexError: list index out of range" in listed
    assert '    Traceback (most recent call last):\n      File "docs/broken.md", line 8' in done.stderr
    assert done.stdout.strip().split("\n")[-1].startswith("5 errors")
    assert "site-packages/mkdocs" not in done.stdout + done.stderr
    assert tree(site / "site") == old
    assert leftovers(site) == []


def test_with_errors_shown_the_site_is_built_and_the_build_fails(site: Path) -> None:
    """With `errors: show` the failure stands at its cell, what was printed before it too, and the status is 1."""
    make_site(site, {"broken.md": BROKEN}, options={"errors": "show"}, theme=MATERIAL)
    (site / "docs/bytes.md").write_bytes(b"# Fine\n\nnot \xff UTF-8\n")
    done = mkdocs(site, "build")
    page = (site / "site/broken/index.html").read_text()
    assert done.returncode == 1
    assert len(lines_of(done.stderr)) == 2
    assert "2 errors" in done.stdout + done.stderr
    assert "before" in page
    assert "IndexError" in page
    assert "all is well" in (site / "site/index.html").read_text()
    assert "docs/bytes.md:3" in (site / "site/bytes/index.html").read_text()
    assert leftovers(site) == []


def test_an_unreadable_notebook_is_a_page_that_says_so(site: Path) -> None:
    """Cut off JSON is one line in the terminal and one in the page, and its source is published as it is."""
    pages = {"book.ipynb": notebook(("code", "1"))[:200]}
    plugins = [{"workings": {"backend": "cpu", "errors": "show"}}, "mkdocs-jupyter"]
    make_site(site, pages, plugins=plugins)
    done = mkdocs(site, "build")
    assert done.returncode == 1
    assert [line.split(":")[0] for line in lines_of(done.stderr)] == ["docs/book.ipynb"]
    assert "docs/book.ipynb" in (site / "site/book/index.html").read_text()


def test_a_failure_in_a_notebook_names_cell_and_line(site: Path) -> None:
    """A notebook has no lines that its author sees, so its cell is named."""
    make_site(
        site, {"book.ipynb": notebook(("markdown", "# B"), ("code", "1"), ("code", "x = 1\n1 / 0"))}, plugins=JUPYTER
    )
    done = mkdocs(site, "build")
    assert done.returncode == 1
    assert lines_of(done.stderr) == ["docs/book.ipynb:cell 2:2: failed: ZeroDivisionError: division by zero"]


def test_a_failure_says_nothing_that_moves_the_cursor(site: Path) -> None:
    """Whatever an exception's text holds, its line is one line of plain text."""
    write_page(site, "index.md", "```python\nraise ValueError('a\\x1b[2J\\rb\\nc')\n```\n")
    done = mkdocs(site, "build")
    assert "docs/index.md:2: cell 1 failed: ValueError: a\\x1b[2J\\rb" in done.stderr.split("\n")
    assert "\x1b" not in done.stderr


def test_a_backend_that_is_absent_is_one_line(site: Path) -> None:
    """Asked for and absent, a backend fails the build without a traceback, and the old site stays."""
    old = tree(site / "site")
    make_site(site, {}, options={"backend": "mps"})
    done = mkdocs(site, "build")
    assert done.returncode == 1
    assert "mps" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
    assert tree(site / "site") == old
    assert leftovers(site) == []


@pytest.mark.parametrize(
    ("option", "value", "says"),
    [
        ("backend", "gpu", "cuda"),
        ("timeout", -1, "over 0"),
        ("timeout", True, "over 0"),
        ("memory", "4 apples", "4 GiB"),
        ("processes", 0, "from 1"),
        ("pixels", "many", "from 1"),
        ("seed", "x", "whole number"),
        ("jobs", 1.5, "whole number"),
        ("errors", "hide", "show"),
        ("html", True, "trusted"),
        ("store", 3, "folder"),
        ("time_out", 3, "timeout"),
    ],
)
def test_a_wrong_option_is_named(tmp_path: Path, option: str, value: object, says: str) -> None:
    """A value that an option can't have, and an option that there is not, is an error that says what there is."""
    site = make_site(tmp_path, {"index.md": GOOD}, options={option: value})
    done = mkdocs(site, "build")
    assert done.returncode == 1
    assert f"option '{option}'" in done.stderr
    assert says in done.stderr
    assert leftovers(site) == []


def test_an_option_may_come_from_the_environment(tmp_path: Path) -> None:
    """`!ENV` gives an option its value, and its default where the variable is not set."""
    site = make_site(tmp_path, {"index.md": GOOD}, plugins=[{"workings": {"backend": "BACKEND", "seed": "SEED"}}])
    config = site / "mkdocs.yml"
    text = config.read_text().replace("BACKEND", "!ENV [WORKINGS_BACKEND, cpu]").replace("SEED", "!ENV WORKINGS_SEED")
    config.write_text(text)
    build(site)
    assert "seed 0" in (site / "site/index.html").read_text()
    build(site, WORKINGS_SEED="7")
    assert "seed 7" in (site / "site/index.html").read_text()
    assert mkdocs(site, "build", WORKINGS_BACKEND="gpu").returncode == 1


def test_a_warning_in_a_strict_build_leaves_the_old_site(site: Path) -> None:
    """A strict build that MkDocs ends for a warning publishes nothing."""
    old = tree(site / "site")
    write_page(site, "index.md", GOOD + "\n[nowhere](nowhere.md)\n")
    assert mkdocs(site, "build", "--strict").returncode == 1
    assert tree(site / "site") == old
    assert leftovers(site) == []
    build(site)
    assert tree(site / "site") != old


def test_another_plugins_error_leaves_the_old_site(site: Path) -> None:
    """Whoever fails a build, and when, the old site stays whole."""
    old = tree(site / "site")
    make_site(site, {"index.md": GOOD + "more"}, hooks=["hook.py"])
    (site / "hook.py").write_text("def on_post_page(output, page, config):\n    raise OSError('disk full')\n")
    assert mkdocs(site, "build").returncode == 1
    assert tree(site / "site") == old
    assert leftovers(site) == ["hook.py"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_build_leaves_the_old_site(site: Path, number: signal.Signals) -> None:
    """Interrupted, a build leaves nothing behind; killed, it leaves what the next build removes."""
    old = tree(site / "site")
    write_page(
        site,
        "slow.md",
        "```python\nfrom pathlib import Path\nPath('started').touch()\nimport time\ntime.sleep(60)\n```\n",
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "mkdocs", "build"], cwd=site, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 60
    while not (site / "docs/started").exists():
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(number)
    assert process.wait(timeout=30) != 0
    assert tree(site / "site") == old
    if number == signal.SIGINT:
        assert leftovers(site) == []
    (site / "docs/slow.md").unlink()
    build(site)
    assert leftovers(site) == []


def test_gh_deploy_publishes_the_site(site: Path, tmp_path: Path) -> None:
    """`mkdocs gh-deploy` finds the new site where it belongs, and deploys nothing that has failed."""
    remote = tmp_path / "remote.git"

    def git(*arguments: str) -> str:
        command = ["git", "-c", "user.name=a", "-c", "user.email=a@b", *arguments]
        return subprocess.run(command, cwd=site, capture_output=True, text=True, check=True, timeout=60).stdout

    git("init", "--bare", str(remote))
    git("init")
    git("remote", "add", "origin", str(remote))
    git("commit", "--allow-empty", "-m", "begin")
    name = {f"GIT_{who}_{what}": "a@b" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    done = mkdocs(site, "gh-deploy", **name)
    assert done.returncode == 0, done.stderr
    page = git("--git-dir", str(remote), "show", "gh-pages:index.html")
    assert "all is well" in page
    make_site(site, {"index.md": BROKEN}, options={"errors": "show"})
    assert mkdocs(site, "gh-deploy", **name).returncode == 1
    assert git("--git-dir", str(remote), "show", "gh-pages:index.html") == page


def zygotes() -> set[int]:
    """The processes on this machine from which pages are forked."""
    found = psutil.process_iter(["cmdline"])
    return {process.pid for process in found if "workings.running.zygote" in (process.info["cmdline"] or ())}


def test_a_site_that_can_t_be_configured_leaves_nothing(tmp_path: Path) -> None:
    """What runs pages is started while the site is configured, and ends with a build that does not begin."""
    before = zygotes()
    site = make_site(tmp_path, {"index.md": GOOD}, markdown_extensions=["no.such.extension"])
    done = mkdocs(site, "build")
    assert done.returncode != 0
    assert "no.such.extension" in done.stdout + done.stderr
    assert zygotes() <= before
    assert not (site / "site").exists()
