"""Records which segments retention is about to erase, so that nobody takes them for stolen."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from passerby.errors import PasserbyError
from passerby.outputs.recording.chain import record_erased
from passerby.outputs.recording.encryption import load_key
from passerby.outputs.recording.segment import Segment, link_of

log = logging.getLogger(__name__)


class ErasureRecord:
    """Writes what is erased into the sealed record of each camera.

    Args:
        key_file: The key of the recordings.
        heads: The folder of heads.
    """

    def __init__(self, key_file: Path, heads: Path) -> None:
        self._key_file = key_file
        self._heads = heads

    def numbers(self, surplus: Iterable[Segment]) -> dict[str, list[tuple[int, str]]]:
        """Return number and first picture of the chained segments of each camera, read from their files.

        Only what a segment seals counts: a forged file of great age cannot have another segment's number recorded.
        Without the key nothing can be told, and erasing goes on: to keep recordings for too long would be worse.
        """
        numbers: dict[str, list[tuple[int, str]]] = defaultdict(list)
        try:
            for segment in surplus:
                link = link_of(segment, load_key(self._key_file))
                if link is not None:
                    numbers[segment.camera].append((link.number, segment.begin.isoformat(timespec="microseconds")))
        except (PasserbyError, OSError) as error:
            log.error("erasure_not_recorded", extra={"reason": str(error)})  # noqa: TRY400 - one line says it all
        return dict(numbers)

    def add(self, numbers: Mapping[str, Sequence[tuple[int, str]]]) -> bool:
        """Record what `numbers` returned; return whether it could be done."""
        try:
            for camera, erased in numbers.items():
                record_erased(self._heads, camera, load_key(self._key_file), erased)
        except (PasserbyError, OSError) as error:
            log.error("erasure_not_recorded", extra={"reason": str(error)})  # noqa: TRY400 - one line says it all
            return False
        return True
