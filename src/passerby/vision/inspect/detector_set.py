"""Chooses which detectors run, and at which size, for a given picture shape and effort."""

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
from passerby.vision.models.catalogue import MODELS, SELECTABLE, model_named, require_use
from passerby.vision.models.files import locate
from passerby.vision.nets.centerface import CenterFace
from passerby.vision.nets.efficientdet import LARGEST_PX, EfficientDet
from passerby.vision.nets.picodet import PicoDet
from passerby.vision.nets.retail import LARGEST_SIDE, Retail
from passerby.vision.nets.ssdlite import SsdLite
from passerby.vision.nets.text_finder import TextFinder
from passerby.vision.nets.yolox import YoloX
from passerby.vision.nets.yunet import YuNet
from passerby.vision.picture.crowd import FAINT_SCORE

LARGEST_BLOW_UP = 2.5
"""A picture smaller than the network's input is enlarged at most this much: more shows nothing new."""

PARTNER = "yolox-nano"
"""The network that supports weak boxes of the first network for bodies, or does not."""
LARGEST_PARTNER_BLOW_UP = 1.5
"""In pictures enlarged more, YOLOX finds false bodies: 33 % of a 320 x 240 freeway was covered, 6 % with this limit."""

COUNTED = frozenset({Kind.PERSON, Kind.CAR})
"""A network that finds both of these counts everything that the standard network counts."""
LEAST_SIDE = 320
"""Smallest network input, however small the picture: below it, the figures of the self-test are not found."""
LEAST_TILED = 480
"""A picture whose shorter side is below this, px, and that is no strip, is not cut into tiles: at 352 x 288 a tile of
240 holds one and a bit of the figures of the self-test."""
CHECK_FACE_SIDES = (960, 1536)
CHECK_BODY_SIDES = (544, 832, 1280)
"""Sizes not used for covering: what a network misses at one size it often finds at another."""
CHECK_SCORE = 0.5


BODY_SIDES = {Effort.FAST: (448,), Effort.BALANCED: (640,), Effort.THOROUGH: (640, 1024), Effort.AUTO: (640,)}
FACE_SIDES = {Effort.FAST: (480,), Effort.BALANCED: (640,), Effort.THOROUGH: (640, 1280), Effort.AUTO: (640,)}
"""Sizes of pictures, px; `auto` uses these only where there is nothing to choose from."""
PARTNER_SIDES = {Effort.FAST: (448,), Effort.BALANCED: (640,), Effort.THOROUGH: (640,), Effort.AUTO: (640,)}
"""The partner is needed for large boxes, and 640 px are enough for those: another size would take 70 MB more."""
TEXT_SIDES = {Effort.FAST: (960,), Effort.BALANCED: (1280,), Effort.THOROUGH: (640, 1280), Effort.AUTO: (1280,)}
STILL_TEXT_SIDES = (640, 1280)
"""Plates of a dashcam are a few pixels high: at 640 px a fifth of them is lost. Large writing needs small sides."""
LADDER = {Effort.FAST: 0.5, Effort.BALANCED: 1.0, Effort.THOROUGH: 4.5}
"""The efforts that `auto` chooses from, easy to hard, and the usual cost of a pass relative to `balanced`."""
STILL_BODY_SIDES = (640, 1024, 1408)
STILL_PARTNER_SIDES = (448, 640, 1024)
STILL_FACE_SIDES = (640, 1280, 1920)
"""A still image has no neighbouring frames to make up for a miss, and more time is available: more sizes are used."""


