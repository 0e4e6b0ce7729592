"""Turns an edits file into cover: regions follow, and each piece to be opened is looked at by another network."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Final

from passerby.errors import UsageError
from passerby.media.files.video_file import open_source, open_stretch
from passerby.media.layout import Shape
from passerby.media.source import Source
from passerby.media.stretch import Stretch
from passerby.pipelines.following import follow
from passerby.pipelines.second_look import PieceToOpen, SecondAnswer, look_again, look_for_others
from passerby.redact.drawn_region import DrawnRegion, KeyFrame
from passerby.redact.hand_cover import FollowedPlaces, HandCover, OpenedRegion
from passerby.redact.opening import CoverPiece
from passerby.reports.redaction import HandAddition, HandChanges, HandMuting, HandOpening, HandVisible
from passerby.review.edits import OpenedCover, RecordingEdits, RegionEdit
from passerby.review.edits_file import changes_hmac, read_edits, require_bound
from passerby.vision.detector import Detector

_WHERE = "edits"
_BEFORE_S = 1.0
"""A recording is read from so long before a part: the frame at its very start is never missed."""

_MOST: Final = 100
"""So many followed regions are remembered: a minute of one takes about a megabyte."""


@dataclass(frozen=True, slots=True)
class EditedCover:
    """What edits change in one recording.

    Args:
        by_hand: The cover that is added and taken away.
        changes: The same for the report.
    """

    by_hand: HandCover = field(default_factory=HandCover)
    changes: HandChanges | None = None


def checked_edits(path: Path, recording: Path, *, openings: bool = True) -> RecordingEdits:
    """Return the edits of a recording.

    Args:
        path: The edits file.
        recording: The recording.
        openings: Whether edits may take cover away.

    Raises:
        UsageError: They cannot be read, are wrong, are for another recording, or take cover away where they may not.
        SourceError: The recording cannot be read.
    """
    edits = read_edits(path)
    if not openings and (edits.opened or edits.visible):
        msg = f"{path}: takes cover away, which --no-openings forbids; remove `opened` and `visible`, or the option"
        raise UsageError(msg)
    require_bound(edits, path, recording)
    return edits


def edited_cover(
    edits: RecordingEdits, recording: Path, *, checking: Callable[[Shape], list[Detector]], threads: int = 0
) -> EditedCover:
    """Follow the regions of edits, and let other networks look at what is to be opened.

    Args:
        edits: Edits of this recording.
        recording: The recording.
        checking: Returns tested networks that did not cover it.
        threads: Decoder threads; 0 = one per processor.

    Raises:
        SourceError: The recording cannot be read.
        ModelError: A network is missing or damaged.
        DetectorError: A network failed.
    """
    added = [_region(each, f"{_WHERE}: added {number}") for number, each in enumerate(edits.added, 1)]
    visible = [_region(each, f"{_WHERE}: visible {number}") for number, each in enumerate(edits.visible, 1)]
    with closing(_from(recording, [*added, *visible], threads=threads)) as source:
        followed = follow(source, [*added, *visible])
    answers = _answers(edits, recording, checking, threads)
    applied = [not answer.suspects or each.confirmed for each, answer in zip(edits.opened, answers, strict=True)]
    opened = [
        OpenedRegion(_still(each, f"{_WHERE}: opened {number}"), CoverPiece(each.piece))
        for number, (each, mine) in enumerate(zip(edits.opened, applied, strict=True), 1)
        if mine
    ]
    opened += [_left_visible(region, recording, followed, checking) for region in visible]
    changes = HandChanges(
        added=[
            HandAddition(
                from_s=each.from_s,
                to_s=each.to_s,
                reason=each.reason,
                basis=each.basis,
                lost_s=followed[region].lost() if region in followed else [],
            )
            for each, region in zip(edits.added, added, strict=True)
        ],
        opened=[
            HandOpening(
                from_s=each.from_s,
                to_s=each.to_s,
                box_px=each.box,
                piece=each.piece,
                reason=each.reason,
                frames_looked=answer.frames,
                frames_suspicious=answer.suspicious,
                confirmed=each.confirmed,
                applied=mine,
            )
            for each, answer, mine in zip(edits.opened, answers, applied, strict=True)
        ],
        visible=[HandVisible(from_s=each.from_s, to_s=each.to_s, ground=each.ground) for each in edits.visible],
        muted=[HandMuting(**each.model_dump()) for each in edits.muted],
        reasons={each.piece: f"{each.reason}; {each.basis}" if each.basis else each.reason for each in edits.reasons},
        doubts_accepted=len(edits.accepted),
        reviews=len(edits.reviews),
        changes_hmac_sha256=changes_hmac(edits),
    )
    return EditedCover(HandCover(added, opened, followed=followed), changes)


def followed_region(edit: RegionEdit, recording: Path) -> FollowedPlaces:
    """Return where one region leads, whether or not it is to follow.

    Raises:
        SourceError: The recording cannot be read.
    """
    region = _region(edit, _WHERE)
    with closing(_from(recording, [region])) as source:
        return follow(source, [region]).get(region, FollowedPlaces())


class FollowedRegions:
    """Where the regions of one recording lead, found once for each; in memory only, safe from several threads.

    Args:
        recording: The recording.
    """

    def __init__(self, recording: Path) -> None:
        self._recording = recording
        self._found: dict[str, FollowedPlaces] = {}  # by state, the latest last
        self._reading = threading.Lock()

    def of(self, region: RegionEdit) -> FollowedPlaces:
        """Return where a region leads; the recording is read once for each state of it.

        Raises:
            SourceError: The recording cannot be read.
        """
        state = region.model_dump_json(include={"keys", "from_s", "to_s", "follow"})
        with self._reading:
            found = self._found.pop(state, None) or followed_region(region, self._recording)
            self._found[state] = found
            while len(self._found) > _MOST:
                del self._found[next(iter(self._found))]
        return found


def second_look_at(piece: OpenedCover, recording: Path, *, checking: Callable[[Shape], list[Detector]]) -> SecondAnswer:
    """Return what other networks say of one piece.

    Args:
        piece: The piece.
        recording: The recording.
        checking: Returns tested networks that did not cover it.

    Raises:
        SourceError: The recording cannot be read.
        ModelError: A network is missing or damaged.
        DetectorError: A network failed.
    """
    with closing(_from(recording, [piece])) as source:
        return look_again(source, checking(source.shape), [_piece(piece)])[0]


def _answers(
    edits: RecordingEdits, recording: Path, checking: Callable[[Shape], list[Detector]], threads: int
) -> list[SecondAnswer]:
    if not edits.opened:
        return []
    with closing(_from(recording, edits.opened, threads=threads)) as source:
        detectors = checking(source.shape)
        return look_again(source, detectors, [_piece(each) for each in edits.opened])


def _left_visible(
    region: DrawnRegion,
    recording: Path,
    followed: Mapping[DrawnRegion, FollowedPlaces],
    checking: Callable[[Shape], list[Detector]],
) -> OpenedRegion:
    """Return a region that leaves one person visible, with the times at which other networks see nobody else in it."""
    mine = OpenedRegion(region, one_person=True)
    places = HandCover(opened=[mine], followed=followed)
    with closing(_from(recording, [region])) as source:
        detectors = checking(source.shape)
        alone_s = look_for_others(source, detectors, lambda time_s: next(iter(places.left_visible(time_s)), None))
    return replace(mine, alone_s=alone_s)


def _from(recording: Path, parts: Sequence[DrawnRegion | OpenedCover], *, threads: int = 0) -> Source:
    """Open a recording shortly before the first of some parts: what comes earlier need not be decoded.

    Raises:
        SourceError: It cannot be read.
    """
    first_s = min((each.from_s for each in parts), default=0.0) - _BEFORE_S
    if first_s > 0:
        with suppress(UsageError):  # a picture, or nothing there: then it is read whole
            with closing(open_stretch(recording, Stretch(), threads=threads)) as whole:
                starts_s = whole.excerpt.recording_s if whole.excerpt is not None else Fraction(0)
            return open_stretch(recording, Stretch(Fraction(first_s) - starts_s), threads=threads)
    return open_source(recording, threads=threads)


def _piece(each: OpenedCover) -> PieceToOpen:
    return PieceToOpen(each.box, each.from_s, each.to_s)


def _region(each: RegionEdit, name: str) -> DrawnRegion:
    keys = tuple(KeyFrame(key.time_s, key.points()) for key in each.keys)
    return DrawnRegion(name, keys, each.from_s, each.to_s, each.follow)


def _still(each: OpenedCover, name: str) -> DrawnRegion:
    corners = (each.box[:2], each.box[2:])
    return DrawnRegion(name, (KeyFrame(each.from_s, corners),), each.from_s, each.to_s, follow=False)
