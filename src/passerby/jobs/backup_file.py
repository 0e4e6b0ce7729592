"""The files of a backup: a tar archive with a manifest of hashes, and a second one that holds the keys."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Final

from passerby.errors import OutputError, TargetExistsError, UsageError
from passerby.outputs.partial import temporary_name, write_error

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
DATA, KEYS = "passerby backup", "passerby keys"
_LARGEST_MANIFEST: Final = 64 << 20
_BLOCK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class BackupManifest:
    """What an archive holds.

    Args:
        holds: `passerby backup` or `passerby keys`.
        format: Version of the format.
        number: A random number, which a backup and its keys share.
        site: Name of the site.
        made: When, UTC, ISO 8601.
        software: Version of passerby that made it.
        files: SHA-256 of each member, by its name.
    """

    holds: str
    format: int
    number: str
    site: str
    made: str
    software: str
    files: Mapping[str, str]


def write_archive(target: Path, manifest: BackupManifest, folder: Path) -> None:
    """Write an archive that only its user can read; it has its name when it is complete.

    Args:
        target: The archive; it must not exist.
        manifest: What it holds; `files` are filled in here.
        folder: Folder with the members.

    Raises:
        TargetExistsError: The target exists.
        OutputError: It cannot be written.
    """
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    hashes = {name: _sha256(folder / name) for name in names}
    text = json.dumps({**asdict(manifest), "files": hashes}, indent=1).encode()
    made = temporary_name(target)
    try:
        made.touch(mode=0o600, exist_ok=False)
        with tarfile.open(made, "w:gz", compresslevel=6) as archive:
            about = tarfile.TarInfo(MANIFEST)
            about.size, about.mode = len(text), 0o600
            archive.addfile(about, io.BytesIO(text))
            for name in names:
                archive.add(folder / name, name, filter=_private)
        target.hardlink_to(made)  # it fails if the target has appeared in the meantime
    except FileExistsError as error:
        msg = f"{target}: the file exists; choose another name"
        raise TargetExistsError(msg) from error
    except OSError as error:
        raise write_error(target, error) from error
    finally:
        made.unlink(missing_ok=True)


def _private(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mode = 0o600
    return member


@contextmanager
def opened_archive(path: Path, holds: str) -> Iterator[tuple[BackupManifest, tarfile.TarFile]]:
    """Give an archive and its manifest.

    Raises:
        UsageError: It is missing, damaged, no such archive, or of a newer version.
    """
    try:
        with tarfile.open(path, "r:gz") as archive:
            yield _manifest(path, archive, holds), archive
    except (tarfile.TarError, EOFError, zlib.error) as error:
        msg = f"{path}: damaged, or not a backup that passerby made ({error})"
        raise UsageError(msg) from error
    except OSError as error:
        msg = f"{path}: cannot be read as a backup ({error.strerror or error}); check the name"
        raise UsageError(msg) from error


def extract(path: Path, archive: tarfile.TarFile, manifest: BackupManifest, folder: Path) -> None:
    """Write all members into a folder, and check each against the manifest.

    Raises:
        UsageError: A member is damaged, missing, or not in the manifest.
        OutputError: The folder cannot be written.
    """
    seen = set()
    for member in archive:
        if member.name == MANIFEST:
            continue
        place = PurePosixPath(member.name)
        expected = manifest.files.get(member.name)
        if not member.isfile() or expected is None or place.is_absolute() or ".." in place.parts:
            msg = f"{path}: it contains '{member.name}', which its manifest does not list; the file was changed"
            raise UsageError(msg)
        source = archive.extractfile(member)
        if source is None or _written(source, folder / place) != expected:
            msg = f"{path}: '{member.name}' is damaged; use another backup"
            raise UsageError(msg)
        seen.add(member.name)
    if missing := sorted(set(manifest.files) - seen):
        msg = f"{path}: '{missing[0]}' is missing; use another backup"
        raise UsageError(msg)


def _manifest(path: Path, archive: tarfile.TarFile, holds: str) -> BackupManifest:
    first = archive.next()
    source = archive.extractfile(first) if first is not None and first.name == MANIFEST else None
    if first is None or source is None or first.size > _LARGEST_MANIFEST:
        msg = f"{path}: not a backup that passerby made"
        raise UsageError(msg)
    try:
        said = json.loads(source.read())
        newer = int(said["format"]) > FORMAT
        found = BackupManifest(**said)
        found = BackupManifest(**{**asdict(found), "files": {str(name): str(h) for name, h in said["files"].items()}})
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        msg = f"{path}: its manifest is damaged, or passerby did not make this backup"
        raise UsageError(msg) from error
    if newer:
        msg = f"{path}: made by a newer passerby ({found.software}); update passerby"
        raise UsageError(msg)
    if found.holds != holds:
        msg = f"{path}: this is a file of {found.holds}; give the backup first and its keys with --keys"
        raise UsageError(msg)
    return found


def _written(source: IO[bytes], target: Path) -> str:
    digest = hashlib.sha256()
    try:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with target.open("xb") as file:
            target.chmod(0o600)
            while block := source.read(_BLOCK):
                digest.update(block)
                file.write(block)
    except FileExistsError as error:
        msg = f"'{target.name}' occurs twice in the archive; the file was changed"
        raise UsageError(msg) from error
    except OSError as error:
        if not error.errno:  # the archive's own: cut off, or a wrong check sum
            raise
        raise OutputError(str(write_error(target, error))) from error
    return digest.hexdigest()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
