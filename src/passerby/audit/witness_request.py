"""What a log sends to a witness over HTTP: its new checkpoint, and proof that it grew (C2SP tlog-witness)."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Final

from passerby.audit.tree import HASH_BYTES

MOST_HASHES: Final = 63


@dataclass(frozen=True, slots=True)
class WitnessRequest:
    """A checkpoint to be cosigned.

    Args:
        old: Number of entries that the witness has cosigned, as far as the log knows.
        proof: Hashes that prove that the log grew from there.
        checkpoint: The checkpoint, signed by the log.
    """

    old: int
    proof: tuple[bytes, ...]
    checkpoint: bytes

    def encoded(self) -> bytes:
        """Return the body of the request."""
        lines = [f"old {self.old}", *(base64.b64encode(each).decode() for each in self.proof), "", ""]
        return "\n".join(lines).encode() + self.checkpoint


def parsed_request(data: bytes) -> WitnessRequest:
    """Return the request in a body.

    Raises:
        ValueError: It is not one.
    """
    head, found, checkpoint = data.partition(b"\n\n")
    first, *hashes = head.decode(errors="replace").split("\n")
    word, _, number = first.partition(" ")
    if not found or word != "old" or not _is_size(number) or len(hashes) > MOST_HASHES:
        msg = "not a request to a witness; see C2SP tlog-witness"
        raise ValueError(msg)
    try:
        proof = tuple(base64.b64decode(each, validate=True) for each in hashes)
    except binascii.Error as error:
        msg = "a hash of the proof is not base64"
        raise ValueError(msg) from error
    if any(len(each) != HASH_BYTES for each in proof):
        msg = f"a hash of the proof does not have {HASH_BYTES} bytes"
        raise ValueError(msg)
    return WitnessRequest(int(number), proof, checkpoint)


def _is_size(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 18 and text == str(int(text))
