"""The cluster as this machine sees it: its nodes, and what runs on each of them."""

from __future__ import annotations

import logging
import os
import signal
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import Enum
from typing import TYPE_CHECKING, Any

from passerby.cluster.node_files import NodeFiles
from passerby.cluster.node_program import checked_address, ray_environment
from passerby.cluster.node_report import NodeReport, clock_ahead_s, node_report, why_refused
from passerby.cluster.secret_check import require_secret
from passerby.errors import PasserbyError, UsageError
from passerby.installation import how_to_install

if TYPE_CHECKING:
    from types import ModuleType

CONNECT_S = 5.0
ANSWER_S = 60.0
"""How long a node may take to say what it has: it loads code and hashes networks."""


_DRAINED = "passerby-drained-"


class NoAnswer(Enum):
    """What became of a question to a process on a node that has not answered."""

    SILENT = "it gives no sign of life"
    UNREACHABLE = "its node cannot be reached"
    ENDED = "its process ended"


@dataclass(frozen=True, slots=True)
class ClusterNode:
    """A machine of the cluster.

    Args:
        number: Ray's identifier of it.
        address: Under which the other nodes reach it.
        cores: Processors that it offers.
        alive: Whether it answers, as far as the first node knows.
        own: Whether it is this machine.
    """

    number: str
    address: str
    cores: float
    alive: bool
    own: bool


