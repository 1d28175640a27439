"""The peers' environment: made once, apart from the project's, and made again when what it should hold changes."""

import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

from msgspec import Struct

from .commands import run

REQUIREMENTS = Path(__file__).with_name("peers.txt")
_MINUTES = 30


def peers_python(cache: Path) -> Path:
    """The interpreter of the peers, installed if need be."""
    wanted = hashlib.sha256(f"{_torch()} {sys.version} {REQUIREMENTS.read_text('utf-8')}".encode()).hexdigest()
    folder = cache / "peers"
    stamp, python = folder / "made-of", folder / "bin" / "python"
    if stamp.is_file() and stamp.read_text("utf-8") == wanted:
        return python
    shutil.rmtree(folder, ignore_errors=True)
    _install(folder, python, logs=cache / "logs")
    stamp.write_text(wanted, "utf-8")
    return python


def _install(folder: Path, python: Path, *, logs: Path) -> None:
    """Make the environment: torch first, so that nothing else brings another."""
    logs.mkdir(parents=True, exist_ok=True)
    constraint = logs / "constraint.txt"
    constraint.write_text(f"{_torch()}\n", "utf-8")
    pip = [str(python), "-m", "pip", "install", "-c", str(constraint)]
    steps = {
        "install-1-environment": [sys.executable, "-m", "venv", str(folder)],
        "install-2-torch": [*pip, _torch()],
        "install-3-peers": [*pip, "-r", str(REQUIREMENTS)],
        "install-4-fonts": [str(python), "-c", "import matplotlib.pyplot, torch._dynamo"],
    }
    for name, command in steps.items():
        run(command, folder=logs, log=logs / f"{name}.txt", limit=_MINUTES * 60)


def _torch() -> str:
    """The project's torch, as a requirement."""
    return f"torch=={version('torch').partition('+')[0]}"


class Machine(Struct, frozen=True, kw_only=True):
    """Where and when it was measured."""

    date: str
    processor: str
    cores: int
    load: float
    """The load of the machine before anything was measured."""
    python: str
    ours: Mapping[str, str]
    """Versions of what we stand on."""
    peers: Mapping[str, str]


def machine(python: Path | None) -> Machine:
    """The machine at hand, with the versions in the peers' environment if there is one."""
    return Machine(
        date=time.strftime("%Y-%m-%d"),
        processor=_processor(),
        cores=len(os.sched_getaffinity(0)),
        load=os.getloadavg()[0],
        python=platform.python_version(),
        ours={name: version(name) for name in ("torch", "mkdocs", "mkdocs-material", "mkdocs-jupyter", "pytest")},
        peers=_versions(python) if python is not None else {},
    )


def sources(project: Path) -> str:
    """A digest of the engine's sources: figures from two states of them can't be compared."""
    digest = hashlib.sha256()
    for path in sorted((project / "scripts").rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _processor() -> str:
    """The processor's name, with its family and model, since machines are rented under names that say little."""
    text = Path("/proc/cpuinfo").read_text("utf-8")
    facts = {key.strip(): value.strip() for line in text.splitlines() for key, _, value in [line.partition(":")]}
    name = facts.get("model name", platform.machine())
    return f"{name} (family {facts.get('cpu family', '?')}, model {facts.get('model', '?')})"


def _versions(python: Path) -> dict[str, str]:
    """The versions of the peers that were asked for."""
    listed = subprocess.run(
        [python, "-m", "pip", "list", "--format", "json"], capture_output=True, check=True, text=True, timeout=120
    )
    wanted = {line.partition("==")[0] for line in REQUIREMENTS.read_text("utf-8").splitlines() if "==" in line}
    found = {str(item["name"]).lower().replace("_", "-"): str(item["version"]) for item in json.loads(listed.stdout)}
    return {name: found[name] for name in sorted(wanted) if name in found}
