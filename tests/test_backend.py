"""The backend is what was asked for, or the build says what it looked for and what it found."""

from pathlib import Path

import pytest
from msgspec import structs
from runs import make_page, plain_of

from workings.engine import run_pages
from workings.errors import BackendError
from workings.keeping import Keeper
from workings.running import device
from workings.running.warm import WarmProcess
from workings.settings import Settings


def has(backend: str) -> bool:
    """Whether torch finds that backend on this machine."""
    return backend in device.probe().backends


def test_an_absent_backend_is_an_error(tmp_path: Path) -> None:
    """Asked for and absent is an error that names what was found, never a silent run on the processor."""
    absent = next(backend for backend in ("cuda", "mps") if not has(backend))
    with pytest.raises(BackendError, match=rf"'{absent}' was asked for, and torch .* finds only: cpu"):
        run_pages([make_page(tmp_path, "a.md", "1")], settings=Settings(backend=absent, store=None))  # type: ignore[arg-type]


def test_auto_takes_what_there_is() -> None:
    """`auto` is an accelerator where torch finds one, else the processor."""
    found = [backend for backend in ("cuda", "mps") if has(backend)]
    assert device.resolve("auto") == (found or ["cpu"])[0]


def test_cpu_hides_the_accelerator(tmp_path: Path, warm: WarmProcess) -> None:
    """With `cpu`, no CUDA device is there for a cell, whatever the machine has."""
    page = make_page(tmp_path, "a.md", "import torch\ntorch.cuda.is_available(), torch.zeros(1).device.type")
    results = run_pages([page], settings=Settings(backend="cpu", store=None), warm=warm)
    assert plain_of(results.records["a.md"].cells[0]) == ["(False, 'cpu')"]


def test_cuda_is_the_default_device(tmp_path: Path, warm: WarmProcess) -> None:
    """With `cuda`, tensors are made on the GPU, cells that need it run, and the record names the device."""
    if not has("cuda"):
        with pytest.raises(BackendError):
            device.resolve("cuda")
        return
    from workings.page import Options

    needs = ("(x @ x).device.type", Options(backend="cuda"))
    page = make_page(tmp_path, "a.md", "import torch\nx = torch.eye(3)\nx.device.type", needs)
    record = run_pages([page], settings=Settings(backend="cuda", store=None), warm=warm).records["a.md"]
    assert [plain_of(cell) for cell in record.cells] == [["'cuda'"], ["'cuda'"]]
    assert record.provenance.backend == "cuda"
    assert record.provenance.device


def test_the_seed_decides_the_numbers(tmp_path: Path, warm: WarmProcess) -> None:
    """torch, NumPy and random are seeded for each page: another seed gives other numbers, the same gives the same."""
    page = make_page(
        tmp_path, "a.md", "import torch, random, numpy\ntorch.rand(1).item(), random.random(), numpy.random.rand()"
    )

    def numbers(seed: int) -> list[str]:
        results = run_pages([page], settings=Settings(backend="cpu", store=None, seed=seed), warm=warm)
        return plain_of(results.records["a.md"].cells[0])

    assert numbers(0) == numbers(0)
    assert numbers(0) != numbers(1)


def test_a_record_of_one_accelerator_is_none_of_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What ran on a GPU is kept under that GPU's name, and what runs on the processor does not depend on any."""
    page, at_cpu = (make_page(tmp_path, f"{name}.md", "1") for name in ("a", "b"))
    at_cpu = structs.replace(at_cpu, backend="cpu")
    monkeypatch.setattr(device, "_DRIVER", tmp_path)
    monkeypatch.setattr("workings.keeping.resolve", lambda _: "cuda")
    information = tmp_path / "gpus" / "0000:01:00.0" / "information"
    information.parent.mkdir(parents=True)
    keys = []
    for model in ("NVIDIA H200", "NVIDIA H200", "Tesla T4"):
        information.write_text(f"Model: \t\t {model}\nIRQ:   \t\t 35\n")
        keeper = Keeper(Settings(backend="cuda", store=None), reuse=True)
        keys.append([keeper.task(which).key for which in (page, at_cpu)])
    assert keys[0] == keys[1]
    assert keys[0][0] != keys[2][0]
    assert keys[0][1] == keys[2][1]
