"""The build of a site into a staging folder, and the moment when it is published."""

import logging
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import Abort
from mkdocs.utils import CountHandler

from workings.website.staging import Staging

log = logging.getLogger("mkdocs.plugins.workings")


class Publication:
    """Where MkDocs builds meanwhile, and where the site belongs."""

    def __init__(self, config: MkDocsConfig, *, keep: bool) -> None:
        """Have the site built beside the old one; with `keep`, from a copy of it."""
        self._config, self._site = config, config.site_dir
        try:
            self._staging = Staging(Path(self._site), keep=keep)
        except OSError as error:
            raise Abort(f"The site can't be built beside {self._site}: {error}") from error
        config.site_dir = str(self._staging.folder)

    def publish(self, *, warned: bool = False) -> bool:
        """Put the new site in its place, say whether; with warnings in a strict build only if `warned` asks for it."""
        wanted = warned or not (self._config.strict and _warned())
        if wanted:
            try:
                self._staging.commit()
            except OSError as error:
                raise Abort(f"The new site can't take the place of {self._site}: {error}") from error
        self.withdraw()
        if not warned:
            log.info("The site is in %s" if wanted else "The site in %s is as it was", self._site)
        return wanted

    def withdraw(self) -> None:
        """Leave nothing of the new site that is not in its place."""
        self._staging.discard()
        self._config.site_dir = self._site


def _warned() -> bool:
    """Whether MkDocs has counted a warning, as it does in strict builds."""
    handlers = logging.getLogger("mkdocs").handlers
    return any(isinstance(handler, CountHandler) and handler.get_counts() for handler in handlers)
