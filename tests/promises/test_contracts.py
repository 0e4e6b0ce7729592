"""The import contracts deny by default: forbidden imports are planted in a copy, and each contract must notice."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FUTURE = "from __future__ import annotations\n"

# What is planted: file below src/passerby (made where it is new), import, and the contract that forbids it.
RAW = "Raw pixels are seen only by what covers them"
LOOKS = "Only what covers and counts looks at pictures"
NETWORKS = "Networks run in one file"
FFMPEG = "FFmpeg stays in media and outputs"
PICTURES = "Picture files are read in media and written in outputs"
PIXELS = "Pixels are computed with where there are some"
TERMINAL = "The terminal stays in cli"
DATABASE = "The database is met in store, storage and the tables of accounts"
WEB = "The web framework stays in serve"
HOMES = "Brokers, keys, plots and geometry have one home each"
LAYERS = "Data runs one way"
UPLOADS = "Pictures that people send are decoded in a process of its own"
OPENINGS = "Cover is taken away in one place, by an edits file"
PLANTS = [
    ("redact/static_mask.py", "from passerby.redact.opening import Opening", OPENINGS),
    ("review/journal.py", "from passerby.redact.hand_cover import HandCover", OPENINGS),
    ("review/journal.py", "import av", FFMPEG),
    ("review/journal.py", "import cv2", PIXELS),
    ("review/edits.py", "from passerby.media.frame import Frame", RAW),
    ("review/edits.py", "from passerby.vision.picture.patch_follower import PatchFollower", LOOKS),
    ("release/statement.py", "import c2pa", HOMES),
    ("release/exemption_text.py", "import reportlab.pdfgen", HOMES),
    ("release/exemption.py", "from passerby.media.frame import Frame", RAW),
    ("release/exemption.py", "from passerby.jobs.signing import Signing", LAYERS),
    ("gateway/plan_upload.py", "from passerby.outputs.files.plan_picture import encoded_anew", UPLOADS),
    ("store/row.py", "import av", FFMPEG),
    ("store/row.py", "import PIL", PICTURES),
    ("store/row.py", "import rich", TERMINAL),
    ("store/row.py", "from passerby.media.frame import Frame", RAW),
    ("store/row.py", "from passerby.media.files.video_file import open_source", RAW),
    ("signals/hub.py", "import av", FFMPEG),
    ("signals/hub.py", "import typer", TERMINAL),
    ("signals/hub.py", "from passerby.media.frame import Frame", RAW),
    ("signals/hub.py", "from passerby.health.status import CameraStatus", "Signals and health do not know each other"),
    ("measure/reading.py", "from passerby.media.frame import Frame", RAW),
    ("measure/reading.py", "from passerby.measure.motion.tracks import Tracks", "Tracks stay in motion"),
    ("jobs/task.py", "from passerby.redact.track import Track", "Tracks stay inside"),
    ("jobs/task.py", "from passerby.pipelines.recording import run", "The loops are wired in one place each"),
    ("settings/options.py", "import cv2", PIXELS),
    ("settings/options.py", "from passerby.vision.inspect.inspector import FrameInspector", LOOKS),
    ("health/status.py", "from passerby.signals.signal import PlaceSignal", LAYERS),
    ("serve/problem.py", "from passerby.outputs.files.encode import Encoder", "Only outputs may encode pictures"),
    ("gateway/sinks.py", "import fastapi", WEB),
    ("gateway/sinks.py", "import openvino", NETWORKS),
    ("outputs/files/plot.py", "import sqlalchemy", DATABASE),
    ("media/address.py", "from passerby.store.row import Row", LAYERS),
    ("vision/boxes.py", "import paho.mqtt.client", HOMES),
    ("accounts/permission.py", "import starlette.requests", WEB),
    ("accounts/permission.py", "from passerby.settings.options import Effort", LAYERS),
    ("accounts/permission.py", "import sqlalchemy", DATABASE),
    ("accounts/session.py", "import argon2", HOMES),
    ("serve/auth/sign_in.py", "import pyotp", HOMES),
    ("serve/auth/sign_in.py", "import zxcvbn", HOMES),
    ("serve/auth/sign_in.py", "import webauthn", HOMES),
    ("accounts/session.py", "import authlib.jose", HOMES),
    ("accounts/oidc_sign_in.py", "import joserfc.jwt", HOMES),
    ("serve/auth/oidc.py", "import httpx", HOMES),
    ("storage/append_log.py", "import sqlalchemy", DATABASE),
    ("storage/address.py", "from passerby.measure.reading import Quantity", LAYERS),
    ("audit/tile_log.py", "import sqlalchemy", DATABASE),
    ("audit/journal.py", "import cryptography.fernet", HOMES),
    ("gateway/supervisor.py", "import ray", HOMES),
    ("cluster/file_work.py", "import ray", HOMES),
    ("cluster/node_report.py", "from passerby.media.camera.feed import CameraFeed", RAW),
    ("gateway/supervisor.py", "from passerby.cluster.engine import joined", LAYERS),
    ("audit/log_check.py", "import rfc3161_client", HOMES),
    ("audit/entry.py", "from passerby.media.fault import Fault", LAYERS),
    ("audit/entry.py", "from passerby.accounts.permission import Action", LAYERS),
    # a package that no list but that of the layers names
    ("alerts/rule.py", "import av", FFMPEG),
    ("alerts/rule.py", "import cv2", PIXELS),
    ("alerts/rule.py", "import PIL.Image", PICTURES),
    ("alerts/rule.py", "import rich", TERMINAL),
    ("alerts/rule.py", "import sqlalchemy", DATABASE),
    ("alerts/rule.py", "import openvino", NETWORKS),
    ("alerts/rule.py", "import starlette.requests", WEB),
    ("alerts/rule.py", "import cryptography", HOMES),
    ("alerts/rule.py", "import apprise", HOMES),
    ("alerts/rule.py", "from passerby.store.row import Row", LAYERS),
    ("alerts/rule.py", "from passerby.outputs.notify.channel import Channel", LAYERS),
    ("outputs/notify/webhook.py", "import apprise", HOMES),
    ("alerts/rule.py", "from passerby.media.camera.feed import CameraFeed", RAW),
    ("alerts/rule.py", "from passerby.vision.sampling import Sample", LOOKS),
    ("errors.py", "import passerby.cli.app", LAYERS),
    ("media/limits.py", "import passerby.media.files.video_file", "No cycles among siblings"),
    ("unplaced/thing.py", "", LAYERS),  # a package that took no place among the layers
]


def contracts() -> list[str]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return [each["name"] for each in settings["tool"]["importlinter"]["contracts"]]


def lint(folder: Path) -> str:
    script = Path(sys.executable).with_name("lint-imports")
    environment = {**os.environ, "PYTHONPATH": str(folder / "src"), "PYTHONDONTWRITEBYTECODE": "1", "COLUMNS": "400"}
    done = subprocess.run(
        [str(script), "--no-cache"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    return done.stdout + done.stderr


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__", "console", "walks"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def plant(folder: Path, name: str, line: str) -> None:
    path = folder / "src" / "passerby" / name
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        (path.parent / "__init__.py").write_text('"""Planted."""\n')
        path.write_text(f'"""Planted."""\n{FUTURE}')
    text = path.read_text(encoding="utf-8")
    if FUTURE in text:
        path.write_text(text.replace(FUTURE, f"{FUTURE}{line}\n", 1), encoding="utf-8")
    else:
        path.write_text(f"{text}\n{line}\n", encoding="utf-8")


def test_every_contract_notices_what_is_planted_against_it(copy):
    for name, line, _ in PLANTS:
        if not name.startswith("unplaced"):
            plant(copy, name, line)
    report = lint(copy)
    broken = set(re.findall(r"^(.+?) BROKEN", report, flags=re.MULTILINE))
    assert broken == set(contracts()), report
    unseen = [(name, line) for name, line, contract in PLANTS if line and not _reported(report, name, line, contract)]
    assert not unseen, report


def test_a_package_without_a_place_among_the_layers_is_refused(copy):
    plant(copy, "unplaced/thing.py", "")
    report = lint(copy)
    assert "unplaced" in report
    assert "KEPT" not in report or f"{LAYERS} BROKEN" in report, report


def test_every_contract_has_something_planted_against_it():
    assert {contract for _, _, contract in PLANTS} == set(contracts())


def _reported(report: str, name: str, line: str, contract: str) -> bool:
    """Whether the importing module and what it imports stand in one line of the contract's part of the report."""
    importer = "passerby." + name.removesuffix(".py").replace("/", ".")
    wanted = line.split()[1]
    home = wanted if wanted.startswith("passerby") else wanted.split(".")[0]
    headings = [*re.finditer(r"^(.+)\n-{3,}$", report, flags=re.MULTILINE)]
    ends = [each.start() for each in headings[1:]] + [len(report)]
    part = next(report[each.end() : end] for each, end in zip(headings, ends, strict=True) if each[1] == contract)
    if contract == "No cycles among siblings":
        return importer.rpartition(".")[0] in part
    return any(importer in each and home in each for each in part.splitlines())
