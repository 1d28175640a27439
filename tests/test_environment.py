"""Pages see of the builder's environment what torch and programs need, and nothing else."""

from pathlib import Path

import pytest
from runs import make_page, plain_of

from workings.engine import Event, run_pages
from workings.environment import page_environment
from workings.settings import Settings


def test_secrets_and_strangers_stay_outside() -> None:
    """Only names on the list pass, and none that speaks of a secret."""
    outer = {"PATH": "/bin", "CUDA_VISIBLE_DEVICES": "1", "DEPLOY": "x", "TORCH_TOKEN": "x", "LC_ALL": "de_DE"}
    seen = page_environment(outer)
    assert seen["PATH"] == "/bin"
    assert seen["CUDA_VISIBLE_DEVICES"] == "1"
    assert seen["LC_ALL"] == "C.UTF-8"
    assert not {"DEPLOY", "TORCH_TOKEN"} & set(seen)


def test_a_page_cannot_print_what_it_does_not_see(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A token is not there for a cell, and a variable that decides how torch runs is part of the key."""
    monkeypatch.setenv("DEPLOY_TOKEN", "hunter2hunter2")
    page = make_page(tmp_path, "a.md", "import os\nos.environ.get('DEPLOY_TOKEN'), os.environ.get('TORCH_HOME')")
    settings = Settings(backend="cpu", store=tmp_path / "store")
    events: list[Event] = []
    for value in ("one", "two", "two"):
        monkeypatch.setenv("TORCH_HOME", value)
        results = run_pages([page], settings=settings, watch=events.append)
        assert plain_of(results.records["a.md"].cells[0]) == [f"(None, '{value}')"]
    ends = [event.what for event in events if event.what in {"finished", "stored"}]
    assert ends == ["finished", "finished", "stored"]
