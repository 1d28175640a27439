"""IPython's shell, told where a cell stands in its page and whom to send what it shows."""

import base64
import contextlib
import json
import sys
import warnings
from collections.abc import Callable, Iterator
from typing import Any

from IPython.core.compilerop import CachingCompiler
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets import Type
from traitlets.config import Config

from workings.page import Cell
from workings.running.frames import Cleared, Showed
from workings.running.reads import SCRIPT
from workings.running.tracebacks import file_of, register_source, with_callers

_SCRIPTS = frozenset({"bash", "perl", "python", "python3", "ruby", "script", "sh"})
"""The cell magics of IPython that run their cell in another program."""
_REWRITTEN = 16
"""Runs after which Python's adaptive interpreter has specialised most of what it will."""
Send = Callable[[Showed | Cleared], None]


class CellCompiler(CachingCompiler):
    """Compiles a cell under its page's name and at its page's lines."""

    cell: Cell | None = None

    def cache(self, transformed_code: str, number: int = 0, raw_code: str | None = None) -> str:
        """Name the code after its page, and keep the lines the author wrote rather than what IPython made of them."""
        if self.cell is None:
            return super().cache(transformed_code, number, raw_code)
        register_source(self.cell)
        return file_of(self.cell)

    def ast_parse(self, source: str, filename: str = "<unknown>", symbol: str = "exec") -> Any:
        """Parse with as many empty lines in front as the page has."""
        return super().ast_parse("\n" * self._lines_before(source) + source, filename, symbol)

    def __call__(self, source: Any, filename: str, symbol: str, **options: Any) -> Any:
        """Compile; what `%time` and its like call `<timed exec>` is still the page's."""
        name = file_of(self.cell) if self.cell is not None and filename.startswith("<timed") else filename
        return super().__call__(source, name, symbol, **options)

    def _lines_before(self, source: str) -> int:
        """Lines above this code: a whole cell without the empty lines it begins with, or what `%%time` has below it."""
        if self.cell is None:
            return 0
        code = self.cell.code
        above, found, _ = code.partition(source.strip("\n"))
        empty = code[: len(code) - len(code.lstrip())]  # not found, as magics were put in other words
        return self.cell.place.line - 1 + (above if found else empty).count("\n")


class Publisher(DisplayPublisher):
    """Sends what `display` is given."""

    def publish(  # type: ignore[no-untyped-def] # IPython's signature
        self,
        data,
        metadata=None,
        source=None,  # noqa: ARG002
        *,
        transient=None,
        update=False,
        **kwargs,  # noqa: ARG002
    ) -> None:
        """Send a display, or a new version of one with a name."""
        name = (transient or {}).get("display_id")
        self.shell.send_display(data, metadata, display_id=name, update=update)

    def clear_output(self, wait: bool = False) -> None:  # noqa: FBT001, FBT002 - IPython's signature
        """Take back what the cell has shown."""
        self.shell.send_clear(wait=wait)


class ResultHook(DisplayHook):
    """Sends the value of a cell's last expression."""

    def write_output_prompt(self) -> None:
        """The prompt is the page's affair."""

    def write_format_data(self, format_dict, md_dict=None) -> None:  # type: ignore[no-untyped-def]
        """Send the value in all the forms it has."""
        shell: CellShell = self.shell  # type: ignore[assignment]
        shell.send_display(format_dict, md_dict, result=True)

    def log_output(self, format_dict) -> None:  # type: ignore[no-untyped-def]
        """Nothing is kept beside `Out`."""

    def finish_displayhook(self) -> None:
        """Write nothing around the value."""
        self._is_active = False


