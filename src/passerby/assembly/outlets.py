"""Where the covered stream and the status of cameras go, according to a site file."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from passerby.errors import OutputError, SettingError, UsageError
from passerby.installation import how_to_install
from passerby.media.address import Address
from passerby.outputs.gateway_id import gateway_id
from passerby.outputs.partial import write_error
from passerby.outputs.recording.limits import Limits, beyond_disk
from passerby.settings.site.camera import CameraSettings
from passerby.settings.site.contact import ContactType
from passerby.settings.site.site import SiteSettings

if TYPE_CHECKING:
    from passerby.outputs.mqtt.output import MqttOutput
    from passerby.outputs.packet_sink import PacketSink
    from passerby.outputs.recording.retention import Retention


log = logging.getLogger(__name__)


def recordings_folder(site: SiteSettings) -> Path:
    """Return the folder of the recordings."""
    return site.recording.folder or site.state_folder / "recordings"


def recording_key_file(site: SiteSettings) -> Path:
    """Return the key file of the recordings: not next to them, or whoever copies them would copy the key too."""
    return site.recording.key_file or site.state_folder / "recording.key"


def recording_heads(site: SiteSettings) -> Path:
    """Return where it is kept which segments there must be: not beside them, for whoever erases them would reach it."""
    return site.state_folder / "recording-heads"


def exports_folder(site: SiteSettings) -> Path:
    """Return where exports lie that somebody ordered by HTTP, until they are erased."""
    return site.state_folder / "exports"


def legal_holds_file(site: SiteSettings) -> Path:
    """Return where the legal holds on recordings are."""
    return site.state_folder / "legal-holds.json"


def prepare_outlets(site: SiteSettings) -> None:
    """Check that all outputs can be used, before any camera starts; create folder and key if missing.

    Raises:
        UsageError: A package is missing that the site file needs.
        SettingError: The recordings' folder or key cannot be used.
    """
    for absent in missing(site):
        raise UsageError(absent)
    if _records(site):
        from passerby.outputs.recording.recorder import prepare_recordings  # noqa: PLC0415 - an optional package

        for wrong in unusable(site):
            raise wrong
        try:
            prepare_recordings(recordings_folder(site), recording_key_file(site))
        except OutputError as error:
            raise SettingError(error, "recording") from error
        if short := beyond_disk(recordings_folder(site), recording_limits(site)):
            log.warning("recording_budget_exceeds_disk", extra={"reason": short})


def missing(site: SiteSettings) -> Iterator[str]:
    """Yield, with the command to run, each package that the site file needs and that is not installed."""
    services = any(each.type is ContactType.APPRISE for each in site.alerts.contacts)
    for wanted, package, extra in (
        (_records(site), "cryptography", "recording"),
        (site.mqtt, "paho", "mqtt"),
        (services, "apprise", "notify"),
    ):
        if wanted and find_spec(package) is None:
            yield f"the site file asks for {extra}, which needs a package; run {how_to_install(extra)}"


def unusable(site: SiteSettings) -> Iterator[SettingError]:
    """Yield which folders and key file of a site cannot be used, and why; nothing is created."""
    yield from _not_writable("state_folder", site.state_folder)
    if not _records(site):
        return
    folder = recordings_folder(site)
    key_file = recording_key_file(site)
    yield from _not_writable("recording.folder", folder, named=site.recording.folder is not None)
    if not key_file.exists():
        named = site.recording.key_file is not None
        yield from _not_writable("recording.key_file", key_file, named=named)
    if find_spec("cryptography") is None:
        return
    from passerby.outputs.recording.recorder import require_key  # noqa: PLC0415 - an optional package

    try:
        require_key(folder, key_file)
    except OutputError as error:
        yield SettingError(error, "recording.key_file")


def _records(site: SiteSettings) -> bool:
    return any(camera.record for camera in site.cameras)


def _not_writable(key: str, path: Path, *, named: bool = False) -> Iterator[SettingError]:
    """Yield why a folder cannot be written, or a path not created.

    Where the site file names the path, its parent folder must exist: it may be on a disk that is not mounted.
    """
    there = next(each for each in (path, *path.absolute().parents) if each.exists())
    if named and there not in {path, path.absolute().parent}:
        there = path.absolute().parent
    try:
        with tempfile.TemporaryFile(dir=there):
            pass
    except OSError as error:
        yield SettingError(write_error(there, error), key)


def recorder(site: SiteSettings, camera: CameraSettings) -> PacketSink | None:
    """Return the recorder of a camera; None = it is not recorded."""
    if not camera.record:
        return None
    from passerby.outputs.recording.recorder import segment_recorder  # noqa: PLC0415 - an optional package

    return segment_recorder(
        camera.name,
        folder=recordings_folder(site),
        key_file=recording_key_file(site),
        heads=recording_heads(site),
        segment_s=site.recording.segment_s,
    )


def retention(site: SiteSettings, *, clock: Callable[[], float]) -> Retention | None:
    """Return what deletes old recordings; None = nothing was or is recorded.

    Args:
        site: The site.
        clock: Returns the system time, UTC since 1970, s.
    """
    if not (any(camera.record for camera in site.cameras) or recordings_folder(site).is_dir()):
        return None
    from passerby.outputs.recording.erasure import ErasureRecord  # noqa: PLC0415 - an optional package
    from passerby.outputs.recording.legal_hold import LegalHolds  # noqa: PLC0415 - as above
    from passerby.outputs.recording.retention import Retention  # noqa: PLC0415 - as above

    record = ErasureRecord(recording_key_file(site), recording_heads(site))
    holds = LegalHolds(legal_holds_file(site))
    return Retention(recordings_folder(site), recording_limits(site), record=record, holds=holds, clock=clock)


def recording_limits(site: SiteSettings) -> Limits:
    """Return what the recordings of a site may take."""
    return Limits(
        keep_h=site.recording.retention_h,
        disk_bytes=int(site.recording.disk_gb * 1e9),
        free_bytes=int(site.recording.keep_free_gb * 1e9),
    )


def publisher(camera: CameraSettings) -> PacketSink | None:
    """Return the publisher of a camera; None = it is not published."""
    if camera.publish is None:
        return None
    from passerby.outputs.publish.rtsp import publisher as rtsp_publisher  # noqa: PLC0415 - loads FFmpeg

    address = Address(camera.publish.address.get_secret_value())
    if camera.publish.username:
        address = address.with_credentials(camera.publish.username, camera.publish.password.get_secret_value())
    return rtsp_publisher(address, camera=camera.name, transport=camera.publish.transport)


def mqtt(site: SiteSettings, *, version: str) -> MqttOutput | None:
    """Return the output to the site's MQTT broker, not yet started; None = the site has no broker.

    Args:
        site: The site file.
        version: Version of passerby, shown in Home Assistant.
    """
    if site.mqtt is None:
        return None
    from passerby.outputs.mqtt.broker import Broker  # noqa: PLC0415 - beside the next
    from passerby.outputs.mqtt.output import MqttOutput  # noqa: PLC0415 - an optional package
    from passerby.outputs.mqtt.sender import Sender  # noqa: PLC0415 - as above

    settings = site.mqtt
    broker = Broker(
        settings.host,
        settings.port,
        tls=settings.tls,
        username=settings.username,
        password=settings.password.get_secret_value(),
    )
    prefix = settings.discovery_prefix if settings.home_assistant else None
    sender = Sender(site.site, gateway_id(site.state_folder), version)
    return MqttOutput(broker, sender=sender, discovery_prefix=prefix)
