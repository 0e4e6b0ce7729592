"""Restores a backup onto an empty machine: all of it, or nothing."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from passerby.accounts import tables
from passerby.audit.key_file import load_key
from passerby.audit.log_check import check_log
from passerby.audit.log_reader import LogReader
from passerby.errors import AuditError, PasserbyError, StoreError, UsageError
from passerby.jobs.backup import (
    DATABASES,
    FILES,
    PUBLIC_FOLDER,
    SITE_FILE,
    STATE_FOLDER,
    databases_of,
)
from passerby.jobs.backup_file import DATA, KEYS, BackupManifest, extract, opened_archive
from passerby.outputs.partial import temporary_name, write_error
from passerby.settings.load import load_site
from passerby.settings.site.site import SiteSettings
from passerby.storage.address import DatabaseAddress
from passerby.storage.table_copy import copy_in, emptied, is_empty
from passerby.store import schema as signal_tables


def restore(backup: Path, keys: Path, site_file: Path) -> BackupManifest:
    """Restore a gateway's settings, state folder and databases as they were; nothing is replaced.

    Args:
        backup: The backup.
        keys: Its keys.
        site_file: Where the site file is written; the state folder and the databases are where it says.

    Returns:
        What was restored.

    Raises:
        UsageError: A file is damaged, foreign or of another backup, or the machine is not empty.
        OutputError: Something cannot be written.
        StoreError: A database cannot be written.
        AuditError: The audit log in the backup does not hold.
    """
    target = site_file.absolute()
    with ExitStack() as undo:
        work = temporary_name(target)
        try:
            work.mkdir(mode=0o700)
        except OSError as error:
            raise write_error(target, error) from error
        undo.callback(shutil.rmtree, work, ignore_errors=True)
        manifest = _extracted(backup, keys, work)
        site = _settings(work, target)
        _require_empty(site, work, target)
        _require_log(work / STATE_FOLDER)
        _place(site, work, target)
    return manifest


def _extracted(backup: Path, keys: Path, work: Path) -> BackupManifest:
    with opened_archive(keys, KEYS) as (of_keys, _):
        pass
    with opened_archive(backup, DATA) as (manifest, archive):
        if of_keys.number != manifest.number:
            msg = f"{keys}: these are the keys of another backup, of {of_keys.site} at {of_keys.made}"
            raise UsageError(msg)
        extract(backup, archive, manifest, work)
    (work / SITE_FILE).unlink(missing_ok=True)  # without passwords; the one beside the keys is whole
    with opened_archive(keys, KEYS) as (of_keys, archive):
        extract(keys, archive, of_keys, work)
    if not (work / SITE_FILE).is_file():
        msg = f"{keys}: it contains no site file; use another backup"
        raise UsageError(msg)
    return manifest


def _settings(work: Path, target: Path) -> SiteSettings:
    """Return the settings with the paths that they will have."""
    beside = work / FILES
    beside.mkdir(exist_ok=True)
    shutil.copy2(work / SITE_FILE, beside / target.name)
    try:
        site = load_site(beside / target.name)
    except UsageError as error:
        raise UsageError(str(error).replace(f"{beside}/", "")) from error
    finally:
        (beside / target.name).unlink()
    state, public = site.state_folder, site.audit.public_folder
    audit = site.audit.model_copy(update={"public_folder": public and _moved(public, beside, target.parent)})
    store = site.signals.store.get_secret_value()
    if store.startswith(str(beside)):
        secret = type(site.signals.store)(str(_moved(Path(store), beside, target.parent)))
        site = site.model_copy(update={"signals": site.signals.model_copy(update={"store": secret})})
    return site.model_copy(update={"state_folder": _moved(state, beside, target.parent), "audit": audit})


def _moved(path: Path, before: Path, now: Path) -> Path:
    return now / path.relative_to(before) if path.is_relative_to(before) else path


def _require_empty(site: SiteSettings, work: Path, target: Path) -> None:
    """Refuse a machine that holds something that would be replaced.

    Raises:
        UsageError: It does.
    """
    folders = [site.state_folder]
    if (work / PUBLIC_FOLDER).is_dir() and site.audit.public_folder is not None:
        folders.append(site.audit.public_folder)
    for folder in folders:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            msg = f"{folder}: not empty; restore replaces nothing: move it away, or set another state_folder"
            raise UsageError(msg)
    for path in [target, *(target.parent / name for name in _names(work / FILES))]:
        if path.exists():
            msg = f"{path}: already exists; restore replaces nothing: move it away"
            raise UsageError(msg)
    for name, address in databases_of(site).items():
        schema = tables if name == "accounts" else signal_tables
        if not is_empty(address, schema.MIGRATIONS, schema.METADATA):
            msg = f"{address}: it contains {name} already; give an empty database"
            raise UsageError(msg)


def _names(folder: Path) -> Iterator[Path]:
    yield from (path.relative_to(folder) for path in sorted(folder.rglob("*")) if path.is_file())


def _require_log(state: Path) -> None:
    """Refuse a backup whose audit log does not hold.

    Raises:
        AuditError: It does not.
    """
    folder = state / "audit" / "log"
    if not (folder / "log.vkey").is_file():
        return
    report = check_log(LogReader(folder), load_key(folder / "log.vkey"))
    if report.problems:
        msg = f"the audit log in the backup is not intact: {report.problems[0].text}; use another backup"
        raise AuditError(msg)


def _place(site: SiteSettings, work: Path, target: Path) -> None:
    """Put everything in its place; on an error, remove what was placed."""
    with ExitStack() as undo:
        try:
            _fill_databases(site, work, undo)
            _move(work / STATE_FOLDER, site.state_folder, undo)
            if site.audit.public_folder is not None and (work / PUBLIC_FOLDER).is_dir():
                _move(work / PUBLIC_FOLDER, site.audit.public_folder, undo)
            for name in _names(work / FILES):
                _move(work / FILES / name, target.parent / name, undo)
            _move(work / SITE_FILE, target, undo)
        except OSError as error:
            raise write_error(target, error) from error
        undo.pop_all()


def _fill_databases(site: SiteSettings, work: Path, undo: ExitStack) -> None:
    """Fill databases on servers where they are, and files where the state folder is prepared."""
    (work / STATE_FOLDER).mkdir(exist_ok=True)
    for name, address in databases_of(site).items():
        schema = tables if name == "accounts" else signal_tables
        path = work / DATABASES / f"{name}.jsonl"
        if not path.is_file():
            continue
        here = address
        if address.is_file and address.path.is_relative_to(site.state_folder):
            here = DatabaseAddress(str(work / STATE_FOLDER / address.path.relative_to(site.state_folder)))
        elif address.is_file:
            undo.callback(address.path.unlink, missing_ok=True)
        else:
            undo.callback(emptied, address, schema.METADATA.sorted_tables)
        try:
            with path.open("rb") as lines:
                copy_in(here, schema.MIGRATIONS, schema.METADATA, (line.rstrip(b"\n") for line in lines))
            if name == "accounts":  # some were ended or used after the backup, and would count again
                emptied(here, (tables.SESSION, tables.INVITATION))
        except StoreError as error:
            raise type(error)(str(error).replace(str(here), str(address))) from error
        except PasserbyError as error:
            msg = f"{name} in the backup: {error}"
            raise UsageError(msg) from error


def _move(source: Path, target: Path, undo: ExitStack) -> None:
    if target.is_dir() and source.is_dir():
        target.rmdir()  # it is empty
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        source.chmod(0o700)
        undo.callback(shutil.rmtree, target, ignore_errors=True)
    else:
        undo.callback(target.unlink, missing_ok=True)
    shutil.move(source, target)