class CellShell(InteractiveShell):
    """A shell without terminal, history file or traceback printer."""

    compiler_class = Type(CellCompiler)
    display_pub_class = Type(Publisher)
    displayhook_class = Type(ResultHook)

    send: Send
    before_showing: Callable[[], None]
    passed_over: BaseException | None = None
    """The first exception of the cell that IPython would show; it goes on from a value that can't be shown."""

    def run(self, cell: Cell) -> BaseException | None:
        """Run a cell; return the exception that ended it."""
        self.compile.cell = cell  # type: ignore[attr-defined]
        self.passed_over = None
        self.execution_count = cell.prompt
        result = self.run_cell(cell.code, store_history=True)  # type: ignore[no-untyped-call]
        error: BaseException | None = result.error_before_exec or result.error_in_exec
        return error

    def send_display(  # noqa: D102
        self,
        data: dict[str, Any],
        metadata: dict[str, Any] | None,
        *,
        result: bool = False,
        display_id: str | None = None,
        update: bool = False,
    ) -> None:
        self.before_showing()
        self.send(
            Showed(
                data=json_only({kind: _encoded(value) for kind, value in data.items()}),
                metadata=json_only(metadata or {}),
                result=result,
                display_id=None if display_id is None else ascii(display_id),
                update=update,
            )
        )

    def send_clear(self, *, wait: bool) -> None:  # noqa: D102
        self.before_showing()
        self.send(Cleared(wait=wait))

    def run_cell_magic(self, magic_name: str, line: str, cell: str) -> Any:
        """Run a cell magic; programs that a cell is a script of read it from a pipe, so nobody else is told of it."""
        if magic_name in _SCRIPTS:
            sys.audit(SCRIPT, magic_name, cell)
        return super().run_cell_magic(magic_name, line, cell)  # type: ignore[no-untyped-call]

    def ask_exit(self) -> None:
        """End like `sys.exit()`, which is what `exit()` and `quit` mean in a script."""
        raise SystemExit

    def enable_gui(self, gui: str | None = None) -> None:
        """There is no window, and `%matplotlib` needs none."""

    def enable_matplotlib(self, gui: str | None = None) -> tuple[str | None, str]:
        """Figures are shown whatever is asked for."""
        return gui, "inline"

    @contextlib.contextmanager
    def _tee(self, channel: str) -> Iterator[None]:  # noqa: ARG002
        """Streams are caught at their descriptors, not by patching `write`."""
        yield

    def showtraceback(self, exc_tuple: Any = None, *_args: object, **_kwargs: object) -> None:
        """Print nothing, as failures are values of ours; `%debug` and `pdb.pm()` know what failed last."""
        with contextlib.suppress(ValueError):  # there is no exception
            self._get_exc_info(exc_tuple)  # type: ignore[no-untyped-call]
        error = sys.exc_info()[1] if exc_tuple is None else exc_tuple[1]
        if error is not None and self.passed_over is None:
            self.passed_over = with_callers(error, self.compile.cell)  # type: ignore[attr-defined]

    def _format_exception_for_storage(self, exception: BaseException, *_args: object, **_kwargs: object) -> Any:
        """Keep no traceback for `%notebook`: to make one takes more imports, and longer, than most cells do."""
        return {"ename": type(exception).__name__, "evalue": "", "traceback": []}

    def showsyntaxerror(self, *_args: object, **_kwargs: object) -> None:
        """Print nothing of a syntax error either."""
        self.showtraceback()

    showindentationerror = showsyntaxerror


def make_shell() -> CellShell:
    """Make the one shell of this process; history is off from the start, or it would open a thread and a database."""
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    config.InteractiveShell.xmode = "Plain"
    shell: CellShell = CellShell.instance(config=config)
    warnings.filterwarnings("ignore", message="To exit: use 'exit'")  # said of `sys.exit()` in a terminal
    return shell


def use(shell: CellShell, code: str) -> None:
    """Have the shell, and whatever runs the code of a cell, make what they make at a first cell and a first value.

    Python rewrites code that has run a few times: here once, and not in each page's own copy of the memory it is in.
    """
    for _ in range(_REWRITTEN):
        shell.run_cell(code, store_history=False)  # type: ignore[no-untyped-call]
        assert shell.display_formatter is not None  # noqa: S101
        shell.display_formatter.format(None)  # type: ignore[no-untyped-call]


def json_only(values: dict[str, Any]) -> dict[str, Any]:
    """The same values as JSON knows them: text keys, no lone surrogates, and `str` of what is not JSON."""
    text = json.dumps(values, default=str, ensure_ascii=False, skipkeys=True)
    clean = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    decoded: dict[str, Any] = json.loads(clean, parse_constant=str)
    return decoded


def _encoded(value: object) -> object:
    return base64.b64encode(value).decode("ascii") if isinstance(value, bytes) else value
