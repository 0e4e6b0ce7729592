"""Languages in which passerby speaks to the people whom its cameras see."""

from __future__ import annotations

from enum import StrEnum


class Language(StrEnum):
    """A language of public pages and signs."""

    ENGLISH = "en"
    GERMAN = "de"
