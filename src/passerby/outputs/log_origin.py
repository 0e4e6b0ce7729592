"""The name of a log of this gateway: two gateways of one site have logs of different names."""

from __future__ import annotations

from pathlib import Path

from passerby.errors import AuditError, OutputError
from passerby.outputs.gateway_id import gateway_id


def log_origin(site: str, log: str, state_folder: Path) -> str:
    """Return the name of a log, or of a witness, that is new; one that was made before has the name in its key.

    Args:
        site: Name of the site.
        log: Which: `audit`, `cover` or `witness`.
        state_folder: Of the gateway.

    Raises:
        AuditError: The gateway's id cannot be read or made.
    """
    try:
        return f"{site}/{log}/{gateway_id(state_folder)}"
    except OutputError as error:
        msg = f"{error}. The {log} log is named after this id"
        raise AuditError(msg) from error
