"""What sends the checkpoints of a site's audit log to other places, as its settings say."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from passerby.audit.audit_log import audit_folder
from passerby.audit.checkpoint_sender import CheckpointSender
from passerby.audit.note import NoteKey, parsed_key
from passerby.audit.remote_witness import RemoteWitness
from passerby.audit.second_place import SecondPlace
from passerby.errors import AuditError, OutputError, SettingError
from passerby.outputs.gateway_id import gateway_id
from passerby.settings.site.site import SiteSettings


def checkpoint_senders(site: SiteSettings, clock: Callable[[], float]) -> list[CheckpointSender]:
    """Return what sends checkpoints to other places.

    Args:
        site: The site.
        clock: The system's clock, UTC since 1970, s.

    Raises:
        SettingError: The key of the witness is not one.
    """
    audit, state = site.audit, audit_folder(site.state_folder)
    senders = []
    if audit.copy_folder is not None:
        place = SecondPlace(
            audit.copy_folder,
            gateway=lambda: own_id(site.state_folder),
            clock=clock,
            timestamp_url=audit.timestamp_url,
        )
        senders.append(CheckpointSender(place, "passerby-second-place"))
    if audit.witness_url:
        witness = RemoteWitness(
            audit.witness_url,
            _witness_key(audit.witness_key),
            log_folder=state / "log",
            target=state / "checkpoint-witnessed",
            certificate=audit.witness_certificate,
        )
        senders.append(CheckpointSender(witness, "passerby-witness"))
    return senders


def own_id(state_folder: Path) -> str:
    """Return the id of this gateway.

    Raises:
        AuditError: It cannot be read or made.
    """
    try:
        return gateway_id(state_folder)
    except OutputError as error:
        msg = f"{error}. Copies of checkpoints are named after this id"
        raise AuditError(msg) from error


def _witness_key(text: str) -> NoteKey:
    try:
        return parsed_key(text)
    except ValueError as error:
        msg = f"{error}; copy what passerby audit witness prints there"
        raise SettingError(msg, "audit.witness_key") from error
