"""Where torch runs: which backend a site gets on this machine, and how a page's process is bound to it."""

import json
import os
import platform
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from msgspec import Struct

from workings.errors import BackendError
from workings.settings import Backend

_PROBE_SECONDS = 120
_DRIVER = Path("/proc/driver/nvidia")


class Machine(Struct, frozen=True):
    """What torch finds on this machine."""

    torch: str
    backends: tuple[str, ...]


def resolve(backend: Backend) -> str:
    """Say which of `cpu`, `cuda` and `mps` the setting means here.

    Raises BackendError when a device was asked for by name and is absent. torch is imported, in another process, only
    where the machine may have an accelerator.
    """
    if backend == "cpu" or (backend == "auto" and not _may_have_accelerator()):
        return "cpu"
    machine = probe()
    if backend == "auto":
        return next((name for name in ("cuda", "mps") if name in machine.backends), "cpu")
    if backend not in machine.backends:
        found = ", ".join(machine.backends)
        msg = (
            f"backend {backend!r} was asked for, and torch {machine.torch} finds only: {found}. "
            f"Install a build of torch for {backend} on a machine that has it, or choose backend auto or cpu."
        )
        raise BackendError(msg)
    return backend


def torch_version() -> str:
    """The version of torch that is installed, without importing it."""
    try:
        return version("torch")
    except PackageNotFoundError as error:
        msg = "torch is not installed here: pages can't run. Install it as the README says."
        raise BackendError(msg) from error


@lru_cache(maxsize=1)
def probe() -> Machine:
    """Ask torch, in a process of its own: asking may start CUDA, and a process that has can't be forked."""
    command = [sys.executable, "-P", "-m", "workings.running.device"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_PROBE_SECONDS, check=True)  # noqa: S603
    except (subprocess.SubprocessError, OSError) as error:
        last = (getattr(error, "stderr", "") or str(error)).strip().splitlines()[-1:]
        msg = f"torch could not be asked for its devices: {' '.join(last)}"
        raise BackendError(msg) from error
    answer = json.loads(done.stdout.splitlines()[-1])
    return Machine(torch=answer["torch"], backends=tuple(answer["backends"]))


def _may_have_accelerator() -> bool:
    if sys.platform == "darwin":
        return platform.machine() == "arm64"
    if "+cpu" in torch_version():
        return False
    devices = ("/dev/nvidiactl", "/dev/nvidia0", "/dev/dxg", "/dev/kfd")
    return sys.platform == "win32" or any(Path(device).exists() for device in devices)


def accelerators(backend: str) -> dict[str, str]:
    """The kinds of device that pages may run on, as far as the system can say without torch; the processor is none."""
    if backend != "cuda":
        return {}
    files = sorted(_DRIVER.glob("gpus/*/information"))
    lines = (line for file in files for line in file.read_text("utf-8", "replace").splitlines())
    return {"accelerators": ", ".join(line.partition(":")[2].strip() for line in lines if line.startswith("Model:"))}


def has_only_processor() -> bool:
    """Whether this build of torch knows no other device."""
    import torch

    return "+cpu" in str(torch.__version__)


def bind(backend: str, *, seed: int, dtype: str) -> None:
    """Make backend and type of numbers the defaults of this process, hide other devices, seed every random stream."""
    if backend == "cpu":
        os.environ.update(CUDA_VISIBLE_DEVICES="", HIP_VISIBLE_DEVICES="")
    import numpy as np
    import torch

    torch.set_num_threads(1)
    if backend != "cpu":
        torch.set_default_device(backend)
    torch.set_default_dtype(getattr(torch, dtype))
    random.seed(seed)
    np.random.seed(seed % 2**32)
    alone = backend == "cpu" and has_only_processor()
    seed_torch = torch.default_generator.manual_seed if alone else torch.manual_seed
    seed_torch(seed)  # of all devices: torch notes the stack for each that it has not begun to use, which takes 2 ms


@contextmanager
def kept_streams() -> Iterator[None]:
    """Give every random stream back the state that it had."""
    import numpy as np
    import torch

    states = random.getstate(), np.random.get_state()
    devices = range(torch.cuda.device_count()) if torch.cuda.is_initialized() else ()  # type: ignore[no-untyped-call]
    with torch.random.fork_rng(devices):
        try:
            yield
        finally:
            random.setstate(states[0])
            np.random.set_state(states[1])


def device_name(backend: str) -> str:
    """The device's own name, as the record keeps it."""
    import torch

    if backend == "cuda":
        return torch.cuda.get_device_name()
    return _processor()


@lru_cache(maxsize=1)
def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").split("\n")
    except OSError:
        return platform.processor() or platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def _answer() -> None:
    import torch

    backends = ["cpu"]
    backends += ["cuda"] if torch.cuda.is_available() else []
    backends += ["mps"] if torch.backends.mps.is_available() else []
    sys.stdout.write(json.dumps({"torch": torch.__version__, "backends": backends}) + "\n")


if __name__ == "__main__":
    _answer()