class Engine:
    """Ray, as far as passerby uses it.

    Args:
        ray: The module, connected.
        clock: The system's clock, UTC since 1970, s.
    """

    def __init__(self, ray: ModuleType, clock: Callable[[], float]) -> None:
        self._ray = ray
        self._clock = clock
        self.here = node_report(clock)

    def nodes(self) -> list[ClusterNode]:
        """Return the machines of the cluster, by address.

        Raises:
            PasserbyError: The first node does not answer.
        """
        own = self._ray.get_runtime_context().get_node_id()
        try:
            found = self._ray.nodes()
        except Exception as error:  # whatever Ray raises when its first node is gone
            msg = "the cluster's first node does not answer; start it again with passerby cluster start"
            raise PasserbyError(msg) from error
        nodes = [
            ClusterNode(
                each["NodeID"],
                each["NodeManagerAddress"],
                each.get("Resources", {}).get("CPU", 0.0),
                bool(each["Alive"]),
                each["NodeID"] == own,
            )
            for each in found
        ]
        return sorted(nodes, key=lambda node: (node.address, node.number))

    def report(self, node: ClusterNode, *, timeout_s: float = ANSWER_S) -> NodeReport | str:
        """Return what a node says about itself, or why it is refused.

        Args:
            node: Of `nodes`.
            timeout_s: How long it may take, s.
        """
        asked_s = self._clock()
        task = self._ray.remote(num_cpus=0, max_retries=0)(node_report)
        try:
            found = self._ray.get(task.options(**self._on(node)).remote(self._clock), timeout=timeout_s)
        except Exception as error:  # noqa: BLE001 - whatever Ray makes of what is wrong there
            if "ModuleNotFoundError" in f"{type(error).__name__} {error}":
                return "it has no passerby, or another version; install the same version there"
            return f"it does not answer ({type(error).__name__}); see Ray's logs there"
        if not isinstance(found, NodeReport):
            return "it has another version of passerby; install the same version there"
        between_s = (asked_s, self._clock())
        refused = why_refused(self.here, found, between_s=between_s)
        return refused or replace(found, ahead_s=clock_ahead_s(found.time_s, between_s))

    def actor(self, node: ClusterNode, kind: type, *arguments: object, at_once: int = 1) -> Any:  # noqa: ANN401 - Ray's
        """Start an object in a process of its own on a node; its methods have `.remote`.

        Args:
            node: Where.
            kind: Its class.
            arguments: Of its constructor; they pass through the first node, so they hold no secret.
            at_once: How many of its methods may run at once.
        """
        options = {"num_cpus": 0, "max_restarts": 0, "max_concurrency": at_once, **self._on(node)}
        return self._ray.remote(kind).options(**options).remote(*arguments)

    def get(self, reference: Any, *, timeout_s: float | None = None) -> Any:  # noqa: ANN401 - whatever a method returns
        """Return what a method returned.

        Raises:
            PasserbyError: Its process or node is gone, or did not answer in time.
        """
        try:
            return self._ray.get(reference, timeout=timeout_s)
        except Exception as error:
            cause = getattr(error, "cause", None)  # what the method itself raised; Ray's error shows its traceback
            if isinstance(cause, PasserbyError):
                raise cause from None
            raise PasserbyError(_reason(error)) from error

    def poll(self, reference: Any, *, timeout_s: float) -> Any:  # noqa: ANN401 - whatever a method returns
        """Return what a method returned; a `NoAnswer` while it has not, or when it never will.

        Args:
            reference: What calling the method returned.
            timeout_s: How long to wait, s.
        """
        try:
            return self._ray.get(reference, timeout=timeout_s)
        except Exception as error:  # noqa: BLE001 - told apart by name: Ray is imported in one place
            return _no_answer(error)

    def answer(self, reference: Any, *, timeout_s: float) -> Any:  # noqa: ANN401 - whatever a method returns
        """As `poll`, but raise what the method raised.

        Raises:
            PasserbyError: The method has raised it.
        """
        try:
            return self._ray.get(reference, timeout=timeout_s)
        except Exception as error:  # noqa: BLE001 - told apart by name, as above
            if isinstance(cause := getattr(error, "cause", None), PasserbyError):
                raise cause from None
            return _no_answer(error)

    def claim(self, name: str, kind: type, *arguments: object) -> Any:  # noqa: ANN401 - Ray's
        """Start an object on this node that no other gateway can have at the same time; it ends with this process.

        Args:
            name: Its name in the cluster.
            kind: Its class.
            arguments: Of its constructor.

        Raises:
            UsageError: There is one of this name; `claimed` returns it.
        """
        (own,) = [node for node in self.nodes() if node.own]
        try:
            options = {"name": name, "num_cpus": 0, "max_restarts": 0, **self._on(own)}
            return self._ray.remote(kind).options(**options).remote(*arguments)
        except ValueError as error:
            msg = f"{name}: in use"
            raise UsageError(msg) from error

    def claimed(self, start: str) -> dict[str, Any]:
        """Return what was claimed in the cluster, by name, where the name begins with a text."""
        names = [name for name in self._ray.util.list_named_actors() if name.startswith(start)]
        found = {}
        for name in names:
            with suppress(ValueError):  # it has just ended
                found[name] = self._ray.get_actor(name)
        return found

    def drain(self, node: ClusterNode, *, drained: bool) -> None:
        """Note in the cluster that a node gets no more cameras, or gets some again."""
        from ray.experimental import internal_kv  # noqa: PLC0415 - Ray is imported once its environment is set

        if drained:
            internal_kv._internal_kv_put(_DRAINED + node.number, "1")  # noqa: SLF001 - named so, but meant for this
        else:
            internal_kv._internal_kv_del(_DRAINED + node.number)  # noqa: SLF001 - as above

    def drained(self) -> frozenset[str]:
        """Return the nodes that get no more cameras."""
        from ray.experimental import internal_kv  # noqa: PLC0415 - as above

        found = internal_kv._internal_kv_list(_DRAINED)  # noqa: SLF001 - as above
        return frozenset(each.decode().removeprefix(_DRAINED) for each in found)

    def end(self, actor: Any) -> None:  # noqa: ANN401 - Ray's
        """End an actor's process at once."""
        with suppress(Exception):  # it has ended, or its node is gone
            self._ray.kill(actor)

    def _on(self, node: ClusterNode) -> dict[str, object]:
        strategy = self._ray.util.scheduling_strategies.NodeAffinitySchedulingStrategy(node.number, soft=False)
        return {"scheduling_strategy": strategy}


