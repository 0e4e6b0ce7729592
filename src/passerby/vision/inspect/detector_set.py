"""Which detectors look, at which size, for a picture of this shape and this much effort."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from pathlib import Path

from passerby.errors import UsageError
from passerby.media.layout import Shape
from passerby.vision.detections import Kind
from passerby.vision.detector import Detector
from passerby.vision.effort import Effort
from passerby.vision.inspect.planner import DetectorPlan
from passerby.vision.models.catalogue import MODELS, SELECTABLE, locate, model_named, require_use
from passerby.vision.nets.centerface import CenterFace
from passerby.vision.nets.efficientdet import LARGEST_PX, EfficientDet
from passerby.vision.nets.picodet import PicoDet
from passerby.vision.nets.retail import LARGEST_SIDE, Retail
from passerby.vision.nets.ssdlite import SsdLite
from passerby.vision.nets.yolox import YoloX
from passerby.vision.nets.yunet import YuNet
from passerby.vision.picture.crowd import FAINT_SCORE

LARGEST_BLOW_UP = 2.5
"""A picture smaller than the net's input is enlarged at most this much: more shows nothing new."""

PARTNER = "yolox-nano"
"""Bears out what the first network for bodies says faintly, or does not."""
LARGEST_PARTNER_BLOW_UP = 1.5
"""YOLOX sees bodies in what is enlarged more: 33 % of a freeway of 320 x 240 was covered, with this 6 %."""

COUNTED = frozenset({Kind.PERSON, Kind.CAR})
"""Who finds these counts, and so do their likes."""
LEAST_SIDE = 320
"""No net sees less, however small the picture: below, it does not find the drawn people of the self-test."""
CHECK_FACE_SIDES = (960, 1536)
CHECK_BODY_SIDES = (544, 832, 1280)
"""Sizes at which no network for bodies covers: what one misses at one size it often finds at another."""
CHECK_SCORE = 0.5


BODY_SIDES = {Effort.FAST: (448,), Effort.BALANCED: (640,), Effort.THOROUGH: (640, 1024), Effort.AUTO: (640,)}
FACE_SIDES = {Effort.FAST: (480,), Effort.BALANCED: (640,), Effort.THOROUGH: (640, 1280), Effort.AUTO: (640,)}
"""Sizes of pictures, px; `auto` is this only where there is nothing to choose from."""
PARTNER_SIDES = {Effort.FAST: (448,), Effort.BALANCED: (640,), Effort.THOROUGH: (640,), Effort.AUTO: (640,)}
"""The partner speaks on large boxes, and 640 px show those: another size would take 70 MB more."""
LADDER = {Effort.FAST: 0.5, Effort.BALANCED: 1.0, Effort.THOROUGH: 4.5}
"""Between what `auto` chooses, from easy to hard, and the usual cost of a pass next to that of `balanced`."""
STILL_BODY_SIDES = (640, 1024, 1408)
STILL_PARTNER_SIDES = (448, 640, 1024)
STILL_FACE_SIDES = (640, 1280, 1920)
"""A picture has no neighbours in time to make up for a miss, and it has time: more sizes are asked."""


