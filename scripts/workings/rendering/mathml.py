"""The formulas of one page as MathML: numbered, linked and checked, so that a browser needs no script to draw them."""

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from math_core import LatexError, LatexToMathML
from msgspec import Struct
from msgspec.structs import replace

from workings.errors import SourceError
from workings.place import Place

NAME = re.compile(r"(?:eq|def):[A-Za-z0-9][A-Za-z0-9.-]*")
WIDE = 24
"""Signs in one row of a formula from which it may not fit a phone of 320 px, where it scrolls in its own box."""

LONGEST = 4_000
"""Characters of a formula: far deeper ones exhaust the stack of the converter, which ends the whole process."""
MOST_OPEN = 12
"""Delimiters of a formula that are never closed: the converter's time doubles with each of them."""

_LABEL = re.compile(r"\\label\s*\{([^{}]*)\}")
_REFERENCE = re.compile(r"\\(eq)?ref\s*\{([^{}]*)\}")
_NUMBERED = re.compile(r"\\begin\s*\{(?:equation|align|gather|multline)\}")
_ERROR = re.compile(r"(?:input\d+:)?(\d+): (.*)", re.DOTALL)
_NUMBER = re.compile(r'(?: id="([^"]*)")?><mtext>\(([^<]*)\)</mtext></mtd></mtr>')
_LINK = re.compile(r'<a href="#([^"]*)">[^<]*</a>')
_BARE = "bare:"
_DEFINES = re.compile(r"\\(?:def|let|(?:re)?newcommand|providecommand)(?![A-Za-z])")
_SHOWN = 40
_DELIMITER = re.compile(
    r"(?P<open>[(\[]|\\\{|\\(?:l(?:angle|floor|ceil|vert|Vert|brack|brace|group|moustache|paren)|ulcorner|llcorner|llbracket)\b)"
    r"|(?P<close>[)\]]|\\\}|\\(?:r(?:angle|floor|ceil|vert|Vert|brack|brace|group|moustache|paren)|urcorner|lrcorner|rrbracket)\b)"
    r"|\\."
)


class Formula(Struct, frozen=True, kw_only=True):
    """One formula as the author wrote it, without its dollars."""

    tex: str
    display: bool
    place: Place
    """The line on which `tex` begins."""


class Reference(Struct, frozen=True, kw_only=True):
    r"""A `\\eqref{label}` or `\\ref{label}` in running text."""

    label: str
    place: Place


class Drawn(Struct, frozen=True, kw_only=True):
    """One formula as the page shows it."""

    mathml: str | None
    """None when the formula has a problem: the page then shows its TeX."""
    labels: tuple[str, ...] = ()
    """The anchors of the formula: several where it has several numbered lines."""
    number: str | None = None
    """The number to show beside it; None where it has none, or has numbered lines of its own."""
    wide: bool = False
    """Whether it may need to scroll on a phone."""
    lines: bool = False
    """Whether it has numbered lines of its own, and so takes the page's whole width."""


class DrawnPage(Struct, frozen=True, kw_only=True):
    """All formulas of a page, in the order they came, and all that is wrong with them."""

    formulas: tuple[Drawn, ...]
    numbers: dict[str, str]
    """The number of each label, as text without parentheses."""
    problems: tuple[SourceError, ...]
    lines: dict[str, int]
    """The line on which each label stands."""


def draw_page(formulas: Sequence[Formula], references: Sequence[Reference] = ()) -> DrawnPage:
    """Convert a page's formulas, number those with a label, and check the labels that formulas and prose refer to."""
    named = _labels(formulas)
    checked = [_label_problems(formula, named) for formula in formulas]
    checked = [[*found, *_unknown(formula, named)] for found, formula in zip(checked, formulas, strict=True)]
    converter = LatexToMathML(fancy_error=False)
    numbers: dict[str, str] = {}
    drawn = [_draw(converter, formula, numbers) for formula in formulas]
    problems = [*_flat(checked), *(one for one in drawn if isinstance(one, SourceError))]
    problems += [_unknown_label(use.label, use.place, named) for use in references if use.label not in named]
    good = [
        one if isinstance(one, Drawn) and not found else Drawn(mathml=None)
        for one, found in zip(drawn, checked, strict=True)
    ]
    return DrawnPage(
        formulas=tuple(_referring(one, numbers) for one in good),
        numbers=numbers,
        problems=tuple(sorted(problems, key=lambda problem: problem.place.line)),
        lines={label: place.line for label, place in named.items() if NAME.fullmatch(label)},
    )


def _flat(found: Iterable[list[SourceError]]) -> list[SourceError]:
    return [problem for problems in found for problem in problems]


def _labels(formulas: Sequence[Formula]) -> dict[str, Place]:
    """Every label of the page with the place where it stands first."""
    named: dict[str, Place] = {}
    for formula in formulas:
        for match in _LABEL.finditer(formula.tex):
            named.setdefault(match[1], _at(formula, match.start()))
    return named


def _at(formula: Formula, offset: int) -> Place:
    """The line of a formula that holds this character of its TeX."""
    return formula.place.moved(formula.tex.count("\n", 0, offset))


