"""Measures the machine's limit: decode and encode with passerby's encoder settings, and nothing in between.

python -m benchmarks.limit SOURCE TARGET
"""

from __future__ import annotations

import sys

import av
from av.video.frame import PictureType
from av.video.stream import VideoStream

from passerby.outputs.files.codecs import CODECS

H264 = CODECS["h264"]


def main(source_path: str, target_path: str) -> None:
    """Write every frame again."""
    with av.open(source_path) as source, av.open(target_path, "w") as target:
        origin = source.streams.video[0]
        origin.thread_type = "AUTO"
        options = H264.options | H264.effort | {"crf": str(H264.crf)}
        stream = target.add_stream(H264.encoder, rate=origin.average_rate, options=options)
        assert isinstance(stream, VideoStream)  # noqa: S101  tells the type
        stream.width, stream.height, stream.pix_fmt = origin.width, origin.height, "yuv420p"
        stream.time_base = origin.time_base
        for frame in source.decode(origin):
            frame.pict_type = PictureType.NONE  # the encoder chooses
            target.mux(stream.encode(frame))
        target.mux(stream.encode(None))


if __name__ == "__main__":
    main(*sys.argv[1:])
