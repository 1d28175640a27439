"""What cells show is what a notebook would show, in the order it came."""

import base64
from pathlib import Path

import pytest
from runs import failure_of, make_page, plain_of, run_one, text_of

from workings.outputs import Display, Stream
from workings.page import Options
from workings.running.warm import WarmProcess


def test_the_last_expression_is_the_result(tmp_path: Path, warm: WarmProcess) -> None:
    """A cell's last expression is shown, an assignment or a semicolon shows nothing."""
    record = run_one(make_page(tmp_path, "a.md", "x = 2\nx * 21", "y = 3", "x;", "None"), warm)
    assert [plain_of(cell) for cell in record.cells] == [["42"], [], [], []]
    (shown,) = record.cells[0].outputs
    assert isinstance(shown, Display)
    assert shown.result


def test_streams_keep_their_order(tmp_path: Path, warm: WarmProcess) -> None:
    """Text of both streams, from Python, from C and from other processes, comes in the order it was written."""
    code = """
import os, subprocess, sys
print("one")
print("two", file=sys.stderr)
os.write(1, b"three\\n")
print("four", file=sys.stderr)
subprocess.run(["echo", "five"])
sys.stdout.write("six\\n")
sys.stderr.write("seven\\n")
None
"""
    record = run_one(make_page(tmp_path, "a.md", code), warm)
    assert record.cells[0].outputs == (
        Stream(name="stdout", text="one\n"),
        Stream(name="stderr", text="two\n"),
        Stream(name="stdout", text="three\n"),
        Stream(name="stderr", text="four\n"),
        Stream(name="stdout", text="five\nsix\n"),
        Stream(name="stderr", text="seven\n"),
    )


def test_text_and_displays_keep_their_order(tmp_path: Path, warm: WarmProcess) -> None:
    """What is printed before a display stands before it."""
    record = run_one(make_page(tmp_path, "a.md", "print('a')\ndisplay(1)\nprint('b')\n2"), warm)
    kinds = [
        output.text if isinstance(output, Stream) else output.data["text/plain"] for output in record.cells[0].outputs
    ]
    assert kinds == ["a\n", "1", "b\n", "2"]


def test_displays_are_bundles_of_all_kinds(tmp_path: Path, warm: WarmProcess) -> None:
    """Every MIME type that IPython can show arrives, images in base64."""
    code = """
from IPython.display import HTML, JSON, SVG, Image, Latex, Markdown, display
import struct, zlib
def chunk(kind, data):
    body = kind + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))
png = b"\\x89PNG\\r\\n\\x1a\\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
png += chunk(b"IDAT", zlib.compress(b"\\0\\0")) + chunk(b"IEND", b"")
for shown in (HTML("<b>x</b>"), JSON({"a": [1]}), SVG("<svg/>"), Image(png), Latex("$x$"), Markdown("*x*")):
    display(shown)
"""
    record = run_one(make_page(tmp_path, "a.md", code), warm)
    bundles = [output.data for output in record.cells[0].outputs if isinstance(output, Display)]
    wanted = ["text/html", "application/json", "image/svg+xml", "image/png", "text/latex", "text/markdown"]
    assert [next(kind for kind in wanted if kind in bundle) for bundle in bundles] == wanted
    assert bundles[1]["application/json"] == {"a": [1]}
    assert base64.b64decode(str(bundles[3]["image/png"])).startswith(b"\x89PNG")


def test_a_display_can_be_updated_later(tmp_path: Path, warm: WarmProcess) -> None:
    """`update_display` changes what an earlier cell showed, and adds nothing."""
    codes = ("h = display('old', display_id='it')\nprint('after')", "h.update('new')")
    record = run_one(make_page(tmp_path, "a.md", *codes), warm)
    assert plain_of(record.cells[0])[0] == "'new'"
    assert record.cells[1].outputs == ()


def test_clear_output_takes_back_what_was_shown(tmp_path: Path, warm: WarmProcess) -> None:
    """`clear_output` clears at once, or with `wait` when the next output comes."""
    start = "from IPython.display import clear_output\nprint('gone')\n"
    codes = (
        start + "clear_output()",
        start + "clear_output(wait=True)",
        start + "clear_output(wait=True)\nprint('new')",
    )
    record = run_one(make_page(tmp_path, "a.md", *codes), warm)
    assert [text_of(cell) for cell in record.cells] == ["", "gone\n", "new\n"]


def test_figures_are_shown_once_and_closed(tmp_path: Path, warm: WarmProcess) -> None:
    """An open figure is shown at the end of its cell, once even if it is the last expression or was displayed."""
    draw = "import matplotlib.pyplot as plt\nfig, ax = plt.subplots(figsize=(2, 1))\nax.plot([1, 2]);\n"
    codes = (
        draw,
        draw + "fig",
        draw + "display(fig)\nprint('x')",
        draw + "plt.show()\nprint('x')",
        "plt.get_fignums()",
    )
    record = run_one(make_page(tmp_path, "a.md", *codes), warm)
    figures = [
        sum("image/svg+xml" in output.data for output in cell.outputs if isinstance(output, Display))
        for cell in record.cells
    ]
    assert figures == [1, 1, 1, 1, 0]
    assert plain_of(record.cells[4]) == ["[]"]


