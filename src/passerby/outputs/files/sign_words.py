"""The words of the sign beside a camera, in English and German."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from passerby.settings.language import Language


@dataclass(frozen=True, slots=True)
class SignWords:
    """The words of a sign; each names in braces what is put in. The attributes are named for where they stand."""

    title: str
    subtitle: str
    controller: str
    purpose: str
    retention: str
    recorded: str
    not_recorded: str
    hours: str
    days: str
    rights: str
    your_rights: str
    more: str
    more_here: str


WORDS: Final = {
    Language.ENGLISH: SignWords(
        title="Camera",
        subtitle="People who are found in the picture are covered before anybody sees it. Nobody is recognised.",
        controller="Who is responsible",
        purpose="Why",
        retention="How long",
        recorded="Only covered pictures are recorded, and erased after {time}.",
        not_recorded="Nothing is recorded.",
        hours="{count:g} hours",
        days="{count:g} days",
        rights="Your rights",
        your_rights="You can ask what is stored about you, have it erased, object, and complain to the data protection "
        "authority. Contact: {contact}",
        more="More about this camera",
        more_here="What it shows, how well covering works, legal basis and all your rights:",
    ),
    Language.GERMAN: SignWords(
        title="Kamera",
        subtitle="Menschen, die im Bild gefunden werden, werden verdeckt, bevor es jemand sieht. Niemand wird erkannt.",
        controller="Verantwortlich",
        purpose="Wozu",
        retention="Wie lange",
        recorded="Nur verdeckte Bilder werden aufgezeichnet und nach {time} gelöscht.",
        not_recorded="Es wird nichts aufgezeichnet.",
        hours="{count:g} Stunden",
        days="{count:g} Tagen",
        rights="Ihre Rechte",
        your_rights="Sie können Auskunft und Löschung verlangen, widersprechen und sich bei der Datenschutzbehörde "
        "beschweren. Kontakt: {contact}",
        more="Mehr über diese Kamera",
        more_here="Was sie zeigt, wie gut die Abdeckung arbeitet, Rechtsgrundlage und alle Ihre Rechte:",
    ),
}
"""The words by language."""


def retention_in_words(hours: float | None, words: SignWords, language: Language) -> str:
    """Return how long pictures are stored.

    Args:
        hours: Until they are erased; None = nothing is recorded.
        words: Those of the language.
        language: Decides how a number is written.

    >>> retention_in_words(12.5, WORDS[Language.GERMAN], Language.GERMAN)
    'Nur verdeckte Bilder werden aufgezeichnet und nach 12,5 Stunden gelöscht.'
    """
    if hours is None:
        return words.not_recorded
    in_days = hours > 72 and hours % 24 == 0
    time = words.days.format(count=hours / 24) if in_days else words.hours.format(count=hours)
    return words.recorded.format(time=time.replace(".", ",") if language is Language.GERMAN else time)