def _label_problems(formula: Formula, named: dict[str, Place]) -> list[SourceError]:
    r"""All that is wrong with the `\\label`s of one formula."""
    found, seen = [], set()
    for match in _LABEL.finditer(formula.tex):
        label, place = match[1], _at(formula, match.start())
        if not formula.display:
            found.append(SourceError(place, f"the label {label!r} needs a formula of its own: write $$...$$ around it"))
        elif not NAME.fullmatch(label):
            hint = "name it eq:name or def:name, with letters, digits, '-' and '.'"
            found.append(SourceError(place, f"{label!r} can't be a label: {hint}"))
        elif named[label] != place or label in seen:
            first = named[label]
            found.append(SourceError(place, f"the label {label!r} is taken by the formula at {first}: rename one"))
        seen.add(label)
    if len(seen) > 1 and not _NUMBERED.search(formula.tex):
        hint = "number its lines with \\begin{align}...\\end{align}"
        found.append(SourceError(formula.place, f"a formula has one label, this one has {len(seen)}: {hint}"))
    return found


def _unknown(formula: Formula, named: dict[str, Place]) -> list[SourceError]:
    """The references of a formula that lead nowhere."""
    uses = _REFERENCE.finditer(formula.tex)
    return [_unknown_label(use[2], _at(formula, use.start()), named) for use in uses if use[2] not in named]


def _unknown_label(label: str, place: Place, named: dict[str, Place]) -> SourceError:
    near = get_close_matches(label, named, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"give a formula \\label{{{label}}}"
    return SourceError(place, f"no formula on this page has the label {label!r} ({hint})")


def _draw(converter: LatexToMathML, formula: Formula, numbers: dict[str, str]) -> Drawn | SourceError:
    """Convert one formula, and add its numbers to those of the page, which the converter counts."""
    labels = tuple(match[1] for match in _LABEL.finditer(formula.tex))
    if problem := _too_much(formula):
        return problem
    alone = bool(labels) and formula.display and not _NUMBERED.search(formula.tex)
    number = _next_number(converter) if alone else None
    try:
        mathml = converter.convert_with_global_state(_plain(formula.tex), displaystyle=formula.display)
    except LatexError as error:
        return _bad_tex(formula, str(error))
    mathml = mathml.replace("&ApplyFunction;", "\u2061")  # the only named entity, and XML knows none
    inner = {match[1]: match[2] for match in _NUMBER.finditer(mathml) if match[1]}
    for label, its_number in (dict.fromkeys(labels, number) if number else inner).items():
        numbers.setdefault(label, its_number)
    mathml = _NUMBER.sub(r"><mtext>(\2)</mtext></mtd></mtr>", mathml)
    wide, lines = _widest_row(mathml) > WIDE, 'style="width: 100%"' in mathml
    return Drawn(mathml=mathml, labels=labels, number=number, wide=wide, lines=lines)


def _too_much(formula: Formula) -> SourceError | None:
    """What would stop or end the converter."""
    if len(formula.tex) > LONGEST:
        return SourceError(formula.place, f"a formula may have {LONGEST} characters, this one has {len(formula.tex)}")
    # A command that opens a delimiter can open any number of them.
    most = 0 if _DEFINES.search(formula.tex) else MOST_OPEN
    if (count := _never_closed(formula.tex)) > most:
        hint = "close them, or split it"
        return SourceError(formula.place, f"delimiters of this formula that are never closed: {count}; {hint}")
    return None


def _never_closed(tex: str) -> int:
    """The number of delimiters without a partner, of whatever kind: groups are no bounds for the converter either."""
    count = lost = 0
    for match in _DELIMITER.finditer(tex):
        count += {"open": 1, "close": -1}.get(match.lastgroup or "", 0)
        lost = min(lost, count)
    return count - lost


def _next_number(converter: LatexToMathML) -> str:
    """Let the converter count one more equation, so that it and the numbered lines of `align` share one counter."""
    match = _NUMBER.search(converter.convert_with_global_state(r"\begin{equation}\end{equation}", displaystyle=True))
    return match[2] if match else "?"


def _plain(tex: str) -> str:
    """The TeX that the converter knows: no label where the number stands outside, and a mark for numbers without ().

    Its lines are those of the author's TeX, so that an offset in it still tells the line.
    """
    tex = tex if _NUMBERED.search(tex) else _LABEL.sub(lambda match: "\n" * match[0].count("\n"), tex)
    return _REFERENCE.sub(lambda match: f"\\eqref{{{'' if match[1] else _BARE}{match[2]}}}", tex)


def _bad_tex(formula: Formula, message: str) -> SourceError:
    """The converter's error in one plain line, at the line of the TeX that it is about."""
    match = _ERROR.fullmatch(message)
    offset, what = (int(match[1]), match[2]) if match else (0, message)
    shown = " ".join(formula.tex.split())
    shown = shown if len(shown) <= _SHOWN else f"{shown[: _SHOWN - 1]}…"
    what = " ".join(what.split()).rstrip(".")
    place = formula.place.moved(_plain(formula.tex).count("\n", 0, offset))
    return SourceError(place, f"bad TeX: {what}; mend the formula {shown}")


def _widest_row(mathml: str) -> int:
    """The number of signs in the longest row of a formula."""
    return max(len(re.sub(r"<[^>]*>|&\w+;", "", row)) for row in mathml.split("</mtr>"))


def _referring(drawn: Drawn, numbers: dict[str, str]) -> Drawn:
    """The same formula with the numbers that it refers to, also further down; a link in a formula can't be reached."""
    if drawn.mathml is None:
        return drawn

    def number(match: re.Match[str]) -> str:
        bare = match[1].startswith(_BARE)
        found = numbers.get(match[1].removeprefix(_BARE), "?")
        return found if bare else f"({found})"

    return replace(drawn, mathml=_LINK.sub(number, drawn.mathml))
