"""A site file that a gateway uses, to be edited over HTTP."""

from __future__ import annotations

from pathlib import Path

from passerby.gateway.site_editor import SiteEditor
from passerby.settings.load import load_site, reloaded
from passerby.settings.site.site import SiteSettings


class Running:
    """A gateway that takes other settings, and remembers who changed them.

    Args:
        site: Its first settings.
    """

    def __init__(self, site: SiteSettings) -> None:
        self.site = site
        self.accounts: list[str | None] = []
        self.refuses: Exception | None = None
        """What it raises instead of taking them."""

    def reload(self, site: SiteSettings, *, account: str | None = None) -> tuple[str, ...]:
        """Use other settings."""
        if self.refuses:
            raise self.refuses
        self.accounts.append(account)
        self.site, waiting = reloaded(self.site, site)
        return waiting


def editor_of(path: Path) -> SiteEditor:
    """Return an editor of a site file that a gateway uses."""
    return SiteEditor(path, Running(load_site(path)))