def covering_detectors(
    shape: Shape,
    kinds: frozenset[Kind],
    *,
    effort: Effort,
    still: bool = False,
    long_side: int | None = None,
    named: Sequence[str] = (),
) -> list[Detector]:
    """Return the detectors that find what must be covered, down to very low scores; rules choose the threshold.

    Args:
        shape: Shape of the stream.
        kinds: Kinds to find.
        effort: How much time a frame may take.
        still: Whether it is a still image.
        long_side: Longer side of the picture in the networks' input, px; None = as the effort requires.
        named: Further models to run; they come last, since the first of a kind measures how dense a crowd is.

    Raises:
        ModelError: A model is missing or damaged.
        UsageError: A model cannot be selected here.
    """
    detectors: list[Detector] = []
    bodies = _sides(shape, STILL_BODY_SIDES if still else BODY_SIDES[effort])
    faces = _sides(shape, STILL_FACE_SIDES if still else FACE_SIDES[effort])
    wanted = STILL_PARTNER_SIDES if still else PARTNER_SIDES[effort]
    partners = _partner_sides(shape, wanted, least=PARTNER_SIDES[Effort.FAST][0])
    if long_side is not None:
        bodies = partners = faces = [long_side]

    if kinds - {Kind.FACE, Kind.HEAD, Kind.TEXT}:
        path = locate(model_named("efficientdet-lite0"))
        detectors += [
            EfficientDet(
                path,
                long_side=side,
                score=FAINT_SCORE,
                square=still,
                largest_px=LARGEST_PX if side > bodies[0] else inf,  # the smallest size finds what is large
            )
            for side in bodies
        ]
        path = locate(model_named(PARTNER))
        detectors += [YoloX(path, long_side=side, score=FAINT_SCORE, square=still) for side in partners]

    if kinds & {Kind.FACE, Kind.HEAD, Kind.PERSON}:
        path = locate(model_named("centerface"))
        detectors += [CenterFace(path, long_side=side, score=FAINT_SCORE, square=still) for side in faces]

    if Kind.TEXT in kinds:
        path = locate(model_named("ppocr-v4-text-finder"))
        writing = (
            [long_side] if long_side is not None else _sides(shape, STILL_TEXT_SIDES if still else TEXT_SIDES[effort])
        )
        detectors += [TextFinder(path, long_side=side, score=FAINT_SCORE, square=still) for side in writing]

    for name in dict.fromkeys(named):
        make, path = _selectable(name)
        require_use([name], kinds)
        sides = {min(side, LARGEST_SIDE) for side in bodies} if make is Retail else faces if make is YuNet else bodies
        detectors += [make(path, long_side=side, score=FAINT_SCORE, square=still) for side in sorted(sides)]

    return detectors


def choosable_detectors(
    shape: Shape, kinds: frozenset[Kind], *, long_side: int | None = None, named: Sequence[str] = ()
) -> tuple[list[Detector], list[DetectorPlan]]:
    """Return the detectors of all efforts, each once, and the plans among which a `Planner` chooses.

    Args:
        shape: As for `covering_detectors`, like the other arguments.
        kinds: Kinds to find.
        long_side: Longer side of the picture in the networks' input, px.
        named: Further models to run.

    Raises:
        ModelError: A model is missing or damaged.
        UsageError: A model cannot be selected here.
    """
    united: dict[str, Detector] = {}
    plans = []
    for effort, cost in LADDER.items():
        detectors = covering_detectors(shape, kinds, effort=effort, long_side=long_side, named=named)
        united |= {detector.name: detector for detector in detectors}
        names = frozenset(detector.name for detector in detectors)
        plans.append(DetectorPlan(effort.value, names, taking_turns(detectors, effort, kinds), cost))
    return list(united.values()), plans


def counting_detectors(
    shape: Shape, effort: Effort, *, named: Sequence[str] = (), gauge: bool = False
) -> list[Detector]:
    """Return the detectors that find what is counted: bodies and vehicles, no faces.

    Args:
        shape: Shape of the stream.
        effort: How much time a frame may take.
        named: Models that count what they find, instead of the standard one; they come last.
        gauge: Whether the first detector also measures how dense a crowd is, which needs its smaller size.

    Raises:
        ModelError: A model is missing or damaged.
        UsageError: A model cannot be selected here.
    """
    smallest, *larger = _sides(shape, BODY_SIDES[effort])
    side = larger[-1] if larger else smallest
    standard = locate(model_named("efficientdet-lite0"))
    sides = dict.fromkeys([smallest, side] if gauge else [side])
    detectors: list[Detector] = [EfficientDet(standard, long_side=each, score=FAINT_SCORE) for each in sides]
    for name in dict.fromkeys(named):
        make, path = _selectable(name)
        if not make.finds & COUNTED:
            msg = f"--detector {name}: finds nothing that is counted; leave it out"
            raise UsageError(msg)
        detectors.append(make(path, long_side=side, score=FAINT_SCORE))
    return detectors


