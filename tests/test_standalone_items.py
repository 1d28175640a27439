"""`pytest --standalone` runs the copy of each cell by itself; `python -m workings check` counts them among all else."""

import subprocess
import sys
from pathlib import Path

import pytest
from sites import make_site

PAGE = """# Page

```python id="begin"
import torch
torch.manual_seed(0)
x = torch.rand(2)
```

```python id="shape"
x.shape
```

```python id="numbers"
torch.rand(2)
```

```python id="refused" raises="RuntimeError"
x @ torch.ones(3)
```

```python exercise="a"
answer = None
```

```python check="a"
assert answer == 42
```

```python wrong="a"
answer = 41
```

```python solution="a"
answer = 42
```

```python tags="skip-execution" reason="takes a day"
x = 2
```
"""
UNFIT = PAGE.replace("x.shape", "40 + 2") + '\n```python id="last"\nlen(Out)\n```\n'
"""Its last cell shows how many results stand above it, which no copy can repeat."""


@pytest.fixture
def site(pytester: pytest.Pytester) -> Path:
    """A site with that page."""
    return make_site(pytester.path, {"index.md": PAGE})


def test_each_cell_has_a_copy_that_runs(pytester: pytest.Pytester, site: Path) -> None:
    """Copies are tests of their own; random numbers may be others, a failure that was announced must happen."""
    done = pytester.runpytest_subprocess("docs", "--standalone", "-v")
    done.assert_outcomes(passed=14, skipped=1)
    names = ("begin", "shape", "numbers", "refused", "a", "a-solution")
    done.stdout.fnmatch_lines([f"*::{name}[[]standalone] PASSED*" for name in names])
    done.stdout.fnmatch_lines(["*1 page ran, 0 came from the store*"])
    done.stdout.no_fnmatch_line("*a-check[[]standalone]*")
    assert site.is_dir()


def test_copies_run_only_when_asked_for(pytester: pytest.Pytester, site: Path) -> None:
    """Without the option, cells alone are tests; one copy can be chosen, with it."""
    assert site.is_dir()
    pytester.runpytest_subprocess("docs").assert_outcomes(passed=8, skipped=1)
    pytester.runpytest_subprocess("docs/index.md::shape[standalone]", "--standalone").assert_outcomes(passed=1)


def test_a_copy_that_does_something_else_fails(pytester: pytest.Pytester, site: Path) -> None:
    """What differs is told with the line of the cell, and the text that was copied."""
    (site / "docs" / "index.md").write_text(UNFIT, "utf-8")
    done = pytester.runpytest_subprocess("docs", "--standalone")
    done.assert_outcomes(passed=15, failed=1, skipped=1)
    line = UNFIT[: UNFIT.index("len(Out)")].count("\n") + 1
    done.stdout.fnmatch_lines([f"docs/index.md:{line}: the standalone copy of this cell *"])


TRAINING = """# Page

```python id="train"
import torch
import matplotlib.pyplot as plt

w = torch.tensor(8.0)
figure, ax = plt.subplots()
for step in range(3):
    w = w / 2
    print(step)
    ax.plot(step, w.item(), "o")
```

```python id="trained"
print("trained")
w
```

```python id="quiet"
ax.set_title("The weight")
assert w == 1
```
"""


def test_a_copy_may_show_what_its_statements_show(pytester: pytest.Pytester) -> None:
    """A loop that a cell needs prints in its copy too, and draws; what is judged is what the cell itself shows."""
    site = make_site(pytester.path, {"index.md": TRAINING})
    pytester.runpytest_subprocess("docs", "--standalone").assert_outcomes(passed=6)
    wrong = TRAINING.replace('print("trained")', "print(len(Out))")
    (site / "docs" / "index.md").write_text(wrong.replace('"o")\n', '"o")\nw\n'), "utf-8")
    pytester.runpytest_subprocess("docs", "--standalone").assert_outcomes(passed=5, failed=1)


def test_chance_excuses_only_what_the_cell_itself_shows(pytester: pytest.Pytester) -> None:
    """Random numbers that a needed loop prints do not excuse a copy whose own part is wrong at every seed."""
    loop = TRAINING.replace("print(step)", "print(torch.rand(1).item())").replace('"o")\n', '"o")\nw\n')
    page = loop.replace('print("trained")', "print(len(Out))")
    make_site(pytester.path, {"index.md": page})
    pytester.runpytest_subprocess("docs", "--standalone").assert_outcomes(passed=5, failed=1)


def test_check_counts_what_is_verified(site: Path) -> None:
    """Every kind of claim has a row; the exit status is 0 when all of them hold."""
    (site / "docs" / "index.md").write_text(
        PAGE + "\nIt is `{python} answer`.\n\n$$\na = b \\label{eq:a}\n$$\n\n"
        '```python proves="eq:a"\nassert answer == 42\n```\n',
        "utf-8",
    )
    command = [sys.executable, "-m", "workings", "check"]
    done = subprocess.run(command, cwd=site, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 1, done.stdout + done.stderr  # nothing is accepted yet
    rows = {line[:28].strip(): line[28:].split() for line in done.stdout.split("\n")}
    assert rows["formulas proved"] == ["1", "of", "1", "100", "%"]
    assert rows["exercises"][:3] == rows["values in prose"][:3] == ["1", "of", "1"]
    assert rows["standalone copies"][:3] == ["7", "of", "7"]
    assert rows["cells not run, with a reason"][:3] == ["1", "of", "1"]
    assert "not verified: " in done.stdout
    assert "outputs accepted" in done.stdout.rpartition("not verified: ")[2]
