"""The same pages give the same records: in any order, with any number of workers and any hash seed outside."""

import json
import os
import subprocess
import sys
from pathlib import Path

from runs import make_page

PAGES = {
    "sets.md": ("{*'abcdefghij'}, hash('x'), [*{str(n): n for n in range(9)}]", "print({frozenset('abc'), 'd', 1.5})"),
    "random.md": (
        "import random, torch, numpy as np\ntorch.rand(3), random.random(), np.random.rand()",
        "torch.nn.Dropout()(torch.ones(9)), torch.randperm(9)",
        "random.sample(range(99), 5), np.random.default_rng(0).random()",
    ),
    "loader.md": (
        "import torch\nfrom torch.utils.data import DataLoader\n"
        "[batch.tolist() for batch in DataLoader(range(9), batch_size=2, shuffle=True, num_workers=2)]",
    ),
    "training.md": (
        "import torch\ntorch.manual_seed(3)\nmodel = torch.nn.Linear(4, 1)\nx = torch.randn(16, 4)\n"
        "optimiser = torch.optim.Adam(model.parameters())\n"
        "for _ in range(5): optimiser.zero_grad(); model(x).square().mean().backward(); optimiser.step()\nmodel.weight",
    ),
    "figures.md": (
        "import matplotlib.pyplot as plt, numpy as np\nplt.plot(np.random.rand(9), label='$x^2$')\nplt.legend();",
        "plt.imshow(np.random.rand(4, 4))\nplt.colorbar();",
    ),
    "streams.md": ("import os, sys\nprint('a')\nprint('b', file=sys.stderr)\nos.system('echo c; echo d >&2');",),
    "failure.md": ("def f(x): return 1 / x", "f(0)", "never"),
}

RUN = """
import json, msgspec, sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from runs import run_all
from workings.page import Cell, Page
from workings.running.warm import WarmProcess
pages = msgspec.json.decode(sys.argv[2], type=list[Page], dec_hook=lambda kind, value: kind(value))
warm = WarmProcess()
records = run_all(pages, warm, jobs=int(sys.argv[3]))
warm.stop()
print(json.dumps({path: str([(c.outcome, c.outputs, c.why) for c in r.cells]) for path, r in sorted(records.items())}))
"""


def test_order_workers_and_hash_seed_change_nothing(tmp_path: Path) -> None:
    """Outputs, outcomes and failures are the same to the byte, whichever way the pages are run."""
    import msgspec

    pages = [make_page(tmp_path, path, *codes) for path, codes in PAGES.items()]
    seen = []
    for order, jobs, seed in ((pages, 1, "1"), (pages[::-1], 4, "2"), (pages[3:] + pages[:3], 3, "random")):
        given = msgspec.json.encode(order, enc_hook=str).decode()
        done = subprocess.run(
            [sys.executable, "-c", RUN, str(Path(__file__).parent), given, str(jobs)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        seen.append(json.loads(done.stdout))
    assert list(seen[0]) == sorted(PAGES)
    for path in seen[0]:
        assert seen[1][path] == seen[0][path]
        assert seen[2][path] == seen[0][path]
        assert ("'failed'" in seen[0][path]) == (path == "failure.md")
