"""Quizzes are read wherever a page can have one, and what is wrong with one is told with its line."""

# ruff: noqa: E501 - a case of a table is one line, however long

import json
import re
from pathlib import Path

import pytest
from markdown import Markdown

from workings.math_extension import MathExtension
from workings.reading import CellFinder, Choice, Found, Quiz, Source, find_cells, load_source
from workings.reading.quizzes import split
from workings.rendering.quizzes import without_choices

EXTENSIONS = [
    "toc",
    "admonition",
    "attr_list",
    "footnotes",
    "md_in_html",
    "pymdownx.blocks.admonition",
    "pymdownx.details",
    "pymdownx.superfences",
    "pymdownx.tabbed",
    "pymdownx.tasklist",
]
CONFIGS = {"pymdownx.tabbed": {"alternate_style": True}}
QUIZ = '!!! quiz "Why?"\n    - [ ] a: no\n    - [x] b: yes\n'


def page(text: str) -> Source:
    """A page of that text."""
    return Source(path="docs/a.md", root=Path("/nowhere"), text=text)


def convert(text: str, extensions: list[str] | None = None) -> tuple[str, Found]:
    """The HTML of a page of that text, and what is found in it."""
    known = EXTENSIONS if extensions is None else extensions
    formulas, finder = MathExtension(), CellFinder(page(text))
    md = Markdown(extensions=[*known, formulas], extension_configs={n: c for n, c in CONFIGS.items() if n in known})
    finder.install(md)
    formulas.expect(page(text))
    return md.convert(text), finder.found()


def quizzes(text: str) -> tuple[Quiz, ...]:
    """The quizzes of a page that has nothing wrong with it, as pytest and the command line find them."""
    found = find_cells(page(text), extensions=EXTENSIONS, configs=CONFIGS)
    assert found.problems == ()
    return found.quizzes


def said(text: str) -> list[str]:
    """The problems of a page, without its path; the same ones in the page's HTML and without it."""
    problems = [str(each) for each in find_cells(page(text), extensions=EXTENSIONS, configs=CONFIGS).problems]
    assert [str(each) for each in convert(text)[1].problems] == problems
    return [problem.removeprefix("docs/a.md:") for problem in problems]


def test_a_quiz_is_a_question_and_choices() -> None:
    """What an author wrote is known with its lines: the question, each choice, why, and which ones are right."""
    text = 'Words.\n\n!!! quiz "What is `A @ B`?"\n    - [ ] `(4, 4)`: the inner\n      vanish.\n    - [x] `(3, 2)`:\n      *they* remain.\n\nWords.\n'
    (quiz,) = quizzes(text)
    assert (str(quiz.place), quiz.first, quiz.last, quiz.name, quiz.right) == ("docs/a.md:3", 3, 7, "quiz-1", 1)
    assert quiz.question == "What is `A @ B`?"
    assert quiz.choices == (
        Choice(text="`(4, 4)`", why="the inner\nvanish.", is_right=False),
        Choice(text="`(3, 2)`", why="*they* remain.", is_right=True),
    )


