"""Quizzes in the element tree of a page: found while Markdown reads blocks, rewritten before it reads their text."""

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element, SubElement

from markdown import Markdown
from markdown.blockparser import BlockParser
from markdown.extensions.admonition import AdmonitionProcessor
from markdown.treeprocessors import Treeprocessor
from markdown.util import AtomicString

from workings.reading import marks
from workings.reading.quiz_lines import KIND
from workings.reading.quizzes import Choice, Draft, Item

NAME = "workings_quizzes"
QUIZ, QUESTION = "wk-quiz", "wk-question"
COMMENT = re.compile(r"(?:<!--.*?-->\s*)*", re.DOTALL)
RIGHT, WRONG = "Right:", "Not this one:"
ONE, SEVERAL = "Choose one.", "Choose all that are right."


class QuizBlocks(AdmonitionProcessor):
    """Reads a quiz as an admonition is read, on sites without admonitions too."""

    CLASSNAME, CLASSNAME_TITLE = QUIZ, QUESTION

    def __init__(self, parser: BlockParser, nonce: str) -> None:
        """Take the word that the heads of this page's quizzes are marked with."""
        super().__init__(parser)
        self.nonce = nonce
        self.RE = re.compile(rf'(?:^|\n)!!! ?(?i:quiz){marks.pattern(nonce, KIND)}(?: +"(.*?)")? *(?:\n|$)')  # type: ignore[misc]

    def get_class_and_title(self, match: re.Match[str]) -> tuple[str, str | None]:
        """The word, by which the quiz is known later, and the question, if there is one."""
        return marks.word(self.nonce, KIND, int(match[1])), match[2] or None


class QuizTree(Treeprocessor):
    """Makes of each quiz what a reader can choose from; `drafts` are the quizzes of the page, in its order."""

    def __init__(self, nonce: str) -> None:
        """Take the nonce of the page's words."""
        super().__init__()
        self.nonce = nonce
        self.drafts: list[Draft] = []

    def install(self, md: Markdown) -> None:
        """Prepare a Markdown."""
        self.drafts = []
        md.parser.blockprocessors.register(QuizBlocks(md.parser, self.nonce), NAME, 106)  # before admonitions (105)
        md.treeprocessors.register(self, NAME, 30)  # before task lists (25) and what stands within lines (20)

    def run(self, root: Element) -> None:
        """Rewrite the quizzes of a page."""
        self.drafts = []
        for element in list(root.iter("div")):
            if element.get("class", "").startswith(f"{QUIZ} {self.nonce}"):
                self.take(element)

    def take(self, element: Element) -> None:
        """Rewrite one quiz; what belongs nowhere stays at its end."""
        head = min(marks.words(self.nonce, KIND, element.get("class", "")))
        parts = [part for part in element if not self.is_comment(part)]
        title = parts.pop(0) if parts and parts[0].get("class") == QUESTION else Element("p")
        chosen = next((part for part in parts if part.tag == "ul"), Element("ul"))
        strays = [part for part in parts if part is not chosen]
        items = [(self.line(each, head), *self.item(each)) for each in chosen]
        draft = Draft(
            line=head,
            question=title.text or "",
            items=tuple(Item(line=line, text=text, is_one=not rest) for line, text, rest in items),
            strays=tuple(self.line(part, head) for part in strays),
        )
        self.drafts.append(draft)
        rests = [part for _, _, rest in items for part in rest]
        element[:] = [*show(element, draft, number=len(self.drafts)), *rests, *strays]

    def item(self, element: Element) -> tuple[str, list[Element]]:
        """The first paragraph in an element of the list, and what follows it there."""
        parts = [part for part in element if not self.is_comment(part)]
        if text := self.text(element):
            return text, parts
        return (self.text(parts[0]), parts[1:]) if parts and parts[0].tag == "p" else ("", parts)

    def line(self, element: Element, head: int) -> int:
        """The first line of an element, or that of its quiz's head."""
        return min(marks.words(self.nonce, KIND, "".join(element.itertext())), default=head)

    def text(self, element: Element) -> str:
        """What is written in an element, its lines as far left as they go."""
        return re.sub(r"\n[ \t]+", "\n", marks.without_words(self.nonce, element.text or "", KIND).strip())

    def is_comment(self, element: Element) -> bool:
        """Whether an element is nothing but comments."""
        return element.tag == "p" and not len(element) and COMMENT.fullmatch(self.text(element)) is not None


def show(element: Element, draft: Draft, *, number: int) -> Iterator[Element]:
    """The parts of a quiz; with one right answer, opening a choice closes the others."""
    name, choices = f"quiz-{number}", draft.choices
    several = sum(choice.is_right for choice in choices) > 1
    element.attrib = {"class": QUIZ, "id": name, "role": "group", "aria-labelledby": f"{name}-question"}
    question = Element("p", {"class": QUESTION, "id": f"{name}-question"})
    question.text = draft.question
    yield question
    hint = Element("p", {"class": "wk-hint", "data-search-exclude": ""})
    hint.text = AtomicString(SEVERAL if several else ONE)
    yield hint
    for choice in choices:
        yield show_choice(choice, name, several=several)


def show_choice(choice: Choice, name: str, *, several: bool) -> Element:
    """A choice that opens, with what it was and why; a search does not find it, as what it says may be wrong."""
    classes = f"wk-choice wk-{'right' if choice.is_right else 'wrong'}"
    group = {"class": f"{classes} wk-several"} if several else {"class": classes, "name": name}
    details = Element("details", {**group, "data-search-exclude": ""})
    SubElement(details, "summary").text = choice.text
    why = SubElement(details, "p", {"class": "wk-why"})
    verdict = SubElement(why, "strong")
    verdict.text, verdict.tail = AtomicString(RIGHT if choice.is_right else WRONG), f" {choice.why}"
    return details