def covering_detectors(
    shape: Shape,
    kinds: frozenset[Kind],
    *,
    effort: Effort,
    still: bool = False,
    long_side: int | None = None,
    named: Sequence[str] = (),
) -> list[Detector]:
    """Return the detectors that find what must be covered, down to the faintest trace; rules choose the score.

    Args:
        shape: Of the stream.
        kinds: What is to be found.
        effort: How much time a frame may cost.
        still: Whether it is a single picture.
        long_side: Longer side of the picture as the nets see it, px; None = as the effort asks.
        named: Further models that look too; they come last, since the first of a kind tells how dense it is.

    Raises:
        ModelError: A model is not there, or is damaged.
        UsageError: A model cannot be named here.
    """
    lineup: list[Detector] = []
    bodies = _sides(shape, STILL_BODY_SIDES if still else BODY_SIDES[effort])
    faces = _sides(shape, STILL_FACE_SIDES if still else FACE_SIDES[effort])
    wanted = STILL_PARTNER_SIDES if still else PARTNER_SIDES[effort]
    partners = _partner_sides(shape, wanted, least=PARTNER_SIDES[Effort.FAST][0])
    if long_side is not None:
        bodies = partners = faces = [long_side]
    if kinds - {Kind.FACE, Kind.HEAD}:
        path = locate(model_named("efficientdet-lite0"))
        lineup += [
            EfficientDet(
                path,
                long_side=side,
                score=FAINT_SCORE,
                square=still,
                largest_px=LARGEST_PX if side > bodies[0] else inf,  # the smallest net answers for what is large
            )
            for side in bodies
        ]
        path = locate(model_named(PARTNER))
        lineup += [YoloX(path, long_side=side, score=FAINT_SCORE, square=still) for side in partners]
    if kinds & {Kind.FACE, Kind.HEAD, Kind.PERSON}:
        path = locate(model_named("centerface"))
        lineup += [CenterFace(path, long_side=side, score=FAINT_SCORE, square=still) for side in faces]
    for name in dict.fromkeys(named):
        make, path = _selectable(name)
        require_use([name], kinds)
        sides = {min(side, LARGEST_SIDE) for side in bodies} if make is Retail else faces if make is YuNet else bodies
        lineup += [make(path, long_side=side, score=FAINT_SCORE, square=still) for side in sorted(sides)]
    return lineup


def choosable_detectors(
    shape: Shape, kinds: frozenset[Kind], *, long_side: int | None = None, named: Sequence[str] = ()
) -> tuple[list[Detector], list[DetectorPlan]]:
    """Return the detectors of all efforts, each once, and the plans among which a `Planner` chooses.

    Args:
        shape: As `covering_detectors` takes it, and so are the others.
        kinds: What is to be found.
        long_side: Longer side of the picture as the nets see it, px.
        named: Further models that look too.

    Raises:
        ModelError: A model is not there, or is damaged.
        UsageError: A model cannot be named here.
    """
    united: dict[str, Detector] = {}
    plans = []
    for effort, cost in LADDER.items():
        lineup = covering_detectors(shape, kinds, effort=effort, long_side=long_side, named=named)
        united |= {detector.name: detector for detector in lineup}
        names = frozenset(detector.name for detector in lineup)
        plans.append(DetectorPlan(effort.value, names, taking_turns(lineup, effort, kinds), cost))
    return list(united.values()), plans


def counting_detectors(
    shape: Shape, effort: Effort, *, named: Sequence[str] = (), gauge: bool = False
) -> list[Detector]:
    """Return the detectors that find what is counted: bodies and vehicles, no faces.

    Args:
        shape: Of the stream.
        effort: How much time a frame may cost.
        named: Models that count what they find, instead of the standard one; they come last.
        gauge: Whether the first is to tell how dense a crowd is, which was measured at its smaller size.

    Raises:
        ModelError: A model is not there, or is damaged.
        UsageError: A model cannot be named here.
    """
    smallest, *larger = _sides(shape, BODY_SIDES[effort])
    side = larger[-1] if larger else smallest
    standard = locate(model_named("efficientdet-lite0"))
    sides = dict.fromkeys([smallest, side] if gauge else [side])
    lineup: list[Detector] = [EfficientDet(standard, long_side=each, score=FAINT_SCORE) for each in sides]
    for name in dict.fromkeys(named):
        make, path = _selectable(name)
        if not make.finds & COUNTED:
            msg = f"--detector {name}: finds nothing that is counted; leave it out"
            raise UsageError(msg)
        lineup.append(make(path, long_side=side, score=FAINT_SCORE))
    return lineup


