"""Which gateway publishes: several may share one broker, and several sites as well."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Self

_NAME: Final = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_TOPIC: Final = re.compile(rf"passerby/({_NAME.pattern})/available/([0-9a-f]{{16}})")


@dataclass(frozen=True, slots=True)
class Sender:
    """A gateway as the broker knows it.

    Args:
        site: Name of the site.
        gateway: Id of the gateway, 16 hexadecimal digits; another of the same site has another.
        version: Of passerby.
    """

    site: str
    gateway: str
    version: str

    @property
    def available_topic(self) -> str:
        """Where it says whether it is there.

        >>> Sender("hall", "00112233aabbccdd", "1").available_topic
        'passerby/hall/available/00112233aabbccdd'
        """
        return f"passerby/{self.site}/available/{self.gateway}"

    def health_topic(self, camera: str) -> str:
        """Return where it says how a camera does."""
        return f"passerby/{self.site}/{camera}/health"

    def alert_topic(self, rule: str) -> str:
        """Return where it says what the alerts of a rule are; another gateway may have a rule of the same name.

        >>> Sender("hall", "00112233aabbccdd", "1").alert_topic("too-full")
        'passerby/hall/alerts/00112233aabbccdd/too-full'
        """
        return f"passerby/{self.site}/alerts/{self.gateway}/{rule}"

    @property
    def checkpoint_topic(self) -> str:
        """Where the newest checkpoint of its audit log is."""
        return f"passerby/{self.site}/audit/{self.gateway}/checkpoint"

    @classmethod
    def from_topic(cls, topic: object, version: str) -> Self | None:
        """Return whose availability a topic is; None = not one of passerby's."""
        found = _TOPIC.fullmatch(topic) if isinstance(topic, str) else None
        return None if found is None else cls(found[1], found[2], version)
