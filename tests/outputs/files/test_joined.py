"""Pieces joined into one file: every frame once, at the recording's own times, and nothing encoded again."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import pytest
from tests.media import clips

from passerby.errors import OutputError
from passerby.media.files.video_file import VideoFile
from passerby.media.frame import Frame
from passerby.media.sound_plan import SoundPlan
from passerby.outputs.files.joined import EncodedPiece, write_joined
from passerby.outputs.files.video import Encoding, VideoTarget
from passerby.redact.mask import Cover
from passerby.redact.redactor import redact
from passerby.redact.style import style_named

TICKS = [0, 512, 1024, 1536, 2048, 2560, 4000, 4512, 5024, 9000, 9512, 10024, 10536, 20000, 20512]
CUTS = (0, 6, 9, len(TICKS))


def written(target: Path, frames: list[Frame], source: VideoFile, codec: str) -> EncodedPiece:
    output = VideoTarget(target, source.shape, encoding=Encoding(codec))
    for frame in frames:
        output.write(redact(frame, Cover.nothing(), style_named("solid")))
    output.finish()
    return EncodedPiece(target, tuple(frame.pts for frame in frames))


@pytest.mark.parametrize(("suffix", "codec"), [(".mp4", "h264"), (".mp4", "h265"), (".mkv", "h264"), (".webm", "vp9")])
def test_a_joined_file_shows_what_one_that_was_written_in_one_go_shows(tmp_path: Path, suffix: str, codec: str) -> None:
    clip = clips.make_clip(tmp_path / "s.mp4", times=TICKS, muxer={"movie_timescale": "12800"})
    source = VideoFile(clip)
    frames = list(source)
    whole = written(tmp_path / f"whole{suffix}", frames, source, codec)
    pieces = [written(tmp_path / f"{start}{suffix}", frames[start:end], source, codec) for start, end in pairwise(CUTS)]
    target = tmp_path / f"joined{suffix}"
    write_joined(target, pieces, source.shape, codec=codec)
    assert clips.told_times(target) == clips.told_times(whole.path)
    if suffix == ".mp4":
        assert clips.told_times(target) == [tick * clips.TICKS for tick in TICKS]
    shown = VideoFile(target)
    assert (shown.shape.width, shown.shape.height, shown.shape.colour) == (64, 48, source.shape.colour)
    for before, after in zip(VideoFile(whole.path), shown, strict=True):
        assert abs(before.planes[0].astype(int) - after.planes[0]).mean() < 4


def test_a_joined_file_has_the_recordings_sound_and_no_word_about_who_made_it(data_dir: Path, tmp_path: Path) -> None:
    clip = data_dir / "hostile/media3/sample_portrait.mp4"
    with av.open(str(clip)) as plain:
        heard = sum(packet.size for packet in plain.demux(audio=0))
    assert heard
    source = VideoFile(clip)
    frames = list(source)
    pieces = [
        written(tmp_path / f"{number}.mp4", part, source, "h264")
        for number, part in enumerate((frames[:7], frames[7:]))
    ]
    target = tmp_path / "joined.mp4"
    write_joined(target, pieces, source.shape, codec="h264", sound=SoundPlan(clip))
    with av.open(str(target)) as joined:
        assert sum(packet.size for packet in joined.demux(audio=0)) == heard
        assert [stream.type for stream in joined.streams] == ["video", "audio"]
    assert b"x264" not in target.read_bytes()
    assert [frame.pts * frame.time_base for frame in VideoFile(target)] == [
        frame.pts * frame.time_base for frame in frames
    ]


def test_pieces_that_do_not_fit_together_make_no_file(tmp_path: Path) -> None:
    source = VideoFile(clips.make_clip(tmp_path / "s.mp4", times=TICKS))
    frames = list(source)
    one = written(tmp_path / "one.mp4", frames[:5], source, "h264")
    with pytest.raises(OutputError, match="has 5 pictures instead of 4"):
        write_joined(tmp_path / "t.mp4", [EncodedPiece(one.path, one.pts[:4])], source.shape, codec="h264")
    other = clips.make_clip(tmp_path / "other.mp4", times=TICKS[5:], size=(80, 48))
    strange = EncodedPiece(other, tuple(TICKS[5:]))
    with pytest.raises(OutputError, match="was encoded with other settings than the first piece"):
        write_joined(tmp_path / "t.mp4", [one, strange], source.shape, codec="h264")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one.mp4", "other.mp4", "s.mp4"]
    assert source.shape.time_base == Fraction(1, 12800)
