"""Makes a backup of a gateway, which may be running: settings, accounts, audit, alerts and signals; keys apart."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from passerby.accounts import tables
from passerby.audit.audit_log import audit_folder
from passerby.audit.journal import read_journal
from passerby.audit.log_reader import LogReader
from passerby.errors import AuditError, NoStoreError, UsageError
from passerby.jobs.backup_file import DATA, FORMAT, KEYS, BackupManifest, write_archive
from passerby.outputs.partial import temporary_name, write_error
from passerby.settings.load import load_site
from passerby.settings.site.site import SiteSettings
from passerby.settings.site_text import hidden
from passerby.storage.address import DatabaseAddress
from passerby.storage.table_copy import copied_out
from passerby.store import schema as signal_tables
from passerby.version import __version__

STATE: Final = (
    "alerts.log",
    "gateway.id",
    "legal-holds.json",
    "notify",
    "recording-heads",
    "serviceability.json",
    "spool",
    "watchdog.json",
    "web-certificate.pem",
)
"""What is taken of the state folder besides databases, the audit log and keys. Recordings and exports are not: they are
large, and expire."""
KEY_FILES: Final = ("audit/key", "audit/public/key", "audit/witness/key", "recording.key", "web-key.pem")
SITE_FILE, STATE_FOLDER, PUBLIC_FOLDER, FILES, DATABASES = "site.yaml", "state", "public", "files", "databases"
_TRIES: Final = 20


def back_up(site_file: Path, target: Path, keys: Path, *, clock: Callable[[], float]) -> list[str]:
    """Write a backup and, in a second file, its keys and the site file with its passwords.

    Args:
        site_file: The site file.
        target: The backup.
        keys: The file of keys; whoever has both files has the gateway.
        clock: UTC since 1970, s.

    Returns:
        What is not in the backup, for people.

    Raises:
        UsageError: The site file is wrong.
        TargetExistsError: One of the two files exists.
        StoreError: A database cannot be read.
        AuditError: The audit log cannot be read.
        OutputError: The files cannot be written.
    """
    site = load_site(site_file)
    made = datetime.fromtimestamp(clock(), UTC).isoformat(timespec="seconds")
    manifest = BackupManifest(DATA, FORMAT, secrets.token_hex(16), site.site, made, __version__, {})
    for path in (target, keys):
        if path.exists():
            msg = f"{path}: already exists; give another name"
            raise UsageError(msg)
    folder = temporary_name(target)
    try:
        folder.mkdir(mode=0o700)
        data, secret = folder / "data", folder / "keys"
        data.mkdir()
        secret.mkdir()
        left = _collect(site_file, site, data, secret)
        write_archive(target, manifest, data)
        try:
            write_archive(keys, _as_keys(manifest), secret)
        except BaseException:
            target.unlink(missing_ok=True)  # without its keys it is no backup
            raise
    except OSError as error:
        raise write_error(target, error) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return left


def _as_keys(manifest: BackupManifest) -> BackupManifest:
    return BackupManifest(
        KEYS, FORMAT, manifest.number, manifest.site, manifest.made, manifest.software, manifest.files
    )


def _collect(site_file: Path, site: SiteSettings, data: Path, secret: Path) -> list[str]:
    """Copy what is to be in the two archives; return what is left out."""
    text = site_file.read_text(encoding="utf-8")
    (secret / SITE_FILE).write_text(text, encoding="utf-8")
    (data / SITE_FILE).write_text(hidden(text), encoding="utf-8")
    left = _files(site_file.parent, site, data)
    state = site.state_folder
    for name in STATE:
        if (state / name).exists():
            _copy(state / name, data / STATE_FOLDER / name)
    for name in KEY_FILES:
        if (state / name).is_file():
            _copy(state / name, secret / STATE_FOLDER / name)
    audit = audit_folder(state)
    if (audit / "journal").exists():
        _copy_log(audit, audit / "log", data / STATE_FOLDER / "audit", data / STATE_FOLDER / "audit" / "log")
    public = site.audit.public_folder
    if public is not None and (audit / "public" / "journal").exists() and public.is_dir():
        _copy_log(audit / "public", public, data / STATE_FOLDER / "audit" / "public", data / PUBLIC_FOLDER)
    for name in ("last-start.json", "public/day.json", "witness"):
        if (audit / name).exists():
            _copy(audit / name, data / STATE_FOLDER / "audit" / name)
    (data / STATE_FOLDER / "audit" / "witness" / "key").unlink(missing_ok=True)
    return left + _databases(site, data / DATABASES)


def _databases(site: SiteSettings, folder: Path) -> list[str]:
    folder.mkdir()
    left = []
    for name, address in databases_of(site).items():
        schema = tables if name == "accounts" else signal_tables
        path = folder / f"{name}.jsonl"
        try:
            with path.open("wb") as file:
                file.writelines(line + b"\n" for line in copied_out(address, schema.MIGRATIONS, schema.METADATA))
        except NoStoreError:
            path.unlink()
            left.append(f"{name}: there are none yet")
    return left


def databases_of(site: SiteSettings) -> dict[str, DatabaseAddress]:
    """Return where accounts and signals are."""
    signals = site.signals.store.get_secret_value() or str(site.state_folder / "signals.db")
    return {
        "accounts": DatabaseAddress(site.accounts_address, setting="accounts.store", example="accounts.db"),
        "signals": DatabaseAddress(signals, setting="signals.store"),
    }


def named_files(site: SiteSettings) -> list[Path]:
    """Return the files that a site file names and that are settings."""
    of_cameras = [
        path for camera in site.cameras for path in (*camera.masks, camera.places, camera.plan) if path is not None
    ]
    return list(dict.fromkeys(of_cameras))


def _files(folder: Path, site: SiteSettings, data: Path) -> list[str]:
    """Copy files that the site file names; those outside its folder are left out."""
    left = []
    for path in named_files(site):
        if path.resolve().is_relative_to(folder.resolve()):
            _copy(path, data / FILES / path.resolve().relative_to(folder.resolve()))
        else:
            left.append(f"{path}: not in the folder of the site file; copy it yourself")
    left += [
        f"{path}: {what}; copy it yourself"
        for path, what in (
            (site.recording.key_file, "the key of recordings"),
            (site.web.certificate, "the certificate"),
            (site.web.private_key, "its private key"),
        )
        if path is not None
    ]
    return left


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True)
    else:
        with suppress(FileNotFoundError):  # a gateway replaces files while they are copied
            shutil.copy2(source, target)


def _copy_log(state: Path, folder: Path, state_target: Path, target: Path) -> None:
    """Copy a log while a gateway may be writing to it: again until journal and tiles belong together.

    Raises:
        AuditError: The log cannot be read, or grows faster than it can be copied.
    """
    reason = "it changes faster than it can be copied; try again"
    for _ in range(_TRIES):
        shutil.rmtree(target, ignore_errors=True)
        state_target.mkdir(parents=True, exist_ok=True)
        try:
            shutil.copy2(state / "journal", state_target / "journal")
            if folder.is_dir():
                shutil.copytree(folder, target)
            content = read_journal(state_target / "journal")
            size = 0
            if (target / "checkpoint").exists():
                checkpoint = LogReader(target).checkpoint()
                size = -1 if checkpoint is None else checkpoint.size
            if content.first <= size <= content.end or (size == 0 and content.first == 0):
                return
        except (OSError, shutil.Error, AuditError, UsageError) as error:
            reason = str(error)
    msg = f"{folder}: the log cannot be copied: {reason}"
    raise AuditError(msg)
