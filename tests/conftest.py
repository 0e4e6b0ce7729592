"""Where real media and models for tests lie, and the command line as a user runs it."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings
from tests.command_line import CommandLine, command_line
from tests.leftovers import Leftovers

if TYPE_CHECKING:
    from tests.cameras.rtsp import RtspServer

CALM = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}  # a busy machine is no failure
settings.register_profile("passerby", derandomize=True, **CALM)  # a change passes or fails, whenever it is tested
settings.register_profile("random", **CALM)  # HYPOTHESIS_PROFILE=random looks at examples that nobody has seen yet
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "passerby"))

collect_ignore = ["cameras/server.py"]  # it runs under Debian's python3
SHARED = Path(__file__).parents[2] / "shared"


def _folder(variable: str, default: Path) -> Path:
    folder = Path(os.environ.get(variable) or default)
    if not folder.is_dir():
        pytest.skip(f"{folder} is absent: set {variable} to the folder of shared {default.name}")
    return folder


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Real videos and pictures with their ground truth, read-only."""
    return _folder("PASSERBY_DATA", SHARED / "data")


@pytest.fixture(scope="session")
def models_dir() -> Path:
    """Networks beyond those that `passerby models fetch` gets, read-only."""
    return _folder("PASSERBY_TEST_MODELS", SHARED / "models")


@pytest.fixture(scope="session")
def registry_models() -> None:
    """Make sure that the networks that users have are here: `make test` fetches them."""
    from passerby.errors import ModelError
    from passerby.vision.models.catalogue import MODELS
    from passerby.vision.models.files import locate

    for model in MODELS.values():
        try:
            locate(model)
        except ModelError as error:
            if os.environ.get("CI"):
                raise
            pytest.skip(str(error))


@pytest.fixture(scope="session", autouse=True)
def _compiled_once() -> Iterator[None]:
    """Compile each network once for each size, however many tests use it."""
    from tests.vision.compiled_once import compile_once

    with pytest.MonkeyPatch.context() as patch:
        compile_once(patch)
        yield


@pytest.fixture(scope="session", autouse=True)
def slow_hasher() -> Iterator[object]:
    """Hash passwords quickly in this process, and return what hashes them elsewhere: it takes a sixth of a second."""
    from argon2 import PasswordHasher

    from passerby.accounts.credentials import password

    real = password._HASHER
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(password, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield real


@pytest.fixture(scope="session")
def passerby() -> CommandLine:
    """Run one command line in a process of its own, as a user does, and return how it ended."""
    return command_line()


@pytest.fixture
def rtsp_server() -> Iterator[Callable[..., RtspServer]]:
    """Start RTSP servers, as `RtspServer(...)` does; they end with the test."""
    from tests.cameras.rtsp import RtspServer, missing

    lack = missing()
    if lack and os.environ.get("CI"):
        pytest.fail(lack)
    if lack:
        pytest.skip(lack)
    with ExitStack() as running:

        def start(*arguments: object, **options: object) -> RtspServer:
            server = RtspServer(*arguments, **options)
            running.callback(server.kill)
            return server

        yield start


@pytest.fixture(scope="session")
def drawn_reel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """10 s of a drawn scene without people, 640x360 at 10/s, each picture with its number as a time code."""
    from tests.cameras.reel import scene_reel

    return scene_reel(tmp_path_factory.mktemp("reels") / "drawn.reel")


@pytest.fixture(scope="session")
def pets_reel(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """60 s of the PETS clip at 10/s, 768x576."""
    from tests.cameras.reel import clip_reel

    return clip_reel(tmp_path_factory.mktemp("reels") / "pets.reel", data_dir / "video/pets_s2l1_vtest.avi", width=768)


SLOW_FIXTURES = {
    *("data_dir", "models_dir", "registry_models", "passerby", "rtsp_server", "drawn_reel", "pets_reel"),
    *("postgres", "chromium", "broker"),
}
"""What needs real media, networks, servers, a browser or a command line of its own takes seconds, not milliseconds."""
NETWORKS = "tests.vision.net_files"
"""A module that takes networks from there runs them."""
SLOW_FOLDERS = ("benchmarks", "cameras", "live")
SERVED_FOLDERS = (
    *("accounts", "audit", "cli", "cluster", "gateway", "media/camera", "outputs", "pipelines", "serve", "store"),
)
"""Their tests open ports, databases, files that are synced or processes of ours: tenths of a second each."""


def pytest_configure(config: pytest.Config) -> None:
    """Report what tests leave behind and computes on."""
    config.pluginmanager.register(Leftovers())


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Collect tests without looking for garbage: half a million objects of modules and tests live until the end."""
    gc.disable()
    try:
        return (yield)  # type: ignore[return-value]  # of a wrapper
    finally:
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark slow and served tests by what they use and where they lie: `make test-fast` runs neither."""
    for item in items:
        used = set(getattr(item, "fixturenames", ()))
        path = item.path.relative_to(item.config.rootpath).parts
        networks = any(
            getattr(each, "__module__", "") == NETWORKS for each in vars(getattr(item, "module", None) or item).values()
        )
        if used & SLOW_FIXTURES or networks or (path[0] == "tests" and path[1] in SLOW_FOLDERS):
            item.add_marker("slow")
        if "/".join(path).startswith(tuple(f"tests/{folder}/" for folder in SERVED_FOLDERS)):
            item.add_marker("served")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the tables that tests made."""
    for report in [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]:
        for name, text in getattr(report, "user_properties", []):
            if name == "table":
                terminalreporter.write_sep("-", report.nodeid)
                terminalreporter.write_line(text)
