"""GStreamer's RTSP server as cameras and as a target to publish to; for Debian's own python3, which has `gi`.

`server.py PORT` reads commands from stdin, one line of JSON each, and answers each with one line.
Port 0 takes a free one; the first line of the output tells it. See tests/cameras/rtsp.py for the commands.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections import deque
from pathlib import Path

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402 - the versions come first

PLAY = (
    "( appsrc name=reel is-live=true format=time max-bytes=0 caps={units},framerate={rate}/1"
    " ! {codec}parse ! {units} ! rtp{codec}pay name=pay0 pt=96 config-interval=-1 )"
)
UNITS = "video/x-{codec},stream-format=byte-stream,alignment=au"
RECORD = (
    "( rtph264depay name=depay0 ! h264parse config-interval=-1 ! video/x-h264,stream-format=byte-stream,alignment=au"
    " ! filesink location={path} append=true sync=false async=false buffer-mode=unbuffered )"
)
FAR_S = 20_000  # timestamps begin here: GStreamer sends none below 0, and jumps go both ways
KEPT = 300  # pictures whose time of sending is remembered


class Reel:
    """A clip in memory."""

    def __init__(self, path):
        head, _, body = Path(path).read_bytes().partition(b"\n")
        head = json.loads(head)
        self.rate, self.codec = head["rate"], head["codec"]
        self.units, start = [], 0
        for size, key in head["units"]:
            self.units.append((body[start : start + size], key))
            start += size


class Camera(threading.Thread):
    """Plays one reel to whoever asked for it, in real time, whether or not somebody looks."""

    def __init__(self, reel):
        super().__init__(daemon=True)
        self.reel, self.mode, self.jump_s = reel, "play", 0.0
        self.sent = deque(maxlen=KEPT)
        self.lock = threading.Lock()
        self.sources = {}  # appsrc: running time of its first picture less the reel's time, ns; None before it
        self.payloaders = []
        self.factory = GstRtspServer.RTSPMediaFactory()
        self.factory.set_shared(True)
        self.factory.set_latency(0)
        self.factory.connect("media-configure", self.configure)
        self.describe()
        self.start()

    def describe(self):
        codec, rate = self.reel.codec, self.reel.rate
        self.factory.set_launch(PLAY.format(units=UNITS.format(codec=codec), codec=codec, rate=rate))

    def configure(self, _factory, media):
        source, payloader = map(media.get_element().get_by_name_recurse_up, ("reel", "pay0"))
        self.shift(payloader)
        with self.lock:
            self.sources[source] = None
        self.payloaders.append(payloader)
        media.connect("unprepared", lambda _media: self.forget(source, payloader))

    def forget(self, source, payloader):
        with self.lock:
            self.sources.pop(source, None)
        if payloader in self.payloaders:
            self.payloaders.remove(payloader)

    def shift(self, payloader):
        """Shift the timestamps in the packets, and not the moment at which they are sent."""
        jump = int((FAR_S + self.jump_s) * Gst.SECOND)
        payloader.get_static_pad("sink").get_peer().set_offset(jump)
        payloader.get_static_pad("src").set_offset(-jump)

    def run(self):
        began, number = time.monotonic(), 0
        while True:
            unit, key = self.reel.units[number % len(self.reel.units)]
            if self.mode == "still":
                unit, key = self.reel.units[0]
            if self.mode != "freeze":
                self.sent.append((number % len(self.reel.units), time.time()))
                with self.lock:
                    for source in list(self.sources):
                        self.push(source, unit, key, time.monotonic() - began)
            number += 1
            late = began + number / self.reel.rate - time.monotonic()
            if late > 0:
                time.sleep(late)

    def push(self, source, unit, key, elapsed_s):
        clock = source.get_clock()
        if clock is None or (self.sources[source] is None and not key):
            return
        if self.sources[source] is None:
            self.sources[source] = clock.get_time() - source.get_base_time() - int(elapsed_s * Gst.SECOND)
        buffer = Gst.Buffer.new_wrapped(unit)
        buffer.pts = max(0, self.sources[source] + int(elapsed_s * Gst.SECOND))
        source.emit("push-buffer", buffer)


class Server:
    """The commands."""

    def __init__(self, port):
        self.rtsp = GstRtspServer.RTSPServer()
        self.rtsp.set_address("127.0.0.1")
        self.rtsp.set_service(port)
        self.cameras, self.permissions = {}, None
        self.rtsp.attach(None)

    @property
    def mounts(self):
        return self.rtsp.get_mount_points()

    def login(self, user, password):
        """Ask everybody for user and password by digest."""
        auth = GstRtspServer.RTSPAuth()
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
        token = GstRtspServer.RTSPToken()
        token.set_string("media.factory.role", "viewer")
        auth.add_digest(user, password, token)
        self.rtsp.set_auth(auth)
        self.permissions = GstRtspServer.RTSPPermissions()
        self.permissions.add_role("viewer")
        for right in ("media.factory.access", "media.factory.construct"):
            self.permissions.add_permission_for_role("viewer", right, True)

    def mount(self, name, factory):
        if self.permissions is not None:
            factory.set_permissions(self.permissions)
        self.mounts.add_factory(f"/{name}", factory)

    def play(self, name, reel):
        """Add a camera."""
        self.cameras[name] = Camera(Reel(reel))
        self.mount(name, self.cameras[name].factory)

    def record(self, name, path):
        """Add a target: what is published there is appended to a file."""
        factory = GstRtspServer.RTSPMediaFactory()
        factory.set_transport_mode(GstRtspServer.RTSPTransportMode.RECORD)
        factory.set_launch(RECORD.format(path=path))
        factory.set_latency(0)
        self.mount(name, factory)

    def mode(self, name, mode):
        """Go on with a camera, or send nothing any more (freeze), or the same picture again and again (still)."""
        self.cameras[name].mode = mode

    def jump(self, name, seconds):
        """Shift a camera's timestamps from now on."""
        camera = self.cameras[name]
        camera.jump_s += seconds
        for payloader in camera.payloaders:
            camera.shift(payloader)

    def switch(self, name, reel):
        """Go on with another reel; one of another codec needs new sessions, as with a real camera."""
        camera = self.cameras[name]
        codec, camera.reel = camera.reel.codec, Reel(reel)
        camera.describe()
        if camera.reel.codec != codec:
            self.drop()

    def drop(self):
        """Close every connection."""
        self.rtsp.client_filter(lambda _server, _client: GstRtspServer.RTSPFilterResult.REMOVE)

    def sent(self, name):
        """Return number and time of sending (UTC epoch, s) of a camera's last pictures."""
        return list(self.cameras[name].sent)

    def clients(self):
        """Return how many connections there are."""
        return len(self.rtsp.client_filter(lambda _server, _client: GstRtspServer.RTSPFilterResult.REF))


def main():
    Gst.init(None)
    server = Server(sys.argv[1])
    loop = GLib.MainLoop()
    answer = lambda value: print(json.dumps(value), flush=True)  # noqa: E731 - one line in and one line out

    def obey(*_):
        line = sys.stdin.readline()
        if not line:  # whoever started us is gone
            loop.quit()
            return False
        command, *arguments = json.loads(line)
        answer(getattr(server, command)(*arguments))
        return True

    GLib.io_add_watch(0, GLib.PRIORITY_DEFAULT, GLib.IOCondition.IN | GLib.IOCondition.HUP, obey)
    answer(server.rtsp.get_bound_port())
    loop.run()


if __name__ == "__main__":
    main()
