"""TeX that a cell made, as MathML: an output, so bad TeX is shown as it is written and fails nothing."""

import re
from html import escape

from workings.place import Place
from workings.rendering.mathml import Formula, draw_page

LONGEST = 4_000
"""Characters of one formula that are converted: a deeper one could exhaust the stack of the converter."""

DELIMITED = re.compile(r"\s*(?:\$\$(.*)\$\$|\\\[(.*)\\\]|\$(.*)\$|\\\((.*)\\\))\s*", re.DOTALL)
NUMBERED = re.compile(r"\\(begin|end)\s*\{(equation|align|gather|multline)\}")
NAMED = re.compile(r"\\(?:label|(?:eq)?ref)\b")
NOWHERE = Place(path="output")


def formula_html(tex: str, *, display: bool = False) -> str:
    r"""TeX with or without its dollars as MathML, or as it is written when it can't be read.

    Only `$$...$$` and `\[...\]` are displayed unless all formulas are.
    """
    found = DELIMITED.fullmatch(tex)
    bare = next(part for part in found.groups() if part is not None) if found else tex
    displayed = display or bool(found and (found[1] is not None or found[2] is not None))
    mathml = drawn(bare.strip(), display=displayed) if len(bare) <= LONGEST else None
    return mathml or f'<code class="wk-tex">{escape(tex.strip(), quote=False)}</code>'


def drawn(tex: str, *, display: bool) -> str | None:
    """The formula as MathML without numbers, which belong to the formulas of the page; None for bad TeX."""
    if not tex or NAMED.search(tex):
        return None
    plain = NUMBERED.sub(r"\\\1{\2*}", tex)
    return draw_page([Formula(tex=plain, display=display, place=NOWHERE)]).formulas[0].mathml
