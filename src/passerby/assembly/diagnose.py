"""Checks everything that a site needs and says how to fix what is wrong: `passerby doctor`."""

from __future__ import annotations

import ctypes
import errno
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from passerby.assembly.camera import USUAL_SHAPE, camera_address
from passerby.assembly.crowd_model import density_map
from passerby.assembly.outlets import missing, recording_limits, recordings_folder, unusable
from passerby.assembly.outlines import outliner_for
from passerby.errors import PasserbyError
from passerby.media.camera.probe import ProbeResult, probe
from passerby.outputs.recording.limits import beyond_disk, disk_space
from passerby.redact.choice import CoverKind, CoverShape, StyleName
from passerby.redact.rule import kinds_of
from passerby.settings.camera_plan import read_plan
from passerby.settings.cover_choice import DetectorName
from passerby.settings.site.camera import CameraSettings
from passerby.settings.site.site import SiteSettings
from passerby.settings.yaml_file import line_of
from passerby.vision.effort import Effort
from passerby.vision.inspect.detector_set import covering_detectors

_AT_ONCE = 8
_CONNECT_S = 3.0
_NOT_SYNCHRONISED = 5  # TIME_ERROR of adjtimex(2)
_LEAST_GB = 1.0


class Level(StrEnum):
    """Severity of a finding."""

    OK = "ok"
    NOTE = "note"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check.

    Args:
        subject: What was checked.
        level: Severity.
        text: What was found, and how to fix it.
    """

    subject: str
    level: Level
    text: str


def examine(site: SiteSettings, path: Path, *, gateway: int | None = None) -> Iterator[Finding]:
    """Yield findings about cameras, models, disk, clock, port, broker and publish targets, one by one.

    Args:
        site: The site.
        path: Its file: problems with a setting name its line.
        gateway: Process id of the gateway that runs this site; None = it is not running.
    """
    enabled = [camera for camera in site.cameras if camera.enabled]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        yield from pool.map(_camera, enabled)
    for wanted in sorted({(camera.effort, tuple(sorted(camera.cover)), camera.detectors) for camera in enabled}):
        yield _models(*wanted)
    if any(camera.shape is CoverShape.OUTLINE for camera in enabled):
        yield _outlines()
    for camera in enabled:
        if camera.plan is not None:
            yield _plan(camera.name, camera.plan)
    for name in sorted({camera.crowd_model for camera in enabled if camera.crowd_model is not None}):
        yield _crowd_model(name)
    for absent in missing(site):
        yield Finding("packages", Level.WRONG, absent)
    wrong = {error.key: error.reason for error in unusable(site)}
    for key, reason in wrong.items():
        yield Finding(f"{path}:{line_of(path, key)}: {key}", Level.WRONG, reason)
    if "state_folder" not in wrong:
        yield _disk("state_folder", site.state_folder)
    if any(camera.record for camera in enabled) and "recording.folder" not in wrong:
        yield _recordings(site)
    yield _clock()
    yield _port(site.web.host, site.web.port, gateway)
    if site.mqtt is not None:
        yield _server("MQTT broker", site.mqtt.host, site.mqtt.port)
    for camera in enabled:
        if camera.publish is not None:
            target = urlsplit(camera.publish.address.get_secret_value())
            yield _server(f"publish {camera.name}", target.hostname or "", target.port or 554)


def _camera(camera: CameraSettings) -> Finding:
    subject = f"camera {camera.name}"
    try:
        found = probe(camera_address(camera), transport=camera.transport)
    except PasserbyError as error:
        return Finding(subject, Level.WRONG, str(error))
    if camera.plan is not None and (misfit := _plan_misfit(camera.plan, found, camera.max_width)):
        return Finding(subject, Level.WRONG, f"{found}; {misfit}")
    if found.fps and found.fps < 5:
        return Finding(subject, Level.NOTE, f"{found}; below 5 pictures/s motion cannot be followed: set a higher rate")
    if found.width > camera.max_width:
        return Finding(
            subject, Level.NOTE, f"{found}; scaled down to max_width {camera.max_width}: a smaller stream costs less"
        )
    return Finding(subject, Level.OK, str(found))


def _plan_misfit(path: Path, found: ProbeResult, max_width: int) -> str:
    """Return why a plan does not fit a camera's stream ("" = it does, or the plan itself is wrong)."""
    try:
        plan = read_plan(path)
    except PasserbyError:
        return ""
    if found.width > max_width:
        return (
            ""
            if plan.picture_px[0] == max_width
            else plan.misfit(max_width, round(found.height * max_width / found.width))
        )
    return plan.misfit(found.width, found.height)


