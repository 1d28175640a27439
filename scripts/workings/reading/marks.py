"""What stands in a page's HTML for something of ours, until the page is whole."""

import hashlib
import re
from collections.abc import Callable

ATTRIBUTE = "data-workings"


def make_nonce(path: str, text: str) -> str:
    """A word that no page holds but this one, and the same at every build, so that pages are the same bytes."""
    return hashlib.sha256(f"{path}\n{text}".encode(errors="surrogatepass")).hexdigest()[:16]


def element(nonce: str, name: str) -> str:
    """An element of the page, in the place of a cell."""
    return f'<div {ATTRIBUTE}="{nonce}-{name}"></div>'


def inline(nonce: str, number: int) -> str:
    """An element in running text, in the place of a value."""
    return f'<span {ATTRIBUTE}="{nonce}-v{number}"></span>'


def word(nonce: str, kind: str, number: int) -> str:
    """A word in running text, made so that no Markdown extension makes something else of it."""
    return f"{nonce}{kind}{number}e"


def pattern(nonce: str, kind: str) -> str:
    """A regular expression for the words of that kind, with their number as its group."""
    return rf"{nonce}{kind}(\d+)e"


def words(nonce: str, kind: str, text: str) -> set[int]:
    """The numbers of the words of that kind in a text."""
    return {int(number) for number in re.findall(pattern(nonce, kind), text)}


def without_words(nonce: str, text: str, kind: str = "[a-z]") -> str:
    """The text as it was before words, or those of one kind, were written into it."""
    return re.sub(pattern(nonce, kind), "", text)


def replace(html: str, nonce: str, put: Callable[[str], str]) -> str:
    """Put something in the place of each element, by its name, and take all words out."""
    return without_words(nonce, re.sub(element(nonce, r"(\w+)"), lambda match: put(match[1]), html))
