"""A generated course: pages of eight cells with prose, headings and formulas, always the same for the same numbers."""

from collections.abc import Iterator

from msgspec import Struct

CELLS = 8
"""Cells of a page."""


class Heading(Struct, frozen=True):
    """The title of a page or of one of its sections."""

    text: str
    level: int = 2


class Prose(Struct, frozen=True):
    """A paragraph, in which `code` and $formulas$ stand as in Markdown."""

    text: str


class Formula(Struct, frozen=True):
    """A formula on a line of its own."""

    tex: str


class Code(Struct, frozen=True):
    """The code of a cell."""

    text: str
    figure: bool = False
    """Whether a figure of matplotlib is open at its end."""


Part = Heading | Prose | Formula | Code


class Page(Struct, frozen=True, kw_only=True):
    """One page; the same numbers make the same page."""

    number: int
    prose: int = 0
    """How often its prose was edited."""
    cell: int = 0
    """How often its last cell was edited."""
    pause: float = 0.0
    """Seconds that its first cell waits."""

    @property
    def name(self) -> str:
        """Its file, without the suffix."""
        return f"page-{self.number:02}"

    @property
    def result(self) -> str:
        """What its last cell prints; no source of it holds this text."""
        return f"page {self.number} adds up to {4950 * self.number + self.cell}"

    @property
    def revision(self) -> str:
        """What its prose says of its edits."""
        return f"revision {self.prose} of lesson {self.number}"

    def parts(self) -> Iterator[Part]:
        """Everything that stands on it, in order."""
        yield Heading(f"Lesson {self.number}: a small model", level=1)
        yield Prose(f"This is {self.revision}. {_SENTENCES[self.number % len(_SENTENCES)]}")
        for number, (title, formula) in enumerate(_SECTIONS, 1):
            yield Heading(title)
            yield Prose(" ".join(_SENTENCES[(self.number + number + k) % len(_SENTENCES)] for k in range(3)))
            if formula:
                yield Formula(formula)
            yield self._code(number)
        yield Prose(_SENTENCES[(self.number + CELLS) % len(_SENTENCES)])

    def codes(self) -> list[Code]:
        """Its cells."""
        return [part for part in self.parts() if isinstance(part, Code)]

    def _code(self, number: int) -> Code:
        """The code of a cell, by its number."""
        if number == _PLOT and self.number % 5 == 0:
            return Code(_FIGURE.strip(), figure=True)
        text = _CODES[number - 1].strip()
        if number == 1 and self.pause:
            text = f"import time\n\ntime.sleep({self.pause:g})\n{text}"
        return Code(text.replace("PAGE", str(self.number)).replace("EDIT", str(self.cell)))


def make_course(pages: int) -> list[Page]:
    """A course of so many pages."""
    return [Page(number=number) for number in range(1, pages + 1)]


_SENTENCES = (
    "A tensor is a block of numbers with a shape, and the shape says how many indices an element has.",
    "The product $A B$ pairs each row of $A$ with each column of $B$, so the inner dimensions must agree.",
    "A gradient such as $\\partial L / \\partial w$ tells which way to move, and the step size tells how far.",
    "The call `torch.randn` draws from the normal distribution, with a seed that makes it repeatable.",
    "Every number below was computed on this page, from the cells above it and from nothing else.",
    "Attention compares a query with every key, and its weights $a_{ij}$ are positive and sum to one.",
    "An optimiser keeps the state of each parameter; `zero_grad` forgets the gradients of the last step.",
)

_SECTIONS = (
    ("Data", ""),
    ("A repeated product", r"S_{t+1} = \tanh(S_t W)"),
    ("A gradient by hand", r"L = -\frac{1}{n} \sum_{i=1}^{n} y_i \log p_i + (1 - y_i) \log (1 - p_i)"),
    ("Training a model", r"w \leftarrow w - \eta \, \frac{\partial L}{\partial w}"),
    ("What the losses do", ""),
    ("Attention", r"\operatorname{softmax}\left( \frac{Q K^\top}{\sqrt{d}} \right) V"),
    ("The largest eigenvalue", r"v \leftarrow \frac{A v}{\lVert A v \rVert}"),
    ("The sum of the lesson", r"\sum_{k=0}^{99} k = 4950"),
)

_PLOT = 5
"""The cell that draws, on every fifth page."""

# How much they compute was chosen so that the cells of a page take about 0.2 s on one core.
_CODES = (
    """
import torch

generator = torch.Generator().manual_seed(PAGE)
points = torch.randn(256, 8, generator=generator)
labels = (points.sum(dim=1) > 0).float()
points.shape
""",
    """
matrix = torch.randn(64, 64, generator=generator) / 16
state = torch.eye(64)
for _ in range(3400):
    state = torch.tanh(state @ matrix) + 0.1
print(f"mean of the state: {state.mean():.3f}")
""",
    """
weights = torch.zeros(8, requires_grad=True)
for _ in range(640):
    loss = torch.nn.functional.binary_cross_entropy_with_logits(points @ weights, labels)
    (gradient,) = torch.autograd.grad(loss, weights)
    weights = (weights - 0.5 * gradient).detach().requires_grad_()
print(f"loss: {loss:.3f}")
""",
    """
model = torch.nn.Sequential(torch.nn.Linear(8, 16), torch.nn.ReLU(), torch.nn.Linear(16, 1))
optimiser = torch.optim.SGD(model.parameters(), lr=0.1)
losses = []
for _ in range(460):
    optimiser.zero_grad()
    loss = torch.nn.functional.binary_cross_entropy_with_logits(model(points).squeeze(1), labels)
    loss.backward()
    optimiser.step()
    losses.append(loss.item())
print(f"steps: {len(losses)}")
""",
    """
for step in range(0, len(losses), 92):
    print(f"step {step:3}: {losses[step]:.2f}")
""",
    """
query, key, value = (torch.randn(64, 32, generator=generator) for _ in range(3))
for _ in range(2100):
    weight = torch.softmax(query @ key.T / 32**0.5, dim=1)
    query = torch.nn.functional.normalize(weight @ value)
print(f"sum of the weights: {weight.sum():.1f}")
""",
    """
symmetric = matrix @ matrix.T
vector = torch.ones(64)
for _ in range(6400):
    vector = symmetric @ vector
    vector = vector / vector.norm()
print(f"norm: {vector.norm():.2f}")
""",
    """
total = int(torch.arange(100).sum()) * PAGE + EDIT
assert total == 4950 * PAGE + EDIT
print(f"page PAGE adds up to {total}")
""",
)

_FIGURE = """
import matplotlib.pyplot as plt

plt.plot(losses)
plt.xlabel("step")
plt.ylabel("loss");
"""
