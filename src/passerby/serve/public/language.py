"""Which language a reader gets: that of the link they chose, or what their browser asks for."""

from __future__ import annotations

from typing import Final

from passerby.settings.language import Language

_MOST: Final = 20
"""Languages that are looked at; browsers name a few."""


def language_of(accept: str) -> Language:
    """Return the language that a browser likes best; English if it names none of ours.

    Args:
        accept: The header Accept-Language.

    >>> language_of("fr, de-AT;q=0.8, en;q=0.5").value
    'de'
    >>> language_of("de;q=0, *").value
    'en'
    """
    weights = dict.fromkeys(Language, 0.0)
    for part in accept.split(",")[:_MOST]:
        name, _, more = part.strip().partition(";")
        main = name.strip().partition("-")[0].casefold()
        if main in set(Language):
            weights[Language(main)] = max(weights[Language(main)], _weight(more))
    return max(weights, key=weights.__getitem__)  # the first of equals is English


def _weight(text: str) -> float:
    key, _, value = text.strip().partition("=")
    try:
        return float(value) if key.strip() == "q" else 1.0
    except ValueError:
        return 0.0
