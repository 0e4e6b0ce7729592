"""Silero's voice activity detector: how likely somebody speaks, never who or what. 32 ms at a time, at 16 kHz."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from passerby.errors import DetectorError
from passerby.vision.nets import openvino

RATE: Final = 16_000
"""Samples per second that the network expects."""
CHUNK: Final = 512
"""Samples that it judges at a time."""
CONTEXT: Final = 64
"""Samples of the chunk before that it sees too."""
TEST_S: Final = 1.5
LEAST_VOICE, MOST_NOISE = 0.5, 0.3
_STATE = (2, 1, 128)


class SpeechFinder:
    """Judges one channel of sound, chunk after chunk; must not be shared between channels or threads.

    Args:
        path: The model file.
    """

    name = "silero-vad"

    def __init__(self, path: Path) -> None:
        self._net = openvino.Net(openvino.read(path), threads=1)
        self.forget()

    def forget(self) -> None:
        """Begin with another sound."""
        self._state = np.zeros(_STATE, np.float32)
        self._context = np.zeros(CONTEXT, np.float32)

    def likelihood(self, chunk: NDArray[np.float32]) -> float:
        """Return how likely somebody speaks in the next chunk, in [0, 1]; 1 if the network cannot tell.

        Args:
            chunk: Shape (512,), samples in [-1, 1] at 16 kHz.

        Raises:
            DetectorError: The runtime failed, or the network is another one.
        """
        heard = np.concatenate((self._context, chunk))[None].astype(np.float32)
        self._context = chunk[-CONTEXT:]
        answers = self._net.run_on([heard, self._state])
        shapes = [each.shape for each in answers]
        if shapes != [(1, 1), _STATE]:
            msg = f"{self.name}: this is another network: its answers have the shapes {shapes}"
            raise DetectorError(msg)
        likely, state = float(answers[0][0, 0]), answers[1]
        if not (np.isfinite(likely) and np.isfinite(state).all()):
            self.forget()
            return 1.0
        self._state = state.copy()
        return min(1.0, max(0.0, likely))

    def test(self) -> None:
        """Let it judge an artificial voice and noise.

        Raises:
            DetectorError: It does not tell them apart.
        """
        noise = np.random.default_rng(5).normal(0, 0.02, int(TEST_S * RATE)).astype(np.float32)
        highest = {name: self._highest(sound) for name, sound in (("voice", made_voice()), ("noise", noise))}
        if highest["voice"] < LEAST_VOICE or highest["noise"] > MOST_NOISE:
            msg = (
                f"{self.name} found speech with a likelihood of {highest['voice']:.2f} in an artificial voice and of "
                f"{highest['noise']:.2f} in noise; its model is broken: run 'passerby models fetch --force {self.name}'"
            )
            raise DetectorError(msg)

    def _highest(self, sound: NDArray[np.float32]) -> float:
        self.forget()
        found = [self.likelihood(sound[at : at + CHUNK]) for at in range(0, len(sound) - CHUNK + 1, CHUNK)]
        self.forget()
        return float(np.sort(found)[-len(found) // 4 :].mean())


def made_voice() -> NDArray[np.float32]:
    """Return something like a voice, at 16 kHz: buzzing through the resonances of changing vowels, in syllables."""
    count = int(TEST_S * RATE)
    times = np.arange(count) / RATE
    pitch = 125 + 18 * np.sin(2 * np.pi * 2.2 * times) - 12 * times
    phase = np.cumsum(pitch) / RATE
    vowels = ((730, 1090, 2440), (270, 2290, 3010), (300, 870, 2240), (530, 1840, 2480))
    which = (times * 4.5).astype(int) % len(vowels)
    voice = np.zeros(count)
    for number in range(1, 40):
        tone = number * pitch
        gain = np.zeros(count)
        for formant in range(3):
            centre = np.array([vowel[formant] for vowel in vowels])[which]
            gain += (1.0, 0.6, 0.3)[formant] / (1 + ((tone - centre) / (60 + 40 * formant)) ** 2)
        voice += gain / number**0.5 * np.sin(2 * np.pi * number * phase) * (tone < RATE / 2)
    syllables = np.clip(np.sin(np.pi * ((times * 4.5) % 1.0)) * 1.6, 0, 1)
    hiss = np.random.default_rng(6).normal(0, 0.003, count)
    return np.asarray(0.3 * voice * syllables / np.abs(voice).max() + hiss, np.float32)
