"""Compiled templates are kept between builds, in the user's own folder, and are never trusted for it."""

import os
from pathlib import Path

import jinja2
import pytest
from sites import MATERIAL, build, make_site, tree

from workings.website.templates import keep_templates

PAGES = {"index.md": "# Home\n\nWords.", "other.md": "# Other"}


def kept(cache: Path) -> list[Path]:
    """The files of compiled templates."""
    return sorted(path for path in (cache / "workings").rglob("*") if path.is_file())


def test_templates_are_compiled_once(tmp_path: Path) -> None:
    """A second build takes what the first has compiled, and makes the same site of it."""
    site, cache = make_site(tmp_path / "site", PAGES, theme=MATERIAL), tmp_path / "cache"
    build(site, XDG_CACHE_HOME=str(cache), SOURCE_DATE_EPOCH="0")
    first, compiled = tree(site / "site"), {path: path.stat().st_mtime_ns for path in kept(cache)}
    assert len(compiled) > 10
    build(site, XDG_CACHE_HOME=str(cache), SOURCE_DATE_EPOCH="0")
    assert {path: path.stat().st_mtime_ns for path in kept(cache)} == compiled
    assert tree(site / "site") == first


@pytest.mark.parametrize("damage", [b"", b"x", None])
def test_damaged_templates_are_compiled_again(tmp_path: Path, damage: bytes | None) -> None:
    """A cut, replaced or bitten file costs a compilation, and is mended."""
    site, cache = make_site(tmp_path / "site", PAGES, theme=MATERIAL), tmp_path / "cache"
    build(site, XDG_CACHE_HOME=str(cache), SOURCE_DATE_EPOCH="0")
    first, good = tree(site / "site"), {path: path.read_bytes() for path in kept(cache)}
    for path, data in good.items():
        path.write_bytes(data[:-9] + bytes([data[-9] ^ 1]) + data[-8:] if damage is None else damage)
    build(site, XDG_CACHE_HOME=str(cache), SOURCE_DATE_EPOCH="0")
    assert tree(site / "site") == first
    assert {path: path.read_bytes()[32:] for path in kept(cache)} == {path: data[32:] for path, data in good.items()}


def test_a_site_is_built_where_nothing_can_be_kept(tmp_path: Path) -> None:
    """A cache folder that can't be made is no reason to say anything."""
    site = make_site(tmp_path / "site", PAGES, theme=MATERIAL)
    (tmp_path / "file").touch()
    done = build(site, XDG_CACHE_HOME=str(tmp_path / "file"))
    assert "WARNING" not in done.stderr.replace("WARNING -  Material", "")


def test_a_folder_that_others_may_write_to_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is kept is code, so nobody else may be able to put it there."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    env = jinja2.Environment(autoescape=False)  # noqa: S701 - as MkDocs makes it
    keep_templates(env)
    assert env.bytecode_cache is not None
    (folder,) = (tmp_path / "workings/templates").iterdir()
    folder.chmod(0o777)
    env = jinja2.Environment(autoescape=False)  # noqa: S701
    keep_templates(env)
    assert env.bytecode_cache is None
    assert list(folder.iterdir()) == []


def bare() -> jinja2.Environment:
    """An environment as MkDocs makes it, after it was looked after."""
    env = jinja2.Environment(autoescape=False)  # noqa: S701
    keep_templates(env)
    return env


def test_a_folder_of_another_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A link in the place of the folder may lead to anyone's files, and what another user owns is that user's."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert bare().bytecode_cache is not None
    (folder,) = (tmp_path / "workings/templates").iterdir()
    folder.rename(tmp_path / "elsewhere")
    folder.symlink_to(tmp_path / "elsewhere")
    assert bare().bytecode_cache is None
    folder.unlink()
    assert bare().bytecode_cache is not None
    monkeypatch.setattr(os, "getuid", lambda: folder.stat().st_uid + 1)
    assert bare().bytecode_cache is None


@pytest.mark.parametrize("what", [("jinja2.__version__", "0"), ("workings.website.templates.mkdocs_version", "0")])
def test_another_version_compiles_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: tuple[str, str]) -> None:
    """What one version of MkDocs or Jinja has compiled is not taken by another."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    bare()
    monkeypatch.setattr(*what)
    bare()
    assert len(list((tmp_path / "workings/templates").iterdir())) == 2


def test_templates_with_filters_of_a_site_are_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A site's own filter may be called while a template is compiled, so its result would be kept too."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    env = jinja2.Environment(autoescape=False)  # noqa: S701
    env.filters["own"] = test_templates_are_compiled_once
    keep_templates(env)
    assert env.bytecode_cache is None