def _no_answer(error: Exception) -> NoAnswer:
    kind = type(error).__name__
    if kind == "GetTimeoutError":
        return NoAnswer.SILENT
    return NoAnswer.UNREACHABLE if kind == "ActorUnavailableError" else NoAnswer.ENDED


def _reason(error: Exception) -> str:
    kind = type(error).__name__
    if kind == "GetTimeoutError":
        return "it did not answer in time"
    if kind in {"ActorDiedError", "RayActorError", "WorkerCrashedError"}:
        return "its process ended"
    if kind in {"ActorUnavailableError", "NodeDiedError", "ActorUnschedulableError"}:
        return "its node cannot be reached"
    return f"{kind}: {str(error).strip().splitlines()[-1] if str(error).strip() else ''}"


@contextmanager
def joined(address: str, files: NodeFiles, *, clock: Callable[[], float]) -> Iterator[Engine]:
    """Take part in a cluster while entered; this machine must be one of its nodes.

    Args:
        address: Of the first node, HOST:PORT.
        files: What this machine joins with.
        clock: The system's clock, UTC since 1970, s.

    Raises:
        UsageError: Ray is not installed, the address is wrong, the secret or certificate is another cluster's, or
            this machine is no node of it.
    """
    files.require(now=datetime.fromtimestamp(clock(), UTC))
    require_reachable(checked_address(address), files)
    require_secret(address, files)
    os.environ.update(ray_environment(files, {}))  # before Ray is imported: it reads them only once
    log_records = logging.getLogRecordFactory()
    try:
        import ray  # noqa: PLC0415 - see above
        import ray.util.scheduling_strategies  # noqa: PLC0415
    except ModuleNotFoundError as error:
        msg = f"--cluster needs Ray; run {how_to_install('cluster')}"
        raise UsageError(msg) from error
    _connect(ray, address)
    logging.setLogRecordFactory(log_records)  # Ray's adds a field to each of our lines
    try:
        yield Engine(ray, clock)
    finally:
        ray.shutdown()


def _connect(ray: ModuleType, address: str) -> None:
    """Connect; what this process does on signals stays as it was."""
    main = threading.current_thread() is threading.main_thread()
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)} if main else {}
    try:
        ray.init(address=address, log_to_driver=False, configure_logging=False, namespace="passerby")
    except Exception as error:
        lines = [*str(error).splitlines(), type(error).__name__]
        msg = (
            f"--cluster {address}: this machine could not join ({lines[0]}); it must be a node (passerby cluster join)"
        )
        raise UsageError(msg) from error
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def require_reachable(address: str, files: NodeFiles) -> None:
    """Refuse the address of a first node that does not answer, or has another authority's certificate.

    Raises:
        UsageError: It is refused.
    """
    host, _, port = address.rpartition(":")
    context = ssl.create_default_context(cafile=files.authority)
    context.load_cert_chain(files.certificate, files.key)
    context.set_alpn_protocols(["h2"])
    try:
        with socket.create_connection((host.strip("[]"), int(port)), CONNECT_S) as plain:
            plain.settimeout(CONNECT_S)
            with context.wrap_socket(plain, server_hostname=host.strip("[]")):
                pass
    except ssl.SSLError as error:
        reason = getattr(error, "verify_message", "") or error.reason or "no TLS"
        msg = (
            f"{address}: its certificate is not of this cluster, or not for this address ({reason}); use the folder "
            "that the same passerby cluster init made, and an address that was named to it"
        )
        raise UsageError(msg) from error
    except OSError as error:
        reason = error.strerror or str(error)
        msg = f"{address}: no cluster answers ({reason}); start its first node there with passerby cluster start"
        raise UsageError(msg) from error
