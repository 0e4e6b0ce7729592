"""A real PostgreSQL for tests: a cluster of its own in a temporary folder, unprivileged, on a socket there."""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import mkdtemp

import pytest
from tests.program import started
from tests.waiting import PATIENCE_S, until

PASSWORD = "not-in-messages"  # noqa: S105 - of a database that lives as long as the test
DEBIAN = Path("/usr/lib/postgresql")


class Cluster:
    """A PostgreSQL server that tests may stop and start."""

    def __init__(self, programs: Path, folder: Path, user: str | None) -> None:
        self.folder = folder
        self._programs, self._user = programs, user
        self._numbers = itertools.count()
        secret = folder / "password"
        secret.write_text(PASSWORD)
        secret.chmod(0o644)  # whatever the umask is: the folder is the server's own
        login = ("-U", "passerby", "-A", "scram-sha-256", f"--pwfile={secret}")
        self._running = ExitStack()
        self._run("initdb", "-D", folder / "data", *login, "-N", "-E", "UTF8", "--locale=C")  # whatever the locale here
        try:
            self.start()
        except BaseException:
            self.kill()
            raise

    def start(self) -> None:
        """Start the server and wait until it answers."""
        settings = ["-c", "listen_addresses=", "-c", "fsync=off", "-k", str(self.folder)]
        command = [str(self._programs / "postgres"), "-D", str(self.folder / "data"), *settings]
        with (self.folder / "log").open("ab") as out:
            self._server = self._running.enter_context(started(command, user=self._user, stdout=out, stderr=out))
        ready = [self._programs / "pg_isready", "-q", "-h", self.folder]
        until(
            lambda: subprocess.run(ready, check=False).returncode == 0,
            every_s=0.05,
            shown=(self.folder / "log").read_text,
        )

    def kill(self) -> None:
        """End the server as a loss of power would."""
        self._server.send_signal(signal.SIGQUIT)  # "immediate": no checkpoint, recovery at the next start
        self._server.wait(PATIENCE_S)

    def database(self) -> str:
        """Return the address of a new, empty database."""
        import psycopg

        name = f"test{next(self._numbers)}"
        with psycopg.connect(self.address("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self.address(name)

    def address(self, name: str, password: str = PASSWORD) -> str:
        return f"postgresql://passerby:{password}@/{name}?host={self.folder}"

    def _run(self, program: str, *arguments: str | Path) -> None:
        command = [str(self._programs / program), *map(str, arguments)]
        done = subprocess.run(command, user=self._user, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """PostgreSQL, or a skip that says what is missing."""
    found = sorted((path.parent for path in DEBIAN.glob("*/bin/initdb")), reverse=True)
    found += [Path(path).resolve().parent for path in [shutil.which("initdb")] if path]
    user = None if os.geteuid() else "nobody"
    if not found:
        pytest.skip("PostgreSQL is absent: install it (Debian: apt-get install postgresql)")
    folder = Path(mkdtemp(prefix="passerby-pg-"))
    if user:
        os.chown(folder, pwd.getpwnam(user).pw_uid, pwd.getpwnam(user).pw_gid)
    cluster = Cluster(found[0], folder, user)
    yield cluster
    cluster.kill()
    shutil.rmtree(folder)


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request, tmp_path) -> str:
    """Where a new store can be, in each kind of database."""
    if request.param == "sqlite":
        return str(tmp_path / "signals.db")
    return request.getfixturevalue("postgres").database()