@pytest.mark.parametrize(
    ("text", "choice", "why"),
    [
        ("a: b", "a", "b"),
        ("a: b: c", "a", "b: c"),
        ("a:b: c", "a:b", "c"),
        ("a:\nb", "a", "b"),
        ("`x[1: 2]`: b", "`x[1: 2]`", "b"),
        ("``a ` : ``: b", "``a ` : ``", "b"),
        (r"\`a: b`", r"\`a", "b`"),
        ("$f: A \\to B$: b", "$f: A \\to B$", "b"),
        (r"\(f: A\): b", r"\(f: A\)", "b"),
        ("$$f: A$$: b", "$$f: A$$", "b"),
        ("5 $: not 6 $: b", "5 $", "not 6 $: b"),
        ("[a: b](c.md): d", "[a: b](c.md)", "d"),
        ('[a](b.md "c: d"): e', '[a](b.md "c: d")', "e"),
        ("[[0]: x](b(1).md): d", "[[0]: x](b(1).md)", "d"),
        ("[0, 1]: b", "[0, 1]", "b"),
        ('<abbr title="a: b">c</abbr>: d', '<abbr title="a: b">c</abbr>', "d"),
        ("a <!-- b: c --> d: e", "a <!-- b: c --> d", "e"),
        ("1 < 2: b > a", "1 < 2", "b > a"),
        ("**a**: b", "**a**", "b"),
        ("no colon", "no colon", ""),
        (": b", "", "b"),
        ("a:", "a", ""),
        ("[" * 200 + ": b", "[" * 200, "b"),
    ],
)
def test_the_explanation_follows_the_first_colon_before_a_space(text: str, choice: str, why: str) -> None:
    """A colon in code, in a formula, in a link or a tag is part of the choice, and so is one within a word."""
    assert split(text) == (choice, why)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (QUIZ, 1),
        (f"Words.\n{QUIZ}", 2),
        (f"---\ntitle: a\n---\n\n{QUIZ}", 5),
        ('!!! Quiz "Why?"\n\n    * [ ] a: no\n\n    * [X] b: yes\n', 1),
        ('!!! quiz "Why?"\n    <!-- - [ ] c: no -->\n\n    - [ ] a: no\n    - [x] b: yes\n\n    <!-- later -->\n', 1),
        ("- a\n\n" + re.sub("^", "    ", QUIZ, flags=re.MULTILINE), 3),
        (re.sub("^", "> ", QUIZ, flags=re.MULTILINE), 1),
        ('=== "Tab"\n\n' + re.sub("^", "    ", QUIZ, flags=re.MULTILINE), 3),
        ("!!! note\n\n    b\n\n" + re.sub("^", "    ", QUIZ, flags=re.MULTILINE), 5),
        (f"<div markdown>\n\n{QUIZ}\n</div>\n", 3),
        (QUIZ.replace("    ", "\t"), 1),
    ],
)
def test_a_quiz_stands_anywhere(text: str, line: int) -> None:
    """In lists, tabs, quotes, admonitions and HTML, with or without empty lines, a quiz is found on its line."""
    (quiz,) = quizzes(text)
    assert quiz.place.line == line
    assert quiz.choices == (Choice(text="a", why="no", is_right=False), Choice(text="b", why="yes", is_right=True))
    html, _ = convert(text)
    assert html.count("<summary>") == 2
    assert "[x]" not in html


def test_a_site_needs_no_admonitions_for_quizzes() -> None:
    """A quiz is one on a site without any extension."""
    assert convert(QUIZ, [])[0] == convert(QUIZ)[0]


