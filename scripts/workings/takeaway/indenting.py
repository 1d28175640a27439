"""Code that is put into something: indented, but for the lines of texts that it holds."""

import io
import tokenize


def indented(code: str, columns: int = 4) -> str:
    """The code, further to the right; what stands in a string of several lines stays as it is."""
    inside = _inside_strings(code)
    return "\n".join(
        " " * columns + line if line.strip() and number not in inside else line
        for number, line in enumerate(code.split("\n"), 1)
    )


def _inside_strings(code: str) -> set[int]:
    """The lines that begin within a string."""
    found: set[int] = set()
    start: list[int] = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(code).readline):
            name = tokenize.tok_name[token.type]
            if name.endswith("STRING_START"):
                start.append(token.start[0])
            elif name.endswith("STRING_END"):
                found.update(range(start.pop() + 1, token.end[0] + 1))
            elif name == "STRING":
                found.update(range(token.start[0] + 1, token.end[0] + 1))
    except (tokenize.TokenError, SyntaxError):
        return found
    return found
