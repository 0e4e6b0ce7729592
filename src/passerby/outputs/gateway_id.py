"""The id of a gateway: it tells those apart that share a broker, or a host name."""

from __future__ import annotations

import os
import re
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Final

from passerby.errors import OutputError
from passerby.outputs.partial import write_error

_FILE: Final = "gateway.id"


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
        msg = f"{path}: this is not a gateway id (16 hexadecimal digits); remove the file, and a new one is made"
        raise OutputError(msg)

    return text