def test_several_quizzes_are_told_apart() -> None:
    """Quizzes are numbered on their page, lists around them stay lists, and a heading gives way to their names."""
    text = f"# Quiz 1\n\n- [x] done\n\n{QUIZ}\n- [ ] a: b\n\n{QUIZ}"
    assert [(quiz.name, quiz.first) for quiz in quizzes(text)] == [("quiz-1", 5), ("quiz-2", 11)]
    html, _ = convert(text)
    assert re.findall(r'id="([\w-]+)"', html) == [
        "quiz-1_1", "quiz-1", "quiz-1-question", "quiz-2", "quiz-2-question",
    ]  # fmt: skip
    assert html.count('type="checkbox"') == 2


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('!!! quiz "Why?"\n    - [ ] a: no\n    - [?] b: yes\n', 3, "[?] is no mark: a choice begins with [x] and a space if"),
        ('!!! quiz "Why?"\n    - [] a: no\n    - [x] b: yes\n', 2, "[] is no mark"),
        ('!!! quiz "Why?"\n    - a: no\n    - [x] b: yes\n', 2, "this choice has no mark"),
        ('!!! quiz "Why?"\n    - [ ] a: no\n    - [x]b: yes\n', 3, "this choice has no mark"),
        ('!!! quiz "Why?"\n    - [ ] a: no\n    - [ ] b: no\n', 1, "no choice of this quiz is right"),
        ('a\n\n!!! quiz "Why?"\n    - [x] a: yes\n', 3, "a quiz has two choices or more"),
        ('!!! quiz "Why?"\n', 1, "a quiz has two choices or more"),
        ('!!! quiz "Why?"\n    - [x] a: yes\n    - [ ] b\n', 3, "this choice is not explained"),
        ('!!! quiz "Why?"\n    - [x] a: yes\n    - [ ] b:\n', 3, "this choice is not explained"),
        ('!!! quiz "Why?"\n    - [x] `a: b`\n    - [ ] b: c\n', 2, "this choice is not explained"),
        ('!!! quiz "Why?"\n    - [x] a: yes\n    - [ ] : no\n', 3, "there is nothing to choose here"),
        ("!!! quiz\n    - [x] a: yes\n    - [ ] b: no\n", 1, "this quiz asks nothing"),
        ('!!! quiz ""\n    - [x] a: yes\n    - [ ] b: no\n', 1, "this quiz asks nothing"),
        ('!!! quiz " "\n    - [x] a: yes\n    - [ ] b: no\n', 1, "this quiz asks nothing"),
        ('!!! quiz "Why?"\n    Words.\n\n    - [x] a: yes\n    - [ ] b: no\n', 2, "a quiz holds its question and its choices and nothing else"),
        ('!!! quiz "Why?"\n    - [x] a: yes\n    - [ ] b: no\n\n    Words.\n', 5, "a quiz holds its question"),
        ('!!! quiz "Why?"\n    1. [x] a: yes\n    2. [ ] b: no\n', 2, "a quiz holds its question"),
        ('!!! quiz "Why?"\n    - [x] a: yes\n    - [ ] b: no\n\n    ```python\n    1\n    ```\n', 5, "a quiz holds its question"),
        ('!!! quiz "Why?"\n    - [x] a: yes\n\n        More.\n\n    - [ ] b: no\n', 2, "a choice is one paragraph"),
        ('!!! quiz "Why?"\n    - [x] a: yes\n    - [ ] b: no\n        - c\n', 3, "a choice is one paragraph"),
        ('!!! quiz "Why?"\n    - [x] a: yes\n    - [ ] b: no\n\n        ```python\n        1\n        ```\n', 3, "a choice is one paragraph"),
        ('??? quiz "Why?"\n    - [x] a: yes\n    - [ ] b: no\n', 1, 'write a quiz as !!! quiz "question"'),
        ('???+ quiz "Why?"\n    - [x] a: yes\n    - [ ] b: no\n', 1, "write a quiz as"),
        ("a\n\n/// quiz | Why?\n- [x] a: yes\n///\n", 3, "write a quiz as"),
        ("/// admonition | Why?\n    type: quiz\n\n- [x] a: yes\n///\n", 2, "write a quiz as"),
        ("!!! quiz Why?\n    - [x] a: yes\n    - [ ] b: no\n", 1, "write a quiz as"),
        ('!!! quiz inline "Why?"\n    - [x] a: yes\n    - [ ] b: no\n', 1, "write a quiz as"),
        ('!!! note quiz "Why?"\n    - [x] a: yes\n    - [ ] b: no\n', 1, "write a quiz as"),
        ('- !!! quiz "Why?"\n        - [ ] a: no\n        - [x] b: yes\n', 1, "write a quiz as"),
        ('- a\n    - !!!  quiz "Why?"\n            - [x] a: yes\n', 2, "write a quiz as"),
    ],
)  # fmt: skip
def test_problems_name_line_and_remedy(text: str, line: int, words: str) -> None:
    """What an author gets wrong in a quiz is one error, on its line."""
    problems = said(text)
    assert len(problems) == 1, problems
    assert problems[0].startswith(f"{line}: {words}")


def test_every_wrong_choice_is_named() -> None:
    """Each choice has its own error; what a mark that is wrong may have meant is not counted."""
    text = (
        '!!! quiz "Why?"\n    - [y] a: no\n    - b: no\n    - [ ] c\n\n!!! quiz "b"\n    - [ ] a: b\n    - [ ] c: d\n'
    )
    assert [problem.partition(":")[0] for problem in said(text)] == ["2", "3", "4", "6"]


@pytest.mark.parametrize(
    "text",
    [
        f"<!--\n{QUIZ}-->\n",
        f"````markdown\n{QUIZ}````\n",
        re.sub("^", "    ", QUIZ, flags=re.MULTILINE),
        f"<textarea>\n{QUIZ}</textarea>\n",
        '!!! quizzes "a"\n    - [?] b\n',
        '!!! quiz-like "a"\n    - [?] b\n',
        '!!! note "quiz"\n    - [ ] b\n',
        "type: quiz\n",
        "`!!! quiz`\n",
    ],
)
def test_what_is_no_quiz_stays_as_it_is(text: str) -> None:
    """A quiz in a comment or in shown code, and words like it, are neither read nor changed."""
    assert quizzes(text) == ()
    md = Markdown(extensions=[*EXTENSIONS, MathExtension()], extension_configs=CONFIGS)
    assert convert(text)[0] == md.convert(text)


