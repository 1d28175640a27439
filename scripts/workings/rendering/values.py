"""Values in prose as HTML: what cells have computed, in the place of the expression."""

import re
from collections.abc import Sequence

from workings.outputs import CellRecord, Record
from workings.reading.values import Shown
from workings.rendering.text import escaped

_ON_THE_WAY = frozenset({"running", "waiting"})


def with_values(html: str, values: Sequence[Shown], record: Record | None, *, nonce: str) -> str:
    """The HTML with a value in place of each mark."""
    mark = re.compile(rf'<span data-workings="{re.escape(nonce)}-v(\d{{1,9}})"></span>')

    def put(match: re.Match[str]) -> str:
        number = int(match[1])
        return value_html(values[number], record) if number < len(values) else ""

    return mark.sub(put, html) if values else html


def value_html(value: Shown, record: Record | None) -> str:
    """The text of a value, in the author's sentence; its expression, where it was not computed."""
    cell = record.cells[value.cell - 1] if record is not None and value.cell <= len(record.cells) else None
    if cell is not None and value.index < len(cell.values):
        return f'<span class="wk-value"><bdi>{escaped(cell.values[value.index])}</bdi></span>'
    return _missing(value, cell)


def _missing(value: Shown, cell: CellRecord | None) -> str:
    if cell is not None and cell.outcome in _ON_THE_WAY:
        return '<span class="wk-value wk-value-awaited">…</span>'
    said = ' title="Not computed"' if cell is not None else ""
    return f'<code class="wk-value-missing"{said}>{escaped(value.expression)}</code>'