def _models(effort: Effort, cover: tuple[CoverKind, ...], detectors: tuple[DetectorName, ...]) -> Finding:
    subject = f"models for {', '.join(cover)} ({', '.join((effort, *detectors))})"
    kinds = kinds_of(frozenset(cover))
    hardest = Effort.THOROUGH if effort is Effort.AUTO else effort
    try:
        covering_detectors(USUAL_SHAPE, kinds, effort=hardest, named=detectors)
    except PasserbyError as error:
        return Finding(subject, Level.WRONG, str(error))
    return Finding(subject, Level.OK, "loaded")


def _outlines() -> Finding:
    try:
        outliner_for({CoverKind.PEOPLE}, StyleName.SOLID, CoverShape.OUTLINE, live=True)
    except PasserbyError as error:
        return Finding("models for outlines", Level.WRONG, str(error))
    return Finding("models for outlines", Level.OK, "loaded")


def _plan(name: str, path: Path) -> Finding:
    """Return what a camera's plan chooses and was measured on; a note where it covers less than the defaults."""
    subject = f"plan of camera {name}"
    try:
        plan = read_plan(path)
    except PasserbyError as error:
        return Finding(subject, Level.WRONG, str(error))
    return Finding(subject, Level.NOTE if plan.choice.live().lowered() else Level.OK, plan.summary())


def _crowd_model(name: str) -> Finding:
    try:
        density_map(name)
    except PasserbyError as error:
        return Finding(f"crowd model {name}", Level.WRONG, str(error))
    return Finding(f"crowd model {name}", Level.OK, "found")


def _disk(subject: str, folder: Path) -> Finding:
    free_gb = disk_space(folder).free / 1e9
    if free_gb < _LEAST_GB:
        return Finding(subject, Level.WRONG, f"{folder}: {free_gb:.1f} GB free; make room")
    return Finding(subject, Level.OK, f"{folder}: {free_gb:.0f} GB free")


def _recordings(site: SiteSettings) -> Finding:
    folder = recordings_folder(site)
    found = _disk("recording.folder", folder)
    short = beyond_disk(folder, recording_limits(site))
    if found.level is Level.OK and short:
        return Finding(found.subject, Level.NOTE, f"{short}: lower disk_gb or make room")
    return found


def _clock() -> Finding:
    shown = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime())
    try:
        state = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(256))  # reads the state, changes nothing
    except AttributeError:
        state = _NOT_SYNCHRONISED
    if state in {-1, _NOT_SYNCHRONISED}:
        return Finding("clock", Level.NOTE, f"{shown}; no time service keeps this clock right: start one, such as NTP")
    return Finding("clock", Level.OK, f"{shown}, synchronised by a time service")


def _port(host: str, port: int, gateway: int | None) -> Finding:
    subject = f"port {port}"
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((host, port))
    except OSError as error:
        if gateway is not None and error.errno == errno.EADDRINUSE:
            return Finding(subject, Level.OK, f"{host}:{port} is in use by the running gateway, process {gateway}")
        return Finding(subject, Level.WRONG, f"{host}:{port} cannot be used ({error.strerror}); set another web.port")
    return Finding(subject, Level.OK, f"{host} is free")


def _server(subject: str, host: str, port: int) -> Finding:
    try:
        with socket.create_connection((host, port), timeout=_CONNECT_S):
            pass
    except OSError as error:
        text = f"{host}:{port} does not answer ({error.strerror or error}); is it running, and is the port right?"
        return Finding(subject, Level.WRONG, text)
    return Finding(subject, Level.OK, f"{host}:{port} answers")