def counting_turns(lineup: Sequence[Detector]) -> tuple[str, ...]:
    """Return the names of counting detectors that may be asked at every other pass.

    That is the standard one where named ones find all that it counts: it only tells how dense a crowd is.
    """
    named = [each for each in lineup if _model(each) in SELECTABLE]
    standard = tuple(each.name for each in lineup if each not in named)
    return standard[-1:] if frozenset().union(*(each.finds for each in named)) >= COUNTED else ()


def taking_turns(lineup: Sequence[Detector], effort: Effort, kinds: frozenset[Kind]) -> tuple[str, ...]:
    """Return the names of the detectors that may be asked at every other pass.

    That is the standard faces and the partner of the standard bodies where bodies are covered, and the standard
    bodies where a named model looks for bodies at every pass. Where faces alone are covered nobody takes turns:
    no body net sees to them.

    Args:
        lineup: As `covering_detectors` returns it, and so are the others.
        effort: How much time a frame may cost.
        kinds: What is to be found.
    """
    if effort is Effort.THOROUGH or (kinds & {Kind.FACE, Kind.HEAD} and Kind.PERSON not in kinds):
        return ()
    bodies = [detector for detector in lineup if Kind.PERSON in detector.finds]
    named = [detector for detector in bodies if _model(detector) in SELECTABLE]
    steady = named or [detector for detector in bodies if _model(detector) != PARTNER]
    if not steady:
        return ()
    return tuple(each.name for each in lineup if each not in steady and _model(each) in MODELS)


def checking_detectors(shape: Shape, *, still: bool = False) -> list[Detector]:
    """Return the detectors of the leak check: what did not cover, which are another net and other sizes.

    Bodies are looked for by a net in tiles that never covers, and by YOLOX at a size at which no net covers: the
    first alone finds 56 % of the persons on photographs. Faces are looked for at a size not used to cover either.

    Args:
        shape: Of the copy.
        still: Whether it is a single picture.

    Raises:
        ModelError: A model is not there, or is damaged.
    """
    tile = max(240, min(shape.width, shape.height) // 2)
    side = _sides(shape, CHECK_FACE_SIDES)[-1]
    bodies = _partner_sides(shape, CHECK_BODY_SIDES, least=CHECK_BODY_SIDES[0])[-1]
    return [
        SsdLite(locate(model_named("ssdlite-pedestrian")), tile=tile, score=CHECK_SCORE),
        YoloX(locate(model_named(PARTNER)), long_side=bodies, score=CHECK_SCORE, square=still),
        CenterFace(locate(model_named("centerface")), long_side=side, score=0.4, square=still),
    ]


def _model(detector: Detector) -> str:
    return detector.name.split("@")[0]


def _selectable(name: str) -> tuple[type[PicoDet | Retail | YuNet], Path]:
    """Return what reads a model that may be named, and its file."""
    makes: dict[str, type[PicoDet | Retail | YuNet]] = {
        "person-detection-retail-0013": Retail,
        "picodet-s": PicoDet,
        "yunet-n": YuNet,
    }
    if name not in makes:
        msg = f"--detector {name}: is no model that can be named; those are {', '.join(makes)}"
        raise UsageError(msg)
    return makes[name], locate(model_named(name))


def _partner_sides(shape: Shape, wanted: Sequence[int], *, least: int) -> list[int]:
    """Return the sides at which YOLOX looks, smallest first; `least` alone where all others enlarge too much."""
    most = int(LARGEST_PARTNER_BLOW_UP * max(shape.width, shape.height))
    return [side for side in sorted(wanted) if side <= most] or [least]


def _sides(shape: Shape, wanted: Sequence[int]) -> list[int]:
    """Return the sides worth asking, smallest first: none far above what the picture holds, but at least one."""
    most = int(LARGEST_BLOW_UP * max(shape.width, shape.height))
    return [side for side in sorted(wanted) if side <= most] or [max(LEAST_SIDE, min(*wanted, -(-most // 64) * 64))]
