"""What a camera's process or node needs to know to run the camera: values only, so that it fits through a wire."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from math import inf
from pathlib import PurePath
from typing import Any

from pydantic import SecretStr, TypeAdapter, ValidationError

from passerby.errors import MeasureError, UsageError
from passerby.redact.static_mask import StaticMask
from passerby.settings.camera_plan import CameraPlan, read_plan
from passerby.settings.masks import read_masks
from passerby.settings.places import PlacesSettings, read_places
from passerby.settings.site.camera import CameraSettings
from passerby.settings.site.recording import RecordingSettings
from passerby.settings.site.site import SiteSettings

_SHAPES = TypeAdapter(tuple[tuple[str, tuple[tuple[float, float], ...], bool], ...])


@dataclass(frozen=True, slots=True)
class CameraTask:
    """One camera and what it has to do; equal tasks need no restart.

    It holds no other camera's settings or secrets: the process that gets it decodes what strangers send.

    Args:
        camera: The camera's settings, its own secrets included. `masks`, `places` and `plan` are names for messages
            only; the effort and the hold are those of the plan.
        masks: Parts of the picture that are always covered.
        places: Calibration, lines and zones; None = nothing is measured.
        recording: How it is recorded, if `camera.record` says so. Without a folder or key file, the machine that
            runs the camera uses those in its own state folder.
        problem: Why it cannot run: a file that the settings name is wrong; "" = it can.
        plan: The plan for its picture; None = it has none.
    """

    camera: CameraSettings
    masks: tuple[StaticMask, ...] = ()
    places: PlacesSettings | None = None
    recording: RecordingSettings = field(default_factory=RecordingSettings)
    problem: str = ""
    plan: CameraPlan | None = None

    @property
    def name(self) -> str:
        """Name of the camera."""
        return self.camera.name

    def to_json(self) -> str:
        """Return the task as JSON; it contains the camera's secrets, so it must not be logged or stored."""
        shapes = [(mask.name, mask.points, mask.shares) for mask in self.masks]
        parts = {
            "camera": self.camera.model_dump(),
            "masks": shapes,
            "places": None if self.places is None else self.places.model_dump(),
            "recording": self.recording.model_dump(),
            "problem": self.problem,
            "plan": None if self.plan is None else self.plan.model_dump(),
        }
        return json.dumps(parts, default=_plain, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> CameraTask:
        """Return the task that `to_json` wrote.

        Raises:
            UsageError: It is not one.
        """
        try:
            parts = json.loads(text)
            return cls(
                CameraSettings.model_validate(parts["camera"]),
                tuple(StaticMask(*shape, -inf, inf) for shape in _SHAPES.validate_python(parts["masks"])),
                None if parts["places"] is None else PlacesSettings.model_validate(parts["places"]),
                RecordingSettings.model_validate(parts["recording"]),
                str(parts["problem"]),
                None if parts["plan"] is None else CameraPlan.model_validate(parts["plan"]),
            )
        except (ValueError, KeyError, TypeError) as error:  # pydantic's error is a ValueError
            fields = [each["loc"] for each in error.errors()] if isinstance(error, ValidationError) else ""
            msg = f"not a camera's task ({type(error).__name__} {fields}); gateway and node need the same version"
            raise UsageError(msg) from None  # the error's own text would show secrets


def camera_tasks(site: SiteSettings) -> dict[str, CameraTask]:
    """Return the task of each enabled camera, by its name, in the site file's order."""
    return {camera.name: _task(site, camera) for camera in site.cameras if camera.enabled}


def _task(site: SiteSettings, camera: CameraSettings) -> CameraTask:
    named = camera.model_copy(
        update={
            "masks": tuple(_name(path) for path in camera.masks),
            "places": None if camera.places is None else _name(camera.places),
            "plan": None if camera.plan is None else _name(camera.plan),
        }
    )
    recording = site.recording if camera.record else RecordingSettings()
    try:
        masks = tuple(replace(mask, from_s=-inf, to_s=inf) for path in camera.masks for mask in read_masks(path))
        places = None if camera.places is None else read_places(camera.places).self_contained()
        plan = None if camera.plan is None else read_plan(camera.plan)
    except (UsageError, MeasureError) as error:  # one camera's wrong file does not stop the others
        return CameraTask(named, recording=recording, problem=str(error))
    if plan is not None:
        chosen = plan.choice.live()
        named = named.model_copy(update={"effort": chosen.effort, "hold_s": chosen.hold_s})
    return CameraTask(named, masks, places, recording, plan=plan)


def _name(path: PurePath) -> PurePath:
    return type(path)(path.name)


def _plain(value: Any) -> object:  # noqa: ANN401 - whatever settings hold
    """Return a value as JSON has it."""
    match value:
        case SecretStr():
            return value.get_secret_value()
        case PurePath():
            return str(value)
        case frozenset():
            return sorted(value)
    raise TypeError(type(value).__name__)
