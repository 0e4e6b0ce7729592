"""The only wiring of a live camera: builds the loop that covers it from its settings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

from passerby.assembly.crowd_model import density_map
from passerby.assembly.live_crowd import LiveCrowd
from passerby.assembly.live_meter import LiveMeter
from passerby.assembly.outlines import outliner_for
from passerby.errors import MeasureError, UsageError
from passerby.measure.plan import ScenePlan
from passerby.measure.scene import Scene
from passerby.media.address import Address
from passerby.media.camera.feed import CameraFeed
from passerby.media.health import PictureHealth
from passerby.media.layout import Colour, Layout, Shape
from passerby.pipelines.live import LiveLoop, LiveStages, Timing
from passerby.redact.choice import CoverKind
from passerby.redact.cover_plan import CoverPlan
from passerby.redact.live import LiveRedactor
from passerby.redact.rule import COVER_SCORE, kinds_of, rules_for
from passerby.redact.static_mask import StaticMask, require_inside
from passerby.redact.stream import Redactor
from passerby.redact.style import style_named
from passerby.settings.camera_plan import CameraPlan
from passerby.settings.cover_choice import LIVE_GROWTH
from passerby.settings.places import PlacesSettings
from passerby.settings.site.camera import CameraSettings
from passerby.vision.detector import Detector
from passerby.vision.effort import Effort
from passerby.vision.inspect.density_map_inspector import DensityMapInspector
from passerby.vision.inspect.detector_set import choosable_detectors, covering_detectors, taking_turns
from passerby.vision.inspect.ensemble import DetectorEnsemble
from passerby.vision.inspect.live_inspector import LiveInspector
from passerby.vision.inspect.planner import DetectorPlan, Planner
from passerby.vision.nets import openvino
from passerby.vision.picture.scenery import Scenery

BUDGET_MS = 75.0
"""With effort auto, mean time for a detector pass: the rest of the 125 ms between passes is for the picture."""
USUAL_SHAPE = Shape(1280, 720, Layout.YUV420, Colour(), Fraction(25), Fraction(1, 1_000_000))
"""Picture shape for which networks are loaded before the first picture; other proportions load them again."""
LAG_SHARE = 0.6
"""Share of the delay: detectors skip a frame that has waited longer if newer ones are waiting."""


def live_loop(
    camera: CameraSettings,
    *,
    masks: Sequence[StaticMask] = (),
    places: PlacesSettings | None = None,
    plan: CameraPlan | None = None,
    state_folder: Path,
    clock: Callable[[], float],
) -> LiveLoop:
    """Return the loop of a camera.

    Args:
        camera: Its settings; the files that they name are not read here.
        masks: What those files of masks say.
        places: What its places file says; None = nothing is measured.
        plan: What its plan says; live, it covers no less than the defaults. None = it has none.
        state_folder: Where compiled networks are cached.
        clock: Returns the current time, UTC epoch, s; never goes back.

    Raises:
        MeasureError: A place is wrong.
        SourceError: The camera's address is not valid.
        ModelError: A network is missing or damaged.
        DetectorError: A network for outlines fails its self-test.
    """
    openvino.keep_compiled(state_folder / "compiled")
    motion = CoverKind.PEOPLE in camera.cover
    chosen = plan.choice.live() if plan is not None else None
    growth = LIVE_GROWTH if chosen is None else chosen.growth
    kinds = kinds_of(camera.cover)
    style = style_named(camera.style)
    plan_of_places = places.plan() if places is not None else None
    maps = DensityMapInspector(density_map(camera.crowd_model)) if camera.crowd_model is not None else None
    outliner = outliner_for(camera.cover, camera.style, camera.shape, live=True)
    plans: list[DetectorPlan] = []
    if camera.effort is Effort.AUTO:
        covering, plans = choosable_detectors(USUAL_SHAPE, kinds, named=camera.detectors)
    else:
        covering = covering_detectors(USUAL_SHAPE, kinds, effort=camera.effort, named=camera.detectors)

    def detectors(notify: Callable[[], None]) -> LiveInspector:
        planner = Planner(plans, budget_ms=BUDGET_MS) if plans else None
        turns = taking_turns(covering, camera.effort, kinds)
        ensemble = DetectorEnsemble(covering, occasional=turns, planner=planner, outliner=outliner)
        return LiveInspector(ensemble, USUAL_SHAPE, lag_s=LAG_SHARE * camera.delay_s, notify=notify)

    def cover(shape: Shape) -> LiveStages:
        scores = None if chosen is None else chosen.table((shape.width, shape.height))
        rules = rules_for(camera.cover, score=COVER_SCORE, margin=growth - 1, scores=scores)
        redactor = Redactor(
            CoverPlan(rules, hold_s=camera.hold_s, motion=motion), style, look_ahead_s=camera.delay_s, masks=masks
        )
        held = LiveRedactor(redactor, delay_s=camera.delay_s)
        meter, problem = _meter(plan_of_places, shape, covering, maps)
        refusal = _misfit(masks, shape) or (plan.misfit(shape.width, shape.height) if plan is not None else "")
        return LiveStages(held, Scenery(motion=motion), meter, refusal=refusal, problem=problem)

    feed = CameraFeed(
        camera.name,
        camera_address(camera),
        transport=camera.transport,
        max_fps=camera.max_fps,
        max_width=camera.max_width,
        clock=clock,
    )
    timing = Timing(clock, camera.delay_s)
    return LiveLoop(camera.name, feed, detectors=detectors, cover=cover, monitor=PictureHealth, timing=timing)


def _misfit(masks: Sequence[StaticMask], shape: Shape) -> str:
    """Return which masks cover nothing in pictures of this shape ("" = all do); a camera can change its resolution."""
    try:
        require_inside(masks, shape.height, shape.width)
    except UsageError as error:
        return str(error)
    return ""


def _meter(
    plan: ScenePlan | None, shape: Shape, covering: Sequence[Detector], maps: DensityMapInspector | None
) -> tuple[LiveMeter | None, str]:
    """Return the meter for places in pictures of this shape; if a place does not fit into them, return the reason."""
    if plan is None:
        return None, ""
    try:
        crowd = LiveCrowd(maps) if maps is not None else None
        return LiveMeter(Scene(plan, (shape.width, shape.height)), covering, crowd), ""
    except MeasureError as error:
        return None, f"places are not measured: {error}"


def camera_address(camera: CameraSettings) -> Address:
    """Return where a camera is, with its credentials."""
    address = Address(camera.address.get_secret_value(), camera.allow_hosts)
    if not camera.username:
        return address
    return address.with_credentials(camera.username, camera.password.get_secret_value())
