"""What can go wrong on our side of a cell; what a cell does wrong is a value, `outputs.Failure`.

WorkingsError
├── SourceError      a page's text can't be used: its bytes, a notebook, an option, a fence, a formula
├── SettingsError    a setting in mkdocs.yml or on the command line is not one
├── BackendError     a device was asked for that is not here
└── ExecutorError    the warm process that runs pages can't be started or kept alive
"""

from workings.place import Place


class WorkingsError(Exception):
    """The root of all errors that the engine raises on purpose: each says what is wrong and what to do."""


class SourceError(WorkingsError):
    """A page's source can't be used; `place` is the line to mend.

    Its text is one clickable line: `docs/page.md:12: unknown option 'tag' (did you mean 'tags'?)`.
    """

    def __init__(self, place: Place, message: str) -> None:
        """Take the line to mend, and what is wrong with it and what to do, in one sentence."""
        super().__init__(f"{place}: {message}")
        self.place = place
        self.message = message


class SettingsError(WorkingsError):
    """A setting is unknown or has a value that it can't have."""


class BackendError(WorkingsError):
    """A backend was asked for and is absent; the message says what was looked for and what was found."""


class ExecutorError(WorkingsError):
    """The warm process died or would not start, more often than a restart can mend."""


def leaves(errors: BaseExceptionGroup[WorkingsError]) -> list[WorkingsError]:
    """The errors of a group, those of its groups included."""
    found: list[WorkingsError] = []
    for error in errors.exceptions:
        found += leaves(error) if isinstance(error, BaseExceptionGroup) else [error]
    return found
