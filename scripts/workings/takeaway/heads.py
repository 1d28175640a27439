"""How the lines begin that make more of the text below them: fences, admonitions, tabs, footnotes and the like."""

import re

ATTRIBUTE = r"""(?:[#.][\w:.-]+|[\w:-]+=(?:"[^"\n]*"|'[^'\n]*'|[^\s"'}]+))"""
ATTRIBUTES = rf"\{{:?[ ]*{ATTRIBUTE}(?:[ ]+{ATTRIBUTE})*[ ]*\}}"
"""A list of attributes in braces."""

FENCE = re.compile(r"(?P<indent> *)(?P<fence>`{3,}(?=[^`]*$)|~{3,})[ \t]*(?P<header>.*)")
ADMONITION = re.compile(
    r'(?P<indent> *)(?P<sign>!!!|\?\?\?\+?) ?(?P<kind>[\w-]+(?: +[\w-]+)*)?(?: +"(?P<title>.*)")?[ \t]*$', re.ASCII
)
TAB = re.compile(r'(?P<indent> *)===[!+]* +"(?P<title>.*?)"[ \t]*$')
BLOCK = re.compile(r"(?P<indent> *)(?P<slashes>/{3,}) *(?P<kind>[a-z][\w-]*)(?: *\| *(?P<title>.*?))?[ \t]*$")
QUOTE = re.compile(r"(?P<indent> *)>")
FOOTNOTE = re.compile(r" {0,3}\[\^(?P<name>[^\]]+)\]:[ ]?(?P<text>.*)")
COMMENT = re.compile(r" *<!--")
RAW = re.compile(r" {0,3}<(?P<tag>script|style|textarea|pre)\b", re.IGNORECASE)
ELEMENT = re.compile(
    r" {0,3}<(?P<tag>address|article|aside|blockquote|center|dd|details|div|dl|dt|fieldset|figcaption|figure|footer"
    r"|form|h[1-6]|header|li|main|nav|ol|p|section|table|tbody|td|tfoot|th|thead|tr|ul)\b[^>]*?\smarkdown(?:=(?P<how>\"[^\"]*\"|'[^']*'|\w+))?(?:\s[^>]*)?>",
    re.IGNORECASE,
)
"""An element whose content is Markdown."""
SUMMARY = re.compile(r"<summary[^>]*>(?P<title>.*?)</summary>", re.DOTALL)
"""The title of an element that folds."""
IS_OPEN = re.compile(r"\sopen(?=[\s>=])", re.IGNORECASE)
"""What an element that folds says if it is open."""
OPEN = re.compile(r" *open: *true\b", re.IGNORECASE)
"""What a block that folds says if it is open."""

ITEM = re.compile(r"(?P<indent> *)(?P<marker>[-*+]|(?P<number>\d{1,9})\.)(?P<gap> +)(?=\S)")
DEFINITION = re.compile(r" {0,3}:(?P<gap> {1,3})(?=\S)")
HEADING = re.compile(r"#{1,3}(?!#)[ \t]*\S")
DROPPED = re.compile(rf" *{ATTRIBUTES}[ \t]*$|\[TOC\][ \t]*$")
"""A line that says something of the page and shows nothing."""
ABBREVIATION = re.compile(r" {0,3}\*\[[^\]]+\]:")

_TITLE = re.compile(r"""(?<!\S)title=(["'])(?P<title>.*?)\1""")
_LANGUAGE = re.compile(r"(?:\{[ \t]*\.)?(?P<language>[\w#.+-]+)(?=[\s}]|$)")


def title_in(header: str) -> str:
    """The title that the header of a fence gives."""
    match = _TITLE.search(header)
    return match["title"] if match else ""


def language_in(header: str) -> str:
    """The language of a fence, without what else its header says."""
    match = _LANGUAGE.match(header)
    return match["language"] if match else ""
