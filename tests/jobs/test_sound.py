"""The sound of a copy: dropped, kept, silent by hand, silent where somebody speaks."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import wave
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from tests.media.clips import scene
from tests.vision.net_files import weights

import passerby
from passerby.assembly import silencing
from passerby.errors import DetectorError
from passerby.review.edits_file import binding
from passerby.vision.nets.speech_finder import CHUNK, SpeechFinder, made_voice

RATE = 16_000
VOICE_S = (2.0, 3.5)
FACES = frozenset({passerby.CoverKind.FACES})  # one network, so that the tests are quick
KEEP = {"effort": passerby.Effort.FAST, "check": passerby.CheckDepth.OFF, "cover": FACES}


def tone(seconds: float) -> NDArray[np.float32]:
    """A quiet hum that is no voice."""
    times = np.arange(int(seconds * RATE)) / RATE
    return (0.05 * np.sin(2 * np.pi * 100 * times) + 0.02 * np.sin(2 * np.pi * 50 * times)).astype(np.float32)


def clip_of(path: Path, sounds: list[NDArray[np.float32]], codec: str = "aac") -> Path:
    """Write pictures at 5/s and sound; one channel for each array."""
    seconds = len(sounds[0]) / RATE
    layout = "mono" if len(sounds) == 1 else "stereo"
    with av.open(str(path), "w") as container:
        pictures = container.add_stream("libx264", rate=5)
        pictures.width, pictures.height, pictures.pix_fmt = 64, 48, "yuv420p"
        sound = container.add_stream(codec, rate=RATE, layout=layout)
        for index in range(int(5 * seconds)):
            container.mux(pictures.encode(av.VideoFrame.from_ndarray(scene(index), "rgb24")))
        frame = av.AudioFrame.from_ndarray(np.stack(sounds), format="fltp", layout=layout)
        frame.sample_rate, frame.pts, frame.time_base = RATE, 0, Fraction(1, RATE)
        container.mux([*sound.encode(frame), *sound.encode(None), *pictures.encode(None)])
    return path


def heard_in(path: Path) -> NDArray[np.float32]:
    """The sound of a file at 16 kHz, by FFmpeg itself, each sample at its time: shape (channels, N)."""
    with av.open(str(path)) as container:
        converter = av.AudioResampler(format="fltp", layout=container.streams.audio[0].layout.name, rate=RATE)
        parts = [made for frame in container.decode(audio=0) for made in converter.resample(frame)]
    start = parts[0].pts * parts[0].time_base
    sound = np.concatenate([part.to_ndarray() for part in parts], axis=1)
    return np.pad(sound, ((0, 0), (max(0, round(float(start) * RATE)), 0)))


def level(sound: NDArray[np.float32], start_s: float, end_s: float) -> float:
    return float(np.abs(sound[:, int(start_s * RATE) : int(end_s * RATE)]).max(initial=0.0))


@pytest.fixture
def spoken(tmp_path: Path) -> Path:
    weights("silero-vad")
    return clip_of(tmp_path / "hall.mp4", [np.concatenate([tone(2), made_voice() + tone(1.5), tone(2)])])


def covered(path: Path, **options) -> tuple[passerby.RedactionReport, Path]:
    report = passerby.redact_file(path, options=passerby.RedactOptions(**KEEP, **options), replace=True)
    return report, path.with_name(report.copy_name)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_speech_is_silent_and_other_sound_stays(registry_models, spoken: Path, suffix: str):
    source = spoken.rename(spoken.with_suffix(suffix))
    report, copy = covered(source, sound="mute-speech")
    sound = heard_in(copy)
    assert level(sound, *VOICE_S) < 0.001
    assert level(sound, 0.5, 1.5) > 0.03
    assert level(sound, 4.1, 5.2) > 0.03
    assert report.sound is not None
    assert report.sound.choice == "mute-speech"
    assert [model.name for model in report.sound.models] == ["silero-vad"]
    (silence,) = report.sound.silent
    assert silence.reason == "speech"
    assert 1.2 < silence.start_s < 2.0
    assert 3.5 < silence.end_s < 4.1
    assert b"Lavc" not in copy.read_bytes()


def test_a_voice_in_one_channel_silences_both(registry_models, tmp_path: Path):
    weights("silero-vad")
    voice = np.concatenate([tone(2), made_voice(), tone(2)])
    path = clip_of(tmp_path / "hall.mp4", [tone(5.5), voice])
    _, copy = covered(path, sound="mute-speech")
    sound = heard_in(copy)
    assert len(sound) == 2
    assert level(sound, *VOICE_S) < 0.001


def test_a_voice_against_itself_in_two_channels_is_found(registry_models, tmp_path: Path):
    weights("silero-vad")
    voice = np.concatenate([tone(2), made_voice(), tone(2)])
    path = clip_of(tmp_path / "hall.mp4", [voice, -voice])  # a mix of both would be silence
    _, copy = covered(path, sound="mute-speech")
    assert level(heard_in(copy), *VOICE_S) < 0.001


def test_times_named_by_hand_are_silent_to_the_sample_and_the_rest_is_kept(registry_models, spoken: Path):
    report, copy = covered(spoken, sound="keep", mute=("00:00.5-00:01",))
    sound = heard_in(copy)
    assert level(sound, 0.6, 0.9) < 0.001
    assert level(sound, *VOICE_S) > 0.1
    assert level(sound, 0.1, 0.4) > 0.03
    assert report.sound is not None
    assert report.sound.models == []
    assert [(each.start_s, each.end_s, each.reason) for each in report.sound.silent] == [(0.5, 1.0, "by hand")]


def test_what_an_edits_file_mutes_is_silent_to_the_sample_and_two_copies_are_equal(
    registry_models, spoken: Path, tmp_path: Path
):
    muted = [{"from_s": 0.4, "to_s": 1.0, "reason": "third party"}, {"from_s": 4.6, "to_s": 5.0}]
    edits = tmp_path / "hall.edits.json"
    edits.write_text(json.dumps({"edits_version": 2, "recording": binding(spoken).model_dump(), "muted": muted}))
    report, copy = covered(spoken, sound="keep", edits=edits)
    sound = heard_in(copy)
    for start_s, end_s in ((0.45, 0.95), (4.65, 4.95)):
        assert level(sound, start_s, end_s) < 0.001
    assert min(level(sound, *span) for span in ((0.1, 0.35), (1.1, 1.9), VOICE_S, (5.1, 5.4))) > 0.03
    assert report.sound is not None
    assert [(each.start_s, each.end_s) for each in report.sound.silent] == [(0.4, 1.0), (4.6, 5.0)]
    assert report.edits is not None
    assert [each.reason for each in report.edits.muted] == ["third party", ""]
    first = copy.read_bytes()
    assert covered(spoken, sound="keep", edits=edits)[1].read_bytes() == first
    silent, copy = covered(spoken, edits=edits)  # by default a copy has no sound at all
    assert silent.sound is None
    with av.open(str(copy)) as container:
        assert not container.streams.audio


def test_a_part_has_the_silence_of_its_own_time(registry_models, spoken: Path):
    report, copy = covered(spoken, sound="mute-speech", from_s=1.0, until_s=5.0)
    sound = heard_in(copy)
    assert sound.shape[1] / RATE == pytest.approx(4.0, abs=0.15)
    assert level(sound, 1.0, 2.5) < 0.001
    assert level(sound, 3.2, 3.8) > 0.03
    assert report.sound is not None
    assert report.sound.silent[0].start_s > 1.2  # the recording's own times


def test_a_network_that_cannot_tell_silences_all(registry_models, spoken: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(SpeechFinder, "test", lambda _: None)
    monkeypatch.setattr(SpeechFinder, "likelihood", lambda *_: float("nan"))
    _, copy = covered(spoken, sound="mute-speech")
    assert level(heard_in(copy), 0.0, 5.5) < 0.001


@pytest.mark.parametrize("answer", [0.0, 1.0])
def test_a_network_that_tells_nothing_apart_fails_its_self_test(answer: float, monkeypatch: pytest.MonkeyPatch):
    finder = SpeechFinder(weights("silero-vad"))
    finder.test()
    monkeypatch.setattr(SpeechFinder, "likelihood", lambda *_: answer)
    with pytest.raises(DetectorError, match="in an artificial voice"):
        finder.test()


def test_a_network_that_fails_leaves_no_copy(registry_models, spoken: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(SpeechFinder, "test", lambda _: None)

    def fails(*_):
        raise DetectorError("broken")

    monkeypatch.setattr(SpeechFinder, "likelihood", fails)
    with pytest.raises(DetectorError, match="broken"):
        covered(spoken, sound="mute-speech")
    assert [each.name for each in spoken.parent.iterdir()] == ["hall.mp4"]


def test_a_recording_without_sound_has_none(registry_models, tmp_path: Path):
    from tests.media import clips

    weights("silero-vad")
    report, copy = covered(clips.make_clip(tmp_path / "hall.mp4"), sound="mute-speech")
    with av.open(str(copy)) as container:
        assert not container.streams.audio
    assert report.sound is not None


def test_sound_is_dropped_by_default(registry_models, spoken: Path):
    report, copy = covered(spoken)
    assert report.sound is None
    with av.open(str(copy)) as container:
        assert not container.streams.audio


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"mute": ("1-2",)}, "--mute: the copy has no sound; add --sound mute-speech or --sound keep"),
        ({"sound": "keep", "mute": ("2-1",)}, "which is not after its start at 2 s; give a later end"),
        ({"sound": "keep", "mute": ("2",)}, "give a start and an end, such as 00:10-00:14"),
        ({"sound": "loud"}, "--sound loud: choose drop, mute-speech or keep"),
        ({"sound": "mute-speech", "keep_audio": True}, "--keep-audio keeps voices, and --sound mute-speech does not"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(options, said):
    with pytest.raises(passerby.UsageError) as caught:
        passerby.RedactOptions.checked(**options)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")
@pytest.mark.parametrize("voice", ["en", "de", "fr+f3"])
def test_synthetic_speech_in_traffic_noise_is_silent(tmp_path: Path, voice: str):
    words = "Could I see your ticket please? Platform four is closed today."
    raw = subprocess.run(["espeak-ng", "-v", voice, "--stdout", words], capture_output=True, check=True).stdout
    with wave.open(io.BytesIO(raw)) as file:
        said = np.frombuffer(file.readframes(10**8), np.int16) / 2**15
        times = np.arange(0, len(said) / file.getframerate(), 1 / RATE)
        said = np.interp(times, np.arange(len(said)) / file.getframerate(), said)
    rng = np.random.default_rng(4)
    rumble = np.cumsum(rng.normal(0, 1, len(said) + 6 * RATE))
    rumble -= np.convolve(rumble, np.ones(800) / 800, "same")
    sound = 0.03 * rumble / rumble.std()
    sound[3 * RATE : 3 * RATE + len(said)] += said
    path = clip_of(tmp_path / "hall.mp4", [np.clip(sound, -1, 1).astype(np.float32)])
    plan = silencing.without_speech(path, (), None).plan
    heard = np.zeros(len(sound), np.bool_)
    for start_s, end_s in plan.audible or ():
        heard[int(start_s * RATE) : int(end_s * RATE)] = True
    loud = np.convolve(np.abs(said), np.ones(400) / 400, "same") > 0.02
    assert not (heard[3 * RATE : 3 * RATE + len(said)] & loud).any()
    assert heard[: 2 * RATE].mean() > 0.8


def test_chunks_never_span_a_gap():
    from passerby.media.files.sound_block import SoundBlock

    ones = np.ones((1, 700), np.float32)
    sound = [SoundBlock(Fraction(0), ones), SoundBlock(Fraction(700, RATE), ones), SoundBlock(Fraction(5), ones)]
    found = [(float(start), chunk.shape) for start, chunk in silencing._chunks(iter(sound), 1)]
    assert found == [(0.0, (1, CHUNK)), (0.032, (1, CHUNK)), (5.0, (1, CHUNK))]
