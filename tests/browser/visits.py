"""Visits to pages of the site, with all that the browser asked for and complained of."""

from dataclasses import dataclass, field
from typing import Literal

from playwright.sync_api import Browser, Page

Scheme = Literal["light", "dark"]


@dataclass(kw_only=True)
class Visit:
    """A page in a browser's tab."""

    page: Page
    asked: list[str] = field(default_factory=list)
    """The addresses of all requests."""
    complaints: list[str] = field(default_factory=list)
    """Errors and warnings of the console, uncaught exceptions, and answers that were errors."""

    def listen(self) -> None:
        """Note what happens from now on."""
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("pageerror", lambda error: self.complaints.append(f"uncaught: {error}"))
        self.page.on("requestfailed", lambda request: self.complaints.append(f"failed: {request.url}"))
        self.page.on("response", lambda answer: self.note(answer.status >= 400, f"{answer.status}: {answer.url}"))
        self.page.on("console", lambda said: self.note(said.type in {"error", "warning"}, f"{said.type}: {said.text}"))

    def note(self, is_bad: bool, complaint: str) -> None:  # noqa: FBT001 - a condition
        """Keep a complaint if it is one."""
        if is_bad:
            self.complaints.append(complaint)


class Visits:
    """A visit for each page, scheme and width, made when it is first asked for and then shared."""

    def __init__(self, browser: Browser, home: str) -> None:
        """Take a browser, and the address that paths of pages start from."""
        self.browser = browser
        self.home = home
        self.made: dict[tuple[str, Scheme, int], Visit] = {}

    def to(self, path: str, *, scheme: Scheme = "light", width: int = 1280) -> Visit:
        """Give the shared visit to a page."""
        key = (path, scheme, width)
        if key not in self.made:
            self.made[key] = self.fresh(path, scheme=scheme, width=width)
        return self.made[key]

    def fresh(self, path: str, *, scheme: Scheme = "light", width: int = 1280) -> Visit:
        """Visit a page as a new reader, who prefers a scheme and little motion, and wait until it is at rest."""
        context = self.browser.new_context(
            color_scheme=scheme, viewport={"width": width, "height": 900}, reduced_motion="reduce"
        )
        visit = Visit(page=context.new_page())
        visit.listen()
        visit.page.goto(self.home + path, wait_until="networkidle")
        visit.page.evaluate("document.fonts.ready")
        return visit
