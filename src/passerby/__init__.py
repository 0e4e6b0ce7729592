"""A privacy gateway for cameras: see the crowd, never the person.

Names are imported on first use, so that `passerby --help` starts fast.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from passerby.version import __version__ as __version__

if TYPE_CHECKING:
    from passerby.errors import (
        DetectorError,
        MeasureError,
        ModelError,
        OutputError,
        PasserbyError,
        RedactionError,
        SourceError,
        StoreError,
        UsageError,
    )
    from passerby.evaluate.result import Evaluation, TruthFormat
    from passerby.jobs.check_file import check_file
    from passerby.jobs.evaluation import evaluate_file, evaluate_report
    from passerby.jobs.redact_file import redact_file
    from passerby.jobs.task import Progress
    from passerby.measure.reading import Aggregate, Quantity, Reading
    from passerby.media.frame import Frame
    from passerby.media.source import Source
    from passerby.outputs.output import VideoOutput
    from passerby.redact.choice import CheckDepth, CoverKind, StyleName
    from passerby.redact.mask import Cover
    from passerby.redact.redactor import RedactedFrame
    from passerby.redact.style import Style
    from passerby.reports.redaction import LeakCheck, RedactionReport
    from passerby.settings.options import Codec, RedactOptions
    from passerby.settings.preset import Preset
    from passerby.signals.selection import Selection
    from passerby.signals.signal import PlaceSignal
    from passerby.signals.window import WindowLength, Windows, roll_up
    from passerby.store import open_store
    from passerby.vision.detections import Detections, Kind
    from passerby.vision.detector import Detector
    from passerby.vision.effort import Effort

__all__ = [
    "Aggregate",
    "CheckDepth",
    "Codec",
    "Cover",
    "CoverKind",
    "Detections",
    "Detector",
    "DetectorError",
    "Effort",
    "Evaluation",
    "Frame",
    "Kind",
    "LeakCheck",
    "MeasureError",
    "ModelError",
    "OutputError",
    "PasserbyError",
    "PlaceSignal",
    "Preset",
    "Progress",
    "Quantity",
    "Reading",
    "RedactOptions",
    "RedactedFrame",
    "RedactionError",
    "RedactionReport",
    "Selection",
    "Source",
    "SourceError",
    "StoreError",
    "Style",
    "StyleName",
    "TruthFormat",
    "UsageError",
    "VideoOutput",
    "WindowLength",
    "Windows",
    "check_file",
    "evaluate_file",
    "evaluate_report",
    "open_store",
    "redact_file",
    "roll_up",
]

_HOMES = {
    "passerby.redact.choice": ("CheckDepth", "CoverKind", "StyleName"),
    "passerby.settings.options": ("Codec", "RedactOptions"),
    "passerby.settings.preset": ("Preset",),
    "passerby.vision.effort": ("Effort",),
    "passerby.errors": (
        *("DetectorError", "MeasureError", "ModelError", "OutputError", "PasserbyError"),
        *("RedactionError", "SourceError", "StoreError", "UsageError"),
    ),
    "passerby.evaluate.result": ("Evaluation", "TruthFormat"),
    "passerby.media.frame": ("Frame",),
    "passerby.media.source": ("Source",),
    "passerby.measure.reading": ("Aggregate", "Quantity", "Reading"),
    "passerby.outputs.output": ("VideoOutput",),
    "passerby.redact.mask": ("Cover",),
    "passerby.redact.redactor": ("RedactedFrame",),
    "passerby.redact.style": ("Style",),
    "passerby.reports.redaction": ("LeakCheck", "RedactionReport"),
    "passerby.jobs.check_file": ("check_file",),
    "passerby.jobs.evaluation": ("evaluate_file", "evaluate_report"),
    "passerby.jobs.redact_file": ("redact_file",),
    "passerby.jobs.task": ("Progress",),
    "passerby.signals.selection": ("Selection",),
    "passerby.signals.signal": ("PlaceSignal",),
    "passerby.signals.window": ("WindowLength", "Windows", "roll_up"),
    "passerby.store": ("open_store",),
    "passerby.vision.detections": ("Detections", "Kind"),
    "passerby.vision.detector": ("Detector",),
}


def __getattr__(name: str) -> object:
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(home), name)
    msg = f"module 'passerby' has no attribute '{name}'"
    raise AttributeError(msg)
