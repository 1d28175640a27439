"""What mkdocs.yml says, as values: for the plugin, for pytest and for the command line."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import ConfigurationError
from mkdocs.structure.files import File, InclusionLevel, get_files
from msgspec import Struct, convert, field, structs

from workings.errors import SettingsError
from workings.settings import Limits, Settings
from workings.website.extensions import with_needed
from workings.website.options import Options

NOTEBOOKS = "mkdocs-jupyter"
"""The plugin that makes notebooks pages, by its name in mkdocs.yml."""


INCLUDED = InclusionLevel.NOT_IN_NAV.value
"""The lowest level of what becomes part of a site."""


class Site(Struct, frozen=True, kw_only=True):
    """A site as the tests and the command line see it."""

    root: Path
    """What the paths of pages are relative to."""
    docs: Path
    settings: Settings
    extensions: tuple[Any, ...] = ()
    """Markdown extensions, those that pages need included."""
    configs: dict[str, Any] = field(default_factory=dict)
    """Their options, by name."""
    pages: tuple[Path, ...] = ()
    """The files of all pages of the site, notebooks included, in the site's order."""
    listed: bool = False
    """Whether the site lists our plugin, so that its pages are meant to run."""


def load_site(file: Path) -> Site:
    """Read a site from its mkdocs.yml, without loading its plugins and hooks."""
    config, plugins = _read(file)
    root = root_of(config)
    extensions, configs = with_needed(config.markdown_extensions, config.mdx_configs)
    return Site(
        root=root,
        docs=Path(config.docs_dir),
        settings=_checked(plugins.get("workings", {}), file.name, root),
        extensions=tuple(extensions),
        configs=configs,
        pages=tuple(_pages(config, plugins.get(NOTEBOOKS))),
        listed="workings" in plugins,
    )


def plain_site(root: Path) -> Site:
    """The site of files that belong to none: the defaults of everything."""
    extensions, configs = with_needed(("toc", "tables"), {})
    return Site(root=root, docs=root, settings=_checked({}, "", root), extensions=tuple(extensions), configs=configs)


def settings_of(options: Options, root: Path, *, shown: bool = False) -> Settings:
    """The settings that valid options make; errors are `shown` in a preview whatever they say."""
    limits = Limits(
        cell_seconds=options.timeout,
        page_seconds=options.page_timeout,
        memory=options.memory,
        output=options.output,
        pixels=options.pixels,
        processes=options.processes,
        file_size=options.file_size,
    )
    chosen = {name: options[name] for name in ("backend", "jobs", "seed", "html", "license")}
    store = None if options.store is None else root / options.store
    return structs.replace(
        convert(chosen, Settings),
        limits=limits,
        errors="show" if shown else options.errors,
        store=store,
        store_bytes=options.store_size,
        preview_bytes=options.preview_memory,
    )


def is_new(options: Options, file: str | None) -> bool:
    """Whether a site whose plugins are being loaded has no record of any page yet, as far as can be told by then."""
    home = Path(os.path.abspath(file or "mkdocs.yml")).parent  # noqa: PTH100 - keeps symlinks
    return (home / "docs").is_dir() and (options.store is None or not (home / options.store).exists())


def root_of(config: MkDocsConfig) -> Path:
    """The folder of mkdocs.yml, or the nearest above it that holds the docs folder too."""
    home = Path(os.path.abspath(config.config_file_path or "mkdocs.yml")).parent  # noqa: PTH100 - keeps symlinks
    return Path(os.path.commonpath([home, config.docs_dir]))


def is_notebook(path: str, options: Mapping[str, Any]) -> bool:
    """Whether mkdocs-jupyter, so configured, makes this file a page; of the kinds it knows we take notebooks alone."""
    file = Path(path)
    if file.suffix != ".ipynb" or any(file.match(pattern) for pattern in options.get("ignore", ())):
        return False
    return any(file.match(pattern) for pattern in options.get("include", ("*.ipynb",)))


def _read(file: Path) -> tuple[MkDocsConfig, dict[str, Mapping[str, Any]]]:
    """Read and check a mkdocs.yml, all but its plugins, which are given as they stand there."""
    config = MkDocsConfig(config_file_path=os.path.abspath(file))  # noqa: PTH100 - keeps symlinks
    try:
        with file.open("rb") as stream:
            config.load_file(stream)
    except (OSError, ConfigurationError) as error:
        raise SettingsError(f"{file} can't be read: {error}") from error
    plugins = _listed(config["plugins"])
    config.load_dict({"plugins": [], "hooks": []})
    _refuse(config.validate()[0], file.name)
    return config, plugins


def _checked(values: Mapping[str, Any], file: str, root: Path) -> Settings:
    """The settings that the plugin's options make, if they are valid."""
    options = Options()
    options.load_dict(dict(values))
    errors, _ = options.validate()
    _refuse([(f"plugin 'workings', option {name!r}", error) for name, error in errors], file)
    return settings_of(options, root)


def _refuse(errors: list[tuple[str, Exception]], file: str) -> None:
    """Raise what is wrong with a configuration, each in a line."""
    if errors:
        raise SettingsError("\n".join(f"{file}: {name}: {error}" for name, error in errors))


def _listed(plugins: object) -> dict[str, Mapping[str, Any]]:
    """The plugins that a mkdocs.yml switches on, with their options, in either of the two ways to list them."""
    items = [plugins] if isinstance(plugins, dict) else plugins if isinstance(plugins, list) else []
    pairs = [pair for item in items for pair in (item.items() if isinstance(item, dict) else [(item, None)])]
    options = {str(name): value or {} for name, value in pairs}
    return {name: value for name, value in options.items() if value.get("enabled", True)}


def _pages(config: MkDocsConfig, notebooks: Mapping[str, Any] | None) -> Iterator[Path]:
    """The files of a site that are pages."""
    for file in get_files(config):
        path = file.abs_src_path
        if path is not None and file.inclusion.value >= INCLUDED and _is_page(file, path, notebooks):
            yield Path(path)


def _is_page(file: File, path: str, notebooks: Mapping[str, Any] | None) -> bool:
    """Whether this file becomes a page, if need be by mkdocs-jupyter."""
    return file.is_documentation_page() or (notebooks is not None and is_notebook(path, notebooks))
