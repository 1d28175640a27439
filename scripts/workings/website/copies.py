"""The copies of pages that a reader takes away, beside their pages: notebook, script and Markdown."""

import html
import mimetypes
import posixpath
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache, partial
from pathlib import Path, PurePosixPath
from urllib.parse import quote, unquote, urljoin, urlsplit

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from msgspec import Struct

from workings.outputs import Record
from workings.reading import Found, Source
from workings.rendering.page import Link
from workings.takeaway import FORMS, Home, take_away
from workings.takeaway.home import Picture
from workings.website.extensions import names_of

LABELS = dict(zip(FORMS, ("notebook", "Python script", "Markdown"), strict=True))
GITHUB = re.compile(r"https?://(?:www\.)?github\.com/(?P<owner>[\w.-]+)/(?P<name>[\w.-]+?)(?:\.git)?/?", re.ASCII)
COLAB = "https://colab.research.google.com/github"
_ANCHOR = re.compile(r"""<a\b[^>]*?\bhref=["']([^"']*)["'][^>]*>(.*?)</a>""", re.DOTALL | re.IGNORECASE)


class Material(Struct, frozen=True, kw_only=True):
    """What a copy of a page is made of."""

    source: Source
    found: Found
    numbers: Mapping[str, str]
    """Of its formulas, by label."""
    record: Record | None = None


class Copies:
    """Makes the copies of a site's pages, and says where they are."""

    def __init__(
        self, files: Files, config: MkDocsConfig, *, colab: str, seed: int, wanted: Callable[[Page], bool]
    ) -> None:
        """Take the site, and which of its pages have copies.

        `colab` is the branch of the site's repository where its notebooks are published, if Colab is to open them.
        """
        self._files, self._config, self._seed, self._wanted = files, config, seed, wanted
        self._features = names_of(config.markdown_extensions)
        self._licence = as_markdown(config.copyright or "")
        self._by_address = {file.dest_uri: file for file in files}
        self._colab = colab_address(config.repo_url or "", colab)

    def addresses(self, page: Page) -> dict[str, str]:
        """Where the copies of a page are in the site's folder, by how their names end; the site's own files stay."""
        if not self._wanted(page):
            return {}
        name, folder = PurePosixPath(page.file.src_uri).stem, posixpath.dirname(page.file.dest_uri)
        wanted = {form: posixpath.join(folder, name + form) for form in FORMS}
        return {form: address for form, address in wanted.items() if address not in self._by_address}

    def links(self, page: Page) -> tuple[Link, ...]:
        """The links to the copies of a page that has cells, for its foot."""
        addresses = self.addresses(page)
        found = [Link(label=LABELS[form], address=quote(at.rpartition("/")[2])) for form, at in addresses.items()]
        if self._colab and FORMS[0] in addresses:
            found.append(Link(label="Open in Colab", address=self._colab + quote(addresses[FORMS[0]]), leaves=True))
        return tuple(found)

    def write(self, page: Page, material: Material, *, only: str = "") -> None:
        """Put the copies of a page into the site's folder; or the one at that address."""
        addresses = {form: at for form, at in self.addresses(page).items() if only in ("", at)}
        if not addresses:
            return
        texts = take_away(material.source, material.found, self._home(page, material), material.record)
        folder = Path(page.file.abs_dest_path).parent
        for form, address in addresses.items():
            file = folder / address.rpartition("/")[2]
            file.parent.mkdir(parents=True, exist_ok=True)
            half = file.with_name(f".{file.name}.half")  # a preview may be reading it
            half.write_bytes(texts[form].encode("utf-8", "surrogatepass"))
            half.replace(file)

    def _home(self, page: Page, material: Material) -> Home:
        return Home(
            title=str(page.title or page.file.name),
            site=self._config.site_name,
            address=page.canonical_url or "",
            licence=self._licence,
            seed=self._seed,
            features=self._features,
            numbers=material.numbers,
            link=cache(partial(self._link, page)),
            picture=partial(self._picture, page),
        )

    def _link(self, page: Page, target: str) -> str:
        """Where a link of a page leads from its copy."""
        parts = urlsplit(target)
        file = self._file(page, parts.path) if parts.path else page.file
        if file is None:
            return target
        end = f"?{parts.query}" * bool(parts.query) + f"#{parts.fragment}" * bool(parts.fragment)
        if self._config.site_url:
            return urljoin(self._config.site_url, file.url) + end
        other = file.page
        copies = self.addresses(other) if other is not None and other is not page else {}
        address = copies.get(FORMS[0], file.dest_uri)
        return quote(posixpath.relpath(address, posixpath.dirname(page.file.dest_uri) or ".")) + end

    def _file(self, page: Page, path: str) -> File | None:
        """The file of the site that a path leads to: from the page's source, or, in HTML, from the page's address."""
        if path.startswith("/"):
            return None
        at_source = posixpath.normpath(posixpath.join(posixpath.dirname(page.file.src_uri), unquote(path)))
        at_page = posixpath.normpath(posixpath.join(posixpath.dirname(page.file.dest_uri), unquote(path)))
        found = self._files.get_file_from_path(at_source) or self._by_address.get(at_page)
        return found or self._by_address.get(posixpath.join(at_page, "index.html"))

    def _picture(self, page: Page, target: str) -> Picture | None:
        """The picture that a copy has to carry, because the site has no address to lead to."""
        file = None if self._config.site_url else self._file(page, urlsplit(target).path)
        if file is None:
            return None
        kind = mimetypes.guess_type(file.src_uri)[0] or "application/octet-stream"
        with suppress(OSError):
            return kind, file.content_bytes
        return None


def colab_address(repository: str, branch: str) -> str:
    """Where Colab opens what a branch on GitHub holds; nothing for another host, or without a branch."""
    github = GITHUB.fullmatch(repository)
    return f"{COLAB}/{github['owner']}/{github['name']}/blob/{quote(branch)}/" if github and branch else ""


def as_markdown(text: str) -> str:
    """A line of HTML, its links in Markdown and nothing else of it but its text."""
    linked = _ANCHOR.sub(r"[\2](\1)", text)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", "", linked)).split())
