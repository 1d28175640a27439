"""Styles of terminal text: what "select graphic rendition" sequences ask for, as CSS classes.

All colours become one of sixteen, because only these have values for both colour schemes of a page.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

Colour = tuple[int, int, int]

SIXTEEN: tuple[Colour, ...] = (
    *((0, 0, 0), (205, 0, 0), (0, 205, 0), (205, 205, 0), (0, 0, 238), (205, 0, 205), (0, 205, 205), (229, 229, 229)),
    *((127, 127, 127), (255, 0, 0), (0, 255, 0), (255, 255, 0), (92, 92, 255), (255, 0, 255), (0, 255, 255)),
    (255, 255, 255),
)
"""The sixteen colours of xterm, in the order of their numbers."""

STEPS = (0, 95, 135, 175, 215, 255)
TERMINAL: tuple[Colour, ...] = (
    *SIXTEEN,
    *((red, green, blue) for red in STEPS for green in STEPS for blue in STEPS),
    *((grey, grey, grey) for grey in range(8, 248, 10)),
)
"""The 256 colours of xterm."""

FOREGROUNDS = {39: None} | {30 + n: n for n in range(8)} | {90 + n: 8 + n for n in range(8)}
BACKGROUNDS = {code + 10: colour for code, colour in FOREGROUNDS.items()}
STARTED = {1: "bold", 2: "dim", 3: "italic", 4: "underline", 7: "inverse", 9: "strike"}
ENDED = {22: {"bold", "dim"}, 23: {"italic"}, 24: {"underline"}, 27: {"inverse"}, 29: {"strike"}}
RESET, FOREGROUND, BACKGROUND = 0, 38, 48
BY_NUMBER, BY_CHANNELS = 5, 2
"""How a colour beyond the sixteen is given after code 38 or 48."""
PARAMETERS = re.compile(r"[0-9;:]{0,200}")


@dataclass(frozen=True)
class Style:
    """How a run of characters is shown: colours by their number among the sixteen."""

    foreground: int | None = None
    background: int | None = None
    flags: frozenset[str] = frozenset()

    @property
    def classes(self) -> str:
        """The CSS classes of this style, in one order whatever the order of the sequences."""
        names = [f"wk-ansi-{flag}" for flag in sorted(self.flags)]
        if self.foreground is not None:
            names.append(f"wk-ansi-{self.foreground}")
        if self.background is not None:
            names.append(f"wk-ansi-bg-{self.background}")
        return " ".join(names)


PLAIN = Style()


@lru_cache(maxsize=1024)
def restyled(style: Style, parameters: str) -> Style:
    """The style after a sequence with these parameters; what is no number changes nothing."""
    if not PARAMETERS.fullmatch(parameters):
        return style
    codes = iter([int(code[:4] or 0) for code in re.split("[;:]", parameters)])
    for code in codes:
        style = changed(style, code, codes)
    return style


def changed(style: Style, code: int, rest: Iterator[int]) -> Style:
    """The style after one code; 38 and 48 take their colour from the codes that follow."""
    if code == RESET:
        return PLAIN
    if code in STARTED:
        return replace(style, flags=style.flags | {STARTED[code]})
    if code == FOREGROUND or code in FOREGROUNDS:
        return replace(style, foreground=given_colour(rest) if code == FOREGROUND else FOREGROUNDS[code])
    if code == BACKGROUND or code in BACKGROUNDS:
        return replace(style, background=given_colour(rest) if code == BACKGROUND else BACKGROUNDS[code])
    return replace(style, flags=style.flags - ENDED.get(code, set()))


def given_colour(codes: Iterator[int]) -> int | None:
    """The nearest of the sixteen to a colour given by its number or its channels, or None if it is neither."""
    kind = next(codes, None)
    if kind == BY_CHANNELS:
        return nearest((next(codes, 0), next(codes, 0), next(codes, 0)))
    number = next(codes, len(TERMINAL)) if kind == BY_NUMBER else len(TERMINAL)
    return nearest(TERMINAL[number]) if number < len(TERMINAL) else None


def nearest(colour: Colour) -> int:
    """The number of the nearest among the sixteen."""
    return min(range(len(SIXTEEN)), key=lambda number: distance(SIXTEEN[number], colour))


def distance(one: Colour, other: Colour) -> int:
    """How far two colours are apart."""
    return sum((a - b) ** 2 for a, b in zip(one, other, strict=True))
