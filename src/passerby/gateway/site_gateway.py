"""A site's gateway: started, reloaded and stopped as one thing, by whatever command or service runs it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from passerby.audit.entry import AuditKind, AuditSink
from passerby.errors import PasserbyError
from passerby.gateway.alerting import Alerting
from passerby.gateway.camera_host import HostFactory
from passerby.gateway.capacity import require_room
from passerby.gateway.cluster_source import ClusterSource
from passerby.gateway.cover_log import CoverLog
from passerby.gateway.housekeeping import Housekeeping
from passerby.gateway.networks import networks_here
from passerby.gateway.public_pages import PublicPages
from passerby.gateway.site_audit import SiteAudit
from passerby.gateway.site_editor import SiteEditor
from passerby.gateway.site_recordings import SiteRecordings
from passerby.gateway.site_signals import SiteSignals
from passerby.gateway.state_lock import locked
from passerby.gateway.supervisor import Supervisor
from passerby.gateway.watchdog_book import WatchdogBook
from passerby.health.status import CameraStatus
from passerby.settings.load import reloaded
from passerby.settings.site.site import SiteSettings


class FrontEnd(AbstractContextManager["FrontEnd"], Protocol):
    """What people and scripts reach the gateway through, while it is entered: the web server."""

    @property
    def address(self) -> str:
        """Where a browser on this machine finds it."""
        ...

    @property
    def first_link(self) -> str:
        """Where the first administrator is made, once; "" = there are accounts already."""
        ...

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the gateway's own certificate; "" = it has another one, or none."""
        ...

    def set_groups(self, groups: Mapping[str, frozenset[str]]) -> None:
        """Take other groups of cameras, to which accounts are limited."""
        ...

    def set_signals(self, signals: SiteSignals | None) -> None:
        """Serve the signals of another source from now on; None = the site has no signals."""
        ...

    def set_alerts(self, alerts: Alerting) -> None:
        """Serve these alerts from now on."""
        ...

    def set_recordings(self, recordings: SiteRecordings) -> None:
        """Serve these recordings from now on."""
        ...

    def set_public(self, pages: PublicPages) -> None:
        """Serve these public pages from now on."""
        ...

    def set_watchdog(self, watchdog: WatchdogBook) -> None:
        """Take reports of watchdogs from now on."""
        ...

    def set_nodes(self, nodes: ClusterSource | None) -> None:
        """Show these nodes from now on; None = the cameras run on this machine."""
        ...

    def set_editor(self, editor: SiteEditor | None) -> None:
        """Let those who may change settings edit the site file; None = there is none."""
        ...


class FrontEndFactory(Protocol):
    """Makes the front end; its port must be open afterwards, or a SettingError is raised."""

    def __call__(
        self, cameras: Supervisor, site: SiteSettings, signals: SiteSignals | None, audit: AuditSink, /
    ) -> FrontEnd:
        """Return the front end of these cameras and signals; it listens while it is entered."""
        ...


