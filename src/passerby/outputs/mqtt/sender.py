"""Which gateway publishes: several may share one broker, and several sites as well."""

from __future__ import annotations

import os
import re
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from passerby.errors import OutputError
from passerby.outputs.partial import write_error

_FILE: Final = "gateway.id"
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

    @classmethod
    def from_topic(cls, topic: object, version: str) -> Self | None:
        """Return whose availability a topic is; None = not one of passerby's."""
        found = _TOPIC.fullmatch(topic) if isinstance(topic, str) else None
        return None if found is None else cls(found[1], found[2], version)


def gateway_id(state_folder: Path) -> str:
    """Return the id of the gateway that a state folder belongs to; made at random when there is none.

    Raises:
        OutputError: It cannot be read or written, or somebody wrote something else there.
    """
    path = state_folder / _FILE
    try:
        state_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        new = path.with_name(f".{_FILE}.partial-{secrets.token_hex(4)}")
        if not path.exists():
            descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            try:
                with os.fdopen(descriptor, "w", encoding="ascii") as file:
                    file.write(secrets.token_hex(8) + "\n")
                    file.flush()
                    os.fsync(descriptor)
                with suppress(FileExistsError):  # another process was first
                    path.hardlink_to(new)
            finally:
                new.unlink(missing_ok=True)
        text = path.read_bytes()[:64].decode("ascii", "replace").strip()
    except OSError as error:
        raise write_error(path, error) from error
    if not re.fullmatch(r"[0-9a-f]{16}", text):
        msg = f"{path}: this is no gateway id (16 hexadecimal digits); remove the file, and a new one is made"
        raise OutputError(msg)
    return text