def test_a_figure_of_many_points_becomes_an_image(tmp_path: Path, warm: WarmProcess) -> None:
    """A figure too heavy for SVG is shown as PNG."""
    code = "import numpy as np, matplotlib.pyplot as plt\nplt.scatter(*np.random.rand(2, 20000));"
    record = run_one(make_page(tmp_path, "a.md", code), warm)
    assert [sorted(output.data) for output in record.cells[0].outputs if isinstance(output, Display)] == [
        ["image/png", "text/plain"]
    ]


@pytest.mark.parametrize("magic", ["%matplotlib inline", "%matplotlib notebook"])
def test_matplotlib_magic_changes_nothing(tmp_path: Path, warm: WarmProcess, magic: str) -> None:
    """Notebooks that begin with `%matplotlib inline` show their figures all the same."""
    code = f"{magic}\nimport matplotlib.pyplot as plt\nplt.plot([1, 2]);"
    record = run_one(make_page(tmp_path, "a.md", code), warm)
    assert "image/svg+xml" in record.cells[0].outputs[0].data  # type: ignore[union-attr]


def test_magics_shell_commands_and_await_work(tmp_path: Path, warm: WarmProcess) -> None:
    """IPython's magics, `!` and top-level `await` behave as in a notebook."""
    codes = (
        "%%capture kept\nprint('caught')",
        "kept.stdout",
        "!echo from the shell",
        "import asyncio\nawait asyncio.sleep(0, 'awaited')",
        "%who_ls function",
    )
    record = run_one(make_page(tmp_path, "a.md", *codes), warm)
    assert plain_of(record.cells[1]) == ["'caught\\n'"]
    assert text_of(record.cells[2]).split() == ["from", "the", "shell"]
    assert plain_of(record.cells[3]) == ["'awaited'"]
    assert record.passed


def test_results_are_kept_under_their_prompts(tmp_path: Path, warm: WarmProcess) -> None:
    """`_`, `_2` and `Out` hold earlier results under the numbers that the page shows."""
    record = run_one(make_page(tmp_path, "a.md", "x = 1", "40 + 2", "_ + 1", "_2, Out[2], Out[3]"), warm)
    assert plain_of(record.cells[3]) == ["(42, 42, 43)"]


def test_classes_of_cells_can_be_pickled(tmp_path: Path, warm: WarmProcess) -> None:
    """Cells live in the module `__main__`, so what they define can be pickled and inspected."""
    codes = (
        "class A:\n    x = 1\ndef f():\n    return 'body'",
        "import pickle, inspect\npickle.loads(pickle.dumps(A())).x, 'body' in inspect.getsource(f), __name__",
    )
    record = run_one(make_page(tmp_path, "a.md", *codes), warm)
    assert plain_of(record.cells[1]) == ["(1, True, '__main__')"]


def test_an_announced_exception_is_shown_and_the_page_goes_on(tmp_path: Path, warm: WarmProcess) -> None:
    """`raises` names the exception, by its class or a base; the tag takes any."""
    codes = (
        ("import json\njson.loads('{')", Options(raises="ValueError")),
        ("1 / 0", Options(tags=("raises-exception",))),
        "'goes on'",
    )
    record = run_one(make_page(tmp_path, "a.md", *codes), warm)
    assert record.passed
    assert [cell.failure and cell.failure.name for cell in record.cells] == [
        "JSONDecodeError",
        "ZeroDivisionError",
        None,
    ]
    assert plain_of(record.cells[2]) == ["'goes on'"]


@pytest.mark.parametrize(
    ("code", "name"), [("1 + 1", "NothingRaised"), ("1 / 0", "ZeroDivisionError")], ids=["nothing", "another"]
)
def test_an_announced_exception_must_happen(tmp_path: Path, warm: WarmProcess, code: str, name: str) -> None:
    """A cell that was announced to raise one exception fails when it raises none, or another."""
    record = run_one(make_page(tmp_path, "a.md", (code, Options(raises="KeyError")), "never"), warm)
    assert failure_of(record).name == name
    assert record.cells[1].outcome == "not-run"


def test_skipped_cells_say_why(tmp_path: Path, warm: WarmProcess) -> None:
    """A cell that is not to run is kept with its reason, and its neighbours run."""
    skipped = ("never()", Options(tags=("skip-execution",), reason="needs a cluster"))
    elsewhere = ("never()", Options(backend="cuda"))
    record = run_one(make_page(tmp_path, "a.md", skipped, elsewhere, "1"), warm)
    assert [cell.outcome for cell in record.cells] == ["skipped", "not-run", "passed"]
    assert record.cells[0].why == "needs a cluster"
    assert "cuda" in record.cells[1].why


