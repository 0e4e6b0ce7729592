"""Writes covered pictures to a video file."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from av.error import FFmpegError

from passerby.errors import OutputError, UsageError
from passerby.media.layout import Shape
from passerby.media.sound_plan import SoundPlan
from passerby.media.stretch import Excerpt
from passerby.outputs.files.codecs import codec_named, container_for
from passerby.outputs.files.encode import Encoder
from passerby.outputs.partial import PartialFile, write_error
from passerby.redact.redactor import RedactedFrame


@dataclass(frozen=True, slots=True)
class Encoding:
    """How a video file is encoded.

    Args:
        codec: "h264", "h265", "av1" or "vp9", if the installed FFmpeg has it.
        crf: Quality; lower is better and larger; None = the codec's default.
        preset: Effort, one of the encoder's own names; "" = the codec's default.
    """

    codec: str = "h264"
    crf: int | None = None
    preset: str = ""


class VideoTarget:
    """A video file of covered pictures: a `VideoOutput` that gets its final name only when complete.

    Frames keep their timestamps; nothing else is copied from the source: no sound (unless asked for), no
    subtitles, data, chapters, dates, names or comments.

    Args:
        path: The file; its extension sets the container.
        shape: The shape of every picture.
        encoding: Codec, quality and effort.
        sound: The recording whose sound is written, and when it is heard; None = no sound.
        excerpt: Which part of a recording the pictures are: the file begins at 0, and has the sound of this part; None
            = the file has the recording's own times.
        replace: Whether an existing file may be replaced.

    Raises:
        UsageError: Codec, container, quality, effort or sound do not fit together.
        OutputError: The target exists, is the source, or cannot be written.
        SourceError: The recording with the sound cannot be read.
    """

    def __init__(
        self,
        path: Path,
        shape: Shape,
        *,
        encoding: Encoding = Encoding(),
        sound: SoundPlan | None = None,
        excerpt: Excerpt | None = None,
        replace: bool = False,
    ) -> None:
        self._path = path
        container = container_for(path, encoding.codec)
        if sound is not None and path.exists() and path.samefile(sound.path):
            msg = f"{path}: target and source are the same file; choose another name"
            raise OutputError(msg)
        self._shape = shape
        self._file = PartialFile(path, replace=replace)
        with ExitStack() as undo:
            undo.callback(self._file.discard)
            self._encoder = self._opened(encoding, container, sound, excerpt)
            undo.pop_all()

    def _opened(self, encoding: Encoding, container: str, sound: SoundPlan | None, excerpt: Excerpt | None) -> Encoder:
        codec = codec_named(encoding.codec)
        try:
            encoder = Encoder(
                self._file, self._shape, codec=codec, container=container, crf=encoding.crf, preset=encoding.preset
            )
            if excerpt is not None:
                encoder.begin_at(excerpt)
            if sound is not None:
                encoder.carry_sound(sound)
        except UsageError as error:
            msg = f"{self._path}: {error}"
            raise UsageError(msg) from error
        except (OSError, ValueError, FFmpegError) as error:
            raise self._failed(error) from error
        return encoder

    def write(self, frame: RedactedFrame) -> None:
        """Write one covered picture.

        Raises:
            OutputError: It has another size or layout than the video, or the file cannot be written.
        """
        if frame.layout is not self._shape.layout or frame.planes[0].shape != (self._shape.height, self._shape.width):
            msg = f"{self._path}: a frame of {frame.planes[0].shape} {frame.layout} does not fit this video"
            raise OutputError(msg)
        try:
            self._encoder.write(frame.packed, frame.pts)
        except (OSError, ValueError, FFmpegError) as error:
            raise self._failed(error) from error

    def finish(self) -> None:
        """Complete the file and give it its final name.

        Raises:
            OutputError: The file cannot be written; no partial file is left.
        """
        try:
            self._encoder.finish()
            self._file.commit()
        except (OSError, ValueError, FFmpegError) as error:
            raise self._failed(error) from error
        finally:
            self.abandon()

    def abandon(self) -> None:
        """Remove what was written; no effect after `finish`."""
        self._file.discard()
        self._encoder.release()

    def _failed(self, error: Exception) -> OutputError:
        if self._file.failure is not None:
            return write_error(self._path, self._file.failure)
        return OutputError(f"{self._path}: the encoder failed ({error}); try another codec or container")
