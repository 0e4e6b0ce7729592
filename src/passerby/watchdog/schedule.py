"""When the watchdog looks: moments that nobody can foresee, and that anybody can check afterwards."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from passerby.errors import OutputError

SECRET_BYTES: Final = 32
LEAST_EVERY_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class DrawSchedule:
    """One moment in each slot of a day, at random; another camera and another slot have another one.

    The moment is HMAC-SHA256(seed of the day, "camera LF slot"), the first 8 bytes as a share of the slot. Who does
    not have the seed cannot tell it from chance; who has it can compute all moments of the day.

    Args:
        seed: Seed of the day, 32 bytes; it is not shown to the gateway before the day is over.
        every_s: Length of a slot, s.
    """

    seed: bytes = field(repr=False)
    every_s: float

    def __post_init__(self) -> None:
        """Refuse a seed that can be guessed, and slots without length.

        Raises:
            ValueError: One of them is wrong.
        """
        if len(self.seed) != SECRET_BYTES or not self.every_s >= LEAST_EVERY_S:
            msg = f"a schedule needs {SECRET_BYTES} bytes and {LEAST_EVERY_S:g} s or more between looks"
            raise ValueError(msg)

    @property
    def commitment(self) -> str:
        """SHA-256 of the seed, in hexadecimal: it can be published at once and binds the watchdog to its seed."""
        return commitment_of(self.seed)

    def slot(self, time_s: float) -> int:
        """Return the slot of a moment, UTC since 1970, s."""
        return int(time_s // self.every_s)

    def moment_s(self, camera: str, slot: int) -> float:
        """Return the moment that is drawn in a slot, UTC since 1970, s.

        >>> schedule = DrawSchedule(bytes(32), 30.0)
        >>> 300 <= schedule.moment_s("door", 10) < 330
        True
        """
        digest = hmac.digest(self.seed, f"{camera}\n{slot}".encode(), "sha256")
        share = int.from_bytes(digest[:8]) / 2**64
        return (slot + share) * self.every_s


def commitment_of(seed: bytes) -> str:
    """Return the commitment to a seed."""
    return hashlib.sha256(seed).hexdigest()


def day_of(time_s: float) -> date:
    """Return the day (UTC) of a moment, UTC since 1970, s."""
    return datetime.fromtimestamp(time_s, UTC).date()


def seed_of_day(secret: bytes, day: date) -> bytes:
    """Return the seed of a day; it tells nothing about the seeds of other days."""
    return hmac.digest(secret, f"passerby watch {day.isoformat()}".encode(), "sha256")


def load_secret(folder: Path) -> bytes:
    """Return the secret that all seeds come from; it is made at the first call, readable by its user alone.

    Raises:
        OutputError: It cannot be read or written, or is damaged.
    """
    path = folder / "watch-secret"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not path.exists():
            partial = path.with_suffix(".partial")
            partial.unlink(missing_ok=True)
            partial.touch(mode=0o600)
            partial.write_bytes(secrets.token_bytes(SECRET_BYTES))
            partial.replace(path)
        secret = path.read_bytes()
    except OSError as error:
        msg = f"{path}: cannot be used ({error.strerror}); give a folder that can be written to with --state"
        raise OutputError(msg) from error
    if len(secret) != SECRET_BYTES:
        msg = f"{path}: damaged, {len(secret)} bytes instead of {SECRET_BYTES}; delete it, and a new one is made"
        raise OutputError(msg)
    return secret