def test_tracebacks_point_into_the_page(tmp_path: Path, warm: WarmProcess) -> None:
    """A failure names the page's line, and its traceback has the page's frames and no folder of the machine."""
    page = make_page(tmp_path, "sub/a.md", "def f(x):\n    return 1 / x", "import torch\n\nf(0)")
    failure = failure_of(run_one(page, warm))
    assert str(failure.place) == "sub/a.md:7"
    assert 'File "sub/a.md", line 15, in <module>\n    f(0)' in failure.traceback
    assert 'File "sub/a.md", line 7, in f\n    return 1 / x' in failure.traceback
    assert str(tmp_path) not in failure.traceback
    assert "IPython" not in failure.traceback


def test_an_error_in_a_helper_names_it_from_the_root(tmp_path: Path, warm: WarmProcess) -> None:
    """A module beside the page is named by its path from the project's root, in its syntax errors too."""
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "helper.py").write_text("def f():\n    raise KeyError('k')\n")
    (tmp_path / "sub" / "broken.py").write_text("x = = 1\n")
    called = failure_of(run_one(make_page(tmp_path, "sub/a.md", "import helper\nhelper.f()"), warm))
    assert 'File "sub/helper.py", line 2, in f' in called.traceback
    assert str(called.place) == "sub/a.md:7"
    imported = failure_of(run_one(make_page(tmp_path, "sub/b.md", "import broken"), warm))
    assert 'File "sub/broken.py", line 1' in imported.traceback
    assert str(tmp_path) not in imported.traceback + imported.message
    assert str(imported.place) == "sub/b.md:6"


def test_a_syntax_error_names_the_page_s_line(tmp_path: Path, warm: WarmProcess) -> None:
    """Syntax errors point into the page too, under magics as well."""
    page = make_page(tmp_path, "a.md", "x = 1\ny = = 2")
    assert str(failure_of(run_one(page, warm)).place) == "a.md:7"
    timed = make_page(tmp_path, "b.md", "%%time\nx = 1\n1 / 0")
    assert str(failure_of(run_one(timed, warm)).place) == "b.md:8"


def test_warnings_name_the_page_s_line(tmp_path: Path, warm: WarmProcess) -> None:
    """A Python warning in a cell names page and line, and shows the line."""
    page = make_page(tmp_path, "a.md", "import warnings\nwarnings.warn('careful')")
    assert "a.md:7: UserWarning: careful\n  warnings.warn('careful')" in text_of(run_one(page, warm).cells[0])


def test_time_and_memory_are_measured(tmp_path: Path, warm: WarmProcess) -> None:
    """Each cell's seconds and peak memory are in its record, and the page's provenance says where it ran."""
    code = "import time\ntime.sleep(0.2)\nx = bytearray(200 * 2**20)"
    record = run_one(make_page(tmp_path, "a.md", "1", code), warm)
    assert record.cells[1].seconds >= 0.2
    assert record.cells[1].memory - record.cells[0].memory > 150 * 2**20
    ran = record.provenance
    assert (ran.backend, ran.seed) == ("cpu", 0)
    assert ran.torch.startswith("2.")
    assert ran.device
    assert ran.date.startswith("20")
    assert ran.memory > 150 * 2**20
    assert ran.seconds >= 0.2


@pytest.mark.parametrize("place", ["MPLCONFIGDIR", "HOME", "folder"])
def test_the_builder_s_own_style_changes_no_figure(
    tmp_path: Path, warm: WarmProcess, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A `matplotlibrc` of the builder's, wherever matplotlib finds it, has no part in figures."""
    code = """
import matplotlib as mpl, matplotlib.pyplot as plt
plt.plot([1, 2, 3])
mpl.rcParams["timezone"], mpl.rcParams["figure.max_open_warning"], mpl.rcParams["backend"]
"""
    page = make_page(tmp_path, "a.md", code, "mpl.rc_file_defaults()\nmpl.rcParams['lines.linewidth']")
    builder = tmp_path / "builder"
    folder = builder / ".config" / "matplotlib" if place == "HOME" else builder
    folder.mkdir(parents=True)
    (folder / "matplotlibrc").write_text(
        "lines.linewidth: 17\naxes.grid: True\ntimezone: Asia/Tokyo\nfigure.max_open_warning: 1\nbackend: svg\n"
    )
    if place == "folder":
        monkeypatch.chdir(builder)
    else:
        monkeypatch.setenv(place, str(builder))
    own = WarmProcess()
    try:
        styled = run_one(page, own)
    finally:
        own.stop()
    assert styled.passed
    assert [cell.outputs for cell in styled.cells] == [cell.outputs for cell in run_one(page, warm).cells]
