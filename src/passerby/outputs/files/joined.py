"""Joins encoded, covered pieces of one recording into one file: packets are copied, nothing is encoded again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import av
from av.packet import Packet
from av.video.stream import VideoStream

from passerby.errors import OutputError, UsageError
from passerby.media.layout import Shape
from passerby.media.sound_plan import SoundPlan
from passerby.outputs.files.codecs import container_for
from passerby.outputs.files.copy_file import CopyFile
from passerby.outputs.partial import PartialFile, write_error

_AGAIN = "remove it, and run the same command again"


@dataclass(frozen=True, slots=True)
class EncodedPiece:
    """A file with the covered pictures of a part of a recording.

    Args:
        path: The file.
        pts: When its pictures are shown in the recording, ascending, in the recording's units of time.
    """

    path: Path
    pts: tuple[int, ...]


def write_joined(
    target: Path,
    pieces: Sequence[EncodedPiece],
    shape: Shape,
    *,
    codec: str,
    sound: SoundPlan | None = None,
    replace: bool = False,
) -> None:
    """Write one file with the pictures of all pieces at the recording's own times, and its sound.

    Args:
        target: The file; its extension sets the container.
        pieces: In order of time; all were encoded with the same settings.
        shape: The shape of every picture.
        codec: Name of the codec.
        sound: The recording whose sound is written, and when it is heard; None = no sound.
        replace: Whether an existing file may be replaced.

    Raises:
        UsageError: The container cannot hold the sound.
        OutputError: The target exists or cannot be written, or the pieces do not fit together; no partial file is left.
        SourceError: The recording with the sound cannot be read.
    """
    file = PartialFile(target, replace=replace)
    with ExitStack() as undo:
        undo.callback(file.discard)
        try:
            copy = CopyFile(file, container=container_for(target, codec), time_base=shape.time_base)
            undo.callback(copy.release)
            _write(copy, pieces, shape, sound=sound)
            copy.finish()
            file.commit()
        except UsageError as error:
            msg = f"{target}: {error}"
            raise UsageError(msg) from error
        except (OSError, ValueError, av.FFmpegError) as error:
            raise _failed(target, file, error) from error


def _write(copy: CopyFile, pieces: Sequence[EncodedPiece], shape: Shape, *, sound: SoundPlan | None) -> None:
    stream: VideoStream | None = None
    header: bytes | None = None
    shown = [pts for piece in pieces for pts in piece.pts]
    late = max((_reordered(piece) for piece in pieces), default=0)
    step = max(1, round(1 / (shape.rate * shape.time_base)))
    done = 0
    for piece in pieces:
        with closing(av.open(f"file:{piece.path}")) as source:
            picture = source.streams.video[0]
            own = bytes(picture.codec_context.extradata or b"")
            if stream is None:
                stream = copy.container.add_stream_from_template(picture)
                stream.time_base = copy.time_base
                header = own
                if sound is not None:
                    copy.carry_sound(sound, None)
            if own != header:
                msg = f"{piece.path}: was encoded with other settings than the first piece; {_AGAIN}"
                raise OutputError(msg)
            place = dict(zip(sorted(packet.pts or 0 for packet in _packets_of(piece.path)), piece.pts, strict=True))
            for number, packet in enumerate(_packets(source), done):
                packet.pts = place[packet.pts or 0]
                packet.dts = shown[number - late] if number >= late else shown[0] - (late - number) * step
                packet.time_base = shape.time_base
                packet.stream = stream
                copy.sound_until(packet.pts * shape.time_base)
                copy.mux(packet)
            done += len(piece.pts)


def _reordered(piece: EncodedPiece) -> int:
    """Return by how many pictures a packet may come too late for the order in which they are shown.

    Raises:
        OutputError: The file does not have as many pictures as were covered.
    """
    found = [packet.pts or 0 for packet in _packets_of(piece.path)]
    if len(set(found)) != len(piece.pts) or len(found) != len(piece.pts):
        msg = f"{piece.path}: has {len(found)} pictures instead of {len(piece.pts)}; {_AGAIN}"
        raise OutputError(msg)
    order = {pts: place for place, pts in enumerate(sorted(found))}
    return max(number - order[pts] for number, pts in enumerate(found))


def _packets_of(path: Path) -> Iterator[Packet[VideoStream]]:
    with closing(av.open(f"file:{path}")) as source:
        yield from _packets(source)


def _packets(source: av.container.InputContainer) -> Iterator[Packet[VideoStream]]:
    for packet in source.demux(source.streams.video[0]):
        if packet.size:
            yield packet


def _failed(target: Path, file: PartialFile, error: Exception) -> OutputError:
    if file.failure is not None:
        return write_error(target, file.failure)
    return OutputError(f"{target}: the pieces cannot be joined ({error}); try another codec or container")