def counting_turns(detectors: Sequence[Detector]) -> tuple[str, ...]:
    """Return the names of counting detectors that may run only in every other pass.

    That is the standard one if selected ones find all that it counts: it then only measures how dense a crowd is.
    """
    named = [each for each in detectors if _model(each) in SELECTABLE]
    standard = tuple(each.name for each in detectors if each not in named)
    return standard[-1:] if frozenset().union(*(each.finds for each in named)) >= COUNTED else ()


def taking_turns(detectors: Sequence[Detector], effort: Effort, kinds: frozenset[Kind]) -> tuple[str, ...]:
    """Return the names of the detectors that may run only in every other pass.

    Where bodies are covered, these are the standard face network and the partner of the standard body network; also
    the standard body network if a selected model finds bodies in every pass. Where only faces are covered, all
    detectors run in every pass, because no body network makes up for a missed face.

    Args:
        detectors: As `covering_detectors` returns it.
        effort: How much time a frame may take.
        kinds: Kinds to find.
    """
    if effort is Effort.THOROUGH or (kinds & {Kind.FACE, Kind.HEAD} and Kind.PERSON not in kinds):
        return ()
    bodies = [detector for detector in detectors if Kind.PERSON in detector.finds]
    named = [detector for detector in bodies if _model(detector) in SELECTABLE]
    steady = named or [detector for detector in bodies if _model(detector) != PARTNER]
    if not steady:
        return ()
    return tuple(each.name for each in detectors if each not in steady and _model(each) in MODELS)


def checking_detectors(shape: Shape, *, still: bool = False) -> list[Detector]:
    """Return the detectors of the leak check, none of which covered: another network, and other sizes.

    Bodies are searched by a network on tiles that is never used for covering, and by YOLOX at a size not used for
    covering: the first alone finds 56 % of the persons on photographs. Faces are also searched at another size.

    Args:
        shape: Shape of the copy.
        still: Whether it is a still image.

    Raises:
        ModelError: A model is missing or damaged.
    """
    shorter, longer = sorted((shape.width, shape.height))
    whole = shorter < LEAST_TILED and longer <= 2 * shorter
    tile = 0 if whole else max(240, shorter // 2)
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
    """Return the class that runs a selectable model, and the model's file."""
    makes: dict[str, type[PicoDet | Retail | YuNet]] = {
        "person-detection-retail-0013": Retail,
        "picodet-s": PicoDet,
        "yunet-n": YuNet,
    }
    if name not in makes:
        msg = f"--detector {name}: not a model that can be selected; choose from {', '.join(makes)}"
        raise UsageError(msg)
    return makes[name], locate(model_named(name))


def _partner_sides(shape: Shape, wanted: Sequence[int], *, least: int) -> list[int]:
    """Return the sizes at which YOLOX runs, smallest first; only `least` if all of them enlarge too much."""
    most = int(LARGEST_PARTNER_BLOW_UP * max(shape.width, shape.height))
    return [side for side in sorted(wanted) if side <= most] or [least]


def _sides(shape: Shape, wanted: Sequence[int]) -> list[int]:
    """Return the useful sizes, smallest first: none far larger than the picture, but at least one."""
    most = int(LARGEST_BLOW_UP * max(shape.width, shape.height))
    return [side for side in sorted(wanted) if side <= most] or [max(LEAST_SIDE, min(*wanted, -(-most // 64) * 64))]