def test_a_notebook_has_quizzes(tmp_path: Path) -> None:
    """A quiz in a Markdown cell of a notebook is the same, and its errors name the cell and the line in it."""
    cells = [{"id": str(n), "cell_type": "markdown", "metadata": {}, "source": text} for n, text in enumerate(
        ["# Page", f"Words.\n\n{QUIZ}", '!!! quiz "b"\n    - [x] a: b\n    - [ ] c']
    )]  # fmt: skip
    path = tmp_path / "a.ipynb"
    path.write_text(json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}))
    source = load_source(path, tmp_path)
    found = find_cells(source, extensions=EXTENSIONS, configs=CONFIGS)
    assert [quiz.name for quiz in found.quizzes] == ["quiz-1", "quiz-2"]
    assert source.text.split("\n")[found.quizzes[0].first - 1] == '!!! quiz "Why?"'
    assert source.text.split("\n")[found.quizzes[0].last - 1] == "    - [x] b: yes"
    (problem,) = found.problems
    assert str(problem).startswith("a.ipynb:1: cell 3 of the notebook, counting all, line 3: this choice is not exp")


def test_a_choice_opens_and_says_why() -> None:
    """Each choice is a fold of its own; where one is right, opening one closes the others."""
    html, _ = convert(QUIZ)
    assert html == (
        '<div aria-labelledby="quiz-1-question" class="wk-quiz" id="quiz-1" role="group">\n'
        '<p class="wk-question" id="quiz-1-question">Why?</p>\n'
        '<p class="wk-hint" data-search-exclude="">Choose one.</p>\n'
        '<details class="wk-choice wk-wrong" data-search-exclude="" name="quiz-1">\n<summary>a</summary>\n'
        '<p class="wk-why"><strong>Not this one:</strong> no</p>\n</details>\n'
        '<details class="wk-choice wk-right" data-search-exclude="" name="quiz-1">\n<summary>b</summary>\n'
        '<p class="wk-why"><strong>Right:</strong> yes</p>\n</details>\n</div>'
    )


def test_several_choices_may_be_right() -> None:
    """Then the page says so, and each choice opens by itself."""
    html, _ = convert(QUIZ.replace("[ ]", "[x]"))
    assert "Choose all that are right." in html
    assert "name=" not in html


def test_parts_of_a_quiz_are_markdown() -> None:
    """Question, choices and explanations hold code, formulas, links and stress."""
    html, _ = convert('!!! quiz "Is `a` $x$?"\n    - [ ] **a** `b: c`: see [d](e.md)\n    - [x] $y: z$: so $w$\n')
    assert 'id="quiz-1-question">Is <code>a</code> <span class="wk-math">' in html
    assert "<summary><strong>a</strong> <code>b: c</code></summary>" in html
    assert '</strong> see <a href="e.md">d</a></p>' in html
    assert html.count("<math") == 3


def test_a_quiz_may_show_values() -> None:
    """A value in prose is computed in a quiz as anywhere, and is known there as its author wrote it."""
    text = '```python\nx = 1\n```\n\n!!! quiz "Is it `{python} x`?"\n    - [ ] `{python} x + 1`: no\n    - [x] one: `{python} x`\n'
    html, found = convert(text)
    assert [value.expression for value in found.page.cells[0].values] == ["x", "x + 1", "x"]
    assert html.count("<span data-workings=") == 3
    assert found.quizzes == quizzes(text)
    assert found.quizzes[0].question == "Is it `{python} x`?"
    assert found.quizzes[0].choices[0] == Choice(text="`{python} x + 1`", why="no", is_right=False)


def test_nothing_of_ours_stays_in_a_faulty_quiz() -> None:
    """The words by which lines are found again are gone from the page, whatever it holds."""
    text = '!!! quiz "a"\n    b\n\n    - c\n\n        d\n\n    !!! quiz "e"\n        - f\n\n    # g\n\n??? quiz "h"\n    i\n'
    html, found = convert(text)
    assert len(found.problems) > 4
    assert found.nonce not in html
    assert all(letter in re.sub("<[^>]*>", "", html) for letter in "abcdefghi")


def test_a_search_knows_the_questions_alone() -> None:
    """What is entered into the index of a search has no choice and no explanation, and all that stands around them."""
    text = f"before\n\n{QUIZ}\nafter\n"
    assert "".join(without_choices(convert(text)[0]).split("\n")) == (
        '<p>before</p><div aria-labelledby="quiz-1-question" class="wk-quiz" id="quiz-1" role="group">'
        '<p class="wk-question" id="quiz-1-question">Why?</p>'
        '<p class="wk-hint" data-search-exclude="">Choose one.</p></div><p>after</p>'
    )
