"""A theme's templates are compiled once and not at every build.

What is kept is code, so it does not stand in the store, which others may have written: it stands in the user's own
cache folder, like what Python compiles, and is used only if that folder is the user's alone. A file that is damaged,
or that can't be written, costs a compilation.
"""

import hashlib
import os
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from stat import S_IMODE, S_ISDIR

import jinja2
from jinja2.bccache import Bucket, BytecodeCache
from mkdocs import __version__ as mkdocs_version

_KNOWN = frozenset({"jinja2", "markupsafe", "mkdocs", "builtins", "_operator"})
"""Where filters and tests come from that are the same for every site; others may be called by the compiler itself."""

_PRIVATE = 0o700
_DIGEST = hashlib.sha256().digest_size


def keep_templates(env: jinja2.Environment) -> None:
    """Have the templates of a site compiled once for all builds, where that can be done safely."""
    if env.bytecode_cache is None and _is_plain(env):
        folder = _home() / "workings" / "templates" / _kind(env)
        if _is_ours(folder):
            env.bytecode_cache = Templates(folder)


class Templates(BytecodeCache):
    """Compiled templates in a folder, each in a file that begins with its digest."""

    def __init__(self, folder: Path) -> None:
        """Take the folder."""
        self._folder = folder

    def load_bytecode(self, bucket: Bucket) -> None:
        """Take what was compiled, if it is there and whole."""
        with suppress(OSError):
            data = (self._folder / bucket.key).read_bytes()
            if hashlib.sha256(data[_DIGEST:]).digest() == data[:_DIGEST]:
                bucket.bytecode_from_string(data[_DIGEST:])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled, under its name only when it is whole."""
        with suppress(OSError):
            body = bucket.bytecode_to_string()
            handle, name = tempfile.mkstemp(dir=self._folder)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(hashlib.sha256(body).digest() + body)
                Path(name).replace(self._folder / bucket.key)
            except OSError:
                Path(name).unlink(missing_ok=True)


def _is_plain(env: jinja2.Environment) -> bool:
    """Whether nothing of a site's own takes part in compiling."""
    parts = [*env.filters.values(), *env.tests.values(), *map(type, env.extensions.values()), type(env)]
    return all(str(getattr(part, "__module__", "")).partition(".")[0] in _KNOWN for part in parts)


def _kind(env: jinja2.Environment) -> str:
    """A name for all that compiled templates depend on besides their source."""
    options = (env.trim_blocks, env.lstrip_blocks, env.autoescape, env.optimized, env.keep_trailing_newline)
    names = (sorted(env.extensions), sorted(env.filters), sorted(env.tests), getattr(env, "newstyle_gettext", None))
    said = repr((sys.implementation.cache_tag, jinja2.__version__, mkdocs_version, options, names))
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def _home() -> Path:
    """The user's cache folder."""
    said = os.environ.get("XDG_CACHE_HOME", "")
    return Path(said) if Path(said).is_absolute() else Path.home() / ".cache"


def _is_ours(folder: Path) -> bool:
    """Whether the folder is there, or can be made, and no one else may write to it."""
    if not hasattr(os, "getuid"):
        return False
    with suppress(OSError, RuntimeError):
        folder.mkdir(parents=True, exist_ok=True, mode=_PRIVATE)
        found = folder.lstat()
        return S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not S_IMODE(found.st_mode) & 0o022
    return False
