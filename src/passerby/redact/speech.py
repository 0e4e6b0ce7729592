"""When sound must be silent: where somebody speaks, with a margin, and where that could not be judged."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from passerby.media.sound_plan import SpanS, without

SPEECH: Final = "speech"
BY_HAND: Final = "by hand"
NOT_JUDGED: Final = "could not be judged"
SPEECH_SCORE: Final = 0.3
"""From this likelihood on, sound counts as speech; the usual 0.5 leaves the ends of words."""
MARGIN_S: Final = 0.3
"""Silence before and after what counts as speech: breath, and consonants that the network takes for noise."""
SHORTEST_S: Final = 0.4
"""Shorter sound between two pieces of speech is a pause in speaking and silent too."""
_TOUCHING_S = 0.002
"""Pieces this close to one another were judged without a gap."""


@dataclass(frozen=True, slots=True)
class JudgedSound:
    """A piece of sound, and how likely somebody speaks in it.

    Args:
        start_s: Its start, s, in the recording's own times.
        end_s: Its end, s.
        likelihood: How likely somebody speaks, in [0, 1].
    """

    start_s: float
    end_s: float
    likelihood: float


@dataclass(frozen=True, slots=True)
class Silence:
    """A time at which a copy is silent.

    Args:
        start_s: Its start, s, in the recording's own times.
        end_s: Its end, s.
        reason: Why.
    """

    start_s: float
    end_s: float
    reason: str


def audible_of(judged: Iterable[JudgedSound], by_hand: Iterable[SpanS] = ()) -> tuple[tuple[SpanS, ...], list[Silence]]:
    """Return when sound may be heard, and the silences between with their reasons.

    Only what was judged, and is far enough from everything that counts as speech, is heard. Sound before the first
    and after the last judged piece was not judged.

    Args:
        judged: Pieces of one sound in order of time; those of several channels may follow one another.
        by_hand: Times that somebody named, s.
    """
    known: list[SpanS] = []
    spoken: list[SpanS] = []
    for piece in judged:
        _extend(known, (piece.start_s, piece.end_s), within_s=_TOUCHING_S)
        if not piece.likelihood < SPEECH_SCORE:
            _extend(spoken, (piece.start_s - MARGIN_S, piece.end_s + MARGIN_S), within_s=SHORTEST_S)
    hand = sorted(by_hand)
    heard = without(without(known, spoken), hand)
    gaps = [(a[1], b[0]) for a, b in pairwise(known)]
    silences = [Silence(*span, reason) for spans, reason in ((spoken, SPEECH), (gaps, NOT_JUDGED)) for span in spans]
    silences += [Silence(*span, BY_HAND) for span in hand]
    return heard, sorted(silences, key=lambda each: each.start_s)


def _extend(spans: list[SpanS], more: SpanS, *, within_s: float) -> None:
    """Add a span, joined with the one before if they are close."""
    if spans and more[0] <= spans[-1][1] + within_s:
        spans[-1] = (spans[-1][0], max(spans[-1][1], more[1]))
    else:
        spans.append(more)
