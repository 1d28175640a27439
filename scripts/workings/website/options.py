"""The plugin's options in mkdocs.yml: what each may be, and its default, which is that of `Settings`."""

import difflib
import math
import re
from typing import Generic, TypeVar

from mkdocs.config import config_options
from mkdocs.config.base import BaseConfigOption, Config, ConfigErrors, ConfigWarnings, ValidationError

from workings.settings import BACKENDS, Settings

T = TypeVar("T")
DEFAULTS = Settings()
UNITS = {"": 1, "b": 1} | {
    f"{prefix}{unit}": base**power
    for power, prefix in enumerate("kmgt", start=1)
    for unit, base in (("b", 1000), ("ib", 1024))
}
AMOUNT = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*", re.IGNORECASE)


class Option(BaseConfigOption[T], Generic[T]):
    """An option that has a default; an empty value, as of an environment variable that is not set, is the default."""

    def __init__(self, default: T) -> None:
        """Take the value that stands when the option is left out."""
        super().__init__()
        self.default = default

    def run_validation(self, value: object) -> T:
        """Give the default for nothing, and leave the rest to the option."""
        return self.default if value is None else self.read(value)

    def read(self, value: object) -> T:
        """Take what YAML gives."""
        raise NotImplementedError


class Whole(Option[int]):
    """A whole number that is not negative."""

    def __init__(self, default: int, *, least: int = 0) -> None:
        """Take the value that stands when the option is left out, and the smallest that there is."""
        super().__init__(default)
        self.least = least

    def read(self, value: object) -> int:
        """Take a number."""
        if isinstance(value, bool) or not isinstance(value, int) or value < self.least:
            raise ValidationError(f"Expected a whole number from {self.least}, but received: {value!r}")
        return value


class Seconds(Option[float]):
    """A time in seconds, more than none."""

    def read(self, value: object) -> float:
        """Take a number, whole or not."""
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < math.inf:
            raise ValidationError(f"Expected a number of seconds over 0, but received: {value!r}")
        return float(value)


class Bytes(Option[int]):
    """An amount of memory: a number of bytes, or a text like `4 GiB` or `500 MB`."""

    def read(self, value: object) -> int:
        """Take a number, with a unit or without."""
        match = AMOUNT.fullmatch(str(value))
        amount = float(match[1]) * UNITS.get(match[2].lower(), 0) if match else 0
        if amount < 1:
            raise ValidationError(f"Expected an amount like '4 GiB' or '500 MB', but received: {value!r}")
        return int(amount)


class Folder(Option[str | None]):
    """A folder, relative to that of mkdocs.yml, or `false` for none."""

    def read(self, value: object) -> str | None:
        """Take a path, or false."""
        if value is False:
            return None
        if not isinstance(value, str) or not value.strip():
            raise ValidationError(f"Expected a folder or false, but received: {value!r}")
        return value


class Branch(Option[str]):
    """The name of a branch, or nothing."""

    def read(self, value: object) -> str:
        """Take a name that git would."""
        if not isinstance(value, str) or not re.fullmatch(r"(?!-)[\w./-]*", value):
            raise ValidationError(f"Expected the name of a branch, but received: {value!r}")
        return value


class Options(Config):  # type: ignore[no-untyped-call]  # a hook of MkDocs has no types
    """What may stand below `workings:` in mkdocs.yml."""

    backend = config_options.Choice(BACKENDS, default=DEFAULTS.backend)
    seed = Whole(DEFAULTS.seed)
    jobs = Whole(DEFAULTS.jobs)
    timeout = Seconds(DEFAULTS.limits.cell_seconds)
    page_timeout = Seconds(DEFAULTS.limits.page_seconds)
    memory = Bytes(DEFAULTS.limits.memory)
    output = Bytes(DEFAULTS.limits.output)
    pixels = Whole(DEFAULTS.limits.pixels, least=1)
    processes = Whole(DEFAULTS.limits.processes, least=1)
    file_size = Bytes(DEFAULTS.limits.file_size)
    errors = config_options.Choice(("stop", "show"), default=DEFAULTS.errors)
    html = config_options.Choice(("sanitised", "trusted"), default=DEFAULTS.html)
    license = config_options.Type(str, default=DEFAULTS.license)
    store = Folder(str(DEFAULTS.store))
    store_size = Bytes(DEFAULTS.store_bytes)
    preview_memory = Bytes(DEFAULTS.preview_bytes)
    colab = Branch("")

    def validate(self) -> tuple[ConfigErrors, ConfigWarnings]:
        """Refuse an option that there is not, where MkDocs only warns."""
        errors, warnings = super().validate()
        known = [name for name, _ in self._schema]
        unknown = sorted(set(self) - set(known))
        errors += [(name, ValidationError(_advice(name, known))) for name in unknown]
        return errors, [(name, text) for name, text in warnings if name not in unknown]


def _advice(name: str, known: list[str]) -> str:
    """What to say of an option that there is not."""
    near = difflib.get_close_matches(str(name), known, n=1)
    return f"There is no such option (did you mean {near[0]!r}?)" if near else f"There is no such option: {known}"