class SiteGateway:
    """Runs a site while it is entered: its cameras, signals, recordings, MQTT and the web server.

    Args:
        site: The site.
        front_end: Makes the web server. It comes as an argument because it stands on the gateway, not below it.
        clock: The system's clock, UTC since 1970, s.
        report: Called, from other threads, with each status whose state, redaction, faults or reason is new.
        host: Makes what runs a camera; None = a process of this machine.
        check_room: Refuses a site that is far too much for what runs its cameras; by default, for this machine.
        networks: Returns the SHA-256 of each network on this machine, by name.
        file: The site file, which may be edited by HTTP; None = there is none.
        nodes: Hands over what the nodes of a cluster have written down; None = the cameras run on this machine.

    Raises:
        UsageError: The site is far too much for this machine.
    """

    def __init__(  # noqa: PLR0913 - where a gateway is wired together
        self,
        site: SiteSettings,
        *,
        front_end: FrontEndFactory,
        clock: Callable[[], float],
        report: Callable[[CameraStatus], None],
        host: HostFactory | None = None,
        check_room: Callable[[SiteSettings], object] = require_room,
        networks: Callable[[], Mapping[str, str]] = networks_here,
        file: Path | None = None,
        nodes: ClusterSource | None = None,
    ) -> None:
        check_room(site)
        self._check_room = check_room
        self._site = site
        self._make_front_end = front_end
        self._make_host = host
        self._clock = clock
        self._report = report
        self._networks = networks
        self._file = file
        self._nodes = nodes
        self._reloading = threading.Lock()
        self._public: CoverLog | None = None
        self._running = ExitStack()

    def __enter__(self) -> Self:
        """Start; whatever cannot be used is refused before the first camera starts.

        Raises:
            SettingError: The state folder is locked by another gateway or cannot be written, the port is in use, or a
                folder, key or certificate cannot be used.
            UsageError: A package is missing that the site file needs, or a places file is wrong.
            StoreError: Accounts cannot be read, or the site has signals and they cannot be stored.
            OutputError: A file in the state folder cannot be read, or the web server does not start.
        """
        with ExitStack() as starting:
            starting.enter_context(locked(self._site.state_folder))
            self.cameras = Supervisor(self._site, self._make_host)
            by_nodes = self._nodes is not None
            self._housekeeping = Housekeeping(self._site, self.cameras, clock=self._clock, stored_by_nodes=by_nodes)
            self.audit = SiteAudit(
                self._site,
                clock=self._clock,
                networks=self._networks,
                on_checkpoint=self._housekeeping.publish_checkpoint,
            )
            self._housekeeping.alerting.audit = self.audit
            self._front_end = self._make_front_end(self.cameras, self._site, self._housekeeping.signals, self.audit)
            self._front_end.set_alerts(self._housekeeping.alerting)
            self._recordings = SiteRecordings(self._site, clock=self._clock, nodes=self._nodes)
            self._front_end.set_recordings(self._recordings)
            watchdog = WatchdogBook(
                self._site.state_folder, raise_cover=self.cameras.cover_whole, clock=self._clock, audit=self.audit
            )
            self._housekeeping.alerting.watchdog = watchdog
            self._front_end.set_watchdog(watchdog)
            self._pages = PublicPages(
                self._site, self.cameras, clock=self._clock, monotonic=time.monotonic, standing=watchdog.standing
            )
            self._front_end.set_public(self._pages)
            self._front_end.set_editor(None if self._file is None else SiteEditor(self._file, self))
            starting.enter_context(self.audit)
            self._front_end.set_nodes(self._nodes)
            if self._nodes is None:
                starting.enter_context(self.cameras.listen(self.audit.status))
            else:  # they write down themselves when cover fails, also while no gateway asks
                self._nodes.start(self._site, self.audit.append)
                starting.callback(self._nodes.stop)
            if (folder := self._site.audit.public_folder) is not None:
                self._public = CoverLog(
                    self._site, folder, statuses=self.cameras.statuses, clock=self._clock, networks=self._networks
                )
                self._public.watchdog = watchdog.day
                starting.enter_context(self._public)
            starting.enter_context(self.cameras.listen(self._report))
            starting.callback(self.cameras.stop)
            self.cameras.start()
            starting.enter_context(self._housekeeping)
            starting.enter_context(self._recordings)
            starting.enter_context(self._pages)
            starting.enter_context(self._front_end)
            self._running = starting.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Stop everything, the cameras last, and release the state folder."""
        self._running.close()

    @property
    def site(self) -> SiteSettings:
        """The settings in use."""
        return self._site

    @property
    def address(self) -> str:
        """Where a browser on this machine finds the page."""
        return self._front_end.address

    @property
    def first_link(self) -> str:
        """Where the first administrator is made, once; "" = there are accounts already."""
        return self._front_end.first_link

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the gateway's own certificate; "" = it has another one, or none."""
        return self._front_end.fingerprint

    def reload(self, site: SiteSettings, *, account: str | None = None) -> tuple[str, ...]:
        """Take another site file; cameras that did not change keep running.

        Args:
            site: What it says.
            account: Who has changed it; None = it was read again.

        Returns:
            Names of the keys that changed but need a restart of the gateway.

        Raises:
            AuditError: The change cannot be logged; everything continues as before.
            PasserbyError: It cannot be used; everything continues as before.
        """
        with self._reloading:
            settings, waiting = reloaded(self._site, site)
            self._check_room(settings)
            self.audit.require_change(self._site, settings, account=account)
            try:
                self._housekeeping.reload(settings)
            except PasserbyError as error:
                self.audit.note(AuditKind.SETTINGS_CHANGED, details={"undone": str(error)})
                raise
            self._front_end.set_signals(self._housekeeping.signals)
            self._front_end.set_groups(settings.cameras_by_group)
            self.cameras.reload(settings)
            self._recordings.reload(settings)
            self._pages.reload(settings)
            self.audit.reload(settings)
            if self._nodes is not None:
                self._nodes.reload(settings)
            if self._public is not None:
                self._public.reload(settings)
            self._site = settings
            return waiting
