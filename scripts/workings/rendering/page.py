"""A page's HTML with its cells and what they showed in their places."""

import re
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from workings.errors import SourceError
from workings.outputs import CellRecord, Provenance, Record
from workings.page import Cell
from workings.reading import Found
from workings.rendering.cells import Around, cell_html
from workings.rendering.lesson import Lesson, below_title
from workings.rendering.proofs import Proofs, link_back, numbers_in, proved, with_signs
from workings.rendering.standalone import Origin, standalone_button
from workings.rendering.text import escaped
from workings.rendering.values import with_values
from workings.settings import Settings

LIST = re.compile(r"<(/?)ol\b[^>]*>")
ANNOTATED = re.compile(r'class="c[1m]?">[^<]*\(\d+\)')
"""A comment of highlighted code with the number of an annotation, as Material for MkDocs reads them."""
SPOKEN = {"cpu": "CPU", "cuda": "CUDA", "mps": "MPS"}


class Link(Struct, frozen=True, kw_only=True):
    """A link at the foot of a page, to a copy of it."""

    label: str
    address: str
    leaves: bool = False
    """Whether it leads to another site, and not to a file to be kept."""


class Facts(Struct, frozen=True, kw_only=True):
    """What a site knows of a page, for its title, its cells and its foot."""

    lesson: Lesson = Lesson()
    copies: Sequence[Link] = ()
    texts: Mapping[int, str] = {}
    """What a reader copies of those cells that need more than their own code, by the cell's number."""
    origin: Origin = Origin("")
    """Where these texts say that they are from."""


class Context(Struct, frozen=True, kw_only=True):
    """What all cells of a page are shown with."""

    settings: Settings
    proofs: Proofs
    facts: Facts


NONE = Facts()


def fill(html: str, found: Found, record: Record | None, *, settings: Settings, facts: Facts = NONE) -> str:
    """The page with a cell in place of each mark, and lines at its foot: where it ran, and links to its copies.

    The HTML is read once and outputs are never read again, so nothing that a cell printed can be taken for a mark.
    """
    proofs = Proofs(cells=proved(found.page, record), numbers=numbers_in(html))
    html = with_values(below_title(html, facts.lesson), found.values, record, nonce=found.nonce)
    context = Context(settings=settings, proofs=proofs, facts=facts)
    filled = "".join(parts(html, found, record, context))
    problems = problems_html(found.problems) if settings.errors == "show" else ""
    return f"{problems}{filled}{foot_line(record, facts.copies)}"


def enclosed(html: str, found: Found) -> str:
    """The page's HTML between two marks, by which it is found in what a template makes of it."""
    first, last = _edges(found)
    return f"{first}{html}{last}"


def fill_enclosed(whole: str, found: Found, record: Record | None, *, settings: Settings, facts: Facts = NONE) -> str:
    """The same for a page's HTML that stands, between its marks, in something larger."""
    first, last = _edges(found)
    before, _, rest = whole.partition(first)
    html, closed, after = rest.partition(last)
    return f"{before}{fill(html, found, record, settings=settings, facts=facts)}{after}" if closed else whole


def _edges(found: Found) -> tuple[str, str]:
    return f"<!--workings {found.nonce} begins-->", f"<!--workings {found.nonce} ends-->"


def parts(html: str, found: Found, record: Record | None, context: Context) -> Iterator[str]:
    """The page's HTML between marks, and the cells that stand for them, in turn."""
    cells = {cell.number: cell for cell in found.page.cells}
    mark = re.compile(rf'<div data-workings="{re.escape(found.nonce)}-(\d{{1,9}})">\s*</div>')
    position = 0
    while match := mark.search(html, position):
        yield with_signs(html[position : match.start()], context.proofs)
        position, cell = match.end(), cells.get(int(match[1]))
        if cell is None:
            continue
        code = found.code.get(cell.number, "")
        end = annotations_end(html, position) if ANNOTATED.search(code) else position
        # A cell may stand in an annotation: the list is filled like the page.
        annotations = "".join(parts(html[position:end].lstrip(), found, record, context))
        position = end
        around = Around(
            annotations=annotations,
            foot=link_back(cell, context.proofs),
            button=standalone_button(cell, context.facts.texts, context.facts.origin),
            trusted=context.settings.html == "trusted",
        )
        yield cell_html(cell, code, cell_record(record, cell), around)
    yield with_signs(html[position:], context.proofs)


def annotations_end(html: str, start: int) -> int:
    """Where the ordered list that begins here ends, lists within it included; `start` if none begins here."""
    opening = re.compile(r"\s*(?=<ol\b)").match(html, start)
    depth = 0
    for tag in LIST.finditer(html, opening.end()) if opening else ():
        depth += -1 if tag[1] else 1
        if depth == 0:
            return tag.end()
    return start


def cell_record(record: Record | None, cell: Cell) -> CellRecord | None:
    """What the record has of this cell."""
    return record.cells[cell.number - 1] if record is not None and cell.number <= len(record.cells) else None


def problems_html(problems: Sequence[SourceError]) -> str:
    """A box with all that is wrong with the page's source."""
    if not problems:
        return ""
    lines = "".join(f"<li>{escaped(str(problem))}</li>" for problem in problems)
    return (
        f'<div class="wk-failure wk-problems" role="alert"><p class="wk-what"><strong>This page has to be mended'
        f"</strong></p><ul>{lines}</ul></div>"
    )


def foot_line(record: Record | None, copies: Sequence[Link]) -> str:
    """The line that says where the page ran, if a cell of it did, and below it its copies, if it has any."""
    ran = record is not None and any(cell.outcome in {"passed", "failed"} for cell in record.cells)
    is_over = record is not None and bool(record.provenance.backend)
    said = [escaped(ran_on(record.provenance))] if record is not None and ran and is_over else []
    said += [f"Take it with you: {' · '.join(map(link_html, copies))}"] if copies else []
    return f'<p class="wk-ran" data-search-exclude>{"<br>".join(said)}</p>' if said else ""


def link_html(link: Link) -> str:
    """A link to a copy: a file to be kept, or a place that opens it."""
    return f'<a href="{escaped(link.address)}"{"" if link.leaves else " download"}>{escaped(link.label)}</a>'


def ran_on(provenance: Provenance) -> str:
    """Where and with what a page ran: `Ran on CPU, torch 2.13.0, seed 0`."""
    backend = SPOKEN.get(provenance.backend, provenance.backend)
    device = backend if backend == "CPU" or not provenance.device else f"{provenance.device} ({backend})"
    # The wheel's own mark, as in 2.13.0+cpu, says the backend once more.
    torch = f", torch {provenance.torch.partition('+')[0]}" if provenance.torch else ""
    return f"Ran on {device}{torch}, seed {provenance.seed}"
